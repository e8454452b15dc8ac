"""Log what anybody on the network can provoke, without letting a flood of it fill the log."""

from datetime import datetime, timedelta
from logging import Logger

PERIOD = timedelta(minutes=1)


class RareLog:
    """Logs an event when it comes, and then at most once a minute; ``count``: how often it came."""

    def __init__(self, log: Logger) -> None:
        """Write to this logger."""
        self._log = log
        self._last: dict[tuple[str, str], datetime] = {}
        self._unlogged: dict[tuple[str, str], int] = {}

    def log(self, level: int, event: str, now: datetime, code: str = "") -> None:
        """Log this event now (UTC), or count it. ``code``: one of few; each is counted by itself."""
        kind = event, code
        last = self._last.get(kind)
        unlogged = self._unlogged.pop(kind, 0)
        if last and abs(now - last) < PERIOD:
            self._unlogged[kind] = unlogged + 1
            return
        self._last[kind] = now
        fields = {**({"code": code} if code else {}), **({"count": unlogged + 1} if unlogged else {})}
        self._log.log(level, event, extra=fields)
