"""Warn admins and operators about schedules whose statements will often rest.

A statement is asked of mostly the same people once in about four weeks (``core.audiences``). So statements
rest if a schedule asks more often than its pack has statements, or if channels share people.
"""

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import lru_cache
from math import ceil

from bot.core.audiences import WINDOW_DAYS, StatementKey, askable_of, may_ask, tags_of
from bot.core.capacity import full_rounds_in_window
from bot.core.cycle_plan import keeps_places
from bot.core.model import ChannelId, MemberId, PromptPack
from bot.core.schedule import Recurrence, Weekly

DAYS_A_WEEK = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Overuse:
    """How often a pack can ask all its statements in about four weeks, and how often it is asked at most.

    ``alone``: whether the pack then asks questions without statements, if enough people can reply; otherwise
    some statements are left out.
    """

    full: int
    asked: int
    alone: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedChannel:
    """A channel with a schedule, who can reply there, and what its packs may ask."""

    channel: ChannelId
    people: frozenset[MemberId] = field(repr=False)
    statements: frozenset[StatementKey] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """A channel whose statements rest often.

    ``shared``: how many of its ``people`` are asked the same in other channels. ``others``: those channels.
    """

    channel: ChannelId
    people: int
    shared: int
    others: tuple[ChannelId, ...]


def asked_at_most(recurrence: Recurrence) -> int:
    """Return how many fire times fit into the window in which a statement is asked once.

    >>> asked_at_most(Weekly(every=1, weekdays=(1,))), asked_at_most(Weekly(every=2, weekdays=(0, 3)))
    (4, 4)
    """
    if isinstance(recurrence, Weekly):
        return len(recurrence.weekdays) * ceil(WINDOW_DAYS / (DAYS_A_WEEK * recurrence.every))
    return 1


@lru_cache(maxsize=64)
def rounds_with_statements(pack: PromptPack) -> int:
    """Return how many rounds in about four weeks can ask all their statements; 0 for an empty pack."""
    return full_rounds_in_window(pack) if pack.prompts else 0


def overuse(pack: PromptPack, recurrences: Iterable[Recurrence]) -> Overuse | None:
    """Return how often the schedules of a channel ask, if that is more often than the pack can."""
    asked, full = sum(map(asked_at_most, recurrences)), rounds_with_statements(pack)
    return Overuse(full=full, asked=asked, alone=not keeps_places(pack)) if 0 < full < asked else None


def statements_in(pack: PromptPack) -> frozenset[StatementKey]:
    """Return the keys of the statements and tags that a pack may ask, without proposals."""
    statements = [
        *(one.anchor for one in pack.dimensions),
        *(statement for one in pack.prompts for statement in one.statements),
    ]
    tags = [tags_of(one.key, one.tags) for one in pack.dimensions if one.tags]
    return frozenset(key for one in (*map(askable_of, statements), *tags) for key in one.keys)


def overlaps(channels: Sequence[AskedChannel]) -> Iterator[Overlap]:
    """Yield the channels that share so many people with others that their statements will often rest."""
    for one in channels:
        others = [other for other in channels if other is not one and one.statements & other.statements]
        shared = _shared(one, others)
        if not may_ask(len(shared)):
            yield Overlap(
                channel=one.channel,
                people=len(one.people),
                shared=len(shared),
                others=tuple(other.channel for other in others if one.people & other.people),
            )


def _shared(one: AskedChannel, others: Sequence[AskedChannel]) -> AbstractSet[MemberId]:
    return one.people & frozenset().union(*(other.people for other in others))
