"""Look at a cluster for ``belonging check``: what can be seen from this machine without being a worker."""

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from bot.app import system_clock
from bot.cli.check_workers import worker_judgements
from bot.cli.cluster_status import not_served, status_of
from bot.cli.installations import require_packages
from bot.config import (
    Config,
    list_cells,
    misplaced_cells,
    shard_dir,
    token_problems,
    worker_address,
    worker_dir,
    worker_name_at,
)
from bot.core.cells import SHARDS, shard_of
from bot.core.check_cluster import (
    CLOCK_MAY_DIFFER,
    DATABASE,
    SERVED,
    STORAGE,
    WORKER,
    judge_clocks,
    judge_database,
    judge_database_clock,
    judge_keys,
    judge_locks,
    judge_path,
    judge_served,
    judge_shards,
    judge_worker,
    judge_workers,
)
from bot.core.check_rules import Judgement, from_error, ok
from bot.errors import BotError
from bot.store.lock import is_held
from bot.store.storage import read_storage_id

if TYPE_CHECKING:
    from bot.cluster.looks import Looked
    from bot.cluster.view import View

CLUSTER = "cluster"


def cluster_judgements(config: Config) -> Iterator[Judgement]:
    """Check PostgreSQL, the name of a worker here, the clocks, and the storage."""
    try:
        require_packages()
    except BotError as problem:
        yield from_error(CLUSTER, problem)
        return
    view = None
    if not token_problems(config)["BELONGING_DATABASE_URL"]:
        try:
            looked = _look(config)
        except BotError as problem:
            yield from_error(DATABASE, problem)
        else:
            view = looked.view
            yield judge_database(looked.version, looked.tables)
            yield from judge_path(looked.host, looked.sslmode)
            yield judge_database_clock(looked.ahead)
            yield from _workers(config, looked)
    try:
        yield from _name(config, view)
    except BotError as problem:
        yield from_error(WORKER, problem)
    try:
        yield from _storage(config, view)
    except BotError as problem:
        yield from_error(STORAGE, problem)


def _workers(config: Config, looked: "Looked") -> Iterator[Judgement]:
    """Judge the workers that run, if the database has tables."""
    view = looked.view
    if view is None:
        return
    yield judge_workers(sorted(view.alive), sorted(view.draining & view.alive))
    yield from _served(config)
    yield from judge_keys(_foreign(config, view))
    if abs(looked.ahead) <= CLOCK_MAY_DIFFER:
        yield from worker_judgements(config, view)
    yield from judge_clocks(_skews_ms(view))


def _look(config: Config) -> "Looked":
    from bot.cluster.looks import look_at

    return look_at(config.secrets.database_url, system_clock)


def _served(config: Config) -> Iterator[Judgement]:
    from bot.cluster.control import Control

    try:
        status = status_of(Control(config.secrets.database_url).look())
    except BotError as problem:
        yield from_error(SERVED, problem)
        return
    count, runs = status.overview.count, bool(status.view.alive)
    ill = [(one.what, one.remedy) for one in not_served(status) if count(one.shards)]
    yield from judge_served(ill, workspaces=count(range(SHARDS)), runs=runs)


def _foreign(config: Config, view: "View") -> Sequence[str]:
    from bot.cluster.addresses import Addresses
    from bot.cluster.joining import foreign_workers

    keys = config.secrets.cluster_keys
    if not keys or token_problems(config)["BELONGING_CLUSTER_KEYS"]:
        return ()  # what is wrong with them is told anyway
    return foreign_workers(Addresses(keys), view)


def _skews_ms(view: "View") -> Mapping[str, int]:
    alive = {name: view.workers[name].skew_ms for name in sorted(view.alive)}
    return {name: skew_ms for name, skew_ms in alive.items() if skew_ms is not None}


def _name(config: Config, view: "View | None") -> Iterator[Judgement]:
    name = worker_name_at(config.path, None, os.environ)
    runs = is_held(worker_dir(config, name))
    taken = bool(view and name in view.alive and not runs)
    yield from judge_worker(
        name, worker_address(config, name), config.slack.http_host, taken=taken, runs=runs
    )


def _storage(config: Config, view: "View | None") -> Iterator[Judgement]:
    here = read_storage_id(config.data_dir)
    if view and here:
        owned = _owned(view, here)
        suspicious = {shard for shard in owned if not is_held(shard_dir(config, shard))}
        if suspicious:  # a worker lets go of the storage first, and of the shard a moment later
            again = _look(config).view
            owned = {
                shard: owner
                for shard, owner in owned.items()
                if again and _owned(again, here).get(shard) == owner
            }
            suspicious = {s for s in suspicious & owned.keys() if not is_held(shard_dir(config, s))}
        open_to_two = [(shard, owned[shard][0]) for shard in sorted(suspicious)]
        yield judge_locks(open_to_two, len(owned))
    elif not here:
        yield ok(STORAGE, "It has no id yet: the first worker, or the import, makes one.")
    keys = list_cells(config)
    unknown = [key for key in keys if view and shard_of(key) not in view.storages]
    elsewhere = [key for key in keys if view and view.storages.get(shard_of(key), here) != here]
    yield from judge_shards(elsewhere, unknown, [str(place) for place in misplaced_cells(config)])


def _owned(view: "View", storage: str) -> dict[int, tuple[str, int]]:
    """Return the shards that a living worker of this storage owns, each with the worker and the epoch."""
    return {
        shard: (route.worker, route.epoch)
        for shard, route in view.routes.items()
        if route.worker in view.alive and view.workers[route.worker].storage == storage
    }
