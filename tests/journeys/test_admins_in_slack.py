"""What admins do in Slack around schedules, and what everybody else sees of it."""

import json
import re
from dataclasses import replace
from datetime import time

import pytest

from bot.core.model import ChannelId, RoundState, ScheduleId
from bot.core.schedule import Schedule, Source
from bot.demo.workspace import Channel, Message, View
from bot.slack.schedule import commands as orders
from bot.slack.transport import workers as work
from tests import workspace_changes
from tests.world import CHANNEL, World, text_of

ADMIN, MEMBER = "U01MAYA", "U02TOMA"
EMPTY = "C03RANDOM"
"""A channel that the bot is not in, and that has no schedule."""

CHANGING = ("schedule.new", "schedule.edit", "schedule.pause", "schedule.ask", "schedule.delete")


def schedules(world: World, channel: str = CHANNEL) -> tuple[Schedule, ...]:
    """The schedules of a channel, as they are stored."""
    assert world.bot
    with world.bot.services.store.transaction("test") as tx:
        return tx.list_channel_schedules(ChannelId(channel))


def states(world: World) -> list[RoundState]:
    """The states of the channel's rounds, oldest first."""
    assert world.bot
    with world.bot.services.store.transaction("test") as tx:
        return [round_.state for round_ in tx.list_channel_rounds(ChannelId(CHANNEL))]


def said(where: Message | View) -> str:
    """Every text of a message or a view."""
    return text_of(where.blocks if isinstance(where, Message) else where.body["blocks"])


def changed(world: World, part: str) -> None:
    """Wait until the channel reads a line with this in it."""
    world.wait(lambda: any(part in message.text for message in world.messages()))


def test_everybody_sees_when_questions_come_and_only_admins_see_buttons(world: World) -> None:
    mine = world.command_for_modal(ADMIN, "/belonging schedule")
    theirs = world.command_for_modal(MEMBER, "/belonging schedule")

    for view in (mine, theirs):
        assert "Every week on Tuesday at 10:00 (Europe/Berlin)" in said(view)
        assert ["24 November", "1 December", "8 December"] == re.findall(
            r"Tuesday (\d+ \w+), 10:00", said(view)
        )
        assert "From config.yaml" in said(view)
    assert '"button"' not in json.dumps(theirs.body["blocks"])
    assert "ask an admin or owner of this workspace" in said(theirs)
    assert "schedule.pause" in json.dumps(mine.body["blocks"])
    assert "schedule.delete" not in json.dumps(mine.body["blocks"]), "it stands in config.yaml"


def test_more_than_twenty_schedules_are_shown_page_by_page(world: World) -> None:
    assert world.bot
    (first,) = schedules(world)
    with world.bot.services.store.transaction("test") as tx:
        for number in range(44):
            tx.put_schedule(
                replace(first, id=ScheduleId(f"t{number:011}"), source=Source.SLACK, at=time(number % 24))
            )
    view = world.command_for_modal(ADMIN, "/belonging schedule")
    assert "1 to 20 of 45" in said(view)

    for turn, part in (
        ("next", "21 to 40 of 45"),
        ("next", "41 to 45 of 45"),
        ("previous", "21 to 40 of 45"),
    ):
        world.press(ADMIN, f"schedule.{turn}", view)
        world.wait(lambda part=part: part in said(view))  # type: ignore[misc]
    pauses = re.findall(r"schedule:(\w+)", json.dumps(view.body["blocks"]))
    world.press_in(ADMIN, "schedule.pause", view, f"schedule:{pauses[0]}")
    world.wait(lambda: "Paused" in said(view))

    assert "21 to 40 of 45" in said(view), "a change stays on its page"
    assert 20 == len(set(pauses))


def test_the_home_tab_opens_all_schedules_page_by_page(world: World) -> None:
    assert world.bot
    (first,) = schedules(world)
    with world.bot.services.store.transaction("test") as tx:
        for number in range(30):
            tx.put_schedule(replace(first, id=ScheduleId(f"t{number:011}"), source=Source.SLACK))
    home = world.open_home(ADMIN)

    view = world.press_for_modal(ADMIN, "schedules.open", home)
    assert "1 to 20 of 31" in said(view)
    world.press(ADMIN, "schedules.next", view)
    world.wait(lambda: "21 to 31 of 31" in said(view))
    world.press(ADMIN, "schedule.open", view)
    world.wait(lambda: "schedule.new" in json.dumps(view.body["blocks"]))


def test_the_admins_named_in_the_configuration_are_those_to_ask(world: World) -> None:
    config = world.folder / "config.yaml"
    config.write_text(f"{config.read_text()}admins: [U05YUKI]\n", encoding="utf-8")
    world.stop_bot()
    world.start_bot()

    answer = world.answer(MEMBER, "/belonging pause")

    assert "<@U05YUKI> or an admin or owner of this workspace" in said(answer)
    assert "Paused" in said(world.answer("U05YUKI", "/belonging pause"))


@pytest.mark.parametrize("word", ["ask", "pause", "pause until 5 January", "resume", "cancel"])
def test_who_may_not_is_told_whom_to_ask_and_nothing_happens(asked: World, word: str) -> None:
    before = schedules(asked), states(asked), len(asked.messages())

    answer = asked.answer(MEMBER, f"/belonging {word}")

    assert "Only admins change when questions come here" in said(answer)
    assert "schedule" in said(answer)
    assert before == (schedules(asked), states(asked), len(asked.messages()))


def test_pausing_in_the_list_is_told_in_the_channel_in_one_line_and_shown_at_once(world: World) -> None:
    shown = world.command_for_modal(ADMIN, "/belonging schedule")

    after = world.press_for_modal(ADMIN, "schedule.pause", shown)

    assert "Paused, until an admin resumes it." in said(after)
    assert f"<@{ADMIN}> paused: every week" in said(after)
    changed(world, f"<@{ADMIN}> paused the questions here")
    assert 1 == len(world.messages())
    world.move(days=7)
    assert [] == states(world)


def test_what_is_paused_goes_on_with_the_next_fire_time(world: World) -> None:
    shown = world.press_for_modal(
        ADMIN, "schedule.pause", world.command_for_modal(ADMIN, "/belonging schedule")
    )
    world.move(days=1)

    after = world.press_for_modal(ADMIN, "schedule.unpause", shown)

    assert "Tuesday 1 December, 10:00" in said(after)
    changed(world, "let the questions here go on")
    world.move(days=6, minutes=1)
    assert [RoundState.OPEN] == states(world)


def test_pausing_until_a_day_says_when_the_next_question_comes(world: World) -> None:
    answer = world.answer(ADMIN, "/belonging pause until 3 December")

    assert "Paused until 3 December 2026" in said(answer)
    assert "Tuesday 8 December, 10:00" in said(answer)
    changed(world, "paused the questions here until 3 December 2026")
    world.move(days=8)
    assert [] == states(world)
    world.move(days=6, minutes=1)
    assert [RoundState.OPEN] == states(world)


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("pause until yesterday", "I cannot read “yesterday” as a day"),
        ("pause until 31 February", "I cannot read “31 february” as a day"),
        ("pause until 2026-11-24", "A pause ends on a later day than today"),
        ("pause until 5 January 2020", "A pause ends on a later day than today"),
        ("pause until 2099-01-05", "I cannot read “2099-01-05” as a day"),
        ("pause until <!everyone>", "I cannot read “&lt;!everyone&gt;” as a day"),
    ],
)
def test_a_day_that_is_none_or_lies_back_gets_one_sentence(world: World, word: str, sentence: str) -> None:
    answer = world.answer(ADMIN, f"/belonging {word}")

    assert sentence in said(answer)
    assert not schedules(world)[0].paused


def test_resuming_what_is_not_paused_says_so(world: World) -> None:
    answer = world.answer(ADMIN, "/belonging resume")

    assert "Nothing is paused here. The next one comes" in said(answer)
    assert [] == world.messages()


def test_resuming_a_paused_channel_says_when_the_next_question_comes(world: World) -> None:
    world.answer(ADMIN, "/belonging pause")

    answer = world.answer(ADMIN, "/belonging resume")

    assert "The questions go on. The next one comes" in said(answer)
    assert "Tuesday 24 November, 10:00" in said(answer)


@pytest.mark.parametrize("word", ["pause", "resume"])
def test_where_there_is_no_schedule_there_is_none_to_change(world: World, word: str) -> None:
    assert "There is no schedule in this channel" in said(world.answer(ADMIN, f"/belonging {word}", EMPTY))


def test_asking_now_opens_a_round_without_waiting_for_the_time(world: World) -> None:
    answer = world.ask_now(ADMIN)

    assert "The question is in the channel. It is open until" in said(answer)
    assert [RoundState.OPEN] == states(world)
    assert "reply.open" in json.dumps(world.messages()[-1].blocks)


def test_before_asking_it_says_how_many_are_asked_and_nothing_of_the_question(world: World) -> None:
    answer = world.answer(ADMIN, "/belonging ask")

    assert "It goes to 14 people, without names." in said(answer)
    assert "Ask 14 people" in json.dumps(answer.blocks)
    assert [] == states(world)
    assert [] == world.messages()


def test_an_old_button_that_asks_opens_no_second_round(world: World) -> None:
    old, new = (world.answer(ADMIN, "/belonging ask") for _ in range(2))
    world.press(ADMIN, "question.ask", new)
    world.wait(lambda: "The question is in the channel" in said(new))

    world.press(ADMIN, "question.ask", old)
    world.wait(lambda: "still open here" in said(old))

    assert [RoundState.OPEN] == states(world)


def test_nobody_but_an_admin_asks_with_the_button(world: World) -> None:
    question = world.answer(ADMIN, "/belonging ask")
    world.member("maya").is_admin = False
    world.move(minutes=11)
    before = states(world)
    world.press(ADMIN, "question.ask", question)
    world.wait(lambda: "Only admins change" in said(question))

    assert before == states(world)


@pytest.mark.parametrize("typed", ["", "?", "help", "  HELP ", "opt out", "export"])
def test_every_way_to_ask_for_help_gives_help(world: World, typed: str) -> None:
    answer = world.answer(MEMBER, f"/belonging {typed}").text

    assert "Belonging Bot asks this channel a question now and then" in answer


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [("sumary", "summary"), ("schedul", "schedule"), ("summary cycel", "summary cycle"), ("norm", "norms")],
)
def test_an_unknown_word_is_answered_with_the_nearest_command(world: World, typed: str, nearest: str) -> None:
    answer = world.answer(MEMBER, f"/belonging {typed}").text

    assert f"Did you mean `/belonging {nearest}`?" in answer
    assert "\n" not in answer


def test_asking_now_from_the_list_says_in_the_list_what_became_of_it(world: World) -> None:
    shown = world.command_for_modal(ADMIN, "/belonging schedule")

    after = world.press_for_modal(ADMIN, "schedule.ask", shown)

    assert "The question is in the channel." in said(after)
    assert "A question is open until" in said(after)
    assert [RoundState.OPEN] == states(world)


def test_a_second_round_is_refused_with_the_closing_time_of_the_first(asked: World) -> None:
    answer = asked.answer(ADMIN, "/belonging ask")

    assert "A question is still open here, until [" not in said(answer)
    assert "Friday 27 November, 10:00" in said(answer)
    assert [RoundState.OPEN] == states(asked)


def test_asking_where_the_bot_is_not_says_how_to_invite_it(world: World) -> None:
    assert "/invite @belonging" in said(world.answer(ADMIN, "/belonging ask", EMPTY))


def test_while_slack_is_away_nothing_is_asked_and_the_admin_hears_it(world: World) -> None:
    assert world.bot
    world.server.fail_next("conversations.info", error="internal_error")

    answer = world.answer(ADMIN, "/belonging ask")

    assert "Slack did not answer just now" in said(answer)
    assert [] == states(world)


def test_a_question_that_slack_did_not_take_comes_with_the_next_wake_up(world: World) -> None:
    world.server.fail_next("chat.postMessage", error="internal_error")

    answer = world.ask_now(ADMIN)

    assert "It comes in a minute or so" in said(answer)
    world.wait(lambda: len(world.messages()) == 1)


def test_a_channel_in_which_the_bot_may_not_post_gets_no_round(world: World) -> None:
    world.server.fail_next("chat.postMessage", error="restricted_action_read_only_channel")

    answer = world.ask_now(ADMIN)

    assert "Slack does not let me post here" in said(answer)
    assert [RoundState.CANCELLED] == states(world)


def test_cancelling_asks_first_and_then_destroys_everything(asked: World) -> None:
    asked.reply(MEMBER, text="It was warm here")
    asked.close_modals(MEMBER)
    question = asked.answer(ADMIN, "/belonging cancel")
    assert '"confirm"' in json.dumps(question.blocks)
    assert [RoundState.OPEN] == states(asked)

    asked.press(ADMIN, "round.cancel", question)
    asked.wait(lambda: "The question is cancelled" in said(question))

    changed(asked, "An admin has cancelled this question")
    asked.wait(lambda: "reply.open" not in json.dumps(asked.messages()[0].blocks))
    assert [RoundState.CANCELLED] == states(asked)
    assert [] == [path.name for path in (asked.data_dir / "keys").rglob("*") if path.is_file()]


def test_an_old_button_never_cancels_another_round(asked: World) -> None:
    old = asked.answer(ADMIN, "/belonging cancel")
    asked.move(days=3)
    asked.move(days=4)
    assert [RoundState.CLOSED, RoundState.OPEN] == states(asked)

    asked.press(ADMIN, "round.cancel", old)
    asked.wait(lambda: "closed or cancelled already" in said(old))

    assert [RoundState.CLOSED, RoundState.OPEN] == states(asked)


def test_where_no_round_is_open_there_is_nothing_to_cancel(world: World) -> None:
    assert "nothing to cancel" in said(world.answer(ADMIN, "/belonging cancel"))


def test_a_new_admin_is_known_within_ten_minutes_and_an_old_one_no_more(world: World) -> None:
    world.answer(ADMIN, "/belonging resume")
    world.member("maya").is_admin = False
    world.move(minutes=11)

    assert "Only admins change" in said(world.answer(ADMIN, "/belonging resume"))


def test_the_introduction_opens_the_list_and_the_promise(world: World) -> None:
    assert world.bot
    workspace_changes.join(world.server, EMPTY, "U0BELONG", inviter=ADMIN)
    world.wait(lambda: len(world.messages(EMPTY)) == 1)
    (hello,) = world.messages(EMPTY)

    promise = world.press_for_modal(MEMBER, "promise.open", hello)
    assert "What we cannot prevent" in said(promise)
    assert "These are the rules for the next question here." in said(promise)
    shown = world.press_for_modal(ADMIN, "schedule.open", hello)
    assert f"No questions are scheduled for <#{EMPTY}>." in said(shown)
    assert "schedule.new" in json.dumps(shown.body["blocks"])
    refused = world.press_for_modal("U03INGR", "schedule.open", hello)
    assert not any(action in json.dumps(refused.body["blocks"]) for action in CHANGING)


def test_the_list_of_a_channel_without_the_bot_says_how_to_let_it_in(world: World) -> None:
    shown = world.command_for_modal(ADMIN, "/belonging schedule", EMPTY)

    assert "I cannot speak in this channel" in said(shown)


def test_an_ask_in_two_places_at_once_opens_one_round(world: World) -> None:
    questions = [world.answer(ADMIN, "/belonging ask") for _ in range(2)]
    for question in questions:
        world.press(ADMIN, "question.ask", question)
    world.wait(lambda: all("question.ask" not in json.dumps(one.blocks) for one in questions))

    assert [RoundState.OPEN] == states(world)
    assert 1 == len(world.messages())


def test_an_admin_reaches_the_schedules_of_a_channel_from_the_home_tab(world: World) -> None:
    home = world.open_home(ADMIN)

    shown = world.press_for_modal(ADMIN, "schedule.open", home)

    assert f"*When questions come to <#{CHANNEL}>*" in said(shown)
    assert "schedule.open" not in json.dumps(world.open_home(MEMBER).body["blocks"])


def test_a_schedule_set_in_slack_can_be_deleted_and_its_round_goes_on(world: World) -> None:
    form = world.press_for_modal(ADMIN, "schedule.new", world.command_for_modal(ADMIN, "/belonging schedule"))
    assert world.server.act(ADMIN, type="view_submit", view_id=form.id, state={})["ok"]
    changed(world, f"<@{ADMIN}> set a schedule for questions here")
    world.close_modals(ADMIN)
    own = next(one for one in schedules(world) if one.source is Source.SLACK)
    shown = world.command_for_modal(ADMIN, "/belonging schedule")
    world.press_in(ADMIN, "schedule.ask", shown, f"schedule:{own.id}")
    world.wait(lambda: "The question is in the channel." in said(world.workspace.stack(ADMIN)[-1]))

    world.press_in(ADMIN, "schedule.delete", world.workspace.stack(ADMIN)[-1], f"schedule:{own.id}")

    changed(world, f"<@{ADMIN}> ended the schedule for questions here")
    assert [Source.CONFIG] == [one.source for one in schedules(world)]
    assert [RoundState.OPEN] == states(world)


@pytest.mark.parametrize("word", ["pause", "edit", "show", "delete", "ask"])
def test_a_button_of_a_list_that_has_grown_old_says_so(world: World, word: str) -> None:
    form = world.press_for_modal(ADMIN, "schedule.new", world.command_for_modal(ADMIN, "/belonging schedule"))
    assert world.server.act(ADMIN, type="view_submit", view_id=form.id, state={})["ok"]
    world.close_modals(ADMIN)
    own = next(one for one in schedules(world) if one.source is Source.SLACK)
    shown = world.command_for_modal(ADMIN, "/belonging schedule")
    assert world.bot
    with world.bot.services.store.transaction("elsewhere") as tx:
        tx.delete_schedule(own.id)

    world.press_in(ADMIN, f"schedule.{word}", shown, f"schedule:{own.id}")

    world.wait(lambda: "This schedule is gone" in said(world.workspace.stack(ADMIN)[-1]))
    assert "schedule.edit" not in json.dumps(world.workspace.stack(ADMIN)[-1].body["blocks"])


@pytest.mark.parametrize("word", ["pause", "new", "show", "ask"])
def test_who_is_an_admin_no_more_reads_whom_to_ask_at_every_button(world: World, word: str) -> None:
    shown = world.command_for_modal(ADMIN, "/belonging schedule")
    world.member("maya").is_admin = False
    world.move(minutes=11)
    before = len(world.messages()), states(world)

    world.press(ADMIN, f"schedule.{word}", shown)

    world.wait(lambda: "Only admins change" in said(world.workspace.stack(ADMIN)[-1]))
    assert before == (len(world.messages()), states(world))


def test_a_slow_slack_does_not_keep_a_command_waiting(world: World) -> None:
    """Slack takes longer to say who somebody is than a command may wait."""
    for _ in range(2):
        world.server.fail_next("users.info", delay_s=3.5)

    answer = world.answer(MEMBER, "/belonging pause")

    assert "Only admins change" in said(answer)


def test_a_failure_that_nobody_foresaw_is_told_with_a_reference(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise LookupError("It was warm here")

    monkeypatch.setattr(orders, "open_round_of", broken)

    answer = world.answer(ADMIN, "/belonging cancel")

    assert re.search(r"nothing was changed. Please try again. \(Reference [0-9a-f]{6}\)", said(answer))
    assert "warm" not in said(answer)


ABOUT_A_CHANNEL = (
    "ask",
    "summary",
    "summary cycle",
    "trend",
    "norms",
    "propose",
    "schedule",
    "pause",
    "cancel",
)


@pytest.mark.parametrize("words", [*ABOUT_A_CHANNEL, "pause until 5 January", "resume"])
@pytest.mark.parametrize("kind", ["direct", "group"])
def test_in_a_direct_or_group_message_it_says_where_to_type(world: World, kind: str, words: str) -> None:
    talk = world.workspace.direct_message(ADMIN)
    if kind == "group":
        name = "mpdm-maya--tomas--ingrid-1"
        people = [ADMIN, MEMBER, "U03INGR"]
        talk = Channel(id="C0GROUP000", name=name, private=True, group=True, members=people)
        world.workspace.add_channel(talk)

    answer = said(world.answer(ADMIN, f"/belonging {words}", talk.id))

    assert f"`/belonging {words.split(maxsplit=1)[0]}` works in channels" in answer
    assert "invite" not in answer


@pytest.mark.parametrize("words", ["privacy", "help"])
def test_what_is_about_no_channel_is_answered_in_a_direct_message_too(world: World, words: str) -> None:
    talk = world.workspace.direct_message(MEMBER)

    assert "works in channels" not in said(world.answer(MEMBER, f"/belonging {words}", talk.id))


@pytest.mark.parametrize("words", ["ask", "pause", "summary", "norms", "propose"])
def test_in_a_private_channel_without_the_bot_it_says_how_to_let_it_in(world: World, words: str) -> None:
    world.workspace.add_channel(Channel(id="C0HIDDEN00", name="hidden", private=True, members=[ADMIN]))

    assert "/invite @belonging" in said(world.answer(ADMIN, f"/belonging {words}", "C0HIDDEN00"))
    shown = world.command_for_modal(ADMIN, "/belonging schedule", "C0HIDDEN00")
    assert "/invite @belonging" in said(shown)


def test_an_admin_of_more_channels_than_a_verb_can_ask_about_still_gets_a_home_tab(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "MOST_RUNS", 1)

    home = world.open_home("U01MAYA")

    assert home.body["blocks"]
