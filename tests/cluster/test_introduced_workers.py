"""A worker that joins is tried by those that run, before it takes anything."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from bot.cli.check_workers import worker_judgements
from bot.cluster.looks import look_at
from bot.config import load_config
from bot.core.cells import SHARDS
from bot.core.check_rules import Level
from tests.cluster.laid import ask
from tests.cluster.processes import CLUSTER_KEY, Cluster
from tests.cluster.test_joining import machine
from tests.faults.zygote import Zygote

OTHER = "fedcba9876543210" * 4
OWNED = "SELECT count(*) FROM shards WHERE worker = 'w1'"


@pytest.fixture
def cluster(tmp_path: Path, zygote: Zygote, database_url: str) -> Iterator[Cluster]:
    """A worker that owns everything, and another one that does not run yet."""
    with Cluster(tmp_path, zygote, database_url, teams=["T0ONE"]) as made:
        for _ in range(2):
            made.add()
        made.start(made.workers[0])
        made.wait_balanced(made.workers[0])
        yield made


def change(cluster: Cluster, before: str, after: str) -> None:
    """Change the configuration of the second worker."""
    path = cluster.workers[1].folder / "config.yaml"
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


def refusal(cluster: Cluster, **environ: str) -> str:
    """What the second worker says as it ends; the first one has all shards, and has given none."""
    first, second = cluster.workers
    cluster.start(second, environ=environ)
    second.wait_ended()

    assert ask(cluster.database_url, OWNED) == [(SHARDS,)]
    assert ask(cluster.database_url, "SELECT id FROM workers") == [("w1",)]
    assert "shard given" not in first.log
    assert "shard taken" not in second.log
    return second.log


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({"BELONGING_KEY_SECRET": OTHER}, "The BELONGING_KEY_SECRET here is not that of worker w1."),
        ({"SLACK_SIGNING_SECRET": OTHER[:32]}, "The SLACK_SIGNING_SECRET here is not that of worker w1."),
        (
            {"BELONGING_CLUSTER_KEYS": f"{OTHER},{CLUSTER_KEY}"},
            "Worker w1 does not have the first of the BELONGING_CLUSTER_KEYS here.",
        ),
    ],
)
def test_one_with_another_secret_takes_nothing(
    cluster: Cluster, environ: Mapping[str, str], told: str
) -> None:
    assert told in refusal(cluster, **environ)


def test_one_that_nobody_reaches_takes_nothing(cluster: Cluster) -> None:
    change(cluster, "http://127.0.0.1:{port}", "http://127.0.0.9:{port}")  # where it does not listen

    assert "Worker w1 does not reach this one at http://127.0.0.9:" in refusal(cluster)


def test_one_at_the_address_of_another_takes_nothing(cluster: Cluster) -> None:
    port, own = (worker.port for worker in cluster.workers)
    change(cluster, f"host: 127.0.0.1, port: {own}", f"host: 127.0.0.2, port: {port}")

    assert f"The address http://127.0.0.1:{port} is that of worker w1." in refusal(cluster)


def test_one_with_the_next_key_in_second_place_and_another_policy_joins_and_says_so(
    cluster: Cluster,
) -> None:
    """Keys and settings are changed on one worker after the other."""
    change(cluster, "threshold: 5", "threshold: 9")
    cluster.start(cluster.workers[1], environ={"BELONGING_CLUSTER_KEYS": f"{CLUSTER_KEY},{OTHER}"})
    cluster.wait_balanced(*cluster.workers)

    assert "settings differ" in cluster.workers[1].log


def judged(cluster: Cluster, *, away: bool = False, **environ: str) -> list[tuple[Level, str]]:
    """What ``belonging check`` says of the workers on the machine of the second one.

    ``away``: PostgreSQL has just lost the first one.
    """
    view = look_at(cluster.database_url, machine).view
    assert view
    second = cluster.workers[1]
    config = load_config(second.folder / "config.yaml", cluster.environ(second) | environ)
    if away:
        cluster.workers[0].kill()
    return [(one.level, one.what) for one in worker_judgements(config, view, cluster.clock.now)]


def test_the_check_finds_nothing_where_all_is_alike(cluster: Cluster) -> None:
    assert judged(cluster) == []


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({"BELONGING_KEY_SECRET": OTHER}, "The BELONGING_KEY_SECRET here is not that of w1."),
        (
            {"BELONGING_CLUSTER_KEYS": f"{OTHER},{CLUSTER_KEY}"},
            "The first of the BELONGING_CLUSTER_KEYS here is unknown to w1.",
        ),
    ],
)
def test_the_check_finds_what_a_worker_here_would_be_refused_for(
    cluster: Cluster, environ: Mapping[str, str], told: str
) -> None:
    assert judged(cluster, **environ) == [(Level.ERROR, told)]


def test_the_check_finds_a_worker_that_does_not_answer(cluster: Cluster) -> None:
    port = cluster.workers[0].port

    assert judged(cluster, away=True) == [(Level.ERROR, f"w1 does not answer at http://127.0.0.1:{port}.")]


def test_the_check_remarks_on_another_policy(cluster: Cluster) -> None:
    change(cluster, "threshold: 5", "threshold: 9")

    assert judged(cluster) == [(Level.REMARK, "The policy here is not that of w1.")]
