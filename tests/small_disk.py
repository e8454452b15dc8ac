"""A disk of a few megabytes, for tests that fill it or make it read-only."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(place: Path, size: str = "4m") -> Iterator[Path]:
    """A file system of its own at this place; skips the test where nobody may mount one."""
    place.mkdir()
    options = f"size={size},mode=0700"
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
    mounted = os.geteuid() == 0 and subprocess.run(mount, capture_output=True, check=False).returncode == 0
    if not mounted:
        pytest.skip("this machine lets nobody mount a small disk")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def fill(place: Path, *, leave: int = 0) -> None:
    """Leave no room on the disk at this place, or so many bytes."""
    filling = place / "filling"
    with suppress_full(), filling.open("wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass
    os.truncate(filling, filling.stat().st_size - leave)


@contextmanager
def suppress_full() -> Iterator[None]:
    """Go on when the disk is full."""
    try:
        yield
    except OSError:
        return


def make_read_only(place: Path) -> None:
    """Let nothing be written to the disk at this place any more."""
    subprocess.run(["mount", "-o", "remount,ro", str(place)], check=True, capture_output=True)


def set_most_files(place: Path, files: int) -> None:
    """Let the disk at this place hold so many files and directories, itself included."""
    options = f"remount,nr_inodes={files}"
    subprocess.run(["mount", "-o", options, str(place)], check=True, capture_output=True)
