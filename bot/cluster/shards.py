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
    """The shares of all workers, and what each one's storage should have of the empty shards."""

    def __init__(self, seen: Situation) -> None:
        self._seen, self._staying = seen, seen.staying
        self._future = {shard: self._future_owner(shard) for shard in range(SHARDS)}
        counts = Counter(self._future.values())
        self._counts = {worker: counts[worker] for worker in self._staying}
        self._with_cells = Counter(seen.storages.values())
        self._shares = self._share_out()

    def plan_of(self, me: WorkerId, mine: list[int]) -> Plan:
        storage = self._staying[me]
        staying = [shard for shard in mine if self._future[shard] == me]
        gives = [shard for shard in mine if self._future[shard] != me]
        leaving = [shard for shard in staying if shard not in self._seen.storages][: self._leaving(me)]
        rest = [shard for shard in staying if shard not in leaving]
        gives += leaving + rest[: max(0, self._counts[me] - len(leaving) - self._shares[me])]
        fetched = [s for s, to in self._future.items() if to == me and self._owner(s) is None]
        free = [shard for shard, to in self._future.items() if to is None]
        room = max(0, self._shares[me] - self._counts[me])
        attempts = (
            Attempt(tuple(fetched), len(fetched)),
            Attempt(_in_turn(me, (s for s in free if self._seen.storages.get(s) == storage)), room),
            Attempt(
                _in_turn(me, (s for s in free if s not in self._seen.storages)),
                min(room, max(0, -self._too_many(storage))),
            ),
        )
        takes = tuple(one for one in attempts if one.shards and one.most)
        return Plan(tuple(gives), takes, room + len(fetched) if takes else 0)

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

    def _share_out(self) -> dict[WorkerId, int]:
        """Return how many shards each worker should own.

        The shards with cells are shared by those that have their storage. Each empty shard goes to whoever
        has the least. Where that is equal, it goes to the one that owns the most: then fewest have to move.
        """
        ranked = sorted(self._staying, key=lambda worker: (-self._counts[worker], worker))
        shares: dict[WorkerId, int] = {}
        for storage in set(self._staying.values()):
            group = [worker for worker in ranked if self._staying[worker] == storage]
            least, rest = divmod(self._with_cells[storage], len(group))
            shares |= {worker: least + (place < rest) for place, worker in enumerate(group)}
        for _ in range(SHARDS - len(self._seen.storages)):
            shares[min(ranked, key=shares.__getitem__)] += 1
        return shares

    def _too_many(self, storage: str) -> int:
        """Return how many empty shards the workers with a storage have too many; less than 0: too few."""
        group = {worker for worker, its in self._staying.items() if its == storage}
        empty = sum(1 for s, to in self._future.items() if to in group and s not in self._seen.storages)
        return empty - (sum(self._shares[worker] for worker in group) - self._with_cells[storage])

    def _leaving(self, me: WorkerId) -> int:
        """Return how many empty shards this worker gives to workers with another storage.

        All workers with one storage compute the same: those that have the most give.
        """
        group = sorted(worker for worker, its in self._staying.items() if its == self._staying[me])
        counts = {worker: self._counts[worker] for worker in group}
        empty = Counter(to for shard, to in self._future.items() if shard not in self._seen.storages)
        given = 0
        for _ in range(max(0, self._too_many(self._staying[me]))):
            most = max((one for one in group if empty[one]), key=counts.__getitem__)
            counts[most] -= 1
            empty[most] -= 1
            given += most == me
        return given


def _in_turn(me: WorkerId, shards: Iterable[int]) -> tuple[int, ...]:
    """Return the shards in an order of this worker's own, so that not all try the same one first."""
    return tuple(sorted(shards, key=lambda shard: sha256(f"{me} {shard}".encode()).digest()))
