"""The world of journey tests with a hosted bot: one process also serves a twin, in which people reply."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import yaml
from slack_sdk.oauth.installation_store import Installation

from bot.app import Bot
from bot.app.arrivals import note_installation
from bot.app.host import Host
from bot.app.hosted_cell import HostedCell
from bot.app.hosting import build_host
from bot.config import Config, cell_config, cell_dir, load_config
from bot.core.cells import CellKey
from bot.demo.server import DemoServer
from bot.demo.workspace import BOT_USER_ID, Workspace, demo_workspace
from bot.keys import TokenSealer
from bot.slack.client.rate_limits import RateLimiter
from bot.slack.install.store import SealedInstallations, lay_out
from bot.store.installations import NAME as INSTALLATIONS
from bot.store.installations import InstallationsFile
from tests.held_port import held_port
from tests.patience import UNHURRIED
from tests.world import Members, World, in_english

TWIN = "T0TWIN0"
TWIN_TEXT = "Wombats kept the other office awake"
"""What people of the twin write: it is to be found in no other cell."""

TOKEN_KEY = "00112233445566778899aabbccddeeff" * 2

OF_A_CELL = ("schedules", "admins")


class HostedBot:
    """What tests use of a ``Bot``, over one cell of a host."""

    uninstalled = False
    failure = None

    def __init__(self, host: Host, cell: HostedCell) -> None:
        """Use this cell, so that its files stay open."""
        self.host = host
        cell.acquire()
        self._hosted = cell
        self.cell = cell.built.cell
        self.services = self.cell.services
        self.daily_proof = self.cell.daily_proof

    def run_due(self) -> None:
        """Do everything that is due now, in all cells; in this one, look also where nothing is known of."""
        self._hosted.next_at = self.services.clock()
        self.host.run_due()

    def prove_all(self) -> None:
        """Wait until the proofs that are due have ended in all cells; the host makes one at a time."""
        for _ in range(2):
            for cell in self.host.cells.all():
                with cell.used() as built:
                    built.cell.daily_proof.wait()
            self.run_due()
        self.daily_proof.wait()

    def stop(self) -> None:
        """Stop the host."""
        self._hosted.release()
        self.host.stop()


class HostedInstallation(World):
    """A world whose bot is hosted, beside a twin with the same ids in which the same people reply."""

    def _serve(self, here: Workspace, manifest: dict[str, Any]) -> DemoServer:
        twin = in_english(demo_workspace())
        twin.team_id, twin.name = TWIN, "Twin"
        return DemoServer([here, twin], manifest=manifest, clock=self.clock, deadlines=UNHURRIED)

    @property
    def key(self) -> CellKey:
        """The key of the cell."""
        return CellKey(self.workspace.enterprise_id or self.workspace.team_id)

    @property
    def data_dir(self) -> Path:
        """The directory of the cell."""
        return self.folder / "data" / "cells" / self.key

    @property
    def twin(self) -> Members:
        """The people of the other workspace."""
        return Members(self.server, self.server.sites[TWIN].workspace)

    @contextmanager
    def over_http(self) -> Iterator[None]:
        """Serve at a reserved port."""
        with held_port() as port:
            self._url = f"http://127.0.0.1:{port}"
            self.server.request_url = f"{self._url}/slack/events"
            yield

    def config(self) -> Config:
        """Return the configuration of the cell."""
        return cell_config(self.host_config(), self.key, self.server.bot_token)

    def host_config(self) -> Config:
        """Return the configuration of the host, made of the world's."""
        settings = _read(self.folder / "config.yaml")
        of_cell = {name: settings.pop(name) for name in OF_A_CELL if name in settings}
        settings["slack"] = {"mode": "http", "http": {"host": "127.0.0.1", "port": int(self._url[17:])}}
        settings["workspaces"] = {"public_url": self._url}
        path = self.folder / "host.yaml"
        _write(path, settings)
        environ = {
            "SLACK_CLIENT_ID": self.server.client_id,
            "SLACK_CLIENT_SECRET": self.server.client_secret,
            "SLACK_SIGNING_SECRET": self.server.signing_secret,
            "SLACK_API_URL": self.server.api_url,
            "BELONGING_TOKEN_KEYS": TOKEN_KEY,
        }
        config = load_config(path, environ)
        for key in (self.key, CellKey(TWIN)):
            folder = cell_dir(config, key)
            for made in (config.data_dir, folder.parent, folder):
                made.mkdir(mode=0o700, exist_ok=True)
            if not (folder / "config.yaml").exists() or not self.bot:
                _write(folder / "config.yaml", of_cell)
        return config

    def start_bot(self) -> Bot:
        """Build and start the host, with the bot installed in both workspaces; run what is due."""
        config = self.host_config()
        self._install(config)
        host = build_host(
            config,
            self.machine_clock,
            new_limiter=lambda: RateLimiter(self.monotonic_s, self.seconds.event()),
            prover=self.prover,
            elapsed=self.elapsed_s,
            wait=self.seconds.pause,
        )
        try:
            host.start()
            host.run_due()
        except BaseException:
            host.release()
            raise
        cell = next(one for one in host.cells.all() if one.key == self.key)
        bot = HostedBot(host, cell)
        self.bot = cast(Bot, bot)
        bot.daily_proof.wait()
        self.server.hooks.on_time = self._on_time
        return self.bot

    def _on_time(self) -> None:
        bot = cast(HostedBot, self.bot)
        bot.run_due()
        bot.prove_all()
        self._reply_in_the_twin()

    def _reply_in_the_twin(self) -> None:
        twin = self.twin
        for channel in twin.workspace.channels:
            for message in twin.messages(channel)[-1:]:
                if "reply.open" in str(message.blocks) and message.ts not in self._replied:
                    self._replied.add(message.ts)
                    for user in twin.everyone()[1:6]:
                        form = twin.open_form(user, message)
                        twin.submit(user, form, text=TWIN_TEXT, answers=["1", "2", "1"])
                        twin.close_modals(user)

    def _install(self, config: Config) -> None:
        file = InstallationsFile(config.data_dir / INSTALLATIONS, lay_out)
        if file.exists():
            return
        self._replied = set[str]()
        file.prepare()
        stored = SealedInstallations(file, TokenSealer(config.secrets.token_keys), config.secrets.client_id)
        for team, site in self.server.sites.items():
            organisation = site.workspace.enterprise_id
            installation = Installation(
                app_id=self.server.app.id,
                team_id=team,
                team_name=site.workspace.name,
                enterprise_id=organisation or None,
                bot_token=self.server.grant(team),
                bot_id=site.workspace.bot.id,
                bot_user_id=BOT_USER_ID,
                bot_scopes=sorted(self.server.app.scopes),
                user_id="",
            )
            note_installation(config, stored.save_now(installation), self.clock.now().date())


def _read(path: Path) -> dict[str, Any]:
    """Return the settings in a file; PyYAML takes the key ``on`` for a truth value."""
    settings: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    for schedule in settings.get("schedules") or ():
        if True in schedule:
            schedule["on"] = schedule.pop(True)
    return settings


def _write(path: Path, settings: dict[str, Any]) -> None:
    """Write these settings, unless they are there."""
    text = yaml.safe_dump(settings, allow_unicode=True)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
