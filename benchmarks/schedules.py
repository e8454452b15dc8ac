"""Measure ten thousand schedules: the start, a heartbeat with none due, and the memory."""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from benchmarks.figures import Figure
from benchmarks.rounds import NoSlack
from bot.config import holiday_calendar, load_packs
from bot.core.clock import RIGHT
from bot.core.model import ChannelId, PackId, ReleasePolicy, ScheduleId, SupportCard, WorkspaceId
from bot.core.schedule import (
    MonthlyDay,
    MonthlyWeekday,
    QuietDays,
    Recurrence,
    Schedule,
    Source,
    Weekly,
    fire_times,
)
from bot.core.settings import Settings
from bot.keys import AudienceKeyFiles, KeyFiles
from bot.ports import Services
from bot.service.recovery import apply_declared, recover
from bot.service.run_due import run_due
from bot.store.audiences import AudienceFile
from bot.store.ballots import BallotFiles
from bot.store.database import Database

ROOT = Path(__file__).resolve().parents[1]
SCHEDULES = 10_000
BEATS = 50
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "UTC",
)
REGIONS = ("DE-BE", "US-NY", "IN", "AU-NSW", "NZ", None)


def figures() -> list[Figure]:
    """Start a process on a data directory with 10,000 schedules that were set in Slack."""
    with TemporaryDirectory() as folder:
        _fill(Path(folder))
        found = json.loads(
            subprocess.run(  # noqa: S603 - our own module
                [sys.executable, "-m", "benchmarks.schedules", folder],
                capture_output=True,
                check=True,
                cwd=ROOT,
                text=True,
            ).stdout
        )
    return [
        Figure(name="start with 10,000 schedules: whole, and every next time computed", value=found["start_s"],
               unit="s", budget=2, note="after the imports; Slack is silent"),
        Figure(name="the same with nothing to ask: a heartbeat, p50", value=found["beat_ms"], unit="ms", budget=20),
        Figure(name="the same: resident memory", value=found["memory_mb"], unit="MB", budget=120),
        Figure(name="the next fire time of one schedule, mean", value=_one_us(), unit="µs"),
    ]  # fmt: skip


def some_schedules(count: int) -> list[Schedule]:
    """Return this many different schedules, each in its own channel."""
    return [_schedule(number) for number in range(count)]


def _schedule(number: int) -> Schedule:
    recurrences: Sequence[Recurrence] = (
        Weekly(every=number % 4 + 1, weekdays=(number % 7,)),
        MonthlyDay(day=number % 31 + 1),
        MonthlyWeekday(which=1 if number % 2 else -1, weekday=number % 7),
        Weekly(every=2, weekdays=(1, 3)),
    )
    return Schedule(
        id=ScheduleId(f"s{number:011}"),
        channel=ChannelId(f"C{number:09}"),
        recurrence=recurrences[number % len(recurrences)],
        at=time_of_day(8 + number % 9, number % 60),
        zone=ZONES[number % len(ZONES)],
        pack=PackId("belonging"),
        open_for=timedelta(days=3),
        policy=ReleasePolicy(),
        created_at=NOW,
        quiet=QuietDays(
            holidays=REGIONS[number % len(REGIONS)], ranges=((date(2026, 12, 24), date(2027, 1, 3)),)
        ),
        source=Source.SLACK,
    )


def _fill(folder: Path) -> None:
    database = Database(folder / "belonging.db")
    with database.transaction("bench") as tx:
        for schedule in some_schedules(SCHEDULES):
            tx.put_schedule(schedule)
    database.close()


def _one_us() -> float:
    schedules = [replace(schedule, created_at=NOW) for schedule in some_schedules(1000)]
    began = time.perf_counter()
    for schedule in schedules:
        next(iter(islice(fire_times(schedule, NOW, holiday_calendar), 1)))
    return (time.perf_counter() - began) / len(schedules) * 1e6


def _start(folder: Path) -> dict[str, float]:
    """Measure a start and a heartbeat on this data directory."""
    pack = load_packs((ROOT / "prompts",))[PackId("belonging")]
    no_slack = NoSlack(10)
    began = time.perf_counter()
    services = Services(
        store=Database(folder / "belonging.db"),
        boxes=BallotFiles(folder / "ballots"),
        vault=KeyFiles(folder / "keys", WorkspaceId("T0BENCH")),
        audiences=AudienceFile(folder / "audiences.db"),
        audience_keys=AudienceKeyFiles(folder / "keys", "T0BENCH"),
        messenger=no_slack,
        directory=no_slack,
        timer=no_slack,
        clock=lambda: NOW,
        clock_state=lambda: RIGHT,
        holidays=holiday_calendar,
        settings=Settings(
            support=SupportCard(contact="x", crisis="y"), policy=ReleasePolicy(), packs={pack.id: pack}
        ),
    )
    recover(services)
    apply_declared(services, (), NOW)
    run_due(services)
    start = time.perf_counter() - began
    beats = []
    for _ in range(BEATS):
        began = time.perf_counter()
        run_due(services)
        beats.append((time.perf_counter() - began) * 1000)
    memory = psutil.Process().memory_info().rss / 1e6
    return {"start_s": start, "beat_ms": statistics.median(beats), "memory_mb": memory}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_start(Path(sys.argv[1]))))
