"""Open SQLite connections; each setting is set and then read back.

The connections are those of the standard library. sqlite-utils would silently use another SQLite (pysqlite3)
where one is installed.
"""

import sqlite3
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
"""How long SQLite itself waits in one step, where a stop may come meanwhile."""

PAUSE_S = 0.01

Pragma = tuple[str, str, int | str]
"""Name, the value to set, and the value to read back."""

CACHE_KIB = 256
"""How much of the application database each connection keeps in memory; SQLite's default is 2,000 KiB.

There are nine such connections, and their memory would grow with every round. The operating system caches the
file, too.
"""

STATEMENTS = 16
"""How many compiled statements each connection keeps; a form needs fewer.

Python's default is 128, of 8 kB each: every connection would end up with all statements there are.
"""

ORDERLESS_PRAGMAS: Sequence[Pragma] = (
    ("temp_store", "MEMORY", 2),  # or VACUUM spills the replies into a temporary file
    ("secure_delete", "ON", 1),  # a replaced or withdrawn reply is overwritten with zeros
    ("trusted_schema", "OFF", 0),
    ("synchronous", "FULL", 2),
    ("journal_mode", "DELETE", "delete"),  # a write-ahead log would keep the order of all replies
)
"""Settings of a file that shows no order (they last as long as the connection). Why: docs/threat-model.md."""

MEMORY_PRAGMAS: Sequence[Pragma] = (
    ("temp_store", "MEMORY", 2),
    ("secure_delete", "ON", 1),
    ("trusted_schema", "OFF", 0),
)
"""Settings of the content of a ballot file, which is in memory."""

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
"""Settings of the connections that only read the application database."""


def sqlite_database(connection: sqlite3.Connection) -> SqliteDatabase:
    """Wrap a connection for sqlite-utils, without its plugins."""
    return SqliteDatabase(connection, recursive_triggers=False, execute_plugins=False)


def is_intact(connection: sqlite3.Connection) -> bool:
    """Return whether SQLite finds every page and index of the file in order."""
    (verdict,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    return bool(verdict == "ok")


class WaitPolicy:
    """How long connections wait for other programs: not at all once the bot stops."""

    def __init__(self) -> None:
        self._stopped = Event()
        self._of_thread = local()

    def stop(self) -> None:
        """End all waiting, now and from now on."""
        self._stopped.set()

    @contextmanager
    def at_most(self, seconds: float) -> Iterator[None]:
        """Limit all waiting of this thread within the block to this time in total."""
        self._of_thread.deadline = monotonic() + seconds
        try:
            yield
        finally:
            del self._of_thread.deadline

    def deadline(self) -> float:
        """Return until when to wait if waiting begins now, in monotonic seconds."""
        deadline = monotonic() + BUSY_TIMEOUT_S
        return min(deadline, getattr(self._of_thread, "deadline", deadline))

    def pause(self) -> bool:
        """Wait for a moment; return whether to go on waiting."""
        return not self._stopped.wait(PAUSE_S)


class RetryingConnection:
    """A connection that waits for other programs in short steps, so that the bot can stop meanwhile.

    SQLite's own wait cannot be interrupted. A statement that another program delays has done nothing yet, so
    it can be repeated.
    """

    def __init__(self, connection: sqlite3.Connection, waits: WaitPolicy) -> None:
        """Wrap a connection."""
        self._connection, self._waits = connection, waits

    def execute(self, *arguments: Any) -> sqlite3.Cursor:
        """Execute a statement; repeat it while another program holds the file."""
        deadline = self._waits.deadline()
        while True:
            try:
                return self._connection.execute(*arguments)
            except sqlite3.OperationalError as error:
                busy = getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY
                if not busy or monotonic() >= deadline or not self._waits.pause():
                    raise

    def __getattr__(self, name: str) -> Any:
        """Return everything else from the connection."""
        return getattr(self._connection, name)


def connect(
    path: Path, pragmas: Sequence[Pragma], *, mode: str = "rw", waits: WaitPolicy | None = None
) -> sqlite3.Connection:
    """Open an existing file, with these settings, in autocommit mode.

    ``mode``: ``rw``, or ``ro`` to read only. ``waits``: how to wait for other programs where the bot may stop
    meanwhile. Any thread may use it, one at a time. Raises ``sqlite3.Error``, and ``StoreError`` when the
    SQLite of this machine does not keep a setting.
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
        connection = cast(sqlite3.Connection, RetryingConnection(connection, waits))
    return _with_settings(connection, pragmas)


def connect_to_memory(raw: bytes = b"") -> sqlite3.Connection:
    """Return a database in memory with this content, in autocommit mode; nothing of it is written anywhere.

    ``raw``: the bytes of a file. Any thread may use it, one at a time. Raises as ``connect`` does; bytes that
    are no database may be noticed only when they are used.
    """
    connection = sqlite3.connect(
        ":memory:", isolation_level=None, cached_statements=STATEMENTS, check_same_thread=False
    )
    try:
        if raw:
            connection.deserialize(raw)
    except BaseException:
        connection.close()
        raise
    return _with_settings(connection, MEMORY_PRAGMAS)


def _with_settings(connection: sqlite3.Connection, pragmas: Sequence[Pragma]) -> sqlite3.Connection:
    """Return the connection with these settings, or close it."""
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
    """Raise ``StoreError`` for a SQLite that always writes temporary files, whatever ``temp_store`` says."""
    (always,) = connection.execute("SELECT sqlite_compileoption_used('TEMP_STORE=0')").fetchone()
    if always:
        raise StoreError(
            f"SQLite {sqlite3.sqlite_version} was built with TEMP_STORE=0: it would write replies into "
            "temporary files.",
            remedy="Nothing was saved. Use the SQLite that comes with Python.",
        )
