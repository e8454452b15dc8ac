"""The content of a ballot file: read into memory, and written as a whole in place of the file.

SQLite never writes to the file itself. Whoever reads it finds what was there before a commit or what is there
after it: no journal, no lock, and no pages in the order of the replies.
"""

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from bot.store.connections import ORDERLESS_PRAGMAS, WaitPolicy, connect, connect_to_memory
from bot.store.files import check_room
from bot.store.rewriting import has_journal, vacuum

APPLICATION_ID = 0x42424F31
"""``BBO1``: marks a ballot file of this bot, in its first layout."""

MINUTE_S = 60

SPARE_BYTES = 1 << 20
"""How much free space is required beyond the new file, which is written beside the old one."""

_PAGE_BYTES = 4096

_FORMATS, _WITH_LOG = slice(18, 20), b"\2\2"
"""Where the header says that changes may lie in a write-ahead log, and what it says then."""

# WITHOUT ROWID, since a rowid shows the order of the replies. No time, no counter, no link between tables.
_TABLES = (
    "CREATE TABLE participation (token BLOB PRIMARY KEY NOT NULL) WITHOUT ROWID, STRICT",
    "CREATE TABLE reply (id BLOB PRIMARY KEY NOT NULL, sealed BLOB NOT NULL) WITHOUT ROWID, STRICT",
)

_COUNTERS = ((24, 1), (40, 1), (92, 1), (96, 0))
"""Where the header counts changes, which would tell how many commits there were, and what it says instead.

They are four bytes each: the file change counter, the schema cookie, version-valid-for, which must equal the
first, and the version of the SQLite that wrote last.
Source: https://www.sqlite.org/fileformat2.html, section 1.3.
"""

Identity = tuple[int, int, int, int]
"""What differs once a file was replaced or written: its device, inode, size and time of the last change."""


def identity(path: Path) -> Identity:
    """Return what tells a file from what it was before. Raises ``OSError``."""
    return _identity(path.stat())


def read_content(path: Path, waits: WaitPolicy | None = None) -> tuple[sqlite3.Connection, Identity]:
    """Return a copy of the file in memory, with the identity that the file had; any thread may use it.

    What another program, or an older version, has left in a journal or log is settled in the file first; who
    writes there now is waited for. Raises ``sqlite3.Error``, also for a damaged file, and ``OSError``.
    """
    raw, found = _read(path)
    if raw[_FORMATS] == _WITH_LOG or has_journal(path):
        _settle(path, waits)
        raw, found = _read(path)
    return connect_to_memory(raw), found


def _settle(path: Path, waits: WaitPolicy | None) -> None:
    """Let SQLite end what was begun in the file itself, and leave no journal."""
    with closing(connect(path, ORDERLESS_PRAGMAS, waits=waits)) as file:
        (minutes,) = file.execute("PRAGMA user_version").fetchone()
        file.execute(f"PRAGMA user_version = {minutes:d}")  # a commit removes also a journal that is empty


def _read(path: Path) -> tuple[bytes, Identity]:
    with path.open("rb") as stream:
        return stream.read(), _identity(os.fstat(stream.fileno()))


def empty_content(opened_at_s: float) -> sqlite3.Connection:
    """Return the content of a new ballot file. ``opened_at_s``: seconds since 1970; cut to the minute."""
    content = connect_to_memory()
    content.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
    for table in _TABLES:
        content.execute(table)
    content.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    content.execute(f"PRAGMA user_version = {int(opened_at_s) // MINUTE_S}")
    return content


def opening_time_s(content: sqlite3.Connection) -> int:
    """Return when the round opened, in seconds since 1970, cut to the minute.

    It is stored in ``user_version`` as minutes: in the header, so that no table needs a time, and in the
    file, because a program that copies it may change the file's own time. The application database holds the
    opening time anyway.
    """
    (minutes,) = content.execute("PRAGMA user_version").fetchone()
    return int(minutes) * MINUTE_S


def canonical_bytes(content: sqlite3.Connection) -> bytes:
    """Return the bytes of the one file that has this content, whatever happened to it before.

    Rows lie in the order of their keys (VACUUM), and the counters of the header do not count. Without it, the
    pages of both tables show the order in which the replies came, so that replies could be matched to
    participation tokens by their rank. Raises ``sqlite3.Error``.
    """
    vacuum(content)
    raw = bytearray(content.serialize())
    for place, value in _COUNTERS:
        raw[place : place + 4] = value.to_bytes(4, "big")
    return bytes(raw)


def is_written(path: Path, raw: bytes) -> bool:
    """Return whether the file has these bytes. Raises ``OSError``."""
    return raw == _read(path)[0]


def unfinished(path: Path) -> Path:
    """Return the name under which the next file is written before it takes the place of this one."""
    return path.with_name(f".{path.stem}.new")


def write_beside(path: Path, raw: bytes, opened_s: int) -> None:
    """Write the next file beside this one, on disk, with the time of the opening (seconds since 1970).

    Raises ``OSError``; then nothing is left of it.
    """
    beside = unfinished(path)
    check_room(path.parent, len(raw) + SPARE_BYTES)
    beside.unlink(missing_ok=True)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb", buffering=0) as stream:
            rest = memoryview(raw)
            while rest:
                rest = rest[stream.write(rest) :]
            os.fchmod(descriptor, 0o600)  # whatever the umask is
            os.utime(descriptor, (opened_s, opened_s))
            os.fsync(descriptor)
    except BaseException:  # it takes space, and the disk may be full
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise


def take_its_place(path: Path) -> None:
    """Put the file that was written beside this one in its place, in one step. Raises ``OSError``."""
    unfinished(path).replace(path)


def _identity(found: os.stat_result) -> Identity:
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
