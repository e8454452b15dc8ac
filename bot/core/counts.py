"""Count how many people agree, with both ends merged: no count tells what the last few said."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

LEAST_ANSWERS = 5
"""No policy shows a statement with fewer answers. With fewer, the two merged ends would overlap."""

WIDER_ENDS_FROM = 12
"""If there are at least this many answers, each end merges three people instead of two."""


class Shown(Enum):
    """How exactly a count may be said: each is another sentence."""

    EXACT = auto()
    OR_MORE = auto()
    OR_FEWER = auto()
    FROM_TO = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many of ``of`` people agree, as it may be shown.

    The number is exact if ``low == high``. Otherwise it is a merged end, from ``low`` to ``high`` people.
    """

    of: int
    low: int
    high: int

    @property
    def exact(self) -> bool:
        """Whether a single number is shown."""
        return self.low == self.high

    @property
    def shown(self) -> Shown:
        """How exactly it may be said."""
        if self.exact:
            return Shown.EXACT
        if self.high == self.of:
            return Shown.OR_MORE
        return Shown.FROM_TO if self.low else Shown.OR_FEWER


def merged_end(people: int) -> int:
    """Return how many people each end of a count merges: 2, or 3 if there are at least 12 people."""
    return 2 if people < WIDER_ENDS_FROM else 3


def count_of(agreed: int, answered: int) -> Count:
    """Return the count of ``agreed`` among ``answered`` people, with both ends merged.

    Raises ``ValueError`` for fewer than five answers, which are never counted, and for an impossible count.

    >>> count_of(5, 14)
    Count(of=14, low=5, high=5)
    >>> count_of(14, 14) == count_of(11, 14) == Count(of=14, low=11, high=14)
    True
    >>> count_of(0, 5)
    Count(of=5, low=0, high=2)
    """
    if answered < LEAST_ANSWERS:
        raise ValueError(f"a count needs at least {LEAST_ANSWERS} answers; show nothing under the threshold")
    if not 0 <= agreed <= answered:
        raise ValueError(f"agreed must be from 0 to {answered}, the number of answers")
    end = merged_end(answered)
    if agreed >= answered - end:
        return Count(of=answered, low=answered - end, high=answered)
    if agreed <= end:
        return Count(of=answered, low=0, high=end)
    return Count(of=answered, low=agreed, high=agreed)


def pooled(counts: Sequence[Count]) -> Count:
    """Return several counts as one, with answers and bounds added up. Raises ``ValueError`` for none.

    Source: 1.3, a topic over all its askings in a cycle; random subsets of items over time perform like short
    forms [S46].

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
