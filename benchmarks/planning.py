"""Plan a round among 500 channels that are asked every week: by the marks of everybody asked, and as it was before.

Both planners read the same data and the same memberships, in the same run.
"""

import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import Figure
from benchmarks.old_planner import OldPlanner
from benchmarks.rounds import NOW, ROOT, Silence, no_holidays
from bot.config import load_packs
from bot.core.model import (
    ChannelId,
    MemberId,
    PackId,
    ReleasePolicy,
    Round,
    RoundId,
    RoundPrompt,
    RoundState,
    ScheduleId,
    SupportCard,
    WorkspaceId,
)
from bot.core.prompts import choose
from bot.core.schedule import Schedule, Weekly
from bot.core.settings import Settings
from bot.keys import AudienceKeyFiles, KeyFiles
from bot.ports import Desk
from bot.service.audiences import freeze
from bot.service.rounds import plan_round
from bot.store.audiences import AudienceFile
from bot.store.ballots import BallotFiles
from bot.store.database import Database

CHANNELS, PEOPLE, ROUNDS = 500, 30, 12
WEEK = timedelta(weeks=1)
KEPT_WEEKS = 4
"""Of so many weeks the marks are kept; the rounds before are only remembered."""

PLANNED = 100


class Memberships(Silence):
    """Every channel has people of its own."""

    def __init__(self) -> None:
        """All of them, made once."""
        super().__init__(0)
        self._of = {
            _channel(number): frozenset(MemberId(f"U{number:04}{one:03}") for one in range(PEOPLE))
            for number in range(CHANNELS)
        }

    def audience(self, channel: ChannelId) -> frozenset[MemberId]:
        """The people of a channel."""
        return self._of[channel]


@dataclass(frozen=True, slots=True)
class Installation:
    """A desk over real files, with what every channel was asked."""

    desk: Desk
    schedules: Sequence[Schedule]
    database: Path


def figures() -> list[Figure]:
    """One plan in every fifth channel, by either planner, in turns."""
    with _installation() as there, closing(sqlite3.connect(there.database)) as rounds:
        old = OldPlanner(there.desk, rounds)
        chosen = there.schedules[:: CHANNELS // PLANNED]
        for warm in chosen[:3]:
            plan_round(there.desk, warm, NOW)
            old.plan(warm)
        now = [_ms(lambda: plan_round(there.desk, one, NOW)) for one in chosen]  # noqa: B023 - called at once
        before = [_ms(lambda: old.plan(one)) for one in chosen]  # noqa: B023 - called at once
    value, baseline = statistics.median(now), statistics.median(before)
    return [
        Figure(name="planning a round among 500 channels of 30 people, 12 rounds each, p50", value=value,
               unit="ms", budget=baseline, baseline=baseline,
               note="beside the planner of before, which compared live memberships; the budget is its time"),
    ]  # fmt: skip


def _ms(plan: Callable[[], object]) -> float:
    began = time.perf_counter()
    plan()
    return (time.perf_counter() - began) * 1000


def _channel(number: int) -> ChannelId:
    return ChannelId(f"C{number:08}")


@contextmanager
def _installation() -> Iterator[Installation]:
    pack = load_packs((ROOT / "prompts",))[PackId("belonging")]
    silence = Memberships()
    with TemporaryDirectory() as folder:
        path = Path(folder)
        audiences, boxes = AudienceFile(path / "audiences.db"), BallotFiles(path / "ballots")
        database = Database(path / "belonging.db")
        desk = Desk(
            store=database,
            boxes=boxes,
            vault=KeyFiles(path / "keys", WorkspaceId("T0BENCH")),
            audiences=audiences,
            audience_keys=AudienceKeyFiles(path / "keys", "T0BENCH"),
            messenger=silence,
            directory=silence,
            timer=silence,
            clock=lambda: NOW,
            holidays=no_holidays,
            settings=Settings(
                support=SupportCard(contact="x", crisis="y"), policy=ReleasePolicy(), packs={pack.id: pack}
            ),
        )
        schedules = [_schedule(number) for number in range(CHANNELS)]
        _ask(desk, schedules)
        yield Installation(desk, schedules, path / "belonging.db")
        boxes.close()
        audiences.close()
        database.close()


def _schedule(number: int) -> Schedule:
    return Schedule(
        id=ScheduleId(f"s{number:011}"),
        channel=_channel(number),
        recurrence=Weekly(every=1, weekdays=(1,)),
        at=NOW.time(),
        zone="UTC",
        pack=PackId("belonging"),
        open_for=timedelta(days=3),
        policy=ReleasePolicy(),
        created_at=NOW - ROUNDS * WEEK,
    )


def _ask(desk: Desk, schedules: Sequence[Schedule]) -> None:
    """Twelve rounds in every channel, a week apart, the last one a week ago."""
    pack = desk.settings.packs[PackId("belonging")]
    asked: list[RoundPrompt] = []
    for week in range(ROUNDS):
        prompt = choose(pack, asked)
        assert prompt
        asked.append(prompt)
        with desk.store.transaction("bench") as tx:
            for number, schedule in enumerate(schedules):
                round_ = _round(desk, schedule, prompt, week, number)
                if ROUNDS - week <= KEPT_WEEKS:
                    round_ = freeze(desk, round_, desk.directory.audience(schedule.channel))
                tx.insert_round(round_)


def _round(desk: Desk, schedule: Schedule, prompt: RoundPrompt, week: int, number: int) -> Round:
    opened = desk.clock() - (ROUNDS - week) * WEEK
    return Round(
        id=RoundId(f"{week:06}{number:06}"),
        channel=schedule.channel,
        schedule=schedule.id,
        number=week + 1,
        prompt=prompt,
        policy=schedule.policy,
        audience_size=PEOPLE,
        opened_at=opened,
        closes_at=opened + schedule.open_for,
        zone=schedule.zone,
        closing_key=b"gone",
        state=RoundState.CLOSED,
        shared=0,
    )
