"""`belonging workspaces`: list and delete."""

import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.cli import workspace_delete
from bot.config import Config, cell_dir, list_cells, read_workspace_file, write_workspace_file
from bot.core.cells import CellKey
from bot.core.model import Period
from bot.keys import AudienceKeyFiles
from bot.store.lock import InstanceLock
from tests.cli.conftest import Belonging
from tests.cli.hosted import (
    ACME,
    BETA,
    SINCE,
    hosted,
    install,
    installed,
    is_whole,
    lay_cell,
)
from tests.cli.test_data import NEWEST
from tests.cli.test_prompts import refused, said
from tests.config.hosting import OTHER_KEY
from tests.machine_clock import set_machine_clock

SCHEDULED = "schedules: [{channel: C0123456789, every: week, on: [tue], at: '10:00'}]"


@pytest.fixture(autouse=True)
def day_after(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock goes with what is stored."""
    set_machine_clock(monkeypatch, NEWEST + timedelta(days=1))


class Killed(BaseException):
    """The process was killed here."""


def listed(many: Belonging) -> dict[str, Any]:
    """What is listed, by key."""
    result = many("workspaces", "--json")
    assert result.exit_code == 0, result.output
    return {one["workspace"]: one for one in json.loads(result.stdout)}


def test_every_workspace_is_listed_with_what_an_operator_needs(many: Belonging, config: Config) -> None:
    (cell_dir(config, ACME) / "config.yaml").write_text(SCHEDULED)

    acme, beta = listed(many)[ACME], listed(many)[BETA]

    assert ("Acme", SINCE.isoformat(), []) == (acme["name"], acme["since"], acme["trouble"])
    assert ["C0123456789", "C0123456789"] == [one["channel"] for one in acme["next"]]
    assert acme["bytes"] > contents_size(cell_dir(config, ACME)) > 0
    assert [] == beta["next"]


def contents_size(place: Path) -> int:
    return (place / "belonging.db").stat().st_size


def test_the_list_says_nothing_of_replies(many: Belonging, config: Config) -> None:
    assert {"workspace", "name", "since", "removed", "deleted_on", "next", "bytes", "trouble"} == set(
        listed(many)[ACME]
    )
    printed = said(many("workspaces"))
    assert printed == said(many("workspaces", "list"))
    assert "Acme" in printed
    assert "reply" not in printed.lower()
    assert config.hosting


def test_for_a_single_workspace_there_is_no_list(belonging: Belonging) -> None:
    assert "config.yaml serves a single workspace." in refused(belonging("workspaces"))


def test_before_the_first_installation_the_list_says_so(many: Belonging, folder: Path) -> None:
    hosted(folder)

    assert "No workspace has the bot yet." in said(many("workspaces"))


def damage(place: Path) -> None:
    (place / "belonging.db").write_bytes(b"no database, and long enough to be looked at" * 100)


def from_the_future(place: Path) -> None:
    with closing(sqlite3.connect(place / "belonging.db")) as connection:
        connection.execute(
            "UPDATE _sqlite_migrations SET name = 'm9999' WHERE id = (SELECT max(id) FROM _sqlite_migrations)"
        )
        connection.commit()


def break_settings(place: Path) -> None:
    (place / "config.yaml").write_text("admin: []")


def open_to_others(place: Path) -> None:
    place.chmod(0o755)


def swap_facts(place: Path) -> None:
    facts = read_workspace_file(place)
    assert facts
    write_workspace_file(place, replace(facts, key=CellKey("T0OTHER")))


def break_facts(place: Path) -> None:
    (place / "workspace.yaml").write_text("key: [")


def uninstall(place: Path) -> None:
    facts = read_workspace_file(place)
    assert facts
    write_workspace_file(place, replace(facts, removed=date(2026, 11, 20)))


@pytest.mark.parametrize(
    ("harm", "sentence"),
    [
        (damage, "belonging.db"),
        (from_the_future, "was written by a newer version of this bot"),
        (break_settings, "cells/T0ACME/config.yaml, line 1, admin: is no key"),
        (open_to_others, "Other users of this machine can look into"),
        (swap_facts, "workspace.yaml is of T0OTHER."),
        (break_facts, "workspace.yaml, line 1"),
        (uninstall, "Removed on 2026-11-20, and deleted on 2026-12-20."),
    ],
)
def test_trouble_of_one_workspace_is_named_and_the_others_are_listed(
    many: Belonging, config: Config, harm: Callable[[Path], None], sentence: str
) -> None:
    harm(cell_dir(config, ACME))

    found = listed(many)

    assert sentence in " ".join(found[ACME]["trouble"])
    assert [] == found[BETA]["trouble"]


def test_files_that_another_program_has_open_are_trouble_unless_the_bot_runs(
    many: Belonging, config: Config
) -> None:
    with InstanceLock(cell_dir(config, ACME)):
        assert ["Another program has its files open."] == listed(many)[ACME]["trouble"]
        with InstanceLock(config.data_dir):
            assert [] == listed(many)[ACME]["trouble"]


def test_missing_and_unreadable_installations_are_trouble(many: Belonging, folder: Path) -> None:
    config = hosted(folder)
    install(config, "T0LOST", "Lost")
    install(config, "T0FEW", "Few", scopes=("chat:write", "commands"))
    lay_cell(config, CellKey("T0FEW"), "Few")
    lay_cell(config, ACME, "Acme")

    found = listed(many)

    assert "It has an installation and no directory" in found["T0LOST"]["trouble"][0]
    assert "Scopes are missing: channels:read, groups:read, users:read." in found["T0FEW"]["trouble"][0]
    assert "No installation" in found[ACME]["trouble"][0]
    other_key = json.loads(many("workspaces", "--json", BELONGING_TOKEN_KEYS=OTHER_KEY).stdout)
    assert "sealed with a key that is not in BELONGING_TOKEN_KEYS" in str(other_key)


def test_options_of_the_list_are_not_swallowed_before_another_command(
    many: Belonging, config: Config
) -> None:
    assert config.hosting
    assert 2 == many("workspaces", "--json", "delete", ACME).exit_code


def test_a_workspace_is_deleted_with_keys_tokens_and_directory(many: Belonging, config: Config) -> None:
    printed = said(many("workspaces", "delete", ACME, "--yes", SLACK_API_URL="http://127.0.0.1:1/api/"))

    assert "Deleted: T0ACME, with the keys and replies of 1 open round." in printed
    assert "The app stays installed in Slack" in printed
    assert (BETA,) == list_cells(config)
    assert {BETA} == installed(config)
    assert [BETA] == [path.name for path in (config.data_dir / "cells").iterdir()]
    assert b"T0ACME" not in (config.data_dir / "installations.db").read_bytes()


def test_the_bytes_of_its_keys_are_overwritten(many: Belonging, config: Config, folder: Path) -> None:
    """The mutant that removes the directory alone leaves those of interrupted writes."""
    AudienceKeyFiles(cell_dir(config, ACME) / "keys", ACME).create(Period("20261102"))
    (cell_dir(config, ACME) / "keys" / "audience.20261109.part").write_bytes(b"key")
    links = [folder / f"link-{number}" for number in range(4)]
    for link, key in zip(links, (cell_dir(config, ACME) / "keys").iterdir(), strict=True):
        os.link(key, link)

    said(many("workspaces", "delete", ACME, "--yes", SLACK_API_URL="http://127.0.0.1:1/api/"))

    assert not any(any(link.read_bytes()) for link in links)


@pytest.mark.parametrize("harm", [damage, from_the_future, break_settings, break_facts])
def test_a_workspace_is_deleted_whatever_is_wrong_with_it(
    many: Belonging, config: Config, harm: Callable[[Path], None]
) -> None:
    harm(cell_dir(config, ACME))

    said(many("workspaces", "delete", ACME, "--yes", SLACK_API_URL="http://127.0.0.1:1/api/"))

    assert ((BETA,), {BETA}) == (list_cells(config), installed(config))


def put_a_link(place: Path, elsewhere: Path) -> None:
    place.rename(elsewhere)
    place.symlink_to(elsewhere)


def test_a_link_in_the_place_of_a_workspace_is_trouble_and_is_never_deleted(
    many: Belonging, config: Config, folder: Path
) -> None:
    put_a_link(cell_dir(config, ACME), folder / "elsewhere")

    assert "T0ACME is a symbolic link." in " ".join(listed(many)[ACME]["trouble"])
    said_ = refused(many("workspaces", "delete", ACME, "--yes"))
    assert "T0ACME is a symbolic link." in said_
    assert is_whole(folder / "elsewhere")
    assert {ACME, BETA} == installed(config)


def test_a_link_to_nowhere_is_trouble(many: Belonging, config: Config, folder: Path) -> None:
    put_a_link(cell_dir(config, ACME), folder / "elsewhere")
    (folder / "elsewhere").rename(folder / "gone")

    assert "T0ACME is a symbolic link." in " ".join(listed(many)[ACME]["trouble"])
    assert "T0ACME is a symbolic link." in refused(many("workspaces", "delete", ACME, "--yes"))


@pytest.mark.parametrize("name", ["belonging.db", "keys", "ballots"])
def test_a_workspace_with_a_link_in_it_is_not_deleted(
    many: Belonging, config: Config, folder: Path, name: str
) -> None:
    put_a_link(cell_dir(config, ACME) / name, folder / name)

    assert f"{name} is a symbolic link." in refused(many("workspaces", "delete", ACME, "--yes"))
    assert is_whole(cell_dir(config, ACME))
    assert {ACME, BETA} == installed(config)


@pytest.mark.parametrize(
    "command",
    [
        ("cancel", "--all", "--yes"),
        ("purge", "--dry-run"),
        ("summary", "--channel", "C0123456789"),
        ("schedules", "list"),
        ("backup", "--out", "copy.db"),
    ],
)
def test_no_command_works_on_a_link(
    many: Belonging, config: Config, folder: Path, command: tuple[str, ...]
) -> None:
    put_a_link(cell_dir(config, ACME), folder / "elsewhere")

    assert "is a symbolic link." in refused(many(*command, "--workspace", ACME))


def test_a_name_from_slack_moves_no_cursor(many: Belonging, config: Config) -> None:
    name = "a\x1b]0;pwn\x07\x1b[2J\u202e"
    install(config, "T0ODD", name)
    install(config, "T0LOST", name)
    lay_cell(config, CellKey("T0ODD"), name)

    for command in (
        ("workspaces",),
        ("workspaces", "--json"),
        ("schedules", "list", "--workspace", "T0NONE"),
    ):
        result = many(*command)
        assert "a ]0;pwn" in result.output
        assert not {"\x1b", "\x07", "\u202e"} & set(result.output)
        assert "\\u001b" not in result.output


def test_an_installation_without_a_directory_is_deleted(many: Belonging, config: Config) -> None:
    install(config, "T0LOST", "Lost")

    said(many("workspaces", "delete", "T0LOST", "--yes"))

    assert {ACME, BETA} == installed(config)


def test_a_workspace_is_not_deleted_unless_its_key_is_typed(many: Belonging, config: Config) -> None:
    assert 1 == many("workspaces", "delete", ACME).exit_code  # nothing is typed

    assert is_whole(cell_dir(config, ACME))


@pytest.mark.parametrize("step", ["end_all", "delete_installations", "rename_cell", "remove_cell"])
def test_a_deletion_that_is_killed_is_finished_by_the_same_command(
    many: Belonging, config: Config, step: str
) -> None:
    done = getattr(workspace_delete, step)

    def kill(*arguments: Any) -> None:
        if step != "remove_cell":
            done(*arguments)
        raise Killed

    offline = replace(config, slack=replace(config.slack, api_url="http://127.0.0.1:1/api/"))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(workspace_delete, step, kill)
        with pytest.raises(Killed):
            workspace_delete.delete_workspace(offline, ACME, sure=True, tell=lambda _: None)
    assert not list((config.data_dir / "cells").glob("*T0ACME*/keys/*.close"))

    said(many("workspaces", "delete", ACME, "--yes", SLACK_API_URL="http://127.0.0.1:1/api/"))

    assert ((BETA,), {BETA}) == (list_cells(config), installed(config))
    assert [BETA] == [path.name for path in (config.data_dir / "cells").iterdir()]


def test_a_deletion_that_was_killed_does_not_stop_that_of_a_later_installation(
    many: Belonging, config: Config
) -> None:
    offline = replace(config, slack=replace(config.slack, api_url="http://127.0.0.1:1/api/"))

    def kill(_: Path) -> None:
        raise Killed

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(workspace_delete, "remove_cell", kill)
        with pytest.raises(Killed):
            workspace_delete.delete_workspace(offline, ACME, sure=True, tell=lambda _: None)
    install(config, ACME, "Acme")
    lay_cell(config, ACME, "Acme")

    said(many("workspaces", "delete", ACME, "--yes", SLACK_API_URL="http://127.0.0.1:1/api/"))

    assert [BETA] == [path.name for path in (config.data_dir / "cells").iterdir()]
