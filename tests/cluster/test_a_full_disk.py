"""The disk of one worker is full: its workspaces are told so, and those of another worker notice nothing."""

from tests.cluster.conftest import TEAMS, ACluster
from tests.cluster.counted import stored
from tests.cluster.people import People, wait_asked
from tests.small_disk import fill, small_disk


def test_a_full_disk_refuses_visibly_and_only_there(a_cluster: ACluster) -> None:
    with a_cluster(0) as cluster, small_disk(cluster.folder / "small", "24m") as disk:
        full, well = cluster.add(disk / "data"), cluster.add(cluster.folder / "data")
        here, there = TEAMS[:3], TEAMS[3:]
        cluster.lay(full, *here)
        cluster.lay(well, *there)
        for worker in (full, well):
            cluster.start(worker)
        cluster.wait_owned([full, well])
        cluster.wait_joined()
        assert set(here) <= set(cluster.owned_by(full))
        cluster.move(minutes=1)
        wait_asked(cluster)
        people = People(cluster)
        some = [one for one in people.of(*here) if one.user.endswith(("0", "1"))]
        people.reply(some)
        waiting = [one for one in people.of(*here) if not one.acknowledged]
        people.begin(waiting)

        fill(disk)
        assert not any(people.send_once(one) for one in waiting)
        assert all(one.told for one in waiting), "no sentence beside the field"
        before = len(cluster.front.passed)
        people.reply(people.of(*there))
        assert [] == cluster.front.failures(before)

        (disk / "filling").unlink()
        people.reply()
        cluster.stop_all()
        assert people.expected() == {
            **stored(cluster.config(full), here),
            **stored(cluster.config(well), there),
        }
        assert {6} == set(people.expected().values())
