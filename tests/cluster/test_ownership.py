"""Who owns a shard: two workers, a real PostgreSQL, and what happens when it goes away."""

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bot.cluster.locks import CLASS
from bot.cluster.ownership import ANSWER_S, BEAT_S, MOST_MISSES, Taken
from bot.cluster.session import LEASE_S
from bot.cluster.view import Route
from bot.errors import ClusterError, DataDirectoryError, StoreError
from tests.cluster.workers import SHARD, Heard, storage_in, worker
from tests.fakes.loops import run_alone
from tests.patience import PATIENCE_S
from tests.postgresql import DURABLE, PostgreSQL, running

HOLDERS = f"""
SELECT pid FROM pg_locks WHERE classid::bigint = {CLASS} AND objid = {SHARD} AND granted
"""  # noqa: S608 - two numbers of ours


@pytest.fixture
def ask(database_url: str) -> Iterator[Any]:
    """Runs a statement as somebody else."""
    patient = f"-c lock_timeout={int(PATIENCE_S)}s"
    with psycopg.connect(database_url, autocommit=True, options=patient) as connection:

        def run(sql: str) -> list[Any]:
            cursor = connection.execute(sql.encode())
            return cursor.fetchall() if cursor.description else []

        yield run


def test_one_worker_gets_a_shard_and_the_other_does_not(database_url: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with worker(database_url, tmp_path) as one, worker(database_url, tmp_path, "two") as two:
            assert [Taken(1), None] == [await one.take(SHARD), await two.take(SHARD)]
            assert {SHARD: Route("one", "http://one:3000", 1)} == (await two.look()).routes
            await one.give(SHARD)
            assert {} == (await two.look()).routes
            assert Taken(2, Route("one", "http://one:3000", 1)) == await two.take(SHARD)
            assert ({}, {SHARD: 2}) == (one.owned, two.owned)

    run_alone(scenario())


def test_the_lock_in_postgresql_is_taken_first_and_let_go_last(
    database_url: str, tmp_path: Path, ask: Any
) -> None:
    seen: list[int] = []

    @contextmanager
    def storage(shard: int, _named: str | None, _epoch: int) -> Iterator[None]:
        seen.append(len(ask(HOLDERS)))
        with storage_in(tmp_path)(shard):
            yield
        seen.append(len(ask(HOLDERS)))

    async def scenario() -> None:
        async with worker(database_url, tmp_path, storage=storage) as one:
            await one.take(SHARD)
            await one.give(SHARD)

    run_alone(scenario())
    assert [1, 1] == seen
    assert [] == ask(HOLDERS)


def test_without_the_storage_the_lock_is_given_back(database_url: str, tmp_path: Path, ask: Any) -> None:
    async def scenario() -> None:
        with storage_in(tmp_path)(SHARD):
            async with worker(database_url, tmp_path) as one:
                assert await one.take(SHARD) is None
                assert [] == ask(HOLDERS)
                assert {} == (await one.look()).routes

    run_alone(scenario())


def test_a_storage_that_cannot_be_used_is_told_and_nothing_is_held(
    database_url: str, tmp_path: Path, ask: Any
) -> None:
    (tmp_path / str(SHARD)).write_text("a file", encoding="utf-8")

    async def scenario() -> None:
        async with worker(database_url, tmp_path) as one:
            with pytest.raises(DataDirectoryError):
                await one.take(SHARD)
            assert [] == ask(HOLDERS)
            assert Taken(1) == await one.take(SHARD + 1)

    run_alone(scenario())


def test_a_loss_is_noticed_before_the_session_would_end() -> None:
    """At the next look, which comes after a second and waits no longer than this."""
    assert BEAT_S + ANSWER_S < LEASE_S


def test_a_killed_session_is_noticed_and_its_locks_are_taken_again(
    database_url: str, tmp_path: Path, ask: Any
) -> None:
    heard = Heard()

    async def scenario() -> None:
        async with worker(database_url, tmp_path, heard=heard) as one:
            await one.take(SHARD)
            ((before,),) = ask(HOLDERS)
            ask(f"SELECT pg_terminate_backend({before}, 1000)")
            await one.beat()
            assert (1, False, {SHARD: 1}) == (heard.cut_off, one.is_connected, one.owned)
            with pytest.raises(StoreError):
                await one.take(SHARD + 1)
            await one.beat()
            ((after,),) = ask(HOLDERS)
            assert before != after
            assert Route("one", "http://one:3000", 1) == (await one.look()).routes[SHARD]

    run_alone(scenario())
    assert [] == heard.taken


def test_a_postgresql_that_does_not_answer_is_noticed(database_url: str, tmp_path: Path, ask: Any) -> None:
    heard = Heard()

    async def scenario() -> None:
        async with worker(database_url, tmp_path, heard=heard) as one:
            await one.take(SHARD)
            ((hanging,),) = ask(HOLDERS)
            os.kill(hanging, signal.SIGSTOP)
            try:
                await one.beat()
            finally:
                os.kill(hanging, signal.SIGCONT)
            assert (1, False) == (heard.cut_off, one.is_connected)

    run_alone(scenario())


def test_a_worker_that_hangs_loses_its_locks_but_nobody_else_gets_in(
    database_url: str, tmp_path: Path, ask: Any
) -> None:
    async def scenario() -> None:
        async with worker(database_url, tmp_path) as hanging:
            await hanging.take(SHARD)
            ask(f"SELECT pg_advisory_lock({CLASS}, {SHARD})")  # waits for the end of its session
            ask(f"SELECT pg_advisory_unlock({CLASS}, {SHARD})")
            async with worker(database_url, tmp_path, "two") as two:
                assert "one" not in (await two.look()).alive
                assert await two.take(SHARD) is None
                await hanging.beat()
                await hanging.beat()
                assert {SHARD: 1} == hanging.owned
                assert await two.take(SHARD) is None
                assert Route("one", "http://one:3000", 1) == (await two.look()).routes[SHARD]

    run_alone(scenario())


def test_a_lock_that_stays_with_another_worker_is_followed(
    database_url: str, tmp_path: Path, ask: Any
) -> None:
    heard = Heard()

    async def scenario() -> None:
        async with worker(database_url, tmp_path, heard=heard) as one:
            await one.take(SHARD)
            ((before,),) = ask(HOLDERS)
            ask(f"SELECT pg_terminate_backend({before}, 1000), pg_advisory_lock({CLASS}, {SHARD})")
            await one.beat()
            for _ in range(MOST_MISSES - 1):
                await one.beat()
            assert ([], {SHARD: 1}) == (heard.taken, one.owned)
            await one.beat()
            assert ([SHARD], {}) == (heard.taken, one.owned)
            with storage_in(tmp_path)(SHARD):
                pass

    run_alone(scenario())


def test_storage_that_two_can_write_is_noticed(
    database_url: str, tmp_path: Path, ask: Any, caplog: pytest.LogCaptureFixture
) -> None:
    heard = Heard()

    async def scenario() -> None:
        async with worker(database_url, tmp_path / "a", heard=heard) as one:
            await one.take(SHARD)
            await one.bind(SHARD)
            ((before,),) = ask(HOLDERS)
            ask(f"SELECT pg_terminate_backend({before}, 1000)")
            await one.beat()
            async with worker(database_url, tmp_path / "b", "two") as two:
                assert Taken(2) == await two.take(SHARD)
                await two.give(SHARD)
            await one.beat()
            assert ([SHARD], {}) == (heard.taken, one.owned)

    run_alone(scenario())
    assert "storage that two workers can write" in caplog.messages


def test_an_empty_shard_that_another_storage_has_got_meanwhile_is_let_go_without_alarm(
    database_url: str, tmp_path: Path, ask: Any, caplog: pytest.LogCaptureFixture
) -> None:
    heard = Heard()

    async def scenario() -> None:
        async with worker(database_url, tmp_path / "a", heard=heard) as one:
            await one.take(SHARD)
            ((before,),) = ask(HOLDERS)
            ask(f"SELECT pg_terminate_backend({before}, 1000)")
            await one.beat()
            async with worker(database_url, tmp_path / "b", "two", storage_id="another") as two:
                await two.take(SHARD)
                await two.bind(SHARD)
                await two.give(SHARD)
            await one.beat()
            assert ([SHARD], {}) == (heard.taken, one.owned)
            with pytest.raises(StoreError, match="Another worker"):
                await one.bind(SHARD)
            assert await one.take(SHARD) is None

    run_alone(scenario())
    assert "storage that two workers can write" not in caplog.messages


def test_a_shard_with_cells_is_only_taken_where_they_lie(database_url: str, tmp_path: Path, ask: Any) -> None:
    async def scenario() -> None:
        async with worker(database_url, tmp_path / "a", storage_id="a") as one:
            await one.take(SHARD)
            await one.bind(SHARD)
            await one.bind(SHARD)
        async with worker(database_url, tmp_path / "b", "two", storage_id="b") as two:
            assert {SHARD: "a"} == (await two.look()).storages
            assert await two.take(SHARD) is None
            assert ([], False) == (ask(HOLDERS), (tmp_path / "b" / str(SHARD)).exists())
        async with worker(database_url, tmp_path / "a", storage_id="a") as one:
            await one.take(SHARD)
            await one.unbind(SHARD)
        async with worker(database_url, tmp_path / "b", "two", storage_id="b") as two:
            assert Taken(3) == await two.take(SHARD)

    run_alone(scenario())


def test_a_shard_is_bound_only_with_postgresql_but_stays_so_without(
    database_url: str, tmp_path: Path, ask: Any
) -> None:
    async def scenario() -> None:
        async with worker(database_url, tmp_path) as one:
            await one.take(SHARD)
            await one.bind(SHARD)
            await one.take(SHARD + 1)
            ((before,),) = ask(HOLDERS)
            ask(f"SELECT pg_terminate_backend({before}, 1000)")
            with pytest.raises(StoreError):
                await one.bind(SHARD + 1)
            await one.bind(SHARD)
            await one.beat()
            await one.bind(SHARD + 1)
            assert {SHARD: "shared", SHARD + 1: "shared"} == (await one.look()).storages

    run_alone(scenario())


def test_the_taker_learns_who_has_given_a_shard_until_that_one_is_gone(
    database_url: str, tmp_path: Path
) -> None:
    giver = Route("one", "http://one:3000", 1)

    async def scenario() -> None:
        async with worker(database_url, tmp_path, "two") as two:
            async with worker(database_url, tmp_path) as one:
                for shard in range(3):
                    await one.take(shard)
                    await one.give(shard)
                assert Taken(2, giver) == await two.take(0)
                await two.give(0)
                assert Taken(3, Route("two", "http://two:3000", 2)) == await two.take(0)
                assert Taken(2, giver) == await one.take(1)
            assert Taken(2) == await two.take(2)

    run_alone(scenario())


def test_a_worker_that_was_started_again_owns_nothing_remembers_nothing_and_stays(
    database_url: str, tmp_path: Path, ask: Any
) -> None:
    """As after a kill: its rows are still there, also that it was about to leave."""

    async def scenario() -> None:
        async with worker(database_url, tmp_path, "two") as two, worker(database_url, tmp_path) as one:
            for shard in range(2):
                await one.take(shard)
            await one.give(1)
            await one.drain("one")
            ask(
                "UPDATE shards SET worker = 'one' WHERE shard = 3;"
                "INSERT INTO workers VALUES ('old', '', 's', 'epoch'), ('old with cells', '', 't', 'epoch');"
                "UPDATE shards SET storage = 't' WHERE shard = 4"
            )
            await one._drop()
            async with worker(database_url, tmp_path / "new") as again:
                view = again.view
                assert view
                assert ({}, frozenset()) == (view.routes, view.draining)
                assert ["old with cells", "one", "two"] == [*view.workers]
                assert Taken(2) == await two.take(1)
                await again.take(5)
            await one.beat()  # so that it ends as it should

    run_alone(scenario())


def test_the_latest_view_is_there_without_postgresql(database_url: str, tmp_path: Path, ask: Any) -> None:
    async def scenario() -> None:
        async with worker(database_url, tmp_path, "two") as two, worker(database_url, tmp_path) as one:
            await one.take(SHARD)
            assert two.view
            assert {} == two.view.routes
            await two.beat()
            ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'belonging'")
            await two.beat()
            assert not two.is_connected
            assert {SHARD: Route("one", "http://one:3000", 1)} == two.view.routes

    run_alone(scenario())


def test_a_wish_ends_when_it_is_done_and_when_it_cannot_be(
    database_url: str, tmp_path: Path, ask: Any
) -> None:
    async def scenario() -> None:
        async with worker(database_url, tmp_path) as one:
            ask(
                "UPDATE shards SET wanted = 'one' WHERE shard < 3;"
                "UPDATE shards SET wanted = 'x' WHERE shard = 3"
            )
            assert {0: "one", 1: "one", 2: "one", 3: "x"} == (await one.look()).wanted
            await one.take(0)
            with storage_in(tmp_path)(1), storage_in(tmp_path)(3):
                assert [None, None] == [await one.take(1), await one.take(3)]
            assert {2: "one", 3: "x"} == (await one.look()).wanted

    run_alone(scenario())


def test_without_postgresql_what_is_owned_stays_owned(tmp_path: Path) -> None:
    from bot.cluster.database import engine_of, upgrade

    heard = Heard()

    async def scenario(server: PostgreSQL) -> None:
        async with worker(server.url(), tmp_path, heard=heard) as one:
            await one.take(SHARD)
            server.kill()
            await one.beat()
            await one.beat()
            assert (1, False, {SHARD: 1}) == (heard.cut_off, one.is_connected, one.owned)
            server.start()
            await one.beat()
            assert one.is_connected
            assert 1 == len(server.query(HOLDERS))

    with running(DURABLE) as server:
        engine = engine_of(server.url())
        upgrade(engine)
        engine.dispose()
        run_alone(scenario(server))
    assert [] == heard.taken


def test_two_workers_of_the_same_name_are_refused(database_url: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with worker(database_url, tmp_path):
            with pytest.raises(ClusterError, match="called one"):
                async with worker(database_url, tmp_path):
                    pass

    run_alone(scenario())


def test_who_leaves_and_who_is_about_to_is_seen(database_url: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with worker(database_url, tmp_path) as one:
            async with worker(database_url, tmp_path, "two") as two:
                await one.drain("two")
                view = await two.look()
                assert (frozenset({"one", "two"}), frozenset({"two"})) == (view.alive, view.draining)
                assert not view.settled
                await one.drain("two", draining=False)
                assert frozenset() == (await two.look()).draining
            assert frozenset({"one"}) == (await one.look()).alive

    run_alone(scenario())


def test_a_postgresql_that_was_set_back_is_told_where_the_cells_lie(
    database_url: str, tmp_path: Path, ask: Any
) -> None:
    """Its backup is older than the first cell of a shard: no other storage may begin it anew."""

    async def scenario() -> None:
        async with (
            worker(database_url, tmp_path / "one", storage_id="here") as one,
            worker(database_url, tmp_path / "two", "two", storage_id="there") as two,
        ):
            await one.take(SHARD)
            await one.bind(SHARD)
            ask("UPDATE shards SET worker = NULL, address = NULL, since = NULL, storage = NULL, epoch = 0")
            ask("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted")
            for _ in range(3):
                await one.beat()
                await two.beat()
            assert {SHARD: "here"} == (await two.look()).storages
            assert await two.take(SHARD) is None
            assert await one.take(SHARD)

    run_alone(scenario())


def test_the_next_beat_comes_whatever_stands_in_a_row(database_url: str, tmp_path: Path, ask: Any) -> None:
    async def scenario() -> None:
        async with worker(database_url, tmp_path) as one:
            ask("UPDATE shards SET not_moved = 'of no worker at all'")
            keeping = asyncio.ensure_future(one.keep())
            await asyncio.sleep(BEAT_S / 2)
            ask("UPDATE shards SET not_moved = NULL")
            ask("UPDATE workers SET seen = seen - interval '1 hour'")
            async with asyncio.timeout(PATIENCE_S):
                while "one" not in (await one.look()).alive:  # noqa: ASYNC110 - PostgreSQL tells nobody
                    await asyncio.sleep(BEAT_S / 10)
            keeping.cancel()

    run_alone(scenario())
