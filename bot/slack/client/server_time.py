"""What time Slack says it is: each of its answers carries a ``Date``."""

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

Hear = Callable[[datetime], None]
"""Takes the time that Slack has told (UTC)."""

Listen = Callable[[], Hear]
"""Begins to listen for the answer to one call."""


def told_at(headers: Any) -> datetime | None:
    """Slack's time in the headers of an answer, to the second (UTC); None where it does not say."""
    try:
        said = parsedate_to_datetime(header(headers, "date"))
    except ValueError:
        return None
    return said if said.tzinfo else said.replace(tzinfo=UTC)


def header(headers: Any, wanted: str) -> str:
    """The value of a header, or empty. The SDK hands them on as a mapping, some values as lists."""
    found = next((value for name, value in dict(headers).items() if str(name).lower() == wanted), "")
    return str(found[0] if isinstance(found, list) and found else found or "")
