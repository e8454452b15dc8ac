"""List the files of an installation for ``belonging proof``: who may read each, and what it holds."""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bot.core.audit import FileFact, Holds, Place
from bot.store.audit.copies import Folders, holds
from bot.store.audit.host import HostPlaces
from bot.store.audit.looks import LOOKS, pause

_PASSING = ("-journal", ".part", ".new", ".tmp")

SETTINGS = "config.yaml"
"""The settings of a cell, which the operator writes: admins may stand there."""

Identity = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Seen:
    """A file at one look; a journal of the same name at the next look is another file."""

    fact: FileFact
    identity: Identity

    @property
    def key(self) -> tuple[Place, str, Identity]:
        return self.fact.place, self.fact.name, self.identity


def list_files(folders: Folders, host: HostPlaces | None = None) -> tuple[FileFact, ...]:
    """Return the files; temporary ones, such as a commit's journal, only if every look shows them."""

    def look() -> tuple[_Seen, ...]:
        return (*_walk(folders), *(_walk_host(host) if host else ()))

    seen = look()
    for _ in range(LOOKS):
        if not any(one.fact.name.endswith(_PASSING) for one in seen):
            break
        pause()
        again = {one.key for one in look()}
        seen = tuple(one for one in seen if one.key in again or not one.fact.name.endswith(_PASSING))
    return tuple(one.fact for one in seen)


def read_contents(folders: Folders) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the bytes of every file, except the keys of the rounds and what operators write."""
    for seen in _walk(folders):
        place, name = seen.fact.place, seen.fact.name
        path = folders[place] / name
        if (place, name) == (Place.DATA, SETTINGS):
            continue
        if seen.fact.holds is Holds.KEYS or not path.is_file() or path.is_symlink():
            continue
        with suppress(FileNotFoundError):
            yield f"{place.value}/{name}", path.read_bytes()


def read_host(host: HostPlaces | None) -> Iterator[tuple[Place, str, bytes]]:
    """Yield the files of the directory of a host itself, and the settings of its cell."""
    for path in (*host.files, host.cell / SETTINGS) if host else ():
        with suppress(FileNotFoundError, IsADirectoryError):
            yield Place.HOST, str(path.relative_to(host.directory)) if host else "", path.read_bytes()


def _walk_host(host: HostPlaces) -> Iterator[_Seen]:
    """Yield the directory of a host, and what lies in it itself."""
    yield _see(Place.HOST, host.directory, "")
    for path in host.files:
        with suppress(FileNotFoundError):
            yield _see(Place.HOST, path, path.name)


def _walk(folders: Folders) -> Iterator[_Seen]:
    """Yield each of the directories, and everything in it at any depth, without following links."""
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
