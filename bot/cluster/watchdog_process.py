"""The program of the watchdog: kill the worker when it has been silent for ten waits in a row.

Python runs this file alone, so that the process stays small: it imports nothing else of the bot, and it opens
no file. Its standard input is the pipe from the worker: how long one wait is (ms), the line for the log, and
then one byte for each sign of life. The pipe ends with the worker, and the watchdog with the pipe.

Waits are counted, and no clock is read: a wait during which the whole machine sleeps counts as one.
"""

import os
import select
import signal
import time
from contextlib import suppress

WAITS = 10

TIME_LEFT_OPEN = "1970-01-01T00:00:00.000+00:00"
"""Stands in the line for the log where the time is to be."""

_IN, _ERR = 0, 2
_MANY = 4096


def main() -> None:
    """Watch the process that has started this one, until it ends or is killed."""
    worker = os.getppid()
    with os.fdopen(_IN, "rb", buffering=0, closefd=False) as told:
        wait_ms, line = int(told.readline() or 0), told.readline()
    if _falls_silent(wait_ms) and os.getppid() == worker:
        os.kill(worker, signal.SIGKILL)
        _log(line.decode())


def _falls_silent(wait_ms: int) -> bool:
    """Wait until the worker is silent for too long; return False when it has ended."""
    poll = select.poll()
    poll.register(_IN, select.POLLIN)
    silent = 0
    while silent < WAITS:
        if not poll.poll(wait_ms):
            silent += 1
        elif os.read(_IN, _MANY):
            silent = 0
        else:
            return False
    return True


def _log(line: str) -> None:
    """Write the line to standard error, unless it is closed or nobody reads it."""
    seconds = time.time()  # noqa: TID251 - a program of its own, which cannot be given a clock
    now = f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{int(seconds % 1 * 1000):03}+00:00"
    poll = select.poll()
    poll.register(_ERR, select.POLLOUT)
    with suppress(OSError):
        if (_ERR, select.POLLOUT) in poll.poll(0):
            os.write(_ERR, line.replace(TIME_LEFT_OPEN, now).encode())


if __name__ == "__main__":
    main()
