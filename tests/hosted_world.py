"""Provide a world with several workspaces, and one process that serves all of them over loopback HTTP.

The clock moves only when a test moves it; moving it does what is due in every workspace.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.app.host import Host
from bot.app.hosting import build_host
from bot.config import Config, cell_dir, load_config
from bot.core.cells import CellKey
from bot.demo.clock import AdjustableClock
from bot.demo.install_flow import Page
from bot.demo.server import DemoServer
from bot.demo.workspace import BOT_USER_ID, Workspace, demo_workspace
from bot.slack.client.rate_limits import RateLimiter
from bot.store.lock import prepare
from tests.fakes.prover import FakeProver
from tests.fakes.seconds import Seconds
from tests.held_port import held_port
from tests.patience import UNHURRIED
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

    def __init__(self, folder: Path, port: int, workspaces: Sequence[Workspace]) -> None:
        """Set up the workspaces; nobody has installed the bot."""
        self.folder = folder
        self.clock = AdjustableClock(START, real=lambda: 0.0)
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
        text = HOST_CONFIG.format(port=port, prompts=ROOT / "prompts")
        (folder / "config.yaml").write_text(text, encoding="utf-8")

    def config(self) -> Config:
        """Return the configuration as ``belonging run`` would read it."""
        environ = {
            "SLACK_CLIENT_ID": self.server.client_id,
            "SLACK_CLIENT_SECRET": self.server.client_secret,
            "SLACK_SIGNING_SECRET": self.server.signing_secret,
            "SLACK_API_URL": self.server.api_url,
            "BELONGING_TOKEN_KEYS": self.token_keys,
        }
        return load_config(self.folder / "config.yaml", environ)

    def cell(self, key: str) -> Path:
        """Return the directory of a cell."""
        return cell_dir(self.config(), CellKey(key))

    def start(self, **parts: Any) -> Host:
        """Build and start the host, and wait until it has done what was due."""
        usual = {
            "new_limiter": lambda: RateLimiter(self.monotonic_s, self.seconds.event()),
            "prover": self.prover,
            "elapsed": self.elapsed_s,
            "wait": self.seconds.pause,
        }
        self.host = host = build_host(self.config(), self.clock.now, **(usual | parts))
        try:
            host.start()
        except BaseException:
            host.release()
            raise
        host.run_due()
        return host

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
        if self.host:
            self.host.run_due()

    def install(self, team: str, **how: Any) -> Page:
        """Install the bot in a workspace as a person in a browser does, and return the last page."""
        return self.server.install(team, start="/slack/install?start=1", **how)

    def schedule(self, key: str, channel: str = CHANNEL) -> None:
        """Let the cell ask at the usual time in this channel, from its next opening on."""
        folder = self.cell(key)
        prepare(self.folder / "data", folder.parent, folder)
        (folder / "config.yaml").write_text(CELL_CONFIG.format(channel=channel), encoding="utf-8")

    def join(self, team: str, channel: str = CHANNEL) -> None:
        """Take the bot into a channel, as its members do after an installation."""
        members = self.members[team].workspace.channels[channel].members
        if BOT_USER_ID not in members:
            members.append(BOT_USER_ID)


@contextmanager
def hosted_world(folder: Path, *workspaces: Workspace) -> Iterator[HostedWorld]:
    """Run these workspaces, by default the twins ``NORTH`` and ``SOUTH``; the host is not started yet."""
    with held_port() as port:
        world = HostedWorld(folder, port, workspaces or (twin(NORTH), twin(SOUTH)))
        with world.server:
            try:
                yield world
            finally:
                world.stop()
