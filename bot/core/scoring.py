"""What shown counts say, as exact fractions: readings, gaps, changes, and how sure one may be.

Everything is computed from counts that have been shown, so nothing here adds information about anyone. A
count with a merged end is a range, and so is everything that comes of it. No floating point anywhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import isqrt

from bot.core.release import Count

HIGH_FROM = Fraction(3, 5)
LOW_UP_TO = Fraction(2, 5)
FLOOR = Fraction(15, 100)
"""The smallest change of a share that is ever worth naming, however many people answered."""

REPLIED_FROM = Fraction(7, 10)
"""From this share of the audience on, the silent ones leave a range that is worth saying."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """The least and the greatest share of people who agree, each from 0 to 1."""

    low: Fraction
    high: Fraction

    @property
    def middle(self) -> Fraction:
        """One value in between, for ordering only; never shown."""
        return (self.low + self.high) / 2


class Reading(StrEnum):
    """A share in one word: high from three fifths on, low up to two fifths, mixed between."""

    HIGH = "high"
    MIXED = "mixed"
    LOW = "low"


class Movement(StrEnum):
    """How a repeated statement has moved since it was asked before."""

    UP = "up"
    DOWN = "down"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """By how many people at least inclusion is ahead of belonging, among ``of`` who answered both."""

    people: int
    of: int


def share_of(count: Count) -> Share:
    """The share that a shown count stands for.

    >>> share_of(Count(of=14, low=11, high=14)).low
    Fraction(11, 14)
    """
    return Share(low=Fraction(count.low, count.of), high=Fraction(count.high, count.of))


def pooled(counts: Sequence[Count]) -> Count:
    """Several counts as one: people and bounds added up. Raises ``ValueError`` for none.

    >>> pooled([Count(of=8, low=6, high=8), Count(of=9, low=4, high=4)])
    Count(of=17, low=10, high=12)
    """
    if not counts:
        raise ValueError("there is no count to add up")
    return Count(
        of=sum(count.of for count in counts),
        low=sum(count.low for count in counts),
        high=sum(count.high for count in counts),
    )


def reading(share: Share) -> Reading:
    """A share in one word, with both of its ends on the same side of the line.

    >>> reading(share_of(Count(of=14, low=11, high=14))).value
    'high'
    >>> reading(share_of(Count(of=14, low=8, high=8))).value
    'mixed'
    """
    if share.low >= HIGH_FROM:
        return Reading.HIGH
    return Reading.LOW if share.high <= LOW_UP_TO else Reading.MIXED


def sure_range(count: Count, audience: int) -> tuple[int, int] | None:
    """Between how many and how many of the whole audience agree, whatever the silent ones think.

    None where fewer than 70 % answered. Source: the cover-all-cases reading of a margin of error in a small
    population; no sampling is assumed, and the silent ones are allowed to think anything.

    >>> sure_range(Count(of=14, low=5, high=5), 18)
    (5, 9)
    """
    if Fraction(count.of, audience) < REPLIED_FROM:
        return None
    return count.low, count.high + audience - count.of


def is_worth_naming(difference: Fraction, answers: int) -> bool:
    """Whether a difference between two shares is more than chance often makes it.

    At least 15 share points, and at least 1/sqrt(R), where R is the number of answers in the smaller window.
    Source: simulation of five-point answers, 90th percentile of changes seen by pure chance, 4,000 runs a
    cell; it fits 2/sqrt(R) points on 1 to 5, which is 1/sqrt(R) in share.

    >>> is_worth_naming(Fraction(6, 14), 14), is_worth_naming(Fraction(3, 14), 14)
    (True, False)
    """
    return difference >= FLOOR and difference * difference * answers >= 1


def chance_people(answers: int) -> int:
    """How many people a change must be about before it is worth naming, among so many answers.

    >>> chance_people(14), chance_people(100)
    (4, 15)
    """
    by_root = isqrt(answers - 1) + 1 if answers > 1 else 1
    by_floor = -(-FLOOR.numerator * answers // FLOOR.denominator)
    return max(by_root, by_floor)


def gap_between(inclusion: Sequence[Count], belonging: Sequence[Count]) -> Gap | None:
    """The gap in which people are welcomed, but not yet shaping; None where nothing is to be said.

    Both sides are pooled over the rounds in which the same people were asked both. Inclusion has to be
    high, and its lower bound ahead of belonging's upper bound by a difference worth naming.

    >>> gap_between([Count(of=14, low=11, high=14)], [Count(of=14, low=5, high=5)])
    Gap(people=6, of=14)
    """
    if not inclusion or not belonging:
        return None
    let_in, shaping = pooled(inclusion), pooled(belonging)
    if reading(share_of(let_in)) is not Reading.HIGH:
        return None
    answers = min(let_in.of, shaping.of)
    difference = share_of(let_in).low - share_of(shaping).high
    if not is_worth_naming(difference, answers):
        return None
    return Gap(people=difference.numerator * answers // difference.denominator, of=answers)


def movement(now: Count, before: Count) -> Movement:
    """How a statement, asked in the same words, has moved; named where chance seldom moves it so far.

    >>> movement(Count(of=20, low=15, high=15), Count(of=20, low=6, high=6)).value
    'up'
    """
    answers = min(now.of, before.of)
    here, there = share_of(now), share_of(before)
    if is_worth_naming(here.low - there.high, answers):
        return Movement.UP
    if is_worth_naming(there.low - here.high, answers):
        return Movement.DOWN
    return Movement.UNCLEAR
