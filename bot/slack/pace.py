"""The pace of what the bot says and asks by itself, so that Slack never has to refuse it.

Five hundred channels may be due at nine. The thread that serves them waits before each call until Slack's
limits leave room; the clicks and commands of members are never made to wait, and part of each limit is left
to them.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from threading import Event, Lock

from bot.errors import SlackUnavailableError, StoppingError

LONGEST_WAIT_S = 60.0
"""A longer pause that Slack asks for is not waited for: what is due meanwhile would wait, too."""

LEAST_WAIT_S = 0.001
"""No wait is shorter, so that rounding never makes one of nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """At most ``calls`` within any ``per_s`` seconds, and at most ``burst`` (1 to ``calls``) at once."""

    calls: int
    per_s: float
    burst: int = 1

    @property
    def interval_s(self) -> float:
        """Seconds after which one more call is allowed."""
        return self.per_s / (self.calls - self.burst + 1)


LIMITS: Mapping[str, Rate] = {
    "chat.postMessage": Rate(calls=200, per_s=60, burst=5),
    "chat.update": Rate(calls=30, per_s=60, burst=5),
    "conversations.info": Rate(calls=30, per_s=60, burst=5),
    "conversations.members": Rate(calls=60, per_s=60, burst=5),
    "users.info": Rate(calls=50, per_s=60, burst=5),
    "users.list": Rate(calls=13, per_s=60, burst=3),
}
"""How often the bot calls a method by itself, of what Slack allows each minute.

Source: https://docs.slack.dev/apis/web-api/rate-limits and the page of each method. Tier 2 (``users.list``)
takes 20 and more, tier 3 (``chat.update``, ``conversations.info``) 50, tier 4 (``conversations.members``,
``users.info``) 100; ``chat.postMessage`` "several hundred" in a workspace.
"""

IN_ONE_CHANNEL: Mapping[str, Rate] = {"chat.postMessage": Rate(calls=1, per_s=1.1)}
"""The same for one channel. Slack takes a message a second and tolerates short bursts, with no promise.

A little more than a second, since what is sent a second apart may arrive closer together.
"""


class Pace:
    """Tells when the bot may call Slack by itself: a token bucket for each method, and for each channel."""

    def __init__(
        self,
        clock: Callable[[], float],
        stopping: Event | None = None,
        *,
        limits: Mapping[str, Rate] = LIMITS,
        in_one_channel: Mapping[str, Rate] = IN_ONE_CHANNEL,
    ) -> None:
        """Measure by ``clock`` (monotonic seconds), and wait in ``stopping``, which ends every wait."""
        self._clock = clock
        self._stopping = stopping or Event()
        self._limits = limits
        self._in_one_channel = in_one_channel
        self._lock = Lock()
        self._full_at: dict[tuple[str, str], float] = {}

    def stop(self) -> None:
        """End every wait, and let no call of the bot's own begin."""
        self._stopping.set()

    def before(self, method: str, channel: str = "") -> None:
        """Return when this Web API method may be called (in this channel), and count the call.

        Raises ``StoppingError`` when the bot stops first.
        """
        self.pause(0)
        while wait_s := self._take(method, channel):
            self.pause(wait_s)

    def pause(self, seconds: float) -> None:
        """Return after so many seconds. Raises ``StoppingError`` when the bot stops first.

        Raises ``SlackUnavailableError`` at once for more than ``LONGEST_WAIT_S``: it is tried again later.
        """
        if seconds > LONGEST_WAIT_S + 1:
            raise SlackUnavailableError("ratelimited")
        if self._stopping.is_set() or (seconds > 0 and self._stopping.wait(seconds)):
            raise StoppingError

    def _take(self, method: str, channel: str) -> float:
        """Zero, and the call is counted; or the seconds until it may be tried again."""
        with self._lock:
            now = self._clock()
            buckets = self._buckets(method, channel)
            wait_s = max((self._wait_s(key, rate, now) for key, rate in buckets.items()), default=0.0)
            if wait_s > 0:
                return max(wait_s, LEAST_WAIT_S)
            for key, rate in buckets.items():
                self._full_at[key] = max(self._full_at.get(key, now), now) + rate.interval_s
            return 0.0

    def _buckets(self, method: str, channel: str) -> dict[tuple[str, str], Rate]:
        found = {}
        if rate := self._limits.get(method):
            found[method, ""] = rate
        if channel and (rate := self._in_one_channel.get(method)):
            found[method, channel] = rate
        return found

    def _wait_s(self, key: tuple[str, str], rate: Rate, now: float) -> float:
        """Seconds until the bucket holds a token; 0 or less when it does.

        A bucket is the one moment at which it will be full again (the generic cell rate algorithm, ITU-T
        I.371): each call puts it off by an interval, and it may lie ahead by as many as the burst allows.
        """
        return self._full_at.get(key, now) - now - (rate.burst - 1) * rate.interval_s


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeUp:
    """One wake-up of the bot by itself: the pace it keeps, and when it began (UTC)."""

    pace: Pace
    since: datetime


_WAKE_UP: ContextVar[WakeUp | None] = ContextVar("wake_up", default=None)


@contextmanager
def paced(pace: Pace, since: datetime) -> Iterator[None]:
    """Everything that this thread asks of Slack within the block keeps to the pace.

    What it asked since the wake-up began, it does not ask again (``bot.slack.directory``).
    """
    token = _WAKE_UP.set(WakeUp(pace=pace, since=since))
    try:
        yield
    finally:
        _WAKE_UP.reset(token)


def wake_up() -> WakeUp | None:
    """The wake-up that this thread works for; None where a member waits for what it does."""
    return _WAKE_UP.get()
