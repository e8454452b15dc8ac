"""Read belonging.db for ``belonging proof``: its rows, its layout, and what cannot be read."""

import json
import sqlite3
from collections.abc import Container, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from bot.core.audit import StoredResult
from bot.core.model import ChannelId, MemberId, Round, RoundId, RoundState
from bot.core.release import Release
from bot.errors import StoreError
from bot.store.connections import sqlite_database
from bot.store.mapping import round_of
from bot.store.migrations import migrate
from bot.store.read_only import READERS, connect_reading, schema_of
from bot.store.serialization import dumps, loads, moment_of
from bot.store.statements import UNREADABLE, id_of, queries


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What belonging.db holds. ``damaged``: the rows that cannot be read.

    ``unread_rounds``: how many of them are rounds. ``channels``: those of all rounds, also of unreadable
    ones.
    """

    tables: Mapping[str, str]
    rounds: tuple[Round, ...] = ()
    channels: frozenset[ChannelId] = frozenset()
    results: tuple[StoredResult, ...] = ()
    damaged: tuple[str, ...] = ()
    unread_rounds: int = 0
    admins: frozenset[MemberId] = field(default=frozenset(), repr=False)


def read_stored(path: Path) -> Stored:
    """Return what belonging.db holds now. Raises ``sqlite3.Error`` when it cannot be read at all."""
    with closing(connect_reading(path)) as connection:
        connection.row_factory = sqlite3.Row
        connection.execute("BEGIN")  # one state of everything
        damaged: list[str] = []
        rounds = _rounds(connection, damaged)
        unread_rounds = len(damaged)
        results = _results(connection, rounds, damaged)
        removals = _rows(connection, "quote_removal", damaged)
        changes = _rows(connection, "schedule_change", damaged)
        with suppress(sqlite3.OperationalError):  # another check reports a missing table
            damaged += _damaged(connection, but={"round", "release"})
        admins = [*(row["admin"] for row in removals), *(row["by"] for row in changes if row["by"])]
        return Stored(
            tables=schema_of(connection),
            rounds=rounds,
            channels=_channels(connection),
            results=results,
            damaged=tuple(damaged),
            unread_rounds=unread_rounds,
            admins=frozenset(MemberId(str(admin)) for admin in admins),
        )


def read_states(path: Path) -> dict[RoundId, RoundState]:
    """Return the state of each round that can be read. Raises ``sqlite3.Error``."""
    with closing(connect_reading(path)) as connection:
        connection.row_factory = sqlite3.Row
        return {round_.id: round_.state for round_ in _rounds(connection, [])}


def read_damaged(path: Path) -> tuple[str, ...]:
    """Return the rows of belonging.db that cannot be read and are skipped, such as ``schedule s1``.

    A file of another version has none: its rows are read when the bot has migrated it. Raises ``StoreError``
    when the file cannot be read at all.
    """
    try:
        with closing(connect_reading(path)) as connection:
            connection.row_factory = sqlite3.Row
            return tuple(_damaged(connection)) if schema_of(connection) == layout() else ()
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"{path} cannot be read.", remedy="Read it as the bot's user.") from error


@cache
def layout() -> Mapping[str, str]:
    """Return the SQL of every table and index of this version's belonging.db, by name."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(sqlite_database(connection))
        return MappingProxyType(schema_of(connection))


def _damaged(connection: sqlite3.Connection, but: Container[str] = ()) -> Iterator[str]:
    for table, read in READERS.items():
        if table in but:
            continue
        for row in connection.execute(f"SELECT * FROM {table}").fetchall():  # noqa: S608 - one of our tables
            try:
                read(dict(row))
            except UNREADABLE:
                yield f"{table} {id_of(row)}"


def _rows(connection: sqlite3.Connection, table: str, damaged: list[str]) -> list[sqlite3.Row]:
    try:
        return connection.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608 - one of four names
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
    with suppress(sqlite3.OperationalError):  # a missing table of rounds is reported with its rounds
        return frozenset(
            ChannelId(row["channel"]) for row in connection.execute(queries()["list_asked_channels"])
        )
    return frozenset()


def _results(
    connection: sqlite3.Connection, rounds: tuple[Round, ...], damaged: list[str]
) -> tuple[StoredResult, ...]:
    by_id = {round_.id: round_ for round_ in rounds}
    results = []
    for row in _rows(connection, "release", damaged):
        try:
            results.append(_result(row, by_id[RoundId(row["round_id"])]))
        except UNREADABLE:
            damaged.append(f"the result of round {row['round_id']}")
    place = {round_.id: number for number, round_ in enumerate(rounds)}
    return tuple(sorted(results, key=lambda one: place[one.round.id]))


def _result(row: sqlite3.Row, round_: Round) -> StoredResult:
    release: Release = loads(Release, row["body"])
    return StoredResult(
        round=round_,
        release=release,
        released_at=moment_of(row["released_at"]),
        surplus=not _is_part(json.loads(row["body"]), json.loads(dumps(release))),
    )


def _is_part(stored: Any, whole: Any) -> bool:
    """Return whether everything stored was read: an older row may lack fields, but has no others."""
    if isinstance(stored, dict) and isinstance(whole, dict):
        return all(key in whole and _is_part(value, whole[key]) for key, value in stored.items())
    if isinstance(stored, list) and isinstance(whole, list):
        return len(stored) == len(whole) and all(map(_is_part, stored, whole))
    return type(stored) is type(whole) and bool(stored == whole)
