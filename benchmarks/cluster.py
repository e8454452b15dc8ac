"""Measure workers of a cluster over PostgreSQL: ``make bench-cluster``.

Every worker is the real program in a process of its own; the people, Slack and PostgreSQL have processes of
their own, too. 1,000 workspaces have a round open each. In the end each acknowledged reply is looked for in
the files.
"""

import argparse
import json
import logging
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
from rich.console import Console

from benchmarks import cluster_files as files
from benchmarks.cluster_driver import ROUNDS
from benchmarks.cluster_files import CELLS, SECRET, TEAMS
from benchmarks.figures import Figure, as_json, show
from bot.config import Config
from bot.core.cells import SHARDS
from tests.held_port import held_port
from tests.postgresql import DURABLE, PostgreSQL, running

ROOT = Path(__file__).resolve().parents[1]
WORKERS = 4
AT_ONCE = 48
LAP_S = 8.0
LAPS = 2
QUIET_S = 2.0
"""No token is asked about for so long: then all has been looked at that was due at a start."""

PATIENCE_S = 120.0
AMID_S = 60.0
AWAY_S = 5.0
PACE = 40
"""Replies a second while PostgreSQL is away: the time of each is asked for, not how many there can be."""


@dataclass(slots=True)
class Worker:
    """A worker. ``config``: its own."""

    name: str
    port: int
    config: Config
    process: "subprocess.Popen[bytes]"

    def end(self, by: signal.Signals) -> None:
        """End it, and return once it is gone."""
        if self.process.poll() is None:
            self.process.send_signal(by)
        self.process.wait(PATIENCE_S)


class Helper:
    """A program of this benchmark in a process of its own, which answers each line with one."""

    def __init__(self, module: str) -> None:
        """Start it."""
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", module], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    def hear(self) -> Any:
        """Return what it says next."""
        assert self._process.stdout
        return json.loads(self._process.stdout.readline())

    def tell(self, told: object) -> None:
        """Tell it something."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps(told) + "\n")
        self._process.stdin.flush()

    def ask(self, told: object) -> Any:
        """Tell it something, and return its answer."""
        self.tell(told)
        return self.hear()

    def stop(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream:
                with suppress(OSError):
                    stream.close()


class Cluster:
    """The workers that run, and all that is around them."""

    def __init__(self, folder: Path, server: PostgreSQL, held: ExitStack) -> None:
        """Lay out the files; no worker runs."""
        self.folder, self.server, self._held = folder, server, held
        self.workers: list[Worker] = []
        self.not_taken = 0
        self._rounds, self._round = iter(ROUNDS), ROUNDS[-1]
        self.slack = Helper("benchmarks.cluster_slack")
        held.callback(self.slack.stop)
        api_url = f"http://127.0.0.1:{self.slack.hear()}/api/"
        self._environ = files.environment(server.url(), api_url)
        self.config = files.config_of(folder / "w0", 1, self._environ)
        storage = files.lay_out(self.config)
        server.query(f"UPDATE shards SET storage = '{storage}'")  # noqa: S608 - hexadecimal digits
        self.people = Helper("benchmarks.cluster_driver")
        held.callback(self.people.stop)
        self.people.tell({"template": files.form(self.config), "secret": SECRET, "teams": TEAMS})

    def add(self) -> None:
        """Start one more worker, and return once it has its share and nothing more to do."""
        name = f"w{len(self.workers) + 1}"
        port = self._held.enter_context(held_port())
        config = files.config_of(self.folder / name, port, self._environ)
        log = self._held.enter_context((self.folder / f"{name}.log").open("wb"))
        process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "bot", "worker", "--name", name, "--log", "warning"],
            cwd=config.path.parent,
            env={"PYTHONPATH": str(ROOT), "PATH": "", **self._environ},
            stdout=log,
            stderr=log,
        )
        worker = Worker(name, port, config, process)
        self._held.callback(worker.end, signal.SIGKILL)
        self.workers.append(worker)
        self._settle()

    def owners(self) -> dict[int, str]:
        """Return who owns each shard, as PostgreSQL says."""
        rows = self.server.query("SELECT shard, worker FROM shards WHERE worker IS NOT NULL")
        return {int(shard): str(worker) for shard, worker in rows}

    def _settle(self) -> None:
        least, until = SHARDS // len(self.workers), time.monotonic() + PATIENCE_S
        while True:
            counted = Counter(self.owners().values())
            if counted.total() == SHARDS and all(counted[one.name] >= least for one in self.workers):
                break
            if (code := self.workers[-1].process.poll()) is not None:
                log = (self.folder / f"{self.workers[-1].name}.log").read_text(encoding="utf-8")
                raise RuntimeError(f"a worker has ended with {code}: {log}")
            _check(until, f"shards do not settle: {counted}")
        self.be_quiet()

    def be_quiet(self) -> None:
        """Wait until every workspace that came to a worker without its times was looked at."""
        until, starts = time.monotonic() + PATIENCE_S, -1
        while starts != (starts := self.slack.ask("starts")):
            _check(until, "workspaces are looked at on and on")
            time.sleep(QUIET_S)

    def direct(self, *, to_owners: bool) -> None:
        """Let people reply in the next round, to the workers that own their cells, or to any."""
        self._round = next(self._rounds, self._round)
        owners, ports = self.owners(), {one.name: one.port for one in self.workers}
        self.people.ask(
            {
                "act": "ports",
                "round": self._round,
                "ports": {
                    team: [ports[owners[files.shard(team)]]] if to_owners else list(ports.values())
                    for team in TEAMS
                },
            }
        )

    def rate(self, *, to_owners: bool) -> float:
        """Return how many replies a second are acknowledged, in the better of two laps."""
        self.direct(to_owners=to_owners)
        return max(self._lap() for _ in range(LAPS))

    def _lap(self) -> float:
        first = self.people.ask(_load(TEAMS, 2 * PATIENCE_S))  # all cells are open, and their people known
        many = [team for _ in range(8) for team in random.sample(TEAMS, CELLS)]
        before = self._cpu_s()
        told = self.people.ask(_load(many, LAP_S))
        each = {
            name: f"{1000 * (spent - before[name]) / told['taken']:.2f}"
            for name, spent in self._cpu_s().items()
        }
        self.not_taken += sum(first["not_taken"].values()) + sum(told["not_taken"].values())
        _note(f"{len(self.workers)} workers: {told}, ms of the processor for each: {each}")
        return float(told["taken"] / told["took_s"])

    def _cpu_s(self) -> dict[str, float]:
        """Return how many seconds of the processor the workers, the people and Slack have taken."""
        pids = {
            "workers": [worker.process.pid for worker in self.workers],
            "people": [self.people.pid],
            "slack": [self.slack.pid],
        }
        times = {name: [psutil.Process(pid).cpu_times() for pid in its] for name, its in pids.items()}
        return {name: sum(one.user + one.system for one in its) for name, its in times.items()}

    def kill_one(self) -> float:
        """Kill one worker amid replies; return the seconds until each of its cells has taken a reply again."""
        owners, victim = self.owners(), self.workers.pop()
        lost = [team for team in TEAMS if owners[files.shard(team)] == victim.name]
        others = [team for _ in range(50) for team in random.sample(TEAMS, CELLS) if team not in set(lost)]
        self.direct(to_owners=False)
        self.people.tell({"act": "insist", "lost": lost, "others": others, "at_once": 32, "seconds": AMID_S})
        killed_at = time.monotonic()
        victim.end(signal.SIGKILL)
        told = self.people.hear()
        _note(f"{len(lost)} cells lost: { {**told, 'taken_at': len(told['taken_at'])} }")
        if len(told["taken_at"]) < len(lost):
            return float("inf")
        return float(max(told["taken_at"])) - killed_at

    def without_database(self) -> tuple[float, float]:
        """Return the slowest reply before PostgreSQL is away, and the slowest while it is."""
        self.be_quiet()
        self.direct(to_owners=False)
        calm = self.people.ask(self._paced(AWAY_S))
        self.people.tell(self._paced(AWAY_S + 5))
        time.sleep(2)
        self.server.kill()
        away_at = time.monotonic()
        time.sleep(AWAY_S)
        self.server.start()
        back_at = time.monotonic()
        told = self.people.hear()
        during = [took_s for at, took_s, *_ in told["sent"] if away_at - 1 < at < back_at]
        _note(f"calm {calm['not_taken']}, away {told['not_taken']}, {len(during)} while away")
        if calm["not_taken"] or told["not_taken"]:
            return max(took_s for _, took_s, *_ in calm["sent"]), float("inf")
        return max(took_s for _, took_s, *_ in calm["sent"]), max(during)

    def _paced(self, seconds: float) -> dict[str, Any]:
        many = random.choices(TEAMS, k=int(PACE * seconds))  # noqa: S311 - nothing is secret
        return {"act": "pace", "teams": many, "a_second": PACE, "seconds": seconds}

    def end(self) -> tuple[int, int, int]:
        """End all; return how many replies were acknowledged, were lost, and are there that nobody sent."""
        for worker in self.workers:
            worker.end(signal.SIGTERM)
        told, found = self.people.ask({"act": "report"}), files.stored(self.config)
        lost = [team for team, receipt in told["acknowledged"] if files.id_of(receipt) not in found[team]]
        sent = Counter(team for team, _ in told["tried"])
        more = sum(max(0, len(found[team]) - sent[team]) for team in TEAMS)
        return len(told["acknowledged"]), len(lost), more


def figures() -> list[Figure]:
    """Measure one worker, two, and four; kill one; take PostgreSQL away; count."""
    with TemporaryDirectory() as folder, running(DURABLE) as server, ExitStack() as held:
        cluster = Cluster(Path(folder), server, held)
        direct, any_ = {}, {}
        for number in range(1, WORKERS + 1):
            cluster.add()
            if number in {1, 2, 4}:
                direct[number] = cluster.rate(to_owners=True)
                any_[number] = cluster.rate(to_owners=False) if number > 1 else direct[1]
        takeover_s = cluster.kill_one()
        calm_s, away_s = cluster.without_database()
        acknowledged, lost, more = cluster.end()
    one_ms = 1000 / direct[1]
    inverse = "(the inverse of replies a second)"
    return [
        Figure(name=f"a reply into one of {CELLS:,} rounds, one worker {inverse}", value=one_ms, unit="ms"),
        Figure(name="the same, two workers, sent to the owner", value=1000 / direct[2], unit="ms",
               baseline=one_ms, budget=one_ms / 1.15, note="1.15 of the rate of one"),
        Figure(name="the same, two workers, sent to either", value=1000 / any_[2], unit="ms", baseline=one_ms),
        Figure(name="the same, four workers, sent to the owner", value=1000 / direct[4], unit="ms",
               baseline=one_ms, budget=one_ms / 1.6, note="1.6 of the rate of one"),
        Figure(name="the same, four workers, sent to any", value=1000 / any_[4], unit="ms", baseline=one_ms),
        Figure(name="one of four workers is killed: until each of its cells takes a reply", value=takeover_s,
               unit="s", budget=10, note="amid replies to the others"),
        Figure(name=f"the slowest reply while PostgreSQL is away for {AWAY_S:.0f} s", value=away_s, unit="s",
               baseline=calm_s, budget=1, note=f"{PACE} a second, sent to any worker"),
        Figure(name="replies of these that were not taken within three seconds", value=cluster.not_taken,
               unit="", budget=0),
        Figure(name=f"replies lost of {acknowledged:,} acknowledged", value=lost, unit="", budget=0),
        Figure(name="replies in the files that nobody has sent", value=more, unit="", budget=0),
    ]  # fmt: skip


def _load(teams: Sequence[str], seconds: float) -> dict[str, Any]:
    return {"act": "load", "teams": teams, "at_once": AT_ONCE, "seconds": seconds}


def _check(until: float, or_else: str) -> None:
    if time.monotonic() > until:
        raise TimeoutError(or_else)
    time.sleep(0.1)


def _note(text: str) -> None:
    logging.getLogger("benchmarks").info(text)


def main() -> int:
    """Measure and print. Return 1 with ``--strict`` if a budget is exceeded, else 0."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cluster", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--strict", action="store_true", help="exit code 1 when a budget is not kept")
    parser.add_argument("--notes", action="store_true", help="print what was seen on the way")
    chosen = parser.parse_args()
    logging.basicConfig(format="%(message)s")
    logging.getLogger("benchmarks").setLevel(logging.INFO if chosen.notes else logging.ERROR)
    found = figures()
    if chosen.json:
        sys.stdout.write(as_json(found) + "\n")
    else:
        show(found, Console())
    return int(chosen.strict and any(figure.kept is False for figure in found))


if __name__ == "__main__":
    sys.exit(main())
