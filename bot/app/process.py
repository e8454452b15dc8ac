"""What all cells of one process share: the clock, the way to Slack, threads, prompts and languages."""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from bot.app.arrivals import Arrives
from bot.app.garbage import Garbage
from bot.clock import CheckedClock
from bot.config import Config, PackRegistry
from bot.core.cells import CellKey
from bot.core.language import Languages
from bot.daily_proof import Prover
from bot.slack.client.proxies import Route
from bot.slack.client.rate_limits import RateLimiter
from bot.slack.client.under_way import MostUnderWay
from bot.slack.transport.fair_pool import FairPool
from bot.slack.transport.loop import Loop
from bot.slack.transport.pools import USE_CASES, WAITING, WRITERS, Pools
from bot.slack.transport.session import Connections
from bot.store.ballots import COMMITTING

OPENING = 8
"""Cells opened at once for requests. One whose disk hangs keeps one thread."""


class SharedThreads:
    """The threads of the process, in which cells take turns."""

    def __init__(self) -> None:
        """Start no thread yet."""
        self._use_cases = FairPool(USE_CASES, "use-case")
        self._writers = FairPool(WRITERS, "writer")
        self._waiting = FairPool(WAITING, "waiting")
        self.commits = FairPool(COMMITTING, "commit")
        self.opening = FairPool(OPENING, "opening")

    def pools_of(self, key: CellKey) -> Pools:
        """Return the share of a cell in the threads for use cases."""
        return Pools(
            use_cases=self._use_cases.share(key),
            writers=self._writers.share(key),
            waiting=self._waiting.share(key),
        )

    def close(self) -> None:
        """Wait for everything that was submitted."""
        for pool in (self.opening, self._use_cases, self._writers, self._waiting, self.commits):
            pool.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """What the cells of a process share.

    ``proving``: held while a daily proof runs, so that there is one at a time. ``new_limiter``: makes the
    rate limiter of a cell, since Slack limits each workspace by itself. ``under_way``: limits how many
    messages of all cells are under way at once, so that few are posted again after a kill.
    ``arrives``: where the facts of other cells are on other machines. ``garbage``: what discarded cells
    leave.
    """

    config: Config
    clock: CheckedClock
    route: Route
    loop: Loop
    connections: Connections
    threads: SharedThreads
    packs: PackRegistry
    languages: Languages
    prover: Prover
    proving: Lock
    new_limiter: Callable[[], RateLimiter]
    under_way: MostUnderWay | None = None
    arrives: Arrives | None = None
    garbage: Garbage = field(default_factory=Garbage)
