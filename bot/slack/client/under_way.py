"""Limit how many messages are under way at once in a process: sent, and not recorded yet.

After a kill, each of them may be posted once more. A single workspace has one at a time. A worker of a
cluster looks at many cells at once, so it needs a limit of its own.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import BoundedSemaphore

POST = "chat.postMessage"

LOOK_S = 0.1
"""How long to wait for a turn before it is looked whether the bot stops."""


class MostUnderWay:
    """Lets so many messages be under way at once. Safe for threads."""

    def __init__(self, most: int) -> None:
        """Allow ``most`` messages."""
        self._free = BoundedSemaphore(most)

    @contextmanager
    def message(self) -> Iterator[None]:
        """Run the block, which sends a message and records it.

        The message counts from ``wait_for_turn``, which sends it next, to the end of the block.
        """
        message = _Message(self._free)
        token = _MESSAGE.set(message)
        try:
            yield
        finally:
            _MESSAGE.reset(token)
            message.end()


class _Message:
    """One message, which counts once it has its turn."""

    def __init__(self, free: BoundedSemaphore) -> None:
        self._free = free
        self._counts = False

    def begin(self, wait: Callable[[float], object]) -> None:
        """Wait for its turn, and let it count."""
        if not self._counts:
            while not self._free.acquire(timeout=LOOK_S):
                wait(0)
            self._counts = True

    def end(self) -> None:
        """Let it count no longer."""
        if self._counts:
            self._counts = False
            self._free.release()


_MESSAGE: ContextVar[_Message | None] = ContextVar("message", default=None)


def wait_for_turn(wait: Callable[[float], object]) -> None:
    """Wait until the message of this block may be sent; return at once where nothing limits it.

    ``wait``: called again and again meanwhile with 0; it raises ``StoppingError`` when the bot stops.
    """
    if message := _MESSAGE.get():
        message.begin(wait)
