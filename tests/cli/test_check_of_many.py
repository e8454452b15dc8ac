"""belonging check with a configuration of many workspaces."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.config import Config, cell_dir, read_workspace_file, write_workspace_file
from bot.core.cells import CellKey
from bot.demo.clock import AdjustableClock
from bot.demo.server import DemoServer
from bot.demo.workspace import demo_workspace
from tests.cli.conftest import Belonging
from tests.cli.hosted import ACME, BETA, HOSTED, hosted, install, lay_cell
from tests.cli.test_data import NEWEST
from tests.cli.test_prompts import refused, said
from tests.config.hosting import PUBLIC, ROOT, VARIABLES
from tests.contracts.versions import CHANNEL
from tests.machine_clock import set_machine_clock
from tests.patience import UNHURRIED


@pytest.fixture(autouse=True)
def day_after(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock goes with what is stored."""
    set_machine_clock(monkeypatch, NEWEST + timedelta(days=1))


def findings(result: Any) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(result.stdout)
    return data


@pytest.mark.usefixtures("config")
def test_a_check_of_all_looks_at_what_they_share_first(many: Belonging) -> None:
    data = findings(many("check", "--offline", "--json"))
    shared = {one["where"]: one for one in data["findings"]}

    assert {"ok"} == {shared[name]["level"] for name in VARIABLES}
    assert f"People install the bot at {PUBLIC}/slack/install" == shared["workspaces.public_url"]["what"]
    assert f"there should be {PUBLIC}/slack/oauth_redirect." in shared["redirect URL"]["remedy"]
    assert [ACME, BETA] == [one["workspace"] for one in data["workspaces"]]
    places = {one["where"] for one in data["workspaces"][0]["findings"]}
    assert {"token of Acme", "data_dir", "ballots_dir", "keys_dir", "lock"} <= places
    assert PUBLIC == data["config"]["workspaces.public_url"]
    assert not {"keys_dir", "ballots_dir", "schedules", "SLACK_APP_TOKEN"} & set(data["config"])


@pytest.mark.usefixtures("config")
def test_a_check_prints_no_secret_and_no_token(many: Belonging) -> None:
    printed = many("check", "--offline").output

    assert f"{PUBLIC}/slack/install" in printed
    assert not [value for value in (*VARIABLES.values(), "xoxb-T0ACME") if value in printed]


def test_a_check_of_nobody_yet_says_so(many: Belonging, folder: Path) -> None:
    hosted(folder)

    assert "No workspace has the bot yet." in many("check", "--offline").output


def test_a_variable_that_is_wrong_is_an_error_of_all(many: Belonging, folder: Path) -> None:
    hosted(folder)
    result = many("check", "--offline", "--json", SLACK_CLIENT_ID="", SLACK_BOT_TOKEN="xoxb-left-over")
    found = {one["where"]: one for one in findings(result)["findings"]}

    assert 1 == result.exit_code
    assert "SLACK_CLIENT_ID is not set" in found["SLACK_CLIENT_ID"]["what"]
    assert "many workspaces need none" in found["SLACK_BOT_TOKEN"]["what"]


def test_a_workspace_without_installation_is_an_error_of_its_own(many: Belonging, folder: Path) -> None:
    lay_cell(hosted(folder), ACME)
    result = many("check", "--offline", "--json", "--workspace", ACME)
    found = {one["where"]: one for one in findings(result)["findings"]}

    assert 1 == result.exit_code
    assert f"Install the bot there: {PUBLIC}/slack/install" == found["installation"]["remedy"]


def single_data(config: Config) -> None:
    """The data of a single workspace, before the first start with many."""
    place = lay_cell(config, ACME)
    (place / "belonging.db").rename(config.data_dir / "belonging.db")
    shutil.rmtree(config.data_dir / "cells")


def test_before_the_move_a_check_says_what_the_start_says(many: Belonging, folder: Path) -> None:
    single_data(hosted(folder))
    result = many("check", "--offline", "--json")
    found = [one for one in findings(result)["findings"] if one["where"] == "data_dir"]

    assert 1 == result.exit_code
    assert "holds the data of one workspace, and nothing says of which." in found[0]["what"]
    assert "No workspace has the bot yet" not in many("check", "--offline").output


def test_before_the_move_a_check_names_the_cell(many: Belonging, folder: Path, slack: DemoServer) -> None:
    config = hosted(folder)
    single_data(config)
    key = CellKey(slack.workspace.team_id)
    place = cell_dir(config, key)
    place.mkdir(mode=0o700, parents=True)
    (place / "config.yaml").write_text("admins: []")
    before = sorted(config.data_dir.rglob("*"))

    data = findings(many("check", "--json", SLACK_API_URL=slack.api_url, SLACK_BOT_TOKEN=slack.bot_token))
    (moves, *_) = [one for one in data["findings"] if one["where"] == "data_dir"]

    assert f"into cells/{key} (" in moves["what"]
    assert "remark" == moves["level"]
    (cell,) = data["workspaces"]
    (installation,) = [one for one in cell["findings"] if one["where"] == "installation"]
    assert "remark" == installation["level"]
    assert before == sorted(config.data_dir.rglob("*"))
    offline = many("check", "--offline", SLACK_BOT_TOKEN="xoxb-1").output
    assert "into cells/<key>" in " ".join(offline.split())


def test_a_removed_workspace_is_a_remark_and_asks_nothing(many: Belonging, folder: Path) -> None:
    place = lay_cell(hosted(folder), ACME, "Acme")
    facts = read_workspace_file(place)
    assert facts
    write_workspace_file(place, replace(facts, removed=date(2026, 11, 20)))
    (place / "config.yaml").write_text("schedules: [{channel: C02PRODUCT}]")

    result = many("check", "--offline", "--json", "--workspace", ACME)
    data = findings(result)
    found = {one["where"]: one for one in data["findings"]}

    assert "Removed on 2026-11-20, and deleted on 2026-12-20." == found["workspace.yaml"]["what"]
    assert "remark" == found["workspace.yaml"]["level"]
    assert "installation" not in found
    assert not [one for one in data["findings"] if one["what"].startswith("Next:")]
    assert [] == data["next"]
    (listed,) = json.loads(many("workspaces", "--json").stdout)
    assert [] == listed["next"]


@pytest.fixture
def slack() -> Iterator[DemoServer]:
    """A workspace of the strict local Slack."""
    manifest = json.loads((ROOT / "manifest.json").read_text(encoding="utf-8"))
    clock = AdjustableClock(datetime(2026, 11, 24, tzinfo=UTC), real=lambda: 0.0)
    with DemoServer(demo_workspace(), manifest=manifest, clock=clock, deadlines=UNHURRIED) as server:
        yield server


def test_a_check_asks_slack_with_the_token_of_each_workspace(
    many: Belonging, folder: Path, slack: DemoServer
) -> None:
    config = hosted(folder)
    for key, name, token in ((ACME, "Acme", slack.bot_token), (BETA, "Beta", "xoxb-revoked")):
        install(config, key, name, token=token)
        lay_cell(config, key, name)

    data = findings(many("check", "--json", SLACK_API_URL=slack.api_url))
    acme, beta = ({one["where"]: one for one in cell["findings"]} for cell in data["workspaces"])

    assert "Slack accepts it" in acme["token of Acme"]["what"]
    assert "Slack refused the bot token" in beta["token of Beta"]["what"]
    assert f"Install the bot there again: {PUBLIC}/slack/install" == beta["token of Beta"]["remedy"]


def test_an_organisation_is_checked_through_each_of_its_workspaces(
    many: Belonging, folder: Path, slack: DemoServer
) -> None:
    config = hosted(folder)
    key = install(config, "T0ONE", "One", enterprise="E0ORG", token="xoxb-revoked")
    install(config, "T0TWO", "Two", enterprise="E0ORG", token=slack.bot_token)
    place = lay_cell(config, key, "Org")
    (place / "config.yaml").write_text("schedules: [{channel: C02PRODUCT}]")

    data = findings(many("check", "--json", "--workspace", key, SLACK_API_URL=slack.api_url))
    found = {one["where"]: one for one in data["findings"]}

    assert ("error", "ok") == (found["token of One"]["level"], found["token of Two"]["level"])
    (channel,) = [one for where, one in found.items() if "(C02PRODUCT)" in where]
    assert "people can reply" in channel["what"]


def test_the_proof_asks_each_workspace_of_an_organisation(
    many: Belonging, folder: Path, slack: DemoServer
) -> None:
    config = hosted(folder)
    key = install(config, "T0ONE", "One", enterprise="E0ORG", token="xoxb-revoked")
    lay_cell(config, key, "Org")
    refused_by_all = many("proof", "--json", "--workspace", key, SLACK_API_URL=slack.api_url).stdout
    install(config, "T0TWO", "Two", enterprise="E0ORG", token=slack.bot_token)

    found = many("proof", "--json", "--workspace", key, SLACK_API_URL=slack.api_url).stdout

    assert "Slack could not be asked who is in the channels (invalid_auth)" in refused_by_all
    assert "(invalid_auth)" not in found
    assert "which was not compared with Slack's" not in found


def test_the_manifest_of_many_workspaces_is_filled_in(many: Belonging, folder: Path) -> None:
    hosted(folder)

    found = json.loads(many("manifest").output)

    assert [f"{PUBLIC}/slack/oauth_redirect"] == found["oauth_config"]["redirect_urls"]
    settings = found["settings"]
    assert (False, True) == (settings["socket_mode_enabled"], settings["org_deploy_enabled"])
    urls = {
        settings["event_subscriptions"]["request_url"],
        settings["interactivity"]["request_url"],
        *(command["url"] for command in found["features"]["slash_commands"]),
    }
    assert {f"{PUBLIC}/slack/events"} == urls


def test_a_command_on_a_cell_says_what_to_do_where_the_keys_of_tokens_are_missing(
    many: Belonging, config: Config
) -> None:
    assert config.hosting
    printed = refused(many("summary", "--channel", CHANNEL, "--workspace", ACME, BELONGING_TOKEN_KEYS=""))

    assert "BELONGING_TOKEN_KEYS is not set" in printed


@pytest.mark.usefixtures("config")
def test_a_check_of_all_ends_with_one_line_that_sums_up(many: Belonging, config: Config) -> None:
    contact = HOSTED.replace("people@example.org", "people@firm.test")
    config.path.write_text(contact, encoding="utf-8")
    assert many("check", "--offline").stdout.rstrip().splitlines()[-1] == "2 of 2 workspaces are well."
    (cell_dir(config, ACME) / "config.yaml").write_text("admin: []")

    for command in (("check", "--offline"), ("proof",)):
        last = many(*command).stdout.rstrip().splitlines()[-1]
        assert "workspaces are well; T0ACME: cells/T0ACME/config.yaml, line 1, admin" in last


def test_a_damaged_workspace_is_told_to_restore_and_that_works(many: Belonging, config: Config) -> None:
    said(many("backup", "--out", "acme.db", "--workspace", ACME))
    (cell_dir(config, ACME) / "belonging.db").write_bytes(b"no database, but long enough to look at" * 100)

    data = findings(many("check", "--offline", "--json", "--workspace", ACME))
    (damaged, *_) = [one for one in data["findings"] if one["where"] == "belonging.db"]

    assert "belonging restore --workspace T0ACME --from FILE --force" in damaged["remedy"]
    said(many("restore", "--workspace", ACME, "--from", "acme.db", "--force"))
