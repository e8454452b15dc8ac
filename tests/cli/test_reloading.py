"""SIGHUP to the running program reads the prompt packs anew, and never ends it."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.demo.server import DemoServer
from bot.demo.workspace import demo_workspace
from tests.cli.program import CONFIG, ROOT, running
from tests.patience import UNHURRIED
from tests.world import real_clock


@pytest.fixture
def slack() -> Iterator[DemoServer]:
    """The demo team's workspace, on loopback."""
    manifest = json.loads((ROOT / "manifest.json").read_text(encoding="utf-8"))
    with DemoServer(demo_workspace(), manifest=manifest, clock=real_clock(), deadlines=UNHURRIED) as server:
        yield server


def test_a_hangup_reloads_and_a_broken_pack_is_told_in_one_line(folder: Path, slack: DemoServer) -> None:
    tokens = {
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_API_URL": slack.api_url,
    }
    with running(folder, "run", says="connected", environ=tokens) as program:
        program.program.send_signal(signal.SIGHUP)
        program.hear("prompts reloaded count=59")
        (folder / "config.yaml").write_text(CONFIG + "prompts_off: [door-44]\n", encoding="utf-8")
        program.program.send_signal(signal.SIGHUP)
        program.hear("Did you mean 'door-04'? code=config")

        assert program.end(signal.SIGTERM) == 0

    assert (
        "prompts not reloaded, the last good ones stay: config.yaml, line 6, prompts_off[0]" in program.said
    )
    assert "Traceback" not in program.said
