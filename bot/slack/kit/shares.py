"""How often a result may be brought back into its channel: once a day."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import date
from threading import Lock

from bot.core.model import ChannelId

KEPT = 10_000
"""So many are remembered; a channel has a few a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A result that was brought back: where, which one, on which day. Who did it is not kept."""

    channel: ChannelId
    what: str
    day: date


class Shares:
    """What was brought back today. In memory only: after a restart once more is no harm."""

    def __init__(self) -> None:
        """Nothing was yet."""
        self._done: OrderedDict[Share, None] = OrderedDict()
        self._doubted: OrderedDict[Share, None] = OrderedDict()
        self._lock = Lock()

    def claim(self, share: Share) -> bool:
        """Whether this may be said now; of two who press together, one may."""
        with self._lock:
            if share in self._done:
                return False
            self._done[share] = None
            _shorten(self._done)
        return True

    def release(self, share: Share) -> None:
        """Slack did not take it, so it may be tried again."""
        with self._lock:
            self._done.pop(share, None)

    def doubt(self, share: Share) -> None:
        """Nobody knows whether it was said, so it may be tried once more, and not again today."""
        with self._lock:
            if share not in self._doubted:
                self._doubted[share] = None
                self._done.pop(share, None)
                _shorten(self._doubted)


def _shorten(shares: OrderedDict[Share, None]) -> None:
    while len(shares) > KEPT:
        shares.popitem(last=False)
