"""The file of installations and OAuth states, in the tables of Slack's SDK.

The SDK's stores open a connection for each statement, and log what they do not find. Here they share one
connection and one transaction with the bot's own statements, and no failure of theirs is lost.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bot.core.cells import CellKey
from bot.errors import StoreError
from bot.ports.installations import InstallationRow, LeftWorkspace
from bot.store.connections import ORDERLESS_PRAGMAS, connect
from bot.store.failures import store_error
from bot.store.files import make_private, move, temporary_file

NAME = "installations.db"
TABLES = frozenset({"slack_installations", "slack_bots", "oauth_states"})

_LIST = """
SELECT id, enterprise_id, team_id, is_enterprise_install, bot_token FROM slack_installations
WHERE client_id = ? ORDER BY enterprise_id, team_id, id
"""
_LAY_OUT_LEFT = """
CREATE TABLE IF NOT EXISTS left_workspaces (
    cell TEXT NOT NULL, team_id TEXT NOT NULL, PRIMARY KEY (cell, team_id)
) STRICT, WITHOUT ROWID
"""
_USE_STATE = """
INSERT INTO oauth_states (state, expire_at)
SELECT :state, :expires WHERE NOT EXISTS (SELECT 1 FROM oauth_states WHERE state = :state)
"""
_END_STATES = "DELETE FROM oauth_states WHERE expire_at <= ?"


class SharedConnection:
    """What a store of the SDK takes for a connection of its own: it commits nothing, and keeps a failure."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Share this connection."""
        self._connection = connection
        self.failure: sqlite3.Error | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    @property
    def handle(self) -> Self:
        return self

    def execute(self, sql: str, values: Any = ()) -> sqlite3.Cursor:
        try:
            return self._connection.execute(sql, values)
        except sqlite3.Error as error:
            self.failure = error  # the SDK logs it and goes on
            raise

    def commit(self) -> None:
        """Do nothing: the transaction ends where it began."""

    def list_installations(self, client_id: str) -> tuple[InstallationRow, ...]:
        rows = self.execute(_LIST, (client_id,)).fetchall()
        return tuple(
            InstallationRow(row_id, enterprise or "", team or "", bool(whole), token or "")
            for row_id, enterprise, team, whole, token in rows
        )

    def list_clients(self) -> tuple[str, ...]:
        rows = self.execute("SELECT DISTINCT client_id FROM slack_installations ORDER BY client_id")
        return tuple(client_id for (client_id,) in rows.fetchall())

    def put_token(self, row_id: int, sealed: str) -> None:
        self.execute("UPDATE slack_installations SET bot_token = ? WHERE id = ?", (sealed, row_id))

    def list_left(self) -> tuple[LeftWorkspace, ...]:
        rows = self.execute("SELECT cell, team_id FROM left_workspaces ORDER BY cell, team_id").fetchall()
        return tuple(LeftWorkspace(CellKey(cell), team) for cell, team in rows)

    def put_left(self, left: LeftWorkspace) -> None:
        self.execute("INSERT OR IGNORE INTO left_workspaces (cell, team_id) VALUES (?, ?)", left)

    def delete_left(self, left: LeftWorkspace) -> None:
        self.execute("DELETE FROM left_workspaces WHERE cell = ? AND team_id = ?", left)

    def put_cell_of(self, team_id: str, cell: CellKey) -> None:
        """Do nothing: ``workspace.yaml`` of each cell says it."""

    def use_state(self, state: str, expires_s: float) -> bool:
        return self.execute(_USE_STATE, {"state": state, "expires": expires_s}).rowcount == 1

    def delete_expired_states(self, now_s: float) -> None:
        self.execute(_END_STATES, (now_s,))

    def list_states(self) -> tuple[tuple[str, float], ...]:
        rows = self.execute("SELECT state, expire_at FROM oauth_states ORDER BY state").fetchall()
        return tuple((state, float(expires_s)) for state, expires_s in rows)


class InstallationsFile:
    """The file, opened for each transaction and closed after it.

    It has the settings of a ballot file: what is deleted is overwritten, and no log keeps what was there.
    """

    def __init__(self, path: Path, lay_out: Callable[[Path], None]) -> None:
        """Use the file at ``path``. ``lay_out`` makes the SDK's tables in an empty file."""
        self.path = path
        self._lay_out = lay_out

    def exists(self) -> bool:
        return self.path.exists()

    def version(self) -> tuple[int, int]:
        try:
            found = self.path.stat()
        except OSError as error:
            raise store_error(self.path, error) from error
        return found.st_mtime_ns, found.st_ino

    def prepare(self) -> None:
        """Make the file, whole or not at all, if it is missing; check it otherwise. Raises ``StoreError``."""
        if not self.path.exists():
            self._make()
        try:
            make_private(self.path)
        except OSError as error:
            raise store_error(self.path, error) from error
        with self._open() as connection:
            there = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}
            if not there >= TABLES:
                raise StoreError(
                    f"{self.path} is not a file of this bot.", remedy="Stop the bot and move the file away."
                )
            connection.execute(_LAY_OUT_LEFT)

    @contextmanager
    def transaction(self) -> Iterator[SharedConnection]:
        with self._open() as connection:
            connection.execute("BEGIN IMMEDIATE")
            shared = SharedConnection(connection)
            try:
                yield shared
                if shared.failure:
                    raise shared.failure
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    @contextmanager
    def reading(self) -> Iterator[SharedConnection]:
        with self._open() as connection:
            shared = SharedConnection(connection)
            yield shared
            if shared.failure:
                raise shared.failure

    def compact(self) -> None:
        with self._open() as connection:
            connection.execute("VACUUM")  # pages that were split may still hold what was deleted

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(connect(self.path, ORDERLESS_PRAGMAS)) as connection:
                yield connection
        except sqlite3.Error as error:
            raise store_error(self.path, error) from error

    def _make(self) -> None:
        """Lay the file out beside its place, so that a crash leaves no half of it."""
        part = self.path.with_name(f".{self.path.name}.part")
        with temporary_file(part):
            try:
                self._lay_out(part)
            except sqlite3.Error as error:
                raise store_error(part, error) from error
            move(part, self.path)
