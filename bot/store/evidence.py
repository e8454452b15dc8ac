"""Gathers what ``belonging proof`` looks at on disk, reading only; safe while the bot runs."""

import os
import re
import sqlite3
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from bot.core.evidence import BoxFact, FileFact, Holds, OnDisk, Place
from bot.core.model import RoundId
from bot.errors import StoreError
from bot.store.asked_evidence import read_audiences
from bot.store.ballot_file import MINUTE_S
from bot.store.failures import store_error
from bot.store.inspect import is_canonical
from bot.store.stored import Stored, layout, read_stored
from bot.store.surroundings import holds, look_around

LOOKS = 5
"""What may pass is looked at again, so often: a leftover is there at every look."""

PAUSE_S = 0.05
MOST_LOOKS = 60
"""A file that is being rewritten all the time is looked at so often at most."""

_BOX = re.compile(r"([0-9a-v]{12})\.db")
_KEY = re.compile(r"([0-9a-v]{12})\.(\w+)(\.part)?")
_PASSING = ("-journal", ".part", ".new", ".tmp")
_USER_VERSION = slice(60, 64)

Folders = Mapping[Place, Path]
Identity = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Seen:
    """A file at one look: a journal of the same name at the next look is another file."""

    fact: FileFact
    identity: Identity

    @property
    def key(self) -> tuple[Place, str, Identity]:
        return self.fact.place, self.fact.name, self.identity


def look(data_dir: Path, ballots_dir: Path, keys_dir: Path) -> OnDisk:
    """What lies in these directories now. Raises ``StoreError`` when belonging.db cannot be read."""
    folders = {Place.DATA: data_dir, Place.BALLOTS: ballots_dir, Place.KEYS: keys_dir}
    database = data_dir / "belonging.db"
    try:
        found = _look(folders, read_stored(database))
        for _ in range(LOOKS):
            stored = read_stored(database)
            if stored.rounds == found.rounds:
                break
            found = _look(folders, stored)  # a round opened or ended meanwhile
    except (sqlite3.Error, OSError) as error:
        raise _unreadable(database, error) from error
    return found


def list_damaged(data_dir: Path, ballots_dir: Path) -> tuple[Path, ...]:
    """The ballot files that cannot be read, and audiences.db where it cannot."""
    boxes = (
        path for path in sorted(ballots_dir.glob("*.db")) if (fact := _box(path)) and fact.schema is None
    )
    audiences = data_dir / "audiences.db"
    unread = audiences.exists() and read_audiences(audiences) is None
    return (*boxes, *([audiences] if unread else []))


def _look(folders: Folders, stored: Stored) -> OnDisk:
    ballots = folders[Place.BALLOTS]
    return OnDisk(
        folders={place: str(folder.absolute()) for place, folder in folders.items()},
        files=_steady(lambda: tuple(_walk(folders))),
        boxes=tuple(fact for path in sorted(ballots.glob("*.db")) if (fact := _box(path))),
        timeless=_is_timeless(ballots),
        keys=_keys(folders[Place.KEYS]),
        tables=stored.tables,
        layout=layout(),
        rounds=stored.rounds,
        results=stored.results,
        damaged=stored.damaged,
        unread_rounds=stored.unread_rounds,
        channels=stored.channels,
        around=look_around(folders),
        audiences=read_audiences(folders[Place.DATA] / "audiences.db"),
        recorded=stored.admins,
        contents=lambda: _contents(folders),
    )


def _walk(folders: Folders) -> Iterator[_Seen]:
    """Each of the directories, and everything in it at any depth; links are not followed."""
    roots = {folder.absolute() for folder in folders.values()}
    for place, folder in folders.items():
        root = folder.absolute()
        with suppress(FileNotFoundError):
            yield _see(place, root, "")
        for parent, directories, files in os.walk(root):
            inner = [name for name in directories if Path(parent, name) not in roots]
            directories[:] = inner
            for name in sorted([*inner, *files]):
                path = Path(parent, name)
                if path.is_dir() and any(other.is_relative_to(path) for other in roots):
                    continue  # on the way to another of them
                with suppress(FileNotFoundError):  # gone since it was listed
                    yield _see(place, path, str(path.relative_to(root)))


def _see(place: Place, path: Path, name: str) -> _Seen:
    found = path.lstat() if name else path.stat()
    is_file = stat.S_ISREG(found.st_mode)
    fact = FileFact(
        place=place,
        name=name,
        mode=stat.S_IMODE(found.st_mode) if not stat.S_ISLNK(found.st_mode) else 0,
        ours=found.st_uid == os.geteuid(),
        links=found.st_nlink,
        directory=stat.S_ISDIR(found.st_mode),
        holds=holds(path) if is_file else Holds.NOTHING,
    )
    return _Seen(fact, (found.st_ino, found.st_ctime_ns))


def _steady(read: Callable[[], tuple[_Seen, ...]]) -> tuple[FileFact, ...]:
    """What is there at every look: a journal that lives for one commit is no leftover."""
    seen = read()
    for _ in range(LOOKS):
        if not any(one.fact.name.endswith(_PASSING) for one in seen):
            break
        time.sleep(PAUSE_S)
        again = {one.key for one in read()}
        seen = tuple(one for one in seen if one.key in again or not one.fact.name.endswith(_PASSING))
    return tuple(one.fact for one in seen)


def _looks(path: Path) -> Iterator[None]:
    """A turn for each look at a file, until it has not changed for ``LOOKS`` of them: then it stays so.

    Between a commit and the VACUUM after it a file is not in order; while many replies come, that is often.
    Raises ``FileNotFoundError`` when the file goes.
    """
    unchanged, last = 0, None
    for _ in range(MOST_LOOKS):
        yield
        found = path.stat()
        now = (found.st_ino, found.st_ctime_ns)
        unchanged = unchanged + 1 if now == last else 0
        if unchanged >= LOOKS:
            return
        last = now
        time.sleep(PAUSE_S)


def _box(path: Path) -> BoxFact | None:
    """A ballot file at its best of several looks; None where it is gone."""
    if not (match := _BOX.fullmatch(path.name)):
        return None
    fact = BoxFact(round_id=RoundId(match[1]), schema=None, canonical=False, timeless=False)
    try:
        for _ in _looks(path):
            fact = _better(fact, path)
            if fact.canonical and fact.timeless:
                break
    except FileNotFoundError:
        return None
    return fact


def _better(fact: BoxFact, path: Path) -> BoxFact:
    raw, written_s = path.read_bytes(), path.stat().st_mtime
    opened_s = int.from_bytes(raw[_USER_VERSION], "big") * MINUTE_S
    with suppress(sqlite3.Error):  # it was read while it was being written
        return BoxFact(
            round_id=fact.round_id,
            schema=_schema(raw),
            canonical=fact.canonical or is_canonical(raw),
            timeless=fact.timeless or written_s == opened_s,
        )
    return fact


def _schema(raw: bytes) -> Mapping[str, str]:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.deserialize(raw)
        rows = connection.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")
        return dict(rows.fetchall())


def _is_timeless(ballots: Path) -> bool:
    """Whether the directory of the ballots shows, at any look, no other time than that of its newest box."""
    if not ballots.is_dir():
        return True
    for _ in _looks(ballots):
        with suppress(FileNotFoundError):  # a round has closed meanwhile
            times = [path.stat().st_mtime_ns for path in ballots.glob("*.db") if _BOX.fullmatch(path.name)]
            if not times or ballots.stat().st_mtime_ns == max(times):
                return True
    return False


def _keys(folder: Path) -> Mapping[RoundId, frozenset[str]]:
    kinds: dict[RoundId, frozenset[str]] = {}
    for path in folder.iterdir() if folder.exists() else ():
        if match := _KEY.fullmatch(path.name):
            round_id = RoundId(match[1])
            kinds[round_id] = kinds.get(round_id, frozenset()) | ({match[2]} if not match[3] else set())
    return kinds


def _contents(folders: Folders) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of every file, the keys of the rounds left out."""
    for seen in _walk(folders):
        place, name = seen.fact.place, seen.fact.name
        path = folders[place] / name
        if seen.fact.holds is Holds.KEYS or not path.is_file() or path.is_symlink():
            continue
        with suppress(FileNotFoundError):
            yield f"{place.value}/{name}", path.read_bytes()


def _unreadable(database: Path, error: sqlite3.Error | OSError) -> StoreError:
    if isinstance(error, OSError) and error.filename:
        database = Path(str(error.filename))
    failure = store_error(database, error)
    return StoreError(
        failure.message, remedy=failure.remedy.removeprefix("Nothing was saved. "), code=failure.code
    )
