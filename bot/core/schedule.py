"""Recurrence: when a schedule fires, in its own time zone."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from bot.core.model import ChannelId, PackId, ReleasePolicy, ScheduleId


class Source(StrEnum):
    """Where a schedule is kept: declared in config.yaml, or set in Slack."""

    CONFIG = "config"
    SLACK = "slack"


@dataclass(frozen=True, slots=True, kw_only=True)
class Weekly:
    """Every ``every`` weeks (1 to 4) on these weekdays (0 is Monday), counted from the week of ``since``."""

    every: int
    weekdays: tuple[int, ...]
    since: date = date(2024, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthlyDay:
    """Every month on this day (1 to 31); a shorter month has its last day instead."""

    day: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthlyWeekday:
    """Every month on its first (``which`` = 1) or last (-1) such weekday (0 is Monday)."""

    which: int
    weekday: int


Recurrence = Weekly | MonthlyDay | MonthlyWeekday


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietDays:
    """Days without prompts: the public holidays of a country or region (``DE``, ``DE-BE``), and own dates."""

    holidays: str | None = None
    ranges: tuple[tuple[date, date], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When prompts come to a channel, from which pack, and under which rules their rounds run."""

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


HolidayCalendar = Callable[[str, int], frozenset[date]]
"""The public holidays of a region (``DE-BE``) in a year; handed in by the edge."""


def fire_times(schedule: Schedule, after: datetime, holidays: HolidayCalendar) -> Iterator[datetime]:
    """The fire times later than ``after``, in order, as aware UTC datetimes."""
    raise NotImplementedError
