"""When a cell asks Slack by itself, about its tokens and its channels: the cells of a process in turn."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from bot.core.cells import CellKey, next_slot
from bot.core.model import ChannelId

ASK_EVERY = timedelta(hours=6)
"""How often Slack is asked about the tokens of a cell: the event of an uninstallation may be lost."""

CHANNELS_EVERY = timedelta(minutes=5)
"""How often a cell has its turn to refresh some channels, and how far the turns of all cells are spread.

A start that asked for the channels of all cells at once would keep members waiting.
"""

MOST_CHANNELS = 1000
"""The next worker asks again about a cell with more channels: a longer list is not passed on."""


class Asking:
    """When Slack was asked about what in one cell (UTC). It passes on to the worker that serves it next.

    ``tokens_at``: about its tokens; None where that is to be done. ``channels``: about each channel.
    ``channels_at``: when its next turn for channels begins.
    """

    def __init__(self, key: CellKey, now: datetime) -> None:
        """Nothing was asked yet."""
        self.tokens_at: datetime | None = None
        self.channels: dict[ChannelId, datetime] = {}
        self.channels_at = next_slot(now, CHANNELS_EVERY, key)
        self._key = key

    def needs_tokens(self, now: datetime) -> bool:
        """Return whether Slack is to be asked about its tokens."""
        return self.tokens_at is None or now >= self.tokens_at + ASK_EVERY

    def takes_turn(self, now: datetime) -> bool:
        """Begin its turn to refresh channels, if that has come; return whether it has."""
        if self.channels_at - CHANNELS_EVERY <= now < self.channels_at:
            return False
        self.channels_at = next_slot(now, CHANNELS_EVERY, self._key)
        return True

    def give(self) -> dict[str, object]:
        """Return when Slack was asked, as JSON: in seconds since 1970."""
        known = self.channels if len(self.channels) <= MOST_CHANNELS else {}
        return {
            "tokens": None if self.tokens_at is None else int(self.tokens_at.timestamp()),
            "channels": {channel: int(at.timestamp()) for channel, at in known.items()},
        }

    def take_up(self, given: Mapping[str, object]) -> None:
        """Take up what ``give`` returned elsewhere. Raises ``ValueError``, ``TypeError`` or ``KeyError``."""
        tokens, channels = given["tokens"], given["channels"]
        if not isinstance(channels, dict):
            raise TypeError
        known = {ChannelId(str(channel)): time_of(at) for channel, at in channels.items()}
        self.tokens_at = None if tokens is None else time_of(tokens)
        self.channels.update(known)


def time_of(seconds: object) -> datetime:
    """Return the time (UTC) of seconds since 1970. Raises ``TypeError`` or ``ValueError``."""
    if not isinstance(seconds, int):
        raise TypeError
    return datetime.fromtimestamp(seconds, UTC)
