"""Two bots on one app token: Slack gives each a share of what happens, and the operator is told."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.app import build
from tests.cli.program import finish, start
from tests.fakes.prover import FakeProver
from tests.patience import PATIENCE_S
from tests.transport.fronted import FrontedWorld
from tests.transport.test_connections import disconnect
from tests.world import CONFIG, ROOT

TELLS = re.compile(r"\b(another|second|two|more than one)\b", re.IGNORECASE)
"""How one says that there is one more."""


@contextmanager
def another_bot(world: FrontedWorld) -> Iterator[None]:
    """A second installation with the tokens of the first."""
    folder = world.folder / "another"
    folder.mkdir()
    filled = CONFIG.format(prompts=ROOT / "prompts", channel="C02PRODUCT", threshold=5)
    (folder / "config.yaml").write_text(filled, encoding="utf-8")
    config = world.config_in(folder)
    bot = build(config, world.machine_clock, prover=FakeProver(), elapsed=world.elapsed_s)
    try:
        bot.start()
        assert world.server.wait_connected(2, PATIENCE_S)
        yield
    finally:
        bot.stop()


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What an operator reads of another bot."""
    said = [record.getMessage() for record in caplog.records if record.levelname in {"WARNING", "ERROR"}]
    return [line for line in said if TELLS.search(line)]


def test_the_log_tells_of_another_bot_with_the_same_app_token(
    world: FrontedWorld, caplog: pytest.LogCaptureFixture
) -> None:
    with another_bot(world):
        assert world.workspace.wait_for(lambda _: bool(warnings(caplog)), PATIENCE_S)

    assert 1 == len(warnings(caplog))


def test_the_log_takes_no_connection_of_its_own_for_another_bot(
    world: FrontedWorld, caplog: pytest.LogCaptureFixture
) -> None:
    """Slack renews a connection while the one before is still there."""
    world.slack.sockets.say(disconnect("warning"))
    assert world.server.wait_connected(2, PATIENCE_S)
    for _ in range(2):  # once over each of them
        assert world.is_heard("U01MAYA")

    assert [] == warnings(caplog)


def remarks(world: FrontedWorld) -> list[dict[str, Any]]:
    """What ``belonging check`` says of another bot."""
    checked = start(world.folder, "check", "--json", environ=world.slack.environ(0))
    _, out, err = finish(checked)
    assert out, err
    findings = [one for one in json.loads(out)["findings"] if one["level"] != "ok"]
    return [one for one in findings if TELLS.search(one["what"])]


def test_check_tells_of_another_bot_with_the_same_app_token(world: FrontedWorld) -> None:
    with another_bot(world):
        world.stop_bot()

        assert 1 == len(remarks(world))


def test_check_takes_the_bot_that_it_looks_at_for_no_other_one(world: FrontedWorld, tmp_path: Path) -> None:
    assert [] == remarks(world)
