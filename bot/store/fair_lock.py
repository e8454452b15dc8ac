"""A lock that threads get in the order in which they ask for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock


class FairLock:
    """A lock for which nobody waits longer than those who came before take.

    Each waits for a lock of its own, because a condition would wake all of them at each turn.
    """

    def __init__(self) -> None:
        self._gate = Lock()
        self._turns: list[Lock] = []

    @contextmanager
    def held(self) -> Iterator[None]:
        """Wait for all who came before, and hold it within the block."""
        mine = Lock()
        mine.acquire()
        with self._gate:
            self._turns.append(mine)
            if self._turns[0] is mine:
                mine.release()
        try:
            mine.acquire()
            yield
        finally:
            self._leave(mine)

    @contextmanager
    def held_if_free(self) -> Iterator[bool]:
        """Hold it within the block if nobody holds it or waits for it; yield whether that is so."""
        mine = Lock()
        with self._gate:
            is_free = not self._turns
            if is_free:
                self._turns.append(mine)
        try:
            yield is_free
        finally:
            if is_free:
                self._leave(mine)

    def _leave(self, mine: Lock) -> None:
        with self._gate:
            had_turn = self._turns[0] is mine  # not so where an interrupt ends the wait
            self._turns.remove(mine)
            if had_turn and self._turns:
                self._turns[0].release()
