"""A timer that remembers what it was armed with."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(slots=True)
class FakeTimer:
    """``armed`` is what it would ring at."""

    armed: tuple[datetime, ...] = field(default=())

    def arm(self, times: Sequence[datetime]) -> None:
        self.armed = tuple(times)
