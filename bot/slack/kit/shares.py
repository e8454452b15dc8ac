"""Allow each result to be shared in its channel once a day."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import date
from threading import Lock

from bot.core.model import ChannelId

KEPT = 10_000
"""The most shares that are remembered. A channel has a few in a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A result that was shared: the channel, the result and the day. Who shared it is not stored."""

    channel: ChannelId
    what: str
    day: date


class Shares:
    """The shares of today, in memory only, because one more share after a restart does no harm."""

    def __init__(self) -> None:
        """Start with no shares."""
        self._done: OrderedDict[Share, None] = OrderedDict()
        self._doubted: OrderedDict[Share, None] = OrderedDict()
        self._lock = Lock()

    def claim(self, share: Share) -> bool:
        """Return whether this may be shared now. If two members press at the same time, one of them may."""
        with self._lock:
            if share in self._done:
                return False
            self._done[share] = None
            _shorten(self._done)
        return True

    def release(self, share: Share) -> None:
        """Allow another attempt, because Slack refused the message."""
        with self._lock:
            self._done.pop(share, None)

    def doubt(self, share: Share) -> None:
        """Allow one more attempt today, because it is unknown whether the message was posted."""
        with self._lock:
            if share not in self._doubted:
                self._doubted[share] = None
                self._done.pop(share, None)
                _shorten(self._doubted)


def _shorten(shares: OrderedDict[Share, None]) -> None:
    while len(shares) > KEPT:
        shares.popitem(last=False)
