"""Answers of Slack that are asked for once and remembered for a while."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock
from typing import Generic, TypeVar

from bot.ports import Clock
from bot.slack.pace import WakeUp, wake_up

Key = TypeVar("Key")
Value = TypeVar("Value")


class Remembered(Generic[Key, Value]):
    """Answers that are asked for once and remembered for a while; nothing is remembered of a failure.

    What was asked since the bot woke up by itself, counts until it has done all that is due (docs/adr/0014),
    unless it is asked for what is not older than so long.
    """

    def __init__(self, ask: Callable[[Key], Value], keep_for: timedelta, clock: Clock) -> None:
        """Remember what ``ask`` returns for ``keep_for``."""
        self._ask = ask
        self._keep_for = keep_for
        self._clock = clock
        self._locks: defaultdict[tuple[Key, bool], Lock] = defaultdict(Lock)
        self._answers: dict[Key, tuple[datetime, Value]] = {}
        self._forgotten: dict[Key, int] = {}

    def get(self, key: Key, within: timedelta | None = None) -> Value:
        """Return the remembered answer, or a fresh one; callers who come together share one question.

        ``within``: take no answer that is older, also none of this wake-up. Members do not wait for a
        question that the bot asks by itself, at its pace: they ask beside it.
        """
        work = wake_up()
        with self._locks[key, work is None]:
            now = self._clock()
            known = self._answers.get(key)
            if known and self._holds(known[0], now, within, work):
                return known[1]
            forgotten, answer = self._forgotten.get(key), self._ask(key)
            if forgotten == self._forgotten.get(key):
                self._answers[key] = (now, answer)
            return answer

    def known(self, key: Key, within: timedelta | None = None) -> Value | None:
        """Return what is remembered, asking nobody; None where it is nothing, or older than ``within``."""
        asked, answer = self._answers.get(key) or (None, None)
        if asked is None or within is None:
            return answer
        return answer if self._holds(asked, self._clock(), within, None) else None

    def forget(self, key: Key) -> None:
        """Ask anew with the next call; what is being asked right now is not remembered."""
        self._forgotten[key] = self._forgotten.get(key, 0) + 1
        self._answers.pop(key, None)

    def _holds(self, asked: datetime, now: datetime, within: timedelta | None, work: WakeUp | None) -> bool:
        if asked <= now < asked + (within or self._keep_for):
            return True
        return within is None and work is not None and work.since <= asked <= now
