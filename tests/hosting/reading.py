"""Read what the cells of a host hold, on the disk and in memory."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

from bot.app.built_cell import Built
from tests.hosted_world import HostedWorld

OF_SQLITE = (".db",)


def rows(cell: Path) -> Mapping[str, frozenset[tuple[object, ...]]]:
    """Return the rows of every table of every SQLite file of a cell, by file and table."""
    return {
        f"{path.relative_to(cell)}/{table}": found
        for path in sorted(cell.rglob("*.db"))
        for table, found in _tables(path)
    }


def _tables(path: Path) -> Iterator[tuple[str, frozenset[tuple[object, ...]]]]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        names = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        for (name,) in names:
            yield name, frozenset(connection.execute(f'SELECT * FROM "{name}"'))  # noqa: S608 - names of tables


def column(cell: Path, file: str, column_name: str, table: str) -> frozenset[object]:
    """Return a column of a table, in all files that match ``file``."""
    found = set[object]()
    for path in cell.glob(file):
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            found |= {one for (one,) in connection.execute(f"SELECT {column_name} FROM {table}")}  # noqa: S608
    return frozenset(found)


def contents(folder: Path) -> Mapping[str, bytes]:
    """Return every file below a folder by its path."""
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def built(world: HostedWorld, key: str) -> Built:
    """Return what is in memory of a cell that was opened."""
    return world.hosted(key).built
