"""Read Slack's time from the ``Date`` header of its answers."""

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any, Protocol

ReportTime = Callable[[datetime], None]
"""Called with the time in an answer of Slack (UTC)."""

TimeCall = Callable[[], ReportTime]
"""Called before each call to Slack; returns the function to call with the time in its answer."""


class SlackTimes(Protocol):
    """The clock by which signed requests are judged."""

    def now(self) -> datetime:
        """Return Slack's time (UTC)."""

    def hear_request(self, slack_at: datetime) -> None:
        """Note when Slack signed a request (UTC)."""


def server_time(headers: Any) -> datetime | None:
    """Return Slack's time from the headers of an answer, to the second (UTC), or None."""
    return _parsed(header(headers, "date"))


@lru_cache(maxsize=1)  # many answers come in one second
def _parsed(date: str) -> datetime | None:
    try:
        parsed = parsedate_to_datetime(date)
    except ValueError:
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def header(headers: Any, wanted: str) -> str:
    """Return the value of a header, or an empty text. The SDK passes some values as lists."""
    found = next((value for name, value in dict(headers).items() if str(name).lower() == wanted), "")
    return str(found[0] if isinstance(found, list) and found else found or "")
