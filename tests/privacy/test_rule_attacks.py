"""Attacks by changing the rules while a round is open: its result, end and words stay as they were."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from bot.core.model import ChannelId
from bot.store.serialization import dumps
from tests.world import CHANNEL, World, a_world, text_of

pytestmark = pytest.mark.attack

REPLIES = 6
ANSWERS = ["5", "4", "2"]


class Seen(NamedTuple):
    """What comes of a round: its stored result, when it closes, and what the channel reads."""

    release: str
    closes_at: datetime
    summary: str


def see(folder: Path, threshold: int, change: Callable[[str], str]) -> Seen:
    """Ask, let six reply, change config.yaml between the fourth and the fifth, and close."""
    folder.mkdir()
    with a_world(folder, threshold=threshold) as world:
        world.move(minutes=1)
        people = world.everyone()[:REPLIES]
        reply(world, people[:4])
        world.stop_bot()
        path = folder / "config.yaml"
        path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
        world.start_bot()
        reply(world, people[4:])
        world.move(days=3)
        assert world.bot
        with world.bot.services.store.read("test") as tx:
            (round_,) = tx.list_channel_rounds(ChannelId(CHANNEL))
            release = tx.fetch_release(round_.id)
        posted = next(one for one in reversed(world.messages()) if one.ts == round_.summary)
        return Seen(dumps(release), round_.closes_at, f"{posted.text}\n{text_of(posted.blocks)}")


def reply(world: World, people: list[str]) -> None:
    for person in people:
        world.reply(person, answers=ANSWERS, text="I was asked before it was decided.")
        world.close_modals(person)


def policy(rules: str) -> Callable[[str], str]:
    def change(config: str) -> str:
        lines = [line for line in config.splitlines() if not line.startswith("policy:")]
        return "\n".join([*lines, f"policy: {rules}", ""])

    return change


def replaced(old: str, new: str) -> Callable[[str], str]:
    def change(config: str) -> str:
        assert old in config
        return config.replace(old, new)

    return change


def no_schedule(config: str) -> str:
    return config.partition("schedules:")[0]


CHANGES = {
    "the threshold down": policy("{threshold: 5, min_open: 24h}"),
    "the threshold up": policy("{threshold: 20, min_open: 24h}"),
    "the floors of quotes": policy("{threshold: 5, quotes: {replies: 10, allowed: 3}, min_open: 24h}"),
    "a later end": replaced("open_for: 3d", "open_for: 9d"),
    "an earlier end": replaced("open_for: 3d", "open_for: 1d"),
    "a longer minimum": policy("{threshold: 5, min_open: 3d}"),
    "groups by tenure": replaced("pack: belonging}", "pack: belonging, tenure: true}"),
    "no schedule any more": no_schedule,
}


@pytest.fixture(scope="module", params=[6, 7])
def unchanged(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[int, Seen]:
    """The threshold of a round, and what comes of it where nobody changes anything."""
    folder = tmp_path_factory.mktemp("unchanged") / "world"
    return request.param, see(folder, request.param, lambda config: config)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_change_of_the_rules_while_a_round_is_open_changes_nothing_of_it(
    unchanged: tuple[int, Seen], tmp_path: Path, change: Callable[[str], str]
) -> None:
    """Kills: judging a close by the rules of today, by which an operator could show what four of six said."""
    threshold, before = unchanged

    after = see(tmp_path / "changed", threshold, change)

    assert before == after


def test_what_the_changes_are_tried_on_hangs_on_the_threshold(unchanged: tuple[int, Seen]) -> None:
    """Or the attack could show nothing: six replies are published at six, and not at seven."""
    threshold, before = unchanged

    assert (threshold <= REPLIES) is ("Published" in before.release)
