"""The application database, as the verbs need it."""

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

from bot.core.audit import LastProof
from bot.core.changes import ScheduleChange
from bot.core.model import (
    ChannelId,
    NormId,
    Period,
    QuoteId,
    Round,
    RoundId,
    RoundPrompt,
    RoundState,
    ScheduleId,
)
from bot.core.norms import Norm
from bot.core.posts import Post, PostKind
from bot.core.quotes import QuoteRemoval, QuoteRequest
from bot.core.release import Published, Release
from bot.core.schedule import Schedule, Source
from bot.ports.slack import KnownChannel


class FiringOutcome(StrEnum):
    """What became of a fire time: it opened a round, was missed for too long, or was refused.

    Or nothing was asked: after a cycle (``RESTING``, and ``RESTED`` once the channel was told), or since
    fewer than half replied twice running (``QUIET``, ``WAITING`` once the channel was asked whether to go on,
    ``RESUMED`` once somebody there said so).
    """

    OPENED = "opened"
    SKIPPED = "skipped"
    REFUSED = "refused"
    RESTING = "resting"
    RESTED = "rested"
    QUIET = "quiet"
    WAITING = "waiting"
    RESUMED = "resumed"


class CountingRound(NamedTuple):
    """A round whose statements count as asked lately: who was asked is marked under the key of a period.

    ``period`` is None for a round from before that was kept. ``people``: so many were asked. A tuple, since
    thousands are compared whenever a round opens.
    """

    id: RoundId
    period: Period | None
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DueSchedule:
    """A schedule that is to be looked at, with what its firings say.

    ``last_firing``: the latest fire time claimed (UTC); none that lies in the future. ``unsettled``: a
    firing of it is resting, quiet or waiting, so that it may have to keep still.
    """

    schedule: Schedule
    last_firing: datetime | None = None
    unsettled: bool = False


class Tx(Protocol):
    """One transaction on the application database. All of it is committed, or none.

    What cannot be read is left out of what is listed or fetched; the log names it, and it stays stored.
    """

    def list_schedules(self, source: Source | None = None) -> tuple[Schedule, ...]:
        """Every schedule, or those kept in one place, by id."""

    def list_channel_schedules(self, channel: ChannelId) -> tuple[Schedule, ...]:
        """The schedules of a channel, oldest change first, then by id."""

    def list_due_schedules(self, now: datetime) -> tuple[DueSchedule, ...]:
        """The schedules that are to be looked at now: their time has come, or nobody knows it; then by id."""

    def list_next_schedules(self, count: int) -> tuple[Schedule, ...]:
        """So many schedules: those first that wait for their channel's word, then by when they are looked at.

        Those that are looked at with the next wake-up come before the others.
        """

    def count_schedules(self) -> int:
        """How many schedules there are."""

    def fetch_schedule(self, schedule_id: ScheduleId) -> Schedule | None:
        """The schedule of this id, if there is one."""

    def put_schedule(self, schedule: Schedule) -> None:
        """Insert this schedule, or replace the one of the same id; it is looked at with the next wake-up."""

    def look_again(self, schedule: Schedule, at: datetime | None) -> None:
        """Look at a schedule at this time (UTC) and not before; None: with the next wake-up.

        Nothing happens where the schedule has been changed since it was read: that one is looked at anyway.
        """

    def look_at_all(self) -> None:
        """Look at every schedule with the next wake-up: what its times hang on may have changed."""

    def list_alarms(self, after: datetime, count: int) -> tuple[datetime, ...]:
        """The next ``count`` moments (UTC) at which a round closes or reminds, or a schedule is looked at."""

    def insert_change(self, change: ScheduleChange, *, told: bool) -> None:
        """Keep what was done to a schedule; unless ``told``, its channel is still to hear of it."""

    def list_changes(self, channel: ChannelId, count: int) -> tuple[ScheduleChange, ...]:
        """The newest changes to the schedules of a channel, newest first."""

    def list_untold_changes(self) -> tuple[tuple[int, ScheduleChange], ...]:
        """The changes that their channels are still to hear of, oldest first, each with its number."""

    def settle_change(self, number: int) -> None:
        """Say that a channel has heard of this change."""

    def put_channel(self, channel: KnownChannel) -> None:
        """Keep what is known of a channel, in place of what was known before."""

    def fetch_channel(self, channel: ChannelId) -> KnownChannel | None:
        """What was last known of a channel, if the bot has ever looked at it."""

    def list_channels(self) -> tuple[ChannelId, ...]:
        """The channels that have a schedule, or a round with a step left to do, by id."""

    def list_asked_channels(self) -> tuple[ChannelId, ...]:
        """The channels that ever had a round, also one that cannot be read, by id."""

    def delete_schedule(self, schedule_id: ScheduleId) -> None:
        """Forget this schedule; its firings stay, so that none repeats."""

    def insert_firing(self, schedule_id: ScheduleId, fire_at: datetime, outcome: FiringOutcome) -> bool:
        """Claim a fire time. False when it was claimed before: the loser stops."""

    def update_firing(self, schedule_id: ScheduleId, fire_at: datetime, outcome: FiringOutcome) -> None:
        """Say what became of a claimed fire time."""

    def last_firing(self, schedule_id: ScheduleId, by: datetime | None = None) -> datetime | None:
        """The latest fire time claimed so far, or of those until ``by`` (UTC)."""

    def last_firing_with(self, schedule_id: ScheduleId, outcome: FiringOutcome) -> datetime | None:
        """The latest fire time of which this became (UTC)."""

    def mend_times(self, after: datetime, now: datetime) -> int:
        """Forget the firings later than ``after``, let schedules made later be made ``now``, and count both.

        They were stored while the clock was ahead, and would silence their schedules until then.
        """

    def has_future_times(self, after: datetime) -> bool:
        """Whether a firing, a schedule or the opening of an open round is later than this."""

    def list_rounds_from(self, after: datetime) -> tuple[Round, ...]:
        """The open rounds that are said to have opened later than this, oldest first."""

    def list_live_ids(self) -> frozenset[RoundId]:
        """The ids of all rounds that may have keys and replies, also of those that cannot be read."""

    def has_open_round(self, channel: ChannelId) -> bool:
        """Whether a round of this channel is open or closing, also one that cannot be read."""

    def newest_time(self) -> datetime | None:
        """The latest time (UTC) at which something was stored that is kept; None where nothing is."""

    def insert_round(self, round_: Round) -> None:
        """Store a new round."""

    def update_round(self, round_: Round) -> None:
        """Store this round in place of the one with its id."""

    def fetch_round(self, round_id: RoundId) -> Round | None:
        """The round of this id, if there is one."""

    def list_rounds(self, states: Sequence[RoundState]) -> tuple[Round, ...]:
        """The rounds in one of these states, oldest opening first."""

    def list_unfinished(self, now: datetime) -> tuple[Round, ...]:
        """The rounds with a step left to do, oldest opening first.

        Open ones that are past their closing time, not announced, or due to remind, or that ask about a norm
        that was taken down; closing and released ones; closed ones whose result is not posted; boxes of
        channels without a schedule. Where a channel is known to be archived or left, what is to be said in it
        waits.
        """

    def list_counting(self, opened_from: datetime, closed_from: datetime) -> tuple[CountingRound, ...]:
        """The rounds that asked something and are still open, or opened at this time or later; by id.

        Also those that were to close, or whose result was stored, at ``closed_from`` or later.

        Of those that were cancelled, only such whose statements rest as if they had been asked.
        """

    def list_unknown(self, rounds: Collection[RoundId]) -> frozenset[RoundId]:
        """Those of these rounds that are not stored."""

    def put_post(self, post: Post) -> None:
        """Keep a message that is not known to be said, in place of what was kept of it."""

    def fetch_post(self, kind: PostKind, of: str) -> Post | None:
        """What is kept of a message, if anything."""

    def list_posts(self) -> tuple[Post, ...]:
        """Every message that is not known to be said, the oldest first."""

    def delete_post(self, kind: PostKind, of: str) -> None:
        """Keep nothing of a message any more."""

    def release_posts(self) -> None:
        """Let every message be sent with the next wake-up."""

    def put_nothing_left(self, channel: ChannelId, day: date) -> None:
        """Keep that nothing may be asked in a channel on this day (UTC); earlier days are forgotten."""

    def nothing_left(self, channel: ChannelId) -> date | None:
        """The last day on which nothing might be asked in a channel."""

    def rest_until(self, moment: datetime) -> None:
        """Let every statement rest until this moment (UTC), as after a restore."""

    def rests_until(self) -> datetime | None:
        """Until when every statement rests (UTC), where it does or did."""

    def list_channel_rounds(self, channel: ChannelId) -> tuple[Round, ...]:
        """All rounds of a channel, oldest first; a box that never became one is not among them."""

    def put_norm(self, norm: Norm) -> None:
        """Keep a norm, in place of what was known of it."""

    def fetch_norm(self, norm_id: NormId) -> Norm | None:
        """The norm of this id, if there is one."""

    def list_norms(self, channel: ChannelId) -> tuple[Norm, ...]:
        """The ledger of a channel, in the order in which it was first written."""

    def fetch_box(self, channel: ChannelId) -> Round | None:
        """The box that gathers proposals for a channel's next collecting round, if there is one."""

    def insert_release(self, release: Release, released_at: datetime) -> None:
        """Store the result of a round, once and for ever; a second one for the round is refused."""

    def fetch_release(self, round_id: RoundId) -> Release | None:
        """The result of a round, if it has one."""

    def list_releases(self, channel: ChannelId) -> tuple[tuple[Round, Release], ...]:
        """The results of a channel with their rounds, newest first."""

    def list_latest_releases(
        self, count: int = 1, channels: Collection[ChannelId] | None = None
    ) -> tuple[tuple[Round, Release], ...]:
        """The ``count`` newest results of each channel, or of these, by channel and newest first."""

    def rewrite_release(self, release: Published) -> None:
        """Store a result from which a quote was taken, in place of the round's; ``StoreError`` without one.

        Its posted summary is out of date from now on (``list_outdated_summaries``).
        """

    def put_proof(self, proof: LastProof) -> None:
        """Keep how the last attack on the own installation ended, in place of the one before."""

    def fetch_proof(self) -> LastProof | None:
        """How the last attack on the own installation ended, if there was one."""

    def list_outdated_summaries(self) -> tuple[RoundId, ...]:
        """The rounds whose posted summary, or the disk, may still hold a quote taken down; by id."""

    def settle_summary(self, round_id: RoundId) -> None:
        """Say that the posted summary of a round shows what is stored, and that the disk holds no more."""

    def put_quote_request(self, request: QuoteRequest) -> None:
        """Store a request; one for the same quote that is there already stays, with its day."""

    def list_quote_requests(self) -> tuple[QuoteRequest, ...]:
        """The requests that nobody has decided on, by day, round and quote."""

    def delete_quote_request(self, round_id: RoundId, quote: QuoteId) -> None:
        """Forget the request for a quote; none is no error."""

    def insert_quote_removal(self, removal: QuoteRemoval) -> None:
        """Record that a quote was taken down."""

    def list_quote_removals(self, round_id: RoundId) -> tuple[QuoteRemoval, ...]:
        """The removals of a round, oldest day first."""

    def list_asked(self, channel: ChannelId) -> tuple[RoundPrompt, ...]:
        """What a channel was asked, oldest first, also by rounds that are not kept any more.

        Not by rounds that are void: they are as good as never asked.
        """

    def last_number(self, channel: ChannelId) -> int:
        """The number of a channel's latest round, kept or not; 0 before the first."""

    def list_ended_before(self, moment: datetime) -> tuple[RoundId, ...]:
        """The rounds that have ended and were to close before this moment; oldest first."""

    def forget_rounds(self, rounds: Collection[RoundId]) -> None:
        """Delete these rounds with their results and all about them; what was asked stays remembered."""

    def forget_acts(self, moment: datetime) -> int:
        """Delete the firings and the told changes from before this moment, and say how many.

        Of a schedule that is there, its last change stays, and the latest firing of each outcome: without
        them a fire time could repeat, or a schedule forget that it waits.
        """

    def forget_channel(self, channel: ChannelId) -> None:
        """Delete everything of a channel: schedules, rounds, results, norms, what was asked, who did what."""

    def owe_scrub(self) -> None:
        """Say that something was taken out that may still be on the disk (``Store.scrub``)."""

    def owes_scrub(self) -> bool:
        """Whether something was forgotten that may still be on the disk (``Store.scrub``)."""

    def settle_scrub(self) -> None:
        """Say that the disk was scrubbed since."""


class Store(Protocol):
    """The application database: schedules, rounds, releases. Nothing about who replied, and no reply."""

    def transaction(self, name: str) -> AbstractContextManager[Tx]:
        """Open a transaction, named for the log; commits on leaving, rolls back on an exception.

        Raises ``StoreError`` when it cannot be written.
        """

    def read(self, name: str) -> AbstractContextManager[Tx]:
        """Open a transaction that only reads: one state of everything, and no wait for whoever writes.

        Raises ``StoreError`` when it cannot be read, and ``RuntimeError`` where something is changed in it.
        """

    def ensure_writable(self) -> None:
        """Raise ``StoreError`` where nothing could be stored now, as on a full disk."""

    def hurry(self) -> None:
        """Wait for no other program any more: the bot stops, and what they hold up fails at once."""

    def scrub(self) -> None:
        """Leave no trace on disk of what was deleted or replaced; what is stored stays as it is.

        Raises ``StoreError`` when it cannot be done now, as while another program reads the file.
        """
