"""Watches that the bot opens no file of SQLite as a plain file in the process in which SQLite has it open.

Closing such a file drops every lock that SQLite holds on it: https://www.sqlite.org/howtocorrupt.html, 2.2.
"""

import os
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
OURS = (f"{ROOT / 'bot'}{os.sep}", f"{ROOT / 'tests'}{os.sep}")
OF_SQLITE = re.compile(r".*\.db(-wal|-shm|-journal)?")

WHOLE = str(Path("store", "whole_file.py"))
"""It reads ballot files as a whole. SQLite has none of them open, and nobody locks them."""

OF_THE_PROOF = {str(Path("store", "audit", f"{name}.py")) for name in ("ballots", "copies", "files")}
"""A test may look at the files of its own bot by these; that bot works in other threads."""

_watched: list[tuple[str, list[str]]] = []


@contextmanager
def raw_opens(folder: Path) -> Iterator[list[str]]:
    """Inside: who of the bot has opened what under this folder, by any way but SQLite. To be empty."""
    found: list[str] = []
    watch = (f"{folder.absolute()}{os.sep}", found)
    _hook_once()
    _watched.append(watch)
    try:
        yield found
    finally:
        _watched.remove(watch)


def _heard(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "open" or not _watched or not isinstance(arguments[0], str | bytes | os.PathLike):
        return
    path, flags = os.path.abspath(os.fsdecode(arguments[0])), int(arguments[2] or 0)  # noqa: PTH100 - links stay
    if flags & os.O_EXCL or not OF_SQLITE.fullmatch(path):
        return  # a file that is made in this moment is open nowhere
    for folder, found in _watched:
        if path.startswith(folder) and (who := _opener()):
            found.append(f"{who} opened {Path(path).name}")


def _opener() -> str:
    """The module of the bot that opens the file; empty where a test does."""
    frame: FrameType | None = sys._getframe(2)
    while frame and not frame.f_code.co_filename.startswith(OURS):
        frame = frame.f_back
    here = frame.f_code.co_filename if frame else ""
    module = here.removeprefix(OURS[0]) if here.startswith(OURS[0]) else ""
    of_a_test = module in OF_THE_PROOF and threading.current_thread() is threading.main_thread()
    return "" if of_a_test or module == WHOLE else module


_hooked: list[bool] = []


def _hook_once() -> None:
    """An audit hook stays until the process ends."""
    if not _hooked:
        _hooked.append(True)
        sys.addaudithook(_heard)
