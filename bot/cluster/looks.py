"""Look at PostgreSQL for ``belonging check``, without being a worker: nothing is written."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, LiteralString

from alembic.script import ScriptDirectory
from psycopg import Error
from sqlalchemy import Engine, inspect, select

from bot.cluster.database import MIGRATIONS_DIR, database_error, failures_told
from bot.cluster.session import LEASE_S, Session, open_session
from bot.cluster.tables import SHARDS as SHARDS_TABLE
from bot.cluster.view import SHARDS, WORKERS, View, view_of
from bot.core.check_cluster import Tables

_THERE: LiteralString = "SELECT to_regclass('alembic_version') IS NOT NULL"
_REVISION: LiteralString = "SELECT version_num FROM alembic_version"


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What is seen of a database. ``ahead``: how far the clock of this machine is ahead of PostgreSQL's.

    ``view`` is None where the tables are missing, or of another version. ``host``: which answers; with a
    slash at the beginning it is a socket. ``sslmode``: how the session checks whom it reaches.
    """

    version: str
    ahead: timedelta
    tables: Tables
    view: View | None
    host: str
    sslmode: str


def look_at(url: str, clock: Callable[[], datetime]) -> Looked:
    """Return what is seen of the database at this address. Raises what ``open_session`` raises."""
    return asyncio.run(_look(url, clock))


def storages_of_shards(engine: Engine) -> Mapping[int, str]:
    """Return the id of the storage on which the cells of each shard lie, for shards that have cells.

    Without the tables there are none. Raises ``StoreError``.
    """
    stored = select(SHARDS_TABLE.c.shard, SHARDS_TABLE.c.storage).where(SHARDS_TABLE.c.storage.is_not(None))
    with failures_told(), engine.connect() as connection:
        if not inspect(connection).has_table(SHARDS_TABLE.name):
            return {}
        return dict(iter(connection.execute(stored)))


async def _look(url: str, clock: Callable[[], datetime]) -> Looked:
    session = await open_session(url)
    try:
        before = clock()
        ((at,),) = await _rows(session, "SELECT clock_timestamp()")
        after = clock()
        tables = await _tables(session)
        view = None
        if tables is Tables.CURRENT:
            view = view_of(await _rows(session, WORKERS, LEASE_S), await _rows(session, SHARDS), settled=True)
        return Looked(
            version=session.info.parameter_status("server_version") or "",
            ahead=before + (after - before) / 2 - at,
            tables=tables,
            view=view,
            host=session.info.host,
            sslmode=session.info.get_parameters().get("sslmode", ""),
        )
    except Error as error:
        raise database_error(error) from None
    finally:
        await session.close()


async def _tables(session: Session) -> Tables:
    if await _rows(session, _THERE) != [(True,)]:
        return Tables.NONE
    found = {str(revision) for (revision,) in await _rows(session, _REVISION)}
    scripts = ScriptDirectory(str(MIGRATIONS_DIR))
    known = {one.revision for one in scripts.walk_revisions()}
    if not found <= known:
        return Tables.NEWER
    return Tables.CURRENT if found == {scripts.get_current_head()} else Tables.OLDER


async def _rows(session: Session, sql: LiteralString, *values: Any) -> list[Any]:
    return await (await session.execute(sql, values)).fetchall()
