"""The Home tab: a member's own rounds and their channels' results, and nothing of anybody else."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config import load_pack
from bot.core.cycle_summary import summarise_cycle
from bot.core.model import ChannelId, MemberId, Receipt, Round, RoundId, ScheduleId
from bot.core.release import Published, Result
from bot.core.replies import Draft
from bot.core.schedule import Weekly
from bot.ports import FiringOutcome
from bot.report.sample import sample_results
from bot.service.home import ChannelCard, CircleCache, Drawn, Home, OpenRound, home_of, schedules_of_admin
from bot.service.run_due import run_due
from tests.fakes.directory import people
from tests.replying import accept_reply, open_reply, withdraw_reply
from tests.service.services import MONDAY, OTHER, TEAM, TUESDAY, Fakes, weekly

ME, STRANGER = MemberId("U01"), MemberId("U99")
SAMPLE = sample_results(load_pack(Path(__file__).resolve().parents[2] / "prompts" / "belonging"))


def mine(fakes: Fakes, round_: Round, receipt: Receipt | None = None) -> OpenRound:
    (found,) = home_of(fakes.services, ME, {round_.id: receipt} if receipt else {}).rounds
    return found


def receipt_of_a_reply(fakes: Fakes, round_: Round, member: MemberId) -> Receipt:
    """Reply as this member, and return the receipt that the form held."""
    opening = open_reply(fakes.services, round_.id, member)
    assert opening.receipt
    accept_reply(fakes.services, round_.id, member, Draft(answers={}, text="x"), opening.receipt)
    return opening.receipt


def cards(
    fakes: Fakes, member: MemberId = ME, circles: CircleCache | None = None
) -> dict[ChannelId, ChannelCard]:
    return {card.channel: card for card in home_of(fakes.services, member, {}, circles).cards}


def store(fakes: Fakes, results: Iterable[Result]) -> None:
    """Put these results into the store, each released when its round closed."""
    with fakes.store.transaction("test") as tx:
        for round_, result in results:
            tx.insert_round(round_)
            tx.insert_release(result, round_.closes_at)


def results_in(channel: ChannelId, count: int) -> list[Result]:
    """The first so many invented results as this channel's own, oldest first."""
    renamed = []
    for round_, result in reversed(SAMPLE[-count:]):
        id_ = RoundId(f"{channel}{round_.number:02}")
        renamed.append((replace(round_, id=id_, channel=channel), replace(result, round_id=id_)))
    return renamed


def test_where_no_channel_is_known_there_is_nothing() -> None:
    assert Home() == home_of(Fakes().services, ME, {})


def test_before_anything_was_asked_a_channel_says_when_the_first_question_comes(fakes: Fakes) -> None:
    first = ChannelCard(channel=TEAM, next_at=TUESDAY, zone="Europe/Berlin")

    assert Home(cards=(first,)) == home_of(fakes.services, ME, {})


def test_of_several_schedules_the_one_that_asks_first_is_named(fakes: Fakes) -> None:
    fakes.put(weekly(id=ScheduleId("s0"), recurrence=Weekly(every=1, weekdays=(4,)), zone="UTC"))

    assert (TUESDAY, "Europe/Berlin") == (cards(fakes)[TEAM].next_at, cards(fakes)[TEAM].zone)


def test_a_channel_whose_only_schedule_is_paused_names_no_question(fakes: Fakes) -> None:
    fakes.put(weekly(paused=True))

    assert ChannelCard(channel=TEAM) == cards(fakes)[TEAM]


def test_before_the_first_result_the_open_round_stands_in_the_card(fakes: Fakes, opened: Round) -> None:
    assert opened == cards(fakes)[TEAM].open_round
    assert cards(fakes)[TEAM].latest is None


def test_with_results_a_card_has_the_latest_and_the_circle_of_the_newest_cycle(fakes: Fakes) -> None:
    results = results_in(TEAM, 20)
    store(fakes, results)
    found = summarise_cycle(results[::-1])
    assert found
    assert found.circle.inclusion

    card = cards(fakes)[TEAM]

    assert results[-1][0] == (card.latest or results[0])[0]
    assert Drawn(circle=found.circle, first=found.first.number, last=found.last.number) == card.drawn


def test_a_card_holds_no_quote(fakes: Fakes) -> None:
    round_, result = results_in(TEAM, 1)[0]
    assert isinstance(result, Published)
    store(fakes, [(round_, replace(result, quotes=("Zebras.",)))])

    assert "Zebras" not in repr(home_of(fakes.services, ME, {}))


def test_the_channel_with_the_newest_result_comes_first_and_those_without_one_last(fakes: Fakes) -> None:
    old, new = ChannelId("C0OLD"), ChannelId("C0NEW")
    fakes.directory.members |= {old: people(8), new: people(8)}
    store(fakes, results_in(old, 2))
    store(fakes, results_in(new, 5))

    assert [new, old, TEAM] == list(cards(fakes))


def test_a_member_of_another_channel_never_sees_the_card_of_this_one(fakes: Fakes) -> None:
    fakes.directory.members[OTHER] = frozenset({STRANGER})
    fakes.directory.admins = {STRANGER}
    store(fakes, results_in(TEAM, 3))
    store(fakes, results_in(OTHER, 3))

    assert {OTHER} == set(cards(fakes, STRANGER))
    assert {TEAM} == set(cards(fakes, ME))


@given(st.dictionaries(st.integers(0, 9), st.booleans()), st.sets(st.integers(0, 9)))
def test_whoever_is_in_which_channels_sees_the_cards_of_these_and_of_no_others(
    shown: dict[int, bool], mine: set[int]
) -> None:
    fakes, circles = Fakes(), CircleCache()
    for number, has_results in shown.items():
        channel = ChannelId(f"C{number}")
        fakes.directory.members[channel] = people(8) if number in mine else people(8, start=2)
        if has_results:
            store(fakes, results_in(channel, 2))
        else:
            fakes.put(weekly(id=ScheduleId(f"s{number}"), channel=channel))

    assert {f"C{number}" for number in shown.keys() & mine} == set(cards(fakes, ME, circles))
    assert {f"C{number}" for number in shown} == set(cards(fakes, MemberId("U02"), circles))


def test_all_results_of_a_channel_are_read_once_and_again_after_a_newer_one(fakes: Fakes) -> None:
    circles = CircleCache()
    results = results_in(TEAM, 12)
    store(fakes, results[:11])
    first = cards(fakes, ME, circles)[TEAM]
    cards(fakes, MemberId("U02"), circles)
    assert 1 == fakes.store.names.count("home_circle")

    store(fakes, results[11:])
    second = cards(fakes, ME, circles)[TEAM]

    assert 2 == fakes.store.names.count("home_circle")
    assert second == cards(fakes)[TEAM]
    assert second.drawn != first.drawn


def test_an_admin_finds_all_schedules_those_that_wait_first_then_by_their_next_time(fakes: Fakes) -> None:
    fakes.directory.admins = {STRANGER}
    fakes.directory.members[OTHER] = people(8)
    friday, paused, waiting = ScheduleId("a"), ScheduleId("b"), ScheduleId("c")
    fakes.put(
        weekly(id=friday, channel=OTHER, recurrence=Weekly(every=1, weekdays=(4,))),
        weekly(id=paused, paused=True),
        weekly(id=waiting),
    )
    with fakes.store.transaction("test") as tx:
        tx.claim_firing(waiting, MONDAY, FiringOutcome.WAITING)

    found = home_of(fakes.services, STRANGER, {}).schedules

    assert [waiting, "s1", friday, paused] == [one.schedule.id for one in found]
    assert [True, False, False, False] == [one.waiting for one in found]
    assert [(TUESDAY,), ()] == [found[1].next_times, found[3].next_times]
    assert () == home_of(fakes.services, ME, {}).schedules


def test_of_many_schedules_an_admin_finds_the_next_twenty_and_how_many_more_there_are(fakes: Fakes) -> None:
    fakes.directory.admins = {ME}
    fakes.directory.members[OTHER] = people(8)
    fakes.put(*(weekly(id=ScheduleId(f"s{number}"), channel=OTHER) for number in range(100, 124)))

    home = home_of(fakes.services, ME, {})

    assert (20, 5) == (len(home.schedules), home.unlisted)
    assert 0 == home_of(fakes.services, MemberId("U02"), {}).unlisted


def test_an_admin_can_turn_the_pages_of_many_schedules_and_finds_each_once(fakes: Fakes) -> None:
    fakes.directory.admins = {ME}
    fakes.directory.members[OTHER] = people(8)
    fakes.put(*(weekly(id=ScheduleId(f"s{number}"), channel=OTHER) for number in range(100, 144)))

    pages = [schedules_of_admin(fakes.services, ME, page) for page in range(4)]

    found = [one.schedule.id for page in pages if page for one in page[0]]
    assert [20, 20, 5, 0] == [len(page[0]) for page in pages if page]
    assert len(found) == len(set(found)) == 45
    assert [45, 45, 45] == [page[1] for page in pages[:3] if page]
    assert schedules_of_admin(fakes.services, MemberId("U02"), 0) is None


def test_a_pause_that_is_over_is_not_told_any_more(fakes: Fakes) -> None:
    fakes.directory.admins = {ME}
    fakes.put(weekly(paused=True, paused_until=TUESDAY.date()))
    assert home_of(fakes.services, ME, {}).schedules[0].schedule.paused

    fakes.now = TUESDAY

    assert not home_of(fakes.services, ME, {}).schedules[0].schedule.paused


def test_an_open_round_of_ones_channel_is_there_to_reply_to(fakes: Fakes, opened: Round) -> None:
    assert mine(fakes, opened) == OpenRound(round=opened, replied=False)


def test_somebody_outside_the_channel_sees_neither_its_round_nor_its_result(
    fakes: Fakes, opened: Round
) -> None:
    assert home_of(fakes.services, STRANGER, {}).rounds == ()
    fakes.now += timedelta(days=3)
    run_due(fakes.services)

    assert {} == cards(fakes, STRANGER)
    assert opened.id == (cards(fakes)[TEAM].latest or pytest.fail("no result"))[0].id


def test_after_a_reply_it_is_known_with_and_without_the_receipt(fakes: Fakes, opened: Round) -> None:
    receipt = receipt_of_a_reply(fakes, opened, ME)

    assert mine(fakes, opened) == OpenRound(round=opened, replied=True)
    assert mine(fakes, opened, receipt) == OpenRound(round=opened, replied=True, receipt=receipt)


def test_a_receipt_that_fits_no_reply_is_not_shown_again(fakes: Fakes, opened: Round) -> None:
    receipt = receipt_of_a_reply(fakes, opened, ME)
    withdraw_reply(fakes.services, opened.id, ME, receipt)

    assert mine(fakes, opened, receipt) == OpenRound(round=opened, replied=False)
    assert mine(fakes, opened, Receipt(b"forged forged!!!")) == OpenRound(round=opened, replied=False)


def test_the_receipt_of_another_round_opens_nothing_here(fakes: Fakes, opened: Round) -> None:
    receipt_of_a_reply(fakes, opened, ME)
    opening = open_reply(fakes.services, opened.id, MemberId("U02"))

    assert mine(fakes, opened, opening.receipt).receipt is None


def test_a_round_past_its_closing_time_is_not_offered_although_it_was_not_closed_yet(
    fakes: Fakes, opened: Round
) -> None:
    fakes.now = opened.closes_at

    assert home_of(fakes.services, ME, {}).rounds == ()


def test_a_lost_key_leaves_the_tab_readable(fakes: Fakes, opened: Round) -> None:
    fakes.vault.keys.clear()

    assert mine(fakes, opened) == OpenRound(round=opened, replied=False)


def test_while_slack_is_away_the_tab_shows_no_channel(fakes: Fakes, opened: Round) -> None:
    fakes.directory.down = True

    assert Home() == home_of(fakes.services, ME, {})


def test_a_receipt_is_never_shown_in_a_trace(fakes: Fakes, opened: Round) -> None:
    receipt = receipt_of_a_reply(fakes, opened, ME)

    assert repr(receipt) not in repr(home_of(fakes.services, ME, {opened.id: receipt}))


def test_several_channels_stand_in_the_order_of_their_rounds(fakes: Fakes) -> None:
    fakes.directory.members[OTHER] = people(8)
    fakes.put(weekly(id=ScheduleId("s2"), channel=OTHER, recurrence=Weekly(every=1, weekdays=(2,))))
    for day in range(2):
        fakes.now = TUESDAY + timedelta(days=day)
        run_due(fakes.services)

    assert [one.round.channel for one in home_of(fakes.services, ME, {}).rounds] == [TEAM, OTHER]
