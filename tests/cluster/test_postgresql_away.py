"""PostgreSQL is killed amid replies, and away for five seconds: the workers serve on."""

from collections.abc import Iterator
from time import monotonic

import pytest

from bot.cluster.database import engine_of, upgrade
from tests.cluster.conftest import ACluster
from tests.cluster.counted import stored
from tests.cluster.people import People, wait_asked
from tests.cluster.worker_process import wait_for
from tests.postgresql import DURABLE, PostgreSQL, running

AWAY_S = 5.0


@pytest.fixture
def server() -> Iterator[PostgreSQL]:
    """A PostgreSQL that a test may kill."""
    with running(DURABLE) as server:
        engine = engine_of(server.url())
        upgrade(engine)
        engine.dispose()
        yield server


def test_without_postgresql_every_reply_is_taken_and_owners_stay(
    a_cluster: ACluster, server: PostgreSQL
) -> None:
    with a_cluster(3, url=server.url(), people=8, unhurried=True) as cluster:
        cluster.start_all()
        cluster.move(minutes=1)
        wait_asked(cluster)
        people = People(cluster)
        first, rest = people.all[:6], people.all[6:]
        owners = {team: cluster.owner(team) for team in cluster.teams}
        people.reply(first)  # so that each worker has routes of all

        before = len(cluster.front.passed)
        server.kill()
        away_s = monotonic()
        for one in rest[:-1]:
            people.reply([one])
        wait_for(lambda: monotonic() - away_s >= AWAY_S, "never")
        people.reply(rest[-1:])
        assert [] == cluster.front.failures(before)
        server.start()

        cluster.wait_balanced(*cluster.workers)
        assert owners == {team: cluster.owner(team) for team in cluster.teams}
        cluster.stop_all()
        assert people.expected() == stored(cluster.config(cluster.workers[0]), cluster.teams)
        assert {8} == set(people.expected().values())
