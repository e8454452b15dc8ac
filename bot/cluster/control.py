"""What an operator sees of the cluster, and asks of it, without being one of the workers."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import LiteralString

from sqlalchemy import Connection

from bot.cluster.database import engine_of, failures_told
from bot.cluster.session import LEASE_S
from bot.cluster.shards import WorkerId
from bot.cluster.view import SHARDS, WORKERS, View, view_of
from bot.core.cells import CellKey, shard_of

_CELLS: LiteralString = """
SELECT DISTINCT coalesce(nullif(enterprise_id, ''), team_id) FROM slack_installations ORDER BY 1
"""
_DRAIN: LiteralString = "UPDATE workers SET draining = %s WHERE id = %s"
_WANT: LiteralString = """
UPDATE shards SET wanted = nullif(%(worker)s, coalesce(worker, '')), not_moved = NULL
WHERE shard = ANY(%(shards)s)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The workers and shards, and the cells that have an installation, by shard."""

    view: View
    cells: Mapping[int, tuple[CellKey, ...]]

    def count(self, shards: Collection[int]) -> int:
        """Return how many workspaces and organisations lie in these shards."""
        return sum(len(self.cells.get(shard, ())) for shard in shards)


class Control:
    """Reads and writes the tables of the cluster. All methods raise ``StoreError``."""

    def __init__(self, url: str) -> None:
        """Use the database at ``url``. Raises ``ConfigError`` for another kind of database."""
        self._engine = engine_of(url, pooled=False)

    def look(self) -> Overview:
        """Return what the cluster looks like now."""
        with failures_told(), self._engine.connect() as connection:
            workers = connection.exec_driver_sql(WORKERS, (LEASE_S,)).all()
            shards = connection.exec_driver_sql(SHARDS).all()
            cells = _cells_in(connection)
        return Overview(view=view_of(workers, shards, settled=True), cells=cells)

    def drain(self, worker: WorkerId, *, draining: bool) -> None:
        """Let a worker give all its shards to the others, or take shards again."""
        with failures_told(), self._engine.begin() as connection:
            connection.exec_driver_sql(_DRAIN, (draining, worker))

    def move(self, shards: Collection[int], worker: WorkerId) -> None:
        """Ask the owners of these shards to give them to this worker."""
        with failures_told(), self._engine.begin() as connection:
            connection.exec_driver_sql(_WANT, {"shards": sorted(shards), "worker": worker})


def _cells_in(connection: Connection) -> Mapping[int, tuple[CellKey, ...]]:
    found: dict[int, tuple[CellKey, ...]] = {}
    for (text,) in connection.exec_driver_sql(_CELLS):
        key = CellKey(text)
        found[shard_of(key)] = (*found.get(shard_of(key), ()), key)
    return found
