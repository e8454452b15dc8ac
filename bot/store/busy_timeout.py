"""Waits for other programs that hold a database, and no longer once the bot stops."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from threading import Event
from time import monotonic

from bot.store import connections
from bot.store.failures import store_error

STEP_MS = 100
"""So long SQLite itself waits in one go: nothing can break that off."""

PAUSE_S = 0.01


class Patience:
    """Waits on one connection as long as any waits, in steps, between which a stop is heard."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection, self._path = connection, path
        self._over = Event()
        connection.execute(f"PRAGMA busy_timeout = {STEP_MS}")

    def end(self) -> None:
        """Wait no more, also where it is waited already."""
        self._over.set()

    def execute(self, sql: str) -> None:
        """Execute a statement that another program may hold up. Raises ``StoreError``."""
        failures: list[sqlite3.OperationalError] = []

        def executed() -> bool:
            try:
                self._connection.execute(sql)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    raise
                failures.append(error)
                return False
            return True

        try:
            if not self._until(executed):
                raise failures[-1]
        except sqlite3.Error as error:
            raise store_error(self._path, error) from error

    def empty_log(self) -> bool:
        """Empty the write-ahead log; False while another program reads from it. Raises ``StoreError``."""

        def emptied() -> bool:
            busy, *_ = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return not busy

        try:
            return self._until(emptied)
        except sqlite3.Error as error:
            raise store_error(self._path, error) from error

    def _until(self, done: Callable[[], bool]) -> bool:
        """Try until it is done; whether it was, in time. It is tried once in any case."""
        ends_at = monotonic() + connections.BUSY_TIMEOUT_S
        while not done():
            if monotonic() >= ends_at or self._over.wait(PAUSE_S):
                return False
        return True
