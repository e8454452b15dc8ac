"""SQLite connections that are what we asked for: each setting is set, and then read back.

The connections are those of the standard library, opened here: sqlite-utils would silently use another
SQLite (pysqlite3) where one is installed.
"""

import errno
import os
import sqlite3
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event, local
from time import monotonic
from typing import Any, cast

from sqlite_utils import Database as SqliteDatabase

from bot.errors import StoreError

BUSY_TIMEOUT_S = 5.0
"""How long to wait for another process, such as ``belonging proof``, that is reading the file."""

STEP_S = 0.1
"""So long SQLite itself waits in one go, where a stop is to be heard."""

PAUSE_S = 0.01

Pragma = tuple[str, str, int | str]
"""Name, the value to set, and the value to read back."""

CACHE_KIB = 256
"""So much of the application database each connection keeps in memory; SQLite itself would keep 2,000 KiB.

There are nine of these connections, and with the file their memory would grow with every round. The system
keeps the file in memory, too. A ballot file is written as a whole with each VACUUM, and keeps SQLite's size.
"""

STATEMENTS = 16
"""So many statements each connection keeps compiled, those used last; a form needs fewer.

Python would keep 128 of them, of 8 kB each, so that each connection ended up with all that there are.
"""

BALLOT_PRAGMAS: Sequence[Pragma] = (
    ("temp_store", "MEMORY", 2),  # or VACUUM spills the replies into a temporary file
    ("secure_delete", "ON", 1),  # a replaced or withdrawn reply is overwritten with zeros
    ("trusted_schema", "OFF", 0),
    ("synchronous", "FULL", 2),
    ("journal_mode", "DELETE", "delete"),  # a write-ahead log would keep the order of all replies
)
"""Settings of a ballot file (they last as long as the connection). Why: docs/threat-model.md."""

DATABASE_PRAGMAS: Sequence[Pragma] = (
    ("temp_store", "MEMORY", 2),
    ("secure_delete", "ON", 1),  # a quote that was taken down is gone
    ("trusted_schema", "OFF", 0),
    ("foreign_keys", "ON", 1),
    ("journal_mode", "WAL", "wal"),
    ("synchronous", "FULL", 2),  # or a power cut could lose a release whose key is destroyed already
    ("cache_size", f"-{CACHE_KIB}", -CACHE_KIB),
)
"""Settings of the connection that writes to the application database."""

READING_PRAGMAS: Sequence[Pragma] = (
    ("temp_store", "MEMORY", 2),
    ("trusted_schema", "OFF", 0),
    ("query_only", "ON", 1),
    ("cache_size", f"-{CACHE_KIB}", -CACHE_KIB),
)
"""Settings of the connections that only read it."""

ROOM_BYTES = 1_000_000
"""Less free space than this, and the application database is said to have no room."""


def check_room(folder: Path) -> None:
    """Raise ``OSError`` (ENOSPC) where less than ``ROOM_BYTES`` are free."""
    room = os.statvfs(folder)
    if room.f_bavail * room.f_frsize < ROOM_BYTES:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def sqlite_database(connection: sqlite3.Connection) -> SqliteDatabase:
    """Wrap a connection for sqlite-utils, without its plugins."""
    return SqliteDatabase(connection, recursive_triggers=False, execute_plugins=False)


def is_intact(connection: sqlite3.Connection) -> bool:
    """Return whether SQLite finds every page and index of the file in order."""
    (verdict,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    return bool(verdict == "ok")


def make_private(path: Path) -> None:
    """Make an empty file that only the bot's user can read; an existing one is narrowed to that.

    An existing file is not opened: where SQLite has it open in this process, closing it here would drop
    every lock that SQLite holds on it (https://www.sqlite.org/howtocorrupt.html, 2.2).
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & ~stat.S_IRWXU:
            path.chmod(mode & stat.S_IRWXU)
        return
    try:
        os.fchmod(descriptor, 0o600)
    finally:
        os.close(descriptor)


class Waits:
    """How long connections wait for other programs: not at all once the bot stops."""

    def __init__(self) -> None:
        self._over = Event()
        self._of_thread = local()

    def end(self) -> None:
        """Wait no more, also where it is waited already."""
        self._over.set()

    @contextmanager
    def at_most(self, seconds: float) -> Iterator[None]:
        """Let all that this thread waits for within the block take so long together."""
        self._of_thread.ends_at = monotonic() + seconds
        try:
            yield
        finally:
            del self._of_thread.ends_at

    def until(self) -> float:
        """Return until when to wait from now on, in monotonic seconds."""
        ends_at = monotonic() + BUSY_TIMEOUT_S
        return min(ends_at, getattr(self._of_thread, "ends_at", ends_at))

    def pause(self) -> bool:
        """Wait for a moment, and return whether to wait on."""
        return not self._over.wait(PAUSE_S)


class Patient:
    """A connection that waits for other programs in steps, between which a stop is heard.

    SQLite's own wait cannot be broken off. A statement that another program holds up has done nothing yet.
    """

    def __init__(self, connection: sqlite3.Connection, waits: Waits) -> None:
        """Do what this connection does, and wait so."""
        self._connection, self._waits = connection, waits

    def execute(self, *arguments: Any) -> sqlite3.Cursor:
        """Execute a statement as any connection does."""
        ends_at = self._waits.until()
        while True:
            try:
                return self._connection.execute(*arguments)
            except sqlite3.OperationalError as error:
                busy = getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY
                if not busy or monotonic() >= ends_at or not self._waits.pause():
                    raise

    def __getattr__(self, name: str) -> Any:
        """Return everything else from the connection."""
        return getattr(self._connection, name)


def connect(
    path: Path, pragmas: Sequence[Pragma], *, mode: str = "rw", waits: Waits | None = None
) -> sqlite3.Connection:
    """Open an existing file, with these settings in force, in autocommit mode.

    ``mode``: ``rw``, or ``ro`` to read only. ``waits``: how it waits for other programs, where a stop may
    come meanwhile. It may be used by any thread, one at a time. Raises ``sqlite3.Error``, and ``StoreError``
    when the SQLite of this machine does not keep a setting.
    """
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=STEP_S if waits else BUSY_TIMEOUT_S,
        isolation_level=None,
        cached_statements=STATEMENTS,
        check_same_thread=False,
    )
    if waits:
        connection = cast(sqlite3.Connection, Patient(connection, waits))
    try:
        _refuse_temporary_files(connection)
        for name, value, kept in pragmas:
            _set(connection, name, value, kept)
    except BaseException:
        connection.close()
        raise
    return connection


def _set(connection: sqlite3.Connection, name: str, value: str, kept: int | str) -> None:
    connection.execute(f"PRAGMA {name} = {value}")
    (actual,) = connection.execute(f"PRAGMA {name}").fetchone()
    if actual != kept:
        raise StoreError(
            f"SQLite {sqlite3.sqlite_version} does not keep the setting {name} = {value}.",
            remedy="Nothing was saved. Use the SQLite that comes with Python.",
        )


def _refuse_temporary_files(connection: sqlite3.Connection) -> None:
    """Refuse a SQLite that was built to write temporary files always, whatever ``temp_store`` says."""
    options = {option for (option,) in connection.execute("PRAGMA compile_options")}
    if "TEMP_STORE=0" in options:
        raise StoreError(
            f"SQLite {sqlite3.sqlite_version} was built with TEMP_STORE=0: it would write replies into "
            "temporary files.",
            remedy="Nothing was saved. Use the SQLite that comes with Python.",
        )
