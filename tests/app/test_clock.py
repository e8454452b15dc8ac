"""The bot's clock: the machine's while it is right, Slack's while it is off; the log hears of it once."""

import logging
from datetime import UTC, datetime, timedelta

import pytest

from bot.clock import ONE_CALL_S, CheckedClock, uptime_s
from bot.core.clock import Trust

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


class Machine:
    """A machine whose clock can be set, and whose seconds pass."""

    def __init__(self) -> None:
        self.off = timedelta(0)
        self.elapsed = 500.0
        self.clock = CheckedClock(lambda: self.real() + self.off, lambda: self.elapsed)

    def real(self) -> datetime:
        return NOON + timedelta(seconds=self.elapsed - 500)

    def hear(self) -> None:
        self.clock.listen()(self.real())


def said(caplog: pytest.LogCaptureFixture) -> list[tuple[str, object, object]]:
    return [(one.getMessage(), one.__dict__.get("code"), one.__dict__.get("count")) for one in caplog.records]


@pytest.mark.parametrize("off", [timedelta(days=400), timedelta(hours=-1), timedelta(days=-1)])
def test_while_the_machine_is_off_the_time_is_slacks_and_goes_on(off: timedelta) -> None:
    machine = Machine()
    machine.hear()
    machine.off = off
    machine.elapsed += 60

    assert Trust.OFF is machine.clock.state().trust
    assert NOON + timedelta(minutes=1) == machine.clock.now()


def test_a_clock_that_is_a_little_off_is_left_alone() -> None:
    machine = Machine()
    machine.hear()
    machine.off = timedelta(seconds=100)

    assert NOON + machine.off == machine.clock.now()


def test_each_change_is_told_once_with_nothing_but_how_far(caplog: pytest.LogCaptureFixture) -> None:
    machine = Machine()
    with caplog.at_level(logging.INFO, "bot"):
        machine.clock.state()
        machine.clock.state()
        machine.hear()
        machine.off = timedelta(days=400)
        machine.clock.state()
        machine.clock.state()
        machine.off = timedelta(hours=-1)
        machine.clock.state()
        machine.off = timedelta(0)
        machine.clock.state()
        machine.clock.state()

    assert said(caplog) == [
        ("clock not checked yet", "slack_silent", None),
        ("clock off", "ahead", 400 * 86400),
        ("clock right again", None, None),
    ]


def test_a_clock_that_is_right_from_the_start_is_no_line(caplog: pytest.LogCaptureFixture) -> None:
    machine = Machine()
    machine.hear()
    with caplog.at_level(logging.INFO, "bot"):
        machine.clock.state()

    assert said(caplog) == []


def test_an_answer_that_took_long_tells_nothing() -> None:
    machine = Machine()
    hear, then = machine.clock.listen(), machine.real()
    machine.elapsed += ONE_CALL_S + 1

    hear(then)

    assert Trust.UNKNOWN is machine.clock.state().trust


def test_a_signed_request_tells_that_the_machine_is_behind_and_an_old_one_nothing() -> None:
    machine = Machine()
    machine.hear()

    machine.clock.hear_request(machine.real() - timedelta(minutes=4))
    assert Trust.RIGHT is machine.clock.state().trust
    machine.clock.hear_request(machine.real() + timedelta(minutes=4))
    assert timedelta(minutes=-4) == machine.clock.state().ahead


def test_the_seconds_of_the_machine_never_go_back() -> None:
    assert uptime_s() <= uptime_s()


def test_what_one_workspace_has_stored_says_nothing_of_the_time_in_another() -> None:
    machine = Machine()
    other = machine.clock.over_other_data()
    other.remember(NOON - timedelta(days=90))

    assert NOON - timedelta(days=90) == other.state().newest
    assert machine.clock.state().newest is None
    machine.hear()
    assert Trust.RIGHT is other.state().trust


def test_a_change_is_told_once_for_all_workspaces(caplog: pytest.LogCaptureFixture) -> None:
    machine = Machine()
    with caplog.at_level(logging.INFO, "bot"):
        for clock in (machine.clock, machine.clock.over_other_data(), machine.clock.over_other_data()):
            clock.state()

    assert [("clock not checked yet", "slack_silent", None)] == said(caplog)
