"""Own shards: first the lock in PostgreSQL, then that of the storage; only then may a file be opened.

A worker that PostgreSQL has lost keeps the lock of the storage and goes on serving: nobody else gets in. Once
it is back, it takes its locks in PostgreSQL again.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass
from typing import Any, LiteralString, NamedTuple

from psycopg import Error

from bot.cluster.database import database_error
from bot.cluster.locks import CLASS, WORKER_CLASS
from bot.cluster.session import LEASE_S, Session, hang_up, open_session
from bot.cluster.shards import WorkerId
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

_BEAT: LiteralString = """
WITH beat AS (UPDATE workers SET seen = clock_timestamp() WHERE id = %s)
SELECT objid::int FROM pg_locks
WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND classid::bigint = %s AND objsubid = 2 AND granted
"""
_JOIN: LiteralString = """
INSERT INTO workers (id, address, storage, seen) VALUES (%s, %s, %s, clock_timestamp())
ON CONFLICT (id) DO UPDATE SET address = excluded.address, storage = excluded.storage, seen = excluded.seen
"""
_RESTART: LiteralString = """
WITH old AS (DELETE FROM workers WHERE seen < clock_timestamp() - %(days)s * interval '1 day'
    AND NOT EXISTS (SELECT 1 FROM shards WHERE shards.storage = workers.storage OR worker = id)),
given AS (UPDATE workers SET draining = false WHERE id = %(worker)s)
UPDATE shards SET handed_by = NULL WHERE handed_by = %(worker)s
"""
_LET_GO: LiteralString = """
UPDATE shards SET worker = NULL, address = NULL, since = NULL WHERE worker = %s AND NOT shard = ANY(%s)
"""
_WHERE: LiteralString = "SELECT storage FROM shards WHERE shard = %s"
_TAKE: LiteralString = """
WITH before AS (SELECT shard, epoch, handed_by FROM shards WHERE shard = %(shard)s)
UPDATE shards SET worker = %(worker)s, address = %(address)s, epoch = shards.epoch + 1,
    since = clock_timestamp(), handed_by = NULL, wanted = NULL
FROM before LEFT JOIN workers AS giver ON giver.id = before.handed_by
WHERE shards.shard = before.shard RETURNING shards.epoch, giver.id, giver.address, before.epoch
"""
_REFUSE: LiteralString = """
WITH refused AS (UPDATE shards SET wanted = NULL WHERE shard = %(shard)s AND wanted = %(worker)s)
SELECT pg_advisory_unlock(%(class)s, %(shard)s)
"""
_GIVE: LiteralString = """
WITH given AS (UPDATE shards SET worker = NULL, address = NULL, since = NULL, handed_by = %(worker)s
    WHERE shard = %(shard)s AND worker = %(worker)s AND epoch = %(epoch)s)
SELECT pg_advisory_unlock(%(class)s, %(shard)s)
"""
_BIND: LiteralString = """
UPDATE shards SET storage = %(storage)s WHERE shard = %(shard)s AND worker = %(worker)s
    AND epoch = %(epoch)s AND (storage IS NULL OR storage = %(mine)s) RETURNING shard
"""
_STILL_MINE: LiteralString = """
SELECT worker IS NOT DISTINCT FROM %s AND epoch = %s, storage IS NOT DISTINCT FROM %s FROM shards
WHERE shard = %s
"""
_DRAIN: LiteralString = "UPDATE workers SET draining = %s WHERE id = %s"
_LEAVE: LiteralString = "DELETE FROM workers WHERE id = %s"
_TRY_LOCK: LiteralString = "SELECT pg_try_advisory_lock(%s, %s)"
_TRY_NAME: LiteralString = "SELECT pg_try_advisory_lock(%s, hashtext(%s))"


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


@dataclass(slots=True)
class _Owned:
    """A shard of this worker, with the lock of its storage."""

    epoch: int
    storage: ExitStack
    is_bound: bool
    misses: int = 0


LockStorage = Callable[[int], AbstractContextManager[object]]
"""Locks the storage of a shard; raises ``AlreadyRunningError`` on entering where another process holds it."""

OnTaken = Callable[[int], Awaitable[None]]
"""Closes everything of a shard, which another worker waits for; then its storage is let go."""


class Ownership:
    """The shards that this worker owns. Use it in one loop: ``connect``, then run ``keep`` as a task."""

    def __init__(
        self,
        url: str,
        worker: Worker,
        lock_storage: LockStorage,
        *,
        on_cut_off: Callable[[], None],
        on_taken: OnTaken,
        on_view: Callable[[View], None] = lambda _: None,
    ) -> None:
        """Join the cluster in the database at ``url`` as this worker.

        ``on_cut_off`` is called within three seconds after PostgreSQL was lost. Serve on what is owned.
        ``on_view`` is called with each view of the cluster, every second.
        """
        self.view: View | None = None
        """The latest view, also while PostgreSQL is away."""
        self._url, self._worker = url, worker
        self._on_view = on_view
        self._lock_storage = lock_storage
        self._on_cut_off, self._on_taken = on_cut_off, on_taken
        self._session: Session | None = None
        self._since = 0.0
        self._owned: dict[int, _Owned] = {}
        self._turn = asyncio.Lock()

    @property
    def owned(self) -> Mapping[int, int]:
        """The epoch of each shard that is owned."""
        return {shard: one.epoch for shard, one in self._owned.items()}

    @property
    def is_connected(self) -> bool:
        """Whether PostgreSQL was there at the last look."""
        return self._session is not None

    async def connect(self) -> None:
        """Open the session. Raises ``StoreError`` and ``ClusterError``, as ``open_session`` does.

        Also raises ``ClusterError`` where another worker has this name. A worker that was about to leave
        before it was started again stays.
        """
        async with self._turn:
            session = await self._open()
            await self._run(session, _RESTART, {"worker": self._worker.id, "days": MOST_DAYS})
            await self._see(session)

    async def keep(self) -> None:
        """Tell PostgreSQL every second that this worker is alive, and come back after a loss."""
        while True:
            await self.beat()
            await asyncio.sleep(BEAT_S)

    async def beat(self) -> None:
        """Do once what ``keep`` does."""
        async with self._turn:
            with suppress(BotError):
                if self._session is None:
                    await self._see(await self._open())
                else:
                    await self._tell_and_look(self._session)
            taken = [shard for shard, one in self._owned.items() if one.misses >= MOST_MISSES]
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
            if not await self._is_true(session, _TRY_LOCK, CLASS, shard):
                return None
            ((storage,),) = await self._run(session, _WHERE, (shard,))
            if storage not in {None, self._worker.storage}:
                await self._run(session, _REFUSE, self._named(shard))
                return None
            with ExitStack() as on_failure:
                try:
                    await asyncio.to_thread(on_failure.enter_context, self._lock_storage(shard))
                except BotError as error:
                    await self._run(session, _REFUSE, self._named(shard))
                    if isinstance(error, AlreadyRunningError):
                        return None
                    raise
                ((epoch, *giver),) = await self._run(session, _TAKE, self._named(shard))
                self._owned[shard] = _Owned(epoch, on_failure.pop_all(), is_bound=storage is not None)
                return Taken(epoch, Route(*giver) if giver[0] else None)

    async def give(self, shard: int) -> None:
        """Give a shard up, once its files are closed: first the storage, then the lock in PostgreSQL.

        Raises nothing: without PostgreSQL, that lock has ended with the session.
        """
        async with self._turn:
            owned = self._owned.pop(shard, None)
            if owned is None:
                return
            await asyncio.to_thread(owned.storage.close)
            if self._session:
                with suppress(BotError):
                    await self._run(self._session, _GIVE, self._named(shard, owned.epoch))

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

    async def look(self) -> View:
        """Return who is there and who owns what. Raises ``StoreError``."""
        async with self._turn:
            return await self._see(self._needed())

    async def drain(self, worker: WorkerId, *, draining: bool = True) -> None:
        """Note that a worker is about to leave, or that it stays. Raises ``StoreError``."""
        async with self._turn:
            await self._run(self._needed(), _DRAIN, (draining, worker))

    async def close(self) -> None:
        """Give up everything, and leave the cluster."""
        for shard in tuple(self._owned):
            await self.give(shard)
        async with self._turn:
            if self._session:
                with suppress(BotError):
                    await self._run(self._session, _LEAVE, (self._worker.id,))
            await self._drop()

    async def _open(self) -> Session:
        """Open a session, with this worker's name and the locks of what it owns, and of nothing else."""
        session = self._session = await open_session(self._url)
        if not await self._is_true(session, _TRY_NAME, WORKER_CLASS, self._worker.id):
            await self._drop()
            raise ClusterError(
                f"Another worker is called {self._worker.id}.", remedy="Give each worker a name of its own."
            )
        await self._run(session, _JOIN, tuple(self._worker))
        self._since = asyncio.get_running_loop().time()
        await self._run(session, _LET_GO, (self._worker.id, list(self._owned)))
        for shard, one in self._owned.items():
            await self._regain(session, shard, one)
        return session

    async def _see(self, session: Session) -> View:
        workers = await self._run(session, WORKERS, (LEASE_S,))
        shards = await self._run(session, SHARDS, ())
        settled = asyncio.get_running_loop().time() - self._since >= LEASE_S
        self.view = view = view_of(workers, shards, settled=settled)
        self._on_view(view)
        return view

    async def _tell_and_look(self, session: Session) -> None:
        """Say that this worker is alive, look whether its locks are, and who else is there."""
        locked = {shard for (shard,) in await self._run(session, _BEAT, (self._worker.id, CLASS))}
        for shard in self._owned.keys() - locked:
            await self._regain(session, shard, self._owned[shard])
        await self._see(session)

    async def _regain(self, session: Session, shard: int, one: _Owned) -> None:
        """Take the lock in PostgreSQL again for a shard whose storage is locked."""
        if not await self._is_true(session, _TRY_LOCK, CLASS, shard):
            one.misses += 1
            return
        values = (self._worker.id, one.epoch, self._worker.storage, shard)
        ((is_mine, is_here),) = await self._run(session, _STILL_MINE, values)
        one.misses = 0 if is_mine else MOST_MISSES
        if is_here and not is_mine:  # somebody took it although the storage is locked here
            log.critical("storage that two workers can write", extra={"code": "shared_storage"})

    async def _note_storage(self, shard: int, storage: str | None) -> bool:
        values = self._named(shard, self._owned[shard].epoch) | {"storage": storage}
        return bool(await self._run(self._needed(), _BIND, values))

    def _named(self, shard: int, epoch: int = 0) -> dict[str, Any]:
        """Return the values of a statement about a shard, by name."""
        worker, address, storage = self._worker
        return {
            "class": CLASS,
            "shard": shard,
            "worker": worker,
            "address": address,
            "mine": storage,
            "epoch": epoch,
        }

    def _needed(self) -> Session:
        if self._session is None:
            raise database_error(Error())
        return self._session

    async def _is_true(self, session: Session, sql: LiteralString, *values: object) -> bool:
        return await self._run(session, sql, values) == [(True,)]

    async def _run(self, session: Session, sql: LiteralString, values: Any) -> list[Any]:
        """Run a statement; where PostgreSQL does not answer in time, the session is lost."""
        asked = asyncio.ensure_future(_fetch(session, sql, values))
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


async def _fetch(session: Session, sql: LiteralString, values: Any) -> list[Any]:
    cursor = await session.execute(sql, values)
    return await cursor.fetchall() if cursor.description else []
