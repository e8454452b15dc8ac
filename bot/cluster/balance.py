"""One turn of a worker: give up what it has too much of, and take what nobody has.

Each shard goes through all steps before the next one begins, so that it is away for as short as can be.
"""

import logging
from collections.abc import Iterable
from typing import Protocol

from bot.cluster.ownership import Ownership, Taken
from bot.cluster.shards import WorkerId, plan
from bot.cluster.view import View
from bot.errors import BotError

log = logging.getLogger(__name__)


class Cells(Protocol):
    """The cells of this worker, as the program serves them."""

    async def open_shard(self, shard: int, taken: Taken) -> None:
        """Recover and serve the cells of a shard, whose storage is locked for this worker."""

    async def close_shard(self, shard: int) -> None:
        """Finish what is under way in a shard, close all its files, and open none of them any more."""


async def balance(ownership: Ownership, me: WorkerId, cells: Cells) -> View:
    """Take one turn, and return what was seen of the cluster before it. Raises ``StoreError``.

    Just after an outage of PostgreSQL the others may not be back yet: until the view is settled, nothing is
    taken from an owner that seems to be dead.
    """
    view = await ownership.look()
    decided = plan(me, view.situation)
    for shard in decided.give:
        if shard in ownership.moving:
            continue
        await cells.close_shard(shard)
        await ownership.give(shard)
    left = decided.enough
    for attempt in decided.take:
        left -= await _try(ownership, cells, attempt.shards, min(left, attempt.most))
    return view


async def _try(ownership: Ownership, cells: Cells, shards: Iterable[int], most: int) -> int:
    """Take and open up to so many of these shards; return how many."""
    count = 0
    for shard in shards:
        if count < most and (taken := await _take(ownership, shard)):
            await cells.open_shard(shard, taken)
            count += 1
    return count


async def _take(ownership: Ownership, shard: int) -> Taken | None:
    """Take a shard, if it can be had; one whose storage cannot be used leaves the others."""
    try:
        return await ownership.take(shard)
    except BotError as error:
        if not ownership.is_connected:
            raise
        log.error("shard not taken", extra={"code": error.code})  # noqa: TRY400 - the text names a path
        return None
