"""What the bot has stored, read only: for the panel of the demo, and for ``belonging proof``."""

import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.store.connections import BUSY_TIMEOUT_S
from bot.store.isolated_reads import read_apart

ROWS_SHOWN = 200
_BYTES_SHOWN = 12
_HEADER_COUNTERS = (slice(24, 28), slice(40, 44), slice(92, 96))
_KEY_NAME = re.compile(r".*\.(token|close|part)|audience\..*")
_NOTES = (
    (".db-journal", "a copy of pages while a commit is under way"),
    (".db-wal", "what was written last to the application database"),
    (".db-shm", "the index of the file above"),
    (".token", "makes participation tokens; never shown, destroyed at close"),
    (".close", "opens the replies at close; never shown, destroyed then"),
    (".lock", "keeps a second bot out"),
    (
        "audiences.db",
        "keyed marks of whoever was asked lately, replied or not; in no backup, gone in four weeks",
    ),
)
_OF_AUDIENCES = "makes the marks in audiences.db; never shown, destroyed with the last of them"
_OF_A_BOX = "the box that waits for proposals, not a round that has closed"

Table = Mapping[str, Any]


def list_files(data_dir: Path) -> list[dict[str, Any]]:
    """The files under the data directory, by path: ``path`` (relative), ``size``, ``modified``, ``note``."""
    boxes = _boxes(data_dir / "belonging.db")
    return [_describe(data_dir, path, boxes) for path in sorted(data_dir.rglob("*")) if _is_file(path)]


def list_tables(data_dir: Path) -> list[dict[str, Any]]:
    """The tables of every database under the data directory, with at most ``ROWS_SHOWN`` rows each.

    BLOBs appear as the beginning of their hex form and their length. A file that cannot be read now is
    left out.
    """
    return [
        table
        for path in sorted(data_dir.rglob("*.db"))
        if _is_file(path)
        for table in _tables(path, str(path.relative_to(data_dir)))
    ]


def read_file(data_dir: Path, name: str) -> bytes:
    """The raw bytes of a listed file, read in another process: SQLite may have it open in this one.

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
    """The SQL of each table and index of a database file, by name. Raises ``sqlite3.Error``."""
    with closing(_open(path)) as connection:
        rows = connection.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")
        return dict(rows.fetchall())


def without_counters(raw: bytes) -> bytes:
    """The bytes of a database file with the three counters of its header set to zero.

    They count commits: file change counter, schema cookie, version-valid-for.
    Source: https://www.sqlite.org/fileformat2.html, section 1.3.
    """
    masked = bytearray(raw)
    for counter in _HEADER_COUNTERS:
        masked[counter] = bytes(4)
    return bytes(masked)


def is_canonical(raw: bytes) -> bool:
    """Whether a ballot file is in the one form that its content has, so that its bytes tell no order.

    A copy in memory is rewritten and compared; nothing is written to disk. Raises ``sqlite3.Error``.
    """
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.deserialize(raw)
        connection.execute("VACUUM")
        return without_counters(connection.serialize()) == without_counters(raw)


def _is_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _boxes(path: Path) -> frozenset[str]:
    """The rounds that are boxes for proposals and wait; none where the database cannot be read now."""
    try:
        with closing(_open(path)) as connection:
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


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_TIMEOUT_S)


def _tables(path: Path, file: str) -> Iterator[dict[str, Any]]:
    try:
        with closing(_open(path)) as connection:
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
