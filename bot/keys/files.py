"""Writes and destroys files with keys in them: whole or not at all, and gone for good."""

import os
from pathlib import Path

from bot.errors import StoreError


def part_of(path: Path) -> Path:
    """Where a key lies before it is whole, and after it has been."""
    return path.with_name(f"{path.name}.part")


def write_new(path: Path, content: bytes) -> None:
    """Write a key that is not there yet.

    Under another name first: a key is there as a whole or not at all.
    """
    part = part_of(path)
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)
    _sync_directory(path.parent)


def destroy(path: Path) -> None:
    """Overwrite and remove a key, and what a start or an end that was cut off left of it.

    Under another name first: a key that is half overwritten must never pass for a whole one.
    """
    overwrite_and_remove(part_of(path))
    try:
        path.rename(part_of(path))
    except FileNotFoundError:
        return
    _sync_directory(path.parent)
    overwrite_and_remove(part_of(path))


def overwrite_and_remove(path: Path) -> None:
    """Fill a file with zeros, on disk, and remove it; one that is gone already is no error."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    with os.fdopen(descriptor, "wb") as file:
        file.write(bytes(os.fstat(file.fileno()).st_size))
        file.flush()
        os.fsync(file.fileno())
    path.unlink()
    _sync_directory(path.parent)


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def failed(path: Path, error: OSError, *, remedy: str = "Nothing was saved.") -> StoreError:
    """Return the error to show where a key, or the directory of the keys, fails."""
    return StoreError(f"{path} could not be read or written ({error.strerror}).", remedy=remedy)
