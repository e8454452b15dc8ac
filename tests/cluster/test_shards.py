"""Which worker takes and gives which shards: laws for any cluster."""

import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from bot.cluster.shards import Plan, plan
from bot.core.cells import SHARDS, CellKey, shard_of

NAMES = [f"worker-{number}" for number in range(8)]
WORKERS = st.sets(st.sampled_from(NAMES), min_size=1)
OWNERS = st.dictionaries(st.integers(0, SHARDS - 1), st.sampled_from([*NAMES, "gone"]))


def settle(owners: dict[int, str], alive: set[str], seed: int, draining: set[str] = frozenset()) -> int:  # type: ignore[assignment]
    """Let each worker act in any order, with locks that only one gets, until nobody acts.

    Returns how many shards changed hands.
    """
    order, moved = random.Random(seed), 0
    for _ in range(50):
        acted = False
        for worker in order.sample(sorted(alive), len(alive)):
            gives, takes, enough = plan(worker, owners, alive, draining)
            for shard in gives:
                del owners[shard]
            for shard in takes[:enough]:
                owners[shard] = worker
                moved += 1
            acted = acted or bool(gives or takes)
        if not acted:
            return moved
    raise AssertionError("they never come to rest")


def test_a_cell_has_the_same_shard_for_ever() -> None:
    """The numbers are those of the directories on the disks that exist."""
    assert [50, 25, 43] == [shard_of(CellKey(key)) for key in ("T0001", "T0002", "E0001")]


def test_cells_spread_over_all_shards() -> None:
    found = Counter(shard_of(CellKey(f"T{number:06}")) for number in range(6400))

    assert set(range(SHARDS)) == set(found)
    assert 60 < min(found.values())
    assert max(found.values()) < 150


@given(owners=OWNERS, alive=WORKERS, seed=st.integers())
def test_all_shards_end_up_owned_and_evenly(owners: dict[int, str], alive: set[str], seed: int) -> None:
    settle(owners, alive, seed)
    counts = Counter(owners.values())

    assert set(range(SHARDS)) == set(owners)
    assert alive == set(counts)
    assert max(counts.values()) - min(counts.values()) <= 1


@given(owners=OWNERS, alive=WORKERS)
def test_nobody_gives_what_is_not_theirs_or_takes_what_somebody_has(
    owners: dict[int, str], alive: set[str]
) -> None:
    for worker in alive:
        gives, takes, enough = plan(worker, owners, alive)

        assert bool(takes) == bool(enough)
        assert all(owners[shard] == worker for shard in gives)
        assert not [shard for shard in takes if owners.get(shard) in alive]
        assert not (gives and takes)


@given(alive=WORKERS, seed=st.integers())
def test_nothing_moves_where_all_is_balanced(alive: set[str], seed: int) -> None:
    owners: dict[int, str] = {}
    settle(owners, alive, seed)

    assert {Plan()} == {plan(worker, owners, alive) for worker in alive}


@given(alive=st.sets(st.sampled_from(NAMES), min_size=2), seed=st.integers(), data=st.data())
def test_a_worker_that_dies_moves_only_its_own_shards(
    alive: set[str], seed: int, data: st.DataObject
) -> None:
    owners: dict[int, str] = {}
    settle(owners, alive, seed)
    dies = data.draw(st.sampled_from(sorted(alive)))
    before = dict(owners)
    settle(owners, alive - {dies}, seed)

    assert all(owners[shard] == owner for shard, owner in before.items() if owner != dies)


@given(alive=WORKERS, seed=st.integers())
def test_a_worker_that_comes_gets_its_share_and_nothing_else_moves(alive: set[str], seed: int) -> None:
    owners: dict[int, str] = {}
    settle(owners, alive, seed)
    before = dict(owners)
    settle(owners, {*alive, "new"}, seed)
    moved = {shard for shard in before if before[shard] != owners[shard]}

    assert {"new"} == {owners[shard] for shard in moved}
    assert len(moved) in {SHARDS // (len(alive) + 1), SHARDS // (len(alive) + 1) + 1}


@given(alive=st.sets(st.sampled_from(NAMES), min_size=2), seed=st.integers(), data=st.data())
def test_a_worker_that_leaves_keeps_nothing(alive: set[str], seed: int, data: st.DataObject) -> None:
    owners: dict[int, str] = {}
    settle(owners, alive, seed)
    leaves = data.draw(st.sampled_from(sorted(alive)))
    settle(owners, alive, seed, {leaves})

    assert alive - {leaves} == set(owners.values())
    assert Plan() == plan(leaves, owners, alive, {leaves})


def test_the_last_worker_that_leaves_gives_everything() -> None:
    owners = dict.fromkeys(range(SHARDS), "only")

    assert Plan(give=tuple(range(SHARDS))) == plan("only", owners, {"only"}, {"only"})


def test_one_more_stays_with_the_worker_that_has_it_whatever_its_name() -> None:
    """64 shards among three: somebody has 22."""
    for most in ("a", "b", "c"):
        names = [name for name in ("a", "b", "c") for _ in range(21)]
        owners = dict(enumerate([*names, most]))

        assert {Plan()} == {plan(worker, owners, {"a", "b", "c"}) for worker in "abc"}
