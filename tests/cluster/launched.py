"""The program in a forked process: the real one, but for its clock, and for what a test builds into it.

The proof of every day, which is a program of its own, is left out.

``orders``: what ``belonging`` is to do, and with what.

- ``folder``, ``arguments``, ``environ``: of the program. ``log``: the file that all it prints is appended to.
- ``clock``: the page of a ``StoryClock``, whose time is that of the machine in here.
- ``fuse``: the page of ``tests.faults.memory.Shared``, at a step of which the process kills itself; or none.
- ``spied``: a folder, and ``seen``: the file in which is noted whatever is opened below it; or none.
- ``answers_within_s``: how long a request may wait for its worker, in place of what Slack allows; or none.
- ``mutants``: names of faults to build in (``tests.cluster.mutants``).
"""

import os
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn, cast

import bot.app.hosting
import bot.app.time
import bot.clock
from bot.app.cluster import building, elsewhere
from bot.cli import main
from bot.timer import AlarmTimer
from tests.cluster.mutants import MUTANTS
from tests.cluster.spy import spy_on
from tests.cluster.story_clock import StoryClock
from tests.faults.bot_process import NoProof
from tests.faults.fuse import Fuse
from tests.faults.memory import Shared
from tests.faults.zygote import end_with_parent

RING_S = 0.25
"""Alarms ring by the clock of the machine. After the story's was moved, a heartbeat does what is due."""


def run(orders: Mapping[str, Any]) -> NoReturn:
    """Run ``belonging``, and end this process."""
    code: object = 1
    try:
        end_with_parent()
        _print_into(Path(orders["log"]))
        os.chdir(orders["folder"])
        os.environ.clear()
        os.environ.update(orders["environ"])
        _set_clock(Path(orders["clock"]))
        _build_in(orders)
        sys.argv = ["belonging", *orders["arguments"]]
        main()
        code = 0
    except SystemExit as end:
        code = end.code or 0
    finally:
        sys.stdout.flush()
        os._exit(code if isinstance(code, int) else 1)


def _print_into(log: Path) -> None:
    printed = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(printed, 1)
    os.dup2(printed, 2)
    os.close(printed)
    sys.stdout = sys.stderr = open(2, "w", buffering=1, encoding="utf-8", closefd=False)  # noqa: SIM115 - as long as the process


def _set_clock(page: Path) -> None:
    """Let the program read the clock of the story wherever it reads that of the machine."""
    clock = StoryClock(page)

    class StoryTime:
        """What the program uses of ``datetime``."""

        @staticmethod
        def now(zone: tzinfo) -> datetime:
            return clock.now().astimezone(zone)

    def seconds(_clock: int) -> float:
        return clock.now().timestamp()

    readable = {name: getattr(time, name) for name in dir(time) if name.startswith("CLOCK_")}
    vars(bot.app.time)["datetime"] = StoryTime
    vars(building)["system_clock"] = lambda: datetime.now(UTC)  # noqa: TID251 - compared with PostgreSQL's
    vars(bot.clock)["time"] = SimpleNamespace(**readable, clock_gettime=seconds)
    initialise = cast(Any, AlarmTimer.__init__)

    def with_the_machines_clock(timer: AlarmTimer, now: Any, _wall: Any, **more: Any) -> None:
        """APScheduler reads the clock of the machine: by that of the story, alarms would ring without end."""
        initialise(timer, now, lambda: datetime.now(UTC), RING_S, **more)  # noqa: TID251 - the real one

    cast(Any, AlarmTimer).__init__ = with_the_machines_clock


def _build_in(orders: Mapping[str, Any]) -> None:
    vars(bot.app.hosting)["ProofProcess"] = NoProof
    if within_s := orders.get("answers_within_s"):
        vars(elsewhere)["DEADLINE_S"] = within_s
    for name in orders.get("mutants", ()):
        MUTANTS[name]()
    if spied := orders.get("spied"):
        spy_on(Path(spied), Path(orders["seen"]))
    if fuse := orders.get("fuse"):
        Fuse(Shared(Path(fuse))).light()
