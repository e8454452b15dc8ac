"""Keep to Slack's rate limits, and decide what happens when Slack says 429 (*Too Many Requests*).

500 channels may be due at the same minute. The thread that serves them waits before each call until Slack's
limits leave room; part of each limit is left to the clicks and commands of members, which are never delayed.

When Slack says 429, ``rate_limited`` makes a ``RateLimitedError`` of it (for ``bot.slack.client.errors``):

- Background call (``calls.call``): it fails, and ``RateLimiter.refuse`` lets no other call of this method in
  this channel begin until Slack's *Retry-After* is over. ``service.posting`` stores from when its message may
  be sent again, and the timer wakes the bot then (``soonest_s``).
- Call for a member who waits (``transport.workers``): ``call_again`` waits and repeats that call alone, while
  its answer is still of use (``longest_wait_s``).
- Connection of Socket Mode (``transport.socket_mode``): it is opened after *Retry-After*.
- Commands of the operator, and facts read in advance: the SDK waits and repeats (``calls.web_client`` and
  ``transport.session``, ``patient``), ``RETRIES`` times at most.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from threading import Event, Lock
from typing import Any, TypeVar

from pyrate_limiter import GCRA, AbstractClock, Rate, RateItem, StateBucket

from bot.errors import RateLimitedError, StoppingError
from bot.slack.client.server_time import header

T = TypeVar("T")

TOO_MANY_REQUESTS = 429

RETRIES = 5
"""How often a call that may wait for Slack is repeated."""

TRIGGER_S = 3.0
"""How long a trigger_id is valid."""

LONGEST_WAIT_S = 60.0
"""A call that would have to wait longer fails: its member has gone, or all that is due would wait."""

MINUTE_MS = 60_000


def rate_limited(status: int, reason: str, headers: Any) -> RateLimitedError | None:
    """Return the error for an answer with which Slack limits calls, with its *Retry-After*; else None.

    One second where Slack does not say how long.
    """
    if status != TOO_MANY_REQUESTS and reason != "ratelimited":
        return None
    text = header(headers or {}, "retry-after")
    return RateLimitedError(float(text) if text.isdigit() else 1.0)


def longest_wait_s(arguments: Mapping[str, Any]) -> float:
    """Return how long the call of a member may wait, in seconds: as long as its trigger_id is valid."""
    return TRIGGER_S if "trigger_id" in arguments else LONGEST_WAIT_S


async def call_again(
    call: Callable[[], Awaitable[T]], wait: Callable[[float], Awaitable[object]], longest_s: float
) -> T:
    """Call Slack, again after each *Retry-After*, and return the answer.

    Raises ``RateLimitedError`` for a *Retry-After* of more than ``longest_s``, and after ``RETRIES``.
    """
    for _ in range(RETRIES):
        try:
            return await call()
        except RateLimitedError as error:
            if error.retry_after_s > longest_s:
                raise
            await wait(error.retry_after_s)
    return await call()


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
        self._refused_until: dict[tuple[str, str], float] = {}

    def stop(self) -> None:
        """End every wait, and let no background call begin."""
        self._stopping.set()

    def acquire(self, method: str, channel: str = "") -> None:
        """Wait until this Web API method may be called (in this channel), and count the call.

        Raises ``StoppingError`` when the bot stops first, and ``RateLimitedError`` while it is refused.
        """
        self.wait(0)
        if (wait_s := self.refused_for_s(method, channel)) > 0:
            raise RateLimitedError(wait_s)
        for key, rate in self._rates(method, channel):
            bucket = self._bucket(key, rate)
            while wait_ms := self._take(bucket):
                self.wait(wait_ms / 1000)

    def wait(self, seconds: float) -> None:
        """Wait for a number of seconds. Raises ``StoppingError`` when the bot stops first.

        Raises ``RateLimitedError`` at once for more than ``LONGEST_WAIT_S``: the caller tries again later.
        """
        if seconds > LONGEST_WAIT_S + 1:
            raise RateLimitedError(seconds)
        if self._stopping.is_set() or (seconds > 0 and self._stopping.wait(seconds)):
            raise StoppingError

    def refuse(self, method: str, channel: str, seconds: float) -> None:
        """Refuse this method (in this channel) for a number of seconds, as Slack asked."""
        with self._lock:
            self._refused_until[method, channel] = self._clock() + seconds

    def refused_for_s(self, method: str, channel: str) -> float:
        """Return for how many more seconds this method is refused in this channel; 0 or less for none."""
        with self._lock:
            now = self._clock()
            until = self._refused_until.get((method, channel), now)
            if until <= now:
                self._refused_until.pop((method, channel), None)
            return until - now

    def soonest_s(self) -> float | None:
        """Return the seconds until the first refused method may be called again; None where none is."""
        with self._lock:
            now = self._clock()
            left = [until - now for until in self._refused_until.values() if until > now]
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
