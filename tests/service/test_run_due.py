"""What a wake-up does, and when the next one is: reminders, jitter, pauses, and clocks that jump."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import Round, RoundState, ScheduleId
from bot.core.schedule import QuietDays, jitter_of
from bot.errors import StoreError
from bot.ports import FiringOutcome
from bot.service.run_due import run_due
from tests.service.services import MONDAY, TUESDAY, Fakes, weekly

MINUTE, HOUR, DAY, WEEK = (timedelta(**{unit: 1}) for unit in ("minutes", "hours", "days", "weeks"))


def looks(fakes: Fakes) -> dict[str, object]:
    return dict(fakes.store.tables.looks)


def test_the_channel_is_reminded_once_a_day_before_the_round_closes(fakes: Fakes, opened: Round) -> None:
    fakes.now = opened.closes_at - DAY - MINUTE
    run_due(fakes.services)
    assert "remind" not in fakes.messenger.verbs(opened.id)

    for minutes in (0, 1, 300):
        fakes.now = opened.closes_at - DAY + minutes * MINUTE
        run_due(fakes.services)

    assert 1 == fakes.messenger.verbs(opened.id).count("remind")
    assert fakes.round(opened.id).remind_at is None


def test_after_the_close_neither_the_announcement_nor_the_reminder_has_a_button(
    fakes: Fakes, opened: Round
) -> None:
    fakes.now = opened.closes_at - DAY
    run_due(fakes.services)
    assert {opened.announcement, fakes.round(opened.id).reminder} == fakes.messenger.buttons

    fakes.now = opened.closes_at
    run_due(fakes.services)

    assert RoundState.CLOSED is fakes.round(opened.id).state
    assert not fakes.messenger.buttons


def test_without_a_reminder_in_the_schedule_nobody_is_reminded(fakes: Fakes) -> None:
    fakes.put(weekly(reminder=False))
    for hours in range(0, 80, 4):
        fakes.now = TUESDAY + hours * HOUR
        run_due(fakes.services)

    assert "remind" not in fakes.messenger.verbs()


def test_a_reminder_that_slack_did_not_take_comes_with_a_later_wake_up(fakes: Fakes, opened: Round) -> None:
    fakes.now = opened.closes_at - DAY
    fakes.messenger.fail["remind"] = "ratelimited"
    run_due(fakes.services)
    assert fakes.round(opened.id).remind_at

    fakes.messenger.fail.clear()
    fakes.now += MINUTE
    run_due(fakes.services)

    assert fakes.round(opened.id).remind_at is None
    assert 1 == fakes.messenger.verbs(opened.id).count("remind")


def test_a_round_whose_time_is_over_is_closed_and_not_recalled(fakes: Fakes, opened: Round) -> None:
    fakes.now = opened.closes_at
    run_due(fakes.services)

    assert RoundState.CLOSED is fakes.round(opened.id).state
    assert "remind" not in fakes.messenger.verbs(opened.id)


def test_after_a_wake_up_a_schedule_is_looked_at_at_its_next_time_and_not_before(fakes: Fakes) -> None:
    fakes.put(weekly())
    run_due(fakes.services)
    assert {"s1": TUESDAY} == looks(fakes)

    fakes.now = TUESDAY
    run_due(fakes.services)
    assert {"s1": TUESDAY + WEEK} == looks(fakes)


def test_a_changed_schedule_is_looked_at_with_the_next_wake_up(fakes: Fakes) -> None:
    fakes.put(weekly())
    run_due(fakes.services)
    fakes.put(weekly(created_at=MONDAY + HOUR, paused=True))

    assert {} == looks(fakes)


def test_a_silence_of_more_than_four_years_ends_nevertheless(fakes: Fakes) -> None:
    quiet = QuietDays(ranges=((date(2026, 1, 1), date(2031, 3, 1)),))
    fakes.put(weekly(quiet=quiet))
    first = datetime(2031, 3, 4, 9, tzinfo=UTC)
    for year in range(5):
        fakes.now = MONDAY + year * timedelta(days=365)
        run_due(fakes.services)
    assert () == fakes.rounds()

    fakes.now = first
    run_due(fakes.services)

    assert [first] == [round_.opened_at for round_ in fakes.rounds()]


def test_jitter_delays_the_prompt_and_keeps_its_fire_time(fakes: Fakes) -> None:
    fakes.with_settings(jitter=HOUR)
    late = jitter_of(ScheduleId("s1"), HOUR)
    assert MINUTE < late <= HOUR
    fakes.put(weekly())

    fakes.now = TUESDAY + late - timedelta(seconds=1)
    run_due(fakes.services)
    assert () == fakes.rounds()

    fakes.now = TUESDAY + late
    run_due(fakes.services)
    assert {TUESDAY: FiringOutcome.OPENED} == fakes.firings()


@given(st.text(min_size=1, max_size=12), st.integers(0, 3600))
def test_a_schedule_always_has_the_same_jitter_within_the_most(schedule_id: str, most_s: int) -> None:
    most = timedelta(seconds=most_s)
    late = jitter_of(ScheduleId(schedule_id), most)

    assert timedelta(0) <= late <= most
    assert late == jitter_of(ScheduleId(schedule_id), most)


def test_a_clock_that_jumps_a_week_forward_asks_once_and_notes_what_was_missed(fakes: Fakes) -> None:
    fakes.put(weekly())
    run_due(fakes.services)
    fakes.now = TUESDAY + 2 * WEEK + HOUR

    run_due(fakes.services)

    assert 1 == len(fakes.rounds())
    assert {
        TUESDAY: FiringOutcome.SKIPPED,
        TUESDAY + WEEK: FiringOutcome.SKIPPED,
        TUESDAY + 2 * WEEK: FiringOutcome.OPENED,
    } == fakes.firings()


def test_a_clock_that_goes_back_an_hour_neither_asks_again_nor_opens_what_has_closed(
    fakes: Fakes, opened: Round
) -> None:
    fakes.now = TUESDAY - HOUR
    run_due(fakes.services)
    fakes.now = TUESDAY + MINUTE
    run_due(fakes.services)
    assert 1 == len(fakes.rounds())

    fakes.now = opened.closes_at
    run_due(fakes.services)
    fakes.now = opened.closes_at - HOUR
    run_due(fakes.services)

    assert [RoundState.CLOSED] == [round_.state for round_ in fakes.rounds()]


def test_a_pause_with_a_day_ends_by_itself(fakes: Fakes) -> None:
    until = date(2026, 12, 8)
    fakes.put(weekly(paused=True, paused_until=until))
    for day in range(30):
        fakes.now = TUESDAY + day * DAY
        run_due(fakes.services)

    opened = [round_.opened_at.date() for round_ in fakes.rounds()]
    assert [until, until + WEEK] == opened  # and then it asks whether to go on, since nobody replied


def test_resuming_asks_for_nothing_that_fell_into_the_pause(fakes: Fakes) -> None:
    fakes.put(weekly(paused=True))
    fakes.now = TUESDAY + HOUR
    run_due(fakes.services)
    fakes.put(replace(weekly(), created_at=fakes.now))
    run_due(fakes.services)

    assert () == fakes.rounds()
    assert {"s1": TUESDAY + WEEK} == looks(fakes)


def test_where_nothing_can_be_stored_nothing_is_said_and_nothing_is_kept(fakes: Fakes) -> None:
    fakes.now = TUESDAY
    fakes.store.full = True

    for _ in range(3):
        with pytest.raises(StoreError):
            run_due(fakes.services)
    assert fakes.messenger.said == []
    assert fakes.is_clean()
    fakes.store.full = False
    run_due(fakes.services)

    assert fakes.messenger.verbs() == ["announce"]
    assert [round_.number for round_ in fakes.rounds()] == [1]


def test_a_round_that_could_not_be_stored_leaves_no_key_and_no_box(
    fakes: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    fakes.now = TUESDAY
    with monkeypatch.context() as filling:
        filling.setattr(fakes.store, "ensure_writable", lambda: None)
        fakes.store.full = True
        for _ in range(3):
            with suppress(StoreError):
                run_due(fakes.services)

    assert fakes.is_clean()
    assert fakes.messenger.said == []
