"""Subtraction by way of translations: other ids, and the same words for whoever reads them.

Whoever writes packs and translations asks the same people the same words twice, and subtracts the counts.
"""

from dataclasses import replace

import pytest

from bot.core.audiences import item_key, text_key, topic_key
from bot.core.language import Languages
from bot.core.model import (
    GONE,
    DimensionKey,
    PackId,
    PromptId,
    PromptPack,
    RoundPrompt,
    Side,
    Statement,
    StatementId,
    Tag,
    TagId,
    Translations,
)
from bot.core.pack_texts import tag_text
from bot.core.same_words import alike
from bot.core.translation import round_in
from bot.service import audiences
from tests.languages import GERMAN
from tests.privacy.services import SETTINGS
from tests.privacy.test_subtraction_attacks import PACK, Office, X, Y, office

__all__ = ["office"]

pytestmark = pytest.mark.attack

WORDS = {"d0-anchor": "Hier bin ich gewollt.", "d0-0-a": "Ich werde gefragt."}
OURS = PackId("belonging")
TAGS = (Tag(id=TagId("d0-tag-thanks"), text="being thanked"),)


def texts(statements: dict[str, str], tag: str = "Dank") -> dict[str, str]:
    """A whole translation of the pack with these words."""
    tags = {tag_text(TagId("d0-tag-thanks")): tag}
    return {"d0.label": "Thema", "d0-0.question": "Und du?", **tags, **statements}


def ours(translations: Translations) -> PromptPack:
    """The pack with these translations."""
    (topic,) = PACK.dimensions
    return replace(PACK, dimensions=(replace(topic, tags=TAGS),), translations=translations)


def with_other_ids(pack: PromptPack, statements: dict[str, str], tag: str) -> PromptPack:
    """The pack with these words in place of its own, and an id of its own for everything."""
    (topic,), (prompt,) = pack.dimensions, pack.prompts
    anchor, own = statements.values()
    return replace(
        pack,
        dimensions=(
            replace(
                topic,
                key=DimensionKey("e0"),
                anchor=Statement(id=StatementId("e0-anchor"), text=anchor),
                tags=(Tag(id=TagId("e0-tag-thanks"), text=tag),),
            ),
        ),
        prompts=(
            replace(
                prompt,
                id=PromptId("e0-0"),
                dimension=DimensionKey("e0"),
                statements=(Statement(id=StatementId("e0-0-a"), text=own),),
            ),
        ),
        translations={},
    )


OURS_IN_GERMAN = ours({"de": texts(WORDS)})
OWN_IN_GERMAN = replace(with_other_ids(OURS_IN_GERMAN, WORDS, "Dank"), language="de")
ALSO_IN_GERMAN = replace(
    with_other_ids(OURS_IN_GERMAN, {"one": "They want me.", "two": "They ask me."}, "thanks"),
    translations={
        "de": {
            "e0.label": "Thema",
            "e0-0.question": "Und du?",
            "tag:e0-tag-thanks": "Dank",
            "e0-anchor": WORDS["d0-anchor"],
            "e0-0-a": WORDS["d0-0-a"],
        }
    },
)
"""Other words in English, and the same in German."""


def use(office: Office, pack: PromptPack, *others: PromptPack) -> None:
    """Ask from this pack; the others are there, too."""
    packs = {PackId(f"other-{number}"): one for number, one in enumerate(others)} | {OURS: pack}
    office.services = replace(
        office.services, settings=replace(SETTINGS, packs=packs), languages=Languages([GERMAN])
    )


def read_twice(office: Office) -> set[str]:
    """What stands in two results for whoever reads German."""
    shown = []
    for round_, result in office.published():
        asked = {one.id: one.text for one in round_in(round_, "de").prompt.statements}
        shown.append({asked[one.statement] for one in result.statements if one.total})
    return set.intersection(*shown) if len(shown) > 1 else set()


CASES = [
    pytest.param(OURS_IN_GERMAN, OWN_IN_GERMAN, id="an own pack has the words of a translation"),
    pytest.param(OWN_IN_GERMAN, OURS_IN_GERMAN, id="a translation has the words of an own pack"),
    pytest.param(OURS_IN_GERMAN, ALSO_IN_GERMAN, id="two translations have the same words"),
]


@pytest.mark.parametrize(("first", "second"), CASES)
def test_the_same_words_are_not_published_twice_through_a_translation(
    office: Office, first: PromptPack, second: PromptPack
) -> None:
    use(office, first, second)
    office.publish(X)

    use(office, second, first)
    office.try_to_publish(Y)

    assert not read_twice(office)


@pytest.mark.parametrize(("first", "second"), CASES)
def test_nor_in_one_channel_after_the_first_pack_was_taken_away(
    office: Office, first: PromptPack, second: PromptPack
) -> None:
    use(office, first)
    office.publish(X)

    use(office, second)
    office.try_to_publish(X)

    assert not read_twice(office)


@pytest.mark.parametrize(("first", "second"), CASES)
def test_mutant_that_compares_the_words_of_the_pack_alone_publishes_them_twice(
    office: Office, monkeypatch: pytest.MonkeyPatch, first: PromptPack, second: PromptPack
) -> None:
    monkeypatch.setattr(audiences, "alike", lambda *_: {})
    use(office, first, second)
    office.publish(X)

    use(office, second, first)
    office.try_to_publish(Y)

    assert read_twice(office)


def test_tags_and_statements_are_found_in_every_language_and_each_among_its_like() -> None:
    found = alike([OURS_IN_GERMAN, ALSO_IN_GERMAN])

    assert "item:e0-anchor" in found[item_key("d0-anchor")]
    assert "tags:e0" in found[topic_key("d0")]
    assert text_key(WORDS["d0-0-a"]) in found[item_key("d0-0-a")]
    assert not any(key.startswith("tag") for key in found[item_key("d0-anchor")])


def test_what_was_taken_down_is_like_nothing() -> None:
    gone = RoundPrompt(
        prompt_id=PromptId("d0-0"),
        dimension=DimensionKey("d0"),
        label="",
        side=Side.GROUND,
        question="",
        statements=tuple(Statement(id=StatementId(one), text=GONE) for one in "ab"),
    )

    assert {} == alike([], [gone])
