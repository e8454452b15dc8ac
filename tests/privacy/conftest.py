"""What attacks need: a place that other users of this machine can enter, and everything that is logged."""

import io
import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.logs import PINNED, set_up_logs
from bot.store.ballots import BallotFiles
from tests.hooks import hooks_as_before


@pytest.fixture
def public_place() -> Iterator[Path]:
    """A directory that every user of this machine can enter, as pytest's own cannot be."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(autouse=True)
def close_boxes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close the ballot boxes that a test has left open, as after a failure or an imagined crash."""
    made: list[BallotFiles] = []
    real = BallotFiles.__init__

    def init(self: BallotFiles, *arguments: Any, **named: Any) -> None:
        real(self, *arguments, **named)
        made.append(self)

    monkeypatch.setattr(BallotFiles, "__init__", init)
    yield
    monkeypatch.undo()
    for boxes in made:
        boxes.close()


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that the bot logs at its most verbose, as ``belonging run --log debug`` would."""
    root, written = logging.getLogger(), io.StringIO()
    before = (root.handlers[:], root.level, {name: logging.getLogger(name).level for name in PINNED})
    with hooks_as_before():
        set_up_logs("debug", stream=written)
        yield written
    root.handlers[:], root.level = before[0], before[1]
    for name, level in before[2].items():
        logging.getLogger(name).setLevel(level)
