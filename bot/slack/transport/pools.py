"""The thread pools in which use cases run."""

from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol, Self

USE_CASES = 8
"""Verbs that run at once. Some wait until a ballot file that is being written can be read."""

WRITERS = 4
"""Submissions that run at once, besides the other use cases. They wait for no ballot file (``wait_for``)."""

WAITING = 4
"""Flows started by members that may wait for Slack at once, besides the timer's."""


class Threads(Protocol):
    """Threads that are closed at the end."""

    def close(self) -> None:
        """Wait until everything that was submitted has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pools:
    """Threads for use cases, for submissions, and for use cases that may wait for Slack."""

    use_cases: Executor
    writers: Executor
    waiting: Executor

    @classmethod
    def of_one_workspace(cls) -> Self:
        """Return pools whose threads serve nobody else."""
        return cls(
            use_cases=ThreadPoolExecutor(USE_CASES, thread_name_prefix="use-case"),
            writers=ThreadPoolExecutor(WRITERS, thread_name_prefix="writer"),
            waiting=ThreadPoolExecutor(WAITING, thread_name_prefix="waiting"),
        )

    def close(self) -> None:
        """Wait until everything that was submitted has ended."""
        for pool in (self.use_cases, self.writers, self.waiting):
            pool.shutdown()
