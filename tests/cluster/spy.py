"""A spy in a process: notes every file that is opened, made, moved or listed below the folder of shards.

It hears what Python's audit hooks hear: ``open`` in all its forms, SQLite's connections, and the calls that
change or list a directory. What SQLite opens beside a database has its connection before it.
"""

import os
import re
import sys
from pathlib import Path
from typing import Any

LOCK = re.compile(r"[^/]+/\.lock")
"""The one file of a shard that a worker may open before it owns it."""

HEARD = frozenset(
    {
        "open",
        "sqlite3.connect",
        "os.listdir",
        "os.scandir",
        "os.mkdir",
        "os.rename",
        "os.remove",
        "os.rmdir",
        "os.link",
        "os.symlink",
        "os.chmod",
        "os.truncate",
        "os.utime",
        "shutil.rmtree",
        "shutil.copyfile",
    }
)


def spy_on(folder: Path, seen: Path) -> None:
    """Note in the file ``seen`` what is done below this folder, a line each, until the process ends."""
    prefix = f"{folder.absolute()}{os.sep}"
    notes = os.open(seen, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def hear(event: str, arguments: tuple[Any, ...]) -> None:
        if event not in HEARD:
            return
        for given in arguments[:2]:
            if isinstance(given, str | bytes | os.PathLike):
                path = os.path.abspath(_named(os.fsdecode(given)))  # noqa: PTH100 - links stay
                if path.startswith(prefix) and not LOCK.fullmatch(path[len(prefix) :]):
                    os.write(notes, f"{event} {path[len(prefix) :]}\n".encode())

    sys.addaudithook(hear)


def _named(path: str) -> str:
    """The path in an address such as SQLite takes (``file:...?mode=ro``)."""
    return path.removeprefix("file:").partition("?")[0] if path.startswith("file:") else path
