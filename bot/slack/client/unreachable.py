"""Whether Slack is only away, or has refused for good; and how it is tried again."""

from collections.abc import Callable, Iterator
from itertools import chain, repeat

from bot.errors import LockedOutError, SlackError, SlackUnavailableError, StoppingError

WAITS_S = (1, 2, 5, 10, 30, 60)
"""How long to wait after each try while Slack is away; the last one counts from then on."""


def is_unreachable(error: SlackError) -> bool:
    """Return whether Slack could not be asked, or asks to come again: no word on what was asked."""
    return isinstance(error, SlackUnavailableError) and not isinstance(error, LockedOutError | StoppingError)


def waits_s() -> Iterator[int]:
    """Return the seconds to wait after each try, without end."""
    return chain(WAITS_S, repeat(WAITS_S[-1]))


def keep_trying(step: Callable[[], object], pause: Callable[[float], None]) -> None:
    """Try a step until Slack is there. Raises what Slack refuses for good, and ``StoppingError``."""
    for wait_s in waits_s():
        pause(wait_s)
        try:
            step()
        except SlackError as error:
            if not is_unreachable(error):
                raise
        else:
            return
