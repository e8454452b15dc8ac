"""What went wrong on disk, in words that an operator can act on."""

import errno
import sqlite3
from pathlib import Path

from bot.errors import StoreError

_FULL = ("The disk under {path} is full.", "Nothing was saved. Free some space, then try again.")
_LOCKED_OUT = (
    "The bot may not write {path}.",
    "Nothing was saved. Give the bot's user the right to write this file and its folder.",
)
_DAMAGED = (
    "{path} is damaged, or it is not a database of this bot.",
    "Nothing was saved. Stop the bot, move the file away, and restore a backup if there is one.",
)
_BUSY = (
    "Another program holds {path}.",
    "Nothing was saved. Close other programs that have this file open, then try again.",
)
_OTHER = ("{path} could not be read or written ({code}).", "Nothing was saved. Please try again in a moment.")

_SQLITE = {
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_IOERR_SHMSIZE: _FULL,  # no room for the index beside the write-ahead log
    sqlite3.SQLITE_READONLY: _LOCKED_OUT,
    sqlite3.SQLITE_CANTOPEN: _LOCKED_OUT,
    sqlite3.SQLITE_PERM: _LOCKED_OUT,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
}
_SYSTEM = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EACCES: _LOCKED_OUT,
    errno.EPERM: _LOCKED_OUT,
    errno.EROFS: _LOCKED_OUT,
}


def store_error(path: Path, error: sqlite3.Error | OSError) -> StoreError:
    """The error to show for a failure of SQLite or of the system on this file.

    Only the kind of failure is told, never SQLite's own text, which may quote what was to be stored.
    """
    message, remedy = _words(error)
    return StoreError(message.format(path=path, code=_code(error)), remedy=remedy)


def _words(error: sqlite3.Error | OSError) -> tuple[str, str]:
    if isinstance(error, OSError):
        return _SYSTEM.get(error.errno or 0, _OTHER)
    extended = getattr(error, "sqlite_errorcode", 0)
    family = extended & 0xFF  # the low byte of an extended code
    return _SQLITE.get(extended) or _SQLITE.get(family, _OTHER)


def _code(error: sqlite3.Error | OSError) -> str:
    if isinstance(error, OSError):
        return errno.errorcode.get(error.errno or 0, "OSError")
    return str(getattr(error, "sqlite_errorname", type(error).__name__))
