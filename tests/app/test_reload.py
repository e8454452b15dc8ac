"""Prompt packs are exchanged while the bot runs, and a broken one changes nothing."""

import logging
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from bot.app import Bot
from bot.config import PackRegistry, load_config
from bot.core.model import PackId
from bot.core.prompts import preview
from tests.world import CONFIG, World

OWN = """
id: belonging
title: Our own
dimensions: [{key: welcome, label: Hello, side: inclusion, asks: "In?", anchor: I am greeted here.}]
prompts: [{id: hello-01, dimension: welcome, question: "Who greeted you, and how?", items: [I feel seen.]}]
"""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A workspace whose bot asks from a pack of the team's own."""
    (tmp_path / "own.yaml").write_text(OWN, encoding="utf-8")
    world = World(tmp_path, config=CONFIG, prompts=tmp_path / "own.yaml")
    with world.server:
        world.start_bot()
        yield world
        world.stop_bot()


def reload(world: World) -> Bot:
    assert world.bot
    world.bot.reload_prompts(world.config)
    return world.bot


def test_the_next_round_asks_what_the_pack_says_now(
    world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "own.yaml").write_text(OWN.replace("Who greeted you", "Who smiled at you"), encoding="utf-8")

    with caplog.at_level(logging.INFO, "bot.app"):
        reload(world)
    world.move(minutes=1)

    assert "prompts reloaded" in caplog.messages
    assert "Who smiled at you" in str(world.messages()[-1].blocks)


def test_a_broken_pack_leaves_the_last_good_one_and_one_clear_line(
    world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "own.yaml").write_text(OWN.replace("side: inclusion", "side: inlusion"), encoding="utf-8")

    reload(world)
    world.move(minutes=1)

    (line,) = [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
    assert line.startswith(
        "prompts not reloaded, the last good ones stay: own.yaml, line 4, dimensions[0].side"
    )
    assert "inclusion" in line
    assert "\n" not in line
    assert "Who greeted you" in str(world.messages()[-1].blocks)


def test_a_configuration_that_is_gone_changes_nothing(
    world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "config.yaml").unlink()

    bot = world.bot
    assert bot
    bot.reload_prompts(partial(load_config, tmp_path / "config.yaml", {}))

    assert "there is no such file" in caplog.text
    assert "belonging" in bot.services.settings.packs


def test_a_pack_that_a_schedule_uses_cannot_go(
    world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "own.yaml").write_text(OWN.replace("id: belonging", "id: other"), encoding="utf-8")
    config = (tmp_path / "config.yaml").read_text(encoding="utf-8").split("schedules:")[0]
    (tmp_path / "config.yaml").write_text(config, encoding="utf-8")

    bot = reload(world)

    assert "A schedule uses the pack 'belonging', which is no longer there." in caplog.text
    assert [PackId("belonging")] == list(bot.services.settings.packs)


def test_whoever_looks_sees_all_old_packs_or_all_new_ones(world: World) -> None:
    assert world.bot
    packs = dict(world.bot.services.settings.packs)
    registry = PackRegistry({PackId("old"): packs[PackId("belonging")]})
    seen = iter(registry)

    registry.replace(packs)

    assert ["old"] == list(seen)
    assert ["belonging"] == list(registry)
    assert len(registry) == 1
    assert preview(registry[PackId("belonging")], ()).prompt_id == "hello-01"
