"""The round life cycle: which step may follow which, and when a round takes replies, reminds and closes.

Opening and closing time are fixed when a round opens. Nothing here moves them: a round that could be
kept open longer could be kept open until the right people have replied.
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
"""The legal next states. A withheld round is released and closed like any other: with nothing in it."""

ENDS = frozenset(state for state, following in STEPS.items() if not following)
"""The states that nothing follows: nothing private is left of such a round."""

TRIES = 15
"""So often a close is tried, for the sake of names that Slack does not tell or replies that cannot be read.

It is tried every minute, and most troubles are over in a quarter of an hour. Longer, replies would outlive
the close that their writers were promised. Tries are counted and not minutes, and they are stored: time in
which nothing was tried, since the bot was down, costs nothing, and no number of restarts makes it longer.
"""

SLOW_COUNTS = 5
"""So many tries one counts as that Slack has held up for ten minutes: three of them end the waiting."""

TRY_EVERY = timedelta(seconds=50)
"""Tries that follow one another faster count as one: a bot with many channels wakes up often."""

REMINDER_LEAD = timedelta(days=1)
"""How long before closing a long round is recalled to the channel."""


def advance(round_: Round, to: RoundState) -> Round:
    """This round one legal step further; raises ``ValueError`` on any other step, staying included."""
    allowed = STEPS[round_.state]
    if to not in allowed:
        ways = " or ".join(sorted(allowed)) or "nothing: it has ended"
        raise ValueError(f"round {round_.id} is {round_.state} and cannot become {to}; it can become {ways}")
    return round_.with_state(to)


def closes_at(opened_at: datetime, open_for: timedelta, policy: ReleasePolicy) -> datetime:
    """When a round that opens now will close: after ``open_for``, but never before ``policy.min_open``.

    Takes and returns an aware time, in the same zone; raises ``ValueError`` for a time without a zone.

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
    """Whether replies are taken at this moment: the round is open and its closing time not yet reached.

    A box that gathers proposals has no closing time yet.

    The state decides first, so a clock that goes backwards never reopens a round that has begun to close.
    """
    if round_.state is RoundState.GATHERING:
        return True
    return round_.state is RoundState.OPEN and now < round_.closes_at


def is_due(round_: Round, now: datetime) -> bool:
    """Whether the close has to be begun (the closing time is reached) or carried on.

    A close that has begun is carried on whatever the clock says.
    """
    if round_.state is RoundState.OPEN:
        return now >= round_.closes_at
    return round_.state not in ENDS and round_.state is not RoundState.GATHERING


def tried(round_: Round, now: datetime, *, slow: bool = False) -> Round:
    """This round with one more try to close it counted, unless one was counted only just now.

    ``slow``: Slack has held it up until its time was over.
    """
    if round_.tried_at is not None and round_.tried_at <= now < round_.tried_at + TRY_EVERY:
        return round_
    return replace(round_, tries=round_.tries + (SLOW_COUNTS if slow else 1), tried_at=now)


def waits(round_: Round) -> bool:
    """Whether the close of a round may be tried again, for the sake of what it lacks."""
    return round_.tries < TRIES


def reminder_at(round_: Round) -> datetime:
    """When the channel is reminded, once: halfway or a day before closing, whichever is later.

    Both lie before the closing time, and halfway never before the opening, so there is always such a moment:
    a day before closing for rounds of more than two days, halfway for shorter ones.
    """
    halfway = round_.opened_at + (round_.closes_at - round_.opened_at) / 2
    return max(halfway, round_.closes_at - REMINDER_LEAD)
