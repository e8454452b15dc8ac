"""Read files that may change meanwhile several times; only what every look shows is a finding."""

import time
from collections.abc import Iterator
from pathlib import Path

LOOKS = 5
"""How many looks in a row must show the same."""

MOST_LOOKS = 60
"""How many looks a file gets that changes all the time."""

_PAUSE_S = 0.05


def pause() -> None:
    """Wait between two looks."""
    time.sleep(_PAUSE_S)


def until_steady(path: Path) -> Iterator[None]:
    """Yield once for each look at a file, until it has not changed for ``LOOKS`` of them.

    Each commit changes the time of the directory for a moment, which happens often while many replies come.
    While there is a journal or an unfinished file, a commit is under way, which changes nothing while it
    waits for the disk. Raises ``FileNotFoundError`` when the file disappears.
    """
    unchanged, last = 0, None
    for _ in range(MOST_LOOKS):
        yield
        found = path.stat()
        now = None if is_being_written(path) else (found.st_ino, found.st_ctime_ns)
        unchanged = unchanged + 1 if now and now == last else 0
        if unchanged >= LOOKS:
            return
        last = now
        pause()


def is_being_written(path: Path) -> bool:
    """Return whether a commit of this file, or of any file in this directory, is under way."""
    folder, name, stem = (path, "*", "*") if path.is_dir() else (path.parent, path.name, path.stem)
    return any(next(folder.glob(one), None) for one in (f"{name}-journal", f".{stem}.new"))
