"""Turn, pool and compare shown counts, and say what the two sides say together.

A count with a merged end is a range, and so is its share. ``core.inference`` estimates what a count says
about a team. Sources in brackets are those of the design document on measurement.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from operator import itemgetter
from typing import TypeVar

from bot.core.counts import Count
from bot.core.inference import HIGH_FROM, Level, gap, level

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """The least and the greatest share of people who agree, each from 0 to 1."""

    low: Fraction
    high: Fraction

    @property
    def middle(self) -> Fraction:
        """One value in between, for ordering only; never shown."""
        return (self.low + self.high) / 2


class Pair(StrEnum):
    """What inclusion and belonging say together. A pair with a mixed side says nothing."""

    DOOR_FIRST = "door_first"
    WELCOMED_NOT_SHAPING = "welcomed_not_shaping"
    SOME_SHAPE = "some_shape"
    SHAPING = "shaping"


def share_of(count: Count) -> Share:
    """Return the share of a shown count.

    Source: percent favourable, the top two of five, as is common [S40]; it damps the habit of extreme answers
    [S41]. Bounds instead of one number where an end is merged.

    >>> share_of(Count(of=14, low=11, high=14)).low
    Fraction(11, 14)
    """
    return Share(low=Fraction(count.low, count.of), high=Fraction(count.high, count.of))


def turned(count: Count) -> Count:
    """Return how many do not agree: a reversed statement in the direction of its topic.

    For comparing only; a reversed statement is shown as printed. Source: [S64], [S65], [S66] on reversed
    statements; the five-point score turns as 6 - x, a count of people as n - a.

    >>> turned(Count(of=14, low=0, high=3))
    Count(of=14, low=11, high=14)
    """
    return Count(of=count.of, low=count.of - count.high, high=count.of - count.low)


def pair_of(inclusion: Sequence[Count], belonging: Sequence[Count]) -> Pair | None:
    """Return what the two sides say together; None if a side is mixed or was not shown.

    Source: 1.1, the essay's logic [S1] as four sentences; when a side is high or low: ``core.inference``.

    >>> pair_of([Count(of=14, low=0, high=3)], [Count(of=14, low=0, high=3)]).value
    'door_first'
    """
    if not inclusion or not belonging:
        return None
    if gap(inclusion, belonging):
        return Pair.WELCOMED_NOT_SHAPING
    return {
        (Level.LOW, Level.LOW): Pair.DOOR_FIRST,
        (Level.LOW, Level.HIGH): Pair.SOME_SHAPE,
        (Level.HIGH, Level.HIGH): Pair.SHAPING,
    }.get((level(inclusion), level(belonging)))


def stands_out(best: float, second: float, answers: int) -> bool:
    """Return whether the first of two shares is ahead by one person or more among ``answers`` answers.

    Source: 1.3; if best and second differ by less than one person, none is named.

    >>> stands_out(0.6, 0.5, 12), stands_out(0.6, 0.55, 12)
    (True, False)
    """
    return (best - second) * answers >= 1


def strong_and_open(found: Iterable[tuple[float, int, T]]) -> tuple[T | None, T | None]:
    """Return which one is strong (if most agree), and which one is open (if not); None for either.

    Source: 1.3 [S43]; if two are within one person of each other, neither is named. ``found``: the share of
    people who agree, how many answered, and the thing itself.
    """
    ordered = sorted(found, key=itemgetter(0))
    most = sorted((one for one in ordered if one[0] >= HIGH_FROM), key=itemgetter(0), reverse=True)
    fewer = [one for one in ordered if one[0] < HIGH_FROM]
    return _first_alone(most), _first_alone(fewer)


def _first_alone(several: Sequence[tuple[float, int, T]]) -> T | None:
    if several[1:]:
        (one, answers, _), (other, other_answers, _) = several[:2]
        if not stands_out(max(one, other), min(one, other), min(answers, other_answers)):
            return None
    return several[0][2] if several else None
