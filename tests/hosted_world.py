"""Provide a world with several workspaces, and one process that serves all of them over loopback HTTP.

The clock moves only when a test moves it; moving it does what is due in every workspace.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any

import httpx
from slack_sdk.signature import SignatureVerifier as Signatures

from bot.app.host import Host
from bot.app.hosted_cell import HostedCell
from bot.app.hosting import build_host
from bot.config import Config, WorkspaceFile, load_config, read_workspace_file
from bot.core.model import ChannelId, Round
from bot.demo.clock import AdjustableClock
from bot.demo.install_flow import Browser, Page
from bot.demo.server import DemoServer
from bot.demo.workspace import BOT_USER_ID, Workspace, demo_workspace
from bot.ports import Services
from bot.slack.client.rate_limits import RateLimiter
from bot.slack.install.store import SealedInstallations
from bot.store.lock import prepare
from tests.fakes.prover import FakeProver
from tests.fakes.seconds import Seconds
from tests.held_port import held_port
from tests.patience import PATIENCE_S, UNHURRIED
from tests.world import CHANNEL, ROOT, START, Members, in_english

HOST_CONFIG = """
slack: {{mode: http, http: {{host: 127.0.0.1, port: {port}}}}}
workspaces: {{public_url: "http://127.0.0.1:{port}"}}
prompts: [{prompts}]
support: {{contact: "People team, people@example.org", crisis: "112", checked: 2026-11-01}}
policy: {{threshold: 5, min_open: 24h}}
defaults: {{timezone: Europe/Berlin, open_for: 3d, holidays: none}}
"""

CELL_CONFIG = """
schedules:
  - {{channel: {channel}, every: week, on: [tue], at: "10:00", pack: belonging}}
"""
"""The settings of one workspace: the schedule that ``START`` comes before."""

TOKEN_KEY = "00112233445566778899aabbccddeeff" * 2
OTHER_KEY = "ffeeddccbbaa99887766554433221100" * 2

NORTH, SOUTH = "T0NORTH", "T0SOUTH"


def twin(team: str, enterprise: str = "") -> Workspace:
    """Return the demo team in a workspace of this id: every other id is the same as in its twins."""
    workspace = in_english(demo_workspace())
    workspace.team_id, workspace.name = team, f"Workspace {team}"
    workspace.enterprise_id = enterprise
    if enterprise:
        workspace.enterprise_name = f"Organization {enterprise}"
    return workspace


class HostedWorld:
    """Several workspaces, one process. ``members``: the people of each, by the id of the workspace."""

    def __init__(
        self, folder: Path, port: int, workspaces: Sequence[Workspace], clock: AdjustableClock | None = None
    ) -> None:
        """Set up the workspaces; nobody has installed the bot. ``clock``: their time."""
        self.folder = folder
        self.clock = clock or AdjustableClock(START, real=lambda: 0.0)
        self.seconds = Seconds()
        manifest = json.loads((ROOT / "manifest.json").read_text(encoding="utf-8"))
        manifest["settings"]["org_deploy_enabled"] = True
        self.server = DemoServer(workspaces, manifest=manifest, clock=self.clock, deadlines=UNHURRIED)
        self.url = f"http://127.0.0.1:{port}"
        self.server.redirect_urls.append(self.url)
        self.server.request_url = f"{self.url}/slack/events"
        self.members = {one.team_id: Members(self.server, one) for one in workspaces}
        self.prover = FakeProver()
        self.host: Host | None = None
        self.token_keys = TOKEN_KEY
        self.more: dict[str, str] = {}
        """Further variables in the environment of the program."""
        text = HOST_CONFIG.format(port=port, prompts=ROOT / "prompts")
        (folder / "config.yaml").write_text(text, encoding="utf-8")

    def config(self) -> Config:
        """Return the configuration as ``belonging run`` would read it."""
        return load_config(self.folder / "config.yaml", self.settings(**self.more))

    def cell(self, key: str) -> Path:
        """Return the directory of a cell."""
        return self.folder / "data" / "cells" / key

    def settings(self, **more: str) -> dict[str, str]:
        """Return the environment of the program."""
        return {
            "SLACK_CLIENT_ID": self.server.client_id,
            "SLACK_CLIENT_SECRET": self.server.client_secret,
            "SLACK_SIGNING_SECRET": self.server.signing_secret,
            "SLACK_API_URL": self.server.api_url,
            "BELONGING_TOKEN_KEYS": self.token_keys,
            **more,
        }

    def parts(self) -> dict[str, Any]:
        """Return the parts of a host that take no real time."""
        return {
            "new_limiter": lambda: RateLimiter(self.monotonic_s, self.seconds.event()),
            "prover": self.prover,
            "elapsed": self.elapsed_s,
            "wait": self.seconds.pause,
        }

    def start(self, **parts: Any) -> Host:
        """Build and start the host, and wait until it has done what was due."""
        self.host = host = build_host(self.config(), self.clock.now, **(self.parts() | parts))
        try:
            host.start()
        except BaseException:
            host.release()
            raise
        host.run_due()
        return host

    @property
    def hosts(self) -> Sequence[Host]:
        """The hosts that run, each in a program of its own."""
        return [self.host] if self.host else []

    @property
    def installations(self) -> SealedInstallations:
        """The installations that are stored."""
        return self.hosts[0].installations

    def served(self) -> list[HostedCell]:
        """Return the cells that are served."""
        return [cell for host in self.hosts for cell in host.cells.all()]

    def hosted(self, key: str) -> HostedCell:
        """Return a cell that is served."""
        return next(cell for cell in self.served() if cell.key == key)

    def works(self) -> bool:
        """Return whether the program works, as it says itself."""
        return all(host.works() for host in self.hosts)

    @contextmanager
    def services(self, key: str) -> Iterator[Services]:
        """Use a cell that is served."""
        with self.hosted(key).used() as built:
            yield built.cell.services

    def rounds(self, key: str) -> list[Round]:
        """Return the rounds of the usual channel, oldest first."""
        with self.services(key) as services, services.store.read("test") as tx:
            return list(tx.list_channel_rounds(ChannelId(CHANNEL)))

    def secrets(self, key: str) -> list[Path]:
        """Return the keys and ballots of a cell; the key of those who were asked outlives them."""
        found = [path for name in ("keys", "ballots") for path in (self.cell(key) / name).iterdir()]
        return [path for path in found if path.stem != "audience"]

    def tokens(self) -> dict[str, str]:
        """Return the stored tokens by the id of the workspace, or of the organization."""
        found = self.installations.list_now()
        return {one.team_id or one.enterprise_id: one.bot_token for one in found}

    def facts(self, key: str) -> WorkspaceFile:
        """Return what is stored of a cell."""
        found = read_workspace_file(self.cell(key))
        assert found
        return found

    def ask(self, path: str) -> Page:
        """Return a page of the host."""
        return Browser(base=self.url).ask(path)

    def send(self, body: bytes, content_type: str = "application/json", **wrong: str) -> int:
        """Send a request as Slack does, and return the status. ``wrong``: headers in place of others."""
        headers = {
            **signed(self.server.signing_secret, int(self.clock.now().timestamp()), body),
            "Content-Type": content_type,
            **wrong,
        }
        url = f"{self.url}/slack/events"
        return httpx.post(url, content=body, headers=headers, timeout=PATIENCE_S).status_code

    def stop(self) -> None:
        """Stop the host as SIGTERM would."""
        if self.host:
            host, self.host = self.host, None
            host.stop()

    def elapsed_s(self) -> float:
        """Return the seconds of a clock that nobody can set."""
        return self.clock.now().timestamp()

    def monotonic_s(self) -> float:
        """Return seconds that pass with the clock, and while the bot waits."""
        return self.seconds.now + self.elapsed_s()

    def move(self, **step: float) -> None:
        """Move the clock forward, and do what is due in every workspace."""
        self.clock.advance(timedelta(**step))
        for host in self.hosts:
            host.run_due()

    def install(self, team: str, **how: Any) -> Page:
        """Install the bot in a workspace as a person in a browser does, and return the last page."""
        return self.server.install(team, start="/slack/install?start=1", **how)

    def schedule(self, key: str, channel: str = CHANNEL) -> None:
        """Let the cell ask at the usual time in this channel, from its next opening on."""
        folder = self.cell(key)
        data = self.folder / "data"
        prepare(*(one for one in reversed(folder.parents) if one.is_relative_to(data)), folder)
        (folder / "config.yaml").write_text(CELL_CONFIG.format(channel=channel), encoding="utf-8")

    def join(self, team: str, channel: str = CHANNEL) -> None:
        """Take the bot into a channel, as its members do after an installation."""
        members = self.members[team].workspace.channels[channel].members
        if BOT_USER_ID not in members:
            members.append(BOT_USER_ID)


def wait_until(seen: Callable[[], bool]) -> None:
    """Return when this is so."""
    tries, pause = int(100 * PATIENCE_S), Event()
    while not seen():
        assert tries, "it never came"
        pause.wait(0.01)
        tries -= 1


def signed(secret: str, signed_s: int, body: bytes) -> dict[str, str]:
    """Return the headers with which Slack signs a request."""
    signature = Signatures(secret).generate_signature(timestamp=str(signed_s), body=body)
    return {"X-Slack-Request-Timestamp": str(signed_s), "X-Slack-Signature": str(signature)}


@contextmanager
def hosted_world(
    folder: Path, *workspaces: Workspace, clock: AdjustableClock | None = None
) -> Iterator[HostedWorld]:
    """Run these workspaces, by default the twins ``NORTH`` and ``SOUTH``; the host is not started yet."""
    with held_port() as port:
        world = HostedWorld(folder, port, workspaces or (twin(NORTH), twin(SOUTH)), clock)
        with world.server:
            try:
                yield world
            finally:
                world.stop()


NewWorld = Callable[..., AbstractContextManager[HostedWorld]]
"""What ``hosted_world`` is once it has its folder: it takes the workspaces."""
