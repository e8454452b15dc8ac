"""Read-only connections to the application database. With a write-ahead log, readers wait for no writer."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from sqlite_utils import Database as SqliteDatabase

from bot.store.connections import READING_PRAGMAS, connect, sqlite_database
from bot.store.failures import store_error

KEPT = 8
"""How many idle connections are kept open, unless told otherwise."""


class ReaderPool:
    """A pool of connections to one file; each is used by one thread at a time."""

    def __init__(self, path: Path, kept: int = KEPT) -> None:
        self._path = path
        self._kept = kept
        self._lock = Lock()
        self._idle: list[SqliteDatabase] = []
        self._closed = False

    @contextmanager
    def reading(self) -> Iterator[SqliteDatabase]:
        """Yield a connection in a transaction that sees one state of everything. Raises ``StoreError``."""
        database = self._take()
        whole = False
        try:
            self._execute(database, "BEGIN")  # deferred: it takes only a reader's lock
            yield database
            whole = True
        finally:
            self._give_back(database, whole=whole)

    def close(self) -> None:
        """Close the idle connections now, and the others when they are given back."""
        with self._lock:
            self._closed = True
        self.close_idle()

    def close_idle(self) -> None:
        """Close the connections that nobody uses now."""
        with self._lock:
            idle, self._idle = self._idle, []
        for database in idle:
            database.close()

    def _take(self) -> SqliteDatabase:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        try:
            connection = connect(self._path, READING_PRAGMAS, mode="ro")
        except (sqlite3.Error, OSError) as error:
            raise store_error(self._path, error) from error
        connection.row_factory = sqlite3.Row
        return sqlite_database(connection)

    def _give_back(self, database: SqliteDatabase, *, whole: bool) -> None:
        """Keep the connection for the next reader, unless something failed with it."""
        try:
            if whole:
                self._execute(database, "COMMIT")
        except BaseException:
            database.close()
            raise
        with self._lock:
            if whole and not self._closed and len(self._idle) < self._kept:
                self._idle.append(database)
                return
        database.close()

    def _execute(self, database: SqliteDatabase, sql: str) -> None:
        try:
            database.conn.execute(sql)
        except sqlite3.Error as error:
            raise store_error(self._path, error) from error
