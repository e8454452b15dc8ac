"""Workers that come, leave, and find storage that they cannot use."""

from dataclasses import dataclass, field
from pathlib import Path

from bot.cluster.balance import balance
from bot.cluster.ownership import Ownership, Taken
from bot.core.cells import SHARDS
from tests.cluster.workers import SHARD, storage_in, worker
from tests.fakes.loops import run_alone
from tests.postgresql import PostgreSQL


@dataclass(slots=True)
class FakeCells:
    """The shards that are open; while one is, its storage is locked."""

    folder: Path
    open: set[int] = field(default_factory=set)

    async def open_shard(self, shard: int, taken: Taken) -> None:
        assert taken.epoch
        assert (self.folder / str(shard) / ".lock").exists()
        self.open.add(shard)

    async def close_shard(self, shard: int) -> None:
        self.open.remove(shard)


async def settle(folder: Path, *workers: tuple[Ownership, str, FakeCells]) -> list[int]:
    """Let each take turns; return how many shards each has open."""
    for _ in range(4):
        for ownership, name, cells in workers:
            await balance(ownership, name, cells)
            assert cells.open == set(ownership.owned)
    return [len(cells.open) for _, _, cells in workers]


def test_the_first_worker_takes_everything_at_once_and_a_second_gets_half(
    database_url: str, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with worker(database_url, tmp_path) as one, worker(database_url, tmp_path, "two") as two:
            first, second = (one, "one", FakeCells(tmp_path)), (two, "two", FakeCells(tmp_path))
            await balance(*first)
            assert [32, 32] == await settle(tmp_path, first, second)
            await one.drain("one")
            assert [0, 64] == await settle(tmp_path, first, second)

    run_alone(scenario())


def test_a_shard_whose_storage_cannot_be_used_leaves_the_others(database_url: str, tmp_path: Path) -> None:
    (tmp_path / str(SHARD)).write_text("a file", encoding="utf-8")

    async def scenario() -> None:
        async with worker(database_url, tmp_path) as one:
            with storage_in(tmp_path)(SHARD + 1):
                assert [SHARDS - 2] == await settle(tmp_path, (one, "one", FakeCells(tmp_path)))
            assert [SHARDS - 1] == await settle(tmp_path, (one, "one", FakeCells(tmp_path, set(one.owned))))

    run_alone(scenario())


def test_nothing_is_taken_from_an_owner_that_may_come_back_after_an_outage(
    database_url: str, tmp_path: Path, postgresql: PostgreSQL
) -> None:
    async def scenario() -> None:
        async with worker(database_url, tmp_path / "one") as gone:
            await gone.take(SHARD)
            await gone._drop()
            postgresql.query("UPDATE workers SET seen = 'epoch'", "shared")
            async with worker(database_url, tmp_path / "two", "two") as two:
                cells = FakeCells(tmp_path / "two")
                view = await balance(two, "two", cells)
                assert frozenset({"two"}) == view.alive
                assert {32} == {len(cells.open)}
                assert SHARD not in cells.open

    run_alone(scenario())
