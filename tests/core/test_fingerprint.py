"""The fingerprint of a pack changes with every word that members read, and with nothing else."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.config import load_pack
from bot.core.fingerprint import fingerprint_of
from bot.core.model import Accepted, PromptPack, Tag, TagId
from bot.core.pack_texts import only_own_texts, texts_of
from tests.service.norm_services import PACK
from tests.translated_packs import translated, with_text

FORMER = "b5b08010925da3b85ca42d8679d04d983f9769c3a5e0df580d0889f52eceb6c0"
"""That of the shipped pack before it had translations. It changes with every word of the English pack."""

TOPIC, PROMPT, STEP = PACK.dimensions[0], PACK.prompts[0], PACK.co_create[0]
STATEMENT = PROMPT.statements[0]


def with_topic(**changes: object) -> PromptPack:
    return replace(PACK, dimensions=(replace(TOPIC, **changes), *PACK.dimensions[1:]))  # type: ignore[arg-type]


def with_prompt(**changes: object) -> PromptPack:
    return replace(PACK, prompts=(replace(PROMPT, **changes), *PACK.prompts[1:]))  # type: ignore[arg-type]


def with_step(**changes: object) -> PromptPack:
    return replace(PACK, co_create=(replace(STEP, **changes), *PACK.co_create[1:]))  # type: ignore[arg-type]


TAGS = (Tag(id=TagId("new"), text="something new"),)
CHANGES: dict[str, Callable[[], PromptPack]] = {
    "label": lambda: with_topic(label="Another"),
    "anchor": lambda: with_topic(anchor=replace(TOPIC.anchor, text=f"{TOPIC.anchor.text} ")),
    "tag": lambda: with_topic(tags=TAGS),
    "question": lambda: with_prompt(question=f"{PROMPT.question}?"),
    "statement": lambda: with_prompt(statements=(replace(STATEMENT, text="I do not."),)),
    "reversed": lambda: with_prompt(statements=(replace(STATEMENT, reversed=not STATEMENT.reversed),)),
    "one prompt less": lambda: replace(PACK, prompts=PACK.prompts[1:]),
    "co-creation": lambda: with_step(question=f"{STEP.question}!"),
    "reason": lambda: with_step(tags=TAGS),
    "no co-creation": lambda: replace(PACK, co_create=()),
}


@pytest.mark.parametrize("what", CHANGES)
def test_every_word_that_members_read_changes_the_fingerprint(what: str) -> None:
    assert fingerprint_of(CHANGES[what]()) != fingerprint_of(PACK)


def test_what_nobody_is_asked_does_not_change_it() -> None:
    accepted = (Accepted(place="x", rule="y", reason="z"),)

    assert fingerprint_of(replace(PACK, title="Other", accepted=accepted)) == fingerprint_of(PACK)


def test_a_pack_without_translations_keeps_the_fingerprint_of_earlier_versions() -> None:
    """An agreement that was signed before there were translations still holds."""
    english = load_pack(Path(__file__).parents[2] / "prompts" / "belonging")

    assert FORMER == fingerprint_of(replace(english, translations={}))
    assert FORMER != fingerprint_of(english)


def test_every_word_of_a_translation_changes_it_but_the_title() -> None:
    both = translated(PACK, "de", "fr")
    words = {fingerprint_of(one) for one in (PACK, both, translated(PACK, "de"), translated(PACK, "fr"))}

    assert 4 == len(words)
    for place in texts_of(PACK):
        other = fingerprint_of(with_text(both, "de", place, "Anders."))
        assert (place == "title") is (other == fingerprint_of(both)), place


def test_the_order_of_languages_and_the_words_of_what_is_switched_off_do_not_change_it() -> None:
    both = translated(PACK, "de", "fr")
    less = replace(both, prompts=PACK.prompts[1:])

    assert fingerprint_of(both) == fingerprint_of(translated(PACK, "fr", "de"))
    assert fingerprint_of(less) == fingerprint_of(only_own_texts(less))


def test_the_language_of_a_pack_changes_it() -> None:
    assert fingerprint_of(PACK) != fingerprint_of(replace(PACK, language="de"))


def test_it_is_a_sha_256_in_hexadecimal_digits() -> None:
    assert 64 == len(fingerprint_of(PACK))
    assert int(fingerprint_of(PACK), 16)
