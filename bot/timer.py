"""Wake the scheduler at the next due time, with APScheduler. All state is in the store.

An alarm only wakes a thread of ours, which does the work. APScheduler holds its lock while it shuts down, so
a job that set alarms itself would never end.
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
"""Seconds after which whatever an alarm missed is done at the latest, by a clock that nobody can set."""

ALARM = "alarm:"

ABOUT_TO_RING = timedelta(milliseconds=500)

A_LITTLE_LATER = timedelta(milliseconds=20)
"""Delay of each alarm after its time, so that the time has come by every clock."""


class AlarmTimer:
    """The Timer port: one alarm for each time, and a heartbeat. Each of them calls the same function.

    APScheduler uses the clock of the machine. If that clock is set back, alarms are late by at most one
    heartbeat, and each ring sets them again.
    """

    def __init__(
        self,
        clock: Clock,
        wall: Clock,
        heartbeat_s: float = HEARTBEAT_S,
        *,
        soonest_s: Callable[[], float | None] = lambda: None,
    ) -> None:
        """Set alarms by ``clock``; ``wall`` is the clock that APScheduler uses.

        ``soonest_s``: in how many seconds to ring in addition; None for never.

        The two clocks differ in the local workspace, where ``clock`` can be moved forward, and while the
        clock of the machine is wrong.
        """
        self._clock = clock
        self._wall = wall
        self._heartbeat_s = heartbeat_s
        self._soonest_s = soonest_s
        self._lock = Lock()
        self._woken = Event()
        self._ending = False
        self._worker: Thread | None = None
        # Run late alarms, and run one ring for several of them: one ring does everything that is due.
        self._scheduler = BackgroundScheduler(
            timezone="UTC", job_defaults={"misfire_grace_time": None, "coalesce": True}
        )

    def start(self, ring: Callable[[], None]) -> None:
        """Call ``ring`` now, at every heartbeat and at each armed time, one call at a time."""
        self._worker = Thread(target=self._work, args=(ring,), name="timer", daemon=True)
        self._woken.set()
        self._worker.start()
        self._scheduler.start()

    def ring_now(self) -> None:
        """Ring as soon as the current ring has ended. Returns at once."""
        self._woken.set()

    def is_alive(self) -> bool:
        """Return whether it rings; also while a ring takes long."""
        return self._worker is not None and self._worker.is_alive()

    def stop(self) -> None:
        """Stop ringing. Waits for the current ring."""
        self._ending = True
        self._woken.set()
        if self._worker:
            self._worker.join()
        if self._scheduler.running:
            # Remove the jobs first. Otherwise the scheduler's thread, which may be running one, looks for it
            # after the shutdown and fails.
            self._scheduler.remove_all_jobs()
            self._scheduler.shutdown(wait=True)

    def arm(self, times: Sequence[datetime]) -> None:
        """Ring at these times (UTC) and at no others, except for an alarm that is about to ring.

        APScheduler is removing that alarm itself, and its thread would end if the alarm were already gone.
        """
        with self._lock:
            about_now = self._wall() + ABOUT_TO_RING
            for job in self._scheduler.get_jobs():
                rings_at = getattr(job, "next_run_time", None)  # a job that has not been started has none
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
            self._woken.wait(wait_s)  # a timeout is the heartbeat
            self._woken.clear()
            if self._ending:
                return
            try:
                ring()
            except Exception as error:  # noqa: BLE001 - whatever failed, the next ring must come
                code = error.code if isinstance(error, BotError) else type(error).__name__
                log.error("ring failed", extra={"code": code})  # noqa: TRY400 - a foreign text may hold a reply
