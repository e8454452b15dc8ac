"""A running world for each journey."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.world import World, a_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """The demo team with its bot connected, one minute before the first prompt."""
    with a_world(tmp_path) as world:
        yield world


@pytest.fixture
def asked(world: World) -> World:
    """The same, with the first prompt in the channel."""
    world.move(minutes=1)
    return world
