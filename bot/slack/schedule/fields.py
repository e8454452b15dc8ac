"""Parse what people type about schedules: times, zones, regions and days. Pure; each error is a sentence."""

import re
from collections.abc import Mapping
from datetime import date, time
from difflib import get_close_matches
from functools import cache
from zoneinfo import available_timezones

from bot.core.language import ENGLISH, Language
from bot.core.schedule import HolidayCalendar
from bot.slack.schedule import error_blocks
from bot.slack.schedule.field_blocks import DATES_LIMIT, quiet_range

Ranges = tuple[tuple[date, date], ...]

MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
MOST_YEARS = 3
"""A day further ahead is taken for a typing error."""

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_DAY_FIRST = re.compile(r"(\d{1,2})(?:st|nd|rd|th|\.)?(?: of)? ([a-z]{3,9})\.?,?(?: (\d{4}))?")
_MONTH_FIRST = re.compile(r"([a-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,?(?: (\d{4}))?")


class WrongEntryError(ValueError):
    """An invalid entry; its text is shown at the field."""


def parse_zone(text: str, language: Language = ENGLISH) -> str:
    """Return the IANA zone of this name or city, in any case. Raises ``WrongEntryError``.

    Of several zones with the same city, return the one with the shortest name.
    """
    name = "_".join(text.split())
    if not name:
        raise WrongEntryError(language.gettext(error_blocks.NO_ZONE))
    if name in zones():
        return name
    found = zones_by_name().get(name.lower())
    if found is None:
        close = get_close_matches(name.lower(), zones_by_name(), n=1, cutoff=0.6)
        nearest = zones_by_name()[close[0]] if close else ""
        raise WrongEntryError(error_blocks.no_zone(text, nearest, language))
    return found


def parse_quiet(text: str, language: Language = ENGLISH) -> Ranges:
    """Return the quiet ranges in these lines, in order. Raises ``WrongEntryError``."""
    lines = (line.strip() for line in text.replace("\r", "\n").split("\n"))
    return tuple(_parse_range(line, language) for line in lines if line)


def quiet_lines(ranges: Ranges, language: Language = ENGLISH) -> str:
    """Return quiet ranges as the form shows them, one a line; drop the first ones of too many."""
    lines = [f"{first}" if first == last else quiet_range(first, last, language) for first, last in ranges]
    while len("\n".join(lines)) > DATES_LIMIT:
        lines.pop(0)
    return "\n".join(lines)


@cache
def zones() -> frozenset[str]:
    """Return the IANA zones that people may name."""
    return frozenset(available_timezones() - {"Factory", "localtime"})


@cache
def zones_by_name() -> Mapping[str, str]:
    """Return the zones by name and by city, in lower case."""
    ordered = sorted(zones(), key=lambda zone: (len(zone), zone), reverse=True)
    cities = {zone.rpartition("/")[2].lower(): zone for zone in ordered if not zone.startswith("Etc/")}
    return cities | {zone.lower(): zone for zone in ordered}


def parse_number(text: str, low: int, high: int, wrong: str) -> int:
    """Return a whole number from ``low`` to ``high``. Raises ``WrongEntryError`` with ``wrong``."""
    if not re.fullmatch(r"[0-9]{1,3}", text) or not low <= int(text) <= high:
        raise WrongEntryError(wrong)
    return int(text)


def parse_time(text: str, language: Language) -> time:
    """Return a time of day from ``HH:MM``. Raises ``WrongEntryError``."""
    match = re.fullmatch(r"([01][0-9]|2[0-3]):([0-5][0-9])", text)
    if not match:
        wrong = (
            error_blocks.no_time(text, language) if text.strip() else language.gettext(error_blocks.NO_TIME)
        )
        raise WrongEntryError(wrong)
    return time(int(match[1]), int(match[2]))


def parse_region(text: str, holidays: HolidayCalendar, year: int, language: Language = ENGLISH) -> str | None:
    """Return the code of a country or region with holidays in that year; None for an empty text.

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
    raise WrongEntryError(error_blocks.no_region(text, language))


def _has_holidays(region: str, holidays: HolidayCalendar, year: int) -> bool:
    # The calendar also accepts other texts than codes, such as names of its attributes.
    if not re.fullmatch(r"[A-Z]{2}(-[\w .]{1,40})?", region):
        return False
    try:
        holidays(region, year)
    except ValueError:
        return False
    return True


def _parse_range(line: str, language: Language) -> tuple[date, date]:
    first, *rest = re.split(r"\s*(?:\.\.|–|\bto\b)\s*", line, maxsplit=1)  # noqa: RUF001 - people write it
    days = _parse_date(first, line, language), _parse_date(rest[0] if rest else first, line, language)
    if days[1] < days[0]:
        raise WrongEntryError(error_blocks.ends_before(line, language))
    return days


def _parse_date(text: str, line: str, language: Language) -> date:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise WrongEntryError(error_blocks.no_date(line, language))
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise WrongEntryError(error_blocks.no_such_day(text, language)) from None


def parse_until(words: str, today: date) -> date | None:
    """Parse a day such as ``until 5 january``, ``5 Jan 2027`` or ``2027-01-05``; None for no day.

    Without a year it is the next such day, today included. A past day is returned; one more than three years
    ahead is not.

    >>> parse_until("until 5 January", date(2026, 11, 24))
    datetime.date(2027, 1, 5)
    >>> parse_until("31 february", date(2026, 11, 24)) is None
    True
    """
    text = " ".join(words.lower().split()).removeprefix("until").strip()
    if found := _ISO.fullmatch(text):
        year, month, day = (int(part) for part in found.groups())
        return _near(_existing(year, month, day), today)
    if found := _DAY_FIRST.fullmatch(text):
        return _named(found[2], int(found[1]), found[3], today)
    if found := _MONTH_FIRST.fullmatch(text):
        return _named(found[1], int(found[2]), found[3], today)
    return None


def _named(name: str, day: int, year: str | None, today: date) -> date | None:
    months = [number for number, month in enumerate(MONTHS, start=1) if month.startswith(name)]
    if len(months) != 1:
        return None
    if year:
        return _near(_existing(int(year), months[0], day), today)
    years = range(today.year, today.year + MOST_YEARS + 1)
    candidates = (_existing(one, months[0], day) for one in years)
    return _near(next((one for one in candidates if one and one >= today), None), today)


def _near(day: date | None, today: date) -> date | None:
    return day if day and day.year <= today.year + MOST_YEARS else None


def _existing(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
