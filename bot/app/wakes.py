"""Look what is due in each cell at its time, several cells at once."""

import logging
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime
from threading import Lock

from bot.app.hosted_cell import HostedCell
from bot.errors import BotError, StoppingError
from bot.logs import in_cell
from bot.ports import Clock
from bot.timer import AlarmTimer

log = logging.getLogger(__name__)

RUNNERS = 32
"""Cells looked at at once. One with 500 channels to ask takes minutes; the others must not wait."""


class Wakes:
    """Wakes cells. ``ring`` is called by the timer: at each alarm, and every minute."""

    def __init__(
        self,
        cells: Callable[[], Iterable[HostedCell]],
        clock: Clock,
        timer: AlarmTimer,
        at_once: int,
    ) -> None:
        """Look at these cells, which may become more and fewer; at so many ``at_once``."""
        self._cells = cells
        self._clock = clock
        self._timer = timer
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix="due")
        self._lock = Lock()
        self._running: dict[HostedCell, Future[None]] = {}
        self._armed: datetime | None = None

    def ring(self) -> None:
        """Begin to look at every cell whose time has come, and set the next alarm."""
        now = self._clock()
        for cell in self._cells():
            if cell.next_at <= now:
                self._begin(cell)
        self._arm()

    def run_due(self) -> None:
        """Look at every cell whose time has come, and wait until that is done.

        A look that began before may have missed what is due now, so each cell is looked at again.
        """
        now = self._clock()
        due = {cell for cell in self._cells() if cell.next_at <= now}
        with self._lock:
            before = tuple(self._running.values())
        wait(before)
        for cell in due:
            cell.wake()
        self.ring()
        with self._lock:
            running = tuple(self._running.values())
        wait(running)

    def sooner(self, cell: HostedCell) -> None:
        """Note that the next time of a cell has become earlier."""
        if self._armed is None or cell.next_at < self._armed:
            self._timer.ring_now()

    def close(self) -> None:
        """Wait for the cells that are looked at now; look at no other."""
        self._pool.shutdown(cancel_futures=True)

    def _begin(self, cell: HostedCell) -> None:
        with self._lock:
            if cell in self._running:
                return
            looking = self._running[cell] = self._pool.submit(self._look, cell)
        looking.add_done_callback(lambda _: self._end(cell))

    def _look(self, cell: HostedCell) -> None:
        with in_cell(cell.key):
            try:
                cell.look()
            except StoppingError:
                return
            except Exception as error:  # noqa: BLE001 - one cell must not stop the others
                code = error.code if isinstance(error, BotError) else type(error).__name__
                if code != cell.trouble:  # that one is logged by the cell, once
                    log.error("ring failed", extra={"code": code})  # noqa: TRY400 - a foreign text may hold a reply

    def _end(self, cell: HostedCell) -> None:
        with self._lock:
            self._running.pop(cell, None)
        self.sooner(cell)

    def _arm(self) -> None:
        """Set the alarm to the next time of any cell."""
        now = self._clock()
        self._armed = min((one.next_at for one in self._cells() if one.next_at > now), default=None)
        self._timer.arm([self._armed] if self._armed else [])
