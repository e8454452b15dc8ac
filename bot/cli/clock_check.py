"""What a command asks of the clock that begins something by it that nobody can undo (docs/adr/0020).

It has no Slack to compare with, so it goes by the times that are stored.
"""

from datetime import datetime

from bot.core.clock import IN_THE_FUTURE, doubt_of_clock
from bot.errors import BotError
from bot.ports import Tx

TO_COME = (
    "The clock of this machine is behind, or was ahead: something is stored with a time that has not come"
)
REMEDY = "Compare the clock ('date'), and set it if it is off. If it is right, say so: --clock-is-right"


def check_clock(tx: Tx, now: datetime, other: datetime | None = None) -> None:
    """Raise ``BotError`` where a clock that says ``now`` (UTC) does not go with what is stored.

    ``other``: the newest time that is stored elsewhere.
    """
    newest = max(filter(None, (tx.fetch_newest_time(), other)), default=None)
    doubt = doubt_of_clock(now, newest)
    if not doubt and tx.has_future_times(now + IN_THE_FUTURE):
        doubt = TO_COME
    if doubt:
        raise BotError(f"{doubt}. Nothing was changed.", remedy=REMEDY)
