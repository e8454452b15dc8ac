"""A channel is archived, renamed, made private, left, deleted: an admin hears it once; nothing is lost."""

import json
import re

import pytest

from bot.core.model import ChannelId, RoundState
from bot.demo.workspace import BOT_USER_ID, Message
from tests import workspace_changes
from tests.world import CHANNEL, ROOT, World, text_of

ADMIN = "U01MAYA"
OTHER = "C03RANDOM"


@pytest.fixture
def kept(world: World) -> World:
    """A world in which the admin has changed the schedule, so that she is the one to be told."""
    world.answer(ADMIN, "/belonging pause until 25 November")
    world.answer(ADMIN, "/belonging resume")
    world.wait(lambda: len(world.messages()) == 2)
    return world


def notes(world: World) -> list[Message]:
    """What the admin was told by the bot alone, oldest first."""
    return world.messages(world.workspace.direct_message(ADMIN).id)


def told(world: World, part: str) -> None:
    """Wait until the admin has been told this."""
    world.wait(lambda: any(part in note.text for note in notes(world)))


def states(world: World) -> list[RoundState]:
    assert world.bot
    with world.bot.services.store.transaction("test") as tx:
        return [round_.state for round_ in tx.list_channel_rounds(ChannelId(CHANNEL))]


def test_the_bot_introduces_itself_when_it_is_invited_and_never_again(world: World) -> None:
    workspace_changes.join(world.server, OTHER, BOT_USER_ID, inviter=ADMIN)
    world.wait(lambda: len(world.messages(OTHER)) == 1)

    workspace_changes.leave(world.server, OTHER, BOT_USER_ID)
    workspace_changes.join(world.server, OTHER, BOT_USER_ID, inviter=ADMIN)
    world.server.redeliver_next()
    world.answer(ADMIN, "/belonging resume")

    (hello,) = world.messages(OTHER)
    assert "Hello, this is Belonging Bot." in text_of(hello.blocks)
    assert "schedule.open" in json.dumps(hello.blocks)


def test_whoever_invites_the_bot_is_offered_a_schedule_once(world: World) -> None:
    workspace_changes.join(world.server, OTHER, BOT_USER_ID, inviter=ADMIN)
    world.wait(lambda: bool(world.told(ADMIN, OTHER)))
    world.server.redeliver_next()
    workspace_changes.leave(world.server, OTHER, BOT_USER_ID)
    workspace_changes.join(world.server, OTHER, BOT_USER_ID, inviter=ADMIN)
    world.stop_bot()
    world.start_bot()
    world.answer(ADMIN, "/belonging resume")

    (offer,) = world.told(ADMIN, OTHER)
    form = world.press_for_modal(ADMIN, "schedule.first", offer)

    assert form.body["callback_id"] == "schedule.save"
    assert OTHER in json.dumps(form.body["blocks"])
    assert [] == world.told("U02TOMA", OTHER)


def test_what_the_bot_tells_people_to_type_works_in_the_demo(world: World) -> None:
    """Slack's own ``/invite``, and the commands of the manifest."""
    blocks = (ROOT / "bot" / "slack").rglob("*.py")
    told_to_type = {
        one
        for path in blocks
        for one in re.findall(r"`?(/[a-z]+) @?[a-z]+", path.read_text(encoding="utf-8"))
    }
    assert told_to_type == {"/belonging", "/invite"}

    assert world.command(ADMIN, "/invite @belonging", OTHER)["ok"]

    world.wait(lambda: bool(world.told(ADMIN, OTHER)))
    assert not world.command(ADMIN, "/invite @belonging", OTHER)["ok"]
    assert not world.command(ADMIN, "/invite @nobody", OTHER)["ok"]
    alone = world.workspace.direct_message(ADMIN).id
    assert not world.command(ADMIN, "/invite @belonging", alone)["ok"]


def test_whoever_may_set_no_schedule_is_told_whom_to_ask(world: World) -> None:
    workspace_changes.join(world.server, OTHER, BOT_USER_ID, inviter="U02TOMA")
    world.wait(lambda: bool(world.told("U02TOMA", OTHER)))

    (told_,) = world.told("U02TOMA", OTHER)
    assert "ask an admin or owner of this workspace" in told_.text
    assert "schedule.first" not in json.dumps(told_.blocks)


def test_a_guest_who_invites_the_bot_and_a_bot_without_inviter_are_told_nothing(world: World) -> None:
    workspace_changes.change_member(world.server, "U02TOMA", is_restricted=True)
    workspace_changes.join(world.server, OTHER, BOT_USER_ID, inviter="U02TOMA")
    workspace_changes.join(world.server, "C01GENERAL", BOT_USER_ID)
    world.wait(lambda: len(world.messages(OTHER)) == 1)
    world.answer(ADMIN, "/belonging resume")

    assert [] == world.told("U02TOMA", OTHER)


def test_where_a_schedule_is_set_already_nothing_is_offered(world: World) -> None:
    workspace_changes.leave(world.server, CHANNEL, BOT_USER_ID)
    workspace_changes.join(world.server, CHANNEL, BOT_USER_ID, inviter=ADMIN)
    world.wait(lambda: any("Hello, this is Belonging Bot" in text_of(m.blocks) for m in world.messages()))
    world.answer(ADMIN, "/belonging help", "C03RANDOM")

    assert [] == world.told(ADMIN)


def test_when_somebody_else_joins_nothing_is_said(world: World) -> None:
    world.workspace.channels[CHANNEL].members.remove("U14ALEK")
    workspace_changes.join(world.server, CHANNEL, "U14ALEK")
    world.answer(ADMIN, "/belonging resume")

    assert [] == world.messages()


def test_an_archived_channel_rests_and_an_admin_is_told_once(kept: World) -> None:
    kept.move(minutes=1)
    workspace_changes.archive(kept.server, CHANNEL, ADMIN)
    told(kept, "#product-team was archived")

    kept.move(days=3)
    kept.move(days=4)
    kept.move(days=7)

    assert 1 == len(notes(kept))
    assert [RoundState.CLOSED] == states(kept)


def test_a_summary_that_waited_comes_when_the_channel_is_back(kept: World) -> None:
    kept.move(minutes=1)
    before = len(kept.messages())
    workspace_changes.archive(kept.server, CHANNEL, ADMIN)
    told(kept, "was archived")
    kept.move(days=3)
    assert before == len(kept.messages())

    workspace_changes.unarchive(kept.server, CHANNEL, ADMIN)
    told(kept, "I can speak in")
    kept.wait(lambda: len(kept.messages()) > before)

    assert "Fewer than 5 people replied" in text_of(kept.messages()[-1].blocks)
    assert 2 == len(notes(kept))


def test_a_bot_that_was_taken_out_says_how_to_bring_it_back(kept: World) -> None:
    workspace_changes.leave(kept.server, CHANNEL, BOT_USER_ID)
    told(kept, "/invite @belonging")
    kept.move(days=1)
    assert [] == states(kept)

    workspace_changes.join(kept.server, CHANNEL, BOT_USER_ID)
    told(kept, "I can speak in")
    kept.move(days=6, minutes=1)

    assert [RoundState.OPEN] == states(kept)


def test_a_renamed_channel_goes_on_and_an_admin_is_told(kept: World) -> None:
    workspace_changes.rename(kept.server, CHANNEL, "harbour-team")

    told(kept, f"#product-team is now <#{CHANNEL}>")
    kept.move(minutes=1)
    assert [RoundState.OPEN] == states(kept)


def test_a_channel_made_private_is_seen_by_the_daily_look(kept: World) -> None:
    kept.workspace.channels[CHANNEL].private = True

    kept.move(hours=1)
    assert [] == notes(kept)
    kept.move(days=1)

    told(kept, f"<#{CHANNEL}> is now private")


def test_a_deleted_channel_ends_quietly_for_all_but_the_admin(kept: World) -> None:
    kept.move(minutes=1)
    workspace_changes.delete(kept.server, CHANNEL)
    told(kept, "I am no longer in #product-team")

    kept.move(days=3)
    kept.move(days=1)

    assert [RoundState.CLOSED] == states(kept)
    assert 1 == len(notes(kept))


def test_of_a_channel_without_a_schedule_nobody_is_told(kept: World) -> None:
    workspace_changes.join(kept.server, OTHER, BOT_USER_ID)
    kept.wait(lambda: len(kept.messages(OTHER)) == 1)
    workspace_changes.rename(kept.server, OTHER, "bread-and-boats")
    workspace_changes.archive(kept.server, OTHER, ADMIN)
    kept.answer(ADMIN, "/belonging resume")

    assert [] == notes(kept)


def test_of_a_channel_that_does_not_matter_nothing_is_stored_or_asked(world: World) -> None:
    workspace_changes.rename(world.server, "C01GENERAL", "all-of-us")
    world.answer(ADMIN, "/belonging resume")

    assert world.bot
    with world.bot.services.store.transaction("test") as tx:
        assert tx.fetch_channel(ChannelId("C01GENERAL")) is None
    asked = [
        call.args.get("channel") for call in world.workspace.calls if call.method == "conversations.info"
    ]
    assert "C01GENERAL" not in asked


def test_nobody_can_answer_the_bot_in_its_own_messages(kept: World) -> None:
    workspace_changes.rename(kept.server, CHANNEL, "harbour-team")
    told(kept, "is now")

    answer = kept.server.act(
        ADMIN, type="message", channel=kept.workspace.direct_message(ADMIN).id, text="Thanks"
    )

    assert not answer["ok"]
    assert "turned off" in answer["error"]


def test_nobody_but_the_admin_hears_of_it(kept: World) -> None:
    workspace_changes.rename(kept.server, CHANNEL, "harbour-team")
    told(kept, "is now")

    spoken = [call for call in kept.workspace.calls if call.method == "chat.postMessage"]
    assert {CHANNEL, ADMIN} == {call.args["channel"] for call in spoken}


def test_a_private_channel_is_heard_of_by_its_own_events(kept: World) -> None:
    kept.workspace.channels[CHANNEL].private = True
    workspace_changes.rename(kept.server, CHANNEL, "harbour-team")
    told(kept, "is now private")
    workspace_changes.archive(kept.server, CHANNEL, ADMIN)
    told(kept, "#harbour-team was archived")
    workspace_changes.unarchive(kept.server, CHANNEL, ADMIN)
    told(kept, "I can speak in")
    workspace_changes.leave(kept.server, CHANNEL, BOT_USER_ID)
    told(kept, "I am no longer in a private channel")  # who is in it can no longer be known

    assert 5 == len(notes(kept)), "the renaming was told, too"
