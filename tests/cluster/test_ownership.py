"""Who owns a shard: two workers, a real PostgreSQL, and what happens when it goes away."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bot.cluster.locks import CLASS
from bot.cluster.ownership import ANSWER_S, BEAT_S, MOST_MISSES, Route
from bot.cluster.session import LEASE_S
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
            assert [1, None] == [await one.take(SHARD), await two.take(SHARD)]
            assert {SHARD: Route("one", "http://one:3000", 1)} == (await two.look()).routes
            await one.give(SHARD)
            assert {} == (await two.look()).routes
            assert 2 == await two.take(SHARD)
            assert ({}, {SHARD: 2}) == (one.owned, two.owned)

    run_alone(scenario())


def test_the_lock_in_postgresql_is_taken_first_and_let_go_last(
    database_url: str, tmp_path: Path, ask: Any
) -> None:
    seen: list[int] = []

    @contextmanager
    def storage(shard: int) -> Iterator[None]:
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
            assert 1 == await one.take(SHARD + 1)

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


def test_storage_that_two_can_write_is_noticed(database_url: str, tmp_path: Path, ask: Any) -> None:
    heard = Heard()

    async def scenario() -> None:
        async with worker(database_url, tmp_path / "a", heard=heard) as one:
            await one.take(SHARD)
            ((before,),) = ask(HOLDERS)
            ask(f"SELECT pg_terminate_backend({before}, 1000)")
            await one.beat()
            async with worker(database_url, tmp_path / "b", "two") as two:
                assert 2 == await two.take(SHARD)
                await two.give(SHARD)
            await one.beat()
            assert ([SHARD], {}) == (heard.taken, one.owned)

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
