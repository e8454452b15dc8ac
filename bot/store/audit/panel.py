"""Show what the bot has stored, in the panel of the demo, reading only."""

import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.store.connections import connect
from bot.store.isolated_reads import read_apart
from bot.store.read_only import schema_of

ROWS_SHOWN = 200
_BYTES_SHOWN = 12
_KEY_NAME = re.compile(r".*\.(token|close|part)|audience\..*")
_NOTES = (
    (".new", "the next ballot file while a commit is under way"),
    (".db-journal", "a copy of pages while a commit is under way"),
    (".db-wal", "what was written last to the application database"),
    (".db-shm", "the index of the file above"),
    (".token", "makes participation tokens; never shown, destroyed at close"),
    (".close", "opens the replies at close; never shown, destroyed then"),
    (".lock", "keeps a second bot out"),
    (".hold", "lets a command have the files for itself"),
    (
        "audiences.db",
        "keyed marks of whoever was asked lately, replied or not; in no backup, gone in four weeks",
    ),
)
_OF_AUDIENCES = "makes the marks in audiences.db; never shown, destroyed with the last of them"
_OF_A_BOX = "the box that waits for proposals, not a round that has closed"

Table = Mapping[str, Any]


def list_files(data_dir: Path) -> list[dict[str, Any]]:
    """Return the files under the data directory, by path, with their size, time and a note on each."""
    boxes = _boxes(data_dir / "belonging.db")
    return [_describe(data_dir, path, boxes) for path in sorted(data_dir.rglob("*")) if _is_file(path)]


def list_tables(data_dir: Path) -> list[dict[str, Any]]:
    """Return the tables of every database under the data directory, with at most ``ROWS_SHOWN`` rows each.

    BLOBs are shown as the beginning of their hex form and their length. A file that cannot be read now is
    left out.
    """
    return [
        table
        for path in sorted(data_dir.rglob("*.db"))
        if _is_file(path)
        for table in _tables(path, str(path.relative_to(data_dir)))
    ]


def read_file(data_dir: Path, name: str) -> bytes:
    """Return the raw bytes of a listed file, read in another process: SQLite may have it open in this one.

    Raises ``FileNotFoundError`` for anything that ``list_files`` does not list, and ``PermissionError``
    for a key.
    """
    listed = {str(path.relative_to(data_dir)): path for path in data_dir.rglob("*") if _is_file(path)}
    if name not in listed:
        raise FileNotFoundError(f"there is no file of this name under {data_dir}")
    if _KEY_NAME.fullmatch(listed[name].name):
        raise PermissionError("keys are never shown")
    return read_apart(listed[name])


def schema(path: Path) -> dict[str, str]:
    """Return the SQL of each table and index of a database file, by name. Raises ``sqlite3.Error``."""
    with closing(connect(path, (), mode="ro")) as connection:
        return schema_of(connection)


def _is_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _boxes(path: Path) -> frozenset[str]:
    """Return the rounds that are waiting boxes for proposals; none where the database cannot be read now."""
    try:
        with closing(connect(path, (), mode="ro")) as connection:
            found = connection.execute("SELECT id FROM round WHERE state = 'gathering'").fetchall()
            return frozenset(round_id for (round_id,) in found)
    except sqlite3.Error:
        return frozenset()


def _describe(data_dir: Path, path: Path, boxes: frozenset[str]) -> dict[str, Any]:
    found = path.stat()
    note = next((note for suffix, note in _NOTES if path.name.endswith(suffix)), "")
    if path.name.startswith("audience."):
        note = _OF_AUDIENCES
    if path.stem in boxes:
        note = f"{_OF_A_BOX}; {note}" if note else _OF_A_BOX
    return {
        "path": str(path.relative_to(data_dir)),
        "size": found.st_size,
        "modified": datetime.fromtimestamp(found.st_mtime, UTC).isoformat(timespec="seconds"),
        "secret": bool(_KEY_NAME.fullmatch(path.name)),
        "note": note,
    }


def _tables(path: Path, file: str) -> Iterator[dict[str, Any]]:
    try:
        with closing(connect(path, (), mode="ro")) as connection:
            names = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
            tables = [_table(connection, file, name) for (name,) in names.fetchall()]
    except sqlite3.Error:
        return
    yield from tables


def _table(connection: sqlite3.Connection, file: str, name: str) -> dict[str, Any]:
    quoted = '"' + name.replace('"', '""') + '"'
    (count,) = connection.execute(f"SELECT count(*) FROM {quoted}").fetchone()  # noqa: S608 - a quoted name
    rows = connection.execute(f"SELECT * FROM {quoted} LIMIT {ROWS_SHOWN}")  # noqa: S608 - a quoted name
    return {
        "file": file,
        "name": name,
        "columns": [column[0] for column in rows.description],
        "rows": [_shown(row) for row in rows],
        "row_count": count,
    }


def _shown(row: Sequence[Any]) -> list[Any]:
    return [_short(value) if isinstance(value, bytes) else value for value in row]


def _short(value: bytes) -> str:
    dots = "…" if len(value) > _BYTES_SHOWN else ""
    return f"{value[:_BYTES_SHOWN].hex()}{dots} ({len(value)} bytes)"
