"""Format logs from event names and allow-listed fields only, so that they cannot reveal anyone.

At their lower levels, the loggers of Slack and APScheduler print whole payloads and exception texts, which
may contain a reply. They are therefore set to a fixed level, whatever verbosity is asked for, and no
exception text of a library is ever formatted. An uncaught exception is logged by its class and a reference
(``bot.uncaught``).
"""

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from contextvars import ContextVar
from datetime import UTC, datetime
from io import StringIO
from threading import get_ident
from typing import TextIO

from bot.uncaught import HOOKS, install

FIELDS = (
    "cell",
    "shard",
    "worker",
    "round_id",
    "channel_id",
    "schedule_id",
    "code",
    "ref",
    "duration_ms",
    "count",
)
"""The only fields that a log line may have. No member, text, receipt, key or request body."""

_CELL: ContextVar[str] = ContextVar("cell", default="")

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
    "sqlalchemy": logging.CRITICAL,
    "psycopg": logging.CRITICAL,
    "alembic": logging.CRITICAL,
    "mako": logging.CRITICAL,
    "asyncio": logging.ERROR,  # its exception handler logs here, and nowhere else
    "concurrent": logging.CRITICAL,
    "tzlocal": logging.CRITICAL,
    "markdown_it": logging.CRITICAL,  # typer loads it where NO_COLOR is set
}
"""Fixed levels of library loggers.

Their warnings quote payloads, so we log the same events ourselves, as codes.
"""


@contextmanager
def in_cell(key: str) -> Iterator[None]:
    """Add the key of a cell to every line that is logged in the block, and by what it starts."""
    token = _CELL.set(key)
    try:
        yield
    finally:
        _CELL.reset(token)


class AllowListFormatter(logging.Formatter):
    """Formats the event name and the allowed fields of a record.

    Drops everything else, including tracebacks.
    """

    def __init__(self, *, as_json: bool) -> None:
        """Write one line per record, as text or as JSON."""
        super().__init__()
        self._as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        """Return the line for this record. Only records of the bot keep their message."""
        ours = record.name.startswith("bot.") and not record.args
        event = record.msg if ours and isinstance(record.msg, str) else f"message from {record.name}"
        given = {"cell": cell, **record.__dict__} if (cell := _CELL.get()) else record.__dict__
        fields = {name: _printable(given[name]) for name in FIELDS if name in given}
        if not ours and record.exc_info and record.exc_info[0]:
            fields["code"] = _printable(record.exc_info[0].__name__)
        when = datetime.fromtimestamp(record.created, tz=UTC).isoformat(timespec="milliseconds")
        if self._as_json:
            line = {"time": when, "level": record.levelname.lower(), "event": event, **fields}
            return json.dumps(line, ensure_ascii=False)
        details = " ".join(f"{name}={value}" for name, value in fields.items())
        return f"{when} {record.levelname:<7} {event} {details}".rstrip()


def logger_levels() -> dict[str, tuple[int, int]]:
    """Return the level in force and the level wanted, for each pinned logger and each logger below one."""
    names = {*PINNED, *logging.root.manager.loggerDict}
    above = ((name, [pin for pin in PINNED if f"{name}.".startswith(f"{pin}.")]) for name in sorted(names))
    return {
        name: (logging.getLogger(name).getEffectiveLevel(), max(PINNED[pin] for pin in pins))
        for name, pins in above
        if pins
    }


def stray_loggers() -> tuple[str, ...]:
    """Return the loggers that have a handler without the allow-list formatter."""
    loggers = logging.root.manager.loggerDict.items()
    return tuple(
        sorted(
            name
            for name, logger in loggers
            if isinstance(logger, logging.Logger) and any(map(_is_stray, logger.handlers))
        )
    )


def lines_with(canary: str) -> str:
    """Return what the root logger's handlers would write for a line with a canary in it. Nothing is written.

    The canary is in the message's arguments, in a field that is not allowed, in an exception, and in the
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
    """Return what is written for an exception with a canary in it, for each way in which it can go uncaught.

    None means that the hook in force is not ours; such a hook is not called. Output of our hooks to the log
    or to standard error is captured, for this thread only, and discarded.
    """
    told: dict[str, str | None] = dict.fromkeys((*HOOKS, _UNWRITABLE))
    for name, hook in HOOKS.items():
        if hook.is_ours():
            with _overheard() as heard:
                hook.trigger(canary)
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
    """Capture what this thread logs and what is printed to standard error, instead of writing it.

    The log handler keeps its own stream, so lines that other threads log meanwhile are not lost.
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
    """Send our log to standard error, or to ``stream``, and silence the loggers of libraries.

    ``level``: from debug to error.

    Uncaught exceptions in any thread, ours or a library's, are logged by their class only.
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
    """Writes lines. A line that cannot be written is lost, because Python would print its whole record."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging calls it so
        """Print nothing."""


def _printable(value: object) -> str:
    """Return the value in one line, because a line break in a field could forge a log line."""
    return "".join(character if character.isprintable() else "?" for character in str(value))
