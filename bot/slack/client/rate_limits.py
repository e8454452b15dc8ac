"""Rate limits for background calls to Slack. Calls made for a member who waits are never delayed.

500 channels may be due at the same minute. The thread that serves them waits before each call until Slack's
limits leave room; part of each limit is left to the clicks and commands of members.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from threading import Event, Lock

from pyrate_limiter import GCRA, AbstractClock, Rate, RateItem, StateBucket

from bot.errors import RateLimitedError, StoppingError

MINUTE_MS = 60_000

LONGEST_WAIT_S = 60.0
"""A longer pause ends the call: everything else that is due would wait, too."""


def per_minute(calls: int, burst: int) -> Rate:
    """Return the rate of at most ``calls`` in any minute, and ``burst`` at once."""
    return Rate(calls - burst + 1, MINUTE_MS, burst=burst)


LIMITS: Mapping[str, Rate] = {
    "chat.postMessage": per_minute(200, 5),
    "chat.update": per_minute(30, 5),
    "conversations.info": per_minute(30, 5),
    "conversations.members": per_minute(60, 5),
    "users.info": per_minute(50, 5),
    "users.list": per_minute(13, 3),
}
"""Background calls of each method in a minute, as part of what Slack allows.

Source: https://docs.slack.dev/apis/web-api/rate-limits and the page of each method. Tier 2 (``users.list``)
takes 20 and more, tier 3 (``chat.update``, ``conversations.info``) 50, tier 4 (``conversations.members``,
``users.info``) 100; ``chat.postMessage`` "several hundred" in a workspace.
"""

IN_ONE_CHANNEL: Mapping[str, Rate] = {"chat.postMessage": Rate(1, 1100, burst=1)}
"""The same for one channel. Slack allows one message a second; bursts are tolerated, but not promised.

A little more than a second, since messages sent a second apart may arrive closer together.
"""


class RateLimiter:
    """Limits background calls, with a bucket for each method and for each channel. Safe for threads."""

    def __init__(
        self,
        clock: Callable[[], float],
        stopping: Event | None = None,
        *,
        limits: Mapping[str, Rate] = LIMITS,
        in_one_channel: Mapping[str, Rate] = IN_ONE_CHANNEL,
    ) -> None:
        """Measure by ``clock`` (monotonic seconds); setting ``stopping`` ends every wait."""
        self._clock = clock
        self._bucket_clock = _Milliseconds(clock)
        self._stopping = stopping or Event()
        self._limits = limits
        self._in_one_channel = in_one_channel
        self._lock = Lock()
        self._buckets: dict[tuple[str, str], StateBucket] = {}
        self._put_off: dict[tuple[str, str], float] = {}

    def stop(self) -> None:
        """End every wait, and let no background call begin."""
        self._stopping.set()

    def acquire(self, method: str, channel: str = "") -> None:
        """Wait until this Web API method may be called (in this channel), and count the call.

        Raises ``StoppingError`` when the bot stops first, and ``RateLimitedError`` while Slack asks for a
        pause.
        """
        self.pause(0)
        if (wait_s := self.put_off_for_s(method, channel)) > 0:
            raise RateLimitedError(wait_s)
        for key, rate in self._rates(method, channel):
            bucket = self._bucket(key, rate)
            while wait_ms := self._take(bucket):
                self.pause(wait_ms / 1000)

    def pause(self, seconds: float) -> None:
        """Wait for a number of seconds. Raises ``StoppingError`` when the bot stops first.

        Raises ``RateLimitedError`` at once for more than ``LONGEST_WAIT_S``: the caller tries again later.
        """
        if seconds > LONGEST_WAIT_S + 1:
            raise RateLimitedError(seconds)
        if self._stopping.is_set() or (seconds > 0 and self._stopping.wait(seconds)):
            raise StoppingError

    def put_off(self, method: str, channel: str, seconds: float) -> None:
        """Refuse this method (in this channel) for a number of seconds, as Slack asked."""
        with self._lock:
            self._put_off[method, channel] = self._clock() + seconds

    def put_off_for_s(self, method: str, channel: str) -> float:
        """Return for how many more seconds this method is refused in this channel; 0 or less for none."""
        with self._lock:
            now = self._clock()
            until = self._put_off.get((method, channel), now)
            if until <= now:
                self._put_off.pop((method, channel), None)
            return until - now

    def soonest_s(self) -> float | None:
        """Return the seconds until the first pause that Slack asked for is over; None without one."""
        with self._lock:
            now = self._clock()
            left = [until - now for until in self._put_off.values() if until > now]
        return min(left, default=None)

    def _rates(self, method: str, channel: str) -> Iterator[tuple[tuple[str, str], Rate]]:
        if channel and (rate := self._in_one_channel.get(method)):
            yield (method, channel), rate
        if rate := self._limits.get(method):
            yield (method, ""), rate

    def _bucket(self, key: tuple[str, str], rate: Rate) -> StateBucket:
        with self._lock:
            if key not in self._buckets:
                self._buckets[key] = StateBucket([rate], GCRA(), clock=self._bucket_clock)
            return self._buckets[key]

    def _take(self, bucket: StateBucket) -> int:
        """Count the call and return 0, or return the milliseconds until the next attempt."""
        with self._lock:
            item = RateItem("call", self._bucket_clock.now())
            return 0 if bucket.put(item) else max(1, int(bucket.waiting(item)))  # type: ignore[arg-type]  # no store of this kind is awaited


class _Milliseconds(AbstractClock):
    """A clock in seconds, in the form that pyrate-limiter needs."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock

    def now(self) -> int:
        """Return the time in milliseconds."""
        return round(self._clock() * 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class BackgroundRun:
    """A run of the bot's own work: the rate limits it keeps, and when it began (UTC)."""

    limiter: RateLimiter
    since: datetime


_BACKGROUND_RUN: ContextVar[BackgroundRun | None] = ContextVar("background_run", default=None)


@contextmanager
def limited(limiter: RateLimiter, since: datetime) -> Iterator[None]:
    """Run the block as a background run: its calls to Slack keep to the rate limits.

    Answers cached since the run began stay valid in it (``bot.slack.directory.cache``).
    """
    token = _BACKGROUND_RUN.set(BackgroundRun(limiter=limiter, since=since))
    try:
        yield
    finally:
        _BACKGROUND_RUN.reset(token)


def background_run() -> BackgroundRun | None:
    """Return the background run of this thread; None where a member waits."""
    return _BACKGROUND_RUN.get()
