"""APScheduler as an alarm clock: it holds no truth, and everything it knows is rebuilt from the store."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from threading import Lock

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger

from bot.ports import Clock

HEARTBEAT_S = 60
"""Whatever an alarm missed is done at the latest after so many seconds."""

ALARM = "alarm:"


class AlarmTimer:
    """The Timer port: one alarm for each time, and a heartbeat. Every ring calls the same verb."""

    def __init__(self, ring: Callable[[], None], clock: Clock, wall: Clock) -> None:
        """Call ``ring`` at the armed times of ``clock``; ``wall`` is the clock that APScheduler lives by.

        The two differ only in the local workspace, where ``clock`` can be moved forward.
        """
        self.ring = ring
        self._clock = clock
        self._wall = wall
        self._lock = Lock()
        # Late is better than never, and one ring does everything that is due: never skip, never pile up.
        self._scheduler = BackgroundScheduler(
            timezone="UTC",
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )

    def start(self) -> None:
        """Ring once, then at every heartbeat and for whatever is armed."""
        self._scheduler.add_job(
            self.ring, IntervalTrigger(seconds=HEARTBEAT_S), id="heartbeat", next_run_time=self._wall()
        )
        self._scheduler.start()

    def stop(self) -> None:
        """Stop ringing; waits for a ring under way."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)

    def arm(self, times: Sequence[datetime]) -> None:
        """Ring at these times (UTC) and at no others."""
        with self._lock:
            for job in self._scheduler.get_jobs():
                if job.id.startswith(ALARM):
                    job.remove()
            shift = self._wall() - self._clock()
            for moment in dict.fromkeys(times):
                self._scheduler.add_job(
                    self.ring,
                    DateTrigger(run_date=moment + shift + timedelta(milliseconds=20)),
                    id=f"{ALARM}{moment.isoformat()}",
                    replace_existing=True,
                )
