"""What time Slack says it is: each of its answers carries a ``Date``."""

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from bot.slack.wire import LastingClient

Hear = Callable[[datetime], None]
"""Takes the time that Slack has told (UTC)."""

Listen = Callable[[], Hear]
"""Begins to listen for the answer to one call."""


class TimeTellingClient(LastingClient):
    """A client that hands on the time of each answer, also of a refusal."""

    listen: Listen | None = None

    def api_call(self, *args: Any, **kwargs: Any) -> SlackResponse:
        """Call a method of the Web API, as the SDK does."""
        if self.listen is None:
            return super().api_call(*args, **kwargs)
        hear = self.listen()
        try:
            answer = super().api_call(*args, **kwargs)
        except SlackApiError as error:
            if isinstance(error.response, SlackResponse):  # else what answered may not be Slack
                _hand_on(error.response.headers, hear)
            raise
        _hand_on(answer.headers, hear)
        return answer


def _hand_on(headers: Any, hear: Hear) -> None:
    if moment := told_at(headers):
        hear(moment)


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
