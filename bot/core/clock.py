"""Whether the clock of this machine can be believed, from what Slack has told of the time.

Every answer of Slack carries its time. What was told once holds from then on by the seconds that have passed
since, so that a clock that is moved while the bot runs is noticed at once.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

CLOCK_OFF = timedelta(minutes=2)
"""A clock that is further off than this is not believed."""

SILENCE = timedelta(minutes=15)
"""After so long without any word of Slack the clock is believed, if it goes with what is stored."""

NEAR_THE_STORED = timedelta(days=7)
"""So far from the newest stored time a clock may be that is believed without Slack."""

IN_THE_FUTURE = 2 * CLOCK_OFF + timedelta(minutes=1)
"""What is stored with a time later than this from now, was written by a clock that was wrong.

One clock may have been ahead by as much as is believed, and this one be behind by as much.
"""


class Trust(StrEnum):
    """Whether the clock goes with Slack's, is off, or Slack has not told its time yet."""

    RIGHT = "right"
    OFF = "off"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """Slack's time (UTC), and at how many elapsed seconds it was told."""

    slack_at: datetime
    elapsed_s: float

    def slack_time(self, elapsed_s: float) -> datetime:
        """Slack's time at so many elapsed seconds (UTC)."""
        return self.slack_at + timedelta(seconds=elapsed_s - self.elapsed_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockState:
    """How the clock stands. ``ahead``: of Slack's, negative when behind; None where that is not known.

    ``silence``: for how long Slack has not told its time, where it never has since the start. ``newest``: the
    newest time that was stored before the start (UTC), if anything was.
    """

    trust: Trust
    ahead: timedelta | None = None
    silence: timedelta = timedelta(0)
    newest: datetime | None = None


RIGHT = ClockState(trust=Trust.RIGHT, ahead=timedelta(0))
"""A clock that goes with Slack's."""


def clock_state(
    now: datetime, elapsed_s: float, sighting: Sighting | None, newest: datetime | None = None
) -> ClockState:
    """How a clock stands that says ``now``, at so many elapsed seconds since the start."""
    if sighting is None:
        return ClockState(trust=Trust.UNKNOWN, silence=timedelta(seconds=elapsed_s), newest=newest)
    ahead = now - sighting.slack_time(elapsed_s)
    return ClockState(trust=Trust.OFF if abs(ahead) > CLOCK_OFF else Trust.RIGHT, ahead=ahead)


def after_request(sighting: Sighting | None, signed: Sighting) -> Sighting:
    """What is known after a request that Slack has signed.

    Nobody but Slack can sign a later time than it is. An earlier one tells nothing: the request may have
    waited, or somebody may repeat an old one.
    """
    if sighting and signed.slack_at - sighting.slack_time(signed.elapsed_s) <= CLOCK_OFF:
        return sighting
    return signed


def believed(state: ClockState, now: datetime) -> bool:
    """Whether what cannot be undone may be begun by this clock, which says ``now``.

    Without Slack it is the time of the start that must go with what was stored by then: what is stored later,
    a wrong clock would write itself.
    """
    if state.trust is not Trust.UNKNOWN:
        return state.trust is Trust.RIGHT
    if state.silence < SILENCE:
        return False
    started = now - state.silence
    return state.newest is None or abs(started - state.newest) <= NEAR_THE_STORED


def doubt_of_clock(now: datetime, newest: datetime | None) -> str:
    """Why a clock that says ``now`` may be wrong, going by the newest stored time; empty where it may not.

    A sentence without its full stop.
    """
    if newest and now < newest - CLOCK_OFF:
        behind = f"behind by {long_words(newest - now)} or more"
        return f"The clock of this machine is {behind}: something is stored with a later time"
    if newest and now > newest + NEAR_THE_STORED:
        later = f"{long_words(now - newest)} later than anything that is stored"
        return f"The clock of this machine is {later}: the bot was down, or the clock is ahead"
    return ""


def long_words(length: timedelta) -> str:
    """A length in words: seconds up to two minutes, minutes up to two hours, hours up to two days, days."""
    seconds = int(length.total_seconds())
    if seconds < 120:  # noqa: PLR2004 - as said above
        return f"{seconds} seconds"
    if length >= timedelta(days=2):
        return f"{length.days} days"
    minutes = round(seconds / 60)
    return f"{minutes} minutes" if minutes <= 120 else f"{round(minutes / 60)} hours"  # noqa: PLR2004
