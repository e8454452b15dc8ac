"""Wait for other programs that hold belonging.db, and no longer once the bot stops."""

import sqlite3
from pathlib import Path
from time import monotonic

from bot.store.connections import STEP_S, Patient, Waits
from bot.store.failures import store_error


class Patience:
    """Waits on one connection as long as any waits, in steps, between which a stop is heard."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._waits = Waits()
        self._connection, self._path = Patient(connection, self._waits), path
        connection.execute(f"PRAGMA busy_timeout = {int(STEP_S * 1000)}")

    def end(self) -> None:
        """Wait no more, also where it is waited already."""
        self._waits.end()

    def execute(self, sql: str) -> None:
        """Execute a statement that another program may hold up. Raises ``StoreError``."""
        try:
            self._connection.execute(sql)
        except sqlite3.Error as error:
            raise store_error(self._path, error) from error

    def empty_log(self) -> bool:
        """Empty the write-ahead log; False while another program reads from it. Raises ``StoreError``."""
        ends_at = self._waits.until()
        try:
            while self._is_log_in_use():
                if monotonic() >= ends_at or not self._waits.pause():
                    return False
        except sqlite3.Error as error:
            raise store_error(self._path, error) from error
        return True

    def _is_log_in_use(self) -> bool:
        busy, *_ = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return bool(busy)
