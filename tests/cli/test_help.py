"""What the command line says of itself."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import typer
from syrupy.assertion import SnapshotAssertion

from bot.cli.main import app
from tests.cli.conftest import Belonging

COMMANDS: dict[str, Any] = dict(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
LEAVES = {
    f"{name} {inner}".strip(): leaf
    for name, command in COMMANDS.items()
    for inner, leaf in getattr(command, "commands", {"": command}).items()
}
NEEDS_NO_CONFIGURATION = {"prompts schema"}
DATA = ("backup", "restore", "migrate", "purge")
PROMPTS = Path(__file__).parents[2] / "prompts"
KNOWN = (
    "demo",
    "init",
    "run",
    "check",
    "proof",
    "summary",
    "report",
    "export",
    "prompts",
    "manifest",
    "workspaces",
    *DATA,
)


def tidy(text: str) -> str:
    """Without blanks at the ends of lines, which depend on the version of rich."""
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def test_help_fills_the_lines_of_a_narrow_terminal(belonging: Belonging) -> None:
    assert "many can reply, the card, directories" in belonging("check", "--help", COLUMNS="80").output


@pytest.mark.parametrize("command", KNOWN)
def test_the_help_of_a_command_reads_like_this(
    belonging: Belonging, command: str, snapshot: SnapshotAssertion
) -> None:
    result = belonging(command, "--help")

    assert result.exit_code == 0
    assert tidy(result.output) == snapshot(name=command)


@pytest.mark.parametrize("command", LEAVES)
def test_every_command_says_in_one_sentence_what_it_does(belonging: Belonging, command: str) -> None:
    first = (LEAVES[command].help or "").strip().split("\n\n")[0]

    assert re.fullmatch(r"[A-Z].{20,160}\.", " ".join(first.split())), first
    assert belonging(*command.split(), "--help").exit_code == 0


@pytest.mark.parametrize("command", sorted(LEAVES.keys() - NEEDS_NO_CONFIGURATION))
def test_every_command_takes_a_configuration(command: str) -> None:
    assert "--config" in {option for parameter in LEAVES[command].params for option in parameter.opts}


@pytest.mark.parametrize("command", LEAVES)
def test_every_option_is_explained(command: str) -> None:
    options = [parameter for parameter in LEAVES[command].params if parameter.name != "help"]

    assert [] == [option.name for option in options if not getattr(option, "help", None)]


def test_without_a_command_the_help_comes(belonging: Belonging) -> None:
    result = belonging()

    assert "belonging demo" in result.output
    for command in COMMANDS:
        assert f" {command} " in result.output


def test_the_manifest_is_printed_as_it_lies_in_the_project(belonging: Belonging) -> None:
    from bot.cli.manifest import manifest_path

    assert belonging("manifest").output.strip() == manifest_path().read_text(encoding="utf-8").strip()


def test_the_manifest_fits_the_mode_of_the_configuration(belonging: Belonging, tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(f"slack: {{mode: http}}\nprompts: [{PROMPTS}]\n", encoding="utf-8")

    printed = json.loads(belonging("manifest", "--config", str(config)).output)

    assert printed == json.loads(belonging("manifest", "--http").output)
    assert not printed["settings"]["socket_mode_enabled"]
