"""Say whether the bot of a data directory works, by its heartbeat. Asks neither the bot nor Slack."""

from dataclasses import dataclass
from pathlib import Path

from bot.core.cells import WORKERS_DIR
from bot.errors import BotError
from bot.store.heartbeat import LATE_S, silence_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Whether the bot works. ``silent_s``: seconds since its last heartbeat, None where there is none.

    ``remedy`` is empty where it works.
    """

    works: bool
    silent_s: int | None
    what: str
    remedy: str = ""


def health(data_dir: Path, uptime_s: float) -> Health:
    """Return whether the bot works, judged by its heartbeat and the uptime of this machine.

    ``data_dir``: the directory of its heartbeat; each of several workers has its own.
    """
    silent_s = silence_s(data_dir, uptime_s)
    if silent_s is None:
        is_worker = data_dir.parent.name == WORKERS_DIR
        other = ". Or is it called otherwise? belonging health --name NAME" if is_worker else ""
        return Health(
            works=False,
            silent_s=None,
            what=f"No bot runs on {data_dir}: there is no heartbeat.",
            remedy=f"Start it: belonging {'worker' if is_worker else 'run'}{other}",
        )
    seconds = max(round(silent_s), 0)
    if silent_s > LATE_S:
        return Health(
            works=False,
            silent_s=seconds,
            what=f"The last heartbeat in {data_dir} is {seconds} seconds old: the bot hangs, was killed, "
            "serves none of its workspaces, or cannot write there.",
            remedy="Read its log, and start it again.",
        )
    return Health(
        works=True, silent_s=seconds, what=f"The bot works: its last heartbeat came {seconds} seconds ago."
    )


def require_health(found: Health) -> str:
    """Return the sentence on a bot that works. Raises ``BotError`` for one that does not."""
    if not found.works:
        raise BotError(found.what, remedy=found.remedy)
    return found.what
