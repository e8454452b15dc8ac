"""What every application database does with schedules: when they are looked at, changes, and channels."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.core.changes import ChangeKind, ScheduleChange
from bot.core.model import ChannelId, MemberId, MessageTs, RoundState, ScheduleId
from bot.core.schedule import Schedule
from bot.ports import ChannelInfo, FiringOutcome, KnownChannel, Store
from bot.store.database import Database
from tests.contracts.values import DAY, NOON, a_round, a_schedule
from tests.fakes.store import FakeStore

C1, C2 = ChannelId("C1"), ChannelId("C2")
SAID = {"announcement": MessageTs("1.1")}


@pytest.fixture(params=["memory", "file"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "memory":
        yield FakeStore()
        return
    database = Database(tmp_path / "belonging.db")
    yield database
    database.close()


def due(store: Store, now: datetime) -> list[str]:
    """The ids of the schedules to look at, in order."""
    with store.transaction("due") as tx:
        return [one.schedule.id for one in tx.list_due_schedules(now)]


def put(store: Store, *schedules: Schedule) -> None:
    with store.transaction("put") as tx:
        for schedule in schedules:
            tx.put_schedule(schedule)


def info(channel: ChannelId = C1, **changes: bool) -> KnownChannel:
    """A channel that the bot has looked at."""
    standing = {"private": False, "archived": False, "joined": True} | changes
    return KnownChannel(info=ChannelInfo(id=channel, name="team", **standing))


def change(kind: ChangeKind, number: int, channel: str = "C1", by: MemberId | None = None) -> ScheduleChange:
    """A change, so many days after noon."""
    schedule = a_schedule(f"s{number}", channel=ChannelId(channel))
    return ScheduleChange(kind=kind, schedule=schedule, at=NOON + number * DAY, by=by)


def test_a_new_schedule_is_looked_at_at_once_and_then_when_it_was_said(store: Store) -> None:
    schedule = a_schedule()
    put(store, schedule)
    assert ["s1"] == due(store, NOON)
    with store.transaction("look") as tx:
        tx.set_next_check(schedule, NOON + DAY)

    assert [] == due(store, NOON + DAY - timedelta(microseconds=1))
    assert ["s1"] == due(store, NOON + DAY)


def test_whatever_zone_a_moment_was_said_in(store: Store) -> None:
    schedule = a_schedule()
    put(store, schedule)
    with store.transaction("look") as tx:
        tx.set_next_check(schedule, (NOON + DAY).astimezone(ZoneInfo("Asia/Tokyo")))

    assert [] == due(store, NOON + DAY - timedelta(hours=1))
    assert ["s1"] == due(store, NOON + DAY)


def test_those_nobody_knows_of_come_before_those_whose_time_has_come_longest_ago_first(store: Store) -> None:
    schedules = [a_schedule(f"s{number}") for number in range(1, 6)]
    put(store, *schedules)
    with store.transaction("look") as tx:
        for schedule, hours in zip(schedules, (3, 1, 2, 9), strict=False):
            tx.set_next_check(schedule, NOON + timedelta(hours=hours))

    assert ["s5", "s2", "s3", "s1"] == due(store, NOON + timedelta(hours=3))


def test_a_changed_schedule_is_looked_at_again_whatever_was_said_of_the_one_before(store: Store) -> None:
    before, after = a_schedule(), a_schedule(created_at=NOON + timedelta(seconds=1), paused=True)
    put(store, before)
    put(store, after)
    with store.transaction("look") as tx:
        tx.set_next_check(before, NOON + 9 * DAY)
        tx.set_next_check(a_schedule("gone"), NOON)

    assert ["s1"] == due(store, NOON)


def test_all_are_looked_at_after_a_start(store: Store) -> None:
    schedules = [a_schedule("s1"), a_schedule("s2")]
    put(store, *schedules)
    with store.transaction("look") as tx:
        for schedule in schedules:
            tx.set_next_check(schedule, NOON + DAY)
        tx.clear_next_checks()

    assert ["s1", "s2"] == due(store, NOON)


def test_a_due_schedule_comes_with_what_its_firings_say(store: Store) -> None:
    put(store, a_schedule("s1"), a_schedule("s2"))
    with store.transaction("fire") as tx:
        tx.claim_firing(ScheduleId("s1"), NOON, FiringOutcome.WAITING)
        tx.claim_firing(ScheduleId("s1"), NOON + DAY, FiringOutcome.OPENED)
        found = {one.schedule.id: one for one in tx.list_due_schedules(NOON + DAY)}

    assert (NOON + DAY, True) == (
        found[ScheduleId("s1")].last_firing,
        found[ScheduleId("s1")].paused_by_bot,
    )
    assert (None, False) == (found[ScheduleId("s2")].last_firing, found[ScheduleId("s2")].paused_by_bot)


def test_alarms_are_closings_reminders_and_looks_that_lie_ahead_in_order_and_no_more_than_asked(
    store: Store,
) -> None:
    schedule = a_schedule()
    put(store, schedule)
    with store.transaction("open") as tx:
        tx.set_next_check(schedule, NOON + 3 * DAY)
        tx.insert_round(a_round("00000000000a", remind_at=NOON + DAY))  # it closes after two days
        tx.insert_round(a_round("00000000000b", channel="C2", closes_at=NOON + 2 * DAY))
        tx.insert_round(a_round("00000000000c", state=RoundState.CLOSED, closes_at=NOON + 9 * DAY))

        assert (NOON + DAY, NOON + 2 * DAY, NOON + 3 * DAY) == tx.list_alarms(NOON, 9)
        assert (NOON + 2 * DAY,) == tx.list_alarms(NOON + DAY, 1)
        assert () == tx.list_alarms(NOON + 3 * DAY, 9)


def test_a_change_comes_back_as_it_was_kept_newest_first_and_of_its_channel(store: Store) -> None:
    made = [
        change(ChangeKind.CREATED, 1, by=MemberId("U1")),
        change(ChangeKind.PAUSED, 2),
        change(ChangeKind.DELETED, 3, channel="C2"),
        change(ChangeKind.CHANGED, 4, by=MemberId("U2")),
    ]
    with store.transaction("change") as tx:
        for one in made:
            tx.insert_change(one, told=True)

        assert (made[3], made[1], made[0]) == tx.list_changes(C1, 9)
        assert (made[3], made[1]) == tx.list_changes(C1, 2)
        assert (made[2],) == tx.list_changes(C2, 9)
        assert () == tx.list_untold_changes()


def test_an_untold_change_waits_until_it_is_settled(store: Store) -> None:
    first, second = change(ChangeKind.CREATED, 1), change(ChangeKind.DELETED, 2)
    with store.transaction("change") as tx:
        for one in (first, second):
            tx.insert_change(one, told=False)
        tx.insert_change(change(ChangeKind.PAUSED, 3), told=True)
        (number, oldest), (_, newest) = tx.list_untold_changes()
        tx.mark_change_told(number)

        assert (first, second) == (oldest, newest)
        assert [second] == [one for _, one in tx.list_untold_changes()]
        assert 3 == len(tx.list_changes(C1, 9))


def test_the_schedule_of_a_change_is_the_one_of_then(store: Store) -> None:
    with store.transaction("change") as tx:
        tx.put_schedule(a_schedule("s1"))
        tx.insert_change(change(ChangeKind.CREATED, 1), told=True)
        tx.put_schedule(a_schedule("s1", paused=True))
        tx.delete_schedule(ScheduleId("s1"))

        assert [False] == [one.schedule.paused for one in tx.list_changes(C1, 9)]


def test_a_channel_is_known_as_it_was_seen_last(store: Store) -> None:
    with store.transaction("look") as tx:
        assert tx.fetch_channel(C1) is None
        tx.put_channel(info())
        tx.put_channel(KnownChannel(info=info(archived=True, private=True).info, introduced=True))

        found = tx.fetch_channel(C1)
    assert found
    assert (True, True, True, True) == (
        found.info.archived,
        found.info.private,
        found.info.joined,
        found.introduced,
    )


def test_who_created_a_channel_is_never_stored(store: Store) -> None:
    seen = KnownChannel(
        info=ChannelInfo(
            id=C1, name="team", private=False, archived=False, joined=True, creator=MemberId("U1")
        )
    )
    with store.transaction("look") as tx:
        tx.put_channel(seen)
    with store.transaction("read") as tx:
        found = tx.fetch_channel(C1)

    assert seen == found, "and nothing else is lost"
    if isinstance(store, Database):
        assert found
        assert found.info.creator is None


def test_the_channels_that_matter_have_a_schedule_or_a_round_with_a_step_left(store: Store) -> None:
    put(store, a_schedule("s1", channel=ChannelId("C5")), a_schedule("s2", channel=ChannelId("C1")))
    rounds = [
        a_round("00000000000a", channel="C1"),
        a_round("00000000000b", channel="C2", state=RoundState.RELEASED),
        a_round("00000000000c", channel="C3", state=RoundState.CLOSED),
        a_round("00000000000d", channel="C4", state=RoundState.CLOSED, summary=MessageTs("1.2")),
        a_round("00000000000e", channel="C6", state=RoundState.CANCELLED),
    ]
    with store.transaction("open") as tx:
        for round_ in rounds:
            tx.insert_round(round_)
        tx.put_channel(info(ChannelId("C9")))

        assert ("C1", "C2", "C3", "C5") == tx.list_channels()
        assert tuple(sorted({round_.channel for round_ in rounds})) == tx.list_asked_channels()


@pytest.mark.parametrize("away", [{"archived": True}, {"joined": False}])
def test_what_is_to_be_said_in_a_channel_out_of_reach_waits_and_what_is_secret_does_not(
    store: Store, away: dict[str, bool]
) -> None:
    speaking = [
        a_round("00000000000a"),  # to be announced
        a_round("00000000000b", **SAID, remind_at=NOON),
        a_round("00000000000c", **SAID, state=RoundState.CLOSED),  # its summary is to be posted
    ]
    closing = [
        a_round("00000000000d", **SAID, closes_at=NOON),
        a_round("00000000000e", **SAID, state=RoundState.CLOSING),
        a_round("00000000000f", **SAID, state=RoundState.RELEASED),
    ]
    with store.transaction("open") as tx:
        for round_ in (*speaking, *closing):
            tx.insert_round(round_)
        tx.put_channel(info(**away))
        assert tuple(closing) == tx.list_unfinished(NOON)

        tx.put_channel(info())
        assert (*speaking, *closing) == tx.list_unfinished(NOON)


def test_a_moment_without_a_zone_is_refused(store: Store) -> None:
    put(store, a_schedule())
    with store.transaction("look") as tx, pytest.raises(ValueError, match="zone"):
        tx.set_next_check(a_schedule(), datetime(2026, 11, 24, 9, 0, tzinfo=UTC).replace(tzinfo=None))
