"""Run the named queries of ``queries.sql`` in a transaction, and read the rows that they find."""

import logging
import re
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from sqlite_utils import Database as SqliteDatabase

from bot.errors import StoreError
from bot.store.failures import store_error

T = TypeVar("T")
Row = Mapping[str, Any]

log = logging.getLogger(__name__)

UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError)
"""What reading a row can raise if the row is damaged, or was written by another version."""

_NAME = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)
_COLUMNS = re.compile(r"^-- columns: (\w+)\n(.+?)\n\n", re.MULTILINE | re.DOTALL)
_IDS = ("id", "number", "round_id", "schedule_id", "channel")
_TABLES = (re.compile(r"^FROM (\w+)", re.MULTILINE), re.compile(r"\bFROM (\w+)"))
"""Where a query names its table: at the beginning of a line, or else within another query."""


@cache
def queries() -> Mapping[str, str]:
    """Return the SQL of each query in ``queries.sql``, by name."""
    text = files("bot.store").joinpath("queries.sql").read_text(encoding="utf-8")
    head, *parts = _NAME.split(text)
    columns = dict(_COLUMNS.findall(head))
    sql = (re.sub(r"\{(\w+)\}", lambda found: columns[found[1]], query) for query in parts[1::2])
    return dict(zip(parts[::2], sql, strict=True))


class RowReader:
    """Reads rows one by one and skips those that cannot be read; the log names each of them once."""

    def __init__(self) -> None:
        """Start with nothing logged."""
        self._logged: set[tuple[str, str]] = set()

    def read(self, sql: str, rows: Iterable[Any], read: Callable[[Row], T]) -> tuple[T, ...]:
        """Return what these rows of a query hold, without those that cannot be read."""
        found = []
        for row in rows:
            try:
                found.append(read(row))
            except UNREADABLE:
                self._log(_table_of(sql), id_of(row))
        return tuple(found)

    def _log(self, table: str, id_: str) -> None:
        if (table, id_) not in self._logged:
            self._logged.add((table, id_))
            log.error("row cannot be read", extra={"code": table, "ref": id_})


def id_of(row: Any) -> str:
    """Return what identifies a row of any table; it is never a person."""
    return next((str(row[key]) for key in _IDS if key in row.keys()), "?")  # noqa: SIM118 - a Row has no other


def _table_of(sql: str) -> str:
    return next((found[1] for one in _TABLES if (found := one.search(sql))), "?")


class Statements:
    """The base of the parts of a transaction: runs queries by name.

    ``rows`` reads what queries find. ``reading``: the transaction may change nothing.
    """

    def __init__(
        self, database: SqliteDatabase, path: Path, rows: RowReader, *, reading: bool = False
    ) -> None:
        self._database = database
        self._path = path
        self._rows = rows
        self._reading = reading
        self._over = False

    def finish(self) -> None:
        """Refuse every use from now on."""
        self._over = True

    def _first(self, name: str, values: Row, read: Callable[[Row], T]) -> T | None:
        found = self._all(name, values, read)
        return found[0] if found else None

    def _all(self, name: str, values: Row, read: Callable[[Row], T]) -> tuple[T, ...]:
        rows = self._run(name, values, lambda cursor: cursor.fetchall())
        return self._rows.read(queries()[name], rows, read)

    def _change(self, name: str, values: Row) -> int:
        """Run a query that changes something; return the number of rows changed."""
        if self._reading:
            raise RuntimeError(f"{name} changes something, in a transaction that only reads")
        return self._run(name, values, lambda cursor: cursor.rowcount)

    def _run(self, name: str, values: Row, take: Callable[[sqlite3.Cursor], T]) -> T:
        if self._over:
            raise StoreError("This transaction is over.")
        try:
            with closing(self._database.execute(queries()[name], dict(values))) as cursor:
                return take(cursor)
        except sqlite3.Error as error:
            raise store_error(self._path, error) from error
