"""Read audiences.db for ``belonging proof``: which rounds asked the same people the same statement."""

import json
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

from bot.core.audiences import StatementKey
from bot.core.audit import AudiencesFact
from bot.core.model import RoundId
from bot.errors import StoreError
from bot.store.audiences import FROZEN, frozen_of
from bot.store.connections import connect
from bot.store.read_only import schema_of

_REPEATED = (
    "SELECT statement, json_group_array(round) FROM asked GROUP BY statement, mark HAVING count(*) > 1"
)


def read_audiences(path: Path) -> AudiencesFact | None:
    """Return what audiences.db holds, read in one transaction; None where it cannot be read."""
    try:
        with closing(connect(path, (), mode="ro")) as connection:
            connection.execute("BEGIN")
            return _read(connection)
    except (sqlite3.Error, StoreError, ValueError, TypeError):
        return None


def _read(connection: sqlite3.Connection) -> AudiencesFact:
    frozen = {RoundId(row[0]): frozen_of(row) for row in connection.execute(FROZEN)}
    repeated: Counter[tuple[StatementKey, frozenset[RoundId]]] = Counter(
        (StatementKey(statement), frozenset(map(RoundId, json.loads(rounds))))
        for statement, rounds in connection.execute(_REPEATED)
    )
    return AudiencesFact(tables=schema_of(connection), frozen=frozen, repeated=dict(repeated))
