"""Read the ballot files for ``belonging proof``: their layout, the order of their bytes, their times."""

import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path

from bot.core.audit import BoxFact
from bot.core.model import RoundId
from bot.store.audit.looks import is_being_written, until_steady
from bot.store.ballot_content import MINUTE_S
from bot.store.connections import connect_to_memory
from bot.store.read_only import schema_of

_NAME = re.compile(r"([0-9a-v]{12})\.db")
_USER_VERSION = slice(60, 64)
_HEADER_COUNTERS = (slice(24, 28), slice(40, 44), slice(92, 100))


def read_ballots(folder: Path) -> tuple[BoxFact, ...]:
    """Return the facts about each ballot file in this directory, by name."""
    return tuple(fact for path in sorted(folder.glob("*.db")) if (fact := _read(path)))


def list_ballots(folder: Path) -> frozenset[RoundId]:
    """Return the rounds that have a ballot file in this directory."""
    names = (_NAME.fullmatch(path.name) for path in folder.glob("*.db"))
    return frozenset(RoundId(name[1]) for name in names if name)


def list_damaged_ballots(folder: Path) -> tuple[Path, ...]:
    """Return the ballot files that cannot be read."""
    return tuple(folder / f"{fact.round_id}.db" for fact in read_ballots(folder) if fact.schema is None)


def is_timeless(folder: Path) -> bool:
    """Return whether the time of the directory is that of its newest ballot file, at any of several looks."""
    if not folder.is_dir():
        return True
    at_rest = False
    for _ in until_steady(folder):
        if is_being_written(folder):
            continue  # a commit that waits for the disk is no finding
        at_rest = True
        with suppress(FileNotFoundError):  # a round has closed meanwhile
            times = [path.stat().st_mtime_ns for path in folder.glob("*.db") if _NAME.fullmatch(path.name)]
            if not times or folder.stat().st_mtime_ns == max(times):
                return True
    return not at_rest


def is_canonical(raw: bytes) -> bool:
    """Return whether a ballot file has the one form of its content, so that its bytes show no order.

    A copy in memory is rewritten and compared; nothing is written to disk. Raises ``sqlite3.Error``.
    """
    with closing(connect_to_memory(raw)) as connection:  # which writes no temporary file either
        connection.execute("VACUUM")
        return without_counters(connection.serialize()) == without_counters(raw)


def without_counters(raw: bytes) -> bytes:
    """Return the bytes of a database file with the counters of its header set to zero.

    They count commits: file change counter, schema cookie, version-valid-for; after them comes the version of
    the SQLite that wrote last.
    Source: https://www.sqlite.org/fileformat2.html, section 1.3.
    """
    masked = bytearray(raw)
    for counter in _HEADER_COUNTERS:
        masked[counter] = bytes(4)
    return bytes(masked)


def _read(path: Path) -> BoxFact | None:
    """Return the best of several looks at a ballot file; None where it is gone."""
    if not (match := _NAME.fullmatch(path.name)):
        return None
    fact = BoxFact(round_id=RoundId(match[1]), schema=None, canonical=False, timeless=False)
    try:
        for _ in until_steady(path):
            fact = _better(fact, path)
            if fact.canonical and fact.timeless:
                break
    except FileNotFoundError:
        return None
    return fact


def _better(fact: BoxFact, path: Path) -> BoxFact:
    raw, written_s = path.read_bytes(), path.stat().st_mtime
    if not raw:
        return fact
    opened_s = int.from_bytes(raw[_USER_VERSION], "big") * MINUTE_S
    with suppress(sqlite3.Error):  # it is damaged, or was read while another program wrote in it
        return BoxFact(
            round_id=fact.round_id,
            schema=_schema(raw),
            canonical=fact.canonical or is_canonical(raw),
            timeless=fact.timeless or written_s == opened_s,
        )
    return fact


def _schema(raw: bytes) -> Mapping[str, str]:
    with closing(connect_to_memory(raw)) as connection:
        return schema_of(connection)
