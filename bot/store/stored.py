"""Reads belonging.db for ``belonging proof``: what is in it, whether it may be there or not."""

import json
import sqlite3
from collections.abc import Callable, Container, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sqlite_utils import Database as SqliteDatabase

from bot.core.evidence import LastProof, Result
from bot.core.model import ChannelId, MemberId, Round, RoundId, ScheduleId
from bot.core.norms import Norm
from bot.core.release import Published, Release, Withheld
from bot.core.schedule import Schedule
from bot.errors import StoreError
from bot.store.codec import encode, loads, moment_of, time_text
from bot.store.connections import BUSY_TIMEOUT_S
from bot.store.lock import is_held_here
from bot.store.mapping import (
    change_of,
    channel_of,
    firing_of,
    prompt_of,
    removal_of,
    request_of,
    round_of,
    schedule_of,
)
from bot.store.migrations import migrate
from bot.store.posts import post_of
from bot.store.queries import queries
from bot.store.row_reader import RowReader, id_of

Row = Mapping[str, Any]

UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, IndexError, sqlite3.Error)
"""What reading a row that somebody has changed can raise; IndexError for a column that is gone."""


A_TIME = "julianday(fire_at) IS NOT NULL AND fire_at LIKE '____-__-__T%+00:00'"
"""Whether a stored fire time can be read: the others say nothing of what was used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What belonging.db holds. ``damaged``: rows that cannot be read as their rule demands.

    ``unread_rounds``: how many of them are rounds. ``channels``: of all rounds, also of those.
    """

    tables: Mapping[str, str]
    rounds: tuple[Round, ...] = ()
    channels: frozenset[ChannelId] = frozenset()
    results: tuple[Result, ...] = ()
    damaged: tuple[str, ...] = ()
    unread_rounds: int = 0
    admins: frozenset[MemberId] = field(default=frozenset(), repr=False)


def read_stored(path: Path) -> Stored:
    """What belonging.db holds now. Raises ``sqlite3.Error`` when it cannot be read at all."""
    with closing(connect_reading(path)) as connection:
        connection.row_factory = sqlite3.Row
        connection.execute("BEGIN")  # one state of everything
        tables = _tables(connection)
        damaged: list[str] = []
        rounds = _rounds(connection, damaged)
        unread_rounds = len(damaged)
        channels = _channels(connection)
        results = _results(connection, rounds, damaged)
        removals = _rows(connection, "quote_removal", damaged)
        changes = _rows(connection, "schedule_change", damaged)
        with suppress(sqlite3.OperationalError):  # a table that is not there is another finding
            damaged += _damaged(connection, but={"round", "release"})
        admins = [*(row["admin"] for row in removals), *(row["by"] for row in changes if row["by"])]
        return Stored(
            tables=tables,
            rounds=rounds,
            channels=channels,
            results=results,
            damaged=tuple(damaged),
            unread_rounds=unread_rounds,
            admins=frozenset(MemberId(str(admin)) for admin in admins),
        )


def read_schedules(path: Path) -> tuple[Schedule, ...]:
    """The schedules that belonging.db holds now, by id; nothing is written, and no version changed.

    Raises ``StoreError`` when it cannot be read, or was laid out by another version of this program.
    """
    try:
        with closing(connect_reading(path)) as connection:
            connection.row_factory = sqlite3.Row
            rows = connection.execute("SELECT * FROM schedule ORDER BY id").fetchall()
            found = RowReader().read("SELECT id FROM schedule", map(dict, rows), schedule_of)
            if rows and not found:
                raise ValueError("no schedule of this version")
            return found
    except (OSError, *UNREADABLE) as error:
        raise StoreError(
            f"The schedules in {path} cannot be read.",
            remedy="Read them as the bot's user. A database of an older version is brought up to date when "
            "the bot starts; one of a newer version needs a newer program.",
        ) from error


def read_last_firings(path: Path, by: datetime) -> dict[ScheduleId, datetime]:
    """The latest fire time until then (UTC) that each schedule has used. Raises ``StoreError`` likewise."""
    sql = f"SELECT schedule_id, max(fire_at) FROM firing WHERE fire_at <= ? AND {A_TIME} GROUP BY schedule_id"  # noqa: S608 - of this file
    try:
        with closing(connect_reading(path)) as connection:
            rows = connection.execute(sql, (time_text(by),)).fetchall()
            return {ScheduleId(id_): moment_of(at) for id_, at in rows}
    except (OSError, *UNREADABLE) as error:
        raise StoreError(f"The fire times in {path} cannot be read.", remedy="Restore a backup.") from error


def read_newest_time(path: Path) -> datetime | None:
    """The latest time (UTC) at which something was stored; None where that is not known."""
    try:
        with closing(connect_reading(path)) as connection:
            ((newest,),) = connection.execute(queries()["newest_time"]).fetchall()
            return None if newest is None else moment_of(newest)
    except (OSError, *UNREADABLE):
        return None  # what cannot be read is said by whoever reads the schedules


def read_damaged(path: Path) -> tuple[str, ...]:
    """The rows of belonging.db that cannot be read and are left out, such as ``schedule s1``.

    None of a file of another version: its rows are read when the bot has brought it up to date. Raises
    ``StoreError`` when it cannot be read at all.
    """
    try:
        with closing(connect_reading(path)) as connection:
            connection.row_factory = sqlite3.Row
            return tuple(_damaged(connection)) if _tables(connection) == layout() else ()
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"{path} cannot be read.", remedy="Read it as the bot's user.") from error


def _damaged(connection: sqlite3.Connection, but: Container[str] = ()) -> Iterator[str]:
    for table, read in READERS.items():
        if table in but:
            continue
        for row in connection.execute(f"SELECT * FROM {table}").fetchall():  # noqa: S608 - one of our tables
            try:
                read(dict(row))
            except UNREADABLE:
                yield f"{table} {id_of(row)}"


READERS: Mapping[str, Callable[[Row], object]] = {
    "schedule": schedule_of,
    "schedule_change": change_of,
    "channel": channel_of,
    "round": round_of,
    "release": lambda row: loads(Withheld | Published, row["body"]),
    "firing": firing_of,
    "proof": lambda row: loads(LastProof, row["body"]),
    "nothing_left": lambda row: date.fromisoformat(row["day"]),
    "everything_rests": lambda row: moment_of(row["until"]),
    "norm": lambda row: loads(Norm, row["body"]),
    "asked": lambda row: prompt_of(row["prompt"]),
    "post": post_of,
    "quote_request": request_of,
    "quote_removal": removal_of,
}
"""What reads a row of each table that a row can be left out of."""


def connect_reading(path: Path) -> sqlite3.Connection:
    """A connection that changes no file and makes none, also not for a moment.

    SQLite makes two files beside a database in WAL mode even for a reader, and a reader cannot remove them
    again. So where the write-ahead log is not there, nobody writes, and the file is read as it lies. Never so
    in the process that holds the directory, whatever lies there: its own connections may write, and this one
    would read past their locks. There it is opened like any other.
    """
    resting = not path.with_name(f"{path.name}-wal").exists() and not is_held_here(path.parent)
    uri = f"{path.absolute().as_uri()}?mode=ro{'&immutable=1' if resting else ''}"
    return sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None)


@cache
def layout() -> Mapping[str, str]:
    """The SQL of everything that this program lays out in belonging.db, by name."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(SqliteDatabase(connection, recursive_triggers=False, execute_plugins=False))
        return MappingProxyType(_tables(connection))


def _tables(connection: sqlite3.Connection) -> dict[str, str]:
    rows = connection.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")
    return {str(name): str(sql) for name, sql in rows.fetchall()}


def _rows(connection: sqlite3.Connection, table: str, damaged: list[str]) -> list[sqlite3.Row]:
    try:
        return connection.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608 - one of three names
    except sqlite3.OperationalError:
        damaged.append(f"the table {table}")
        return []


def _rounds(connection: sqlite3.Connection, damaged: list[str]) -> tuple[Round, ...]:
    rounds = []
    for row in _rows(connection, "round", damaged):
        try:
            rounds.append(round_of(dict(row)))
        except UNREADABLE:
            damaged.append(f"round {row['id']}")
    return tuple(sorted(rounds, key=lambda round_: (round_.opened_at, round_.number, round_.id)))


def _channels(connection: sqlite3.Connection) -> frozenset[ChannelId]:
    with suppress(sqlite3.OperationalError):  # that the table is not there is said with its rounds
        return frozenset(
            ChannelId(row["channel"]) for row in connection.execute(queries()["list_asked_channels"])
        )
    return frozenset()


def _results(
    connection: sqlite3.Connection, rounds: tuple[Round, ...], damaged: list[str]
) -> tuple[Result, ...]:
    by_id = {round_.id: round_ for round_ in rounds}
    results = []
    for row in _rows(connection, "release", damaged):
        try:
            results.append(_result(row, by_id[RoundId(row["round_id"])]))
        except UNREADABLE:
            damaged.append(f"the result of round {row['round_id']}")
    place = {round_.id: number for number, round_ in enumerate(rounds)}
    return tuple(sorted(results, key=lambda one: place[one.round.id]))


def _result(row: sqlite3.Row, round_: Round) -> Result:
    release: Release = loads(Withheld | Published, row["body"])
    return Result(
        round=round_,
        release=release,
        released_at=moment_of(row["released_at"]),
        surplus=not _is_part(json.loads(row["body"]), encode(release)),
    )


def _is_part(stored: Any, whole: Any) -> bool:
    """Whether all that is stored is what was read: rows that are older may lack fields, none has others."""
    if isinstance(stored, dict) and isinstance(whole, dict):
        return all(key in whole and _is_part(value, whole[key]) for key, value in stored.items())
    if isinstance(stored, list) and isinstance(whole, list):
        return len(stored) == len(whole) and all(map(_is_part, stored, whole))
    return type(stored) is type(whole) and bool(stored == whole)
