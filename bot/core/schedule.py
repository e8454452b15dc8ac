"""Compute when a schedule fires, in its own time zone."""

import hashlib
import heapq
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from itertools import chain, pairwise
from operator import itemgetter
from zoneinfo import ZoneInfo

from dateutil.rrule import MONTHLY, WEEKLY, rrule, weekday

from bot.core.language import ENGLISH, ENGLISH_CODE, N_, Language
from bot.core.model import ChannelId, PackId, ReleasePolicy, ScheduleId

LONGEST_SILENCE = timedelta(days=4 * 365 + 1)
"""The search for a fire time ends after this long without one."""

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MOST_WEEKS = 4
_MONDAY, _SUNDAY = 0, 6
_LONGEST_MONTH = 31
_SHORTEST_MONTH = 28
_MINUTE = timedelta(minutes=1)


class Source(StrEnum):
    """Where a schedule is kept: in config.yaml, or set in Slack."""

    CONFIG = "config"
    SLACK = "slack"


@dataclass(frozen=True, slots=True, kw_only=True)
class Weekly:
    """Every ``every`` weeks (1 to 4) on these weekdays (0 is Monday), counted from the week of ``since``.

    Weeks begin on Monday. Nothing fires before the week of ``since``.
    """

    every: int
    weekdays: tuple[int, ...]
    since: date = date(2024, 1, 1)

    def __post_init__(self) -> None:
        """Refuse weekdays that are missing, repeated or out of range."""
        if not 1 <= self.every <= MOST_WEEKS:
            raise ValueError(f"every must be from 1 to {MOST_WEEKS} weeks")
        if not self.weekdays or any(later <= earlier for earlier, later in pairwise(self.weekdays)):
            raise ValueError("weekdays must be some different days, in order")
        if not all(_MONDAY <= day <= _SUNDAY for day in self.weekdays):
            raise ValueError("a weekday must be from 0 (Monday) to 6 (Sunday)")


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthlyDay:
    """Every month on this day (1 to 31), or on the last day of a shorter month."""

    day: int

    def __post_init__(self) -> None:
        """Refuse a day that no month has."""
        if not 1 <= self.day <= _LONGEST_MONTH:
            raise ValueError(f"day must be from 1 to {_LONGEST_MONTH}")


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthlyWeekday:
    """Every month on its first (``which`` = 1) or last (-1) such weekday (0 is Monday)."""

    which: int
    weekday: int

    def __post_init__(self) -> None:
        """Refuse all but the first and the last, which every month has."""
        if self.which not in {1, -1}:
            raise ValueError("which must be 1 (first) or -1 (last)")
        if not _MONDAY <= self.weekday <= _SUNDAY:
            raise ValueError("a weekday must be from 0 (Monday) to 6 (Sunday)")


Recurrence = Weekly | MonthlyDay | MonthlyWeekday


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietDays:
    """Days without prompts: public holidays of a country or region (``DE``, ``DE-BE``), and own dates.

    Each of ``ranges`` has its first and its last quiet day.
    """

    holidays: str | None = None
    ranges: tuple[tuple[date, date], ...] = ()

    def __post_init__(self) -> None:
        """Refuse a range that ends before it begins."""
        if any(last < first for first, last in self.ranges):
            raise ValueError("a quiet range must not end before it begins")


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When prompts come to a channel, from which pack, and under which rules.

    ``at``: local time of day in whole minutes. ``zone``: an IANA name. ``open_for``: at least the policy's
    ``min_open``. ``created_at``: the time of the last change; nothing fires at or before it.
    ``paused_until``: the first local day on which a paused schedule fires again; None if unknown.
    ``language``: the code of the language in which the channel reads its messages; empty until it is known
    (``core.channel_language``).
    """

    id: ScheduleId
    channel: ChannelId
    recurrence: Recurrence
    at: time
    zone: str
    pack: PackId
    open_for: timedelta
    policy: ReleasePolicy
    created_at: datetime
    reminder: bool = True
    quiet: QuietDays = QuietDays()
    tenure: bool = False
    source: Source = Source.CONFIG
    paused: bool = False
    paused_until: date | None = None
    language: str = "en"

    def __post_init__(self) -> None:
        """Refuse an invalid time, zone or length."""
        if self.at.tzinfo is not None or self.at.second or self.at.microsecond:
            raise ValueError("at must be a local time of day in whole minutes")
        if self.created_at.tzinfo is None:
            raise ValueError("created_at must be an aware time")
        if self.paused_until and not self.paused:
            raise ValueError("paused_until is for a paused schedule")
        if self.open_for < self.policy.min_open:
            raise ValueError("open_for must be at least policy.min_open")
        zone_named(self.zone)


HolidayCalendar = Callable[[str, int], frozenset[date]]
"""Returns the public holidays of a region (``DE-BE``) in a year."""


def fire_times(schedule: Schedule, after: datetime, holidays: HolidayCalendar) -> Iterator[datetime]:
    """Yield the fire times later than ``after``, in order, as aware UTC datetimes.

    Each is the local time ``at`` of its day. A time that the clocks skip moves to the first minute that
    exists; a time that they repeat fires once, the first time. Quiet days are left out. The iterator ends
    after four years without a fire time; a paused schedule has fire times only from ``paused_until`` on.
    Raises ``ValueError`` for a naive ``after``.
    """
    if after.tzinfo is None:
        raise ValueError("after must be an aware time")
    if schedule.paused and schedule.paused_until is None:
        return
    zone = zone_named(schedule.zone)
    previous, begin = after, after.astimezone(zone).date()
    if schedule.paused_until:
        begin = max(begin, schedule.paused_until)
    for wall in _local_times(schedule.recurrence, schedule.at, begin - timedelta(days=2)):
        if wall.date() - begin > LONGEST_SILENCE:
            return
        local = _first_valid(wall, zone)
        moment = local.astimezone(UTC)
        if schedule.paused_until and local.date() < schedule.paused_until:
            continue
        if moment <= previous or any(_is_quiet(day, schedule.quiet, holidays) for day in _days(wall, local)):
            continue
        previous, begin = moment, local.date()
        yield moment


def unused_times(
    schedule: Schedule, last: datetime | None, after: datetime, holidays: HolidayCalendar
) -> Iterator[datetime]:
    """Return the unused fire times later than ``after``, in order (UTC).

    Both firing and the display of the next time use this function. ``last``: the latest fire time used.
    """
    since = max(after, schedule.created_at, *([last] if last else []))
    return fire_times(schedule, since, holidays)


def upcoming_times(
    schedule: Schedule,
    last: datetime | None,
    now: datetime,
    holidays: HolidayCalendar,
    *,
    late: timedelta,
    catch_up: timedelta,
) -> Iterator[datetime]:
    """Yield the fire times that will still ask, in order (UTC). The first may be past: it asks at once.

    ``last``: the latest fire time used. ``late``: how much later than its time this schedule asks.
    ``catch_up``: how long a time that was missed because Slack was away is still used; of several, only the
    latest.
    """
    missed = None
    since = now - max(late, catch_up) - timedelta.resolution  # exactly this late still counts
    coming = unused_times(schedule, last, since, holidays)
    for moment in coming:
        if moment + late > now:
            coming = chain([moment], coming)
            break
        missed = moment if now - moment <= catch_up else None
    else:
        coming = iter(())
    yield from chain([missed] if missed else [], coming)


def opening_times(
    coming: Sequence[tuple[Schedule, Iterator[datetime]]], busy_until: datetime | None
) -> Iterator[tuple[datetime, Schedule, bool]]:
    """Yield the fire times of a channel's schedules in order (UTC), each with whether it opens a round.

    A channel has one open round at a time, so a time that comes while a round is open asks nothing.
    ``coming``: each schedule with its fire times in order. ``busy_until``: when the round closes that is
    open now, if one is.
    """
    in_order = heapq.merge(*(_each_with(schedule, times) for schedule, times in coming), key=itemgetter(0))
    for moment, schedule in in_order:
        opens = busy_until is None or moment >= busy_until
        if opens:
            busy_until = moment + schedule.open_for
        yield moment, schedule, opens


def _each_with(schedule: Schedule, times: Iterator[datetime]) -> Iterator[tuple[datetime, Schedule]]:
    return ((moment, schedule) for moment in times)


def is_paused(schedule: Schedule, now: datetime) -> bool:
    """Return whether a schedule is paused now: it was paused, and the day to resume has not come."""
    if not schedule.paused or schedule.paused_until is None:
        return schedule.paused
    return now.astimezone(zone_named(schedule.zone)).date() < schedule.paused_until


def jitter_of(schedule_id: ScheduleId, most: timedelta) -> timedelta:
    """Return how much later than its fire time this schedule asks: whole seconds, from 0 to ``most``.

    It is constant for a schedule, so that a channel can rely on its time. Source: SHA-256 (FIPS 180-4) of the
    id, taken modulo; the ids are random, so channels spread evenly.
    """
    spread_s = int(most.total_seconds())
    digest = hashlib.sha256(b"jitter:" + schedule_id.encode()).digest()
    return timedelta(seconds=int.from_bytes(digest[:8]) % (spread_s + 1))


def describe(schedule: Schedule, language: Language = ENGLISH) -> str:
    """Return when the schedule fires, in words: ``every 2 weeks on Tuesday at 10:00 (Europe/Berlin)``."""
    values = {"time": language.time(datetime.combine(date.min, schedule.at)), "zone": schedule.zone}
    match schedule.recurrence:
        case Weekly(every=every, weekdays=weekdays):
            days = language.list_of([language.weekday(day) for day in weekdays])
            if every == 1:
                # Translators: {days} is such as “Monday and Thursday”. It also stands within sentences.
                return language.gettext("every week on {days} at {time} ({zone})", days=days, **values)
            # Translators: {days} is such as “Monday and Thursday”. It also stands within sentences.
            return language.ngettext(
                "every {number} week on {days} at {time} ({zone})",
                "every {number} weeks on {days} at {time} ({zone})",
                every,
                days=days,
                **values,
            )
        case MonthlyDay(day=day) if day > _SHORTEST_MONTH:
            # Translators: {day} is such as “31st” in English, and the number in digits in other languages.
            return language.gettext(
                "every month on the {day} (or its last day, if that comes first) at {time} ({zone})",
                day=_ordinal(day, language),
                **values,
            )
        case MonthlyDay(day=day):
            # Translators: {day} is such as “1st” in English, and the number in digits in other languages.
            return language.gettext(
                "every month on the {day} at {time} ({zone})", day=_ordinal(day, language), **values
            )
        case MonthlyWeekday(which=which, weekday=weekday):
            days_of = _FIRST_WEEKDAY if which == 1 else _LAST_WEEKDAY
            return language.gettext(days_of[weekday], **values)


# One message for each day: in many languages its gender changes the other words.
_FIRST_WEEKDAY = (
    N_("every month on the first Monday at {time} ({zone})"),
    N_("every month on the first Tuesday at {time} ({zone})"),
    N_("every month on the first Wednesday at {time} ({zone})"),
    N_("every month on the first Thursday at {time} ({zone})"),
    N_("every month on the first Friday at {time} ({zone})"),
    N_("every month on the first Saturday at {time} ({zone})"),
    N_("every month on the first Sunday at {time} ({zone})"),
)
_LAST_WEEKDAY = (
    N_("every month on the last Monday at {time} ({zone})"),
    N_("every month on the last Tuesday at {time} ({zone})"),
    N_("every month on the last Wednesday at {time} ({zone})"),
    N_("every month on the last Thursday at {time} ({zone})"),
    N_("every month on the last Friday at {time} ({zone})"),
    N_("every month on the last Saturday at {time} ({zone})"),
    N_("every month on the last Sunday at {time} ({zone})"),
)


def _ordinal(day: int, language: Language) -> str:
    if language.code != ENGLISH_CODE:
        return language.number(day)
    endings = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd", 31: "st"}
    return f"{day}{endings.get(day, 'th')}"


@cache  # zoneinfo itself keeps eight; some hundreds of names exist
def zone_named(name: str) -> ZoneInfo:
    """Return the time zone with this name. Raises ``ValueError``."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # raised for unknown, malformed and partial names
        raise ValueError("zone must be an IANA time zone such as Europe/Berlin") from None


def _local_times(recurrence: Recurrence, at: time, begin: date) -> Iterator[datetime]:
    """Return the local times of a recurrence, in order, from ``begin`` or a little earlier."""
    match recurrence:
        case Weekly(every=every, weekdays=weekdays, since=since):
            step = timedelta(weeks=every)
            monday = since - timedelta(days=since.weekday())
            monday += max(0, (begin - monday) // step) * step
            start = datetime.combine(monday, at)
            return iter(rrule(WEEKLY, interval=every, byweekday=weekdays, wkst=_MONDAY, dtstart=start))
        case MonthlyDay(day=day):
            start = datetime.combine(begin.replace(day=1), at)
            # The earlier of this day and the month's last: a month without this day has its last one.
            return iter(rrule(MONTHLY, bymonthday=(day, -1), bysetpos=1, dtstart=start))
        case _:
            start = datetime.combine(begin.replace(day=1), at)
            chosen = weekday(recurrence.weekday, recurrence.which)
            return iter(rrule(MONTHLY, byweekday=chosen, dtstart=start))


def _first_valid(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return this local time, or the first minute after it that exists in the zone."""
    local = wall.replace(tzinfo=zone)
    moment, other = local.astimezone(UTC), local.replace(fold=1).astimezone(UTC)
    if moment <= other:  # the order is reversed only for a skipped time (PEP 495)
        return local
    minutes = range((moment - other) // _MINUTE)
    skipped = bisect_left(minutes, wall, key=lambda count: _shown(other + count * _MINUTE, zone))
    return (other + skipped * _MINUTE).astimezone(zone)


def _shown(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)


def _days(wall: datetime, local: datetime) -> frozenset[date]:
    """Return the intended day and the actual day. They differ if a zone skipped a whole day."""
    return frozenset({wall.date(), local.date()})


def _is_quiet(day: date, quiet: QuietDays, holidays: HolidayCalendar) -> bool:
    if any(first <= day <= last for first, last in quiet.ranges):
        return True
    return quiet.holidays is not None and day in holidays(quiet.holidays, day.year)
