"""Database files that are written under another name first: a copy is there as a whole or not at all."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from bot.store.connections import make_private
from bot.store.failures import store_error


@contextmanager
def written(part: Path) -> Iterator[None]:
    """Make an empty private file, which is gone again when the block is left, whatever happens in it."""
    try:
        drop(part)
        make_private(part)
        yield
    except OSError as error:
        raise store_error(part, error) from error
    finally:
        drop(part)


def drop(part: Path) -> None:
    """Remove a database file and what SQLite may have left beside it; what cannot be removed stays."""
    with suppress(OSError):
        for path in (
            part,
            *(part.with_name(f"{part.name}{suffix}") for suffix in ("-wal", "-shm", "-journal")),
        ):
            path.unlink(missing_ok=True)


def copy_to(connection: sqlite3.Connection, to: Path) -> None:
    """Copy the whole database of a connection into this file. Raises ``StoreError``."""
    try:
        with closing(sqlite3.connect(to, isolation_level=None)) as copy:
            connection.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, which can be read from any medium
    except sqlite3.Error as error:
        raise store_error(to, error) from error


def move(part: Path, to: Path) -> None:
    """Put a file in the place of another in one step, and on disk: there is the old one, or the new one."""
    sync(part)
    part.replace(to)
    sync(to.parent)


def sync(path: Path) -> None:
    """Wait until a file, or the names in a directory, are on disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
