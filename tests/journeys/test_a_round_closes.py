"""Flow (c) and (e): a round closes, the channel gets its summary, and nothing else is left."""

import json
from datetime import timedelta

from bot.core.model import ChannelId, RoundState
from tests.world import CHANNEL, World, text_of

FIVE = ["U02TOMA", "U03INGR", "U04KWAM", "U05YUKI", "U06RUTH"]


def answer_as(world: World, people: list[str], text: str = "") -> None:
    for number, user in enumerate(people):
        world.reply(user, text=text, answers=["5", "4", "2"] if number else ["4", "4", "5"])
        world.close_modals(user)


def test_five_replies_make_a_summary(asked: World) -> None:
    answer_as(asked, FIVE)

    asked.move(days=3)

    summary = asked.messages()[-1]
    assert "5 of 14 replied, without names" in text_of(summary.blocks)
    assert f"*🌱 {summary.text}*" == summary.blocks[0]["text"]["text"]


def test_four_replies_show_nothing_and_read_like_none(asked: World) -> None:
    answer_as(asked, FIVE[:4])
    asked.move(days=3)
    four = asked.messages()[-1]

    asked.move(days=4)
    asked.move(days=3)
    none = asked.messages()[-1]

    assert "Fewer than 5 people replied" in text_of(four.blocks)
    assert "replied, without names" not in text_of(four.blocks)
    withheld = [b for b in four.blocks if "Fewer than" in json.dumps(b)]
    assert [block["text"] for block in withheld] == [
        block["text"] for block in none.blocks if "Fewer than" in json.dumps(block)
    ]


def keys_of(world: World) -> set[str]:
    """The rounds that have keys; the key of those who were asked stays for some weeks."""
    return {path.stem for path in (world.data_dir / "keys").glob("*")} - {"audience"}


def test_after_the_close_ballots_and_keys_are_gone_and_the_button_too(asked: World) -> None:
    answer_as(asked, FIVE)
    announcement = asked.announcement()
    before = keys_of(asked)

    asked.move(days=3)

    # What is there now is the box for proposals, which is a round of its own.
    ballots = {path.stem for path in (asked.data_dir / "ballots").glob("*")}
    keys = keys_of(asked)
    assert before
    assert not before & (ballots | keys)
    assert ballots == keys
    assert len(keys) == 1
    assert "reply.open" not in json.dumps(announcement.blocks)
    assert "This question is closed" in text_of(announcement.blocks)


def test_after_the_close_the_reminder_no_longer_says_that_the_question_is_open(asked: World) -> None:
    asked.move(days=2)
    reminder = asked.messages()[-1]
    assert "Still open until" in text_of(reminder.blocks)
    assert "reply.open" in json.dumps(reminder.blocks)

    asked.move(days=1)

    assert reminder in asked.messages()
    assert "Still open" not in reminder.text + text_of(reminder.blocks)
    assert "reply.open" not in json.dumps(reminder.blocks)
    assert "This question is closed" in text_of(reminder.blocks)


def test_a_deleted_reminder_does_not_hold_the_summary_up(asked: World) -> None:
    answer_as(asked, FIVE)
    asked.move(days=2)
    asked.workspace.messages[CHANNEL].remove(asked.messages()[-1])

    asked.move(days=1)

    assert "5 of 14 replied, without names" in text_of(asked.messages()[-1].blocks)
    assert "reply.open" not in json.dumps([message.blocks for message in asked.messages()])


def test_a_summary_that_slack_would_not_take_is_posted_later_and_once(asked: World) -> None:
    answer_as(asked, FIVE)
    asked.server.fail_next("chat.postMessage", error="internal_error")
    asked.move(days=3)
    before = len(asked.messages())

    asked.move(minutes=1)
    asked.move(minutes=1)

    assert len(asked.messages()) == before + 1
    assert "5 of 14 replied, without names" in text_of(asked.messages()[-1].blocks)


def test_quotes_and_numbers_open_from_the_message_for_members_and_nobody_else(asked: World) -> None:
    answer_as(asked, FIVE, text="We talk about plans before they are made.")
    asked.move(days=3)
    summary = asked.messages()[-1]

    opened = [asked.press_for_modal(user, "summary.open", summary).body for user in ("U02TOMA", "U07DIEG")]
    here = asked.workspace.channels[CHANNEL]
    here.members = [user for user in here.members if user != "U07DIEG"]
    asked.close_modals("U07DIEG")
    asked.move(minutes=2)
    left = asked.press_for_modal("U07DIEG", "summary.open", summary).body

    assert ["Quotes and numbers"] * 2 == [view["title"]["text"] for view in opened]
    assert all(summary.text in text_of(view["blocks"]) for view in opened)
    assert text_of(opened[0]["blocks"]) == text_of(opened[1]["blocks"])
    assert summary.text not in text_of(left["blocks"])
    assert "channel" in text_of(left["blocks"])


def test_the_summary_command_shows_the_same_numbers_to_whoever_asks(asked: World) -> None:
    answer_as(asked, FIVE)
    asked.move(days=3)
    posted = text_of([block for block in asked.messages()[-1].blocks if block["type"] != "actions"])

    asked.answer("U07DIEG", "/belonging summary")
    asked.answer("U01MAYA", "/belonging summary")

    (first,), (admin,) = asked.told("U07DIEG"), asked.told("U01MAYA")
    assert text_of(first.blocks) == text_of(admin.blocks)
    assert posted == text_of([block for block in first.blocks if block["type"] != "actions"])


def test_while_a_round_is_open_the_summary_says_when_and_nothing_else(asked: World) -> None:
    asked.answer("U07DIEG", "/belonging summary")
    empty = asked.told("U07DIEG")[-1]
    answer_as(asked, FIVE)

    asked.answer("U07DIEG", "/belonging summary")

    assert text_of(asked.told("U07DIEG")[-1].blocks) == text_of(empty.blocks)


def test_sharing_brings_the_stored_summary_back_into_the_channel(asked: World) -> None:
    answer_as(asked, FIVE)
    asked.move(days=3)
    asked.answer("U07DIEG", "/belonging summary")
    before = len(asked.messages())

    asked.press("U07DIEG", "summary.share", asked.told("U07DIEG")[-1])
    asked.wait(lambda: len(asked.messages()) == before + 1)

    assert "shared this summary" in text_of(asked.messages()[-1].blocks)


def test_a_crash_in_the_middle_of_the_close_is_carried_on(asked: World) -> None:
    assert asked.bot
    answer_as(asked, FIVE)
    asked.stop_bot()
    asked.clock.advance(timedelta(days=3))

    asked.start_bot().run_due()

    assert asked.bot
    with asked.bot.services.store.transaction("test") as tx:
        (round_,) = tx.list_channel_rounds(ChannelId(CHANNEL))
    assert round_.state is RoundState.CLOSED
    assert "5 of 14 replied, without names" in text_of(asked.messages()[-1].blocks)


def test_the_next_prompt_of_the_cycle_is_another_one(asked: World) -> None:
    first = text_of(asked.announcement().blocks)
    asked.move(days=3)

    asked.move(days=4)

    assert text_of(asked.announcement().blocks) != first


def test_no_receipt_outlives_its_round_in_memory(asked: World) -> None:
    """A receipt says which reply was whose; nobody opened the Home tab to take it along.

    Which of its forms was sent last is forgotten, too: it grew with every reply.
    """
    asked.reply("U02TOMA", text="what only I know", answers=["4"])
    assert asked.bot
    kept = (asked.bot.cell.receipts, asked.bot.cell.newest)
    assert all(one.rounds() for one in kept)

    asked.move(days=3)

    assert [frozenset()] * 2 == [one.rounds() for one in kept]
