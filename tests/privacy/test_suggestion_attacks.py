"""A suggestion comes in, and nobody can see that one did: else whoever looks often has a live counter.

Mutants killed here: a box that says how many wait in it (``Ledger``, the Home tab, ``/belonging norms`` or
``propose``); proposals that are published as soon as the third one comes; a line of log for each of them.
"""

import json
import logging
import re
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from bot.demo.workspace import Message, View, make_workspace
from tests.world import CHANNEL, World, a_world, channel_of, team_of

pytestmark = pytest.mark.attack

TEAM = [member.id for member in team_of(8)]
ADMIN, WATCHER = TEAM[0], TEAM[1]
SUGGESTIONS = {
    TEAM[4]: "On Wednesdays we leave the morning free of meetings",
    TEAM[5]: "After each meeting, one of us writes down what we decided",
    TEAM[6]: "When we decide something, whoever is newest speaks first",
    TEAM[7]: "We begin each week with what went well in the last one",
}
COMMANDS = ("summary", "summary cycle", "trend", "norms", "privacy", "help")
CHANGES_EACH_TIME = re.compile(
    r'"(id|root_view_id|previous_view_id|hash|ts|block_id)": "[^"]*"|[0-9a-f]{32}'  # the last is a receipt
)


def constant(shown: Message | View) -> str:
    """All that is shown and sent with it, without what is drawn anew each time."""
    body = shown.body if isinstance(shown, View) else {"text": shown.text, "blocks": shown.blocks}
    return CHANGES_EACH_TIME.sub("", json.dumps(body, ensure_ascii=False))


def everything_seen(world: World, user: str) -> dict[str, str]:
    """Every surface of the bot that this member can look at, by name."""
    seen = {text: constant(world.answer(user, f"/belonging {text}")) for text in COMMANDS}
    for text in ("schedule", "propose"):
        seen[text] = constant(world.command_for_modal(user, f"/belonging {text}"))
        world.close_modals(user)
    seen["home"] = constant(world.open_home(user))
    summary = next(one for one in reversed(world.messages()) if "proposal.open" in json.dumps(one.blocks))
    seen["suggest"] = constant(world.press_for_modal(user, "proposal.open", summary))
    world.close_modals(user)
    seen["channel"] = "\n".join(map(constant, world.messages()))
    return seen


def database(world: World) -> list[str]:
    """All that lies in belonging.db: what reports, exports and every command read."""
    with closing(sqlite3.connect(world.data_dir / "belonging.db")) as connection:
        return list(connection.iterdump())


@pytest.fixture(params=["in the box", "in the round that collects"])
def gathering(request: pytest.FixtureRequest, tmp_path: Path) -> World:  # type: ignore[misc]
    """Eight people after a summary: their box is open; or the round that took it over."""
    team = team_of(len(TEAM))
    team[0].is_admin = True
    with a_world(tmp_path, make_workspace(team, [channel_of(team)])) as world:
        world.move(minutes=1)
        reply_all(world)
        if request.param == "in the round that collects":
            until_collecting(world)
        yield world  # type: ignore[misc]


def reply_all(world: World) -> None:
    for user in TEAM:
        world.reply(user, answers=["4", "5", "2"], text="Somebody asked me")
        world.close_modals(user)
    world.move(days=3)


def until_collecting(world: World) -> None:
    for _ in range(12):
        world.move(days=4)
        if "For proposals" in json.dumps(world.messages()[-1].blocks):
            return
        reply_all(world)
    raise AssertionError("proposals were never asked for")


def test_nothing_that_anybody_sees_changes_when_a_suggestion_comes_in(
    gathering: World, caplog: pytest.LogCaptureFixture
) -> None:
    before = {user: everything_seen(gathering, user) for user in (WATCHER, ADMIN)}
    stored = database(gathering)
    assert {*COMMANDS, "schedule", "propose", "home", "suggest", "channel"} == set(before[WATCHER])

    with caplog.at_level(logging.INFO):
        caplog.clear()
        for user, text in SUGGESTIONS.items():
            form = gathering.command_for_modal(user, "/belonging propose")
            assert gathering.submit(user, form, text=text)["ok"]
            gathering.close_modals(user)
            gathering.server.advance(timedelta(0))  # whatever is due is done

            assert before == {one: everything_seen(gathering, one) for one in (WATCHER, ADMIN)}
            assert stored == database(gathering)
        logged = [record.getMessage() for record in caplog.records if record.name.startswith("bot.")]

    assert [] == logged


def test_a_suggestion_that_is_withdrawn_leaves_as_little_to_see(gathering: World) -> None:
    user, text = next(iter(SUGGESTIONS.items()))
    before, stored = everything_seen(gathering, WATCHER), database(gathering)
    form = gathering.command_for_modal(user, "/belonging propose")
    assert gathering.submit(user, form, text=text)["ok"]

    gathering.press_for_modal(user, "reply.withdraw", gathering.workspace.stack(user)[-1])

    assert before == everything_seen(gathering, WATCHER)
    assert stored == database(gathering)


def test_suggestions_are_shown_at_the_end_of_the_round_and_not_before(tmp_path: Path) -> None:
    """Four lie in the box; days go by, and only the close of the next round brings them out."""
    team = team_of(len(TEAM))
    with a_world(tmp_path, make_workspace(team, [channel_of(team)])) as world:
        world.move(minutes=1)
        reply_all(world)
        for user, text in SUGGESTIONS.items():
            assert world.submit(user, world.command_for_modal(user, "/belonging propose"), text=text)["ok"]
            world.close_modals(user)
        world.move(days=4)
        world.move(days=2, hours=23)
        assert not [text for text in SUGGESTIONS.values() if text in shown_in(world)]

        world.move(hours=1)

        assert [*SUGGESTIONS.values()] == [text for text in SUGGESTIONS.values() if text in shown_in(world)]


def shown_in(world: World) -> str:
    return "\n".join(
        json.dumps([one.text, one.blocks], ensure_ascii=False) for one in world.messages(CHANNEL)
    )
