"""A place that other users of this machine can enter, for the attacks that another user makes."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.store.ballots import BallotFiles


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

    def init(self: BallotFiles, directory: Path) -> None:
        real(self, directory)
        made.append(self)

    monkeypatch.setattr(BallotFiles, "__init__", init)
    yield
    monkeypatch.undo()
    for boxes in made:
        boxes.close()
