"""Check the clock of the machine against Slack's time."""

import logging
import time
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from threading import Lock
from typing import Self

from bot.core.clock import ClockState, Sighting, Trust, after_request, clock_state
from bot.ports import Clock

log = logging.getLogger(__name__)

ONE_CALL_S = 30.0
"""Seconds. A slower answer tells nothing about the time, because it may have waited anywhere."""


def uptime_s() -> float:
    """Return the seconds of a clock that nobody can set.

    Where the system has ``CLOCK_BOOTTIME``, they also count while the machine sleeps.
    """
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


@dataclass(slots=True)
class _Heard:
    """What Slack has told of the time, and what was logged last."""

    lock: Lock = field(default_factory=Lock)
    sighting: Sighting | None = None
    logged: Trust | None = None


class CheckedClock:
    """Returns the time of the machine or, while that is wrong, Slack's last time plus the seconds since.

    Each change is logged once.
    """

    def __init__(self, machine: Clock, elapsed: Callable[[], float]) -> None:
        """Check ``machine`` by ``elapsed``, the seconds of a clock that nobody can set."""
        self._machine = machine
        self._elapsed = elapsed
        self._start_s = elapsed()
        self._heard = _Heard()
        self._newest: datetime | None = None

    def over_other_data(self) -> Self:
        """Return the same clock for other data: it hears the same of Slack, and remembers by itself."""
        clock = copy(self)
        clock.remember(None)
        return clock

    def remember(self, newest: datetime | None) -> None:
        """Use the newest time stored before the start (UTC) as evidence until Slack tells its time."""
        self._newest = newest

    def now(self) -> datetime:
        """Return the time, as an aware UTC datetime."""
        with self._heard.lock:
            return self._read()[1]

    def state(self) -> ClockState:
        """Return how the clock of the machine stands now, and log a change."""
        with self._heard.lock:
            state, _ = self._read()
            before, self._heard.logged = self._heard.logged, state.trust
        if state.trust is not before:
            _log_change(before, state)
        return state

    def listen(self) -> Callable[[datetime], None]:
        """Return a function that takes the time (UTC) in Slack's answer to a call that begins now.

        A slow answer is ignored, because it is unknown when it was given.
        """
        return partial(self._hear_answer, self._since_start())

    def _hear_answer(self, began_s: float, slack_at: datetime) -> None:
        with self._heard.lock:
            elapsed_s = self._since_start()
            if elapsed_s - began_s <= ONE_CALL_S:
                self._heard.sighting = Sighting(slack_at=slack_at, elapsed_s=elapsed_s)

    def hear_request(self, slack_at: datetime) -> None:
        """Keep the time (UTC) of a request signed by Slack if it tells something new."""
        with self._heard.lock:
            signed = Sighting(slack_at=slack_at, elapsed_s=self._since_start())
            self._heard.sighting = after_request(self._heard.sighting, signed)

    def _read(self) -> tuple[ClockState, datetime]:
        machine = self._machine()
        state = clock_state(machine, self._since_start(), self._heard.sighting, self._newest)
        off = state.ahead if state.trust is Trust.OFF and state.ahead else timedelta(0)
        return state, machine - off

    def _since_start(self) -> float:
        return self._elapsed() - self._start_s


def _log_change(before: Trust | None, state: ClockState) -> None:
    if state.trust is Trust.UNKNOWN:
        log.warning("clock not checked yet", extra={"code": "slack_silent"})
    elif state.ahead is not None and state.trust is Trust.OFF:
        seconds = round(state.ahead.total_seconds())
        log.error("clock off", extra={"code": "ahead" if seconds > 0 else "behind", "count": abs(seconds)})
    elif before is not None:
        log.info("clock right again")
