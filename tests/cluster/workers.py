"""Workers over a real PostgreSQL, with the storage in one folder."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bot.cluster.joining import Joining
from bot.cluster.ownership import LockStorage, Ownership, Worker
from bot.store.lock import InstanceLock, prepare

SHARD = 7


@dataclass(slots=True)
class Heard:
    """What an ``Ownership`` told."""

    cut_off: int = 0
    taken: list[int] = field(default_factory=list)

    def on_cut_off(self) -> None:
        """PostgreSQL was lost."""
        self.cut_off += 1

    async def on_taken(self, shard: int) -> None:
        """Another worker waits for this shard."""
        self.taken.append(shard)


def storage_in(folder: Path) -> Callable[..., AbstractContextManager[object]]:
    """Locks the directory of a shard, as the bot does."""

    @contextmanager
    def lock(shard: int, _named: str | None = None, _epoch: int = 0) -> Iterator[None]:
        place = folder / str(shard)
        prepare(place)
        with InstanceLock(place):
            yield

    return lock


@asynccontextmanager
async def worker(
    url: str,
    folder: Path,
    name: str = "one",
    heard: Heard | None = None,
    storage: LockStorage | None = None,
    storage_id: str = "shared",
    *,
    joining: Joining | None = None,
    address: str = "",
) -> AsyncIterator[Ownership]:
    """A worker that has joined."""
    heard = heard or Heard()
    ownership = Ownership(
        url,
        Worker(name, address or f"http://{name}:3000", storage_id),
        storage or storage_in(folder),
        on_cut_off=heard.on_cut_off,
        on_taken=heard.on_taken,
        joining=joining,
    )
    await ownership.connect()
    await ownership.stay()
    try:
        yield ownership
    finally:
        await ownership.close()
