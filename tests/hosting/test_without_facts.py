"""The facts of an organisation are gone while a question is open."""

from pathlib import Path

import pytest

from bot.app.arrivals import note_missing
from bot.core.cells import CellKey
from bot.errors import ConfigError
from tests.hosted_world import HostedWorld


@pytest.fixture
def ballots(world: HostedWorld) -> Path:
    folder = world.cell("E0ACME") / "ballots"
    folder.mkdir(parents=True)
    return folder


def test_nobody_can_reply_twice_since_the_cell_stays_closed(world: HostedWorld, ballots: Path) -> None:
    """The mutant that writes the facts anew makes participation tokens under another id."""
    (ballots / "00000000000a.db").touch()

    with pytest.raises(ConfigError, match=r"workspace\.yaml is missing, and questions are open"):
        note_missing(world.config(), CellKey("E0ACME"), (), world.clock.now().date())


def test_without_an_open_question_they_are_written_anew(world: HostedWorld, ballots: Path) -> None:
    note_missing(world.config(), CellKey("E0ACME"), (), world.clock.now().date())
