"""Turn failures of SQLite and the system into errors that an operator can act on."""

import errno
import os
import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bot.errors import DISK_CODES, MORE_FILES, DamagedError, StoreError

_SPARE_FILES = 4
"""How many files SQLite opens: the database, its journal or log, the index of the log, the directory."""


@dataclass(frozen=True, slots=True)
class _Failure:
    """A kind of failure: its code for the log, its message, and what to do."""

    code: str
    message: str
    remedy: str

    def on(self, path: Path, name: str) -> StoreError:
        """Return the error to raise. ``name``: the name that SQLite or the system gives it."""
        told = self.message.format(path=path, name=name)
        kind = DamagedError if self is _DAMAGED else StoreError
        return kind(told, remedy=f"Nothing was saved. {self.remedy}", code=self.code)


_FULL = _Failure("disk_full", "The disk under {path} is full.", "Free some space, then try again.")
_READ_ONLY = _Failure(
    "disk_read_only",
    "The disk under {path} is read-only.",
    "Look in the system's log why, and make it writable again.",
)
_LOCKED_OUT = _Failure(
    "not_allowed",
    "The bot may not write {path}.",
    "Give the bot's user the right to write this file and its folder.",
)
_TOO_MANY_FILES = _Failure(
    "too_many_files",
    "{path} could not be opened: too many files are open.",
    f"Restart the bot, and {MORE_FILES}.",
)
_DAMAGED = _Failure(
    "damaged",
    "{path} is damaged, or it is not a database of this bot.",
    "Stop the bot, move the file away, and restore a backup if there is one.",
)
IN_USE = "in_use"
"""The code for a file that another program holds."""

_BUSY = _Failure(
    IN_USE,
    "Another program holds {path}.",
    "Close other programs that have this file open, then try again.",
)
_DISK_FAILS = _Failure(
    "disk_error",
    "The disk under {path} fails ({name}).",
    "Look in the system's log, and back the data up to another disk.",
)
_REPLACED = _Failure(
    "replaced",
    "{path} is no longer the file that the bot had open.",
    "Restart the bot, and stop it before you replace or remove the file.",
)
_CLOSED = _Failure("closed", "{path} is closed.", "Please try again in a moment.")
_OTHER = _Failure("store", "{path} could not be read or written ({name}).", "Please try again in a moment.")

_SQLITE = {
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_IOERR_SHMSIZE: _FULL,  # no room for the index beside the write-ahead log
    sqlite3.SQLITE_IOERR: _DISK_FAILS,
    sqlite3.SQLITE_READONLY: _LOCKED_OUT,
    sqlite3.SQLITE_CANTOPEN: _LOCKED_OUT,
    sqlite3.SQLITE_PERM: _LOCKED_OUT,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
}
_BY_CODE = {one.code: one for one in (_FULL, _READ_ONLY, _LOCKED_OUT, _TOO_MANY_FILES, _DISK_FAILS)}


def damage_behind(path: Path, problem: Exception) -> DamagedError | None:
    """Return the damage of this file that has caused another error; None if something else has."""
    cause = problem.__cause__
    known = store_error(path, cause) if isinstance(cause, sqlite3.Error) else problem
    return known if isinstance(known, DamagedError) else None


def store_error(path: Path, error: sqlite3.Error | OSError) -> StoreError:
    """Return the error to raise for a failure of SQLite or of the system on this file.

    It tells only the kind of failure, never SQLite's own text, which may quote what was to be stored.
    """
    failure = _of_system(error) if isinstance(error, OSError) else _of_sqlite(error)
    if failure is _LOCKED_OUT:
        failure = _diagnose(path)
        if failure is _LOCKED_OUT and _cannot_be_opened(error) and _may_be_opened(path):
            failure = _OTHER  # such as too many open files, of which some were closed meanwhile
    return failure.on(path, _name(error))


def replaced_error(path: Path) -> StoreError:
    """Return the error to raise where another file, or none, has the name of one that was closed."""
    return _REPLACED.on(path, "")


def in_use_error(path: Path) -> StoreError:
    """Return the error to raise where another program writes in a file for too long."""
    return _BUSY.on(path, "")


def too_many_error(path: Path) -> StoreError:
    """Return the error to raise where so many files are open that no more are to be opened."""
    return _TOO_MANY_FILES.on(path, "")


def closed_error(path: Path) -> StoreError:
    """Return the error to raise where a file is used after it was closed for good."""
    return _CLOSED.on(path, "")


def _of_system(error: OSError) -> _Failure:
    return _BY_CODE.get(DISK_CODES.get(error.errno or 0, ""), _OTHER)


def _of_sqlite(error: sqlite3.Error) -> _Failure:
    extended = getattr(error, "sqlite_errorcode", 0)
    family = extended & 0xFF  # the low byte of an extended code
    found = _SQLITE.get(extended) or _SQLITE.get(family, _OTHER)
    return _TOO_MANY_FILES if found is _DISK_FAILS and _has_no_files_left() else found


def _diagnose(path: Path) -> _Failure:
    """Return why a file cannot be opened or written: SQLite reports several causes alike."""
    if _has_no_files_left():
        return _TOO_MANY_FILES
    with suppress(OSError):
        disk = os.statvfs(path if path.exists() else path.parent)
        if disk.f_flag & os.ST_RDONLY:
            return _READ_ONLY
        takes_no_file = disk.f_files and not disk.f_favail  # some disks count no files
        if takes_no_file and os.access(path.parent, os.W_OK | os.X_OK):
            return _FULL
    return _LOCKED_OUT


def _cannot_be_opened(error: sqlite3.Error | OSError) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_CANTOPEN


def _may_be_opened(path: Path) -> bool:
    """Return whether the bot may read and write this file, and make others beside it."""
    return path.is_file() and all(os.access(one, os.R_OK | os.W_OK) for one in (path, path.parent))


def _has_no_files_left() -> bool:
    """Return whether this process, or the machine, can open hardly any more files."""
    opened: list[int] = []
    try:
        opened.extend(os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC) for _ in range(_SPARE_FILES))
    except OSError as error:
        return error.errno in {errno.EMFILE, errno.ENFILE}
    finally:
        for descriptor in opened:
            os.close(descriptor)
    return False


def _name(error: sqlite3.Error | OSError) -> str:
    if isinstance(error, OSError):
        return errno.errorcode.get(error.errno or 0, "OSError")
    return str(getattr(error, "sqlite_errorname", type(error).__name__))
