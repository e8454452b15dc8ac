"""Own shards: first the lock in PostgreSQL, then that of the storage; only then may a file be opened.

A worker that PostgreSQL has lost keeps the lock of the storage and goes on serving: nobody else gets in. Once
it is back, it takes its locks in PostgreSQL again.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString, NamedTuple

from psycopg import Error

from bot.cluster.database import database_error
from bot.cluster.locks import CLASS, WORKER_CLASS
from bot.cluster.session import LEASE_S, Session, hang_up, open_session
from bot.cluster.shards import WorkerId
from bot.errors import AlreadyRunningError, BotError, ClusterError

log = logging.getLogger(__name__)

BEAT_S = 1.0
ANSWER_S = 1.5
"""PostgreSQL is asked every second, and must answer in this time: so its loss is noticed within 3 s."""

MOST_MISSES = 3
"""How often a lock may be found with another worker, before the shard is handed over to it."""

_BEAT: LiteralString = """
WITH beat AS (UPDATE workers SET seen = clock_timestamp() WHERE id = %s)
SELECT objid::int FROM pg_locks
WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND classid::bigint = %s AND objsubid = 2 AND granted
"""
_JOIN: LiteralString = """
INSERT INTO workers (id, address, seen) VALUES (%s, %s, clock_timestamp())
ON CONFLICT (id) DO UPDATE SET address = excluded.address, seen = excluded.seen
"""
_TAKE: LiteralString = """
UPDATE shards SET worker = %s, address = %s, epoch = epoch + 1, since = clock_timestamp()
WHERE shard = %s RETURNING epoch
"""
_GIVE: LiteralString = """
WITH given AS (UPDATE shards SET worker = NULL, address = NULL, since = NULL
    WHERE shard = %(shard)s AND worker = %(worker)s)
SELECT pg_advisory_unlock(%(class)s, %(shard)s)
"""
_STILL_MINE: LiteralString = "SELECT 1 FROM shards WHERE shard = %s AND worker = %s AND epoch = %s"
_WORKERS: LiteralString = """
SELECT id, address, seen > clock_timestamp() - %s * interval '1 s', draining, clock_timestamp() FROM workers
"""
_ROUTES: LiteralString = "SELECT shard, worker, address, epoch FROM shards WHERE worker IS NOT NULL"
_DRAIN: LiteralString = "UPDATE workers SET draining = %s WHERE id = %s"
_LEAVE: LiteralString = "DELETE FROM workers WHERE id = %s"
_TRY_LOCK: LiteralString = "SELECT pg_try_advisory_lock(%s, %s)"
_TRY_NAME: LiteralString = "SELECT pg_try_advisory_lock(%s, hashtext(%s))"


class Worker(NamedTuple):
    """A worker: its name, which no other has, and where the others reach it (``http://host:port``)."""

    id: WorkerId
    address: str


class Route(NamedTuple):
    """Who owns a shard. The route with the greater epoch is the newer one."""

    worker: WorkerId
    address: str
    epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The cluster, as PostgreSQL tells it. ``now`` is its clock.

    ``settled``: this session has lasted long enough for the others to be back after an outage, too.
    """

    routes: Mapping[int, Route]
    alive: frozenset[WorkerId]
    draining: frozenset[WorkerId]
    now: datetime
    settled: bool


@dataclass(slots=True)
class _Owned:
    """A shard of this worker, with the lock of its storage."""

    epoch: int
    storage: ExitStack
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
    ) -> None:
        """Join the cluster in the database at ``url`` as this worker.

        ``on_cut_off`` is called within three seconds after PostgreSQL was lost. Serve on what is owned.
        """
        self._url, self._worker = url, worker
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

        Also raises ``ClusterError`` where another worker has this name.
        """
        async with self._turn:
            await self._open()

    async def keep(self) -> None:
        """Tell PostgreSQL every second that this worker is alive, and come back after a loss."""
        while True:
            await self.beat()
            await asyncio.sleep(BEAT_S)

    async def beat(self) -> None:
        """Do once what ``keep`` does."""
        async with self._turn:
            if self._session is None:
                with suppress(BotError):
                    await self._open()
            else:
                await self._tell_and_look(self._session)
            taken = [shard for shard, one in self._owned.items() if one.misses >= MOST_MISSES]
        for shard in taken:
            log.error("shard taken by another worker", extra={"code": "shard_taken"})
            await self._on_taken(shard)
            await self.give(shard)

    async def take(self, shard: int) -> int | None:
        """Take a shard; return its epoch, or None where another worker, or another process, has it.

        Raises ``StoreError`` where PostgreSQL is away, and what the storage's lock raises.
        """
        async with self._turn:
            if shard in self._owned:
                return self._owned[shard].epoch
            session = self._needed()
            if not await self._is_true(session, _TRY_LOCK, CLASS, shard):
                return None
            with ExitStack() as on_failure:
                try:
                    await asyncio.to_thread(on_failure.enter_context, self._lock_storage(shard))
                except BotError as error:
                    await self._run(session, _GIVE, self._given(shard))
                    if isinstance(error, AlreadyRunningError):
                        return None
                    raise
                ((epoch,),) = await self._run(session, _TAKE, (*self._worker, shard))
                self._owned[shard] = _Owned(epoch, on_failure.pop_all())
                return int(epoch)

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
                    await self._run(self._session, _GIVE, self._given(shard))

    async def look(self) -> View:
        """Return who is there and who owns what. Raises ``StoreError``."""
        async with self._turn:
            session = self._needed()
            workers = await self._run(session, _WORKERS, (LEASE_S,))
            routes = await self._run(session, _ROUTES, ())
        return View(
            routes={shard: Route(worker, address, epoch) for shard, worker, address, epoch in routes},
            alive=frozenset(worker for worker, _, is_alive, _, _ in workers if is_alive),
            draining=frozenset(worker for worker, _, _, is_draining, _ in workers if is_draining),
            now=workers[0][4],
            settled=asyncio.get_running_loop().time() - self._since >= LEASE_S,
        )

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

    async def _open(self) -> None:
        """Open a session, with this worker's name and the locks of what it owns."""
        session = self._session = await open_session(self._url)
        if not await self._is_true(session, _TRY_NAME, WORKER_CLASS, self._worker.id):
            await self._drop()
            raise ClusterError(
                f"Another worker is called {self._worker.id}.", remedy="Give each worker a name of its own."
            )
        await self._run(session, _JOIN, tuple(self._worker))
        self._since = asyncio.get_running_loop().time()
        for shard, one in self._owned.items():
            await self._regain(session, shard, one)

    async def _tell_and_look(self, session: Session) -> None:
        """Say that this worker is alive, and look whether its locks are."""
        with suppress(BotError):
            locked = {shard for (shard,) in await self._run(session, _BEAT, (self._worker.id, CLASS))}
            for shard in self._owned.keys() - locked:
                await self._regain(session, shard, self._owned[shard])

    async def _regain(self, session: Session, shard: int, one: _Owned) -> None:
        """Take the lock in PostgreSQL again for a shard whose storage is locked."""
        if not await self._is_true(session, _TRY_LOCK, CLASS, shard):
            one.misses += 1
        elif await self._run(session, _STILL_MINE, (shard, self._worker.id, one.epoch)):
            one.misses = 0
        else:  # somebody took it although the storage is locked here: two can write this storage
            log.critical("storage that two workers can write", extra={"code": "shared_storage"})
            one.misses = MOST_MISSES

    def _given(self, shard: int) -> dict[str, Any]:
        return {"class": CLASS, "shard": shard, "worker": self._worker.id}

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
