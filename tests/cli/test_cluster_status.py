"""What an operator reads of a cluster: what is not served and why, first."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console
from syrupy.assertion import SnapshotAssertion

from bot.cli.cluster_status import ago, drain_line, findings, named, status_data, status_of, workers_table
from bot.cluster.control import Overview
from bot.cluster.view import Route, SeenWorker, View
from bot.core.cells import SHARDS, CellKey

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)
SHARED = "0f" * 16
ONE, TWO, THREE = (f"{number}{number}" * 16 for number in (1, 2, 3))


def seen(
    name: str, storage: str = SHARED, *, away: timedelta | None = None, draining: bool = False
) -> tuple[str, SeenWorker]:
    """A worker, heard of just now, or last heard of so long ago."""
    last = NOW - (away or timedelta(seconds=1))
    return name, SeenWorker(f"http://{name}:3000", storage, last, away is None, draining)


def overview(
    *workers: tuple[str, SeenWorker],
    owners: Mapping[int, str] | None = None,
    storages: Mapping[int, str] | None = None,
    wanted: Mapping[int, str] | None = None,
) -> Overview:
    """A cluster; without ``owners``, each worker has a run of shards. Shards 0 to 9 have a workspace."""
    names = [name for name, _ in workers]
    if owners is None:
        owners = {shard: names[shard * len(names) // SHARDS] for shard in range(SHARDS)} if names else {}
    view = View(
        workers=dict(workers),
        routes={shard: Route(owner, f"http://{owner}:3000", 7) for shard, owner in owners.items()},
        storages=dict.fromkeys(range(10), SHARED) if storages is None else storages,
        wanted=wanted or {},
        now=NOW,
        settled=True,
    )
    return Overview(view=view, cells={shard: (CellKey(f"T000{shard}"),) for shard in range(10)})


FIVE = timedelta(minutes=5, seconds=30)
OWN = dict.fromkeys(range(5), ONE) | dict.fromkeys(range(5, 10), TWO)
"""Workspaces on two storages, of which each is one worker's."""

SCENES = {
    "all served": overview(seen("one"), seen("two"), seen("three")),
    "one alone": overview(seen("one")),
    "nobody yet": overview(),
    "nobody runs, for nobody": Overview(view=overview(seen("one", away=FIVE)).view, cells={}),
    "nobody runs": overview(seen("one", away=FIVE)),
    "a storage is away": overview(
        seen("one", ONE),
        seen("two", TWO, away=FIVE),
        owners={shard: "two" if 5 <= shard < 12 else "one" for shard in range(SHARDS)},
        storages=OWN,
    ),
    "two storages are away": overview(
        seen("three", THREE),
        seen("one", ONE, away=timedelta(days=2)),
        seen("two", TWO, away=FIVE),
        owners=dict.fromkeys(range(10, SHARDS), "three"),
        storages=OWN,
    ),
    "one shard waits for a storage": overview(
        seen("one", ONE), owners=dict.fromkeys(range(1, SHARDS), "one"), storages={0: TWO}
    ),
    "a storage drains before its shards were taken": overview(
        seen("one", ONE),
        seen("two", TWO, draining=True),
        owners=dict.fromkeys(range(5, SHARDS), "one"),
        storages=dict.fromkeys(range(5), TWO),
    ),
    "shards are being taken": overview(seen("one"), seen("two", away=timedelta(seconds=4))),
    "nobody takes since all drain": overview(
        seen("one", draining=True), owners=dict.fromkeys(range(1, SHARDS), "one"), storages={}
    ),
    "one drains": overview(seen("one"), seen("two", draining=True)),
    "one drains, and has one shard left": overview(
        seen("one"), seen("two", draining=True), owners=dict.fromkeys(range(1, SHARDS), "one") | {0: "two"}
    ),
    "one has drained": overview(
        seen("one"), seen("two", draining=True), owners=dict.fromkeys(range(SHARDS), "one")
    ),
    "one drains and nobody has its storage": overview(
        seen("one", ONE), seen("two", TWO, draining=True), storages=dict.fromkeys(range(32, 42), TWO)
    ),
    "the last one drains": overview(seen("one", draining=True)),
    "shards move": overview(
        seen("one"), seen("two"), wanted={1: "two", 2: "two", 3: "two", 9: "two", 63: "one"}
    ),
    "moves that cannot be done": overview(
        seen("one", ONE),
        seen("two", TWO),
        seen("gone", ONE, away=FIVE),
        seen("leaving", ONE, draining=True),
        owners={shard: "one" if shard < 32 else "two" for shard in range(SHARDS)},
        storages=dict.fromkeys(range(10), ONE),
        wanted={0: "two", 1: "two", 2: "gone", 3: "leaving", 4: "nobody"},
    ),
}


@pytest.mark.parametrize("name", SCENES)
def test_the_finding_comes_first(name: str, snapshot: SnapshotAssertion) -> None:
    lines = list(findings(status_of(SCENES[name])))

    assert lines == snapshot(name=name)


@pytest.mark.parametrize("name", SCENES)
def test_no_shard_is_lost_between_the_kinds(name: str) -> None:
    status = status_of(SCENES[name])
    owned = [shard for shards in status.owned.values() for shard in shards]
    waiting = [shard for shards in status.waiting.values() for shard in shards]

    assert list(range(SHARDS)) == sorted([*owned, *waiting, *status.pending])
    assert status.unserved == tuple(sorted([*waiting, *status.pending]))


@pytest.mark.parametrize("name", SCENES)
def test_it_says_that_all_are_served_only_where_they_are(name: str) -> None:
    status = status_of(SCENES[name])
    says_so = "All 64 shards are served." in findings(status)

    assert says_so == status_data(status)["all_served"] == (not status.unserved)


def test_the_table_reads_like_this(snapshot: SnapshotAssertion) -> None:
    console = Console(width=80, color_system=None)
    with console.capture() as captured:
        for name in ("all served", "a storage is away", "one drains"):
            console.print(workers_table(status_of(SCENES[name])))

    assert [line.rstrip() for line in captured.get().splitlines()] == snapshot


def test_the_data_are_like_this(snapshot: SnapshotAssertion) -> None:
    assert status_data(status_of(SCENES["a storage is away"])) == snapshot(name="a storage is away")
    assert status_data(status_of(SCENES["moves that cannot be done"]))["moving"] == snapshot(name="moves")


def test_shards_are_named_in_runs() -> None:
    assert ["Shard 5", "Shards 0 and 2", "Shards 0-3, 8 and 62-63"] == [
        named(shards) for shards in ([5], [2, 0], [0, 1, 2, 3, 8, 62, 63])
    ]


def test_a_time_is_told_in_its_largest_unit() -> None:
    assert ["1 second ago", "59 seconds ago", "1 minute ago", "2 hours ago", "3 days ago"] == [
        ago(timedelta(seconds=seconds)) for seconds in (0, 59, 119, 7300, 3 * 86400 + 5)
    ]


def test_a_worker_that_drains_alone_keeps_all() -> None:
    assert "goes on serving 64 shards: there is no other worker" in drain_line(
        SCENES["the last one drains"].view, "one"
    )
