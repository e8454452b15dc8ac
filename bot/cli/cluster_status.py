"""Say how a cluster is: what is not served and why, the workers, and what moves where."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from rich.table import Table
from rich.text import Text

from bot.cli.installation import counted
from bot.core.cells import SHARDS

if TYPE_CHECKING:
    from bot.cluster.control import Overview
    from bot.cluster.view import SeenWorker, View

SHORT = 8
"""Digits of the id of a storage that are shown to people."""

WHY_NOT_MOVED = {
    "disk_full": "the disk of {to} is full",
    "not_sealed": "in PostgreSQL is an address of {to} that it has not stored",
    "not_answered": "{to} does not answer",
    "already_running": "a command works on one of its workspaces",
    "occupied": "there is something in its directory on the storage of {to}",
    "interrupted": "the worker that served it has stopped meanwhile",
    "stopping": "the worker that serves it was stopped",
}
"""What an operator reads for a code; others are shown as they are."""

_UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


START = "Start one: belonging worker"
"""What to do where no worker runs."""


class NotServed(NamedTuple):
    """Shards that nobody serves for the same reason: what to say of them, and what to do, if anything."""

    shards: tuple[int, ...]
    what: str
    remedy: str = ""


class Move(NamedTuple):
    """A shard that an operator has moved, and that is not there yet."""

    shard: int
    owner: str | None
    to: str


@dataclass(frozen=True, kw_only=True)
class Status:
    """A cluster as it is shown. ``waiting``: not served until a worker with this storage is back.

    ``pending``: not served, but another worker takes them. ``stuck``: moves that cannot be done now.
    ``start``: what to do where no worker runs.
    """

    overview: "Overview"
    owned: Mapping[str, tuple[int, ...]]
    waiting: Mapping[str, tuple[int, ...]]
    pending: tuple[int, ...]
    moving: tuple[Move, ...]
    stuck: tuple[Move, ...]
    start: str = START

    @property
    def unserved(self) -> tuple[int, ...]:
        """The shards that nobody serves."""
        return tuple(sorted([*self.pending, *(one for shards in self.waiting.values() for one in shards)]))

    @property
    def view(self) -> "View":
        """The workers and shards."""
        return self.overview.view


def status_of(overview: "Overview", start: str = START) -> Status:
    """Return what the rows in PostgreSQL mean. ``start``: what to do where no worker runs."""
    view = overview.view
    owned = defaultdict[str, list[int]](list)
    waiting = defaultdict[str, list[int]](list)
    pending = []
    for shard in range(SHARDS):
        route = view.routes.get(shard)
        if route and route.worker in view.alive:
            owned[route.worker].append(shard)
        elif shard in view.storages and view.storages[shard] not in _staying_storages(view):
            waiting[view.storages[shard]].append(shard)
        else:
            pending.append(shard)
    moves = list(_moves(view))
    return Status(
        overview=overview,
        owned={worker: tuple(shards) for worker, shards in owned.items()},
        waiting={storage: tuple(shards) for storage, shards in waiting.items()},
        pending=tuple(pending),
        moving=tuple(one for one in moves if _can_be_done(view, one)),
        stuck=tuple(one for one in moves if not _can_be_done(view, one)),
        start=start,
    )


def kept_by(view: "View", worker: str) -> tuple[int, ...]:
    """Return the shards of a worker that no other one may take."""
    others = _staying_storages(view, besides=worker)
    return tuple(
        sorted(
            shard
            for shard, route in view.routes.items()
            if route.worker == worker and not (others and view.storages.get(shard) in {None, *others})
        )
    )


def findings(status: Status) -> Iterator[str]:
    """Yield a sentence for each thing to know, the worst first."""
    overview, view = status.overview, status.view
    if not view.alive:
        count = overview.count(range(SHARDS))
        yield (
            "No worker is connected to PostgreSQL: as far as it knows, nobody serves "
            f"{counted(count, 'workspace')}."
            if count
            else "No worker is connected to PostgreSQL, which knows of no workspace that has the bot."
        )
        yield status.start
        return
    for one in not_served(status):
        yield f"{one.what} {one.remedy}".strip()
    if not status.unserved:
        yield f"All {SHARDS} shards are served."
    yield from _changes(status)


def not_served(status: Status) -> Iterator[NotServed]:
    """Yield each reason why shards are not served; while no worker runs, ``findings`` has another one."""
    for storage, shards in sorted(status.waiting.items()):
        yield _of_waiting(status, storage, shards)
    if status.pending:
        what = f"{_of(status.overview, status.pending)} without a worker"
        if _staying_storages(status.view):
            yield NotServed(status.pending, f"{what}: the others take over within seconds.")
        else:
            remedy = "Let one stay: belonging cluster drain WORKER --undo"
            yield NotServed(status.pending, f"{what}: all others are draining.", remedy)


def _changes(status: Status) -> Iterator[str]:
    for worker in sorted(status.view.alive & status.view.draining):
        if status.view.workers[worker].storage not in status.waiting:
            yield drain_line(status.view, worker)
    copied = tuple(one for one in status.moving if is_copied(status.view, one.shard, one.to))
    for to, shards in _by_target(one for one in status.moving if one not in copied).items():
        yield f"{named(shards)} {'moves' if len(shards) == 1 else 'move'} to {to}."
    for to, shards in _by_target(copied).items():
        one = len(shards) == 1
        yield (
            f"{named(shards)} {'moves' if one else 'move, one after the other,'} to {to}, which has another "
            "storage: while the files are copied, the workspaces in it answer nothing."
        )
    for to, shards in _by_target(status.stuck).items():
        stays = "stays where it is" if len(shards) == 1 else "stay where they are"
        yield f"{named(shards)} should move to {to} and {stays}: {why_not(status.view, to)}."
    yield from _failed(status.view)


def _failed(view: "View") -> Iterator[str]:
    """Yield a sentence for what was to move, and could not."""
    found = defaultdict[tuple[str, str], list[int]](list)
    for shard, (to, code) in sorted(view.not_moved.items()):
        found[to, code].append(shard)
    for (to, code), shards in found.items():
        why = WHY_NOT_MOVED.get(code, "{code}").format(to=to, code=code)
        again = f"belonging cluster move {as_arguments(shards)} --to {to}"
        yield f"{named(shards)} could not move to {to}: {why}. Try again: {again}"


def is_copied(view: "View", shard: int, to: str) -> bool:
    """Return whether a shard has cells, and this worker has another storage than theirs."""
    seen = view.workers.get(to)
    return seen is not None and view.storages.get(shard, seen.storage) != seen.storage


def _can_be_done(view: "View", move: Move) -> bool:
    """Return whether the worker may take the shard, or its owner lives and sends the files."""
    return view.situation.may_take(move.to, move.shard) or (
        move.to in view.situation.staying and move.owner in view.alive
    )


def why_not(view: "View", worker: str) -> str:
    """Say why a worker does not take what it should."""
    seen = view.workers.get(worker)
    if seen is None:
        return f"there is no worker called {worker}"
    if not seen.is_alive:
        return f"{worker} is away"
    if seen.draining:
        return f"{worker} is draining"
    return f"{worker} has another storage, and no worker serves it that could send the files"


def drain_line(view: "View", worker: str) -> str:
    """Say what a worker that drains still has, and why."""
    kept = kept_by(view, worker)
    going = sum(1 for route in view.routes.values() if route.worker == worker) - len(kept)
    if not going and not kept:
        return f"{worker} is draining and has handed over everything: it can be stopped."
    parts = []
    if going:
        parts.append(f"has {counted(going, 'shard')} left to hand over")
    if kept:
        why = (
            "no other worker has its storage"
            if _staying_storages(view, besides=worker)
            else "there is no other worker to take over"
        )
        parts.append(f"goes on serving {counted(len(kept), 'shard')}: {why}")
    return f"{worker} is draining. It {', and '.join(parts)}."


def workers_table(status: Status) -> Table:
    """Return a table of the workers."""
    workers = status.view.workers
    table = Table(title=counted(len(workers), "worker"))
    for heading in ("Worker", "State", "Last seen", "Shards", "Workspaces", "Storage"):
        right = heading in {"Shards", "Workspaces"}
        table.add_column(heading, overflow="fold", justify="right" if right else "left")
    for worker, seen in workers.items():
        shards = status.owned.get(worker, ())
        state = state_of(seen)
        table.add_row(
            worker,
            Text(state, style="" if seen.is_alive else "yellow"),
            "now" if seen.is_alive else ago(status.view.now - seen.seen),
            str(len(shards)),
            str(status.overview.count(shards)),
            seen.storage[:SHORT],
        )
    return table


def state_of(seen: "SeenWorker") -> str:
    """Return the state of a worker in one word."""
    if not seen.is_alive:
        return "away"
    return "draining" if seen.draining else "serving"


def status_data(status: Status) -> dict[str, Any]:
    """Return the status as data: times in ISO 8601."""
    overview, view = status.overview, status.view
    return {
        "all_served": not status.unserved,
        "findings": list(findings(status)),
        "workers": [
            {
                "worker": worker,
                "state": state_of(seen),
                "address": seen.place,
                "storage": seen.storage,
                "seen": seen.seen.isoformat(timespec="seconds"),
                "shards": list(status.owned.get(worker, ())),
                "workspaces": overview.count(status.owned.get(worker, ())),
            }
            for worker, seen in view.workers.items()
        ],
        "not_served": [
            {
                "shard": shard,
                "storage": view.storages.get(shard),
                "workspaces": list(overview.cells.get(shard, ())),
            }
            for shard in status.unserved
        ],
        "moving": [
            {
                "shard": move.shard,
                "from": move.owner,
                "to": move.to,
                "waits": move in status.stuck,
                "copied": is_copied(view, move.shard, move.to),
            }
            for move in sorted((*status.moving, *status.stuck))
        ],
        "not_moved": [
            {"shard": shard, "to": to, "code": code} for shard, (to, code) in sorted(view.not_moved.items())
        ],
    }


def named(shards: Collection[int]) -> str:
    """Return such as ``Shard 5`` or ``Shards 0-3, 8 and 11``."""
    parts = _runs(shards)
    several = f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else parts[0]
    return f"Shard {several}" if len(shards) == 1 else f"Shards {several}"


def as_arguments(shards: Collection[int]) -> str:
    """Return such as ``0-3 8 11``, as ``belonging cluster move`` takes them."""
    return " ".join(_runs(shards))


def _runs(shards: Collection[int]) -> list[str]:
    """Return such as ``0-3``, ``8`` and ``11``."""
    runs: list[list[int]] = []
    for shard in sorted(shards):
        if runs and runs[-1][-1] == shard - 1:
            runs[-1].append(shard)
        else:
            runs.append([shard])
    return [f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs]


def ago(time: timedelta) -> str:
    """Return how long ago something was, in its largest unit."""
    seconds = max(1, int(time.total_seconds()))
    size, noun = next(unit for unit in _UNITS if seconds >= unit[0])
    return f"{counted(seconds // size, noun)} ago"


def _of_waiting(status: Status, storage: str, shards: tuple[int, ...]) -> NotServed:
    """Say which shards wait for a storage, and whose it is."""
    view = status.view
    its = [worker for worker, seen in view.workers.items() if seen.storage == storage]
    lie = "it lies" if len(shards) == 1 else "they lie"
    what = f"{_of(status.overview, shards)} not served: {lie} on the storage"
    if not its:
        what = f"{what} {storage[:SHORT]}, which no known worker has."
        return NotServed(shards, what, "Start a worker that has it.")
    if draining := [worker for worker in its if view.workers[worker].is_alive]:
        name = draining[0]
        remedy = f"Let it stay: belonging cluster drain {name} --undo"
        return NotServed(shards, f"{what} of {name}, which is draining.", remedy)
    last = max(its, key=lambda worker: view.workers[worker].seen)
    seen = ago(view.now - view.workers[last].seen)
    what = f"{what} of {last}, which was last seen {seen}."
    return NotServed(shards, what, "Start it again: it takes them at once.")


def _of(overview: "Overview", shards: Collection[int]) -> str:
    """Return such as ``3 of 64 shards, with 2 workspaces, are``."""
    verb = "is" if len(shards) == 1 else "are"
    return f"{len(shards)} of {SHARDS} shards, with {_workspaces(overview.count(shards))}, {verb}"


def _workspaces(count: int) -> str:
    return counted(count, "workspace") if count else "no workspace"


def _staying_storages(view: "View", besides: str = "") -> frozenset[str]:
    staying = view.alive - view.draining - {besides}
    return frozenset(view.workers[worker].storage for worker in staying)


def _moves(view: "View") -> Iterator[Move]:
    for shard, to in sorted(view.wanted.items()):
        route = view.routes.get(shard)
        yield Move(shard, route.worker if route else None, to)


def _by_target(moves: Iterable[Move]) -> Mapping[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}
    for move in moves:
        found[move.to] = (*found.get(move.to, ()), move.shard)
    return found
