"""Gather what ``belonging proof`` examines on disk, reading only; the bot may run meanwhile."""

import re
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path

from bot.core.audit import LiveFact, OnDisk, Place
from bot.core.model import RoundId
from bot.errors import StoreError
from bot.store.audit.audiences import read_audiences
from bot.store.audit.ballots import is_timeless, list_ballots, list_damaged_ballots, read_ballots
from bot.store.audit.copies import Folders, read_logs, search_surroundings
from bot.store.audit.database import Stored, layout, read_states, read_stored
from bot.store.audit.files import list_files, read_contents, read_host
from bot.store.audit.host import HostPlaces, host_of
from bot.store.audit.looks import LOOKS, pause
from bot.store.failures import store_error

_KEY = re.compile(r"([0-9a-v]{12})\.(\w+)(\.part)?")


def read_installation(
    data_dir: Path, ballots_dir: Path, keys_dir: Path, host_dir: Path | None = None
) -> OnDisk:
    """Return what is in these directories now. Raises ``StoreError`` when belonging.db cannot be read.

    ``host_dir``: the data directory of a host of many workspaces, of which ``data_dir`` is one cell.
    """
    host = host_of(data_dir, host_dir)
    folders = {Place.DATA: data_dir, Place.BALLOTS: ballots_dir, Place.KEYS: keys_dir}
    database = data_dir / "belonging.db"
    try:
        found = _look(folders, host, read_stored(database))
        for _ in range(LOOKS):
            stored = read_stored(database)
            if stored.rounds == found.rounds:
                break
            found = _look(folders, host, stored)  # a round opened or ended meanwhile
    except (sqlite3.Error, OSError) as error:
        raise _unreadable(database, error) from error
    return found


def list_damaged(data_dir: Path, ballots_dir: Path) -> tuple[Path, ...]:
    """Return the ballot files that cannot be read, and audiences.db if it cannot."""
    audiences = data_dir / "audiences.db"
    unread = audiences.exists() and read_audiences(audiences) is None
    return (*list_damaged_ballots(ballots_dir), *([audiences] if unread else []))


def _look(folders: Folders, host: HostPlaces | None, stored: Stored) -> OnDisk:
    ballots = folders[Place.BALLOTS]
    return OnDisk(
        folders={place: str(folder.absolute()) for place, folder in folders.items()},
        files=list_files(folders, host),
        boxes=read_ballots(ballots),
        timeless=is_timeless(ballots),
        tables=stored.tables,
        layout=layout(),
        rounds=stored.rounds,
        results=stored.results,
        damaged=stored.damaged,
        unread_rounds=stored.unread_rounds,
        channels=stored.channels,
        around=search_surroundings(folders, host),
        audiences=read_audiences(folders[Place.DATA] / "audiences.db"),
        neighbours=host.neighbours() if host else None,
        recorded=stored.admins,
        looks=lambda: _live(folders),
        contents=lambda: read_contents(folders),
        around_contents=lambda: (*read_host(host), *read_logs(folders, host)),
    )


def _live(folders: Folders) -> Iterator[LiveFact]:
    """Yield look after look, each as short as possible. Raises ``StoreError``."""
    database = folders[Place.DATA] / "belonging.db"
    for number in range(LOOKS):
        if number:
            pause()
        try:
            yield LiveFact(
                states=read_states(database),
                keys=_keys(folders[Place.KEYS]),
                ballots=list_ballots(folders[Place.BALLOTS]),
            )
        except (sqlite3.Error, OSError) as error:
            raise _unreadable(database, error) from error


def _keys(folder: Path) -> Mapping[RoundId, frozenset[str]]:
    kinds: dict[RoundId, frozenset[str]] = {}
    for path in folder.iterdir() if folder.exists() else ():
        if match := _KEY.fullmatch(path.name):
            round_id = RoundId(match[1])
            kinds[round_id] = kinds.get(round_id, frozenset()) | ({match[2]} if not match[3] else set())
    return kinds


def _unreadable(database: Path, error: sqlite3.Error | OSError) -> StoreError:
    if isinstance(error, OSError) and error.filename:
        database = Path(str(error.filename))
    failure = store_error(database, error)
    return StoreError(
        failure.message, remedy=failure.remedy.removeprefix("Nothing was saved. "), code=failure.code
    )
