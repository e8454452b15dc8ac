"""Let another process kill this worker when its event loop hangs or when it is stopped.

A worker that does nothing would keep the locks of its storage, so that no other could take its shards. Locks
end with their process. Pausing the whole container or machine pauses the watchdog, too.
"""

import asyncio
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path

from bot.cluster.watchdog_process import WAITS
from bot.errors import ClusterError

log = logging.getLogger(__name__)

LIMIT_S = 10.0
"""Seconds of silence after which the worker is killed."""

_PROGRAM = Path(__file__).with_name("watchdog_process.py")
_UNHEARD = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT}
"""Systemd sends SIGTERM to all processes of a service. The watchdog must watch while the worker stops."""

_LOADER = "LD_LIBRARY_PATH"
"""The only variable that the process gets, where it is set: without it, some Pythons cannot start."""


class Watchdog:
    """Watches this process. ``start`` it, run ``keep`` as a task of the event loop, and ``stop`` it last."""

    def __init__(self, limit_s: float = LIMIT_S) -> None:
        """Kill this process after ``limit_s`` seconds without a word from its event loop."""
        self._limit_s = limit_s
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe = -1
        self._told = 0
        self._stopped = False

    def start(self) -> None:
        """Start the other process. Raises ``ClusterError`` where it cannot, or could not kill this one."""
        if os.getpid() == 1:
            raise ClusterError(
                "This worker is process 1 of its container, which nothing inside can kill when it hangs.",
                remedy="Run it under an init: docker run --init, `init: true` in compose,"
                " `shareProcessNamespace: true` in Kubernetes.",
            )
        try:
            self._start()
        except OSError as error:
            raise ClusterError(
                f"The watchdog of this worker cannot be started ({error.strerror}).",
                remedy="Let the bot's user start more processes, and open more files.",
            ) from None

    def tell(self) -> None:
        """Tell the other process that this one works. One that has ended is started again."""
        self._told += 1
        try:
            os.write(self._pipe, b".")
        except BlockingIOError:
            return  # it is stopped, and will read on
        except OSError:
            if self._told >= WAITS and not self._stopped:  # where it cannot live, do not try all the time
                self._start_again()

    async def keep(self) -> None:
        """Tell it again and again, until this task is cancelled."""
        while True:
            self.tell()
            await asyncio.sleep(self._limit_s / WAITS)

    def stop(self) -> None:
        """End the other process."""
        self._stopped = True
        self._end()

    def _start(self) -> None:
        """Start the process, with the first lines in its pipe: it watches even if this process stops now."""
        reads, writes = os.pipe()
        try:
            os.set_blocking(writes, False)
            os.write(writes, b"%d\n%s\n" % (self._limit_s * 1000 / WAITS, _line(self._limit_s).encode()))
            self._process = _run(reads)
        except OSError:
            os.close(writes)
            raise
        finally:
            os.close(reads)
        self._pipe, self._told = writes, 0

    def _start_again(self) -> None:
        self._told = 0
        self._end()
        log.error("watchdog ended, started again", extra={"code": "watchdog"})
        try:
            self._start()
        except OSError:
            log.error("watchdog not started", extra={"code": "watchdog"})  # noqa: TRY400 - the code says enough

    def _end(self) -> None:
        process, self._process = self._process, None
        pipe, self._pipe = self._pipe, -1  # its number may soon be that of another file
        if process:
            os.close(pipe)
            process.kill()
            process.wait()


def _run(reads: int) -> "subprocess.Popen[bytes]":
    """Start the program. It inherits a pipe and standard error: with a lock file, it would keep the lock."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _UNHEARD)  # the process inherits this, from its start
    try:
        return subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-I", "-S", "-B", str(_PROGRAM)],
            stdin=reads,
            stdout=subprocess.DEVNULL,
            close_fds=True,
            cwd="/",
            env={_LOADER: os.environ[_LOADER]} if _LOADER in os.environ else {},
            start_new_session=True,  # Ctrl-C and Ctrl-Z are for the worker
        )
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _line(limit_s: float) -> str:
    """Return the line that the process logs after it has killed this one, in the format of this log."""
    fields = {"code": "hung", "count": round(limit_s)}
    record = log.makeRecord(log.name, logging.CRITICAL, "", 0, "worker killed", (), None, extra=fields)
    record.created = 0.0  # ``TIME_LEFT_OPEN``
    told = (handler.format(record) for handler in logging.getLogger().handlers)
    return " ".join(next(told, "").splitlines())
