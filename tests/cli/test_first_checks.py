"""A start names everything that is missing at once, and runs with what it can run with."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.demo.server import DemoServer
from bot.demo.workspace import demo_workspace
from tests.cli.conftest import Belonging
from tests.cli.program import CONFIG, ROOT, running
from tests.world import real_clock

NO_CONTACT = CONFIG.replace('contact: "People team, people@example.org", ', "")
OWN = CONFIG.replace("people@example.org", "people@firm.test")


@pytest.fixture
def slack() -> Iterator[DemoServer]:
    """A workspace whose app was made without one scope."""
    manifest = json.loads((ROOT / "manifest.json").read_text(encoding="utf-8"))
    manifest["oauth_config"]["scopes"]["bot"].remove("groups:read")
    with DemoServer(demo_workspace(), manifest=manifest, clock=real_clock()) as server:
        yield server


def test_everything_that_is_missing_is_named_at_once(belonging: Belonging, folder: Path) -> None:
    (folder / "config.yaml").write_text(NO_CONTACT, encoding="utf-8")
    (folder / "data").mkdir(mode=0o755)

    result = belonging("run")

    said = " ".join(result.stderr.split())
    assert (result.exit_code, result.stdout) == (1, "")
    assert "4 things keep the bot from working" in said
    for missing in ("SLACK_BOT_TOKEN is not set", "SLACK_APP_TOKEN is not set", "Fill in support.contact"):
        assert missing in said
    assert "chmod 700" in said


@pytest.mark.parametrize("left", ["cells", "installations.db"])
def test_data_of_many_workspaces_are_left_alone_by_the_bot_of_one(
    belonging: Belonging, folder: Path, left: str
) -> None:
    (folder / "config.yaml").write_text(OWN, encoding="utf-8")
    (folder / "data").mkdir(mode=0o700)
    (folder / "data" / left).mkdir()

    result = belonging("run", SLACK_BOT_TOKEN="xoxb-1", SLACK_APP_TOKEN="xapp-1-A0BOT-1-x")
    checked = belonging("check", "--offline", SLACK_BOT_TOKEN="xoxb-1", SLACK_APP_TOKEN="xapp-1-A0BOT-1-x")

    what = f"{left} holds data of many workspaces, and config.yaml has no section workspaces."
    assert what in " ".join(result.stderr.split())
    assert "Put the section back, or name another data_dir." in " ".join(result.stderr.split())
    assert (1, 1) == (result.exit_code, checked.exit_code)
    assert "Put the section back" in " ".join(checked.stdout.split())
    assert [left] == [path.name for path in (folder / "data").iterdir()]


def test_one_thing_alone_is_told_as_it_is(belonging: Belonging, folder: Path) -> None:
    (folder / "config.yaml").write_text(OWN, encoding="utf-8")

    result = belonging("run", SLACK_BOT_TOKEN="xoxb-1", SLACK_APP_TOKEN="")

    assert "Error: SLACK_APP_TOKEN is not set." in result.stderr
    assert "things" not in result.stderr


def test_what_does_not_keep_the_bot_from_starting_is_logged_and_it_runs(
    folder: Path, tokens: dict[str, str]
) -> None:
    (folder / "config.yaml").write_text(NO_CONTACT, encoding="utf-8")

    with running(folder, "run", "--log-format", "json", says="connected", environ=tokens) as program:
        pass

    events = [json.loads(line)["event"] for line in program.said.splitlines()]
    assert any("Nobody is named to turn to, so no round starts" in event for event in events)
    assert 1 == sum("groups:read is missing" in event for event in events)
