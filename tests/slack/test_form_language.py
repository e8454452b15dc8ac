"""In which language a form is shown: one for all of its texts, and nothing of it is kept."""

from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.core.language import ENGLISH, Language, Languages
from bot.core.model import MemberId, Receipt, Round
from bot.core.replies import Draft
from bot.core.translation import round_in
from bot.slack.context import Body, ListenerContext
from bot.slack.kit.limits import fit_view
from bot.slack.reply import field_blocks, norm_blocks
from bot.slack.reply.announcement_blocks import (
    CLOSED_NOTE,
    announcement,
    reminder,
    retired_announcement,
    retired_reminder,
    retired_text,
)
from bot.slack.reply.blocks import More, frame, reply_form, who_sees
from bot.slack.reply.form_language import in_one_language, language_in, language_shown
from bot.slack.reply.forms import FormMetadata, form_metadata, parse_form
from bot.slack.reply.opening import redrawn_form
from tests.languages import GERMAN, JAPANESE, marked, translated
from tests.slack.reading import texts
from tests.slack.said_norms import BOX, COLLECT, CONSENT, DECIDE, KINDS, PROPOSED
from tests.slack.samples import PROMPT, SUPPORT, a_round
from tests.slack.test_redrawing import shown

LANGUAGES = Languages([GERMAN, JAPANESE])
ROUND = a_round(prompt=translated(PROMPT, "de"))
METADATA = form_metadata(FormMetadata(round_id=ROUND.id, receipt=Receipt(b"r" * 16)))
MIXED = "the language in which you write may point to you"


@dataclass
class Reader:
    """The part of a listener's context that knows in which language somebody reads."""

    own: Language
    services: Any = field(default_factory=lambda: SimpleNamespace(languages=LANGUAGES))

    def language(self, _: Body, *__: str) -> Language:
        """Return it."""
        return self.own


def open_in(language: Language, round_: Round = ROUND, *, change: bool = False) -> dict[str, Any]:
    """The form in a language, as Slack sends it back."""
    asked = round_in(round_, language.code)
    view = fit_view(reply_form(asked, SUPPORT, METADATA, change=change, language=language))
    return shown(view, More.QUOTED)


def language_of(view: dict[str, Any], now: Language, *, change: bool = False) -> Language:
    """The language of an open form for somebody who reads another one now."""
    context = cast(ListenerContext, Reader(now))
    return language_shown(context, {"view": view, "user": {"id": MemberId("U1")}}, ROUND, change=change)


@pytest.mark.parametrize(
    ("of_member", "of_channel", "found"),
    [
        (GERMAN, "en", "de"),
        (GERMAN, "ja", "de"),
        (JAPANESE, "de", "de"),
        (JAPANESE, "en", "en"),
        (JAPANESE, "ja", "en"),
        (ENGLISH, "de", "en"),
    ],
)
def test_a_form_is_in_the_first_language_in_which_all_of_its_texts_are(
    of_member: Language, of_channel: str, found: str
) -> None:
    assert found == language_in(replace(ROUND, language=of_channel), LANGUAGES, of_member).code


def test_a_pack_that_is_not_english_is_shown_in_its_own_language_where_there_is_no_other() -> None:
    german = a_round(prompt=replace(PROMPT, language="de"), language="ja")

    assert "de" == language_in(german, LANGUAGES, ENGLISH).code


def test_a_channel_reads_the_question_in_its_language_or_in_one_in_which_it_is_there() -> None:
    for language, found in (("de", "de"), ("ja", "en"), ("", "en")):
        asked, spoken = in_one_language(replace(ROUND, language=language), LANGUAGES)
        assert (found, found) == (spoken.code, asked.prompt.language)


@pytest.mark.parametrize("change", [False, True])
@pytest.mark.parametrize("now", [ENGLISH, JAPANESE, GERMAN])
def test_an_open_form_is_known_by_its_own_words(now: Language, change: bool) -> None:  # noqa: FBT001
    for opened in (GERMAN, ENGLISH):
        assert opened == language_of(open_in(opened, change=change), now, change=change)


def test_a_form_with_words_that_nobody_knows_any_more_is_drawn_in_the_language_of_its_reader() -> None:
    view = open_in(marked("pt-BR"))

    assert GERMAN == language_of(view, GERMAN)
    assert ENGLISH == language_of({**view, "title": None, "submit": None}, JAPANESE)


def test_a_form_that_is_drawn_anew_keeps_its_language_in_every_field() -> None:
    drawn = redrawn_form(round_in(ROUND, "de"), SUPPORT, open_in(GERMAN), 0, None, GERMAN)

    assert fit_view(drawn)["blocks"][1:] != open_in(ENGLISH)["blocks"][1:]
    fields = [block["label"]["text"] for block in drawn["blocks"] if block["type"] == "input"]
    assert all(label.startswith("de: ") for label in fields)


def test_metadata_and_draft_are_the_same_in_every_language() -> None:
    forms = [open_in(language) for language in (ENGLISH, GERMAN)]
    for form in forms:
        form["state"]["values"]["reply.text"] = {"text": {"type": "plain_text_input", "value": "So it was"}}

    english, german = (parse_form(form, ROUND, GERMAN) for form in forms)

    assert isinstance(english, Draft)
    assert english == german
    assert forms[0]["private_metadata"] == forms[1]["private_metadata"]


def fields(view: dict[str, Any]) -> list[Any]:
    """The ids of the fields of a form and the values of their options, without words."""
    inputs = [block for block in view["blocks"] if block["type"] == "input"]
    return [
        (
            one["block_id"],
            one["element"]["action_id"],
            [o["value"] for o in one["element"].get("options", ())],
        )
        for one in inputs
    ]


@pytest.mark.parametrize("kind", [*KINDS, "box"])
def test_the_fields_of_every_form_have_the_same_ids_and_values_in_every_language(kind: str) -> None:
    round_ = KINDS.get(kind, BOX)
    spoken = replace(round_, prompt=translated(round_.prompt, "de"))

    english = norm_blocks.form_of(spoken, SUPPORT, "m", PROPOSED)
    german = norm_blocks.form_of(round_in(spoken, "de"), SUPPORT, "m", PROPOSED, language=GERMAN)

    assert fields(english) == fields(german)
    assert english["private_metadata"] == german["private_metadata"]


def test_what_may_be_quoted_says_that_the_language_may_tell_only_where_people_have_different_ones() -> None:
    mixed = a_round(several_languages=True)
    alone = replace(mixed, prompt=replace(PROMPT, statements=()))
    consent, decide = (replace(one, several_languages=True) for one in (CONSENT, DECIDE))

    assert MIXED in who_sees(mixed, More.QUOTED)
    assert MIXED not in who_sees(mixed, More.UNQUOTED)
    assert MIXED not in who_sees(a_round(), More.QUOTED)
    for round_ in (mixed, alone):
        (choice,) = (one for one in reply_form(round_, SUPPORT, "m")["blocks"] if one.get("dispatch_action"))
        assert MIXED in choice["hint"]["text"]
    for round_ in (consent, decide):
        blocks = norm_blocks.form_of(round_, SUPPORT, "m", PROPOSED)["blocks"]
        (tick,) = (one for one in blocks if one.get("block_id") == field_blocks.QUOTE_BLOCK)
        assert MIXED in tick["hint"]["text"]


def test_nothing_is_said_of_it_where_nobody_can_be_quoted() -> None:
    mixed = a_round(several_languages=True)
    unquoted = replace(mixed, policy=replace(mixed.policy, quotes=False))

    assert MIXED not in str(reply_form(unquoted, SUPPORT, "m"))


@pytest.mark.parametrize("round_", [COLLECT, BOX], ids=["collect", "box"])
def test_a_proposal_says_above_its_box_that_the_language_may_tell(round_: Round) -> None:
    blocks = norm_blocks.form_of(replace(round_, several_languages=True), SUPPORT, "m")["blocks"]
    place = next(at for at, one in enumerate(blocks) if one.get("block_id") == field_blocks.TEXT_BLOCK)

    assert MIXED in " ".join(texts(blocks[:place]))
    assert MIXED not in str(norm_blocks.form_of(round_, SUPPORT, "m"))


def test_an_announcement_is_said_in_the_language_of_its_channel() -> None:
    asked = round_in(ROUND, "de")
    for blocks in (
        announcement(asked, shared=True, language=GERMAN),
        reminder(asked, shared=True, language=GERMAN),
        retired_announcement(asked, CLOSED_NOTE, GERMAN),
        retired_reminder(asked, CLOSED_NOTE, GERMAN),
    ):
        assert all("de: " in text for text in texts(blocks))
    assert retired_text(asked, CLOSED_NOTE, GERMAN).count("de: ") == 2


def test_after_the_close_a_reminder_has_no_button_and_no_date_that_is_over() -> None:
    blocks = retired_reminder(a_round(), CLOSED_NOTE)

    assert not any(block["type"] == "actions" for block in blocks)
    assert [PROMPT.question, CLOSED_NOTE] == list(texts(blocks))


def test_the_words_around_a_form_tell_apart_languages_that_share_some() -> None:
    assert frame(ROUND, language=GERMAN) != frame(ROUND, language=JAPANESE)
    assert frame(ROUND, change=True) != frame(ROUND)
