"""Check that Slack has signed a request, and note when."""

from collections.abc import Mapping
from datetime import UTC, datetime

from slack_sdk.signature import Clock, SignatureVerifier

from bot.slack.client.server_time import SlackTimes
from bot.slack.transport.replays import note_arrival


class _Seconds(Clock):
    """Slack's clock for the SDK, in seconds."""

    def __init__(self, times: SlackTimes) -> None:
        self._times = times

    def now(self) -> float:
        """Return the seconds since 1970."""
        return self._times.now().timestamp()


class Signatures:
    """Slack's signatures, over the raw body: Bolt would parse it first, and log that of an unsigned request.

    ``times`` judges the age of a request. A request signed before this program ``started`` (on Slack's clock)
    is refused: another program may have handled it. None where each cell judges that by itself, since it may
    have been handed over with what is remembered of such requests (``Remembered.since``).
    """

    def __init__(self, signing_secret: str, times: SlackTimes, *, started: datetime | None) -> None:
        """Check with this secret."""
        self._verifier = SignatureVerifier(signing_secret, _Seconds(times))
        self._times = times
        self._started = started.replace(microsecond=0) if started else None

    def check(self, body: bytes, headers: Mapping[str, str]) -> bool:
        """Return whether Slack signed this within the last five minutes and since the start; note when.

        Call it when a request arrives, in its own context and before anything is awaited. ``headers``: by
        names in lower case, with one value for each.
        """
        try:
            if not self._verifier.is_valid_request(body, dict(headers)):
                return False
        except ValueError:  # the timestamp is no number, or the body no text
            return False
        signed_s = int(headers["x-slack-request-timestamp"])
        note_arrival(signed_s)
        signed_at = datetime.fromtimestamp(signed_s, UTC)
        self._times.hear_request(signed_at)
        return self._started is None or signed_at >= self._started
