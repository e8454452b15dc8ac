"""Decide what has moved between two windows of shown counts, and what a message may claim.

One comparison with a probability of 0.95 would be wrong in 8 to 11 of 100 unchanged teams, and a message
looks at two sides and up to nine statements. So the cut is stricter for a statement than for a side, and
stricter again within a cycle, where comparisons are repeated. Source: simulation of unchanged teams, which
``tests/core/test_movements.py`` and ``make bench`` repeat.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import ceil
from statistics import NormalDist, fmean

from bot.core.counts import Count
from bot.core.inference import TAIL, Movement, Share, moved, share
from bot.core.model import ANCHOR_SUFFIX, Side, Statement, Translations
from bot.core.release import Published, Result

SIDE_CUT = 0.975
STATEMENT_CUT = 0.99
WITHIN_CYCLE_CUT = 0.99

LEAST_CHANGE = 0.15
"""A statement has moved only if its mean share changed by at least this."""

MOST_STATEMENTS = 2
"""The most statements that are named as moved: those that changed most."""

LEAST_ASKINGS = 2
LEAST_OF_SIDE = 3
"""Within a cycle, the least askings of a statement, and of a side, in each window."""

LOOK_EVERY = 3
"""Within a cycle, movement is tested after every third shown round."""

LOOK_BACK = 24
"""Within a cycle, how many shown rounds are compared: about two cycles."""

GREW_BY = 4 / 3
"""A team that grew or shrank by more than this factor counts as another team, and the message says so."""

FAR = 24
"""A message never promises a result after more rounds than this."""

SIDES = (Side.INCLUSION, Side.BELONGING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """One shown asking of an anchor: its counts (more than one if groups were shown).

    ``translations``: those of its round.
    """

    statement: Statement
    side: Side
    counts: tuple[Count, ...]
    translations: Translations = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The shown askings of some rounds, oldest first, and the mean size of their audiences."""

    askings: tuple[Asking, ...] = ()
    people: float = 0.0

    @property
    def statements(self) -> frozenset[Statement]:
        """The statements that were asked."""
        return frozenset(one.statement for one in self.askings)

    def of(self, side: Side) -> tuple[Asking, ...]:
        """Return the askings of one side, oldest first."""
        return tuple(one for one in self.askings if one.side is side)

    def asked(self, statement: Statement) -> tuple[Asking, ...]:
        """Return the askings of one statement in these words, oldest first."""
        return tuple(one for one in self.askings if one.statement == statement)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One movement: of a side, with those of its statements that moved with it, or of one statement.

    ``statements`` is empty if a side moved and none of its statements is named. ``whole_side``: it is a side.
    ``then`` and ``now``: the share of people who agree, in each window.
    """

    side: Side
    whole_side: bool
    statements: tuple[Statement, ...]
    movement: Movement
    then: Share
    now: Share

    @property
    def up(self) -> bool:
        """Whether more people agree now."""
        return self.movement.middle > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What a message may say about movement.

    ``claims``: the largest change first; empty if nothing can be told yet. ``comparable``: something was
    asked in both windows. ``more_rounds``: about how many more rounds would be needed if the change is real;
    None if something is told, or if they are more than ``FAR``. ``other_size``: the team grew or shrank by
    more than a third. ``retranslated``: a statement was asked with other words in a language in between; a
    language that is new counts as no change.
    """

    claims: tuple[Claim, ...] = ()
    comparable: bool = False
    more_rounds: int | None = None
    other_size: bool = False
    retranslated: bool = False


NOTHING_COMPARED = Comparison()


def window_of(results: Iterable[Result]) -> Window:
    """Return the window of these rounds. ``results``: oldest first. Withheld rounds add nothing."""
    askings: list[Asking] = []
    people: list[int] = []
    for round_, result in results:
        if not isinstance(result, Published) or not round_.prompt.reflects:
            continue
        people.append(result.audience)
        prompt = round_.prompt
        asked = {statement.id: statement for statement in prompt.statements}
        own_id = f"{round_.prompt.dimension}{ANCHOR_SUFFIX}"
        for one in result.statements:
            if one.statement.endswith(ANCHOR_SUFFIX) and one.counts:
                asking = Asking(
                    statement=asked[one.statement],
                    side=prompt.side if one.statement == own_id else _other(prompt.side),
                    counts=one.counts,
                    translations=prompt.translations,
                )
                askings.append(asking)
    return Window(askings=tuple(askings), people=fmean(people) if people else 0.0)


def between_cycles(before: Window, now: Window) -> Comparison:
    """Return what has moved from one cycle to the next.

    Only like is compared with like: a statement in the same words, and a side over the statements of both
    windows, each equally often. So a missing or withheld round, or a resting statement, never looks like
    movement.
    """
    pairs = _Pairs(
        sides={side: _balanced(before.of(side), now.of(side)) for side in SIDES},
        statements={one: (before.asked(one), now.asked(one)) for one in now.statements},
    )
    return _compare(pairs, before, now, side_cut=SIDE_CUT, least=1)


def within_cycle(results: Sequence[Result]) -> Comparison:
    """Compare the newest askings with all before them. ``results``: of the channel, oldest first.

    Returns nothing unless the number of shown rounds is a multiple of three. A statement needs two askings in
    each window and a side three, with one of them since the last look, so that nothing is repeated without
    news.
    """
    shown = [one for one in results if isinstance(one[1], Published) and one[0].prompt.reflects]
    if len(shown) % LOOK_EVERY:
        return NOTHING_COMPARED
    shown = shown[-LOOK_BACK:]
    whole, news = window_of(shown), window_of(shown[-LOOK_EVERY:])
    askings = {statement: whole.asked(statement) for statement in news.statements}
    sides = {side: whole.of(side) for side in SIDES if news.of(side)}
    pairs = _Pairs(
        sides={side: _balanced(all_[:-LEAST_OF_SIDE], all_[-LEAST_OF_SIDE:]) for side, all_ in sides.items()},
        statements={
            statement: (all_[:-LEAST_ASKINGS], all_[-LEAST_ASKINGS:]) for statement, all_ in askings.items()
        },
    )
    return _compare(
        pairs, window_of(shown[:-LOOK_EVERY]), news, side_cut=WITHIN_CYCLE_CUT, least=LEAST_ASKINGS
    )


_Askings = tuple[Asking, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pairs:
    """The askings of each side and each statement, before and now."""

    sides: Mapping[Side, tuple[_Askings, _Askings]]
    statements: Mapping[Statement, tuple[_Askings, _Askings]]


def _compare(pairs: _Pairs, before: Window, now: Window, *, side_cut: float, least: int) -> Comparison:
    sides = [
        _claim(there, here, whole_side=True)
        for there, here in pairs.sides.values()
        if min(len(there), len(here)) >= LEAST_OF_SIDE
    ]
    statements = [
        _claim(there, here, whole_side=False)
        for there, here in pairs.statements.values()
        if min(len(there), len(here)) >= least
    ]
    moved_sides = [one for one in sides if _is_sure(one, side_cut)]
    moved_statements = [
        one for one in statements if _is_sure(one, STATEMENT_CUT) and abs(one.movement.middle) >= LEAST_CHANGE
    ]
    strongest = sorted(moved_statements, key=_size, reverse=True)[:MOST_STATEMENTS]
    claims = sorted(_joined(moved_sides, strongest), key=_size, reverse=True)
    return Comparison(
        claims=tuple(claims),
        comparable=bool(sides or statements),
        more_rounds=None if claims else _more_rounds(sides, pairs, side_cut),
        other_size=_is_other_size(before.people, now.people),
        retranslated=any(_is_retranslated((*then, *now)) for then, now in pairs.statements.values() if then),
    )


def _claim(before: _Askings, now: _Askings, *, whole_side: bool) -> Claim:
    there, here = ([count for asking in askings for count in asking.counts] for askings in (before, now))
    return Claim(
        side=now[-1].side,
        whole_side=whole_side,
        statements=() if whole_side else (now[-1].statement,),
        movement=moved(there, here),
        then=share(there),
        now=share(here),
    )


def _is_sure(claim: Claim, cut: float) -> bool:
    return max(claim.movement.probability, 1 - claim.movement.probability) >= cut


def _size(claim: Claim) -> float:
    return abs(claim.movement.middle)


def _joined(sides: Sequence[Claim], several: Sequence[Claim]) -> Iterator[Claim]:
    """Yield one claim for each side, joined with its own statements that moved with it, then the others."""
    left = list(several)
    for side in sides:
        own = [one for one in left if one.side is side.side and one.up == side.up]
        left = [one for one in left if one not in own]
        yield replace(side, statements=tuple(statement for one in own for statement in one.statements))
    yield from left


def _balanced(before: _Askings, now: _Askings) -> tuple[_Askings, _Askings]:
    """Return the newest askings of each statement, equally many in both windows."""
    least = {
        statement: min(
            sum(one.statement == statement for one in before), sum(one.statement == statement for one in now)
        )
        for statement in {one.statement for one in now}
    }
    return _newest(before, least), _newest(now, least)


def _newest(askings: _Askings, wanted: Mapping[Statement, int]) -> _Askings:
    left = dict(wanted)
    found: list[Asking] = []
    for one in reversed(askings):
        if left.get(one.statement, 0):
            left[one.statement] -= 1
            found.append(one)
    return tuple(reversed(found))


def _more_rounds(sides: Sequence[Claim], pairs: _Pairs, cut: float) -> int | None:
    """Return about how many more rounds the side nearest to certainty needs; None if too many.

    This takes the present change as the true one; the width of its interval shrinks with the root of the
    number of askings (the normal approximation). Every second round asks a side.
    """
    wanted = NormalDist().inv_cdf(cut)
    needed = [
        2 * len(pairs.sides[one.side][1]) * ((wanted / _in_deviations(one.movement)) ** 2 - 1)
        for one in sides
        if one.movement.middle
    ]
    least = max(1, ceil(min(needed, default=FAR + 1)))
    return least if least <= FAR else None


def _is_other_size(before: float, now: float) -> bool:
    return bool(before and now) and not 1 / GREW_BY <= now / before <= GREW_BY


def _is_retranslated(askings: Iterable[Asking]) -> bool:
    """Return whether these askings of the same words have two translations into one language."""
    words: dict[str, str] = {}
    for one in askings:
        id_ = one.statement.id
        for language, texts in one.translations.items():
            text = texts.get(id_)
            if text is not None and words.setdefault(language, text) != text:
                return True
    return False


def _in_deviations(movement: Movement) -> float:
    """Return the mean change in standard deviations, derived from the central 80 % interval."""
    deviation = (movement.high - movement.low) / (2 * NormalDist().inv_cdf(1 - TAIL))
    return abs(movement.middle) / deviation


def _other(side: Side) -> Side:
    """Return the side of the partner's anchor."""
    return {Side.INCLUSION: Side.BELONGING, Side.BELONGING: Side.INCLUSION}.get(side, Side.GROUND)
