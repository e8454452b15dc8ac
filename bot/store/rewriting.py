"""Rewrite a file of SQLite into the one form that its content has, where it is not in that form already."""

import sqlite3
from contextlib import closing
from pathlib import Path


def vacuum(connection: sqlite3.Connection) -> None:
    """Rewrite the file from its content, row by row in the order of the keys."""
    connection.execute("VACUUM")


MOST_COMPARED = 256 * 1024
"""Bytes. A larger file is rewritten without a comparison, which would take as long."""

_COUNTERS = (slice(24, 28), slice(40, 44), slice(92, 100))
"""Where the header of a file counts its changes, and names the SQLite that made the last one."""


def has_journal(path: Path) -> bool:
    """Return whether a journal lies beside a file, as after a crash."""
    return any(path.with_name(f"{path.name}{suffix}").exists() for suffix in ("-journal", "-wal"))


def is_rewritten(connection: sqlite3.Connection) -> bool:
    """Return whether ``vacuum`` would change nothing but the counters in the header.

    It writes nothing: a copy in memory is rewritten and compared byte by byte. So an existing file is opened
    without waiting for the disk. Raises ``sqlite3.Error``, also for a damaged file.
    """
    connection.execute("BEGIN")
    try:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # takes the reader's lock
        if not pages or pages * size > MOST_COMPARED:
            return False
        before = connection.serialize()
    finally:
        connection.execute("COMMIT")
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as copy:
        copy.execute("PRAGMA temp_store = MEMORY")
        copy.deserialize(before)
        copy.execute("PRAGMA secure_delete = ON")
        copy.execute("VACUUM")
        return _without_counters(before) == _without_counters(copy.serialize())


def _without_counters(content: bytes) -> bytes:
    masked = bytearray(content)
    for part in _COUNTERS:
        masked[part] = bytes(len(masked[part]))
    return bytes(masked)
