"""Measure the use cases over real files without Slack: a burst of replies, and the close of a large round."""

import statistics
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory

from benchmarks.figures import Figure
from bot.config import load_packs
from bot.core.changes import ScheduleChange
from bot.core.clock import RIGHT
from bot.core.language import Language
from bot.core.model import (
    ChannelId,
    MemberId,
    MessageTs,
    PackId,
    ReleasePolicy,
    Round,
    RoundId,
    SupportCard,
    WorkspaceId,
)
from bot.core.norms import Norm
from bot.core.posts import Trouble
from bot.core.prompts import preview
from bot.core.release import Release, Result
from bot.core.replies import Draft
from bot.core.schedule import Schedule
from bot.core.settings import Settings
from bot.keys import AudienceKeyFiles, KeyFiles
from bot.ports import AdminNote, ChannelInfo, ChannelNote, Services, Submission
from bot.service.close_rounds import close_round
from bot.service.replies import Refusal, accept_reply
from bot.slack.transport.pools import WRITERS
from bot.store.audiences import AudienceFile
from bot.store.ballots import BallotFiles
from bot.store.database import Database

ROOT = Path(__file__).resolve().parents[1]
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
CHANNEL = ChannelId("C0BENCH00")
LARGE = 5000
BURST = 200
ACK_LIMIT_S = 3.0


class NoSlack:
    """A messenger and a timer that do nothing, and a directory in which everybody counts."""

    def __init__(self, people: int) -> None:
        """Create a channel with this many people."""
        self._members = frozenset(MemberId(f"U{number:06}") for number in range(people))

    def people(self, channel: ChannelId) -> dict[MemberId, frozenset[str]]:
        """Return no names."""
        return dict.fromkeys(self._members if channel else (), frozenset())

    def announce(self, round_: Round, *, shared: bool = False) -> MessageTs:
        """Do nothing."""
        return MessageTs("" if shared else round_.id)

    def retire(self, round_: Round) -> None:
        """Do nothing."""

    def post_summary(
        self, round_: Round, release: Release, earlier: Sequence[Result] = (), ledger: Sequence[Norm] = ()
    ) -> MessageTs:
        """Do nothing."""
        return MessageTs(f"{round_.id}{release.round_id}{len(earlier)}{len(ledger)}")

    def update_summary(
        self, round_: Round, release: Release, earlier: Sequence[Result] = (), ledger: Sequence[Norm] = ()
    ) -> None:
        """Do nothing."""

    def post_cycle(self, schedule: Schedule, results: Sequence[Result]) -> None:
        """Do nothing."""

    def ask_to_go_on(self, schedule: Schedule) -> None:
        """Do nothing."""

    def tell(self, round_: Round, note: ChannelNote) -> None:
        """Do nothing."""

    def remind(self, round_: Round, *, shared: bool = False) -> MessageTs:
        """Return a message."""
        return self.announce(round_, shared=shared)

    def introduce(self, channel: ChannelId, language: Language) -> None:
        """Do nothing."""

    def tell_change(self, change: ScheduleChange, next_at: datetime | None) -> None:
        """Do nothing."""

    def tell_admin(
        self, member: MemberId, note: AdminNote, channel: ChannelInfo, name_before: str, language: Language
    ) -> None:
        """Do nothing."""

    def tell_trouble(
        self, member: MemberId, trouble: Trouble, channel: ChannelId, language: Language
    ) -> None:
        """Do nothing."""

    def forget(self, channel: ChannelId) -> None:
        """Do nothing."""

    def arm(self, times: Sequence[datetime]) -> None:
        """Do nothing."""

    def channel(self, channel: ChannelId) -> ChannelInfo:
        """Return the one channel."""
        return ChannelInfo(id=channel, name="bench", private=False, archived=False, joined=True)

    def audience(self, channel: ChannelId) -> frozenset[MemberId]:
        """Return everybody, for any channel."""
        return self._members if channel else frozenset()

    def audience_to_ask(self, channel: ChannelId) -> frozenset[MemberId]:
        """Return everybody, for any channel."""
        return self.audience(channel)

    def channels_of(self, member: MemberId) -> frozenset[ChannelId]:
        """Return the one channel."""
        return frozenset({ChannelId("C0BENCH00")}) if member in self._members else frozenset()

    def is_private(self, channel: ChannelId) -> bool:
        """Return False."""
        return not channel

    def is_shared(self, channel: ChannelId) -> bool:
        """Return False."""
        return not channel

    def undescribed(self, channel: ChannelId) -> frozenset[MemberId]:
        """Return nobody."""
        return frozenset() if channel else self._members

    def counts(self, member: MemberId) -> bool:
        """Return True for everybody."""
        return member in self._members

    def is_member(self, channel: ChannelId, member: MemberId) -> bool:
        """Return True for everybody."""
        return bool(channel) and member in self._members

    def forget_member(self, member: MemberId) -> None:
        """Do nothing."""

    def names(self, channel: ChannelId) -> frozenset[str]:
        """Return some names, as in a channel of thirty."""
        return frozenset(f"Person{number}" for number in range(30)) if channel else frozenset()

    @property
    def sees_all(self) -> bool:
        """Whether a channel that is not found is gone."""
        return True

    def describes(self, member: MemberId) -> bool:
        """Return True for everybody."""
        return bool(member)

    def is_admin(self, member: MemberId, channel: ChannelId | None = None) -> bool:
        """Return False for everybody."""
        return not (member or channel)

    def zone(self, member: MemberId) -> str:
        """Return UTC for everybody."""
        return "UTC" if member else ""

    def locale(self, member: MemberId) -> str:
        """Return British English for everybody."""
        return "en-GB" if member else ""

    def locales(self, channel: ChannelId) -> tuple[str, ...]:
        """Return nothing: no channel is asked for its language."""
        return ("en-GB",) if channel else ()


@dataclass(slots=True, kw_only=True)
class Bench:
    """``Services`` over real files with one open round."""

    services: Services
    round: Round

    def hand_in(self, number: int) -> "Future[Submission]":
        """Submit one member's reply, as the listener does."""
        answers = {statement.id: number % 5 + 1 for statement in self.round.prompt.statements}
        draft = Draft(answers=answers, text="a reply of ordinary length", quotable=number % 3 == 0)
        receipt = self.services.vault.new_receipt()
        accepted = accept_reply(self.services, self.round, MemberId(f"U{number:06}"), draft, receipt)
        if isinstance(accepted, Refusal):
            raise TypeError(accepted)
        return accepted

    def fill(self, replies: int) -> None:
        """Store this many replies, many in each commit."""
        with ThreadPoolExecutor(100) as pool:
            wait(list(pool.map(self.hand_in, range(replies))))


def figures() -> list[Figure]:
    """Measure a burst of replies into a large round, and its close."""
    with _bench() as bench:
        bench.fill(LARGE)
        times = _burst(bench)
        began = time.perf_counter()
        close_round(bench.services, bench.round)
        closing = time.perf_counter() - began
    late = sum(moment > ACK_LIMIT_S for moment in times)
    return [
        Figure(name="200 replies at one moment into a round of 5,000: late or lost", value=late, unit="", budget=0),
        Figure(name="the same: the slowest", value=max(times), unit="s", budget=ACK_LIMIT_S),
        Figure(name="the same: p50", value=statistics.median(times), unit="s"),
        Figure(name="closing a round of 5,200 replies", value=closing, unit="s", budget=2.0),
    ]  # fmt: skip


def _burst(bench: Bench) -> list[float]:
    """Return the seconds until each of these replies, sent as the bot does, is on disk; infinite if one is not."""
    times: SimpleQueue[float] = SimpleQueue()
    began = time.perf_counter()

    def note(stored: "Future[Submission]") -> None:
        took = time.perf_counter() - began
        times.put(took if stored.result() is Submission.ACCEPTED else float("inf"))

    def hand_in(number: int) -> None:
        bench.hand_in(number).add_done_callback(note)

    with ThreadPoolExecutor(WRITERS) as pool:
        for number in range(LARGE, LARGE + BURST):
            pool.submit(hand_in, number)
        return [times.get(timeout=20 * ACK_LIMIT_S) for _ in range(BURST)]


@contextmanager
def _bench() -> Iterator[Bench]:
    pack = load_packs((ROOT / "prompts",))[PackId("belonging")]
    no_slack = NoSlack(LARGE + BURST)
    with TemporaryDirectory() as folder:
        path = Path(folder)
        vault = KeyFiles(path / "keys", WorkspaceId("T0BENCH"))
        audiences = AudienceFile(path / "audiences.db")
        boxes = BallotFiles(path / "ballots")
        database = Database(path / "belonging.db")
        services = Services(
            store=database,
            boxes=boxes,
            vault=vault,
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
        round_id = RoundId(vault.new_id())
        round_ = Round(
            id=round_id,
            channel=CHANNEL,
            schedule=None,
            number=1,
            prompt=preview(pack, ()),
            policy=ReleasePolicy(),
            audience_size=LARGE + BURST,
            opened_at=NOW,
            closes_at=NOW + timedelta(days=3),
            zone="UTC",
            closing_key=vault.create(round_id),
        )
        boxes.create(round_id, NOW)
        with database.transaction("bench") as tx:
            tx.insert_round(round_)
        yield Bench(services=services, round=round_)
        boxes.close()
        database.close()


def no_holidays(region: str, year: int) -> frozenset[date]:
    """Return no holidays, for any region and year."""
    del region, year
    return frozenset()
