"""The session of a worker with PostgreSQL, to which its locks belong: they end with it.

PostgreSQL ends the session of a worker that says nothing for three seconds, be it dead, stopped or cut off.
"""

import os
from contextlib import AsyncExitStack, suppress
from socket import SHUT_RDWR, socket
from typing import Any, LiteralString

from psycopg import AsyncConnection, Error
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from bot.cluster.database import database_error, pooler_error
from bot.cluster.locks import TRIAL_CLASS
from bot.errors import ClusterError

LEASE_S = 3
"""How long a session lives without a word from its worker."""

OLDEST = 14
"""The oldest PostgreSQL that ends idle sessions by itself."""

Session = AsyncConnection[tuple[object, ...]]

_KEEPALIVE = {
    "connect_timeout": LEASE_S,
    "keepalives_idle": 1,
    "keepalives_interval": 1,
    "keepalives_count": 2,
    "tcp_user_timeout": LEASE_S * 1000,
}
"""On our side; the statements below ask the same of PostgreSQL."""

_LEASE: tuple[LiteralString, ...] = (
    "SET idle_session_timeout = '3s'",
    "SET statement_timeout = '2s'",
    "SET tcp_keepalives_idle = 1",
    "SET tcp_keepalives_interval = 1",
    "SET tcp_keepalives_count = 2",
    "SET tcp_user_timeout = '3s'",
    "SET client_connection_check_interval = '1s'",
)

_TRIAL = """
SELECT pg_backend_pid(), pg_try_advisory_lock(%(class)s, %(number)s), ARRAY(
    SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND classid::bigint = %(class)s
    AND objid::bigint = %(number)s AND objsubid = 2 AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
"""


async def open_session(url: str) -> Session:
    """Return a session whose locks can be relied on.

    Raises ``StoreError`` where PostgreSQL does not answer, and ``ClusterError`` where a pooler is in between,
    where the server is a replica, or where it is too old.
    """
    try:
        async with AsyncExitStack() as on_failure:
            session = await _connect(url)
            on_failure.push_async_callback(session.close)
            await _check_server(session)
            await _check_direct(session, url)
            for setting in _LEASE:
                await session.execute(setting)
            on_failure.pop_all()
            return session
    except Error as error:
        raise database_error(error) from None


def hang_up(session: Session) -> None:
    """End the connection at once, so that whoever waits for an answer waits no longer.

    To cancel the wait is not enough: psycopg then asks PostgreSQL to cancel, and waits for that.
    """
    with suppress(OSError, Error), socket(fileno=os.dup(session.fileno())) as ours:
        ours.shutdown(SHUT_RDWR)


async def fetch(session: Session, sql: LiteralString, values: Any) -> list[Any]:
    """Run a statement, and return its rows."""
    cursor = await session.execute(sql, values)
    return await cursor.fetchall() if cursor.description else []


async def _connect(url: str) -> Session:
    settings: dict[str, Any] = {**_KEEPALIVE, "application_name": "belonging", **conninfo_to_dict(url)}
    return await AsyncConnection.connect(make_conninfo(**settings), autocommit=True, prepare_threshold=None)


async def _check_server(session: Session) -> None:
    if session.info.server_version < OLDEST * 10_000:
        raise ClusterError(f"This PostgreSQL is older than {OLDEST}.", remedy="Upgrade it.")
    row = await (await session.execute("SELECT pg_is_in_recovery()")).fetchone()
    if row != (False,):
        raise ClusterError(
            "This PostgreSQL is a replica, where nothing can be written.",
            remedy="Name the primary in the address of the database (target_session_attrs=primary).",
        )


async def told_pid(session: Session) -> int:
    """Return the id of the process that answered when the session began."""
    return session.info.backend_pid


async def _check_direct(session: Session, url: str) -> None:
    """Look whether each statement of a session reaches the same process of PostgreSQL, and only that one.

    A pooler sends statements to whichever process is free. So it tells a process id of its own; or a lock of
    this session can be taken by another one, or is held by a process that is not ours.
    """
    number = await told_pid(session)
    trial = {"class": TRIAL_CLASS, "number": number}
    await session.execute("SELECT pg_advisory_lock(%(class)s, %(number)s)", trial)
    async with await _connect(url) as other:
        seen = await (await other.execute(_TRIAL, trial)).fetchone()
        expected = (await told_pid(other), False, [number])
    held = await (await session.execute("SELECT pg_advisory_unlock(%(class)s, %(number)s)", trial)).fetchone()
    if seen != expected or held != (True,):
        raise pooler_error()
