"""Decide which cells are whose. Pure: every worker computes this by itself, from what PostgreSQL says.

Cells lie in 64 shards, and a worker owns whole shards. Workers do not agree on a plan: each one gives what it
has too much of, and takes what nobody has, up to its share. The locks decide where two want the same.
"""

from collections.abc import Collection, Iterable, Mapping
from hashlib import sha256
from typing import NamedTuple

from bot.core.cells import SHARDS

WorkerId = str


class Plan(NamedTuple):
    """What one worker does next: shards to give up, and shards to try in this order until it has enough."""

    give: tuple[int, ...] = ()
    take: tuple[int, ...] = ()
    enough: int = 0


def plan(
    me: WorkerId,
    owners: Mapping[int, WorkerId],
    alive: Collection[WorkerId],
    draining: Collection[WorkerId] = (),
) -> Plan:
    """Return what this worker gives and takes.

    ``owners``: the owner of each shard that has one. A shard whose owner is not in ``alive`` is free.
    ``draining``: workers that are about to leave; they give everything and take nothing.

    A worker that has its share or less gives nothing, so that nothing moves where all is balanced.
    """
    staying = set(alive) - set(draining)
    mine = sorted(shard for shard, owner in owners.items() if owner == me)
    if me not in staying:
        return Plan(give=tuple(mine))
    share = _shares(owners, staying)[me]
    free = [shard for shard in range(SHARDS) if owners.get(shard) not in alive]
    if len(mine) >= share or not free:
        return Plan(give=tuple(mine[share:]))
    return Plan(take=tuple(_in_turn(me, free)), enough=share - len(mine))


def _shares(owners: Mapping[int, WorkerId], staying: Collection[WorkerId]) -> dict[WorkerId, int]:
    """Return how many shards each worker should own.

    Where 64 cannot be divided, one more goes to those that own the most: then fewest have to move.
    """
    owned = dict.fromkeys(staying, 0)
    for owner in owners.values():
        if owner in owned:
            owned[owner] += 1
    least, rest = divmod(SHARDS, len(owned))
    ranked = sorted(owned, key=lambda worker: (-owned[worker], worker))
    return {worker: least + (place < rest) for place, worker in enumerate(ranked)}


def _in_turn(me: WorkerId, shards: Iterable[int]) -> list[int]:
    """Return the shards in an order of this worker's own, so that not all try the same one first."""
    return sorted(shards, key=lambda shard: sha256(f"{me} {shard}".encode()).digest())
