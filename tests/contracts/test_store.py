"""What every application database does, in memory or in a file."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import product
from pathlib import Path
from threading import Barrier, Thread

import pytest

from bot.core.audit import LastProof
from bot.core.model import ChannelId, MessageTs, Period, RoundId, RoundKind, RoundState, ScheduleId
from bot.core.release import Withheld
from bot.errors import StoreError
from bot.ports import CountingRound, FiringOutcome, Store
from bot.store.database import Database
from tests.contracts.closed_between import ClosingDatabase
from tests.contracts.values import DAY, NOON, a_result, a_round, a_schedule
from tests.fakes.store import FakeStore
from tests.patience import PATIENCE_S

C1 = ChannelId("C1")
S1 = ScheduleId("s1")
A, B, C = "00000000000a", "00000000000b", "00000000000c"


@pytest.fixture(params=["memory", "file", "closed between"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "memory":
        yield FakeStore()
        return
    kind = ClosingDatabase if request.param == "closed between" else Database
    database = kind(tmp_path / "belonging.db")
    yield database
    database.close()


def test_a_schedule_comes_back_as_it_was_stored_and_can_be_replaced_and_forgotten(store: Store) -> None:
    with store.transaction("save") as tx:
        tx.put_schedule(a_schedule("s2"))
        tx.put_schedule(a_schedule("s1"))
        tx.put_schedule(a_schedule("s2", paused=True))

    with store.transaction("read") as tx:
        assert tx.list_schedules() == (a_schedule("s1"), a_schedule("s2", paused=True))
        assert tx.fetch_schedule(S1) == a_schedule("s1")
        tx.delete_schedule(S1)
        tx.delete_schedule(S1)
        assert tx.fetch_schedule(S1) is None


def test_the_next_schedules_are_those_that_wait_then_those_to_look_at_soonest(store: Store) -> None:
    with store.transaction("save") as tx:
        assert tx.count_schedules() == 0
        for number, at in enumerate((None, NOON + DAY, NOON, NOON + 2 * DAY, None)):
            tx.put_schedule(a_schedule(f"s{number}"))
            tx.set_next_check(a_schedule(f"s{number}"), at)
        tx.claim_firing(ScheduleId("s3"), NOON, FiringOutcome.WAITING)
        tx.claim_firing(ScheduleId("s2"), NOON, FiringOutcome.RESUMED)

    with store.transaction("read") as tx:
        assert [one.id for one in tx.list_next_schedules(9)] == ["s3", "s0", "s4", "s2", "s1"]
        assert [one.id for one in tx.list_next_schedules(2)] == ["s3", "s0"]
        assert tx.count_schedules() == 5


def test_a_fire_time_is_claimed_once_also_in_another_zone_and_after_its_schedule_is_gone(
    store: Store,
) -> None:
    with store.transaction("claim") as tx:
        tx.put_schedule(a_schedule("s1"))
        assert tx.claim_firing(S1, NOON, FiringOutcome.OPENED)
        tx.delete_schedule(S1)

    with store.transaction("claim") as tx:
        from zoneinfo import ZoneInfo

        assert not tx.claim_firing(S1, NOON.astimezone(ZoneInfo("Asia/Tokyo")), FiringOutcome.OPENED)
        assert tx.claim_firing(S1, NOON + DAY, FiringOutcome.SKIPPED)
        assert tx.claim_firing(ScheduleId("s2"), NOON, FiringOutcome.OPENED)


def test_the_last_firing_is_the_latest_one_claimed(store: Store) -> None:
    with store.transaction("claim") as tx:
        assert tx.fetch_last_firing(S1) is None
        for moment in (NOON + DAY, NOON):
            tx.claim_firing(S1, moment, FiringOutcome.OPENED)
        tx.claim_firing(ScheduleId("s2"), NOON + 9 * DAY, FiringOutcome.OPENED)

        assert tx.fetch_last_firing(S1) == NOON + DAY


def test_the_last_firing_of_which_something_became_is_found(store: Store) -> None:
    with store.transaction("claim") as tx:
        for days, outcome in enumerate((FiringOutcome.WAITING, FiringOutcome.WAITING, FiringOutcome.OPENED)):
            tx.claim_firing(S1, NOON + days * DAY, outcome)
        tx.claim_firing(ScheduleId("s2"), NOON + 9 * DAY, FiringOutcome.WAITING)

        assert tx.fetch_last_firing_with(S1, FiringOutcome.WAITING) == NOON + DAY
        assert tx.fetch_last_firing_with(S1, FiringOutcome.RESTED) is None


def test_the_outcome_of_a_claimed_fire_time_can_be_told_and_of_no_other(store: Store) -> None:
    with store.transaction("claim") as tx:
        tx.claim_firing(S1, NOON, FiringOutcome.OPENED)
        tx.update_firing(S1, NOON, FiringOutcome.REFUSED)
        with pytest.raises(StoreError, match="never claimed"):
            tx.update_firing(S1, NOON + DAY, FiringOutcome.REFUSED)


def test_a_round_comes_back_as_it_was_stored_and_takes_its_next_step(store: Store) -> None:
    opened = a_round(A, schedule=S1)
    announced = a_round(A, schedule=S1, announcement=MessageTs("1.2"), state=RoundState.CLOSING)
    with store.transaction("open") as tx:
        tx.insert_round(opened)
        assert tx.fetch_round(opened.id) == opened
        tx.update_round(announced)

    with store.transaction("read") as tx:
        assert tx.fetch_round(opened.id) == announced
        assert tx.fetch_round(RoundId(B)) is None


def test_a_round_is_inserted_once_and_updated_only_where_it_is(store: Store) -> None:
    with store.transaction("open") as tx:
        tx.insert_round(a_round(A))

    with pytest.raises(StoreError), store.transaction("open") as tx:
        tx.insert_round(a_round(A))
    with pytest.raises(StoreError, match="no round"), store.transaction("step") as tx:
        tx.update_round(a_round(B))


def test_rounds_are_listed_by_state_oldest_first(store: Store) -> None:
    younger, older = a_round(A, opened_at=NOON + DAY), a_round(B, opened_at=NOON)
    closed = a_round(C, state=RoundState.CLOSED)
    with store.transaction("open") as tx:
        for round_ in (younger, older, closed):
            tx.insert_round(round_)

        assert tx.list_rounds([RoundState.OPEN]) == (older, younger)
        assert tx.list_rounds([RoundState.CLOSED, RoundState.OPEN]) == (older, closed, younger)
        assert tx.list_rounds([]) == ()


def test_unfinished_rounds_are_those_with_a_step_left(store: Store) -> None:
    said = {"announcement": MessageTs("1.1")}
    unfinished = [
        a_round("00000000000a"),
        a_round("00000000000b", **said, closes_at=NOON),
        a_round("00000000000c", **said, state=RoundState.CLOSING),
        a_round("00000000000d", **said, state=RoundState.RELEASED),
        a_round("00000000000e", **said, state=RoundState.CLOSED),
    ]
    finished = [
        a_round("00000000000f", **said, closes_at=NOON + timedelta(microseconds=1)),
        a_round("00000000000g", **said, state=RoundState.CLOSED, summary=MessageTs("1.2")),
        a_round("00000000000h", state=RoundState.CANCELLED),
        a_round("00000000000i", state=RoundState.KEY_LOST),
    ]
    with store.transaction("open") as tx:
        for round_ in reversed([*unfinished, *finished]):
            tx.insert_round(round_)

        assert tx.list_unfinished(NOON) == tuple(unfinished)


def test_a_round_counts_as_asked_lately_from_this_moment_on_and_while_it_is_open(store: Store) -> None:
    closed = {"state": RoundState.CLOSED, "period": Period("20261102")}
    with store.transaction("open") as tx:
        tx.insert_round(a_round(A, opened_at=NOON - DAY, **closed))
        tx.insert_round(a_round(B, opened_at=NOON, channel="C2", **closed))
        tx.insert_round(a_round(C, opened_at=NOON - 9 * DAY, channel="C3"))
        found = tx.list_counting(NOON, NOON + 9 * DAY)

    assert found == (
        CountingRound(id=RoundId(B), period=Period("20261102"), people=14),
        CountingRound(id=RoundId(C), period=None, people=14),
    )


def test_a_round_counts_for_a_while_after_its_result_too_however_long_it_was_open(store: Store) -> None:
    """The mutant that looks at openings alone asks the same again a second after a result of 31 days."""
    long = {"opened_at": NOON - 31 * DAY, "state": RoundState.CLOSED, "period": Period("20261102")}
    with store.transaction("open") as tx:
        tx.insert_round(a_round(A, closes_at=NOON, **long))
        tx.insert_round(a_round(B, number=2, closes_at=NOON - DAY, **long))
        tx.insert_round(a_round(C, number=3, closes_at=NOON - DAY, **long))
        tx.insert_release(Withheld(round_id=RoundId(C)), NOON)  # it was late
        found = tx.list_counting(NOON, NOON)

    assert [A, C] == [one.id for one in found]


def test_whatever_can_be_said_of_a_round_counts_as_it_should(store: Store) -> None:
    """Each way in which a round can count, with each of the others, in and out."""
    lately, before = (NOON, NOON - timedelta(microseconds=1))
    periods, states = (Period("20261102"), None), (RoundState.OPEN, RoundState.CLOSED, RoundState.CANCELLED)
    kinds, times = (RoundKind.REFLECT, RoundKind.COLLECT), (lately, before)
    ways = product(times, times, (*times, None), states, periods, kinds, (0, 1))
    counting = []
    with store.transaction("open") as tx:
        for number, (opened_at, closes_at, released_at, state, period, kind, void) in enumerate(ways):
            round_ = a_round(
                f"{number:012}",
                number=number,
                opened_at=opened_at,
                closes_at=closes_at,
                state=state,
                period=period,
                prompt=replace(a_round().prompt, kind=kind),
                void=bool(void),
            )
            tx.insert_round(round_)
            if released_at:
                tx.insert_release(Withheld(round_id=round_.id), released_at)
            in_time = state is RoundState.OPEN or lately in (opened_at, closes_at, released_at)
            asked = period or (state is not RoundState.CANCELLED and kind is RoundKind.REFLECT)
            counting += [round_.id] if in_time and asked and not void else []
        found = tx.list_counting(NOON, NOON)

    assert counting == [one.id for one in found]


def test_what_asked_nobody_anything_does_not_count_as_asked(store: Store) -> None:
    collecting = replace(a_round().prompt, kind=RoundKind.COLLECT)
    cancelled = {"state": RoundState.CANCELLED}
    rests = Period("20261102")
    with store.transaction("open") as tx:
        tx.insert_round(a_round("00000000000a", prompt=collecting))
        tx.insert_round(a_round("00000000000b", prompt=collecting, state=RoundState.GATHERING, number=0))
        tx.insert_round(a_round("00000000000c", period=rests, void=True, **cancelled))
        tx.insert_round(a_round("00000000000d", **cancelled))  # from before people were marked
        tx.insert_round(a_round("00000000000e", period=rests, **cancelled))
        found = tx.list_counting(NOON, NOON)

    assert ["00000000000e"] == [one.id for one in found]


def test_a_void_round_is_not_among_what_was_asked_also_when_it_is_kept_no_longer(store: Store) -> None:
    void = a_round(A, void=True, state=RoundState.CANCELLED)
    other = a_round(B, number=2, prompt=replace(void.prompt, question="Another?"))
    with store.transaction("open") as tx:
        tx.insert_round(void)
        tx.insert_round(other)
        assert (other.prompt,) == tx.list_asked(void.channel)
        tx.forget_rounds([void.id])
        assert (other.prompt,) == tx.list_asked(void.channel)
        assert 2 == tx.fetch_last_number(void.channel)


def test_rounds_that_are_not_stored_are_unknown(store: Store) -> None:
    with store.transaction("open") as tx:
        tx.insert_round(a_round(A))
        assert {RoundId(B)} == tx.list_unknown([RoundId(A), RoundId(B)])
        assert frozenset() == tx.list_unknown([])


def test_the_last_day_on_which_nothing_was_left_goes_with_its_channel(store: Store) -> None:
    here, there, day = ChannelId("C1"), ChannelId("C2"), NOON.date()
    with store.transaction("rest") as tx:
        tx.put_nothing_left(here, day)
        tx.put_nothing_left(here, day + DAY)
        tx.put_nothing_left(there, day)
    with store.transaction("read") as tx:
        assert (day + DAY, day, None) == tuple(map(tx.fetch_nothing_left, (here, there, ChannelId("C3"))))
        tx.forget_channel(here)
        assert (None, day) == (tx.fetch_nothing_left(here), tx.fetch_nothing_left(there))


def test_a_rest_of_everything_is_never_cut_short_by_another(store: Store) -> None:
    with store.transaction("rest") as tx:
        assert tx.fetch_rest_until() is None
        tx.put_rest_until(NOON + DAY)
        tx.put_rest_until(NOON)
    with store.transaction("read") as tx:
        assert NOON + DAY == tx.fetch_rest_until()


def test_the_rounds_of_a_channel_are_its_own_oldest_first(store: Store) -> None:
    second, first = a_round(A, number=2, opened_at=NOON + DAY), a_round(B, number=1)
    with store.transaction("open") as tx:
        for round_ in (second, first, a_round(C, channel="C2")):
            tx.insert_round(round_)

        assert tx.list_channel_rounds(C1) == (first, second)


def test_a_result_is_stored_once_and_for_ever(store: Store) -> None:
    with store.transaction("close") as tx:
        tx.insert_round(a_round(A))
        tx.insert_release(a_result(A), NOON)

    with pytest.raises(StoreError), store.transaction("again") as tx:
        tx.insert_release(a_result(A, replies=13), NOON + DAY)
    with store.transaction("read") as tx:
        assert tx.fetch_release(RoundId(A)) == a_result(A)


def test_a_result_needs_its_round(store: Store) -> None:
    with pytest.raises(StoreError), store.transaction("close") as tx:
        tx.insert_release(a_result(A), NOON)


def test_a_withheld_result_comes_back_without_any_number(store: Store) -> None:
    with store.transaction("close") as tx:
        tx.insert_round(a_round(A))
        tx.insert_release(Withheld(round_id=RoundId(A)), NOON)

        assert tx.fetch_release(RoundId(A)) == Withheld(round_id=RoundId(A))


def test_the_results_of_a_channel_come_with_their_rounds_newest_first(store: Store) -> None:
    old, new, elsewhere = a_round(A), a_round(B, number=2), a_round(C, channel="C0")
    with store.transaction("close") as tx:
        for hours, round_ in enumerate((old, elsewhere, new)):
            tx.insert_round(round_)
            tx.insert_release(a_result(round_.id), NOON + timedelta(hours=hours))

        assert tx.list_releases(C1) == ((new, a_result(B)), (old, a_result(A)))
        assert tx.list_latest_releases() == ((elsewhere, a_result(C)), (new, a_result(B)))
        assert tx.list_latest_releases(channels={C1, ChannelId("C9")}) == ((new, a_result(B)),)
        assert tx.list_latest_releases(channels=()) == ()
        assert tx.fetch_release(RoundId("00000000000z")) is None


def test_an_exception_undoes_the_whole_transaction(store: Store) -> None:
    def fail_at_the_end() -> None:
        with store.transaction("open") as tx:
            tx.insert_round(a_round(A))
            tx.put_schedule(a_schedule())
            raise LookupError

    with pytest.raises(LookupError):
        fail_at_the_end()

    with store.transaction("read") as tx:
        assert tx.fetch_round(RoundId(A)) is None
        assert tx.list_schedules() == ()


def test_a_transaction_that_is_over_cannot_be_used(store: Store) -> None:
    with store.transaction("read") as tx:
        pass

    with pytest.raises(StoreError, match="over"):
        tx.put_schedule(a_schedule())


def test_transactions_do_not_nest(store: Store) -> None:
    with store.transaction("outer"), pytest.raises(RuntimeError, match="inner"), store.transaction("inner"):
        pass


def test_a_moment_without_a_zone_is_refused(store: Store) -> None:
    with store.transaction("claim") as tx, pytest.raises(ValueError, match="zone"):
        tx.claim_firing(S1, NOON.replace(tzinfo=None), FiringOutcome.OPENED)


def test_of_many_threads_one_wins_a_fire_time(store: Store) -> None:
    start, wins = Barrier(8), []

    def claim() -> None:
        start.wait()
        with store.transaction("claim") as tx:
            wins.append(tx.claim_firing(S1, NOON, FiringOutcome.OPENED))

    threads = [Thread(target=claim) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(wins) == [False] * 7 + [True]


def test_no_more_than_the_last_proof_is_kept(store: Store) -> None:
    first = LastProof(at=NOON, tried=10, failed=())
    last = LastProof(at=NOON + timedelta(days=1), tried=9, failed=("file modes",))
    with store.transaction("proof") as tx:
        assert tx.fetch_proof() is None
        tx.put_proof(first)
        tx.put_proof(last)

    with store.transaction("read") as tx:
        assert tx.fetch_proof() == last


def test_a_reading_transaction_sees_what_is_committed_and_changes_nothing(store: Store) -> None:
    with store.transaction("save") as tx:
        tx.put_schedule(a_schedule("s1"))

    with pytest.raises(RuntimeError, match="only reads"), store.read("test") as tx:
        tx.put_schedule(a_schedule("s2"))

    with store.read("test") as tx:
        assert tx.list_schedules() == (a_schedule("s1"),)


def test_a_reading_transaction_sees_one_state_of_everything(store: Store) -> None:
    def write() -> None:
        with store.transaction("save") as tx:
            tx.put_schedule(a_schedule("s1"))

    with store.read("test") as tx:
        assert tx.list_schedules() == ()
        writer = Thread(target=write)
        writer.start()
        writer.join(PATIENCE_S)
        assert not writer.is_alive(), "whoever writes waited for whoever reads"
        assert tx.count_schedules() == 0

    with store.read("test") as tx:
        assert tx.count_schedules() == 1


def test_no_transaction_is_opened_inside_another_one(store: Store) -> None:
    for outer in (store.read, store.transaction):
        for inner in (store.read, store.transaction):
            with outer("outer"), pytest.raises(RuntimeError, match="inside another"), inner("inner"):
                pass


def test_what_was_read_with_is_over_with_its_block(store: Store) -> None:
    with store.read("test") as tx:
        pass

    with pytest.raises(StoreError, match="over"):
        tx.count_schedules()


def test_after_a_failure_the_next_one_reads_as_before(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.read("test"):
        _ = 1 / 0

    with store.read("test") as tx:
        assert tx.count_schedules() == 0
