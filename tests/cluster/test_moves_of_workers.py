"""An operator moves workspaces to a worker with a storage of its own: real workers, with an open round."""

import pytest

from bot.cluster.control import Control
from bot.cluster.view import NotMoved
from bot.config import cell_dir
from bot.core.cells import CellKey, shard_of
from tests.cluster.conftest import TEAMS, ACluster
from tests.cluster.counted import published, stored
from tests.cluster.people import People, wait_asked, wait_published
from tests.cluster.processes import Cluster
from tests.cluster.worker_process import Worker, wait_for
from tests.small_disk import fill, small_disk

HERE = TEAMS[:2]
SHARDS = sorted({shard_of(CellKey(team)) for team in HERE})


def two_workers(cluster: Cluster) -> tuple[Worker, Worker, People]:
    """Start two workers with a storage each; all cells lie on that of the first, and half have replied."""
    giver, taker = cluster.add(cluster.folder / "one"), cluster.add(cluster.folder / "two")
    cluster.lay(giver)
    for worker in (giver, taker):
        cluster.start(worker)
    return giver, taker, half_replied(cluster, giver)


def half_replied(cluster: Cluster, giver: Worker) -> People:
    """Ask, and let half of the people reply."""
    cluster.wait_owned([giver])
    cluster.wait_joined()
    cluster.move(minutes=1)
    wait_asked(cluster)
    people = People(cluster)
    people.reply(people.all[::2])
    return people


def order(cluster: Cluster, to: Worker) -> None:
    """Ask for all workspaces to move to a worker."""
    Control(cluster.database_url).move(SHARDS, to.name)


def where(cluster: Cluster, team: str) -> list[str]:
    """The workers on whose storage the cell of a workspace lies."""
    key = CellKey(team)
    return [one.name for one in cluster.workers if cell_dir(cluster.config(one), key).exists()]


def test_what_was_replied_before_and_after_a_move_counts_once_and_lies_in_one_place(
    a_cluster: ACluster,
) -> None:
    with a_cluster(0, teams=HERE) as cluster:
        giver, taker, people = two_workers(cluster)

        order(cluster, taker)
        cluster.wait_owned([taker])
        wait_for(lambda: giver.new_log.count("shard moved") == len(SHARDS), "a copy was not deleted")
        assert {team: [taker.name] for team in HERE} == {team: where(cluster, team) for team in HERE}
        people.reply()
        for person in people.all:
            people.look_again(person)

        cluster.move(days=3)
        wait_published(cluster)
        cluster.stop_all()
        assert people.expected() == published(cluster.config(taker), HERE)
        assert {6} == set(people.expected().values())
        assert not cluster.outgoing.repeated()


@pytest.mark.attack
@pytest.mark.parametrize(("dies", "step"), [(0, 25), (0, 90), (1, 12), (1, 60)])
def test_killed_in_the_middle_exactly_one_copy_is_left_and_served(
    a_cluster: ACluster, dies: int, step: int
) -> None:
    with a_cluster(0, teams=HERE, fused=True) as cluster:
        *both, people = two_workers(cluster)
        _, taker = both
        victim = both[dies]

        victim.shared.arm(step)
        order(cluster, taker)
        wait_for(lambda: not victim.is_alive(), f"{victim.name} never came to step {step}")
        victim.shared.arm(0)
        cluster.start(victim)
        victim.hear("serving")
        people.reply()
        for person in people.all:
            people.look_again(person)
        wait_for(lambda: all(len(where(cluster, team)) == 1 for team in HERE), "a second copy is left")

        cluster.stop_all()
        assert people.expected() == {
            team: count
            for worker in both
            for team, count in stored(
                cluster.config(worker), [team for team in HERE if where(cluster, team) == [worker.name]]
            ).items()
        }
        assert {6} == set(people.expected().values())


def test_a_full_disk_leaves_the_workspace_where_it_is_and_the_operator_reads_why(a_cluster: ACluster) -> None:
    with a_cluster(0, teams=HERE) as cluster, small_disk(cluster.folder / "small", "24m") as disk:
        giver, full = cluster.add(cluster.folder / "one"), cluster.add(disk / "data")
        cluster.lay(giver)
        for worker in (giver, full):
            cluster.start(worker)
        people = half_replied(cluster, giver)

        fill(disk)
        order(cluster, full)
        look = Control(cluster.database_url).look
        wait_for(lambda: len(look().view.not_moved) == len(SHARDS), "nothing was noted")
        assert dict.fromkeys(SHARDS, NotMoved(full.name, "disk_full")) == look().view.not_moved
        assert giver.new_log.count("disk_full") == len(SHARDS)
        people.reply()

        cluster.stop_all()
        assert {team: [giver.name] for team in HERE} == {team: where(cluster, team) for team in HERE}
        assert people.expected() == stored(cluster.config(giver), HERE)
