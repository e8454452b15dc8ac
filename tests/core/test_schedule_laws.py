"""Laws of fire times, and ten years of them in twelve zones against an oracle that walks the days."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise, takewhile
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

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

ZONES = (
    "Europe/Berlin",
    "Europe/Dublin",
    "America/New_York",
    "America/St_Johns",
    "America/Sao_Paulo",
    "America/Santiago",
    "Africa/Casablanca",
    "Africa/Cairo",
    "Asia/Tehran",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Chatham",
)
BEGIN, END = date(2009, 1, 1), date(2019, 1, 1)
DAILY = Weekly(every=1, weekdays=tuple(range(7)), since=date(2000, 1, 3))


def make(recurrence: Recurrence, at: time, zone: str, quiet: QuietDays) -> Schedule:
    return Schedule(
        id=ScheduleId("s"),
        channel=ChannelId("C0123456789"),
        recurrence=recurrence,
        at=at,
        zone=zone,
        pack=PackId("belonging"),
        open_for=timedelta(days=3),
        policy=ReleasePolicy(),
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        quiet=quiet,
    )


def new_year(region: str, year: int) -> frozenset[date]:
    return frozenset({date(year, 1, 1), date(year, 5, 1)})


def oracle(schedule: Schedule, begin: date, end: date) -> Iterator[datetime]:
    """The fire times of the days from ``begin`` to ``end``, found by looking at every one."""
    zone = ZoneInfo(schedule.zone)
    seen: set[datetime] = set()
    day = begin
    while day < end:
        moment = earliest_showing(datetime.combine(day, schedule.at), zone)
        shown = moment.astimezone(zone).date()
        if fits(schedule.recurrence, day) and not {day, shown} & quiet_days(schedule.quiet, day):
            if moment not in seen:
                yield moment
            seen.add(moment)
        day += timedelta(days=1)


def earliest_showing(wall: datetime, zone: ZoneInfo) -> datetime:
    """The first minute (UTC) at which the clocks of the zone show this time or a later one."""
    around = [wall.replace(tzinfo=UTC) + timedelta(days=days) for days in (-2, 2)]
    offsets = [moment.astimezone(zone).utcoffset() for moment in around]
    moment = wall.replace(tzinfo=UTC) - max(offset for offset in offsets if offset is not None)
    while moment.astimezone(zone).replace(tzinfo=None) < wall:
        moment += timedelta(minutes=1)
    return moment


def fits(recurrence: Recurrence, day: date) -> bool:
    tomorrow = day + timedelta(days=1)
    match recurrence:
        case Weekly(every=every, weekdays=weekdays, since=since):
            weeks = (day - timedelta(day.weekday()) - since + timedelta(since.weekday())).days // 7
            return day.weekday() in weekdays and weeks >= 0 and weeks % every == 0
        case MonthlyDay(day=number):
            return day.day == number or (day.day < number and tomorrow.month != day.month)
        case MonthlyWeekday(which=1, weekday=weekday):
            return day.weekday() == weekday and day.day <= 7
        case MonthlyWeekday(weekday=weekday):
            return day.weekday() == weekday and (day + timedelta(days=7)).month != day.month


def quiet_days(quiet: QuietDays, near: date) -> set[date]:
    days = {near + timedelta(days=offset) for offset in range(-2, 3)}
    closed = {day for day in days for first, last in quiet.ranges if first <= day <= last}
    return closed | ({day for day in days if day in new_year("", day.year)} if quiet.holidays else set())


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    ("recurrence", "at"),
    [
        (DAILY, time(2, 30)),
        (Weekly(every=2, weekdays=(6,), since=date(2008, 12, 1)), time(0, 0)),
        (Weekly(every=3, weekdays=(1, 5), since=date(2009, 6, 17)), time(23, 59)),
        (MonthlyDay(day=31), time(1, 0)),
        (MonthlyWeekday(which=-1, weekday=6), time(2, 0)),
        (MonthlyWeekday(which=1, weekday=0), time(10, 0)),
    ],
)
def test_ten_years_agree_with_a_walk_over_the_days(zone: str, recurrence: Recurrence, at: time) -> None:
    schedule = make(
        recurrence, at, zone, QuietDays(holidays="X", ranges=((date(2011, 7, 4), date(2011, 8, 1)),))
    )
    start = earliest_showing(datetime.combine(BEGIN, time(0)), ZoneInfo(zone)) - timedelta(minutes=1)
    stop = earliest_showing(datetime.combine(END, time(0)), ZoneInfo(zone))

    expected = list(oracle(schedule, BEGIN, END))

    assert expected == list(takewhile(lambda moment: moment < stop, fire_times(schedule, start, new_year)))
    assert expected


weekly = st.builds(
    lambda every, days, since: Weekly(every=every, weekdays=tuple(sorted(days)), since=since),
    st.integers(1, 4),
    st.sets(st.integers(0, 6), min_size=1),
    st.dates(date(2009, 1, 1), date(2012, 1, 1)),
)
monthly = st.builds(MonthlyDay, day=st.integers(1, 31)) | st.builds(
    MonthlyWeekday, which=st.sampled_from([1, -1]), weekday=st.integers(0, 6)
)
ranges = st.builds(
    lambda first, days: (first, first + timedelta(days=days)),
    st.dates(date(2010, 1, 1), date(2014, 1, 1)),
    st.integers(0, 200),
)
schedules = st.builds(
    make,
    weekly | monthly,
    st.times().map(lambda moment: moment.replace(second=0, microsecond=0)),
    st.sampled_from(ZONES),
    st.builds(
        QuietDays, holidays=st.sampled_from([None, "X"]), ranges=st.lists(ranges, max_size=3).map(tuple)
    ),
)
moments = st.datetimes(datetime(2010, 1, 1), datetime(2013, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds


@given(schedules, moments)
def test_fire_times_strictly_increase_and_come_after(schedule: Schedule, after: datetime) -> None:
    times = [after, *islice(fire_times(schedule, after, new_year), 30)]

    assert all(earlier < later for earlier, later in pairwise(times))


@given(schedules, moments)
def test_nothing_fires_on_a_quiet_day(schedule: Schedule, after: datetime) -> None:
    for moment in islice(fire_times(schedule, after, new_year), 30):
        day = moment.astimezone(ZoneInfo(schedule.zone)).date()

        assert day not in quiet_days(schedule.quiet, day)


@given(schedules, moments, st.integers(0, 29))
def test_where_one_begins_to_look_does_not_matter(schedule: Schedule, after: datetime, index: int) -> None:
    times = list(islice(fire_times(schedule, after, new_year), 31))
    later, rest = times[index], times[index + 1 :]

    assert rest == list(islice(fire_times(schedule, later, new_year), len(rest)))
    assert [later, *rest] == list(
        islice(fire_times(schedule, later - timedelta(microseconds=1), new_year), len(rest) + 1)
    )


@given(schedules, moments)
def test_fire_times_are_whole_minutes_of_utc(schedule: Schedule, after: datetime) -> None:
    for moment in islice(fire_times(schedule, after, new_year), 10):
        assert timedelta(0) == moment.utcoffset()
        assert (moment.second, moment.microsecond) == (0, 0)
