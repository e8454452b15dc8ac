"""A member replies in the language to which they have set Slack, and a form never holds two."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.core.language import Languages
from bot.core.model import ChannelId, Round, RoundKind
from bot.demo.workspace import View
from bot.service.preview import preview_round
from bot.slack.directory.lookup import SlackDirectory
from tests.languages import GERMAN, JAPANESE, translated
from tests.world import CHANNEL, Json, World, a_world, filled_in, has_block, stored_replies, text_of

ADMIN, TOMAS, INGRID, YUKI = "U01MAYA", "U02TOMA", "U03INGR", "U05YUKI"
WORDS = "Somebody asked me what I would change"
MARK = re.compile(r"\W*(de|ja): ")


@pytest.fixture
def speaks(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """To which locale people have set Slack; a test may change it."""
    locales = {TOMAS: "de-DE", YUKI: "ja-JP"}
    monkeypatch.setattr(SlackDirectory, "locale", lambda _, member: locales.get(member, "en-GB"))
    monkeypatch.setattr("bot.app.bot.shipped_languages", lambda: Languages([GERMAN, JAPANESE]))
    return locales


@pytest.fixture
def asked(tmp_path: Path, speaks: dict[str, str]) -> Iterator[World]:
    """The demo team with a question that is there in German, and not in Japanese."""
    assert speaks
    with a_world(tmp_path) as world:
        world.move(minutes=1)
        change(world, lambda round_: replace(round_, prompt=translated(round_.prompt, "de")))
        yield world


def change(world: World, changed: Callable[[Round], Round]) -> None:
    """Change the stored round."""
    assert world.bot
    with world.bot.services.store.transaction("test") as tx:
        tx.update_round(changed(tx.list_channel_rounds(ChannelId(CHANNEL))[-1]))


def languages_in(view: View, blocks: Sequence[Json] = ()) -> set[str]:
    """The languages of the lines of a view, or of some blocks of it, by their marks."""
    body = view.body
    around = [{"text": body[key]} for key in ("title", "submit", "close") if key in body]
    words = text_of(blocks or [*body["blocks"], *around])
    lines = [line for line in words.splitlines() if re.search("[a-z]", line)]
    return {found[1] if (found := MARK.match(line)) else "en" for line in lines}


def shown(world: World, user: str) -> View:
    return world.workspace.stack(user)[-1]


def test_each_reads_the_form_in_their_own_language(asked: World) -> None:
    assert {"de"} == languages_in(asked.open_form(TOMAS))
    assert {"en"} == languages_in(asked.open_form(INGRID))


def test_a_form_whose_question_is_not_in_ones_language_is_in_that_of_the_channel_as_a_whole(
    asked: World,
) -> None:
    change(asked, lambda round_: replace(round_, language="de"))

    assert {"de"} == languages_in(asked.open_form(YUKI))


def test_and_else_in_english(asked: World) -> None:
    assert {"en"} == languages_in(asked.open_form(YUKI))


def test_nobody_else_sees_the_form_of_somebody_who_pressed_before(asked: World) -> None:
    for user, language in ((TOMAS, "de"), (INGRID, "en"), (TOMAS, "de")):
        assert {language} == languages_in(asked.open_form(user))
        asked.close_modals(user)


def test_the_form_is_drawn_anew_in_the_language_in_which_it_opened(
    asked: World, speaks: dict[str, str]
) -> None:
    form = asked.open_form(TOMAS)
    speaks[TOMAS] = "en-GB"

    form = asked.say_more(TOMAS, form, "quoted")
    assert {"de"} == languages_in(form)
    before = form.hash
    state = {"reply.text": {"text": {"type": "plain_text_input", "value": "No"}}}
    block = next(block for block in form.body["blocks"] if block["block_id"] == "reply.preview")
    asked.server.act(
        TOMAS,
        type="block_action",
        container={"type": "view", "view_id": form.id},
        block_id=block["block_id"],
        action_id=block["accessory"]["action_id"],
        state=state,
    )
    asked.wait(lambda: shown(asked, TOMAS).hash != before)

    assert {"de"} == languages_in(shown(asked, TOMAS))
    assert "Too short to be quoted" in text_of(shown(asked, TOMAS).body["blocks"])


def test_a_form_whose_reader_has_changed_their_language_since_is_accepted(
    asked: World, speaks: dict[str, str]
) -> None:
    form = asked.say_more(TOMAS, asked.open_form(TOMAS), "quoted")
    speaks[TOMAS] = "en-GB"

    answer = asked.submit(TOMAS, form, text=WORDS, answers=["4", "5"], quotable=True)

    assert answer["ok"], answer
    assert 1 == stored_replies(asked)
    assert {"en"} == languages_in(shown(asked, TOMAS))


def test_what_is_wrong_at_a_field_is_said_in_the_language_of_the_form(
    asked: World, speaks: dict[str, str]
) -> None:
    form = asked.open_form(TOMAS)
    speaks[TOMAS] = "ja-JP"

    answer = asked.server.act(TOMAS, type="view_submit", view_id=form.id, state=filled_in(form))

    assert ["de: Choose an answer, or write a line; an empty reply says nothing."] == list(
        answer["errors"].values()
    )


def test_thanks_a_change_and_a_withdrawal_are_in_ones_language(asked: World) -> None:
    assert {"de"} == languages_in(asked.reply(TOMAS, answers=["4"]))

    form = asked.press_for_modal(TOMAS, "reply.change", shown(asked, TOMAS))
    assert "de: Change my reply" == form.body["title"]["text"]
    assert {"de"} == languages_in(form)
    assert asked.submit(TOMAS, form, answers=["5"])["ok"]
    assert {"de"} == languages_in(shown(asked, TOMAS))

    gone = asked.press_for_modal(TOMAS, "reply.withdraw", shown(asked, TOMAS))
    assert "de: Withdrawn" == gone.body["title"]["text"]
    assert {"de"} == languages_in(gone)


def test_what_holds_no_text_of_the_question_is_in_ones_language_all_the_same(asked: World) -> None:
    assert {"ja"} == languages_in(asked.reply(YUKI, answers=["4"]))
    asked.close_modals(YUKI)

    assert {"ja"} == languages_in(asked.press_for_modal(YUKI, "reply.open", asked.announcement()))


def test_where_people_have_different_languages_the_form_says_before_one_chooses_that_they_may_tell(
    asked: World,
) -> None:
    change(asked, lambda round_: replace(round_, several_languages=True))
    form = asked.open_form(INGRID)
    assert not has_block(form, "reply.text")

    (more,) = (block for block in form.body["blocks"] if block["block_id"] == "reply.more")

    assert "the language in which you write may point to you" in text_of([more])


def test_who_reads_another_language_than_the_channel_is_warned_before_proposing_also_after_joining_late(
    asked: World,
) -> None:
    """Nothing in what was stored when a box opened tells of somebody who came later."""
    change(asked, as_a_box)

    forms = {user: text_of(asked.open_form(user).body["blocks"]) for user in (INGRID, TOMAS, YUKI)}

    warned = {
        user for user, words in forms.items() if "language in which you write may point to you" in words
    }
    assert {TOMAS, YUKI} == warned


def as_a_box(round_: Round) -> Round:
    """Ask for proposals, in a channel in which everybody read one language when it was opened."""
    prompt = replace(round_.prompt, kind=RoundKind.COLLECT, statements=(), tags=())
    return replace(round_, prompt=prompt, language="en", several_languages=False)


def fields(view: View) -> list[Json]:
    """What decides in a form: the ids and values of its fields, without words."""
    return [
        {
            "block": block["block_id"],
            "action": block["element"]["action_id"],
            "values": [one["value"] for one in block["element"].get("options", ())],
        }
        for block in view.body["blocks"]
        if block["type"] == "input"
    ]


def test_the_fields_of_a_form_have_the_same_ids_and_values_in_every_language(asked: World) -> None:
    assert fields(asked.open_form(INGRID)) == fields(asked.open_form(TOMAS))


def test_a_preview_shows_the_question_as_its_channel_reads_it_and_the_rest_in_ones_own_language(
    asked: World, speaks: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def translated_round(*given: Any, **named: Any) -> Round | None:
        found = preview_round(*given, **named)
        return found and replace(found, language="ja", prompt=translated(found.prompt, "de", "ja"))

    monkeypatch.setattr("bot.slack.reply.preview_listeners.preview_round", translated_round)
    speaks[ADMIN] = "de-DE"
    listed = asked.command_for_modal(ADMIN, "/belonging schedule")

    shown_ = asked.press_for_modal(ADMIN, "schedule.show", listed)
    (note, *_), announced = shown_.body["blocks"], shown_.body["blocks"][2:]
    assert "de: *Only you see this.*" in text_of([note])
    assert {"ja"} == languages_in(shown_, announced)

    asked.press_for_modal(ADMIN, "preview.reply", shown_)
    assert {"de"} == languages_in(shown_)
    speaks[ADMIN] = "en-GB"
    assert {"de"} == languages_in(asked.say_more(ADMIN, shown_, "quoted"))
    asked.press_for_modal(ADMIN, "preview.quote", shown_)
    assert {"de"} == languages_in(shown_)
