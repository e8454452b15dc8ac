"""A shard moves between two storages, over a real PostgreSQL: whatever fails, one copy counts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.cluster import statements
from bot.cluster.control import Control
from bot.cluster.locks import CLASS
from bot.cluster.moves import Row
from bot.cluster.ownership import Taken
from bot.cluster.transfer import NotMovedError
from bot.cluster.view import NotMoved, Route
from bot.errors import StoreError
from bot.store.lock import InstanceLock, prepare
from bot.store.shard_files import LEFT, MARK
from tests.cluster.two_storages import CELL, FILES, Network, Side, lay, side
from tests.cluster.workers import SHARD
from tests.fakes.loops import run_alone
from tests.postgresql import PostgreSQL

HERE, THERE = "storage of giver", "storage of taker"


@pytest.fixture
def network() -> Network:
    return Network()


@asynccontextmanager
async def both(url: str, folder: Path, network: Network) -> AsyncIterator[tuple[Side, Side]]:
    """The worker with the cell serves it; an operator wants it with the other one."""
    lay(folder, "giver")
    async with side(url, folder, "giver", network) as giver, side(url, folder, "taker", network) as taker:
        await serve(giver)
        Control(url).move([SHARD], "taker")
        yield giver, taker


async def serve(one: Side) -> None:
    taken = await one.ownership.take(SHARD)
    assert taken
    await one.shards.open_shard(SHARD, taken)


async def row(one: Side) -> tuple[str | None, str | None, str | None, NotMoved | None]:
    """Who owns the shard, where it lies, who is wanted, and why that was not done."""
    view = await one.ownership.look()
    route = view.routes.get(SHARD)
    return (
        route and route.worker,
        view.storages.get(SHARD),
        view.wanted.get(SHARD),
        view.not_moved.get(SHARD),
    )


def test_what_moves_is_served_there_and_nothing_is_left_here(
    database_url: str, tmp_path: Path, network: Network
) -> None:
    async def scenario() -> None:
        async with both(database_url, tmp_path, network) as (giver, taker):
            assert ("giver", HERE, "taker", None) == await row(giver)
            await giver.turn()
            assert (None, THERE, "taker", None) == await row(giver)
            assert ({}, {}) == (giver.ownership.owned, giver.files)
            assert SHARD not in giver.shards.open
            with InstanceLock(giver.folder):
                await taker.balance()
            assert ("taker", THERE, None, None) == await row(taker)
            assert Taken(2, Route("giver", "http://giver:3000", 1)) == taker.shards.open[SHARD]
            assert FILES == taker.files
            await giver.balance()
            assert SHARD not in giver.shards.open

    run_alone(scenario())
    assert len(network.sent) > 4


def test_a_move_back_works_the_same(database_url: str, tmp_path: Path, network: Network) -> None:
    async def scenario() -> None:
        async with both(database_url, tmp_path, network) as (giver, taker):
            await giver.turn()
            await taker.balance()
            Control(database_url).move([SHARD], "giver")
            await taker.turn()
            await giver.balance()
            assert ("giver", HERE, None, None) == await row(giver)
            assert (FILES, {}) == (giver.files, taker.files)

    run_alone(scenario())


@pytest.mark.attack
def test_a_postgresql_that_was_set_back_before_a_move_opens_no_empty_directory(
    database_url: str, tmp_path: Path, network: Network, postgresql: PostgreSQL
) -> None:
    """Its row names the storage again from which the cells have left: there they would begin anew."""

    async def scenario() -> None:
        async with both(database_url, tmp_path, network) as (giver, taker):
            ((storage, epoch),) = postgresql.query(
                "SELECT storage, epoch FROM shards WHERE worker = 'giver'", "shared"
            )
            await giver.turn()
            postgresql.query(
                f"UPDATE shards SET worker = NULL, storage = '{storage}', epoch = {epoch} "  # noqa: S608 - ours
                "WHERE storage IS NOT NULL",
                "shared",
            )
            with pytest.raises(StoreError) as refused:
                await giver.ownership.take(SHARD)
            assert "database_set_back" == refused.value.code
            assert {} == giver.ownership.owned
            assert FILES == {name: text for name, text in taker.files.items() if name != MARK}
            (giver.folder / LEFT).unlink()  # as the message says
            assert await giver.ownership.take(SHARD)

    run_alone(scenario())


@pytest.mark.parametrize("fails", ["occupied", "already_running", "stopping", "not_moved"])
def test_where_it_cannot_move_it_is_served_here_again_and_the_operator_learns_why(
    database_url: str, tmp_path: Path, network: Network, fails: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        async with both(database_url, tmp_path, network) as (giver, taker):

            def end(number: int) -> None:
                if number == 2:
                    vars(giver.moving)["_ending"] = True

            if fails == "occupied":
                prepare(taker.folder, taker.folder / "T0ELSE")
            elif fails == "not_moved":
                network.ends["http://taker:3000"] = giver.moving
            elif fails == "stopping":
                network.before = end
            if fails == "already_running":
                with InstanceLock(giver.folder / CELL):
                    await giver.turn()
            else:
                await giver.turn()
            assert ("giver", HERE, None, NotMoved("taker", fails)) == await row(giver)
            assert FILES == giver.files
            assert Taken(2, Route("giver", "http://giver:3000", 1)) == giver.shards.open[SHARD]
            assert {SHARD: 2} == giver.ownership.owned
            assert [] == [path.name for path in taker.folder.parent.glob(".*")]
            await taker.balance()
            assert SHARD not in taker.shards.open

    run_alone(scenario())
    assert [(SHARD, "taker", fails)] == [
        (line.shard, line.worker, line.code)  # type: ignore[attr-defined]
        for line in caplog.records
        if line.msg == "shard not moved"
    ]


def test_a_new_wish_forgets_why_the_last_one_was_not_fulfilled(
    database_url: str, tmp_path: Path, network: Network
) -> None:
    async def scenario() -> None:
        async with both(database_url, tmp_path, network) as (giver, taker):
            prepare(taker.folder, taker.folder / "T0ELSE")
            await giver.turn()
            (taker.folder / "T0ELSE").rmdir()
            Control(database_url).move([SHARD], "taker")
            assert ("giver", HERE, "taker", None) == await row(giver)
            await giver.turn()
            await taker.balance()
            assert ("taker", THERE, None, None) == await row(taker)

    run_alone(scenario())


def test_a_worker_takes_only_what_postgresql_says_is_to_come(
    database_url: str, tmp_path: Path, network: Network
) -> None:
    """The giver does not know yet that its operator has changed their mind."""

    async def scenario() -> None:
        async with both(database_url, tmp_path, network) as (giver, taker):
            await giver.ownership.look()
            Control(database_url).move([SHARD], "giver")
            await giver.moving.turn()
            assert ("giver", HERE, None, NotMoved("taker", "not_moved")) == await row(giver)
            assert (FILES, {}) == (giver.files, taker.files)

    run_alone(scenario())


def end_session(postgresql: PostgreSQL) -> None:
    """Let PostgreSQL end the session of the worker that owns the shard."""
    postgresql.query(
        f"SELECT pg_terminate_backend(pid, 1000) FROM pg_locks WHERE classid::bigint = {CLASS} "  # noqa: S608 - two numbers of ours
        f"AND objid = {SHARD} AND granted",
        "shared",
    )


def test_a_move_whose_files_are_there_survives_a_lost_session_of_postgresql(
    database_url: str, tmp_path: Path, network: Network, postgresql: PostgreSQL
) -> None:
    """The row decides, which only the owner with the same epoch can change: one copy is left either way."""

    async def scenario() -> None:
        async with both(database_url, tmp_path, network) as (giver, taker):
            last = len(network.sent)

            def lose(number: int) -> None:
                if number == last + 5:
                    end_session(postgresql)

            network.before = lose
            moving = asyncio.ensure_future(giver.turn())
            while not ((giver.folder / MARK).exists() or moving.done()):  # noqa: ASYNC110 - a file tells nobody
                await asyncio.sleep(0)
            assert not moving.done(), await row(giver)
            assert SHARD not in giver.shards.open
            while not moving.done():
                await giver.ownership.beat()
                await asyncio.sleep(0)
            await moving
            named = await row(giver)
            if named == (None, THERE, "taker", None):  # the beat was back before the row was written
                assert {} == giver.files
                assert FILES == {name: text for name, text in taker.files.items() if name != MARK}
                return
            assert ("giver", HERE, None, NotMoved("taker", "database_away")) == named
            assert FILES == giver.files
            assert {SHARD: 2} == giver.ownership.owned == {SHARD: giver.shards.open[SHARD].epoch}
            vars(taker.moving)["_turns"] = 0
            await taker.turn()
            assert {} == taker.files

    run_alone(scenario())


def test_where_no_copy_was_whole_a_worker_without_postgresql_serves_on(
    database_url: str, tmp_path: Path, network: Network, postgresql: PostgreSQL
) -> None:
    """The wish stays, and is fulfilled later."""

    async def scenario() -> None:
        async with both(database_url, tmp_path, network) as (giver, taker):

            def fail(_: int) -> None:
                end_session(postgresql)
                raise NotMovedError

            network.before = fail
            with pytest.raises(StoreError):
                await giver.turn()
            assert 1 == giver.shards.open[SHARD].epoch
            network.before = lambda _: None
            await giver.ownership.beat()
            await giver.turn()
            await taker.balance()
            assert ("taker", THERE, None, None) == await row(taker)

    run_alone(scenario())


def test_a_lost_answer_that_the_other_copy_counts_is_asked_for_again(
    database_url: str, tmp_path: Path, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with both(database_url, tmp_path, network) as (giver, taker):
            run = giver.ownership._run

            async def run_and_lose(session: Any, sql: Any, values: Any) -> list[Any]:
                found = await run(session, sql, values)
                if sql is statements.NAME_STORAGE:
                    monkeypatch.undo()
                    raise StoreError
                return found

            monkeypatch.setattr(giver.ownership, "_run", run_and_lose)
            await giver.turn()
            assert (None, THERE, "taker", None) == await row(giver)
            assert ({}, {}, {}) == (giver.files, giver.ownership.owned, giver.shards.open)
            await taker.balance()
            assert FILES == taker.files

    run_alone(scenario())


def test_a_statement_that_comes_late_changes_nothing(
    database_url: str, tmp_path: Path, network: Network
) -> None:
    async def scenario() -> None:
        async with both(database_url, tmp_path, network) as (giver, _):
            move = giver.ownership.begin_move(SHARD, "taker")
            assert move
            assert giver.ownership.begin_move(SHARD, "taker") is None
            assert [Row(HERE, 2), Row(HERE, 3)] == [await giver.ownership.renew(move) for _ in range(2)]
            assert not await giver.ownership.name_storage(move, THERE)
            await giver.ownership.give(SHARD)
            assert {SHARD: 3} == giver.ownership.owned
            giver.ownership.end_move(SHARD)
            await giver.ownership.give(SHARD)
            assert ({}, Row(HERE, None)) == (giver.ownership.owned, await giver.ownership.renew(move))

    run_alone(scenario())


def test_balancing_and_beats_leave_alone_what_is_being_moved(
    database_url: str, tmp_path: Path, network: Network, postgresql: PostgreSQL
) -> None:
    async def scenario() -> None:
        async with both(database_url, tmp_path, network) as (giver, _):
            assert giver.ownership.begin_move(SHARD, "taker")
            await giver.ownership.drain("giver")
            postgresql.query(f"UPDATE shards SET epoch = 9 WHERE shard = {SHARD}", "shared")  # noqa: S608 - a number
            end_session(postgresql)
            for _ in range(2):
                await giver.ownership.beat()
            await giver.balance()
            assert {SHARD: 1} == giver.ownership.owned
            giver.ownership.end_move(SHARD)
            await giver.ownership.beat()
            assert {} == giver.ownership.owned

    run_alone(scenario())


def test_after_a_death_of_the_giver_its_next_life_deletes_what_counts_elsewhere(
    database_url: str, tmp_path: Path, network: Network
) -> None:
    async def scenario() -> None:
        async with both(database_url, tmp_path, network) as (giver, taker):
            await giver.turn()
            await taker.balance()
            lay(tmp_path, "giver")
            (giver.folder / MARK).write_text("1\n", encoding="ascii")
            await giver.moving.begin()
            assert {} == giver.files
            assert FILES == taker.files

    run_alone(scenario())


def test_after_a_death_of_the_giver_in_the_middle_its_next_life_serves(
    database_url: str, tmp_path: Path, network: Network
) -> None:
    """It was killed once the copy was whole, before PostgreSQL named it."""

    async def scenario() -> None:
        async with both(database_url, tmp_path, network) as (giver, taker):
            move = giver.ownership.begin_move(SHARD, "taker")
            assert move
            Control(database_url)
            await giver.ownership.close()
            (giver.folder / MARK).write_text("1\n", encoding="ascii")
            lay(tmp_path, "taker")
            (taker.folder / MARK).write_text("1\n", encoding="ascii")
            async with side(database_url, tmp_path, "giver", network) as again:
                await taker.turn()
                assert FILES | {MARK: b"1\n"} == taker.files
                await serve(again)
                assert FILES == again.files
                assert ("giver", HERE, None, NotMoved("taker", "interrupted")) == await row(again)
                await taker.moving._settle()
                assert {} == taker.files

    run_alone(scenario())


def test_a_new_postgresql_is_told_what_lies_here_before_anything_is_taken(
    database_url: str, tmp_path: Path, network: Network, caplog: pytest.LogCaptureFixture
) -> None:
    """A worker without these cells had taken the shard as an empty one: it gives it."""
    lay(tmp_path, "giver")

    async def scenario() -> None:
        async with side(database_url, tmp_path, "taker", network) as empty:
            await empty.balance()
            assert SHARD in empty.shards.open
            async with side(database_url, tmp_path, "giver", network) as giver:
                assert ("taker", HERE, None, None) == await row(giver)
                with pytest.raises(StoreError):
                    await empty.ownership.bind(SHARD)
                await empty.balance()
                await giver.balance()
                assert ("giver", HERE, None, None) == await row(giver)
                assert (True, False) == (SHARD in giver.shards.open, SHARD in empty.shards.open)
        lay(tmp_path, "taker")
        async with side(database_url, tmp_path, "taker", network):
            pass

    run_alone(scenario())
    assert [(SHARD, "other_storage")] == [
        (line.shard, line.code)  # type: ignore[attr-defined]
        for line in caplog.records
        if line.msg == "cells that lie elsewhere"
    ]


def test_a_copy_of_which_postgresql_knows_nothing_is_not_served(
    database_url: str, tmp_path: Path, network: Network
) -> None:
    """It was set back, so nobody knows whether another copy counts."""
    lay(tmp_path, "giver")
    (tmp_path / "giver/data/shards" / f"{SHARD:02}" / MARK).write_text("17\n", encoding="ascii")

    async def scenario() -> None:
        async with side(database_url, tmp_path, "giver", network) as one:
            with pytest.raises(StoreError, match="not known whether the cells"):
                await one.ownership.take(SHARD)
            assert (None, None, None, None) == await row(one)
            assert FILES | {MARK: b"17\n"} == one.files

    run_alone(scenario())
