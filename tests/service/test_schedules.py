"""Flow (d): who may set schedules, what is refused, what becomes of a change, and asking now."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from typing import Any

import pytest

from bot.core.changes import ChangeKind, ScheduleDraft
from bot.core.model import ChannelId, MemberId, PackId, Round, RoundId, RoundState, ScheduleId
from bot.core.schedule import QuietDays, Schedule, Source, Weekly
from bot.ports import ChannelInfo, FiringOutcome, KnownChannel
from bot.service.channel_schedules import ChannelSchedules, channel_schedules, may_schedule, schedule_to_ask
from bot.service.channels import refresh_channel
from bot.service.open_rounds import NotAsked, ask_now, plan_round
from bot.service.open_rounds import _open as open_planned
from bot.service.run_due import run_due
from bot.service.schedules import (
    ScheduleProblem,
    cancel_open,
    delete_schedule,
    pause_schedules,
    resume_schedules,
    save_schedule,
)
from bot.service.upcoming import PlannedSchedule, next_of
from tests.fakes.directory import FakeDirectory, people
from tests.service.services import MONDAY, OTHER, TEAM, TUESDAY, Fakes, weekly

ADMIN, NAMED, MEMBER, CREATOR = MemberId("U01"), MemberId("U02"), MemberId("U03"), MemberId("U04")
DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
S1 = ScheduleId("s1")


@pytest.fixture
def fakes() -> Fakes:
    """A channel of eight with one admin of the workspace, one named in the configuration, one creator."""
    fakes = Fakes()
    fakes.directory.admins = {ADMIN}
    fakes.directory.creators = {TEAM: CREATOR}
    fakes.with_settings(admins=frozenset({NAMED}))
    return fakes


@pytest.fixture
def opened(fakes: Fakes) -> Round:
    """A round that an admin has asked for on Monday."""
    asked = ask_now(fakes.services, TEAM, ADMIN)
    assert isinstance(asked, Round)
    return asked


def draft(**changes: Any) -> ScheduleDraft:
    """Every Tuesday at ten in Berlin, as an admin fills it in."""
    fields: dict[str, Any] = {
        "channel": TEAM,
        "recurrence": Weekly(every=1, weekdays=(1,)),
        "at": time(10),
        "zone": "Europe/Berlin",
        "pack": PackId("belonging"),
        "open_for": timedelta(days=3),
        "threshold": 5,
    }
    return ScheduleDraft(**(fields | changes))


def saved(fakes: Fakes, member: MemberId = ADMIN, **changes: Any) -> Schedule:
    """The schedule that this draft makes."""
    made = save_schedule(fakes.services, draft(**changes), member)
    assert isinstance(made, PlannedSchedule), made
    return made.schedule


def stored(fakes: Fakes) -> tuple[Schedule, ...]:
    with fakes.store.transaction("test") as tx:
        return tx.list_channel_schedules(TEAM)


def seen_by(fakes: Fakes, member: MemberId) -> ChannelSchedules:
    """The schedules of the channel as this member sees them."""
    found = channel_schedules(fakes.services, TEAM, member)
    assert found
    return found


def kinds(fakes: Fakes) -> list[tuple[ChangeKind, MemberId | None]]:
    """What was done to the channel's schedules, newest first, and by whom."""
    with fakes.store.transaction("test") as tx:
        return [(change.kind, change.by) for change in tx.list_changes(TEAM, 20)]


@pytest.mark.parametrize(("member", "may"), [(ADMIN, True), (NAMED, True), (MEMBER, False), (CREATOR, False)])
def test_admins_of_the_workspace_and_those_named_may_and_nobody_else(
    fakes: Fakes,
    member: MemberId,
    may: bool,  # noqa: FBT001 - a row of the table
) -> None:
    assert may is may_schedule(fakes.services, member, TEAM)


def test_whoever_created_a_channel_may_there_where_the_configuration_says_so(fakes: Fakes) -> None:
    fakes.with_settings(creators=True)
    fakes.directory.members[OTHER] = people(8)

    assert may_schedule(fakes.services, CREATOR, TEAM)
    assert not may_schedule(fakes.services, CREATOR, OTHER)
    assert not may_schedule(fakes.services, MEMBER, TEAM)


def test_while_slack_is_away_nobody_may(fakes: Fakes) -> None:
    """Nor who is named in the configuration: whether they are still there, only Slack knows."""
    fakes.with_settings(creators=True)
    fakes.directory.down = True

    assert [False, False, False] == [
        may_schedule(fakes.services, one, TEAM) for one in (ADMIN, NAMED, CREATOR)
    ]


def test_a_new_schedule_is_kept_with_who_set_it_and_told_with_the_next_wake_up(fakes: Fakes) -> None:
    made = saved(fakes)
    run_due(fakes.services)
    run_due(fakes.services)

    assert (made,) == stored(fakes)
    assert (Source.SLACK, MONDAY) == (made.source, made.created_at)
    assert [(ChangeKind.CREATED, ADMIN)] == kinds(fakes)
    assert [("created", TEAM, TUESDAY)] == fakes.messenger.channels_told


def test_a_change_keeps_the_pause_and_the_count_of_weeks(fakes: Fakes) -> None:
    first = saved(fakes, recurrence=Weekly(every=2, weekdays=(1,), since=date(2026, 11, 23)))
    pause_schedules(fakes.services, [first], ADMIN, date(2027, 1, 5))
    later = draft(recurrence=Weekly(every=2, weekdays=(3,), since=date(2026, 11, 30)))

    made = save_schedule(fakes.services, later, NAMED, first.id)

    (now,) = stored(fakes)
    assert isinstance(made, PlannedSchedule)
    assert Weekly(every=2, weekdays=(3,), since=date(2026, 11, 23)) == now.recurrence
    assert (True, date(2027, 1, 5)) == (now.paused, now.paused_until)
    assert [ChangeKind.CHANGED, ChangeKind.PAUSED, ChangeKind.CREATED] == [kind for kind, _ in kinds(fakes)]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"pack": PackId("none")}, ScheduleProblem.UNKNOWN_PACK),
        ({"open_for": timedelta(hours=23)}, ScheduleProblem.OPEN_TOO_SHORT),
        ({"threshold": 4}, ScheduleProblem.THRESHOLD_TOO_LOW),
        ({"threshold": 9}, ScheduleProblem.TOO_FEW_PEOPLE),
        ({"tenure": True}, ScheduleProblem.TOO_FEW_FOR_TENURE),
        ({"channel": OTHER}, ScheduleProblem.NOT_IN_CHANNEL),
        ({"quiet": QuietDays(ranges=((date(2026, 1, 1), date(2040, 1, 1)),))}, ScheduleProblem.NEVER),
    ],
)
def test_what_cannot_be_followed_is_refused_and_nothing_is_saved(
    fakes: Fakes, changes: dict[str, Any], problem: ScheduleProblem
) -> None:
    assert problem is save_schedule(fakes.services, draft(**changes), ADMIN)
    assert ((), []) == (stored(fakes), kinds(fakes))


def test_a_channel_that_is_archived_takes_no_schedule(fakes: Fakes) -> None:
    fakes.directory.archived.add(TEAM)

    assert ScheduleProblem.NOT_IN_CHANNEL is save_schedule(fakes.services, draft(), ADMIN)


def test_whoever_may_not_changes_nothing(fakes: Fakes) -> None:
    fakes.put(weekly(source=Source.SLACK))
    no = ScheduleProblem.NOT_ALLOWED

    assert no is save_schedule(fakes.services, draft(), MEMBER)
    assert no is save_schedule(fakes.services, draft(), MEMBER, S1)
    assert no is pause_schedules(fakes.services, [weekly()], MEMBER)
    assert no is resume_schedules(fakes.services, [weekly()], MEMBER)
    assert no is delete_schedule(fakes.services, S1, MEMBER)
    assert NotAsked(reason="not_allowed") == ask_now(fakes.services, TEAM, MEMBER)
    assert ((weekly(source=Source.SLACK),), []) == (stored(fakes), kinds(fakes))


def test_nobody_moves_a_schedule_out_of_a_channel_where_they_may_not_set_it(fakes: Fakes) -> None:
    fakes.with_settings(creators=True)
    fakes.directory.members[OTHER] = people(8)
    fakes.directory.creators = {TEAM: ADMIN, OTHER: CREATOR}
    fakes.put(weekly(source=Source.SLACK))

    assert ScheduleProblem.NOT_ALLOWED is save_schedule(fakes.services, draft(channel=OTHER), CREATOR, S1)
    assert TEAM == seen_by(fakes, CREATOR).planned[0].schedule.channel


def test_a_schedule_that_moves_is_told_in_both_channels(fakes: Fakes) -> None:
    fakes.directory.members[OTHER] = people(8)
    made = saved(fakes)
    run_due(fakes.services)

    moved = save_schedule(fakes.services, draft(channel=OTHER), ADMIN, made.id)
    run_due(fakes.services)

    assert isinstance(moved, PlannedSchedule)
    assert () == stored(fakes)
    assert [("deleted", TEAM, None), ("created", OTHER, TUESDAY)] == fakes.messenger.channels_told[1:]
    assert (ChangeKind.DELETED, ADMIN) == kinds(fakes)[0]


def test_nobody_moves_a_schedule_out_of_a_channel_in_which_they_may_not_set_it(fakes: Fakes) -> None:
    fakes.with_settings(creators=True)
    fakes.directory.members[OTHER] = people(8)
    fakes.directory.creators = {OTHER: CREATOR}
    made = saved(fakes)

    assert ScheduleProblem.NOT_ALLOWED is save_schedule(
        fakes.services, draft(channel=OTHER), CREATOR, made.id
    )
    assert isinstance(save_schedule(fakes.services, draft(channel=OTHER), CREATOR), PlannedSchedule)


def test_what_is_gone_or_declared_cannot_be_changed_and_what_is_declared_can_be_paused(fakes: Fakes) -> None:
    fakes.put(weekly(source=Source.CONFIG))

    assert ScheduleProblem.DECLARED is save_schedule(fakes.services, draft(), ADMIN, S1)
    assert ScheduleProblem.DECLARED is delete_schedule(fakes.services, S1, ADMIN)
    assert ScheduleProblem.GONE is save_schedule(fakes.services, draft(), ADMIN, ScheduleId("gone"))
    assert ScheduleProblem.GONE is delete_schedule(fakes.services, ScheduleId("gone"), ADMIN)
    assert ScheduleProblem.GONE is pause_schedules(fakes.services, [], ADMIN)
    assert pause_schedules(fakes.services, stored(fakes), ADMIN) is None
    assert stored(fakes)[0].paused


def test_a_pause_until_today_is_refused_in_the_zone_of_the_schedule(fakes: Fakes) -> None:
    """It is Monday in UTC and Tuesday already in Kiritimati, fourteen hours ahead."""
    fakes.now = MONDAY + timedelta(hours=3)
    there = weekly(zone="Pacific/Kiritimati")
    fakes.put(there)

    assert ScheduleProblem.PAST_DAY is pause_schedules(fakes.services, [there], ADMIN, date(2026, 11, 24))
    assert pause_schedules(fakes.services, [there], ADMIN, date(2026, 11, 25)) is None


def test_a_pause_rests_until_its_day_and_then_asks(fakes: Fakes) -> None:
    fakes.put(weekly())
    pause_schedules(fakes.services, stored(fakes), ADMIN, date(2026, 12, 1))
    for days in range(9):
        fakes.now = MONDAY + days * DAY + timedelta(minutes=1)
        run_due(fakes.services)

    assert [TUESDAY + WEEK] == list(fakes.firings())


def test_a_second_pause_of_the_same_length_is_no_change(fakes: Fakes) -> None:
    fakes.put(weekly())
    for _ in range(2):
        assert pause_schedules(fakes.services, stored(fakes), ADMIN) is None

    assert [(ChangeKind.PAUSED, ADMIN)] == kinds(fakes)


def test_what_fell_into_the_pause_is_never_asked(fakes: Fakes) -> None:
    fakes.put(weekly())
    pause_schedules(fakes.services, stored(fakes), ADMIN)
    fakes.now = TUESDAY + timedelta(hours=1)
    resume_schedules(fakes.services, stored(fakes), ADMIN)
    run_due(fakes.services)

    assert {} == fakes.firings()
    assert TUESDAY + WEEK == next_of(fakes.services, stored(fakes))


def test_an_admin_who_resumes_a_channel_that_waits_lets_it_go_on(fakes: Fakes) -> None:
    fakes.put(weekly())
    with fakes.store.transaction("test") as tx:
        tx.claim_firing(S1, MONDAY - WEEK, FiringOutcome.WAITING)

    assert resume_schedules(fakes.services, stored(fakes), ADMIN) is None

    assert {MONDAY - WEEK: FiringOutcome.RESUMED} == fakes.firings()
    assert [(ChangeKind.RESUMED, ADMIN)] == kinds(fakes)
    assert not seen_by(fakes, ADMIN).planned[0].waiting


def test_a_deleted_schedule_leaves_its_open_round_and_its_history(fakes: Fakes) -> None:
    made = saved(fakes)
    fakes.now = TUESDAY
    run_due(fakes.services)

    assert delete_schedule(fakes.services, made.id, NAMED) is None

    assert () == stored(fakes)
    assert RoundState.OPEN is fakes.rounds()[0].state
    assert (ChangeKind.DELETED, NAMED) == kinds(fakes)[0]
    run_due(fakes.services)
    assert ("deleted", TEAM, None) == fakes.messenger.channels_told[-1]


def test_anybody_sees_the_schedules_and_the_changes_and_only_some_may_change_them(fakes: Fakes) -> None:
    fakes.put(weekly(), weekly(id=ScheduleId("s0"), recurrence=Weekly(every=1, weekdays=(4,))))
    pause_schedules(fakes.services, [weekly()], ADMIN)

    seen = seen_by(fakes, MEMBER)

    assert ["s0", "s1"] == [one.schedule.id for one in seen.planned]
    assert [3, 0] == [len(one.next_times) for one in seen.planned]
    assert [ChangeKind.PAUSED] == [change.kind for change in seen.changes]
    assert (False, True) == (seen.may_change, seen_by(fakes, NAMED).may_change)


def test_a_schedule_does_not_move_in_the_list_when_it_is_changed(fakes: Fakes) -> None:
    fakes.put(weekly(), weekly(id=ScheduleId("s2")))
    before = [one.schedule.id for one in seen_by(fakes, ADMIN).planned]
    fakes.now += DAY
    pause_schedules(fakes.services, [weekly()], ADMIN)

    assert before == [one.schedule.id for one in seen_by(fakes, ADMIN).planned]


def test_a_pause_that_is_over_is_none_any_more(fakes: Fakes) -> None:
    fakes.put(weekly(paused=True, paused_until=date(2026, 11, 24)))
    fakes.now = TUESDAY

    assert not seen_by(fakes, ADMIN).planned[0].schedule.paused


@pytest.mark.parametrize("standing", ["archived", "left", "gone"])
def test_the_list_knows_whether_the_bot_can_speak_there(fakes: Fakes, standing: str) -> None:
    refresh_channel(fakes.services, TEAM)
    if standing == "gone":
        fakes.directory.members.clear()
    else:
        getattr(fakes.directory, standing).add(TEAM)

    assert not seen_by(fakes, NAMED).can_post


def test_while_slack_is_away_nobody_sees_a_list(fakes: Fakes) -> None:
    fakes.directory.down = True

    assert channel_schedules(fakes.services, TEAM, NAMED) is None


def test_asking_now_opens_a_round_by_the_channels_rules_and_not_once_more_at_its_time(fakes: Fakes) -> None:
    fakes.put(weekly(open_for=timedelta(days=2)))

    asked = ask_now(fakes.services, TEAM, ADMIN)

    assert isinstance(asked, Round)
    assert (S1, MONDAY + 2 * DAY) == (asked.schedule, asked.closes_at)
    assert asked.announcement
    fakes.now = TUESDAY
    run_due(fakes.services)
    assert {MONDAY: FiringOutcome.OPENED, TUESDAY: FiringOutcome.REFUSED} == fakes.firings()


def test_without_a_schedule_it_is_asked_by_the_defaults(fakes: Fakes) -> None:
    asked = ask_now(fakes.services, TEAM, ADMIN)

    assert isinstance(asked, Round)
    assert ScheduleId(TEAM) == asked.schedule
    assert () == stored(fakes)


def test_one_that_is_not_paused_is_asked_by_before_one_that_is(fakes: Fakes) -> None:
    over = weekly(id=ScheduleId("s2"), paused=True, paused_until=date(2026, 11, 23))
    fakes.put(weekly(paused=True), replace(over, created_at=MONDAY + DAY))

    assert ScheduleId("s2") == schedule_to_ask(fakes.services, TEAM).id
    fakes.put(weekly(id=ScheduleId("s2"), paused=True, created_at=MONDAY + DAY))
    assert S1 == schedule_to_ask(fakes.services, TEAM).id


def reason(fakes: Fakes, schedule_id: ScheduleId | None = None) -> str:
    """Why nothing is asked now."""
    refused = ask_now(fakes.services, TEAM, ADMIN, schedule_id)
    assert isinstance(refused, NotAsked)
    assert () == tuple(round_ for round_ in fakes.rounds() if round_.state is RoundState.OPEN)
    return refused.reason


def test_every_reason_not_to_ask_is_told(fakes: Fakes) -> None:
    fakes.put(weekly(pack=PackId("none")))
    assert "unknown_pack" == reason(fakes)
    assert "gone" == reason(fakes, ScheduleId("gone"))
    fakes.put(weekly())
    fakes.directory.members[TEAM] = people(4)
    assert "audience_too_small" == reason(fakes)
    fakes.directory.archived.add(TEAM)
    assert "is_archived" == reason(fakes)
    fakes.directory.archived.clear()
    fakes.directory.left.add(TEAM)
    assert "not_in_channel" == reason(fakes)
    fakes.directory.left.clear()
    refresh_channel(fakes.services, TEAM)
    del fakes.directory.members[TEAM]
    assert "not_in_channel" == reason(fakes)
    fakes.directory.down = True
    fakes.with_settings(admins=frozenset({ADMIN}))
    assert "slack_unavailable" == reason(fakes)
    fakes.directory.down = False
    fakes.directory.members[TEAM] = people(8)
    fakes.with_settings(support=None)
    assert "no_support_contact" == reason(fakes)


def test_a_schedule_of_another_channel_is_not_asked_here(fakes: Fakes) -> None:
    fakes.put(weekly(channel=OTHER))

    assert "gone" == reason(fakes, S1)


def test_a_second_round_is_refused_with_the_one_that_is_open(fakes: Fakes, opened: Round) -> None:
    refused = ask_now(fakes.services, TEAM, ADMIN)

    assert isinstance(refused, NotAsked)
    assert ("round_still_open", opened.id) == (refused.reason, refused.open_round and refused.open_round.id)


def test_what_slack_will_not_post_leaves_no_round_and_what_it_cannot_take_now_comes_later(
    fakes: Fakes,
) -> None:
    fakes.messenger.fail = {"announce": "restricted_action"}
    assert "restricted_action" == reason(fakes)
    assert RoundState.CANCELLED is fakes.rounds()[0].state
    assert fakes.is_clean()

    fakes.now += DAY
    fakes.messenger.fail = {"announce": "internal_error"}
    waiting = ask_now(fakes.services, TEAM, ADMIN)
    assert isinstance(waiting, Round)
    assert waiting.announcement is None
    fakes.messenger.fail = {}
    run_due(fakes.services)
    assert fakes.round(waiting.id).announcement


@dataclass(slots=True)
class Interrupted(FakeDirectory):
    """Somebody else does something, once, while the bot asks who is in a channel."""

    meanwhile: Callable[[], None] | None = None

    def audience(self, channel: ChannelId) -> frozenset[MemberId]:
        step, self.meanwhile = self.meanwhile, None
        if step:
            step()
        return FakeDirectory.audience(self, channel)


def test_two_who_ask_between_each_others_steps_open_one_round(fakes: Fakes) -> None:
    """The second asks, and opens, while the first has looked at the channel and not planned its round yet."""
    asked: list[Round | NotAsked] = []

    def other() -> None:
        fakes.now += timedelta(seconds=1)
        asked.append(ask_now(fakes.services, TEAM, NAMED))

    fakes.directory = Interrupted(members={TEAM: people(8)}, admins={ADMIN}, meanwhile=other)

    first = ask_now(fakes.services, TEAM, ADMIN)

    assert isinstance(asked[0], Round)
    assert isinstance(first, NotAsked)
    assert "round_still_open" == first.reason
    assert 1 == len(fakes.rounds())


def test_two_rounds_that_were_planned_at_once_do_not_both_open(fakes: Fakes) -> None:
    fakes.put(weekly())
    later = fakes.now + timedelta(seconds=1)
    plan = plan_round(fakes.services, weekly(), later)
    assert isinstance(ask_now(fakes.services, TEAM, ADMIN), Round)
    fakes.now = later

    assert open_planned(fakes.services, weekly(), fakes.now, plan) is None

    assert 1 == len(fakes.rounds())
    assert {MONDAY: FiringOutcome.OPENED, fakes.now: FiringOutcome.REFUSED} == fakes.firings()


def test_a_cancelled_round_leaves_nothing_and_its_channel_is_still_to_be_told(
    fakes: Fakes, opened: Round
) -> None:
    fakes.reply(opened, people(6))

    ended = cancel_open(fakes.services, opened.id, ADMIN)

    assert isinstance(ended, Round)
    assert RoundState.CANCELLED is fakes.round(opened.id).state
    assert fakes.is_clean()
    assert "tell" not in fakes.messenger.verbs(opened.id)


def test_only_an_open_round_is_cancelled_and_only_by_who_may(fakes: Fakes, opened: Round) -> None:
    assert ScheduleProblem.NOT_ALLOWED is cancel_open(fakes.services, opened.id, MEMBER)
    assert cancel_open(fakes.services, RoundId("gone"), ADMIN) is None
    fakes.now = opened.closes_at
    run_due(fakes.services)
    assert cancel_open(fakes.services, opened.id, ADMIN) is None
    assert RoundState.CLOSED is fakes.round(opened.id).state


def test_a_channel_that_cannot_be_told_of_a_change_is_not_told_later_either(fakes: Fakes) -> None:
    saved(fakes)
    fakes.messenger.fail = {"tell_change": "is_archived"}
    run_due(fakes.services)
    fakes.messenger.fail = {}
    run_due(fakes.services)

    assert [] == fakes.messenger.channels_told


def test_while_slack_is_away_a_change_waits_to_be_told(fakes: Fakes) -> None:
    saved(fakes)
    fakes.messenger.fail = {"tell_change": "internal_error"}
    run_due(fakes.services)
    fakes.messenger.fail = {}
    run_due(fakes.services)

    assert [("created", TEAM, TUESDAY)] == fakes.messenger.channels_told


def test_a_fire_time_in_a_channel_out_of_reach_is_refused_without_asking_slack(fakes: Fakes) -> None:
    fakes.put(weekly())
    away = ChannelInfo(id=TEAM, name="team", private=False, archived=True, joined=True)
    with fakes.store.transaction("test") as tx:
        tx.put_channel(KnownChannel(info=away))
    fakes.now = TUESDAY

    run_due(fakes.services)

    assert {TUESDAY: FiringOutcome.REFUSED} == fakes.firings()
    assert () == fakes.rounds()


def test_a_schedule_that_could_never_ask_is_not_saved_and_the_reason_is_another_one(fakes: Fakes) -> None:
    save_schedule(fakes.services, draft(open_for=timedelta(days=3)), ADMIN)

    refused = save_schedule(fakes.services, draft(at=time(11)), ADMIN)

    assert ScheduleProblem.BLOCKED is refused


def test_a_schedule_does_not_stand_in_its_own_way_when_it_is_changed(fakes: Fakes) -> None:
    saved = save_schedule(fakes.services, draft(), ADMIN)
    assert isinstance(saved, PlannedSchedule)

    changed = save_schedule(fakes.services, draft(at=time(11)), ADMIN, saved.schedule.id)

    assert isinstance(changed, PlannedSchedule)
    assert changed.next_times


def test_of_a_schedule_that_another_one_keeps_from_asking_no_time_is_shown(fakes: Fakes) -> None:
    late = save_schedule(fakes.services, draft(at=time(11)), ADMIN)
    assert isinstance(late, PlannedSchedule)
    early = save_schedule(fakes.services, draft(at=time(9)), ADMIN)
    assert isinstance(early, PlannedSchedule)

    found = channel_schedules(fakes.services, TEAM, ADMIN)

    assert found
    assert {late.schedule.id: True, early.schedule.id: False} == {
        one.schedule.id: one.blocked for one in found.planned
    }
    assert [()] == [one.next_times for one in found.planned if one.blocked]


def test_the_times_that_are_shown_are_those_at_which_the_bot_asks(fakes: Fakes) -> None:
    """One asks each Tuesday and stays open for ten days: every second Tuesday asks nothing."""
    saved = save_schedule(fakes.services, draft(open_for=timedelta(days=10)), ADMIN)
    assert isinstance(saved, PlannedSchedule)

    first, second, third = saved.next_times

    assert [2 * WEEK, 2 * WEEK] == [second - first, third - second]
