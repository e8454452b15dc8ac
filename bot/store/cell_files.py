"""The files of a cell as a whole: their size, a checked copy on another disk, and their end.

Nobody may have them open meanwhile (``bot.store.lock``).
"""

import errno
import hashlib
import os
import shutil
import stat
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from bot.errors import DataDirectoryError, StoreError
from bot.store.failures import store_error
from bot.store.files import make_private, move, sync
from bot.store.heartbeat import NAME as HEARTBEAT
from bot.store.lock import HOLD_NAME, LOCK_NAME

MOVING_TO = ".moving-to"
"""Names the data directory to which a cell is being moved."""

NOT_COPIED = frozenset({LOCK_NAME, HOLD_NAME, MOVING_TO, HEARTBEAT, f"{HEARTBEAT}.part", "belonging.db-shm"})
"""Files that belong to running processes and not to the data."""

_PIECE = 1 << 20


def size_of(folder: Path) -> int:
    """Return the size of all files below a directory, in bytes. What vanishes meanwhile does not count."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(Path(place, name)).st_size
            except OSError:
                continue
    return total


def copy_cell(source: Path, to: Path) -> None:
    """Copy all files of a cell into a new directory, wait until they are on disk, and compare them.

    Everything is readable for the bot's user only. Removes what was at ``to`` before. Raises ``StoreError``;
    ``source`` is never changed.
    """
    try:
        _clear(to)
        to.mkdir(mode=0o700)
        for path in _entries(source):
            place = to / path.relative_to(source)
            if path.is_dir():
                place.mkdir(mode=0o700)
            else:
                _copy_file(path, place)
        _sync_all(to)
        if _digests(source) != _digests(to):
            raise StoreError(
                f"The copy in {to} is not the same as {source}.",
                remedy="Nothing was changed here. The disk there may fail: look at its log, then try again.",
            )
    except OSError as error:
        raise store_error(to, error) from error


def write_beside(path: Path, text: str) -> None:
    """Write a small private file in one step, on disk. Raises ``StoreError``."""
    part = path.with_name(f"{path.name}.part")
    try:
        part.unlink(missing_ok=True)
        make_private(part)
        part.write_text(text, encoding="utf-8")
        move(part, path)
    except OSError as error:
        raise store_error(path, error) from error


def read_beside(path: Path) -> str | None:
    """Return the text of such a file; None if there is none. Raises ``StoreError``."""
    try:
        return path.read_text(encoding="utf-8") if path.exists() else None
    except OSError as error:
        raise store_error(path, error) from error


def rename_cell(folder: Path, to: Path) -> None:
    """Give a directory another name beside it, in one step, on disk. Raises ``StoreError``."""
    try:
        folder.rename(to)
        sync(to.parent)
    except OSError as error:
        raise store_error(folder, error) from error


def move_cell(folder: Path, to: Path) -> None:
    """Move a directory to another place of the same file system, in one step, on disk.

    Raises ``StoreError``, and ``DataDirectoryError`` where a file system of its own is mounted there.
    """
    try:
        folder.rename(to)
        sync(to.parent)
        sync(folder.parent)
    except OSError as error:
        if error.errno in {errno.EXDEV, errno.EBUSY}:
            raise DataDirectoryError(
                f"{folder} is on a disk of its own, so that it cannot be renamed to {to}.",
                remedy="Mount that disk there yourself, then repeat the command.",
            ) from None
        raise store_error(folder, error) from error


def remove_cell(folder: Path) -> None:
    """Remove a directory with everything in it. Keys must be destroyed before. Raises ``StoreError``."""
    try:
        _clear(folder)
        sync(folder.parent)
    except OSError as error:
        raise store_error(folder, error) from error


def refuse_links(folder: Path) -> None:
    """Raise ``StoreError`` where the directory, or anything in it, is a link: its data lie elsewhere."""
    below = (Path(place, name) for place, *names in os.walk(folder) for name in sorted(chain(*names)))
    for path in (folder, *below):
        if path.is_symlink():
            raise StoreError(
                f"{path} is a symbolic link.",
                remedy="Nothing was deleted. Put what it leads to in its place, or remove both.",
            )


def _clear(folder: Path) -> None:
    if folder.is_symlink():
        refuse_links(folder)
    if folder.is_dir():
        shutil.rmtree(folder)


def _entries(source: Path) -> Iterator[Path]:
    """Yield what is to be copied, directories first. Raises ``StoreError`` for what is neither kind."""
    for path in sorted(source.rglob("*")):
        mode = path.lstat().st_mode
        if path.name in NOT_COPIED and path.parent == source:
            continue
        if not (stat.S_ISDIR(mode) or stat.S_ISREG(mode)):
            raise StoreError(
                f"{path} is neither a file nor a directory.",
                remedy="Nothing was changed. Take it away first.",
            )
        yield path


def _copy_file(path: Path, place: Path) -> None:
    descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as copy, path.open("rb") as file:
        shutil.copyfileobj(file, copy, _PIECE)
        copy.flush()
        os.fsync(copy.fileno())


def _sync_all(folder: Path) -> None:
    for place, _, _ in os.walk(folder):
        sync(Path(place))
    sync(folder.parent)


def _digests(folder: Path) -> dict[str, bytes]:
    """Return the digest of each file that is copied, by its path; of a directory, an empty one."""
    found = {}
    for path in _entries(folder):
        name = str(path.relative_to(folder))
        if path.is_dir():
            found[name] = b""
            continue
        with path.open("rb") as file:
            found[name] = hashlib.file_digest(file, "sha256").digest()
    return found
