"""Find out, by enumeration, whether published counts of one statement make somebody's answer certain.

Everybody gives one answer, the same in every round that they reply to: who changes their mind only makes the
observer less certain. The observer knows who replied where, and every published count. What matters of a set
of people who replied in the same rounds is how many of them agree, so worlds are counted by such sets.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache
from itertools import product

from bot.core.counts import LEAST_ANSWERS, Count, count_of

Shape = tuple[tuple[int, int], ...]
"""By rounds, as the bits of a number: how many people replied in exactly these rounds. Sorted, none empty."""

NOBODY = 0
"""What the observer knows instead of the answer of somebody who replied in some rounds."""


def shape_of(rounds: Sequence[AbstractSet[int]]) -> Shape:
    """Return the shape of these sets of people who replied; a round under five replies publishes nothing."""
    shown = [people for people in rounds if len(people) >= LEAST_ANSWERS]
    places = Counter(
        sum(1 << place for place, people in enumerate(shown) if person in people)
        for person in frozenset().union(*shown)
    )
    return tuple(sorted(places.items()))


def knowable(shape: Shape) -> tuple[int, ...]:
    """Return what an observer may know: nobody's answer, or that of one who replied in these rounds."""
    return (NOBODY, *(rounds for rounds, _ in shape))


@dataclass(frozen=True, slots=True)
class _Shown:
    """A count that a round may publish, with the worlds that give it, as the bits of a number.

    ``may_agree``, ``may_not``: those in which one who replied in this round alone may agree, or not.
    """

    worlds: int
    may_agree: int
    may_not: int


@cache
def certain(shape: Shape, known: int = NOBODY) -> bool:
    """Whether any counts that these rounds may publish leave one answer to somebody else than the observer.

    ``known``: the observer knows the answer of one person who replied in these rounds. It is "does not
    agree": the other answer is its mirror image, as ``count_of`` is.
    """
    left = {rounds: people - (rounds == known) for rounds, people in shape}
    shared = [rounds for rounds in left if rounds.bit_count() > 1]
    worlds = list(product(*(range(left[rounds] + 1) for rounds in shared)))
    agree = [_bits(world[at] > 0 for world in worlds) for at in range(len(shared))]
    disagree = [_bits(world[at] < left[shared[at]] for world in worlds) for at in range(len(shared))]
    people = [
        (one, other) for at, (one, other) in enumerate(zip(agree, disagree, strict=True)) if left[shared[at]]
    ]
    places = [1 << place for place in range(max(rounds for rounds, _ in shape).bit_length())]
    shown = []
    for place in places:
        of = sum(number for rounds, number in shape if rounds & place)
        beside = tuple(
            sum(number for rounds, number in zip(shared, world, strict=True) if rounds & place)
            for world in worlds
        )
        shown.append(_shown_of(of, left.get(place, 0), beside))
    alone = [left.get(place, 0) > 0 for place in places]
    for counts in product(*shown):
        possible = -1
        for count in counts:
            possible &= count.worlds
        if not possible:
            continue
        if not all(possible & one and possible & other for one, other in people):
            return True
        for is_there, count in zip(alone, counts, strict=True):
            if is_there and not (possible & count.may_agree and possible & count.may_not):
                return True
    return False


@cache
def _shown_of(of: int, alone: int, beside: tuple[int, ...]) -> tuple[_Shown, ...]:
    """Return every count of a round in which ``alone`` people replied to no other round.

    ``beside``: by world, how many of the people shared with other rounds agree.
    """
    reachable = {agreed + rest for rest in set(beside) for agreed in range(alone + 1)}
    return tuple(_worlds_of(count, alone, beside) for count in {count_of(agreed, of) for agreed in reachable})


def _worlds_of(count: Count, alone: int, beside: Sequence[int]) -> _Shown:
    ranges = [(max(0, count.low - rest), min(alone, count.high - rest)) for rest in beside]
    return _Shown(
        worlds=_bits(low <= high for low, high in ranges),
        may_agree=_bits(low <= high and high > 0 for low, high in ranges),
        may_not=_bits(low <= high and low < alone for low, high in ranges),
    )


def _bits(worlds: Iterator[bool]) -> int:
    return sum(1 << place for place, there in enumerate(worlds) if there)


def certain_one_by_one(rounds: Sequence[Collection[int]], known: int | None = None) -> bool:
    """Whether an answer becomes certain: the same as ``certain``, person by person and answer by answer."""
    people = sorted(frozenset().union(*rounds))
    possible: defaultdict[tuple[object, ...], list[set[bool]]] = defaultdict(lambda: [set() for _ in people])
    for answers in product((False, True), repeat=len(people)):
        world = dict(zip(people, answers, strict=True))
        seen = tuple(count_of(sum(world[person] for person in who), len(who)) for who in rounds)
        own = None if known is None else world[known]
        for left, answer in zip(possible[seen, own], answers, strict=True):
            left.add(answer)
    return any(
        len(answers) == 1
        for left in possible.values()
        for person, answers in zip(people, left, strict=True)
        if person != known
    )
