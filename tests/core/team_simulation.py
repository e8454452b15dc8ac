"""Teams that answer a cycle's paired rounds by lot, to see how often a reading is right.

Persons differ with a standard deviation of 1 on the logit scale, and keep their opinion; the days of a whole
team differ with 0.2. Who replies is drawn anew each round. A round with fewer than five replies is withheld.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import exp
from random import Random

from bot.core.cycle import CYCLE
from bot.core.release import LEAST_ANSWERS, Count, count_of

PERSON_SD, DAY_SD = 1.0, 0.2

TEAMS = ((6, 0.8), (8, 0.75), (12, 0.75), (20, 0.7))
"""How many people a team has, and which part of them replies."""

PAIRED = tuple((slot.dimension, slot.partner) for slot in CYCLE if slot.dimension and slot.partner)
"""The two topics of each paired round of a cycle, in order."""

INCLUSION = frozenset({"welcome", "door"})


@dataclass(slots=True)
class Window:
    """The shown counts of one cycle: of each side, and of each statement by its topic."""

    inclusion: list[Count] = field(default_factory=list)
    belonging: list[Count] = field(default_factory=list)
    statements: dict[str, list[Count]] = field(default_factory=lambda: defaultdict(list))


@dataclass(frozen=True, slots=True)
class Team:
    """A team by the opinions of its people, how they reply, and the lot that decides on the rest."""

    people: Sequence[float]
    participation: float
    lot: Random

    def cycle(self, shares: Mapping[str, float]) -> Window:
        """One cycle of paired rounds. ``shares``: how many of all people would agree, by side."""
        window = Window()
        for topics in PAIRED:
            day = self.lot.gauss(0, DAY_SD)
            replying = [one for one in self.people if self.lot.random() < self.participation]
            if len(replying) < LEAST_ANSWERS:
                continue
            for topic in topics:
                side = "inclusion" if topic in INCLUSION else "belonging"
                count = self._count(replying, logit_of(shares[side]) + day)
                getattr(window, side).append(count)
                window.statements[topic].append(count)
        return window

    def true_share(self, share: float) -> float:
        """The share of this very team that would agree on an ordinary day."""
        return sum(_logistic(logit_of(share) + one) for one in self.people) / len(self.people)

    def _count(self, replying: Sequence[float], logit: float) -> Count:
        agreed = sum(self.lot.random() < _logistic(logit + one) for one in replying)
        return count_of(agreed, len(replying))


def team(size: int, participation: float, seed: str) -> Team:
    """A team that only its seed decides on."""
    lot = Random(seed)
    return Team([lot.gauss(0, PERSON_SD) for _ in range(size)], participation, lot)


@lru_cache
def logit_of(share: float) -> float:
    """The logit of the middle person, where this share of all people agrees; by halving the range."""
    low, high = -8.0, 8.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if _share_of_all(middle) < share else (low, middle)
    return low


def _share_of_all(logit: float) -> float:
    """The mean over a normal distribution of persons, by the rule of rectangles."""
    places = [step / 10 for step in range(-50, 51)]
    weights = [exp(-place * place / 2) for place in places]
    agreeing = (w * _logistic(logit + PERSON_SD * place) for w, place in zip(weights, places, strict=True))
    return sum(agreeing) / sum(weights)


def _logistic(logit: float) -> float:
    return 1 / (1 + exp(-logit))
