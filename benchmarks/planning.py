"""Measure planning a round among 500 weekly channels, beside the same among 50."""

import sqlite3
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import Figure
from benchmarks.rounds import NOW, ROOT, NoSlack, no_holidays
from bot.config import load_packs
from bot.core.audiences import KEPT_FOR, audience_key, every_key
from bot.core.clock import RIGHT
from bot.core.counts import Count
from bot.core.model import (
    ChannelId,
    MemberId,
    PackId,
    Period,
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
from bot.core.release import Published, StatementRelease
from bot.core.schedule import Schedule, Weekly
from bot.core.settings import Settings
from bot.keys import AudienceKeyFiles, KeyFiles
from bot.ports import Services
from bot.service.open_rounds import plan_round
from bot.store.audiences import AudienceFile
from bot.store.ballots import BallotFiles
from bot.store.database import Database
from bot.store.serialization import time_text

CHANNELS, FEW, PEOPLE, ROUNDS = 500, 50, 30, 12
WEEK = timedelta(weeks=1)
KEPT_WEEKS = 4
"""Of so many weeks the marks are kept; the rounds before are only remembered."""

PERIOD = Period("20261103")

PLANNED = 100


class Memberships(NoSlack):
    """A directory in which every channel has its own people."""

    def __init__(self) -> None:
        """Create all memberships."""
        super().__init__(0)
        self._of = {
            _channel(number): frozenset(MemberId(f"U{number:04}{one:03}") for one in range(PEOPLE))
            for number in range(CHANNELS)
        }

    def audience(self, channel: ChannelId) -> frozenset[MemberId]:
        """Return the people of a channel."""
        return self._of[channel]


def figures() -> list[Figure]:
    """Plan in a hundred of 500 channels, and in each of 50."""
    value, baseline = _planning_ms(CHANNELS), _planning_ms(FEW)
    return [
        Figure(name="planning a round among 500 channels of 30 people, 12 rounds each, p50", value=value,
               unit="ms", budget=2 * baseline, baseline=baseline, note="beside the same among 50 channels"),
    ]  # fmt: skip


def _planning_ms(channels: int) -> float:
    """Return the median time for planning a round where there are so many channels."""
    with _installation(channels) as (services, schedules):
        for warm in schedules[:3]:
            plan_round(services, warm, NOW)
        return statistics.median(_ms(services, one) for one in schedules[:: max(1, channels // PLANNED)])


def _ms(services: Services, schedule: Schedule) -> float:
    began = time.perf_counter()
    plan_round(services, schedule, NOW)
    return (time.perf_counter() - began) * 1000


def _channel(number: int) -> ChannelId:
    return ChannelId(f"C{number:08}")


@contextmanager
def _installation(channels: int) -> Iterator[tuple[Services, Sequence[Schedule]]]:
    pack = load_packs((ROOT / "prompts",))[PackId("belonging")]
    no_slack = Memberships()
    with TemporaryDirectory() as folder:
        path = Path(folder)
        audiences, boxes = AudienceFile(path / "audiences.db"), BallotFiles(path / "ballots")
        database = Database(path / "belonging.db")
        services = Services(
            store=database,
            boxes=boxes,
            vault=KeyFiles(path / "keys", WorkspaceId("T0BENCH")),
            audiences=audiences,
            audience_keys=AudienceKeyFiles(path / "keys", "T0BENCH"),
            messenger=no_slack,
            directory=no_slack,
            timer=no_slack,
            clock=lambda: NOW,
            clock_state=lambda: RIGHT,
            holidays=no_holidays,
            settings=Settings(
                support=SupportCard(contact="x", crisis="y"), policy=ReleasePolicy(), packs={pack.id: pack}
            ),
        )
        schedules = [_schedule(number) for number in range(channels)]
        _ask(services, schedules, path / "audiences.db")
        yield services, schedules
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


def _ask(services: Services, schedules: Sequence[Schedule], marks: Path) -> None:
    """Store twelve weekly rounds in every channel, the last one a week ago."""
    pack = services.settings.packs[PackId("belonging")]
    asked: list[RoundPrompt] = []
    rounds: list[Round] = []
    for week in range(ROUNDS):
        prompt = choose(pack, asked)
        assert prompt
        asked.append(prompt)
        rounds += [
            _round(services, schedule, prompt, week, number) for number, schedule in enumerate(schedules)
        ]
    with services.store.transaction("bench") as tx:
        for round_ in rounds:
            tx.insert_round(round_)
            tx.insert_release(_result(round_), round_.closes_at)
    mark(services, rounds[-KEPT_WEEKS * len(schedules) :], marks)


def _result(round_: Round) -> Published:
    """Return a result in which everybody replied, and 12 agreed with each statement."""
    count = Count(of=PEOPLE, low=12, high=12)
    statements = tuple(StatementRelease(statement=one.id, count=count) for one in round_.prompt.statements)
    return Published(round_id=round_.id, replies=PEOPLE, audience=PEOPLE, statements=statements)


def mark(services: Services, rounds: Sequence[Round], path: Path) -> None:
    """Write the frozen audiences of these rounds in one transaction."""
    services.audience_keys.create(PERIOD)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        for round_ in rounds:
            people = services.directory.audience(round_.channel)
            keys = every_key(round_.prompt, round_.id) | {audience_key(round_.id)}
            rows = [
                (key, mark, round_.id)
                for key in keys
                for mark in services.audience_keys.marks(PERIOD, key, people).values()
            ]
            until = time_text(round_.closes_at + KEPT_FOR)
            connection.executemany("INSERT INTO asked VALUES (?, ?, ?)", rows)
            connection.execute(
                "INSERT INTO audience VALUES (?, ?, ?, ?, ?)",
                (round_.id, PERIOD, len(people), len(rows), until),
            )
        connection.execute("COMMIT")


def _round(services: Services, schedule: Schedule, prompt: RoundPrompt, week: int, number: int) -> Round:
    opened = services.clock() - (ROUNDS - week) * WEEK
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
        period=PERIOD,
        shared=0,
    )
