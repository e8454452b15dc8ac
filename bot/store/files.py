"""Database files: make them private, check the free space, write a copy so that it is complete or absent."""

import errno
import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from bot.store.failures import store_error

ROOM_BYTES = 1_000_000
"""With less free space than this, the application database counts as having no room."""


def check_room(path: Path, needed: int = ROOM_BYTES) -> None:
    """Raise ``OSError`` (ENOSPC) where fewer than ``needed`` bytes are free on the disk of this path."""
    disk = os.statvfs(path)
    if disk.f_bavail * disk.f_frsize < needed:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def make_private(path: Path) -> None:
    """Make an empty file that only the bot's user can read; narrow the mode of an existing one to that.

    An existing file is not opened: if SQLite has it open in this process, closing it here would drop all
    locks that SQLite holds on it (https://www.sqlite.org/howtocorrupt.html, 2.2).
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


def identity(path: Path) -> tuple[int, int]:
    """Return what tells a file from another one of the same name. Raises ``OSError``."""
    found = path.stat()
    return found.st_dev, found.st_ino


@contextmanager
def keep_times(path: Path) -> Iterator[None]:
    """Open or close a database within the block, without a trace in its time or that of its folder.

    SQLite makes and removes the write-ahead log there, and writes it into the file when the last connection
    closes. The file then gets the time of the log: that of the last change.
    """
    folder = path.parent.stat()
    log = path.with_name(f"{path.name}-wal")
    changed_ns = max((one.stat().st_mtime_ns for one in (path, log) if one.exists()), default=0)
    try:
        yield
    finally:
        with suppress(OSError):
            now = path.stat()
            if now.st_mtime_ns > changed_ns:
                os.utime(path, ns=(now.st_atime_ns, changed_ns))
            os.utime(path.parent, ns=(folder.st_atime_ns, folder.st_mtime_ns))


@contextmanager
def temporary_file(part: Path) -> Iterator[None]:
    """Make an empty private file, and remove it when the block ends, whatever happens in it."""
    try:
        remove_database(part)
        make_private(part)
        yield
    except OSError as error:
        raise store_error(part, error) from error
    finally:
        remove_database(part)


def remove_database(part: Path) -> None:
    """Remove a database file and what SQLite may have left beside it; ignore what cannot be removed."""
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
    """Replace a file by another in one step, on disk: there is the old one or the new one."""
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
