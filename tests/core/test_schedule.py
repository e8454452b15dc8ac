"""When schedules fire: clock changes, month ends, quiet days, and the words for it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice

import pytest

from bot.core.language import Language
from bot.core.model import ChannelId, PackId, ReleasePolicy, ScheduleId
from bot.core.schedule import (
    WEEKDAYS,
    MonthlyDay,
    MonthlyWeekday,
    QuietDays,
    Recurrence,
    Schedule,
    Weekly,
    describe,
    fire_times,
    opening_times,
    upcoming_times,
)
from tests.languages import PSEUDO

DAILY = Weekly(every=1, weekdays=(0, 1, 2, 3, 4, 5, 6), since=date(2000, 1, 3))


def schedule(recurrence: Recurrence = DAILY, at: str = "10:00", zone: str = "Europe/Berlin") -> Schedule:
    return Schedule(
        id=ScheduleId("s"),
        channel=ChannelId("C0123456789"),
        recurrence=recurrence,
        at=time.fromisoformat(at),
        zone=zone,
        pack=PackId("belonging"),
        open_for=timedelta(days=3),
        policy=ReleasePolicy(),
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def no_holidays(region: str, year: int) -> frozenset[date]:
    raise AssertionError("nobody asked for holidays")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def first(count: int, of: Schedule, after: str) -> list[str]:
    times: Iterator[datetime] = fire_times(of, utc(after), no_holidays)
    return [f"{moment:%Y-%m-%d %H:%M}" for moment in islice(times, count)]


@pytest.mark.parametrize(
    ("zone", "at", "after", "expected"),
    [
        # Spring: 02:30 does not exist on 29 March 2026 in Berlin; 03:00 summer time is 01:00 UTC.
        (
            "Europe/Berlin",
            "02:30",
            "2026-03-28 00:00",
            ["2026-03-28 01:30", "2026-03-29 01:00", "2026-03-30 00:30"],
        ),
        # Autumn: 02:30 comes twice on 25 October 2026; the first is still summer time.
        (
            "Europe/Berlin",
            "02:30",
            "2026-10-24 00:00",
            ["2026-10-24 00:30", "2026-10-25 00:30", "2026-10-26 01:30"],
        ),
        # A wall time in the morning stays where it is for people; UTC moves.
        ("Europe/Berlin", "10:00", "2026-03-28 00:00", ["2026-03-28 09:00", "2026-03-29 08:00"]),
        (
            "America/New_York",
            "02:00",
            "2026-03-07 00:00",
            ["2026-03-07 07:00", "2026-03-08 07:00", "2026-03-09 06:00"],
        ),
        ("America/New_York", "01:59", "2026-11-01 00:00", ["2026-11-01 05:59", "2026-11-02 06:59"]),
        # Lord Howe moves by half an hour: 02:15 does not exist on 4 October 2026, 02:30 does.
        ("Australia/Lord_Howe", "02:15", "2026-10-03 12:00", ["2026-10-03 15:30", "2026-10-04 15:15"]),
        ("Australia/Lord_Howe", "01:45", "2026-04-04 00:00", ["2026-04-04 14:45", "2026-04-05 15:15"]),
        # Apia had no 30 December 2011: its first valid minute is 00:00 of the 31st, which also has a 10:00.
        (
            "Pacific/Apia",
            "10:00",
            "2011-12-29 00:00",
            ["2011-12-29 20:00", "2011-12-30 10:00", "2011-12-30 20:00"],
        ),
        # At midnight the missing day and the next one meet in one moment, and fire once.
        (
            "Pacific/Apia",
            "00:00",
            "2011-12-29 00:00",
            ["2011-12-29 10:00", "2011-12-30 10:00", "2011-12-31 10:00"],
        ),
        # Sao Paulo's clocks went forward at midnight: no 00:30 on 4 November 2018.
        ("America/Sao_Paulo", "00:30", "2018-11-03 00:00", ["2018-11-03 03:30", "2018-11-04 03:00"]),
        # Casablanca: an hour back for Ramadan 2026 (15 February), and forward again (22 March).
        ("Africa/Casablanca", "10:00", "2026-02-14 00:00", ["2026-02-14 09:00", "2026-02-15 10:00"]),
        ("Africa/Casablanca", "02:30", "2026-03-21 00:00", ["2026-03-21 02:30", "2026-03-22 02:00"]),
    ],
)
def test_clock_changes_move_what_does_not_exist_and_never_double(
    zone: str, at: str, after: str, expected: list[str]
) -> None:
    assert expected == first(len(expected), schedule(at=at, zone=zone), after)


def test_a_month_without_the_day_has_its_last_day_instead() -> None:
    last = schedule(MonthlyDay(day=31), zone="UTC")

    assert first(5, last, "2027-11-01 00:00") == [
        "2027-11-30 10:00",
        "2027-12-31 10:00",
        "2028-01-31 10:00",
        "2028-02-29 10:00",
        "2028-03-31 10:00",
    ]


@pytest.mark.parametrize(("year", "expected"), [(2027, "02-28"), (2028, "02-29"), (2100, "02-28")])
def test_leap_days_are_kept_where_there_are_any(year: int, expected: str) -> None:
    assert [f"{year}-{expected} 10:00"] == first(
        1, schedule(MonthlyDay(day=29), zone="UTC"), f"{year}-02-01 00:00"
    )


def test_the_first_and_the_last_weekday_of_a_month() -> None:
    tuesday = schedule(MonthlyWeekday(which=1, weekday=1), zone="UTC")
    friday = schedule(MonthlyWeekday(which=-1, weekday=4), zone="UTC")

    assert first(2, tuesday, "2026-08-31 00:00") == ["2026-09-01 10:00", "2026-10-06 10:00"]
    assert first(2, friday, "2026-07-31 09:59") == ["2026-07-31 10:00", "2026-08-28 10:00"]


def test_weeks_are_counted_from_the_week_of_since() -> None:
    every_third = Weekly(every=3, weekdays=(0, 4), since=date(2026, 1, 8))

    assert [moment[:10] for moment in first(4, schedule(every_third, zone="UTC"), "2024-01-01 00:00")] == [
        "2026-01-05",
        "2026-01-09",
        "2026-01-26",
        "2026-01-30",
    ]


def test_a_moment_that_is_after_itself_is_not_repeated() -> None:
    assert first(1, schedule(), "2026-05-04 08:00") == ["2026-05-05 08:00"]


def test_own_quiet_days_and_holidays_are_skipped() -> None:
    asked = []

    def holidays(region: str, year: int) -> frozenset[date]:
        asked.append((region, year))
        return frozenset({date(year, 1, 1)})

    quiet = QuietDays(holidays="DE-BE", ranges=((date(2026, 12, 24), date(2026, 12, 30)),))
    times = fire_times(replace(schedule(), quiet=quiet), utc("2026-12-23 00:00"), holidays)

    assert [date(2026, 12, 23), date(2026, 12, 31), date(2027, 1, 2)] == [
        moment.date() for moment in islice(times, 3)
    ]
    assert {("DE-BE", 2026), ("DE-BE", 2027)} == set(asked)


@pytest.mark.parametrize(
    ("closed", "next_one"),
    [(date(2011, 12, 30), "2011-12-30 20:00"), (date(2011, 12, 31), "2011-12-31 20:00")],
)
def test_a_missing_day_does_not_fire_when_it_or_the_day_it_becomes_is_quiet(
    closed: date, next_one: str
) -> None:
    quiet = replace(schedule(zone="Pacific/Apia"), quiet=QuietDays(ranges=((closed, closed),)))

    assert ["2011-12-29 20:00", next_one] == first(2, quiet, "2011-12-29 00:00")


def test_a_quiet_time_that_swallows_everything_ends_the_search() -> None:
    always = QuietDays(ranges=((date.min, date.max),))

    assert list(fire_times(replace(schedule(), quiet=always), utc("2026-01-01"), no_holidays)) == []


def test_a_long_but_finite_quiet_time_is_waited_out() -> None:
    pause = QuietDays(ranges=((date(2026, 1, 1), date(2028, 12, 31)),))

    assert first(1, replace(schedule(), quiet=pause), "2026-01-01") == ["2029-01-01 09:00"]


def test_a_paused_schedule_has_no_fire_times() -> None:
    assert first(1, replace(schedule(), paused=True), "2026-01-01") == []


@pytest.mark.parametrize(
    ("after", "until", "expected"),
    [
        ("2026-05-04 00:00", date(2026, 5, 6), "2026-05-06 08:00"),
        ("2026-05-06 08:00", date(2026, 5, 6), "2026-05-07 08:00"),
        ("2026-05-04 00:00", date(2040, 1, 1), "2040-01-01 09:00"),
        ("2026-05-04 00:00", date(2012, 1, 1), "2026-05-04 08:00"),
    ],
)
def test_a_pause_of_any_length_ends_on_its_day(after: str, until: date, expected: str) -> None:
    assert [expected] == first(1, replace(schedule(), paused=True, paused_until=until), after)


def test_the_end_of_the_calendar_ends_the_search() -> None:
    last = fire_times(schedule(MonthlyDay(day=1), zone="UTC"), utc("9999-10-15"), no_holidays)

    assert [date(9999, 11, 1), date(9999, 12, 1)] == [moment.date() for moment in last]


def test_a_naive_after_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        next(fire_times(schedule(), datetime(2026, 1, 1), no_holidays))  # noqa: DTZ001 - the point of the test


@pytest.mark.parametrize(
    ("recurrence", "expected"),
    [
        (Weekly(every=2, weekdays=(1,)), "every 2 weeks on Tuesday"),
        (Weekly(every=1, weekdays=(1, 3)), "every week on Tuesday and Thursday"),
        (Weekly(every=1, weekdays=(0, 2, 4)), "every week on Monday, Wednesday and Friday"),
        (MonthlyDay(day=1), "every month on the 1st"),
        (MonthlyDay(day=22), "every month on the 22nd"),
        (MonthlyDay(day=13), "every month on the 13th"),
        (MonthlyDay(day=31), "every month on the 31st (or its last day, if that comes first)"),
        (MonthlyWeekday(which=1, weekday=1), "every month on the first Tuesday"),
        (MonthlyWeekday(which=-1, weekday=4), "every month on the last Friday"),
    ],
)
def test_a_schedule_is_described_in_plain_words(recurrence: Recurrence, expected: str) -> None:
    assert f"{expected} at 10:00 (Europe/Berlin)" == describe(schedule(recurrence))


@pytest.mark.parametrize(
    ("recurrence", "expected"),
    [
        (Weekly(every=1, weekdays=(0, 3)), "every week on Montag und Donnerstag at 10:00 (Europe/Berlin)"),
        (Weekly(every=3, weekdays=(1,)), "every 3 weeks on Dienstag at 10:00 (Europe/Berlin)"),
        (MonthlyDay(day=22), "every month on the 22 at 10:00 (Europe/Berlin)"),
    ],
)
def test_days_have_the_names_and_numbers_of_another_language(recurrence: Recurrence, expected: str) -> None:
    """The endings of numbers, as in 22nd, are English: a translation says what it needs around them."""
    assert expected == describe(schedule(recurrence), Language("de"))


@pytest.mark.parametrize("day", range(7))
@pytest.mark.parametrize("which", [1, -1])
def test_each_weekday_of_a_month_is_a_message_of_its_own(which: int, day: int) -> None:
    said = describe(schedule(MonthlyWeekday(which=which, weekday=day)), PSEUDO)

    assert said.startswith(
        f"[!!! every month on the {'first' if which == 1 else 'last'} {WEEKDAYS[day]} at 10:00 ("
    )
    assert said.endswith(" !!!]")


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: Weekly(every=0, weekdays=(1,)), "every"),
        (lambda: Weekly(every=5, weekdays=(1,)), "every"),
        (lambda: Weekly(every=1, weekdays=()), "weekdays"),
        (lambda: Weekly(every=1, weekdays=(2, 1)), "in order"),
        (lambda: Weekly(every=1, weekdays=(1, 1)), "different"),
        (lambda: Weekly(every=1, weekdays=(7,)), "weekday"),
        (lambda: Weekly(every=1, weekdays=(-1,)), "weekday"),
        (lambda: MonthlyDay(day=0), "day"),
        (lambda: MonthlyDay(day=32), "day"),
        (lambda: MonthlyWeekday(which=2, weekday=1), "which"),
        (lambda: MonthlyWeekday(which=1, weekday=7), "weekday"),
        (lambda: QuietDays(ranges=((date(2026, 1, 2), date(2026, 1, 1)),)), "quiet"),
        (lambda: schedule(zone="Europe/Berln"), "zone"),
        (lambda: schedule(zone="Europe"), "zone"),
        (lambda: schedule(zone="../../etc/passwd"), "zone"),
        (lambda: schedule(zone=""), "zone"),
        (lambda: schedule(at="10:00:01"), "whole minutes"),
        (lambda: replace(schedule(), at=time(10, tzinfo=UTC)), "local"),
        (lambda: replace(schedule(), paused_until=date(2026, 5, 6)), "paused"),
        (lambda: replace(schedule(), open_for=timedelta(hours=1)), "min_open"),
        (lambda: replace(schedule(), created_at=datetime(2026, 1, 1)), "aware"),  # noqa: DTZ001 - the point
    ],
)
def test_what_no_round_can_follow_is_refused(make: Callable[[], object], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        make()


@pytest.mark.parametrize(
    ("last", "now", "expected"),
    [
        # Daily at 10:00 in Berlin, 09:00 UTC in January; a missed time is caught up for twelve hours.
        ("2026-01-05 09:00", "2026-01-06 08:59", ["2026-01-06 09:00", "2026-01-07 09:00"]),
        ("2026-01-05 09:00", "2026-01-06 09:05", ["2026-01-06 09:00", "2026-01-07 09:00"]),
        ("2026-01-05 09:00", "2026-01-06 21:00", ["2026-01-06 09:00", "2026-01-07 09:00"]),
        ("2026-01-05 09:00", "2026-01-06 21:01", ["2026-01-07 09:00", "2026-01-08 09:00"]),
        ("2026-01-06 09:00", "2026-01-06 09:05", ["2026-01-07 09:00", "2026-01-08 09:00"]),
        ("2026-01-02 09:00", "2026-01-06 09:05", ["2026-01-06 09:00", "2026-01-07 09:00"]),
    ],
    ids=["before", "just missed", "twelve hours", "too late", "asked already", "several missed"],
)
def test_a_time_that_was_missed_comes_first_while_it_is_still_asked_at(
    last: str, now: str, expected: list[str]
) -> None:
    times = upcoming_times(
        schedule(), utc(last), utc(now), no_holidays, late=timedelta(0), catch_up=timedelta(hours=12)
    )

    assert expected == [f"{moment:%Y-%m-%d %H:%M}" for moment in islice(times, 2)]


MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)


def due_at(name: str, *hours: int) -> tuple[Schedule, Iterator[datetime]]:
    one = replace(schedule(), id=ScheduleId(name), open_for=timedelta(hours=30))
    return one, iter([MONDAY + hour * timedelta(hours=1) for hour in hours])


def test_a_time_at_which_a_round_of_the_channel_is_open_opens_none() -> None:
    found = opening_times([due_at("a", 0, 60), due_at("b", 10, 30, 100)], None)

    assert [("a", True), ("b", False), ("b", True), ("a", True), ("b", True)] == [
        (one.id, opens) for _, one, opens in found
    ]


def test_a_round_that_is_open_now_takes_the_times_until_it_closes() -> None:
    found = opening_times([due_at("a", 0, 60)], MONDAY + timedelta(hours=1))

    assert [False, True] == [opens for _, _, opens in found]
