"""The seams of the house: what the verbs need of the world, as Protocols.

Each port has one real adapter and one hand-written fake, and both pass the same contract suite
(``tests/contracts``). No method of a store or ballot box takes the id of a member; the one id that is kept is
that of an admin who took a quote down.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from bot.core.evidence import LastProof
from bot.core.model import (
    ChannelId,
    MemberId,
    MessageTs,
    ParticipationToken,
    QuoteId,
    Receipt,
    ReplyId,
    Round,
    RoundId,
    RoundState,
    ScheduleId,
    Settings,
)
from bot.core.quotes import QuoteRemoval, QuoteRequest
from bot.core.release import Published, Release
from bot.core.schedule import HolidayCalendar, Schedule
from bot.core.summary import Result

Clock = Callable[[], datetime]
"""Reads the time as an aware UTC datetime."""


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


class Tx(Protocol):
    """One transaction on the application database. All of it is committed, or none."""

    def list_schedules(self) -> tuple[Schedule, ...]:
        """Every schedule, by id."""

    def fetch_schedule(self, schedule_id: ScheduleId) -> Schedule | None:
        """The schedule of this id, if there is one."""

    def put_schedule(self, schedule: Schedule) -> None:
        """Insert this schedule, or replace the one of the same id."""

    def delete_schedule(self, schedule_id: ScheduleId) -> None:
        """Forget this schedule; its firings stay, so that none repeats."""

    def insert_firing(self, schedule_id: ScheduleId, fire_at: datetime, outcome: FiringOutcome) -> bool:
        """Claim a fire time. False when it was claimed before: the loser stops."""

    def update_firing(self, schedule_id: ScheduleId, fire_at: datetime, outcome: FiringOutcome) -> None:
        """Say what became of a claimed fire time."""

    def last_firing(self, schedule_id: ScheduleId) -> datetime | None:
        """The latest fire time claimed so far (UTC)."""

    def last_firing_with(self, schedule_id: ScheduleId, outcome: FiringOutcome) -> datetime | None:
        """The latest fire time of which this became (UTC)."""

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

        Open ones that are past their closing time or not announced; closing and released ones; closed ones
        whose result is not posted.
        """

    def list_rounds_since(self, opened_from: datetime) -> tuple[Round, ...]:
        """The rounds, in any state, that opened at this time or later; oldest first."""

    def list_channel_rounds(self, channel: ChannelId) -> tuple[Round, ...]:
        """All rounds of a channel, oldest first."""

    def insert_release(self, release: Release, released_at: datetime) -> None:
        """Store the result of a round, once and for ever; a second one for the round is refused."""

    def fetch_release(self, round_id: RoundId) -> Release | None:
        """The result of a round, if it has one."""

    def list_releases(self, channel: ChannelId) -> tuple[tuple[Round, Release], ...]:
        """The results of a channel with their rounds, newest first."""

    def list_latest_releases(self, count: int = 1) -> tuple[tuple[Round, Release], ...]:
        """The ``count`` newest results of each channel with their rounds; by channel, newest first."""

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


class Store(Protocol):
    """The application database: schedules, rounds, releases. Nothing about who replied, and no reply."""

    def transaction(self, name: str) -> AbstractContextManager[Tx]:
        """Open a transaction, named for the log; commits on leaving, rolls back on an exception.

        Raises ``StoreError`` when it cannot be written.
        """

    def scrub(self) -> None:
        """Leave no trace on disk of what was deleted or replaced; what is stored stays as it is.

        Raises ``StoreError`` when it cannot be done now, as while another program reads the file.
        """


class Submission(StrEnum):
    """What the ballot box did with a reply."""

    ACCEPTED = "accepted"
    CHANGED = "changed"
    ALREADY_REPLIED = "already_replied"
    SHUT = "shut"


@dataclass(frozen=True, slots=True)
class SealedReply:
    """An encrypted reply as it lies in the box."""

    id: ReplyId
    sealed: bytes


class BallotBoxes(Protocol):
    """The files of the open rounds. What a method returns is on disk, and in no recognisable order."""

    def create(self, round_id: RoundId, opened_at: datetime) -> None:
        """Make an empty box; one that exists already is left as it is."""

    def submit(self, round_id: RoundId, token: ParticipationToken, reply: SealedReply) -> Submission:
        """Store a reply, or replace the one with the same id when its token is there already.

        ``ALREADY_REPLIED`` when the token is there but the id is not, or the id but not the token: nothing
        is stored. Raises ``StoreError`` when it cannot be written; then nothing is stored either, except with
        ``UntidyError``: the reply is there, and the same call again says so.
        """

    def withdraw(self, round_id: RoundId, token: ParticipationToken, reply_id: ReplyId) -> bool:
        """Remove a reply and its token together. False, and nothing removed, unless both are there."""

    def has_replied(self, round_id: RoundId, token: ParticipationToken) -> bool:
        """Whether this token lies in the box."""

    def holds(self, round_id: RoundId, reply_id: ReplyId) -> bool:
        """Whether a reply with this id lies in the box."""

    def shut(self, round_id: RoundId) -> None:
        """Refuse submissions and withdrawals from now on (``SHUT``, False), after those under way.

        Holds until the program ends: the round's own state refuses them after a restart. So no reply is
        acknowledged after the replies were read for the close.
        """

    def list_replies(self, round_id: RoundId) -> tuple[SealedReply, ...]:
        """All sealed replies, by id (which says nothing of their order)."""

    def list_boxes(self) -> frozenset[RoundId]:
        """The rounds that have a box."""

    def destroy(self, round_id: RoundId) -> None:
        """Remove the box for good; one that is gone already is no error."""

    def canonicalise(self) -> None:
        """Rewrite every box so that its bytes say nothing of the order; before anything is served."""


class KeyVault(Protocol):
    """The secrets of the open rounds, outside every database; and chance."""

    def create(self, round_id: RoundId) -> bytes:
        """Make the keys of a round and return its public closing key. Keys that exist are never replaced."""

    def token(self, round_id: RoundId, member: MemberId) -> ParticipationToken:
        """The keyed fingerprint of this member in this round. Raises ``KeyLostError``."""

    def seal(self, closing_key: bytes, round_id: RoundId, reply_id: ReplyId, plaintext: bytes) -> SealedReply:
        """Encrypt a reply to the public closing key; nobody can read it before the close."""

    def unseal(self, round_id: RoundId, replies: Sequence[SealedReply]) -> tuple[bytes, ...]:
        """The plaintexts, in the given order. Raises ``KeyLostError``; a damaged reply is left out."""

    def is_whole(self, round_id: RoundId) -> bool:
        """Whether both keys of the round are there."""

    def list_rounds(self) -> frozenset[RoundId]:
        """The rounds that have any key."""

    def destroy(self, round_id: RoundId) -> None:
        """Overwrite and remove both keys; final. Keys that are gone already are no error."""

    def new_receipt(self) -> Receipt:
        """16 random bytes for the person who is about to reply."""

    def new_id(self) -> str:
        """A random id of 12 characters (0-9, a-v) for a round or a schedule."""

    def new_seed(self) -> int:
        """A random 64-bit seed, for a shuffle."""


class ChannelNote(StrEnum):
    """Something the bot tells a channel besides prompts and summaries."""

    KEY_LOST = "key_lost"
    CANCELLED = "cancelled"


class Messenger(Protocol):
    """Speaks in Slack. Called only after what it says is stored. Raises ``SlackError``."""

    def announce(self, round_: Round) -> MessageTs:
        """Post the prompt of an open round, and return its message."""

    def retire(self, round_: Round) -> None:
        """Take the reply button off the announcement of a round that takes no more replies."""

    def post_summary(self, round_: Round, release: Release, earlier: Sequence[Result] = ()) -> MessageTs:
        """Post the result of a round in its channel. ``earlier``: the channel's before it, newest first."""

    def update_summary(self, round_: Round, release: Release, earlier: Sequence[Result] = ()) -> None:
        """Put this result in place of the one in the posted summary; one that is not there is no error."""

    def post_cycle(self, schedule: Schedule, results: Sequence[Result]) -> None:
        """Say that a schedule rests after a cycle, and what the cycle says. ``results``: newest first."""

    def ask_to_go_on(self, schedule: Schedule) -> None:
        """Ask a channel in which few reply whether its questions shall go on."""

    def tell(self, round_: Round, note: ChannelNote) -> None:
        """Tell a channel what became of its round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelInfo:
    """What the bot may know of a channel."""

    id: ChannelId
    name: str
    private: bool
    archived: bool
    joined: bool


class Directory(Protocol):
    """Who is in a channel and who may configure. Raises ``SlackError``."""

    def channel(self, channel: ChannelId) -> ChannelInfo:
        """Name and standing of a channel; ``SlackError`` with ``channel_not_found`` where there is none."""

    def audience(self, channel: ChannelId) -> frozenset[MemberId]:
        """The people who may reply: human full members of the channel, no bots and no guests."""

    def names(self, channel: ChannelId) -> frozenset[str]:
        """Every name and handle of the people in a channel, to be taken out of quotes."""

    def is_admin(self, member: MemberId) -> bool:
        """Whether this member is an admin or owner of the workspace."""

    def zone(self, member: MemberId) -> str:
        """The member's IANA time zone."""


class Timer(Protocol):
    """An alarm clock that holds no truth: it wakes ``run_due`` early; the heartbeat would come anyway."""

    def arm(self, times: Sequence[datetime]) -> None:
        """Ring at these times (UTC) and at no others; replaces what was armed before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Everything a verb may use; laid out once, in ``bot.app``."""

    store: Store
    boxes: BallotBoxes
    vault: KeyVault
    messenger: Messenger
    directory: Directory
    timer: Timer
    clock: Clock
    holidays: HolidayCalendar
    settings: Settings
