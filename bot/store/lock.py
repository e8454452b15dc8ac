"""The directories of the bot, and the lock that keeps a second bot out of them (docs/adr/0029)."""

import errno
import fcntl
import os
import stat
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from time import sleep
from types import TracebackType
from typing import Self, TypeVar

from bot.errors import DISK_CODES, MORE_FILES, AlreadyRunningError, DataDirectoryError

LOCK_NAME = ".lock"
HOLD_NAME = ".hold"

HOLD_WAIT_S = 15.0
"""How long a command waits until the bot has let go of a cell. The bot looks every second."""

PAUSE_S = 0.1
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_HELD: set[Path] = set()

T = TypeVar("T")


def prepare(*directories: Path) -> None:
    """Make missing directories, for the bot's user only (0700).

    Raises ``DataDirectoryError`` for a directory that cannot be made or used, or that other users of the
    machine can read.
    """
    for directory in directories:
        try:
            if not directory.is_dir():
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
        self._descriptor = _locked(self._path, f"Another bot is already using {self._path.parent}.")
        _HELD.add(self._path.parent.resolve())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _HELD.discard(self._path.parent.resolve())
        os.close(self._descriptor)


class CellHold:
    """Takes a cell from the bot that serves it, for a command that needs it alone; a context manager.

    The bot sees ``is_wanted``, closes the cell and gives up its lock, which is then held here. It opens the
    cell anew afterwards: ``hold_count`` tells it that somebody had it. The system ends a hold when the
    program ends, in any way.

    Raises ``AlreadyRunningError`` on entering when the bot, or another command, has not let go after
    ``wait_s`` seconds, and ``DataDirectoryError`` as ``InstanceLock`` does. ``pause`` waits for some seconds.
    """

    def __init__(
        self, folder: Path, wait_s: float = HOLD_WAIT_S, *, pause: Callable[[float], object] = sleep
    ) -> None:
        self._folder = folder
        self._tries = 1 + int(wait_s / PAUSE_S)
        self._pause = pause
        self._held = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as held:
            path = self._folder / HOLD_NAME
            hold = self._wait(lambda: _locked(path, ""), "Another command is using")
            held.callback(os.close, hold)
            _count_hold(path, hold)
            self._wait(lambda: held.enter_context(InstanceLock(self._folder)), "The bot does not let go of")
            self._held = held.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._held.close()

    def _wait(self, take: Callable[[], T], who: str) -> T:
        while True:
            try:
                return take()
            except AlreadyRunningError:
                self._tries -= 1
                if self._tries <= 0:
                    raise AlreadyRunningError(
                        f"{who} {self._folder}.", remedy="Try again in a moment, or stop the bot first."
                    ) from None
                self._pause(PAUSE_S)


def is_wanted(folder: Path) -> bool:
    """Return whether a command holds or awaits this cell; nothing is written to find out."""
    path = folder / HOLD_NAME
    return path.exists() and _is_locked(path)


def hold_count(folder: Path) -> int:
    """Return how often commands have held this cell: one byte of ``.hold`` for each time."""
    try:
        return (folder / HOLD_NAME).stat().st_size
    except OSError:
        return 0


def _count_hold(path: Path, descriptor: int) -> None:
    """Make the file longer by one byte that takes no space, since a full disk must not stop ``delete``."""
    try:
        os.ftruncate(descriptor, os.fstat(descriptor).st_size + 1)
    except OSError as error:
        raise _cannot_be_written(path, error) from None


def _locked(path: Path, in_use: str) -> int:
    """Lock a file, and return its descriptor. ``in_use``: the message where another process has locked it."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise _cannot_be_written(path, error) from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise AlreadyRunningError(in_use) from None
    except OSError as error:
        os.close(descriptor)
        raise DataDirectoryError(
            f"{path} cannot be locked ({error.strerror}).",
            remedy="Name a directory on a local disk: without the lock a second bot could start there.",
        ) from None
    return descriptor


def _is_locked(path: Path) -> bool:
    """Return whether a process has locked this file."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        return error.errno in {errno.EMFILE, errno.ENFILE}  # rather wait for nobody than open what is locked
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False  # a file that cannot be locked is held by nobody
    finally:
        os.close(descriptor)
    return False


def _cannot_be_written(path: Path, error: OSError) -> DataDirectoryError:
    return _no_room(path, error) or DataDirectoryError(
        f"{path} cannot be written ({error.strerror}).",
        remedy="Give the bot's user the right to write this directory, or name another one.",
    )


def _no_room(path: Path, error: OSError) -> DataDirectoryError | None:
    """Return the error for a full disk, or for too many open files, else None.

    A disk with free space may still take no more files.
    """
    match DISK_CODES.get(error.errno or 0):
        case "disk_full":
            told = f"The disk under {path} is full.", "Free some space, then try again."
        case "too_many_files":
            told = (
                f"{path} could not be opened: too many files are open.",
                f"Restart the bot, and {MORE_FILES}.",
            )
        case _:
            return None
    return DataDirectoryError(told[0], remedy=told[1])


def is_held_here(data_dir: Path) -> bool:
    """Return whether this process holds a data directory, as the bot does."""
    return data_dir.resolve() in _HELD


def is_held(data_dir: Path) -> bool:
    """Return whether a bot runs on this data directory now; nothing is written to find out."""
    if is_held_here(data_dir):
        return True  # on a network file system, opening and closing the lock file would drop the lock
    return _is_locked(data_dir / LOCK_NAME)


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
