"""Find the data of an installation, lock it, count what it holds, and check the clock against it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path

from bot.config import Config
from bot.core.cells import WORKERS_DIR
from bot.core.clock import IN_THE_FUTURE, doubt_of_clock
from bot.errors import AlreadyRunningError, BotError
from bot.ports import Tx
from bot.store.backup import Contents
from bot.store.lock import CellHold, InstanceLock, is_held

TO_COME = (
    "The clock of this machine is behind, or was ahead: something is stored with a time that has not come"
)
REMEDY = "Compare the clock ('date'), and set it if it is off. If it is right, say so: --clock-is-right"


def check_clock(tx: Tx, now: datetime, other: datetime | None = None) -> None:
    """Raise ``BotError`` if the clock, which says ``now`` (UTC), contradicts the stored times.

    For commands that cannot be undone and that do not ask Slack for its time (docs/adr/0020). ``other``: the
    newest time that is stored elsewhere.
    """
    newest = max(filter(None, (tx.fetch_newest_time(), other)), default=None)
    doubt = doubt_of_clock(now, newest)
    if not doubt and tx.has_future_times(now + IN_THE_FUTURE):
        doubt = TO_COME
    if doubt:
        raise BotError(f"{doubt}. Nothing was changed.", remedy=REMEDY)


def data_file(config: Config) -> Path:
    """Return the path of belonging.db. Raises ``BotError`` if there is none."""
    path = config.data_dir / "belonging.db"
    if not path.exists():
        raise BotError(f"There is no data in {config.data_dir}.", remedy="Start the bot first: belonging run")
    return path


def is_running(config: Config) -> bool:
    """Return whether a bot, or a worker of a cluster, runs on this data directory now."""
    if config.cluster is None:
        return is_held(config.data_dir)
    return any(is_held(folder) for folder in (config.data_dir / WORKERS_DIR).glob("*"))


@contextmanager
def lock_data(config: Config) -> Iterator[None]:
    """Keep the bot from using the data inside the block, of one workspace or of one cell.

    A bot for many workspaces goes on, and lets go of the cell. Raises ``AlreadyRunningError`` if it does not,
    and if a bot for this one workspace runs.
    """
    if config.cell:
        with hold_cell(config.data_dir):
            yield
        return
    with ExitStack() as held:
        try:
            held.enter_context(InstanceLock(config.data_dir))
        except AlreadyRunningError as error:
            raise AlreadyRunningError(error.message, remedy="Stop it first, then try again.") from None
        yield


def hold_cell(folder: Path) -> CellHold:
    """Return what takes a cell from the bot that serves it, for a while; a context manager.

    Raises ``AlreadyRunningError`` on entering if the bot does not let go.
    """
    return CellHold(folder)


def in_words(found: Contents) -> str:
    """Say how many schedules, rounds and results a belonging.db holds."""
    open_ = f" ({found.open_rounds} open)" if found.open_rounds else ""
    return (
        f"{counted(found.schedules, 'schedule')}, {counted(found.rounds, 'round')}{open_}, "
        f"{counted(found.results, 'result')}"
    )


def as_data(found: Contents) -> dict[str, int]:
    """Return how many schedules, rounds and results a belonging.db holds, as data."""
    return {
        "schedules": found.schedules,
        "rounds": found.rounds,
        "open_rounds": found.open_rounds,
        "results": found.results,
    }


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, such as ``2 rounds``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
