"""End a bot or a host in time, and say so where it hears nothing from Slack any more."""

import logging
from collections.abc import Callable
from contextlib import ExitStack
from threading import Timer

from bot.errors import BotError
from bot.slack.transport.loop import Loop

log = logging.getLogger(__name__)

PATIENCE_S = 1.5
"""Seconds that a stop waits for a call to Slack: a stop must end within five seconds."""

HANGING_S = 3.0
"""Seconds that a stop waits for the loop to answer; it does not wait for one that hangs."""

LOOP_ANSWER_S = 10.0
"""Seconds that the loop that listens to Slack may take to answer, before it counts as ended."""


def close_in_time(
    held: ExitStack, loop: Loop, stop_calls: Callable[[], None], patience_s: float, hanging_s: float
) -> None:
    """Close what is ``held``; calls to Slack are cut off after ``patience_s``.

    A loop that does not answer within ``hanging_s`` is left behind.
    """
    patience = Timer(patience_s, stop_calls)
    patience.start()
    if not loop.is_alive(hanging_s):
        loop.give_up()
    try:
        held.close()
    finally:
        patience.cancel()
        patience.join()
    log.info("stopped")


def note_silence() -> BotError:
    """Log that nothing is heard from Slack any more, and return the failure. A new start repairs that."""
    log.error("the bot hears nothing from Slack any more and ends: start it again")
    return BotError("The bot heard nothing from Slack any more.", remedy="Start it again.")
