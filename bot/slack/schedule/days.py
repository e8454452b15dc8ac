"""A day as somebody types it after ``/belonging pause``. Pure."""

import re
from datetime import date

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
"""A day further ahead than this is taken for a slip."""

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_DAY_FIRST = re.compile(r"(\d{1,2})(?:st|nd|rd|th|\.)?(?: of)? ([a-z]{3,9})\.?,?(?: (\d{4}))?")
_MONTH_FIRST = re.compile(r"([a-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,?(?: (\d{4}))?")


def parse_until(words: str, today: date) -> date | None:
    """The day in words such as ``until 5 january``, ``5 Jan 2027`` or ``2027-01-05``; None where it is none.

    Without a year it is the next such day, today included. A day that lies back comes out as it is; one more
    than three years ahead does not.

    >>> parse_until("until 5 January", date(2026, 11, 24))
    datetime.date(2027, 1, 5)
    >>> parse_until("31 february", date(2026, 11, 24)) is None
    True
    """
    text = " ".join(words.lower().split()).removeprefix("until").strip()
    if found := _ISO.fullmatch(text):
        year, month, day = (int(part) for part in found.groups())
        return _within(_date(year, month, day), today)
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
        return _within(_date(int(year), months[0], day), today)
    years = range(today.year, today.year + MOST_YEARS + 1)
    candidates = (_date(one, months[0], day) for one in years)
    return _within(next((one for one in candidates if one and one >= today), None), today)


def _within(day: date | None, today: date) -> date | None:
    return day if day and day.year <= today.year + MOST_YEARS else None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
