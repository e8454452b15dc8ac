from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.demo.clock import AdjustableClock

START = datetime(2026, 11, 24, 9, tzinfo=UTC)


def test_a_clock_that_does_not_tick_stands_still_while_real_time_passes() -> None:
    real = iter([0.0, 5.0, 9.0])
    clock = AdjustableClock(START, real=lambda: next(real))
    assert clock.now() == START


def test_a_ticking_clock_moves_with_real_time_from_when_it_was_set_ticking() -> None:
    real = [0.0]
    clock = AdjustableClock(START, real=lambda: real[0])
    real[0] = 10.0
    clock.ticking = True
    real[0] = 13.0
    assert START + timedelta(seconds=3) == clock.now()


def test_moving_backward_is_refused() -> None:
    with pytest.raises(ValueError, match="backward"):
        AdjustableClock(START, real=lambda: 0.0).advance(timedelta(seconds=-1))


@given(st.lists(st.tuples(st.floats(-5, 5), st.floats(0, 1e6), st.booleans()), max_size=20))
def test_the_clock_never_goes_backward(steps: list[tuple[float, float, bool]]) -> None:
    real = [100.0]
    clock = AdjustableClock(START, real=lambda: real[0])
    told = clock.now()
    for drift, step, ticking in steps:
        real[0] += drift
        clock.ticking = ticking
        clock.advance(timedelta(seconds=step))
        assert told <= clock.now()
        told = clock.now()
