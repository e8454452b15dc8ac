"""Where a bot is to be killed: drawn by lot from a seed, and written so that it can be asked for again."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import Self

from tests.faults.slack import Moment

STEP = "step"
"""At a step of its own, with files or in SQLite (``tests.faults.fuse``)."""

AFTER_MS = "ms"
"""So many milliseconds after the phase has begun, wherever the bot is then."""


class Phase(StrEnum):
    """What a bot is at in the story of a lap."""

    START = "start"
    SCHEDULE = "schedule"
    """A fire time has come: until the bot begins to post."""
    POST = "post"
    SUBMIT = "submit"
    CHANGE = "change"
    REMIND = "remind"
    CLOSE = "close"
    """A round ends: until the bot begins to tell the channel."""
    PUBLISH = "publish"
    AGAIN = "again"
    """The next fire time has come."""


LIKELY: Mapping[Phase, int] = {
    Phase.START: 2,
    Phase.SCHEDULE: 4,
    Phase.POST: 3,
    Phase.SUBMIT: 6,
    Phase.CHANGE: 3,
    Phase.REMIND: 1,
    Phase.CLOSE: 6,
    Phase.PUBLISH: 4,
    Phase.AGAIN: 1,
}
POINTS = (*[STEP] * 12, *[moment.value for moment in Moment], AFTER_MS)
MOST_MS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """Kill the bot at the point of this number within a phase; counted from 1, anew after each kill."""

    phase: Phase
    point: str
    number: int

    def __str__(self) -> str:
        return f"{self.phase}/{self.point}/{self.number}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The kill that ``str`` writes so. Raises ``ValueError``."""
        phase, point, number = text.split("/")
        if point not in POINTS:
            raise ValueError(f"{point} is no point at which a bot can be killed")
        return cls(phase=Phase(phase), point=point, number=int(number))


Totals = Counter[tuple[Phase, str]]
"""How many points of each kind a phase has where nobody is killed."""


def draw(lot: Random, totals: Totals, phases: Sequence[Phase] = tuple(Phase)) -> tuple[Kill, ...]:
    """Two to four kills for a lap, within these phases, in their order."""
    drawn = lot.choices(phases, weights=[LIKELY[phase] for phase in phases], k=lot.choice((2, 3, 4)))
    return tuple(_kill(lot, phase, totals) for phase in sorted(drawn, key=list(Phase).index))


def _kill(lot: Random, phase: Phase, totals: Totals) -> Kill:
    point = lot.choice(POINTS)
    share = lot.random()
    if point != AFTER_MS and not totals[phase, point]:
        point = STEP
    most = MOST_MS if point == AFTER_MS else max(1, totals[phase, point])
    return Kill(phase=phase, point=point, number=1 + int(share * most))
