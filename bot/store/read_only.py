"""Read belonging.db beside a running bot, without changing a file or losing a lock of the bot."""

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import date, datetime
from pathlib import Path

from bot.core.audit import LastProof
from bot.core.model import ScheduleId
from bot.core.schedule import Schedule
from bot.errors import StoreError
from bot.store.connections import BUSY_TIMEOUT_S
from bot.store.lock import is_held_here
from bot.store.mapping import (
    change_of,
    channel_of,
    firing_of,
    norm_of,
    post_of,
    prompt_of,
    release_of,
    removal_of,
    request_of,
    round_of,
    schedule_of,
)
from bot.store.serialization import loads, moment_of, time_text
from bot.store.statements import UNREADABLE, Row, RowReader, queries

READERS: Mapping[str, Callable[[Row], object]] = {
    "schedule": schedule_of,
    "schedule_change": change_of,
    "channel": channel_of,
    "round": round_of,
    "release": release_of,
    "firing": firing_of,
    "proof": lambda row: loads(LastProof, row["body"]),
    "nothing_left": lambda row: date.fromisoformat(row["day"]),
    "everything_rests": lambda row: moment_of(row["until"]),
    "norm": norm_of,
    "asked": lambda row: prompt_of(row["prompt"]),
    "post": post_of,
    "quote_request": request_of,
    "quote_removal": removal_of,
}
"""How to read a row of each table whose damaged rows are skipped."""

_FAILURES = (OSError, sqlite3.Error, *UNREADABLE)

_LAST_FIRINGS = (
    "SELECT schedule_id, max(fire_at) FROM firing WHERE fire_at <= ? AND julianday(fire_at) IS NOT NULL "
    "AND fire_at LIKE '____-__-__T%+00:00' GROUP BY schedule_id"
)
"""Skips fire times that cannot be read."""


def connect_reading(path: Path) -> sqlite3.Connection:
    """Return a connection that changes and makes no file, not even for a moment.

    SQLite makes two files beside a database in WAL mode even for a reader, and a reader cannot remove them.
    So where there is no write-ahead log, nobody writes, and the file is opened as immutable. The process that
    holds the directory never does so: its own connections may write, and this one would ignore their locks.
    """
    resting = not path.with_name(f"{path.name}-wal").exists() and not is_held_here(path.parent)
    uri = f"{path.absolute().as_uri()}?mode=ro{'&immutable=1' if resting else ''}"
    return sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None)


def schema_of(connection: sqlite3.Connection) -> dict[str, str]:
    """Return the SQL of each table and index of a database, by name. Raises ``sqlite3.Error``."""
    rows = connection.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")
    return {str(name): str(sql) for name, sql in rows}


def read_schedules(path: Path) -> tuple[Schedule, ...]:
    """Return the schedules in belonging.db, by id, without migrating it.

    Raises ``StoreError`` when it cannot be read, or has the layout of another version.
    """
    try:
        with closing(connect_reading(path)) as connection:
            connection.row_factory = sqlite3.Row
            rows = connection.execute("SELECT * FROM schedule ORDER BY id").fetchall()
            found = RowReader().read("SELECT id FROM schedule", map(dict, rows), schedule_of)
            if rows and not found:
                raise ValueError("no schedule of this version")
            return found
    except _FAILURES as error:
        raise StoreError(
            f"The schedules in {path} cannot be read.",
            remedy="Read them as the bot's user. A database of an older version is brought up to date when "
            "the bot starts; one of a newer version needs a newer program.",
        ) from error


def read_last_firings(path: Path, by: datetime) -> dict[ScheduleId, datetime]:
    """Return the latest used fire time until ``by`` (UTC) of each schedule. Raises ``StoreError``."""
    try:
        with closing(connect_reading(path)) as connection:
            rows = connection.execute(_LAST_FIRINGS, (time_text(by),)).fetchall()
            return {ScheduleId(id_): moment_of(at) for id_, at in rows}
    except _FAILURES as error:
        raise StoreError(f"The fire times in {path} cannot be read.", remedy="Restore a backup.") from error


def read_newest_time(path: Path) -> datetime | None:
    """Return the latest time (UTC) at which something was stored; None where that is not known."""
    try:
        with closing(connect_reading(path)) as connection:
            ((newest,),) = connection.execute(queries()["fetch_newest_time"]).fetchall()
            return None if newest is None else moment_of(newest)
    except _FAILURES:
        return None  # reading the schedules reports what cannot be read
