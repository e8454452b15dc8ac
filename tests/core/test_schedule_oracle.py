"""Ten years of fire times in sixteen zones, against an oracle that walks from day to day.

The oracle knows ``zoneinfo`` and the plain rules of a calendar; it shares no code with what it judges.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise, takewhile
from zoneinfo import ZoneInfo

import pytest

from bot.core.model import ChannelId, PackId, ReleasePolicy, ScheduleId
from bot.core.schedule import (
    MonthlyDay,
    MonthlyWeekday,
    QuietDays,
    Recurrence,
    Schedule,
    Weekly,
    fire_times,
)

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
FIRST_YEARS = {
    "Europe/Berlin": 2020,
    "America/New_York": 2001,  # in 2007 the changes moved to other weeks
    "America/St_Johns": 2002,  # until 2011 its clocks changed at 00:01
    "America/Sao_Paulo": 2011,  # the clocks changed at midnight, for the last time in 2019
    "America/Caracas": 2007,  # half an hour back in 2007, forward again in 2016
    "Africa/Cairo": 2006,  # four changes in 2010 and 2014
    "Africa/Casablanca": 2017,  # an hour back for Ramadan only, from 2018 on
    "Asia/Gaza": 2008,  # another rule in nearly every year
    "Asia/Kathmandu": 2020,  # 05:45, no summer time
    "Asia/Pyongyang": 2010,  # half an hour back in 2015, forward again in 2018
    "Antarctica/Troll": 2015,  # two hours of summer time
    "Australia/Lord_Howe": 2020,  # half an hour of summer time
    "Europe/Istanbul": 2010,  # changed late in 2011, 2014 and 2015, and for good in 2016
    "Pacific/Apia": 2006,  # had no 30 December 2011
    "Pacific/Kiritimati": 1990,  # had no 31 December 1994 (or no 1 January 1995), now 14 hours ahead
    "Pacific/Pago_Pago": 2020,  # 11 hours behind
}
TIMES = (time(0), time(0, 1), time(0, 30), time(1, 59), time(2, 30), time(3), time(12, 15), time(23, 59))
WEEKDAYS = ((6,), (1, 3), (0, 5, 6))
RECURRENCES: tuple[Recurrence, ...] = (
    *(
        Weekly(every=every, weekdays=days, since=date(1989, 12, 20) + every * DAY)
        for every in range(1, 5)
        for days in WEEKDAYS
    ),
    *(MonthlyDay(day=day) for day in range(1, 32)),
    *(MonthlyWeekday(which=which, weekday=weekday) for which in (1, -1) for weekday in range(7)),
)
QUARTERS_NEAR_CHANGES = tuple(
    time(hour, minute) for hour in (0, 1, 2, 3, 4, 22, 23) for minute in (0, 15, 30, 45)
)
DAILY = Weekly(every=1, weekdays=tuple(range(7)), since=date(1989, 1, 2))


@cache
def holidays(region: str, year: int) -> frozenset[date]:
    """Every 17th day, counted without regard to years, and the days around the turn of the year."""
    assert region == "XX-Y"
    days = {date(year, 1, 1) + number * DAY for number in range(365)}
    return frozenset({day for day in days if day.toordinal() % 17 == 3} | {date(year, 1, 1)})


def quiet_for(year: int) -> QuietDays:
    summer, long_pause = date(year + 2, 7, 4), date(year + 6, 12, 20)
    ranges = ((summer, summer + 28 * DAY), (long_pause, long_pause + 400 * DAY), (summer, summer))
    return QuietDays(holidays="XX-Y", ranges=ranges)


def make(recurrence: Recurrence, at: time, zone: str, quiet: QuietDays = QuietDays()) -> Schedule:  # noqa: B008 - frozen
    return Schedule(
        id=ScheduleId("s"),
        channel=ChannelId("C0123456789"),
        recurrence=recurrence,
        at=at,
        zone=zone,
        pack=PackId("belonging"),
        open_for=timedelta(days=3),
        policy=ReleasePolicy(),
        created_at=datetime(1970, 1, 1, tzinfo=UTC),
        quiet=quiet,
    )


def named(recurrence: Recurrence, days: Sequence[date]) -> list[date]:
    """Those of these days that the recurrence names."""
    match recurrence:
        case Weekly(every=every, weekdays=weekdays, since=since):
            first_week = week(since)
            return [
                day
                for day in days
                if day.weekday() in weekdays
                and (week(day) - first_week) % every == 0
                and week(day) >= first_week
            ]
        case MonthlyDay(day=number):
            return [day for day in days if day.day == number or (day.day < number and (day + DAY).day == 1)]
        case MonthlyWeekday(which=1, weekday=weekday):
            return [day for day in days if day.day <= 7 and day.weekday() == weekday]
        case MonthlyWeekday(weekday=weekday):
            return [day for day in days if day.weekday() == weekday and (day + 7 * DAY).month != day.month]


def week(day: date) -> int:
    """The number of its week; 1 January of year 1, the first day of the calendar, was a Monday."""
    return (day.toordinal() - 1) // 7


def is_quiet(day: date, quiet: QuietDays) -> bool:
    ranged = any(first <= day <= last for first, last in quiet.ranges)
    return ranged or (quiet.holidays is not None and day in holidays(quiet.holidays, day.year))


@cache
def days_between(begin: date, end: date) -> tuple[date, ...]:
    return tuple(begin + number * DAY for number in range((end - begin).days))


def first_moment(wall: datetime, zone: ZoneInfo) -> datetime:
    """The first moment (UTC) that the zone calls by this time, or else by the next minute that it has."""
    near = [zone.utcoffset(wall + days * DAY) for days in (-2, 0, 2)]
    offsets = {offset for offset in near if offset is not None}
    while True:
        moments = [(wall - offset).replace(tzinfo=UTC) for offset in offsets]
        if shown := [moment for moment in moments if moment.astimezone(zone).replace(tzinfo=None) == wall]:
            return min(shown)
        wall += MINUTE


def oracle(schedule: Schedule, after: datetime, until: datetime) -> Iterator[datetime]:
    """What must fire later than ``after`` and before ``until``: every day is looked at."""
    zone, last = ZoneInfo(schedule.zone), after
    for day in named(schedule.recurrence, days_between(after.date() - 3 * DAY, until.date() + 3 * DAY)):
        if is_quiet(day, schedule.quiet):
            continue
        moment = first_moment(datetime.combine(day, schedule.at), zone)
        if last < moment < until and not is_quiet(moment.astimezone(zone).date(), schedule.quiet):
            last = moment
            yield moment


def fired(schedule: Schedule, after: datetime, until: datetime) -> list[datetime]:
    return list(takewhile(lambda moment: moment < until, fire_times(schedule, after, holidays)))


def decade(zone: str) -> tuple[datetime, datetime]:
    return datetime(FIRST_YEARS[zone], 1, 1, tzinfo=UTC), datetime(FIRST_YEARS[zone] + 10, 1, 1, tzinfo=UTC)


def clock_changes(zone: str) -> list[datetime]:
    """The days (00:00 UTC) of ten years after which the zone's offset is another."""
    begin, until = decade(zone)
    moments = [begin + number * DAY for number in range((until - begin).days)]
    offsets = [moment.astimezone(ZoneInfo(zone)).utcoffset() for moment in moments]
    return [moment for moment, (now, then) in zip(moments, pairwise(offsets), strict=False) if now != then]


@pytest.mark.parametrize(
    ("wall", "zone", "expected"),
    [
        ("2026-05-05 10:00", "Europe/Berlin", "2026-05-05 08:00"),
        ("2026-03-29 02:30", "Europe/Berlin", "2026-03-29 01:00"),
        ("2026-10-25 02:30", "Europe/Berlin", "2026-10-25 00:30"),
        ("2026-10-04 02:15", "Australia/Lord_Howe", "2026-10-03 15:30"),
        ("2026-04-05 01:45", "Australia/Lord_Howe", "2026-04-04 14:45"),
        ("2018-11-04 00:00", "America/Sao_Paulo", "2018-11-04 03:00"),
        ("2018-02-17 23:30", "America/Sao_Paulo", "2018-02-18 01:30"),
        ("2018-05-04 23:45", "Asia/Pyongyang", "2018-05-04 15:00"),
        ("2015-08-14 23:45", "Asia/Pyongyang", "2015-08-14 14:45"),
        ("2011-12-30 00:00", "Pacific/Apia", "2011-12-30 10:00"),
        ("2011-12-30 23:59", "Pacific/Apia", "2011-12-30 10:00"),
    ],
)
def test_the_oracle_finds_what_the_almanac_says(wall: str, zone: str, expected: str) -> None:
    moment = first_moment(datetime.fromisoformat(wall), ZoneInfo(zone))

    assert expected == f"{moment:%Y-%m-%d %H:%M}"


@pytest.mark.parametrize("zone", FIRST_YEARS)
def test_ten_years_of_every_kind_of_recurrence_agree_with_a_walk_over_the_days(zone: str) -> None:
    after, until = decade(zone)
    shift = list(FIRST_YEARS).index(zone)

    for number, recurrence in enumerate(RECURRENCES):
        at = TIMES[(number + shift) % len(TIMES)]
        schedule = make(recurrence, at, zone, quiet_for(after.year))
        expected = list(oracle(schedule, after, until))

        assert expected == fired(schedule, after, until), schedule
        assert len(expected) > 60


@pytest.mark.parametrize("zone", FIRST_YEARS)
def test_every_day_of_ten_years_fires_once_where_nothing_is_quiet(zone: str) -> None:
    after, until = decade(zone)
    schedule = make(DAILY, time(2, 30), zone)

    expected = list(oracle(schedule, after, until))

    assert expected == fired(schedule, after, until)
    assert 3651 <= len(expected) <= 3653


@pytest.mark.parametrize("zone", FIRST_YEARS)
def test_every_quarter_of_an_hour_near_every_clock_change_agrees(zone: str) -> None:
    for day in clock_changes(zone):
        for at in QUARTERS_NEAR_CHANGES:
            schedule = make(DAILY, at, zone)
            after, until = day - DAY, day + 3 * DAY

            assert list(oracle(schedule, after, until)) == fired(schedule, after, until), schedule
