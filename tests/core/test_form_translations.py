"""A question is kept in every language in which its whole form is there, and in no other."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.co_creation import Agenda, carry, collect, decide, gather, look_again
from bot.core.counts import Count
from bot.core.language import ENGLISH_ONLY, Language, Languages
from bot.core.model import CoCreateUse, DimensionKey, PromptPack, RoundPrompt, Tag, TagId
from bot.core.prompts import choose, preview
from bot.core.summary import Highlight, NamedStatement
from tests.core.test_co_creation import CANDIDATE, TODAY, TRIED
from tests.core.test_prompts import FOUND, WHOLE, speaking
from tests.translated_packs import FRENCH, GERMAN, SPOKEN, in_language, translated, with_text, without_text

PACK = translated(WHOLE, "de", "fr")
REASONS = (Tag(id=TagId("new"), text="When someone is new"),)


def first(pack: PromptPack, languages: Languages = SPOKEN) -> RoundPrompt:
    """The first question of a pack: a statement of its own, two anchors, and a tag."""
    return preview(pack, [], languages=languages)


def with_step(use: CoCreateUse, question: str, german: str) -> PromptPack:
    """The pack with this question for a step, and its translation."""
    step = replace(speaking("step", question, use), tags=REASONS)
    pack = translated(replace(WHOLE, co_create=(step, AGAIN)), "de", "fr")
    return with_text(pack, "de", "step.question", german)


AGAIN = speaking("again", '{weeks} weeks ago: "{norm}".', CoCreateUse.LOOK_AGAIN)


def questions(asked: RoundPrompt | None) -> Mapping[str, str]:
    """The question in every language."""
    assert asked
    return {asked.language: asked.question} | {
        code: texts["question"] for code, texts in asked.translations.items()
    }


def test_a_question_has_all_its_texts_in_every_language() -> None:
    asked = first(PACK)
    statements = {one.id: in_language(one.text, "fr") for one in asked.statements}
    tags = {f"tag:{tag.id}": in_language(tag.text, "fr") for tag in asked.tags}

    assert 3 == len(statements)
    assert 1 == len(tags)
    assert {
        "label": in_language(asked.label, "fr"),
        "question": in_language(asked.question, "fr"),
        **statements,
        **tags,
    } == asked.translations["fr"]
    assert ["de", "fr"] == list(asked.translations)


def test_every_text_of_a_form_is_needed() -> None:
    asked = first(PACK)
    own = [f"{asked.dimension}.label", f"{asked.prompt_id}.question", *(one.id for one in asked.statements)]
    own += [f"tag:{tag.id}" for tag in asked.tags]

    for place in own:
        assert ["fr"] == list(first(without_text(PACK, "de", place)).translations), place
        assert ["fr"] == list(first(with_text(PACK, "de", place, "")).translations), place
    others = set(PACK.translations["de"]) - set(own)
    assert ["de", "fr"] == list(first(without_text(PACK, "de", *others)).translations)


def test_a_language_that_the_bot_does_not_speak_is_left_out() -> None:
    assert ["de"] == list(first(PACK, Languages([GERMAN])).translations)
    assert {} == first(PACK, ENGLISH_ONLY).translations


def test_nothing_else_about_the_choice_depends_on_the_languages() -> None:
    for many in range(30):
        asked: list[RoundPrompt] = []
        for _ in range(many):
            asked.append(preview(WHOLE, asked, FOUND))
        assert preview(PACK, asked, FOUND, languages=SPOKEN) == preview(WHOLE, asked, FOUND)


def test_a_question_alone_is_translated_without_statements() -> None:
    own = replace(PACK, prompts=tuple(one for one in PACK.prompts if one.dimension == "safety"))
    asked = choose(own, [], shared=lambda _: 9, audience_size=12, languages=SPOKEN)

    assert asked
    assert () == asked.statements
    assert {"label", "question"} == set(asked.translations["de"])


def test_proposals_stay_as_they_are() -> None:
    asked = decide(PACK, Agenda(ledger=(CANDIDATE,), today=TODAY), in_turn=True, languages=SPOKEN)

    assert asked
    assert [CANDIDATE.text] == [one.text for one in asked.statements]
    assert {"label", "question"} == set(asked.translations["de"])


def test_weeks_are_a_word_in_english_and_a_digit_elsewhere() -> None:
    pack = with_step(CoCreateUse.COLLECT, "For {weeks} weeks?", "{weeks} Wochen lang?")

    assert {"en": "For four weeks?", "de": "4 Wochen lang?", "fr": "[fr] For 4 weeks?"} == questions(
        gather(pack, SPOKEN)
    )


def test_a_norm_is_quoted_in_members_words_after_so_many_weeks() -> None:
    pack = with_step(CoCreateUse.LOOK_AGAIN, '{weeks} weeks ago: "{norm}".', "{ago}: „{norm}“.")
    agenda = Agenda(ledger=(TRIED,), today=TODAY + timedelta(days=40))
    asked = look_again(pack, agenda, in_turn=True, languages=SPOKEN)

    found = questions(asked)
    assert 'Six weeks ago: "words of t".' == found["en"]
    assert "Vor 6 Wochen: „words of t“." == found["de"]
    assert asked
    assert "words of t" == asked.statements[0].text
    assert "[de] When someone is new" == asked.translations["de"]["tag:new"]


@pytest.mark.parametrize("place", ["step.name", "step.question", "tag:step-tag-new"])
def test_of_a_step_every_text_of_its_form_is_needed(place: str) -> None:
    pack = with_step(CoCreateUse.COLLECT, "What?", "Was?")

    assert {"en", "fr"} == set(questions(gather(without_text(pack, "de", place), SPOKEN)))
    assert {"en", "de", "fr"} == set(questions(gather(without_text(pack, "de", "step.gives"), SPOKEN)))


def test_a_question_with_another_placeholder_is_not_shown() -> None:
    pack = with_step(CoCreateUse.COLLECT, "For {weeks} weeks?", "Wie lange?")

    assert {"en", "fr"} == set(questions(gather(pack, SPOKEN)))


ANCHOR = WHOLE.dimension(DimensionKey("norms")).anchor
ASKED_IN_GERMAN = NamedStatement(statement=ANCHOR, texts={"en": ANCHOR.text, "de": "Wie damals gefragt."})
NAMED = Highlight(dimension=DimensionKey("norms"), named=ASKED_IN_GERMAN, count=Count(of=14, low=5, high=5))


def test_a_finding_is_told_in_the_words_in_which_it_was_asked() -> None:
    pack = with_step(CoCreateUse.COLLECT, 'We said: "{finding}"', "„{finding}“?")

    found = questions(collect(pack, [], NAMED, SPOKEN))

    assert 'We said: "5 of 14 agree: Anchor of norms"' == found["en"]
    assert "„5 of 14 agree: Wie damals gefragt“?" == found["de"]


def test_a_finding_that_was_not_asked_in_a_language_is_told_as_the_pack_has_the_same_words_now() -> None:
    pack = with_step(CoCreateUse.COLLECT, "{finding}?", "{finding}?")

    assert "[fr] 5 of 14 agree: [fr] Anchor of norms?" == questions(collect(pack, [], NAMED, SPOKEN))["fr"]


def test_a_finding_in_words_that_the_pack_has_no_more_leaves_a_language_out() -> None:
    pack = with_step(CoCreateUse.COLLECT, "{finding}?", "{finding}?")
    other = replace(NAMED, named=NamedStatement(statement=replace(ANCHOR, text="Otherwise."), texts={}))

    assert {"en": "5 of 14 agree: Otherwise?"} == questions(collect(pack, [], other, SPOKEN))


def test_a_topic_is_named_in_the_language() -> None:
    pack = with_step(CoCreateUse.COLLECT, "About {dimension}?", "{dimension}?")

    found = questions(collect(pack, [], NAMED, SPOKEN))

    assert {"en": "About Norms?", "de": "[de] Norms?", "fr": "[fr] About [fr] Norms?"} == found
    assert "de" not in questions(collect(without_text(pack, "de", "norms.label"), [], NAMED, SPOKEN))


def test_a_strength_is_carried_further_in_every_language() -> None:
    pack = with_step(CoCreateUse.CARRY, '"{strength}" goes well.', "„{strength}“ läuft gut.")
    strong = replace(NAMED, strength=ASKED_IN_GERMAN)

    found = questions(carry(pack, strong, SPOKEN))

    assert "„Wie damals gefragt“ läuft gut." == found["de"]
    assert '[fr] "[fr] Anchor of norms" goes well.' == found["fr"]


GERMAN_PACK = replace(translated(WHOLE, "en", "fr"), language="de")


def test_a_pack_in_another_language_is_its_own_fallback_and_has_english_as_a_translation() -> None:
    asked = first(GERMAN_PACK)

    assert ("de", ["en", "fr"]) == (asked.language, list(asked.translations))
    assert "de" == first(translated(GERMAN_PACK)).language


def test_such_a_pack_counts_its_weeks_in_digits() -> None:
    step = speaking("step", "{weeks} Wochen?", CoCreateUse.COLLECT)
    pack = translated(replace(GERMAN_PACK, co_create=(step,)), "en")

    assert {"de": "4 Wochen?", "en": "[en] four Wochen?"} == questions(gather(pack, SPOKEN))
    dutch = replace(pack, language="nl", translations={})
    assert {"nl": "4 Wochen?"} == questions(gather(dutch, SPOKEN))


def test_a_japanese_statement_is_quoted_without_its_full_stop() -> None:
    pack = with_step(CoCreateUse.COLLECT, "{finding}?", "「{finding}」")
    found = replace(NAMED, named=NamedStatement(statement=ANCHOR, texts={"de": "居場所がある。"}))

    assert "「5 of 14 agree: 居場所がある」" == questions(collect(pack, [], found, SPOKEN))["de"]


def test_the_catalogue_of_the_language_says_the_count() -> None:
    class Catalogue(Language):
        def gettext(self, message: str, /, **values: object) -> str:
            return f"DE {message}".format(**values)

    languages = Languages([Catalogue("de"), FRENCH])
    pack = with_step(CoCreateUse.COLLECT, "{finding}", "{finding}")

    assert questions(collect(pack, [], NAMED, languages))["de"].startswith("DE DE 5 of 14 agree")
