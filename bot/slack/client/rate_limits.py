"""How often the bot calls Slack by itself, so that Slack never has to refuse it.

Five hundred channels may be due at nine. The thread that serves them waits before each call until Slack's
limits leave room; the clicks and commands of members never wait for it, and part of each limit is left to
them. The buckets are those of pyrate-limiter.
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
"""A longer wait is not waited for: what is due meanwhile would wait, too."""


def per_minute(calls: int, burst: int) -> Rate:
    """Return the rate at which no minute sees more than so many calls, and so many come at once."""
    return Rate(calls - burst + 1, MINUTE_MS, burst=burst)


LIMITS: Mapping[str, Rate] = {
    "chat.postMessage": per_minute(200, 5),
    "chat.update": per_minute(30, 5),
    "conversations.info": per_minute(30, 5),
    "conversations.members": per_minute(60, 5),
    "users.info": per_minute(50, 5),
    "users.list": per_minute(13, 3),
}
"""How often the bot calls a method by itself, of what Slack allows each minute.

Source: https://docs.slack.dev/apis/web-api/rate-limits and the page of each method. Tier 2 (``users.list``)
takes 20 and more, tier 3 (``chat.update``, ``conversations.info``) 50, tier 4 (``conversations.members``,
``users.info``) 100; ``chat.postMessage`` "several hundred" in a workspace.
"""

IN_ONE_CHANNEL: Mapping[str, Rate] = {"chat.postMessage": Rate(1, 1100, burst=1)}
"""The same for one channel. Slack takes a message a second and tolerates short bursts, with no promise.

A little more than a second, since what is sent a second apart may arrive closer together.
"""


class RateLimiter:
    """Tells when the bot may call Slack by itself: a bucket for each method, and for each channel."""

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
        self._bucket_clock = _Milliseconds(clock)
        self._stopping = stopping or Event()
        self._limits = limits
        self._in_one_channel = in_one_channel
        self._lock = Lock()
        self._buckets: dict[tuple[str, str], StateBucket] = {}
        self._put_off: dict[tuple[str, str], float] = {}

    def stop(self) -> None:
        """End every wait, and let no call of the bot's own begin."""
        self._stopping.set()

    def before(self, method: str, channel: str = "") -> None:
        """Return when this Web API method may be called (in this channel), and count the call.

        Raises ``StoppingError`` when the bot stops first, and ``RateLimitedError`` while Slack takes none.
        """
        self.pause(0)
        if (wait_s := self.put_off_for_s(method, channel)) > 0:
            raise RateLimitedError(wait_s)
        for key, rate in self._rates(method, channel):
            bucket = self._bucket(key, rate)
            while wait_ms := self._take(bucket):
                self.pause(wait_ms / 1000)

    def pause(self, seconds: float) -> None:
        """Return after so many seconds. Raises ``StoppingError`` when the bot stops first.

        Raises ``RateLimitedError`` at once for more than ``LONGEST_WAIT_S``: it is tried again later.
        """
        if seconds > LONGEST_WAIT_S + 1:
            raise RateLimitedError(seconds)
        if self._stopping.is_set() or (seconds > 0 and self._stopping.wait(seconds)):
            raise StoppingError

    def put_off(self, method: str, channel: str, seconds: float) -> None:
        """Let nothing call this method (in this channel) for so many seconds: Slack has asked for it."""
        with self._lock:
            self._put_off[method, channel] = self._clock() + seconds

    def put_off_for_s(self, method: str, channel: str) -> float:
        """Return for how many seconds more this method is put off in this channel; 0 or less for none."""
        with self._lock:
            now = self._clock()
            until = self._put_off.get((method, channel), now)
            if until <= now:
                self._put_off.pop((method, channel), None)
            return until - now

    def soonest_s(self) -> float | None:
        """Return the seconds until the first pause is over that Slack has asked for; None without one."""
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
        """Return zero, and the call is counted; or the milliseconds until it may be tried again."""
        with self._lock:
            item = RateItem("call", self._bucket_clock.now())
            return 0 if bucket.put(item) else max(1, int(bucket.waiting(item)))  # type: ignore[arg-type]  # no store of this kind is awaited


class _Milliseconds(AbstractClock):
    """A clock in seconds, as the library reads it."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock

    def now(self) -> int:
        """Return the time in milliseconds."""
        return round(self._clock() * 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeUp:
    """One wake-up of the bot by itself: the limits it keeps, and when it began (UTC)."""

    limiter: RateLimiter
    since: datetime


_WAKE_UP: ContextVar[WakeUp | None] = ContextVar("wake_up", default=None)


@contextmanager
def limited(limiter: RateLimiter, since: datetime) -> Iterator[None]:
    """Let everything that this thread asks of Slack within the block keep to the limits.

    What it asked since the wake-up began, it does not ask again (``bot.slack.directory.facts``).
    """
    token = _WAKE_UP.set(WakeUp(limiter=limiter, since=since))
    try:
        yield
    finally:
        _WAKE_UP.reset(token)


def wake_up() -> WakeUp | None:
    """Return the wake-up that this thread works for; None where a member waits for what it does."""
    return _WAKE_UP.get()
