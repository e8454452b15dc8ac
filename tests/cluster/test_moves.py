"""Whenever a move is interrupted, exactly one copy of the shard counts, and the other one goes."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cluster.moves import After, move_away, settle_here
from bot.cluster.transfer import NotMovedError
from bot.core.shard_copies import Copy, judge
from bot.errors import DamagedError, StoreError
from bot.keys import destroy_all
from bot.store.lock import InstanceLock
from bot.store.shard_files import MARK, Named, list_unsettled, settle, settle_owned
from tests.cluster.shard_moves import (
    CELLS,
    GIVER,
    TAKER,
    Crash,
    FakeRow,
    Fuse,
    Pair,
    files_in,
    make_shard,
    shard_in,
)
from tests.fakes.loops import run_alone


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    pair = Pair(tmp_path / "giver", tmp_path / "taker")
    make_shard(pair.giver)
    return pair


@pytest.fixture(scope="module")
def fuse() -> Fuse:
    return Fuse()


def move(pair: Pair) -> None:
    """Move the shard. Raises ``BotError``."""

    async def scenario() -> None:
        with pair.given() as departure:
            async with pair.departing() as (departing, _):
                await move_away(pair.move, TAKER, departure, pair.row, departing.run)

    run_alone(scenario())


def after_failure(pair: Pair) -> After:
    with pair.given() as departure:
        return run_alone(settle_here(pair.move, TAKER, departure, pair.row))


def start(data: Path, storage: str, row: FakeRow) -> Copy | None:
    """Do what a worker on this storage does with an interrupted move: at its start, or before it serves."""
    named = Named(row.storage, row.epoch)
    if row.take(storage):
        named = Named(row.storage, row.epoch)
        with InstanceLock(shard_in(data)):
            return settle_owned(shard_in(data), storage, named, destroy_all)
    if list_unsettled(data / "shards"):
        return settle(shard_in(data), storage, named, destroy_all)
    return None


def test_after_a_move_the_other_copy_is_the_only_one_and_counts(pair: Pair) -> None:
    move(pair)

    assert (TAKER, None, "taker") == (pair.row.storage, pair.row.worker, pair.row.wanted)
    assert {} == files_in(pair.giver)
    assert CELLS | {MARK: b"17\n"} == files_in(shard_in(pair.taker))
    assert Copy.KEEP is start(pair.taker, TAKER, pair.row)
    assert CELLS == files_in(shard_in(pair.taker))
    assert () == list_unsettled(pair.taker / "shards")


@pytest.mark.parametrize("first", ["giver", "taker"])
def test_after_a_crash_at_any_step_exactly_the_copy_that_is_named_is_left(
    tmp_path: Path, fuse: Fuse, first: str
) -> None:
    """Both machines go down at the same step, and come back one after the other."""
    ends: set[str | None] = set()
    for length in range(1000):
        place = tmp_path / str(length)
        place.mkdir()
        pair = Pair(place / "giver", place / "taker", FakeRow(fuse=fuse.burn))
        make_shard(pair.giver)
        with suppress(Crash), fuse.lit(length, place):
            move(pair)
        if not fuse.blown:
            break
        come_back(pair, first)
        ends.add(pair.row.storage)
    assert length > 40
    assert {GIVER, TAKER} == ends


@pytest.mark.parametrize("second", range(0, 24, 3))
def test_a_second_crash_while_the_first_is_settled_changes_nothing(
    tmp_path: Path, fuse: Fuse, second: int
) -> None:
    for length in range(30, 80, 8):
        place = tmp_path / str(length)
        place.mkdir()
        pair = Pair(place / "giver", place / "taker", FakeRow(fuse=fuse.burn))
        make_shard(pair.giver)
        with suppress(Crash), fuse.lit(length, place):
            move(pair)
        for data, storage in ((pair.giver, GIVER), (pair.taker, TAKER)):
            with suppress(Crash), fuse.lit(second, place):
                start(data, storage, pair.row)
        come_back(pair, "giver")


def come_back(pair: Pair, first: str) -> None:
    """Start both workers, in this order; each looks a second time when the other one has come."""
    both = [(pair.giver, GIVER), (pair.taker, TAKER)]
    for data, storage in (both if first == "giver" else both[::-1]) * 2:
        start(data, storage, pair.row)
    counts, gone = both if pair.row.storage == GIVER else both[::-1]

    assert CELLS == files_in(shard_in(counts[0]))
    assert {} == files_in(gone[0])
    assert not [*counts[0].glob("shards/.*"), *gone[0].glob("shards/.*")]


def test_where_the_taker_refuses_the_shard_stays_and_can_be_served_again(pair: Pair) -> None:
    make_shard(pair.taker, {"T0ELSE/belonging.db": b""})
    with pytest.raises(NotMovedError):
        move(pair)

    assert After.STAYS is after_failure(pair)
    assert CELLS == files_in(shard_in(pair.giver))
    assert (18, GIVER, None) == (pair.row.epoch, pair.row.storage, pair.row.wanted)


def test_a_lost_answer_of_postgresql_is_settled_by_asking_again(pair: Pair) -> None:
    """The row has changed, or it has not, and then it cannot any more."""
    for lost, expected, left in (
        ("after the row", After.GONE, {}),
        ("before the row", After.STAYS, CELLS),
    ):
        pair.row = FakeRow(fuse=lambda place, lost=lost: fail_at(place, lost))
        with pytest.raises(StoreError):
            move(pair)
        pair.row.fuse = lambda _: None
        assert expected is after_failure(pair)
        assert left == files_in(shard_in(pair.giver))
        make_shard(pair.giver)
        for path in shard_in(pair.taker).glob("*"):
            if path.name == MARK:
                path.write_text("3\n", encoding="ascii")  # so that the next transfer makes room


def fail_at(place: str, wanted: str) -> None:
    if place == wanted:
        raise StoreError


def test_a_statement_that_reaches_postgresql_late_names_nothing_any_more(pair: Pair) -> None:
    """Otherwise it could name a copy that the taker has deleted meanwhile."""
    pair.row.fuse = lambda place: fail_at(place, "before the row")
    with pytest.raises(StoreError):
        move(pair)
    pair.row.fuse = lambda _: None

    assert Copy.WAIT is start(pair.taker, TAKER, pair.row)
    assert After.STAYS is after_failure(pair)
    assert not asyncio.run(pair.row.name_storage(pair.move, TAKER))
    assert Copy.DESTROY is start(pair.taker, TAKER, pair.row)
    assert {} == files_in(pair.taker)
    assert CELLS == files_in(shard_in(pair.giver))


def test_a_shard_that_somebody_else_has_meanwhile_is_neither_named_nor_deleted(pair: Pair) -> None:
    pair.row.fuse = lambda _: setattr(pair.row, "worker", "another on this storage")
    with pytest.raises(NotMovedError):
        move(pair)

    assert After.LOST is after_failure(pair)
    assert CELLS | {MARK: b"17\n"} == files_in(shard_in(pair.giver))


@pytest.mark.parametrize("number", range(4))
def test_a_copy_of_a_message_sent_again_before_the_row_names_the_other_copy_leaves_it(
    pair: Pair, number: int
) -> None:
    """Whoever listens holds the last answer back, and sends what they have recorded to the taker."""

    async def scenario() -> None:
        with pair.given() as departure:
            async with pair.departing() as (departing, arriving):

                async def run_and_play(pieces: Iterator[bytes]) -> None:
                    await departing.run(pieces)
                    assert await arriving.receive({}, pair.sent[number])

                await move_away(pair.move, TAKER, departure, pair.row, run_and_play)

    run_alone(scenario())
    assert TAKER == pair.row.storage
    assert {} == files_in(pair.giver)
    assert CELLS | {MARK: b"17\n"} == files_in(shard_in(pair.taker))


def test_a_second_try_after_a_failed_one_replaces_what_the_first_has_left(pair: Pair) -> None:
    pair.row.fuse = lambda place: fail_at(place, "before the row")
    with pytest.raises(StoreError):
        move(pair)
    assert After.STAYS is after_failure(pair)
    (shard_in(pair.giver) / "T0ONE/belonging.db").write_bytes(b"newer")
    again = Pair(pair.giver, pair.taker, FakeRow(epoch=17))
    move(again)

    assert b"newer" == (shard_in(pair.taker) / "T0ONE/belonging.db").read_bytes()


def test_a_transfer_that_is_under_way_is_not_settled_by_another_worker(pair: Pair) -> None:
    async def scenario() -> None:
        arrival = await pair._arrive(pair.move)
        try:
            assert settle(shard_in(pair.taker), TAKER, Named(GIVER, 99), destroy_all) is None
        finally:
            arrival.close()

    run_alone(scenario())


def test_a_damaged_mark_is_an_error_and_deletes_nothing(pair: Pair) -> None:
    (shard_in(pair.giver) / MARK).write_text("?", encoding="ascii")
    with pytest.raises(DamagedError):
        settle(shard_in(pair.giver), GIVER, Named(TAKER, 99), destroy_all)

    assert CELLS == {name: text for name, text in files_in(shard_in(pair.giver)).items() if name != MARK}


STORAGES = st.sampled_from([GIVER, TAKER, "cc" * 16]) | st.none()
EPOCHS = st.integers(1, 5)


@given(named=STORAGES, epoch=EPOCHS, marked=EPOCHS)
def test_a_copy_that_is_named_is_kept_and_none_is_destroyed_while_no_other_is(
    named: str | None, epoch: int, marked: int
) -> None:
    judged = {here: judge(marked, here=here, named=named, epoch=epoch) for here in (GIVER, TAKER)}

    assert {here for here, copy in judged.items() if copy is Copy.KEEP} == {GIVER, TAKER} & {named}
    if Copy.DESTROY in judged.values():
        assert named is not None
        assert epoch > marked
