"""Laws of fire times, for any schedule and any moment."""

from calendar import monthrange
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise, takewhile
from zoneinfo import ZoneInfo

from hypothesis import example, given, settings
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
    is_paused,
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
DAILY = Weekly(every=1, weekdays=tuple(range(7)), since=date(1990, 1, 1))


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


def quiet_days(quiet: QuietDays, near: date) -> set[date]:
    days = {near + timedelta(days=offset) for offset in range(-2, 3)}
    closed = {day for day in days for first, last in quiet.ranges if first <= day <= last}
    return closed | ({day for day in days if day in new_year("", day.year)} if quiet.holidays else set())


def local(moment: datetime, schedule: Schedule) -> datetime:
    """What the clocks of the schedule's zone show."""
    return moment.astimezone(ZoneInfo(schedule.zone)).replace(tzinfo=None)


def shows(schedule: Schedule, day: date) -> list[datetime]:
    """The moments (UTC) around this day at which the clocks show its minute ``at``, in order."""
    noon = datetime.combine(day, time(12), UTC)
    wall = datetime.combine(day, schedule.at)
    minutes = (noon + timedelta(minutes=count) for count in range(-36 * 60, 36 * 60))
    return [moment for moment in minutes if local(moment, schedule) == wall]


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
clocks = st.times().map(lambda moment: moment.replace(second=0, microsecond=0))
schedules = st.builds(
    make,
    weekly | monthly,
    clocks,
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


@given(schedules, moments)
def test_a_paused_schedule_never_fires(schedule: Schedule, after: datetime) -> None:
    assert [] == list(fire_times(replace(schedule, paused=True), after, new_year))


@given(schedules, moments, st.dates(date(2009, 6, 1), date(2013, 6, 1)))
@example(
    make(DAILY, time(10), "Pacific/Apia", QuietDays()), datetime(2011, 12, 1, tzinfo=UTC), date(2011, 12, 31)
)
@example(
    make(DAILY, time(10), "Pacific/Apia", QuietDays()), datetime(2011, 12, 1, tzinfo=UTC), date(2011, 12, 30)
)
def test_a_pause_until_a_day_leaves_out_what_comes_before_it_and_nothing_else(
    schedule: Schedule, after: datetime, until: date
) -> None:
    paused = replace(schedule, paused=True, paused_until=until)
    horizon = datetime(2016, 1, 1, tzinfo=UTC)

    unpaused = takewhile(lambda moment: moment < horizon, fire_times(schedule, after, new_year))
    expected = [moment for moment in unpaused if not is_paused(paused, moment)]

    assert expected == list(takewhile(lambda moment: moment < horizon, fire_times(paused, after, new_year)))


@given(st.integers(1, 31), st.integers(1583, 2500), clocks)
@example(29, 2000, time(0))
@example(29, 2100, time(0))
@example(30, 2028, time(23, 59))
def test_every_month_has_its_day_or_else_its_last(day: int, year: int, at: time) -> None:
    schedule = make(MonthlyDay(day=day), at, "UTC", QuietDays())
    before = datetime(year, 1, 1, tzinfo=UTC) - timedelta(microseconds=1)

    expected = [
        datetime.combine(date(year, month, min(day, monthrange(year, month)[1])), at, UTC)
        for month in range(1, 13)
    ]

    assert expected == list(islice(fire_times(schedule, before, new_year), 12))


@given(st.sampled_from([1, -1]), st.integers(0, 6), st.integers(1583, 2500))
def test_every_month_has_one_first_and_one_last_weekday(which: int, weekday: int, year: int) -> None:
    schedule = make(MonthlyWeekday(which=which, weekday=weekday), time(10), "UTC", QuietDays())
    before = datetime(year, 1, 1, tzinfo=UTC)

    times = list(islice(fire_times(schedule, before, new_year), 12))

    assert [(year, month) for month in range(1, 13)] == [(moment.year, moment.month) for moment in times]
    assert {weekday} == {moment.weekday() for moment in times}
    beyond = [moment - which * timedelta(weeks=1) for moment in times]
    assert all(week.month != moment.month for week, moment in zip(beyond, times, strict=True))


@given(weekly, st.integers(0, 3000))
def test_a_shift_of_the_start_by_whole_turns_changes_nothing(recurrence: Weekly, turns: int) -> None:
    earlier = replace(recurrence, since=recurrence.since - turns * recurrence.every * timedelta(weeks=1))
    after = datetime(2012, 3, 1, tzinfo=UTC)
    both = [
        list(islice(fire_times(make(which, time(10), "UTC", QuietDays()), after, new_year), 20))
        for which in (recurrence, earlier)
    ]

    assert both[0] == both[1]


changes = st.sampled_from(
    [
        ("Europe/Berlin", date(2026, 3, 29)),
        ("Europe/Berlin", date(2026, 10, 25)),
        ("America/New_York", date(2026, 3, 8)),
        ("America/New_York", date(2026, 11, 1)),
        ("America/Sao_Paulo", date(2018, 11, 4)),
        ("America/Sao_Paulo", date(2018, 2, 17)),
        ("Asia/Pyongyang", date(2018, 5, 4)),
        ("Asia/Pyongyang", date(2015, 8, 14)),
        ("Australia/Lord_Howe", date(2026, 10, 4)),
        ("Australia/Lord_Howe", date(2026, 4, 5)),
        ("Antarctica/Troll", date(2026, 3, 29)),
        ("Antarctica/Troll", date(2026, 10, 25)),
        ("Pacific/Apia", date(2011, 12, 30)),
        ("Pacific/Kiritimati", date(1994, 12, 31)),
    ]
)


@settings(max_examples=120)
@given(changes, st.one_of(clocks, st.builds(time, st.sampled_from([0, 1, 2, 23]), st.integers(0, 59))))
def test_a_time_that_comes_twice_fires_first_and_one_that_never_comes_fires_at_the_next_minute(
    change: tuple[str, date], at: time
) -> None:
    zone, day = change
    schedule = make(replace(DAILY, weekdays=(day.weekday(),)), at, zone, QuietDays())
    noon = datetime.combine(day, time(12), UTC)

    fired = next(fire_times(schedule, noon - timedelta(days=3), new_year))

    if there := shows(schedule, day):
        assert there[0] == fired
    else:
        wall = datetime.combine(day, at)
        assert local(fired - timedelta(minutes=1), schedule) < wall < local(fired, schedule)
