"""Search around the three directories for copies of ballots and keys, reading only."""

import os
import re
import stat
import tarfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import islice
from pathlib import Path, PurePath

from bot.core.audit import Around, FileFact, Holds, Place
from bot.store.audiences import APPLICATION_ID as AUDIENCES_ID
from bot.store.audit.host import HostPlaces
from bot.store.ballot_content import APPLICATION_ID

MOST_FILES = 5000
DEEP = 5
LARGEST_ARCHIVE = 200 << 20
LARGEST_LOG = 20 << 20
HEAD_BYTES = 8192
SNAPSHOTS = (".snapshot/*", ".snapshots/*/snapshot", ".zfs/snapshot/*")
UNLIKELY = frozenset({".venv", "venv", "node_modules", "__pycache__", "site-packages", ".git"})
MOUNTS = Path("/proc/self/mounts")

_MAGIC = b"SQLite format 3\0"
_MARK = APPLICATION_ID.to_bytes(4, "big")
_AUDIENCES_MARK = AUDIENCES_ID.to_bytes(4, "big")
_BALLOT_SQL = b"CREATE TABLE participation (token"
_KEY_NAME = re.compile(r"([0-9a-v]{12}\.(token|close)|audience\.[0-9]{8}[a-z]?)(\W.*)?")
_AUDIENCES_NAME = re.compile(r"audiences\.db(\W.*)?")
_BOX_NAME = re.compile(r"[0-9a-v]{12}\.db(\W.*)?")
_ARCHIVE = re.compile(r".*\.(zip|tar|t?[gbx]z2?|tar\.\w+)", re.IGNORECASE)
_LOG = re.compile(r"(.*[._-])?(log|logs|out|err|stdout|stderr)(\W.*)?", re.IGNORECASE)
_KEY_SIZES = frozenset({48, 96})

Folders = Mapping[Place, Path]


@dataclass(slots=True)
class _Budget:
    """How many files may still be opened."""

    left: int

    def spend(self) -> bool:
        self.left -= 1
        return self.left >= 0


def search_surroundings(folders: Folders, host: HostPlaces | None = None) -> Around:
    """Return what is around these directories: copies, repositories, snapshots, and their disks.

    The directories of a host's other cells are theirs, and no copies.
    """
    budget = _Budget(MOST_FILES)
    copies = [*_beside(folders, host, budget), *_snapshots(folders)]
    private = (Place.BALLOTS, Place.KEYS)
    return Around(
        copies=tuple(copies),
        looked_at=min(MOST_FILES, MOST_FILES - budget.left),
        all_looked_at=budget.left >= 0,
        repositories=tuple(place for place in private if _is_in_repository(folders[place].absolute())),
        filesystems={place: filesystem_of(folder) for place, folder in folders.items()},
    )


def read_logs(folders: Folders, host: HostPlaces | None) -> Iterator[tuple[Place, str, bytes]]:
    """Yield the logs beside the directories, by their names; a very long one in part."""
    budget = _Budget(MOST_FILES)
    for root, path in _around(folders, host):
        if not budget.spend():
            return
        if _LOG.fullmatch(path.name):
            with suppress(OSError), path.open("rb") as file:
                yield Place.BESIDE, str(path.relative_to(root)), file.read(LARGEST_LOG)


def holds(path: Path) -> Holds:
    """Return what a file holds, by its name, its first bytes, or the names in the archive."""
    with suppress(OSError):
        if _KEY_NAME.fullmatch(path.name) and path.stat().st_size in _KEY_SIZES:
            return Holds.KEYS
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
        if (head.startswith(_MAGIC) and head[68:72] == _MARK) or _BALLOT_SQL in head:
            return Holds.BALLOTS
        if head.startswith(_MAGIC) and head[68:72] == _AUDIENCES_MARK:
            return Holds.AUDIENCES
        if _ARCHIVE.fullmatch(path.name) and path.stat().st_size <= LARGEST_ARCHIVE:
            return _named(_listed(path))
    return Holds.NOTHING


def _named(names: Iterable[str]) -> Holds:
    last = [PurePath(name).name for name in names]
    if any(_KEY_NAME.fullmatch(name) for name in last):
        return Holds.KEYS
    if any(_AUDIENCES_NAME.fullmatch(name) for name in last):
        return Holds.AUDIENCES
    return Holds.BALLOTS if any(_BOX_NAME.fullmatch(name) for name in last) else Holds.NOTHING


def _listed(path: Path) -> list[str]:
    """Return the names in an archive; for another file, its own name."""
    with suppress(zipfile.BadZipFile, tarfile.TarError, EOFError, ValueError, OSError):
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                return archive.namelist()
        with tarfile.open(path) as tape:
            return tape.getnames()
    return [path.name]


def _beside(folders: Folders, host: HostPlaces | None, budget: _Budget) -> Iterator[FileFact]:
    """Yield files that hold ballots or keys, beside each directory and below its siblings."""
    for root, path in _around(folders, host):
        if not budget.spend():
            return
        if (kept := holds(path)) is not Holds.NOTHING:
            yield _fact(path, str(path.relative_to(root)), kept)


def _around(folders: Folders, host: HostPlaces | None) -> Iterator[tuple[Path, Path]]:
    """Yield the files beside each directory and below its siblings, each with the directory it is below."""
    own = {folder.absolute() for folder in folders.values()}
    if host:
        own.update(host.cells, host.not_looked_at)
        for path in _files(host.directory, own, host.directory.stat().st_dev):
            yield host.directory, path
        own.add(host.directory)
    parents = {folder.parent for folder in own}
    # Files inside the three directories are checked elsewhere.
    around = [
        parent for parent in sorted(parents) if not any(parent.is_relative_to(folder) for folder in own)
    ]
    for parent in around:
        if any(parent != other and parent.is_relative_to(other) for other in around):
            continue
        for path in _files(parent, own, parent.stat().st_dev):
            yield parent, path


def _files(root: Path, own: set[Path], device: int, depth: int = 1) -> Iterator[Path]:
    """Yield files under a directory, a few levels deep, on one disk, without links and the bot's own."""
    try:
        entries = sorted(os.scandir(root), key=lambda entry: entry.name)
    except OSError:
        return
    below = []
    for entry in entries:
        path = Path(entry.path)
        with suppress(OSError):
            if entry.is_file(follow_symlinks=False):
                yield path
            elif entry.is_dir(follow_symlinks=False) and path not in own and entry.name not in UNLIKELY:
                below.append(path)
    for path in below if depth < DEEP else ():
        with suppress(OSError):
            if path.stat().st_dev == device:
                yield from _files(path, own, device, depth + 1)


def _snapshots(folders: Folders) -> Iterator[FileFact]:
    """Yield ballots and keys in the snapshots that some file systems show beside the files."""
    for place in (Place.BALLOTS, Place.KEYS):
        folder = folders[place].absolute()
        for ancestor in (folder, *folder.parents):
            for pattern in SNAPSHOTS:
                with suppress(OSError):
                    inside = folder.relative_to(ancestor)
                    kept = (path / inside for path in islice(ancestor.glob(pattern), MOST_FILES))
                    yield from islice(_kept_in(kept, ancestor), 1)


def _kept_in(snapshots: Iterable[Path], ancestor: Path) -> Iterator[FileFact]:
    for snapshot in snapshots:
        for path in sorted(snapshot.iterdir()) if snapshot.is_dir() else ():
            if path.is_file() and (kept := holds(path)) is not Holds.NOTHING:
                yield _fact(path, str(path.relative_to(ancestor)), kept)


def _fact(path: Path, name: str, kept: Holds) -> FileFact:
    found = path.lstat()
    return FileFact(
        place=Place.BESIDE,
        name=name,
        mode=stat.S_IMODE(found.st_mode),
        ours=found.st_uid == os.geteuid(),
        links=found.st_nlink,
        holds=kept,
    )


def _is_in_repository(folder: Path) -> bool:
    """Return whether a git repository includes this directory: no .gitignore excludes it."""
    for ancestor in (folder, *folder.parents):
        if (ancestor / ".git").exists():
            return not _is_ignored(folder, ancestor)
    return False


def _is_ignored(folder: Path, repository: Path) -> bool:
    """Decide as git does for plain patterns; a pattern that is not understood ignores nothing.

    Source: https://git-scm.com/docs/gitignore.
    """
    between = [path for path in reversed(folder.parents) if path.is_relative_to(repository)]
    ignored = False
    for at in between:
        inside = folder.relative_to(at).parts
        files = (at / ".gitignore", *([at / ".git" / "info" / "exclude"] if at == repository else []))
        for line in (line for file in files for line in _lines(file)):
            if _matches(line.removeprefix("!"), inside):
                ignored = not line.startswith("!")
    return ignored


def _lines(file: Path) -> list[str]:
    with suppress(OSError, UnicodeDecodeError):
        return [
            line.strip() for line in file.read_text("utf-8").splitlines() if line.strip() and line[0] != "#"
        ]
    return []


def _matches(pattern: str, inside: tuple[str, ...]) -> bool:
    """Return whether a pattern names this path or one of its parent directories."""
    plain = pattern.rstrip("/")
    if "/" not in plain:
        return any(fnmatchcase(part, plain) for part in inside)
    ways = ("/".join(inside[:length]) for length in range(1, len(inside) + 1))
    return any(fnmatchcase(way, plain.lstrip("/").removeprefix("**/")) for way in ways)


def filesystem_of(folder: Path) -> str:
    """Return the kind of file system of a directory, such as ``ext4``; empty where it is not known."""
    try:
        lines = MOUNTS.read_text("utf-8", errors="replace").splitlines()
        resolved = folder.resolve()
    except OSError:
        return ""
    mounts = [line.split()[1:3] for line in lines if len(line.split()) > 2]  # noqa: PLR2004 - place and kind
    fitting = [
        (len(place), kind)
        for place, kind in ((_unescaped(place), kind) for place, kind in mounts)
        if resolved.is_relative_to(place)
    ]
    # Of two mounts at one place, the later is visible.
    return max(enumerate(fitting), key=lambda one: (one[1][0], one[0]))[1][1] if fitting else ""


def _unescaped(place: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), place)
