"""Read rows one by one, so that one that cannot be read does not hide the others."""

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

T = TypeVar("T")
Row = Mapping[str, Any]

log = logging.getLogger(__name__)

UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError)
"""What reading a row can raise that was damaged, or written by another version."""

_IDS = ("id", "number", "round_id", "schedule_id", "channel")
_TABLES = (re.compile(r"^FROM (\w+)", re.MULTILINE), re.compile(r"\bFROM (\w+)"))
"""Where a query names its table: at the beginning of a line, or else within another query."""


class RowReader:
    """Reads the rows of queries; the log names each that cannot be read, once, and it is left out."""

    def __init__(self) -> None:
        """Nothing was told yet."""
        self._told: set[tuple[str, str]] = set()

    def read(self, sql: str, rows: Iterable[Any], read: Callable[[Row], T]) -> tuple[T, ...]:
        """Return what these rows of a query hold; those that cannot be read are left out."""
        found = []
        for row in rows:
            try:
                found.append(read(row))
            except UNREADABLE:
                self._tell(table_of(sql), id_of(row))
        return tuple(found)

    def _tell(self, table: str, id_: str) -> None:
        if (table, id_) not in self._told:
            self._told.add((table, id_))
            log.error("row cannot be read", extra={"code": table, "ref": id_})


def table_of(sql: str) -> str:
    """Return the table that a query is about."""
    return next((found[1] for one in _TABLES if (found := one.search(sql))), "?")


def id_of(row: Any) -> str:
    """Return what names a row of any table: never a person."""
    return next((str(row[key]) for key in _IDS if key in row.keys()), "?")  # noqa: SIM118 - a Row has no other
