"""The content of a ballot file, in memory, and the bytes of the one file that has this content."""

import sqlite3

from bot.store.connections import connect_to_memory
from bot.store.rewriting import vacuum

APPLICATION_ID = 0x42424F31
"""``BBO1``: marks a ballot file of this bot, in its first layout."""

MINUTE_S = 60

_PAGE_BYTES = 4096

# WITHOUT ROWID, since a rowid shows the order of the replies. No time, no counter, no link between tables.
_TABLES = (
    "CREATE TABLE participation (token BLOB PRIMARY KEY NOT NULL) WITHOUT ROWID, STRICT",
    "CREATE TABLE reply (id BLOB PRIMARY KEY NOT NULL, sealed BLOB NOT NULL) WITHOUT ROWID, STRICT",
)

HEADER_BYTES = 100

_COUNTERS = ((24, 1), (40, 1), (92, 1), (96, 0))
"""Where the header counts changes, which would tell how many commits there were, and what it says instead.

They are four bytes each: the file change counter, the schema cookie, version-valid-for, which must equal the
first, and the version of the SQLite that wrote last.
Source: https://www.sqlite.org/fileformat2.html, section 1.3.
"""


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


def is_as_written(header: bytes) -> bool:
    """Return whether a file was written from ``canonical_bytes``, and by no program that uses SQLite since.

    ``header``: the first 100 bytes. Whoever changes the file by SQLite raises the counters.
    """
    return all(header[place : place + 4] == value.to_bytes(4, "big") for place, value in _COUNTERS)


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
