"""Decide whether the clock of this machine can be trusted, from the times that Slack tells.

Every answer of Slack has a time. Once told, the time is kept up to date by counting the seconds since, so
that a clock that is moved while the bot runs is noticed at once.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

CLOCK_OFF = timedelta(minutes=2)
"""A clock that differs by more than this is not trusted."""

SILENCE = timedelta(minutes=15)
"""After this long without an answer from Slack, the clock is trusted if it agrees with the stored times."""

NEAR_THE_STORED = timedelta(days=7)
"""How far a clock that is trusted without Slack may be from the newest stored time."""

IN_THE_FUTURE = 2 * CLOCK_OFF + timedelta(minutes=1)
"""A stored time that is this much later than now was written by a wrong clock.

Two trusted clocks can differ by that much: one ahead, the other behind.
"""


class Trust(StrEnum):
    """Whether the clock agrees with Slack's, is off, or cannot be compared yet."""

    RIGHT = "right"
    OFF = "off"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """Slack's time (UTC), and the elapsed seconds at which it was told."""

    slack_at: datetime
    elapsed_s: float

    def slack_time(self, elapsed_s: float) -> datetime:
        """Return Slack's time (UTC) at ``elapsed_s`` elapsed seconds."""
        return self.slack_at + timedelta(seconds=elapsed_s - self.elapsed_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockState:
    """The state of the clock. ``ahead``: its lead over Slack's, negative if behind; None if unknown.

    ``silence``: how long Slack has not told its time, if it never has since the start. ``newest``: the newest
    time that was stored before the start (UTC), if any.
    """

    trust: Trust
    ahead: timedelta | None = None
    silence: timedelta = timedelta(0)
    newest: datetime | None = None


RIGHT = ClockState(trust=Trust.RIGHT, ahead=timedelta(0))
"""A clock that agrees with Slack's."""


def clock_state(
    now: datetime, elapsed_s: float, sighting: Sighting | None, newest: datetime | None = None
) -> ClockState:
    """Return the state of a clock that says ``now``, ``elapsed_s`` seconds after the start."""
    if sighting is None:
        return ClockState(trust=Trust.UNKNOWN, silence=timedelta(seconds=elapsed_s), newest=newest)
    ahead = now - sighting.slack_time(elapsed_s)
    return ClockState(trust=Trust.OFF if abs(ahead) > CLOCK_OFF else Trust.RIGHT, ahead=ahead)


def after_request(sighting: Sighting | None, signed: Sighting) -> Sighting:
    """Return the sighting to keep after a request that Slack has signed.

    Nobody but Slack can sign a time later than now. An earlier time tells nothing: the request may have
    waited, or somebody may repeat an old one.
    """
    if sighting and signed.slack_at - sighting.slack_time(signed.elapsed_s) <= CLOCK_OFF:
        return sighting
    return signed


def believed(state: ClockState, now: datetime) -> bool:
    """Return whether the clock, which says ``now``, may begin what cannot be undone.

    Without Slack, the start time must agree with what was stored before it. Times stored after the start do
    not count, because a wrong clock may have written them.
    """
    if state.trust is not Trust.UNKNOWN:
        return state.trust is Trust.RIGHT
    if state.silence < SILENCE:
        return False
    started = now - state.silence
    return state.newest is None or abs(started - state.newest) <= NEAR_THE_STORED


def doubt_of_clock(now: datetime, newest: datetime | None) -> str:
    """Return why a clock that says ``now`` may be wrong, by the newest stored time; empty if it seems right.

    The result is a sentence without its full stop.
    """
    if newest and now < newest - CLOCK_OFF:
        behind = f"behind by {long_words(newest - now)} or more"
        return f"The clock of this machine is {behind}: something is stored with a later time"
    if newest and now > newest + NEAR_THE_STORED:
        later = f"{long_words(now - newest)} later than anything that is stored"
        return f"The clock of this machine is {later}: the bot was down, or the clock is ahead"
    return ""


def long_words(length: timedelta) -> str:
    """Return a length in words.

    Seconds up to two minutes, minutes up to two hours, hours up to two days, then days.
    """
    seconds = int(length.total_seconds())
    if seconds < 120:  # noqa: PLR2004 - as said above
        return f"{seconds} seconds"
    if length >= timedelta(days=2):
        return f"{length.days} days"
    minutes = round(seconds / 60)
    return f"{minutes} minutes" if minutes <= 120 else f"{round(minutes / 60)} hours"  # noqa: PLR2004
