"""Estimate from shown counts what share of a team agrees, and how certain that is.

A *window* is one or more shown counts of the same question: one statement over its askings, or one side over
the rounds of a cycle. All counts share one unknown number, the share of people who agree. A count with a
merged end says something about this share, too: "9 or more of 11" is the probability of 9, 10 or 11.
Everything is computed from shown counts alone, so it reveals nothing new about anyone.

Model and source: an interval-censored binomial likelihood, which is the standard treatment of censored data
(Klein and Moeschberger, *Survival Analysis*, 2nd ed. 2003, section 3.5), with a Beta(2, 2) prior (Gelman et
al., *Bayesian Data Analysis*, 3rd ed. 2013, section 2.4). The prior keeps false alarms rare where every count
has a merged end. The posterior is evaluated on a fixed grid of 199 shares, so the same counts always give the
same numbers.
"""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import accumulate
from math import exp, lgamma, log, log1p
from operator import attrgetter

from bot.core.counts import Count

__all__ = ["Count", "Gap", "Level", "Movement", "Share", "gap", "level", "moved", "share"]

STEPS = 200
"""The grid has the shares 1/200, 2/200, ..., 199/200."""

ROWS, WINDOWS = 512, 64
"""Cache sizes: how many counts and windows are kept, 1.6 kB each."""

GRID = tuple(step / STEPS for step in range(1, STEPS))

TAIL = 0.1
"""An interval leaves one tenth of the probability on each side: it is a central 80 % interval."""

DAY_CORRELATION = 0.02
"""Correlation of the answers of one day, because a whole team has good and bad days.

It matters where different days are compared. Within a round it cancels out, so ``gap`` does not use it.
"""

GAP_PROBABILITY = 0.95
"""The least probability for saying that inclusion is ahead of belonging."""

HIGH_FROM = 0.6
LOW_UP_TO = 0.4
LEVEL_PROBABILITY = 0.9
"""The least probability for calling a share high or low."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """The share of people who agree, from 0 to 1: its mean, and the ends of its central 80 % interval."""

    low: float
    middle: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """How a share differs between two windows.

    ``probability``: that the later share is higher, from 0 to 1. ``middle``: the mean of the change, later
    minus earlier, from -1 to 1; ``low`` and ``high``: the ends of its central 80 % interval.
    """

    probability: float
    low: float
    middle: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Inclusion is ahead of belonging: the probability of that, and the share of each side."""

    probability: float
    inclusion: Share
    belonging: Share


class Level(StrEnum):
    """A share in one word. Mixed: not certain enough for high or low."""

    HIGH = "high"
    MIXED = "mixed"
    LOW = "low"


def share(counts: Sequence[Count]) -> Share:
    """Return the share of people who agree, over all counts of a window; the prior's without a count.

    >>> one = share([Count(of=14, low=5, high=5)])
    >>> f"{one.low:.2f} {one.middle:.2f} {one.high:.2f}"
    '0.25 0.39 0.54'
    """
    return _share(_posterior(_sorted(counts)))


def level(counts: Sequence[Count]) -> Level:
    """Return the level of a window: high from 0.6, low up to 0.4, each with a probability of 0.9.

    >>> level([Count(of=14, low=11, high=14)] * 2).value, level([Count(of=14, low=7, high=7)]).value
    ('high', 'mixed')
    """
    cumulated = _cumulated(_posterior(_sorted(counts)))
    if 1 - _probability_below(cumulated, HIGH_FROM) >= LEVEL_PROBABILITY:
        return Level.HIGH
    return Level.LOW if _probability_below(cumulated, LOW_UP_TO) >= LEVEL_PROBABILITY else Level.MIXED


def moved(before: Sequence[Count], now: Sequence[Count]) -> Movement:
    """Return the change of a share between two windows that were asked in the same words.

    The windows are treated as independent: who replied is unknown, so one person's answers cannot be paired.

    >>> change = moved([Count(of=12, low=4, high=4)] * 3, [Count(of=12, low=8, high=8)] * 3)
    >>> f"{change.probability:.3f} {change.middle:.2f}"
    '0.992 0.29'
    """
    earlier, later = (_posterior(_sorted(counts), DAY_CORRELATION) for counts in (before, now))
    return _difference(earlier, later)


def gap(inclusion: Sequence[Count], belonging: Sequence[Count]) -> Gap | None:
    """Return the gap between being welcomed and shaping; None if the counts do not support one.

    Both windows come from the same rounds, so the same people answered both. The mean share of inclusion must
    be high (0.6), and ahead of belonging with a probability of 0.95.

    >>> gap([Count(of=14, low=11, high=14)], [Count(of=14, low=5, high=5)]) is not None
    True
    >>> gap([Count(of=14, low=8, high=8)], [Count(of=14, low=7, high=7)]) is None
    True
    """
    ahead = _difference(_posterior(_sorted(belonging)), _posterior(_sorted(inclusion)))
    let_in = share(inclusion)
    if ahead.probability < GAP_PROBABILITY or let_in.middle < HIGH_FROM:
        return None
    return Gap(probability=ahead.probability, inclusion=let_in, belonging=share(belonging))


def _sorted(counts: Sequence[Count]) -> tuple[Count, ...]:
    """Return the counts in one order, because the last digits of floating-point sums depend on it."""
    return tuple(sorted(counts, key=attrgetter("of", "low", "high")))


@lru_cache(maxsize=ROWS)
def _row(count: Count, correlation: float) -> Sequence[float]:
    """Return the log likelihood of one shown count at each share of the grid, up to a constant.

    Source: the binomial distribution; with a correlation, the beta-binomial (Johnson, Kemp and Kotz,
    *Univariate Discrete Distributions*, 3rd ed. 2005, section 6.2.2).
    """
    agreed = range(count.low, count.high + 1)
    ways = [lgamma(count.of + 1) - lgamma(k + 1) - lgamma(count.of - k + 1) for k in agreed]
    log_likelihood = _beta_binomial(count.of, correlation) if correlation else _binomial(count.of)
    return array(
        "d",
        [
            _log_of_sum([way + log_likelihood(k, theta) for way, k in zip(ways, agreed, strict=True)])
            for theta in GRID
        ],
    )


def _binomial(of: int) -> Callable[[int, float], float]:
    return lambda k, theta: k * log(theta) + (of - k) * log1p(-theta)


def _beta_binomial(of: int, correlation: float) -> Callable[[int, float], float]:
    weight = 1 / correlation - 1

    def log_likelihood(k: int, theta: float) -> float:
        a, b = theta * weight, (1 - theta) * weight
        return lgamma(k + a) + lgamma(of - k + b) - lgamma(a) - lgamma(b)

    return log_likelihood


_PRIOR = tuple(log(theta) + log1p(-theta) for theta in GRID)
"""The log of Beta(2, 2), up to a constant."""


@lru_cache(maxsize=WINDOWS)
def _posterior(counts: tuple[Count, ...], correlation: float = 0.0) -> Sequence[float]:
    """Return the probability of each share of the grid, given all counts of a window."""
    logs = [sum(at) for at in zip(_PRIOR, *(_row(count, correlation) for count in counts), strict=True)]
    most = max(logs)
    weights = [exp(one - most) for one in logs]
    total = sum(weights)
    return array("d", [weight / total for weight in weights])


def _log_of_sum(logs: Sequence[float]) -> float:
    """Return the log of a sum of numbers given as logs, which avoids underflow for large teams."""
    most = max(logs)
    return most + log(sum(exp(one - most) for one in logs))


def _difference(earlier: Sequence[float], later: Sequence[float]) -> Movement:
    cumulated = _cumulated(earlier)
    below = (0.0, *cumulated[:-1])
    probability = sum(p * (b + c) / 2 for p, b, c in zip(later, below, cumulated, strict=True))
    return Movement(
        probability=min(1.0, probability),
        low=_change_at(TAIL, later, cumulated),
        middle=_mean(later) - _mean(earlier),
        high=_change_at(1 - TAIL, later, cumulated),
    )


def _share(posterior: Sequence[float]) -> Share:
    cumulated = _cumulated(posterior)
    return Share(low=_quantile(TAIL, cumulated), middle=_mean(posterior), high=_quantile(1 - TAIL, cumulated))


def _mean(posterior: Sequence[float]) -> float:
    return _sum_of_products(GRID, posterior)


def _cumulated(posterior: Sequence[float]) -> tuple[float, ...]:
    return tuple(accumulate(posterior))


def _quantile(part: float, cumulated: Sequence[float]) -> float:
    """Return the share below which this part of the probability lies. Each grid point represents its cell."""
    place = min(bisect_left(cumulated, part), len(cumulated) - 1)
    before = cumulated[place - 1] if place else 0.0
    return GRID[place] + ((part - before) / (cumulated[place] - before) - 0.5) / STEPS


def _probability_below(cumulated: Sequence[float], at: float) -> float:
    """Return the probability that the share is lower than ``at``, which is a point of the grid."""
    place = round(at * STEPS) - 1
    return (cumulated[place - 1] + cumulated[place]) / 2


def _change_at(part: float, later: Sequence[float], cumulated: Sequence[float]) -> float:
    """Return the change below which this part of the probability lies. ``cumulated``: the earlier window."""
    points = len(later)
    padded = (*(0.0,) * (points + 1), *cumulated, *(1.0,) * points)

    def up_to(steps: int) -> float:
        """Return the probability that the change is at most ``steps`` steps of the grid."""
        return 1 - _sum_of_products(later, padded[points - steps : 2 * points - steps])

    steps = bisect_left(range(-points, points), part, key=up_to) - points
    before, here = up_to(steps - 1), up_to(steps)
    return (steps + (part - before) / (here - before) - 0.5) / STEPS


def _sum_of_products(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))
