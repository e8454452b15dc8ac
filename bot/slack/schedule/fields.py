"""What people type into the schedule form: times, zones, regions, days. Pure; each error is a sentence."""

import re
from collections.abc import Mapping
from datetime import date, time
from difflib import get_close_matches
from functools import cache
from zoneinfo import available_timezones

from bot.core.schedule import HolidayCalendar
from bot.slack.schedule import error_blocks as words
from bot.slack.schedule.form_blocks import DATES_LIMIT

Ranges = tuple[tuple[date, date], ...]


class WrongEntryError(ValueError):
    """An entry that cannot be taken; its text stands at the field."""


def parse_zone(text: str) -> str:
    """The IANA zone of this name, or of this city; capitals do not matter. Raises ``WrongEntryError``.

    Where several zones name the same city, the one with the shortest name is meant.
    """
    name = "_".join(text.split())
    if not name:
        raise WrongEntryError(words.NO_ZONE)
    if name in zones():
        return name
    found = zones_by_name().get(name.lower())
    if found is None:
        close = get_close_matches(name.lower(), zones_by_name(), n=1, cutoff=0.6)
        raise WrongEntryError(words.no_zone(text, zones_by_name()[close[0]] if close else ""))
    return found


def parse_quiet(text: str) -> Ranges:
    """The quiet ranges in these lines, in their order. Raises ``WrongEntryError`` for the first wrong one."""
    lines = (line.strip() for line in text.replace("\r", "\n").split("\n"))
    return tuple(_parse_range(line) for line in lines if line)


def quiet_lines(ranges: Ranges) -> str:
    """Quiet ranges as the form shows them, one a line; of too many, the first are left out."""
    lines = [f"{first}" if first == last else f"{first} to {last}" for first, last in ranges]
    while len("\n".join(lines)) > DATES_LIMIT:
        lines.pop(0)
    return "\n".join(lines)


@cache
def zones() -> frozenset[str]:
    """Every IANA zone that people may name."""
    return frozenset(available_timezones() - {"Factory", "localtime"})


@cache
def zones_by_name() -> Mapping[str, str]:
    """Every zone by its own name and by its city, in small letters."""
    ordered = sorted(zones(), key=lambda zone: (len(zone), zone), reverse=True)
    cities = {zone.rpartition("/")[2].lower(): zone for zone in ordered if not zone.startswith("Etc/")}
    return cities | {zone.lower(): zone for zone in ordered}


def parse_number(text: str, low: int, high: int, wrong: str) -> int:
    """A whole number from ``low`` to ``high``. Raises ``WrongEntryError`` with this sentence."""
    if not re.fullmatch(r"[0-9]{1,3}", text) or not low <= int(text) <= high:
        raise WrongEntryError(wrong)
    return int(text)


def parse_time(text: str) -> time:
    """A time of day in whole minutes, ``HH:MM`` as Slack writes it. Raises ``WrongEntryError``."""
    match = re.fullmatch(r"([01][0-9]|2[0-3]):([0-5][0-9])", text)
    if not match:
        raise WrongEntryError(words.no_time(text) if text.strip() else words.NO_TIME)
    return time(int(match[1]), int(match[2]))


def parse_region(text: str, holidays: HolidayCalendar, year: int) -> str | None:
    """The country or region, as the calendar of that year knows it; None for nothing.

    Raises ``WrongEntryError`` where no holidays are known.
    """
    region = text.strip()
    if region.lower() in {"", "none"}:
        return None
    country, dash, subdivision = region.partition("-")
    tries = [
        f"{country.strip().upper()}{dash}{part}"
        for part in (subdivision.strip(), subdivision.strip().upper())
    ]
    for known in tries:
        if _has_holidays(known, holidays, year):
            return known
    raise WrongEntryError(words.no_region(text))


def _has_holidays(region: str, holidays: HolidayCalendar, year: int) -> bool:
    # The calendar itself takes more than codes: the names of its own parts, for one.
    if not re.fullmatch(r"[A-Z]{2}(-[\w .]{1,40})?", region):
        return False
    try:
        holidays(region, year)
    except ValueError:
        return False
    return True


def _parse_range(line: str) -> tuple[date, date]:
    first, *rest = re.split(r"\s*(?:\.\.|–|\bto\b)\s*", line, maxsplit=1)  # noqa: RUF001 - people write it
    days = _parse_date(first, line), _parse_date(rest[0] if rest else first, line)
    if days[1] < days[0]:
        raise WrongEntryError(words.ends_before(line))
    return days


def _parse_date(text: str, line: str) -> date:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise WrongEntryError(words.no_date(line))
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise WrongEntryError(words.no_such_day(text)) from None
