"""Attacks on the round that decides: what do its result and the known answers tell of another person?

All worlds are enumerated. Of each proposal a person says *I would try it*, *I see harm in it*, or nothing.
What people say of one proposal binds them in no other, so a world is one pair of counts for each proposal,
and what an observer cannot rule out is found proposal by proposal. An answer of another person is ruled out
where a result that is possible with some answer of theirs is impossible with this one.
"""

from collections.abc import Callable, Collection, Hashable, Iterator, Sequence
from functools import cache
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.choosing import SEES_HARM, WOULD_TRY
from bot.core.counts import LEAST_ANSWERS, count_of, merged_end
from bot.core.model import RoundKind, StatementId
from bot.core.release import Published, release
from bot.core.replies import Reply
from tests.core.norm_rounds import asking

pytestmark = pytest.mark.attack

ANSWERS = (WOULD_TRY, SEES_HARM, None)
LETTERS = "abcd"
NONE_FITS = (0, 0)
"""The counts of a proposal that does not qualify, for all that the rule looks at."""

Counts = tuple[int, int]
"""How many would try a proposal, and how many see harm in it."""

World = tuple[Counts, ...]
Shown = Callable[[World, int], Hashable]
Seen = Callable[[Counts, int], Counts]


@cache
def shown(world: World, people: int) -> Hashable:
    """The real result of so many replies with these counts."""
    return release(
        asking(RoundKind.CHOOSE, *LETTERS[: len(world)]), replies(world, people), seed=1, names=frozenset()
    )


def replies(world: World, people: int) -> list[Reply]:
    columns = [
        [WOULD_TRY] * tries + [SEES_HARM] * harm + [None] * (people - tries - harm) for tries, harm in world
    ]
    return [
        Reply(
            answers={
                StatementId(letter): column[person]
                for letter, column in zip(LETTERS, columns, strict=False)
                if column[person] is not None
            }
        )
        for person in range(people)
    ]


def everything(counts: Counts, _: int) -> Counts:
    return counts


def what_the_rule_looks_at(counts: Counts, people: int) -> Counts:
    """Whether a proposal qualifies and, if so, how many would try it."""
    tries, harm = counts
    end = merged_end(people)
    return (tries, 0) if tries > end and harm <= end else NONE_FITS


def possible(given_: Sequence[int | None], people: int, seen: Seen) -> frozenset[Counts]:
    """The counts of one proposal that can come about where these answers are among the replies."""
    tries, harm, free = given_.count(WOULD_TRY), given_.count(SEES_HARM), people - len(given_)
    return frozenset(
        seen((tries + more, harm + worse), people)
        for more in range(free + 1)
        for worse in range(free - more + 1)
    )


def observers(known: int, proposals: int) -> Iterator[tuple[tuple[int | None, ...], ...]]:
    """The answers of so many people to each proposal, in every way."""
    return product(product(ANSWERS, repeat=known), repeat=proposals)


def ruled_out(
    people: int, proposals: int, known: int, what: Shown = shown, seen: Seen = everything
) -> list[tuple[Hashable, Hashable, Hashable]]:
    """What is ruled out: the known answers, the result, and the answers that another cannot have given."""
    results: dict[tuple[frozenset[Counts], ...], Collection[Hashable]] = {}

    def results_with(columns: tuple[frozenset[Counts], ...]) -> Collection[Hashable]:
        if columns not in results:
            results[columns] = frozenset(what(world, people) for world in product(*columns))
        return results[columns]

    columns = {answers: possible(answers, people, seen) for answers in product(ANSWERS, repeat=known + 1)}
    found = []
    for mine in observers(known, proposals):
        of_another = {
            theirs: results_with(tuple(columns[*own, one] for own, one in zip(mine, theirs, strict=True)))
            for theirs in product(ANSWERS, repeat=proposals)
        }
        every = frozenset[Hashable]().union(*of_another.values())
        found += [
            (mine, result, theirs)
            for theirs, results_then in of_another.items()
            for result in every - frozenset(results_then)
        ]
    return found


@pytest.mark.parametrize("known", [0, 1])
@pytest.mark.parametrize("people", range(5, 10))
@pytest.mark.parametrize("proposals", [1, 2])
def test_whoever_knows_no_or_one_answer_rules_no_answer_out_for_anybody(
    people: int, proposals: int, known: int
) -> None:
    assert [] == ruled_out(people, proposals, known)


@pytest.mark.parametrize("known", [0, 1])
@pytest.mark.parametrize("people", range(5, 10))
@pytest.mark.parametrize("proposals", [3, 4])
def test_nor_among_three_or_four_proposals(people: int, proposals: int, known: int) -> None:
    assert [] == ruled_out(people, proposals, known, seen=what_the_rule_looks_at)


@given(st.data())
def test_a_result_depends_on_nothing_but_what_the_rule_looks_at(data: st.DataObject) -> None:
    people = data.draw(st.integers(5, 14))
    counts = st.integers(0, people).flatmap(
        lambda tries: st.tuples(st.just(tries), st.integers(0, people - tries))
    )
    world = tuple(data.draw(st.lists(counts, min_size=1, max_size=4)))

    plain = tuple(what_the_rule_looks_at(one, people) for one in world)
    assert shown(world, people) == shown(plain, people)


@pytest.mark.parametrize("proposals", [1, 2])
def test_two_who_compare_rule_nothing_out_from_twelve_replies_on(proposals: int) -> None:
    assert [] == ruled_out(12, proposals, 2, seen=what_the_rule_looks_at)


@pytest.mark.parametrize("people", range(5, 12))
def test_under_twelve_two_who_both_saw_harm_in_what_is_tried_know_that_nobody_else_did(people: int) -> None:
    """The residual that form and documentation state."""
    both_saw_harm = ((SEES_HARM, SEES_HARM),)

    found = {theirs for mine, _, theirs in ruled_out(people, 1, 2) if mine == both_saw_harm}

    assert (SEES_HARM,) in found


# What each part of the rule is there for.


def chosen_by(world: World, able: Callable[[Counts], bool]) -> int | None:
    """The place of the proposal with most who would try it, among those that qualify."""
    fitting = [place for place, counts in enumerate(world) if able(counts)]
    return min(fitting, key=lambda place: (-world[place][0], place), default=None)


def counted_of_those_who_said_something(world: World, people: int) -> Hashable:
    """The mutant that leaves out who said nothing of the proposal."""
    end = merged_end(people)
    place = chosen_by(world, lambda counts: counts[0] > end and counts[1] <= end)
    if place is None:
        return None
    tries, harm = world[place]
    said = tries + harm
    return place, count_of(tries, said) if said >= LEAST_ANSWERS else None


def without_a_limit_on_harm(world: World, people: int) -> Hashable:
    """The mutant that tries what most would try, and says that so few see harm only where it is so."""
    end = merged_end(people)
    place = chosen_by(world, lambda counts: counts[0] > end)
    if place is None:
        return None
    tries, harm = world[place]
    return place, count_of(tries, people), harm <= end


def only_if_nobody_sees_harm(world: World, people: int) -> Hashable:
    end = merged_end(people)
    place = chosen_by(world, lambda counts: counts[0] > end and not counts[1])
    return None if place is None else (place, count_of(world[place][0], people))


def with_the_others_counts(world: World, people: int) -> Hashable:
    return shown(world, people), tuple(count_of(tries, people) for tries, _ in world)


@pytest.mark.parametrize("known", [0, 1])
@pytest.mark.parametrize("people", range(6, 10))
@pytest.mark.parametrize(
    "mutant",
    [counted_of_those_who_said_something, without_a_limit_on_harm, only_if_nobody_sees_harm],
)
def test_the_mutant_rules_an_answer_out(mutant: Shown, people: int, known: int) -> None:
    assert ruled_out(people, 1, known, mutant)
    assert ruled_out(people, 2, known, mutant)


def test_the_mutant_that_shows_how_many_would_try_the_others_rules_an_answer_out() -> None:
    assert ruled_out(6, 2, 1, with_the_others_counts)


def test_who_says_nothing_of_any_proposal_counts_among_all_who_replied() -> None:
    world = ((4, 0), (0, 3))

    result = shown(world, 9)

    assert isinstance(result, Published)
    assert [(StatementId("a"), count_of(4, 9))] == [(one.statement, one.count) for one in result.statements]


def test_nothing_else_is_released_whatever_a_reply_holds() -> None:
    round_ = asking(RoundKind.CHOOSE, "a", "b", tags=("harm",))
    said = [
        Reply(
            answers={StatementId("a"): WOULD_TRY},
            text=f"I see harm in it {number}",
            tags=("harm",),
            quotable=True,
        )
        for number in range(12)
    ]

    result = release(round_, said, seed=1, names=frozenset())

    assert isinstance(result, Published)
    assert ((), (), ()) == (result.quotes, result.tags, result.proposals)
