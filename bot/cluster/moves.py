"""The order in which a shard changes its storage: exactly one copy counts, the one that PostgreSQL names.

1. The cells are closed, and kept from commands. Their files are sent, and are whole on the other disk.
2. This copy is marked: from here on, a start looks first which one counts.
3. PostgreSQL names the other storage, and no owner, if this worker still owns the shard with the same epoch.
4. This copy is deleted, keys first. Only then is the lock of its storage given up.

After a failure in any step the epoch is raised, if the shard is still this worker's: then step 3 cannot
happen any more, however late it reaches PostgreSQL, and the other worker deletes what it has.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from enum import Enum
from typing import NamedTuple, Protocol

from bot.cluster.transfer import Move, NotMovedError


class Files(Protocol):
    """The copy of the worker that gives, as ``bot.store.shard_files.Departure``. All raise ``StoreError``."""

    def pack(self) -> Iterator[bytes]:
        """Yield all of it."""

    def mark(self, epoch: int) -> None:
        """Note that another copy may count from now on."""

    def unmark(self) -> None:
        """Note that this copy counts."""

    def delete(self) -> None:
        """Delete it, keys first."""


class Row(NamedTuple):
    """What PostgreSQL says of a shard: on which storage it lies, and the epoch if it is this worker's."""

    storage: str | None
    epoch: int | None


class Rows(Protocol):
    """The row of a shard in PostgreSQL. All raise ``StoreError`` where it does not answer."""

    async def name_storage(self, move: Move, storage: str) -> bool:
        """Name another storage and no owner, if the giver still owns the shard with this epoch here.

        Return whether it did. The giver is noted as the one that has handed the shard over; who is wanted
        stays. The lock of the storage is kept.
        """

    async def renew(self, move: Move) -> Row:
        """Raise the epoch, if the giver still owns the shard, on its own storage. Return what is there then.

        The epoch may be that of the move, or a later one where an earlier answer was lost. Nobody is wanted
        any more.
        """


class After(Enum):
    """What became of the copy of the worker that gives."""

    GONE = "gone"
    """Another one counts, and this one is deleted. Give up the lock of the storage."""

    STAYS = "stays"
    """It counts, and the shard is still this worker's. Open its cells again."""

    LOST = "lost"
    """The shard is somebody else's. Do not open its cells; give up the lock of the storage."""


async def move_away(
    move: Move, storage: str, files: Files, rows: Rows, send: Callable[[Iterator[bytes]], Awaitable[None]]
) -> None:
    """Move a closed shard to the worker that gets it, which has another storage of this id.

    ``send``: ``bot.cluster.transfer.Departing.run``. Raises ``BotError``; then call ``settle_here`` until it
    raises nothing, before anything of the shard is opened.
    """
    await send(files.pack())
    await asyncio.to_thread(files.mark, move.epoch)
    if not await rows.name_storage(move, storage):
        raise NotMovedError("This worker does not own the shard any more.")
    await asyncio.to_thread(files.delete)


async def settle_here(move: Move, there: str, files: Files, rows: Rows) -> After:
    """Look which copy counts after a failure, and act on it. Raises ``StoreError``: then try again.

    ``there``: the id of the storage of the worker that gets it. Where PostgreSQL names a third one, nothing
    is deleted: no copy was ever sent there.
    """
    row = await rows.renew(move)
    if row.storage == there:
        await asyncio.to_thread(files.delete)
        return After.GONE
    if row.epoch is None:
        return After.LOST
    await asyncio.to_thread(files.unmark)
    return After.STAYS
