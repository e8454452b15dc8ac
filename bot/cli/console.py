"""How every command talks: to people through rich, to programs as JSON, and about errors in one message."""

import ctypes
import faulthandler
import gc
import json
import os
import resource
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from bot.errors import BotError

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

ConfigPath = Annotated[
    Path, typer.Option("--config", help="The configuration file.", show_default="./config.yaml")
]


class LogLevel(StrEnum):
    """How much the log says."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogFormat(StrEnum):
    """Who reads the log."""

    HUMAN = "human"
    JSON = "json"


class ExportFormat(StrEnum):
    """Who reads an export."""

    CSV = "csv"
    JSON = "json"


Log = Annotated[LogLevel, typer.Option("--log", help="How much the log says.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]

DEFAULT_CONFIG = Path("config.yaml")
FAILED = 1
UNINSTALLED = 3
"""The exit code of ``belonging run`` when the app was uninstalled: starting it again helps nobody."""


@contextmanager
def told() -> Iterator[None]:
    """Turn a ``BotError`` into one message on standard error and exit code 1."""
    try:
        yield
    except BotError as error:
        err.print(f"[bold red]Error:[/] {escaped(error.message)}")
        if error.remedy:
            err.print(escaped(error.remedy))
        raise typer.Exit(FAILED) from None


def escaped(text: str) -> str:
    """Text that rich prints as it is."""
    return text.replace("[", r"\[")


def print_json(data: Any) -> None:
    """Print data as JSON, two spaces deep, in plain characters."""
    typer.echo(json.dumps(data, indent=2, ensure_ascii=False))


@contextmanager
def until_asked_to_end(on_hangup: Callable[[], None] | None = None) -> Iterator[Callable[[], None]]:
    """Inside: what returns once the program has been asked to end, by Ctrl-C or SIGTERM, since the beginning.

    ``on_hangup`` is called for each SIGHUP while it waits, in the main thread. The signal itself writes to a
    socket that is read from: an Event that a handler sets can be missed, when the signal comes just before
    the main thread begins to wait.
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
    """Return at the first signal that asks to end. Each signal comes as one byte: its number."""
    while wakes.recv(1) == bytes([signal.SIGHUP]):
        if on_hangup:
            on_hangup()


def ask_to_end() -> None:
    """Ask this program to end, as SIGTERM from outside does; from any thread."""
    os.kill(os.getpid(), signal.SIGTERM)


def settle_memory() -> None:
    """Let the garbage collector pass over what the program has made so far: it lives to the end anyway.

    Else it looks at all of it again in the middle of a burst, and everybody waits.
    """
    gc.collect()
    gc.freeze()


def share_heaps() -> None:
    """Let all threads take their memory from two heaps; to be called before there are threads.

    glibc would give each of them one of its own, and keep these half empty: the program grew with every
    round. Nothing happens where the C library is another one.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)


_M_ARENA_MAX = -8
"""The number of this setting in glibc's ``malloc.h``."""


def leave_no_core() -> None:
    """Forbid core dumps: one would hold the keys and the texts that the program holds at that moment.

    What a crash leaves on standard error are files, lines and functions of every thread, and no data.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if not faulthandler.is_enabled():
        with suppress(OSError, ValueError):  # standard error may be no file, as in a test
            faulthandler.enable()
