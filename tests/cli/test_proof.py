"""``belonging proof`` judges by Slack's time where the clock is off, and says by which time it judges."""

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.cli.proof import run_proof
from bot.errors import BotError
from tests.privacy.installation import an_installation, without_pytest
from tests.world import World


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Five replies in an open round, beside a bot that has stopped, on a machine whose clock may be off."""
    with an_installation(tmp_path) as world:
        world.stop_bot()
        monkeypatch.setattr("bot.cli.proof.system_clock", world.machine_clock)
        without_pytest()
        yield world


def proven(world: World, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """What ``belonging proof --json`` prints."""
    capsys.readouterr()
    run_proof(world.config(), as_json=True)
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def overdue(found: dict[str, Any]) -> bool:
    """Whether it finds marks that should have been removed."""
    (attack,) = [one for one in found["attacks"] if one["attack"] == "who was asked"]
    return "should have been removed" in attack["found"]


def at(world: World) -> str:
    return world.clock.now().isoformat(timespec="seconds")


@pytest.mark.parametrize("days", [-60, 60])
def test_where_the_clock_of_the_machine_is_off_slacks_time_is_taken_and_that_is_said(
    world: World, capsys: pytest.CaptureFixture[str], days: int
) -> None:
    world.off = timedelta(days=days)

    found = proven(world, capsys)

    assert at(world) == found["date"]
    assert "Slack" in found["clock"]
    assert "60 days" in found["clock"]
    assert not overdue(found)


def test_a_clock_that_is_right_is_taken_and_nothing_is_said_of_it(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    found = proven(world, capsys)

    assert (at(world), "") == (found["date"], found["clock"])


def test_without_slack_a_clock_that_is_behind_is_not_believed(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is stored last is later: the marks are as old as that says."""
    world.off = timedelta(days=-60)
    world.server.fail_next("auth.test", error="internal_error")

    found = proven(world, capsys)

    assert (world.clock.now() - timedelta(days=60)).isoformat() < found["date"] <= at(world)
    assert "behind" in found["clock"]
    assert "stored" in found["clock"]


def test_without_slack_the_clock_of_the_machine_is_taken_and_that_is_said(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.server.fail_next("auth.test", error="internal_error")

    found = proven(world, capsys)

    assert at(world) == found["date"]
    assert "the clock of this machine" in found["clock"]


def test_the_table_says_it_too(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.off = timedelta(days=60)
    with suppress(BotError):
        run_proof(world.config(), as_json=False)

    assert "60 days ahead of Slack's" in " ".join(capsys.readouterr().out.split())
