"""Several workers as real processes, over a real PostgreSQL and a local Slack of several workspaces.

The time of the story passes as real time does, and ``Cluster.move`` moves it for all. Nothing is installed
through pages: the installations are written as OAuth would leave them.
"""

import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

from slack_sdk.oauth.installation_store import Installation

from bot.config import Config, load_config
from bot.core.cells import SHARDS, CellKey, shard_of
from bot.demo.server import DemoServer
from bot.demo.site import Deadlines
from bot.demo.workspace import BOT_USER_ID, Workspace, make_workspace
from bot.slack.install.store import SealedInstallations
from tests.cluster.front import SLACK_WAITS_S, Front
from tests.cluster.laid import (
    ask,
    bind_shards,
    installations_in_a_file,
    installations_in_postgresql,
    lay_cells,
)
from tests.cluster.outgoing import Outgoing
from tests.cluster.story_clock import StoryClock
from tests.cluster.worker_process import Worker, wait_for
from tests.faults.slack import MANIFEST
from tests.faults.zygote import Zygote
from tests.held_port import held_port
from tests.hosted_world import TOKEN_KEY
from tests.patience import PATIENCE_S
from tests.world import START, Members, channel_of, team_of

LAUNCHED = "tests.cluster.launched"
CLUSTER_KEY = "0f1e2d3c4b5a69788796a5b4c3d2e1f0" * 2
ASKING_S = 0.2
"""Between two looks into PostgreSQL: each is a connection, and a process of it."""

SERVING = "serving"
"""A worker says so once it takes requests."""

CONFIG = """
slack: {{mode: http, http: {{host: 127.0.0.1, port: {port}}}}}
workspaces: {{public_url: "{public_url}"}}
cluster: {{address: "http://127.0.0.1:{{port}}"}}
data_dir: {data_dir}
prompts: [{folder}/pack.yaml]
support: {{contact: "People team, people@example.org", crisis: "112", checked: 2026-11-01}}
policy: {{threshold: 5, min_open: 24h}}
defaults: {{timezone: Europe/Berlin, open_for: 3d, holidays: none}}
"""

PACK = """
id: story
title: Story
dimensions:
  - {key: door, label: Door, side: inclusion, asks: "Who is in?", anchor: Everybody is asked here.}
prompts:
  - {id: door-1, dimension: door, question: "Who came in?", items: [I was met., I know whom to ask.]}
  - {id: door-2, dimension: door, question: "Who held it?", items: [It was held for me., I hold it.]}
"""


class Cluster:
    """The workspaces, the workers, the local Slack and what is between them.

    ``database_url``: of PostgreSQL; without it, one bot serves all, as ``belonging run`` does. ``people``: by
    workspace, who acts in it.
    """

    def __init__(
        self,
        folder: Path,
        zygote: Zygote,
        database_url: str = "",
        *,
        teams: Sequence[str],
        people: int = 6,
        fused: bool = False,
        unhurried: bool = False,
        slack_waits_s: float = SLACK_WAITS_S,
    ) -> None:
        """Set it up; nothing runs. ``fused``: a worker can be killed at one of its steps, and is slower.

        ``unhurried``: Slack and the workers wait so long for an answer that nothing fails only because this
        machine is busy. ``slack_waits_s``: so long Slack alone waits.
        """
        self._within_s = PATIENCE_S if unhurried else None
        self.folder, self._zygote, self.database_url = folder, zygote, database_url
        self.clock = StoryClock(folder / "clock", START)
        self.teams, self._fused = tuple(teams), fused
        self.server = DemoServer(
            [workspace_of(team, people) for team in teams],
            manifest=_manifest(),
            clock=self.clock,
            deadlines=Deadlines(ack_s=3 * PATIENCE_S, trigger_s=3 * PATIENCE_S),
        )
        self.people = {
            team: Members(self.server, self.server.sites[team].workspace) for team in self.server.sites
        }
        self.front = Front(2 * PATIENCE_S if unhurried else slack_waits_s)
        self.outgoing = Outgoing(self.server)
        self.workers: list[Worker] = []
        self.started: list[int] = []
        self._held = ExitStack()
        (folder / "pack.yaml").write_text(PACK, encoding="utf-8")

    def __enter__(self) -> Self:
        with ExitStack() as held:
            held.callback(self.clock.close)
            held.enter_context(self.server)
            held.enter_context(self.outgoing)
            held.enter_context(self.front)
            held.callback(self._end_all)
            self.server.request_url = f"{self.front.url}/slack/events"
            self._held = held.pop_all()
        return self

    def __exit__(self, *_error: object) -> None:
        self._held.close()

    def add(self, data_dir: Path | None = None) -> Worker:
        """Make one more worker, which does not run yet. ``data_dir``: its own, else one that all share."""
        number = len(self.workers) + 1
        folder = self.folder / f"w{number}"
        folder.mkdir()
        port = self._held.enter_context(held_port())
        worker = Worker(number, folder, data_dir or self.folder / "data", port)
        text = CONFIG.format(
            port=port, public_url=self.front.url, data_dir=worker.data_dir, folder=self.folder
        )
        if not self.database_url:
            text = "".join(line for line in text.splitlines(True) if not line.startswith("cluster:"))
        (folder / "config.yaml").write_text(text, encoding="utf-8")
        self.workers.append(worker)
        self.front.add(worker.name, worker.url)
        return worker

    def environ(self, worker: Worker) -> dict[str, str]:
        """The environment of a worker."""
        return {
            "PATH": os.environ["PATH"],
            "SLACK_CLIENT_ID": self.server.client_id,
            "SLACK_CLIENT_SECRET": self.server.client_secret,
            "SLACK_SIGNING_SECRET": self.server.signing_secret,
            "SLACK_API_URL": self.outgoing.api_url(worker.number),
            "BELONGING_TOKEN_KEYS": TOKEN_KEY,
            "BELONGING_DATABASE_URL": self.database_url,
            "BELONGING_CLUSTER_KEYS": CLUSTER_KEY,
            "TERM": "dumb",
            "NO_COLOR": "1",
        }

    def config(self, worker: Worker) -> Config:
        """The configuration of a worker, as it would read it."""
        return load_config(worker.folder / "config.yaml", self.environ(worker))

    def start(
        self,
        worker: Worker,
        *,
        mutants: Sequence[str] = (),
        spied: Path | None = None,
        environ: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Start a worker; return at once. ``spied``: a folder; what it opens there is noted (``seen``).

        ``environ``: what differs from the environment of the others.
        """
        worker.begin()
        command = ["worker", "--name", worker.name] if self.database_url else ["run"]
        orders: dict[str, Any] = {
            "folder": str(worker.folder),
            "arguments": [*command, "--log", "debug"],
            "environ": self.environ(worker) | dict(environ),
            "log": str(worker.folder / "log"),
            "clock": str(self.folder / "clock"),
            "fuse": str(worker.folder / "fuse") if self._fused else None,
            "answers_within_s": self._within_s,
            "mutants": list(mutants),
            "spied": str(spied) if spied else None,
            "seen": str(worker.folder / "seen"),
        }
        worker.born(self._zygote.run(f"{LAUNCHED}:run", orders))
        self.started.append(worker.pid)

    def owner(self, team: str) -> Worker | None:
        """The worker that owns the cell of a workspace, as PostgreSQL says."""
        rows = ask(self.database_url, "SELECT worker FROM shards WHERE shard = %s", shard_of(CellKey(team)))
        return next((one for one in self.workers if rows == [(one.name,)]), None)

    def owned_by(self, worker: Worker) -> list[str]:
        """The workspaces whose cells a worker owns."""
        return [team for team in self.teams if self.owner(team) is worker]

    def start_all(
        self, *, spied: Path | None = None, mutants: Mapping[str, Sequence[str]] = MappingProxyType({})
    ) -> None:
        """Start every worker, install the bot in all workspaces, and return once each owns its share.

        ``spied``: what the last one does below this folder is noted. ``mutants``: by the name of a worker.
        """
        for number, worker in enumerate(self.workers):
            is_last = worker is self.workers[-1]
            self.start(worker, mutants=mutants.get(worker.name, ()), spied=spied if is_last else None)
            self.wait_balanced(*self.workers[: number + 1])
        wait_for(lambda: len(self.front.ready) == len(self.workers), "not all are ready")
        self.lay(self.workers[0])
        least = len(self.teams) // len(self.workers)
        wait_for(
            lambda: all(len(self.owned_by(one)) >= least for one in self.workers), "cells are not shared"
        )
        self.wait_balanced(*self.workers)

    def stop_all(self) -> None:
        """Kill every worker, so that the files can be read."""
        for worker in self.workers:
            worker.kill()

    def logs(self) -> str:
        """The last lines that each worker has printed."""
        return "\n".join(f"{one.name}:\n{one.log[-3000:]}" for one in self.workers)

    def wait_balanced(self, *workers: Worker) -> None:
        """Return once these workers own all shards, each its share."""
        names = sorted(one.name for one in workers)
        least = SHARDS // len(names)

        def shares() -> dict[str, int]:
            rows = ask(self.database_url, "SELECT worker, count(*) FROM shards GROUP BY worker")
            return {name or "": count for name, count in rows}

        wait_for(
            lambda: sorted(shares()) == names and min(shares().values()) >= least,
            f"not balanced between {names}",
            pause_s=ASKING_S,
        )

    def wait_joined(self) -> None:
        """Return once each living worker takes part: then no worker asks another about itself any more.

        Call it before the clock is moved: what one has sent before, the other would take for old.
        """
        alive = sorted(one.name for one in self.workers if one.is_alive())
        sql = "SELECT id FROM workers WHERE NOT draining ORDER BY id"
        wait_for(
            lambda: [name for (name,) in ask(self.database_url, sql) if name in alive] == alive,
            f"not all of {alive} take part",
            pause_s=ASKING_S,
        )

    def wait_owned(self, by: Sequence[Worker] | None = None) -> None:
        """Return once each workspace is owned by one of these workers, by default by any that is alive."""
        wait_for(
            lambda: all(
                (found := self.owner(team)) is not None and found.is_alive() and (by is None or found in by)
                for team in self.teams
            ),
            "not all shards are owned",
            pause_s=ASKING_S,
        )

    def seen(self, worker: Worker) -> list[str]:
        """What the spy in a worker has noted."""
        path = worker.folder / "seen"
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        return text.rpartition("\n")[0].splitlines()  # the last line may be half written

    def move(self, **step: float) -> None:
        """Move the time of the story for everybody. What is due then is done soon."""
        self.clock.advance(timedelta(**step))

    def lay(self, worker: Worker, *teams: str) -> None:
        """Install the bot in these workspaces, by default all; their cells lie on the storage of a worker."""
        config, teams = self.config(worker), teams or self.teams
        with ExitStack() as held:
            if self.database_url:
                installations = installations_in_postgresql(config, held)
                lay_cells(config, *teams)
                bind_shards(config, teams)
            else:
                installations = installations_in_a_file(config)
                lay_cells(config, *teams)
            self._install(installations, teams)

    def _install(self, installations: SealedInstallations, teams: Sequence[str]) -> None:
        """Store an installation of each workspace, as OAuth does."""
        for team in teams:
            site = self.server.sites[team]
            token = self.server.grant(team)
            installations.save_now(
                Installation(
                    app_id=self.server.app.id,
                    team_id=team,
                    team_name=site.workspace.name,
                    bot_token=token,
                    bot_id=site.workspace.bot.id,
                    bot_user_id=BOT_USER_ID,
                    bot_scopes=sorted(self.server.app.scopes),
                    user_id="",
                )
            )
            self.outgoing.tokens = {**self.outgoing.tokens, token: team}

    def _end_all(self) -> None:
        for worker in self.workers:
            worker.send(signal.SIGKILL)
        for worker in self.workers:
            worker.wait_ended()
            worker.close()
            worker.shared.close()
        for pid in self.started:
            self._zygote.reap(pid)


def workspace_of(team: str, people: int) -> Workspace:
    """A workspace of this id with so many people, all in the usual channel with the bot."""
    members = team_of(people)
    workspace = make_workspace(members, [channel_of(members)], name=f"Workspace {team}")
    workspace.team_id = team
    return workspace


@contextmanager
def a_zygote() -> Iterator[Zygote]:
    """A process that has imported the program and what a cluster needs, and forks one for each start."""
    with Zygote([LAUNCHED, *CLUSTER_MODULES]) as zygote:
        yield zygote


CLUSTER_MODULES: Sequence[str] = (
    "bot.app.cluster.building",
    "bot.cli.running",
    "bot.cli.first_checks",
    "tests.cluster.warm",
)


def _manifest() -> Mapping[str, Any]:
    import json

    found: dict[str, Any] = json.loads(MANIFEST.read_text(encoding="utf-8"))
    found["settings"]["org_deploy_enabled"] = True
    return found
