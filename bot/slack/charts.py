"""Charts where Slack draws them, and the same numbers in text where it does not."""

import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.errors import SlackError

log = logging.getLogger(__name__)

T = TypeVar("T")

REFUSED = "invalid_blocks"
"""What Slack says to a chart in a workspace that does not have them."""


class Charts:
    """Whether this workspace draws charts: yes, until it has refused one and taken the same without it.

    The answer to a command cannot be sent twice, so it goes by what was learnt from messages.
    """

    def __init__(self) -> None:
        """Begin with charts."""
        self.drawn = True

    def post(self, post: Callable[[bool], T]) -> T:
        """What ``post`` returns, called with whether to draw; again without a chart where Slack refuses one.

        Raises ``SlackError``, also where Slack refuses the message without a chart.
        """
        if not self.drawn:
            return post(False)
        try:
            return post(True)
        except SlackError as error:
            if error.reason != REFUSED:
                raise
        posted = post(False)
        self._has_refused()
        return posted

    async def post_soon(self, post: Callable[[bool], Awaitable[T]]) -> T:
        """Return what ``post`` does, awaited."""
        if not self.drawn:
            return await post(False)
        try:
            return await post(True)
        except SlackError as error:
            if error.reason != REFUSED:
                raise
        posted = await post(False)
        self._has_refused()
        return posted

    def _has_refused(self) -> None:
        self.drawn = False
        log.warning("no charts here", extra={"code": REFUSED})
