"""What shown counts say: readings, gaps and changes, in exact fractions."""

import random
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.release import Count, count_of
from bot.core.scoring import (
    Gap,
    Movement,
    Pair,
    Reading,
    chance_people,
    gap_between,
    is_worth_naming,
    movement,
    pair_of,
    pooled,
    reading,
    share_of,
    shrunk,
    sure_range,
    turned,
)


@st.composite
def counts(draw: st.DrawFn) -> Count:
    answered = draw(st.integers(min_value=5, max_value=60))
    return count_of(draw(st.integers(min_value=0, max_value=answered)), answered)


def exact(agreed: int, of: int) -> Count:
    return Count(of=of, low=agreed, high=agreed)


@given(counts())
def test_a_share_lies_between_nothing_and_all(count: Count) -> None:
    share = share_of(count)

    assert 0 <= share.low <= share.middle <= share.high <= 1


@given(st.lists(counts(), min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_pooled_rounds_never_matters(rounds: list[Count], chance: random.Random) -> None:
    shuffled = rounds[:]
    chance.shuffle(shuffled)

    assert pooled(rounds) == pooled(shuffled)


def test_nothing_cannot_be_pooled() -> None:
    with pytest.raises(ValueError, match="no count"):
        pooled([])


@pytest.mark.parametrize(
    ("count", "word"),
    [
        (exact(6, 10), Reading.HIGH),
        (exact(5, 10), Reading.MIXED),
        (exact(4, 10), Reading.LOW),
        (Count(of=14, low=11, high=14), Reading.HIGH),
        (Count(of=5, low=0, high=2), Reading.LOW),
        (Count(of=5, low=3, high=5), Reading.HIGH),
    ],
)
def test_a_share_is_high_low_or_mixed_by_both_of_its_ends(count: Count, word: Reading) -> None:
    assert word is reading(share_of(count))


def test_the_sure_range_of_the_example() -> None:
    assert (5, 9) == sure_range(exact(5, 14), 18)


def test_under_seven_in_ten_there_is_no_sure_range() -> None:
    assert None is sure_range(exact(5, 12), 18)
    assert (5, 10) == sure_range(exact(5, 13), 18)


@given(counts(), st.integers(min_value=0, max_value=20))
def test_the_sure_range_covers_whatever_the_silent_ones_think(count: Count, silent: int) -> None:
    found = sure_range(count, count.of + silent)

    if found:
        assert found[0] <= count.low
        assert count.high <= found[1] <= count.of + silent


@pytest.mark.parametrize(("answers", "people"), [(5, 3), (8, 3), (14, 4), (20, 5), (30, 6), (98, 15)])
def test_how_many_people_can_be_chance(answers: int, people: int) -> None:
    assert people == chance_people(answers)


@given(st.integers(min_value=5, max_value=2000))
def test_chance_people_is_the_least_difference_worth_naming(answers: int) -> None:
    people = chance_people(answers)

    assert is_worth_naming(Fraction(people, answers), answers)
    assert not is_worth_naming(Fraction(people - 1, answers), answers)


def test_the_gap_of_the_example() -> None:
    assert Gap(people=6, of=14) == gap_between([Count(of=14, low=11, high=14)], [exact(5, 14)])


def test_one_round_of_fewer_than_seven_never_shows_a_gap() -> None:
    for answered in (5, 6):
        for welcome in range(answered + 1):
            for shaping in range(answered + 1):
                assert None is gap_between([count_of(welcome, answered)], [count_of(shaping, answered)])


def test_small_teams_meet_the_gap_when_rounds_are_pooled() -> None:
    assert gap_between([count_of(5, 5)] * 7, [count_of(0, 5)] * 7)


@given(counts(), counts())
def test_a_gap_is_never_named_where_inclusion_is_not_high(inclusion: Count, belonging: Count) -> None:
    if reading(share_of(inclusion)) is not Reading.HIGH:
        assert None is gap_between([inclusion], [belonging])


@given(counts(), counts())
def test_a_movement_up_is_the_other_way_a_movement_down(now: Count, before: Count) -> None:
    turned = {Movement.UP: Movement.DOWN, Movement.DOWN: Movement.UP, Movement.UNCLEAR: Movement.UNCLEAR}

    assert turned[movement(now, before)] is movement(before, now)


@pytest.mark.parametrize("people", [5, 8, 14, 20, 30])
def test_in_a_team_in_which_nothing_changes_chance_is_named_a_change_in_at_most_one_case_in_ten(
    people: int,
) -> None:
    """Simulated teams: five-point answers, people and days that differ, about 78 % who reply."""
    chance, named, tries = random.Random(people), 0, 400

    def asked(leanings: list[float]) -> Count:
        answers = [lean + chance.gauss(0, 0.75) for lean in leanings if chance.random() < 0.78]
        while len(answers) < 5:
            answers.append(chance.gauss(3.5, 1.06))
        return count_of(sum(answer >= 3.5 for answer in answers), len(answers))

    for _ in range(tries):
        leanings = [chance.gauss(3.6, 0.75) for _ in range(people)]
        named += movement(asked(leanings), asked(leanings)) is not Movement.UNCLEAR

    assert named <= tries / 10


@pytest.mark.parametrize("people", [5, 8, 14, 20, 30])
def test_over_a_cycle_chance_is_named_a_change_in_at_most_one_case_in_ten(people: int) -> None:
    """The same teams, four askings to a cycle, pooled by their shown bounds."""
    chance, named, tries = random.Random(people), 0, 200
    for _ in range(tries):
        leanings = [chance.gauss(3.6, 0.75) for _ in range(people)]
        now, before = (pooled([simulated(chance, leanings) for _ in range(4)]) for _ in range(2))
        named += movement(now, before) is not Movement.UNCLEAR

    assert named <= tries / 10


@pytest.mark.parametrize("people", [8, 14, 30])
@pytest.mark.parametrize("askings", [1, 4])
def test_where_a_fifth_of_the_team_is_new_chance_is_named_a_change_hardly_more_often(
    people: int, askings: int
) -> None:
    """Newcomers lean as the team does: one case in eight at most, where one in ten is the rule."""
    chance, named, tries = random.Random(people), 0, 400
    for _ in range(tries):
        leanings = [chance.gauss(3.6, 0.75) for _ in range(people)]
        later = [chance.gauss(3.6, 0.75) if chance.random() < 0.2 else lean for lean in leanings]
        now, before = (
            pooled([simulated(chance, team) for _ in range(askings)]) for team in (later, leanings)
        )
        named += movement(now, before) is not Movement.UNCLEAR

    assert named <= tries / 8


@pytest.mark.parametrize("people", [8, 14, 30])
@pytest.mark.parametrize("askings", [1, 7])
def test_where_both_sides_are_alike_chance_names_a_gap_in_at_most_one_case_in_ten(
    people: int, askings: int
) -> None:
    chance, named, tries = random.Random(people), 0, 200
    for _ in range(tries):
        leanings = [chance.gauss(4.0, 0.75) for _ in range(people)]
        sides = [[simulated(chance, leanings) for _ in range(askings)] for _ in range(2)]
        named += gap_between(*sides) is not None

    assert named <= tries / 10


def simulated(chance: random.Random, leanings: list[float]) -> Count:
    """One asking of a team that does not change: about 78 % reply, each as the day goes."""
    answers = [lean + chance.gauss(0, 0.75) for lean in leanings if chance.random() < 0.78]
    while len(answers) < 5:
        answers.append(chance.gauss(3.6, 1.06))
    return count_of(sum(answer >= 3.5 for answer in answers), len(answers))


def test_a_change_that_is_there_is_named_too() -> None:
    chance, named, tries = random.Random(14), 0, 200
    for _ in range(tries):
        leanings = [chance.gauss(3.2, 0.75) for _ in range(14)]
        before = pooled([simulated(chance, leanings) for _ in range(4)])
        now = pooled([simulated(chance, [lean + 1.2 for lean in leanings]) for _ in range(4)])
        named += movement(now, before) is Movement.UP

    assert named >= tries * 3 / 4


@given(counts())
def test_a_statement_turned_twice_is_the_same(count: Count) -> None:
    assert count == turned(turned(count))


@given(counts(), st.fractions(min_value=0, max_value=1))
def test_a_shrunk_share_lies_between_its_own_and_the_teams(count: Count, team: Fraction) -> None:
    own = share_of(count).middle

    assert min(own, team) <= shrunk(count, team) <= max(own, team)


def test_of_two_topics_alike_the_one_with_few_replies_is_pulled_further() -> None:
    few, many = exact(5, 5), exact(50, 50)

    assert shrunk(few, Fraction(1, 2)) < shrunk(many, Fraction(1, 2))


def test_without_a_time_before_it_is_too_early() -> None:
    assert Movement.TOO_EARLY is movement(exact(9, 14), None)


@given(counts(), counts())
def test_the_two_sides_say_one_thing_or_nothing(inclusion: Count, belonging: Count) -> None:
    found = pair_of([inclusion], [belonging])
    readings = (reading(share_of(inclusion)), reading(share_of(belonging)))

    assert (found is Pair.WELCOMED_NOT_SHAPING) == (gap_between([inclusion], [belonging]) is not None)
    if found is not Pair.WELCOMED_NOT_SHAPING:
        assert (found is not None) == (
            Reading.MIXED not in readings and readings != (Reading.HIGH, Reading.LOW)
        )


def test_a_side_that_was_not_shown_says_nothing() -> None:
    assert None is pair_of([], [exact(9, 14)])
    assert None is gap_between([exact(9, 14)], [])
