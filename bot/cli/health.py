"""Say whether the bot of a data directory works, by its heartbeat. Asks neither the bot nor Slack."""

from pathlib import Path

from bot.errors import BotError
from bot.store.heartbeat import LATE_S, silence_s


def health(data_dir: Path, uptime_s: float) -> str:
    """Return that the bot works. Raises ``BotError`` where its heartbeat is missing or late."""
    silent_s = silence_s(data_dir, uptime_s)
    if silent_s is None:
        raise BotError(f"No bot runs on {data_dir}: there is no heartbeat.", remedy="Start it: belonging run")
    if silent_s > LATE_S:
        raise BotError(
            f"The last heartbeat in {data_dir} is {silent_s:.0f} seconds old: the bot hangs, was killed, or "
            "cannot write there.",
            remedy="Read its log, and start it again.",
        )
    return f"The bot works: its last heartbeat came {max(silent_s, 0):.0f} seconds ago."
