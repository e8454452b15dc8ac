"""Commands with a configuration of many workspaces: for one, for the only one, for all in turn."""

import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.cli.cells import each_cell
from bot.config import Config, cell_dir
from bot.core.cells import CellKey
from bot.store.backup import back_up, contents
from bot.store.lock import hold_count
from tests.cli.conftest import Belonging
from tests.cli.hosted import ACME, BETA, HOSTED, hosted, install, lay_cell
from tests.cli.test_data import NEWEST
from tests.cli.test_prompts import refused, said
from tests.config.hosting import PUBLIC, VARIABLES
from tests.contracts.versions import CHANNEL
from tests.machine_clock import set_machine_clock

NAMES = "There are: Acme (T0ACME), Beta (T0BETA)."
OF_ONE = [
    ("summary", "--channel", CHANNEL),
    ("report", "--channel", CHANNEL),
    ("export", "--channel", CHANNEL),
    ("schedules", "list"),
    ("schedules", "next"),
    ("schedules", "check", "--offline"),
    ("restore", "--from", "x.db"),
    ("cancel", "--all", "--yes"),
    ("purge", "--all", "--yes"),
]
OF_ALL = [
    ("check", "--offline"),
    ("proof",),
    ("backup", "--out", "copies"),
    ("migrate",),
    ("migrate", "--dry-run"),
]


@pytest.fixture(autouse=True)
def day_after(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock goes with what is stored."""
    set_machine_clock(monkeypatch, NEWEST + timedelta(days=1))


def section(printed: str, heading: str) -> str:
    """What stands below a heading, up to that of the second workspace."""
    return printed.split(heading, 1)[1].split("Beta (T0BETA)", 1)[0]


@pytest.mark.parametrize("command", [*OF_ONE, *OF_ALL])
def test_for_a_single_workspace_none_can_be_named(belonging: Belonging, command: tuple[str, ...]) -> None:
    printed = refused(belonging(*command, "--workspace", ACME))

    assert (
        "--workspace is for a configuration with workspaces, and this one serves a single workspace."
        in printed
    )


@pytest.mark.usefixtures("config")
@pytest.mark.parametrize("command", OF_ONE)
def test_of_several_one_has_to_be_named_and_all_are_by_name_and_key(
    many: Belonging, command: tuple[str, ...]
) -> None:
    assert f"Which of 2 workspaces? {NAMES} Name one: --workspace KEY" in refused(many(*command))


@pytest.mark.usefixtures("config")
@pytest.mark.parametrize("key", ["T0NOBODY", "../T0ACME", "acme", ""])
@pytest.mark.parametrize("command", [OF_ONE[0], OF_ALL[1], OF_ALL[2]])
def test_a_key_that_nobody_has_is_refused(many: Belonging, command: tuple[str, ...], key: str) -> None:
    assert f"No workspace here has the key {key or repr('')}. {NAMES}" in refused(
        many(*command, "--workspace", key)
    )


@pytest.mark.parametrize("command", [OF_ONE[0], OF_ALL[1], OF_ALL[3]])
def test_without_any_workspace_the_install_page_is_named(
    many: Belonging, folder: Path, command: tuple[str, ...]
) -> None:
    hosted(folder)

    assert f"No workspace has the bot yet. Install it: {PUBLIC}/slack/install" in refused(many(*command))


def test_the_only_workspace_need_not_be_named(many: Belonging, folder: Path) -> None:
    lay_cell(hosted(folder), ACME)

    assert said(many("summary", "--channel", CHANNEL)) == said(
        many("summary", "--channel", CHANNEL, "--workspace", ACME)
    )


def test_a_command_touches_the_workspace_that_is_named_alone(many: Belonging, config: Config) -> None:
    before = (cell_dir(config, BETA) / "belonging.db").read_bytes()

    printed = said(many("purge", "--channel", CHANNEL, "--workspace", ACME, "--yes"))

    assert f"Removed, with every trace in the file: {CHANNEL}." in printed
    assert before == (cell_dir(config, BETA) / "belonging.db").read_bytes()
    assert f"Nothing is stored of {CHANNEL}." in refused(
        many("purge", "--channel", CHANNEL, "--workspace", ACME, "--dry-run")
    )


def test_a_purge_of_everything_leaves_the_facts_and_settings_of_the_cell(
    many: Belonging, config: Config
) -> None:
    printed = said(many("purge", "--all", "--workspace", ACME, "--yes"))

    assert "Left alone" not in printed
    assert {"workspace.yaml", ".hold"} == {path.name for path in cell_dir(config, ACME).iterdir()}
    assert 1 == hold_count(cell_dir(config, ACME))  # the bot sees that its files are no more


def test_a_backup_of_all_is_a_file_for_each_and_holds_nothing_secret(
    many: Belonging, config: Config, folder: Path
) -> None:
    (folder / "copies").mkdir()

    printed = said(many("backup", "--out", "copies"))

    assert {f"{ACME}.db", f"{BETA}.db"} == {path.name for path in (folder / "copies").iterdir()}
    assert "1 schedule, 4 rounds (1 open), 2 results, checked" in section(printed, "Acme (T0ACME)")
    for key in (ACME, BETA):
        copy = folder / "copies" / f"{key}.db"
        assert 4 == contents(copy).rounds
        raw = copy.read_bytes()
        secret = list((cell_dir(config, key) / "keys").iterdir())
        assert secret
        assert not [path for path in secret if path.read_bytes()[:32] in raw]
        assert f"xoxb-{key}".encode() not in raw
        with closing(sqlite3.connect(copy)) as connection:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}
        assert not tables & {"participation", "reply", "slack_installations", "mark", "audience"}


@pytest.mark.usefixtures("config")
@pytest.mark.parametrize(
    ("out", "sentence"),
    [
        ("no/where", "There is no folder"),
        ("config.yaml", "config.yaml is no folder, and many workspaces have a file each."),
        ("data", "where the data itself is"),
        ("data/cells", "where the data itself is"),
    ],
)
def test_backups_of_all_need_a_folder_elsewhere(many: Belonging, out: str, sentence: str) -> None:
    assert sentence in refused(many("backup", "--out", out))


@pytest.mark.usefixtures("config")
def test_the_folder_of_backups_is_made_for_the_user_alone(many: Belonging, folder: Path) -> None:
    said(many("backup", "--out", "copies"))

    assert 0o700 == (folder / "copies").stat().st_mode & 0o777
    assert {f"{ACME}.db", f"{BETA}.db"} == {path.name for path in (folder / "copies").iterdir()}


def test_without_a_workspace_no_folder_of_backups_is_made(many: Belonging, folder: Path) -> None:
    hosted(folder)

    assert "No workspace has the bot yet." in refused(many("backup", "--out", "copies"))
    assert not (folder / "copies").exists()


def test_one_workspace_that_fails_stops_no_other(many: Belonging, config: Config, folder: Path) -> None:
    (folder / "copies").mkdir()
    (cell_dir(config, ACME) / "belonging.db").write_bytes(
        b"no database, and long enough to be looked at" * 100
    )

    result = many("backup", "--out", "copies")

    assert 1 == result.exit_code
    assert "belonging.db" in result.stderr
    assert [f"{BETA}.db"] == [path.name for path in (folder / "copies").iterdir()]


def test_a_broken_file_of_settings_fails_in_its_own_section(many: Belonging, config: Config) -> None:
    (cell_dir(config, ACME) / "config.yaml").write_text("admin: []")

    result = many("migrate", "--json")
    found = json.loads(result.stdout)

    assert (1, False) == (result.exit_code, found["passed"])
    acme, beta = found["workspaces"]
    assert "cells/T0ACME/config.yaml, line 1, admin" in acme["error"]["message"]
    assert {"workspace": BETA, "name": "Beta", "steps": [], "copy": None} == beta


def test_an_unexpected_failure_is_raised_after_the_last(config: Config) -> None:
    seen = []

    def work(cell: Config) -> tuple[bool, dict[str, Any]]:
        seen.append(cell.cell)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        each_cell(config, work, as_json=True)

    assert [ACME, BETA] == seen


@pytest.mark.usefixtures("config")
def test_the_proof_of_all_has_a_section_for_each(many: Belonging) -> None:
    result = many("proof", "--json")
    found = json.loads(result.stdout)

    assert [(ACME, "Acme"), (BETA, "Beta")] == [
        (one["workspace"], one["name"]) for one in found["workspaces"]
    ]
    assert found["passed"] == all(one["passed"] for one in found["workspaces"])
    alone = json.loads(many("proof", "--json", "--workspace", ACME).stdout)
    assert {"date", "clock", "passed", "attacks"} == set(alone)


def test_a_lost_workspace_is_restored_where_its_installation_is(
    many: Belonging, config: Config, folder: Path
) -> None:
    said(many("backup", "--out", "acme.db", "--workspace", ACME))
    fresh = folder / "fresh"
    fresh.mkdir(mode=0o700)
    (folder / "config.yaml").write_text(HOSTED + "\ndata_dir: ./fresh\n", encoding="utf-8")

    assert "No workspace here has the key" in refused(
        many("restore", "--from", "acme.db", "--workspace", ACME)
    )
    other = hosted_at(folder)
    install(other, ACME, "Acme")
    assert "put in place" in said(many("restore", "--from", "acme.db", "--workspace", ACME))

    assert 4 == contents(cell_dir(other, ACME) / "belonging.db").rounds
    assert config.data_dir != other.data_dir


def test_a_backup_of_another_workspace_is_refused_even_with_force(
    many: Belonging, config: Config, folder: Path
) -> None:
    said(many("backup", "--out", "acme.db", "--workspace", ACME))
    before = (cell_dir(config, BETA) / "belonging.db").read_bytes()

    told = refused(many("restore", "--from", "acme.db", "--workspace", BETA, "--force"))

    assert "Error: acme.db is a backup of T0ACME, and not of T0BETA." in told
    assert before == (cell_dir(config, BETA) / "belonging.db").read_bytes()
    assert folder.joinpath("acme.db").exists()


def test_an_organisation_does_not_take_the_backup_of_one_of_its_workspaces(
    many: Belonging, config: Config
) -> None:
    lay_cell(config, CellKey("E0GAMMA"), "Gamma")
    said(many("backup", "--out", "acme.db", "--workspace", ACME))

    assert "is a backup of T0ACME, and not of E0GAMMA" in refused(
        many("restore", "--from", "acme.db", "--workspace", "E0GAMMA", "--force")
    )


def test_a_restored_workspace_keeps_nothing_of_the_mark_in_its_backup(
    many: Belonging, config: Config
) -> None:
    said(many("backup", "--out", "acme.db", "--workspace", ACME))
    said(many("restore", "--from", "acme.db", "--workspace", ACME, "--force"))

    with closing(sqlite3.connect(cell_dir(config, ACME) / "belonging.db")) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}
    assert "backup_of" not in tables
    said(many("backup", "--out", "again.db", "--workspace", ACME))
    said(many("restore", "--from", "again.db", "--workspace", ACME, "--force"))


def test_a_backup_that_does_not_say_of_which_workspace_it_is_is_accepted(
    many: Belonging, config: Config
) -> None:
    """An older version wrote it, or the bot of a single workspace."""
    back_up(cell_dir(config, ACME) / "belonging.db", config.data_dir.parent / "old.db")

    assert "put in place" in said(many("restore", "--from", "old.db", "--workspace", BETA, "--force"))


def hosted_at(folder: Path) -> Config:
    from bot.config import load_config

    return load_config(folder / "config.yaml", VARIABLES)
