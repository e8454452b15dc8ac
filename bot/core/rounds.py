"""Define the life cycle of a round: its steps, and when it takes replies, reminds and closes.

Opening and closing time are fixed when a round opens. Nothing here moves them: a round that could be kept
open longer could be kept open until certain people have replied.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType

from bot.core.model import ReleasePolicy, Round, RoundState

STEPS: Mapping[RoundState, frozenset[RoundState]] = MappingProxyType(
    {
        RoundState.GATHERING: frozenset(
            {RoundState.OPEN, RoundState.CLOSING, RoundState.CANCELLED, RoundState.KEY_LOST}
        ),
        RoundState.OPEN: frozenset({RoundState.CLOSING, RoundState.CANCELLED, RoundState.KEY_LOST}),
        RoundState.CLOSING: frozenset({RoundState.RELEASED, RoundState.KEY_LOST}),
        RoundState.RELEASED: frozenset({RoundState.CLOSED}),
        RoundState.CLOSED: frozenset(),
        RoundState.CANCELLED: frozenset(),
        RoundState.KEY_LOST: frozenset(),
    }
)
"""The legal next states. A withheld round is released and closed like any other, with an empty result."""

ENDS = frozenset(state for state, following in STEPS.items() if not following)
"""The final states. Nothing private is left of such a round."""

TRIES = 15
"""How often a close is tried while Slack does not tell names or replies cannot be read.

It is tried every minute, and most problems end within a quarter of an hour. With more tries, replies would
exist longer than their writers were promised. Tries are counted and stored instead of minutes: time in which
the bot was down does not count, and restarts do not add tries.
"""

SLOW_COUNTS = 5
"""How many tries one counts as that Slack delayed for ten minutes: three of them end the waiting."""

TRY_EVERY = timedelta(seconds=50)
"""Tries within this time count as one, because a bot with many channels wakes up often."""

REMINDER_LEAD = timedelta(days=1)
"""How long before closing a long round is announced again."""


def advance(round_: Round, to: RoundState) -> Round:
    """Return this round in its next state. Raises ``ValueError`` for an illegal step, or for no step."""
    allowed = STEPS[round_.state]
    if to not in allowed:
        ways = " or ".join(sorted(allowed)) or "nothing: it has ended"
        raise ValueError(f"round {round_.id} is {round_.state} and cannot become {to}; it can become {ways}")
    return round_.with_state(to)


def closes_at(opened_at: datetime, open_for: timedelta, policy: ReleasePolicy) -> datetime:
    """Return when a round that opens now closes: after ``open_for``, at least after ``policy.min_open``.

    Takes and returns an aware time in the same zone. Raises ``ValueError`` for a time without a zone.

    >>> from datetime import UTC
    >>> monday = datetime(2026, 11, 23, 9, tzinfo=UTC)
    >>> closes_at(monday, timedelta(days=3), ReleasePolicy()).isoformat()
    '2026-11-26T09:00:00+00:00'
    >>> closes_at(monday, timedelta(hours=2), ReleasePolicy()).isoformat()
    '2026-11-24T09:00:00+00:00'
    """
    if opened_at.tzinfo is None:
        raise ValueError("opened_at has no time zone; pass an aware UTC time")
    return opened_at + max(open_for, policy.min_open)


def accepts(round_: Round, now: datetime) -> bool:
    """Return whether replies are taken now: the round is open and its closing time has not come.

    A round that gathers proposals has no closing time yet. The state decides first, so a clock that goes back
    never reopens a round that has begun to close.
    """
    if round_.state is RoundState.GATHERING:
        return True
    return round_.state is RoundState.OPEN and now < round_.closes_at


def tried(round_: Round, now: datetime, *, slow: bool = False) -> Round:
    """Return this round with one more try to close it counted, unless one was counted just before.

    ``slow``: Slack delayed the try until its time was over.
    """
    if round_.tried_at is not None and round_.tried_at <= now < round_.tried_at + TRY_EVERY:
        return round_
    return replace(round_, tries=round_.tries + (SLOW_COUNTS if slow else 1), tried_at=now)


def waits(round_: Round) -> bool:
    """Return whether the close of a round may be tried again."""
    return round_.tries < TRIES


def reminder_at(round_: Round) -> datetime:
    """Return when the channel is reminded: halfway or a day before closing, whichever is later.

    Both are before the closing time, and halfway is not before the opening. So it is a day before closing for
    rounds of more than two days, and halfway for shorter ones.
    """
    halfway = round_.opened_at + (round_.closes_at - round_.opened_at) / 2
    return max(halfway, round_.closes_at - REMINDER_LEAD)
