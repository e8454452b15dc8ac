"""The directory of a shard at both ends of a move to another storage, and after one that was interrupted.

A mark in the directory holds the epoch of the owner that gives the shard: while it is there, it is not
settled whether this copy counts (``bot.core.shard_copies``). What arrives is kept in ``.NN.part`` until it is
whole. Keys are destroyed before anything else is deleted.
"""

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self, TypeVar

from bot.core.shard_copies import Copy, judge
from bot.errors import AlreadyRunningError, BotError, DamagedError, StoreError
from bot.store.cell_files import read_beside, refuse_links, write_beside
from bot.store.failures import store_error
from bot.store.files import sync
from bot.store.lock import LOCK_NAME, InstanceLock, prepare
from bot.store.shard_stream import Unpacker, cells_in, pack

T = TypeVar("T")

MARK = ".move"
_HALF_MARK = f"{MARK}.part"
LEFT = ".left"
"""The file that stays where cells have left: the epoch below which PostgreSQL does not know that."""

KEYS = "keys"

_PART = re.compile(r"\.([0-9]{2})\.part")
_SHARD = re.compile(r"[0-9]{2}")

DestroyKeys = Callable[[Path], None]
"""Overwrites and removes all keys in a directory, which may be missing (``bot.keys.destroy_all``)."""


class Named(NamedTuple):
    """What PostgreSQL says of a shard: on which storage its cells lie, and the epoch of its last owner."""

    storage: str | None
    epoch: int


class Departure:
    """The copy of the worker that gives a shard, which it has closed and whose lock it holds.

    A context manager: no command can use a cell within it. Raises ``AlreadyRunningError`` on entering while
    one does, and ``StoreError`` where there is what cannot be moved.
    """

    def __init__(self, folder: Path, destroy_keys: DestroyKeys) -> None:
        """Give the cells in this directory."""
        self._folder = folder
        self._destroy_keys = destroy_keys
        self._held = ExitStack()

    def __enter__(self) -> Self:
        refuse_links(self._folder)
        with ExitStack() as held:
            for cell in _failures_told(self._folder, lambda: cells_in(self._folder)):
                held.enter_context(InstanceLock(cell))
            self._held = held.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._held.close()

    def pack(self) -> Iterator[bytes]:
        """Yield the stream of all cells. Raises ``StoreError``."""
        try:
            yield from pack(self._folder)
        except OSError as error:
            raise store_error(self._folder, error) from error

    def mark(self, epoch: int) -> None:
        """Note that another copy may count from now on. Raises ``StoreError``."""
        write_beside(self._folder / MARK, f"{epoch}\n")

    @property
    def is_marked(self) -> bool:
        """Whether another copy may count."""
        return (self._folder / MARK).exists()

    def unmark(self) -> None:
        """Note that this copy counts. Raises ``StoreError``."""
        _unmark(self._folder)

    def delete(self) -> None:
        """Delete the cells, keys first: another copy counts now. Raises ``StoreError``.

        Also where they were never marked, so that no other copy of them was whole.
        """
        if _marked_epoch(self._folder) is None and cells_in(self._folder):
            raise StoreError(
                f"PostgreSQL says that the cells in {self._folder} lie elsewhere.",
                remedy="Nothing was deleted. Look there first.",
                code="not_marked",
            )
        _destroy_copy(self._folder, self._destroy_keys)


class Arrival:
    """The copy of the worker that gets a shard. Nobody else can use its directory before ``close``."""

    def __init__(self, folder: Path, epoch: int, destroy_keys: DestroyKeys) -> None:
        """Begin to receive into this directory, in which no cell may be but those of an interrupted move.

        ``epoch``: that of the worker that gives the shard. Raises ``BotError``.
        """
        self._folder, self._part = folder, _part_of(folder)
        self._epoch = epoch
        self._destroy_keys = destroy_keys
        self._held = ExitStack()
        prepare(folder.parent, folder)
        with ExitStack() as held:
            held.enter_context(InstanceLock(folder))
            self._make_room()
            self._unpacker = Unpacker(self._part)
            held.callback(self._remove_part)
            held.callback(self._unpacker.close)
            self._held = held.pop_all()

    def write(self, piece: bytes) -> None:
        """Take the next bytes of the stream. Raises ``StoreError``."""
        _failures_told(self._part, lambda: self._unpacker.write(piece))

    def finish(self, digest: bytes) -> None:
        """Put the cells in their place, if they have arrived whole: this is the digest of the stream.

        They do not count yet. Raises ``StoreError``.
        """
        _failures_told(self._part, lambda: self._finish(digest))

    def close(self) -> None:
        """Remove what is not in its place, and let others use the directory."""
        self._held.close()

    def _make_room(self) -> None:
        """Remove what an interrupted move has left. Raises ``StoreError`` where there are other cells."""
        _remove_part(self._part, self._destroy_keys)
        if _marked_epoch(self._folder) is None:
            _unmark(self._folder)
        else:
            _destroy_copy(self._folder, self._destroy_keys)
        if any(path.name not in {LOCK_NAME, LEFT} for path in self._folder.iterdir()):
            raise StoreError(
                f"There is something in {self._folder}, although the cells of this shard lie elsewhere.",
                remedy="Nothing was moved. Take it away first.",
                code="occupied",
            )
        _failures_told(self._part, lambda: self._part.mkdir(mode=0o700))

    def _finish(self, digest: bytes) -> None:
        self._unpacker.finish(digest)
        write_beside(self._folder / MARK, f"{self._epoch}\n")
        for cell in cells_in(self._part):
            cell.rename(self._folder / cell.name)
        sync(self._folder)
        self._part.rmdir()
        sync(self._part.parent)

    def _remove_part(self) -> None:
        with suppress(BotError):  # the next start tries again
            _remove_part(self._part, self._destroy_keys)


def list_unsettled(shards_dir: Path) -> tuple[int, ...]:
    """Return the shards with something of a move that has not ended. Raises ``StoreError``."""
    return tuple(sorted(_failures_told(shards_dir, lambda: set(_unsettled(shards_dir)))))


def settle(folder: Path, here: str, named: Named, destroy_keys: DestroyKeys) -> Copy | None:
    """End a move that was interrupted, for a shard that this worker does not own; return what was done.

    None where another process has it, or where nothing is left of a move. ``here``: the id of this storage.
    ``named``: asked of PostgreSQL just now; an old answer could name a copy that does not count any more.
    Raises ``BotError``.
    """
    prepare(folder)
    try:
        with InstanceLock(folder):
            return settle_owned(folder, here, named, destroy_keys)
    except AlreadyRunningError:
        return None


def settle_owned(folder: Path, here: str, named: Named, destroy_keys: DestroyKeys) -> Copy | None:
    """Do the same for a shard whose lock this worker holds, before any of its cells is opened."""
    _remove_part(_part_of(folder), destroy_keys)
    marked = _marked_epoch(folder)
    if marked is None:
        _unmark(folder)
        return None
    judged = judge(marked, here=here, named=named.storage, epoch=named.epoch)
    match judged:
        case Copy.KEEP:
            _unmark(folder)
        case Copy.DESTROY:
            _destroy_copy(folder, destroy_keys)
        case Copy.WAIT:
            pass
    return judged


def refuse_set_back(folder: Path, epoch: int) -> None:
    """Raise ``StoreError`` where cells have left this directory, and PostgreSQL does not know it any more.

    ``epoch``: what it says now. It was set back to an earlier time, as by an old backup: the cells lie
    elsewhere, and here they would begin anew. Call it with the lock of the shard.
    """
    path = folder / LEFT
    text = read_beside(path)
    if text is None:
        return
    if text.strip().isdecimal() and int(text) <= epoch:
        _failures_told(folder, path.unlink)
    elif not _failures_told(folder, lambda: list(cells_in(folder))):
        raise StoreError(
            f"The cells of {folder} were moved to another storage, and PostgreSQL does not know it: "
            "it was set back.",
            remedy="Restore a newer backup of PostgreSQL. Where these cells are lost for good, take the file "
            f"{path} away.",
            code="database_set_back",
        )


def _unsettled(shards_dir: Path) -> Iterator[int]:
    for path in shards_dir.iterdir() if shards_dir.exists() else ():
        if part := _PART.fullmatch(path.name):
            yield int(part[1])
        elif _SHARD.fullmatch(path.name) and any((path / name).exists() for name in (MARK, _HALF_MARK)):
            yield int(path.name)


def _part_of(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.part")


def _marked_epoch(folder: Path) -> int | None:
    """Return the epoch of the mark; None if there is none. Raises ``StoreError``."""
    text = read_beside(folder / MARK)
    try:
        return None if text is None else int(text)
    except ValueError:
        raise DamagedError(
            f"{folder / MARK} is damaged.",
            remedy="`belonging cluster status` shows on which storage this shard lies. If it is not this one,"
            " take the directory away; else take the file away.",
        ) from None


def _unmark(folder: Path) -> None:
    """Remove the mark, and one that was being written."""

    def remove() -> None:
        for name in (_HALF_MARK, MARK):
            if (folder / name).exists():
                (folder / name).unlink()
                sync(folder)

    _failures_told(folder, remove)


def _destroy_copy(folder: Path, destroy_keys: DestroyKeys) -> None:
    """Delete all cells of a shard, keys first, and its mark last; note that they have left."""
    refuse_links(folder)
    if (marked := _marked_epoch(folder)) is not None:
        write_beside(folder / LEFT, f"{marked + 1}\n")
    _failures_told(folder, lambda: _clear(folder, destroy_keys))
    _unmark(folder)


def _remove_part(part: Path, destroy_keys: DestroyKeys) -> None:
    """Delete what has not arrived whole. It never counts."""
    if part.is_symlink():
        refuse_links(part)
    if part.is_dir():
        refuse_links(part)
        _failures_told(part, lambda: _clear(part, destroy_keys))
        _failures_told(part, part.rmdir)
        _failures_told(part, lambda: sync(part.parent))


def _clear(folder: Path, destroy_keys: DestroyKeys) -> None:
    """Remove all directories in this one, after the keys in each of them are destroyed."""
    cells = [path for path in folder.iterdir() if path.is_dir()]
    for cell in cells:
        destroy_keys(cell / KEYS)
    for cell in cells:
        shutil.rmtree(cell)
    sync(folder)


def _failures_told(path: Path, work: Callable[[], T]) -> T:
    """Return what ``work`` does; its ``OSError`` becomes a ``StoreError``."""
    try:
        return work()
    except OSError as error:
        raise store_error(path, error) from error
