"""The time of a story that several processes share: it passes as real time does, and a test can move it."""

import time
from datetime import datetime, timedelta
from pathlib import Path

from bot.demo.clock import AdjustableClock
from tests.faults.memory import Shared


class StoryClock(AdjustableClock):
    """A clock whose state lies in a page of memory, so that it is moved for all processes at once."""

    def __init__(self, page: Path, start: datetime | None = None) -> None:
        """Map the page. ``start``: the time now; without it, the page was set by another process."""
        self._shared = Shared(page)
        if start:
            self._shared.set_clock(start - _passed())
        super().__init__(self._shared.now(), real=lambda: 0.0)

    def now(self) -> datetime:
        """The time, as an aware UTC datetime."""
        return self._shared.now() + _passed()

    def advance(self, step: timedelta) -> datetime:
        """Move the clock forward in all processes, and return the new time."""
        self._shared.set_clock(self._shared.now() + step)
        return self.now()

    def close(self) -> None:
        """Let go of the page."""
        self._shared.close()


def _passed() -> timedelta:
    """The seconds of a clock that nobody can set, and that is the same in all processes."""
    return timedelta(seconds=time.clock_gettime(time.CLOCK_MONOTONIC))
