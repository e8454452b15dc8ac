"""Control this process: signals that end it, its memory, and core dumps."""

import ctypes
import faulthandler
import gc
import logging
import os
import resource
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial

log = logging.getLogger(__name__)

STOP_S = 4.5
"""Seconds that a stop may take; systemd and people expect five at most."""

_M_ARENA_MAX = -8
"""The number of this setting in glibc's ``malloc.h``."""

YOUNG_OBJECTS = 20_000
"""New objects after which a process of many workspaces collects garbage; they take some megabytes."""

NEVER = 1_000_000_000
"""So many scans of newer objects there never are."""


@contextmanager
def until_asked_to_end(on_hangup: Callable[[], None] | None = None) -> Iterator[Callable[[], None]]:
    """Handle signals inside the block; yield a function that waits until Ctrl-C or SIGTERM.

    A signal that came earlier inside the block counts, too. The function calls ``on_hangup`` for each SIGHUP,
    in the main thread. Each signal is written to a socket that the function reads: an Event set by a signal
    handler can be missed if the signal comes just before the main thread begins to wait.
    """
    wakes, woken = socket.socketpair()
    woken.setblocking(False)
    numbers = [signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if on_hangup else [])]
    before = {number: signal.signal(number, lambda *_: None) for number in numbers}
    signal.set_wakeup_fd(woken.fileno())
    try:
        with wakes, woken:
            yield partial(_wait, wakes, on_hangup)
    finally:
        signal.set_wakeup_fd(-1)
        for number, handler in before.items():
            signal.signal(number, handler)


def _wait(wakes: socket.socket, on_hangup: Callable[[], None] | None) -> None:
    """Return at the first signal that asks to end. Each signal is one byte: its number."""
    while wakes.recv(1) == bytes([signal.SIGHUP]):
        if on_hangup:
            on_hangup()


def ask_to_end() -> None:
    """Send SIGTERM to this process; callable from any thread."""
    os.kill(os.getpid(), signal.SIGTERM)


def stop_in_time(stop: Callable[[], None], limit_s: float = STOP_S) -> None:
    """Run ``stop``; after ``limit_s`` seconds end this process as a kill would, with code 1.

    A call to a disk that hangs can neither be broken off nor left behind: Python waits for its thread. What
    was acknowledged is on disk, and the next start goes on as after a kill.
    """

    def end() -> None:
        log.error("stop takes too long, ended without it")
        os._exit(1)

    overdue = threading.Timer(limit_s, end)
    overdue.daemon = True
    overdue.start()
    stop()
    overdue.cancel()


def settle_memory() -> None:
    """Read every language, and exclude all present objects from garbage collection until the end.

    Otherwise the collector scans them during a burst of requests, and all of these wait.
    """
    from bot.config import prepare_languages, shipped_languages

    prepare_languages(shipped_languages())
    gc.collect()
    gc.freeze()


def set_up_for_many() -> None:
    """Set the interpreter up for many workspaces in one process.

    Threads take turns every millisecond: by Python's default of five, a click in one workspace waits for
    every thread that works for another one. Garbage is collected after ``YOUNG_OBJECTS`` new objects: by the
    default of 700, a third of all time went into scanning what 1,000 open workspaces keep in memory. All
    objects are scanned by ``bot.app.garbage`` alone, while it is calm.
    """
    sys.setswitchinterval(0.001)
    gc.set_threshold(YOUNG_OBJECTS, gc.get_threshold()[1], NEVER)


def share_heaps() -> None:
    """Limit malloc to two heaps for all threads; call it before threads start.

    glibc gives each thread a heap of its own and keeps them half empty, so the process grew with every round.
    This does nothing with another C library.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)


def disable_core_dumps() -> None:
    """Forbid core dumps, since they would contain keys and texts from memory.

    A crash prints the files, lines and functions of every thread to standard error, and no data.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if not faulthandler.is_enabled():
        with suppress(OSError, ValueError):  # standard error may not be a file, as in a test
            faulthandler.enable()
