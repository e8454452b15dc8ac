"""Teams that answer a cycle by lot, to see how often a reading is right.

Persons differ with a standard deviation of 1 on the logit scale and keep their opinion; the days of a whole
team differ with 0.2. Who replies is drawn anew for each round. A round with fewer than five replies is
withheld. Places where one would suggest or decide have their fillers.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from math import exp
from random import Random

from bot.core.counts import LEAST_ANSWERS, Count, count_of
from bot.core.cycle_plan import CYCLE
from bot.core.model import (
    ANCHOR_SUFFIX,
    DimensionKey,
    Round,
    RoundId,
    RoundPrompt,
    Side,
    Statement,
    StatementId,
)
from bot.core.release import Published, Result, StatementRelease, Withheld
from tests.contracts.values import a_round

PERSON_SD, DAY_SD = 1.0, 0.2

TEAMS = ((6, 0.8), (8, 0.75), (12, 0.75), (20, 0.7))
"""How many people a team has, and which part of them replies."""

SIDES = {
    "welcome": Side.INCLUSION,
    "door": Side.INCLUSION,
    "cocreate": Side.BELONGING,
    "circle": Side.BELONGING,
    "stake": Side.BELONGING,
    "norms": Side.BELONGING,
    "newcomers": Side.BELONGING,
}


@dataclass(frozen=True, slots=True)
class Team:
    """A team by the opinions of its people, how they reply, and the lot that decides on the rest."""

    people: Sequence[float]
    participation: float
    lot: Random

    def cycle(self, shares: Mapping[Side, float], *, after: int = 0) -> list[Result]:
        """The results of one cycle, oldest first. ``shares``: how many of all people would agree, by side."""
        return [self._result(round_, shares) for round_ in _rounds(after)]

    def true_share(self, share: float) -> float:
        """The share of this very team that would agree on an ordinary day."""
        return sum(_logistic(logit_of(share) + one) for one in self.people) / len(self.people)

    def _result(self, round_: Round, shares: Mapping[Side, float]) -> Result:
        day = self.lot.gauss(0, DAY_SD)
        replying = [one for one in self.people if self.lot.random() < self.participation]
        if len(replying) < LEAST_ANSWERS:
            return round_, Withheld(round_id=round_.id)
        shown = tuple(
            StatementRelease(
                statement=statement.id, count=self._count(replying, logit_of(shares[_side(statement)]) + day)
            )
            for statement in round_.prompt.statements
        )
        return round_, Published(
            round_id=round_.id, replies=len(replying), audience=len(self.people), statements=shown
        )

    def _count(self, replying: Sequence[float], logit: float) -> Count:
        agreed = sum(self.lot.random() < _logistic(logit + one) for one in replying)
        return count_of(agreed, len(replying))


def team(size: int, participation: float, seed: str) -> Team:
    """A team that only its seed decides on."""
    lot = Random(seed)
    return Team([lot.gauss(0, PERSON_SD) for _ in range(size)], participation, lot)


def counts_of(results: Sequence[Result], side: Side) -> list[Count]:
    """The counts of one side in the paired rounds."""
    return [
        one.count
        for round_, result in results
        if isinstance(result, Published) and len(round_.prompt.statements) > 1
        for statement, one in zip(round_.prompt.statements, result.statements, strict=True)
        if one.count and _side(statement) is side
    ]


@cache
def logit_of(share: float) -> float:
    """The logit of the middle person, where this share of all people agrees; found by halving the range."""
    low, high = -8.0, 8.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if _share_of_all(middle) < share else (low, middle)
    return low


@cache
def _rounds(after: int) -> tuple[Round, ...]:
    return tuple(_round(after + place, place, *topics) for place, topics in enumerate(_places(), start=1))


def _places() -> Iterator[tuple[str, ...]]:
    for slot in CYCLE:
        yield tuple(topic for topic in (slot.topic, slot.partner) if topic)


def _round(number: int, place: int, *topics: str) -> Round:
    statements = tuple(
        Statement(id=StatementId(f"{topic}{ANCHOR_SUFFIX}"), text=f"Statement of {topic}.")
        for topic in topics
    )
    prompt: RoundPrompt = replace(
        a_round().prompt,
        dimension=DimensionKey(topics[0]),
        label=topics[0].title(),
        side=_side(statements[0]),
        statements=statements,
        tags=(),
        place=place,
    )
    return replace(a_round(), id=RoundId(f"r{number:011}"), number=number, prompt=prompt)


def _side(statement: Statement) -> Side:
    return SIDES.get(statement.id.removesuffix(ANCHOR_SUFFIX), Side.GROUND)


def _share_of_all(logit: float) -> float:
    """The mean over a normal distribution of persons, by the rule of rectangles."""
    places = [step / 10 for step in range(-50, 51)]
    weights = [exp(-place * place / 2) for place in places]
    agreeing = (w * _logistic(logit + PERSON_SD * place) for w, place in zip(weights, places, strict=True))
    return sum(agreeing) / sum(weights)


def _logistic(logit: float) -> float:
    return 1 / (1 + exp(-logit))
