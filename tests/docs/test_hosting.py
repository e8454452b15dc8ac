"""docs/hosting.md keeps up with the program that serves many workspaces."""

import json
import re
from pathlib import Path

import pytest
import typer
import yaml

from bot.cli.main import app
from bot.cli.manifest import manifest_for
from bot.config.environment import hosting_problems, secrets_of
from bot.config.hosting import ONE_WORKSPACE
from bot.config.schema import CellFile
from bot.core.cells import KEPT_AFTER_REMOVAL
from bot.slack.install.flow import INSTALL_PATH, REDIRECT_PATH
from bot.store.handles import (
    FEWEST_OPEN,
    HANDLES_OF_A_CELL,
    HANDLES_OF_THE_PROCESS,
    MOST_HANDLES,
    most_open_cells,
)
from bot.store.lock import HOLD_WAIT_S

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "hosting.md").read_text(encoding="utf-8")
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]  # a group, as it has subcommands


def section(heading: str) -> str:
    return PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def takes_a_workspace(command: typer.core.TyperCommand) -> bool:
    subcommands = getattr(command, "commands", {}).values()
    return any("--workspace" in one.opts for one in command.params) or any(
        map(takes_a_workspace, subcommands)
    )


def test_the_variables_are_those_that_many_workspaces_need() -> None:
    named = set(re.findall(r"`((?:SLACK|BELONGING)_\w+)`", section("Set it up")))

    assert set(hosting_problems(secrets_of({}))) == named - {"BELONGING_KEY_SECRET"}


def test_the_refused_keys_are_those_that_the_program_refuses() -> None:
    (said,) = re.findall(r"(`schedules`.*) are refused", PAGE)

    assert sorted(ONE_WORKSPACE) == sorted(re.findall(r"`(\w+)`", said))


def test_the_proxy_lets_the_addresses_of_the_app_through_and_no_other(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[0])
    manifest = json.loads(manifest_for(config))
    (prefix, names) = re.findall(r"location ~ \^(\S+?)\(([\w|]+)\)\$", PAGE)[0]
    public = yaml.safe_load(config.read_text())["workspaces"]["public_url"]
    asked_for = [
        manifest["settings"]["event_subscriptions"]["request_url"],
        f"{public}{INSTALL_PATH}",
        *manifest["oauth_config"]["redirect_urls"],
    ]

    assert [url.removeprefix(public) for url in asked_for] == [prefix + name for name in names.split("|")]
    assert f"{public}{REDIRECT_PATH}" in asked_for
    assert manifest["settings"]["org_deploy_enabled"]


def test_the_pages_for_a_monitor_are_routes_of_the_server() -> None:
    server = (ROOT / "bot/slack/transport/http_server.py").read_text(encoding="utf-8")

    for path in ("/healthz", "/readyz"):
        assert f"`{path}`" in PAGE
        assert f'Route("{path}"' in server


def test_each_alarm_and_line_of_the_log_is_written_by_the_program() -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "bot").rglob("*.py"))
    logged = set(re.findall(r'(?:log\.\w+|log\.log)\((?:level, )?"([^"]+)"', source))
    alarms = re.findall(
        r"`([a-z ]+)`", section("Watch").partition("**Alarms**")[2].partition("**Limits.**")[0]
    )

    assert {"workspace not served", *alarms, "serving", "data moved"} <= logged
    assert len(alarms) > 1


def test_every_command_for_one_of_many_workspaces_stands_in_the_page_and_no_other() -> None:
    (said,) = re.findall(r"Others take `--workspace KEY`\. Without it (.*)\.$", PAGE, re.MULTILINE)
    named = {words.split()[0] for words in re.findall(r"`([^`]+)`", said)} - {"KEY.db"}

    assert {name for name, command in COMMANDS.items() if takes_a_workspace(command)} == named


def test_the_commands_of_the_page_are_there() -> None:
    workspaces = COMMANDS["workspaces"].commands

    for name in re.findall(r"`belonging workspaces (\w+) KEY", PAGE):
        assert name in workspaces
    for name in re.findall(r"(?:`|^  )belonging (\w+)", PAGE, re.MULTILINE):
        assert name in COMMANDS


def test_the_file_of_a_workspace_may_hold_what_the_page_says() -> None:
    said = re.findall(r"`(\w+)`", section("Installing").partition("Ask each customer")[2])

    assert {"support", "admins", "schedules"} == {*said} == {*CellFile.model_fields} - {"version"}


@pytest.mark.parametrize(
    "said",
    [
        f"for {KEPT_AFTER_REMOVAL.days} days",
        f"within {HOLD_WAIT_S:.0f} seconds",
        f"at most {MOST_HANDLES:,}",
        f"(limit − {HANDLES_OF_THE_PROCESS}) / {HANDLES_OF_A_CELL} cells open",
        f"{most_open_cells(1024)} at 1,024",
        f"Below {HANDLES_OF_THE_PROCESS + FEWEST_OPEN * HANDLES_OF_A_CELL} it refuses",
    ],
)
def test_each_number_of_the_page_is_the_one_in_the_code(said: str) -> None:
    assert said in PAGE


def test_the_page_is_short_and_reached_from_the_first_screen_of_the_page_for_operators() -> None:
    first_screen = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8").partition("\n## ")[0]

    assert "(hosting.md)" in first_screen
    assert len(PAGE.split()) <= 1_000
