"""Two workspaces with the same ids in both, served by one process."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.hosted_world import NORTH, SOUTH, HostedWorld, NewWorld, hosted_world


@pytest.fixture
def new_world(tmp_path: Path) -> NewWorld:
    """Makes a world of one process, with these workspaces."""
    return partial(hosted_world, tmp_path)


@pytest.fixture
def world(new_world: NewWorld) -> Iterator[HostedWorld]:
    """Twins, in which nobody has installed the bot; the host is not started yet."""
    with new_world() as world:
        yield world


@pytest.fixture
def asked(world: HostedWorld) -> HostedWorld:
    """Both have installed the bot, and the same question stands in the same channel of both."""
    for team in (NORTH, SOUTH):
        world.schedule(team)
    world.start()
    for team in (NORTH, SOUTH):
        assert world.install(team).status == 200
        world.join(team)
    world.move(seconds=1)
    world.move(minutes=1)
    return world
