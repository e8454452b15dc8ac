"""Attacks on co-creation: what do proposals, support, consent and votes tell of another person?

As in ``test_release_attacks``: all worlds are enumerated, and an observer knows the result and the choices of
``known`` people. The mutants show which part of the rule each attack is kept off by.
"""

from collections import defaultdict
from collections.abc import Hashable
from dataclasses import replace
from itertools import combinations, permutations, product

import pytest

from bot.core import release as rule
from bot.core.counts import count_of
from bot.core.model import NormId, Outcome, RoundKind, StatementId
from bot.core.norms import NormState, consents, settle
from bot.core.release import VOTES, Published, Release, release
from bot.core.replies import Reply, Tenure
from tests.core.norm_rounds import TODAY, a_norm, asking
from tests.privacy.test_group_attacks import first, in_groups
from tests.privacy.test_release_attacks import Statistic, World, least_left, possibilities, released, worlds

pytestmark = pytest.mark.attack

LOOK_AGAIN = asking(RoundKind.LOOK_AGAIN, "look_again", norm="a")
VOTED = [Reply(answers={StatementId("look_again"): VOTES[way]}) for way in Outcome]
OUTCOME = released(LOOK_AGAIN, VOTED)

CONSENT = asking(RoundKind.CONSENT, "consent", norm="a")
FINE, WITH_A_CHANGE, HARM = [Reply(answers={StatementId("consent"): answer}) for answer in (5, 4, 1)]
CONSENTED = released(CONSENT, [FINE, WITH_A_CHANGE, HARM])


# Looking again: what won, and nothing of the votes.


@pytest.mark.parametrize("known", [0, 1])
@pytest.mark.parametrize("people", range(5, 13))
def test_one_colleague_rules_out_no_vote_of_another(people: int, known: int) -> None:
    assert 3 == least_left(worlds(people, 3), OUTCOME, known=known)


@pytest.mark.parametrize("people", [7, 8, 12])
def test_two_who_compare_rule_out_no_vote_from_seven_on(people: int) -> None:
    assert 3 == least_left(worlds(people, 3), OUTCOME, known=2)


@pytest.mark.parametrize(("people", "left"), [(5, 1), (6, 2)])
def test_under_seven_two_who_compare_may_learn_a_vote(people: int, left: int) -> None:
    """The residual that the threat model states: two of five who lost know how the other three voted."""
    assert left == least_left(worlds(people, 3), OUTCOME, known=2)


def test_who_abstained_is_not_told_apart_from_who_was_outvoted() -> None:
    with_silence = released(LOOK_AGAIN, [*VOTED, Reply(answers={})])
    found = possibilities(worlds(8, 4), with_silence, known=1)
    assert all(left >= {0, 1, 2} for left in found.values())


def counted_out(world: World) -> Hashable:
    return world


def counted_with_merged_ends(world: World) -> Hashable:
    return tuple(count_of(number, sum(world)) for number in world)


def winner_with_its_count(world: World) -> Hashable:
    return OUTCOME(world), max(world)


@pytest.mark.parametrize("people", [8, 12])
@pytest.mark.parametrize(
    ("mutant", "known"), [(counted_out, 0), (counted_with_merged_ends, 0), (winner_with_its_count, 0)]
)
def test_the_mutant_that_counts_votes_out_gives_somebody_away(
    mutant: Statistic, known: int, people: int
) -> None:
    assert least_left(worlds(people, 3), mutant, known=known) < 3


# Consent: one number.


@pytest.mark.parametrize("known", [0, 1])
@pytest.mark.parametrize("people", range(5, 13))
def test_one_colleague_rules_out_no_answer_to_consent(people: int, known: int) -> None:
    assert 3 == least_left(worlds(people, 3), CONSENTED, known=known)


def test_two_who_compare_learn_nothing_of_consent_from_twelve_answers_on_and_a_side_before() -> None:
    assert 3 == least_left(worlds(12, 3), CONSENTED, known=2)
    found = possibilities(worlds(9, 3), CONSENTED, known=2)
    assert {frozenset({0, 1, 2}), frozenset({0, 1}), frozenset({2})} >= set(map(frozenset, found.values()))


def by_option(world: World) -> Hashable:
    return tuple(count_of(number, sum(world)) for number in world)


def no_harm_and_gladly(world: World) -> Hashable:
    return count_of(world[0] + world[1], sum(world)), count_of(world[0], sum(world))


@pytest.mark.parametrize("people", [8, 12])
@pytest.mark.parametrize("mutant", [by_option, no_harm_and_gladly])
def test_the_mutant_that_shows_consent_by_option_gives_somebody_away(mutant: Statistic, people: int) -> None:
    assert least_left(worlds(people, 3), mutant, known=1) < 3


def passes_if_all_agree(world: World) -> Hashable:
    """Whether it is tried is public, too: a rule that asks for unanimity tells everybody's answer."""
    return CONSENTED(world), world[2] == 0


@pytest.mark.parametrize("people", [5, 8, 12])
def test_what_becomes_of_it_says_no_more_than_the_number_and_unanimity_would(people: int) -> None:
    def with_the_ledger(world: World) -> Hashable:
        result = CONSENTED(world)
        assert isinstance(result, Published)
        return result, settle(CONSENT, result, [a_norm("a", NormState.CANDIDATE)], TODAY, ())

    for known in (0, 1):
        plain = possibilities(worlds(people, 3), CONSENTED, known=known)
        more = possibilities(worlds(people, 3), with_the_ledger, known=known)
        assert list(plain.values()) == list(more.values())
    assert least_left(worlds(people, 3), passes_if_all_agree, known=1) < 3


# Deciding: one number for each proposal, or one for each group in its place.


SUPPORT = [
    Reply(answers={StatementId("a"): one, StatementId("b"): other})
    for one, other in product((4, 2), repeat=2)
]
DECIDE = asking(RoundKind.DECIDE, "a", "b")


@pytest.mark.parametrize("known", [0, 1])
def test_the_support_of_two_proposals_and_which_is_chosen_say_no_more_than_two_numbers(known: int) -> None:
    shown = released(DECIDE, SUPPORT)

    def with_the_ledger(world: World) -> Hashable:
        result = shown(world)
        assert isinstance(result, Published)
        return result, settle(DECIDE, result, [a_norm("a"), a_norm("b")], TODAY, ())

    assert 4 == least_left(worlds(8, 4), with_the_ledger, known=known)


def the_best_by_the_real_numbers(world: World) -> Hashable:
    """Chosen by what stands behind the ends, and not by what is shown."""
    for_a, for_b = world[0] + world[1], world[0] + world[2]
    return released(DECIDE, SUPPORT)(world), for_a > for_b


def test_the_mutant_that_chooses_by_numbers_that_are_not_shown_gives_somebody_away() -> None:
    assert least_left(worlds(6, 4), the_best_by_the_real_numbers, known=1) < 4


GROUPED = [
    Reply(answers={StatementId("a"): answer}, tenure=group) for group, answer in product(Tenure, (4, 2))
]
BY_GROUP = replace(DECIDE, prompt=replace(DECIDE.prompt, asks_tenure=True))


@pytest.mark.parametrize(("newer", "longer"), [(5, 5), (5, 8), (7, 12)])
def test_the_mutant_that_shows_support_beside_its_groups_gives_somebody_away(newer: int, longer: int) -> None:
    split, total = released(BY_GROUP, GROUPED), released(DECIDE, GROUPED)
    assert all(first(split(world)).count is None for world in in_groups(newer, longer))
    assert 4 == least_left(in_groups(newer, longer), split, known=1)

    def both(world: World) -> Hashable:
        return split(world), total(world)

    assert least_left(in_groups(newer, longer), both, known=0) < 4


def test_neither_group_is_outvoted_by_the_other() -> None:
    found: defaultdict[bool, set[tuple[int, int]]] = defaultdict(set)
    by_tenure = replace(CONSENT, prompt=replace(CONSENT.prompt, asks_tenure=True))
    replies = [
        Reply(answers={StatementId("consent"): answer}, tenure=group)
        for group, answer in product(Tenure, (4, 1))
    ]
    for world in in_groups(5, 20):
        result = released(by_tenure, replies)(world)
        found[consents(first(result))].add((world[0], world[2]))
    assert {(newer, longer) for newer in range(3, 6) for longer in range(17, 21)} == found[True]


# Proposals: several together, of people who made them public, or none.


def who_wrote_what(people: int) -> dict[Hashable, set[str]]:
    """By result: what another person may have written who is known to have written something.

    The observer is person 0 and knows their own words; person 1 told that they had proposed something, too.
    """
    words = tuple("ABCDE"[:people])
    possible: dict[Hashable, set[str]] = defaultdict(set)
    for size in range(2, people + 1):
        for others in combinations(range(2, people), size - 2):
            for written in permutations(words[1:], size - 1):
                by = dict(zip((0, 1, *others), (words[0], *written), strict=True))
                replies = [
                    Reply(answers={}, text=f"We shall do {text} together", quotable=True)
                    for text in by.values()
                ]
                result = release(asking(RoundKind.COLLECT), replies, seed=1, names=frozenset())
                possible[result].add(by[1])
    return possible


def test_who_is_known_to_have_proposed_something_may_have_written_any_of_two_at_least() -> None:
    assert 2 <= min(map(len, who_wrote_what(5).values()))


def test_the_mutant_that_publishes_two_proposals_gives_the_other_one_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rule, "LEAST_PROPOSALS", 2)
    assert 1 == min(map(len, who_wrote_what(5).values()))


def test_under_three_it_is_not_told_whether_there_were_any() -> None:
    texts = ("We write it down", "We ask who is away")
    several = [
        [Reply(answers={}, text=text, quotable=True) for text in texts[:count]] for count in range(3)
    ] + [[Reply(answers={}, text=texts[0], quotable=True)] * 20]
    results = {release(asking(RoundKind.COLLECT), one, seed=1, names=frozenset()) for one in several}
    assert 1 == len(results)


def test_a_proposal_has_no_answer_tag_group_or_place_beside_it() -> None:
    texts = [f"We shall do {letter} together" for letter in "ABC"]

    def result(answers: tuple[int, ...], groups: tuple[Tenure, ...]) -> Release:
        replies = [
            Reply(answers={StatementId("a"): answer}, text=text, quotable=True, tenure=group, tags=())
            for text, answer, group in zip(texts, answers, groups, strict=True)
        ]
        return release(asking(RoundKind.COLLECT, "a"), replies, seed=7, names=frozenset())

    one = result((5, 5, 1), (Tenure.NEWER, Tenure.LONGER, Tenure.UNSAID))
    assert one == result((1, 2, 5), (Tenure.UNSAID, Tenure.UNSAID, Tenure.NEWER))
    ids = tuple(map(NormId, "xyz"))
    norms = settle(asking(RoundKind.COLLECT), one, (), TODAY, ids)
    assert {("A", "x"), ("B", "y"), ("C", "z")} == {(norm.handle, norm.id) for norm in norms}
