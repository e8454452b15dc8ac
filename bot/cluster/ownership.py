"""Own shards: first the lock in PostgreSQL, then that of the storage; only then may a file be opened.

A worker that PostgreSQL has lost keeps the lock of the storage and goes on serving: nobody else gets in. Once
it is back, it takes its locks in PostgreSQL again.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import AbstractContextManager, ExitStack, suppress
from typing import Any, LiteralString, NamedTuple

from psycopg import Error

from bot.cluster import statements
from bot.cluster.database import database_error
from bot.cluster.joining import Joining
from bot.cluster.locks import CLASS, WORKER_CLASS
from bot.cluster.moves import Row
from bot.cluster.owned import Owned
from bot.cluster.session import LEASE_S, Session, fetch, hang_up, open_session
from bot.cluster.shards import WorkerId
from bot.cluster.transfer import Move
from bot.cluster.view import SHARDS, WORKERS, Route, View, view_of
from bot.errors import AlreadyRunningError, BotError, ClusterError, StoreError

log = logging.getLogger(__name__)

BEAT_S = 1.0
ANSWER_S = 1.5
"""PostgreSQL is asked every second, and must answer in this time: so its loss is noticed within 3 s."""

MOST_MISSES = 3
"""How often a lock may be found with another worker, before the shard is handed over to it."""

MOST_DAYS = 30
"""How long a worker is remembered that is gone, owns nothing, and whose storage holds no cell."""


class Worker(NamedTuple):
    """A worker: its name, which no other has, where the others reach it, and the id of its storage.

    The address is ``http://host:port``. Workers that write the same storage have the same id of it.
    """

    id: WorkerId
    address: str
    storage: str


class Taken(NamedTuple):
    """A shard that was taken: its epoch, and who gave it.

    ``giver``: the worker that has handed it over, with the epoch that it had there; it remembers what it has
    answered, if it still runs, and may be this worker itself. None after a death.
    """

    epoch: int
    giver: Route | None = None


LockStorage = Callable[[int, str | None, int], AbstractContextManager[object]]
"""Locks the storage of a shard, and ends there what is left of a move to it.

The text is the storage that PostgreSQL names for the shard: this worker's, or None. Raises
``AlreadyRunningError`` on entering where another process holds it.
"""

OnTaken = Callable[[int], Awaitable[None]]
"""Closes everything of a shard, which another worker waits for; then its storage is let go."""


class Ownership:
    """The shards that this worker owns. Use it in one loop: ``connect``, then run ``keep`` as a task."""

    def __init__(  # noqa: PLR0913 - what a worker tells and is asked, by name
        self,
        url: str,
        worker: Worker,
        lock_storage: LockStorage,
        *,
        on_cut_off: Callable[[], None],
        on_taken: OnTaken,
        on_view: Callable[[View], None] = lambda _: None,
        joining: Joining | None = None,
    ) -> None:
        """Join the cluster in the database at ``url`` as this worker.

        ``on_cut_off`` is called within three seconds after PostgreSQL was lost. Serve on what is owned.
        ``on_view`` is called with each view of the cluster, every second. ``joining`` is asked first.
        """
        self.view: View | None = None
        """The latest view, also while PostgreSQL is away."""
        self._url, self._worker = url, worker
        self._on_view, self._joining = on_view, joining
        self._lock_storage = lock_storage
        self._on_cut_off, self._on_taken = on_cut_off, on_taken
        self._session: Session | None = None
        self._since, self._ended = 0.0, False
        self._owned: dict[int, Owned] = {}
        self._moved: dict[int, Owned] = {}
        self._moving: set[int] = set()
        self._turn = asyncio.Lock()

    @property
    def owned(self) -> Mapping[int, int]:
        """The epoch of each shard that is owned."""
        return {shard: one.epoch for shard, one in self._owned.items()}

    @property
    def moving(self) -> Collection[int]:
        """The shards that ``give`` leaves alone, between ``begin_move`` and ``end_move``."""
        return self._moving

    @property
    def is_connected(self) -> bool:
        """Whether PostgreSQL was there at the last look."""
        return self._session is not None

    async def connect(self) -> None:
        """Open the session. Raises ``StoreError`` and ``ClusterError``, as ``open_session`` does.

        Also raises ``ClusterError`` where another worker has this name, or ``joining`` refuses. Until
        ``stay`` is called, the others see a worker that is about to leave, and give it nothing.
        """
        async with self._turn:
            await self._see(await self._open())

    async def stay(self) -> None:
        """Take part, also after it was about to leave, and started again. Raises ``StoreError``."""
        async with self._turn:
            session = self._needed()
            await self._run(session, statements.RESTART, {"worker": self._worker.id, "days": MOST_DAYS})
            await self._see(session)

    async def keep(self) -> None:
        """Tell PostgreSQL every second that this worker is alive, and come back after a loss."""
        while not self._ended:
            try:
                await self.beat()
            except Exception as error:  # noqa: BLE001 - the next beat must come in any case
                log.error("beat failed", extra={"code": type(error).__name__})  # noqa: TRY400
            await asyncio.sleep(BEAT_S)

    async def beat(self) -> None:
        """Do once what ``keep`` does."""
        async with self._turn:
            with suppress(BotError):
                if self._session is None:
                    await self._see(await self._open())
                    log.info("with the database again")
                else:
                    await self._tell_and_look(self._session)
            taken = [shard for shard, one in self._owned.items() if self._is_lost(shard, one)]
        for shard in taken:
            log.error("shard taken by another worker", extra={"code": "shard_taken"})
            await self._on_taken(shard)
            await self.give(shard)

    async def take(self, shard: int) -> Taken | None:
        """Take a shard; return None where another worker, or another process, has it.

        Also where its cells lie on another storage: here they would begin anew. Raises ``StoreError`` where
        PostgreSQL is away, and what the storage's lock raises.
        """
        async with self._turn:
            if shard in self._owned:
                return Taken(self._owned[shard].epoch)
            session = self._needed()
            if not await self._is_true(session, statements.TRY_LOCK, CLASS, shard):
                return None
            ((storage, known),) = await self._run(session, statements.WHERE, (shard,))
            if storage not in {None, self._worker.storage}:
                await self._run(session, statements.REFUSE, self._named(shard))
                return None
            with ExitStack() as on_failure:
                try:
                    locked = self._lock_storage(shard, storage, known)
                    await asyncio.to_thread(on_failure.enter_context, locked)
                except BotError as error:
                    await self._run(session, statements.REFUSE, self._named(shard))
                    if isinstance(error, AlreadyRunningError):
                        return None
                    raise
                ((epoch, *giver),) = await self._run(session, statements.TAKE, self._named(shard))
                self._owned[shard] = Owned(epoch, on_failure.pop_all(), is_bound=storage is not None)
                return Taken(epoch, Route(*giver) if giver[0] else None)

    async def give(self, shard: int) -> None:
        """Give a shard up, once its files are closed: first the storage, then the lock in PostgreSQL.

        Raises nothing: without PostgreSQL, that lock has ended with the session. Leave what is being moved
        alone.
        """
        async with self._turn:
            if shard in self._moving:
                return
            if moved := self._moved.pop(shard, None):
                await asyncio.to_thread(moved.storage.close)
            owned = self._owned.pop(shard, None)
            if owned is None:
                return
            await asyncio.to_thread(owned.storage.close)
            if self._session:
                with suppress(BotError):
                    await self._run(self._session, statements.GIVE, self._named(shard, owned.epoch))

    async def bind(self, shard: int) -> None:
        """Note that cells of a shard lie on this worker's storage, before the first one is made.

        Raises ``StoreError`` where PostgreSQL is away, or where the shard is not this worker's any more.
        """
        async with self._turn:
            owned = self._owned.get(shard)
            if owned is None or not (owned.is_bound or await self._note_storage(shard, self._worker.storage)):
                raise StoreError(
                    "Another worker has this workspace now.", remedy="Try again.", code="shard_not_owned"
                )
            owned.is_bound = True

    async def unbind(self, shard: int) -> None:
        """Note that no cell of a shard is left, so that a worker with another storage may take it.

        Make no cell in it meanwhile. Raises ``StoreError`` where PostgreSQL is away.
        """
        async with self._turn:
            if owned := self._owned.get(shard):
                owned.is_bound = False
                await self._note_storage(shard, None)

    async def claim(self, shards: Collection[int]) -> frozenset[int]:
        """Note that there are cells of these shards on this worker's storage, where PostgreSQL names none.

        So it is after a restored or a new PostgreSQL. Return the shards for which it names another storage.
        Raises ``StoreError``.
        """
        async with self._turn:
            values = {"shards": sorted(shards), "mine": self._worker.storage}
            found = await self._run(self._needed(), statements.CLAIM, values)
            return frozenset(shard for (shard,) in found)

    def begin_move(self, shard: int, taker: WorkerId) -> Move | None:
        """Begin to move a shard to another storage; None where it is not this worker's, or moves already.

        Its storage stays locked until ``end_move`` and ``give``, whatever PostgreSQL says of it meanwhile.
        """
        owned = self._owned.get(shard)
        if owned is None or shard in self._moving:
            return None
        self._moving.add(shard)
        return Move(shard, owned.epoch, self._worker.id, taker)

    async def name_storage(self, move: Move, storage: str) -> bool:
        """Do what ``bot.cluster.moves.Rows`` says."""
        async with self._turn:
            session, values = self._needed(), self._named(move.shard, move.epoch) | {"storage": storage}
            if not await self._run(session, statements.NAME_STORAGE, values):
                return False
            self._moved[move.shard] = self._owned.pop(move.shard)
            with suppress(BotError):  # then the lock has ended with the session
                await self._run(session, statements.UNLOCK, values)
            return True

    async def renew(self, move: Move) -> Row:
        """Do what ``bot.cluster.moves.Rows`` says."""
        async with self._turn:
            values = self._named(move.shard, move.epoch)
            ((storage, epoch),) = await self._run(self._needed(), statements.RENEW, values)
            if epoch is not None and (owned := self._owned.get(move.shard)):
                owned.epoch, owned.misses = epoch, 0
            return Row(storage, epoch)

    async def note_not_moved(self, move: Move, code: str) -> None:
        """Note for the operator why a shard stays where it is. Raises ``StoreError``."""
        async with self._turn:
            values = (f"{move.taker} {code}", move.shard, self._worker.id)
            await self._run(self._needed(), statements.NOT_MOVED, values)

    def end_move(self, shard: int) -> None:
        """Let the shard be given again, as any other."""
        self._moving.discard(shard)

    async def look(self) -> View:
        """Return who is there and who owns what. Raises ``StoreError``."""
        async with self._turn:
            return await self._see(self._needed())

    async def drain(self, worker: WorkerId, *, draining: bool = True) -> None:
        """Note that a worker is about to leave, or that it stays. Raises ``StoreError``."""
        async with self._turn:
            await self._run(self._needed(), statements.DRAIN, (draining, worker))

    async def close(self) -> None:
        """Give up everything, and leave the cluster."""
        self._ended = True
        self._moving.clear()
        for shard in (*self._owned, *self._moved):
            await self.give(shard)
        async with self._turn:
            if self._session:
                with suppress(BotError):
                    await self._run(self._session, statements.LEAVE, (self._worker.id,))
            await self._drop()

    async def _open(self) -> Session:
        """Open a session, with this worker's name and the locks of what it owns, and of nothing else."""
        session = self._session = await open_session(self._url)
        if not await self._is_true(session, statements.TRY_NAME, WORKER_CLASS, self._worker.id):
            await self._drop()
            raise ClusterError(
                f"Another worker is called {self._worker.id}.", remedy="Give each worker a name of its own."
            )
        if self._joining and self.view is None:
            try:
                self._joining.check(await self._read(session))
            except ClusterError:
                await self._drop()
                raise
        await self._run(session, statements.JOIN, (*self._worker, self.view is None))
        self._since = asyncio.get_running_loop().time()
        await self._run(session, statements.LET_GO, (self._worker.id, list(self._owned)))
        bound = sorted(shard for shard, one in self._owned.items() if one.is_bound)
        if bound:  # a restored PostgreSQL may not know it: another storage would begin them anew
            await self._run(session, statements.CLAIM, {"shards": bound, "mine": self._worker.storage})
        for shard, one in self._owned.items():
            await self._regain(session, shard, one)
        return session

    async def _see(self, session: Session) -> View:
        self.view = view = await self._read(session)
        if self._joining:
            self._joining.note(view)
        self._on_view(view)
        return view

    async def _read(self, session: Session) -> View:
        workers = await self._run(session, WORKERS, (LEASE_S,))
        shards = await self._run(session, SHARDS, ())
        settled = asyncio.get_running_loop().time() - self._since >= LEASE_S
        return view_of(workers, shards, settled=settled)

    async def _tell_and_look(self, session: Session) -> None:
        """Say that this worker is alive, look whether its locks are, and who else is there."""
        beat = (self._joining and self._joining.skew_ms, self._worker.id, CLASS)
        locked = {shard for (shard,) in await self._run(session, statements.BEAT, beat)}
        for shard in self._owned.keys() - locked:
            await self._regain(session, shard, self._owned[shard])
        await self._see(session)

    async def _regain(self, session: Session, shard: int, one: Owned) -> None:
        """Take the lock in PostgreSQL again for a shard whose storage is locked."""
        if not await self._is_true(session, statements.TRY_LOCK, CLASS, shard):
            one.misses += 1
            return
        values = (self._worker.id, one.epoch, self._worker.storage, shard)
        ((is_mine, is_here),) = await self._run(session, statements.STILL_MINE, values)
        one.misses = 0 if is_mine else MOST_MISSES
        if is_here and not is_mine:  # somebody took it although the storage is locked here
            log.critical("storage that two workers can write", extra={"code": "shared_storage"})

    def _is_lost(self, shard: int, one: Owned) -> bool:
        """Return whether another worker waits for a shard. What moves is settled first."""
        return one.misses >= MOST_MISSES and shard not in self._moving

    async def _note_storage(self, shard: int, storage: str | None) -> bool:
        values = self._named(shard, self._owned[shard].epoch) | {"storage": storage}
        return bool(await self._run(self._needed(), statements.BIND, values))

    def _named(self, shard: int, epoch: int = 0) -> dict[str, Any]:
        """Return the values of a statement about a shard, by name."""
        worker, address, storage = self._worker
        named = {"class": CLASS, "shard": shard, "worker": worker, "address": address}
        return named | {"mine": storage, "epoch": epoch}

    def _needed(self) -> Session:
        if self._session is None:
            raise database_error(Error())
        return self._session

    async def _is_true(self, session: Session, sql: LiteralString, *values: object) -> bool:
        return await self._run(session, sql, values) == [(True,)]

    async def _run(self, session: Session, sql: LiteralString, values: Any) -> list[Any]:
        """Run a statement; where PostgreSQL does not answer in time, the session is lost."""
        asked = asyncio.ensure_future(fetch(session, sql, values))
        await asyncio.wait({asked}, timeout=ANSWER_S)
        if not asked.done():
            hang_up(session)
        try:
            return await asked
        except Error as error:
            await self._drop()
            log.warning("cut off from the database", extra={"code": "database_away"})
            self._on_cut_off()
            raise database_error(error) from None

    async def _drop(self) -> None:
        session, self._session = self._session, None
        if session:
            await session.close()
