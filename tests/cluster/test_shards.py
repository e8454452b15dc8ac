"""Which worker takes and gives which shards: laws for any cluster."""

import random
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.cluster.shards import Plan, Situation, plan
from bot.core.cells import SHARDS, CellKey, shard_of

NAMES = [f"worker-{number}" for number in range(8)]
WORKERS = st.sets(st.sampled_from(NAMES), min_size=1)
OWNERS = st.dictionaries(st.integers(0, SHARDS - 1), st.sampled_from([*NAMES, "gone"]))
SOME = st.frozensets(st.sampled_from(NAMES))


def seen_by(owners: Mapping[int, str], alive: Collection[str], draining: Collection[str] = ()) -> Situation:
    """All workers have the same storage."""
    return Situation(owners=owners, alive=dict.fromkeys(alive, "shared"), draining=draining)


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    """Workers with one storage, with one each, or with some; anybody may own anything they may."""
    storage_of = dict(
        zip(NAMES, draw(st.lists(st.sampled_from("abcd"), min_size=8, max_size=8)), strict=True)
    )
    storages = draw(st.dictionaries(st.integers(0, SHARDS - 1), st.sampled_from("abcde")))
    owners = {
        shard: owner
        for shard, owner in draw(OWNERS).items()
        if owner == "gone" or storages.get(shard) in {None, storage_of[owner]}
    }
    return Situation(
        owners=owners,
        alive={name: storage_of[name] for name in draw(WORKERS)},
        draining=draw(SOME | st.just(frozenset())),
        storages=storages,
        wanted=draw(st.dictionaries(st.integers(0, SHARDS - 1), st.sampled_from(NAMES), max_size=6)),
    )


def settle(seen: Situation, seed: int) -> Situation:
    """Let each worker act in any order, with locks that only one gets, until nobody acts."""
    return settled(seen, seed)[0]


def settled(seen: Situation, seed: int) -> tuple[Situation, Counter[int]]:
    """Do the same; also return how often each shard was taken."""
    order, moved = random.Random(seed), Counter[int]()
    owners, wanted = dict(seen.owners), dict(seen.wanted)
    for _ in range(50):
        acted = False
        for worker in order.sample(sorted(seen.alive), len(seen.alive)):
            decided = plan(worker, replace(seen, owners=owners, wanted=wanted))
            for shard in decided.give:
                assert owners.pop(shard) == worker
            left = decided.enough
            for attempt in decided.take:
                for shard in attempt.shards[: min(left, attempt.most)]:
                    assert owners.pop(shard, "gone") not in seen.alive
                    assert seen.may_take(worker, shard)
                    owners[shard] = worker
                    wanted.pop(shard, None)
                    moved[shard] += 1
                    left -= 1
            acted = acted or decided != Plan()
        if not acted:
            return replace(seen, owners=owners, wanted=wanted), moved
    raise AssertionError("they never come to rest")


@given(seen=situations(), seed=st.integers())
def test_workers_with_one_storage_share_its_workspaces_evenly(seen: Situation, seed: int) -> None:
    """Not only the shards: most may be empty."""
    after = settle(seen, seed)
    with_cells = Counter(after.owners.get(shard) for shard in seen.storages)

    for storage in set(seen.staying.values()):
        group = [with_cells[worker] for worker, its in seen.staying.items() if its == storage]
        assert max(group) - min(group) <= 1


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
    after = settle(seen_by(owners, alive), seed).owners
    counts = Counter(after.values())

    assert set(range(SHARDS)) == set(after)
    assert alive == set(counts)
    assert max(counts.values()) - min(counts.values()) <= 1


@given(seen=situations(), seed=st.integers())
def test_all_shards_end_up_owned_unless_the_workers_with_their_storage_are_away(
    seen: Situation, seed: int
) -> None:
    after = settle(seen, seed)
    nobody = {shard for shard in range(SHARDS) if after.owners.get(shard) not in seen.alive}

    assert not [s for s in nobody if any(seen.may_take(worker, s) for worker in seen.alive)]


@given(seen=situations(), seed=st.integers())
def test_no_workspace_moves_twice(seen: Situation, seed: int) -> None:
    """An empty shard may: nobody waits for it."""
    _, moved = settled(replace(seen, wanted={}), seed)

    assert {moved[shard] for shard in seen.storages} <= {0, 1}
    assert set(moved.values()) <= {1, 2}


@given(seen=situations())
def test_nobody_gives_what_nobody_else_may_take(seen: Situation) -> None:
    for worker in seen.alive:
        decided = plan(worker, seen)

        for shard in decided.give:
            assert seen.owners[shard] == worker
            assert [one for one in seen.alive if one != worker and seen.may_take(one, shard)]


@given(seen=situations(), seed=st.integers())
def test_each_takes_no_more_than_it_keeps(seen: Situation, seed: int) -> None:
    """Also where two plan at the same time: what one takes now, it does not give in the next turn."""
    before = replace(settle(replace(seen, wanted={}), seed), wanted={})
    for worker in seen.alive:
        assert Plan() == plan(worker, before)


@given(seen=situations(), seed=st.integers())
def test_empty_shards_go_to_those_that_have_least(seen: Situation, seed: int) -> None:
    after = settle(seen, seed)
    counts = Counter(dict.fromkeys(seen.staying, 0)) + Counter(after.owners.values())
    with_empty = {after.owners.get(shard) for shard in range(SHARDS) if shard not in seen.storages}

    for worker in with_empty & set(seen.staying):
        assert counts[str(worker)] <= min(counts[one] for one in seen.staying) + 1


@given(alive=st.sets(st.sampled_from(NAMES), min_size=2), seed=st.integers(), data=st.data())
def test_what_an_operator_wants_is_there_afterwards_and_the_rest_is_even(
    alive: set[str], seed: int, data: st.DataObject
) -> None:
    before = settle(seen_by({}, alive), seed)
    worker = data.draw(st.sampled_from(sorted(alive)))
    shards = data.draw(st.sets(st.integers(0, SHARDS - 1), min_size=1, max_size=SHARDS // len(alive)))
    elsewhere = {shard for shard in shards if before.owners[shard] != worker}
    after = settle(replace(before, wanted=dict.fromkeys(elsewhere, worker)), seed)
    counts = Counter(after.owners.values())

    assert {worker} >= {after.owners[shard] for shard in elsewhere}
    assert max(counts.values()) - min(counts.values()) <= 1
    assert {} == after.wanted


def test_a_wish_for_a_worker_that_is_away_or_has_another_storage_is_nothing() -> None:
    owners = dict(enumerate(["a"] * 32 + ["b"] * 32))
    storages = dict.fromkeys(range(32), "a") | dict.fromkeys(range(32, SHARDS), "b")
    for wanted in ("gone", "b"):
        seen = Situation(
            owners=owners,
            alive={"a": "a", "b": "b"},
            storages=storages,
            wanted=dict.fromkeys(range(5), wanted),
        )
        assert [Plan(), Plan()] == [plan(one, seen) for one in "ab"]


@given(owners=OWNERS, alive=WORKERS)
def test_nobody_gives_what_is_not_theirs_or_takes_what_somebody_has(
    owners: dict[int, str], alive: set[str]
) -> None:
    for worker in alive:
        gives, takes, enough = plan(worker, seen_by(owners, alive))
        tried = [shard for attempt in takes for shard in attempt.shards]

        assert bool(takes) == bool(enough)
        assert all(owners[shard] == worker for shard in gives)
        assert not [shard for shard in tried if owners.get(shard) in alive]
        assert not set(gives) & set(tried)


@given(alive=WORKERS, seed=st.integers())
def test_nothing_moves_where_all_is_balanced(alive: set[str], seed: int) -> None:
    after = settle(seen_by({}, alive), seed)

    assert {Plan()} == {plan(worker, after) for worker in alive}


@given(alive=WORKERS, seed=st.integers(), data=st.data())
def test_a_first_workspace_in_a_shard_moves_nothing(alive: set[str], seed: int, data: st.DataObject) -> None:
    """Each worker has a storage of its own."""
    storage_of = {name: name for name in alive}
    after = settle(Situation(owners={}, alive=storage_of), seed)
    with_cells = data.draw(st.sets(st.integers(0, SHARDS - 1)))
    bound = replace(after, storages={shard: after.owners[shard] for shard in with_cells})

    assert {Plan()} == {plan(worker, bound) for worker in alive}


@given(alive=st.sets(st.sampled_from(NAMES), min_size=2), seed=st.integers(), data=st.data())
def test_a_worker_that_dies_moves_only_its_own_shards(
    alive: set[str], seed: int, data: st.DataObject
) -> None:
    before = settle(seen_by({}, alive), seed).owners
    dies = data.draw(st.sampled_from(sorted(alive)))
    after = settle(seen_by(before, alive - {dies}), seed).owners

    assert all(after[shard] == owner for shard, owner in before.items() if owner != dies)


@given(alive=WORKERS, seed=st.integers())
def test_a_worker_that_comes_gets_its_share_and_nothing_else_moves(alive: set[str], seed: int) -> None:
    before = settle(seen_by({}, alive), seed).owners
    after = settle(seen_by(before, {*alive, "new"}), seed).owners
    moved = {shard for shard in before if before[shard] != after[shard]}

    assert {"new"} == {after[shard] for shard in moved}
    assert len(moved) in {SHARDS // (len(alive) + 1), SHARDS // (len(alive) + 1) + 1}


@given(alive=st.sets(st.sampled_from(NAMES), min_size=2), seed=st.integers(), data=st.data())
def test_a_worker_that_leaves_keeps_nothing(alive: set[str], seed: int, data: st.DataObject) -> None:
    before = settle(seen_by({}, alive), seed).owners
    leaves = data.draw(st.sampled_from(sorted(alive)))
    after = settle(seen_by(before, alive, {leaves}), seed)

    assert alive - {leaves} == set(after.owners.values())
    assert Plan() == plan(leaves, after)


def test_the_last_worker_that_leaves_goes_on_until_it_ends() -> None:
    owners = dict.fromkeys(range(SHARDS), "only")

    assert Plan() == plan("only", seen_by(owners, {"only"}, {"only"}))


def test_one_more_stays_with_the_worker_that_has_it_whatever_its_name() -> None:
    """64 shards among three: somebody has 22."""
    for most in ("a", "b", "c"):
        names = [name for name in ("a", "b", "c") for _ in range(21)]
        owners = dict(enumerate([*names, most]))

        assert {Plan()} == {plan(worker, seen_by(owners, {"a", "b", "c"})) for worker in "abc"}
