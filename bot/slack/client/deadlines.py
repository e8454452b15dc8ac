"""Answers that Slack must give in time: a close waits for names, and must not wait for ever.

Pages that come slowly, pauses that Slack asks for and answers that trickle in add up to any length. So the
list is asked for in a thread of its own, and is given up when its time is over. What comes later is
remembered by the directory, so that a list that is only long is there at the next try.
"""

import time
from collections.abc import Callable
from contextvars import copy_context
from datetime import datetime
from functools import partial
from threading import Event, Lock, Thread
from typing import Any, TypeVar, cast

from bot.core.model import ChannelId
from bot.errors import SlackUnavailableError
from bot.ports import Directory
from bot.slack.client.rate_limits import wake_up

LIMIT_S = 600.0
"""So long all names of one wake-up may take together: 500 channels that close at once take eight minutes."""

OPENINGS_LIMIT_S = 1200.0
"""The same for who is asked: 500 channels that open at once take ten minutes."""

MOST_LEFT = 20
"""So many questions that were given up may still be under way. While they are, no further one is begun."""

NAMES = frozenset({"people", "names", "undescribed"})
OPENINGS = frozenset({"audience", "audience_to_ask", "is_shared"})


def in_time(directory: Directory) -> Directory:
    """Return a directory of which neither a close nor an opening waits for ever."""
    openings = InTime(directory, OPENINGS_LIMIT_S, lists=OPENINGS)
    return cast(Directory, InTime(cast(Directory, openings)))


class _Asking:
    """A question under way, and in the end its answer or failure."""

    def __init__(self, ask: Callable[[], Any], *, at_end: Callable[[], None] = lambda: None) -> None:
        self.over = Event()
        self._at_end = at_end
        self._ask = ask
        self._answer: Any = None
        self._failure: BaseException | None = None

    def run(self) -> None:
        try:
            self._answer = self._ask()
        except BaseException as error:  # noqa: BLE001 - whoever waits for the answer raises it
            self._failure = error
        finally:
            self._at_end()
            self.over.set()

    def outcome(self) -> Any:
        if self._failure:
            raise self._failure
        return self._answer


T = TypeVar("T")

_left: list[_Asking] = []
"""Calls that were given up and may still be under way."""

_left_lock = Lock()


def _let_none_pile_up() -> None:
    """Raise ``SlackUnavailableError`` while ``MOST_LEFT`` calls that were given up are still under way.

    Each holds a thread and a connection, for as long as some byte comes every few seconds.
    """
    with _left_lock:
        _left[:] = [one for one in _left if not one.over.is_set()]
        if len(_left) >= MOST_LEFT:
            raise _too_slow()


def _too_slow() -> SlackUnavailableError:
    return SlackUnavailableError("too_slow", "Slack took too long to answer.")


def within(limit_s: float, ask: Callable[[], T]) -> T:
    """Return what ``ask`` does, asked for the same wake-up in a thread of its own.

    Raises ``TimeoutError`` where it takes longer; it goes on then, and nobody hears of it. Raises
    ``SlackUnavailableError``, and asks nothing, while too many go on so.
    """
    _let_none_pile_up()
    context = copy_context()
    asking = _Asking(lambda: context.run(ask))
    asked = Thread(target=asking.run, name="call", daemon=True)
    asked.start()
    asked.join(limit_s)
    if not asking.over.is_set():
        with _left_lock:
            _left.append(asking)
        raise TimeoutError
    return cast(T, asking.outcome())


class InTime:
    """A directory whose lists of people come in time, or are said to be too slow; the rest is as it is."""

    def __init__(
        self,
        directory: Directory,
        limit_s: float = LIMIT_S,
        clock: Callable[[], float] = time.monotonic,
        *,
        lists: frozenset[str] = NAMES,
    ) -> None:
        """Ask ``directory`` for ``lists``, for ``limit_s`` seconds of ``clock`` in each wake-up."""
        self._directory = directory
        self._lists = lists
        self._limit_s = limit_s
        self._clock = clock
        self._lock = Lock()
        self._under_way: dict[tuple[str, ChannelId], _Asking] = {}
        self._wake_up: tuple[datetime | None, float] = (None, 0.0)

    def __getattr__(self, name: str) -> Any:
        """Return what the directory has; its lists raise ``SlackUnavailableError`` (``too_slow``), too."""
        return partial(self._get, name) if name in self._lists else getattr(self._directory, name)

    def _get(self, method: str, channel: ChannelId) -> Any:
        since = work.since if (work := wake_up()) else None
        left_s = self._left_s(since)
        asking = self._begun(method, channel, may_begin=left_s > 0)
        began_s = self._clock()
        if not asking.over.wait(left_s):
            self._spend(since, self._clock() - began_s)
            raise _too_slow()
        self._spend(since, self._clock() - began_s)
        return asking.outcome()

    def _begun(self, method: str, channel: ChannelId, *, may_begin: bool) -> _Asking:
        """The question under way, or a new one: however often it is given up, it is asked once at a time.

        Raises ``SlackUnavailableError`` where a new one may not begin, or ``MOST_LEFT`` are under way.
        """
        key = (method, channel)
        with self._lock:
            if known := self._under_way.get(key):
                return known
            if not may_begin or len(self._under_way) >= MOST_LEFT:
                raise _too_slow()
            ask = getattr(self._directory, method)
            context = copy_context()
            asking = _Asking(lambda: context.run(ask, channel), at_end=partial(self._forget, key))
            self._under_way[key] = asking
        Thread(target=asking.run, name="names", daemon=True).start()
        return asking

    def _forget(self, key: tuple[str, ChannelId]) -> None:
        """Keep neither the answer nor the failure: whoever waits has them."""
        with self._lock:
            del self._under_way[key]

    def _left_s(self, since: datetime | None) -> float:
        if since is None:
            return self._limit_s
        with self._lock:
            if self._wake_up[0] != since:
                self._wake_up = (since, 0.0)
            return max(self._limit_s - self._wake_up[1], 0.0)

    def _spend(self, since: datetime | None, seconds: float) -> None:
        with self._lock:
            if self._wake_up[0] == since:
                self._wake_up = (since, self._wake_up[1] + seconds)
