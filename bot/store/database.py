"""The application database, ``belonging.db``: schedules, rounds, releases. This is what is backed up."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import Lock, get_ident
from time import monotonic

from bot.errors import StoreError
from bot.store.connections import (
    DATABASE_PRAGMAS,
    STEP_S,
    RetryingConnection,
    WaitPolicy,
    connect,
    sqlite_database,
)
from bot.store.failures import closed_error, replaced_error, store_error
from bot.store.files import check_room, identity, keep_times, make_private
from bot.store.migrations import is_current, migrate
from bot.store.readers import KEPT, ReaderPool
from bot.store.statements import RowReader
from bot.store.transaction import Transaction
from bot.store.upgrade import drop_kept, keep_before_upgrade, kept_since


class Database:
    """The application database, in a file that only the bot's user can read.

    One connection writes, one transaction at a time; other threads wait. Each reader has a connection of its
    own and waits for nobody. A file of an older version is copied (``bot.store.upgrade``) before it is
    migrated, unless ``keep`` is false. Up to ``readers_kept`` readers stay open when nobody reads. Raises
    ``StoreError`` when the file cannot be used or was written by a newer version.
    """

    def __init__(self, path: Path, *, keep: bool = True, readers_kept: int = KEPT) -> None:
        self._path = path
        self._lock = Lock()
        self._inside: set[int] = set()
        self._readers = ReaderPool(path, readers_kept)
        self._rows = RowReader()
        self._waits = WaitPolicy()
        self._gate = Lock()
        self._uses = 0
        self._is_open = False
        self._closed = False
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            make_private(path)
            self._open()
            self._file = identity(path)
        except (sqlite3.Error, OSError) as error:
            raise store_error(path, error) from error
        try:
            if not is_current(self._connection):
                if keep:
                    keep_before_upgrade(self._database, path)
                migrate(self._database)
            self._wait_in_steps()
        except sqlite3.Error as error:
            self.close()
            raise store_error(path, error) from error
        except StoreError:
            self.close()
            raise

    @contextmanager
    def transaction(self, name: str) -> Iterator[Transaction]:
        """Open a transaction; it commits at the end, and rolls back on an exception.

        Raises ``StoreError`` when it cannot be written. Transactions do not nest.
        """
        with self._entered(name), self._in_use(), self._lock:
            transaction = Transaction(self._database, self._path, self._rows)
            try:
                self._execute("BEGIN IMMEDIATE")
                yield transaction
                self._execute("COMMIT")
            finally:
                transaction.finish()
                if self._connection.in_transaction:
                    self._execute("ROLLBACK")

    @contextmanager
    def read(self, name: str) -> Iterator[Transaction]:
        """Open a transaction that sees one state of everything and changes nothing.

        It waits for no lock, of another thread or of another program that writes. Raises ``StoreError`` when
        it cannot be read.
        """
        with self._entered(name), self._in_use(), self._readers.reading() as database:
            transaction = Transaction(database, self._path, self._rows, reading=True)
            try:
                yield transaction
            finally:
                transaction.finish()

    @contextmanager
    def _entered(self, name: str) -> Iterator[None]:
        if (thread := get_ident()) in self._inside:
            raise RuntimeError(f"the transaction {name} was opened inside another one")
        self._inside.add(thread)
        try:
            yield
        finally:
            self._inside.discard(thread)

    def scrub(self) -> None:
        """Leave no trace in the file, or beside it, of what was deleted or replaced.

        The file is rewritten, because its pages keep remains of rows even with ``secure_delete``, and the
        write-ahead log, which holds older pages, is emptied. If something was deleted since the last upgrade,
        the backup made by that upgrade is removed. Raises ``StoreError``.
        """
        with self._in_use(), self._lock:
            if self._connection.execute("SELECT 1 FROM unscrubbed").fetchall():
                drop_kept(self._path)
            self._execute("VACUUM")
            emptied = self._empty_log()
        if not emptied:
            raise StoreError(
                f"Another program is reading {self._path}, so what was deleted is still beside it.",
                remedy="It is tried again within a minute.",
            )

    def drop_copy(self, before: datetime) -> bool:
        """Remove the backup that an upgrade has made, if it is older than this; return whether it was.

        Raises ``StoreError``.
        """
        made = kept_since(self._path)
        if made is None or made >= before:
            return False
        drop_kept(self._path)
        return True

    def ensure_writable(self) -> None:
        """Raise ``StoreError`` where nothing could be stored now.

        It writes to find out: a disk can be full, read-only, or beyond a quota. A little space must be left.
        """
        with self._in_use(), self._lock:
            try:
                check_room(self._path.parent)
                self._execute("BEGIN IMMEDIATE")
                self._execute("PRAGMA user_version = 0")  # it is 0 already, but this writes it
                self._execute("COMMIT")
            except OSError as error:
                raise store_error(self._path, error) from error
            finally:
                if self._connection.in_transaction:
                    self._execute("ROLLBACK")

    def stop_waiting(self) -> None:
        """Wait for no other program from now on."""
        self._waits.stop()

    def close_idle(self) -> bool:
        """Close the file unless it is in use, and return whether it is closed. The next use opens it again.

        A write-ahead log is emptied then. The times of the file and of its folder stay those of the last
        change, because the time of closing would tell when a member last used the bot.
        """
        with self._gate:
            self._readers.close_idle()
            if self._uses:
                return False
            if self._is_open:
                self._is_open = False
                with keep_times(self._path):
                    self._connection.close()
                del self._connection, self._database, self._retrying  # or they take 14 kB
            return True

    def close(self) -> None:
        """Close the file for good."""
        with self._gate:
            self._closed = True
            self._readers.close()
            if self._is_open:
                self._connection.close()

    @contextmanager
    def _in_use(self) -> Iterator[None]:
        """Keep the file open, and open it first where it was closed."""
        with self._gate:
            if self._closed:
                raise closed_error(self._path)
            if not self._is_open:
                self._reopen()
            self._uses += 1
        try:
            yield
        finally:
            with self._gate:
                self._uses -= 1

    def _open(self) -> None:
        self._connection = connect(self._path, DATABASE_PRAGMAS)
        self._connection.row_factory = sqlite3.Row
        self._database = sqlite_database(self._connection)
        self._is_open = True

    def _reopen(self) -> None:
        """Open the file that was closed. It is refused if it is another one: that was not migrated."""
        try:
            if identity(self._path) != self._file:
                raise replaced_error(self._path)
            with keep_times(self._path):
                self._open()
            self._wait_in_steps()
        except FileNotFoundError:
            raise replaced_error(self._path) from None
        except (sqlite3.Error, OSError) as error:
            raise store_error(self._path, error) from error

    def _wait_in_steps(self) -> None:
        """Let statements wait for other programs only until the bot stops."""
        self._retrying = RetryingConnection(self._connection, self._waits)
        self._connection.execute(f"PRAGMA busy_timeout = {int(STEP_S * 1000)}")

    def _empty_log(self) -> bool:
        """Empty the write-ahead log; return False while another program reads from it."""
        deadline = self._waits.deadline()
        try:
            while self._retrying.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                if monotonic() >= deadline or not self._waits.pause():
                    return False
        except sqlite3.Error as error:
            raise store_error(self._path, error) from error
        return True

    def _execute(self, sql: str) -> None:
        try:
            self._retrying.execute(sql)
        except sqlite3.Error as error:
            raise store_error(self._path, error) from error
