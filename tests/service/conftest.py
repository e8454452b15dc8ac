"""Fixtures: ``Services`` over fakes, and an open round."""

import pytest

from bot.core.model import Round
from bot.service.run_due import run_due
from tests.fakes.directory import people
from tests.service.services import TEAM, TUESDAY, Fakes, weekly


@pytest.fixture
def fakes() -> Fakes:
    """Return fakes with one weekly schedule, on a Monday, before anything has happened."""
    fakes = Fakes()
    fakes.put(weekly())
    return fakes


@pytest.fixture
def twelve(fakes: Fakes) -> None:
    """Twelve people in the channel, so that quotes may be shown."""
    fakes.directory.members[TEAM] = people(12)


@pytest.fixture
def opened(fakes: Fakes) -> Round:
    """The round that opened on Tuesday."""
    fakes.now = TUESDAY
    run_due(fakes.services)
    (round_,) = fakes.rounds()
    return round_
