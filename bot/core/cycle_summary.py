"""Summarise and compare cycles: each topic once, its shown counts pooled.

A cycle begins where a place repeats, so no pack is needed and cancelled rounds do not matter. Rounds stored
without a place begin a cycle where a topic repeats. An anchor in other words is another statement: only its
newest words in a cycle count, and nothing is compared across the change.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.core.counts import Count, pooled
from bot.core.inference import Gap, gap, share
from bot.core.model import ANCHOR_SUFFIX, DimensionKey, Round, Side, Statement, StatementId
from bot.core.movements import NOTHING_COMPARED, SIDES, Comparison, between_cycles, window_of
from bot.core.release import Published, Result
from bot.core.scoring import Pair, pair_of, strong_and_open
from bot.core.summary import Idea, counts_by_side, dimension_of

LEAST_SHOWN = 3
"""A cycle with fewer shown rounds gets no summary of its own."""

Cycle = tuple[Result, ...]
"""The results of one cycle, oldest first."""

Span = tuple[Round, Round]
"""The first and the latest round of a cycle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicResult:
    """A topic over a cycle: its anchor in ``askings`` rounds.

    ``count``: all answers added up. ``support``: the estimated mean share of people who agree.
    """

    dimension: DimensionKey
    label: str
    side: Side | None
    anchor: Statement
    count: Count
    askings: int
    support: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Circle:
    """The two sides of the essay, pooled over the paired rounds of a cycle; None if not shown yet.

    The drawing shows ``inclusion`` inside a circle, and ``belonging`` as how far its edge has moved.
    """

    inclusion: Count | None = None
    belonging: Count | None = None
    pair: Pair | None = None
    gap: Gap | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleSummary:
    """Everything that is said about one cycle. ``moved``: its comparison with the cycle before."""

    first: Round
    last: Round
    rounds: int
    withheld: int
    topics: tuple[TopicResult, ...]
    circle: Circle
    moved: Comparison = NOTHING_COMPARED
    strong: TopicResult | None = None
    still_open: TopicResult | None = None
    idea: Idea | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorTrend:
    """An anchor cycle by cycle, oldest first; None where it was not shown."""

    label: str
    side: Side | None
    anchor: Statement
    counts: tuple[Count | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """How a channel has changed. ``spans``: each cycle's first and last round, oldest first.

    ``moved``: the newest cycle compared with the one before. ``circles``: the two sides of the newest cycles,
    back to the first one with the same words. ``reworded``: whether an anchor of the last two cycles got
    other words.
    """

    spans: tuple[Span, ...]
    circles: tuple[Circle, ...]
    anchors: tuple[AnchorTrend, ...]
    moved: Comparison = NOTHING_COMPARED
    reworded: bool = False

    @property
    def circle_spans(self) -> tuple[Span, ...]:
        """The first and the last round of each of ``circles``."""
        return self.spans[len(self.spans) - len(self.circles) :]


def cycles_of(results: Sequence[Result]) -> tuple[Cycle, ...]:
    """Return the results of a channel by cycle, oldest first.

    ``results``: newest first, as the store lists them.

    >>> cycles_of(())
    ()
    """
    cycles: list[list[Result]] = []
    seen: set[DimensionKey] = set()
    last: int | None = None
    for round_, result in reversed(results):
        prompt = round_.prompt
        if prompt.place and last:
            begins = prompt.place <= last
        else:  # a round of co-creation asks no statement about a topic
            begins = prompt.reflects and prompt.dimension in seen
        if not cycles or begins:
            cycles.append([])
            seen, last = set(), None
        if prompt.reflects:
            seen.add(prompt.dimension)
        last = prompt.place or last
        cycles[-1].append((round_, result))
    return tuple(map(tuple, cycles))


def summarise_cycle(results: Sequence[Result]) -> CycleSummary | None:
    """Summarise the newest cycle, or the one before it if the newest has just begun; None without results.

    ``results``: of the channel, newest first. Source: 1.2 and 1.3; rounds are pooled, so that small teams
    learn over a cycle what one round cannot show.
    """
    cycles = cycles_of(results)
    if not cycles:
        return None
    if len(cycles) > 1 and sum(isinstance(result, Published) for _, result in cycles[-1]) < LEAST_SHOWN:
        cycles = cycles[:-1]
    return _summarise(cycles[-1], _labels(results), _moved(cycles))


def circle_of(cycle: Iterable[Result]) -> Circle:
    """Return the two sides, over the rounds that asked the same people both. Source: 0.2, 1.2."""
    rounds = _paired(cycle)
    words = _words(rounds)
    paired = [
        (round_, result)
        for round_, result in rounds
        if isinstance(result, Published) and all(words[one.id] == one for one in _anchors(round_))
    ]
    if not paired:
        return Circle()
    sides = [counts_by_side(*one) for one in paired]
    window = window_of(paired)
    inclusion, belonging = (
        [count for asking in window.of(side) for count in asking.counts] for side in SIDES
    )
    return Circle(
        inclusion=pooled([one[Side.INCLUSION] for one in sides]),
        belonging=pooled([one[Side.BELONGING] for one in sides]),
        pair=pair_of(inclusion, belonging),
        gap=gap(inclusion, belonging),
    )


def trend_of(results: Sequence[Result]) -> Trend:
    """Return how anchors have moved from cycle to cycle. Only the same words are compared.

    ``results``: of the channel, newest first. Source: 1.3 (anchors only).
    """
    cycles, labels = cycles_of(results), _labels(results)
    counts = [{statement: pooled(found) for statement, found in _anchor_counts(cycle)} for cycle in cycles]
    latest: dict[str, Statement] = {}
    for found in counts:
        latest |= {statement.id: statement for statement in found}
    return Trend(
        spans=tuple((cycle[0][0], cycle[-1][0]) for cycle in cycles),
        circles=tuple(circle_of(cycle) for cycle in _worded_alike(cycles)),
        anchors=tuple(
            AnchorTrend(
                label=_label(statement, labels),
                side=_side(statement, labels),
                anchor=statement,
                counts=tuple(cycle.get(statement) for cycle in counts),
            )
            for statement in latest.values()
        ),
        moved=_moved(cycles),
        reworded=_is_reworded(result for cycle in cycles[-2:] for result in cycle),
    )


def _moved(cycles: Sequence[Cycle]) -> Comparison:
    """Compare the last of these cycles with the one before it."""
    if len(cycles) < 2:  # noqa: PLR2004 - two are compared
        return NOTHING_COMPARED
    return between_cycles(*map(window_of, cycles[-2:]))


def _summarise(cycle: Cycle, labels: dict[DimensionKey, tuple[str, Side]], moved: Comparison) -> CycleSummary:
    window = window_of(cycle)
    topics = tuple(
        TopicResult(
            dimension=dimension_of(statement, cycle[0][0]),
            label=_label(statement, labels),
            side=_side(statement, labels),
            anchor=statement,
            count=pooled(counts),
            askings=len(counts),
            support=share([count for asking in window.asked(statement) for count in asking.counts]).middle,
        )
        for statement, counts in _anchor_counts(cycle)
    )
    strong, still_open = strong_and_open((one.support, one.count.of // one.askings, one) for one in topics)
    last = cycle[-1][0]
    named = still_open or strong
    return CycleSummary(
        first=cycle[0][0],
        last=last,
        rounds=len(cycle),
        withheld=sum(not isinstance(result, Published) for _, result in cycle),
        topics=topics,
        circle=circle_of(cycle),
        moved=moved,
        strong=strong,
        still_open=still_open,
        idea=Idea(dimension=named.dimension, turn=last.number, carry=still_open is None) if named else None,
    )


def _anchor_counts(cycle: Iterable[Result]) -> Iterator[tuple[Statement, list[Count]]]:
    """Yield the anchors of a cycle in their newest words, with every shown count."""
    found: dict[Statement, list[Count]] = {}
    for round_, result in cycle:
        if not isinstance(result, Published):
            continue
        asked = {statement.id: statement for statement in round_.prompt.statements}
        for one in result.statements:
            if one.total and one.statement.endswith(ANCHOR_SUFFIX):
                found.setdefault(asked[one.statement], []).append(one.total)
    newest = {statement.id: statement for statement in found}
    yield from (
        (statement, counts) for statement, counts in found.items() if newest[statement.id] == statement
    )


def _anchors(round_: Round) -> tuple[Statement, ...]:
    return tuple(statement for statement in round_.prompt.statements if statement.id.endswith(ANCHOR_SUFFIX))


def _paired(cycle: Iterable[Result]) -> Cycle:
    """Return the rounds of a cycle that show both sides."""
    return tuple(
        (round_, result)
        for round_, result in cycle
        if isinstance(result, Published) and len(counts_by_side(round_, result)) == len(SIDES)
    )


def _words(rounds: Iterable[Result]) -> dict[StatementId, Statement]:
    """Return the newest words of each anchor. ``rounds``: oldest first."""
    return {statement.id: statement for round_, _ in rounds for statement in _anchors(round_)}


def _worded_alike(cycles: Sequence[Cycle]) -> Sequence[Cycle]:
    """Return the newest cycles whose two sides were asked in the same words, oldest first."""
    words: dict[StatementId, Statement] = {}
    for place in range(len(cycles) - 1, -1, -1):
        own = _words(_paired(cycles[place]))
        if any(words.get(id_, statement) != statement for id_, statement in own.items()):
            return cycles[place + 1 :]
        words |= own
    return cycles


def _is_reworded(rounds: Iterable[Result]) -> bool:
    asked = {statement for round_, _ in rounds for statement in _anchors(round_)}
    return len({statement.id for statement in asked}) < len(asked)


def _labels(results: Iterable[Result]) -> dict[DimensionKey, tuple[str, Side]]:
    """Return the label and side of each topic of the results. The newest label counts."""
    labels: dict[DimensionKey, tuple[str, Side]] = {}
    for round_, _ in results:
        if round_.prompt.reflects:
            labels.setdefault(round_.prompt.dimension, (round_.prompt.label, round_.prompt.side))
    return labels


def _label(anchor: Statement, labels: dict[DimensionKey, tuple[str, Side]]) -> str:
    """Return the label of the topic, or its key if its own round has not come yet."""
    key = DimensionKey(anchor.id.removesuffix(ANCHOR_SUFFIX))
    return labels[key][0] if key in labels else key.capitalize()


def _side(anchor: Statement, labels: dict[DimensionKey, tuple[str, Side]]) -> Side | None:
    key = DimensionKey(anchor.id.removesuffix(ANCHOR_SUFFIX))
    return labels[key][1] if key in labels else None
