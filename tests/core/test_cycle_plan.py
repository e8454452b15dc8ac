"""The order of a cycle: its places, what fills them, and that nothing is left out in a channel of its own."""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest

from bot.config import load_pack
from bot.core.audiences import StatementKey, askables_of
from bot.core.cycle_plan import (
    ABOUT_ME,
    APART,
    CYCLE,
    LEAST_TOPICS,
    TOPICS,
    Slot,
    SlotKind,
    cycle_of,
    keeps_places,
)
from bot.core.model import CoCreatePrompt, DimensionKey, PromptId, PromptPack, RoundId, RoundPrompt, Side
from bot.core.prompts import preview

SHIPPED = load_pack(Path(__file__).parents[2] / "prompts" / "belonging")
ROUNDS = 3 * len(CYCLE)


def without(*topics: str, pack: PromptPack = SHIPPED) -> PromptPack:
    """The pack with these topics switched off."""
    return replace(
        pack,
        dimensions=tuple(one for one in pack.dimensions if one.key not in topics),
        prompts=tuple(one for one in pack.prompts if one.dimension not in topics),
    )


def walk(pack: PromptPack, rounds: int = ROUNDS) -> list[RoundPrompt]:
    asked: list[RoundPrompt] = []
    for _ in range(rounds):
        asked.append(preview(pack, asked))
    return asked


def returns(asked: list[RoundPrompt]) -> Iterator[int]:
    """After how many firings each statement came again, each time that one did."""
    last: dict[StatementKey, int] = {}
    for number, prompt in enumerate(asked):
        for statement in askables_of(prompt, RoundId(str(number))):
            for key in statement.keys:
                if key in last:
                    yield number - last[key]
                last[key] = number


def test_the_cycle_has_nine_reflections_and_three_rounds_of_co_creation() -> None:
    assert [at for at, slot in enumerate(CYCLE, 1) if slot.kind is not SlotKind.REFLECT] == [4, 8, 12]
    assert 9 == len(set(TOPICS)) == len(TOPICS)


def test_six_rounds_of_the_cycle_ask_the_anchors_of_two_topics_on_both_sides_of_the_circle() -> None:
    sides = {one.key: one.side for one in SHIPPED.dimensions}
    pairs = [
        {sides[slot.dimension], sides[slot.partner]} for slot in CYCLE if slot.dimension and slot.partner
    ]

    assert 6 * [{Side.INCLUSION, Side.BELONGING}] == pairs
    assert ["cocreate", "norms", "welcome", "door", "welcome", "door"] == [
        slot.partner for slot in CYCLE if slot.partner
    ]


def about_me(anchor: str) -> bool:
    """Whether a statement is about the one who answers; else it is about the team."""
    return bool(re.search(r"\b(?:I|me|my)\b", anchor))


def test_every_pair_of_the_cycle_compares_two_statements_about_me_or_two_about_the_team() -> None:
    kinds = {one.key: about_me(one.anchor.text) for one in SHIPPED.dimensions}
    pairs = [
        (kinds[slot.dimension], kinds[slot.partner]) for slot in CYCLE if slot.dimension and slot.partner
    ]

    assert {(True, True): 3, (False, False): 3} == {pair: pairs.count(pair) for pair in pairs}
    assert ABOUT_ME == {
        topic for slot in CYCLE if slot.partner for topic in slot_topics(slot) if kinds[topic]
    }


def slot_topics(slot: Slot) -> list[DimensionKey]:
    return [topic for topic in (slot.dimension, slot.partner) if topic]


@pytest.mark.parametrize("off", [(), *((topic,) for topic in TOPICS), *combinations(TOPICS, 2)])
def test_whatever_stands_in_a_pair_compares_like_with_like(off: tuple[str, ...]) -> None:
    for asked in walk(without(*off)):
        anchors = [statement.text for statement in asked.statements if statement.id.endswith("-anchor")]
        assert len({about_me(text) for text in anchors}) <= 1, anchors


@pytest.mark.parametrize("co_create", [SHIPPED.co_create, ()])
@pytest.mark.parametrize("off", [(), *((topic,) for topic in TOPICS), *combinations(TOPICS, 2)])
def test_every_statement_returns_after_four_firings_or_more_and_no_place_is_dropped(
    off: tuple[str, ...], co_create: tuple[CoCreatePrompt, ...]
) -> None:
    asked = walk(replace(without(*off), co_create=co_create))

    assert APART <= min(returns(asked))
    assert [*range(1, 13)] * 3 == [one.place for one in asked]


def test_other_fillers_would_bring_a_statement_back_too_early() -> None:
    places = [{slot.dimension, slot.partner} - {None} for slot in CYCLE]

    def fits(topic: str, place: int) -> bool:
        near = (places[(place + step) % 12] for step in range(1 - APART, APART))
        return not any(topic in anchors for anchors in near)

    for number, filler in enumerate(("newcomers", "safety", "wellbeing")):
        place = 4 * number + 3
        assert (CYCLE[place].filler, True) == (filler, fits(filler, place))
        assert {filler} == {topic for topic in TOPICS if fits(topic, place)} - {"stake", "circle"}


def test_what_stands_in_for_a_topic_that_is_off_was_asked_longest_ago() -> None:
    asked = walk(without("stake"))
    stands_in = asked[12 + 8]
    before = {one.dimension: at for at, one in enumerate(asked[: 12 + 8]) if one.reflects}
    soon = {one.dimension for one in asked[12 + 9 : 12 + 12]} | {"newcomers", "norms", "wellbeing"}

    assert 9 == stands_in.place
    assert stands_in.dimension == min(set(before) - soon, key=lambda topic: before[topic])


def test_a_partner_stays_with_what_stands_in_only_on_the_other_side() -> None:
    sides = {one.anchor.id: one.side for one in SHIPPED.dimensions}

    for topic in TOPICS:
        for asked in walk(without(topic)):
            anchors = [sides[statement.id] for statement in asked.statements if statement.id in sides]
            assert anchors in ([], [asked.side]) or sorted(anchors) == [Side.BELONGING, Side.INCLUSION]


def test_a_round_stores_its_place_and_the_cycle_goes_on_from_there_whatever_its_topic() -> None:
    asked = walk(SHIPPED, 8)

    assert ("safety", 8) == (asked[-1].dimension, asked[-1].place)
    assert 9 == preview(SHIPPED, asked).place


def test_the_place_of_older_rounds_follows_from_their_topic() -> None:
    older = [replace(one, place=None) for one in walk(SHIPPED, 3)]

    assert 4 == preview(SHIPPED, older).place
    assert 5 == preview(SHIPPED, [*older, replace(preview(SHIPPED, older), place=None)]).place


def test_a_pack_with_topics_of_its_own_beside_the_nine_asks_them_last() -> None:
    own = replace(SHIPPED.dimensions[0], key=DimensionKey("own"), label="Own")
    prompts = tuple(
        replace(one, id=PromptId(f"own-{one.id}"), dimension=DimensionKey("own"))
        for one in SHIPPED.prompts
        if one.dimension == SHIPPED.dimensions[0].key
    )
    grown = replace(SHIPPED, dimensions=(*SHIPPED.dimensions, own), prompts=(*SHIPPED.prompts, *prompts))

    assert ["norms", "own", None] == [slot.dimension for slot in cycle_of(grown)[-3:]]


def test_a_pack_of_fewer_topics_has_a_cycle_of_its_own_with_its_topics_in_turn() -> None:
    few = without(*TOPICS[: 10 - LEAST_TOPICS])

    assert not keeps_places(few)
    assert [*TOPICS[10 - LEAST_TOPICS :]] == [slot.dimension for slot in cycle_of(few) if slot.dimension]
