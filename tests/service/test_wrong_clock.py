"""By a clock that is not believed nothing is begun that cannot be undone; what members do goes on."""

import logging
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.core.clock import RIGHT, SILENCE, ClockState, Trust
from bot.core.model import Round, RoundState, ScheduleId
from bot.core.replies import Draft
from bot.ports import FiringOutcome
from bot.service.channel_schedules import channel_schedules
from bot.service.close_rounds import cancel_silently
from bot.service.home import home_of
from bot.service.open_rounds import NotAsked, ask_now, open_now
from bot.service.replies import ReplyOutcome
from bot.service.retention import delete_expired
from bot.service.run_due import run_due
from bot.service.upcoming import next_times
from tests.fakes.directory import people
from tests.replying import accept_reply, open_reply, withdraw_reply
from tests.service.services import MONDAY, TEAM, TUESDAY, Fakes, weekly

WEEK = timedelta(days=7)
WRONG = [
    ClockState(trust=Trust.OFF, ahead=timedelta(days=400)),
    ClockState(trust=Trust.OFF, ahead=timedelta(days=-400)),
    ClockState(trust=Trust.UNKNOWN, silence=SILENCE - timedelta(seconds=1)),
]
NOT_BELIEVED = pytest.mark.parametrize("state", WRONG, ids=["ahead", "behind", "unknown"])
MEMBERS = sorted(people(8))


def in_transaction(fakes: Fakes, **firings: FiringOutcome) -> None:
    with fakes.store.transaction("test") as tx:
        for at, outcome in firings.items():
            tx.claim_firing(ScheduleId("s1"), datetime.fromisoformat(at), outcome)


@NOT_BELIEVED
def test_nothing_is_asked_skipped_or_marked_as_used(fakes: Fakes, state: ClockState) -> None:
    fakes.clock_state = state
    fakes.now = MONDAY + timedelta(days=400)

    run_due(fakes.services)

    assert ((), {}, []) == (fakes.rounds(), fakes.firings(), fakes.messenger.said)


@NOT_BELIEVED
def test_an_open_round_is_not_closed_reminded_or_published(
    fakes: Fakes, opened: Round, state: ClockState
) -> None:
    fakes.reply(opened, people(6))
    said = list(fakes.messenger.said)
    fakes.clock_state = state
    fakes.now = TUESDAY + timedelta(days=400)

    run_due(fakes.services)

    assert RoundState.OPEN is fakes.round(opened.id).state
    assert said == fakes.messenger.said
    assert not fakes.is_clean()


@NOT_BELIEVED
def test_once_it_is_right_again_the_round_closes_at_its_time(
    fakes: Fakes, opened: Round, state: ClockState
) -> None:
    fakes.reply(opened, people(6))
    fakes.clock_state, fakes.now = state, TUESDAY + timedelta(days=400)
    run_due(fakes.services)
    fakes.clock_state, fakes.now = RIGHT, TUESDAY + timedelta(days=1)
    run_due(fakes.services)
    assert RoundState.OPEN is fakes.round(opened.id).state

    fakes.now = opened.closes_at
    run_due(fakes.services)

    assert RoundState.CLOSED is fakes.round(opened.id).state
    assert fakes.is_clean()


@NOT_BELIEVED
def test_a_result_that_is_stored_is_not_published_but_its_key_is_destroyed(
    fakes: Fakes, opened: Round, state: ClockState
) -> None:
    fakes.reply(opened, people(6))
    with fakes.store.transaction("test") as tx:  # as a crash before the key was destroyed leaves it
        tx.update_round(opened.with_state(RoundState.RELEASED))
    fakes.clock_state = state

    run_due(fakes.services)
    run_due(fakes.services)

    assert (RoundState.CLOSED, None) == (fakes.round(opened.id).state, fakes.round(opened.id).summary)
    assert fakes.is_clean()


@NOT_BELIEVED
def test_nothing_is_forgotten(fakes: Fakes, opened: Round, state: ClockState) -> None:
    fakes.with_settings(keep_months=1)
    fakes.now = opened.closes_at
    run_due(fakes.services)
    fakes.clock_state, fakes.now = state, opened.closes_at + timedelta(days=400)

    delete_expired(fakes.services)
    assert 1 == len(fakes.rounds())

    fakes.clock_state = RIGHT
    delete_expired(fakes.services)
    assert () == fakes.rounds()


def test_what_is_cancelled_twice_rests_also_while_nobody_knows_the_time(fakes: Fakes, opened: Round) -> None:
    """By a clock that was ahead, the first time was long ago, and who was asked was forgotten."""
    cancel_silently(fakes.services, opened)
    fakes.now += timedelta(minutes=5)
    again = open_now(fakes.services, weekly())
    fakes.clock_state, fakes.now = ClockState(trust=Trust.UNKNOWN), TUESDAY + timedelta(days=400)

    cancelled = cancel_silently(fakes.services, again)

    assert cancelled
    assert not cancelled.void
    assert again.id in fakes.audiences.list_frozen()


@NOT_BELIEVED
def test_an_admin_who_asks_now_is_told_that_the_clock_is_wrong(fakes: Fakes, state: ClockState) -> None:
    fakes.directory.admins = {MEMBERS[0]}
    fakes.clock_state = state

    asked = ask_now(fakes.services, TEAM, MEMBERS[0])

    assert isinstance(asked, NotAsked)
    assert ("clock", ()) == (asked.reason, fakes.rounds())


def test_while_nobody_knows_the_time_replies_are_taken_changed_and_withdrawn_whatever_the_clock_says(
    fakes: Fakes, opened: Round
) -> None:
    fakes.clock_state, fakes.now = ClockState(trust=Trust.UNKNOWN), opened.closes_at + timedelta(days=400)
    draft = Draft(answers={statement.id: 4 for statement in opened.prompt.statements})

    receipt = open_reply(fakes.services, opened.id, MEMBERS[0]).receipt

    assert receipt
    did = [accept_reply(fakes.services, opened.id, MEMBERS[0], draft, receipt) for _ in range(2)]
    assert [ReplyOutcome.SAVED, ReplyOutcome.CHANGED] == did
    assert [opened.id] == [one.round.id for one in home_of(fakes.services, MEMBERS[0], {}).rounds]
    assert ReplyOutcome.WITHDRAWN is withdraw_reply(fakes.services, opened.id, MEMBERS[0], receipt)


@pytest.mark.parametrize("state", [RIGHT, ClockState(trust=Trust.OFF, ahead=timedelta(days=1))])
def test_where_the_time_is_known_nobody_replies_after_the_closing_time(
    fakes: Fakes, opened: Round, state: ClockState
) -> None:
    """The services then use Slack's time: a wrong clock must not keep a round open for longer."""
    fakes.clock_state, fakes.now = state, opened.closes_at

    assert open_reply(fakes.services, opened.id, MEMBERS[0]).refusal == "closed"


def test_a_round_that_has_begun_to_close_takes_nothing_whoever_knows_the_time(
    fakes: Fakes, opened: Round
) -> None:
    with fakes.store.transaction("test") as tx:
        tx.update_round(opened.with_state(RoundState.CLOSING))
    fakes.clock_state = ClockState(trust=Trust.UNKNOWN)

    assert open_reply(fakes.services, opened.id, MEMBERS[0]).refusal == "closed"


def test_after_fifteen_minutes_without_slack_a_clock_near_what_is_stored_closes_the_round(
    fakes: Fakes, opened: Round
) -> None:
    fakes.clock_state = ClockState(trust=Trust.UNKNOWN, silence=SILENCE, newest=TUESDAY)
    fakes.now = TUESDAY + timedelta(days=400)
    run_due(fakes.services)
    assert RoundState.OPEN is fakes.round(opened.id).state

    fakes.now = opened.closes_at
    run_due(fakes.services)

    assert RoundState.CLOSED is fakes.round(opened.id).state


# What an earlier wrong clock has left


def left_behind(fakes: Fakes) -> None:
    """58 fire times up to 2028 that were never asked at."""
    with fakes.store.transaction("test") as tx:
        for week in range(58):
            tx.claim_firing(ScheduleId("s1"), TUESDAY + week * WEEK, FiringOutcome.SKIPPED)
        tx.set_next_check(weekly(), TUESDAY + 57 * WEEK)


def test_fire_times_that_a_wrong_clock_has_used_up_silence_no_schedule(
    fakes: Fakes, caplog: pytest.LogCaptureFixture
) -> None:
    left_behind(fakes)

    with caplog.at_level(logging.WARNING, "bot"):
        run_due(fakes.services)
    fakes.now = TUESDAY
    run_due(fakes.services)

    assert 1 == len(fakes.rounds())
    assert {TUESDAY: FiringOutcome.OPENED} == fakes.firings()
    (mended,) = [one for one in caplog.records if one.getMessage() == "times in the future put right"]
    assert 58 == mended.__dict__["count"]


def test_a_schedule_made_while_the_clock_was_ahead_asks(fakes: Fakes) -> None:
    fakes.put(weekly(created_at=MONDAY + timedelta(days=400)))
    run_due(fakes.services)

    fakes.now = TUESDAY
    run_due(fakes.services)

    assert 1 == len(fakes.rounds())


def test_a_round_opened_while_the_clock_was_ahead_closes_after_its_own_length(
    fakes: Fakes, opened: Round
) -> None:
    ahead = timedelta(days=400)
    remind_at = opened.remind_at + ahead if opened.remind_at else None
    with fakes.store.transaction("test") as tx:
        tx.update_round(
            replace(
                opened,
                opened_at=opened.opened_at + ahead,
                closes_at=opened.closes_at + ahead,
                remind_at=remind_at,
            )
        )
    run_due(fakes.services)
    mended = fakes.round(opened.id)
    assert (TUESDAY, opened.closes_at, opened.remind_at) == (
        mended.opened_at,
        mended.closes_at,
        mended.remind_at,
    )

    fakes.now = opened.closes_at
    run_due(fakes.services)

    assert RoundState.CLOSED is fakes.round(opened.id).state


def test_a_time_at_which_a_clock_that_was_ahead_has_asked_is_asked_at_when_it_comes(fakes: Fakes) -> None:
    """Its round has the id that was made from that time, and is stored."""
    fakes.now = TUESDAY + WEEK
    run_due(fakes.services)
    fakes.now = MONDAY
    run_due(fakes.services)
    (early,) = fakes.rounds()
    fakes.now = early.closes_at
    assert fakes.now < TUESDAY + WEEK
    run_due(fakes.services)

    fakes.now = TUESDAY + WEEK
    run_due(fakes.services)

    assert [RoundState.CLOSED, RoundState.OPEN] == [one.state for one in fakes.rounds()]


@pytest.mark.parametrize("back", [timedelta(hours=1), timedelta(days=1)])
def test_set_back_where_slack_does_not_tell_its_time_no_round_is_moved_and_nothing_is_asked_again(
    fakes: Fakes, opened: Round, back: timedelta
) -> None:
    """Which of the two times was wrong, the clock itself does not know."""
    fakes.clock_state = ClockState(trust=Trust.UNKNOWN, silence=SILENCE, newest=TUESDAY)
    before = fakes.round(opened.id), fakes.firings()
    fakes.now = TUESDAY + timedelta(minutes=20) - back
    run_due(fakes.services)

    assert before == (fakes.round(opened.id), fakes.firings())


@NOT_BELIEVED
def test_nothing_is_put_right_by_a_clock_that_is_not_believed(fakes: Fakes, state: ClockState) -> None:
    left_behind(fakes)
    fakes.clock_state = state

    run_due(fakes.services)

    assert 58 == len(fakes.firings())


# A clock that is set back


@pytest.mark.parametrize("back", [timedelta(seconds=90), timedelta(hours=1), timedelta(days=1)])
def test_set_back_nothing_is_asked_twice_or_left_out(fakes: Fakes, back: timedelta) -> None:
    """A little off it is believed; further off it is not, and nothing happens until it is right."""
    fakes.now = TUESDAY
    run_due(fakes.services)
    fakes.now = TUESDAY - back
    fakes.clock_state = RIGHT if back < timedelta(minutes=2) else ClockState(trust=Trust.OFF, ahead=-back)
    run_due(fakes.services)
    fakes.now, fakes.clock_state = TUESDAY + timedelta(minutes=1), RIGHT
    run_due(fakes.services)
    assert 1 == len(fakes.rounds())

    fakes.now = TUESDAY + WEEK
    run_due(fakes.services)

    assert [TUESDAY, TUESDAY + WEEK] == sorted(fakes.firings())
    assert 2 == len(fakes.rounds())


# What is shown as the next time is when it asks


def test_a_time_that_was_used_is_not_shown_as_the_next(fakes: Fakes) -> None:
    """Asked by a clock a minute ahead, which is then set right."""
    in_transaction(fakes, **{TUESDAY.isoformat(): FiringOutcome.OPENED})
    fakes.now = TUESDAY - timedelta(minutes=1)

    (planned,) = channel_schedules(fakes.services, TEAM, MEMBERS[0]).planned

    assert TUESDAY + WEEK == planned.next_times[0]


def test_a_time_that_is_spread_over_the_hour_is_the_next_one_until_it_was_used(fakes: Fakes) -> None:
    fakes.with_settings(jitter=timedelta(hours=1))
    fakes.now = TUESDAY
    run_due(fakes.services)
    assert () == fakes.rounds()
    assert TUESDAY == next_times(fakes.services, weekly(), 1)[0]

    fakes.now = TUESDAY + timedelta(hours=1)
    run_due(fakes.services)

    assert 1 == len(fakes.rounds())
    assert TUESDAY + WEEK == next_times(fakes.services, weekly(), 1)[0]


def test_what_a_wrong_clock_has_used_up_is_shown_all_the_same(fakes: Fakes) -> None:
    left_behind(fakes)

    assert (TUESDAY, TUESDAY + WEEK) == next_times(fakes.services, weekly(), 2)
