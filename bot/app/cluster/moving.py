"""Move shards between two storages: give what an operator wants elsewhere, and take what comes here.

A shard is closed while its files are copied. What a crash has left of a move is settled at the start, before
anything is taken, and every few seconds.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

from bot.cluster.balance import Cells
from bot.cluster.moves import After, move_away, settle_here
from bot.cluster.ownership import Ownership, Taken, Worker
from bot.cluster.shards import WorkerId, departures
from bot.cluster.transfer import Arriving, Departing, Move, NotMovedError, Send
from bot.cluster.view import Route, SeenWorker
from bot.config import Config, cells_dir, list_cells, shard_dir
from bot.core.cells import shard_of
from bot.core.shard_copies import Copy
from bot.errors import BotError, StoreError
from bot.keys import destroy_all
from bot.store.lock import InstanceLock, prepare
from bot.store.shard_files import (
    MARK,
    Arrival,
    Departure,
    Named,
    list_unsettled,
    refuse_set_back,
    settle,
    settle_owned,
)

log = logging.getLogger(__name__)

TURN_S = 0.5
SETTLE_TURNS = 10
"""Every so many turns it is looked whether something of a move is left on the disk."""

RETRY_S = 1.0
"""Between two tries to find out which copy counts, while PostgreSQL or the disk does not answer."""

ENDING_S = 5.0
"""How long a stop waits for a move that is under way. What it leaves then, the next start settles."""


class Moving:
    """The moves of one worker. ``arriving`` takes what the others send. Use it in one loop."""

    def __init__(
        self,
        me: Worker,
        config: Config,
        ownership: Ownership,
        cells: Cells,
        send_to: Callable[[WorkerId, str], Send],
        elapsed: Callable[[], float],
    ) -> None:
        """Move shards to and from this worker.

        ``send_to`` returns what sends to a worker at its address. ``elapsed``: the seconds of a clock that
        nobody can set.
        """
        self._me, self._config = me, config
        self._ownership, self._cells = ownership, cells
        self._send_to = send_to
        self._secrets = config.secrets.cluster_keys
        self.arriving = Arriving(me.id, self._secrets, self._arrive, elapsed)
        self._turns = 0
        self._ending = False
        self._idle = asyncio.Event()
        self._idle.set()

    async def begin(self) -> None:
        """Settle what a crash has left, and tell PostgreSQL which cells are here, if it does not know.

        Nothing may have been taken yet. Raises ``BotError``.
        """
        await self._settle()
        here = await asyncio.to_thread(self._shards_here)
        for shard in sorted(await self._ownership.claim(here)):
            log.warning("cells that lie elsewhere", extra={"shard": shard, "code": "other_storage"})

    async def keep(self) -> None:
        """Take turns until cancelled."""
        while True:
            try:
                await self.turn()
            except BotError as error:
                log.debug("no shard moved", extra={"code": error.code})
            except Exception as error:  # noqa: BLE001 - the next turn must come in any case
                log.error("turn failed", extra={"code": type(error).__name__})  # noqa: TRY400
            await asyncio.sleep(TURN_S)

    async def turn(self) -> None:
        """Give up what does not arrive, settle what is left, and move one shard. Raises ``BotError``."""
        await self.arriving.expire()
        if self._turns % SETTLE_TURNS == 0:
            await self._settle()
        self._turns += 1
        if (view := self._ownership.view) is None or not self._ownership.is_connected or self._ending:
            return
        for shard, to in departures(self._me.id, view.situation)[:1]:
            self._idle.clear()
            try:
                await self._move(shard, to, view.workers[to])
            finally:
                self._idle.set()

    async def end(self) -> None:
        """Begin no move any more, and end those that are under way."""
        self._ending = True
        await self.arriving.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(ENDING_S):
                await self._idle.wait()

    def _shards_here(self) -> set[int]:
        """Return the shards with cells on this storage, but those of which a move has not ended."""
        unsettled = list_unsettled(cells_dir(self._config))
        return {shard_of(key) for key in list_cells(self._config)} - set(unsettled)

    async def _settle(self) -> None:
        """End what is left of moves, of shards that this worker does not own."""
        found = await asyncio.to_thread(list_unsettled, cells_dir(self._config))
        left = set(found) - self._ownership.owned.keys() - set(self._ownership.moving)
        view = await self._ownership.look() if left else None
        for shard in sorted(left):
            assert view, "looked at just now"
            route = view.routes.get(shard)
            named = Named(view.storages.get(shard), route.epoch if route else 0)
            folder = shard_dir(self._config, shard)
            try:
                await asyncio.to_thread(settle, folder, self._me.storage, named, destroy_all)
            except BotError as error:
                log.error("move not settled", extra={"shard": shard, "code": error.code})  # noqa: TRY400 - the text names a path

    async def _arrive(self, move: Move) -> Arrival:
        """Make the place for a shard, if PostgreSQL says that it is to come here. Raises ``BotError``."""
        view = await self._ownership.look()
        route = view.routes.get(move.shard)
        if (
            self._ending
            or self._me.id in view.draining
            or view.wanted.get(move.shard) != self._me.id
            or route is None
            or (route.worker, route.epoch) != (move.giver, move.epoch)
            or view.storages.get(move.shard) in {None, self._me.storage}
        ):
            raise NotMovedError("PostgreSQL does not say that this shard is to come here.")
        return await asyncio.to_thread(Arrival, shard_dir(self._config, move.shard), move.epoch, destroy_all)

    async def _move(self, shard: int, to: WorkerId, taker: SeenWorker) -> None:
        """Move a shard of this worker away; where that fails, serve it again."""
        move = self._ownership.begin_move(shard, to)
        if move is None:
            return
        log.info("shard moves", extra={"shard": shard, "worker": to})
        try:
            await self._cells.close_shard(shard)
            after, code = await self._send(move, taker)
        finally:
            self._ownership.end_move(shard)
        if after is After.STAYS and shard in self._ownership.owned:
            kept = Route(self._me.id, self._me.address, move.epoch)
            await self._cells.open_shard(shard, Taken(self._ownership.owned[shard], kept))
        else:
            await self._ownership.give(shard)
        if after is After.GONE:
            log.info("shard moved", extra={"shard": shard, "worker": to})
        else:
            log.error("shard not moved", extra={"shard": shard, "worker": to, "code": code})
            await self._ownership.note_not_moved(move, code)

    async def _send(self, move: Move, taker: SeenWorker) -> tuple[After, str]:
        """Send a closed shard; return what became of the copy here, and why it stays if it does."""
        files = Departure(shard_dir(self._config, move.shard), destroy_all)
        with ExitStack() as held:
            try:
                departing = Departing(self._secrets, move, self._send_to(move.taker, taker.address))
                await asyncio.to_thread(held.enter_context, files)
                await move_away(
                    move,
                    taker.storage,
                    files,
                    self._ownership,
                    lambda pieces: departing.run(self._until_ending(pieces)),
                )
            except Exception as error:  # noqa: BLE001 - the shard must be served again in any case
                code = error.code if isinstance(error, BotError) else type(error).__name__
                return await self._settled(move, taker.storage, files), code
        return After.GONE, ""

    async def _settled(self, move: Move, there: str, files: Departure) -> After:
        """Return what became of the copy here after a failure, once that is known."""
        while True:
            try:
                return await settle_here(move, there, files, self._ownership)
            except StoreError as error:
                log.warning("move not settled", extra={"shard": move.shard, "code": error.code})
                if not files.is_marked:
                    return After.STAYS  # no other copy was ever whole; the move begins anew
            if self._ending:
                return After.LOST  # the next start settles it
            await asyncio.sleep(RETRY_S)

    def _until_ending(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Yield the same, until this worker is about to end: then the move is given up."""
        for piece in pieces:
            if self._ending:
                error = NotMovedError("This worker is being stopped.", remedy="Try again once it is back.")
                error.code = "stopping"
                raise error
            yield piece


@contextmanager
def locked(config: Config, here: str, shard: int, named: str | None, epoch: int) -> Iterator[None]:
    """Lock the storage of a shard for its owner, and end there what is left of a move.

    ``here``: the id of this storage. ``named``: the one that PostgreSQL names, which is this one or None.
    ``epoch``: that of the shard there. Raises ``BotError``; also where PostgreSQL was set back, and a whole
    copy is here of which it does not say whether it counts, or cells have left of which it does not know.
    """
    folder = shard_dir(config, shard)
    prepare(folder)
    with InstanceLock(folder):
        if settle_owned(folder, here, Named(named, 0), destroy_all) is Copy.WAIT:
            raise StoreError(
                f"It is not known whether the cells in {folder} count: a move of them was interrupted.",
                remedy=f"If they lie nowhere else, take the file {folder / MARK} away.",
                code="not_settled",
            )
        refuse_set_back(folder, epoch)
        yield
