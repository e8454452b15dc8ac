"""The Timer port: APScheduler's and the fake, held to the same contract."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from bot.app import system_clock
from bot.ports import Timer
from bot.timer import ALARM, AlarmTimer
from tests.fakes.timer import FakeTimer

LATER = datetime(2126, 1, 1, tzinfo=UTC)
Armed = Callable[[], Sequence[datetime]]


def the_real_one() -> Iterator[tuple[Timer, Armed]]:
    timer = AlarmTimer(system_clock, system_clock)
    timer.start(lambda: None)

    def armed() -> Sequence[datetime]:
        ids = (job.id for job in timer._scheduler.get_jobs() if job.id.startswith(ALARM))
        return sorted(datetime.fromisoformat(id_.removeprefix(ALARM)) for id_ in ids)

    yield timer, armed
    timer.stop()


def the_fake() -> Iterator[tuple[Timer, Armed]]:
    fake = FakeTimer()
    yield fake, lambda: fake.armed


@pytest.fixture(params=[the_real_one, the_fake], ids=["apscheduler", "memory"])
def case(request: pytest.FixtureRequest) -> Iterator[tuple[Timer, Armed]]:
    yield from request.param()


def test_it_is_armed_with_these_times(case: tuple[Timer, Armed]) -> None:
    timer, armed = case

    timer.arm([LATER, LATER + timedelta(days=1)])

    assert [LATER, LATER + timedelta(days=1)] == list(armed())


def test_what_was_armed_before_is_replaced(case: tuple[Timer, Armed]) -> None:
    timer, armed = case
    timer.arm([LATER])

    timer.arm([LATER + timedelta(days=2)])

    assert [LATER + timedelta(days=2)] == list(armed())


def test_nothing_can_be_armed(case: tuple[Timer, Armed]) -> None:
    timer, armed = case
    timer.arm([LATER])

    timer.arm([])

    assert [] == list(armed())


def test_it_is_alive_from_its_start_to_its_stop() -> None:
    timer = AlarmTimer(system_clock, system_clock)
    assert not timer.is_alive()
    timer.start(lambda: None)
    assert timer.is_alive()

    timer.stop()

    assert not timer.is_alive()
