"""Collect the garbage that only a scan of all objects finds, while it is calm.

With 1,000 open workspaces such a scan takes a second on a slow machine, and nothing else runs meanwhile.
Python would do it in the middle of requests (``bot.cli.process.set_up_for_many`` tells it not to).
"""

import gc
from collections.abc import Callable
from time import monotonic

OFTEN_S = 60.0
"""Seconds between two scans at least."""

LATE_S = 3600.0
"""Seconds after which a scan that is needed waits no longer until it is calm."""

MANY_SCANS = 10
"""After so many scans of newer objects, one of all is needed: Python's own default."""

MANY_CELLS = 50
"""After so many cells were discarded, such as when a shard was handed over, too: each leaves 300 objects."""


class Garbage:
    """What is left of cells and requests in this process."""

    def __init__(
        self,
        elapsed: Callable[[], float] = monotonic,
        collect: Callable[[], object] = gc.collect,
        scans: Callable[[], int] = lambda: gc.get_count()[2],
    ) -> None:
        """Begin to count.

        ``elapsed``: the seconds of a clock that nobody can set. ``scans``: how many of newer objects there
        were since the last one of all.
        """
        self._elapsed, self._collect, self._scans = elapsed, collect, scans
        self._last_s = elapsed()
        self._cells = 0

    def note_discarded(self) -> None:
        """Note that a cell was discarded."""
        self._cells += 1

    def collect_if_needed(self, is_calm: Callable[[], bool]) -> None:
        """Scan all objects if that is needed and it is calm. ``is_calm``: whether no request is near."""
        since_s = self._elapsed() - self._last_s
        if since_s < OFTEN_S or (self._scans() < MANY_SCANS and self._cells < MANY_CELLS):
            return
        if is_calm() or since_s >= LATE_S:
            self._last_s, self._cells = self._elapsed(), 0
            self._collect()
