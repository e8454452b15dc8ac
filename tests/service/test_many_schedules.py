"""The next times of a channel with many schedules: right for each of them, and soon known."""

from dataclasses import replace
from datetime import date, time, timedelta

from bot.core.model import MemberId, ScheduleId
from bot.core.schedule import QuietDays, Schedule, Weekly
from bot.ports import FiringOutcome
from bot.service.channel_schedules import channel_schedules
from bot.service.upcoming import MOST_CHECKED, TIMES_SHOWN, planned
from tests.service.services import MONDAY, TEAM, Fakes, weekly

ADMIN = MemberId("U01")


def schedules(count: int) -> list[Schedule]:
    """Return schedules that ask at all hours; some are paused, and some get in the way of others."""
    return [
        weekly(
            id=ScheduleId(f"s{number:03}"),
            recurrence=Weekly(every=1 + number % 3, weekdays=(number % 7,)),
            at=time(number % 24, number % 60),
            paused=number % 11 == 0,
            paused_until=date(2026, 12, 9) if number % 22 == 11 else None,
            quiet=QuietDays(holidays="DE"),
            created_at=MONDAY - timedelta(minutes=number),
        )
        for number in range(count)
    ]


def a_channel_of(count: int) -> Fakes:
    fakes = Fakes()
    fakes.directory.admins = {ADMIN}
    for schedule in schedules(count):
        fakes.put(schedule)
    with fakes.store.transaction("test") as tx:
        tx.claim_firing(ScheduleId("s002"), MONDAY - timedelta(days=1), FiringOutcome.WAITING)
    return fakes


def test_each_of_many_schedules_has_the_times_that_it_has_by_itself() -> None:
    fakes = a_channel_of(30)

    found = channel_schedules(fakes.services, TEAM, ADMIN)

    assert found
    assert found.planned == tuple(planned(fakes.services, one, TIMES_SHOWN) for one in schedules(30))
    assert {True, False} == {one.waiting for one in found.planned} == {one.blocked for one in found.planned}


def test_a_hundred_schedules_are_planned_in_one_look_at_the_year() -> None:
    fakes = a_channel_of(100)
    looked_at: list[int] = []

    def holidays(_: str, year: int) -> frozenset[date]:
        looked_at.append(year)
        return frozenset()

    channel_schedules(replace(fakes.services, holidays=holidays), TEAM, ADMIN)

    assert len(looked_at) < 2 * (MOST_CHECKED + 100)  # it was 49,301
