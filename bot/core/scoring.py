"""What shown counts say, as exact fractions: readings, gaps, changes, and how sure one may be.

Everything is computed from counts that have been shown, so nothing here adds information about anyone. A
count with a merged end is a range, and so is everything that comes of it. No floating point anywhere.

Sources in brackets are those of the design document on measurement.
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

PRIOR = 5
"""So many replies like the whole channel's are added to a topic before topics are compared."""


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
    """How a repeated statement has moved since it was asked before; too early, where it was not."""

    UP = "up"
    DOWN = "down"
    UNCLEAR = "unclear"
    TOO_EARLY = "too_early"


class Pair(StrEnum):
    """What inclusion and belonging say together; a pair with a mixed side says nothing."""

    DOOR_FIRST = "door_first"
    WELCOMED_NOT_SHAPING = "welcomed_not_shaping"
    SOME_SHAPE = "some_shape"
    SHAPING = "shaping"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """By how many people at least inclusion is ahead of belonging, among ``of`` who answered both."""

    people: int
    of: int


def share_of(count: Count) -> Share:
    """The share that a shown count stands for.

    Source: percent favourable, the top two of five, as is common [S40]; it damps the habit of extreme
    answers [S41]. Bounds instead of one number where an end is merged.

    >>> share_of(Count(of=14, low=11, high=14)).low
    Fraction(11, 14)
    """
    return Share(low=Fraction(count.low, count.of), high=Fraction(count.high, count.of))


def turned(count: Count) -> Count:
    """How many do not agree: a reversed statement, read in the direction of its topic.

    For comparing only. A reversed statement is shown as it was printed. Source: [S64], [S65], [S66] on
    reversed statements; the five-point score turns as 6 - x, a count of people as n - a.

    >>> turned(Count(of=14, low=0, high=3))
    Count(of=14, low=11, high=14)
    """
    return Count(of=count.of, low=count.of - count.high, high=count.of - count.low)


def pooled(counts: Sequence[Count]) -> Count:
    """Several counts as one: answers and bounds added up. Raises ``ValueError`` for none.

    Source: 1.3, the picture of a topic over all its askings in a cycle; random subsets of items over time
    perform like short forms [S46].

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

    Source: 0.2, the cut points of this project, at three and two fifths; a word, not a verdict.

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

    None where fewer than 70 % answered. Source: [S51], the cover-all-cases reading of a margin of error in a
    small population; no sampling is assumed, and the silent ones are allowed to think anything. Not used:
    the finite-population correction [S53], which takes the silent ones for a random sample.

    >>> sure_range(Count(of=14, low=5, high=5), 18)
    (5, 9)
    """
    if count.of < REPLIED_FROM * audience:
        return None
    return count.low, count.high + max(audience, count.of) - count.of


def is_worth_naming(difference: Fraction, answers: int) -> bool:
    """Whether a difference between two shares is more than chance often makes it.

    At least 15 share points, and at least 1/sqrt(R), where R is the number of answers in the smaller window.
    Source: 1.4b, simulation of five-point answers, 90th percentile of changes seen by pure chance, 4,000
    runs a cell; it fits 2/sqrt(R) points on 1 to 5, which is 1/sqrt(R) in share. Of the same order: [S55].
    The floor: significance says nothing about size [S56].

    >>> is_worth_naming(Fraction(6, 14), 14), is_worth_naming(Fraction(3, 14), 14)
    (True, False)
    """
    return difference >= FLOOR and difference * difference * answers >= 1


def chance_people(answers: int) -> int:
    """How many people a change must be about before it is worth naming, among so many answers.

    Source: 1.4b, the rule of ``is_worth_naming``, said in people.

    >>> chance_people(14), chance_people(100)
    (4, 15)
    """
    by_root = isqrt(answers - 1) + 1 if answers > 1 else 1
    by_floor = -(-FLOOR.numerator * answers // FLOOR.denominator)
    return max(by_root, by_floor)


def gap_between(inclusion: Sequence[Count], belonging: Sequence[Count]) -> Gap | None:
    """The gap in which people are welcomed, but not yet shaping; None where nothing is to be said.

    Both sides are pooled over the rounds in which the same people were asked both. Inclusion has to be
    high, and its lower bound ahead of belonging's upper bound by a difference worth naming. Source: 0.2 and
    1.2; paired, so that who replied, and how generous they are, cancel out. The essay: [S1].

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


def pair_of(inclusion: Sequence[Count], belonging: Sequence[Count]) -> Pair | None:
    """What the two sides say together, over paired rounds; None where a side is mixed or was not shown.

    High and low says something only with a gap that chance seldom makes. Source: 0.2 and 1.1, the essay's
    logic [S1] as four sentences.

    >>> pair_of([Count(of=14, low=4, high=4)], [Count(of=14, low=0, high=3)]).value
    'door_first'
    """
    if not inclusion or not belonging:
        return None
    if gap_between(inclusion, belonging):
        return Pair.WELCOMED_NOT_SHAPING
    sides = (reading(share_of(pooled(inclusion))), reading(share_of(pooled(belonging))))
    return {
        (Reading.LOW, Reading.LOW): Pair.DOOR_FIRST,
        (Reading.LOW, Reading.HIGH): Pair.SOME_SHAPE,
        (Reading.HIGH, Reading.HIGH): Pair.SHAPING,
    }.get(sides)


def movement(now: Count, before: Count | None) -> Movement:
    """How a statement, asked in the same words, has moved; named where chance seldom moves it so far.

    Its nearest bounds have to be apart by a difference worth naming. Source: 1.3 and 1.4b; "moved", "no
    clear movement" and "too early" [S56].

    >>> movement(Count(of=20, low=15, high=15), Count(of=20, low=6, high=6)).value
    'up'
    >>> movement(Count(of=20, low=15, high=15), None).value
    'too_early'
    """
    if before is None:
        return Movement.TOO_EARLY
    answers = min(now.of, before.of)
    here, there = share_of(now), share_of(before)
    if is_worth_naming(here.low - there.high, answers):
        return Movement.UP
    if is_worth_naming(there.low - here.high, answers):
        return Movement.DOWN
    return Movement.UNCLEAR


def shrunk(count: Count, team: Fraction) -> Fraction:
    """The share of a topic, pulled towards the whole channel's; to choose between topics, never shown.

    (agree + 5 * team) / (n + 5), with the middle of the bounds. Source: 1.3, empirical Bayes with a fixed
    prior weight [S43]: small, noisy cells are pulled to the centre.

    >>> shrunk(Count(of=5, low=5, high=5), Fraction(1, 2))
    Fraction(3, 4)
    """
    agree = Fraction(count.low + count.high, 2)
    return (agree + PRIOR * team) / (count.of + PRIOR)


def stands_out(best: Fraction, second: Fraction, answers: int) -> bool:
    """Whether the first of two shares is ahead by one person or more, among so many answers.

    Source: 1.3; where best and second differ by less than one person, none is named.

    >>> stands_out(Fraction(9, 14), Fraction(8, 14), 14), stands_out(Fraction(9, 14), Fraction(9, 15), 14)
    (True, False)
    """
    return (best - second) * answers >= 1
