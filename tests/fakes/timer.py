"""A timer that records when it was armed for."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(slots=True)
class FakeTimer:
    """``armed``: the time at which it would ring."""

    armed: tuple[datetime, ...] = field(default=())

    def arm(self, times: Sequence[datetime]) -> None:
        self.armed = tuple(times)
