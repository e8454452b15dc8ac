"""Provide a world with several workspaces, two workers, and a front that asks the wrong one.

As in ``tests.hosted_world``, the clock of the story moves only when a test moves it. The workers look at the
cluster in real time.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.app.cluster.building import build_worker
from bot.app.cluster.worker import ClusterWorker
from bot.app.host import Host
from bot.cluster.shards import plan
from bot.config import Config, load_config
from bot.core.cells import SHARDS, CellKey, shard_of
from bot.demo.clock import AdjustableClock
from bot.demo.install_flow import Page
from bot.demo.workspace import Workspace
from bot.errors import BotError, StoreError
from tests.cluster.front import Front
from tests.held_port import held_port
from tests.hosted_world import HOST_CONFIG, NORTH, SOUTH, HostedWorld, twin, wait_until
from tests.patience import PATIENCE_S
from tests.world import ROOT

CLUSTER = 'cluster: {address: "http://127.0.0.1:{port}"}\n'
CLUSTER_KEY = "0f1e2d3c4b5a69788796a5b4c3d2e1f0" * 2

ONE, TWO = "one", "two"
TRIES = 5


class NoWatchdog:
    """Stands in for the process that would kill this one where a test makes it wait."""

    def start(self) -> None:
        """Start nothing."""

    async def keep(self) -> None:
        """Tell nobody."""

    def stop(self) -> None:
        """Stop nothing."""


class ClusteredWorld(HostedWorld):
    """Several workspaces, two workers, one PostgreSQL and one storage. ``workers``: those that run, by name.

    ``wrong``: every request of a workspace goes first to a worker that does not own its cell; else to each
    worker in turn, as those that name no workspace do.
    """

    def __init__(
        self,
        folder: Path,
        front: Front,
        ports: dict[str, int],
        workspaces: Sequence[Workspace],
        database_url: str,
        clock: AdjustableClock | None = None,
    ) -> None:
        """Set up the workspaces; nobody has installed the bot."""
        port = int(front.url.rpartition(":")[2])
        super().__init__(folder, port, workspaces, clock)
        self.front, self.database_url = front, database_url
        self.workers: dict[str, ClusterWorker] = {}
        self.wrong = True
        self.more = {"BELONGING_DATABASE_URL": database_url, "BELONGING_CLUSTER_KEYS": CLUSTER_KEY}
        shared = f"data_dir: {folder / 'data'}\n{CLUSTER}"
        text = HOST_CONFIG.format(port=port, prompts=ROOT / "prompts") + shared
        (folder / "config.yaml").write_text(text, encoding="utf-8")
        for name, own in ports.items():
            listening = text.replace(f"port: {port}}}", f"port: {own}}}", 1)
            (folder / f"{name}.yaml").write_text(listening, encoding="utf-8")
            front.add(name, f"http://127.0.0.1:{own}")
        front.only = ()
        front.order = self._order

    def _order(self, team: str, names: Sequence[str]) -> Sequence[str]:
        owner = self.owner_of(team)
        if not (self.wrong and owner):
            return names
        return (*(name for name in names if name != owner), owner)

    def owner_of(self, team: str) -> str:
        """Return the name of the worker that serves a workspace, or a cell; empty where none does."""
        for name, worker in tuple(self.workers.items()):
            for cell in tuple(worker.host.cells.all()):
                if team == cell.key or team in {one.team_id for one in cell.installations}:
                    return name
        return ""

    def worker_of(self, key: str) -> ClusterWorker:
        """Return the worker that owns the shard of this cell, whether there is one or not."""
        return next(one for one in self.workers.values() if one.host.cells.serves(CellKey(key)))

    def other_than(self, key: str) -> ClusterWorker:
        """Return a worker that does not own the shard of this cell."""
        return next(one for one in self.workers.values() if not one.host.cells.serves(CellKey(key)))

    @property
    def hosts(self) -> Sequence[Host]:
        """The hosts of the workers that run."""
        return [worker.host for worker in self.workers.values()]

    def cell(self, key: str) -> Path:
        """Return the directory of a cell."""
        return self.folder / "data" / "shards" / f"{shard_of(CellKey(key)):02}" / key

    def config_of(self, name: str) -> Config:
        """Return the configuration as ``belonging worker`` would read it."""
        return load_config(self.folder / f"{name}.yaml", self.settings(**self.more))

    def start(self, **parts: Any) -> Host:
        """Start both workers, and wait until each has its share, and has done what was due."""
        self.start_workers(ONE, TWO, **parts)
        return self.hosts[0]

    def start_workers(self, *names: str, **parts: Any) -> None:
        """Start these workers, and wait as ``start`` does."""
        with ThreadPoolExecutor(len(names)) as together:
            list(together.map(lambda name: self._start(name, parts), names))
        self.front.only = tuple(self.workers)
        self.wait_shared()
        self.move(seconds=1)  # what Slack signed in the second of a start may have been answered before it

    def _start(self, name: str, parts: dict[str, Any]) -> None:
        worker = self._built(name, parts)
        try:
            worker.start()
        except BaseException:
            worker.release()
            raise
        self.workers[name] = worker

    def _built(self, name: str, parts: dict[str, Any]) -> ClusterWorker:
        """Build a worker; where PostgreSQL does not answer a busy machine in time, ask again."""
        for _ in range(TRIES):
            try:
                return build_worker(self.config_of(name), name, self.clock.now, **(self.parts() | parts))
            except StoreError as error:
                if error.code != "database_away":
                    raise
        raise AssertionError("PostgreSQL does not answer")

    def wait_shared(self) -> None:
        """Wait until every shard is served, and no worker has anything to give or to take."""
        wait_until(lambda: all(map(_is_settled, self.workers.values())) and self._count() == SHARDS)

    def _count(self) -> int:
        return sum(len(host.cells._shards or ()) for host in self.hosts)

    def stop(self) -> None:
        """Stop all workers as SIGTERM would."""
        self.stop_workers(*self.workers)

    def stop_workers(self, *names: str) -> None:
        """Stop these workers, all at once."""
        if not names:
            return
        stopped = [self.workers.pop(name) for name in names]
        self.front.only = tuple(self.workers)
        with ThreadPoolExecutor(len(names)) as together:
            list(together.map(lambda worker: worker.stop(), stopped))

    def catch_up(self) -> None:
        """Wait until each worker has read the installations that are stored."""
        wait_until(lambda: all(host._stored == host.installations.version() for host in self.hosts))

    def run_due(self) -> None:
        """Do what is due in every workspace."""
        self.wait_shared()  # a new cell may go to another worker
        self.catch_up()
        for host in self.hosts:
            host.run_due()
        self.catch_up()

    def move(self, **step: float) -> None:
        """Move the clock forward, and do what is due in every workspace."""
        self.clock.advance(timedelta(**step))
        if self.workers:
            self.run_due()

    def ask(self, path: str) -> Page:
        """Return a page; of what the workers say of themselves, the sum."""
        if path != "/readyz":
            return super().ask(path)
        told = [worker.host.readiness().split() for worker in self.workers.values()]
        served, all_ = (sum(int(words[place]) for words in told) for place in (0, 2))
        page = super().ask(path)
        return replace(page, text=f"ready, {served} of {all_} workspaces served")


def _is_settled(worker: ClusterWorker) -> bool:
    try:
        view = worker._process.loop.run(worker._ownership.look())
    except BotError:
        return False  # on a busy machine PostgreSQL seems to be away for a moment
    decided = plan(worker.me.id, view.situation)
    return not (decided.give or decided.take)


@contextmanager
def clustered_world(
    folder: Path, database_url: str, *workspaces: Workspace, clock: AdjustableClock | None = None
) -> Iterator[ClusteredWorld]:
    """Run these workspaces, by default the twins ``NORTH`` and ``SOUTH``; the workers are not started yet."""
    with ExitStack() as held:
        ports = {name: held.enter_context(held_port()) for name in (ONE, TWO)}
        front = held.enter_context(Front(PATIENCE_S, looks=False))
        found = workspaces or (twin(NORTH), twin(SOUTH))
        world = ClusteredWorld(folder, front, ports, found, database_url, clock)
        held.enter_context(world.server)
        held.callback(world.stop)
        yield world
