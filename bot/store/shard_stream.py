"""Write the cells of a shard as one stream of bytes, and make files of such a stream again.

Each entry is a line of JSON with the path and, for a file, its size; then come the bytes of the file. An
empty line ends the stream. Directories come before what is in them. Everything that is made is for the bot's
user only (0600, 0700), whatever it was before.
"""

import hashlib
import json
import os
import re
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from bot.core.cells import parse_cell_key
from bot.errors import StoreError
from bot.store.cell_files import NOT_COPIED
from bot.store.files import sync

PIECE = 1 << 16
LONGEST_LINE = 1 << 13

_HALF_WRITTEN = re.compile(r".*\.part(-wal|-shm|-journal)?")
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def pack(folder: Path) -> Iterator[bytes]:
    """Yield the stream of all cells in the directory of a shard; files of running processes are left out.

    Nobody may change the files meanwhile. Raises ``StoreError`` for a link, for what is neither a file nor a
    directory, and for what belongs to no cell; and ``OSError``.
    """
    for cell in cells_in(folder):
        yield _line(cell.name)
        yield from _pack_below(cell, folder, is_cell=True)
    yield b"\n"


def cells_in(folder: Path) -> list[Path]:
    """Return the directories of the cells of a shard, sorted. Raises ``StoreError`` for anything else."""
    found = []
    for path in sorted(folder.iterdir()):
        if _HALF_WRITTEN.fullmatch(path.name) or (path.name.startswith(".") and path.is_file()):
            continue  # locks, marks, and what a command has left behind
        if not _is_directory(path) or not _is_key(path.name):
            raise _odd(path, "is no cell")
        found.append(path)
    return found


def _pack_below(directory: Path, folder: Path, *, is_cell: bool = False) -> Iterator[bytes]:
    for path in sorted(directory.iterdir()):
        if _HALF_WRITTEN.fullmatch(path.name) or (is_cell and path.name in NOT_COPIED):
            continue
        name = str(path.relative_to(folder))
        if _is_directory(path):
            yield _line(name)
            yield from _pack_below(path, folder)
        else:
            yield from _pack_file(path, name)


def _pack_file(path: Path, name: str) -> Iterator[bytes]:
    if not stat.S_ISREG(path.lstat().st_mode):
        raise _odd(path, "is neither a file nor a directory")
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb") as file:
        left = os.fstat(file.fileno()).st_size
        yield _line(name, left)
        while left:
            piece = file.read(min(left, PIECE))
            if not piece:
                raise _odd(path, "has changed meanwhile")
            left -= len(piece)
            yield piece


def _line(name: str, size: int | None = None) -> bytes:
    try:
        line = json.dumps([name] if size is None else [name, size]).encode() + b"\n"
        name.encode()
    except UnicodeEncodeError:
        raise _odd(Path(name.encode(errors="replace").decode()), "has a name that is no text") from None
    if len(line) > LONGEST_LINE:
        raise _odd(Path(name), "has a name that is too long")
    return line


def _is_directory(path: Path) -> bool:
    return stat.S_ISDIR(path.lstat().st_mode)


def _is_key(name: str) -> bool:
    try:
        parse_cell_key(name)
    except ValueError:
        return False
    return True


def _odd(path: Path, what: str) -> StoreError:
    return StoreError(f"{path} {what}.", remedy="Nothing was moved. Take it away first.", code="odd_file")


class Unpacker:
    """Makes the files of a stream below an empty directory, on disk. Raises ``OSError`` besides."""

    def __init__(self, folder: Path) -> None:
        """Write below this directory."""
        self._folder = folder
        self._digest = hashlib.sha256()
        self._waiting = bytearray()
        self._file, self._left = -1, 0
        self._ended = False

    def write(self, piece: bytes) -> None:
        """Take the next bytes. Raises ``StoreError`` for what ``pack`` never writes."""
        self._digest.update(piece)
        self._waiting += piece
        step: Callable[[], bool] = self._step
        while step():
            pass

    def finish(self, digest: bytes) -> None:
        """Check that the stream was whole, and that it is what is on disk now. Raises ``StoreError``."""
        if not self._ended or self._digest.digest() != digest:
            raise _not_whole()
        for place, _, _ in os.walk(self._folder):
            sync(Path(place))
        if digest_of(self._folder) != digest:
            raise _not_whole()

    def close(self) -> None:
        """Close the file that is being written, if there is one."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _step(self) -> bool:
        """Use up some of the bytes that wait; return whether there may be more to do."""
        if self._file >= 0:
            return self._write_on()
        end = self._waiting.find(b"\n", 0, LONGEST_LINE)
        if not self._waiting or (end < 0 and len(self._waiting) < LONGEST_LINE and not self._ended):
            return False
        if end < 0 or self._ended:
            raise _not_whole()
        line = bytes(self._waiting[:end])
        del self._waiting[: end + 1]
        self._begin(line)
        return not self._ended or bool(self._waiting)

    def _write_on(self) -> bool:
        written = os.write(self._file, self._waiting[: self._left]) if self._left else 0
        del self._waiting[:written]
        self._left -= written
        if self._left == 0:
            os.fsync(self._file)
            self.close()
            return True
        return bool(self._waiting)

    def _begin(self, line: bytes) -> None:
        if not line:
            self._ended = True
            return
        name, size = _entry(line)
        place = self._folder / name
        try:
            if size is None:
                place.mkdir(mode=0o700)
            else:
                self._file, self._left = os.open(place, _FLAGS, 0o600), size
        except (FileExistsError, FileNotFoundError, NotADirectoryError):
            raise _not_whole() from None  # twice, or before its directory


def digest_of(folder: Path) -> bytes:
    """Return the digest of the stream of a directory."""
    digest = hashlib.sha256()
    for piece in pack(folder):
        digest.update(piece)
    return digest.digest()


def _entry(line: bytes) -> tuple[str, int | None]:
    """Return the path below the directory, and the size of a file."""
    match _parsed(line):
        case [str(name)]:
            size = None
        case [str(name), int(size)] if size >= 0:
            pass
        case _:
            raise _not_whole()
    key, *below = parts = name.split("/")
    is_odd = any(part in {"", ".", ".."} or "\0" in part or _HALF_WRITTEN.fullmatch(part) for part in parts)
    if is_odd or not _is_key(key) or (below and below[0] in NOT_COPIED) or (size is not None and not below):
        raise _not_whole()
    return name, size


def _parsed(line: bytes) -> object:
    try:
        return json.loads(line)
    except ValueError:
        return None


def _not_whole() -> StoreError:
    return StoreError(
        "What another worker sent is not a whole shard.", remedy="Nothing was taken over.", code="not_whole"
    )
