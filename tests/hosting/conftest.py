"""Two workspaces with the same ids in both, served by one process."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hosted_world import NORTH, SOUTH, HostedWorld, hosted_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[HostedWorld]:
    """Twins, in which nobody has installed the bot; the host is not started yet."""
    with hosted_world(tmp_path) as world:
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
