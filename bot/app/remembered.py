"""What is remembered of the cells of one shard against copies of requests, from owner to owner.

The owner that gives a shard gives it (``ShardMemory.give``), and the next one takes it up before it serves
the shard. Where the owner has died, the next one refuses what Slack signed before it began and what would
change something.
"""

import logging
from collections.abc import Iterable
from datetime import datetime

import orjson

from bot.app.hosted_cell import HostedCell
from bot.core.cells import CellKey
from bot.slack.transport.remembered import UnreadableMemoryError

log = logging.getLogger(__name__)


class ShardMemory:
    """What is remembered of the cells of a shard.

    ``opened``: when this process took it (UTC, by Slack's clock). ``since``: from when on all requests to it
    are known here.
    """

    def __init__(self, opened: datetime) -> None:
        """Know nothing of what was sent before, until ``take_up``."""
        self.since: datetime | None = opened
        self._opened = opened
        self._waiting: dict[CellKey, str] = {}

    def take_up(self, given: bytes) -> None:
        """Take up what the owner before this one gave. Call it before any cell of the shard is served.

        Raises ``UnreadableMemoryError``; it is then as if that owner had given nothing.
        """
        try:
            memory = orjson.loads(given)
            since = None if memory["since"] is None else datetime.fromisoformat(memory["since"])
            waiting = {CellKey(key): str(one) for key, one in memory["cells"].items()}
            self.since = min(since, self._opened) if since else None
        except Exception:  # noqa: BLE001 - anything may be wrong with it
            raise UnreadableMemoryError from None
        self._waiting = waiting

    def begin(self, cell: HostedCell) -> None:
        """Let a cell of the shard remember what was taken up of it. Call it before it serves anybody."""
        cell.remembered.since = self._opened
        given = self._waiting.pop(cell.key, None)
        if given is None:
            cell.remembered.since = self.since  # the owner before has had no request to it
            return
        try:
            cell.remembered.take_up(given.encode())
        except UnreadableMemoryError as error:
            log.warning("memory not taken up", extra={"cell": cell.key, "code": error.code})

    def give(self, cells: Iterable[HostedCell]) -> bytes:
        """Return all of it for the next owner. ``cells``: those of the shard that were served here.

        Call it in the loop, once no request of the shard is under way any more.
        """
        known = {cell.key: cell.remembered.give().decode() for cell in cells}
        since = self.since.isoformat() if self.since else None
        return orjson.dumps({"since": since, "cells": self._waiting | known})
