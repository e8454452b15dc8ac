"""A folder with a configuration in it, and a runner that leaves logging as it found it."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from bot.cli.main import app
from bot.config import Config
from bot.demo.server import DemoServer
from bot.logs import PINNED
from tests.cli.hosted import two_cells
from tests.cli.program import CONFIG, environment
from tests.config.hosting import CLUSTER_VARIABLES, VARIABLES
from tests.hooks import hooks_as_before

Belonging = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a config.yaml that is right."""
    (tmp_path / "config.yaml").write_text(CONFIG, encoding="utf-8")
    return tmp_path


@pytest.fixture
def belonging(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Belonging]:
    """Runs the command line in this process, in that folder."""
    monkeypatch.chdir(folder)
    for name in (
        "SLACK_BOT_TOKEN",
        "SLACK_APP_TOKEN",
        "SLACK_SIGNING_SECRET",
        "SLACK_API_URL",
        "BELONGING_KEY_SECRET",
        "BELONGING_WORKER",
        *CLUSTER_VARIABLES,
    ):
        monkeypatch.delenv(name, raising=False)
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    levels = {name: logging.getLogger(name).level for name in PINNED}
    runner = CliRunner(env={name: environment()[name] for name in ("COLUMNS", "TERM", "NO_COLOR")})

    def run(*arguments: str, **environ: str) -> Result:
        return runner.invoke(app, list(arguments), env=environ)

    with hooks_as_before():
        yield run
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, was in levels.items():
        logging.getLogger(name).setLevel(was)


@pytest.fixture
def tokens(slack: DemoServer) -> dict[str, str]:
    """What the program needs to reach the workspace of a test."""
    return {
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_API_URL": slack.api_url,
    }


@pytest.fixture
def many(belonging: Belonging, monkeypatch: pytest.MonkeyPatch) -> Belonging:
    """The command line, with the variables that many workspaces need."""
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    return belonging


@pytest.fixture
def config(folder: Path) -> Config:
    """Two workspaces that have the bot."""
    return two_cells(folder)


@pytest.fixture
def other(folder: Path) -> Path:
    """The data directory of another such bot."""
    place = folder / "other"
    place.mkdir(mode=0o700)
    return place
