"""Write a file again and again while the bot works, for ``belonging health`` in another process.

The file holds nothing but the uptime of the machine in seconds, which nobody can set as they can the clock.
"""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event, Lock, Thread

from bot.store.files import make_private

NAME = "heartbeat"

EVERY_S = 15
"""Seconds between two heartbeats. They come by this time alone, whatever people do."""

LATE_S = 60
"""A heartbeat that is older, in seconds, means that the bot does not work."""


class Heartbeat:
    """The heartbeat of the bot that holds a data directory. Call ``start`` and ``stop`` once at most."""

    def __init__(self, data_dir: Path, works: Callable[[], bool], uptime_s: Callable[[], float]) -> None:
        """Beat while ``works`` returns True; it may take some seconds."""
        self._path = data_dir / NAME
        self._works = works
        self._uptime_s = uptime_s
        self._lock = Lock()
        self._ended = Event()
        self._thread: Thread | None = None

    def start(self) -> None:
        """Beat now and every ``EVERY_S`` seconds, in a thread."""
        self._thread = Thread(target=self._work, name="heartbeat", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Remove the file, unless another bot wrote it. Does not wait for ``works``."""
        with self._lock:
            self._ended.set()
            if self._thread:
                with suppress(OSError):
                    self._path.unlink(missing_ok=True)

    def beat(self) -> None:
        """Write the file if the bot works. A full or broken disk makes the heartbeat late."""
        if not self._works():
            return
        part = self._path.with_name(f"{NAME}.part")
        with self._lock, suppress(OSError):
            if not self._ended.is_set():
                make_private(part)
                part.write_text(f"{self._uptime_s():.0f}\n", encoding="ascii")
                part.replace(self._path)

    def _work(self) -> None:
        self.beat()
        while not self._ended.wait(EVERY_S):
            self.beat()


def silence_s(data_dir: Path, uptime_s: float) -> float | None:
    """Return the seconds since the last heartbeat; None where there is none since the machine started."""
    try:
        silent_s = uptime_s - float((data_dir / NAME).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
    return silent_s if silent_s >= -1 else None  # rounded; before a restart of the machine it may be ahead
