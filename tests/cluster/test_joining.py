"""Before a worker takes anything: its keys must be those of the others, and its clock PostgreSQL's."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.cluster.addresses import Addresses
from bot.cluster.joining import MOST_MS, Joining, rounded_ms
from bot.errors import ClusterError
from bot.ports import Clock
from tests.cluster.laid import ask
from tests.cluster.workers import worker
from tests.fakes.loops import run_alone

OLD, NEW = b"o" * 32, b"n" * 32
ROWS = "SELECT id FROM workers ORDER BY id"


def machine() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the clock that PostgreSQL has here, too


def off_by(seconds: float) -> Clock:
    return lambda: machine() + timedelta(seconds=seconds)


def joining(name: str, *keys: bytes, clock: Clock = machine) -> Joining:
    return Joining(name, Addresses(keys), clock)


def signed(name: str, key: bytes) -> str:
    return Addresses([key]).signed(name, f"http://{name}:3000")


def test_a_worker_with_other_keys_is_refused_and_leaves_no_row(database_url: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with worker(database_url, tmp_path, "one", address=signed("one", OLD)):
            with pytest.raises(ClusterError, match=r"BELONGING_CLUSTER_KEYS .* of worker one\.") as refused:
                async with worker(database_url, tmp_path, "two", joining=joining("two", NEW)):
                    pass
            assert "OLD,NEW" in refused.value.remedy
            assert [("one",)] == ask(database_url, ROWS)

    run_alone(scenario())


def test_a_worker_that_has_the_others_key_too_joins(database_url: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with (
            worker(database_url, tmp_path, "one", address=signed("one", OLD)),
            worker(database_url, tmp_path, "two", joining=joining("two", NEW, OLD)),
        ):
            assert [("one",), ("two",)] == ask(database_url, ROWS)

    run_alone(scenario())


def test_the_keys_of_a_worker_that_is_gone_and_its_own_older_ones_do_not_matter(
    database_url: str, tmp_path: Path
) -> None:
    for name in ("gone", "two"):
        ask(
            database_url,
            "INSERT INTO workers (id, address, storage, seen) "
            "VALUES (%s, %s, 's', clock_timestamp()) RETURNING id",
            name,
            signed(name, OLD),
        )

    async def scenario() -> None:
        async with worker(database_url, tmp_path, "two", joining=joining("two", NEW)) as two:
            assert two.is_connected

    run_alone(scenario())


@pytest.mark.parametrize(("seconds", "words"), [(60, "60 seconds ahead of"), (-60, "60 seconds behind")])
def test_a_worker_with_a_wrong_clock_is_refused_and_leaves_no_row(
    seconds: float, words: str, database_url: str, tmp_path: Path
) -> None:
    wrong = joining("one", OLD, clock=off_by(seconds))

    async def scenario() -> None:
        with pytest.raises(ClusterError, match=words):
            async with worker(database_url, tmp_path, joining=wrong):
                pass
        assert [] == ask(database_url, ROWS)

    run_alone(scenario())


def test_a_worker_stores_at_each_beat_how_far_its_clock_is_ahead(database_url: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        ahead = joining("one", OLD, clock=off_by(5))
        async with worker(database_url, tmp_path, joining=ahead) as one:
            await one.beat()
            ((skew_ms,),) = ask(database_url, "SELECT skew_ms FROM workers")
            assert isinstance(skew_ms, int)
            assert 5000 <= skew_ms < 7000
            assert skew_ms % 100 == 0
            assert skew_ms == (await one.look()).workers["one"].skew_ms

    run_alone(scenario())


def test_a_difference_is_stored_in_tenths_of_a_second_and_never_more_than_a_day() -> None:
    differences = (0.049, -0.26, 400 * 86_400, -400 * 86_400)
    assert [0, -300, MOST_MS, -MOST_MS] == [rounded_ms(timedelta(seconds=one)) for one in differences]
