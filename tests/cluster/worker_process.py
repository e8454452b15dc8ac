"""One worker as a process: it is started by ``tests.cluster.processes.Cluster``, and sent any signal."""

import os
import select
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event
from time import monotonic

from tests.faults.memory import Shared
from tests.patience import PATIENCE_S

PAUSE_S = 0.02


class Worker:
    """One worker, dead or alive. ``log``: all that its processes have printed."""

    def __init__(self, number: int, folder: Path, data_dir: Path, port: int) -> None:
        """It is called ``w1`` and so on, by its ``number``."""
        self.number, self.name = number, f"w{number}"
        self.folder, self.data_dir, self.port = folder, data_dir, port
        self.url = f"http://127.0.0.1:{port}"
        self.pid = 0
        self.shared = Shared(folder / "fuse")
        self._ends = -1
        self._heard_from = 0

    @property
    def log(self) -> str:
        """Everything that it has printed, in all its lives."""
        path = self.folder / "log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    @property
    def new_log(self) -> str:
        """What it has printed since it was started last."""
        return self.log[self._heard_from :]

    def born(self, pid: int) -> None:
        """Note that a process of it lives now."""
        self.close()
        self.pid = pid
        self._ends = os.pidfd_open(pid)

    def begin(self) -> None:
        """Note that what it prints from now on is of its next life."""
        self._heard_from = len(self.log)

    def send(self, number: signal.Signals) -> None:
        """Send a signal, unless it has ended."""
        if self._ends >= 0:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._ends, number)

    def kill(self) -> None:
        """End it as a machine that loses its power; return once it is gone."""
        self.send(signal.SIGKILL)
        self.wait_ended()

    def is_alive(self) -> bool:
        """Whether its process is there, also stopped."""
        return self._ends >= 0 and not select.select([self._ends], [], [], 0)[0]

    def hang(self) -> None:
        """Stop it (SIGSTOP), and return once each of its threads is: on a busy machine that takes a while."""
        self.send(signal.SIGSTOP)
        states = [path / "stat" for path in Path(f"/proc/{self.pid}/task").iterdir()]
        wait_for(
            lambda: all(one.read_text().rpartition(")")[2].split()[0] == "T" for one in states),
            f"{self.name} does not stop",
        )

    def wait_ended(self, within_s: float = PATIENCE_S) -> None:
        """Return once its process is gone."""
        if self._ends >= 0:
            assert select.select([self._ends], [], [], within_s)[0], (
                f"{self.name} did not end: {self.new_log}"
            )

    def hear(self, says: str, within_s: float = PATIENCE_S) -> None:
        """Wait until this life of it has printed this."""
        wait_for(
            lambda: says in self.new_log or not self.is_alive(), f"{self.name} never said {says!r}", within_s
        )
        assert says in self.new_log, self.new_log

    def close(self) -> None:
        """Let go of its process."""
        if self._ends >= 0:
            os.close(self._ends)
            self._ends = -1


def wait_for(
    seen: Callable[[], object], or_else: str, within_s: float = PATIENCE_S, pause_s: float = PAUSE_S
) -> None:
    """Return once this is true; fail with this sentence if it never is. It looks again after each pause."""
    ends_s, pause = monotonic() + within_s, Event()
    while not seen():
        assert monotonic() < ends_s, or_else
        pause.wait(pause_s)
