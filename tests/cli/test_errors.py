"""Whatever is wrong is told in one message: what, where, and what to do; and nothing is half written."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.demo.site import APP_TOKEN, BOT_TOKEN
from tests.cli.conftest import Belonging
from tests.cli.program import CONFIG, finish, start

TOKENS = {"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_APP_TOKEN": APP_TOKEN}
NOWHERE = {**TOKENS, "SLACK_API_URL": "http://127.0.0.1:9/api/"}


def told(result: object) -> str:
    """What was said on standard error, in one line: exit code 1, no traceback, nothing on standard output."""
    assert result.exit_code == 1, result  # type: ignore[attr-defined]
    assert result.stdout == ""  # type: ignore[attr-defined]
    said = " ".join(result.stderr.split())  # type: ignore[attr-defined]
    assert said.startswith("Error: ")
    assert "Traceback" not in said
    return said.removeprefix("Error: ")


@pytest.fixture(autouse=True)
def nothing_is_written(folder: Path) -> Iterator[None]:
    """Whatever goes wrong here goes wrong before a data directory is made."""
    yield
    assert sorted(path.name for path in folder.iterdir()) in (["config.yaml"], [])


@pytest.mark.parametrize("length", [1, 60, 200])
def test_a_path_stays_whole_so_that_it_can_be_copied(belonging: Belonging, length: int) -> None:
    name = f"{'n' * length}.yaml"

    result = belonging("run", "--config", name)

    assert name in result.stderr
    assert all(len(line) <= 100 or " " not in line for line in result.stderr.splitlines())


def test_a_configuration_that_is_not_there(belonging: Belonging, folder: Path) -> None:
    (folder / "config.yaml").unlink()

    said = told(belonging("run"))

    assert "config.yaml" in said
    assert "there is no such file" in said
    assert "Make one with 'belonging init', or say where yours is" in said


@pytest.mark.parametrize("name", [r"a\[/x]", r"C:\[bold]x", "[red]"])
def test_what_looks_like_markup_is_printed_as_it_is(belonging: Belonging, name: str) -> None:
    said = told(belonging("run", "--config", name))

    assert all(part in said for part in Path(name).parts)


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        (CONFIG + "policy: [", "line 6", "YAML"),
        (CONFIG + "\tpolicy: {}\n", "line 6", "tab"),
        (CONFIG + "polcy: {threshold: 5}\n", "line 6", "Did you mean 'policy'?"),
        (CONFIG + "policy: {threshold: 4}\n", "policy.threshold", "from 5 to 20"),
        (
            CONFIG.replace("schedules: []", "schedules: [{channel: general}]"),
            "schedules[0].channel",
            "general",
        ),
        (CONFIG.replace("/prompts", "/no-prompts"), "prompts", "Correct the path."),
        ("", "config.yaml", "the file is empty"),
        (CONFIG + "slack: {api_url: xoxb-1-secret}\n", "slack.api_url", "token"),
    ],
)
def test_a_configuration_that_is_wrong_is_told_with_its_place(
    belonging: Belonging, folder: Path, text: str, where: str, what: str
) -> None:
    (folder / "config.yaml").write_text(text, encoding="utf-8")

    for command in ("run", "demo", "summary"):
        more = ["--channel", "C0123456789"] if command == "summary" else []
        said = told(belonging(command, *more))
        assert where in said
        assert what in said
        assert "secret" not in said


@pytest.mark.parametrize(
    ("environ", "what", "remedy"),
    [
        ({}, "SLACK_BOT_TOKEN is not set", ".env"),
        ({"SLACK_BOT_TOKEN": BOT_TOKEN}, "SLACK_APP_TOKEN is not set", ".env"),
        ({"SLACK_BOT_TOKEN": APP_TOKEN, "SLACK_APP_TOKEN": APP_TOKEN}, "SLACK_BOT_TOKEN", "xoxb-"),
        ({"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_APP_TOKEN": BOT_TOKEN}, "SLACK_APP_TOKEN", "xapp-"),
        ({"SLACK_BOT_TOKEN": "xoxb-a b", "SLACK_APP_TOKEN": APP_TOKEN}, "SLACK_BOT_TOKEN", "has a space"),
    ],
)
def test_tokens_that_are_missing_or_of_the_wrong_kind(
    belonging: Belonging, environ: dict[str, str], what: str, remedy: str
) -> None:
    said = told(belonging("run", **environ))

    assert what in said
    assert remedy in said
    assert all(token not in said for token in environ.values())


@pytest.mark.parametrize(
    ("arguments", "accepted"),
    [
        (("run", "--log", "loud"), "debug"),
        (("run", "--log-format", "xml"), "json"),
        (("demo", "--log", "loud"), "debug"),
        (("demo", "--port", "99999"), "65535"),
        (("demo", "--port", "page"), "integer"),
        (("summary",), "--channel"),
        (("dmeo",), "demo"),
    ],
)
def test_an_option_that_makes_no_sense_is_told_with_what_is_accepted(
    belonging: Belonging, arguments: tuple[str, ...], accepted: str
) -> None:
    result = belonging(*arguments)

    assert result.exit_code == 2
    assert accepted in " ".join(result.stderr.split())
    assert "Traceback" not in result.output


def test_a_port_in_use(belonging: Belonging) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        said = told(belonging("demo", "--no-browser", "--port", str(port)))

    assert f"Port {port}" in said
    assert "choose another one" in said


def test_a_summary_of_a_bot_that_never_ran(belonging: Belonging) -> None:
    said = told(belonging("summary", "--channel", "C0123456789"))

    assert "There is no data" in said
    assert "belonging run" in said


def test_in_a_process_of_its_own_too_the_exit_code_is_one_and_nothing_is_written(folder: Path) -> None:
    (folder / "config.yaml").write_text(CONFIG + "policy: [", encoding="utf-8")

    code, out, err = finish(start(folder, "run"))

    assert (code, out) == (1, "")
    assert "line 6" in err
    assert "Traceback" not in err
