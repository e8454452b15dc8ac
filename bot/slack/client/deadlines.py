"""Deadlines for Slack's answers: a close needs the names of people, and must not wait for ever.

Slow pages, waits that Slack asks for and trickling answers can add up to any length. So each list is
requested in its own thread, and given up at its deadline. What comes later is still cached, so that a list
that is only long is there at the next try.
"""

import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from datetime import datetime
from functools import partial
from threading import Lock
from typing import Any, TypeVar, cast

from bot.core.model import ChannelId
from bot.errors import SlackUnavailableError
from bot.ports import Directory
from bot.slack.client.rate_limits import RateLimiter, background_run
from bot.slack.client.threads import start_call

LIMIT_S = 600.0
"""Limit for all names of one background run: 500 channels that close at once take eight minutes."""

OPENINGS_LIMIT_S = 1200.0
"""The same for who is asked: 500 channels that open at once take ten minutes."""

MOST_LEFT = 20
"""Calls for one workspace that were given up and may still be under way.

At this number no further one begins there; the calls for others go on.
"""

MOST_LEFT_IN_ALL = 200
"""The same for all workspaces of this process together: each such call holds a thread."""

NAMES = frozenset({"people", "names", "undescribed"})
OPENINGS = frozenset({"audience", "audience_to_ask", "is_shared"})


def limit_times(directory: Directory) -> Directory:
    """Return a directory with a deadline for what a close asks, and one for what an opening asks."""
    openings = TimeLimitedDirectory(directory, OPENINGS_LIMIT_S, lists=OPENINGS)
    return cast(Directory, TimeLimitedDirectory(cast(Directory, openings)))


T = TypeVar("T")

_left: list[tuple[RateLimiter | None, Future[Any]]] = []
"""Calls that were given up and may still be under way, each with the rate limiter of its workspace."""

_left_lock = Lock()


def _refuse_pile_up(limiter: RateLimiter | None) -> None:
    """Raise ``SlackUnavailableError`` while too many calls that were given up are still under way.

    Each holds a thread and a connection for as long as some byte comes every few seconds.
    """
    with _left_lock:
        _left[:] = [one for one in _left if not one[1].done()]
        ours = sum(1 for of, _ in _left if of is limiter)
        if ours >= MOST_LEFT or len(_left) >= MOST_LEFT_IN_ALL:
            raise _too_slow()


def _too_slow() -> SlackUnavailableError:
    return SlackUnavailableError("too_slow", "Slack took too long to answer.")


def within(limit_s: float, ask: Callable[[], T]) -> T:
    """Run ``ask`` in its own thread, within the same background run, and return its result.

    Raises ``TimeoutError`` at the limit; the call goes on, unobserved. Raises ``SlackUnavailableError`` at
    once while too many such calls go on.
    """
    limiter = run.limiter if (run := background_run()) else None
    _refuse_pile_up(limiter)
    call = start_call(ask, "call")
    wait({call}, limit_s)
    if not call.done():
        with _left_lock:
            _left.append((limiter, call))
        raise TimeoutError
    return call.result()


class TimeLimitedDirectory:
    """A directory whose lists of people fail as ``too_slow`` at a deadline; the rest is unchanged."""

    def __init__(
        self,
        directory: Directory,
        limit_s: float = LIMIT_S,
        *,
        lists: frozenset[str] = NAMES,
    ) -> None:
        """Limit the methods in ``lists`` to ``limit_s`` seconds in each background run."""
        self._directory = directory
        self._lists = lists
        self._limit_s = limit_s
        self._lock = Lock()
        self._under_way: dict[tuple[str, ChannelId], Future[Any]] = {}
        self._spent: tuple[datetime | None, float] = (None, 0.0)

    def __getattr__(self, name: str) -> Any:
        """Return the directory's attribute; a list may then raise ``SlackUnavailableError``, too."""
        return partial(self._get, name) if name in self._lists else getattr(self._directory, name)

    def _get(self, method: str, channel: ChannelId) -> Any:
        since = run.since if (run := background_run()) else None
        left_s = self._left_s(since)
        pending = self._begun(method, channel, may_begin=left_s > 0)
        began_s = time.monotonic()
        wait({pending}, left_s)
        self._spend(since, time.monotonic() - began_s)
        if not pending.done():
            raise _too_slow()
        return pending.result()

    def _begun(self, method: str, channel: ChannelId, *, may_begin: bool) -> Future[Any]:
        """Return the call under way, or begin one; there is one at a time for each key.

        Raises ``SlackUnavailableError`` where a new one may not begin, or ``MOST_LEFT`` are under way.
        """
        key = (method, channel)
        with self._lock:
            if known := self._under_way.get(key):
                return known
            if not may_begin or len(self._under_way) >= MOST_LEFT:
                raise _too_slow()
            ask = partial(getattr(self._directory, method), channel)
            call = self._under_way[key] = start_call(ask, "names", partial(self._forget, key))
            return call

    def _forget(self, key: tuple[str, ChannelId]) -> None:
        """Drop a call that has ended: those who wait hold its answer."""
        with self._lock:
            del self._under_way[key]

    def _left_s(self, since: datetime | None) -> float:
        if since is None:
            return self._limit_s
        with self._lock:
            if self._spent[0] != since:
                self._spent = (since, 0.0)
            return max(self._limit_s - self._spent[1], 0.0)

    def _spend(self, since: datetime | None, seconds: float) -> None:
        with self._lock:
            if self._spent[0] == since:
                self._spent = (since, self._spent[1] + seconds)
