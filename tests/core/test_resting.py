"""What is asked instead where too many of these people were asked a statement before."""

from dataclasses import replace
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.audiences import (
    MOST_SHARED,
    Askable,
    Shared,
    StatementKey,
    askable_of,
    askables_of,
    may_ask,
    tags_of,
)
from bot.core.co_creation import Agenda
from bot.core.model import PromptPack, RoundId, RoundKind, RoundPrompt
from bot.core.norms import Norm, NormState
from bot.core.prompts import QUOTED_FROM, choose, preview
from tests.core.norm_rounds import TODAY, a_norm
from tests.core.norm_rounds import asking as round_of
from tests.core.test_prompts import FOUND, FULL, WHOLE, ask, ask_whole, pack, prompt
from tests.core.test_prompts_laws import packs

MANY = MOST_SHARED + 1


def resting(*statements: Askable, people: int = MANY) -> Shared:
    """So many people of the audience were asked each of these statements."""
    keys = {key for statement in statements for key in statement.keys}
    return lambda one: people if keys & set(one.keys) else 0


def everything(_: Askable) -> int:
    return MANY


def all_but(*statements: Askable) -> Shared:
    asked = resting(*statements)
    return lambda one: 0 if asked(one) else MANY


def own_of(pack_: PromptPack, topic: str) -> list[Askable]:
    return [
        askable_of(statement)
        for one in pack_.prompts
        if one.dimension == topic
        for statement in one.statements
    ]


def anchor_of(pack_: PromptPack, topic: str) -> Askable:
    return next(askable_of(one.anchor) for one in pack_.dimensions if one.key == topic)


def tags_in(pack_: PromptPack, topic: str) -> Askable:
    return next(tags_of(one.key, one.tags) for one in pack_.dimensions if one.key == topic)


def ids(asked: RoundPrompt | None) -> list[str]:
    assert asked
    return [statement.id for statement in asked.statements]


def test_two_people_may_have_been_asked_before_and_three_may_not() -> None:
    anchor = anchor_of(FULL, "welcome")

    assert "welcome-anchor" in ids(choose(FULL, [], shared=resting(anchor, people=MOST_SHARED)))
    assert "welcome-anchor" not in ids(choose(FULL, [], shared=resting(anchor)))


def test_in_place_of_a_statement_that_rests_another_prompt_of_the_topic_is_asked() -> None:
    found = choose(FULL, [], shared=resting(own_of(FULL, "welcome")[0]))

    assert ["welcome-2-a", "welcome-anchor", "cocreate-anchor"] == ids(found)


def test_or_the_second_statement_of_the_same_prompt() -> None:
    pair = pack(prompt("safety", 1, statements=2), dimensions=("safety",))

    assert ["safety-1-b", "safety-anchor"] == ids(choose(pair, [], shared=resting(own_of(pair, "safety")[0])))


@pytest.mark.parametrize(
    ("topic", "left"),
    [
        ("welcome", ["welcome-1-a", "cocreate-anchor"]),
        ("cocreate", ["welcome-1-a", "welcome-anchor"]),
    ],
)
def test_an_anchor_that_rests_is_left_out_the_partners_too(topic: str, left: list[str]) -> None:
    assert left == ids(choose(FULL, [], shared=resting(anchor_of(FULL, topic))))


def test_tags_that_rest_are_left_out_all_together() -> None:
    found = choose(FULL, [], shared=resting(tags_in(FULL, "welcome")))

    assert found
    assert ((), 3) == (found.tags, len(found.statements))


def test_where_nothing_of_a_topic_is_left_the_next_place_is_asked_and_stored() -> None:
    gone = (*own_of(FULL, "welcome"), anchor_of(FULL, "welcome"), tags_in(FULL, "welcome"))
    found = choose(FULL, [], shared=resting(*gone))

    assert found
    assert ("safety", 2) == (found.dimension, found.place)
    assert 3 == preview(FULL, [found]).place


def test_a_partner_alone_is_no_round_about_a_topic() -> None:
    found = choose(FULL, [], shared=resting(*own_of(FULL, "welcome"), anchor_of(FULL, "welcome")))

    assert found
    assert 2 == found.place


def test_of_what_fits_equally_well_that_is_asked_which_fewest_of_these_people_were_asked() -> None:
    first, second = own_of(FULL, "welcome")

    assert "welcome-2-a" in ids(choose(FULL, [], shared=resting(first, people=1)))
    assert "welcome-1-a" in ids(choose(FULL, [], shared=resting(first, second, people=1)))


def test_but_what_the_channel_was_not_asked_yet_comes_first() -> None:
    asked = ask(FULL, 12)
    second = own_of(FULL, "welcome")[1]

    assert "welcome-2-a" in ids(choose(FULL, asked, shared=resting(second, people=MOST_SHARED)))


def test_where_everything_rests_nothing_is_asked_of_the_pack_with_the_cycle() -> None:
    assert None is choose(FULL, [], shared=everything)
    assert None is choose(FULL, ask(FULL, 5), shared=everything)


OWN = pack(prompt("own", 1), prompt("own", 2), dimensions=("own",))


def test_a_pack_of_ones_own_then_asks_a_question_alone_where_somebody_could_be_quoted() -> None:
    found = choose(OWN, [], shared=everything, audience_size=QUOTED_FROM)

    assert found
    assert ("own-1", (), (), 1) == (found.prompt_id, found.statements, found.tags, found.place)
    assert (Askable(keys=(StatementKey("round:r"),)),) == askables_of(found, RoundId("r"))
    assert None is choose(OWN, [], shared=everything, audience_size=QUOTED_FROM - 1)


def test_questions_that_are_asked_alone_take_turns_too() -> None:
    asked: list[RoundPrompt] = []
    for _ in range(4):
        found = choose(OWN, asked, shared=everything)
        assert found
        asked.append(found)

    assert [{"own-1", "own-2"}] * 2 == [{one.prompt_id for one in pair} for pair in (asked[:2], asked[2:])]


def test_a_channel_in_which_everything_rests_is_not_asked_for_proposals_again_and_again() -> None:
    asked = ask_whole(3)
    collects = choose(WHOLE, asked, FOUND, shared=everything)

    assert collects
    assert (RoundKind.COLLECT, 4) == (collects.kind, collects.place)
    after = choose(WHOLE, [*asked, collects], FOUND, shared=everything, audience_size=9)
    assert None is after


# --- Norms --------------------------------------------------------------------------------------------------


def steps(*norms: Norm, kind: RoundKind) -> Shared:
    """The words of these norms were put to these people in this step."""
    asked = choose(WHOLE, [], FOUND, agenda(*norms))
    assert asked
    assert kind is asked.kind
    return resting(*askables_of(asked, RoundId("r")))


def agenda(*norms: Norm) -> Agenda:
    return Agenda(ledger=norms, today=TODAY, seed=7)


def test_a_proposal_that_rests_waits_while_others_are_decided_about() -> None:
    a, b, c = (a_norm(name) for name in "abc")
    found = choose(WHOLE, [], FOUND, agenda(a, b, c), steps(b, kind=RoundKind.CHOOSE))

    assert found
    assert (RoundKind.CHOOSE, ["a", "c"]) == (found.kind, ids(found))


def test_where_all_proposals_rest_the_cycle_goes_on() -> None:
    a, b = a_norm("a"), a_norm("b")
    found = choose(WHOLE, [], FOUND, agenda(a, b), steps(a, b, kind=RoundKind.CHOOSE))

    assert found
    assert ("welcome", 1) == (found.dimension, found.place)


def test_the_same_words_rest_whoever_proposes_them_and_with_whatever_full_stop() -> None:
    a = a_norm("a")
    again = replace(a_norm("z"), text=f"  {a.text.upper()}!")

    found = choose(WHOLE, [], FOUND, agenda(again), steps(a, kind=RoundKind.CHOOSE))

    assert found
    assert RoundKind.CHOOSE is not found.kind


@pytest.mark.parametrize("kind", [RoundKind.DECIDE, RoundKind.CONSENT])
def test_words_that_a_round_of_before_asked_about_rest(kind: RoundKind) -> None:
    a, b = a_norm("a", NormState.TIED), a_norm("b", NormState.TIED)
    before = askables_of(round_of(kind, "a", "b").prompt, RoundId("r"))

    found = choose(WHOLE, [], FOUND, agenda(a, b), resting(*before))

    assert found
    assert RoundKind.REFLECT is found.kind


def test_what_a_round_of_before_preferred_is_decided_about_a_week_later_all_the_same() -> None:
    before = askables_of(round_of(RoundKind.DECIDE, "c", "d").prompt, RoundId("r"))

    found = choose(WHOLE, [], FOUND, agenda(a_norm("c", NormState.CANDIDATE)), resting(*before))

    assert found
    assert (RoundKind.CHOOSE, ["c"]) == (found.kind, ids(found))


@pytest.mark.parametrize(
    ("norm", "kind"),
    [
        (a_norm("c", NormState.CANDIDATE), RoundKind.CHOOSE),
        (a_norm("t", NormState.CANDIDATE, NormState.TRYING, until=TODAY), RoundKind.LOOK_AGAIN),
    ],
)
def test_what_was_preferred_and_looking_again_wait_as_well(norm: Norm, kind: RoundKind) -> None:
    found = choose(WHOLE, [], FOUND, agenda(norm), steps(norm, kind=kind))

    assert found
    assert RoundKind.REFLECT is found.kind


def test_the_next_norm_is_looked_at_while_the_longest_due_rests() -> None:
    first, second = (
        a_norm(name, NormState.CANDIDATE, NormState.TRYING, NormState.KEPT, until=TODAY) for name in "ab"
    )
    found = choose(WHOLE, [], FOUND, agenda(first, second), steps(first, kind=RoundKind.LOOK_AGAIN))

    assert found
    assert (RoundKind.LOOK_AGAIN, "b") == (found.kind, found.norm)


# --- Laws ---------------------------------------------------------------------------------------------------


def by_chance(seed: int) -> Shared:
    """Any number of people for any statement, the same for the same one."""
    return lambda one: crc32(f"{seed} {one.keys[0]}".encode()) % (2 * MANY)


@given(packs(), st.integers(), st.integers(0, 12))
def test_whatever_was_asked_elsewhere_nothing_is_asked_that_rests(
    pack_: PromptPack, seed: int, rounds: int
) -> None:
    shared = by_chance(seed)
    asked: list[RoundPrompt] = []
    for _ in range(rounds):
        found = choose(pack_, asked, shared=shared)
        assert found == choose(pack_, tuple(asked), shared=shared)
        if found is None:
            break
        asked.append(found)
        if found.statements:
            assert all(may_ask(shared(one)) for one in askables_of(found, RoundId("r")))


@given(packs(), st.integers(), st.integers(0, 12), st.integers(0, 7))
def test_nothing_is_refused_while_an_own_statement_may_be_asked(
    pack_: PromptPack, seed: int, rounds: int, number: int
) -> None:
    every = [statement for one in pack_.prompts for statement in one.statements]
    free = askable_of(every[seed % len(every)])

    found = choose(pack_, ask(pack_, rounds), shared=all_but(free), audience_size=number)

    assert found
    assert askable_of(found.statements[0]).keys[1:] == free.keys[1:]
