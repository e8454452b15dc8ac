"""Which step of a change is asked when: what the ledger asks for comes before the cycle goes on."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from bot.core.cocreate import Agenda
from bot.core.model import CoCreateUse, NormId, PromptPack, RoundKind, RoundPrompt
from bot.core.norms import GONE, Norm, NormState, without_words
from bot.core.prompts import begins_cycle, choose
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
    return choose(pack, before, finding, agenda)


SEVEN = ask_whole(7)
"""Asked so far: the eighth place of the cycle decides."""


def test_the_eighth_round_asks_of_each_proposal_whether_one_can_live_with_it() -> None:
    asked = ask(SEVEN, a_norm("a"), a_norm("b"), a_norm("s", S.SET_ASIDE))

    assert (DECIDE, "Whom does this touch?", True) == (asked.kind, asked.question, asked.in_turn)
    assert [("a", "words of a"), ("b", "words of b")] == [(item.id, item.text) for item in asked.items]


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


def test_what_is_tied_is_asked_about_at_the_next_firing_and_nothing_else() -> None:
    asked = ask([*SEVEN, ask(SEVEN, a_norm("a"), a_norm("b"))], *TIED, a_norm("z"))

    assert (DECIDE, ["a", "b"], False) == (asked.kind, [item.id for item in asked.items], asked.in_turn)


def test_what_comes_out_of_turn_takes_no_place_in_the_cycle() -> None:
    consent = ask(SEVEN, CANDIDATE)

    assert ask(SEVEN, a_norm("a")) == ask([*SEVEN, consent], a_norm("a"))
    assert choose(WHOLE, ask_whole(4)) == choose(WHOLE, [*ask_whole(4), consent, consent])


def test_a_norm_whose_day_has_come_takes_the_place_of_the_next_reflection() -> None:
    asked = ask(ask_whole(1), TRIED)

    assert (LOOK_AGAIN, NormId("t"), False) == (asked.kind, asked.norm, asked.in_turn)
    assert 'One week ago: "words of t".' == asked.question
    assert 'Six weeks ago: "words of t".' == ask(ask_whole(1), TRIED, days=40).question
    assert REFLECT is ask(ask_whole(1), TRIED, days=-1).kind


def test_or_the_place_of_the_twelfth_round_which_else_carries_a_strength_further() -> None:
    before = ask_whole(10)

    asked = ask(before, TRIED)
    assert (LOOK_AGAIN, True) == (asked.kind, asked.in_turn)
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


def test_a_cycle_that_looks_again_last_is_not_over_before() -> None:
    agenda = Agenda(ledger=(TRIED,), today=TODAY)
    plain = replace(
        WHOLE, co_create=tuple(one for one in WHOLE.co_create if one.use is not CoCreateUse.CARRY)
    )
    ten = ask_whole(10)

    assert begins_cycle(plain, ten, FOUND)
    assert not begins_cycle(plain, ten, FOUND, agenda)
    assert begins_cycle(plain, [*ten, ask(ten, TRIED, pack=plain)], FOUND, agenda)


def test_a_proposal_with_a_full_stop_is_quoted_without_and_taken_down_whole() -> None:
    norm = replace(CANDIDATE, text="We wait a day. Then we act.")
    asked = ask(ask_whole(1), norm)
    down = without_words(replace(round_of(CONSENT), prompt=asked), norm)

    assert '"We wait a day. Then we act" for four weeks?' == asked.question
    assert f'"{GONE}" for four weeks?' == down.prompt.question


def test_without_a_day_nothing_is_asked_about_norms() -> None:
    assert REFLECT is choose(WHOLE, [], FOUND, Agenda(ledger=(CANDIDATE, *TIED, TRIED))).kind


def test_no_statement_comes_in_two_rounds_running_whatever_comes_out_of_turn() -> None:
    ledgers: list[tuple[Norm, ...]] = [(), (TRIED,), (CANDIDATE,), TIED, (a_norm("a"),)]
    asked: list[RoundPrompt] = []
    for turn in range(60):
        asked.append(ask(asked, *ledgers[turn // 2 % 5], finding=FOUND if turn % 3 else None))

    anchors = [{item.id for item in one.items if item.id.endswith("-anchor")} for one in asked]
    assert all(not one & other for one, other in pairwise(anchors))
    assert set(RoundKind) == {one.kind for one in asked}
