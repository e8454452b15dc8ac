"""The manifest asks for as little as the bot needs, in a form that Slack takes."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import typer
from jsonschema import Draft7Validator

from bot.cli.main import app
from bot.cli.manifest import manifest_for
from bot.core.check_rules import EVENTS
from bot.demo.site import App
from bot.slack.events import CHANGES
from bot.slack.help.blocks import COMMANDS
from tests.slack_spec import ABSENT, ROOT, SPEC

MANIFEST: dict[str, Any] = json.loads((ROOT / "manifest.json").read_text(encoding="utf-8"))


def test_it_asks_for_exactly_these_scopes() -> None:
    assert MANIFEST["oauth_config"] == {
        "scopes": {"bot": ["chat:write", "commands", "channels:read", "groups:read", "users:read"]}
    }


def test_it_hears_of_itself_and_of_channels_that_come_and_go_and_of_nothing_else() -> None:
    events = MANIFEST["settings"]["event_subscriptions"]["bot_events"]

    own = {"app_home_opened", "app_uninstalled", "tokens_revoked"}
    people = {"member_joined_channel", "member_left_channel", "user_change"}
    assert sorted({*own, *people, *CHANGES}) == events
    assert sorted(EVENTS) == events


def test_no_event_brings_a_message_or_a_reaction_of_anybody() -> None:
    """``user_change`` brings a profile, of which only what somebody is and is called is looked at."""
    events = {*MANIFEST["settings"]["event_subscriptions"]["bot_events"]} - {"user_change"}

    assert [] == [name for name in events if re.search("message|reaction|mention|file|user_", name)]


def test_the_bot_can_tell_an_admin_something_and_nobody_can_write_to_it() -> None:
    home = MANIFEST["features"]["app_home"]

    assert home == {
        "home_tab_enabled": True,
        "messages_tab_enabled": True,
        "messages_tab_read_only_enabled": True,
    }


def test_it_needs_no_address_on_the_internet() -> None:
    assert MANIFEST["settings"]["socket_mode_enabled"]
    assert MANIFEST["settings"]["interactivity"] == {"is_enabled": True}
    assert "url" not in json.dumps(MANIFEST)


@pytest.mark.parametrize(
    ("path", "most"),
    [
        (("display_information", "name"), 35),
        (("display_information", "description"), 140),
        (("features", "bot_user", "display_name"), 80),
        (("features", "slash_commands", 0, "command"), 32),
        (("features", "slash_commands", 0, "description"), 2000),
        (("features", "slash_commands", 0, "usage_hint"), 1000),
    ],
)
def test_every_text_fits(path: tuple[Any, ...], most: int) -> None:
    found: Any = MANIFEST
    for key in path:
        found = found[key]

    assert 1 <= len(found) <= most


def test_the_usage_hint_names_the_words_that_the_bot_knows() -> None:
    hint = MANIFEST["features"]["slash_commands"][0]["usage_hint"]

    assert [command.removeprefix("/belonging ") for command, _ in COMMANDS] == hint.strip("[]").split(" | ")


def test_the_colour_is_one() -> None:
    colour = MANIFEST["display_information"]["background_color"]

    assert len(colour) == 7
    assert int(colour[1:], 16) < 0x808080, "white text must be readable on it"


def test_the_local_workspace_reads_it_as_slack_would() -> None:
    installed = App.from_manifest(MANIFEST)

    assert installed.scopes == frozenset(MANIFEST["oauth_config"]["scopes"]["bot"])


@pytest.mark.skipif(not SPEC.is_dir(), reason=ABSENT)
def test_it_is_of_a_version_that_slacks_schema_knows() -> None:
    assert versions_that_fit(MANIFEST) == 1


def versions_that_fit(manifest: dict[str, Any]) -> int:
    """How many versions it could be of.

    The schema refers to its parts by address; what it says itself is checked here, the parts above.
    """
    schema = json.loads((SPEC / "manifest.schema.json").read_text(encoding="utf-8"))
    local = [
        {"allOf": [part for part in branch["allOf"] if "$ref" not in part]} for branch in schema["oneOf"]
    ]

    return sum(Draft7Validator(branch).is_valid(manifest) for branch in local)


@pytest.fixture
def for_http(tmp_path: Path) -> dict[str, Any]:
    """The manifest as it is printed for http mode."""
    config = tmp_path / "config.yaml"
    config.write_text(f"slack: {{mode: http}}\nprompts: ['{ROOT / 'prompts'}']\n", encoding="utf-8")
    printed: dict[str, Any] = json.loads(manifest_for(config))
    return printed


def test_in_http_mode_everything_goes_to_one_address_over_tls(for_http: dict[str, Any]) -> None:
    settings, (command,) = for_http["settings"], for_http["features"]["slash_commands"]
    urls = {
        settings["event_subscriptions"].pop("request_url"),
        settings["interactivity"].pop("request_url"),
        command.pop("url"),
    }

    assert urls == {"https://YOUR-HOST/slack/events"}
    assert not settings.pop("socket_mode_enabled")
    assert "url" not in json.dumps(for_http)


def test_in_http_mode_it_asks_for_nothing_more(for_http: dict[str, Any]) -> None:
    assert for_http["oauth_config"] == MANIFEST["oauth_config"]
    events = for_http["settings"]["event_subscriptions"]["bot_events"]
    assert events == MANIFEST["settings"]["event_subscriptions"]["bot_events"]


@pytest.mark.skipif(not SPEC.is_dir(), reason=ABSENT)
def test_for_http_mode_too_it_is_of_a_version_that_slacks_schema_knows(for_http: dict[str, Any]) -> None:
    assert versions_that_fit(for_http) == 1


def test_the_slack_command_line_is_told_to_start_the_bot_and_let_it_connect_itself() -> None:
    found = json.loads((ROOT / ".slack" / "hooks.json").read_text(encoding="utf-8"))
    programs = {command.split()[0] for command in found["hooks"].values()}
    known = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]

    assert {"get-manifest", "start"} == found["hooks"].keys()
    assert {".venv/bin/belonging"} == programs
    assert {command.split()[1] for command in found["hooks"].values()} <= known
    assert found["config"] == {"sdk-managed-connection-enabled": True}
