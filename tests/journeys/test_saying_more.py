"""*Say more?* in the reply form: the text box comes after *Yes*, and nothing that was filled in is lost."""

import asyncio
from threading import Event
from typing import Any

import pytest

from bot.demo.views import replace
from bot.demo.workspace import View
from bot.slack.transport.latest_preview import Previews
from tests.world import Json, World, chosen, filled_in, has_block, stored_replies, summaries, text_of

TOMAS = "U02TOMA"
WORDS = "Somebody asked me what I would change"


def said(world: World, user: str = TOMAS) -> str:
    return text_of(world.workspace.stack(user)[-1].body["blocks"])


def typed(text: str) -> Json:
    return {"reply.text": {"text": {"type": "plain_text_input", "value": text}}}


def choose(world: World, view: View, choice: str) -> None:
    """Choose this under *Say more?*, and do not wait for what comes of it."""
    block = next(block for block in view.body["blocks"] if block.get("block_id") == "reply.more")
    world.server.act(
        TOMAS,
        type="block_action",
        container={"type": "view", "view_id": view.id},
        block_id="reply.more",
        action_id="reply.more",
        value=chosen(block, choice),
    )


def test_before_yes_there_is_no_box_no_preview_and_no_tags(asked: World) -> None:
    form = asked.open_form(TOMAS)

    assert not any(has_block(form, block) for block in ("reply.text", "reply.preview", "reply.tags"))


def test_after_yes_who_will_see_it_and_when_stands_above_the_box(asked: World) -> None:
    form = asked.say_more(TOMAS, asked.open_form(TOMAS), "quoted")

    ids = [block.get("block_id", "") for block in form.body["blocks"]]
    above = form.body["blocks"][ids.index("reply.text") - 1]
    assert "Everyone in this channel may read what you write" in text_of([above])
    assert "<!date^" in text_of([above])
    assert ids.index("reply.text") < ids.index("reply.preview")


def test_what_is_not_to_be_quoted_has_no_preview_and_is_said_to_be_read_by_nobody(asked: World) -> None:
    form = asked.say_more(TOMAS, asked.open_form(TOMAS), "unquoted")

    assert "Nobody reads what you write" in said(asked)
    assert has_block(form, "reply.text")
    assert not has_block(form, "reply.preview")


def test_everything_that_was_filled_in_stays_when_the_form_is_drawn_anew(asked: World) -> None:
    form = asked.open_form(TOMAS)
    answers = filled_in(form, answers=["4", "2", "5"])

    form = asked.say_more(TOMAS, form, "quoted", answers)
    form = asked.say_more(TOMAS, form, "unquoted", typed(WORDS))
    form = asked.say_more(TOMAS, form, "quoted")

    assert answers == {block: form.state[block] for block in answers}
    assert typed(WORDS)["reply.text"] == form.state["reply.text"]
    assert WORDS not in str(form.body)


def test_the_last_of_quick_clicks_decides_how_the_form_is_drawn(asked: World) -> None:
    form = asked.open_form(TOMAS)

    for choice in ("quoted", "no", "quoted", "no", "unquoted"):
        choose(asked, form, choice)

    asked.wait(lambda: "Nobody reads what you write" in said(asked))
    asked.open_home(TOMAS)
    assert "Nobody reads what you write" in said(asked)


def test_a_form_that_is_sent_before_it_is_drawn_anew_stays_sent(asked: World) -> None:
    form = asked.open_form(TOMAS)
    choose(asked, form, "unquoted")

    assert asked.server.act(TOMAS, type="view_submit", view_id=form.id, state=filled_in(form, answers=["4"]))[
        "ok"
    ]

    asked.open_home(TOMAS)
    assert "Saved, without your name" in said(asked)
    assert stored_replies(asked) == 1


def test_a_drawing_that_comes_after_the_reply_was_saved_is_not_shown(
    asked: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    released, done, show = Event(), Event(), Previews.show

    async def late(*arguments: Any) -> None:
        await asyncio.to_thread(released.wait, 5)
        await show(*arguments)
        done.set()

    monkeypatch.setattr(Previews, "show", late)
    form = asked.open_form(TOMAS)
    choose(asked, form, "unquoted")
    state = filled_in(form, answers=["4"])
    assert asked.server.act(TOMAS, type="view_submit", view_id=form.id, state=state)["ok"]

    released.set()

    assert done.wait(5)
    assert "Saved, without your name" in said(asked)


def test_where_the_new_drawing_is_lost_send_brings_it_and_stores_nothing(asked: World) -> None:
    form = asked.open_form(TOMAS)
    asked.server.fail_next("views.update", error="fatal_error")
    choose(asked, form, "quoted")

    answer = asked.server.act(TOMAS, type="view_submit", view_id=form.id, state={})

    assert "nothing to quote yet" in answer["errors"]["reply.more"]
    asked.wait(lambda: has_block(asked.workspace.stack(TOMAS)[-1], "reply.text"))
    assert stored_replies(asked) == 0


def test_a_text_after_which_no_is_chosen_stays_in_the_form_and_is_said_not_to_be_sent(asked: World) -> None:
    form = asked.say_more(TOMAS, asked.open_form(TOMAS), "quoted")

    form = asked.say_more(TOMAS, form, "no", typed(WORDS))

    assert "is not sent" in said(asked)
    assert typed(WORDS)["reply.text"] == form.state["reply.text"]
    form = asked.say_more(TOMAS, form, "no", typed(""))
    assert not has_block(form, "reply.text")


def test_of_texts_after_which_no_was_chosen_none_is_quoted(asked: World) -> None:
    for number, user in enumerate(asked.everyone()[1:13]):
        form = asked.say_more(user, asked.open_form(user), "quoted")
        if number % 2:
            form = asked.say_more(user, form, "no", typed(f"{WORDS} {number}"))
            state = filled_in(form, answers=["4"])
        else:
            state = filled_in(form, text=f"We were all heard, {number}", answers=["4"], quotable=True)
        answer = asked.server.act(user, type="view_submit", view_id=form.id, state=state)
        assert answer["ok"], answer
    asked.move(days=3)

    shown = asked.press_for_modal(TOMAS, "summary.open", summaries(asked)[-1])
    read = text_of(shown.body["blocks"])
    assert 6 == read.count("We were all heard")
    assert WORDS not in read


def test_nothing_is_stored_or_logged_of_a_form_that_is_drawn_anew_and_left(asked: World, caplog: Any) -> None:
    before = {path: path.read_bytes() for path in asked.data_dir.rglob("*") if path.is_file()}

    form = asked.say_more(TOMAS, asked.open_form(TOMAS), "quoted")
    asked.say_more(TOMAS, form, "no", typed(WORDS))
    asked.say_more(TOMAS, form, "unquoted")
    asked.close_modals(TOMAS)

    assert before == {path: path.read_bytes() for path in asked.data_dir.rglob("*") if path.is_file()}
    assert WORDS not in caplog.text


def test_a_change_from_the_thank_you_step_can_say_more_too(asked: World) -> None:
    thanks = asked.reply(TOMAS, text=WORDS, answers=["4"])
    asked.move(minutes=1)

    form = asked.press_for_modal(TOMAS, "reply.change", thanks)
    assert not has_block(form, "reply.text")
    form = asked.say_more(TOMAS, form, "quoted")

    assert has_block(form, "reply.text")
    assert "Change my reply" in str(form.body["title"])
    assert "What you send now takes its place" in said(asked)
    assert asked.submit(TOMAS, form, text=WORDS, quotable=True)["ok"]
    assert "Changed" in said(asked)


def test_keep_my_receipt_leads_to_the_home_tab_where_the_receipt_is_then(asked: World) -> None:
    thanks = asked.reply(TOMAS, answers=["4"])
    (keep,) = [
        element
        for block in thanks.body["blocks"]
        for element in block.get("elements", [])
        if element.get("action_id") == "reply.keep"
    ]
    site = asked.server.site
    assert keep["url"] == f"slack://app?team={asked.workspace.team_id}&id={site.app.id}&tab=home"
    assert asked.press(TOMAS, "reply.keep", thanks)["ok"]

    home = asked.open_home(TOMAS)

    asked.press_for_modal(TOMAS, "reply.withdraw", home)
    assert stored_replies(asked) == 0


def old_form(form: View) -> list[Json]:
    """The fields of this form as they were before *Say more?*: the text first, radio buttons, a tick."""
    items = [block for block in form.body["blocks"] if block.get("block_id", "").startswith("item:")]
    text = {"type": "plain_text_input", "action_id": "text", "multiline": True, "max_length": 2000}
    yes = {"text": {"type": "plain_text", "text": "My text may be quoted"}, "value": "yes"}
    tick = {"type": "checkboxes", "action_id": "allow", "options": [yes]}
    preview = {"type": "plain_text", "text": "Preview the quote"}
    button = {"type": "button", "action_id": "quote.preview", "text": preview}
    fields: list[Json] = [
        field("reply.text", "What happened?", text),
        field("reply.quote", "May we quote it?", tick),
        {
            "type": "section",
            "block_id": "reply.preview",
            "text": {"type": "mrkdwn", "text": "Names are taken out."},
            "accessory": button,
        },
    ]
    for item in items:
        options = [*item["element"]["options"][1:], item["element"]["options"][0]]
        radios = {"type": "radio_buttons", "action_id": "answer", "options": options}
        fields.append(field(item["block_id"], item["label"]["text"], radios))
    return fields


def field(block_id: str, label: str, element: Json) -> Json:
    return {
        "type": "input",
        "block_id": block_id,
        "label": {"type": "plain_text", "text": label},
        "element": element,
        "optional": True,
    }


def test_a_form_that_was_open_before_an_upgrade_can_still_be_previewed_and_sent(asked: World) -> None:
    form = asked.open_form(TOMAS)
    replace(asked.server.site, form, {**form.body, "blocks": old_form(form)})
    state = filled_in(form, text=f"Ingrid Solberg was there. {WORDS}", answers=["4", "none"], quotable=True)
    before = form.hash
    asked.server.act(
        TOMAS,
        type="block_action",
        container={"type": "view", "view_id": form.id},
        block_id="reply.preview",
        action_id="quote.preview",
        state=state,
    )
    asked.wait(lambda: form.hash != before)
    assert "This is how it would read" in said(asked)
    assert "Ingrid" not in said(asked)

    answer = asked.server.act(TOMAS, type="view_submit", view_id=form.id, state=state)

    assert answer["ok"], answer
    assert stored_replies(asked) == 1
