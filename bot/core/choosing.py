"""Choose the proposal that a channel tries, from exact counts. Only the count of the winner is ever shown.

The counts are out of all who replied, even if they said nothing about a proposal. docs/threat-model.md
explains why nothing is shown of the other proposals, and why the limit for harm is not zero.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.model import StatementId

WOULD_TRY = 5
SEES_HARM = 1
"""The answer that stores each choice in a reply. If a person says nothing about a proposal, there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many people would try a proposal and how many see harm in it, out of all who replied."""

    statement: StatementId
    would_try: int
    see_harm: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The proposal that is tried. ``tied``: just as many people would try another one that qualified."""

    statement: StatementId
    would_try: int
    tied: bool


def choice_of(tallies: Sequence[Tally], end: int) -> Choice | None:
    """Return the proposal that most people would try; None if no proposal qualifies.

    A proposal qualifies if more than ``end`` people would try it and at most ``end`` people see harm in it.
    ``tallies`` are in the order of their letters. After a tie the first one is chosen.

    >>> a = Tally(statement=StatementId("a"), would_try=4, see_harm=3)
    >>> b = Tally(statement=StatementId("b"), would_try=3, see_harm=2)
    >>> choice_of([a, b], 2)
    Choice(statement='b', would_try=3, tied=False)
    """
    able = [one for one in tallies if one.would_try > end and one.see_harm <= end]
    most = max((one.would_try for one in able), default=0)
    best = [one for one in able if one.would_try == most]
    return Choice(statement=best[0].statement, would_try=most, tied=len(best) > 1) if best else None
