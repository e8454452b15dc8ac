"""All workers are replaced (SIGTERM), one after the other, amid replies: no request fails."""

import signal
from threading import Event, Thread

from tests.cluster.conftest import ACluster
from tests.cluster.counted import published
from tests.cluster.people import People, wait_asked, wait_published
from tests.cluster.processes import Cluster
from tests.cluster.worker_process import wait_for


def replace_all(cluster: Cluster) -> None:
    """Stop each worker in turn as an operator does, and start it again."""
    for worker in cluster.workers:
        worker.send(signal.SIGTERM)
        worker.wait_ended()
        assert "stopped" in worker.new_log
        cluster.start(worker)
        wait_for(lambda: len(cluster.front.ready) == len(cluster.workers), f"{worker.name} is not ready")
        cluster.wait_balanced(*cluster.workers)


def test_a_rolling_replacement_fails_no_request_and_loses_and_repeats_nothing(a_cluster: ACluster) -> None:
    with a_cluster(3, people=20, unhurried=True) as cluster:
        cluster.start_all()
        cluster.move(minutes=1)
        wait_asked(cluster)
        people, replaced = People(cluster), Event()

        def replace() -> None:
            replace_all(cluster)
            replaced.set()

        replacing = Thread(target=replace)
        before = len(cluster.front.passed)
        replacing.start()
        number = 0
        while not replaced.is_set() or number < len(people.all):
            assert replaced.is_set() or replacing.is_alive(), "a worker did not stop, or did not come back"
            if number < len(people.all):
                people.reply([people.all[number]])
                number += 1
            else:  # everybody has replied, and looks at that again
                people.look_again(people.all[number % len(people.all)])
        replacing.join()
        assert [] == cluster.front.failures(before)
        assert all(not one.told and not one.unheard for one in people.all)

        cluster.move(days=3)
        wait_published(cluster)
        cluster.stop_all()
        assert people.expected() == published(cluster.config(cluster.workers[0]), cluster.teams)
        assert {20} == set(people.expected().values())
        assert not cluster.outgoing.repeated()
