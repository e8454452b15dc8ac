"""The norm ledger: what results do to it, and the laws that hold whatever comes."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bot.core.counts import count_of, merged_end
from bot.core.model import GONE, NormId, Outcome, Round, RoundKind, StatementId
from bot.core.norms import (
    HANDLES,
    MOST_WEIGHED,
    STEPS,
    TRIED_FOR,
    Norm,
    NormState,
    NormStep,
    advance,
    consents,
    due_again,
    handle_of,
    is_moot,
    latest_change,
    most_supported,
    settle,
    tried_now,
    weighed,
)
from bot.core.release import GroupCount, Release, StatementRelease, release
from bot.core.replies import Reply, Tenure
from bot.core.taken_down import readable, without_words
from tests.core.norm_rounds import (
    TODAY,
    a_norm,
    asking,
    looked,
    proposing,
    published,
    supported,
    withheld,
)
from tests.languages import PSEUDO, stretched

S = NormState
NUMBERS = st.integers(5, 14).flatmap(lambda of: st.integers(0, of).map(lambda agreed: (agreed, of)))


def after(round_: Round, result: Release, *ledger: Norm) -> dict[str, str]:
    """Where each norm that the result has moved stands now."""
    return {norm.id: norm.state.value for norm in settle(round_, result, ledger, TODAY, ())}


# What a result does.


def test_proposals_are_written_down_with_handles_and_what_was_open_before_rests() -> None:
    round_ = asking(RoundKind.COLLECT, number=16)
    old = [a_norm("x"), a_norm("y", S.TIED), a_norm("k", S.CANDIDATE, S.TRYING, S.KEPT)]

    found = settle(round_, proposing(round_, ("one", "two", "three")), old, TODAY, list(map(NormId, "abc")))

    assert ["x", "y"] == [norm.id for norm in found if norm.state is S.SET_ASIDE]
    new = [norm for norm in found if norm.state is S.PROPOSED]
    assert [("a", "A", "one"), ("b", "B", "two"), ("c", "C", "three")] == [
        (norm.id, norm.handle, norm.text) for norm in new
    ]
    assert {(NormStep(state=S.PROPOSED, on=TODAY, round=16),)} == {norm.steps for norm in new}


def test_the_one_with_most_support_is_the_candidate_and_the_others_rest() -> None:
    round_ = asking(RoundKind.DECIDE, "a", "b", "c")
    result = published(round_, supported("a", 4), supported("b", 5), supported("c", None))

    ledger = [a_norm(name) for name in "abc"]
    assert {"b": "candidate", "a": "set_aside", "c": "set_aside"} == after(round_, result, *ledger)


def test_a_proposal_that_rested_and_was_not_asked_waits_and_one_left_out_by_lot_does_not() -> None:
    few, many = asking(RoundKind.DECIDE, "a", "b"), asking(RoundKind.DECIDE, *"abcdef")

    one = after(few, published(few, supported("a", 4), supported("b", 5)), *map(a_norm, "abz"))
    other = after(many, published(many, *(supported(name, 5) for name in "abcdef")), *map(a_norm, "abcdefz"))

    assert {"b": "candidate", "a": "set_aside"} == one
    assert "set_aside" == other["z"]


def test_where_several_have_most_support_they_are_asked_about_once_more() -> None:
    round_ = asking(RoundKind.DECIDE, "a", "b", "c")
    result = published(round_, supported("a", 7), supported("b", 8), supported("c", 5))

    assert {"a": "tied", "b": "tied", "c": "set_aside"} == after(round_, result, *map(a_norm, "abc"))


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((8, 8), {"b": "candidate", "a": "set_aside"}),
        ((5, 3), {"a": "candidate", "b": "set_aside"}),
        ((2, 0), {"a": "set_aside", "b": "set_aside"}),
        ((None, None), {"a": "set_aside", "b": "set_aside"}),
    ],
)
def test_a_second_tie_ends_by_the_lot_of_the_handles_and_without_support_they_rest(
    counts: tuple[int | None, int | None], expected: dict[str, str]
) -> None:
    round_ = asking(RoundKind.DECIDE, "a", "b")
    ledger = [a_norm("a", S.TIED, handle="A2"), a_norm("b", S.TIED, handle="F")]

    result = published(round_, supported("a", counts[0]), supported("b", counts[1]))
    assert expected == after(round_, result, *ledger)


def test_a_first_question_that_shows_no_support_changes_nothing() -> None:
    round_ = asking(RoundKind.DECIDE, "a", "b")

    assert {} == after(round_, published(round_, supported("a", 2), supported("b", None)), a_norm("a"))
    assert {} == after(round_, withheld(round_), a_norm("a"), a_norm("b", S.TIED))


@pytest.mark.parametrize("busy", [(S.CANDIDATE,), (S.CANDIDATE, S.TRYING)])
def test_nothing_is_chosen_while_something_is_unanswered(busy: Sequence[NormState]) -> None:
    round_ = asking(RoundKind.DECIDE, "a", "b")
    result = published(round_, supported("a", 8), supported("b", 4))

    assert {} == after(round_, result, a_norm("a"), a_norm("b"), a_norm("z", *busy))


def test_a_candidate_in_which_nobody_sees_harm_is_tried_for_four_weeks() -> None:
    round_ = asking(RoundKind.CONSENT, "consent", norm="a")

    (norm,) = settle(
        round_, published(round_, supported("consent", 6)), [a_norm("a", S.CANDIDATE)], TODAY, ()
    )

    assert (S.TRYING, TODAY + TRIED_FOR) == (norm.state, norm.look_again_on)


@pytest.mark.parametrize("agreed", [None, 0, 3, 5])
def test_a_candidate_that_may_harm_rests_also_where_too_few_said_so(agreed: int | None) -> None:
    round_ = asking(RoundKind.CONSENT, "consent", norm="a")
    candidate = a_norm("a", S.CANDIDATE)

    assert {"a": "set_aside"} == after(round_, published(round_, supported("consent", agreed)), candidate)
    assert {"a": "set_aside"} == after(round_, withheld(round_), candidate)


def test_a_team_of_five_can_pass_a_norm() -> None:
    round_ = asking(RoundKind.CONSENT, "consent", norm="a")
    answers = [Reply(answers={StatementId("consent"): answer}) for answer in (5, 5, 4, 4, 1)]

    result = release(round_, answers, seed=1, names=frozenset())

    assert {"a": "trying"} == after(round_, result, a_norm("a", S.CANDIDATE))


@pytest.mark.parametrize(
    ("outcome", "tied", "state", "again"),
    [
        (Outcome.KEEP, False, S.KEPT, None),
        (Outcome.KEEP, True, S.KEPT, TODAY + TRIED_FOR),
        (Outcome.CHANGE, False, S.CHANGED, None),
        (Outcome.LET_GO, False, S.LET_GO, None),
    ],
)
@pytest.mark.parametrize("before", [(S.CANDIDATE, S.TRYING), (S.CANDIDATE, S.TRYING, S.KEPT)])
def test_looking_again_decides_and_a_tie_keeps_it_and_looks_once_more(
    before: Sequence[NormState], outcome: Outcome, *, tied: bool, state: NormState, again: date | None
) -> None:
    round_ = asking(RoundKind.LOOK_AGAIN, "look_again", norm="a", number=12)

    (norm,) = settle(
        round_, looked(round_, outcome, tied=tied), [a_norm("a", *before, until=TODAY)], TODAY, ()
    )

    assert (state, again, 12) == (norm.state, norm.look_again_on, norm.last.round)
    assert () == settle(round_, withheld(round_), [norm], TODAY, ())


def test_a_reflection_does_nothing_to_the_ledger() -> None:
    round_ = asking(RoundKind.REFLECT, "a")

    assert {} == after(round_, published(round_, supported("a", 8)), a_norm("a"), a_norm("b", S.CANDIDATE))


def test_of_what_was_taken_down_meanwhile_nothing_becomes() -> None:
    down = a_norm("a", S.CANDIDATE, S.TAKEN_DOWN)
    consent, again = (asking(kind, "x", norm="a") for kind in (RoundKind.CONSENT, RoundKind.LOOK_AGAIN))
    decide = asking(RoundKind.DECIDE, "a", "b")

    assert {} == after(consent, published(consent, supported("x", 8)), down)
    assert {} == after(again, looked(again, Outcome.KEEP), down)
    result = published(decide, supported("a", 8), supported("b", 5))
    assert {} == after(decide, result, down, a_norm("c"))


# What a round that decides does.


def test_what_was_chosen_is_tried_at_once_for_four_weeks_and_the_others_rest() -> None:
    round_ = asking(RoundKind.CHOOSE, "a", "b", "c", number=9)
    found = settle(round_, published(round_, supported("b", 6)), list(map(a_norm, "abc")), TODAY, ())

    assert {"a": "set_aside", "b": "trying", "c": "set_aside"} == {one.id: one.state.value for one in found}
    assert [TODAY + TRIED_FOR] == [one.look_again_on for one in found if one.look_again_on]
    assert {9} == {one.last.round for one in found}


def test_where_none_was_chosen_all_rest_and_where_too_few_replied_all_stay() -> None:
    round_ = asking(RoundKind.CHOOSE, "a", "b")

    assert {"a": "set_aside", "b": "set_aside"} == after(round_, published(round_), *map(a_norm, "ab"))
    assert {} == after(round_, withheld(round_), *map(a_norm, "ab"))


def test_what_was_not_asked_about_waits_where_it_was_not_left_out_by_the_draw() -> None:
    few, many = asking(RoundKind.CHOOSE, "a", "b"), asking(RoundKind.CHOOSE, *"abcdef")

    assert "z" not in after(few, published(few, supported("a", 5)), *map(a_norm, "abz"))
    assert "set_aside" == after(many, published(many, supported("a", 5)), *map(a_norm, "abcdefz"))["z"]


@pytest.mark.parametrize("state", [S.TIED, S.CANDIDATE])
def test_what_rounds_of_before_have_left_is_tried_or_rests_like_any_proposal(state: NormState) -> None:
    round_ = asking(RoundKind.CHOOSE, "a", norm="a")

    assert {"a": "trying"} == after(round_, published(round_, supported("a", 5)), a_norm("a", state))
    assert {"a": "set_aside"} == after(round_, published(round_), a_norm("a", state))


def test_nothing_is_begun_while_something_is_tried_or_what_was_taken_down_meanwhile() -> None:
    round_ = asking(RoundKind.CHOOSE, "a", "b")
    result = published(round_, supported("a", 8))

    assert {} == after(round_, result, a_norm("a"), a_norm("z", S.CANDIDATE, S.TRYING))
    assert {"b": "set_aside"} == after(round_, result, a_norm("a", S.TAKEN_DOWN), a_norm("b"))


# What it took to be tried in rounds of before.


def grouped(counts: Iterable[tuple[Tenure, tuple[int, int]]]) -> StatementRelease:
    groups = (GroupCount(group=group, count=count_of(*numbers)) for group, numbers in counts)
    return StatementRelease(statement=StatementId("consent"), count=None, groups=tuple(groups))


def sees_no_harm(numbers: tuple[int, int]) -> bool:
    agreed, of = numbers
    return agreed >= of - merged_end(of)


@given(NUMBERS, NUMBERS, st.none() | NUMBERS)
def test_by_tenure_a_norm_passes_only_if_every_group_stands_in_its_top_end(
    newer: tuple[int, int], longer: tuple[int, int], unsaid: tuple[int, int] | None
) -> None:
    groups = {Tenure.NEWER: newer, Tenure.LONGER: longer} | ({Tenure.UNSAID: unsaid} if unsaid else {})

    assert all(map(sees_no_harm, groups.values())) is consents(grouped(groups.items()))


@given(NUMBERS)
def test_in_total_a_norm_passes_only_in_the_top_end(numbers: tuple[int, int]) -> None:
    assert sees_no_harm(numbers) is consents(
        StatementRelease(statement=StatementId("c"), count=count_of(*numbers))
    )


def test_where_nothing_is_shown_nobody_has_consented() -> None:
    assert not consents(StatementRelease(statement=StatementId("c"), count=None))


@given(st.lists(st.sampled_from(NormState), max_size=6))
def test_only_a_legal_history_makes_a_norm(states: list[NormState]) -> None:
    steps = [NormStep(state=state, on=TODAY) for state in states]
    path = [None, *(step.state for step in steps)]
    legal = bool(steps) and all(one in STEPS[before] for before, one in pairwise(path))
    fields = {"id": NormId("a"), "channel": asking(RoundKind.DECIDE).channel, "handle": "A", "text": "t"}
    if legal:
        assert Norm(**fields, steps=tuple(steps)).state is states[-1]
        return
    with pytest.raises(ValueError, match=r"cannot become|at least one step"):
        Norm(**fields, steps=tuple(steps))


@given(st.dictionaries(st.sampled_from("abcdef"), st.none() | st.integers(0, 8), max_size=6))
def test_the_best_are_those_with_the_highest_lower_bound_above_nothing(counts: dict[str, int | None]) -> None:
    low = {name: count_of(agreed, 8).low for name, agreed in counts.items() if agreed is not None}
    best = {name for name, shown in low.items() if shown and shown == max(low.values())}

    assert best == set(most_supported([supported(name, agreed) for name, agreed in counts.items()]))


# Which are weighed, and when a norm is looked at again.


def test_up_to_six_proposals_are_all_weighed_and_tied_ones_alone() -> None:
    assert list("abcdef") == [norm.id for norm in weighed(list(map(a_norm, "fedcba")), 7)]
    assert ["b"] == [norm.id for norm in weighed([a_norm("a"), a_norm("b", S.TIED)], 7)]
    assert ["c"] == [norm.id for norm in weighed([a_norm("b", S.TIED), a_norm("c", S.CANDIDATE)], 7)]
    assert () == weighed([a_norm("a", S.SET_ASIDE), a_norm("b", S.CANDIDATE, S.TRYING)], 7)


def test_of_seven_six_are_drawn_and_every_one_has_the_same_chance() -> None:
    proposals, seeds = list(map(a_norm, "abcdefg")), range(7000)
    drawn = [weighed(proposals, seed) for seed in seeds]

    assert {MOST_WEIGHED} == set(map(len, drawn))
    assert drawn[:9] == [weighed(proposals[::-1], seed) for seed in seeds[:9]]
    times = Counter(norm.id for several in drawn for norm in several)
    assert all(5850 <= times[norm.id] <= 6150 for norm in proposals)


def test_handles_are_letters_then_letters_with_a_number() -> None:
    handles = [handle_of(place) for place in range(60)]

    assert list(HANDLES) == handles[:26]
    assert ["A2", "Z2", "A3"] == [handles[26], handles[51], handles[52]]


def test_a_day_to_look_again_that_nobody_was_asked_on_is_not_lost() -> None:
    """A holiday, a rest, a pause: what is due is asked at the next fire time, the longest due first."""
    tried = a_norm("a", S.CANDIDATE, S.TRYING, until=TODAY)
    kept = a_norm("b", S.CANDIDATE, S.TRYING, S.KEPT, until=TODAY - timedelta(days=1))

    assert None is due_again([tried], TODAY - timedelta(days=1))
    assert tried is due_again([tried], TODAY)
    assert kept is due_again([tried, kept], TODAY + timedelta(days=40))
    assert tried is tried_now([kept, tried])


def test_the_latest_change_is_the_last_that_was_kept_changed_or_let_go() -> None:
    kept = a_norm("a", S.CANDIDATE, S.TRYING, S.KEPT)
    changed = a_norm("b", S.CANDIDATE, S.TRYING, S.CHANGED)
    later = advance(kept, NormStep(state=S.KEPT, on=TODAY, round=20))

    assert None is latest_change([a_norm("c"), a_norm("d", S.SET_ASIDE)])
    assert changed is latest_change([kept, changed])
    assert later is latest_change([later, changed])


def test_words_that_were_taken_down_stand_in_no_question_any_more() -> None:
    norm = a_norm("a", S.CANDIDATE)
    decide = asking(RoundKind.DECIDE, "a", "b")
    consent = asking(RoundKind.CONSENT, "consent", norm="a")

    assert [GONE, "words of b"] == [one.text for one in without_words(decide, norm).prompt.statements]
    assert [GONE] == [statement.text for statement in without_words(consent, norm).prompt.statements]
    assert [False, True] == [is_moot(without_words(round_, norm)) for round_ in (decide, consent)]
    assert not is_moot(consent)


def test_words_that_were_taken_down_stand_in_no_translation_of_the_question_either() -> None:
    """The mutant that looks at the question alone leaves the words where readers of German see them."""
    norm = a_norm("a", S.CANDIDATE, S.TRYING)
    again = asking(RoundKind.LOOK_AGAIN, "look_again", norm="a")
    german = {"label": "Noch einmal", "question": "Vier Wochen lang: words of a. Behalten wir es?"}
    begins = {"label": "Otra vez", "question": "Words of a. ¿Lo mantenemos?"}
    asked = replace(again, prompt=replace(again.prompt, translations={"de": german, "es": begins}))

    bare = without_words(asked, norm).prompt.translations

    assert {"label": "Noch einmal", "question": f"Vier Wochen lang: {GONE}. Behalten wir es?"} == bare["de"]
    assert {"label": "Otra vez", "question": f"{GONE}. ¿Lo mantenemos?"} == bare["es"]


def test_what_was_taken_down_from_another_norm_changes_no_translation() -> None:
    again = asking(RoundKind.LOOK_AGAIN, "look_again", norm="b")
    asked = replace(again, prompt=replace(again.prompt, translations={"de": {"question": "words of a"}}))

    assert {"de": {"question": "words of a"}} == without_words(asked, a_norm("a")).prompt.translations


def test_that_words_were_taken_down_is_said_in_the_language_of_the_reader() -> None:
    assert readable(f"We agreed: {GONE}.") == f"We agreed: {GONE}."
    assert readable(f"We agreed: {GONE}.", PSEUDO) == f"We agreed: {stretched(GONE)}."
    assert readable("We agreed to begin late.", PSEUDO) == "We agreed to begin late."


def test_a_proposal_is_quoted_without_its_full_stop_in_any_script() -> None:
    said = {text: replace(a_norm("a"), text=text).quoted for text in ("Begin late.", "遅く始めます。", "।")}

    assert {"Begin late.": "Begin late", "遅く始めます。": "遅く始めます", "।": "।"} == said


# Whatever comes.


class LedgerMachine(RuleBasedStateMachine):
    """Any results in any order, of rounds about any norm, and admins who take things down."""

    def __init__(self) -> None:
        super().__init__()
        self.ledger: dict[NormId, Norm] = {}
        self.number = 0
        self.day = TODAY

    def apply(self, round_: Round, result: Release) -> None:
        count = len(getattr(result, "proposals", ()))
        ids = [NormId(f"n{self.number}-{place}") for place in range(count)]
        moved = settle(round_, result, tuple(self.ledger.values()), self.day, ids)
        assert len({norm.id for norm in moved}) == len(moved)
        for norm in moved:
            before = self.ledger.get(norm.id)
            steps = before.steps if before else ()
            assert steps == norm.steps[:-1], "history lost, or more than one step at once"
            assert (self.number, self.day) == (norm.last.round, norm.last.on)
            assert before is None or (before.text, before.handle) == (norm.text, norm.handle)
            self.ledger[norm.id] = norm

    def ask(self, kind: RoundKind, *statements: str, norm: str | None = None) -> Round:
        self.number += 1
        self.day += timedelta(days=7)
        return asking(kind, *statements, number=self.number, norm=norm)

    def some_norm(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from([*self.ledger, "nobody"]))

    @rule(count=st.sampled_from([3, 4, 8, 30]), enough=st.booleans())
    def collect(self, count: int, *, enough: bool) -> None:
        round_ = self.ask(RoundKind.COLLECT)
        texts = [f"text {place}" for place in range(count)]
        self.apply(round_, proposing(round_, texts) if enough else withheld(round_))

    @rule(data=st.data(), seed=st.integers(0, 99))
    def decide(self, data: st.DataObject, seed: int) -> None:
        asked = [norm.id for norm in weighed(tuple(self.ledger.values()), seed)]
        round_ = self.ask(RoundKind.DECIDE, *asked)
        agreed = data.draw(st.lists(st.none() | st.integers(0, 8), min_size=6, max_size=6))
        statements = map(supported, asked, agreed)
        self.apply(round_, published(round_, *statements) if data.draw(st.booleans()) else withheld(round_))

    @rule(data=st.data(), seed=st.integers(0, 99))
    def choose(self, data: st.DataObject, seed: int) -> None:
        asked = [norm.id for norm in weighed(tuple(self.ledger.values()), seed)]
        round_ = self.ask(RoundKind.CHOOSE, *asked)
        won = data.draw(st.sampled_from([None, *asked]))
        result = published(round_, *([supported(won, 6)] if won else []))
        self.apply(round_, result if data.draw(st.booleans()) else withheld(round_))

    @rule(data=st.data(), agreed=st.none() | st.integers(0, 8))
    def consent(self, data: st.DataObject, agreed: int | None) -> None:
        round_ = self.ask(RoundKind.CONSENT, "consent", norm=self.some_norm(data))
        shown = published(round_, supported("consent", agreed))
        self.apply(round_, shown if data.draw(st.booleans()) else withheld(round_))

    @rule(data=st.data(), outcome=st.sampled_from(Outcome), tied=st.booleans())
    def look_again(self, data: st.DataObject, outcome: Outcome, *, tied: bool) -> None:
        round_ = self.ask(RoundKind.LOOK_AGAIN, "look_again", norm=self.some_norm(data))
        self.apply(round_, looked(round_, Outcome.KEEP if tied else outcome, tied=tied))

    @rule(data=st.data())
    def take_down(self, data: st.DataObject) -> None:
        norm = self.ledger.get(NormId(self.some_norm(data)))
        if norm and S.TAKEN_DOWN in STEPS[norm.state]:
            self.ledger[norm.id] = advance(norm, NormStep(state=S.TAKEN_DOWN, on=self.day, reason="hurts"))

    @invariant()
    def one_thing_at_a_time(self) -> None:
        states = Counter(norm.state for norm in self.ledger.values())
        assert states[S.TRYING] + states[S.CANDIDATE] <= 1

    @invariant()
    def only_what_is_tried_or_kept_waits_for_a_day(self) -> None:
        for norm in self.ledger.values():
            assert norm.look_again_on is None or norm.state in {S.TRYING, S.KEPT}
            assert norm.look_again_on or norm.state is not S.TRYING

    @invariant()
    def handles_are_unique_within_a_collection_and_open_proposals_are_of_one(self) -> None:
        for number in {norm.steps[0].round for norm in self.ledger.values()}:
            handles = [norm.handle for norm in self.ledger.values() if norm.steps[0].round == number]
            assert len(set(handles)) == len(handles)
        waiting = [norm for norm in self.ledger.values() if norm.state in {S.PROPOSED, S.TIED}]
        assert len({norm.steps[0].round for norm in waiting}) <= 1


TestLedgerMachine = LedgerMachine.TestCase
TestLedgerMachine.settings = settings(deadline=None, max_examples=60, stateful_step_count=30)
