"""The alarm clock: it rings for what is armed and for nothing else, and stops when it is told to."""

import logging
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.app import system_clock
from bot.errors import StoreError
from bot.timer import ALARM, HEARTBEAT_S, AlarmTimer
from tests.patience import PATIENCE_S

FUTURE = datetime(2100, 1, 1, 9, 0, tzinfo=UTC)


class Rings:
    """Counts rings, and can wait for one."""

    def __init__(self, then: Callable[[], None] = lambda: None) -> None:
        self.count = 0
        self._then = then
        self._changed = threading.Condition()

    def __call__(self) -> None:
        self._then()
        with self._changed:
            self.count += 1
            self._changed.notify_all()

    def reach(self, count: int) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self.count >= count, timeout=PATIENCE_S)


@pytest.fixture
def timer() -> Iterator[AlarmTimer]:
    timer = AlarmTimer(system_clock, system_clock)
    yield timer
    timer.stop()


def alarms(timer: AlarmTimer) -> set[str]:
    return {job.id.removeprefix(ALARM) for job in timer._scheduler.get_jobs() if job.id.startswith(ALARM)}


def test_it_rings_at_the_start_for_whatever_was_missed(timer: AlarmTimer) -> None:
    rings = Rings()

    timer.start(rings)

    assert rings.reach(1)


def test_it_rings_at_an_armed_time(timer: AlarmTimer) -> None:
    rings = Rings()
    timer.start(rings)
    assert rings.reach(1)

    timer.arm([system_clock()])

    assert rings.reach(2)


def test_arming_replaces_what_was_armed(timer: AlarmTimer) -> None:
    timer.start(Rings())

    timer.arm([FUTURE, FUTURE + timedelta(hours=1)])
    timer.arm([FUTURE + timedelta(hours=2)])

    assert alarms(timer) == {"2100-01-01T11:00:00+00:00"}


@pytest.mark.parametrize("back", [timedelta(hours=1), timedelta(days=1)])
def test_the_heartbeat_goes_on_wherever_the_clock_is_set(back: timedelta) -> None:
    set_back = [timedelta(0)]
    clock = lambda: system_clock() - set_back[0]  # noqa: E731 - a clock that somebody sets
    timer = AlarmTimer(clock, clock, heartbeat_s=0.001)
    rings = Rings()
    timer.start(rings)
    assert rings.reach(1)

    timer.arm([FUTURE])
    set_back[0] = back

    assert rings.reach(rings.count + 3)
    timer.stop()


def test_the_heartbeat_comes_within_a_minute() -> None:
    assert HEARTBEAT_S <= 60


def test_one_time_twice_is_one_alarm(timer: AlarmTimer) -> None:
    timer.start(Rings())

    timer.arm([FUTURE, FUTURE])

    assert alarms(timer) == {FUTURE.isoformat()}


def test_arming_before_the_start_counts_too(timer: AlarmTimer) -> None:
    rings = Rings()
    timer.arm([FUTURE])

    timer.start(rings)

    assert rings.reach(1)
    assert alarms(timer) == {FUTURE.isoformat()}


def test_a_time_of_a_moved_clock_rings_by_the_clock_of_the_wall() -> None:
    """In the local workspace the clock runs ahead; an alarm still comes after as many real seconds."""
    ahead = timedelta(days=3)
    timer = AlarmTimer(lambda: system_clock() + ahead, system_clock)
    rings = Rings()
    timer.start(rings)
    assert rings.reach(1)

    timer.arm([system_clock() + ahead])

    assert rings.reach(2)
    timer.stop()


def test_a_ring_may_arm_the_timer_and_so_may_the_last_one(timer: AlarmTimer) -> None:
    rings = Rings(then=lambda: timer.arm([FUTURE]))

    timer.start(rings)

    assert rings.reach(1)
    timer.stop()


def test_stopping_waits_for_the_ring_under_way_and_no_ring_comes_after(timer: AlarmTimer) -> None:
    entered, go = threading.Event(), threading.Event()

    def slow() -> None:
        entered.set()
        go.wait(PATIENCE_S)

    rings = Rings(then=slow)
    timer.start(rings)
    assert entered.wait(PATIENCE_S)
    timer.arm([system_clock()])
    stopping = threading.Thread(target=timer.stop)
    stopping.start()
    go.set()
    stopping.join(5)

    assert not stopping.is_alive()
    rung = rings.count
    timer._woken.set()
    assert rings.count == rung
    assert timer._worker
    assert not timer._worker.is_alive()


def test_stopping_in_the_middle_of_arming_never_locks() -> None:
    for _ in range(20):
        timer = AlarmTimer(system_clock, system_clock)
        rings = Rings(then=lambda timer=timer: timer.arm([system_clock(), FUTURE]))
        timer.start(rings)
        assert rings.reach(1)
        stopping = threading.Thread(target=timer.stop)
        stopping.start()
        stopping.join(5)
        assert not stopping.is_alive()


@pytest.mark.parametrize(
    ("error", "code"),
    [(ValueError("what nobody may read in a log"), "ValueError"), (StoreError("full"), "store")],
)
def test_a_ring_that_fails_does_not_silence_the_next(
    timer: AlarmTimer, caplog: pytest.LogCaptureFixture, error: Exception, code: str
) -> None:
    failed = []

    def fails_once() -> None:
        if not failed:
            failed.append(True)
            timer.arm([system_clock()])
            raise error

    rings = Rings(then=fails_once)
    with caplog.at_level(logging.ERROR, "bot"):
        timer.start(rings)
        assert rings.reach(1)

    (record,) = caplog.records
    assert (record.getMessage(), record.code) == ("ring failed", code)
    assert record.exc_info is None


def test_a_timer_that_never_started_stops_at_once() -> None:
    timer = AlarmTimer(system_clock, system_clock)

    timer.stop()
    timer.stop()


def test_a_stop_while_alarms_ring_ends_no_thread_with_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """APScheduler looks for a job that rings as long as it is not shut down, and fails where it is."""
    failed: list[str] = []
    monkeypatch.setattr(threading, "excepthook", lambda error: failed.append(error.exc_type.__name__))
    for _ in range(100):
        timer, rings = AlarmTimer(system_clock, system_clock), Rings()
        timer.start(rings)
        timer.arm([system_clock() + timedelta(milliseconds=late) for late in range(10)])
        assert rings.reach(2)
        timer.stop()

    assert [] == failed
