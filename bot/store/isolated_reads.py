"""Read files in another process, because SQLite may have them open in this one.

When a process closes any descriptor of a file, POSIX drops all locks that the process holds on it. SQLite
knows only its own descriptors: https://www.sqlite.org/howtocorrupt.html, section 2.2.
"""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

_KEPT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE")
_READER = "cat"
"""A program of every POSIX system; it starts ten times as fast as Python."""


def environment() -> Mapping[str, str]:
    """Return the environment for a process that only reads: what Python needs to start, and no secret."""
    return {name: os.environ[name] for name in _KEPT if name in os.environ}


def read_apart(path: Path) -> bytes:
    """Return the bytes of a file. Raises ``FileNotFoundError`` where it cannot be read, or is gone."""
    ended = subprocess.run(  # noqa: S603 - a path that was listed
        [_READER, str(path.absolute())],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=environment(),
        check=False,
    )
    if ended.returncode:
        raise FileNotFoundError(f"{path.name} cannot be read now")
    return ended.stdout
