"""APScheduler as an alarm clock: it holds no truth, and everything it knows is rebuilt from the store.

An alarm only wakes a thread of ours, which does the work: APScheduler holds its lock while it shuts down, so
a job of its own that set alarms would never end.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from threading import Event, Lock, Thread

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.date import DateTrigger

from bot.errors import BotError
from bot.ports import Clock

log = logging.getLogger(__name__)

HEARTBEAT_S = 60
"""Whatever an alarm missed is done at the latest after so many seconds, by a clock that nobody can set."""

ALARM = "alarm:"

ABOUT_TO_RING = timedelta(milliseconds=500)

A_LITTLE_LATER = timedelta(milliseconds=20)
"""Alarms ring this much after their time, so that by every clock the time has come."""


class AlarmTimer:
    """The Timer port: one alarm for each time, and a heartbeat. Every ring calls the same verb.

    APScheduler rings alarms by the clock of the machine: one that is set back makes them late, by no more
    than a heartbeat, and every ring sets them anew.
    """

    def __init__(
        self,
        clock: Clock,
        wall: Clock,
        heartbeat_s: float = HEARTBEAT_S,
        *,
        soonest_s: Callable[[], float | None] = lambda: None,
    ) -> None:
        """Alarms are times of ``clock``; ``wall`` is the clock that APScheduler lives by.

        ``soonest_s``: in how many seconds to ring besides; None for never.

        The two differ in the local workspace, where ``clock`` can be moved forward, and while the clock of
        the machine is off.
        """
        self._clock = clock
        self._wall = wall
        self._heartbeat_s = heartbeat_s
        self._soonest_s = soonest_s
        self._lock = Lock()
        self._woken = Event()
        self._ending = False
        self._worker: Thread | None = None
        # Late is better than never, and one ring does everything that is due: never skip, never pile up.
        self._scheduler = BackgroundScheduler(
            timezone="UTC", job_defaults={"misfire_grace_time": None, "coalesce": True}
        )

    def start(self, ring: Callable[[], None]) -> None:
        """Call ``ring`` once, then at every heartbeat and for whatever is armed, one call at a time."""
        self._worker = Thread(target=self._work, args=(ring,), name="timer", daemon=True)
        self._woken.set()
        self._worker.start()
        self._scheduler.start()

    def ring_now(self) -> None:
        """Ring as soon as a ring under way is over; returns at once."""
        self._woken.set()

    def stop(self) -> None:
        """Stop ringing; waits for a ring under way."""
        self._ending = True
        self._woken.set()
        if self._worker:
            self._worker.join()
        if self._scheduler.running:
            # Else its thread, in which one of them rings at this moment, would look for it in vain, and fail.
            self._scheduler.remove_all_jobs()
            self._scheduler.shutdown(wait=True)

    def arm(self, times: Sequence[datetime]) -> None:
        """Ring at these times (UTC) and at no others, but for one that is about to ring.

        APScheduler is just taking that one out itself, and its thread would end if it were gone already.
        """
        with self._lock:
            about_now = self._wall() + ABOUT_TO_RING
            for job in self._scheduler.get_jobs():
                rings_at = getattr(job, "next_run_time", None)  # one that was not begun has none
                if job.id.startswith(ALARM) and (rings_at is None or rings_at > about_now):
                    job.remove()
            shift = self._wall() - self._clock() + A_LITTLE_LATER
            for moment in dict.fromkeys(times):
                self._scheduler.add_job(
                    self._woken.set,
                    DateTrigger(run_date=moment + shift),
                    id=f"{ALARM}{moment.isoformat()}",
                    replace_existing=True,
                )

    def _work(self, ring: Callable[[], None]) -> None:
        while True:
            soonest_s = self._soonest_s()
            wait_s = self._heartbeat_s if soonest_s is None else min(soonest_s, self._heartbeat_s)
            self._woken.wait(wait_s)  # without a word the heartbeat has come
            self._woken.clear()
            if self._ending:
                return
            try:
                ring()
            except Exception as error:  # noqa: BLE001 - whatever failed, the next ring must come
                code = error.code if isinstance(error, BotError) else type(error).__name__
                log.error("ring failed", extra={"code": code})  # noqa: TRY400 - a foreign text may hold a reply
