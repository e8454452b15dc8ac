"""A channel that stands in the middle of the four steps of before: it goes on with what it has."""

from dataclasses import replace

import pytest

from bot.core.model import NormId, Round, RoundKind, RoundPrompt, StatementId
from bot.core.norms import NormState, NormStep, advance
from bot.core.release import Published, Withheld
from bot.core.replies import Draft
from bot.service import open_rounds
from tests.replying import accept_reply, open_reply
from tests.service.norm_services import (
    EIGHT,
    TEXTS,
    box,
    changing,
    close,
    collected,
    decide,
    fire,
    ledger,
    propose,
    result,
    states,
    week,
)
from tests.service.services import Fakes

S = NormState


@pytest.fixture
def team(fakes: Fakes) -> Fakes:
    return changing(fakes)


def opened_before(
    team: Fakes, monkeypatch: pytest.MonkeyPatch, number: int, kind: RoundKind, norm: NormId | None = None
) -> Round:
    """The round of this week as the version before stored it, with its audience marked as that one did."""

    def of_before(*args: object, **kwargs: object) -> RoundPrompt | None:
        found = choose(*args, **kwargs)  # type: ignore[arg-type]
        assert found
        statements = found.statements
        if kind is RoundKind.CONSENT:
            statements = (replace(statements[0], id=StatementId("consent")),)
        return replace(found, kind=kind, statements=statements, norm=norm)

    choose = open_rounds.choose
    with monkeypatch.context() as patched:
        patched.setattr(open_rounds, "choose", of_before)
        return fire(team, number)


def say(team: Fakes, round_: Round, agreeing: dict[str, int]) -> None:
    """Let so many of the eight agree with each statement, by its id, and the others disagree."""
    for place, member in enumerate(EIGHT):
        receipt = open_reply(team.services, round_.id, member).receipt
        assert receipt
        answers: dict[StatementId, int | None] = {
            one.id: 4 if place < agreeing.get(one.id, 0) else 1 for one in round_.prompt.statements
        }
        accept_reply(team.services, round_.id, member, Draft(answers=answers), receipt)


def preferred(team: Fakes) -> NormId:
    """A channel that was shown proposals, of which the round of week 4 has preferred the first."""
    first, *others = collected(team)
    with team.store.transaction("test") as tx:
        for norm, state in ((first, S.CANDIDATE), *((one, S.SET_ASIDE) for one in others)):
            tx.put_norm(advance(norm, NormStep(state=state, on=team.now.date(), round=4)))
    return first.id


def test_an_open_round_of_deciding_closes_by_its_rule_and_its_best_is_decided_about_next(
    team: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b, _ = (norm.id for norm in collected(team))
    before = opened_before(team, monkeypatch, 4, RoundKind.DECIDE)
    say(team, before, {a: 4, b: 6})
    close(team)
    shown = result(team, before.id)
    assert isinstance(shown, Published)
    assert 3 == len(shown.statements)
    assert {"A": "set_aside", "B": "candidate", "C": "set_aside"} == states(team)

    asked = fire(team, 5)
    assert (RoundKind.CHOOSE, b, [b]) == (
        asked.prompt.kind,
        asked.prompt.norm,
        [statement.id for statement in asked.prompt.statements],
    )
    decide(team, asked, {b: 3}, {b: 2})
    close(team)
    assert "trying" == states(team)["B"]


@pytest.mark.parametrize(("see_no_harm", "state"), [(6, "trying"), (5, "set_aside")])
def test_an_open_round_of_consent_closes_by_its_rule(
    team: Fakes, monkeypatch: pytest.MonkeyPatch, see_no_harm: int, state: str
) -> None:
    norm = preferred(team)
    before = opened_before(team, monkeypatch, 5, RoundKind.CONSENT, norm)
    say(team, before, {"consent": see_no_harm})
    close(team)

    assert state == states(team)["A"]
    assert RoundKind.REFLECT is fire(team, 6).prompt.kind


def test_a_round_of_consent_with_too_few_replies_lets_the_proposal_rest_as_it_promised(
    team: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    norm = preferred(team)
    before = opened_before(team, monkeypatch, 5, RoundKind.CONSENT, norm)
    close(team)

    assert isinstance(result(team, before.id), Withheld)
    assert "set_aside" == states(team)["A"]


def test_what_was_preferred_and_not_asked_about_yet_is_decided_about_with_the_next_question(
    team: Fakes,
) -> None:
    norm = preferred(team)

    assert (RoundKind.CHOOSE, norm) == (fire(team, 5).prompt.kind, team.rounds()[-1].prompt.norm)


def test_what_was_tied_is_decided_about_once_its_words_have_rested(
    team: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [norm.id for norm in collected(team)]
    before = opened_before(team, monkeypatch, 4, RoundKind.DECIDE)
    say(team, before, dict.fromkeys(ids, 8))
    close(team)
    assert dict.fromkeys("ABC", "tied") == states(team)

    kinds = [week(team, number).prompt.kind for number in range(5, 9)]

    assert [RoundKind.REFLECT] * 3 + [RoundKind.CHOOSE] == kinds
    assert {"A": "trying", "B": "set_aside", "C": "set_aside"} == states(team)


def test_proposals_of_which_too_few_said_something_are_decided_about_once_they_have_rested(
    team: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    collected(team)
    opened_before(team, monkeypatch, 4, RoundKind.DECIDE)
    close(team)
    assert dict.fromkeys("ABC", "proposed") == states(team)

    kinds = [week(team, number).prompt.kind for number in range(5, 9)]

    assert [RoundKind.REFLECT] * 3 + [RoundKind.CHOOSE] == kinds


def test_a_trial_that_was_begun_before_is_looked_at_on_its_day(
    team: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    norm = preferred(team)
    before = opened_before(team, monkeypatch, 5, RoundKind.CONSENT, norm)
    say(team, before, {"consent": 8})
    close(team)

    kinds = [week(team, number).prompt.kind for number in range(6, 11)]

    assert RoundKind.LOOK_AGAIN is kinds[-1]
    steps = [step.state for step in ledger(team)[0].steps]
    assert [S.PROPOSED, S.CANDIDATE, S.TRYING, S.KEPT] == steps


def test_a_box_that_was_stored_before_takes_no_place_in_the_cycle_when_it_is_shown(team: Fakes) -> None:
    week(team, 0)
    stored = replace(box(team), prompt=replace(box(team).prompt, in_turn=True))
    with team.store.transaction("test") as tx:
        tx.update_round(stored)
    for member, text in zip(EIGHT, TEXTS, strict=False):
        propose(team, stored, member, text)

    week(team, 1)
    week(team, 2)

    assert not team.round(stored.id).prompt.is_asked
    assert ("door", 3) == (fire(team, 3).prompt.dimension, team.rounds()[-1].prompt.place)
