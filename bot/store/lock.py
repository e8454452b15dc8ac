"""The directories of the bot, and the lock that keeps a second bot out of them (docs/adr/0029)."""

import fcntl
import os
import stat
from pathlib import Path
from types import TracebackType
from typing import Self

from bot.errors import DISK_CODES, AlreadyRunningError, DataDirectoryError

LOCK_NAME = ".lock"
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_HELD: set[Path] = set()


def prepare(*directories: Path) -> None:
    """Make missing directories, for the bot's user only (0700).

    Raises ``DataDirectoryError`` for a directory that cannot be made or used, or that other users of the
    machine can read.
    """
    for directory in directories:
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            raise DataDirectoryError(
                f"{directory} is not a directory.", remedy="Move the file away, or name another directory."
            ) from None
        except OSError as error:
            raise _no_room(directory, error) or DataDirectoryError(
                f"{directory} cannot be made ({error.strerror}).",
                remedy="Make it yourself and give it to the bot's user, or name another directory.",
            ) from None
        check_directory(directory)


class InstanceLock:
    """Locks a data directory for one bot; a context manager.

    The system releases the lock when the program ends, in any way. Raises ``AlreadyRunningError`` on entering
    while another bot holds it, and ``DataDirectoryError`` when the lock file cannot be written or locked.
    """

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / LOCK_NAME
        self._descriptor = -1

    def __enter__(self) -> Self:
        try:
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise _no_room(self._path, error) or DataDirectoryError(
                f"{self._path} cannot be written ({error.strerror}).",
                remedy="Give the bot's user the right to write this directory, or name another one.",
            ) from None
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._descriptor)
            raise AlreadyRunningError(f"Another bot is already using {self._path.parent}.") from None
        except OSError as error:
            os.close(self._descriptor)
            raise DataDirectoryError(
                f"{self._path} cannot be locked ({error.strerror}).",
                remedy="Name a directory on a local disk: without the lock a second bot could start there.",
            ) from None
        _HELD.add(self._path.parent.resolve())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _HELD.discard(self._path.parent.resolve())
        os.close(self._descriptor)


def _no_room(path: Path, error: OSError) -> DataDirectoryError | None:
    """Return the error for a full disk, else None. A disk with free space may still take no more files."""
    if DISK_CODES.get(error.errno or 0) != "disk_full":
        return None
    return DataDirectoryError(f"The disk under {path} is full.", remedy="Free some space, then try again.")


def is_held_here(data_dir: Path) -> bool:
    """Return whether this process holds a data directory, as the bot does."""
    return data_dir.resolve() in _HELD


def is_held(data_dir: Path) -> bool:
    """Return whether a bot runs on this data directory now; nothing is written to find out."""
    if is_held_here(data_dir):
        return True  # on a network file system, opening and closing the lock file would drop the lock
    try:
        descriptor = os.open(data_dir / LOCK_NAME, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False  # a file that cannot be locked is held by nobody
    finally:
        os.close(descriptor)
    return False


def check_directory(directory: Path) -> None:
    """Raise ``DataDirectoryError`` where other users can read a directory, or the bot may not write to it."""
    mode = stat.S_IMODE(directory.stat().st_mode)
    if mode & _OTHERS:
        raise DataDirectoryError(
            f"Other users of this machine can look into {directory} (its mode is {mode:04o}).",
            remedy=f"Run: chmod 700 {directory}",
        )
    if not os.access(directory, os.R_OK | os.W_OK | os.X_OK):
        raise DataDirectoryError(
            f"The bot may not write in {directory}.",
            remedy="Give the directory to the bot's user, or name another one.",
        )
