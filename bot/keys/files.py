"""Write and destroy key files. A key is written as a whole or not at all."""

import os
import re
from collections.abc import Iterable
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.errors import DISK_CODES, MORE_FILES, StoreError


def partial_path(path: Path) -> Path:
    """Return the path of a key before it is complete, and while it is destroyed."""
    return path.with_name(f"{path.name}.part")


def write_new(path: Path, content: bytes) -> None:
    """Write a new key, first under another name, so that the whole key is there or nothing."""
    part = partial_path(path)
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)
    _sync_directory(path.parent)


def destroy(path: Path) -> None:
    """Overwrite and remove a key, and leftovers of an interrupted write or destruction.

    The key is renamed first, so that a half overwritten key is never taken for a whole one.
    """
    overwrite_and_remove(partial_path(path))
    try:
        path.rename(partial_path(path))
    except FileNotFoundError:
        return
    _sync_directory(path.parent)
    overwrite_and_remove(partial_path(path))


def destroy_all(directory: Path) -> None:
    """Overwrite and remove every file in a directory of keys, which may be missing. Raises ``StoreError``.

    Also what is left of interrupted writes, and what has no name of a key. Links are left alone.
    """
    try:
        files = [path for path in directory.iterdir() if path.is_file() and not path.is_symlink()]
        for path in files:
            overwrite_and_remove(path)
    except FileNotFoundError:
        return
    except OSError as error:
        raise key_file_error(directory, error, remedy="Keys are still there; try again.") from error


def overwrite_and_remove(path: Path) -> None:
    """Fill a file with zeros, on disk, and remove it. A missing file is no error."""
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


def key_file_error(path: Path, error: OSError, *, remedy: str = "Nothing was saved.") -> StoreError:
    """Return the error to raise when a key, or the directory of the keys, cannot be read or written."""
    code = DISK_CODES.get(error.errno or 0, "")
    if code == "too_many_files":
        remedy = f"{remedy} Restart the bot, and {MORE_FILES}."
    return StoreError(f"{path} could not be read or written ({error.strerror}).", remedy=remedy, code=code)


class KeyDirectory:
    """A directory of keys that only the bot's user can read.

    ``environment_secret``: if set, it is needed in addition to the files. Every method raises ``StoreError``.
    """

    def __init__(self, directory: Path, environment_secret: bytes | None) -> None:
        self._directory = directory
        self._environment_secret = environment_secret or None
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise key_file_error(directory, error) from error

    def _list(self, name: re.Pattern[str]) -> frozenset[str]:
        """Return the first group of each file name that matches."""
        try:
            matches = [name.fullmatch(path.name) for path in self._directory.iterdir()]
        except OSError as error:
            raise key_file_error(self._directory, error) from error
        return frozenset(match[1] for match in matches if match)

    def _read_file(self, path: Path, size: int) -> bytes | None:
        """Return a key; None where it is missing or not whole. A key that cannot be read now raises."""
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise key_file_error(path, error) from error
        return content if len(content) == size else None

    def _destroy(self, paths: Iterable[Path], *, remedy: str) -> None:
        try:
            for path in paths:
                destroy(path)
        except OSError as error:
            raise key_file_error(self._directory, error, remedy=remedy) from error

    def _derive(self, key: bytes, info: bytes) -> bytes:
        """Return 32 bytes derived from a key and the environment secret (HKDF-SHA256, RFC 5869)."""
        return HKDF(algorithm=hashes.SHA256(), length=32, salt=self._environment_secret, info=info).derive(
            key
        )
