"""The texts of a pack by their ids, and what is wrong with a translation."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.config import load_pack
from bot.core.language import ENGLISH_CODE
from bot.core.model import PromptPack
from bot.core.pack_texts import (
    LABEL_LIMIT,
    QUESTION_LIMIT,
    STATEMENT_LIMIT,
    TAG_LIMIT,
    Fault,
    is_usable,
    only_own_texts,
    problems_of,
    texts_of,
)
from bot.core.same_words import alike
from bot.slack.kit.limits import SECTION, size
from tests.core.test_prompts import WHOLE
from tests.translated_packs import translated, with_text, without_text

SHIPPED = load_pack(Path(__file__).parents[2] / "prompts" / "belonging")
PACK = replace(translated(WHOLE, "de", "fr"))


def faults(pack: PromptPack) -> list[tuple[str, str, Fault]]:
    return [(one.language, one.place, one.fault) for one in problems_of(pack)]


def test_every_text_that_members_read_has_an_id_of_its_own() -> None:
    own = texts_of(SHIPPED)
    texts = [SHIPPED.title, SHIPPED.note]
    for topic in SHIPPED.dimensions:
        texts += [topic.label, topic.asks, topic.anchor.text, *(tag.text for tag in topic.tags)]
    for prompt in SHIPPED.prompts:
        texts += [prompt.question, *(one.text for one in prompt.statements)]
    for step in SHIPPED.co_create:
        texts += [step.name, step.question, step.gives, *(tag.text for tag in step.tags)]

    assert sorted(texts) == sorted(one.text for one in own.values())
    assert {
        "title",
        "note",
        "door.label",
        "door.asks",
        "door-anchor",
        "tag:door-tag-told",
        "door-04.question",
        "door-06-b",
        "co-08.name",
        "co-08.question",
        "co-08.gives",
        "tag:co-08-tag-newer",
    } <= own.keys()


def test_the_shipped_pack_is_whole_in_every_language_of_it() -> None:
    assert ["de", "es", "fr", "ja", "pt-BR"] == list(SHIPPED.translations)
    assert () == problems_of(SHIPPED)


def test_the_limits_fit_what_slack_takes() -> None:
    """A label stands behind an emoji in a header (150), a statement over an input, a tag in an option."""
    assert LABEL_LIMIT + size("🌱 ") <= 150
    assert STATEMENT_LIMIT <= 2000
    assert TAG_LIMIT <= 75
    assert QUESTION_LIMIT <= SECTION


def test_a_whole_translation_has_no_problem() -> None:
    assert [] == faults(PACK)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", Fault.EMPTY),
        ("x" * (STATEMENT_LIMIT + 1), Fault.TOO_LONG),
        ("🌱" * (STATEMENT_LIMIT // 2 + 1), Fault.TOO_LONG),
        ("Anchor of door.", Fault.SAME),
        ("Anker {door}", Fault.PLACEHOLDERS),
        ("Anker {x.__class__}", Fault.PLACEHOLDERS),
    ],
)
def test_what_is_wrong_with_a_text_is_named_with_its_language(text: str, fault: Fault) -> None:
    assert [("fr", "door-anchor", fault)] == faults(with_text(PACK, "fr", "door-anchor", text))


def test_a_statement_with_the_words_of_another_one_is_named() -> None:
    """Whoever reads this language would answer the same twice, and the counts could be subtracted."""
    (anchor,) = (topic.anchor.id for topic in PACK.dimensions if topic.key == "door")
    other = next(one.id for prompt in PACK.prompts for one in prompt.statements)
    words = PACK.translations["fr"][anchor].upper() + "!"

    assert [("fr", other, Fault.TWICE)] == faults(with_text(PACK, "fr", other, words))


def test_no_statement_of_the_shipped_pack_reads_like_another_one_in_any_language() -> None:
    found = {key for keys in alike([SHIPPED]).values() for key in keys}

    assert found
    assert not [key for key in found if key.startswith(("item:", "tags:"))]


def test_a_text_that_is_not_there_is_missing() -> None:
    assert [("de", "door.label", Fault.MISSING)] == faults(without_text(PACK, "de", "door.label"))


def test_one_word_may_be_the_same_in_two_languages() -> None:
    assert "Door" == texts_of(PACK)["door.label"].text

    assert [] == faults(with_text(PACK, "de", "door.label", "Door"))


@pytest.mark.parametrize(
    "text",
    [
        "Vor {weeks} Wochen",
        "{ago}: „{norm}“ {finding}",
        "Vor {weeks} Wochen: {norm",
        "Vor {Weeks} Wochen: {norm}",
        "",
    ],
)
def test_a_form_is_not_shown_with_other_placeholders_than_those_of_the_pack(text: str) -> None:
    assert not is_usable(text, '{weeks} weeks ago: "{norm}"')


@pytest.mark.parametrize("text", ["Vor {weeks} Wochen: „{norm}“", "{ago}: „{norm}“"])
def test_a_form_is_shown_with_the_placeholders_of_the_pack(text: str) -> None:
    assert is_usable(text, '{weeks} weeks ago: "{norm}"')


def test_a_phrase_for_the_weeks_needs_weeks_in_the_pack() -> None:
    assert not is_usable("{ago}: was?", "What then?")


def test_what_is_switched_off_has_no_translation_either() -> None:
    (first, *others) = PACK.prompts
    left = only_own_texts(replace(PACK, prompts=tuple(others)))

    assert f"{first.id}.question" in PACK.translations["de"]
    assert texts_of(left).keys() == left.translations["de"].keys() == left.translations["fr"].keys()


def test_a_pack_is_english_unless_it_says_otherwise() -> None:
    assert ENGLISH_CODE == SHIPPED.language == WHOLE.language
