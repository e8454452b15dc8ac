"""Installations and OAuth states in PostgreSQL: what ``bot.store.installations`` is for one machine.

Only sealed tokens go in, since PostgreSQL's log keeps what was deleted.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, delete, exists, func, inspect, select, update
from sqlalchemy.dialects.postgresql import insert

from bot.cluster.database import failures_told, upgrade
from bot.cluster.tables import (
    CELLS_OF_WORKSPACES,
    INSTALLATIONS,
    INSTALLATIONS_VERSION,
    LEFT,
    OAUTH_STATES,
)
from bot.core.cells import CellKey
from bot.ports.installations import InstallationRow, LeftWorkspace

_NUMBER = INSTALLATIONS_VERSION.c.number
_LEFT = LEFT.c


class _SharedEngine:
    """What a store of the SDK takes for an engine of its own: its blocks all use one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """Yield the connection; the transaction ends where it began."""
        yield self._connection

    connect = begin


class DatabaseConnection:
    """A connection within a transaction (``bot.ports.installations.InstallationsConnection``)."""

    def __init__(self, connection: Connection) -> None:
        """Use this connection of SQLAlchemy."""
        self._connection = connection
        self.handle: Any = _SharedEngine(connection)

    def list_installations(self, client_id: str) -> tuple[InstallationRow, ...]:
        table = INSTALLATIONS.c
        enterprise, team = func.coalesce(table.enterprise_id, ""), func.coalesce(table.team_id, "")
        rows = self._connection.execute(
            select(
                table.id, enterprise, team, table.is_enterprise_install, func.coalesce(table.bot_token, "")
            )
            .where(table.client_id == client_id)
            .order_by(enterprise, team, table.id)
        )
        return tuple(InstallationRow(*row) for row in rows)

    def list_clients(self) -> tuple[str, ...]:
        client = INSTALLATIONS.c.client_id
        return tuple(self._connection.execute(select(client).distinct().order_by(client)).scalars())

    def put_token(self, row_id: int, sealed: str) -> None:
        self._connection.execute(
            update(INSTALLATIONS).where(INSTALLATIONS.c.id == row_id).values(bot_token=sealed)
        )

    def list_left(self) -> tuple[LeftWorkspace, ...]:
        rows = self._connection.execute(select(_LEFT.cell, _LEFT.team_id).order_by(_LEFT.cell, _LEFT.team_id))
        return tuple(LeftWorkspace(CellKey(cell), team) for cell, team in rows)

    def put_left(self, left: LeftWorkspace) -> None:
        self._connection.execute(insert(LEFT).values(left._asdict()).on_conflict_do_nothing())

    def delete_left(self, left: LeftWorkspace) -> None:
        self._connection.execute(delete(LEFT).where(_LEFT.cell == left.cell, _LEFT.team_id == left.team_id))

    def put_cell_of(self, team_id: str, cell: CellKey) -> None:
        row = {"team_id": team_id, "cell": cell}
        self._connection.execute(insert(CELLS_OF_WORKSPACES).values(row).on_conflict_do_nothing())

    def use_state(self, state: str, expires_s: float) -> bool:
        used = insert(OAUTH_STATES).values(state=state, expire_at=_utc(expires_s)).on_conflict_do_nothing()
        return self._connection.execute(used.returning(OAUTH_STATES.c.id)).first() is not None

    def delete_expired_states(self, now_s: float) -> None:
        self._connection.execute(delete(OAUTH_STATES).where(OAUTH_STATES.c.expire_at <= _utc(now_s)))

    def list_states(self) -> tuple[tuple[str, float], ...]:
        rows = self._connection.execute(
            select(OAUTH_STATES.c.state, OAUTH_STATES.c.expire_at).order_by(OAUTH_STATES.c.state)
        )
        return tuple((state, expires.replace(tzinfo=UTC).timestamp()) for state, expires in rows)


class InstallationsDatabase:
    """The tables of installations and states (``bot.ports.installations.InstallationsFile``)."""

    def __init__(self, engine: Engine) -> None:
        """Use this engine; whoever made it disposes of it."""
        self._engine = engine

    def prepare(self) -> None:
        """Bring the tables up to date. Raises ``StoreError``."""
        upgrade(self._engine)

    def exists(self) -> bool:
        with failures_told(), self._engine.connect() as connection:
            return inspect(connection).has_table(INSTALLATIONS.name)

    def version(self) -> tuple[int, int]:
        with failures_told(), self._engine.connect() as connection:
            return connection.execute(select(_NUMBER)).scalar_one(), 0

    @contextmanager
    def transaction(self) -> Iterator[DatabaseConnection]:
        with failures_told(), self._engine.begin() as connection:
            connection.execute(update(INSTALLATIONS_VERSION).values(number=_NUMBER + 1))
            yield DatabaseConnection(connection)

    @contextmanager
    def reading(self) -> Iterator[DatabaseConnection]:
        with failures_told(), self._engine.connect() as connection:
            yield DatabaseConnection(connection)

    def arrives(self, team_id: str, cell: CellKey) -> bool:
        """Store that a workspace is in a cell now; return whether it was ever in another one.

        Raises ``StoreError``.
        """
        known = CELLS_OF_WORKSPACES.c
        another = exists().where(known.team_id == team_id, known.cell != cell)
        with failures_told(), self._engine.begin() as connection:
            DatabaseConnection(connection).put_cell_of(team_id, cell)
            return connection.execute(select(another)).scalar_one()

    def compact(self) -> None:
        """Do nothing: PostgreSQL's log keeps for a while what was there, whatever is rewritten."""


def _utc(seconds: float) -> datetime:
    """Return the time as the SDK stores it: UTC, and without saying so."""
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
