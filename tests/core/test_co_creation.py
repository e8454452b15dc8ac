"""Which step of a change is asked when: what the ledger asks for comes before the cycle goes on."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from bot.core.co_creation import Agenda
from bot.core.model import CoCreateUse, NormId, PromptPack, RoundKind, RoundPrompt
from bot.core.norms import GONE, Norm, NormState, without_words
from bot.core.prompts import begins_cycle, preview
from bot.core.summary import Finding
from tests.core.norm_rounds import TODAY, a_norm
from tests.core.norm_rounds import asking as round_of
from tests.core.test_prompts import FOUND, WHOLE, ask_whole

S = NormState
TRIED = a_norm("t", S.CANDIDATE, S.TRYING, until=TODAY)
CANDIDATE = a_norm("c", S.CANDIDATE)
TIED = (a_norm("a", S.TIED), a_norm("b", S.TIED))
REFLECT, COLLECT, DECIDE, CONSENT, LOOK_AGAIN = RoundKind


def ask(
    before: Sequence[RoundPrompt],
    *ledger: Norm,
    pack: PromptPack = WHOLE,
    finding: Finding | None = FOUND,
    days: int = 0,
) -> RoundPrompt:
    agenda = Agenda(ledger=ledger, today=TODAY + timedelta(days=days), seed=7)
    return preview(pack, before, finding, agenda)


SEVEN = ask_whole(7)
"""Asked so far: the eighth place of the cycle decides, or has its topic."""


@pytest.mark.parametrize("rounds", [4, 5, 11])
def test_once_proposals_are_shown_the_next_firing_asks_of_each_whether_one_can_live_with_it(
    rounds: int,
) -> None:
    asked = ask(ask_whole(rounds), a_norm("a"), a_norm("b"), a_norm("s", S.SET_ASIDE))

    assert (DECIDE, "Whom does this touch?", False) == (asked.kind, asked.question, asked.in_turn)
    assert [("a", "words of a"), ("b", "words of b")] == [(item.id, item.text) for item in asked.items]
    assert asked.place is None


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

    assert [DECIDE, REFLECT, REFLECT, REFLECT, DECIDE] == [one.kind for one in asked[4:]]
    assert [None, 5, 6, 7, 8] == [one.place for one in asked[4:]]


def test_the_eighth_place_decides_what_waited_while_the_channel_looked_at_something_else() -> None:
    looked = ask(SEVEN, TRIED)
    decided = ask([*SEVEN, looked], a_norm("a"))

    assert (LOOK_AGAIN, None) == (looked.kind, looked.place)
    assert (DECIDE, True, 8) == (decided.kind, decided.in_turn, decided.place)


@pytest.mark.parametrize("busy", [TRIED, replace(TRIED, look_again_on=TODAY + timedelta(days=9))])
def test_nothing_new_is_started_while_an_experiment_is_unanswered(busy: Norm) -> None:
    assert DECIDE is not ask(SEVEN, a_norm("a"), busy).kind
    assert CONSENT is not ask(SEVEN, CANDIDATE, busy).kind
    assert DECIDE is not ask(SEVEN, *TIED, busy).kind


def test_a_candidate_is_put_to_the_channel_next_whatever_the_cycle_would_ask() -> None:
    for place in range(12):
        asked = ask(ask_whole(place), CANDIDATE, a_norm("z"))
        assert (CONSENT, NormId("c"), False) == (asked.kind, asked.norm, asked.in_turn)
        assert '"words of c" for four weeks?' == asked.question
        assert ["consent-why"] == [tag.id for tag in asked.tags]


def test_while_a_candidate_waits_no_other_is_looked_for_also_where_a_pack_cannot_ask() -> None:
    speaking = tuple(one for one in WHOLE.co_create if one.use is not CoCreateUse.CONSENT)

    assert DECIDE is not ask(SEVEN, CANDIDATE, a_norm("z"), pack=replace(WHOLE, co_create=speaking)).kind


@pytest.mark.parametrize("missing", [CoCreateUse.CONSENT, CoCreateUse.LOOK_AGAIN])
def test_a_pack_that_could_not_end_what_it_begins_decides_nothing(missing: CoCreateUse) -> None:
    speaking = tuple(one for one in WHOLE.co_create if one.use is not missing)

    assert DECIDE is not ask(SEVEN, a_norm("a"), a_norm("b"), pack=replace(WHOLE, co_create=speaking)).kind


def test_what_is_tied_is_asked_about_once_the_channel_has_reflected_and_nothing_else() -> None:
    decided = [*SEVEN, ask(SEVEN, a_norm("a"), a_norm("b"))]
    between = ask(decided, *TIED, a_norm("z"))
    asked = ask([*decided, between], *TIED, a_norm("z"))

    assert REFLECT is between.kind
    assert (DECIDE, ["a", "b"], False) == (asked.kind, [item.id for item in asked.items], asked.in_turn)


def test_what_comes_out_of_turn_takes_no_place_in_the_cycle() -> None:
    consent = ask(SEVEN, CANDIDATE)

    assert ask(SEVEN, a_norm("a")) == ask([*SEVEN, consent], a_norm("a"))
    assert preview(WHOLE, ask_whole(4)) == preview(WHOLE, [*ask_whole(4), consent, consent])


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


@pytest.mark.parametrize("ledger", [(TRIED,), TIED])
def test_what_got_too_few_replies_comes_again_but_the_channel_reflects_in_between(
    ledger: tuple[Norm, ...],
) -> None:
    asked = ask_whole(1)
    for _ in range(4):
        asked.append(ask(asked, *ledger))

    assert [False, True, False, True] == [one.kind is REFLECT for one in asked[1:]]


def test_consent_follows_at_once_when_a_second_question_has_found_a_candidate() -> None:
    again = ask(SEVEN, *TIED)

    assert CONSENT is ask([*SEVEN, again], CANDIDATE).kind


def test_a_cycle_is_over_after_its_twelfth_place_and_not_before() -> None:
    agenda = Agenda(ledger=(TRIED,), today=TODAY)
    eleven = ask_whole(11)

    assert not begins_cycle(WHOLE, eleven, replace(FOUND, strength=""))
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
        asked.append(preview(SMALL, asked, replace(FOUND, strength="")))

    assert [REFLECT, REFLECT, COLLECT, REFLECT, REFLECT] == [one.kind for one in asked]


def test_a_proposal_with_a_full_stop_is_quoted_without_and_taken_down_whole() -> None:
    norm = replace(CANDIDATE, text="We wait a day. Then we act.")
    asked = ask(ask_whole(1), norm)
    down = without_words(replace(round_of(CONSENT), prompt=asked), norm)

    assert '"We wait a day. Then we act" for four weeks?' == asked.question
    assert f'"{GONE}" for four weeks?' == down.prompt.question


def test_without_a_day_nothing_is_asked_about_norms() -> None:
    assert REFLECT is preview(WHOLE, [], FOUND, Agenda(ledger=(CANDIDATE, *TIED, TRIED))).kind


def test_no_statement_comes_in_two_rounds_running_whatever_comes_out_of_turn() -> None:
    ledgers: list[tuple[Norm, ...]] = [(), (TRIED,), (CANDIDATE,), TIED, (a_norm("a"),)]
    asked: list[RoundPrompt] = []
    for turn in range(60):
        asked.append(ask(asked, *ledgers[turn // 2 % 5], finding=FOUND if turn % 3 else None))

    anchors = [{item.id for item in one.items if item.id.endswith("-anchor")} for one in asked]
    assert all(not one & other for one, other in pairwise(anchors))
    assert set(RoundKind) == {one.kind for one in asked}
