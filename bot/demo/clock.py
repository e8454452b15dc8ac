"""Provide a clock that can be moved forward, for the demo and for tests."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class AdjustableClock:
    """A clock with an aware UTC time, which can be moved forward and never goes backward.

    Args:
        start: its first time; any aware time.
        real: seconds of a monotonic clock; read only while the clock ticks.
        ticking: if True, it also moves with ``real`` (demo); if False, only by ``advance`` (tests).
    """

    def __init__(self, start: datetime, *, real: Callable[[], float], ticking: bool = False) -> None:
        if start.tzinfo is None:
            raise ValueError("The clock was started with a naive time. Give it one with a time zone, as UTC.")
        self._lock = threading.Lock()
        self._time = start.astimezone(UTC)
        self._real = real
        self._since = real()
        self._ticking = ticking

    @property
    def ticking(self) -> bool:
        """Whether the clock also moves by itself."""
        return self._ticking

    @ticking.setter
    def ticking(self, value: bool) -> None:
        with self._lock:
            self._settle()
            self._ticking = value

    def now(self) -> datetime:
        """Return the time as an aware UTC datetime; never earlier than before."""
        with self._lock:
            return self._settle()

    def advance(self, step: timedelta) -> datetime:
        """Move the clock by ``step`` and return the new time.

        Raises ``ValueError`` for a negative step.
        """
        if step < timedelta(0):
            raise ValueError("The clock cannot go backward. Advance it by a positive length of time.")
        with self._lock:
            self._settle()
            self._time += step
            return self._time

    def _settle(self) -> datetime:
        real = self._real()
        if self._ticking and real > self._since:
            self._time += timedelta(seconds=real - self._since)
        self._since = max(real, self._since)
        return self._time
