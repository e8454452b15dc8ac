"""A desk for each test, and one with an open round."""

import pytest

from bot.core.model import Round
from bot.service.due import run_due
from tests.service.desk import TUESDAY, Fakes, weekly


@pytest.fixture
def fakes() -> Fakes:
    """A desk on which nothing has happened: a Monday, with one weekly schedule."""
    fakes = Fakes()
    fakes.put(weekly())
    return fakes


@pytest.fixture
def opened(fakes: Fakes) -> Round:
    """The round that opened on Tuesday."""
    fakes.now = TUESDAY
    run_due(fakes.desk)
    (round_,) = fakes.rounds()
    return round_
