"""A first start on a full disk: one sentence, nothing that keeps the next start away."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.errors import BotError
from bot.store.audit.installation import read_installation
from tests.app.test_starting import Begun, passing
from tests.patience import PATIENCE_S
from tests.small_disk import fill, set_most_files, small_disk
from tests.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A workspace without a bot yet, whose data are to lie on a small disk of their own."""
    world = World(tmp_path)
    with world.server, small_disk(world.data_dir):
        yield world
        world.stop_bot()


def failed_start(world: World) -> BotError:
    """Why a bot cannot be started."""
    begun = Begun(world, world.config(), passing(world))
    assert begun.ended.wait(PATIENCE_S)
    begun.stop()
    assert isinstance(begun.start.failure, BotError)
    return begun.start.failure


def holds_nothing(world: World) -> bool:
    """Whether no key, no ballot and no round has been written."""
    folders = [world.data_dir / name for name in ("ballots", "keys")]
    return not any(path for folder in folders if folder.exists() for path in folder.iterdir())


@pytest.mark.parametrize("left_kb", [0, 4, 16, 64, 128, 192])
def test_a_first_start_on_a_full_disk_says_so_and_the_next_one_with_room_succeeds(
    world: World, left_kb: int
) -> None:
    """The disk is full before anything is made, or in the middle of the database or its log."""
    fill(world.data_dir, leave=left_kb * 1024)

    failure = failed_start(world)

    assert "is full" in failure.message
    assert "Free some space" in failure.remedy
    assert holds_nothing(world)
    (world.data_dir / "filling").unlink()
    begins_anew(world)


@pytest.mark.parametrize("files", range(1, 9))
def test_a_disk_that_takes_no_more_files_is_full_too(world: World, files: int) -> None:
    """The first that is missing is a directory, the lock, a database, or what SQLite lays beside it."""
    set_most_files(world.data_dir, files)

    failure = failed_start(world)

    assert "is full" in failure.message
    assert "Free some space" in failure.remedy
    assert holds_nothing(world)
    set_most_files(world.data_dir, 1000)
    begins_anew(world)


def begins_anew(world: World) -> None:
    """A bot starts on what the one before has left, and asks what is due."""
    world.start_bot()
    world.move(minutes=1)
    assert 1 == len(world.messages())
    world.stop_bot()
    folders = (world.data_dir, world.data_dir / "ballots", world.data_dir / "keys")
    assert 1 == len(read_installation(*folders).rounds)
