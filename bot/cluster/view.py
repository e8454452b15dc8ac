"""What PostgreSQL says of the cluster: which workers there are, and who owns which shard."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, LiteralString, NamedTuple

from bot.cluster.addresses import address_in
from bot.cluster.shards import Situation, WorkerId
from bot.core.cells import SHARDS as COUNT

WORKERS: LiteralString = """
WITH held AS MATERIALIZED (SELECT objid::bigint AS name FROM pg_locks
    WHERE locktype = 'advisory' AND classid::bigint = 1111837776 AND objsubid = 2 AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
SELECT id, address, storage, seen, seen > clock_timestamp() - %s * interval '1 s'
    AND (hashtext(id)::bigint & 4294967295) IN (SELECT name FROM held), draining, skew_ms
FROM workers ORDER BY id
"""
"""A worker is alive while its session holds the lock of its name: that ends with its process at once."""

SHARDS: LiteralString = """
SELECT shard, worker, address, epoch, storage, wanted, not_moved, clock_timestamp() FROM shards
ORDER BY since, shard
"""


class Route(NamedTuple):
    """Who owns a shard. The route with the greater epoch is the newer one."""

    worker: WorkerId
    address: str
    epoch: int


class NotMoved(NamedTuple):
    """Why a shard was not moved to the worker that an operator had named: a code."""

    to: WorkerId
    code: str


class SeenWorker(NamedTuple):
    """A worker as the others see it: where they reach it, its storage, and when it was last heard of.

    ``skew_ms``: how far its clock is ahead of PostgreSQL's, as it says itself.
    """

    address: str
    storage: str
    seen: datetime
    is_alive: bool
    draining: bool
    skew_ms: int | None = None

    @property
    def place(self) -> str:
        """The address without its tag, to show it."""
        return address_in(self.address)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The cluster, as PostgreSQL tells it. ``now`` is its clock.

    ``routes``: of the shards that have an owner, also a dead one; those taken first come first.
    ``storages``: where the cells of a shard lie, for those with cells.
    ``wanted``: the worker that an operator has named for a shard.
    ``settled``: this session has lasted long enough for the others to be back after an outage, too.
    ``not_moved``: the shards that an operator has wanted elsewhere, and that could not be moved.
    """

    workers: Mapping[WorkerId, SeenWorker]
    routes: Mapping[int, Route]
    storages: Mapping[int, str]
    wanted: Mapping[int, WorkerId]
    now: datetime
    settled: bool
    not_moved: Mapping[int, NotMoved] = field(default_factory=dict)

    @property
    def alive(self) -> frozenset[WorkerId]:
        """The workers that were heard of just now."""
        return frozenset(worker for worker, seen in self.workers.items() if seen.is_alive)

    @property
    def draining(self) -> frozenset[WorkerId]:
        """The workers that are about to leave."""
        return frozenset(worker for worker, seen in self.workers.items() if seen.draining)

    def free_on(self, storage: str) -> frozenset[int]:
        """Return the shards that no living worker owns, and that one with this storage may take."""
        owned = {shard for shard, route in self.routes.items() if route.worker in self.alive}
        here = (shard for shard in range(COUNT) if self.storages.get(shard, storage) == storage)
        return frozenset(here) - owned

    @property
    def situation(self) -> Situation:
        """What a worker plans with. Until the view is settled, no owner counts as dead."""
        owners = {shard: route.worker for shard, route in self.routes.items()}
        there = self.alive if self.settled else self.alive | set(owners.values())
        return Situation(
            owners=owners,
            alive={worker: seen.storage for worker, seen in self.workers.items() if worker in there},
            draining=self.draining,
            storages=self.storages,
            wanted=self.wanted,
        )


def view_of(workers: Iterable[Any], shards: Iterable[Any], *, settled: bool) -> View:
    """Return the view for the rows of ``WORKERS`` and ``SHARDS``."""
    rows = tuple(shards)
    return View(
        workers={worker: SeenWorker(*seen) for worker, *seen in workers},
        routes={shard: Route(worker, *rest) for shard, worker, *rest, _, _, _, _ in rows if worker},
        storages={shard: storage for shard, *_, storage, _, _, _ in rows if storage},
        wanted={shard: wanted for shard, *_, wanted, _, _ in rows if wanted},
        not_moved={shard: NotMoved(*why.split(" ")) for shard, *_, why, _ in rows if why},
        now=rows[0][-1],
        settled=settled,
    )
