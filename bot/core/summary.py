"""What a round's result says: which statement is strong, which is open, the gap, and what has moved."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from bot.core.model import Item, Round, Side
from bot.core.release import Count, Published, Release
from bot.core.scoring import Gap, Movement, Reading, chance_people, gap_between, movement, reading, share_of

ANCHOR_SUFFIX = "-anchor"
"""The end of the id of a statement that is repeated word for word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A statement with its shown count; None where too few answered it."""

    item: Item
    count: Count | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SinceLastTime:
    """What became of the repeated statement: ``moved`` is None the first time it is asked.

    ``chance``: so many people, among the replies at hand, can be chance.
    """

    item: Item
    moved: Movement | None
    chance: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What may be said of one round, beyond the bare counts. All of it follows from shown counts."""

    strong: Statement | None
    still_open: Statement | None
    others: tuple[Statement, ...]
    gap: Gap | None
    since: SinceLastTime | None


def summarise(round_: Round, result: Published, earlier: Sequence[tuple[Round, Release]]) -> Summary:
    """What a round's result says. ``earlier``: the channel's results before it, newest first."""
    statements = tuple(_statements(round_, result))
    counted = [statement for statement in statements if statement.count]
    strong = _strong(counted)
    still_open = _still_open(counted)
    return Summary(
        strong=strong,
        still_open=still_open,
        others=tuple(one for one in statements if one not in (strong, still_open)),
        gap=_gap(round_, result),
        since=_since(round_, result, earlier),
    )


def counts_by_side(round_: Round, result: Published) -> dict[Side, Count]:
    """The counts of a paired round's two repeated statements, by side; fewer where one is not shown.

    The partner of the round's own repeated statement stands on the other side.
    """
    other = Side.BELONGING if round_.prompt.side is Side.INCLUSION else Side.INCLUSION
    own_id = f"{round_.prompt.dimension}{ANCHOR_SUFFIX}"
    if round_.prompt.side is Side.GROUND:
        return {}
    return {
        round_.prompt.side if item.item == own_id else other: item.count
        for item in result.items
        if item.count and item.item.endswith(ANCHOR_SUFFIX)
    }


def _statements(round_: Round, result: Published) -> Iterator[Statement]:
    asked = {item.id: item for item in round_.prompt.items}
    yield from (Statement(item=asked[one.item], count=one.count) for one in result.items)


def _favour(statement: Statement) -> Reading:
    """How a statement speaks for its dimension: one with reversed meaning the other way round."""
    if statement.count is None:
        return Reading.MIXED
    plain = reading(share_of(statement.count))
    turned = {Reading.HIGH: Reading.LOW, Reading.LOW: Reading.HIGH, Reading.MIXED: Reading.MIXED}
    return turned[plain] if statement.item.reversed else plain


def _strong(counted: Sequence[Statement]) -> Statement | None:
    """The statement that most people agree with, if that is high and no other comes within one person."""
    high = [one for one in counted if _favour(one) is Reading.HIGH]
    return _first_alone(sorted(high, key=_support, reverse=True))


def _still_open(counted: Sequence[Statement]) -> Statement | None:
    """The statement that fewest people agree with, if it is not high and no other comes within one person."""
    not_high = [one for one in counted if _favour(one) is not Reading.HIGH]
    return _first_alone(sorted(not_high, key=_support))


def _first_alone(ordered: Sequence[Statement]) -> Statement | None:
    if len(ordered) > 1 and abs(_people(ordered[0]) - _people(ordered[1])) < 1:
        return None
    return ordered[0] if ordered else None


def _support(statement: Statement) -> Fraction:
    assert statement.count  # safe because only counted statements are ordered
    middle = share_of(statement.count).middle
    return 1 - middle if statement.item.reversed else middle


def _people(statement: Statement) -> Fraction:
    assert statement.count  # safe because only counted statements are ordered
    return _support(statement) * statement.count.of


def _gap(round_: Round, result: Published) -> Gap | None:
    sides = counts_by_side(round_, result)
    let_in, shaping = sides.get(Side.INCLUSION), sides.get(Side.BELONGING)
    return gap_between([let_in], [shaping]) if let_in and shaping else None


def _since(
    round_: Round, result: Published, earlier: Sequence[tuple[Round, Release]]
) -> SinceLastTime | None:
    own_id = f"{round_.prompt.dimension}{ANCHOR_SUFFIX}"
    item = next((one for one in round_.prompt.items if one.id == own_id), None)
    now = next((one.count for one in result.items if one.item == own_id), None)
    if item is None or now is None:
        return None
    before = next(_counts_of(item, earlier), None)
    moved = movement(now, before) if before else None
    return SinceLastTime(
        item=item, moved=moved, chance=chance_people(min(now.of, before.of) if before else now.of)
    )


def _counts_of(item: Item, earlier: Sequence[tuple[Round, Release]]) -> Iterator[Count]:
    """The shown counts of this very statement, word for word, newest first."""
    for round_, result in earlier:
        worded_alike = any(one.id == item.id and one.text == item.text for one in round_.prompt.items)
        if isinstance(result, Published) and worded_alike:
            yield from (one.count for one in result.items if one.item == item.id and one.count)
