"""Attacks by subtraction: are counts of one statement, asked of partly the same people, safe together?

Under the rule (at most ``MOST_SHARED`` people shared with the union of all earlier audiences) they are: for
two, three and four audiences, whoever replies, for observers who know nobody's answer or one person's. The
rules that were tried before are the mutants. How worlds are counted: ``tests/privacy/subtraction.py``.
"""

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from functools import cache
from itertools import permutations, product
from random import Random

import pytest

from bot.core.audiences import MOST_SHARED, may_ask
from bot.core.counts import LEAST_ANSWERS, count_of
from tests.privacy.subtraction import NOBODY, Shape, certain, certain_one_by_one, knowable, shape_of

pytestmark = pytest.mark.attack

SIZES = range(5, 10)
WIDE = (11, 12, 13)
"""Where the ends of a count begin to merge three people instead of two."""

People = AbstractSet[int]
Rule = Callable[[int, int, int], bool]
"""Whether a second audience may be asked: how many are in the first alone, in the second alone, in both."""


def leaks(shape: Shape) -> bool:
    """Whether anybody's answer becomes certain to an observer who knows nobody's answer, or one person's."""
    return any(certain(shape, known) for known in knowable(shape)) if shape else False


def pair(first: int, second: int, both: int) -> Shape:
    return tuple((rounds, number) for rounds, number in ((1, first), (2, second), (3, both)) if number)


def audiences(sizes: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """Two audiences of these sizes with every overlap: in the first alone, in the second alone, in both."""
    for first, second in product(sizes, repeat=2):
        for both in range(min(first, second) + 1):
            yield first - both, second - both, both


@cache
def replies_of(first: int, second: int, both: int) -> frozenset[Shape]:
    """Return every shape of who replied, of two audiences: who is in both, to none, one or both rounds."""
    found = set[Shape]()
    for to_both in range(both + 1):
        for to_first in range(both - to_both + 1):
            for to_second in range(both - to_both - to_first + 1):
                ones = range(max(0, LEAST_ANSWERS - to_both), first + to_first + 1)
                others = range(max(0, LEAST_ANSWERS - to_both), second + to_second + 1)
                found |= {pair(one, other, to_both) for one, other in product(ones, others)}
    return frozenset(found)


def the_rule(first: int, second: int, both: int) -> bool:
    del first, second
    return may_ask(both)


def leaking(rule: Rule, sizes: Sequence[int] = SIZES, *, all_reply: bool = False) -> list[Shape]:
    """Return the shapes of two rounds that this rule lets be asked and that make an answer certain."""
    found = set[Shape]()
    for first, second, both in audiences(sizes):
        if rule(first, second, both):
            found |= {pair(first, second, both)} if all_reply else replies_of(first, second, both)
    return sorted(filter(leaks, found))


# The rule.


def test_the_number_that_the_enumeration_holds_for_is_two() -> None:
    assert MOST_SHARED == 2
    assert [True, True, True, False] == [may_ask(shared) for shared in range(4)]


@pytest.mark.parametrize("sizes", [SIZES, WIDE, (5, 9, 12)])
def test_two_rounds_that_share_two_people_give_nobody_away_whoever_replies(sizes: Sequence[int]) -> None:
    """Who does not reply was away, left, or was removed after the opening: the audience is frozen."""
    assert leaking(the_rule, sizes) == []


def three_rounds(sizes: Sequence[int], most: int = MOST_SHARED, *, united: bool = True) -> frozenset[Shape]:
    """Every way in which three rounds may be asked one after another, each shape once in whatever order.

    ``united``: counted against all earlier audiences together; else (a mutant) against each by itself.
    """
    found = set[Shape]()
    for of in product(sizes, repeat=3):
        for first, second, third, everywhere in product(range(most + 1), repeat=4):
            overlaps = (first + everywhere, second + everywhere, third + everywhere)
            alone = (of[0] - first - overlaps[1], of[1] - first - overlaps[2], of[2] - second - overlaps[2])
            if max(overlaps) > most or min(alone) < 0 or (united and second + overlaps[2] > most):
                continue
            places = (
                *zip((1, 2, 4), alone, strict=True),
                (3, first),
                (5, second),
                (6, third),
                (7, everywhere),
            )
            found.add(in_one_order(tuple((rounds, number) for rounds, number in places if number)))
    return frozenset(found)


def in_one_order(shape: Shape) -> Shape:
    """The same shape, for all orders in which its three rounds may stand."""
    return min(
        tuple(
            sorted(
                (sum(1 << order[at] for at in range(3) if rounds >> at & 1), number)
                for rounds, number in shape
            )
        )
        for order in permutations(range(3))
    )


@pytest.mark.parametrize("sizes", [(5, 6, 7), SIZES, (5, 12)])
def test_three_rounds_that_each_share_two_people_with_all_before_give_nobody_away(
    sizes: Sequence[int],
) -> None:
    """Fewer replies, or other people in one round than in another, make a shape that is among these, too.

    So do tenure groups, which are disjoint: of two groups in one channel and a second channel, all three
    rounds here count as audiences.
    """
    shapes = three_rounds(sizes)
    assert len(shapes) > 50
    assert not list(filter(leaks, shapes))


def grown(chance: Random, rounds: int, shared: int) -> list[frozenset[int]]:
    """Return who replied, of audiences at random that each share so many people with all earlier ones."""
    asked: list[frozenset[int]] = []
    newest = 0
    for _ in range(rounds):
        before = sorted(frozenset().union(*asked))
        known = chance.sample(before, min(len(before), chance.randint(0, shared)))
        size = chance.choice((5, 5, 6, 7, 8))
        fresh = range(newest, newest + size - len(known))
        newest = fresh.stop
        asked.append(frozenset((*known, *fresh)))
    return [frozenset(chance.sample(sorted(who), chance.randint(5, len(who)))) for who in asked]


@pytest.mark.parametrize("seed", range(4))
def test_four_rounds_that_each_share_two_people_with_all_before_give_nobody_away(seed: int) -> None:
    chance = Random(seed)
    shapes = {shape_of(grown(chance, 4, MOST_SHARED)) for _ in range(500)}
    assert len(shapes) > 300
    assert not list(filter(leaks, shapes))


# The mutants.


def near_equal(first: int, second: int, both: int, threshold: int = LEAST_ANSWERS) -> bool:
    """Compare live memberships, as the old rule did: it refused two that were nearly equal."""
    if not first and not second:
        return False
    nested = both > 0 and not (first and second)
    return nested or 1 <= first < threshold or 1 <= second < threshold


def first_repair(first: int, second: int, both: int) -> bool:
    """The first repair: at least the threshold in each audience and not in the other, or nobody in both."""
    return not both or min(first, second) >= LEAST_ANSWERS


def test_the_mutant_that_compares_live_memberships_gives_somebody_away() -> None:
    """The old rule, with nobody moved: the same people twice, or half of them, and somebody stays away."""
    found = leaking(lambda *two: not near_equal(*two), range(5, 8))
    assert pair(0, 1, 5) in found
    assert not leaks(pair(0, 0, 6))


def test_the_mutant_that_compares_live_memberships_gives_somebody_away_where_everybody_replies() -> None:
    assert pair(5, 5, 4) in leaking(lambda *two: not near_equal(*two), all_reply=True)


@pytest.mark.parametrize("size", range(6, 14))
def test_the_mutant_that_skips_a_channel_it_no_longer_sees_gives_the_one_left_out_away(size: int) -> None:
    """Ask x, then remove the bot, delete x, or swap people in: y is x minus one, and compared with nobody."""
    assert leaks(pair(1, 0, size - 1))


def test_the_first_repair_as_a_mutant_gives_somebody_away_where_those_who_differ_stay_away() -> None:
    found = leaking(first_repair, (10, 11))
    assert pair(0, 1, 5) in found
    assert pair(1, 0, 5) in found


def test_the_first_repair_as_a_mutant_gives_somebody_away_where_everybody_replies() -> None:
    found = leaking(first_repair, range(9, 12), all_reply=True)
    assert pair(5, 5, 4) in found


@pytest.mark.parametrize(("most", "found"), [(2, False), (3, True), (4, True)])
def test_three_shared_people_give_somebody_away_to_one_who_knows_an_answer(most: int, *, found: bool) -> None:
    for first, second in product(SIZES, repeat=2):
        assert leaks(pair(first - most, second - most, most)) is found
    assert bool(leaking(lambda _, __, both: both <= most)) is found


@pytest.mark.parametrize(("most", "found"), [(2, False), (3, False), (4, True)])
def test_four_shared_people_give_somebody_away_even_to_an_outsider(most: int, *, found: bool) -> None:
    for first, second in product(SIZES, repeat=2):
        assert certain(pair(first - most, second - most, most), NOBODY) is found


@pytest.mark.parametrize("most", [3, 4])
def test_from_twelve_answers_on_the_ends_alone_would_allow_more_but_not_everybody_answers(most: int) -> None:
    """Ends of three people hide an overlap of four; but nothing makes all twelve of an audience reply."""
    assert not leaking(lambda _, __, both: both == most, (12, 13), all_reply=True)
    assert leaking(lambda _, __, both: both == most, (12,))


def test_the_mutant_that_compares_with_each_earlier_audience_by_itself_gives_somebody_away() -> None:
    """Two people shared with each of two others make four, which is why earlier audiences are united."""
    by_itself = three_rounds((5, 6, 7), united=False)
    found = set(filter(leaks, by_itself))
    assert found
    assert not found & three_rounds((5, 6, 7))


@pytest.mark.parametrize("most", [3, 4])
def test_the_mutants_that_share_more_give_somebody_away_in_three_rounds_as_well(most: int) -> None:
    assert any(map(leaks, three_rounds((5, 6), most)))


def test_the_mutant_that_shares_three_gives_somebody_away_in_four_rounds() -> None:
    chance = Random(1)
    assert any(leaks(shape_of(grown(chance, 4, 3))) for _ in range(200))


# The enumeration itself.


@pytest.mark.parametrize("of", range(5, 40))
def test_a_count_is_its_own_mirror_image_so_that_one_known_answer_stands_for_the_other(of: int) -> None:
    for agreed in range(of + 1):
        count, mirror = count_of(agreed, of), count_of(of - agreed, of)
        assert (of - mirror.high, of - mirror.low) == (count.low, count.high)


SMALL = [
    (range(5), range(both_from, both_from + size))
    for size in (5, 6)
    for both_from in range(6)
]  # fmt: skip
THREE = [
    ({0, 1, 2, 3, 4}, {0, 1, 5, 6, 7}, {1, 5, 8, 9, 10}),
    ({0, 1, 2, 3, 4}, {3, 4, 5, 6, 7}, {6, 7, 8, 0, 1}),
    ({0, 1, 2, 3, 4}, {0, 1, 2, 3, 4}, {0, 1, 2, 3, 4}),
    ({0, 1, 2, 3, 4, 5}, {1, 2, 3, 4, 5}, {0, 6, 7, 8, 9}),
    ({0, 1, 2, 3, 4}, {4, 5, 6, 7, 8}, {0, 2, 4, 6, 8}),
]


@pytest.mark.parametrize("rounds", [*SMALL, *THREE])
def test_counting_by_sets_finds_what_going_from_person_to_person_finds(
    rounds: Sequence[Sequence[int]],
) -> None:
    sets = [frozenset(people) for people in rounds]
    shape = shape_of(sets)
    assert certain(shape) is certain_one_by_one(sets)
    for known, _ in shape:
        one = next(
            person
            for person in frozenset().union(*sets)
            if known == sum(1 << place for place, people in enumerate(sets) if person in people)
        )
        assert certain(shape, known) is certain_one_by_one(sets, one)
