"""Keep every worker out of a cluster, and change what PostgreSQL knows of its cells, meanwhile."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from psycopg import Error
from sqlalchemy import Engine, delete, inspect, select, text, update

from bot.cluster.database import database_error, engine_of, failures_told, upgrade
from bot.cluster.installations import InstallationsDatabase
from bot.cluster.locks import CLASS
from bot.cluster.looks import storages_of_shards
from bot.cluster.session import LEASE_S, Session, open_session
from bot.cluster.tables import INSTALLATIONS, LEFT, OAUTH_STATES, SHARDS, WORKERS
from bot.core.cells import CellKey
from bot.errors import ClusterError

_ALIVE = text("SELECT id FROM workers WHERE seen > clock_timestamp() - :lease * interval '1 s' ORDER BY id")

_OF_CELLS = (INSTALLATIONS, LEFT, OAUTH_STATES, WORKERS)
"""What ``Alone.forget_cells`` deletes."""

_STOP = "Stop every worker of this cluster, then try again."


@contextmanager
def alone(url: str) -> Iterator["Alone"]:
    """Hold the locks of all shards, so that no worker owns one or takes one, and bring the tables up to date.

    Raises ``ClusterError`` where a worker runs, and what ``open_session`` raises.
    """
    engine = engine_of(url, pooled=False)
    _refuse_workers(engine)
    upgrade(engine)
    with asyncio.Runner() as loop:
        session = loop.run(open_session(url))
        try:
            loop.run(_lock_all(session))
            _refuse_workers(engine)  # one that has joined since, and has no shard yet
            yield Alone(engine)
        finally:
            loop.run(session.close())


def knows_no_cell(url: str) -> bool:
    """Return whether PostgreSQL knows nothing that ``Alone.forget_cells`` would delete, as without tables.

    Makes no table. Raises ``StoreError``.
    """
    engine = engine_of(url, pooled=False)
    with failures_told(), engine.connect() as connection:
        there = set(inspect(connection).get_table_names())
        if any(
            connection.execute(select(table).limit(1)).first() for table in _OF_CELLS if table.name in there
        ):
            return False
    return not storages_of_shards(engine)


def _refuse_workers(engine: Engine) -> None:
    """Raise ``ClusterError`` where PostgreSQL has heard of a worker just now."""
    with failures_told(), engine.connect() as connection:
        if not inspect(connection).has_table(WORKERS.name):
            return
        alive = [str(one) for (one,) in connection.execute(_ALIVE, {"lease": LEASE_S})]
    if alive:
        verb = "runs" if len(alive) == 1 else "run"
        raise ClusterError(f"{', '.join(alive)} still {verb}, or ended a moment ago.", remedy=_STOP)


async def _lock_all(session: Session) -> None:
    try:
        await session.execute("SET idle_session_timeout = 0")  # it is idle while directories are renamed
        cursor = await session.execute(
            "SELECT shard FROM shards WHERE NOT pg_try_advisory_lock(%s, shard) ORDER BY shard", (CLASS,)
        )
        taken = await cursor.fetchall()
    except Error as error:
        raise database_error(error) from None
    if taken:
        raise ClusterError("A worker, or another such command, has some of the shards.", remedy=_STOP)


class Alone:
    """What PostgreSQL knows of a cluster of which no worker runs. All methods raise ``StoreError``."""

    def __init__(self, engine: Engine) -> None:
        """Use this engine."""
        self._engine = engine
        self.installations = InstallationsDatabase(engine)

    def storages_of_shards(self) -> Mapping[int, str]:
        """Return the id of the storage on which the cells of each shard lie, for shards that have cells."""
        return storages_of_shards(self._engine)

    def bind_shards(self, shards: Iterable[int], storage: str) -> None:
        """Note that the cells of these shards lie on this storage, of all or of none.

        Raises ``ClusterError`` where PostgreSQL knows that the cells of one lie elsewhere.
        """
        wanted, here = sorted(set(shards)), SHARDS.c.storage
        bound = (
            update(SHARDS)
            .where(SHARDS.c.shard.in_(wanted), here.is_(None) | (here == storage))
            .values(storage=storage)
            .returning(SHARDS.c.shard)
        )
        with failures_told(), self._engine.begin() as connection:
            other = set(wanted) - set(connection.execute(bound).scalars())
            if other:
                raise ClusterError(
                    f"The cells of {len(other)} of these shards lie on another storage, as PostgreSQL knows.",
                    remedy="This database serves another data directory: name a database of its own.",
                )

    def note_cells_of_workspaces(self, pairs: Iterable[tuple[str, CellKey]]) -> None:
        """Note workspaces, each with a cell that it is in, or was in."""
        with self.installations.transaction() as connection:
            for team_id, cell in sorted(set(pairs)):
                connection.put_cell_of(team_id, cell)

    def forget_cells(self) -> None:
        """Delete installations, OAuth states, workers, and where cells lie; all of it, or nothing.

        Which cells a workspace was in stays: no worker and no command ever deletes that.
        """
        nobody = {"worker": None, "address": None, "since": None, "storage": None}
        with failures_told(), self._engine.begin() as connection:
            for table in _OF_CELLS:
                connection.execute(delete(table))
            connection.execute(update(SHARDS).values(**nobody, handed_by=None, wanted=None, not_moved=None))
