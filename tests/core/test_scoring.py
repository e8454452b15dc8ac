"""Shown counts as shares, added up and compared; and what the two sides say together."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.counts import Count, count_of, pooled
from bot.core.inference import Level, gap, level
from bot.core.scoring import Pair, pair_of, share_of, stands_out, turned


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


@given(counts())
def test_a_statement_turned_twice_is_the_same(count: Count) -> None:
    assert count == turned(turned(count))


@given(counts())
def test_a_statement_turned_is_low_where_it_was_high(count: Count) -> None:
    mirrored = {Level.HIGH: Level.LOW, Level.LOW: Level.HIGH, Level.MIXED: Level.MIXED}

    assert level([turned(count)]) is mirrored[level([count])]


def test_the_gap_of_the_example() -> None:
    assert Pair.WELCOMED_NOT_SHAPING is pair_of([Count(of=14, low=11, high=14)], [exact(5, 14)])


def test_one_round_of_five_never_shows_a_gap() -> None:
    for welcome in range(6):
        for shaping in range(6):
            assert None is gap([count_of(welcome, 5)], [count_of(shaping, 5)])


def test_small_teams_meet_the_gap_when_rounds_are_pooled() -> None:
    assert gap([count_of(5, 5)] * 7, [count_of(0, 5)] * 7)


@given(counts(), counts())
def test_a_gap_is_never_named_where_inclusion_is_low(inclusion: Count, belonging: Count) -> None:
    if level([inclusion]) is Level.LOW:
        assert None is gap([inclusion], [belonging])


@given(counts(), counts())
def test_the_two_sides_say_one_thing_or_nothing(inclusion: Count, belonging: Count) -> None:
    found = pair_of([inclusion], [belonging])
    levels = (level([inclusion]), level([belonging]))

    assert (found is Pair.WELCOMED_NOT_SHAPING) == (gap([inclusion], [belonging]) is not None)
    if found is not Pair.WELCOMED_NOT_SHAPING:
        assert (found is not None) == (Level.MIXED not in levels and levels != (Level.HIGH, Level.LOW))


def test_a_side_that_was_not_shown_says_nothing() -> None:
    assert None is pair_of([], [exact(9, 14)])
    assert None is pair_of([exact(9, 14)], [])


@given(counts(), counts())
def test_of_two_shares_at_most_one_stands_out(one: Count, other: Count) -> None:
    first, second = (float(share_of(count).middle) for count in (one, other))
    answers = min(one.of, other.of)

    assert not (stands_out(first, second, answers) and stands_out(second, first, answers))
