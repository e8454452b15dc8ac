"""Summarise the result of a round: what is strong, what is open, the two sides, what has moved.

A ``Summary`` is a value from which sentences, charts and exports are made, so that all show the same numbers.
For cycles and trends: ``core.cycle_summary``.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice

from bot.core.counts import Count, Shown
from bot.core.inference import Gap, gap, share
from bot.core.language import ENGLISH, N_, Language
from bot.core.model import ANCHOR_SUFFIX, DimensionKey, Round, RoundKind, Side, Statement
from bot.core.movements import NOTHING_COMPARED, Comparison, within_cycle
from bot.core.release import GroupCount, Published, Release, Result
from bot.core.scoring import Pair, pair_of, strong_and_open, turned

LOOK_BACK = 12
"""How many results are searched for something to build on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedStatement:
    """A statement with its number in the round (from 1) and its shown count; None: too few answered it.

    ``groups``: the counts of both tenure groups if they were shown; ``count`` then adds their bounds up.
    """

    number: int
    statement: Statement
    count: Count | None
    groups: tuple[GroupCount, ...] = ()

    @property
    def counts(self) -> list[Count]:
        """The shown counts: one for each tenure group, otherwise the only one, if any."""
        return [one.count for one in self.groups] or ([self.count] if self.count else [])

    @property
    def favour(self) -> list[Count]:
        """The counts in favour of the topic; for a reversed statement, of those who do not agree."""
        return list(map(turned, self.counts)) if self.statement.reversed else self.counts


@dataclass(frozen=True, slots=True, kw_only=True)
class TagCount:
    """A tag in the words of the round, and how many writers chose it."""

    text: str
    count: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class Idea:
    """Selects an idea to try: by topic, and ``turn`` picks one of several.

    ``carry``: nothing is open, so the idea extends a strength.
    """

    dimension: DimensionKey
    turn: int
    carry: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Everything that is said about one round. It depends on shown counts only, and never changes.

    ``replies`` and ``audience`` are None for a withheld round; nothing else is said about it. ``moved``: the
    newest askings compared with all before them.
    """

    round: Round
    replies: int | None = None
    audience: int | None = None
    statements: tuple[CountedStatement, ...] = ()
    strong: CountedStatement | None = None
    still_open: CountedStatement | None = None
    pair: Pair | None = None
    gap: Gap | None = None
    tags: tuple[TagCount, ...] = ()
    quotes: tuple[str, ...] = ()
    removed: tuple[date, ...] = ()
    moved: Comparison = NOTHING_COMPARED
    idea: Idea | None = None

    @property
    def withheld(self) -> bool:
        """Whether too few replied to show anything."""
        return self.replies is None

    @property
    def others(self) -> tuple[CountedStatement, ...]:
        """The statements that are named neither strong nor open."""
        return tuple(one for one in self.statements if one not in (self.strong, self.still_open))


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedStatement:
    """A statement that a summary named. ``texts``: in each language in which its round asked it, by code."""

    statement: Statement
    texts: Mapping[str, str] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Highlight:
    """What a round of co-creation can build on: what the last summary named.

    ``named``: the statement, with its ``count``. ``dimension``: its topic. ``strength``: a statement that was
    named strong, if there is one.
    """

    dimension: DimensionKey
    named: NamedStatement
    count: Count
    strength: NamedStatement | None = None


def summarise(round_: Round, result: Release, earlier: Sequence[Result] = ()) -> Summary:
    """Summarise the result of a round. ``earlier``: the channel's results before it, newest first."""
    if not isinstance(result, Published):
        return Summary(round=round_)
    statements = tuple(_statements(round_, result))
    reflects = round_.prompt.kind is RoundKind.REFLECT
    counted = [one for one in statements if one.count and reflects]
    strong, still_open = strong_and_open(
        (share(one.favour).middle, sum(count.of for count in one.favour), one) for one in counted
    )
    sides = {side: [count] for side, count in counts_by_side(round_, result).items()}
    inclusion, belonging = sides.get(Side.INCLUSION, []), sides.get(Side.BELONGING, [])
    names = {tag.id: tag.text for tag in round_.prompt.tags}
    return Summary(
        round=round_,
        replies=result.replies,
        audience=result.audience,
        statements=statements,
        strong=strong,
        still_open=still_open,
        pair=pair_of(inclusion, belonging),
        gap=gap(inclusion, belonging),
        tags=tuple(TagCount(text=names[tag.tag], count=tag.count) for tag in result.tags),
        quotes=result.quotes,
        removed=result.removed,
        moved=within_cycle([*reversed(earlier), (round_, result)]) if reflects else NOTHING_COMPARED,
        idea=_idea(round_, strong, still_open) if reflects else None,
    )


def counts_by_side(round_: Round, result: Published) -> dict[Side, Count]:
    """Return the counts of a paired round's two anchors, by side; fewer if one is not shown.

    The partner's anchor is on the other side than the round's own. Source: 1.2; the same people answer both,
    so differences in who replied cancel out.
    """
    other = Side.BELONGING if round_.prompt.side is Side.INCLUSION else Side.INCLUSION
    own_id = f"{round_.prompt.dimension}{ANCHOR_SUFFIX}"
    if round_.prompt.side is Side.GROUND:
        return {}
    return {
        round_.prompt.side if one.statement == own_id else other: one.total
        for one in result.statements
        if one.total and one.statement.endswith(ANCHOR_SUFFIX)
    }


def highlight_of(results: Sequence[Result]) -> Highlight | None:
    """Return what the newest results named, the open statement or the strong one; None if nothing was named.

    ``results``: of the channel, newest first. The last twelve count; withheld ones are skipped.
    """
    summaries = [summarise(*result) for result in islice(results, LOOK_BACK)]
    named = ((one.round, one.still_open or one.strong) for one in summaries)
    round_, named_one = next(((round_, found) for round_, found in named if found), (None, None))
    if round_ is None or named_one is None or named_one.count is None:
        return None
    strengths = ((one.round, one.strong.statement) for one in summaries if one.strong)
    strength = next((_named(*found) for found in strengths if not found[1].reversed), None)
    return Highlight(
        dimension=dimension_of(named_one.statement, round_),
        named=_named(round_, named_one.statement),
        count=named_one.count,
        strength=strength,
    )


def _named(round_: Round, statement: Statement) -> NamedStatement:
    own, id_ = {round_.prompt.language: statement.text}, statement.id
    others = {code: texts[id_] for code, texts in round_.prompt.translations.items() if id_ in texts}
    return NamedStatement(statement=statement, texts=others | own)


def agree_in_words(count: Count, text: str, language: Language = ENGLISH) -> str:
    """Return how many agree with a statement, as words to be quoted, without a full stop.

    >>> agree_in_words(Count(of=14, low=5, high=5), "I am heard here")
    '5 of 14 agree: I am heard here'
    """
    # Translators: {count} is such as “5 of 14”; {statement} is what people agree with, without a full stop.
    return language.gettext(
        "{count} agree: {statement}", count=count_in_words(count, language), statement=text
    )


COUNTS = {
    # Translators: how many people agree, of all who answered; stands alone, or before “agree”.
    Shown.EXACT: N_("{low} of {people}"),
    # Translators: how many people agree; nobody can tell more exactly.
    Shown.OR_MORE: N_("{low} or more of {people}"),
    # Translators: how many people agree; nobody can tell more exactly.
    Shown.OR_FEWER: N_("{high} or fewer of {people}"),
    # Translators: how many people agree; nobody can tell more exactly.
    Shown.FROM_TO: N_("{low} to {high} of {people}"),
}


def count_in_words(count: Count, language: Language = ENGLISH) -> str:
    """Return how many agree, exactly as much as may be said.

    >>> count_in_words(Count(of=14, low=5, high=5)), count_in_words(Count(of=14, low=11, high=14))
    ('5 of 14', '11 or more of 14')
    >>> count_in_words(Count(of=14, low=0, high=3)), count_in_words(Count(of=52, low=34, high=37))
    ('3 or fewer of 14', '34 to 37 of 52')
    """
    return language.gettext(COUNTS[count.shown], **numbers_of(count, language))


def numbers_of(count: Count, language: Language) -> dict[str, str]:
    """Return the numbers that messages about a count name: ``low``, ``high`` and ``people``, in digits."""
    numbers = {"low": count.low, "high": count.high, "people": count.of}
    return {name: language.number(number) for name, number in numbers.items()}


def dimension_of(statement: Statement, round_: Round) -> DimensionKey:
    """Return the topic of a statement of a round. An anchor may be that of a partner topic."""
    if statement.id.endswith(ANCHOR_SUFFIX):
        return DimensionKey(statement.id.removesuffix(ANCHOR_SUFFIX))
    return round_.prompt.dimension


def _statements(round_: Round, result: Published) -> Iterator[CountedStatement]:
    asked = {statement.id: statement for statement in round_.prompt.statements}
    for number, one in enumerate(result.statements, start=1):
        yield CountedStatement(
            number=number, statement=asked[one.statement], count=one.total, groups=one.groups
        )


def _idea(round_: Round, strong: CountedStatement | None, still_open: CountedStatement | None) -> Idea | None:
    """Return one idea of the topic, in turn. It is always the same for the same round."""
    named = still_open or strong
    if named is None:
        return Idea(dimension=round_.prompt.dimension, turn=round_.number)
    return Idea(dimension=dimension_of(named.statement, round_), turn=round_.number, carry=still_open is None)
