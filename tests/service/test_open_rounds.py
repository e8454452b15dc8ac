"""Flow (a): whatever is due is done once, in its channel alone, and after any failure again."""

from datetime import time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import PackId, ReleasePolicy, Round, RoundState, ScheduleId
from bot.core.schedule import MonthlyDay
from bot.errors import SlackUnavailableError, StoreError
from bot.ports import FiringOutcome
from bot.service.open_rounds import fire
from bot.service.run_due import run_due
from bot.service.upcoming import next_times
from tests.fakes.directory import people
from tests.service.services import OTHER, TEAM, TUESDAY, Fakes, a_pack, weekly

DAY = timedelta(days=1)
WEEK = timedelta(days=7)


def test_before_its_time_nothing_happens(fakes: Fakes) -> None:
    fakes.now = TUESDAY - timedelta(seconds=1)

    run_due(fakes.services)

    assert fakes.rounds() == ()
    assert fakes.firings() == {}


def test_at_its_time_a_round_opens_and_is_announced(fakes: Fakes, opened: Round) -> None:
    assert opened.state is RoundState.OPEN
    assert opened.announcement is not None
    assert opened.closes_at == TUESDAY + 3 * DAY
    assert opened.audience_size == 8
    assert fakes.messenger.verbs() == ["announce"]
    assert fakes.firings() == {TUESDAY: FiringOutcome.OPENED}


def test_a_round_is_stored_before_anything_is_said(fakes: Fakes) -> None:
    fakes.messenger.fail["announce"] = "internal_error"
    fakes.now = TUESDAY

    run_due(fakes.services)

    (round_,) = fakes.rounds()
    assert round_.announcement is None
    del fakes.messenger.fail["announce"]
    run_due(fakes.services)
    assert fakes.messenger.verbs() == ["announce"]
    assert len(fakes.rounds()) == 1


@given(st.lists(st.integers(0, 26 * 60), min_size=1, max_size=12))
def test_however_often_and_whenever_it_looks_a_fire_time_opens_one_round(steps: list[int]) -> None:
    fakes = Fakes()
    fakes.put(weekly())
    for minutes in steps:
        fakes.now += timedelta(minutes=minutes)
        run_due(fakes.services)

    opened = [fire_at for fire_at, outcome in fakes.firings().items() if outcome is FiringOutcome.OPENED]
    assert len(fakes.rounds()) == len(opened)
    assert fakes.messenger.verbs().count("announce") == len(opened)
    assert all(fire_at <= fakes.now for fire_at in fakes.firings())


def test_a_fire_time_that_was_claimed_by_another_is_left_to_it(fakes: Fakes) -> None:
    with fakes.store.transaction("the other") as tx:
        tx.claim_firing(ScheduleId("s1"), TUESDAY, FiringOutcome.OPENED)

    assert fire(fakes.services, weekly(), TUESDAY) is None
    assert fakes.rounds() == ()
    assert fakes.is_clean()


def test_of_several_missed_times_the_last_one_fires_and_the_others_are_skipped(fakes: Fakes) -> None:
    fakes.now = TUESDAY + 2 * WEEK + timedelta(hours=1)

    run_due(fakes.services)

    assert fakes.firings() == {
        TUESDAY: FiringOutcome.SKIPPED,
        TUESDAY + WEEK: FiringOutcome.SKIPPED,
        TUESDAY + 2 * WEEK: FiringOutcome.OPENED,
    }


@pytest.mark.parametrize(
    ("late", "outcome"),
    [
        (timedelta(hours=12), FiringOutcome.OPENED),
        (timedelta(hours=12, seconds=1), FiringOutcome.SKIPPED),
    ],
)
def test_catching_up_ends_with_the_grace(fakes: Fakes, late: timedelta, outcome: FiringOutcome) -> None:
    fakes.now = TUESDAY + late

    run_due(fakes.services)

    assert fakes.firings() == {TUESDAY: outcome}


def test_a_paused_schedule_neither_fires_nor_arms_nor_catches_up_later(fakes: Fakes) -> None:
    fakes.put(weekly(paused=True))
    fakes.now = TUESDAY

    run_due(fakes.services)

    assert fakes.rounds() == ()
    assert not [moment for moment in fakes.timer.armed if moment < TUESDAY + 52 * WEEK]


def test_alarms_are_set_to_the_next_fire_times_and_closings_and_to_nothing_past(
    fakes: Fakes, opened: Round
) -> None:
    assert fakes.timer.armed == (opened.remind_at, opened.closes_at, TUESDAY + WEEK)
    assert all(before < after for before, after in pairwise(fakes.timer.armed))


def test_next_fire_times_are_as_many_as_asked_for(fakes: Fakes) -> None:
    assert len(next_times(fakes.services, weekly(), 2)) == 2
    assert next_times(fakes.services, weekly(paused=True), 3) == ()


def test_a_channel_is_asked_another_prompt_each_time(fakes: Fakes) -> None:
    for week in range(4):
        fakes.now = TUESDAY + week * WEEK
        run_due(fakes.services)
        fakes.reply(fakes.rounds()[-1], people(8))
        fakes.now += 3 * DAY
        run_due(fakes.services)

    asked = [round_.prompt.prompt_id for round_ in fakes.rounds()]
    assert len(asked) == len(set(asked)) == 4
    assert [round_.number for round_ in fakes.rounds()] == [1, 2, 3, 4]


def test_while_slack_cannot_be_asked_nothing_is_claimed_and_the_round_opens_later(fakes: Fakes) -> None:
    fakes.directory.down = True
    fakes.now = TUESDAY
    run_due(fakes.services)
    assert fakes.firings() == {}

    fakes.directory.down = False
    fakes.now += timedelta(minutes=1)
    run_due(fakes.services)

    assert fakes.firings() == {TUESDAY: FiringOutcome.OPENED}


def refusals(fakes: Fakes) -> list[FiringOutcome]:
    fakes.now = TUESDAY
    run_due(fakes.services)
    assert fakes.rounds() == ()
    assert fakes.messenger.verbs() == []
    assert fakes.is_clean()
    return list(fakes.firings().values())


def test_an_audience_under_the_threshold_is_refused(fakes: Fakes) -> None:
    fakes.directory.members[TEAM] = people(4)

    assert refusals(fakes) == [FiringOutcome.REFUSED]


def test_a_threshold_of_the_schedule_counts_not_the_default(fakes: Fakes) -> None:
    fakes.put(weekly(policy=ReleasePolicy(threshold=9)))

    assert refusals(fakes) == [FiringOutcome.REFUSED]


def test_without_people_to_turn_to_nothing_is_asked(fakes: Fakes) -> None:
    fakes.with_settings(support=None)

    assert refusals(fakes) == [FiringOutcome.REFUSED]


def test_a_pack_that_is_gone_is_refused(fakes: Fakes) -> None:
    fakes.with_settings(packs={PackId("other"): a_pack()})

    assert refusals(fakes) == [FiringOutcome.REFUSED]


def test_a_channel_that_the_bot_has_left_is_refused(fakes: Fakes) -> None:
    del fakes.directory.members[TEAM]

    assert refusals(fakes) == [FiringOutcome.REFUSED]


def test_two_schedules_of_one_channel_never_have_two_rounds_open(fakes: Fakes, opened: Round) -> None:
    fakes.put(weekly(id=ScheduleId("s2"), recurrence=MonthlyDay(day=25)))
    fakes.now = TUESDAY + DAY

    run_due(fakes.services)

    assert fakes.rounds() == (opened,)
    assert fakes.firings()[TUESDAY + DAY] is FiringOutcome.REFUSED


@pytest.mark.parametrize(
    ("size", "wanted", "asks"), [(20, True, True), (24, True, True), (19, True, False), (24, False, False)]
)
def test_how_long_people_have_been_there_is_asked_from_twenty_people_on_where_it_is_wanted(
    fakes: Fakes, size: int, *, wanted: bool, asks: bool
) -> None:
    fakes.directory.members[TEAM] = people(size)
    fakes.put(weekly(tenure=wanted))
    fakes.now = TUESDAY

    run_due(fakes.services)

    (round_,) = fakes.rounds()
    assert asks is round_.prompt.asks_tenure


def test_what_was_asked_at_the_opening_stays_whoever_leaves_and_whatever_the_schedule_says(
    fakes: Fakes,
) -> None:
    fakes.directory.members[TEAM] = people(20)
    fakes.put(weekly(tenure=True))
    fakes.now = TUESDAY
    run_due(fakes.services)

    fakes.directory.members[TEAM] = people(12)
    fakes.put(weekly(tenure=False))
    fakes.now += DAY
    run_due(fakes.services)

    (round_,) = fakes.rounds()
    assert round_.prompt.asks_tenure


def test_a_failure_in_one_channel_does_not_touch_another(
    fakes: Fakes, caplog: pytest.LogCaptureFixture
) -> None:
    fakes.directory.members[OTHER] = people(8, start=20)
    fakes.put(weekly(id=ScheduleId("s0"), channel=OTHER))
    fakes.messenger.fail["announce"] = "not_in_channel"
    fakes.now = TUESDAY

    run_due(fakes.services)

    assert len(fakes.rounds(TEAM)) == len(fakes.rounds(OTHER)) == 1
    assert {"not_in_channel"} == {record.code for record in caplog.records if hasattr(record, "code")}


def test_a_bug_in_one_channel_is_logged_by_its_class_and_does_not_touch_another(
    fakes: Fakes, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: object) -> None:
        raise ValueError("what nobody may read in a log")

    monkeypatch.setattr(fakes.directory.__class__, "audience", lambda *_: broken(None))
    fakes.put(weekly(id="s2", channel=OTHER, at=time(12)))
    fakes.now = TUESDAY

    run_due(fakes.services)

    assert "ValueError" in {getattr(record, "code", None) for record in caplog.records}
    assert "nobody may read" not in caplog.text
    assert fakes.timer.armed != ()


def test_when_the_claim_cannot_be_written_the_round_opens_at_the_next_look(fakes: Fakes) -> None:
    fakes.now = TUESDAY
    fakes.store.fail = True
    with pytest.raises(StoreError):
        run_due(fakes.services)
    fakes.store.fail = False

    run_due(fakes.services)

    assert len(fakes.rounds()) == 1
    assert fakes.messenger.verbs() == ["announce"]


def test_slack_away_at_a_fire_time_is_told_to_whoever_fires_by_hand(fakes: Fakes) -> None:
    fakes.directory.down = True

    with pytest.raises(SlackUnavailableError):
        fire(fakes.services, weekly(), TUESDAY)


def test_where_nobody_may_post_a_round_is_not_left_open_and_not_tried_every_minute(fakes: Fakes) -> None:
    fakes.put(weekly())
    fakes.now = TUESDAY
    fakes.messenger.fail["announce"] = "restricted_action"
    for minutes in range(3):
        fakes.now = TUESDAY + minutes * timedelta(minutes=1)
        run_due(fakes.services)

    assert [RoundState.CANCELLED] == [round_.state for round_ in fakes.rounds()]
    assert {TUESDAY: FiringOutcome.REFUSED} == fakes.firings()
    assert fakes.is_clean()
