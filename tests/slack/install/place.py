"""A flow of installation over real files and a fake Slack, and a browser that goes through it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from slack_bolt.adapter.starlette.async_handler import to_starlette_response
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.keys.tokens import TokenSealer
from bot.slack.install.flow import InstallFlow, OnInstalled, SlackApp
from bot.slack.install.installation import BotInstallation
from bot.slack.install.scopes import bot_scopes
from bot.slack.install.states import OneTimeStates
from bot.slack.install.store import SealedInstallations, lay_out
from bot.store.installations import InstallationsFile
from tests.slack.install.fake_slack import FakeSlack, serving

BEGAN = datetime(2026, 11, 30, 9, tzinfo=UTC)
KEY, NEWER_KEY, OTHER_KEY = bytes(range(32)), bytes(range(1, 33)), bytes(range(2, 34))
CLIENT_ID, CLIENT_SECRET = "1.2", "theSecretOfTheApp"
PUBLIC_URL = "https://belonging.example.org"


def installations_file(folder: Path) -> InstallationsFile:
    """A new file of installations."""
    file = InstallationsFile(folder / "installations.db", lay_out)
    file.prepare()
    return file


@dataclass(slots=True)
class Clock:
    """A clock that moves when it is told to."""

    now: datetime = BEGAN

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        """Move it by a time."""
        self.now += timedelta(**by)


@dataclass(slots=True)
class Browser:
    """A browser with its cookies, which goes from the page to Slack and back."""

    flow: InstallFlow
    cookies: dict[str, str] = field(default_factory=dict)

    async def begin(self, **query: str) -> str:
        """Press *Add to Slack*; return where Slack asks."""
        answer = await self.flow.handle_installation(self._request({"start": "1", **query}))
        self._keep(answer)
        return answer.first_headers()["location"] if answer.status == 302 else f"{answer.status}"

    async def come_back(self, **query: str) -> BoltResponse:
        """Come back from Slack."""
        answer = await self.flow.handle_callback(self._request(query))
        self._keep(answer)
        return answer

    async def install(self, code: str = "aCodeOfSlack") -> BoltResponse:
        """Press *Add to Slack*, allow all, and come back."""
        return await self.come_back(code=code, state=state_in(await self.begin()))

    def _request(self, query: dict[str, str]) -> AsyncBoltRequest:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers: Any = {"cookie": cookie} if cookie else {}
        return AsyncBoltRequest(body="", query=urlencode(query), headers=headers)

    def _keep(self, answer: BoltResponse) -> None:
        for name, value in to_starlette_response(answer).raw_headers:
            if name == b"set-cookie":
                for key, morsel in SimpleCookie(value.decode()).items():
                    self.cookies[key] = morsel.value
                    if morsel["max-age"] == "0":
                        del self.cookies[key]


@dataclass(slots=True)
class Place:
    """Everything around one flow."""

    flow: InstallFlow
    slack: FakeSlack
    clock: Clock
    installations: SealedInstallations
    states: OneTimeStates
    told: list[BotInstallation]

    def browser(self) -> Browser:
        """A browser without cookies."""
        return Browser(self.flow)


@asynccontextmanager
async def place_for(
    folder: Path, slack: FakeSlack | None = None, on_installed: OnInstalled | None = None
) -> AsyncIterator[Place]:
    """Lay out a flow in a folder."""
    slack, clock, told = slack or FakeSlack(), Clock(), list[BotInstallation]()
    file = installations_file(folder)

    async def note(installation: BotInstallation) -> None:
        told.append(installation)
        if on_installed:
            await on_installed(installation)

    async with serving(slack) as client:
        installations = SealedInstallations(file, TokenSealer([KEY]), CLIENT_ID)
        states = OneTimeStates(file, clock, CLIENT_SECRET)
        app = SlackApp(
            client_id=CLIENT_ID, client_secret=CLIENT_SECRET, scopes=bot_scopes(), public_url=PUBLIC_URL
        )
        flow = InstallFlow(app, client, installations, states, note)
        yield Place(flow, slack, clock, installations, states, told)


def state_in(url: str) -> str:
    """The state in the address of Slack's question."""
    return parse_qs(urlsplit(url).query)["state"][0]
