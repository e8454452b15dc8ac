"""Which proposal a channel tries: the rule on exact counts, of which only the winner is ever shown.

The counts are of all who replied, whether they said something of the proposal or not. Why nothing may be
said of the others, and why harm needs a limit that is not zero: docs/threat-model.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.model import ItemId

WOULD_TRY = 5
SEES_HARM = 1
"""How each choice lies in a reply. Whoever says nothing of a proposal gives no answer to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many of all who replied would try a proposal, and how many see harm in it."""

    item: ItemId
    would_try: int
    see_harm: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The proposal that is tried. ``tied``: another one that qualified had as many."""

    item: ItemId
    would_try: int
    tied: bool


def choice_of(tallies: Sequence[Tally], end: int) -> Choice | None:
    """Return the proposal that most would try; None where none qualifies.

    A proposal qualifies where more than ``end`` people would try it and at most ``end`` see harm in it.
    ``tallies`` stand in the order of their letters: of several with as many, the first is chosen.

    >>> a = Tally(item=ItemId("a"), would_try=4, see_harm=3)
    >>> b = Tally(item=ItemId("b"), would_try=3, see_harm=2)
    >>> choice_of([a, b], 2)
    Choice(item='b', would_try=3, tied=False)
    """
    able = [one for one in tallies if one.would_try > end and one.see_harm <= end]
    most = max((one.would_try for one in able), default=0)
    best = [one for one in able if one.would_try == most]
    return Choice(item=best[0].item, would_try=most, tied=len(best) > 1) if best else None
