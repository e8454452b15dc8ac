"""A request comes in the second after a command has deleted a workspace."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.app.arrivals import prepare_cell
from bot.cli import workspace_delete
from bot.errors import StoppingError
from tests.hosted_world import NORTH, NewWorld

pytestmark = pytest.mark.attack

COMMAND = b"command=%2Fbelonging&text=help&team_id=T0NORTH&user_id=U02TOMA&channel_id=C1"


def test_what_was_deleted_does_not_come_back(new_world: NewWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    with new_world() as world:
        world.schedule(NORTH)
        world.start()
        assert world.install(NORTH).status == 200
        world.move(seconds=1)
        rename = workspace_delete.rename_cell

        def rename_and_click(folder: Path, to: Path) -> None:
            rename(folder, to)
            assert world.send(COMMAND, "application/x-www-form-urlencoded") in {200, 404}

        monkeypatch.setattr(workspace_delete, "rename_cell", rename_and_click)
        workspace_delete.delete_workspace(world.config(), NORTH, sure=True, tell=lambda _: None)
        world.send(COMMAND, "application/x-www-form-urlencoded")
        world.move(minutes=2)

        assert not world.cell(NORTH).exists()
        assert world.send(COMMAND, "application/x-www-form-urlencoded") == 404
        assert world.tokens() == {}


def test_a_directory_that_goes_while_it_is_prepared_does_not_come_back(tmp_path: Path) -> None:
    """The token is deleted first, the directory after it."""
    folder = tmp_path / NORTH

    with pytest.raises(StoppingError):
        prepare_cell(folder, answers(True, False))
    assert not folder.exists()
    prepare_cell(folder, answers(True, True))
    assert (folder / "ballots").is_dir()
    prepare_cell(folder, answers())


def answers(*said: bool) -> Callable[[], bool]:
    following = iter(said)
    return lambda: next(following)
