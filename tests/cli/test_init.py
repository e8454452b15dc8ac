"""`belonging init` asks what the bot needs, writes two files or none, and never over one that is there."""

import os
import pty
import re
import select
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.cli.init import guessed_zone, write_new
from bot.config import SlackMode, load_config
from bot.errors import BotError
from tests.cli.conftest import Belonging
from tests.cli.program import TIMEOUT_S, environment
from tests.held_port import held_port

TOKENS = {
    "SLACK_BOT_TOKEN": "xoxb-1-2-abcdefghijklmnopqrstuv",
    "SLACK_APP_TOKEN": "xapp-1-A1-2-abcdefghijklmnopqrstuv",
}
HTTP = {
    "SLACK_BOT_TOKEN": TOKENS["SLACK_BOT_TOKEN"],
    "SLACK_SIGNING_SECRET": "8f742231b10e8888abcd99yyyzzz85a5".translate(str.maketrans("yz", "01")),
}
CONTACT = 'Asha in the "people team": #help [any time], €'
APP_TOKEN, BOT_TOKEN = "App-Level Tokens)", "Install App)"


@pytest.fixture
def empty(folder: Path) -> Path:
    """A folder without a configuration."""
    (folder / "config.yaml").unlink()
    return folder


def hear_ctrl_c() -> None:
    """Let a program end at Ctrl-C, also where these tests run in the background of a shell, which do not."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Terminal:
    """The program at a terminal of its own, which shows what it says and takes what is typed."""

    def __init__(self, folder: Path, *arguments: str, **environ: str) -> None:
        self._end, terminal = pty.openpty()
        self.said = ""
        self.program = subprocess.Popen(
            [sys.executable, "-m", "bot", *arguments],
            cwd=folder,
            env=environment(**environ),
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            start_new_session=True,
            preexec_fn=hear_ctrl_c,  # noqa: PLW1509 - it takes no lock
        )
        os.close(terminal)

    def hear(self, words: str) -> None:
        """Wait until it has said this after what was heard before."""
        while words not in self.said:
            assert self._read(), f"it never said {words!r}: {self.said}"
        self.said = self.said.partition(words)[2]

    def hear_question(self, question: str) -> None:
        """Wait until the question stands there as a whole, so that the program waits for the answer.

        What is typed before is shown in the middle of the question, and thrown away where the question hides
        the answer; Ctrl-C would come while the program still prints.
        """
        self.hear(question)
        while not self.said.endswith(": "):
            assert self._read(), f"it never asked {question!r} to the end: {self.said}"

    def answer(self, question: str, line: str) -> None:
        """Type this once the question stands there as a whole."""
        self.hear_question(question)
        os.write(self._end, f"{line}\n".encode())

    def end(self) -> tuple[int, str]:
        """The exit code, and all that was said since the last words that were heard."""
        while self._read():
            pass
        os.close(self._end)
        return self.program.wait(TIMEOUT_S), self.said

    def _read(self) -> bool:
        if not select.select([self._end], [], [], TIMEOUT_S)[0]:
            return False
        try:
            said = os.read(self._end, 4096).decode(errors="replace")
        except OSError:  # it has ended
            return False
        self.said += said
        return bool(said)


@pytest.fixture
def at_terminal() -> Iterator[Callable[..., Terminal]]:
    started: list[Terminal] = []

    def start(folder: Path, *arguments: str, **environ: str) -> Terminal:
        started.append(Terminal(folder, *arguments, **environ))
        return started[-1]

    yield start
    for terminal in started:
        terminal.program.kill()
        terminal.program.wait()


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_without_questions_it_writes_what_the_bot_needs(belonging: Belonging, empty: Path) -> None:
    flags = ("--contact", CONTACT, "--crisis", "112", "--timezone", "Asia/Tokyo", "--holidays", "JP")

    result = belonging("init", "--offline", *flags, **TOKENS)

    config = load_config(empty / "config.yaml", {})
    assert result.exit_code == 0, result.output
    assert "things looked at" in result.stdout
    assert "/invite @belonging" in result.stdout
    assert config.settings.support
    assert (config.settings.support.contact, config.settings.support.crisis) == (CONTACT, "112")
    assert (config.settings.defaults.zone, config.settings.defaults.quiet.holidays) == ("Asia/Tokyo", "JP")
    assert config.secrets.bot_token == TOKENS["SLACK_BOT_TOKEN"]
    assert config.secrets.app_token == TOKENS["SLACK_APP_TOKEN"]
    assert stat.S_IMODE((empty / ".env").stat().st_mode) == 0o600
    assert not any(token in result.output for token in TOKENS.values())


def test_for_http_mode_a_signing_secret_and_a_port_take_the_place_of_the_app_token(
    belonging: Belonging, empty: Path
) -> None:
    with held_port() as port:
        result = belonging(
            "init", "--offline", "--http", "--port", str(port), "--contact", "Asha", "--crisis", "112", **HTTP
        )

    config = load_config(empty / "config.yaml", {})
    assert result.exit_code == 0, result.output
    assert (config.slack.mode, config.slack.http_port) == (SlackMode.HTTP, port)
    assert config.secrets.signing_secret == HTTP["SLACK_SIGNING_SECRET"]
    assert "SLACK_APP_TOKEN" not in (empty / ".env").read_text(encoding="utf-8")
    assert "/slack/events" in result.stdout
    assert HTTP["SLACK_SIGNING_SECRET"] not in result.output


def test_for_http_mode_a_signing_secret_that_is_missing_or_wrong_is_told(
    belonging: Belonging, empty: Path
) -> None:
    bot = {"SLACK_BOT_TOKEN": TOKENS["SLACK_BOT_TOKEN"]}
    missing = belonging("init", "--http", "--contact", "Asha", **bot)
    wrong = belonging("init", "--http", "--contact", "Asha", **bot, SLACK_SIGNING_SECRET="short")

    assert (missing.exit_code, wrong.exit_code) == (1, 1)
    assert "missing: SLACK_SIGNING_SECRET." in " ".join(missing.stderr.split())
    assert "SLACK_SIGNING_SECRET does not look like" in " ".join(wrong.stderr.split())
    assert [] == files(empty)


def test_for_http_mode_a_terminal_asks_one_question_in_the_place_of_another(
    empty: Path, at_terminal: Callable[..., Terminal]
) -> None:
    terminal = at_terminal(empty, "init", "--offline", "--http", "--contact", "Asha", "--crisis", "112")
    terminal.answer("App Credentials)", HTTP["SLACK_SIGNING_SECRET"])
    terminal.answer(BOT_TOKEN, TOKENS["SLACK_BOT_TOKEN"])
    terminal.answer("Time zone [", "")
    terminal.answer("public holidays", "")
    code, said = terminal.end()

    assert code == 0, said
    assert HTTP["SLACK_SIGNING_SECRET"] not in said


def test_what_may_be_left_out_has_a_default_that_suits_everybody(belonging: Belonging, empty: Path) -> None:
    belonging("init", "--offline", "--contact", "Asha", **TOKENS)

    defaults = load_config(empty / "config.yaml", {}).settings.defaults
    assert defaults.zone == guessed_zone()
    assert defaults.quiet.holidays in {None, ""}


def test_where_nobody_can_be_asked_one_error_names_all_that_is_missing(
    belonging: Belonging, empty: Path
) -> None:
    result = belonging("init")

    said = " ".join(result.stderr.split())
    assert (result.exit_code, result.stdout) == (1, "")
    assert "missing: SLACK_APP_TOKEN, SLACK_BOT_TOKEN, --contact." in said
    assert [] == files(empty)


def test_all_that_is_wrong_is_told_at_once_without_a_token(belonging: Belonging, empty: Path) -> None:
    swapped = {"SLACK_BOT_TOKEN": TOKENS["SLACK_APP_TOKEN"], "SLACK_APP_TOKEN": TOKENS["SLACK_BOT_TOKEN"]}
    flags = ("--contact", "two\nlines", "--timezone", "Europe/Berln", "--holidays", "XX")

    result = belonging("init", *flags, **swapped)

    said = " ".join(result.stderr.split())
    assert result.exit_code == 1
    for name in (
        "SLACK_BOT_TOKEN holds an app-level",
        "SLACK_APP_TOKEN holds the Bot",
        "--contact",
        "--holidays",
    ):
        assert name in said
    assert "Europe/Berlin" in said
    assert not any(token in said for token in TOKENS.values())
    assert [] == files(empty)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"--contact": "People team, people@example.org"}, "--contact: this still is an example"),
        ({"SLACK_BOT_TOKEN": "xoxb-1-2-abc…"}, "SLACK_BOT_TOKEN has a character in it that no token has"),
        (
            {"SLACK_BOT_TOKEN": "xoxb-1-2-abc\u200b"},
            "SLACK_BOT_TOKEN has a character in it that no token has",
        ),
        ({"SLACK_APP_TOKEN": "xapp-1-2-abc\x01"}, "SLACK_APP_TOKEN has a character in it that no token has"),
    ],
)
def test_what_could_not_work_is_not_written(
    belonging: Belonging, empty: Path, given: dict[str, str], says: str
) -> None:
    answers = {"--contact": "Asha", **TOKENS} | given

    result = belonging("init", "--contact", answers.pop("--contact"), **answers)

    assert says in " ".join(result.stderr.split())
    assert [] == files(empty)


def test_a_region_is_known_in_small_letters_too(belonging: Belonging, empty: Path) -> None:
    belonging("init", "--offline", "--contact", "Asha", "--holidays", "us-ca", **TOKENS)

    assert "US-CA" == load_config(empty / "config.yaml", {}).settings.defaults.quiet.holidays


def test_after_errors_the_next_step_is_to_mend_them(
    belonging: Belonging, empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(
        "SLACK_API_URL", "http://slack.example.org/api/"
    )  # its tokens would travel unencrypted
    result = belonging("init", "--offline", "--contact", "Asha", **TOKENS)

    assert result.exit_code == 1, files(empty)
    assert "look again with 'belonging check'" in result.stdout
    assert "belonging run" not in result.stdout


@pytest.mark.parametrize("name", ["config.yaml", ".env"])
def test_it_writes_over_nothing(belonging: Belonging, empty: Path, name: str) -> None:
    (empty / name).write_text("mine", encoding="utf-8")

    result = belonging("init", "--contact", "Asha", **TOKENS)

    assert result.exit_code == 1
    assert f"Already there: {name}" in " ".join(result.stderr.split())
    assert [name] == files(empty)
    assert (empty / name).read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("trouble", [KeyboardInterrupt, FileExistsError])
def test_of_two_files_none_stays_where_the_second_cannot_be_written(
    empty: Path, monkeypatch: pytest.MonkeyPatch, trouble: type[BaseException]
) -> None:
    opened = os.open

    def failing(path: Path, *more: int) -> int:
        if path.name == "second":
            raise trouble
        return opened(path, *more)

    monkeypatch.setattr(os, "open", failing)
    with pytest.raises((KeyboardInterrupt, BotError)):
        write_new({empty / "first": ("1", 0o600), empty / "second": ("2", 0o600)})

    assert [] == files(empty)


def test_at_a_terminal_it_asks_and_shows_no_token(empty: Path, at_terminal: Callable[..., Terminal]) -> None:
    terminal = at_terminal(empty, "init", "--offline")
    terminal.answer(APP_TOKEN, "xoxb-not-this-one")
    terminal.hear("SLACK_APP_TOKEN holds the Bot User OAuth Token")
    terminal.answer(APP_TOKEN, TOKENS["SLACK_APP_TOKEN"])
    terminal.answer(BOT_TOKEN, TOKENS["SLACK_BOT_TOKEN"])
    terminal.answer("Whom can people", "Asha, asha@example.org")
    terminal.hear("\nThis still is an example")
    terminal.answer("Whom can people", "Asha, asha@firm.test")
    terminal.answer("emergency", "")
    terminal.answer("Time zone [", "Nowhere/Here")
    terminal.answer("no time zone", "America/Bogota")
    terminal.answer("public holidays", "")
    code, said = terminal.end()

    defaults = load_config(empty / "config.yaml", {}).settings.defaults
    assert code == 0, said
    assert (defaults.zone, defaults.quiet.holidays or "") == ("America/Bogota", "")
    assert "nothing is wrong" in re.sub(r"\s+", " ", said)
    assert not any(token in said for token in TOKENS.values())
    assert {".env", "config.yaml"} == set(files(empty))


def test_ctrl_c_leaves_nothing_written(empty: Path, at_terminal: Callable[..., Terminal]) -> None:
    terminal = at_terminal(empty, "init", "--offline")
    terminal.answer(APP_TOKEN, TOKENS["SLACK_APP_TOKEN"])
    terminal.hear_question(BOT_TOKEN)
    terminal.program.send_signal(signal.SIGINT)  # as a terminal does at Ctrl-C
    code, said = terminal.end()

    assert code == 1
    assert "Traceback" not in said
    assert [] == files(empty)
