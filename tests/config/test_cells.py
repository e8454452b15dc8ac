"""Cells on the disk: their keys, their settings, and the facts that the bot keeps of them."""

from datetime import date
from pathlib import Path

import pytest

from bot.config import (
    Config,
    InstalledWorkspace,
    WorkspaceFile,
    cell_config,
    cell_dir,
    list_cells,
    read_workspace_file,
    write_workspace_file,
)
from bot.core.cells import CellKey
from bot.core.model import SupportCard
from bot.core.shown_names import clean_name
from bot.errors import BotError, ConfigError
from tests.config.hosting import HOSTING, load

ONE, TWO = CellKey("T0ONE"), CellKey("E0TWO")
CHANNEL = "C0123456789"


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Of two cells, and of files beside them that are none."""
    loaded = load(tmp_path, f"{HOSTING}support: {{contact: everybody's}}\ndefaults: {{timezone: Asia/Tokyo}}")
    for key in (ONE, TWO):
        cell_dir(loaded, key).mkdir(parents=True)
    (cell_dir(loaded, ONE).parent / ".T0ONE.moving").mkdir()
    (cell_dir(loaded, ONE).parent / "T0FILE").write_text("")
    return loaded


def settings(config: Config, text: str) -> None:
    (cell_dir(config, ONE) / "config.yaml").write_text(text)


def test_a_cell_is_a_directory_whose_name_is_a_key(config: Config) -> None:
    assert (TWO, ONE) == list_cells(config)


def test_a_link_is_listed_and_never_opened(config: Config, tmp_path: Path) -> None:
    cell_dir(config, ONE).rmdir()
    cell_dir(config, ONE).symlink_to(tmp_path / "elsewhere")

    assert (TWO, ONE) == list_cells(config)
    with pytest.raises(BotError, match="T0ONE is a symbolic link"):
        cell_config(config, ONE)


@pytest.mark.parametrize("name", ["a\x1b]0;pwn\x07\x1b[2J", "\u202eevil", "x" * 1000, "\x00", "a: b\n- c"])
def test_names_are_stored_and_read_as_a_terminal_can_show_them(tmp_path: Path, name: str) -> None:
    workspaces = (InstalledWorkspace(id=ONE, name=name, since=date(2026, 11, 2)),)
    write_workspace_file(tmp_path, WorkspaceFile(key=ONE, workspaces=workspaces, organisation=name))

    found = read_workspace_file(tmp_path)

    assert found
    assert [clean_name(name)] * 2 == [found.organisation, found.workspaces[0].name]
    assert "\\" not in (tmp_path / "workspace.yaml").read_text(encoding="utf-8")


def test_a_name_that_somebody_wrote_into_the_file_moves_no_cursor(tmp_path: Path) -> None:
    (tmp_path / "workspace.yaml").write_text(
        'key: T0ONE\norganisation: "a\\e[2Jb"\n'
        'workspaces: [{id: T0ONE, name: "\\u202Ec", since: 2026-11-02}]\n'
    )

    found = read_workspace_file(tmp_path)

    assert found
    assert ["a [2Jb", "c"] == [found.organisation, found.workspaces[0].name]


def test_without_a_directory_there_is_no_cell(tmp_path: Path) -> None:
    assert () == list_cells(load(tmp_path))


def test_a_directory_of_cells_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    config = load(tmp_path)
    config.data_dir.mkdir()
    (config.data_dir / "cells").write_text("")

    with pytest.raises(BotError, match=r"cells cannot be read \(Not a directory\)"):
        list_cells(config)


def test_a_cell_has_the_configuration_of_one_workspace(config: Config) -> None:
    found = cell_config(config, ONE, "xoxb-one")

    folder = config.data_dir / "cells" / ONE
    assert (folder, folder / "ballots", folder / "keys") == (
        found.data_dir,
        found.ballots_dir,
        found.keys_dir,
    )
    assert found.hosting is None
    assert found.settings == config.settings
    assert "xoxb-one" == found.secrets.bot_token
    assert config.secrets.signing_secret == found.secrets.signing_secret


def test_a_token_of_the_environment_never_reaches_a_cell(config: Config, tmp_path: Path) -> None:
    with_token = load(tmp_path, HOSTING, {"SLACK_BOT_TOKEN": "xoxb-elsewhere"})

    assert "" == cell_config(with_token, ONE).secrets.bot_token


def test_a_file_of_a_cell_sets_its_card_admins_and_schedules_and_nothing_of_another(config: Config) -> None:
    settings(
        config, f"support: {{contact: ours}}\nadmins: [U0123456789]\nschedules: [{{channel: {CHANNEL}}}]"
    )

    one, two = cell_config(config, ONE), cell_config(config, TWO)

    assert SupportCard(contact="ours", crisis="", outside="") == one.settings.support
    assert {"U0123456789"} == one.settings.admins
    assert [(CHANNEL, "Asia/Tokyo")] == [(schedule.channel, schedule.zone) for schedule in one.schedules]
    assert (config.settings, ()) == (two.settings, two.schedules)


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "support:\n", "support: {crisis: '112'}"])
def test_a_card_without_a_contact_leaves_the_general_one(config: Config, text: str) -> None:
    settings(config, text)

    assert config.settings.support == cell_config(config, ONE).settings.support


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "admin: []",
            "cells/T0ONE/config.yaml, line 1, admin: is no key that is known here. Did you mean 'admins'?",
        ),
        (
            "policy: {threshold: 5}",
            "line 1, policy: is no key that is known here. Known here: admins, schedules,",
        ),
        (
            f"schedules:\n- {{channel: {CHANNEL}, pack: x}}",
            "line 2, schedules[0].pack: there is no prompt pack 'x'",
        ),
        (
            f"schedules: [{{channel: {CHANNEL}, open_for: 1h}}]",
            "schedules[0].open_for: rounds would be open for",
        ),
        ("support: {contact: xoxb-1}", "support.contact: a Slack token stands in this file."),
        ("version: 2", "version: this file is of version 2"),
        ("a: [", "cells/T0ONE/config.yaml, line 1, column"),
    ],
)
def test_a_file_of_a_cell_that_cannot_be_used_is_named_with_its_line(
    config: Config, text: str, sentence: str
) -> None:
    settings(config, text)

    with pytest.raises(ConfigError) as refused:
        cell_config(config, ONE)

    assert sentence in str(refused.value)


@pytest.mark.parametrize("name", ["Acme", "", "null", "~", "a: b # c", "Ünïcode 火", "'\""])
def test_facts_are_read_as_they_were_written(tmp_path: Path, name: str) -> None:
    facts = WorkspaceFile(
        key=TWO,
        workspaces=(
            InstalledWorkspace(id="T0AAA", name=name, since=date(2026, 11, 2)),
            InstalledWorkspace(id="T0BBB", name="b", since=date(2026, 11, 3)),
        ),
        organisation=name,
        removed=date(2026, 11, 30),
    )

    write_workspace_file(tmp_path, facts)

    assert facts == read_workspace_file(tmp_path)
    assert 0o600 == (tmp_path / "workspace.yaml").stat().st_mode & 0o777
    assert ["workspace.yaml"] == [path.name for path in tmp_path.iterdir()]


def test_facts_are_replaced_whole(tmp_path: Path) -> None:
    write_workspace_file(tmp_path, WorkspaceFile(key=ONE, removed=date(2026, 11, 30)))
    write_workspace_file(tmp_path, WorkspaceFile(key=ONE))

    assert WorkspaceFile(key=ONE) == read_workspace_file(tmp_path)


def test_without_a_file_there_are_no_facts(tmp_path: Path) -> None:
    assert read_workspace_file(tmp_path) is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("key: ../T0ONE", "workspace.yaml, line 1, key: is no id of a workspace or an organisation."),
        ("workspaces: []", "key: is missing."),
        ("key: T0ONE\nremoved: soon", "line 2, removed: 'soon' is no date."),
        ("", "is to be a section"),
    ],
)
def test_damaged_facts_are_named(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "workspace.yaml").write_text(text)

    with pytest.raises(ConfigError) as refused:
        read_workspace_file(tmp_path)

    assert sentence in str(refused.value)
