"""A program that dies: it forks one process per step, each of which kills itself (SIGKILL) at its step.

Run as ``python crash_child.py story directory``. Each process leaves its files in ``directory/step-NNNN``,
and in ``directory/step-NNNN.said`` what was acknowledged before it died. The last one gets to the end.
"""

import os
import signal
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot.core.model import RoundId
from bot.keys import KeyFiles
from tests.privacy.ballot import ROUND, WORKSPACE, box_path, open_boxes, submit, voter

TICKS_PER_STEP = 40
"""Steps inside of statements: one per so many instructions of SQLite's virtual machine."""


class Fuse:
    """Counts steps, and kills this process at one of them."""

    def __init__(self, deadly: int) -> None:
        self._left = deadly
        self.lit = False

    def step(self) -> int:
        if self.lit:
            self._left -= 1
            if self._left < 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return 0

    def around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, with a step before and after."""

        def call(*arguments: Any, **named: Any) -> Any:
            self.step()
            result = function(*arguments, **named)
            self.step()
            return result

        return call


def fused_connections(fuse: Fuse) -> None:
    """Make every statement on a ballot file a step, and the inside of long ones several."""

    class Connection(sqlite3.Connection):
        def execute(self, *arguments: Any) -> sqlite3.Cursor:
            fuse.step()
            cursor = super().execute(*arguments)
            fuse.step()
            return cursor

    real = sqlite3.connect

    def connect(*arguments: Any, **named: Any) -> sqlite3.Connection:
        connection = real(*arguments, **named, factory=Connection)
        connection.set_progress_handler(fuse.step, TICKS_PER_STEP)
        return connection

    sqlite3.connect = connect  # type: ignore[assignment]


def submissions(directory: Path, fuse: Fuse, say: Callable[[str], None]) -> None:
    """Three replies, one change, one withdrawal, one more reply; each said when it was acknowledged."""
    fused_connections(fuse)
    for name in ("utime", "unlink", "fsync", "open", "link", "replace", "fchmod"):
        setattr(os, name, fuse.around(getattr(os, name)))
    boxes = open_boxes(directory)
    for number in (4, 5):
        submit(boxes, voter(number))
    fuse.lit = True
    for number in (1, 2, 3):
        say(f"trying {number}")
        submit(boxes, voter(number))
        say(f"stored {number}")
    say("trying change")
    boxes.submit(ROUND, voter(4).token, voter(4, size=1024).reply).result()
    say("stored change")
    say("trying withdrawal")
    boxes.withdraw(ROUND, voter(5).token, voter(5).reply_id)
    say("stored withdrawal")
    say("trying destruction")
    boxes.destroy(ROUND)


def spilled(directory: Path, fuse: Fuse, say: Callable[[str], None]) -> None:
    """Die in a transaction that writes to the file itself, as older versions did: its journal is hot."""
    boxes = open_boxes(directory)
    for number in (1, 2, 3):
        submit(boxes, voter(number))
        say(f"stored {number}")

    connection = sqlite3.connect(box_path(directory), isolation_level=None)
    connection.execute("PRAGMA cache_size = 1")
    connection.execute("BEGIN IMMEDIATE")
    for number in range(10, 40):
        reply = voter(number, size=4096).reply
        connection.execute("INSERT INTO reply (id, sealed) VALUES (?, ?)", (reply.id, reply.sealed))
    connection.execute("DELETE FROM participation")
    os.kill(os.getpid(), signal.SIGKILL)


def keys(directory: Path, fuse: Fuse, say: Callable[[str], None]) -> None:
    """Make and destroy the keys of a round."""
    for name in ("fsync", "open", "unlink", "rename", "close"):
        setattr(os, name, fuse.around(getattr(os, name)))
    vault = KeyFiles(directory, WORKSPACE)
    fuse.lit = True
    public = vault.create(RoundId(ROUND))
    say(f"made {public.hex()}")
    vault.destroy(RoundId(ROUND))
    say("destroyed")


STORIES = {"submissions": submissions, "spilled": spilled, "keys": keys}


def run_step(story: str, directory: Path, step: int) -> int:
    """The wait status of the process that dies at this step, or gets to the end."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    place = directory / f"step-{step:04}"
    said = os.open(place.with_suffix(".said"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    write = os.write
    status = 1
    try:
        STORIES[story](place, Fuse(step), lambda line: write(said, f"{line}\n".encode()) and None)
        status = 0
    finally:
        os._exit(status)


def main() -> None:
    """Run the story once per step, until it gets to its end."""
    story, directory = sys.argv[1], Path(sys.argv[2])
    step = 0
    while (status := run_step(story, directory, step)) != 0:
        if not os.WIFSIGNALED(status):
            sys.exit(f"step {step} failed by itself")
        if story == "spilled":
            return
        step += 1


if __name__ == "__main__":
    main()
