"""Run the named queries of ``queries.sql`` in one transaction, and read the rows that they find."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from sqlite_utils import Database as SqliteDatabase

from bot.errors import StoreError
from bot.store.failures import store_error
from bot.store.queries import queries
from bot.store.row_reader import Row, RowReader

T = TypeVar("T")


class Statements:
    """What every part of a transaction is made of.

    ``rows`` reads what queries find. ``reading``: nothing may be changed in it.
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
