"""Log uncaught exceptions by class and reference only.

Python would print the text and a traceback, which may contain a reply, a name or a key.
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
    """Replace Python's hooks with ours.

    The exception handler of asyncio needs no hook: it logs, and our log drops its text.
    """
    sys.excepthook = _on_exception
    sys.unraisablehook = _on_unraisable
    threading.excepthook = _on_thread_exception
    warnings.showwarning = _on_warning


def _log(event: str, kind: type[BaseException] | None, level: int = logging.ERROR) -> None:
    """Log the class and a reference.

    Errors in here are ignored, because Python would print both exceptions.
    """
    with suppress(Exception):
        code = kind.__name__ if kind else "unknown"
        log.log(level, event, extra={"code": code, "ref": secrets.token_hex(3)})


def _on_exception(kind: type[BaseException], _: BaseException, __: TracebackType | None) -> None:
    _log("program failed", kind)


def _on_thread_exception(what: threading.ExceptHookArgs) -> None:
    if what.exc_type is not SystemExit:  # it ends a thread on purpose
        _log("thread failed", what.exc_type)


def _on_unraisable(what: "sys.UnraisableHookArgs") -> None:
    """Handle an exception of a destructor, of a callback, or at the end of the program."""
    _log("exception ignored", what.exc_type)


def _on_warning(
    message: Warning | str,  # noqa: ARG001
    category: type[Warning],
    filename: str,  # noqa: ARG001
    lineno: int,  # noqa: ARG001
    file: TextIO | None = None,  # noqa: ARG001
    line: str | None = None,  # noqa: ARG001
) -> None:
    _log("warning", category, logging.WARNING)


def _raise_in_program(text: str) -> None:
    sys.excepthook(ValueError, ValueError(text), None)


def _raise_in_thread(text: str) -> None:
    args = (ValueError, ValueError(text), None, threading.current_thread())
    threading.excepthook(threading.ExceptHookArgs(args))


def _raise_in_destructor(text: str) -> None:
    class Dying:
        def __del__(self) -> None:
            raise ValueError(text)

    Dying()


def _raise_in_task(text: str) -> None:
    import asyncio  # noqa: PLC0415 - half of the users of this module do not need it

    loop = asyncio.new_event_loop()
    try:
        loop.call_exception_handler({"message": text, "exception": ValueError(text)})
    finally:
        loop.close()


def _warn(text: str) -> None:
    warnings.showwarning(UserWarning(text), UserWarning, text, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """A hook through which an exception can go uncaught.

    ``is_ours``: whether the hook in force is the bot's. ``trigger`` raises an exception with this text
    through it.
    """

    is_ours: Callable[[], bool]
    trigger: Callable[[str], None]


HOOKS: Mapping[str, Hook] = {
    "sys.excepthook": Hook(is_ours=lambda: sys.excepthook is _on_exception, trigger=_raise_in_program),
    "sys.unraisablehook": Hook(
        is_ours=lambda: sys.unraisablehook is _on_unraisable, trigger=_raise_in_destructor
    ),
    "threading.excepthook": Hook(
        is_ours=lambda: threading.excepthook is _on_thread_exception, trigger=_raise_in_thread
    ),
    "asyncio": Hook(is_ours=lambda: True, trigger=_raise_in_task),
    "warnings": Hook(is_ours=lambda: warnings.showwarning is _on_warning, trigger=_warn),
}
"""All hooks, for ``proof``. Hooks of others are not called, because they may send data away."""
