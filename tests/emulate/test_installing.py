"""An installation, from our page over that of emulate and back, as a browser goes through it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import ClientSession
from slack_bolt.response import BoltResponse

from bot.core.language import ENGLISH, ENGLISH_ONLY
from bot.core.model import ChannelId
from bot.keys.tokens import TokenSealer
from bot.slack.client.calls import web_client
from bot.slack.client.proxies import Route
from bot.slack.client.stoppable import StoppableAsyncClient
from bot.slack.install.flow import InstallFlow, SlackApp
from bot.slack.install.installation import BotInstallation
from bot.slack.install.scopes import bot_scopes
from bot.slack.install.states import OneTimeStates
from bot.slack.install.store import SealedInstallations
from bot.slack.messenger import SlackMessenger
from bot.slack.startup import check_bot_token
from tests.emulate.authorize import allow
from tests.emulate.conftest import Serve
from tests.emulate.server import APP, BOT, BOT_USER, CLIENT_ID, CLIENT_SECRET, GENERAL, SCOPES, TEAM, Emulate
from tests.fakes.loops import run_alone
from tests.slack.install.place import KEY, PUBLIC_URL, Browser, Clock, installations_file, state_in

REDIRECT_URI = f"{PUBLIC_URL}/slack/oauth_redirect"


@dataclass(frozen=True, slots=True)
class Hosted:
    """The flow of somebody who hosts the bot, in front of emulate."""

    flow: InstallFlow
    file: Path
    installations: SealedInstallations
    told: list[BotInstallation]

    def browser(self) -> Browser:
        return Browser(self.flow)

    async def install(self, **other: str) -> tuple[BoltResponse, str]:
        """Install the bot with a new browser; return its last page, and the code that Slack handed out."""
        browser = self.browser()
        address, query = await allow(await browser.begin(), **other)
        assert REDIRECT_URI == address
        return await browser.come_back(**query), query["code"]

    async def stored(self) -> list[str]:
        """The tokens that are stored."""
        return [one.bot_token for one in await self.installations.list_all()]


@asynccontextmanager
async def hosting(slack: Emulate, folder: Path, client_secret: str = CLIENT_SECRET) -> AsyncIterator[Hosted]:
    """Lay out the flow in a folder."""
    told: list[BotInstallation] = []

    async def note(installation: BotInstallation) -> None:
        told.append(installation)

    file = installations_file(folder)
    installations = SealedInstallations(file, TokenSealer([KEY]), CLIENT_ID)
    app = SlackApp(
        client_id=CLIENT_ID, client_secret=client_secret, scopes=bot_scopes(), public_url=PUBLIC_URL
    )
    async with ClientSession() as http:
        client = StoppableAsyncClient("", Route(api_url=slack.api_url), http, timeout_s=10, retry_handlers=[])
        flow = InstallFlow(app, client, installations, OneTimeStates(file, Clock(), app.client_secret), note)
        yield Hosted(flow, file.path, installations, told)


@pytest.fixture
def slack(serve: Serve) -> Emulate:
    """One that leads back to our public address."""
    return serve(REDIRECT_URI)


def test_an_installation_is_stored_sealed_in_one_row_and_told(slack: Emulate, tmp_path: Path) -> None:
    async def visit() -> None:
        async with hosting(slack, tmp_path) as hosted:
            page, _ = await hosted.install()

            assert (200, True) == (page.status, "Emulate</bdi> has Belonging Bot" in page.body)
            (stored,) = await hosted.installations.list_all()
            assert [stored] == hosted.told
            assert (TEAM, "", TEAM) == (stored.team_id, stored.enterprise_id, stored.cell)
            assert (APP, BOT, BOT_USER) == (stored.app_id, stored.bot_id, stored.bot_user_id)
            assert frozenset(SCOPES) == stored.scopes
            assert stored.bot_token.startswith("xoxb-")
            assert stored.bot_token.encode() not in hosted.file.read_bytes()

    run_alone(visit())


def test_the_token_that_was_handed_out_does_what_the_bot_does(slack: Emulate, tmp_path: Path) -> None:
    async def visit() -> str:
        async with hosting(slack, tmp_path) as hosted:
            await hosted.install()
            (token,) = await hosted.stored()
            return token

    client = web_client(run_alone(visit()), slack.api_url)

    assert TEAM == check_bot_token(client).organisation.team
    SlackMessenger(client, ENGLISH_ONLY).introduce(ChannelId(GENERAL), ENGLISH)


def test_a_reinstall_leaves_the_newer_token_in_one_row(slack: Emulate, tmp_path: Path) -> None:
    async def visit() -> None:
        async with hosting(slack, tmp_path) as hosted:
            await hosted.install()
            older = await hosted.stored()

            page, _ = await hosted.install()

            assert 200 == page.status
            (newer,) = await hosted.stored()
            assert [newer] != older
            assert 2 == len(hosted.told)

    run_alone(visit())


def test_what_was_cancelled_leaves_nothing_and_its_state_is_used_up(slack: Emulate, tmp_path: Path) -> None:
    """The page of emulate has no button to cancel, so the browser comes back as from Slack's."""

    async def visit() -> None:
        async with hosting(slack, tmp_path) as hosted:
            browser = hosted.browser()
            question, cookies = await browser.begin(), dict(browser.cookies)

            page = await browser.come_back(error="access_denied", state=state_in(question))
            assert (200, True) == (page.status, "You cancelled in Slack" in page.body)

            _, query = await allow(question)
            browser.cookies = cookies
            page = await browser.come_back(**query)
            assert (400, True) == (page.status, "This link has been used" in page.body)
            assert [] == await hosted.stored() == hosted.told

    run_alone(visit())


def test_a_state_counts_once(slack: Emulate, tmp_path: Path) -> None:
    async def visit() -> None:
        async with hosting(slack, tmp_path) as hosted:
            browser = hosted.browser()
            question, cookies = await browser.begin(), dict(browser.cookies)
            _, first = await allow(question)
            _, second = await allow(question)

            assert 200 == (await browser.come_back(**first)).status
            stored = await hosted.stored()
            browser.cookies = cookies
            page = await browser.come_back(**second)

            assert first["code"] != second["code"]
            assert (400, True) == (page.status, "This link has been used" in page.body)
            assert stored == await hosted.stored()

    run_alone(visit())


def test_a_code_counts_once(slack: Emulate, tmp_path: Path) -> None:
    async def visit() -> None:
        async with hosting(slack, tmp_path) as hosted:
            _, code = await hosted.install()
            stored = await hosted.stored()
            browser = hosted.browser()

            page = await browser.come_back(code=code, state=state_in(await browser.begin()))

            assert (400, True) == (page.status, "Slack did not accept its own code" in page.body)
            assert stored == await hosted.stored()

    run_alone(visit())


def test_another_browser_cannot_finish_what_this_one_began(slack: Emulate, tmp_path: Path) -> None:
    async def visit() -> None:
        async with hosting(slack, tmp_path) as hosted:
            _, query = await allow(await hosted.browser().begin())

            page = await hosted.browser().come_back(**query)

            assert (400, True) == (page.status, "Another browser began this" in page.body)
            assert [] == await hosted.stored()

    run_alone(visit())


def test_with_the_secret_of_another_app_slack_refuses(slack: Emulate, tmp_path: Path) -> None:
    async def visit() -> None:
        async with hosting(slack, tmp_path, client_secret="0" * 32) as hosted:
            page, _ = await hosted.install()

            assert (400, True) == (page.status, "Slack refused the installation" in page.body)
            assert "invalid_client_id" in page.body
            assert [] == await hosted.stored() == hosted.told

    run_alone(visit())


def test_fewer_scopes_are_refused_and_an_older_installation_stays(slack: Emulate, tmp_path: Path) -> None:
    async def visit() -> None:
        async with hosting(slack, tmp_path) as hosted:
            await hosted.install()
            stored = await hosted.stored()

            page, _ = await hosted.install(scope="chat:write,commands,channels:read,groups:read")

            assert (403, True) == (page.status, "<code>users:read</code>" in page.body)
            assert stored == await hosted.stored()
            assert 1 == len(hosted.told)

    run_alone(visit())
