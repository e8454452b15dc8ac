"""Where an exception can escape that nobody catches, and what the log is told of it: class and reference.

Python would print its text, and lines of a traceback, in which a reply, a name or a key can stand.
"""

import logging
import secrets
import sys
import threading
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import TextIO

log = logging.getLogger(__name__)


def install() -> None:
    """Put our hooks in the place of Python's.

    The handler of asyncio needs none: it logs, and the log drops its words.
    """
    sys.excepthook = _of_the_program
    sys.unraisablehook = _unraisable
    threading.excepthook = _of_a_thread
    warnings.showwarning = _of_a_warning


def _tell(event: str, kind: type[BaseException] | None, level: int = logging.ERROR) -> None:
    """Log the class and a reference. Whatever goes wrong here is silent: Python would print both errors."""
    with suppress(Exception):
        code = kind.__name__ if kind else "unknown"
        log.log(level, event, extra={"code": code, "ref": secrets.token_hex(3)})


def _of_the_program(kind: type[BaseException], _: BaseException, __: TracebackType | None) -> None:
    _tell("program failed", kind)


def _of_a_thread(what: threading.ExceptHookArgs) -> None:
    if what.exc_type is not SystemExit:  # which ends a thread on purpose
        _tell("thread failed", what.exc_type)


def _unraisable(what: "sys.UnraisableHookArgs") -> None:
    """Of a destructor, a callback or the end of the program."""
    _tell("exception ignored", what.exc_type)


def _of_a_warning(
    message: Warning | str,  # noqa: ARG001
    category: type[Warning],
    filename: str,  # noqa: ARG001
    lineno: int,  # noqa: ARG001
    file: TextIO | None = None,  # noqa: ARG001
    line: str | None = None,  # noqa: ARG001
) -> None:
    _tell("warning", category, logging.WARNING)


def _from_the_program(text: str) -> None:
    sys.excepthook(ValueError, ValueError(text), None)


def _from_a_thread(text: str) -> None:
    args = (ValueError, ValueError(text), None, threading.current_thread())
    threading.excepthook(threading.ExceptHookArgs(args))


def _from_a_destructor(text: str) -> None:
    class Dying:
        def __del__(self) -> None:
            raise ValueError(text)

    Dying()


def _from_a_task(text: str) -> None:
    import asyncio  # noqa: PLC0415 - half of what uses this module does without

    loop = asyncio.new_event_loop()
    try:
        loop.call_exception_handler({"message": text, "exception": ValueError(text)})
    finally:
        loop.close()


def _from_a_warning(text: str) -> None:
    warnings.showwarning(UserWarning(text), UserWarning, text, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class WayOut:
    """A hook by which an exception can escape.

    ``is_ours``: whether the one in force is the bot's. ``let_escape`` lets one with this text escape.
    """

    is_ours: Callable[[], bool]
    let_escape: Callable[[str], None]


WAYS_OUT: Mapping[str, WayOut] = {
    "sys.excepthook": WayOut(is_ours=lambda: sys.excepthook is _of_the_program, let_escape=_from_the_program),
    "sys.unraisablehook": WayOut(
        is_ours=lambda: sys.unraisablehook is _unraisable, let_escape=_from_a_destructor
    ),
    "threading.excepthook": WayOut(
        is_ours=lambda: threading.excepthook is _of_a_thread, let_escape=_from_a_thread
    ),
    "asyncio": WayOut(is_ours=lambda: True, let_escape=_from_a_task),
    "warnings": WayOut(is_ours=lambda: warnings.showwarning is _of_a_warning, let_escape=_from_a_warning),
}
"""All of them, for ``proof``. Somebody else's hook is not to be called: it may send things away."""
