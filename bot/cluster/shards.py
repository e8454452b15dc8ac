"""Decide which cells are whose. Pure: every worker computes this by itself, from what PostgreSQL says.

Cells lie in 64 shards, and a worker owns whole shards. Workers do not agree on a plan: each one gives what it
has too much of, and takes what nobody has, up to its share. The locks decide where two want the same.

A shard with cells stays on its storage: only workers that have this storage may take it. An empty shard may
go to any worker.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple

from bot.core.cells import SHARDS

WorkerId = str


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What PostgreSQL says of the workers and the shards.

    ``owners``: the owner of each shard that has one; those that were taken first come first.
    ``alive``: the storage of each living worker. A shard whose owner is not in it is free.
    ``draining``: workers that are about to leave; they take nothing.
    ``storages``: where the cells of a shard lie; a shard without cells is not in it.
    ``wanted``: the worker that an operator has named for a shard.
    """

    owners: Mapping[int, WorkerId]
    alive: Mapping[WorkerId, str]
    draining: Collection[WorkerId] = ()
    storages: Mapping[int, str] = field(default_factory=dict)
    wanted: Mapping[int, WorkerId] = field(default_factory=dict)

    @property
    def staying(self) -> Mapping[WorkerId, str]:
        """The storage of each living worker that is not about to leave."""
        return {worker: storage for worker, storage in self.alive.items() if worker not in self.draining}

    def may_take(self, worker: WorkerId, shard: int) -> bool:
        """Return whether this worker stays, and has the storage of this shard, if it has one."""
        storage = self.staying.get(worker)
        return storage is not None and self.storages.get(shard, storage) == storage


class Attempt(NamedTuple):
    """Shards to try in this order, until it has so many of them."""

    shards: tuple[int, ...]
    most: int


class Plan(NamedTuple):
    """What one worker does next: shards to give up, and shards to try until it has enough in all."""

    give: tuple[int, ...] = ()
    take: tuple[Attempt, ...] = ()
    enough: int = 0


def plan(me: WorkerId, seen: Situation) -> Plan:
    """Return what this worker gives and takes.

    A worker that has its share or less gives nothing but what an operator wants elsewhere. It gives what it
    took first, so that a shard that was just moved stays. Nobody gives a shard that no other worker may take.
    """
    mine = [shard for shard, owner in seen.owners.items() if owner == me]
    if me not in seen.staying:
        return Plan(give=tuple(shard for shard in mine if _somebody_may_take(seen, shard)))
    return _Planner(seen).plan_of(me, mine)


def departures(me: WorkerId, seen: Situation) -> tuple[tuple[int, WorkerId], ...]:
    """Return the shards of this worker that an operator wants on another storage, each with who gets it.

    Nobody but their owner can move them: ``plan`` leaves them alone.
    """
    storages = seen.staying
    return tuple(
        (shard, to)
        for shard, to in sorted(seen.wanted.items())
        if seen.owners.get(shard) == me and to in storages and shard in seen.storages
        if storages[to] != seen.storages[shard] == seen.alive.get(me)
    )


def _somebody_may_take(seen: Situation, shard: int) -> bool:
    return seen.storages.get(shard) in {None, *seen.staying.values()} and bool(seen.staying)


class _Planner:
    """The shares of all workers, of the shards with cells and of the empty ones."""

    def __init__(self, seen: Situation) -> None:
        self._seen, self._staying = seen, seen.staying
        self._future = {shard: self._future_owner(shard) for shard in range(SHARDS)}
        self._with_cells = Counter(to for shard, to in self._future.items() if shard in seen.storages)
        self._empty = Counter(to for shard, to in self._future.items() if shard not in seen.storages)
        self._cell_shares = self._share_out_cells()
        self._empty_shares = self._share_out_empty()

    def plan_of(self, me: WorkerId, mine: list[int]) -> Plan:
        storages, storage = self._seen.storages, self._staying[me]
        staying = [shard for shard in mine if self._future[shard] == me]
        with_cells = [shard for shard in staying if shard in storages]
        empty = [shard for shard in staying if shard not in storages]
        more_cells = self._cell_shares[me] - self._with_cells[me]
        more_empty = self._empty_shares[me] - self._empty[me]
        gives = [shard for shard in mine if self._future[shard] != me]
        gives += with_cells[: max(0, -more_cells)] + empty[: max(0, -more_empty)]
        fetched = tuple(s for s, to in self._future.items() if to == me and self._owner(s) is None)
        free = [shard for shard, to in self._future.items() if to is None]
        attempts = (
            Attempt(fetched, len(fetched)),
            Attempt(_in_turn(me, (s for s in free if storages.get(s) == storage)), max(0, more_cells)),
            Attempt(_in_turn(me, (s for s in free if s not in storages)), max(0, more_empty)),
        )
        takes = tuple(one for one in attempts if one.shards and one.most)
        return Plan(tuple(gives), takes, sum(one.most for one in takes))

    def _owner(self, shard: int) -> WorkerId | None:
        """Return who owns a shard, if they live; one that lies on another storage is to be given up."""
        owner = self._seen.owners.get(shard)
        if owner is None or (its := self._seen.alive.get(owner)) is None:
            return None
        return owner if self._seen.storages.get(shard, its) == its else None

    def _future_owner(self, shard: int) -> WorkerId | None:
        """Return who owns a shard once an operator's wish is done."""
        wanted = self._seen.wanted.get(shard)
        return wanted if wanted and self._seen.may_take(wanted, shard) else self._owner(shard)

    def _share_out_cells(self) -> dict[WorkerId, int]:
        """Return how many shards with cells each worker should own: those with a storage share its shards.

        Where they cannot be divided, one more goes to those that own the most: then fewest have to move.
        """
        on_storage = Counter(self._seen.storages.values())
        ranked = sorted(self._staying, key=lambda worker: (-self._with_cells[worker], worker))
        shares: dict[WorkerId, int] = {}
        for storage in set(self._staying.values()):
            group = [worker for worker in ranked if self._staying[worker] == storage]
            least, rest = divmod(on_storage[storage], len(group))
            shares |= {worker: least + (place < rest) for place, worker in enumerate(group)}
        return shares

    def _share_out_empty(self) -> dict[WorkerId, int]:
        """Return the same of the empty shards: each goes to whoever has the fewest shards in all."""
        owned = self._with_cells + self._empty
        ranked = sorted(self._staying, key=lambda worker: (-owned[worker], worker))
        totals = dict(self._cell_shares)
        for _ in range(SHARDS - len(self._seen.storages)):
            totals[min(ranked, key=totals.__getitem__)] += 1
        return {worker: total - self._cell_shares[worker] for worker, total in totals.items()}


def _in_turn(me: WorkerId, shards: Iterable[int]) -> tuple[int, ...]:
    """Return the shards in an order of this worker's own, so that not all try the same one first."""
    return tuple(sorted(shards, key=lambda shard: sha256(f"{me} {shard}".encode()).digest()))
