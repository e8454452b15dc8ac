"""Flow (b): a reply, from the button to the thank-you step, and what members are told when it cannot be."""

from dataclasses import replace

import pytest

from bot.core.model import ChannelId
from bot.errors import StoreError
from tests.world import CHANNEL, World, stored_replies, text_of

SECRET = "The stand-up felt warm on Monday"


def stored(world: World) -> dict[str, object]:
    """All sealed replies, by box."""
    assert world.bot
    boxes = world.bot.services.boxes
    return {box: boxes.list_replies(box) for box in boxes.list_boxes()}


def test_the_form_asks_one_to_three_statements_first_and_then_whether_one_wants_to_say_more(
    asked: World,
) -> None:
    form = asked.open_form("U02TOMA")

    inputs = [block["block_id"] for block in form.body["blocks"] if block["type"] == "input"]
    *statements, more = inputs
    assert more == "reply.more"
    assert 1 <= len(statements) <= 3
    assert all(block_id.startswith("item:") for block_id in statements)


def test_a_reply_is_on_disk_when_the_thank_you_step_shows(asked: World) -> None:
    thanks = asked.reply("U02TOMA", text=SECRET, answers=["4", "5", "2"])

    assert "Saved, without your name" in text_of(thanks.body["blocks"])
    assert stored_replies(asked) == 1


def test_nothing_about_a_reply_is_said_in_the_channel(asked: World) -> None:
    before = len(asked.messages())

    asked.reply("U02TOMA", text=SECRET, answers=["4"])

    assert len(asked.messages()) == before
    assert asked.told("U02TOMA") == []


def test_an_empty_reply_is_sent_back_with_a_sentence_at_the_field(asked: World) -> None:
    answer = asked.submit("U02TOMA", asked.open_form("U02TOMA"))

    assert not answer["ok"]
    assert ["empty reply" in said for said in answer["errors"].values()] == [True]
    assert stored_replies(asked) == 0


def test_rather_not_say_everywhere_is_an_empty_reply(asked: World) -> None:
    answer = asked.submit("U02TOMA", asked.open_form("U02TOMA"), answers=["none", "none", "none"])

    assert not answer["ok"]


def test_a_quote_without_a_text_is_told_at_its_box(asked: World) -> None:
    answer = asked.submit("U02TOMA", asked.open_form("U02TOMA"), answers=["4"], quotable=True)

    assert ["reply.text"] == list(answer["errors"])


def test_pressing_reply_again_says_so_and_points_to_the_home_tab(asked: World) -> None:
    asked.reply("U02TOMA", answers=["4"])
    asked.close_modals("U02TOMA")

    again = asked.open_form("U02TOMA")

    assert "already replied" in text_of(again.body["blocks"])
    assert "Home" in text_of(again.body["blocks"])


def test_the_same_form_sent_twice_is_one_reply(asked: World) -> None:
    form = asked.open_form("U02TOMA")
    asked.server.redeliver_next()

    asked.submit("U02TOMA", form, answers=["4"])

    assert stored_replies(asked) == 1


def test_two_forms_of_one_person_are_one_reply(asked: World) -> None:
    asked.open_form("U02TOMA")
    asked.workspace.stacks.clear()
    second = asked.open_form("U02TOMA")
    asked.workspace.stacks.clear()
    asked.reply("U02TOMA", answers=["4"])
    asked.workspace.stacks["U02TOMA"] = [second]

    answer = asked.submit("U02TOMA", second, answers=["1"])

    assert answer["ok"]
    assert "already replied" in text_of(asked.workspace.stack("U02TOMA")[-1].body["blocks"])
    assert stored_replies(asked) == 1


def test_changing_from_the_thank_you_step_replaces_the_reply(asked: World) -> None:
    thanks = asked.reply("U02TOMA", text=SECRET, answers=["1"])

    form = asked.press_for_modal("U02TOMA", "reply.change", thanks)
    assert "encrypted" in text_of(form.body["blocks"])
    assert SECRET not in str(form.body)
    asked.submit("U02TOMA", form, answers=["5"])

    assert "Changed" in text_of(asked.workspace.stack("U02TOMA")[-1].body["blocks"])
    assert stored_replies(asked) == 1


def test_withdrawing_leaves_nothing_and_lets_the_person_reply_again(asked: World) -> None:
    thanks = asked.reply("U02TOMA", text=SECRET)

    asked.press_for_modal("U02TOMA", "reply.withdraw", thanks)
    assert stored_replies(asked) == 0
    asked.close_modals("U02TOMA")

    asked.reply("U02TOMA", answers=["3"])
    assert stored_replies(asked) == 1


def test_the_home_tab_holds_the_receipt_and_changes_from_there(asked: World) -> None:
    asked.reply("U02TOMA", answers=["1"])
    asked.close_modals("U02TOMA")

    home = asked.open_home("U02TOMA")
    form = asked.press_for_modal("U02TOMA", "reply.change", home)
    asked.submit("U02TOMA", form, answers=["5"])

    assert "Changed" in text_of(asked.workspace.stack("U02TOMA")[-1].body["blocks"])
    assert stored_replies(asked) == 1


def test_withdrawing_from_the_home_tab_takes_the_receipt_out_of_it(asked: World) -> None:
    asked.reply("U02TOMA", answers=["1"])
    asked.close_modals("U02TOMA")
    home = asked.open_home("U02TOMA")
    assert len(home.body["private_metadata"]) > 10
    published = home.hash

    asked.press_for_modal("U02TOMA", "reply.withdraw", home)
    asked.wait(lambda: asked.workspace.homes["U02TOMA"].hash != published)

    assert stored_replies(asked) == 0
    assert asked.workspace.homes["U02TOMA"].body["private_metadata"] == "{}"


def test_an_older_form_that_comes_late_changes_nothing(asked: World) -> None:
    asked.reply("U02TOMA", answers=["1"])
    asked.close_modals("U02TOMA")
    older = asked.press_for_modal("U02TOMA", "reply.change", asked.open_home("U02TOMA"))
    asked.close_modals("U02TOMA")
    asked.move(minutes=1)
    newer = asked.press_for_modal("U02TOMA", "reply.change", asked.open_home("U02TOMA"))
    assert asked.submit("U02TOMA", newer, answers=["5"])["ok"]
    there = stored(asked)

    asked.workspace.stacks["U02TOMA"] = [older]
    answer = asked.submit("U02TOMA", older, text=SECRET, answers=["2"])

    assert ["nothing was changed" in said for said in answer["errors"].values()] == [True]
    assert there == stored(asked)


def test_a_form_that_comes_after_the_reply_was_withdrawn_does_not_bring_it_back(asked: World) -> None:
    asked.reply("U02TOMA", answers=["1"])
    asked.close_modals("U02TOMA")
    home = asked.open_home("U02TOMA")
    older = asked.press_for_modal("U02TOMA", "reply.change", home)
    asked.close_modals("U02TOMA")
    asked.press_for_modal("U02TOMA", "reply.withdraw", asked.open_home("U02TOMA"))

    asked.workspace.stacks["U02TOMA"] = [older]
    answer = asked.submit("U02TOMA", older, text=SECRET, answers=["2"])

    assert ["nothing was changed" in said for said in answer["errors"].values()] == [True]
    assert stored_replies(asked) == 0


def test_the_same_form_can_be_sent_again(asked: World) -> None:
    """Its answer may have got lost on the way."""
    form = asked.open_form("U02TOMA")
    as_it_was = replace(form)
    assert asked.submit("U02TOMA", form, answers=["1"])["ok"]
    asked.workspace.stacks["U02TOMA"] = [as_it_was]

    assert asked.submit("U02TOMA", as_it_was, answers=["5"])["ok"]
    assert stored_replies(asked) == 1


def test_a_receipt_in_the_home_tab_survives_a_restart(asked: World) -> None:
    asked.reply("U02TOMA", answers=["1"])
    asked.close_modals("U02TOMA")
    asked.open_home("U02TOMA")
    asked.stop_bot()
    asked.start_bot()

    home = asked.open_home("U02TOMA")
    asked.press_for_modal("U02TOMA", "reply.withdraw", home)

    assert stored_replies(asked) == 0


def test_a_receipt_lost_in_a_restart_is_said_in_the_home_tab(asked: World) -> None:
    asked.reply("U02TOMA", answers=["1"])
    asked.stop_bot()
    asked.start_bot()

    home = asked.open_home("U02TOMA")

    assert "can no longer be changed" in text_of(home.body["blocks"])


def test_a_guest_is_told_why_they_are_not_asked(asked: World) -> None:
    asked.member("tomas").is_restricted = True
    asked.move(minutes=11)

    notice = asked.open_form("U02TOMA")

    assert "members of the channel" in text_of(notice.body["blocks"])


def test_after_closing_a_form_that_was_open_is_refused(asked: World) -> None:
    form = asked.open_form("U02TOMA")
    asked.move(days=3)

    asked.submit("U02TOMA", form, answers=["4"])

    assert "takes no more replies" in text_of(asked.workspace.stack("U02TOMA")[-1].body["blocks"])


def test_when_the_disk_fails_the_text_stays_in_the_form(
    asked: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert asked.bot
    form = asked.open_form("U02TOMA")

    def full(*_: object) -> None:
        raise StoreError("The disk is full.")

    monkeypatch.setattr(asked.bot.services.boxes, "submit", full)
    answer = asked.submit("U02TOMA", form, text=SECRET)

    assert not answer["ok"]
    (said,) = answer["errors"].values()
    assert "your reply was not saved" in said
    assert SECRET not in said
    assert SECRET == asked.workspace.stack("U02TOMA")[-1].state["reply.text"]["text"]["value"]


def test_the_preview_shows_the_quote_without_names_and_keeps_the_form(asked: World) -> None:
    form = asked.say_more("U02TOMA", asked.open_form("U02TOMA"), "quoted")
    typed = {
        "reply.text": {
            "text": {"type": "plain_text_input", "value": "Ingrid Solberg made time for me on day one"}
        }
    }
    block = next(b for b in form.body["blocks"] if b["block_id"] == "reply.preview")
    before = form.hash

    asked.server.act(
        "U02TOMA",
        type="block_action",
        container={"type": "view", "view_id": form.id},
        block_id=block["block_id"],
        action_id="quote.preview",
        state=typed,
    )
    asked.wait(lambda: asked.workspace.stack("U02TOMA")[-1].hash != before)

    shown = asked.workspace.stack("U02TOMA")[-1]
    assert "made time for me on day one" in text_of(shown.body["blocks"])
    assert "Ingrid" not in text_of(shown.body["blocks"])
    assert "Ingrid" not in shown.body["private_metadata"]
    asked.submit("U02TOMA", shown, text="Ingrid Solberg made time for me on day one")
    assert stored_replies(asked) == 1


def test_how_this_stays_anonymous_shows_the_rules_of_this_round(asked: World) -> None:
    modal = asked.press_for_modal("U02TOMA", "privacy.open", asked.announcement())

    assert "Nothing at all is shown under 5 replies" in text_of(modal.body["blocks"])


def test_that_a_key_is_lost_is_said_until_slack_takes_it(asked: World) -> None:
    form = asked.open_form("U02TOMA")
    (key,) = (asked.data_dir / "keys").glob("*.token")
    key.unlink()
    said = "the key or the replies of this question were lost or damaged"
    asked.server.fail_next("chat.postMessage", error="message_limit_exceeded")

    asked.submit("U02TOMA", form, answers=["4"])
    asked.wait(lambda: "chat.postMessage" in [call.method for call in asked.workspace.calls[-2:]])
    asked.move(minutes=1)
    asked.move(minutes=5)

    assert 1 == sum(said in message.text for message in asked.messages())


def test_a_lost_key_ends_the_round_and_is_said_in_the_channel(asked: World) -> None:
    assert asked.bot
    form = asked.open_form("U02TOMA")
    (key,) = (asked.data_dir / "keys").glob("*.token")
    key.unlink()

    asked.submit("U02TOMA", form, answers=["4"])

    assert "lost or damaged" in text_of(asked.workspace.stack("U02TOMA")[-1].body["blocks"])
    said = "the key or the replies of this question were lost or damaged"
    asked.wait(lambda: said in asked.messages()[-1].text)
    with asked.bot.services.store.transaction("test") as tx:
        (round_,) = tx.list_channel_rounds(ChannelId(CHANNEL))
    assert round_.state == "key_lost"
    assert list((asked.data_dir / "ballots").glob("*.db")) == []
