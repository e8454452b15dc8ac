"""Taking a quote down: who may, what is kept of it, and what is made up for after a failure or a crash."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.core.model import MemberId, QuoteId, Round, RoundId
from bot.core.norms import Norm
from bot.core.quotes import QuoteRemoval, QuoteRequest, quote_id
from bot.core.release import Published, Release, Result
from bot.errors import StoreError
from bot.ports import Tx
from bot.service.close_rounds import close_round
from bot.service.home import home_of
from bot.service.quotes import QuoteOutcome, ask_to_remove, keep_quote, open_requests, remove_quote
from bot.service.run_due import run_due
from tests.fakes.directory import people
from tests.fakes.messenger import FakeMessenger
from tests.service.services import OTHER, TEAM, Fakes

ADMIN, NAMED, MEMBER = MemberId("U01"), MemberId("U02"), MemberId("U03")
SAID = ("We wait for each other here.", "Some things are better said sooner.", "I like how Mondays begin.")
FRIDAY = date(2026, 11, 27)


@pytest.fixture
def closed(fakes: Fakes, twelve: None, opened: Round) -> Round:
    """A closed round with three quotes; one admin by Slack, one by name."""
    fakes.directory.admins = {ADMIN}
    fakes.with_settings(admins=frozenset({NAMED}))
    for number, member in enumerate(sorted(people(12))):
        text = SAID[number] if number < len(SAID) else ""
        fakes.reply(opened, [member], text=text, quotable=bool(text))
    fakes.now = opened.closes_at
    return close_round(fakes.services, opened)


def a_quote(round_: Round, number: int = 0) -> QuoteId:
    return quote_id(round_.id, SAID[number])


def stored(fakes: Fakes, round_: Round) -> Published:
    with fakes.store.transaction("test") as tx:
        release = tx.fetch_release(round_.id)
    assert isinstance(release, Published)
    return release


def removals(fakes: Fakes, round_: Round) -> tuple[QuoteRemoval, ...]:
    with fakes.store.transaction("test") as tx:
        return tx.list_quote_removals(round_.id)


def requests(fakes: Fakes) -> tuple[QuoteRequest, ...]:
    with fakes.store.transaction("test") as tx:
        return tx.list_quote_requests()


def updates(fakes: Fakes) -> list[object]:
    return [what for verb, _, what in fakes.messenger.said if verb == "update_summary"]


def test_a_request_keeps_the_quote_and_the_day_in_the_channels_zone_and_nothing_else(
    fakes: Fakes, closed: Round
) -> None:
    fakes.now = fakes.now.replace(hour=23, minute=30)  # in Berlin it is the next day

    assert ask_to_remove(fakes.services, closed.id, a_quote(closed)) is QuoteOutcome.ASKED

    tomorrow = FRIDAY + timedelta(days=1)
    assert requests(fakes) == (QuoteRequest(round_id=closed.id, quote=a_quote(closed), asked_on=tomorrow),)
    assert set(stored(fakes, closed).quotes) == set(SAID)


@pytest.mark.parametrize("admin", [ADMIN, NAMED])
def test_an_admin_by_slack_or_by_name_takes_it_down_for_good(
    fakes: Fakes, closed: Round, admin: MemberId
) -> None:
    before = stored(fakes, closed)
    ask_to_remove(fakes.services, closed.id, a_quote(closed))

    assert remove_quote(fakes.services, closed.id, a_quote(closed), admin) is QuoteOutcome.REMOVED

    rest = tuple(quote for quote in before.quotes if quote != SAID[0])
    assert stored(fakes, closed) == replace(before, quotes=rest, removed=(FRIDAY,))
    assert removals(fakes, closed) == (QuoteRemoval(round_id=closed.id, removed_on=FRIDAY, admin=admin),)
    assert requests(fakes) == ()
    with fakes.store.read("test") as tx:
        assert tx.needs_scrub()  # so that a copy of before, which holds the quote, goes too


def test_nobody_else_takes_down_or_keeps_anything(fakes: Fakes, closed: Round) -> None:
    ask_to_remove(fakes.services, closed.id, a_quote(closed))
    before, asked = stored(fakes, closed), requests(fakes)

    for decide in (remove_quote, keep_quote):
        assert decide(fakes.services, closed.id, a_quote(closed), MEMBER) is QuoteOutcome.NOT_AN_ADMIN

    assert (stored(fakes, closed), requests(fakes), removals(fakes, closed)) == (before, asked, ())


def test_while_slack_is_away_nobody_decides(fakes: Fakes, closed: Round) -> None:
    """Nor who is named in the configuration: whether they are still there, only Slack knows."""
    fakes.directory.down = True

    for one in (ADMIN, NAMED):
        assert remove_quote(fakes.services, closed.id, a_quote(closed), one) is QuoteOutcome.NOT_AN_ADMIN


def test_what_is_not_published_can_neither_be_asked_for_nor_taken_down(fakes: Fakes, closed: Round) -> None:
    remove_quote(fakes.services, closed.id, a_quote(closed), ADMIN)
    before = stored(fakes, closed)

    for round_id, quote in (
        (closed.id, a_quote(closed)),
        (closed.id, QuoteId("")),
        (RoundId("00000000000z"), a_quote(closed, 1)),
    ):
        assert ask_to_remove(fakes.services, round_id, quote) is QuoteOutcome.GONE
        assert remove_quote(fakes.services, round_id, quote, ADMIN) is QuoteOutcome.GONE

    assert (stored(fakes, closed), requests(fakes), len(removals(fakes, closed))) == (before, (), 1)


def test_keeping_it_forgets_the_request_and_changes_nothing(fakes: Fakes, closed: Round) -> None:
    before = stored(fakes, closed)
    ask_to_remove(fakes.services, closed.id, a_quote(closed))

    assert keep_quote(fakes.services, closed.id, a_quote(closed), ADMIN) is QuoteOutcome.KEPT

    assert (stored(fakes, closed), requests(fakes), removals(fakes, closed)) == (before, (), ())


def test_admins_find_the_requests_in_their_home_tab_and_nobody_else_does(fakes: Fakes, closed: Round) -> None:
    ask_to_remove(fakes.services, closed.id, a_quote(closed, 1))

    for admin in (ADMIN, NAMED):
        (request,) = home_of(fakes.services, admin, {}).requests
        assert (request.round, request.quote, request.text) == (closed, a_quote(closed, 1), SAID[1])
        assert request.asked_on == FRIDAY
    assert home_of(fakes.services, MEMBER, {}).requests == ()


def test_being_an_admin_opens_no_channel(fakes: Fakes, closed: Round) -> None:
    fakes.directory.members = {TEAM: people(12) - {ADMIN}, OTHER: people(12)}
    ask_to_remove(fakes.services, closed.id, a_quote(closed))

    (request,) = open_requests(fakes.services, ADMIN)

    assert request.text is None
    assert remove_quote(fakes.services, closed.id, request.quote, ADMIN) is QuoteOutcome.REMOVED


def test_the_posted_summary_is_changed_once_and_the_disk_scrubbed(fakes: Fakes, closed: Round) -> None:
    remove_quote(fakes.services, closed.id, a_quote(closed), ADMIN)

    run_due(fakes.services)
    run_due(fakes.services)

    assert updates(fakes) == [stored(fakes, closed)]
    assert fakes.store.scrubs == 1


def test_while_slack_takes_no_change_the_disk_is_scrubbed_and_the_change_comes_later(
    fakes: Fakes, closed: Round
) -> None:
    remove_quote(fakes.services, closed.id, a_quote(closed), ADMIN)
    fakes.messenger.fail = {"update_summary": "internal_error"}
    run_due(fakes.services)
    assert (updates(fakes), fakes.store.scrubs) == ([], 1)

    fakes.messenger.fail = {}
    run_due(fakes.services)

    assert updates(fakes) == [stored(fakes, closed)]


def test_while_the_disk_cannot_be_scrubbed_it_is_tried_again(
    fakes: Fakes, closed: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    remove_quote(fakes.services, closed.id, a_quote(closed), ADMIN)
    with monkeypatch.context() as broken:

        def busy() -> None:
            raise StoreError("Another program is reading the file.")

        broken.setattr(fakes.store, "scrub", busy)
        run_due(fakes.services)

    run_due(fakes.services)

    assert fakes.store.scrubs == 1
    assert updates(fakes)[-1] == stored(fakes, closed)


def test_a_quote_that_goes_while_another_is_being_taken_out_is_taken_out_next(
    fakes: Fakes, closed: Round
) -> None:
    class Slow(FakeMessenger):
        def update_summary(
            self, round_: Round, release: Release, earlier: Sequence[Result] = (), ledger: Sequence[Norm] = ()
        ) -> None:
            super().update_summary(round_, release, earlier, ledger)
            remove_quote(fakes.services, closed.id, a_quote(closed, 1), ADMIN)

    fakes.messenger = Slow()
    remove_quote(fakes.services, closed.id, a_quote(closed), ADMIN)
    run_due(fakes.services)

    run_due(fakes.services)

    assert updates(fakes)[-1] == stored(fakes, closed)
    assert stored(fakes, closed).quotes == (SAID[2],)
    assert stored(fakes, closed).removed == (FRIDAY, FRIDAY)


def test_a_quote_taken_down_before_the_summary_is_posted_is_never_posted(fakes: Fakes, closed: Round) -> None:
    unposted = replace(closed, summary=None)
    with fakes.store.transaction("test") as tx:
        tx.update_round(unposted)
    remove_quote(fakes.services, closed.id, a_quote(closed), ADMIN)

    run_due(fakes.services)

    posted = [what for verb, _, what in fakes.messenger.said if verb == "post_summary"]
    assert posted[-1] == stored(fakes, closed)


def test_no_method_of_the_store_takes_the_id_of_a_member() -> None:
    from inspect import getmembers, isfunction
    from typing import get_type_hints

    taken = [hint for _, method in getmembers(Tx, isfunction) for hint in get_type_hints(method).values()]

    assert MemberId not in taken
