"""Ask the workers of a cluster to move shards: all of one worker's, or some of them."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from bot.cli.cluster_status import SHORT, ago, drain_line, is_copied, kept_by, named
from bot.cli.console import Say
from bot.cli.installation import counted
from bot.core.cells import SHARDS, CellKey, shard_of
from bot.errors import BotError

if TYPE_CHECKING:
    from bot.cluster.control import Control, Overview
    from bot.cluster.view import SeenWorker, View


def drain_worker(control: "Control", worker: str, *, undo: bool, tell: Say) -> dict[str, Any]:
    """Let a worker hand over its shards, or take shards again; return what was asked.

    Raises ``BotError`` for one that is away.
    """
    view = control.look().view
    _there(view, worker)
    control.drain(worker, draining=not undo)
    mine = {shard for shard, route in view.routes.items() if route.worker == worker}
    kept = () if undo else kept_by(view, worker)
    if undo:
        tell(f"{worker} stays, and takes shards again.")
    else:
        tell(drain_line(view, worker))
        tell("It answers until it is stopped. Started again, or with --undo, it takes shards again.")
    return {
        "worker": worker,
        "draining": not undo,
        "hands_over": [] if undo else sorted(mine - set(kept)),
        "keeps": sorted(kept),
    }


def move_shards(control: "Control", wanted: Sequence[str], to: str, *, tell: Say) -> dict[str, Any]:
    """Ask for shards to go to a worker; return which do. All of them are asked for, or none.

    ``wanted``: numbers or ranges of shards, or keys of workspaces that lie in them; also several with commas.
    Raises ``BotError`` for an unknown one, and where the worker cannot take one.
    """
    overview = control.look()
    view = overview.view
    seen = _there(view, to)
    if seen.draining:
        raise BotError(
            f"{to} is draining: it takes nothing.", remedy=f"First: belonging cluster drain {to} --undo"
        )
    texts = [text for argument in wanted for text in argument.replace(",", " ").split()]
    shards = sorted({shard for text in texts for shard in _shards(overview, text)})
    if not shards:
        raise BotError("Which shards?", remedy="Name them: belonging cluster move 4-5 7 --to WORKER")
    for shard in shards:
        _require_movable(view, shard, to)
    there = [s for s in shards if (route := view.routes.get(s)) and route.worker == to]
    going = [shard for shard in shards if shard not in there]
    control.move(shards, to)
    if there:
        tell(f"{named(there)} {'is' if len(there) == 1 else 'are'} with {to} already.")
    copied = [shard for shard in going if is_copied(view, shard, to)]
    if handed := [shard for shard in going if shard not in copied]:
        count = counted(overview.count(handed), "workspace")
        tell(f"{named(handed)}, with {count}, will be with {to} within seconds: belonging cluster status")
        tell("The other workers get as many of its shards in return, so that each has its share.")
    if copied:
        count = counted(overview.count(copied), "workspace")
        tell(f"{named(copied)}, with {count}, will be copied to the storage of {to}, one after the other.")
        tell("While a shard is being copied, its workspaces answer nothing; then only the copy is left.")
        tell("How far it is, and what could not be moved: belonging cluster status")
    return {"to": to, "moving": going, "copied": copied, "there": there}


def _there(view: "View", worker: str) -> "SeenWorker":
    """Return a worker that is there. Raises ``BotError`` for another one."""
    seen = view.workers.get(worker)
    if seen is None:
        known = ", ".join(view.workers) or "none"
        raise BotError(f"There is no worker called {worker}.", remedy=f"Known workers: {known}.")
    if not seen.is_alive:
        raise BotError(
            f"{worker} is away: PostgreSQL last heard of it {ago(view.now - seen.seen)}.",
            remedy="Start it again, or look why it cannot reach PostgreSQL.",
        )
    return seen


def _shards(overview: "Overview", text: str) -> Iterable[int]:
    """Return the shards from one number to another, such as ``4-7``, or the only one that is named."""
    first, hyphen, last = text.partition("-")
    if not (hyphen and first.isdecimal() and last.isdecimal()):
        return (_shard(overview, text),)
    if int(first) > int(last):
        raise BotError(f"{text} is no range.", remedy=f"The lower number comes first: {last}-{first}")
    return range(_shard(overview, first), _shard(overview, last) + 1)


def _shard(overview: "Overview", text: str) -> int:
    """Return the shard of this number, or of this workspace. Raises ``BotError`` if there is none."""
    if text.isdecimal():
        if int(text) < SHARDS:
            return int(text)
        raise BotError(f"There is no shard {text}.", remedy=f"They have the numbers 0 to {SHARDS - 1}.")
    shard = shard_of(CellKey(text))
    if text in overview.cells.get(shard, ()):
        return shard
    raise BotError(
        f"{text} is neither a shard nor a workspace that has the bot.",
        remedy=f"Shards have the numbers 0 to {SHARDS - 1}; belonging workspaces lists the keys.",
    )


def _require_movable(view: "View", shard: int, to: str) -> None:
    """Raise ``BotError`` where only a worker that is away could send the files of a shard."""
    route = view.routes.get(shard)
    if is_copied(view, shard, to) and (route is None or route.worker not in view.alive):
        raise BotError(
            f"Shard {shard} lies on the storage {view.storages[shard][:SHORT]}, which {to} does not have, "
            "and no worker that has it serves the shard now.",
            remedy="Start a worker with that storage: it sends the files.",
        )
