"""What every application database tells of times: the newest one, and those that lie in the future."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from bot.core.model import ChannelId, RoundId, RoundState, ScheduleId
from bot.ports import FiringOutcome, Store
from bot.store.database import Database
from tests.contracts.values import DAY, NOON, a_result, a_round, a_schedule
from tests.fakes.store import FakeStore

S1, S2 = ScheduleId("s1"), ScheduleId("s2")
A, B = "00000000000a", "00000000000b"


@pytest.fixture(params=["memory", "file"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "memory":
        yield FakeStore()
        return
    database = Database(tmp_path / "belonging.db")
    yield database
    database.close()


def newest(store: Store) -> datetime | None:
    with store.transaction("newest") as tx:
        return tx.fetch_newest_time()


def test_the_newest_time_is_that_of_whatever_was_stored_last(store: Store) -> None:
    assert newest(store) is None
    with store.transaction("fill") as tx:
        tx.put_schedule(a_schedule("s1", created_at=NOON))
    assert NOON == newest(store)
    with store.transaction("fill") as tx:
        tx.insert_round(a_round(A, opened_at=NOON + DAY))
    assert NOON + DAY == newest(store)
    with store.transaction("fill") as tx:
        tx.insert_release(a_result(A), NOON + 3 * DAY)
        tx.claim_firing(S1, NOON + 400 * DAY, FiringOutcome.SKIPPED)
    assert NOON + 3 * DAY == newest(store)


def test_a_firing_in_the_future_does_not_count_as_the_latest(store: Store) -> None:
    with store.transaction("fill") as tx:
        tx.put_schedule(a_schedule("s1"))
        tx.claim_firing(S1, NOON, FiringOutcome.OPENED)
        tx.claim_firing(S1, NOON + 400 * DAY, FiringOutcome.SKIPPED)

    with store.transaction("read") as tx:
        (due,) = tx.list_due_schedules(NOON + DAY)
        assert NOON == due.last_firing == tx.fetch_last_firing(S1, NOON + DAY)
        assert NOON + 400 * DAY == tx.fetch_last_firing(S1)


def test_what_lies_in_the_future_is_mended_and_nothing_else(store: Store) -> None:
    with store.transaction("fill") as tx:
        tx.put_schedule(a_schedule("s1", created_at=NOON))
        tx.put_schedule(a_schedule("s2", created_at=NOON + 400 * DAY))
        for at in (NOON, NOON + 400 * DAY):
            tx.claim_firing(S1, at, FiringOutcome.SKIPPED)
        tx.set_next_check(a_schedule("s1", created_at=NOON), NOON + 400 * DAY)
        assert 2 == tx.repair_times(NOON + DAY, NOON + DAY / 2)

    with store.transaction("read") as tx:
        assert [NOON, NOON + DAY / 2] == [one.created_at for one in tx.list_schedules()]
        assert NOON == tx.fetch_last_firing(S1)
        assert {S1, S2} == {one.schedule.id for one in tx.list_due_schedules(NOON + DAY)}
        assert 0 == tx.repair_times(NOON + DAY, NOON)


def test_the_open_rounds_from_the_future_are_listed(store: Store) -> None:
    with store.transaction("fill") as tx:
        tx.insert_round(a_round(A, opened_at=NOON))
        tx.insert_round(a_round(B, opened_at=NOON + 400 * DAY))
        assert [B] == [one.id for one in tx.list_rounds_from(NOON)]
        tx.update_round(a_round(B, opened_at=NOON + 400 * DAY, state=RoundState.CANCELLED))
        assert () == tx.list_rounds_from(NOON)


def test_rounds_with_keys_and_channels_with_a_round_are_known(store: Store) -> None:
    with store.transaction("fill") as tx:
        tx.insert_round(a_round(A, state=RoundState.CLOSING))
        tx.insert_round(a_round(B, channel="C2", state=RoundState.RELEASED))
        assert {RoundId(A)} == tx.list_live_ids()
        assert [True, False] == [tx.has_open_round(ChannelId(one)) for one in ("C1", "C2")]
