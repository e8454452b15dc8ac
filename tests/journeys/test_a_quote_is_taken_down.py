"""Taking a published quote down: anyone asks, an admin decides, everybody sees that it was done."""

import json

import pytest

from bot.demo.workspace import Message, View
from tests.world import World, text_of

SAID = (
    "The coffee corner is where I learn what is going on",
    "Zebras are welcome in our meetings these days",
    "New people are asked for their view before the old hands speak",
)
TEN = 10


@pytest.fixture
def quoted(asked: World) -> World:
    """A closed round with three quotes in its summary."""
    for number, user in enumerate(asked.everyone()[:TEN]):
        text = SAID[number] if number < len(SAID) else ""
        asked.reply(user, text=text, answers=["4", "4", "2"], quotable=bool(text))
        asked.close_modals(user)
    asked.move(days=3)
    return asked


def summary(world: World) -> Message:
    return world.messages()[-1]


def choose(world: World, user: str, word: str) -> View:
    """Press *Take a quote down*, choose the quote with this word and submit; returns what is shown then."""
    form = world.press_for_modal(user, "quote.ask", summary(world))
    block = next(block for block in form.body["blocks"] if block["type"] == "input")
    option = next(one for one in block["element"]["options"] if word in one["text"]["text"])
    state = {block["block_id"]: {"quote": {"type": "radio_buttons", "selected_option": option}}}
    assert world.server.act(user, type="view_submit", view_id=form.id, state=state)["ok"]
    return world.workspace.stack(user)[-1]


def all_quotes(world: World, user: str) -> str:
    """What *Quotes and numbers* shows."""
    shown = text_of(world.press_for_modal(user, "summary.open", summary(world)).body["blocks"])
    world.close_modals(user)
    return shown


def on_disk(world: World, word: str) -> bool:
    return any(word.encode() in path.read_bytes() for path in world.data_dir.rglob("*") if path.is_file())


def test_the_quotes_stand_in_the_summary_in_no_order_of_theirs(quoted: World) -> None:
    message, everything = summary(quoted), all_quotes(quoted, "U02TOMA")

    assert 1 == sum(text in text_of(message.blocks) for text in SAID)
    assert "and two more quotes" in text_of(message.blocks)
    assert all(text in everything for text in SAID)


def test_a_member_asks_and_is_told_what_happens_and_the_quote_stays_until_then(quoted: World) -> None:
    shown = choose(quoted, "U02TOMA", "Zebras")

    assert "without your name" in text_of(shown.body["blocks"])
    quoted.close_modals("U02TOMA")
    assert "Zebras" in all_quotes(quoted, "U02TOMA")


def test_who_asked_is_written_nowhere(quoted: World) -> None:
    choose(quoted, "U02TOMA", "Zebras")

    assert not on_disk(quoted, "U02TOMA")


def test_an_admin_finds_the_request_and_takes_the_quote_down_everywhere(quoted: World) -> None:
    choose(quoted, "U02TOMA", "Zebras")
    quoted.close_modals("U02TOMA")
    before = summary(quoted)
    home = quoted.open_home("U01MAYA")
    assert "Zebras" in text_of(home.body["blocks"])

    quoted.press_for_modal("U01MAYA", "quote.remove", home)
    quoted.wait(lambda: "A quote was removed on 27 November 2026" in text_of(before.blocks))

    assert "Zebras" not in text_of(before.blocks)
    assert "10 of 14 replied, without names" in text_of(before.blocks)
    everything = all_quotes(quoted, "U02TOMA")
    assert "Zebras" not in everything
    assert SAID[0] in everything
    quoted.answer("U05YUKI", "/belonging summary")
    assert "Zebras" not in text_of(quoted.told("U05YUKI")[-1].blocks)
    assert quoted.bot
    quoted.bot.run_due()
    assert not on_disk(quoted, "Zebras")


def test_an_admin_in_the_summary_takes_it_down_at_once(quoted: World) -> None:
    message = summary(quoted)

    choose(quoted, "U01MAYA", "Zebras")

    quoted.wait(lambda: "A quote was removed" in text_of(message.blocks))
    quoted.close_modals("U01MAYA")
    assert "Zebras" not in all_quotes(quoted, "U01MAYA")


def test_an_admin_can_let_it_stand(quoted: World) -> None:
    choose(quoted, "U02TOMA", "Zebras")
    home = quoted.open_home("U01MAYA")
    published = home.hash

    quoted.close_modals("U02TOMA")
    quoted.press_for_modal("U01MAYA", "quote.keep", home)
    quoted.wait(lambda: quoted.workspace.homes["U01MAYA"].hash != published)

    assert "Zebras" in all_quotes(quoted, "U02TOMA")
    assert "Quotes to decide on" not in text_of(quoted.workspace.homes["U01MAYA"].body["blocks"])


def test_a_member_sees_no_requests(quoted: World) -> None:
    choose(quoted, "U02TOMA", "Zebras")

    home = quoted.open_home("U03INGR")

    assert "Quotes to decide on" not in text_of(home.body["blocks"])


def test_a_summary_that_slack_did_not_change_is_changed_at_the_next_wake_up(quoted: World) -> None:
    message = summary(quoted)
    quoted.server.fail_next("chat.update", error="internal_error")
    choose(quoted, "U01MAYA", "Zebras")
    assert quoted.bot

    quoted.bot.run_due()
    quoted.bot.run_due()

    assert "Zebras" not in json.dumps(message.blocks)


def test_without_enough_who_allow_it_there_are_no_quotes(asked: World) -> None:
    for number, user in enumerate(asked.everyone()[:TEN]):
        asked.reply(user, text=SAID[number % 3], answers=["4"], quotable=number < 2)
        asked.close_modals(user)
    asked.move(days=3)

    assert not any(text in text_of(summary(asked).blocks) for text in SAID)
