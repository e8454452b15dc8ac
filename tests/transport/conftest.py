"""A running world in which the first question has been asked, and a zygote for bots of their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.zygote import Zygote
from tests.transport.fronted import FrontedWorld, a_fronted_world


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    """A process that has imported the bot, and forks one for each start."""
    with Zygote() as zygote:
        yield zygote


@pytest.fixture
def world(tmp_path: Path) -> Iterator[FrontedWorld]:
    """The demo team; the first question stands in the channel. Pauses last as long as they say."""
    with a_fronted_world(tmp_path, in_real_time=True) as world:
        world.move(minutes=1)
        yield world
