"""Gathers what ``belonging proof`` looks at on disk, reading only; safe while the bot runs."""

import os
import re
import sqlite3
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from bot.core.evidence import BoxFact, FileFact, Place
from bot.core.model import MemberId, Round, RoundId
from bot.core.release import Published, Release, Withheld
from bot.store.codec import loads
from bot.store.inspect import is_canonical, schema
from bot.store.rows import round_of

LOOKS = 4
"""A file that is just being rewritten is looked at again, this often at most."""

PAUSE_S = 0.25
_BOX = re.compile(r"([0-9a-v]{12})\.db")
_KEY = re.compile(r"([0-9a-v]{12})\.(\w+)")
_COPY = re.compile(r".*\.(db|sqlite3?|bak|old|orig|tar|tgz|zip|gz|zst)(-\w+|~)?$|.*~$")
_MAGIC = b"SQLite format 3\0"


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDisk:
    """The part of the evidence that lies in files."""

    folders: Mapping[Place, str]
    files: tuple[FileFact, ...]
    boxes: tuple[BoxFact, ...]
    keys: Mapping[RoundId, frozenset[str]]
    tables: Mapping[str, str]
    rounds: tuple[Round, ...]
    releases: tuple[tuple[Round, Release], ...]
    recorded: frozenset[MemberId] = field(repr=False)
    search: Callable[[bytes], tuple[str, ...]] = field(repr=False)


def look(data_dir: Path, ballots_dir: Path, keys_dir: Path) -> OnDisk:
    """What lies in these directories now. Raises ``sqlite3.Error`` when belonging.db cannot be read."""
    folders = {Place.DATA: data_dir, Place.BALLOTS: ballots_dir, Place.KEYS: keys_dir}
    files = _steady(lambda: tuple(_facts(folders)))
    database = data_dir / "belonging.db"
    rounds, releases, recorded = _results(database)
    return OnDisk(
        folders={place: str(folder.absolute()) for place, folder in folders.items()},
        files=files,
        boxes=tuple(_box(path) for path in sorted(ballots_dir.glob("*.db")) if _BOX.fullmatch(path.name)),
        keys=_keys(keys_dir),
        tables=schema(database) if database.exists() else {},
        rounds=rounds,
        releases=releases,
        recorded=recorded,
        search=_searcher(folders),
    )


def _facts(folders: Mapping[Place, Path]) -> Iterator[FileFact]:
    for place, folder in folders.items():
        if folder.exists():
            yield _fact(place, folder, "")
            yield from (
                _fact(place, path, path.name)
                for path in sorted(folder.iterdir())
                if path not in folders.values()
            )
    data_dir = folders[Place.DATA]
    for path in sorted(data_dir.absolute().parent.iterdir()):
        if path.is_file() and (_COPY.fullmatch(path.name) or path.name.startswith("belonging.db")):
            yield _fact(Place.BESIDE, path, path.name)


def _fact(place: Place, path: Path, name: str) -> FileFact:
    found = path.lstat()
    return FileFact(
        place=place,
        name=name,
        mode=stat.S_IMODE(found.st_mode),
        ours=found.st_uid == os.geteuid(),
        links=found.st_nlink,
        directory=stat.S_ISDIR(found.st_mode) and not name,
        database=_is_database(path) or bool(_COPY.fullmatch(name)),
    )


def _steady(read: Callable[[], tuple[FileFact, ...]]) -> tuple[FileFact, ...]:
    """What is there at every look: a journal that lives for one commit is no leftover."""
    facts = read()
    for _ in range(LOOKS):
        passing = [fact for fact in facts if fact.name.endswith(("-journal", ".part", ".tmp"))]
        if not passing:
            break
        time.sleep(PAUSE_S)
        again = {(fact.place, fact.name) for fact in read()}
        facts = tuple(fact for fact in facts if (fact.place, fact.name) in again)
    return facts


def _box(path: Path) -> BoxFact:
    fact = BoxFact(round_id=RoundId(path.stem), schema=None, canonical=False)
    for attempt in range(LOOKS):
        if attempt:
            time.sleep(PAUSE_S)
        with suppress(sqlite3.Error, OSError):
            tidy = is_canonical(path.read_bytes())
            fact = BoxFact(round_id=fact.round_id, schema=schema(path), canonical=tidy)
        if fact.canonical:
            break
    return fact


def _keys(folder: Path) -> Mapping[RoundId, frozenset[str]]:
    kinds: dict[RoundId, frozenset[str]] = {}
    for path in folder.iterdir() if folder.exists() else ():
        if match := _KEY.fullmatch(path.name):
            round_id = RoundId(match[1])
            kinds[round_id] = kinds.get(round_id, frozenset()) | {match[2]}
    return kinds


def _results(
    database: Path,
) -> tuple[tuple[Round, ...], tuple[tuple[Round, Release], ...], frozenset[MemberId]]:
    if not database.exists():
        return (), (), frozenset()
    with closing(
        sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True, timeout=5)
    ) as connection:
        connection.row_factory = sqlite3.Row
        rounds = tuple(
            round_of(dict(row)) for row in connection.execute("SELECT * FROM round ORDER BY opened_at")
        )
        bodies = dict(connection.execute("SELECT round_id, body FROM release").fetchall())
        admins = connection.execute("SELECT DISTINCT admin FROM quote_removal").fetchall()
    releases = tuple(
        (round_, loads(Withheld | Published, bodies[round_.id])) for round_ in rounds if round_.id in bodies
    )
    return rounds, releases, frozenset(MemberId(row[0]) for row in admins)


def _searcher(folders: Mapping[Place, Path]) -> Callable[[bytes], tuple[str, ...]]:
    contents = {
        f"{place.value}/{path.name}": path.read_bytes()
        for place, folder in folders.items()
        if place is not Place.KEYS and folder.exists()
        for path in sorted(folder.iterdir())
        if path.is_file()
    }
    return lambda needle: tuple(name for name, content in contents.items() if needle in content)


def _is_database(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(_MAGIC)) == _MAGIC
    except OSError:
        return False
