"""`belonging workspaces move`, also where it is killed at any step."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.cli import workspace_move
from bot.config import Config, cell_dir, list_cells
from bot.store.lock import CellHold, InstanceLock
from tests.cli.conftest import Belonging
from tests.cli.hosted import (
    ACME,
    BETA,
    GAMMA,
    hosted,
    install,
    installed,
    is_whole,
    lay_cell,
)
from tests.cli.test_prompts import refused, said
from tests.config.hosting import OTHER_KEY

SCHEDULED = "schedules: [{channel: C0123456789, every: week, on: [tue], at: '10:00'}]"


class Killed(BaseException):
    """The process was killed here."""


def served(config: Config, *places: Path) -> list[Path]:
    """The cells of this key that a bot would serve: the directory and the installation are there."""
    return [
        place / "cells" / ACME
        for place in places
        if (place / "cells" / ACME).is_dir()
        and (place / "installations.db").exists()
        and ACME in installed(config, place)
    ]


def files(place: Path) -> set[str]:
    return {str(path.relative_to(place)) for path in place.rglob("*") if path.is_file()}


def test_a_move_takes_everything_and_leaves_nothing(many: Belonging, config: Config, other: Path) -> None:
    source = cell_dir(config, ACME)
    (source / "config.yaml").write_text(SCHEDULED)
    (source / "audiences.db").write_bytes(b"marks")
    before = {name: (source / name).read_bytes() for name in files(source)}

    printed = said(many("workspaces", "move", ACME, "--to", str(other)))

    target = other / "cells" / ACME
    assert before == {name: (target / name).read_bytes() for name in files(target)}
    assert 0o700 == target.stat().st_mode & 0o777
    assert {0o600} == {path.stat().st_mode & 0o777 for path in target.rglob("*") if path.is_file()}
    assert is_whole(target)
    assert [target] == served(config, config.data_dir, other)
    assert {f"cells/{ACME}/{name}" for name in before} | {"installations.db"} == files(other)
    assert (BETA,) == list_cells(config)
    assert {BETA} == installed(config)
    assert [BETA] == [path.name for path in (config.data_dir / "cells").iterdir()]
    assert f"Acme (T0ACME) is in {other} now, checked file by file, and no longer here." in printed
    assert b"xoxb-T0ACME" not in (other / "installations.db").read_bytes()


def test_the_bytes_of_every_key_that_does_not_stay_are_overwritten(
    many: Belonging, config: Config, other: Path
) -> None:
    """The mutants that only remove what an earlier run had copied, or the source."""
    staged = other / "cells" / f".{ACME}.moving" / "keys"
    staged.mkdir(mode=0o700, parents=True)
    (staged / "audience.20261102").write_bytes(b"key")
    source = cell_dir(config, ACME) / "keys"
    (source / "audience.20261102").write_bytes(b"key")
    (source / "audience.20261109.part").write_bytes(b"key")
    keys = [*staged.iterdir(), *source.iterdir()]
    links = [other.parent / f"link-{number}" for number in range(len(keys))]
    for link, key in zip(links, keys, strict=True):
        os.link(key, link)

    said(many("workspaces", "move", ACME, "--to", str(other)))

    assert len(links) == 5
    assert not any(any(link.read_bytes()) for link in links)


@pytest.mark.parametrize("place", ["", ".T0ACME.moved"])
def test_a_link_is_not_moved(many: Belonging, config: Config, other: Path, folder: Path, place: str) -> None:
    source = cell_dir(config, ACME)
    link = source.with_name(place) if place else source
    source.rename(folder / "elsewhere")
    link.symlink_to(folder / "elsewhere")

    assert f"{link.name} is a symbolic link." in refused(many("workspaces", "move", ACME, "--to", str(other)))
    assert is_whole(folder / "elsewhere")
    assert {ACME, BETA} == installed(config)
    assert set() == files(other)


def test_nothing_is_moved_to_a_link(many: Belonging, config: Config, other: Path, folder: Path) -> None:
    (other / "cells").mkdir(mode=0o700)
    (other / "cells" / ACME).symlink_to(folder / "elsewhere")

    assert f"{ACME} is a symbolic link." in refused(many("workspaces", "move", ACME, "--to", str(other)))
    assert is_whole(cell_dir(config, ACME))


def test_a_move_that_is_done_is_no_error(many: Belonging, config: Config, other: Path) -> None:
    said(many("workspaces", "move", ACME, "--to", str(other)))
    said(many("workspaces", "move", ACME, "--to", str(other)))

    assert [other / "cells" / ACME] == served(config, config.data_dir, other)


def test_all_installations_of_an_organisation_move_together(
    many: Belonging, folder: Path, other: Path
) -> None:
    config = hosted(folder)
    for team in ("T0ONE", "T0TWO"):
        install(config, team, team, enterprise=GAMMA)
    lay_cell(config, GAMMA, "Gamma")

    said(many("workspaces", "move", GAMMA, "--to", str(other)))

    from bot.cli.installations import open_store

    moved = open_store(config, other).list_now()
    assert [("T0ONE", "xoxb-T0ONE"), ("T0TWO", "xoxb-T0TWO")] == [
        (one.team_id, one.bot_token) for one in moved
    ]
    assert set() == installed(config)


STEPS = (
    "pack_installations",
    "write_beside",
    "copy_cell",
    "delete_installations",
    "rename_cell",
    "put_installations",
    "_remove",
    "destroy_secrets",
    "remove_cell",
)


def is_killed(number: int, config: Config, other: Path, *, after: bool) -> None:
    """Move, and be killed before or after the step of this number."""
    with pytest.MonkeyPatch.context() as patched:
        begun = kill_at(patched, number, after=after)
        with pytest.raises(Killed):
            move(config, other)
    assert number == len(begun)


def kill_at(monkeypatch: pytest.MonkeyPatch, number: int, *, after: bool) -> list[str]:
    """Kill the move before or after its step of this number; return the steps as they are begun."""
    begun: list[str] = []

    def stepping(name: str, step: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any) -> Any:
            begun.append(name)
            mine = len(begun) == number
            if mine and not after:
                raise Killed
            done = step(*arguments)
            if mine:
                raise Killed
            return done

        return run

    for name in STEPS:
        monkeypatch.setattr(workspace_move, name, stepping(name, getattr(workspace_move, name)))
    return begun


def move(config: Config, other: Path) -> None:
    workspace_move.move_workspace(config, ACME, other, tell=lambda _: None)


def finish_and_look(config: Config, other: Path) -> None:
    """Repeat the command, and see that one complete cell is served, over there."""
    move(config, other)
    target = other / "cells" / ACME
    assert [target] == served(config, config.data_dir, other)
    assert is_whole(target)
    assert [BETA] == [path.name for path in (config.data_dir / "cells").iterdir()]
    assert [ACME] == [path.name for path in (other / "cells").iterdir()]


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("number", range(1, 12))
def test_a_move_that_is_killed_never_serves_two_and_is_finished_by_the_same_command(
    config: Config, other: Path, number: int, moment: str
) -> None:
    is_killed(number, config, other, after=moment == "after")

    now = served(config, config.data_dir, other)
    assert len(now) <= 1
    assert all(is_whole(place) for place in now)
    finish_and_look(config, other)


def test_the_steps_of_a_move_are_the_ones_that_are_killed_here(
    config: Config, other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = kill_at(monkeypatch, 0, after=False)

    move(config, other)

    assert 11 == len(begun)
    assert set(STEPS) == set(begun)


def test_a_move_that_is_killed_twice_keeps_the_tokens(config: Config, other: Path) -> None:
    is_killed(5, config, other, after=True)  # the installations are deleted here
    is_killed(4, config, other, after=False)  # before the next copy

    finish_and_look(config, other)


def test_a_copy_that_was_half_made_is_made_anew(config: Config, other: Path) -> None:
    def half(source: Path, to: Path) -> None:
        to.mkdir(mode=0o700)
        shutil.copy(source / "workspace.yaml", to / "workspace.yaml")
        raise Killed

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(workspace_move, "copy_cell", half)
        with pytest.raises(Killed):
            move(config, other)

    assert [cell_dir(config, ACME)] == served(config, config.data_dir, other)
    finish_and_look(config, other)


def test_what_changes_after_a_kill_is_moved_too(config: Config, other: Path) -> None:
    is_killed(4, config, other, after=True)  # the copy is complete, and this bot goes on serving
    (cell_dir(config, ACME) / "config.yaml").write_text(SCHEDULED)

    finish_and_look(config, other)

    assert SCHEDULED == (other / "cells" / ACME / "config.yaml").read_text()


def test_a_move_that_has_begun_goes_to_no_third_place(many: Belonging, config: Config, other: Path) -> None:
    third = other.parent / "third"
    third.mkdir(mode=0o700)
    for number in (5, 6):
        is_killed(number, config, other, after=True)
        printed = refused(many("workspaces", "move", ACME, "--to", str(third)))
        assert f"A move of this workspace to {other} has begun. Repeat it with --to {other}" in printed

    assert "repeat belonging workspaces move T0ACME" in many("workspaces", "--json").stdout
    finish_and_look(config, other)


def test_a_copy_that_differs_is_not_put_into_service(
    config: Config, other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.errors import StoreError
    from bot.store import cell_files

    copy = shutil.copyfileobj

    def lossy(source: Any, to: Any, length: int) -> None:
        copy(source, to, length)
        to.write(b"!")

    monkeypatch.setattr(cell_files.shutil, "copyfileobj", lossy)
    with pytest.raises(StoreError, match="is not the same as"):
        move(config, other)

    assert [cell_dir(config, ACME)] == served(config, config.data_dir, other)


def test_a_move_changes_nothing_where_the_bot_does_not_let_go(
    many: Belonging, config: Config, other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workspace_move, "hold_cell", lambda folder: CellHold(folder, 0))

    with InstanceLock(cell_dir(config, ACME)):
        assert "does not let go of" in refused(many("workspaces", "move", ACME, "--to", str(other)))

    assert [cell_dir(config, ACME)] == served(config, config.data_dir, other)


def open_to_others(place: Path) -> None:
    place.chmod(0o755)


def of_one_workspace(place: Path) -> None:
    (place / "belonging.db").write_bytes(b"")


def with_the_same(place: Path) -> None:
    (place / "cells" / ACME).mkdir(parents=True)


@pytest.mark.parametrize(
    ("to", "prepare", "sentence"),
    [
        ("nowhere", None, "There is no directory nowhere."),
        ("data", None, "data is no other data directory than"),
        ("data/cells", None, "is no other data directory than"),
        (".", None, "is no other data directory than"),
        ("other", of_one_workspace, "other holds the data of a bot for one workspace."),
        ("other", with_the_same, "There is a cell of the same workspace in"),
        ("other", open_to_others, "Other users of this machine can look into"),
    ],
)
def test_a_move_to_an_unfit_place_is_refused(
    many: Belonging,
    config: Config,
    other: Path,
    to: str,
    prepare: Callable[[Path], None] | None,
    sentence: str,
) -> None:
    if prepare:
        prepare(other)

    assert sentence in refused(many("workspaces", "move", ACME, "--to", to))

    assert [cell_dir(config, ACME)] == served(config, config.data_dir)


def test_a_token_that_cannot_be_opened_is_not_moved(many: Belonging, config: Config, other: Path) -> None:
    printed = refused(many("workspaces", "move", ACME, "--to", str(other), BELONGING_TOKEN_KEYS=OTHER_KEY))

    assert "sealed with a key that is not in BELONGING_TOKEN_KEYS" in printed
    assert [cell_dir(config, ACME)] == served(config, config.data_dir, other)


@pytest.mark.parametrize("command", [("move", "T0NOBODY", "--to", "other"), ("delete", "T0NOBODY", "--yes")])
@pytest.mark.usefixtures("config", "other")
def test_a_workspace_that_nobody_has_is_neither_moved_nor_deleted(
    many: Belonging, command: tuple[str, ...]
) -> None:
    assert "No workspace here has the key T0NOBODY." in refused(many("workspaces", *command))
