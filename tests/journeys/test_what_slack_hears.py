"""The calls of a whole life, held against Slack's own descriptions: arguments, scopes, and nothing beyond."""

import json
from pathlib import Path

import pytest

from bot.core.model import ChannelId, MemberId
from bot.demo.people import Member
from bot.demo.workspace import BOT_USER_ID, Channel, make_workspace
from tests import workspace_changes
from tests.slack_spec import ABSENT, CALLED, SPEC, described, misuses
from tests.world import CHANNEL, ROOT, World, a_world, channel_of, team_of

pytestmark = pytest.mark.skipif(not SPEC.is_dir(), reason=ABSENT)

MANIFEST = json.loads((ROOT / "manifest.json").read_text(encoding="utf-8"))
SCOPES = set(MANIFEST["oauth_config"]["scopes"]["bot"])
NO_CALL = {"commands"}
"""Scopes that a feature needs, and no method: ``commands`` is for the slash command."""


NEW = "C0NEW0000"
"""A channel to which the bot is invited meanwhile."""


def live(world: World, team: list[Member]) -> None:
    """Join, ask, reply, change, withdraw, look, close, share: everything the bot does in a channel."""
    assert world.bot
    workspace_changes.join(world.server, NEW, BOT_USER_ID, inviter=team[0].id)
    world.wait(lambda: bool(world.told(team[0].id, NEW)))
    world.move(minutes=1)
    for member in team[:6]:
        thanks = world.reply(member.id, text="It was warm here", answers=["4"], quotable=True)
        world.close_modals(member.id)
    thanks = world.reply(team[6].id, answers=["2"])
    world.press_for_modal(team[6].id, "reply.withdraw", thanks)
    world.close_modals(team[6].id)
    world.press_for_modal(team[0].id, "privacy.open", world.announcement())
    world.close_modals(team[0].id)
    world.open_home(team[0].id)
    world.answer(team[0].id, "/belonging privacy")
    world.move(days=3)
    world.answer(team[0].id, "/belonging summary")
    before = len(world.messages())
    world.press(team[0].id, "summary.share", world.told(team[0].id)[-1])
    world.wait(lambda: len(world.messages()) == before + 1)
    services = world.bot.services
    services.directory.channel(ChannelId(CHANNEL))
    world.move(minutes=1)  # what was known of everybody is too old to decide by
    services.directory.is_admin(MemberId(team[0].id))


@pytest.fixture(scope="module", params=[False, True], ids=["public", "private"])
def lived(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> World:
    """A world after a whole life, in a public and in a private channel."""
    team = team_of(8)
    channel: Channel = channel_of(team)
    new = Channel(id=NEW, name="new", members=[team[0].id])
    channel.private = new.private = request.param
    folder: Path = tmp_path_factory.mktemp("life")
    with a_world(folder, make_workspace(team, [channel, new])) as world:
        live(world, team)
    return world


def test_every_call_is_as_slack_describes_it(lived: World) -> None:
    assert misuses(lived.workspace.calls) == []


def test_every_method_the_bot_has_is_called_in_such_a_life(lived: World) -> None:
    assert {call.method for call in lived.workspace.calls} == set(CALLED)


def test_every_call_is_covered_by_a_scope_of_the_manifest(lived: World) -> None:
    for method in {call.method for call in lived.workspace.calls}:
        scopes = set((described(method).get("scope") or {}).get("bot", ()))
        assert not scopes or scopes & SCOPES, method


def test_every_scope_of_the_manifest_is_needed_by_a_call(lived: World) -> None:
    needed = {
        scope
        for call in lived.workspace.calls
        for scope in (described(call.method).get("scope") or {}).get("bot", ())
    }

    assert needed | NO_CALL >= SCOPES


def test_nothing_is_ever_read_from_a_channel(lived: World) -> None:
    assert not any("history" in scope for scope in SCOPES)
    assert not any(call.method.endswith((".history", ".replies")) for call in lived.workspace.calls)


def test_nobody_gets_a_direct_message(lived: World) -> None:
    """Direct messages are exported, with names and times: they would be a record of who has replied."""
    spoken = [call for call in lived.workspace.calls if call.method.startswith("chat.")]

    assert {call.args["channel"] for call in spoken} == {CHANNEL, NEW}
