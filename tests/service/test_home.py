"""The Home tab: a member's own rounds and their channels' results, and nothing of anybody else."""

from datetime import timedelta

from bot.core.model import MemberId, Receipt, Round, ScheduleId
from bot.core.replies import Draft
from bot.core.schedule import Weekly
from bot.service.home import Home, OpenRound, home_of
from bot.service.replies import accept_reply, open_reply, withdraw_reply
from bot.service.rounds import run_due
from tests.fakes.directory import people
from tests.service.desk import OTHER, TEAM, TUESDAY, Fakes, weekly

ME, STRANGER = MemberId("U01"), MemberId("U99")


def mine(fakes: Fakes, round_: Round, receipt: Receipt | None = None) -> OpenRound:
    (found,) = home_of(fakes.desk, ME, {round_.id: receipt} if receipt else {}).rounds
    return found


def receipt_of_a_reply(fakes: Fakes, round_: Round, member: MemberId) -> Receipt:
    """Reply as this member, and return the receipt that the form held."""
    opening = open_reply(fakes.desk, round_.id, member)
    assert opening.receipt
    accept_reply(fakes.desk, round_.id, member, Draft(answers={}, text="x"), opening.receipt)
    return opening.receipt


def test_where_nothing_has_happened_there_is_nothing(fakes: Fakes) -> None:
    assert home_of(fakes.desk, ME, {}) == Home(rounds=(), latest=())


def test_an_open_round_of_ones_channel_is_there_to_reply_to(fakes: Fakes, opened: Round) -> None:
    assert mine(fakes, opened) == OpenRound(round=opened, replied=False)


def test_somebody_outside_the_channel_sees_neither_its_round_nor_its_result(
    fakes: Fakes, opened: Round
) -> None:
    assert home_of(fakes.desk, STRANGER, {}).rounds == ()
    fakes.now += timedelta(days=3)
    run_due(fakes.desk)

    assert home_of(fakes.desk, STRANGER, {}).latest == ()
    assert [round_.id for round_, _ in home_of(fakes.desk, ME, {}).latest] == [opened.id]


def test_after_a_reply_it_is_known_with_and_without_the_receipt(fakes: Fakes, opened: Round) -> None:
    receipt = receipt_of_a_reply(fakes, opened, ME)

    assert mine(fakes, opened) == OpenRound(round=opened, replied=True)
    assert mine(fakes, opened, receipt) == OpenRound(round=opened, replied=True, receipt=receipt)


def test_a_receipt_that_fits_no_reply_is_not_shown_again(fakes: Fakes, opened: Round) -> None:
    receipt = receipt_of_a_reply(fakes, opened, ME)
    withdraw_reply(fakes.desk, opened.id, ME, receipt)

    assert mine(fakes, opened, receipt) == OpenRound(round=opened, replied=False)
    assert mine(fakes, opened, Receipt(b"forged forged!!!")) == OpenRound(round=opened, replied=False)


def test_the_receipt_of_another_round_opens_nothing_here(fakes: Fakes, opened: Round) -> None:
    receipt_of_a_reply(fakes, opened, ME)
    opening = open_reply(fakes.desk, opened.id, MemberId("U02"))

    assert mine(fakes, opened, opening.receipt).receipt is None


def test_a_round_past_its_closing_time_is_not_offered_although_it_was_not_closed_yet(
    fakes: Fakes, opened: Round
) -> None:
    fakes.now = opened.closes_at

    assert home_of(fakes.desk, ME, {}).rounds == ()


def test_a_lost_key_leaves_the_tab_readable(fakes: Fakes, opened: Round) -> None:
    fakes.vault.keys.clear()

    assert mine(fakes, opened) == OpenRound(round=opened, replied=False)


def test_while_slack_is_away_the_tab_shows_no_channel(fakes: Fakes, opened: Round) -> None:
    fakes.directory.down = True

    assert home_of(fakes.desk, ME, {}) == Home(rounds=(), latest=())


def test_a_receipt_is_never_shown_in_a_trace(fakes: Fakes, opened: Round) -> None:
    receipt = receipt_of_a_reply(fakes, opened, ME)

    assert repr(receipt) not in repr(home_of(fakes.desk, ME, {opened.id: receipt}))


def test_several_channels_stand_in_the_order_of_their_rounds(fakes: Fakes) -> None:
    fakes.directory.members[OTHER] = people(8)
    fakes.put(weekly(id=ScheduleId("s2"), channel=OTHER, recurrence=Weekly(every=1, weekdays=(2,))))
    for day in range(2):
        fakes.now = TUESDAY + timedelta(days=day)
        run_due(fakes.desk)

    assert [one.round.channel for one in home_of(fakes.desk, ME, {}).rounds] == [TEAM, OTHER]
