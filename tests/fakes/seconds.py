"""A clock whose seconds pass only while something waits for them, so that no test waits for real."""

from collections.abc import Callable
from threading import Event


class Seconds:
    """A monotonic clock. ``on_wait`` is called before each wait, with its length."""

    def __init__(self) -> None:
        self.now = 0.0
        self.on_wait: Callable[[float], None] = lambda _: None

    def read(self) -> float:
        return self.now

    async def pause(self, seconds: float) -> None:
        """Let this many seconds pass at once."""
        self.now += seconds

    def event(self) -> Event:
        """Return an event; waiting for it takes no real time, and moves this clock."""
        return _Waiting(self)


class _Waiting(Event):
    def __init__(self, seconds: Seconds) -> None:
        super().__init__()
        self._seconds = seconds

    def wait(self, timeout: float | None = None) -> bool:
        self._seconds.on_wait(timeout or 0.0)
        if not self.is_set():
            self._seconds.now += timeout or 0.0
        return self.is_set()
