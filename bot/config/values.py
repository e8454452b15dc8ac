"""Parse the values of config.yaml: durations, times of day, recurrences, dates, ids."""

import re
from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BeforeValidator

from bot.config.problems import WrongValueError, nearest, quoted
from bot.core.numbers import spell
from bot.core.schedule import MonthlyDay, MonthlyWeekday, Recurrence, Weekly

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_WHICH = {"first": 1, "last": -1}
_THIS_MACHINE = {"127.0.0.1", "::1", "localhost"}
_LONGEST = timedelta(days=366)
_MOST_DAYS = 31

Every = int | Literal["month"]
"""A number of weeks, or every month."""

T = TypeVar("T")


def scalar(parse: Callable[[str], T]) -> BeforeValidator:
    """Return a pydantic validator that passes a text to ``parse``, and refuses lists and sections."""

    def check(value: Any) -> Any:
        if value is None:
            raise WrongValueError("is empty", "Write a value, or take the line out.")
        if isinstance(value, (list, dict)):
            raise WrongValueError("is to be one value, not a list or a section")
        return parse(value) if isinstance(value, str) else value

    return BeforeValidator(check)


def parse_text(text: str) -> str:
    """Return the text without surrounding whitespace."""
    return text.strip()


def parse_place(text: str) -> str:
    """Return the path of a file or folder."""
    if not text.strip() or "\0" in text:
        raise WrongValueError("is empty", "Write a path, such as ./prompts.")
    return text.strip()


def parse_flag(text: str) -> bool:
    """Return True or False. Other words, such as ``no`` and ``off``, are ambiguous and refused."""
    found = {"true": True, "false": False}.get(text.strip().lower())
    if found is None:
        raise WrongValueError(f"{quoted(text)} is neither true nor false", "Write true or false.")
    return found


def whole_or_none(low: int, high: int) -> Callable[[str], int | None]:
    """Return a parser of whole numbers from ``low`` to ``high``, and of ``none``."""
    number = whole(low, high, ", or none")
    return lambda text: None if text.strip().lower() == "none" else number(text)


def whole(low: int, high: int, more: str = "") -> Callable[[str], int]:
    """Return a parser of whole numbers from ``low`` to ``high``; ``more``: what else is accepted."""

    def parse(text: str) -> int:
        accepted = f"Write a whole number from {low} to {high}{more}."
        if not re.fullmatch(r"[+-]?[0-9]{1,9}", text.strip()):
            raise WrongValueError(f"{quoted(text)} is no whole number", accepted)
        if not low <= int(text) <= high:
            raise WrongValueError(f"{int(text)} is out of range", accepted)
        return int(text)

    return parse


def duration(low: timedelta, high: timedelta = _LONGEST) -> Callable[[str], timedelta]:
    """Return a parser of durations such as ``90m``, ``24h``, ``3d`` or ``2w``, from ``low`` to ``high``."""

    def parse(text: str) -> timedelta:
        accepted = (
            f"Write a whole number and m, h, d or w (90m, 24h, 3d), from {spell(low)} to {spell(high)}."
        )
        match = re.fullmatch(r"([0-9]{1,6})\s*([mhdw])", text.strip().lower())
        if not match:
            raise WrongValueError(f"{quoted(text)} is no duration", accepted)
        found = timedelta(**{_UNITS[match[2]]: int(match[1])})
        if not low <= found <= high:
            raise WrongValueError(f"{quoted(text)} is out of range", accepted)
        return found

    return parse


def parse_time(text: str) -> time:
    """Parse a time of day, ``HH:MM``."""
    match = re.fullmatch(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", text.strip())
    if not match:
        raise WrongValueError(
            f"{quoted(text)} is no time of day", "Write HH:MM from 00:00 to 23:59, in quotes."
        )
    return time(int(match[1]), int(match[2]))


def parse_date(text: str) -> date:
    """Parse a date, ``YYYY-MM-DD``."""
    try:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text.strip()):
            raise ValueError  # noqa: TRY301 - both errors have the same message
        return date.fromisoformat(text.strip())
    except ValueError:
        raise WrongValueError(f"{quoted(text)} is no date", "Write YYYY-MM-DD.") from None


def parse_quiet(text: str) -> tuple[date, date]:
    """Parse the first and last quiet day from ``YYYY-MM-DD`` or ``YYYY-MM-DD..YYYY-MM-DD``."""
    first, _, last = text.partition("..")
    days = parse_date(first), parse_date(last or first)
    if days[1] < days[0]:
        raise WrongValueError(f"{quoted(text)} ends before it begins", "Write the earlier date first.")
    return days


def parse_zone(text: str) -> str:
    """Return the name of an IANA time zone."""
    name = text.strip()
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        zones = {zone.lower(): zone for zone in available_timezones()}
        hint = nearest(name, zones)
        for lower, zone in zones.items():
            hint = hint.replace(f"'{lower}'", f"'{zone}'")
        raise WrongValueError(
            f"{quoted(name)} is no time zone", hint or "Write a name such as Europe/Berlin."
        ) from None
    return name


def parse_every(text: str) -> Every:
    """Parse an interval: ``week``, ``2 weeks`` (1 to 4) or ``month``."""
    words = text.strip().lower()
    if words in {"month", "1 month"}:
        return "month"
    match = re.fullmatch(r"(?:([1-4])\s*)?weeks?", words)
    if not match:
        raise WrongValueError(f"{quoted(text)} is no interval", "Write week, 2 weeks (up to 4), or month.")
    return int(match[1] or 1)


def parse_on(every: Every, value: Any) -> Recurrence:
    """Combine ``every`` and ``on`` into a recurrence; ``on`` may be a list of weekdays."""
    words = [str(word).strip().lower() for word in (value if isinstance(value, list) else [value])]
    if every == "month":
        return _monthly(words)
    days = {_weekday(word) for word in words}
    if not days or None in days:
        raise WrongValueError(
            "names no weekdays", "With weeks, write some of " + ", ".join(WEEKDAYS) + ": [tue] or [tue, thu]."
        )
    if len(days) < len(words):
        raise WrongValueError("names a weekday twice", "Name each once.")
    return Weekly(every=every, weekdays=tuple(sorted(day for day in days if day is not None)))


def _weekday(word: str) -> int | None:
    for names in (WEEKDAYS, _DAY_NAMES):
        if word in names:
            return names.index(word)
    return None


def _monthly(words: list[str]) -> Recurrence:
    wrong = WrongValueError(
        "names no day of a month", "With month, write a day from 1 to 31, first tue, or last fri."
    )
    if len(words) != 1:
        raise wrong
    word = words[0]
    if re.fullmatch(r"[0-9]{1,2}", word) and 1 <= int(word) <= _MOST_DAYS:
        return MonthlyDay(day=int(word))
    which, _, day = word.partition(" ")
    weekday = _weekday(day.strip())
    if which not in _WHICH or weekday is None:
        raise wrong
    return MonthlyWeekday(which=_WHICH[which], weekday=weekday)


def parse_url(text: str) -> str:
    """Return the address of a Web API: http or https, with a slash at the end."""
    accepted = "Write an address such as https://slack.com/api/ (the slash at the end belongs to it)."
    address = text.strip()
    try:
        parts = urlsplit(address)
        fits = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        fits = False
    if "://" not in address and "/" in address:
        raise WrongValueError(f"{quoted(address)} does not say https:// first", accepted)
    if not fits or parts.query or parts.fragment or parts.username or not parts.path.endswith("/"):
        raise WrongValueError(f"{quoted(address)} is no address of a Web API", accepted)
    return address


def parse_public_url(text: str) -> str:
    """Return the address under which Slack and people reach the bot: https, without a slash at the end.

    Plain http is accepted for this machine only, such as for tests: Slack itself takes https alone.
    """
    accepted = "Write an address such as https://belonging.example.org (https, no slash at the end)."
    address = text.strip()
    try:
        parts = urlsplit(address)
        host, fits = parts.hostname or "", bool(parts.hostname) and parts.port != 0
    except ValueError:
        host, fits = "", False
    if "://" not in address:
        raise WrongValueError(f"{quoted(address)} does not say https:// first", accepted)
    if not fits or parts.scheme not in {"http", "https"} or not _is_plain(address):
        raise WrongValueError(f"{quoted(address)} is no address of a web site", accepted)
    if parts.query or parts.fragment or parts.username is not None or "?" in address or "#" in address:
        raise WrongValueError(f"{quoted(address)} has more than a host and a path", accepted)
    if parts.scheme == "http" and host not in _THIS_MACHINE:
        raise WrongValueError(f"{quoted(address)} is http, and Slack sends to https only", accepted)
    if address.endswith("/"):
        raise WrongValueError(f"{quoted(address)} ends in a slash", accepted)
    return address


WORKER, PORT = "{worker}", "{port}"
"""Stands for the name of a worker in the address at which the others reach it."""


def parse_worker_address(text: str) -> str:
    """Return the address at which workers reach each other, with ``{worker}`` in the place of the name."""
    example = "Write an address such as http://{worker}:3000, or leave it out."
    address = text.strip()
    if WORKER not in address and PORT not in address:
        raise WrongValueError(
            f"{quoted(address)} has no {WORKER} in it, so all would have one address", example
        )
    try:
        parts = urlsplit(address.replace(WORKER, "worker").replace(PORT, "3000"))
        fits = bool(parts.hostname) and parts.port != 0 and parts.scheme in {"http", "https"}
    except ValueError:
        fits = False
    if not fits or not _is_plain(address) or set(address.replace(WORKER, "").replace(PORT, "")) & set("{}"):
        raise WrongValueError(f"{quoted(address)} is no address of a worker", example)
    if parts.username is not None or parts.path or "?" in address or "#" in address:
        raise WrongValueError(f"{quoted(address)} has more than a host and a port", example)
    return address


def _is_plain(address: str) -> bool:
    return address.isascii() and address.isprintable() and not set(address) & set(" \"'<>\\`")


def slack_id(first: str, noun: str, remedy: str) -> Callable[[str], str]:
    """Return a parser of Slack ids that begin with one of the letters in ``first``."""

    def parse(text: str) -> str:
        if not re.fullmatch(rf"[{first}][A-Z0-9]{{5,30}}", text.strip()):
            raise WrongValueError(f"{quoted(text)} is no {noun} id", remedy)
        return text.strip()

    return parse


def one_of(*words: str) -> Callable[[str], str]:
    """Return a parser that accepts these words only."""

    def parse(text: str) -> str:
        if text.strip().lower() not in words:
            raise WrongValueError(f"{quoted(text)} is not known here", f"Write {' or '.join(words)}.")
        return text.strip().lower()

    return parse
