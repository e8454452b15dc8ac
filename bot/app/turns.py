"""Let threads open cells one after the other, as long as none of them hangs.

Opening is a hundred short calls of SQLite, and at each a thread gives up Python's lock and takes it again.
Eight threads that do so side by side take twice as long as one after the other.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

PATIENCE_S = 0.5
"""How long a thread waits for its turn. Then it goes on beside the others: a disk may hang."""


class Turns:
    """A turn of each thread."""

    def __init__(self, patience_s: float = PATIENCE_S) -> None:
        """Let nobody wait for longer than this."""
        self._lock, self._patience_s = Lock(), patience_s

    @contextmanager
    def one(self) -> Iterator[None]:
        """Wait for a turn as long as there is patience, and have it within the block."""
        has_turn = self._lock.acquire(timeout=self._patience_s)
        try:
            yield
        finally:
            if has_turn:
                self._lock.release()
