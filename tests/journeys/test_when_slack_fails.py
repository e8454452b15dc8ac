"""Slack cuts, repeats, asks for a pause, breaks, is slow, takes the token: nothing is lost or doubled."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from bot.core.model import ChannelId, Round
from bot.demo import web_api
from bot.demo.workspace import BOT_USER_ID, Channel, demo_workspace
from tests import workspace_changes
from tests.patience import PATIENCE_S
from tests.slack_spec import CALLED
from tests.world import CHANNEL, World, a_world, in_english, stored_replies, summaries, text_of

FIVE = ["U02TOMA", "U03INGR", "U04KWAM", "U05YUKI", "U06RUTH"]
ADMIN = "U01MAYA"
NEW = "C0NEW0000"
METHODS = [method for method in CALLED if method != "apps.connections.open"]
"""Everything that a running bot calls."""

MODES = pytest.mark.parametrize("mode", ["socket", "http"])
BREAKDOWNS = pytest.mark.parametrize(
    "broken",
    [{"error": "internal_error"}, {"error": "fatal_error"}, {"status": 503}, {"status": 200}],
    ids=["internal_error", "fatal_error", "503 and no JSON", "200 and no JSON"],
)
Broken = Mapping[str, Any]


@pytest.fixture
def mode() -> str:
    """Socket Mode, where the test does not say otherwise."""
    return "socket"


@pytest.fixture
def world(tmp_path: Path, mode: str) -> Iterator[World]:
    """The demo team and a channel without the bot, a minute before the first question."""
    workspace = in_english(demo_workspace())
    workspace.channels[NEW] = Channel(id=NEW, name="new", members=[ADMIN, *FIVE])
    with a_world(tmp_path, workspace, http=mode == "http") as world:
        yield world


@pytest.fixture
def asked(world: World) -> World:
    """The same, with the first question in the channel."""
    world.move(minutes=1)
    return world


def rounds(world: World) -> list[Round]:
    assert world.bot
    with world.bot.services.store.transaction("test") as tx:
        return list(tx.list_channel_rounds(ChannelId(CHANNEL)))


def announcements(world: World) -> int:
    """How many messages have the button; it is taken off when a round closes."""
    return sum("reply.open" in str(message.blocks) for message in world.messages())


def everybody_replies(world: World) -> None:
    for user in FIVE:
        world.reply(user, answers=["4"])
        world.close_modals(user)


def fail_everything(world: World, error: str) -> None:
    for method in METHODS:
        for _ in range(100):
            world.server.fail_next(method, error=error)


def codes(caplog: pytest.LogCaptureFixture) -> set[str]:
    return {str(record.__dict__.get("code")) for record in caplog.records}


# The connection ends


@pytest.mark.parametrize("reason", ["warning", "refresh_requested", "link_disabled", None])
def test_over_a_connection_that_has_just_ended_nothing_is_lost_or_done_twice(
    asked: World, reason: str | None
) -> None:
    form = asked.open_form("U02TOMA")

    asked.server.drop_connections(reason)
    assert asked.submit("U02TOMA", form, answers=["4"])["ok"]
    asked.server.drop_connections(reason)
    asked.open_form("U03INGR")
    asked.server.drop_connections(reason)
    asked.move(minutes=1)

    assert (1, 1, 1) == (stored_replies(asked), announcements(asked), len(rounds(asked)))


# Slack says it twice


@MODES
def test_a_click_that_comes_twice_opens_one_form(asked: World) -> None:
    asked.server.redeliver_next()
    asked.open_form("U02TOMA")
    asked.stop_bot()

    assert 1 == len(asked.workspace.stack("U02TOMA"))


@MODES
def test_a_submission_that_comes_twice_is_one_reply(asked: World) -> None:
    form = asked.open_form("U02TOMA")
    asked.server.redeliver_next()
    asked.submit("U02TOMA", form, answers=["4"])

    assert "Saved" in text_of(asked.workspace.stack("U02TOMA")[-1].body["blocks"])
    assert 1 == stored_replies(asked)


@MODES
def test_a_command_that_comes_twice_asks_once(world: World) -> None:
    question = world.answer(ADMIN, "/belonging ask")
    world.server.redeliver_next()
    world.press(ADMIN, "question.ask", question)
    world.wait(lambda: announcements(world) > 0)
    world.stop_bot()

    assert 1 == announcements(world)


@MODES
def test_an_event_that_comes_twice_introduces_the_bot_once(world: World) -> None:
    world.server.redeliver_next()
    workspace_changes.join(world.server, NEW, BOT_USER_ID, ADMIN)
    world.wait(lambda: len(world.messages(NEW)) > 0)
    world.stop_bot()

    assert 1 == len(world.messages(NEW))


# Slack asks for a pause


@MODES
def test_a_pause_before_the_announcement_is_kept_and_it_comes_once(world: World) -> None:
    """And nothing else waits for it: no thread sleeps meanwhile."""
    world.server.fail_next("chat.postMessage", retry_after=90)

    world.move(minutes=1)
    world.move(minutes=1)
    assert 0 == announcements(world)
    assert world.seconds.now < 30
    world.move(minutes=1)

    assert 1 == announcements(world)


@MODES
def test_a_pause_before_a_form_is_kept_and_it_opens(asked: World) -> None:
    asked.server.fail_next("views.open", retry_after=1)
    before = asked.seconds.now

    asked.open_form("U02TOMA")

    assert asked.seconds.now - before >= 1


# Slack breaks


@MODES
@BREAKDOWNS
def test_an_announcement_that_slack_breaks_on_comes_a_minute_later(world: World, broken: Broken) -> None:
    world.server.fail_next("chat.postMessage", **broken)
    world.move(minutes=1)
    assert 0 == announcements(world)

    world.move(minutes=1)

    assert (1, 1) == (announcements(world), len(rounds(world)))


@MODES
@BREAKDOWNS
@pytest.mark.parametrize("method", ["chat.postMessage", "chat.update"])
def test_a_result_that_slack_breaks_on_comes_a_minute_later(
    asked: World, method: str, broken: Broken
) -> None:
    everybody_replies(asked)
    asked.server.fail_next(method, **broken)
    asked.move(days=3)
    assert [] == summaries(asked)

    asked.move(minutes=1)
    asked.move(minutes=1)

    assert 1 == len(summaries(asked))
    assert "5 of 14 replied" in text_of(summaries(asked)[0].blocks)


@MODES
@BREAKDOWNS
def test_a_form_that_slack_breaks_on_opens_with_the_next_click(asked: World, broken: Broken) -> None:
    asked.server.fail_next("views.open", **broken)
    assert asked.press("U02TOMA", "reply.open", asked.announcement())["ok"]
    asked.workspace.wait_for(lambda w: any(call.method == "views.open" for call in w.calls))
    assert [] == asked.workspace.stack("U02TOMA")

    asked.reply("U02TOMA", answers=["4"])

    assert 1 == stored_replies(asked)


@MODES
def test_when_slack_breaks_on_who_is_in_the_channel_the_question_comes_a_minute_later(world: World) -> None:
    world.server.fail_next("conversations.members", error="internal_error")
    world.move(minutes=1)
    assert (0, []) == (announcements(world), rounds(world))

    world.move(minutes=1)

    assert 1 == announcements(world)


# Nobody knows


@pytest.fixture
def watched(world: World) -> World:
    """The admin has changed the schedule, so that she is the one to be told."""
    world.answer(ADMIN, "/belonging pause until 25 November")
    world.answer(ADMIN, "/belonging resume")
    world.wait(lambda: len(world.messages()) == 2)
    return world


def told(world: World) -> list[str]:
    """What the admin was told by the bot alone."""
    return [note.text for note in world.messages(world.workspace.direct_message(ADMIN).id)]


def sent(world: World) -> int:
    """How often the question was sent."""
    calls = [call for call in world.workspace.calls if call.method == "chat.postMessage"]
    return sum("reply.open" in str(call.args.get("blocks")) for call in calls)


def test_a_question_in_doubt_is_sent_twice_also_across_a_restart_and_an_admin_is_told(
    watched: World,
) -> None:
    for _ in range(2):
        watched.server.fail_next("chat.postMessage", status=502)
    watched.move(minutes=1)
    watched.stop_bot()
    watched.start_bot()
    for _ in range(3):
        watched.move(minutes=1)

    (note,) = told(watched)
    assert "I sent the question to <#C02PRODUCT>, and Slack did not say whether it arrived" in note
    assert (2, 0) == (sent(watched), announcements(watched))

    question = watched.answer(ADMIN, "/belonging cancel")
    assert watched.press(ADMIN, "round.cancel", question)["ok"]
    watched.wait(lambda: any("has cancelled" in message.text for message in watched.messages()))
    watched.ask(ADMIN)
    watched.wait(lambda: announcements(watched) == 1)


def test_a_question_that_slack_refuses_for_half_a_day_is_given_up_and_an_admin_is_told(
    watched: World,
) -> None:
    for _ in range(20):
        watched.server.fail_next("chat.postMessage", error="message_limit_exceeded")
    for _ in range(14):
        watched.move(hours=1)
    watched.server.site.faults.clear()
    for _ in range(12):
        watched.move(minutes=10)

    (note,) = told(watched)
    assert "I could not post the question in <#C02PRODUCT>" in note
    assert "(`message_limit_exceeded`)" in note
    assert (0, 0) == (announcements(watched), stored_replies(watched))
    watched.move(days=6, hours=9)
    assert 1 == announcements(watched)


# Slack is slow


@contextmanager
def slowly(world: World, method: str) -> Iterator[Event]:
    """Inside, the next call of this method gets no answer; afterwards it does. The event: it was made."""
    begun, go_on = Event(), Event()

    async def held(_: object, __: float) -> bool:
        begun.set()
        await asyncio.to_thread(go_on.wait, PATIENCE_S)
        return False

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(web_api, "_hung_up", held)
        world.server.fail_next(method, delay_s=PATIENCE_S)
        try:
            yield begun
        finally:
            go_on.set()


@MODES
def test_while_one_form_takes_long_others_are_served_at_once(asked: World) -> None:
    with slowly(asked, "views.open") as begun:
        assert asked.press("U02TOMA", "reply.open", asked.announcement())["ok"]
        assert begun.wait(PATIENCE_S)
        asked.reply("U03INGR", answers=["4"])

        assert [] == asked.workspace.stack("U02TOMA")
        assert 1 == stored_replies(asked)
    asked.wait(lambda: len(asked.workspace.stack("U02TOMA")) == 1)


@MODES
def test_while_a_post_takes_long_members_are_served_at_once(asked: World) -> None:
    everybody_replies(asked)
    with slowly(asked, "chat.postMessage") as begun:
        closing = Thread(target=lambda: asked.move(days=3))
        closing.start()
        assert begun.wait(PATIENCE_S)
        assert asked.open_home("U02TOMA").body["blocks"]

        assert [] == summaries(asked)
    closing.join(PATIENCE_S)
    assert 1 == len(summaries(asked))


# The token is taken away, or a scope


@MODES
@pytest.mark.parametrize("error", ["token_revoked", "invalid_auth", "account_inactive", "token_expired"])
def test_with_a_token_that_is_worth_nothing_everything_waits_for_a_new_one(
    asked: World, error: str, caplog: pytest.LogCaptureFixture
) -> None:
    everybody_replies(asked)
    fail_everything(asked, error)
    assert asked.press("U07DIEG", "reply.open", asked.announcement())["ok"]
    assert asked.command(ADMIN, "/belonging summary")["ok"]
    asked.move(days=3)
    asked.move(days=4)
    assert (1, []) == (announcements(asked), summaries(asked))
    assert error in codes(caplog)

    asked.server.site.faults.clear()
    asked.move(minutes=1)
    asked.move(minutes=1)

    assert (1, 2) == (announcements(asked), len(rounds(asked)))
    assert 1 == len(summaries(asked))
    assert "5 of 14 replied" in text_of(summaries(asked)[0].blocks)


@MODES
def test_a_reply_for_which_slack_cannot_be_asked_stays_in_its_form_and_is_taken_later(
    asked: World, caplog: pytest.LogCaptureFixture
) -> None:
    form = asked.say_more("U02TOMA", asked.open_form("U02TOMA"), "unquoted")
    asked.move(minutes=1)  # who is in the channel is remembered for half a minute
    fail_everything(asked, "token_revoked")

    answer = asked.submit("U02TOMA", form, text="the text stays in the form")
    assert "your reply was not saved" in next(iter(answer["errors"].values()))
    assert (0, {"token_revoked"}) == (stored_replies(asked), codes(caplog) & {"token_revoked"})

    asked.server.site.faults.clear()
    assert asked.submit("U02TOMA", form, text="the text stays in the form")["ok"]
    assert 1 == stored_replies(asked)


@MODES
def test_a_result_without_the_scope_to_post_it_comes_with_the_scope(
    asked: World, caplog: pytest.LogCaptureFixture
) -> None:
    everybody_replies(asked)
    for _ in range(2):
        asked.server.fail_next("chat.postMessage", error="missing_scope")
    asked.move(days=3)
    asked.move(minutes=1)
    assert [] == summaries(asked)
    assert "missing_scope" in codes(caplog)

    asked.move(minutes=1)

    assert 1 == len(summaries(asked))
    assert "5 of 14 replied" in text_of(summaries(asked)[0].blocks)


@MODES
def test_a_question_without_the_scope_to_post_it_is_not_left_open_and_the_next_one_comes(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.server.fail_next("chat.postMessage", error="missing_scope")
    world.server.fail_next("chat.postMessage", error="missing_scope")
    world.move(minutes=1)
    assert (0, 0) == (announcements(world), stored_replies(world))
    assert "missing_scope" in codes(caplog)
    world.server.site.faults.clear()

    world.move(days=7)

    assert 1 == announcements(world)


@MODES
def test_a_click_that_needs_a_scope_which_is_gone_is_answered_with_a_reference(
    asked: World, caplog: pytest.LogCaptureFixture
) -> None:
    asked.move(minutes=11)
    asked.server.fail_next("conversations.members", error="missing_scope")

    told = asked.open_form("U02TOMA")

    assert "Reference" in text_of(told.body["blocks"])
    assert "missing_scope" in codes(caplog)
