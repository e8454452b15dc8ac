"""The port for the application database."""

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

    The other outcomes open no round. The schedule rests after a cycle: ``RESTING``, and ``RESTED`` once the
    channel was told. Or fewer than half replied twice in a row: ``QUIET``, ``WAITING`` once the channel was
    asked whether to go on, and ``RESUMED`` once somebody there agreed.
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
    """A round whose statements count as asked lately. ``period``: the key under which its people are marked.

    ``period`` is None for a round from before marks were stored. ``people``: how many were asked. This is a
    tuple because thousands are compared whenever a round opens.
    """

    id: RoundId
    period: Period | None
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DueSchedule:
    """A schedule to look at, with the state of its firings.

    ``last_firing``: the latest fire time claimed (UTC) that is not in the future. ``unsettled``: one of its
    firings is resting, quiet or waiting, so that it may have to open no round.
    """

    schedule: Schedule
    last_firing: datetime | None = None
    unsettled: bool = False


class Tx(Protocol):
    """One transaction on the application database. All of it is committed, or nothing.

    Rows that cannot be read are left out of every list and fetch. The log names them, and they stay stored.
    """

    def list_schedules(self, source: Source | None = None) -> tuple[Schedule, ...]:
        """Return every schedule, or those kept in one place, ordered by id."""

    def list_channel_schedules(self, channel: ChannelId) -> tuple[Schedule, ...]:
        """Return the schedules of a channel, oldest change first, then by id."""

    def list_due_schedules(self, now: datetime) -> tuple[DueSchedule, ...]:
        """Return the schedules to look at now (their time has come or is unknown), by time, then by id."""

    def list_next_schedules(self, count: int) -> tuple[Schedule, ...]:
        """Return the first ``count`` schedules.

        Those that wait for their channel come first, then those to look at with the next wake-up, then the
        others by time.
        """

    def count_schedules(self) -> int:
        """Return the number of schedules."""

    def fetch_schedule(self, schedule_id: ScheduleId) -> Schedule | None:
        """Return the schedule with this id, if there is one."""

    def put_schedule(self, schedule: Schedule) -> None:
        """Insert or replace a schedule by its id. It is looked at with the next wake-up."""

    def look_again(self, schedule: Schedule, at: datetime | None) -> None:
        """Look at a schedule at this time (UTC) and not before; None: with the next wake-up.

        Does nothing if the schedule has changed since it was read, because it is then looked at anyway.
        """

    def look_at_all(self) -> None:
        """Look at every schedule with the next wake-up, because what its times depend on may have changed."""

    def list_alarms(self, after: datetime, count: int) -> tuple[datetime, ...]:
        """Return the next ``count`` times (UTC) at which a round closes or reminds or a schedule is due."""

    def insert_change(self, change: ScheduleChange, *, told: bool) -> None:
        """Store a change to a schedule. Unless ``told``, its channel has yet to be told."""

    def list_changes(self, channel: ChannelId, count: int) -> tuple[ScheduleChange, ...]:
        """Return the newest changes to the schedules of a channel, newest first."""

    def list_untold_changes(self) -> tuple[tuple[int, ScheduleChange], ...]:
        """Return the changes that channels have yet to be told about, oldest first, each with its number."""

    def settle_change(self, number: int) -> None:
        """Mark a change as told to its channel."""

    def put_channel(self, channel: KnownChannel) -> None:
        """Store what is known about a channel. Replaces what was known before."""

    def fetch_channel(self, channel: ChannelId) -> KnownChannel | None:
        """Return what was last known about a channel, if anything."""

    def list_channels(self) -> tuple[ChannelId, ...]:
        """Return the channels that have a schedule, or a round with a step left to do, ordered by id."""

    def list_asked_channels(self) -> tuple[ChannelId, ...]:
        """Return the channels that ever had a round, including unreadable ones, ordered by id."""

    def delete_schedule(self, schedule_id: ScheduleId) -> None:
        """Delete a schedule. Its firings stay, so that none repeats."""

    def insert_firing(self, schedule_id: ScheduleId, fire_at: datetime, outcome: FiringOutcome) -> bool:
        """Claim a fire time. Returns False if it was claimed before: the caller then stops."""

    def update_firing(self, schedule_id: ScheduleId, fire_at: datetime, outcome: FiringOutcome) -> None:
        """Store what happened at a claimed fire time."""

    def last_firing(self, schedule_id: ScheduleId, by: datetime | None = None) -> datetime | None:
        """Return the latest fire time claimed (UTC), or the latest until ``by`` (UTC)."""

    def last_firing_with(self, schedule_id: ScheduleId, outcome: FiringOutcome) -> datetime | None:
        """Return the latest fire time with this outcome (UTC)."""

    def mend_times(self, after: datetime, now: datetime) -> int:
        """Delete firings later than ``after``, set later schedule times to ``now``, and count both.

        They were stored while the clock was ahead, and would block their schedules until then.
        """

    def has_future_times(self, after: datetime) -> bool:
        """Return whether a firing, a schedule or the opening of an open round is later than this."""

    def list_rounds_from(self, after: datetime) -> tuple[Round, ...]:
        """Return the open rounds whose opening time is later than this, oldest first."""

    def list_live_ids(self) -> frozenset[RoundId]:
        """Return the ids of all rounds that may have keys and replies, including unreadable ones."""

    def has_open_round(self, channel: ChannelId) -> bool:
        """Return whether a round of this channel is open or closing, even if it cannot be read."""

    def newest_time(self) -> datetime | None:
        """Return the latest stored time (UTC); None if nothing is stored."""

    def insert_round(self, round_: Round) -> None:
        """Store a new round."""

    def update_round(self, round_: Round) -> None:
        """Replace the stored round that has this id."""

    def fetch_round(self, round_id: RoundId) -> Round | None:
        """Return the round with this id, if there is one."""

    def list_rounds(self, states: Sequence[RoundState]) -> tuple[Round, ...]:
        """Return the rounds in one of these states, oldest opening first."""

    def list_unfinished(self, now: datetime) -> tuple[Round, ...]:
        """Return the rounds with a step left to do, oldest opening first.

        These are: open rounds that are past their closing time, not announced, due to remind, or about a norm
        that was taken down; closing and released rounds; closed rounds whose result is not posted; rounds
        that gather proposals in channels without a schedule. Messages to a channel known to be archived or
        left wait.
        """

    def list_counting(self, opened_from: datetime, closed_from: datetime) -> tuple[CountingRound, ...]:
        """Return the rounds that asked something and are open, or opened at ``opened_from`` or later, by id.

        Includes rounds that were to close, or whose result was stored, at ``closed_from`` or later. Includes
        cancelled rounds only if their statements rest as if they had been asked.
        """

    def list_unknown(self, rounds: Collection[RoundId]) -> frozenset[RoundId]:
        """Return those of these rounds that are not stored."""

    def put_post(self, post: Post) -> None:
        """Store a message that is not known to be posted. Replaces what was stored about it."""

    def fetch_post(self, kind: PostKind, of: str) -> Post | None:
        """Return what is stored about a message, if anything."""

    def list_posts(self) -> tuple[Post, ...]:
        """Return every message that is not known to be posted, oldest first."""

    def delete_post(self, kind: PostKind, of: str) -> None:
        """Delete what is stored about a message."""

    def release_posts(self) -> None:
        """Let every message be sent with the next wake-up."""

    def put_nothing_left(self, channel: ChannelId, day: date) -> None:
        """Store that nothing may be asked in a channel on this day (UTC). Replaces earlier days."""

    def nothing_left(self, channel: ChannelId) -> date | None:
        """Return the last day on which nothing could be asked in a channel."""

    def rest_until(self, moment: datetime) -> None:
        """Let every statement rest until this time (UTC), as after a restore."""

    def rests_until(self) -> datetime | None:
        """Return until when every statement rests (UTC); None if that was never set."""

    def list_channel_rounds(self, channel: ChannelId) -> tuple[Round, ...]:
        """Return all rounds of a channel, oldest first, without those that only gathered proposals."""

    def put_norm(self, norm: Norm) -> None:
        """Store a norm. Replaces what was stored about it."""

    def fetch_norm(self, norm_id: NormId) -> Norm | None:
        """Return the norm with this id, if there is one."""

    def list_norms(self, channel: ChannelId) -> tuple[Norm, ...]:
        """Return the norms of a channel, in the order in which they were first stored."""

    def fetch_box(self, channel: ChannelId) -> Round | None:
        """Return the round that gathers proposals for a channel's next collecting round, if there is one."""

    def insert_release(self, release: Release, released_at: datetime) -> None:
        """Store the result of a round, for good. A second one for the round is refused."""

    def fetch_release(self, round_id: RoundId) -> Release | None:
        """Return the result of a round, if it has one."""

    def list_releases(self, channel: ChannelId) -> tuple[tuple[Round, Release], ...]:
        """Return the results of a channel with their rounds, newest first."""

    def list_latest_releases(
        self, count: int = 1, channels: Collection[ChannelId] | None = None
    ) -> tuple[tuple[Round, Release], ...]:
        """Return the ``count`` newest results of each channel, or of these, by channel and newest first."""

    def rewrite_release(self, release: Published) -> None:
        """Replace the result of a round by one without a certain quote.

        Its posted summary is out of date from now on (``list_outdated_summaries``). Raises ``StoreError`` if
        the round has no result.
        """

    def put_proof(self, proof: LastProof) -> None:
        """Store how the last proof ended. Replaces the one before."""

    def fetch_proof(self) -> LastProof | None:
        """Return how the last proof ended, if there was one."""

    def list_outdated_summaries(self) -> tuple[RoundId, ...]:
        """Return the rounds whose posted summary or disk may still hold a quote taken down, by id."""

    def settle_summary(self, round_id: RoundId) -> None:
        """Mark the posted summary of a round as up to date, and the disk as scrubbed."""

    def put_quote_request(self, request: QuoteRequest) -> None:
        """Store a request. An earlier one for the same quote stays, with its day."""

    def list_quote_requests(self) -> tuple[QuoteRequest, ...]:
        """Return the requests that nobody has decided on, by day, round and quote."""

    def delete_quote_request(self, round_id: RoundId, quote: QuoteId) -> None:
        """Delete the request for a quote. A missing one is no error."""

    def insert_quote_removal(self, removal: QuoteRemoval) -> None:
        """Store that a quote was taken down."""

    def list_quote_removals(self, round_id: RoundId) -> tuple[QuoteRemoval, ...]:
        """Return the removals of a round, oldest day first."""

    def list_asked(self, channel: ChannelId) -> tuple[RoundPrompt, ...]:
        """Return what a channel was asked, oldest first, including rounds that were deleted since.

        Void rounds are left out: they count as never asked.
        """

    def last_number(self, channel: ChannelId) -> int:
        """Return the number of a channel's latest round, stored or deleted; 0 before the first."""

    def list_ended_before(self, moment: datetime) -> tuple[RoundId, ...]:
        """Return the rounds that have ended and were to close before this time, oldest first."""

    def forget_rounds(self, rounds: Collection[RoundId]) -> None:
        """Delete these rounds with their results and all about them. What was asked stays stored."""

    def forget_acts(self, moment: datetime) -> int:
        """Delete the firings and the told changes from before this time, and return how many.

        The last change of an existing schedule stays, and its latest firing of each outcome. Without them a
        fire time could repeat, or a waiting schedule would not wait.
        """

    def forget_channel(self, channel: ChannelId) -> None:
        """Delete everything about a channel: schedules, rounds, results, norms, prompts, acts of admins."""

    def owe_scrub(self) -> None:
        """Note that deleted data may still be on the disk (``Store.scrub``)."""

    def owes_scrub(self) -> bool:
        """Return whether deleted data may still be on the disk (``Store.scrub``)."""

    def settle_scrub(self) -> None:
        """Note that the disk was scrubbed."""


class Store(Protocol):
    """The application database: schedules, rounds, results. It holds no reply, and not who replied."""

    def transaction(self, name: str) -> AbstractContextManager[Tx]:
        """Open a transaction, named for the log. It commits on exit and rolls back on an exception.

        Raises ``StoreError`` if it cannot be written.
        """

    def read(self, name: str) -> AbstractContextManager[Tx]:
        """Open a read-only transaction: one consistent state, without waiting for writers.

        Raises ``StoreError`` if it cannot be read, and ``RuntimeError`` if something is changed in it.
        """

    def ensure_writable(self) -> None:
        """Raise ``StoreError`` if nothing can be stored now, as on a full disk."""

    def hurry(self) -> None:
        """Stop waiting for other programs, because the bot stops. What they block fails at once."""

    def scrub(self) -> None:
        """Remove all traces of deleted or replaced data from the disk. What is stored stays unchanged.

        Raises ``StoreError`` if this is impossible now, for example while another program reads the file.
        """
