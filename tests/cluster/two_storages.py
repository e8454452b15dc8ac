"""Workers in one process over a real PostgreSQL, each with a storage of its own and cells on it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path

from bot.app.cluster.moving import Moving, locked
from bot.cluster.balance import balance
from bot.cluster.ownership import Ownership, Taken, Worker
from bot.cluster.transfer import NotMovedError, Send
from bot.config import Config, shard_dir
from bot.core.cells import CellKey, shard_of
from bot.store.lock import prepare
from tests.cluster.shard_moves import files_in
from tests.cluster.workers import SHARD
from tests.config.hosting import CLUSTER, CLUSTER_VARIABLES, load

CELL = next(key for number in count() if shard_of(key := CellKey(f"T0{number}")) == SHARD)
FILES = {
    f"{CELL}/belonging.db": b"rows",
    f"{CELL}/ballots/r1.db": bytes(range(256)) * 9000,
    f"{CELL}/keys/r1.key": b"a key of 32 bytes, which is not!",
}
"""The cell of a workspace, which takes three messages."""


@dataclass(slots=True)
class Shards:
    """The shards that a worker serves, and how it got each."""

    open: dict[int, Taken] = field(default_factory=dict)

    async def open_shard(self, shard: int, taken: Taken) -> None:
        """Serve it."""
        self.open[shard] = taken

    async def close_shard(self, shard: int) -> None:
        """Do not serve it any more."""
        self.open.pop(shard, None)


@dataclass(slots=True)
class Side:
    """One worker."""

    me: Worker
    config: Config
    ownership: Ownership
    moving: Moving
    shards: Shards
    network: "Network"

    @property
    def folder(self) -> Path:
        """The directory of the shard."""
        return shard_dir(self.config, SHARD)

    @property
    def files(self) -> dict[str, bytes]:
        """The cells of the shard on this storage."""
        return files_in(self.folder) if self.folder.exists() else {}

    async def turn(self) -> None:
        """Look, and move what is wanted elsewhere. All workers live."""
        await self.network.beat()
        await self.ownership.look()
        await self.moving.turn()

    async def balance(self) -> None:
        """Take what is free. All workers live."""
        await self.network.beat()
        await balance(self.ownership, self.me.id, self.shards)


@dataclass(slots=True)
class Network:
    """What passes between the workers. ``change``: is called before each message, and may raise."""

    ends: dict[str, Moving] = field(default_factory=dict)
    alive: list[Ownership] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)
    before: Callable[[int], None] = field(default=lambda _: None)

    async def beat(self) -> None:
        """Let PostgreSQL hear of all workers, which may not be silent for long."""
        for one in self.alive:
            await one.beat()

    def send_to(self, _: str, address: str) -> Send:
        """Send to the worker at an address."""

        async def send(message: bytes) -> bytes:
            self.sent.append(message)
            self.before(len(self.sent))
            answer = await self.ends[address].arriving.receive({}, message)
            if answer is None:
                raise NotMovedError
            return answer

        return send


@asynccontextmanager
async def side(url: str, folder: Path, name: str, network: Network) -> AsyncIterator[Side]:
    """A worker that has joined, and has taken nothing yet. Its storage is called as it is."""
    (folder / name).mkdir(exist_ok=True)
    config = load(folder / name, f"{CLUSTER}data_dir: {folder / name}/data\n", CLUSTER_VARIABLES)
    prepare(config.data_dir, config.data_dir / "shards")
    me, shards = Worker(name, f"http://{name}:3000", f"storage of {name}"), Shards()
    ownership = Ownership(
        url,
        me,
        partial(locked, config, me.storage),
        on_cut_off=lambda: None,
        on_taken=shards.close_shard,
    )
    moving = Moving(me, config, ownership, shards, network.send_to, lambda: 0.0)
    network.ends[me.address] = moving
    await ownership.connect()
    await ownership.stay()
    network.alive.append(ownership)
    try:
        await moving.begin()
        yield Side(me, config, ownership, moving, shards, network)
    finally:
        network.alive.remove(ownership)
        await moving.end()
        await ownership.close()


def lay(folder: Path, name: str) -> None:
    """Put the cell on the storage of a worker that does not run."""
    for path, content in FILES.items():
        place = folder / name / "data" / "shards" / f"{SHARD:02}" / path
        prepare(*reversed([one for one in place.parents if folder / name in one.parents]))
        place.write_bytes(content)
        place.chmod(0o600)
