"""Read audiences.db for ``belonging proof``: in which rounds the same people were asked the same."""

import json
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

from bot.core.audiences import StatementKey
from bot.core.evidence import AudienceFact, AudiencesFact
from bot.core.model import Period, RoundId
from bot.store.codec import moment_of
from bot.store.connections import BUSY_TIMEOUT_S

_FROZEN = (
    "SELECT audience.round, period, people, until, marks = coalesce(there, 0) FROM audience "
    "LEFT JOIN (SELECT round, count(*) AS there FROM asked GROUP BY round) AS kept USING (round)"
)
_REPEATED = (
    "SELECT statement, json_group_array(round) FROM asked GROUP BY statement, mark HAVING count(*) > 1"
)


def read_audiences(path: Path) -> AudiencesFact | None:
    """Return what audiences.db holds, read in one transaction; None where it cannot be read."""
    try:
        with closing(_open(path)) as connection:
            connection.execute("BEGIN")
            return _read(connection)
    except (sqlite3.Error, ValueError, TypeError):
        return None


def _open(path: Path) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode=ro"
    return sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None)


def _read(connection: sqlite3.Connection) -> AudiencesFact:
    tables = connection.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")
    layout = {str(name): str(sql) for name, sql in tables}
    frozen = {
        RoundId(round_id): AudienceFact(
            period=Period(period), people=int(people), until=moment_of(until), whole=bool(whole)
        )
        for round_id, period, people, until, whole in connection.execute(_FROZEN)
    }
    repeated: Counter[tuple[StatementKey, frozenset[RoundId]]] = Counter(
        (StatementKey(statement), frozenset(map(RoundId, json.loads(rounds))))
        for statement, rounds in connection.execute(_REPEATED)
    )
    return AudiencesFact(tables=layout, frozen=frozen, repeated=dict(repeated))
