"""A place that other users of this machine can enter, for the attacks that another user makes."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def public_place() -> Iterator[Path]:
    """A directory that every user of this machine can enter, as pytest's own cannot be."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)
