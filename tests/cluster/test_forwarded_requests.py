"""Any worker takes any request; one that reaches nobody fails visibly, with what was chosen still there."""

from tests.cluster.conftest import ACluster
from tests.cluster.counted import stored
from tests.cluster.people import People, wait_asked
from tests.cluster.worker_process import wait_for


def test_each_worker_takes_the_replies_of_each_workspace(a_cluster: ACluster) -> None:
    with a_cluster(3, unhurried=True) as cluster:
        cluster.start_all()
        cluster.move(minutes=1)
        wait_asked(cluster)
        people = People(cluster)

        for number, worker in enumerate(cluster.workers):
            cluster.front.only = [worker.name]
            people.reply(people.all[number :: len(cluster.workers)])

        assert [] == cluster.front.failures()
        answered = {(one.worker, one.team) for one in cluster.front.passed}
        assert {(worker.name, team) for worker in cluster.workers for team in cluster.teams} == answered
        cluster.stop_all()
        assert people.expected() == stored(cluster.config(cluster.workers[0]), cluster.teams)


def test_a_reply_that_reaches_nobody_stays_in_its_form_and_is_taken_later(a_cluster: ACluster) -> None:
    with a_cluster(2) as cluster:
        cluster.start_all()
        cluster.move(minutes=1)
        wait_asked(cluster)
        people = People(cluster)
        people.begin(people.all)

        cluster.stop_all()
        assert not any(people.send_once(one) for one in people.all)
        assert all(one.unheard == 1 for one in people.all)

        for worker in cluster.workers:
            cluster.start(worker)
        wait_for(lambda: cluster.front.ready, "nobody is ready")
        people.reply()
        cluster.stop_all()
        assert people.expected() == stored(cluster.config(cluster.workers[0]), cluster.teams)
        assert {6} == set(people.expected().values())
