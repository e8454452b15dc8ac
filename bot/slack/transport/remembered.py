"""What is remembered of one cell against copies of requests, and how it passes on to another process.

In memory only. Between two processes it travels sealed (``bot.cluster``): whoever opens it learns what the
memory of a process holds, and no receipt, text or member.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from bot.errors import BotError
from bot.ports import Clock
from bot.slack.transport.replays import HandledRequests, NewestForms

FORMAT = 1
"""A process of another version may write another format; it is then as if nothing was passed on."""


class UnreadableMemoryError(BotError):
    """What another process remembered cannot be read."""

    code = "memory_unreadable"


class Remembered:
    """What is remembered of a cell: the handled requests of each workspace, and the newest forms.

    ``since``: from when on all requests are known here (UTC, by Slack's clock); None where every request is
    known that can still come.
    """

    def __init__(self, clock: Clock) -> None:
        """Start with nothing; expire by this clock."""
        self.newest = NewestForms()
        self.since: datetime | None = None
        self._clock = clock
        self._handled: dict[str, HandledRequests] = {}

    def handled_in(self, team: str) -> HandledRequests:
        """Return the handled requests of a workspace. They stay when it is installed again."""
        return self._handled.setdefault(team, HandledRequests(self._clock))

    def is_unknown(self, signed_s: int) -> bool:
        """Return whether a request that Slack signed then may have been handled by another process.

        Slack signs with seconds, so that of the second in which this one began is unknown, too.
        """
        return self.since is not None and signed_s <= int(self.since.timestamp())

    def give(self) -> bytes:
        """Return all of it for the process that serves this cell next.

        Call it in the loop, once no request of the cell is under way any more.
        """
        return orjson.dumps(
            {
                "format": FORMAT,
                "since": self.since.isoformat() if self.since else None,
                "handled": {team: one.give() for team, one in self._handled.items() if one.count},
                "newest": self.newest.give(self._clock()),
            }
        )

    def take_up(self, given: bytes) -> None:
        """Remember, besides what is remembered here, what the process before this one gave.

        Call it in the loop, or before the cell is served. Raises ``UnreadableMemoryError``; ``since`` is then
        as it was.
        """
        try:
            since = self._take_up(orjson.loads(given))
        except Exception:  # noqa: BLE001 - anything may be wrong with it
            raise UnreadableMemoryError from None
        self.since = min(self.since, since) if self.since and since else None

    def _take_up(self, memory: Mapping[str, Any]) -> datetime | None:
        if memory["format"] != FORMAT:
            raise ValueError("another format")
        since = memory["since"]
        for team, handled in memory["handled"].items():
            self.handled_in(team).take_up(handled)
        self.newest.take_up(memory["newest"])
        return None if since is None else datetime.fromisoformat(since)
