"""Two workers, each with a storage of its own, and a row that says whose copy of a shard counts."""

import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.cluster.moves import Row
from bot.cluster.transfer import Arriving, Departing, Move, NotMovedError
from bot.keys import destroy_all
from bot.store.lock import InstanceLock, prepare
from bot.store.shard_files import LEFT, Arrival, Departure

SECRET = bytes(range(32))
SHARD = 7
GIVER, TAKER = "aa" * 16, "bb" * 16
"""The storages of the two workers."""

CELLS = {
    "T0ONE/belonging.db": b"rows",
    "T0ONE/belonging.db-wal": b"newer rows",
    "T0ONE/ballots/r1.db": bytes(range(256)) * 9,
    "T0ONE/keys/r1.key": b"a key of 32 bytes, which is not!",
    "T0ONE/workspace.yaml": b"key: T0ONE\n",
    "E0TWO/keys/r2.key": b"another key",
    "E0TWO/belonging.db": b"",
}
LEFT_OUT = ("T0ONE/.lock", "T0ONE/.hold", "T0ONE/keys/r9.key.part", "T0ONE/belonging.db-shm", ".T0OLD.part/x")


def shard_in(data: Path) -> Path:
    return data / "shards" / f"{SHARD:02}"


def make_shard(data: Path, cells: dict[str, bytes] | None = None) -> Path:
    """The directory of a shard with these cells, and with what belongs to running processes."""
    folder = shard_in(data)
    prepare(data, folder.parent, folder)
    for name, content in (CELLS if cells is None else cells).items():
        path = folder / name
        prepare(*reversed([one for one in path.parents if folder in one.parents]))
        path.write_bytes(content)
        path.chmod(0o600)
    return folder


def files_in(folder: Path) -> dict[str, bytes]:
    """The files of the cells below a directory, by their paths, but locks and what says that they left."""
    found = [path for path in folder.rglob("*") if path.is_file() and path.name not in {".lock", LEFT}]
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


@dataclass(slots=True)
class FakeRow:
    """The row of the shard in PostgreSQL. ``fails`` and ``loses``: before or after what is asked is done."""

    storage: str | None = GIVER
    worker: str | None = "giver"
    epoch: int = 17
    wanted: str | None = "taker"
    fuse: Callable[[str], None] = field(default=lambda _: None)

    async def name_storage(self, move: Move, storage: str) -> bool:
        self.fuse("before the row")
        is_mine = (self.worker, self.epoch, self.storage) == (move.giver, move.epoch, GIVER)
        if is_mine:
            self.storage, self.worker = storage, None
        self.fuse("after the row")
        return is_mine

    async def renew(self, move: Move) -> Row:
        if (self.worker, self.storage) == (move.giver, GIVER) and self.epoch >= move.epoch:
            self.epoch += 1
            self.wanted = None
            return Row(self.storage, self.epoch)
        return Row(self.storage, None)

    def take(self, storage: str) -> bool:
        """Let a worker with this storage take the shard."""
        if self.storage == storage:
            self.worker, self.epoch = "somebody", self.epoch + 1
        return self.storage == storage


@dataclass(slots=True)
class Pair:
    """The two ends of a move."""

    giver: Path
    taker: Path
    row: FakeRow = field(default_factory=FakeRow)
    now_s: float = 0.0
    chunk: int = 1000
    sent: list[bytes] = field(default_factory=list)
    answers: list[bytes | None] = field(default_factory=list)
    change: Callable[[int, bytes], list[bytes]] = field(default=lambda _, message: [message])
    """What becomes of a message on its way: the answer to the last one comes back."""

    @property
    def move(self) -> Move:
        return Move(SHARD, 17, "giver", "taker")

    def arriving(self) -> Arriving:
        return Arriving("taker", (SECRET,), self._arrive, lambda: self.now_s)

    async def _arrive(self, move: Move) -> Arrival:
        row = self.row
        if (row.wanted, row.worker, row.epoch, row.storage) != ("taker", move.giver, move.epoch, GIVER):
            raise NotMovedError
        return Arrival(shard_in(self.taker), move.epoch, destroy_all)

    @asynccontextmanager
    async def departing(self) -> AsyncIterator[tuple[Departing, Arriving]]:
        arriving = self.arriving()

        async def send(message: bytes) -> bytes:
            self.sent.append(message)
            self.answers.append(None)
            for one in self.change(len(self.sent) - 1, message):
                self.answers[-1] = await arriving.receive({}, one)
            if self.answers[-1] is None:
                raise NotMovedError
            return self.answers[-1]

        try:
            yield Departing((SECRET,), self.move, send, self.chunk), arriving
        finally:
            await arriving.close()

    @contextmanager
    def given(self) -> Iterator[Departure]:
        """The copy of the giver, as it is given: its shard is locked."""
        folder = shard_in(self.giver)
        with InstanceLock(folder), Departure(folder, destroy_all) as departure:
            yield departure


class Crash(BaseException):
    """The machine has gone down."""


CHANGES = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.truncate", "os.chmod"}


class Fuse:
    """Lets every change of the disk fail from the n-th one on, as after a crash: nothing can be tidied up."""

    def __init__(self) -> None:
        self._left: int | None = None
        self.blown = False
        self._below = ""
        sys.addaudithook(self._heard)

    @contextmanager
    def lit(self, length: int, below: Path) -> Iterator[None]:
        """Within the block, ``length`` changes below this directory come to pass, and none after."""
        self._left, self._below, self.blown = length, str(below), False
        try:
            yield
        finally:
            self._left = None

    def burn(self, _: str = "") -> None:
        """One step more."""
        if self._left is None:
            return
        self._left -= 1
        if self._left < 0:
            self.blown = True
            raise Crash

    def _heard(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self._left is None:
            return
        flags = arguments[2] if event == "open" else 0
        if event in CHANGES or (isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR)):
            path = os.fsdecode(arguments[0]) if isinstance(arguments[0], str | bytes | os.PathLike) else ""
            if path.startswith(self._below) or not path.startswith("/"):  # a tree is removed by bare names
                self.burn()
