"""``belonging proof`` on results of co-creation: what their rules would not have shown is found."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.core.audit import Evidence, StoredResult
from bot.core.model import ChannelId, NormId, Outcome, RoundId, RoundKind, RoundState
from bot.core.release import Published
from bot.core.taken_down import without_words
from bot.proof import Verdict
from tests.core.norm_rounds import a_norm, asking, looked, proposing, published, supported
from tests.privacy.installation import an_installation, evidence, judged
from tests.privacy.test_proof_results import NUMBERS, with_results
from tests.privacy.test_proof_subtraction import SUBTRACTION

pytestmark = pytest.mark.attack

COLLECT = asking(RoundKind.COLLECT)
AGAIN = asking(RoundKind.LOOK_AGAIN, "look_again", norm="a")
DECIDE = asking(RoundKind.DECIDE, "a", "b")
CHOOSE = asking(RoundKind.CHOOSE, "a", "b")
PROPOSED = proposing(COLLECT, ("one", "two", "three"))


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evidence]:
    """What is found in an installation with an open round."""
    with an_installation(tmp_path_factory.mktemp("open")) as world:
        yield evidence(world)


def stored(round_: Any, release: Published) -> StoredResult:
    closed = round_.with_state(RoundState.CLOSED)
    return StoredResult(round=closed, release=release, released_at=closed.closes_at, surplus=False)


def said(found: Evidence, round_: Any, release: Published) -> str:
    """What the attack on published numbers finds in this result; empty where it passes."""
    result = judged(with_results(found, stored(round_, release)), NUMBERS)
    return "" if result.verdict is Verdict.PASS else result.found


@pytest.mark.parametrize(
    ("round_", "release"),
    [
        (COLLECT, PROPOSED),
        (COLLECT, replace(PROPOSED, proposals=("one", "", ""))),
        (AGAIN, looked(AGAIN, Outcome.CHANGE)),
        (AGAIN, looked(AGAIN, Outcome.KEEP, tied=True)),
        (DECIDE, published(DECIDE, supported("a", 8), supported("b", 4))),
        (CHOOSE, published(CHOOSE, supported("b", 3))),
        (CHOOSE, replace(published(CHOOSE, supported("b", 8)), tied=True)),
        (CHOOSE, published(CHOOSE)),
    ],
)
def test_results_as_their_rules_demand_withstand(found: Evidence, round_: Any, release: Published) -> None:
    assert "" == said(found, round_, release)


@pytest.mark.parametrize(
    ("round_", "release", "what"),
    [
        (COLLECT, proposing(COLLECT, ("one", "two")), "fewer proposals than may be shown together"),
        (COLLECT, proposing(COLLECT, ("one", "one", "two")), "fewer proposals than may be shown together"),
        (COLLECT, replace(PROPOSED, replies=7), "fewer proposals than may be shown together"),
        (COLLECT, replace(PROPOSED, quotes=("a", "b", "c")), "something beside the proposals"),
        (COLLECT, replace(PROPOSED, outcome=Outcome.KEEP), "an outcome that nobody was asked for"),
        (AGAIN, published(AGAIN), "or none where one was"),
        (
            AGAIN,
            replace(looked(AGAIN, Outcome.KEEP), statements=(supported("look_again", 5),)),
            "votes, beside what won",
        ),
        (DECIDE, replace(published(DECIDE), proposals=("a", "b", "c")), "proposals of a round that did not"),
        (DECIDE, published(DECIDE, supported("a", 4), supported("a", 5)), "more than one number"),
        (CHOOSE, published(CHOOSE, supported("a", 4), supported("b", 5)), "beside what is tried"),
        (CHOOSE, replace(published(CHOOSE), tied=True), "beside what is tried"),
        (CHOOSE, published(CHOOSE, supported("a", 2)), "what too few would try"),
        (CHOOSE, published(CHOOSE, supported("a", 5, 7)), "counted of too few"),
        (CHOOSE, published(CHOOSE, supported("a", None)), "counted of too few"),
    ],
)
def test_a_result_that_shows_more_is_found(
    found: Evidence, round_: Any, release: Published, what: str
) -> None:
    assert what in said(found, round_, release)


def test_proposals_that_were_taken_down_in_two_channels_are_not_the_same_statement(found: Evidence) -> None:
    bare = without_words(DECIDE, a_norm("a"))
    here = replace(bare, opened_at=found.at - timedelta(days=1))
    there = replace(here, id=RoundId("r2"), channel=ChannelId("C0OTHER"))
    shown = published(DECIDE, supported("a", 4))
    pair = with_results(found, stored(here, shown), stored(there, shown))

    assert "show the same statement" not in judged(pair, SUBTRACTION).found


@pytest.mark.parametrize("in_turn", [True, False])
def test_a_proposal_that_one_channel_was_asked_about_twice_is_found(
    found: Evidence, *, in_turn: bool
) -> None:
    """Also where it was tied: whoever came or went in between is seen in the difference."""
    first = replace(DECIDE, opened_at=found.at - timedelta(days=9))
    again = replace(
        first,
        id=RoundId("r2"),
        number=2,
        opened_at=found.at - timedelta(days=5),
        prompt=replace(DECIDE.prompt, in_turn=in_turn),
    )
    shown = published(DECIDE, supported("a", 4))
    pair = with_results(found, stored(first, shown), stored(again, shown))

    assert Verdict.FAIL is judged(pair, SUBTRACTION).verdict


@pytest.mark.parametrize(("norm", "same"), [(None, True), (NormId("a"), False)])
def test_what_is_chosen_among_is_what_was_decided_about_before_but_for_what_was_preferred(
    found: Evidence, norm: NormId | None, *, same: bool
) -> None:
    decided = replace(DECIDE, opened_at=found.at - timedelta(days=9))
    prompt = replace(CHOOSE.prompt, norm=norm)
    chosen = replace(decided, id=RoundId("r2"), opened_at=found.at - timedelta(days=5), prompt=prompt)
    pair = with_results(
        found,
        stored(decided, published(DECIDE, supported("a", 4))),
        stored(chosen, published(CHOOSE, supported("a", 4))),
    )

    assert same is ("show the same statement" in judged(pair, SUBTRACTION).found)


def test_consent_is_another_statement_than_the_decision_before_it(found: Evidence) -> None:
    decided = replace(DECIDE, opened_at=found.at - timedelta(days=9))
    prompt = replace(DECIDE.prompt, kind=RoundKind.CONSENT)
    consent = replace(decided, id=RoundId("r2"), opened_at=found.at - timedelta(days=5), prompt=prompt)
    shown = published(DECIDE, supported("a", 4))
    pair = with_results(found, stored(decided, shown), stored(consent, shown))

    assert "show the same statement" not in judged(pair, SUBTRACTION).found
