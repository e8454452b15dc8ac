"""The application database, as the use cases need it."""

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
    """What happened at a fire time: it opened a round, was missed for too long, or was refused.

    Or nothing was asked: after a cycle (``RESTING``, and ``RESTED`` once the channel was told), or because
    fewer than half replied in two rounds running (``QUIET``, ``WAITING`` once the channel was asked whether
    to go on, ``RESUMED`` once somebody there said so).
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
    """A round whose statements count as asked lately; its people are marked under the key of a period.

    ``period`` is None for an older round without marks. ``people``: how many were asked. It is a tuple, since
    thousands are compared whenever a round opens.
    """

    id: RoundId
    period: Period | None
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DueSchedule:
    """A schedule to check, with what its firings tell.

    ``last_firing``: the latest claimed fire time that is not in the future (UTC). ``paused_by_bot``: a firing
    of it is resting, quiet or waiting, so that the schedule may have to pause.
    """

    schedule: Schedule
    last_firing: datetime | None = None
    paused_by_bot: bool = False


class Tx(Protocol):
    """One transaction on the application database. All of it is committed, or nothing.

    Rows that cannot be read are left out of every result; the log names them, and they stay stored.
    """

    def list_schedules(self, source: Source | None = None) -> tuple[Schedule, ...]:
        """Return every schedule, or those of one source, by id."""

    def list_channel_schedules(self, channel: ChannelId) -> tuple[Schedule, ...]:
        """Return the schedules of a channel, oldest change first, then by id."""

    def list_due_schedules(self, now: datetime) -> tuple[DueSchedule, ...]:
        """Return the schedules to check now, those without a next check first; then by time and id."""

    def list_next_schedules(self, count: int) -> tuple[Schedule, ...]:
        """Return this many schedules: first those that wait for their channel, then by their next check.

        Those without a next check come before the others.
        """

    def count_schedules(self) -> int:
        """Return the number of schedules."""

    def fetch_schedule(self, schedule_id: ScheduleId) -> Schedule | None:
        """Return the schedule of this id, if there is one."""

    def put_schedule(self, schedule: Schedule) -> None:
        """Insert this schedule, or replace the one of the same id; the next ``run_due`` checks it."""

    def set_next_check(self, schedule: Schedule, at: datetime | None) -> None:
        """Set when ``run_due`` checks this schedule next (UTC); None: the next time.

        Nothing happens if the schedule has changed since it was read: then the next ``run_due`` checks it
        anyway.
        """

    def clear_next_checks(self) -> None:
        """Let the next ``run_due`` check every schedule: holidays or time zones may have changed."""

    def list_alarms(self, after: datetime, count: int) -> tuple[datetime, ...]:
        """Return the next times (UTC) at which a round closes or reminds, or a schedule is checked."""

    def insert_change(self, change: ScheduleChange, *, told: bool) -> None:
        """Store what was done to a schedule; unless ``told``, its channel is still to be told."""

    def list_changes(self, channel: ChannelId, count: int) -> tuple[ScheduleChange, ...]:
        """Return the newest changes to the schedules of a channel, newest first."""

    def list_untold_changes(self) -> tuple[tuple[int, ScheduleChange], ...]:
        """Return the changes that channels are still to be told, oldest first, each with its number."""

    def mark_change_told(self, number: int) -> None:
        """Record that a channel was told of this change."""

    def put_channel(self, channel: KnownChannel) -> None:
        """Store what is known of a channel, in place of what was known before."""

    def fetch_channel(self, channel: ChannelId) -> KnownChannel | None:
        """Return what was last known of a channel, if the bot has ever seen it."""

    def list_channels(self) -> tuple[ChannelId, ...]:
        """Return the channels that have a schedule, or a round with a step left to do, by id."""

    def list_asked_channels(self) -> tuple[ChannelId, ...]:
        """Return the channels that ever had a round, also one that cannot be read, by id."""

    def delete_schedule(self, schedule_id: ScheduleId) -> None:
        """Delete this schedule and its messages; its firings stay, so that none repeats."""

    def claim_firing(self, schedule_id: ScheduleId, fire_at: datetime, outcome: FiringOutcome) -> bool:
        """Claim a fire time. Return False when it was claimed before: then do not fire."""

    def update_firing(self, schedule_id: ScheduleId, fire_at: datetime, outcome: FiringOutcome) -> None:
        """Record the outcome of a claimed fire time. Raises ``StoreError`` for one that was not claimed."""

    def fetch_last_firing(self, schedule_id: ScheduleId, by: datetime | None = None) -> datetime | None:
        """Return the latest claimed fire time, or the latest one until ``by`` (UTC)."""

    def fetch_last_firing_with(self, schedule_id: ScheduleId, outcome: FiringOutcome) -> datetime | None:
        """Return the latest fire time (UTC) with this outcome."""

    def repair_times(self, after: datetime, now: datetime) -> int:
        """Delete the firings after ``after``, set the creation of later schedules to ``now``; count both.

        They were stored while the clock was ahead, and would block their schedules until then.
        """

    def has_future_times(self, after: datetime) -> bool:
        """Return whether a firing, a schedule or the opening of an open round is later than this."""

    def list_rounds_from(self, after: datetime) -> tuple[Round, ...]:
        """Return the open rounds whose stored opening is later than this, oldest first."""

    def list_live_ids(self) -> frozenset[RoundId]:
        """Return the ids of all rounds that may have keys and replies, also of those that cannot be read."""

    def has_open_round(self, channel: ChannelId) -> bool:
        """Return whether a round of this channel is open or closing, also one that cannot be read."""

    def fetch_newest_time(self) -> datetime | None:
        """Return the latest time (UTC) at which something was stored; None where nothing is."""

    def insert_round(self, round_: Round) -> None:
        """Store a new round. Raises ``StoreError`` when its id is taken."""

    def update_round(self, round_: Round) -> None:
        """Replace the round with this id. Raises ``StoreError`` when there is none."""

    def fetch_round(self, round_id: RoundId) -> Round | None:
        """Return the round of this id, if there is one."""

    def list_rounds(self, states: Sequence[RoundState]) -> tuple[Round, ...]:
        """Return the rounds in one of these states, oldest opening first."""

    def list_unfinished(self, now: datetime) -> tuple[Round, ...]:
        """Return the rounds with a step left to do, oldest opening first.

        Open ones that are past their closing time, not announced, or due to remind, or that ask about a norm
        that was taken down; closing and released ones; closed ones whose result is not posted; suggestion
        boxes in channels without a schedule. Messages to a channel that is archived or left wait.
        """

    def list_counting(self, opened_from: datetime, closed_from: datetime) -> tuple[CountingRound, ...]:
        """Return the rounds that count as asked lately: open ones, and those opened from ``opened_from`` on.

        Also those that were to close, or whose result was stored, from ``closed_from`` on. Of cancelled
        rounds, only those whose statements rest. Ordered by id.
        """

    def list_unknown(self, rounds: Collection[RoundId]) -> frozenset[RoundId]:
        """Return those of these rounds that are not stored."""

    def put_post(self, post: Post) -> None:
        """Store a message that is still to be posted, in place of the one stored before."""

    def fetch_post(self, kind: PostKind, of: str) -> Post | None:
        """Return the stored message, if there is one."""

    def list_posts(self) -> tuple[Post, ...]:
        """Return every message that is still to be posted, oldest first."""

    def delete_post(self, kind: PostKind, of: str) -> None:
        """Delete a message: it was posted, or will never be."""

    def clear_post_delays(self) -> None:
        """Let the next ``run_due`` send every message without a delay."""

    def put_nothing_left(self, channel: ChannelId, day: date) -> None:
        """Store that nothing may be asked in a channel on this day (UTC); earlier days are deleted."""

    def fetch_nothing_left(self, channel: ChannelId) -> date | None:
        """Return the last day on which nothing might be asked in a channel."""

    def put_rest_until(self, moment: datetime) -> None:
        """Let every statement rest until this time (UTC), as after a restore."""

    def fetch_rest_until(self) -> datetime | None:
        """Return until when every statement rests or rested (UTC)."""

    def list_channel_rounds(self, channel: ChannelId) -> tuple[Round, ...]:
        """Return all rounds of a channel, oldest first, without boxes that never became a round."""

    def put_norm(self, norm: Norm) -> None:
        """Store a norm, in place of what was stored of it."""

    def fetch_norm(self, norm_id: NormId) -> Norm | None:
        """Return the norm of this id, if there is one."""

    def list_norms(self, channel: ChannelId) -> tuple[Norm, ...]:
        """Return the ledger of a channel, in the order in which it was first written."""

    def fetch_suggestion_box(self, channel: ChannelId) -> Round | None:
        """Return the suggestion box of a channel, for its next collecting round, if there is one."""

    def insert_release(self, release: Release, released_at: datetime) -> None:
        """Store the result of a round for good. Raises ``StoreError`` for a second one."""

    def fetch_release(self, round_id: RoundId) -> Release | None:
        """Return the result of a round, if it has one."""

    def list_releases(self, channel: ChannelId) -> tuple[tuple[Round, Release], ...]:
        """Return the results of a channel with their rounds, newest first."""

    def list_latest_releases(
        self, channels: Collection[ChannelId] | None = None
    ) -> tuple[tuple[Round, Release], ...]:
        """Return the newest result of each (of these) channels, by channel."""

    def rewrite_release(self, release: Published) -> None:
        """Replace a result by one without a removed quote. Raises ``StoreError`` when there is none.

        Its posted summary is outdated from now on (``list_outdated_summaries``).
        """

    def put_proof(self, proof: LastProof) -> None:
        """Store how the last attack on this installation ended, in place of the one before."""

    def fetch_proof(self) -> LastProof | None:
        """Return how the last attack on this installation ended, if there was one."""

    def list_outdated_summaries(self) -> tuple[RoundId, ...]:
        """Return the rounds whose summary, or the disk, may still hold a removed quote; by id."""

    def mark_summary_updated(self, round_id: RoundId) -> None:
        """Record that the posted summary shows what is stored, and that the disk holds nothing more."""

    def put_quote_request(self, request: QuoteRequest) -> None:
        """Store a request; one for the same quote that is stored already keeps its day."""

    def list_quote_requests(self) -> tuple[QuoteRequest, ...]:
        """Return the requests that nobody has decided on, by day, round and quote."""

    def delete_quote_request(self, round_id: RoundId, quote: QuoteId) -> None:
        """Delete the request for a quote; none is no error."""

    def insert_quote_removal(self, removal: QuoteRemoval) -> None:
        """Store that a quote was taken down."""

    def list_quote_removals(self, round_id: RoundId) -> tuple[QuoteRemoval, ...]:
        """Return the removals of a round, oldest day first."""

    def list_asked(self, channel: ChannelId) -> tuple[RoundPrompt, ...]:
        """Return what a channel was asked, oldest first, also by rounds that were deleted.

        Void rounds are left out: they count as never asked.
        """

    def fetch_last_number(self, channel: ChannelId) -> int:
        """Return the number of a channel's latest round, deleted or not; 0 before the first."""

    def list_ended_before(self, moment: datetime) -> tuple[RoundId, ...]:
        """Return the rounds that have ended and were to close before this time, oldest first."""

    def forget_rounds(self, rounds: Collection[RoundId]) -> None:
        """Delete these rounds with their results and all about them; what was asked stays stored."""

    def list_old_norms(self, day: date) -> tuple[NormId, ...]:
        """Return the proposals and norms whose last step was before this day, but for what is tried or kept.

        None of a channel is among them while a question about its norms is open there.
        """

    def forget_norms(self, norms: Collection[NormId]) -> None:
        """Delete these norms with their words and history."""

    def count_old_acts(self, moment: datetime) -> int:
        """Return how many firings and changes ``forget_acts`` would delete."""

    def forget_acts(self, moment: datetime) -> int:
        """Delete the firings and the told changes from before this time; return their number.

        Of an existing schedule, its last change and the latest firing of each outcome stay: without them a
        fire time could repeat, or a schedule forget that it waits.
        """

    def forget_channel(self, channel: ChannelId) -> None:
        """Delete everything of a channel: schedules, rounds, results, norms, questions, changes."""

    def request_scrub(self) -> None:
        """Record that something was deleted of which traces may be on the disk (``Store.scrub``)."""

    def needs_scrub(self) -> bool:
        """Return whether traces of something deleted may be on the disk (``Store.scrub``)."""

    def mark_scrubbed(self) -> None:
        """Record that the disk was scrubbed."""


class Store(Protocol):
    """The application database: schedules, rounds, results. It holds no reply, nor who replied."""

    def transaction(self, name: str) -> AbstractContextManager[Tx]:
        """Open a transaction, named for the log; it commits at the end, and rolls back on an exception.

        Raises ``StoreError`` if it cannot be written.
        """

    def read(self, name: str) -> AbstractContextManager[Tx]:
        """Open a transaction that only reads: it sees one state of everything, and waits for no writer.

        Raises ``StoreError`` when it cannot be read, and ``RuntimeError`` for a change.
        """

    def ensure_writable(self) -> None:
        """Raise ``StoreError`` if nothing can be stored now, as on a full disk."""

    def stop_waiting(self) -> None:
        """Wait for no other program from now on: the bot stops, and what they delay fails at once."""

    def drop_copy(self, before: datetime) -> bool:
        """Remove the copy that an upgrade has made, if it is older than this; return whether it was.

        Raises ``StoreError``.
        """

    def scrub(self) -> None:
        """Leave no trace on disk of what was deleted or replaced.

        Raises ``StoreError`` if this is impossible now, for example while another program reads the file.
        """
