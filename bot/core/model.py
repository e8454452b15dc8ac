"""Define the types of the domain: ids, prompts, rounds, policies.

Everything here is frozen and validates itself. Times are aware UTC datetimes; time zones are used only in
``core.schedule`` and in texts for people.
"""

from collections.abc import Mapping
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
StatementId = NewType("StatementId", str)
TagId = NewType("TagId", str)
MessageTs = NewType("MessageTs", str)
Receipt = NewType("Receipt", bytes)
ReplyId = NewType("ReplyId", bytes)
QuoteId = NewType("QuoteId", str)
NormId = NewType("NormId", str)
ParticipationToken = NewType("ParticipationToken", bytes)
Period = NewType("Period", str)

Translations = Mapping[str, Mapping[str, str]]
"""Texts in other languages: by the code of a language, then by the id of a text."""

TEXT_LIMIT = 2000
"""The longest open answer, in characters."""

ANCHOR_SUFFIX = "-anchor"
"""The end of the id of an anchor."""

GONE = "(taken down)"
"""What stands in place of the words of a proposal that was taken down."""


class Side(StrEnum):
    """The side of a topic in the essay's picture."""

    INCLUSION = "inclusion"
    BELONGING = "belonging"
    GROUND = "ground"


class Lens(StrEnum):
    """The point of view of a prompt's wording. It never limits who may answer."""

    ALL = "all"
    LEADING = "leading"
    ARRIVING = "arriving"


class RoundKind(StrEnum):
    """The purpose of a round: to reflect, or one step in which a channel changes how it works.

    ``CHOOSE``: the channel decides which proposal is tried. ``DECIDE`` and ``CONSENT`` are the two rounds in
    which it did so before. None of these is opened any more, but stored ones close by their own rule and stay
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
class Statement:
    """A statement with five answers. ``reversed``: agreement speaks against its topic."""

    id: StatementId
    text: str
    reversed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A short phrase that people may add to their own reply."""

    id: TagId
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """A topic: its side, what it asks, its anchor (repeated word for word) and its tags."""

    key: DimensionKey
    label: str
    side: Side
    asks: str
    anchor: Statement
    tags: tuple[Tag, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """One open question with one or two statements of its own. Two statements take turns."""

    id: PromptId
    dimension: DimensionKey
    question: str
    statements: tuple[Statement, ...]
    lens: Lens = Lens.ALL
    ideas: tuple[str, ...] = ()


class CoCreateUse(StrEnum):
    """The step of a change in which a question is asked.

    ``CONSENT`` was a step before. Packs may still hold such a question; it is never asked.
    """

    COLLECT = "collect"
    DECIDE = "decide"
    CONSENT = "consent"
    LOOK_AGAIN = "look_again"
    CARRY = "carry"


@dataclass(frozen=True, slots=True, kw_only=True)
class CoCreatePrompt:
    """A question with which a channel turns a summary into a norm or an experiment.

    ``use``: the step in which it is asked; None: never by itself. ``tags``: reasons to choose from.
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
    """A remark on the wording of one text (by its id) that the author accepts, with the reason."""

    place: str
    rule: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptPack:
    """A set of prompts with a version, and the topics that they ask about.

    ``language``: in which it is written. ``translations``: its texts in other languages, by the ids of
    ``core.pack_texts``. ``note``: a sentence about it for people, such as how answers are counted.
    """

    id: PackId
    title: str
    dimensions: tuple[Dimension, ...]
    prompts: tuple[Prompt, ...]
    co_create: tuple[CoCreatePrompt, ...] = ()
    accepted: tuple[Accepted, ...] = ()
    note: str = ""
    language: str = "en"
    translations: Translations = field(default_factory=dict, compare=False)

    def dimension(self, key: DimensionKey) -> Dimension:
        """Return the topic with this key. Raises ``KeyError`` if the pack has none."""
        for dimension in self.dimensions:
            if dimension.key == key:
                return dimension
        raise KeyError(key)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundPrompt:
    """A prompt as one round asks it: question, one to three statements, tags. Frozen at opening.

    ``asks_tenure``: whether the round also asks how long people have been in the team. ``norm``: the
    norm that a round asks about, or the only proposal that it decides on, since an earlier round chose it. A
    round that decides has one statement per proposal, with the same id. ``in_turn``:
    whether it takes a place in the cycle. ``place``: which one, from 1; None out of turn, and in rounds that
    were stored before places existed. ``language``: in which its texts are. ``translations``: the same texts
    in the other languages in which all of them were there, by the ids of ``core.translation``.
    """

    prompt_id: PromptId
    dimension: DimensionKey
    label: str
    side: Side
    question: str
    statements: tuple[Statement, ...]
    tags: tuple[Tag, ...] = ()
    asks_tenure: bool = False
    kind: RoundKind = RoundKind.REFLECT
    norm: NormId | None = None
    in_turn: bool = True
    place: int | None = None
    language: str = "en"
    translations: Translations = field(default_factory=dict, compare=False)

    @property
    def reflects(self) -> bool:
        """Whether it asks statements about a topic. Only these are scored and compared."""
        return self.kind is RoundKind.REFLECT and bool(self.statements)

    @property
    def is_asked(self) -> bool:
        """Whether a channel was asked this: not so of suggestions that were shown without a question."""
        return self.in_turn or self.kind is not RoundKind.COLLECT


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasePolicy:
    """What may be shown of a round. Frozen when it opens, and told to members in words.

    ``threshold``: least number of replies, 5 to 20. ``quote_replies`` and ``quotes_allowed``: least number of
    replies, and of writers who allowed it, before quotes are shown (at least 10 and 3). ``quotes``: whether
    texts are asked for and quoted at all. ``min_open``: the shortest time that a round stays open, at least
    one minute.
    """

    threshold: int = 5
    quote_replies: int = 10
    quotes_allowed: int = 3
    quotes: bool = True
    min_open: timedelta = timedelta(hours=24)

    def __post_init__(self) -> None:
        """Refuse a policy below the lowest values that are allowed."""
        if not 5 <= self.threshold <= 20:  # noqa: PLR2004 - the bounds of the promise
            raise ValueError("threshold must be from 5 to 20")
        if self.quote_replies < 10:  # noqa: PLR2004 - the floor of the promise
            raise ValueError("quotes.replies must be at least 10")
        if self.quotes_allowed < 3:  # noqa: PLR2004 - the floor of the promise
            raise ValueError("quotes.allowed must be at least 3")
        if self.min_open < timedelta(minutes=1):
            raise ValueError("min_open must be at least 1m")


class RoundState(StrEnum):
    """The state of a round. The last three are final: nothing private is left.

    ``GATHERING``: takes suggestions at any time; one per channel. It becomes the round that asks for
    suggestions, or closes with another round of its channel.
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
    """One prompt in one channel, from opening to result.

    ``number`` counts the rounds of a channel from 1. ``audience_size``: how many people can reply, those who
    were there when it opened. ``closing_key``: the public half. ``period``: the key under which these people
    are marked. ``shared``: how many of them were asked one of its statements before (``core.audiences``).
    Both are None if nothing is counted, as for proposals, and for rounds from before this was stored.
    ``void``: cancelled for the first time, so it counts as never asked. ``announcement``, ``reminder`` and
    ``summary``: the messages with the prompt, the reminder and the result, once posted. ``remind_at``: when
    the channel is reminded; None if it is not, or has been. ``tries``: how often the close has waited for
    something; ``tried_at``: the last time. ``language``: in which its channel reads it.
    ``several_languages``: whether its people had set Slack to different languages when it opened.
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
    language: str = "en"
    several_languages: bool = False
    reminder: MessageTs | None = None

    def with_state(self, state: RoundState) -> "Round":
        """Return this round in another state. ``core.rounds`` defines which steps are legal."""
        return replace(self, state=state)


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportCard:
    """The people and lines that are named to everybody, always in the same words."""

    contact: str
    crisis: str
    outside: str = ""
    checked: str = ""
