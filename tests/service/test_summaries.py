"""Flow (c): what a channel knows so far, from stored results alone."""

from datetime import date, timedelta

from bot.core.agreement import Agreement
from bot.core.model import ChannelId, MemberId, ReleasePolicy, Round, RoundId
from bot.service.run_due import run_due
from bot.service.summaries import Standing, fetch_result, standing
from tests.fakes.directory import people
from tests.service.services import TEAM, TUESDAY, Fakes, weekly

STRICT = ReleasePolicy(threshold=7)


def test_a_channel_that_was_never_asked_stands_at_the_configured_rules(fakes: Fakes) -> None:
    assert standing(fakes.services, ChannelId("C0NEW")) == Standing(
        latest=None, open_round=None, policy=fakes.settings.policy
    )


def test_while_a_round_is_open_its_own_rules_count(fakes: Fakes, opened: Round) -> None:
    fakes.with_settings(policy=STRICT)

    now = standing(fakes.services, TEAM)

    assert now.open_round == opened
    assert now.policy == ReleasePolicy()


def test_the_rule_of_tenure_counts_where_the_open_round_asks_it_or_the_next_one_may(fakes: Fakes) -> None:
    fakes.directory.members[TEAM] = people(19)
    fakes.put(weekly(tenure=True))
    assert standing(fakes.services, TEAM).tenure

    fakes.now = TUESDAY
    run_due(fakes.services)
    assert not standing(fakes.services, TEAM).tenure  # the open round has nineteen people, and does not ask

    fakes.directory.members[TEAM] = people(20)
    fakes.now += timedelta(days=7)
    run_due(fakes.services)
    fakes.put(weekly())
    assert standing(fakes.services, TEAM).tenure


def test_nothing_of_an_open_round_is_known_however_many_have_replied(fakes: Fakes, opened: Round) -> None:
    before = standing(fakes.services, TEAM)

    fakes.reply(opened, people(8))

    assert standing(fakes.services, TEAM) == before
    assert fetch_result(fakes.services, opened.id) is None


def test_a_round_past_its_closing_time_is_open_no_more(fakes: Fakes, opened: Round) -> None:
    fakes.now = opened.closes_at

    assert standing(fakes.services, TEAM).open_round is None


def test_the_latest_result_is_the_one_told_and_every_earlier_one_can_be_fetched(
    fakes: Fakes, opened: Round
) -> None:
    for _ in range(2):
        fakes.reply(fakes.rounds()[-1], people(8))
        fakes.now += timedelta(days=3)
        run_due(fakes.services)
        fakes.now += timedelta(days=4)
        run_due(fakes.services)

    first, second, _ = fakes.rounds()
    latest = standing(fakes.services, TEAM).latest
    assert latest
    assert latest[0].id == second.id
    assert fetch_result(fakes.services, first.id) is not None


def test_whoever_asks_gets_the_same(fakes: Fakes, opened: Round) -> None:
    fakes.reply(opened, people(6))
    fakes.now += timedelta(days=3)
    run_due(fakes.services)
    told = standing(fakes.services, TEAM)

    fakes.directory.admins.add(MemberId("U01"))
    fakes.with_settings(policy=STRICT)
    fakes.put(weekly(policy=STRICT))

    assert standing(fakes.services, TEAM).latest == told.latest


def test_a_round_that_is_not_there_has_no_result(fakes: Fakes) -> None:
    assert fetch_result(fakes.services, RoundId("000000000000")) is None


def test_whoever_asks_for_the_promise_hears_what_was_agreed_and_what_differs(fakes: Fakes) -> None:
    agreement = Agreement(signed_on=date(2026, 12, 1), terms=fakes.settings.terms)
    fakes.with_settings(agreement=agreement)
    assert () == standing(fakes.services, TEAM).differs

    fakes.with_settings(keep_months=120)

    now = standing(fakes.services, TEAM)
    assert (agreement, ("retention",)) == (now.agreement, now.differs)
