"""The program as it runs: it starts, holds its data, and ends when it is asked to, with nothing left over."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from bot.demo.server import DemoServer
from bot.demo.workspace import demo_workspace
from tests.cli.program import CONFIG, ROOT, environment, finish, running, start
from tests.patience import PATIENCE_S, UNHURRIED
from tests.world import real_clock

NOBODY = 65534

AS_NOBODY = """
import os, sys
from pathlib import Path
import bot.app, bot.cli.first_checks, bot.config, bot.logs  # before this user can no longer read them
from bot.cli.main import main
bot.config.load_config(Path(sys.argv[1]), os.environ)
if os.geteuid() == 0:
    os.setgid({nobody})
    os.setuid({nobody})
sys.argv = ["belonging", "run", "--config", sys.argv[1]]
main()
"""


@pytest.fixture
def slack() -> Iterator[DemoServer]:
    """The demo team's workspace, on loopback."""
    manifest = json.loads((ROOT / "manifest.json").read_text(encoding="utf-8"))
    clock = real_clock()
    with DemoServer(demo_workspace(), manifest=manifest, clock=clock, deadlines=UNHURRIED) as server:
        yield server


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_runs_until_it_is_asked_to_end(
    folder: Path, slack: DemoServer, tokens: dict[str, str], number: signal.Signals
) -> None:
    with running(folder, "run", says="connected", environ=tokens) as program:
        assert slack.wait_connected()

        assert program.end(number) == 0

    assert "stopped" in program.said
    assert "Traceback" not in program.said
    assert slack.workspace.problems == []


@pytest.mark.parametrize("command", ["run", "demo"])
def test_a_crash_of_the_whole_program_leaves_a_trace_without_data(
    folder: Path, tokens: dict[str, str], command: str
) -> None:
    says = "connected" if command == "run" else "A workspace to try"
    options = ("--no-browser", "--port", "0") if command == "demo" else ()
    with running(folder, command, *options, says=says, environ=tokens) as program:
        ended = program.end(signal.SIGABRT)

    # The trace walks through threads that still run, and seldom breaks off at one of them.
    assert ended in {-signal.SIGABRT, -signal.SIGSEGV}
    assert "Fatal Python error: Aborted" in program.said
    assert "in run" in program.said or ended == -signal.SIGSEGV
    assert not any(token in program.said for token in tokens.values() if token.startswith("x"))


def test_its_log_names_no_token_and_is_json_for_programs(
    folder: Path, slack: DemoServer, tokens: dict[str, str]
) -> None:
    options = ("--log", "debug", "--log-format", "json")
    with running(folder, "run", *options, says="connected", environ=tokens) as program:
        slack.act("U02TOMA", type="command", channel="C02PRODUCT", text="/belonging help")
        program.end(signal.SIGTERM)

    lines = [json.loads(line) for line in program.said.splitlines()]
    assert {"connected", "stopped"} <= {line["event"] for line in lines}
    assert not any(secret in program.said for secret in (*tokens.values(), "U02TOMA"))


def test_a_second_bot_on_the_same_data_is_told_to_go_elsewhere(folder: Path, tokens: dict[str, str]) -> None:
    with running(folder, "run", says="connected", environ=tokens) as first:
        code, out, err = finish(start(folder, "run", environ=tokens))

        assert (code, out) == (1, "")
        assert "Another bot is already using" in err
        assert "its own data_dir" in err
        assert "Traceback" not in err
        assert first.end(signal.SIGTERM) == 0


def test_after_a_kill_the_next_one_starts(folder: Path, tokens: dict[str, str]) -> None:
    with running(folder, "run", says="connected", environ=tokens) as program:
        program.end(signal.SIGKILL)

    with running(folder, "run", says="connected", environ=tokens) as program:
        assert program.end(signal.SIGTERM) == 0


@pytest.mark.parametrize(
    ("change", "what", "remedy"),
    [
        ({"SLACK_BOT_TOKEN": "xoxb-of-another-app"}, "refused the bot token: invalid_auth", "xoxb-"),
        (
            {"SLACK_APP_TOKEN": "xapp-of-another-app"},
            "refused the app token: invalid_auth",
            "connections:write",
        ),
    ],
)
def test_a_slack_that_refuses_is_told(
    folder: Path, tokens: dict[str, str], change: dict[str, str], what: str, remedy: str
) -> None:
    code, out, err = finish(start(folder, "run", environ=tokens | change))

    assert (code, out) == (1, "")
    said = " ".join(err.split())
    assert what in said
    assert remedy in said
    assert "Traceback" not in said
    assert not any(token in said for token in (tokens | change).values() if token.startswith("x"))


def test_a_slack_that_is_not_there_is_told_and_waited_for(folder: Path, tokens: dict[str, str]) -> None:
    away = tokens | {"SLACK_API_URL": "http://127.0.0.1:9/api/"}
    with running(folder, "run", says="Slack could not be reached", environ=away) as program:
        assert program.program.poll() is None

        assert program.end(signal.SIGTERM) == 0

    assert "Check the network" in program.said
    assert "stopped" in program.said
    assert "Traceback" not in program.said
    assert not any(token in program.said for token in tokens.values() if token.startswith("x"))


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can look into, unlike those of pytest."""
    folder = Path(tempfile.mkdtemp(prefix="belonging-test-"))
    folder.chmod(0o755)
    (folder / "config.yaml").write_text(CONFIG, encoding="utf-8")
    yield folder
    shutil.rmtree(folder)


def run_as_nobody(folder: Path) -> tuple[int, str]:
    """Exit code and standard error of ``belonging run`` by a user with no rights here: root has them all."""
    ended = subprocess.run(
        [sys.executable, "-c", AS_NOBODY.format(nobody=NOBODY), str(folder / "config.yaml")],
        cwd=folder,
        env=environment(SLACK_BOT_TOKEN="xoxb-test", SLACK_APP_TOKEN="xapp-test"),
        text=True,
        capture_output=True,
        check=False,
        timeout=30,
    )
    return ended.returncode, " ".join(ended.stderr.split())


def test_a_data_directory_that_cannot_be_made_is_told(open_folder: Path) -> None:
    open_folder.chmod(0o555)

    code, said = run_as_nobody(open_folder)

    assert code == 1
    assert "data cannot be made (Permission denied)" in said
    assert "give it to the bot's user" in said
    assert "Traceback" not in said
    assert [path.name for path in open_folder.iterdir()] == ["config.yaml"]


def test_a_data_directory_that_cannot_be_written_is_told(open_folder: Path) -> None:
    data = open_folder / "data"
    data.mkdir(mode=0o500)
    if os.geteuid() == 0:
        os.chown(data, NOBODY, NOBODY)

    code, said = run_as_nobody(open_folder)

    assert code == 1
    assert "may not write in" in said
    assert "Give the directory to the bot's user" in said
    assert "Traceback" not in said
    assert list(data.iterdir()) == []


@pytest.mark.parametrize("options", [(), ("--workspaces", "2")])
def test_the_demo_serves_its_page_and_takes_everything_with_it(
    folder: Path, tmp_path: Path, options: tuple[str, ...]
) -> None:
    own = tmp_path / "tmp"
    own.mkdir()
    with running(
        folder, "demo", "--no-browser", "--port", "0", *options, says="Ctrl-C", environ={"TMPDIR": str(own)}
    ) as program:
        url = next(word for word in program.said.split() if word.startswith("http://127.0.0.1:"))
        page = httpx.get(url, timeout=PATIENCE_S)
        (data,) = own.glob("belonging-demo-*")

        assert url != "http://127.0.0.1:0"
        assert page.status_code == 200
        assert "<title>" in page.text
        assert str(data) in program.said.replace("│", "").replace("\n", "").replace("  ", "")
        assert program.end(signal.SIGINT) == 0

    assert "what it stored is removed" in program.said
    assert "Traceback" not in program.said
    assert list(own.iterdir()) == []


def test_a_summary_is_printed_from_what_is_stored_while_the_bot_runs(
    folder: Path, tokens: dict[str, str]
) -> None:
    with running(folder, "run", says="connected", environ=tokens) as program:
        code, out, err = finish(start(folder, "summary", "--channel", "C02PRODUCT"))
        assert (code, out) == (1, "")
        assert "There is no summary for C02PRODUCT yet" in err
        program.end(signal.SIGTERM)
