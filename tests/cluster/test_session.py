"""The session of a worker: direct, with a primary, and ended by PostgreSQL when nobody speaks."""

import pytest

import bot.cluster.session as module
from bot.cluster.session import Session, open_session
from bot.errors import ClusterError, StoreError
from tests.fakes.loops import run_alone
from tests.postgresql import DURABLE, PostgreSQL, pooling, running

SETTINGS = """
SELECT current_setting('idle_session_timeout'), count(*) FROM pg_locks WHERE locktype = 'advisory'
"""


async def opened(url: str) -> list[tuple[object, ...]]:
    """After how long a session ends in silence, and how many locks there are."""
    session = await open_session(url)
    try:
        return await (await session.execute(SETTINGS)).fetchall()
    finally:
        await session.close()


def test_a_direct_session_is_short_and_holds_nothing_yet(postgresql: PostgreSQL) -> None:
    assert [("3s", 0)] == run_alone(opened(postgresql.url()))


@pytest.mark.parametrize("mode", ["transaction", "statement", "session"])
def test_a_pooler_is_refused(postgresql: PostgreSQL, mode: str) -> None:
    with pooling(postgresql, mode) as url, pytest.raises(ClusterError, match="pooler"):
        run_alone(opened(url))


def test_a_pooler_that_passes_on_process_ids_is_refused(
    postgresql: PostgreSQL, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then the lock says it: another session can take it, too, because both have the same process."""

    async def true_pid(session: Session) -> int:
        ((pid,),) = await (await session.execute("SELECT pg_backend_pid()")).fetchall()
        return int(str(pid))

    monkeypatch.setattr(module, "told_pid", true_pid)
    assert run_alone(opened(postgresql.url()))
    with pooling(postgresql, "transaction") as url, pytest.raises(ClusterError, match="pooler"):
        run_alone(opened(url))


def test_a_replica_is_refused() -> None:
    with running(DURABLE) as server:
        server.become_replica()

        with pytest.raises(ClusterError, match="replica"):
            run_alone(opened(server.url()))


def test_an_old_server_is_refused(postgresql: PostgreSQL, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "OLDEST", 99)

    with pytest.raises(ClusterError, match="older than 99"):
        run_alone(opened(postgresql.url()))


def test_where_nobody_listens_it_says_so(postgresql: PostgreSQL) -> None:
    with pytest.raises(StoreError, match="cannot be reached") as failed:
        run_alone(opened(postgresql.url(port=9)))
    assert "database_away" == failed.value.code
