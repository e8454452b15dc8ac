"""Steps of a bot at which it can kill itself: what it does to files, and what SQLite does for it."""

import os
import signal
import sqlite3
from collections.abc import Callable
from threading import RLock
from typing import Any

from tests.faults.memory import Shared

CALLS = ("open", "fsync", "unlink", "rename", "utime")
"""The calls of the system that are steps; each is one before and one after."""

TICKS_PER_STEP = 200
"""Long statements have steps inside: one per so many instructions of SQLite's virtual machine."""


class Fuse:
    """Counts the steps of this process, and kills it (SIGKILL) at the one that the harness has chosen.

    No process that this one forks burns the fuse: it is another program.
    """

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._owner = os.getpid()
        self._lock = RLock()

    def step(self) -> int:
        """Count one step; zero, so that SQLite goes on."""
        if os.getpid() == self._owner:
            with self._lock:
                if self._shared.count() == self._shared.deadly:
                    os.kill(self._owner, signal.SIGKILL)
        return 0

    def around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, with a step before and a step after."""

        def call(*arguments: Any, **named: Any) -> Any:
            self.step()
            result = function(*arguments, **named)
            self.step()
            return result

        return call

    def light(self) -> None:
        """Make steps of every statement of SQLite and of these system calls, in this process, from now on."""
        for name in CALLS:
            setattr(os, name, self.around(getattr(os, name)))
        fuse, connect = self, sqlite3.connect

        class Fused(sqlite3.Connection):
            def execute(self, *arguments: Any) -> sqlite3.Cursor:
                fuse.step()
                cursor = super().execute(*arguments)
                fuse.step()
                return cursor

            def commit(self) -> None:
                fuse.step()
                super().commit()
                fuse.step()

        def connect_fused(*arguments: Any, **named: Any) -> sqlite3.Connection:
            connection: sqlite3.Connection = connect(*arguments, **{"factory": Fused} | named)
            connection.set_progress_handler(fuse.step, TICKS_PER_STEP)
            return connection

        sqlite3.connect = connect_fused  # type: ignore[assignment]
