"""Whether a clock can be believed: what Slack has told, and how long it has been silent."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.clock import (
    CLOCK_OFF,
    IN_THE_FUTURE,
    NEAR_THE_STORED,
    RIGHT,
    SILENCE,
    ClockState,
    Sighting,
    Trust,
    after_request,
    believed,
    clock_state,
)

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
TOLD = Sighting(slack_at=NOON, elapsed_s=10.0)


@pytest.mark.parametrize("way", [1, -1])
@pytest.mark.parametrize(
    ("off", "trust"),
    [
        (timedelta(0), Trust.RIGHT),
        (CLOCK_OFF, Trust.RIGHT),
        (CLOCK_OFF + SECOND, Trust.OFF),
        (timedelta(hours=1), Trust.OFF),
        (timedelta(days=400), Trust.OFF),
    ],
)
def test_a_clock_is_off_from_two_minutes_on_whichever_way(way: int, off: timedelta, trust: Trust) -> None:
    state = clock_state(NOON + way * off, 10.0, TOLD)

    assert (trust, way * off) == (state.trust, state.ahead)


def test_a_clock_that_is_moved_later_is_noticed_without_another_word_of_slack() -> None:
    an_hour_later = 10.0 + 3600

    assert Trust.RIGHT is clock_state(NOON + timedelta(hours=1), an_hour_later, TOLD).trust
    assert Trust.OFF is clock_state(NOON, an_hour_later, TOLD).trust
    assert Trust.OFF is clock_state(NOON + timedelta(hours=2), an_hour_later, TOLD).trust


@given(st.floats(0, 1e7), st.integers(-(10**8), 10**8))
def test_the_time_that_slack_told_goes_on_by_elapsed_seconds_alone(elapsed_s: float, off_s: int) -> None:
    machine = TOLD.slack_time(elapsed_s) + timedelta(seconds=off_s)

    state = clock_state(machine, elapsed_s, TOLD)

    assert state.ahead == timedelta(seconds=off_s)
    assert (state.trust is Trust.OFF) == (abs(off_s) > 120)


def test_before_slack_has_told_its_time_nothing_is_known() -> None:
    state = clock_state(NOON, 60.0, None)

    assert ClockState(trust=Trust.UNKNOWN, silence=timedelta(minutes=1)) == state


@pytest.mark.parametrize("newest", [None, NOON, NOON - timedelta(days=30)])
def test_what_slack_has_told_decides_and_not_what_is_stored(newest: datetime | None) -> None:
    off = ClockState(trust=Trust.OFF, ahead=timedelta(hours=1), silence=2 * SILENCE, newest=newest)

    assert believed(replace(RIGHT, newest=newest), NOON)
    assert not believed(off, NOON)


@pytest.mark.parametrize(
    ("silence", "since_newest", "wanted"),
    [
        (timedelta(0), timedelta(0), False),
        (SILENCE - SECOND, timedelta(0), False),
        (SILENCE, timedelta(0), True),
        (SILENCE, NEAR_THE_STORED, True),
        (SILENCE, -NEAR_THE_STORED, True),
        (SILENCE, NEAR_THE_STORED + SECOND, False),
        (SILENCE, -NEAR_THE_STORED - SECOND, False),
        (timedelta(days=9), timedelta(days=400), False),
    ],
)
def test_after_fifteen_minutes_of_silence_a_clock_near_what_is_stored_is_believed(
    silence: timedelta, since_newest: timedelta, *, wanted: bool
) -> None:
    state = ClockState(trust=Trust.UNKNOWN, silence=silence, newest=NOON - since_newest)

    assert wanted is believed(state, NOON + silence)


def test_a_clock_that_was_believed_stays_so_however_long_slack_is_silent() -> None:
    silence = timedelta(days=30)
    state = ClockState(trust=Trust.UNKNOWN, silence=silence, newest=NOON)

    assert believed(state, NOON + silence)
    assert not believed(state, NOON + silence + timedelta(days=400))


def test_after_the_silence_an_empty_store_speaks_against_no_clock() -> None:
    assert believed(ClockState(trust=Trust.UNKNOWN, silence=SILENCE), NOON)


def test_a_request_signed_later_than_slack_was_thought_to_be_tells_the_time() -> None:
    later = Sighting(slack_at=NOON + timedelta(hours=1), elapsed_s=10.0)

    assert later == after_request(TOLD, later)
    assert later == after_request(None, later)


@pytest.mark.parametrize("age", [timedelta(0), timedelta(minutes=4), timedelta(days=30), -CLOCK_OFF])
def test_an_old_request_that_is_repeated_tells_nothing(age: timedelta) -> None:
    """Somebody who has listened in could else make the clock look wrong, and hold every close up."""
    assert TOLD == after_request(TOLD, Sighting(slack_at=NOON - age, elapsed_s=10.0))


def test_what_two_clocks_that_are_both_believed_can_have_written_is_not_in_the_future() -> None:
    assert IN_THE_FUTURE > 2 * CLOCK_OFF
