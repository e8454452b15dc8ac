"""One turn of a worker: give up what it has too much of, and take what nobody has.

Each shard goes through all steps before the next one begins, so that it is away for as short as can be.
"""

import logging
from typing import Protocol

from bot.cluster.ownership import Ownership, View
from bot.cluster.shards import WorkerId, plan
from bot.errors import BotError

log = logging.getLogger(__name__)


class Cells(Protocol):
    """The cells of this worker, as the program serves them."""

    async def open_shard(self, shard: int) -> None:
        """Recover and serve the cells of a shard, whose storage is locked for this worker."""

    async def close_shard(self, shard: int) -> None:
        """Finish what is under way in a shard, close all its files, and open none of them any more."""


async def balance(ownership: Ownership, me: WorkerId, cells: Cells) -> View:
    """Take one turn, and return what was seen of the cluster before it. Raises ``StoreError``.

    Just after an outage of PostgreSQL the others may not be back yet: until the view is settled, nothing is
    taken from an owner that seems to be dead.
    """
    view = await ownership.look()
    owners = {shard: route.worker for shard, route in view.routes.items()}
    alive = view.alive if view.settled else view.alive | set(owners.values())
    decided = plan(me, owners, alive, view.draining)
    for shard in decided.give:
        await cells.close_shard(shard)
        await ownership.give(shard)
    left = decided.enough
    for shard in decided.take:
        if left and await _take(ownership, shard):
            await cells.open_shard(shard)
            left -= 1
    return view


async def _take(ownership: Ownership, shard: int) -> bool:
    """Return whether the shard could be taken; one whose storage cannot be used leaves the others."""
    try:
        return await ownership.take(shard) is not None
    except BotError as error:
        if not ownership.is_connected:
            raise
        log.error("shard not taken", extra={"code": error.code})  # noqa: TRY400 - the text names a path
        return False
