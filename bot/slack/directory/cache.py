"""Answers of Slack that are remembered for a while."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any, Generic, TypeVar
from weakref import WeakSet

from bot.ports import Clock
from bot.slack.client.rate_limits import wake_up

LONG_AGO = datetime.min.replace(tzinfo=UTC)

Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(eq=False, slots=True, weakref_slot=True)
class Asking:
    """A question that is being asked: about what, since when (UTC), and whether that was forgotten since."""

    key: Any
    since: datetime
    forgotten: bool = False


class Remembered(Generic[Key, Value]):
    """Answers that are remembered for a while, by any thread.

    What was asked since the bot woke up by itself, counts until it has done all that is due (docs/adr/0014),
    unless it is asked for what is not older than so long.
    """

    def __init__(self, keep_for: timedelta, clock: Clock) -> None:
        """Remember each answer for ``keep_for``; older ones stay until newer ones come."""
        self._keep_for = keep_for
        self._clock = clock
        self._lock = Lock()
        self._answers: dict[Key, tuple[datetime, Value]] = {}
        self._under_way = WeakSet[Asking]()  # weak: one that fails is never kept

    def known(self, key: Key, within: timedelta | None = None) -> Value | None:
        """Return what is remembered; None where it is nothing, or too old.

        ``within``: take no answer that is older, also none of this wake-up.
        """
        found = self._answers.get(key)
        return found[1] if found and self._holds(found[0], within) else None

    def older(self, key: Key) -> Value | None:
        """Return what is remembered, however old it is; None where it is nothing."""
        found = self._answers.get(key)
        return found[1] if found else None

    def ask(self, key: Key) -> Asking:
        """Begin to ask; the answer is handed to ``keep``."""
        with self._lock:
            asking = Asking(key, self._clock())
            self._under_way.add(asking)
        return asking

    def keep(self, key: Key, asking: Asking, answer: Value) -> None:
        """Remember an answer, unless it was forgotten while it was asked for."""
        with self._lock:
            self._under_way.discard(asking)
            if not asking.forgotten:
                self._answers[key] = (asking.since, answer)

    def forget(self, key: Key, *, altogether: bool = True) -> None:
        """Ask anew with the next question; what is being asked right now is not remembered.

        ``altogether``: also what is ``older`` is gone.
        """
        with self._lock:
            for asking in self._under_way:
                if asking.key == key:
                    asking.forgotten = True
            answer = self._answers.pop(key, None)
            if answer and not altogether:
                self._answers[key] = (LONG_AGO, answer[1])

    def _holds(self, asked: datetime, within: timedelta | None) -> bool:
        now, work = self._clock(), wake_up()
        if asked <= now < asked + (within or self._keep_for):
            return True
        return within is None and work is not None and work.since <= asked <= now
