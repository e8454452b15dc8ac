"""Logs that cannot tell on anyone: an event name and fields from an allow-list, nothing else.

Slack's and APScheduler's loggers print whole payloads and exception texts on their lower levels, and a reply
can stand in them. So they are pinned, whatever verbosity is asked for, and no foreign exception text is
ever formatted. An exception that nobody catches is told by its class and a reference, wherever it escapes
(``bot.uncaught``).
"""

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from datetime import UTC, datetime
from io import StringIO
from threading import get_ident
from typing import TextIO

from bot.uncaught import WAYS_OUT, install

FIELDS = ("round_id", "channel_id", "schedule_id", "code", "ref", "duration_ms", "count")
"""The only fields that a log line may carry. No member, no text, no receipt, no key, no body."""

_UNWRITABLE = "a log line that cannot be written"

PINNED = {
    "slack_bolt": logging.CRITICAL,
    "slack_sdk": logging.CRITICAL,
    "bot.slack.sdk": logging.CRITICAL,
    "bot.slack.bolt": logging.CRITICAL,
    "aiohttp": logging.CRITICAL,
    "pyrate_limiter": logging.CRITICAL,
    "apscheduler": logging.CRITICAL,
    "uvicorn": logging.CRITICAL,
    "websockets": logging.CRITICAL,
    "asyncio": logging.ERROR,  # its handler of exceptions speaks there, and nowhere else
    "concurrent": logging.CRITICAL,
    "tzlocal": logging.CRITICAL,
}
"""Loggers of others; their warnings quote payloads, so what they would say we say ourselves, as codes."""


class AllowListFormatter(logging.Formatter):
    """Formats a record from its event name and its allowed fields; drops everything else, tracebacks too."""

    def __init__(self, *, as_json: bool) -> None:
        """One line a record, for people or as JSON."""
        super().__init__()
        self._as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        """The line for this record. Only our own records keep their message."""
        ours = record.name.startswith("bot.") and not record.args
        event = record.msg if ours and isinstance(record.msg, str) else f"message from {record.name}"
        fields = {name: _printable(record.__dict__[name]) for name in FIELDS if name in record.__dict__}
        if not ours and record.exc_info and record.exc_info[0]:
            fields["code"] = _printable(record.exc_info[0].__name__)
        when = datetime.fromtimestamp(record.created, tz=UTC).isoformat(timespec="milliseconds")
        if self._as_json:
            line = {"time": when, "level": record.levelname.lower(), "event": event, **fields}
            return json.dumps(line, ensure_ascii=False)
        details = " ".join(f"{name}={value}" for name, value in fields.items())
        return f"{when} {record.levelname:<7} {event} {details}".rstrip()


def logger_levels() -> dict[str, tuple[int, int]]:
    """The level of every pinned logger that there is, and of every one under it, beside the level wanted."""
    names = {*PINNED, *logging.root.manager.loggerDict}
    above = ((name, [pin for pin in PINNED if f"{name}.".startswith(f"{pin}.")]) for name in sorted(names))
    return {
        name: (logging.getLogger(name).getEffectiveLevel(), max(PINNED[pin] for pin in pins))
        for name, pins in above
        if pins
    }


def stray_loggers() -> tuple[str, ...]:
    """The loggers that print by a handler of their own, past the allow-list."""
    loggers = logging.root.manager.loggerDict.items()
    return tuple(
        sorted(
            name
            for name, logger in loggers
            if isinstance(logger, logging.Logger) and any(map(_is_stray, logger.handlers))
        )
    )


def lines_with(canary: str) -> str:
    """What the root logger's handlers would write of a line with a canary in it. Nothing is written.

    The canary stands in the message's arguments, in a field that is not allowed, in an exception, and in the
    message of a library.
    """
    ours, theirs = logging.getLogger("bot.proof"), logging.getLogger("slack_sdk.proof")
    failure = (ValueError, ValueError(canary), None)
    extra = {"member": canary}
    records = [
        ours.makeRecord(ours.name, logging.ERROR, "", 0, "a line about %s", (canary,), failure, extra=extra),
        ours.makeRecord(ours.name, logging.ERROR, "", 0, "a line", (), failure, extra=extra),
        theirs.makeRecord(theirs.name, logging.CRITICAL, "", 0, canary, (), failure, extra=extra),
    ]
    handlers = logging.getLogger().handlers
    return "\n".join(handler.format(record) for handler in handlers for record in records)


def escapes_with(canary: str) -> dict[str, str | None]:
    """What is written of an exception with a canary in it, for each way in which one can escape.

    None where the hook in force is not ours: it is not called. What ours write to the log or to standard
    error is caught, of this thread alone, and goes nowhere.
    """
    told: dict[str, str | None] = dict.fromkeys((*WAYS_OUT, _UNWRITABLE))
    for name, way in WAYS_OUT.items():
        if way.is_ours():
            with _overheard() as heard:
                way.let_escape(canary)
            told[name] = "\n".join(heard)
    handlers = logging.getLogger().handlers
    if all(isinstance(handler, _Handler) for handler in handlers):
        with _overheard() as heard:
            for handler in handlers:
                _fail_to_write(handler, canary)
        told[_UNWRITABLE] = "\n".join(heard)
    return told


@contextmanager
def _overheard() -> Iterator[list[str]]:
    """Inside: what this thread logs, and what is printed to standard error, in place of writing it.

    The log itself holds its own stream, so that nothing that others log meanwhile is lost.
    """
    heard: list[str] = []
    thread = get_ident()
    handlers = logging.getLogger().handlers[:]

    def overhear(record: logging.LogRecord) -> bool:
        if record.thread != thread:
            return True
        heard.extend(handler.format(record) for handler in handlers)
        return False

    for handler in handlers:
        handler.addFilter(overhear)
    try:
        with redirect_stderr(StringIO()) as printed:
            yield heard
    finally:
        for handler in handlers:
            handler.removeFilter(overhear)
    heard.append(printed.getvalue())


def _fail_to_write(handler: logging.Handler, canary: str) -> None:
    class Unprintable:
        def __str__(self) -> str:
            raise ValueError(canary)

    record = logging.getLogger("bot.proof").makeRecord("bot.proof", logging.ERROR, "", 0, canary, (), None)
    record.code = Unprintable()
    try:
        handler.format(record)
    except ValueError:
        handler.handleError(record)


def _is_stray(handler: logging.Handler) -> bool:
    silent = isinstance(handler, logging.NullHandler)
    return not silent and not isinstance(handler.formatter, AllowListFormatter)


def set_up_logs(level: str = "info", *, as_json: bool = False, stream: TextIO | None = None) -> None:
    """Send our log to standard error, or to ``stream``, and silence what others would print.

    ``level``: debug to error.

    What nobody catches, in any thread, of ours or of a library, is told by the class of its error alone.
    """
    handler = _Handler(stream or sys.stderr)
    handler.setFormatter(AllowListFormatter(as_json=as_json))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name, pinned in PINNED.items():
        logger = logging.getLogger(name)
        logger.setLevel(pinned)
        logger.propagate = True
    install()


class _Handler(logging.StreamHandler[TextIO]):
    """Writes lines; one that cannot be written is lost, since Python would print all that is in it."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging calls it so
        """Print nothing."""


def _printable(value: object) -> str:
    """The value in one line: whoever can put a line break into a field could write log lines of their own."""
    return "".join(character if character.isprintable() else "?" for character in str(value))
