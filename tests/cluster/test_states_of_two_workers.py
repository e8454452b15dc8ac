"""An OAuth state begun at one worker is taken at any, and by one only."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from bot.cluster.database import engine_of
from bot.cluster.installations import InstallationsDatabase
from bot.errors import StoreError
from bot.slack.install.states import OneTimeStates
from tests.slack.install.place import CLIENT_SECRET, Clock

ROUNDS = 10


@pytest.fixture
def workers(database_url: str) -> Iterator[list[OneTimeStates]]:
    """The states as two workers see them, each with connections of its own."""
    engines = [engine_of(database_url) for _ in range(2)]
    yield [OneTimeStates(InstallationsDatabase(engine), Clock(), CLIENT_SECRET) for engine in engines]
    for engine in engines:
        engine.dispose()


def test_one_of_two_workers_gets_a_state(workers: list[OneTimeStates]) -> None:
    one, _ = workers
    for _ in range(ROUNDS):
        state, together = one.issue_now(), Barrier(2)

        def consume(states: OneTimeStates, state: str = state, together: Barrier = together) -> bool:
            together.wait()
            return states.consume_now(state)

        with ThreadPoolExecutor(2) as threads:
            assert [False, True] == sorted(threads.map(consume, workers))


def test_a_worker_that_dies_while_it_takes_a_state_leaves_it_to_the_other(
    workers: list[OneTimeStates], database_url: str
) -> None:
    engine = engine_of(database_url)
    one, two = workers
    state = one.issue_now()

    def take_and_die() -> None:
        with InstallationsDatabase(engine).transaction() as connection:
            assert connection.use_state(state, Clock().now.timestamp() + 600)
            connection._connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(StoreError):
        take_and_die()
    engine.dispose()
    assert two.consume_now(state)
