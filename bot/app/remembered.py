"""What an owner of a shard remembers and passes on to the next: requests, against copies of them, and times.

The owner that gives a shard gives it (``ShardMemory.give``), and the next one takes it up before it serves
the shard. Where the owner has died, the next one refuses what Slack signed before it began and what would
change something.
"""

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime

import orjson

from bot.app.asking import time_of
from bot.app.hooks import Doubt
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
        self._times: Mapping[CellKey, Mapping[str, object]] = {}

    def take_up(self, given: bytes) -> None:
        """Take up what the owner before this one gave. Call it before any cell of the shard is served.

        Raises ``UnreadableMemoryError``; it is then as if that owner had given nothing.
        """
        try:
            memory = orjson.loads(given)
            since = None if memory["since"] is None else datetime.fromisoformat(memory["since"])
            waiting = {CellKey(key): str(one) for key, one in memory["cells"].items()}
            times = {CellKey(key): one for key, one in memory.get("times", {}).items()}
            self.since = min(since, self._opened) if since else None
        except Exception:  # noqa: BLE001 - anything may be wrong with it
            raise UnreadableMemoryError from None
        self._waiting, self._times = waiting, times

    def begin(self, cell: HostedCell) -> None:
        """Let a cell of the shard remember what was taken up of it. Call it before it serves anybody."""
        cell.remembered.since = self._opened
        given = self._waiting.pop(cell.key, None)
        if given is None:
            cell.remembered.since = self.since  # the owner before has had no request to it
            return
        try:
            cell.remembered.take_up(given.encode())
            _set_times(cell, self._times.get(cell.key, {}))
        except UnreadableMemoryError as error:
            log.warning("memory not taken up", extra={"cell": cell.key, "code": error.code})

    def give(self, cells: Iterable[HostedCell]) -> bytes:
        """Return all of it for the next owner. ``cells``: those of the shard that were served here.

        Call it in the loop, once no request of the shard is under way any more.
        """
        served = tuple(cells)
        known = {cell.key: cell.remembered.give().decode() for cell in served}
        times = {cell.key: _times_of(cell) for cell in served}
        since = self.since.isoformat() if self.since else None
        return orjson.dumps(
            {"since": since, "cells": self._waiting | known, "times": {**self._times, **times}}
        )


def _times_of(cell: HostedCell) -> dict[str, object]:
    """Return when a cell is to be looked at, and when Slack was asked about what in it, as JSON.

    Empty where it is in trouble or doubt: the next owner finds out what is due and wrong.
    """
    if cell.doubt is not Doubt.NONE or cell.troubles.are_any:
        return {}
    return {"next": int(cell.next_at.timestamp()), **cell.asking.give()}


def _set_times(cell: HostedCell, given: Mapping[str, object]) -> None:
    """Let a cell take up what ``_times_of`` returned elsewhere. Raises ``UnreadableMemoryError``.

    It is looked at within some minutes in any case: the configuration may declare other schedules here.
    """
    if not given:
        return
    try:
        next_at = time_of(given["next"])
        cell.asking.take_up(given)
    except (ValueError, TypeError, KeyError, OverflowError, OSError):
        raise UnreadableMemoryError from None
    cell.next_at = min(next_at, cell.asking.channels_at)
