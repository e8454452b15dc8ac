"""The words of this house: ids, prompts, rounds, settings.

Everything here is frozen and validates itself. Times are aware UTC datetimes; zones live in
``core.schedule`` and in what people read.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

WorkspaceId = NewType("WorkspaceId", str)
ChannelId = NewType("ChannelId", str)
MemberId = NewType("MemberId", str)
RoundId = NewType("RoundId", str)
ScheduleId = NewType("ScheduleId", str)
PackId = NewType("PackId", str)
PromptId = NewType("PromptId", str)
DimensionKey = NewType("DimensionKey", str)
ItemId = NewType("ItemId", str)
TagId = NewType("TagId", str)
MessageTs = NewType("MessageTs", str)
Receipt = NewType("Receipt", bytes)
ReplyId = NewType("ReplyId", bytes)
QuoteId = NewType("QuoteId", str)
NormId = NewType("NormId", str)
ParticipationToken = NewType("ParticipationToken", bytes)
Period = NewType("Period", str)

TEXT_LIMIT = 2000
"""The longest open answer, in characters."""

GONE = "(taken down)"
"""What stands in place of the words of a proposal that was taken down."""


class Side(StrEnum):
    """Where a dimension stands in the essay's picture."""

    INCLUSION = "inclusion"
    BELONGING = "belonging"
    GROUND = "ground"


class Lens(StrEnum):
    """The point of view a prompt is worded from; it never filters who may answer."""

    ALL = "all"
    LEADING = "leading"
    ARRIVING = "arriving"


class RoundKind(StrEnum):
    """What a round is for: to reflect, or one of the steps by which a channel changes how it works.

    ``CHOOSE``: the channel decides which proposal is tried. ``DECIDE`` and ``CONSENT`` are the two rounds in
    which it did so before; none is opened any more, but stored ones close by their own rule and stay
    readable.
    """

    REFLECT = "reflect"
    COLLECT = "collect"
    CHOOSE = "choose"
    DECIDE = "decide"
    CONSENT = "consent"
    LOOK_AGAIN = "look_again"


class Outcome(StrEnum):
    """What a channel decides about a norm when it looks again."""

    KEEP = "keep"
    CHANGE = "change"
    LET_GO = "let_go"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A five-point statement. ``reversed`` marks one whose agreement speaks against its dimension."""

    id: ItemId
    text: str
    reversed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A short phrase that a writer may put on their own reply."""

    id: TagId
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """One of the topics: its side, what it asks, its anchor (repeated word for word) and its tags."""

    key: DimensionKey
    label: str
    side: Side
    asks: str
    anchor: Item
    tags: tuple[Tag, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """One open question with its own items (one or two; where two, they take turns)."""

    id: PromptId
    dimension: DimensionKey
    question: str
    items: tuple[Item, ...]
    lens: Lens = Lens.ALL
    ideas: tuple[str, ...] = ()


class CoCreateUse(StrEnum):
    """In which step of a change a question is asked.

    ``CONSENT`` is a step of before: packs may still hold such a question, and it is never asked.
    """

    COLLECT = "collect"
    DECIDE = "decide"
    CONSENT = "consent"
    LOOK_AGAIN = "look_again"
    CARRY = "carry"


@dataclass(frozen=True, slots=True, kw_only=True)
class CoCreatePrompt:
    """A question by which a channel turns a summary into a norm or an experiment.

    ``use``: in which step it is asked; None: never by itself. ``tags``: reasons to choose from.
    """

    id: PromptId
    name: str
    question: str
    gives: str
    ideas: tuple[str, ...] = ()
    use: CoCreateUse | None = None
    tags: tuple[Tag, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A remark on the wording of one text that its author accepts, by the text's id, with the reason."""

    place: str
    rule: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptPack:
    """A versioned set of prompts, with the dimensions that they ask about."""

    id: PackId
    title: str
    dimensions: tuple[Dimension, ...]
    prompts: tuple[Prompt, ...]
    co_create: tuple[CoCreatePrompt, ...] = ()
    accepted: tuple[Accepted, ...] = ()

    def dimension(self, key: DimensionKey) -> Dimension:
        """The dimension of this key; raises ``KeyError`` where the pack has none."""
        for dimension in self.dimensions:
            if dimension.key == key:
                return dimension
        raise KeyError(key)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundPrompt:
    """A prompt as one round asks it: question, one to three items, tags. Frozen at opening.

    ``asks_tenure``: whether the round also asks how long people have been in this team. ``norm``: what a
    round of consent or of looking again is about, or the one proposal that a round decides about because an
    earlier round preferred it. A round that decides has an item for each proposal, with its id.
    ``in_turn``: whether it takes a place in the cycle, and ``place`` which one, from 1; None out of turn, and
    in rounds that were stored before places were.
    """

    prompt_id: PromptId
    dimension: DimensionKey
    label: str
    side: Side
    question: str
    items: tuple[Item, ...]
    tags: tuple[Tag, ...] = ()
    asks_tenure: bool = False
    kind: RoundKind = RoundKind.REFLECT
    norm: NormId | None = None
    in_turn: bool = True
    place: int | None = None

    @property
    def reflects(self) -> bool:
        """Whether it asks statements about a topic: only these are scored and compared."""
        return self.kind is RoundKind.REFLECT and bool(self.items)

    @property
    def is_asked(self) -> bool:
        """Whether a channel was asked this: not so of suggestions that were shown without a question."""
        return self.in_turn or self.kind is not RoundKind.COLLECT


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasePolicy:
    """What may be shown of a round; frozen when it opens and told to members in words.

    ``threshold``: least number of replies, 5 to 20. ``quote_replies`` and ``quotes_allowed``: least number
    of replies, and of writers who ticked, before quotes are shown (floors 10 and 3). ``min_open``: the
    shortest time that a round stays open, at least one minute.
    """

    threshold: int = 5
    quote_replies: int = 10
    quotes_allowed: int = 3
    min_open: timedelta = timedelta(hours=24)

    def __post_init__(self) -> None:
        """Refuse a policy below the floors."""
        if not 5 <= self.threshold <= 20:  # noqa: PLR2004 - the bounds of the promise
            raise ValueError("threshold must be from 5 to 20")
        if self.quote_replies < 10:  # noqa: PLR2004 - the floor of the promise
            raise ValueError("quotes.replies must be at least 10")
        if self.quotes_allowed < 3:  # noqa: PLR2004 - the floor of the promise
            raise ValueError("quotes.allowed must be at least 3")
        if self.min_open < timedelta(minutes=1):
            raise ValueError("min_open must be at least 1m")


class RoundState(StrEnum):
    """Where a round stands. The last three are ends: nothing private is left of it.

    ``GATHERING``: a box that takes suggestions at any time; one a channel. It becomes the round that asks
    for suggestions, or closes with another round of its channel.
    """

    GATHERING = "gathering"
    OPEN = "open"
    CLOSING = "closing"
    RELEASED = "released"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    KEY_LOST = "key_lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One prompt in one channel, from opening to release.

    ``number`` counts the rounds of a channel from 1. ``audience_size`` is the number of people who can
    reply: those who were there when it opened. ``closing_key`` is the public half.
    ``period``: under which key these people are marked, and ``shared``: of how many of them one of its
    statements was asked before (``core.audiences``). None where nothing is counted, as of suggestions, and
    of rounds from before that was kept. ``void``: cancelled for the first time, so as good as never asked.
    ``announcement`` and ``summary`` are the messages that carry the prompt and the result, once posted.
    ``remind_at``: when the channel is reminded; None where it is not, or has been.
    ``tries``: how often its close has waited for something, and ``tried_at`` when last.
    """

    id: RoundId
    channel: ChannelId
    schedule: ScheduleId | None
    number: int
    prompt: RoundPrompt
    policy: ReleasePolicy
    audience_size: int
    opened_at: datetime
    closes_at: datetime
    zone: str
    closing_key: bytes = field(repr=False)
    state: RoundState = RoundState.OPEN
    announcement: MessageTs | None = None
    summary: MessageTs | None = None
    remind_at: datetime | None = None
    period: Period | None = None
    shared: int | None = None
    void: bool = False
    tries: int = 0
    tried_at: datetime | None = None

    def with_state(self, state: RoundState) -> "Round":
        """This round in another state; ``core.rounds`` says which steps are legal."""
        return replace(self, state=state)


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportCard:
    """The people and lines that are named to everybody, every time, in the same words."""

    contact: str
    crisis: str
    outside: str = ""
    checked: str = ""
