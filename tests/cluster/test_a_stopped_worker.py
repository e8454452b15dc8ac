"""A worker that hangs (SIGSTOP) loses its session, not its storage; its watchdog ends it after ten seconds.

Until then nobody else opens a file of its shards: a spy in the other worker hears each ``open``.
"""

import signal

import pytest

from bot.core.cells import CellKey, shard_of
from tests.cluster.conftest import ACluster
from tests.cluster.counted import stored
from tests.cluster.laid import ask
from tests.cluster.people import People, wait_asked
from tests.cluster.processes import Cluster
from tests.cluster.worker_process import Worker, wait_for
from tests.patience import PATIENCE_S


def opened_meanwhile(cluster: Cluster, stopped: Worker, spy: Worker, *, until: int = 1) -> list[str]:
    """What the spy notes below the shards of a worker that is stopped now, while that is alive.

    Returns once the stopped one is dead, or so many notes are there.
    """
    shards = {f"{shard_of(CellKey(team)):02}/" for team in cluster.owned_by(stopped)}
    assert shards
    stopped.hang()
    before = len(cluster.seen(spy))
    found: list[str] = []

    def looked() -> bool:
        seen = [one for one in cluster.seen(spy)[before:] if one.partition(" ")[2][:3] in shards]
        if stopped.is_alive():  # else the note may be of what came after
            found[:] = seen
        return not stopped.is_alive() or len(found) >= until

    wait_for(looked, f"{stopped.name} lives on")
    return found


def is_cut_off(cluster: Cluster, worker: Worker) -> bool:
    """Whether PostgreSQL has ended the session of a worker."""
    held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid::bigint = %s"
    from bot.cluster.locks import CLASS

    shards = [shard_of(CellKey(team)) for team in cluster.owned_by(worker)]
    return ask(cluster.database_url, f"{held} AND objid::int = ANY(%s)", CLASS, shards) == [(0,)]


def spied_pair(cluster: Cluster, **mutants: list[str]) -> tuple[Worker, Worker]:
    """Two workers with a question in each workspace; the second one is spied upon. The first owns a cell."""
    first, second = cluster.workers
    cluster.start_all(spied=cluster.folder / "data" / "shards", mutants=mutants)
    cluster.move(minutes=1)
    wait_asked(cluster)
    return first, second


def test_a_stopped_worker_keeps_others_out_until_its_watchdog_ends_it_and_nothing_is_lost(
    a_cluster: ACluster,
) -> None:
    with a_cluster(2, slack_waits_s=PATIENCE_S) as cluster:
        first, second = spied_pair(cluster)
        people = People(cluster)
        here = people.of(*cluster.owned_by(first))
        people.reply(people.all[::2])

        first.hang()  # past the end of its session, and on again
        wait_for(lambda: is_cut_off(cluster, first), "the session did not end")
        first.send(signal.SIGCONT)
        wait_for(lambda: not is_cut_off(cluster, first), "it did not come back")
        assert here[0].team in cluster.owned_by(first)
        waiting = next(one for one in here if not one.acknowledged)
        people.begin([waiting])

        first.hang()
        cluster.front.only = [second.name]
        assert not people.send_once(waiting)
        assert waiting.told, "no sentence beside the field"
        assert [] == opened_meanwhile(cluster, first, second)
        cluster.wait_owned([second])
        people.reply()

        assert any(one.startswith("sqlite3.connect") for one in cluster.seen(second))
        cluster.stop_all()
        assert people.expected() == stored(cluster.config(first), cluster.teams)
        assert {6} == set(people.expected().values())


@pytest.mark.attack
def test_the_spy_hears_a_worker_that_does_not_lock_the_storage(a_cluster: ACluster) -> None:
    with a_cluster(2) as cluster:
        first, second = spied_pair(cluster, w1=["watchdog asleep"], w2=["storage not locked"])

        assert opened_meanwhile(cluster, first, second)
