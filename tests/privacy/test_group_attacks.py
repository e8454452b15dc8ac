"""Attacks on the tenure groups: what do observers learn where groups are shown, and where they are not?

As in ``test_release_attacks``: all worlds are enumerated, and an observer knows the result and the choices of
``known`` people. A choice is here a tenure group with an answer. The mutants show which part of the rule each
attack is kept off by.
"""

from collections.abc import Hashable, Iterator
from dataclasses import replace
from itertools import product

import pytest

from bot.core.audiences import may_ask
from bot.core.counts import Count, count_of
from bot.core.model import MemberId, Round, StatementId
from bot.core.release import GroupCount, Published, Release, StatementRelease, release
from bot.core.replies import Reply, Tenure
from tests.privacy.test_release_attacks import (
    ANCHOR,
    OWN,
    World,
    crowd,
    least_left,
    members,
    possibilities,
    released,
    round_of,
    worlds,
)

pytestmark = pytest.mark.attack

NEWER, LONGER, UNSAID = Tenure
CHOICES = tuple(product(Tenure, (True, False)))
"""A group, and whether to agree."""

REPLIES = [Reply(answers={OWN: 4 if agrees else 2}, tenure=group) for group, agrees in CHOICES]


def asking(*statements: StatementId) -> Round:
    """A round that also asks how long people have been there."""
    round_ = round_of(*statements)
    return replace(round_, prompt=replace(round_.prompt, asks_tenure=True))


BY_GROUP = released(asking(OWN), REPLIES)
IN_TOTAL = released(round_of(OWN), REPLIES)


def in_groups(newer: int, longer: int, unsaid: int = 0) -> Iterator[World]:
    """All worlds in which the groups have these sizes, which the result tells."""
    for one, other, rest in product(range(newer + 1), range(longer + 1), range(unsaid + 1)):
        yield one, newer - one, other, longer - other, rest, unsaid - rest


def sides(choices: set[int]) -> dict[Tenure, set[bool]]:
    """By group that another person may be in: whether they may have agreed."""
    found: dict[Tenure, set[bool]] = {}
    for choice in choices:
        group, agrees = CHOICES[choice]
        found.setdefault(group, set()).add(agrees)
    return found


def first(result: Hashable) -> StatementRelease:
    assert isinstance(result, Published)
    return result.statements[0]


@pytest.mark.parametrize("known", [0, 1])
@pytest.mark.parametrize("people", [5, 9, 10, 11, 12])
def test_one_colleague_rules_out_neither_an_answer_nor_a_group_of_another(people: int, known: int) -> None:
    """Whether groups are shown or not is itself a result, and told by nothing but their sizes."""
    found = possibilities(worlds(people, 6), BY_GROUP, known=known)
    assert any(first(result).groups for result, _ in found) is (people >= 10)
    for (result, _), left in found.items():
        assert all(answers == {True, False} for answers in sides(left).values())
        assert {NEWER, LONGER} <= set(sides(left))
        assert first(result).groups or UNSAID in sides(left)


@pytest.mark.parametrize("known", [0, 1])
@pytest.mark.parametrize(
    ("newer", "longer", "unsaid"), [(5, 5, 0), (5, 8, 0), (7, 12, 0), (9, 15, 0), (5, 5, 5), (5, 9, 6)]
)
def test_in_groups_of_any_size_another_may_have_agreed_or_not(
    newer: int, longer: int, unsaid: int, known: int
) -> None:
    there = 3 if unsaid else 2
    found = possibilities(in_groups(newer, longer, unsaid), BY_GROUP, known=known)
    assert all(first(result).groups for result, _ in found)
    assert {2 * there} == set(map(len, found.values()))


def test_two_who_compare_rule_out_nothing_where_both_groups_have_twelve_answers() -> None:
    assert least_left(in_groups(12, 12), BY_GROUP, known=2) == 4


def test_two_who_compare_learn_a_side_at_most_in_a_group_of_fewer_than_twelve() -> None:
    """The residual that the promise states; it holds for each group by itself."""
    found = possibilities(in_groups(9, 12), BY_GROUP, known=2)
    assert all(sides(left)[LONGER] == {True, False} for left in found.values())
    assert any(sides(left)[NEWER] != {True, False} for left in found.values())


def test_a_total_made_of_the_groups_bounds_says_no_more_than_they_do() -> None:
    """Scoring, trend, cycle and gap use it."""

    def with_the_sum(world: World) -> Hashable:
        return BY_GROUP(world), first(BY_GROUP(world)).total

    for known in (0, 1):
        plain = possibilities(worlds(10, 6), BY_GROUP, known=known)
        more = possibilities(worlds(10, 6), with_the_sum, known=known)
        assert len(plain) == len(more)
        assert list(plain.values()) == list(more.values())


TWO_STATEMENTS = [
    Reply(answers={OWN: own} | ({ANCHOR: 4} if answers else {}), tenure=group)
    for group, own, answers in product((NEWER, LONGER), (4, 2), (True, False))
]


@pytest.mark.parametrize("known", [0, 1])
def test_one_statement_by_group_and_another_in_total_say_no_more_than_each_alone(known: int) -> None:
    """Where somebody did not answer the second one, it may be in total while the first is by group."""
    found = possibilities(worlds(10, 8), released(asking(OWN, ANCHOR), TWO_STATEMENTS), known=known)
    kinds = {
        tuple(bool(statement.groups) for statement in result.statements)
        for result, _ in found
        if isinstance(result, Published)
    }
    assert {(True, False), (True, True), (False, False)} == kinds
    for left in found.values():
        given = {(TWO_STATEMENTS[choice].tenure, TWO_STATEMENTS[choice].answers[OWN]) for choice in left}
        assert set(product((NEWER, LONGER), (4, 2))) == given


# The mutants.


@pytest.mark.parametrize(("newer", "longer"), [(5, 5), (5, 8), (7, 12)])
def test_the_mutant_that_shows_groups_and_their_total_gives_somebody_away(newer: int, longer: int) -> None:
    def both(world: World) -> Hashable:
        return BY_GROUP(world), IN_TOTAL(world)

    assert least_left(in_groups(newer, longer), BY_GROUP, known=0) == 4
    assert least_left(in_groups(newer, longer), both, known=0) < 4


def unguarded(agreed: int, answered: int) -> Hashable:
    """``count_of`` without its floor of five answers; of one or two people it would say nothing at all."""
    if agreed >= answered - 2:
        return answered, answered - 2, answered
    return answered, 0, 2


@pytest.mark.parametrize("small", [3, 4])
def test_the_mutant_that_shows_a_group_under_the_threshold_gives_somebody_away(small: int) -> None:
    def groups(world: World) -> Hashable:
        return unguarded(world[0], small), count_of(world[2], 8)

    found = possibilities(in_groups(small, 8), groups, known=1)
    assert any(sides(left).get(NEWER) == {False} for left in found.values())


@pytest.mark.parametrize("unsaid", [1, 2, 3, 4])
def test_the_mutant_that_shows_groups_beside_few_who_did_not_say_gives_these_away(unsaid: int) -> None:
    """To whoever knows a total: from an export, a notification, another channel of the same people."""

    def groups_and_a_total_from_elsewhere(world: World) -> Hashable:
        shown = count_of(world[0], 6), count_of(world[2], 6)
        return *shown, count_of(world[0] + world[2] + world[4], 12 + unsaid)

    found = possibilities(in_groups(6, 6, unsaid), groups_and_a_total_from_elsewhere, known=0)
    assert any(len(sides(left)[UNSAID]) == 1 for left in found.values())


@pytest.mark.parametrize("unsaid", [3, 4])
def test_the_mutant_that_counts_few_who_did_not_say_by_themselves_gives_these_away(unsaid: int) -> None:
    def three_groups(world: World) -> Hashable:
        return count_of(world[0], 6), count_of(world[2], 6), unguarded(world[4], unsaid)

    found = possibilities(in_groups(6, 6, unsaid), three_groups, known=1)
    assert any(sides(left).get(UNSAID) == {False} for left in found.values())


@pytest.mark.parametrize("sizes", [(4, 9, 0), (9, 4, 0), (6, 6, 1), (6, 6, 4)])
def test_what_the_mutants_show_the_rule_shows_in_total(sizes: tuple[int, int, int]) -> None:
    assert all(BY_GROUP(world) == IN_TOTAL(world) for world in in_groups(*sizes))


def test_a_quote_says_nothing_of_its_writers_group() -> None:
    def result(group: Tenure) -> Release:
        writers = [
            Reply(answers={OWN: 4}, text=f"this is thought {place}", quotable=True, tenure=group)
            for place in range(3)
        ]
        others = [Reply(answers={OWN: 4}, tenure=other) for other in (NEWER, LONGER) for _ in range(8)]
        return release(asking(OWN), [*others, *writers], seed=7, names=frozenset())

    one, other = result(NEWER), result(LONGER)
    assert isinstance(one, Published)
    assert isinstance(other, Published)
    assert one.quotes == other.quotes
    assert len(one.quotes) == 3


# Other channels.


def of_the_same_statement(group: int, others: int) -> Iterator[tuple[Count, Count, int]]:
    """A group of one channel that lies within another: what both show, and how many of the others agree."""
    for agreed, rest in product(range(group + 1), range(others + 1)):
        yield count_of(agreed, group), count_of(agreed + rest, group + others), rest


def test_a_group_within_another_channel_would_show_that_all_the_others_there_agree() -> None:
    answers: dict[tuple[Count, Count], set[int]] = {}
    for here, there, rest in of_the_same_statement(9, 5):
        answers.setdefault((here, there), set()).add(rest)
    assert {5} in answers.values()

    team, newer = members(*range(24)), range(9)
    there = members(*newer, *range(100, 105))
    assert not may_ask(len(team & there))


def test_the_total_of_the_same_people_in_another_channel_would_stand_beside_the_groups() -> None:
    team: frozenset[MemberId] = members(*range(24))
    assert not may_ask(len(team & team))


def test_the_order_of_groups_says_nothing() -> None:
    replies = crowd((3, 3, 4, 4, 5, 2), REPLIES)
    result = release(asking(OWN), replies[::-1], seed=1, names=frozenset())
    groups = [part.group for part in first(result).groups]
    assert [NEWER, LONGER, UNSAID] == groups
    assert all(isinstance(part, GroupCount) for part in first(result).groups)
