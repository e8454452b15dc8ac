"""What shown counts say about a team: laws of the readings, and how often they are right."""

from collections.abc import Sequence
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.counts import Count, count_of
from bot.core.inference import Level, gap, level, moved, share
from bot.core.model import Side
from tests.core.team_simulation import TEAMS, counts_of, team

SIDES = (Side.INCLUSION, Side.BELONGING)
WELCOMED_NOT_SHAPING = {Side.INCLUSION: 0.85, Side.BELONGING: 0.5, Side.GROUND: 0.5}

SIMULATED = 400
"""So many teams of each size; ``make bench`` simulates 2,000."""

CLOSE = 0.004
"""Two thirds of a step of the grid; about so far its numbers may be from the exact ones."""


@st.composite
def shown_counts(draw: st.DrawFn) -> Count:
    answered = draw(st.integers(min_value=5, max_value=40))
    return count_of(draw(st.integers(min_value=0, max_value=answered)), answered)


windows = st.lists(shown_counts(), min_size=1, max_size=6)


def exact(agreed: int, of: int) -> Count:
    return Count(of=of, low=agreed, high=agreed)


def mirrored(counts: Sequence[Count]) -> list[Count]:
    return [Count(of=one.of, low=one.of - one.high, high=one.of - one.low) for one in counts]


def beta_below(a: int, b: int, at: float) -> float:
    """The regularised incomplete beta function for whole numbers, as a binomial tail (DLMF 8.17.5)."""
    n = a + b - 1
    return sum(comb(n, k) * at**k * (1 - at) ** (n - k) for k in range(a, n + 1))


def beta_quantile(a: int, b: int, part: float) -> float:
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if beta_below(a, b, middle) < part else (low, middle)
    return low


@given(
    st.lists(
        st.integers(5, 60).flatmap(lambda of: st.builds(exact, st.integers(0, of), st.just(of))), max_size=4
    )
)
def test_exact_counts_agree_with_the_beta_posterior(counts: list[Count]) -> None:
    a = 2 + sum(count.low for count in counts)
    b = 2 + sum(count.of - count.low for count in counts)

    found = share(counts)

    assert found.middle == pytest.approx(a / (a + b), abs=CLOSE)
    assert found.low == pytest.approx(beta_quantile(a, b, 0.1), abs=CLOSE)
    assert found.high == pytest.approx(beta_quantile(a, b, 0.9), abs=CLOSE)


@given(windows)
def test_a_share_lies_in_its_interval(counts: list[Count]) -> None:
    found = share(counts)

    assert 0 < found.low <= found.middle <= found.high < 1


@given(windows, shown_counts(), st.data())
def test_more_agreement_never_lowers_a_share(counts: list[Count], count: Count, data: st.DataObject) -> None:
    more = count_of(data.draw(st.integers(count.low, count.of)), count.of)
    less, greater = share([*counts, count]), share([*counts, more])
    if more.low >= count.low:
        assert greater.low >= less.low - 1e-9
        assert greater.middle >= less.middle - 1e-9
        assert greater.high >= less.high - 1e-9


@given(windows)
def test_reversed_counts_mirror_a_share(counts: list[Count]) -> None:
    one, other = share(counts), share(mirrored(counts))

    assert one.middle == pytest.approx(1 - other.middle)
    assert (one.low, one.high) == pytest.approx((1 - other.high, 1 - other.low))


@given(windows, windows)
def test_a_change_backwards_is_the_change_mirrored(before: list[Count], now: list[Count]) -> None:
    there, back = moved(before, now), moved(now, before)

    assert there.probability == pytest.approx(1 - back.probability)
    assert (there.low, there.middle, there.high) == pytest.approx((-back.high, -back.middle, -back.low))
    assert there.low <= there.middle <= there.high


@given(windows)
def test_nothing_has_moved_between_equal_windows(counts: list[Count]) -> None:
    change = moved(counts, counts)

    assert change.probability == pytest.approx(0.5)
    assert change.middle == pytest.approx(0, abs=1e-12)


@given(st.integers(5, 40), st.integers(1, 4), st.data())
def test_a_wider_end_is_never_less_open(of: int, askings: int, data: st.DataObject) -> None:
    """The interval of "8 or more of 11" reaches as far up as that of "9 or more of 11", and further down.

    It is a law for counts that say the same. Where counts contradict each other, as 0 of 10 and 10 of 10 do,
    one that says nothing in place of the other leaves less doubt, not more.
    """
    low = data.draw(st.integers(0, of))
    lower = data.draw(st.integers(0, low))
    narrow, wide = (share([Count(of=of, low=one, high=of)] * askings) for one in (low, lower))

    assert wide.low <= narrow.low + 1e-9
    assert wide.high <= narrow.high + 1e-9
    assert wide.high - wide.low >= narrow.high - narrow.low - CLOSE


@given(windows)
def test_the_order_of_the_counts_changes_nothing(counts: list[Count]) -> None:
    assert share(counts[::-1]) == share(counts)


def test_a_large_team_is_read_without_underflow() -> None:
    found = share([exact(450, 900)] * 6)

    assert 0.49 < found.low < found.middle < found.high < 0.51


def test_without_a_count_the_prior_is_all_there_is() -> None:
    assert share([]).middle == pytest.approx(0.5)
    assert level([]) is Level.MIXED
    assert gap([], []) is None


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ([exact(8, 12)] * 2, Level.MIXED),
        ([Count(of=12, low=9, high=12)] * 2, Level.HIGH),
        ([Count(of=12, low=0, high=3)] * 2, Level.LOW),
        ([exact(6, 12)], Level.MIXED),
        ([exact(4, 6)], Level.MIXED),
    ],
)
def test_a_level_is_named_where_it_is_sure(counts: list[Count], said: Level) -> None:
    assert level(counts) is said


@pytest.mark.parametrize(("size", "participation"), TEAMS)
def test_four_of_five_intervals_hold_the_true_share(size: int, participation: float) -> None:
    held = shown = 0
    for number in range(SIMULATED):
        simulated = team(size, participation, f"coverage {size} {number}")
        counts = counts_of(simulated.cycle(dict.fromkeys(Side, 0.5)), Side.BELONGING)
        found = share(counts)
        shown += bool(counts)
        held += bool(counts) and found.low <= simulated.true_share(0.5) <= found.high

    assert 0.75 <= held / shown <= 0.92


@pytest.mark.parametrize(
    ("size", "participation", "least"), [(6, 0.8, 0.45), (8, 0.75, 0.75), (12, 0.75, 0.95)]
)
def test_a_gap_is_named_where_there_is_one(size: int, participation: float, least: float) -> None:
    named = 0
    for number in range(SIMULATED):
        results = team(size, participation, f"gap {size} {number}").cycle(WELCOMED_NOT_SHAPING)
        named += gap(*(counts_of(results, side) for side in SIDES)) is not None

    assert named / SIMULATED >= least


def test_a_gap_is_seldom_named_where_there_is_none() -> None:
    """Seven in ten agree on both sides, where it is named most often; each size by itself: ``make bench``."""
    named = 0
    for size, participation in TEAMS:
        for number in range(SIMULATED):
            results = team(size, participation, f"no gap {size} {number}").cycle(dict.fromkeys(Side, 0.7))
            named += gap(*(counts_of(results, side) for side in SIDES)) is not None

    assert named / (SIMULATED * len(TEAMS)) <= 0.04
