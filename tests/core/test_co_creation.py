"""Which step of a change is asked when: what the ledger asks for comes before the cycle goes on."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from bot.core.co_creation import Agenda, gather
from bot.core.model import GONE, CoCreateUse, NormId, PromptPack, RoundKind, RoundPrompt
from bot.core.norms import Norm, NormState
from bot.core.prompts import begins_cycle, preview
from bot.core.summary import Highlight
from bot.core.taken_down import without_words
from tests.core.norm_rounds import TODAY, a_norm
from tests.core.norm_rounds import asking as round_of
from tests.core.test_prompts import FOUND, WHOLE, ask_whole, speaking

S = NormState
TRIED = a_norm("t", S.CANDIDATE, S.TRYING, until=TODAY)
CANDIDATE = a_norm("c", S.CANDIDATE)
TIED = (a_norm("a", S.TIED), a_norm("b", S.TIED))
REFLECT, COLLECT, CHOOSE, DECIDE, CONSENT, LOOK_AGAIN = RoundKind


def ask(
    before: Sequence[RoundPrompt],
    *ledger: Norm,
    pack: PromptPack = WHOLE,
    highlight: Highlight | None = FOUND,
    days: int = 0,
) -> RoundPrompt:
    agenda = Agenda(ledger=ledger, today=TODAY + timedelta(days=days), seed=7)
    return preview(pack, before, highlight, agenda)


FREE = speaking("free", "What could we try for {weeks} weeks?", CoCreateUse.COLLECT)
SEVEN = ask_whole(7)
"""Asked so far: the eighth place of the cycle decides, or has its topic."""


@pytest.mark.parametrize("rounds", [4, 5, 11])
def test_once_proposals_are_shown_the_next_firing_decides_about_them(rounds: int) -> None:
    asked = ask(ask_whole(rounds), a_norm("a"), a_norm("b"), a_norm("s", S.SET_ASIDE))

    assert (CHOOSE, "Whom does this touch?", False) == (asked.kind, asked.question, asked.in_turn)
    assert [("a", "words of a"), ("b", "words of b")] == [(one.id, one.text) for one in asked.statements]
    assert (None, ()) == (asked.place, asked.tags)


def test_the_eighth_place_has_its_topic_once_the_channel_has_decided() -> None:
    asked = [*ask_whole(4), ask(ask_whole(4), a_norm("a"), a_norm("b"))]
    for _ in range(4):
        asked.append(preview(WHOLE, asked, FOUND))

    assert (REFLECT, "safety", 8) == (asked[-1].kind, asked[-1].dimension, asked[-1].place)


def test_proposals_of_which_nothing_became_are_decided_about_again_at_the_eighth_place() -> None:
    ledger = (a_norm("a"), a_norm("b"))
    asked = ask_whole(4)
    for _ in range(5):
        asked.append(ask(asked, *ledger))

    assert [CHOOSE, REFLECT, REFLECT, REFLECT, CHOOSE] == [one.kind for one in asked[4:]]
    assert [None, 5, 6, 7, 8] == [one.place for one in asked[4:]]


def test_what_waited_while_the_channel_looked_at_something_else_is_decided_about_next() -> None:
    looked = ask(SEVEN, TRIED)
    decided = ask([*SEVEN, looked], a_norm("a"))

    assert (LOOK_AGAIN, None) == (looked.kind, looked.place)
    assert (CHOOSE, None) == (decided.kind, decided.place)


@pytest.mark.parametrize("busy", [TRIED, replace(TRIED, look_again_on=TODAY + timedelta(days=9))])
def test_nothing_new_is_started_while_an_experiment_is_unanswered(busy: Norm) -> None:
    assert CHOOSE is not ask(SEVEN, a_norm("a"), busy).kind
    assert CHOOSE is not ask(SEVEN, CANDIDATE, busy).kind
    assert CHOOSE is not ask(SEVEN, *TIED, busy).kind


def test_what_a_round_of_before_preferred_is_decided_about_next_and_alone() -> None:
    for place in range(12):
        asked = ask(ask_whole(place), CANDIDATE, a_norm("z"))
        assert (CHOOSE, NormId("c"), False) == (asked.kind, asked.norm, asked.in_turn)
        assert [("c", "words of c")] == [(statement.id, statement.text) for statement in asked.statements]


def test_what_was_tied_in_a_round_of_before_is_decided_about_next_and_nothing_else() -> None:
    asked = ask(SEVEN, *TIED, a_norm("z"))

    assert (CHOOSE, ["a", "b"], None) == (asked.kind, [one.id for one in asked.statements], asked.norm)


def test_a_question_of_consent_in_a_pack_is_never_asked() -> None:
    ledgers: list[tuple[Norm, ...]] = [(), (TRIED,), (CANDIDATE,), TIED, (a_norm("a"),)]
    asked: list[RoundPrompt] = []
    for turn in range(60):
        asked.append(ask(asked, *ledgers[turn % 5]))

    assert any(one.use is CoCreateUse.CONSENT for one in WHOLE.co_create)
    assert not {DECIDE, CONSENT} & {one.kind for one in asked}


def test_a_pack_that_could_not_look_again_decides_nothing() -> None:
    speaking = tuple(one for one in WHOLE.co_create if one.use is not CoCreateUse.LOOK_AGAIN)

    assert CHOOSE is not ask(SEVEN, a_norm("a"), a_norm("b"), pack=replace(WHOLE, co_create=speaking)).kind


def test_suggestions_that_were_shown_without_a_question_take_no_place_and_come_between_nothing() -> None:
    box = gather(replace(WHOLE, co_create=(*WHOLE.co_create, FREE)))
    assert box

    assert not box.is_asked
    for place in range(12):
        assert preview(WHOLE, ask_whole(place), FOUND) == preview(WHOLE, [*ask_whole(place), box], FOUND)


def test_what_comes_out_of_turn_takes_no_place_in_the_cycle() -> None:
    decided = ask(SEVEN, CANDIDATE)

    assert preview(WHOLE, ask_whole(4)) == preview(WHOLE, [*ask_whole(4), decided, decided])


def test_a_norm_whose_day_has_come_takes_the_place_of_the_next_reflection() -> None:
    asked = ask(ask_whole(1), TRIED)

    assert (LOOK_AGAIN, NormId("t"), False) == (asked.kind, asked.norm, asked.in_turn)
    assert 'One week ago: "words of t".' == asked.question
    assert 'Six weeks ago: "words of t".' == ask(ask_whole(1), TRIED, days=40).question
    assert REFLECT is ask(ask_whole(1), TRIED, days=-1).kind


def test_or_the_place_of_the_twelfth_round_which_else_carries_a_strength_further() -> None:
    before = ask_whole(11)

    asked = ask(before, TRIED)
    assert (LOOK_AGAIN, True, 12) == (asked.kind, asked.in_turn, asked.place)
    assert 'Where could "Y" go?' == ask(before).question


def test_the_round_that_collects_is_not_put_off_by_a_norm_whose_day_has_come() -> None:
    assert COLLECT is ask(ask_whole(3), TRIED).kind


def test_what_got_too_few_replies_comes_again_but_the_channel_reflects_in_between() -> None:
    asked = ask_whole(1)
    for _ in range(4):
        asked.append(ask(asked, TRIED))

    assert [False, True, False, True] == [one.kind is REFLECT for one in asked[1:]]


def test_a_cycle_is_over_after_its_twelfth_place_and_not_before() -> None:
    agenda = Agenda(ledger=(TRIED,), today=TODAY)
    eleven = ask_whole(11)

    assert not begins_cycle(WHOLE, eleven, replace(FOUND, strength=None))
    assert not begins_cycle(WHOLE, eleven, FOUND, agenda)
    assert begins_cycle(WHOLE, [*eleven, ask(eleven, TRIED)], FOUND, agenda)


SMALL = replace(WHOLE, prompts=tuple(one for one in WHOLE.prompts if one.dimension in {"welcome", "safety"}))
"""A pack of one's own: its cycle has no place that must be filled."""


def test_a_small_channel_that_carries_nothing_further_has_its_rest_all_the_same() -> None:
    topics = {"welcome", "cocreate", "norms"}
    own = replace(WHOLE, prompts=tuple(one for one in WHOLE.prompts if one.dimension in topics))
    asked: list[RoundPrompt] = []
    for _ in range(4):
        asked.append(preview(own, asked, FOUND))

    assert "norms" == asked[-1].dimension
    assert not begins_cycle(own, asked, FOUND)
    assert begins_cycle(own, asked, FOUND, audience_size=9)


def test_a_place_of_a_pack_of_ones_own_that_has_nothing_to_ask_is_passed_over() -> None:
    asked: list[RoundPrompt] = []
    for _ in range(5):
        asked.append(preview(SMALL, asked, replace(FOUND, strength=None)))

    assert [REFLECT, REFLECT, COLLECT, REFLECT, REFLECT] == [one.kind for one in asked]


def test_a_norm_with_a_full_stop_is_quoted_without_and_taken_down_whole() -> None:
    norm = replace(TRIED, text="We wait a day. Then we act.")
    asked = ask(ask_whole(1), norm)
    down = without_words(replace(round_of(LOOK_AGAIN), prompt=asked), norm)

    assert 'One week ago: "We wait a day. Then we act".' == asked.question
    assert f'One week ago: "{GONE}".' == down.prompt.question


def test_without_a_day_nothing_is_asked_about_norms() -> None:
    assert REFLECT is preview(WHOLE, [], FOUND, Agenda(ledger=(CANDIDATE, *TIED, TRIED))).kind


def test_no_statement_comes_in_two_rounds_running_whatever_comes_out_of_turn() -> None:
    ledgers: list[tuple[Norm, ...]] = [(), (TRIED,), (CANDIDATE,), TIED, (a_norm("a"),)]
    asked: list[RoundPrompt] = []
    for turn in range(60):
        asked.append(ask(asked, *ledgers[turn // 2 % 5], highlight=FOUND if turn % 3 else None))

    anchors = [
        {statement.id for statement in one.statements if statement.id.endswith("-anchor")} for one in asked
    ]
    assert all(not one & other for one, other in pairwise(anchors))
    assert set(RoundKind) - {DECIDE, CONSENT} == {one.kind for one in asked}
