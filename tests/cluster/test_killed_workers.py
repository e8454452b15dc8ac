"""Workers are killed (kill -9) in each phase of a round; others take over, and nothing is lost or doubled."""

import json
import signal
from threading import Event, Lock

import pytest

from tests.cluster.conftest import ACluster
from tests.cluster.counted import published, stored
from tests.cluster.outgoing import POST, Moment
from tests.cluster.people import People, wait_asked, wait_published
from tests.cluster.processes import Cluster
from tests.cluster.worker_process import Worker, wait_for
from tests.faults.web_front import Call

MOST_UNDER_WAY = 2
HELD_S = 0.5


class Killer:
    """Kills the first worker of which a message has just been posted, before Slack answers."""

    def __init__(self, cluster: Cluster, says: str) -> None:
        """The message has this in its blocks."""
        self._cluster, self._says = cluster, says
        self._lock = Lock()
        self.killed: Worker | None = None
        cluster.outgoing.watch = self._watch

    def _watch(self, number: int, moment: Moment, call: Call) -> bool:
        if moment is not Moment.APPLIED or call.method != POST or self._says not in json.dumps(call.args):
            return True
        with self._lock:
            if self.killed is None:
                self.killed = self._cluster.workers[number - 1]
                self.killed.kill()
        return self.killed.number != number

    def restart(self) -> Worker:
        """Start the worker again once it was killed, as an init system does."""
        wait_for(lambda: self.killed, "no such message was posted")
        assert self.killed
        self.killed.wait_ended()
        self._cluster.outgoing.watch = lambda *_: True
        self._cluster.start(self.killed)
        return self.killed


class Crowd:
    """Holds each message until a worker has more under way than it may, or some time has passed."""

    def __init__(self, cluster: Cluster) -> None:
        """Hold the messages of this cluster."""
        self._most = cluster.outgoing.most_under_way
        self._too_many = Event()
        cluster.outgoing.watch = self._watch

    def _watch(self, number: int, moment: Moment, call: Call) -> bool:
        if moment is Moment.ASKED and call.method == POST:
            if self._most[number] > MOST_UNDER_WAY:
                self._too_many.set()
            self._too_many.wait(HELD_S)
        return True


def die_at_a_step(cluster: Cluster, worker: Worker, step: int) -> None:
    """Wait until a worker has killed itself at this step, and start it again."""
    wait_for(lambda: not worker.is_alive(), f"{worker.name} never came to step {step}")
    worker.shared.arm(0)
    cluster.start(worker)


@pytest.mark.attack
@pytest.mark.parametrize(("reply_step", "close_step"), [(40, 150), (61, 333)])
def test_killed_in_each_phase_nothing_acknowledged_is_lost_or_counted_twice(
    a_cluster: ACluster, reply_step: int, close_step: int
) -> None:
    with a_cluster(3, fused=True) as cluster:
        cluster.start_all()
        deaths = 0

        opening = Killer(cluster, "reply.open")
        cluster.move(minutes=1)
        opening.restart()
        wait_asked(cluster)
        deaths += 1

        people = People(cluster)
        cluster.wait_owned()
        victim = owner_of_most(cluster)

        def kill_while_replying(count: int) -> None:
            if count == len(people.all) // 6:
                victim.shared.arm(reply_step)
            if count == len(people.all) // 2:
                die_at_a_step(cluster, victim, reply_step)

        people.on_acknowledged = kill_while_replying
        people.reply()
        deaths += 1

        cluster.wait_owned()
        victim = owner_of_most(cluster)
        victim.shared.arm(close_step)
        cluster.move(days=3)
        die_at_a_step(cluster, victim, close_step)
        deaths += 1

        wait_published(cluster)
        cluster.stop_all()
        assert people.expected() == published(cluster.config(victim), cluster.teams)
        assert {6} == set(people.expected().values())
        outgoing = cluster.outgoing
        assert outgoing.most_said() <= 2
        assert outgoing.repeated().total() <= MOST_UNDER_WAY * deaths
        assert max(outgoing.most_under_way.values()) <= MOST_UNDER_WAY


@pytest.mark.attack
def test_killed_when_a_result_was_posted_and_not_recorded_it_is_said_twice_at_most(
    a_cluster: ACluster,
) -> None:
    with a_cluster(2) as cluster:
        cluster.start_all()
        Crowd(cluster)
        cluster.move(minutes=1)
        wait_asked(cluster)
        assert MOST_UNDER_WAY == max(cluster.outgoing.most_under_way.values())
        people = People(cluster)
        people.reply()

        publishing = Killer(cluster, "replied, without names")
        cluster.move(days=3)
        killed = publishing.restart()
        wait_published(cluster)
        cluster.wait_balanced(*cluster.workers)

        cluster.stop_all()
        assert people.expected() == published(cluster.config(killed), cluster.teams)
        assert cluster.outgoing.most_said() <= 2
        assert cluster.outgoing.repeated().total() <= MOST_UNDER_WAY


def owner_of_most(cluster: Cluster) -> Worker:
    """The worker that owns the most cells."""
    return max(cluster.workers, key=lambda one: len(cluster.owned_by(one)))


@pytest.mark.attack
def test_a_worker_that_acknowledges_before_it_stores_is_found_out(a_cluster: ACluster) -> None:
    with a_cluster(2) as cluster:
        for worker in cluster.workers:
            cluster.start(worker, mutants=["acknowledged before it is stored"])
        cluster.wait_balanced(*cluster.workers)
        cluster.lay(cluster.workers[0])
        cluster.move(minutes=1)
        wait_asked(cluster)
        people = People(cluster)

        def kill_at_once(_: int) -> None:
            for worker in cluster.workers:
                worker.send(signal.SIGKILL)

        people.on_acknowledged = kill_at_once
        people.reply(people.all[:1])

        cluster.stop_all()
        assert people.expected() != stored(cluster.config(worker), cluster.teams)
