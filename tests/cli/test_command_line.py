"""The command line by itself: version, completion, what was mistyped, colour, exit codes, the link."""

import json
import sys
from collections.abc import Callable
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from rich.console import Console

from bot.cli import console
from bot.cli.console import UNINSTALLED, print_any_character, working
from tests.cli.conftest import Belonging
from tests.cli.program import ROOT, finish, start
from tests.cli.test_init import Terminal, at_terminal

__all__ = ["at_terminal"]  # the fixture

LONGEST_LINK = 2000
"""Characters that every browser, proxy and chat window takes in a link."""


class ATerminal(TextIOWrapper):
    """A file that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_the_version_is_that_of_the_package(belonging: Belonging) -> None:
    result = belonging("--version")

    assert (result.exit_code, result.stdout) == (0, "belonging 0.1.0\n")


def test_a_shell_can_complete_commands(folder: Path) -> None:
    asked = {"_BELONGING_COMPLETE": "complete_bash", "COMP_WORDS": "belonging che", "COMP_CWORD": "1"}

    code, out, _ = finish(start(folder, environ=asked))

    assert (code, out.split()) == (0, ["check"])


def test_completion_can_be_installed(belonging: Belonging) -> None:
    assert "--install-completion" in belonging("--help").output


@pytest.mark.parametrize(
    ("typed", "meant"),
    [(["chek"], "'check'"), (["prompts", "lst"], "'list'"), (["check", "--ofline"], "--offline")],
)
def test_what_was_mistyped_is_answered_with_what_was_meant(
    belonging: Belonging, typed: list[str], meant: str
) -> None:
    result = belonging(*typed)

    assert result.exit_code == 2
    assert meant in result.stderr


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        (["schedules", "list"], 0),
        (["summary", "--channel", "C1"], 1),
        (["check"], 1),
        (["check", "--oops"], 2),
    ],
)
def test_exit_codes_are_those_of_the_docs(belonging: Belonging, typed: list[str], code: int) -> None:
    assert belonging(*typed).exit_code == code
    for documented in (0, 1, 2, UNINSTALLED):
        assert f"| {documented} |" in (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")


def test_there_is_no_colour_and_no_progress_where_nobody_looks_at_a_terminal(folder: Path) -> None:
    _, out, err = finish(
        start(folder, "check", "--offline", environ={"TERM": "xterm-256color", "NO_COLOR": ""})
    )

    assert "things looked at" in out
    assert "\x1b" not in out + err
    with working("Nobody sees this"):
        pass


@pytest.mark.parametrize(("no_color", "styled"), [("1", False), ("", True)])
@pytest.mark.parametrize("typed", ["check --offline", "--help", "chek"])
def test_at_a_terminal_without_colour_there_is_no_escape_sequence_at_all(
    folder: Path, at_terminal: Callable[..., Terminal], typed: str, no_color: str, *, styled: bool
) -> None:
    terminal = at_terminal(folder, *typed.split(), TERM="xterm-256color", NO_COLOR=no_color)

    assert ("\x1b" in terminal.end()[1]) is styled


def test_a_terminal_without_unicode_shows_a_question_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = BytesIO()
    monkeypatch.setattr(sys, "stdout", ATerminal(shown, encoding="latin-1"))

    print_any_character()
    sys.stdout.write("für 🌱\n")
    sys.stdout.flush()

    assert "für ?\n" == shown.getvalue().decode("latin-1")


def test_a_file_is_written_in_unicode_whatever_the_terminal_takes(folder: Path) -> None:
    listed = finish(start(folder, "prompts", "list"))

    assert listed == finish(start(folder, "prompts", "list", environ={"PYTHONIOENCODING": "ascii:strict"}))


@pytest.mark.parametrize(("count", "paged"), [(20, []), (21, ["a table"])])
def test_a_long_table_is_shown_page_by_page_at_a_terminal(
    monkeypatch: pytest.MonkeyPatch, count: int, paged: list[str]
) -> None:
    shown: list[str] = []
    monkeypatch.setattr("pydoc.pager", lambda text: shown.append(text.strip()))
    monkeypatch.setattr(console, "out", Console(force_terminal=True, no_color=True, file=StringIO()))

    console.show_rows("a table", count)

    assert shown == paged


def test_the_link_holds_the_manifest_as_it_is(belonging: Belonging) -> None:
    link = belonging("manifest", "--link").stdout.strip()

    parts = urlsplit(link)
    query = parse_qs(parts.query, strict_parsing=True)
    assert (parts.scheme, parts.netloc, parts.path) == ("https", "api.slack.com", "/apps")
    assert query["new_app"] == ["1"]
    assert json.loads(query["manifest_json"][0]) == json.loads(belonging("manifest").stdout)


def test_the_link_can_be_opened_and_pasted_anywhere(belonging: Belonging) -> None:
    link = belonging("manifest", "--link").stdout.strip()

    assert link.isascii()
    assert not set(link) & set(' "<>{}[]\\^`|')
    assert len(link) <= LONGEST_LINK
