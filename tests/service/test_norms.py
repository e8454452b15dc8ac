"""Flow (g): what a channel proposes, tries, keeps, changes and lets go, and who may touch it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.counts import count_of
from bot.core.model import GONE, NormId, Outcome, RoundKind, RoundState
from bot.core.norms import NormState, NormStep, advance
from bot.core.release import VOTES, Published, Withheld
from bot.errors import StoreError
from bot.service.close_rounds import close_round
from bot.service.norms import LookAgain, TakeDown, ask_to_look_again, norms_asked, take_proposal_down
from bot.service.run_due import run_due
from tests.service.norm_services import (
    ADMIN,
    DAY,
    EIGHT,
    STRANGER,
    TEXTS,
    WEEK,
    archive,
    changing,
    close,
    collected,
    decide,
    fire,
    ledger,
    propose,
    result,
    states,
    until,
    week,
)
from tests.service.services import TEAM, TUESDAY, Fakes

S = NormState


@pytest.fixture
def team(fakes: Fakes) -> Fakes:
    return changing(fakes)


def tried(team: Fakes) -> int:
    """Let the first proposal be chosen, so that it is tried; the number of the next week."""
    first = collected(team)[0]
    decide(team, fire(team, 4), {first.id: 6})
    close(team)
    return 5


def upgraded_with_a_candidate(team: Fakes) -> None:
    """A round of before, closed in week 4, has preferred the first proposal over the others."""
    first, *others = collected(team)
    week_of = {"on": team.now.date(), "round": 4}
    with team.store.transaction("test") as tx:
        tx.put_norm(advance(first, NormStep(state=S.CANDIDATE, **week_of)))
        for norm in others:
            tx.put_norm(advance(norm, NormStep(state=S.SET_ASIDE, **week_of)))


# The whole way.


def test_from_proposals_to_a_norm_that_is_kept(team: Fakes) -> None:
    proposals = collected(team)
    assert dict.fromkeys("ABC", "proposed") == states(team)
    assert set(TEXTS) == {norm.text for norm in proposals}

    round_ = fire(team, 4)
    assert RoundKind.CHOOSE is round_.prompt.kind
    a, b, c = (norm.id for norm in proposals)
    decide(team, round_, {a: 4, b: 5, c: 5}, {b: 2, c: 3})
    close(team)
    assert {"A": "set_aside", "B": "trying", "C": "set_aside"} == states(team)
    shown = result(team, round_.id)
    assert isinstance(shown, Published)
    assert [(b, count_of(5, 8))] == [(one.statement, one.count) for one in shown.statements]
    assert ledger(team)[1].look_again_on == (team.now + timedelta(weeks=4)).date()

    number, again = until(team, RoundKind.LOOK_AGAIN, 5)
    assert (9, b) == (number, again.prompt.norm)
    team.reply(again, EIGHT, VOTES[Outcome.KEEP])
    close(team)
    norm = ledger(team)[1]
    assert [S.PROPOSED, S.TRYING, S.KEPT] == [step.state for step in norm.steps]
    assert [4, 5, again.number] == [step.round for step in norm.steps]


def test_a_round_asks_about_its_own_norms_and_reads_no_other(team: Fakes) -> None:
    """A ledger grows with every collection, and everybody who opens a form would read all of it."""
    proposals = collected(team)
    round_ = fire(team, 4)
    assert sorted(norm.id for norm in proposals) == [norm.id for norm in norms_asked(team.services, round_)]

    decide(team, round_, {proposals[1].id: 5})
    close(team)
    _, again = until(team, RoundKind.LOOK_AGAIN, 5)
    assert [proposals[1].id] == [norm.id for norm in norms_asked(team.services, again)]


@pytest.mark.parametrize(
    ("vote", "state"), [(VOTES[Outcome.CHANGE], "changed"), (VOTES[Outcome.LET_GO], "let_go")]
)
def test_what_is_changed_or_let_go_ends_and_the_channel_collects_again(
    team: Fakes, vote: int, state: str
) -> None:
    number, again = until(team, RoundKind.LOOK_AGAIN, tried(team))
    team.reply(again, EIGHT, vote)
    close(team)

    assert state == states(team)["A"]
    until(team, RoundKind.COLLECT, number + 1)
    assert 1 == [one.prompt.kind for one in team.rounds()].count(RoundKind.LOOK_AGAIN)


def test_what_more_than_two_see_harm_in_rests_and_nothing_of_it_is_stored(team: Fakes) -> None:
    collected(team)
    round_ = fire(team, 4)
    ids = [norm.id for norm in ledger(team)]
    decide(team, round_, dict.fromkeys(ids, 5), dict.fromkeys(ids, 3))
    close(team)

    assert {"set_aside"} == set(states(team).values())
    shown = result(team, round_.id)
    assert isinstance(shown, Published)
    assert ((), False) == (shown.statements, shown.tied)
    assert RoundKind.REFLECT is fire(team, 5).prompt.kind


def test_of_a_tie_the_earlier_letter_is_tried_and_that_there_was_one_is_stored(team: Fakes) -> None:
    collected(team)
    round_ = week(team, 4)

    assert {"A": "trying", "B": "set_aside", "C": "set_aside"} == states(team)
    shown = result(team, round_.id)
    assert isinstance(shown, Published)
    assert shown.tied


def test_too_few_replies_leave_the_proposals_where_they_are(team: Fakes) -> None:
    collected(team)
    fire(team, 4)
    close(team)

    assert dict.fromkeys("ABC", "proposed") == states(team)
    assert RoundKind.REFLECT is fire(team, 5).prompt.kind


def test_too_few_proposals_leave_no_trace_in_the_ledger(team: Fakes) -> None:
    assert () == collected(team, TEXTS[:2])
    assert isinstance(result(team, team.rounds()[3].id), Withheld)
    assert ("post_summary", team.rounds()[3].id) in [said[:2] for said in team.messenger.said]


def test_a_result_and_what_it_does_to_the_ledger_are_stored_together_or_not_at_all(team: Fakes) -> None:
    for number in range(3):
        week(team, number)
    round_ = fire(team, 3)
    for member, text in zip(EIGHT, TEXTS, strict=False):
        propose(team, round_, member, text)
    closing = replace(round_, state=RoundState.CLOSING)
    with team.store.transaction("test") as tx:
        tx.update_round(closing)

    team.store.fail = True
    with pytest.raises(StoreError):
        close_round(team.services, closing)
    assert round_.id not in team.store.tables.releases
    assert {} == team.store.tables.norms

    team.store.fail = False
    close(team)
    assert 3 == len(ledger(team))
    close_round(team.services, team.round(round_.id))
    assert 3 == len(ledger(team))


def test_a_proposal_names_no_colleague_and_without_names_none_is_published(team: Fakes) -> None:
    team.directory.called[EIGHT[0]] = frozenset({"Maya Okafor"})
    norms = collected(team, (*TEXTS, "When Maya Okafor speaks, we listen to the end"))
    assert "When [name] speaks, we listen to the end" in {norm.text for norm in norms}


def test_where_the_bot_was_taken_out_meanwhile_no_proposal_is_published(team: Fakes) -> None:
    for number in range(3):
        week(team, number)
    round_ = fire(team, 3)
    for member, text in zip(EIGHT, TEXTS, strict=False):
        propose(team, round_, member, text)
    del team.directory.members[TEAM]
    team.now += 3 * DAY
    run_due(team.services)

    assert isinstance(result(team, round_.id), Withheld)
    assert () == ledger(team)


# The rhythm.


def test_rounds_of_collecting_say_nothing_of_how_many_take_part(team: Fakes) -> None:
    for number in range(3):
        week(team, number)
    fire(team, 3)
    close(team)
    fire(team, 4)
    close(team)
    fire(team, 5)

    assert [] == team.messenger.told
    close(team)
    fire(team, 6)
    assert [("ask_to_go_on", "s1")] == team.messenger.told


def test_a_decision_that_a_rest_has_put_off_begins_no_second_rest(team: Fakes) -> None:
    norm = collected(team)[0]
    norms = ledger(team)
    with team.store.transaction("test") as tx:
        for one in norms:
            tx.put_norm(advance(one, NormStep(state=S.SET_ASIDE, on=team.now.date())))
    number = next(later for later in range(4, 20) if week(team, later, answer=2) and team.messenger.told) + 1
    with team.store.transaction("test") as tx:
        tx.put_norm(replace(norm, id=NormId("again")))

    kinds = [week(team, later).prompt.kind for later in range(number, number + 3)]
    assert [RoundKind.CHOOSE, RoundKind.REFLECT, RoundKind.REFLECT] == kinds
    assert [("post_cycle", "s1")] == team.messenger.told


def test_a_norm_whose_day_comes_in_the_rest_is_looked_at_after_it_and_no_second_rest_follows(
    team: Fakes,
) -> None:
    number = tried(team)
    rest = next(later for later in range(number, number + 12) if not asks(team, later))
    ask_to_look_again(team.services, ledger(team)[0].id, EIGHT[0])

    kinds = [week(team, later).prompt.kind for later in range(rest + 1, rest + 4)]
    assert [RoundKind.LOOK_AGAIN, RoundKind.REFLECT, RoundKind.REFLECT] == kinds
    assert [("post_cycle", "s1")] == team.messenger.told
    assert "kept" == states(team)["A"]


def asks(team: Fakes, number: int) -> bool:
    """Let a week pass; whether a question came in it."""
    before = len(team.rounds())
    week(team, number)
    return len(team.rounds()) > before


# Look again.


def test_anyone_of_the_channel_may_have_it_looked_at_again_with_the_next_question(team: Fakes) -> None:
    number = tried(team)
    norm = ledger(team)[0]
    assert LookAgain.NOT_A_MEMBER is ask_to_look_again(team.services, norm.id, STRANGER)
    assert norm == ledger(team)[0]

    assert LookAgain.SOON is ask_to_look_again(team.services, norm.id, EIGHT[4])
    assert LookAgain.SOON is ask_to_look_again(team.services, norm.id, EIGHT[5])

    again = fire(team, number)
    assert (RoundKind.LOOK_AGAIN, norm.id) == (again.prompt.kind, again.prompt.norm)
    assert norm.steps == ledger(team)[0].steps


def test_what_is_neither_tried_nor_kept_is_not_looked_at(team: Fakes) -> None:
    proposal = collected(team)[0]

    assert LookAgain.NOT_NOW is ask_to_look_again(team.services, proposal.id, EIGHT[0])
    assert LookAgain.NOT_NOW is ask_to_look_again(team.services, "unknown", EIGHT[0])


def test_the_day_counts_in_the_zone_of_the_channel(team: Fakes) -> None:
    tried(team)
    team.now = (TUESDAY + 8 * WEEK).replace(hour=23, minute=30)

    ask_to_look_again(team.services, ledger(team)[0].id, EIGHT[0])

    assert (team.now + DAY).date() == ledger(team)[0].look_again_on


def test_a_day_to_look_again_on_which_nothing_is_asked_waits_for_the_next_fire_time(team: Fakes) -> None:
    """A holiday, a weekend, a rest: only fire times ask."""
    number = tried(team)
    norm = replace(ledger(team)[0], look_again_on=(TUESDAY + number * WEEK - 3 * DAY).date())
    with team.store.transaction("test") as tx:
        tx.put_norm(norm)
    team.now = TUESDAY + number * WEEK - 3 * DAY
    run_due(team.services)
    assert number == len(team.rounds())

    assert RoundKind.LOOK_AGAIN is fire(team, number).prompt.kind


def test_in_an_archived_channel_a_norm_waits_and_nothing_is_lost(team: Fakes) -> None:
    number = tried(team)
    before = ledger(team)
    archive(team)
    for later in range(number, number + 6):
        team.now = TUESDAY + later * WEEK
        run_due(team.services)
    assert (before, number) == (ledger(team), len(team.rounds()))

    archive(team, archived=False)
    assert RoundKind.LOOK_AGAIN is fire(team, number + 6).prompt.kind


# Taken down.


def test_an_admin_takes_a_proposal_down_with_a_reason_and_its_words_are_gone(team: Fakes) -> None:
    norm = collected(team)[1]
    collecting = team.rounds()[3]
    scrubs = team.store.scrubs

    assert TakeDown.DONE is take_proposal_down(team.services, norm.id, ADMIN, "  It hurts \n somebody. ")

    down = ledger(team)[1]
    assert ("", S.TAKEN_DOWN, "It hurts somebody.", None) == (
        down.text,
        down.state,
        down.last.reason,
        down.last.round,
    )
    shown = result(team, collecting.id)
    assert isinstance(shown, Published)
    assert 3 == len(shown.proposals)
    assert "" == shown.proposals[1]
    assert scrubs < team.store.scrubs
    assert norm.text not in repr(team.store.tables)
    run_due(team.services)
    assert ("update_summary", collecting.id, shown) in team.messenger.said


def test_the_same_words_in_another_collection_stay(team: Fakes) -> None:
    collected(team)
    until(team, RoundKind.COLLECT, 4)
    for member, text in zip(EIGHT, TEXTS, strict=False):
        propose(team, team.rounds()[-1], member, text)
    close(team)
    first, *_, last = (norm for norm in ledger(team) if norm.text == TEXTS[0])

    take_proposal_down(team.services, first.id, ADMIN, "names somebody")

    assert [TEXTS[0]] == [norm.text for norm in ledger(team) if norm.id == last.id]
    newest = result(team, team.rounds()[-1].id)
    assert isinstance(newest, Published)
    assert TEXTS[0] in newest.proposals


def test_nobody_else_takes_it_down_and_no_admin_without_a_reason(team: Fakes) -> None:
    norm = collected(team)[0]

    assert TakeDown.NOT_ALLOWED is take_proposal_down(team.services, norm.id, EIGHT[0], "I dislike it")
    assert TakeDown.NO_REASON is take_proposal_down(team.services, norm.id, ADMIN, " \n ")
    assert norm == ledger(team)[0]
    assert TakeDown.GONE is take_proposal_down(team.services, "unknown", ADMIN, "it hurts")
    take_proposal_down(team.services, norm.id, ADMIN, "it hurts")
    assert TakeDown.GONE is take_proposal_down(team.services, norm.id, ADMIN, "again")


def test_a_question_about_what_was_taken_down_is_ended_and_the_cycle_goes_on(team: Fakes) -> None:
    upgraded_with_a_candidate(team)
    asked = fire(team, 5)
    team.reply(asked, EIGHT[:3], 5)

    take_proposal_down(team.services, ledger(team)[0].id, ADMIN, "it names somebody")
    run_due(team.services)

    assert RoundState.CANCELLED is team.round(asked.id).state
    assert GONE == team.round(asked.id).prompt.statements[0].text
    assert asked.id not in team.vault.keys
    assert ["announce", "retire", "tell"] == team.messenger.verbs(asked.id)
    assert TEXTS[0] not in {norm.text for norm in ledger(team)[:1]}
    assert RoundKind.REFLECT is fire(team, 6).prompt.kind


def test_what_is_taken_down_while_it_is_weighed_is_not_chosen(team: Fakes) -> None:
    a, b, _ = collected(team)
    round_ = fire(team, 4)
    decide(team, round_, {a.id: 8, b.id: 3})

    take_proposal_down(team.services, a.id, ADMIN, "it names somebody")
    close(team)

    assert GONE == team.round(round_.id).prompt.statements[0].text
    assert {"A": "taken_down", "B": "trying", "C": "set_aside"} == states(team)


def test_the_messages_of_every_round_that_held_its_words_are_changed(team: Fakes) -> None:
    number = tried(team)
    week(team, number)
    collecting, decided = (team.rounds()[place] for place in (3, 4))
    team.messenger.said.clear()

    take_proposal_down(team.services, ledger(team)[0].id, ADMIN, "it names somebody")
    run_due(team.services)

    assert ["update_summary"] == team.messenger.verbs(collecting.id)
    assert ["update_summary"] == team.messenger.verbs(decided.id)
    run_due(team.services)
    assert 2 == len(team.messenger.said)
