"""`belonging check` for a cluster: PostgreSQL, the clocks, names and addresses, and the storage."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

import psycopg
import pytest

from bot.cli import check_cluster
from bot.cli.check_cluster import cluster_judgements
from bot.cli.installations import open_store
from bot.cluster.addresses import Addresses
from bot.cluster.locks import WORKER_CLASS
from bot.cluster.statements import TRY_NAME
from bot.config import Config, cell_dir, load_config, shard_dir, worker_dir
from bot.core.cells import shard_of
from bot.core.check_cluster import Tables, judge_database, judge_path
from bot.core.check_rules import FolderFact, Level, judge_folder
from bot.store.lock import InstanceLock, prepare
from bot.store.storage import storage_id
from tests.cli.conftest import Belonging
from tests.cli.hosted import ACME, clustered, lay_cell, to_install
from tests.config.hosting import CLUSTER_VARIABLES, OTHER_KEY
from tests.postgresql import PostgreSQL, pooling

SHARD = shard_of(ACME)


@pytest.fixture
def config(folder: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Config:
    """A cluster with an empty storage, and the name of a worker."""
    monkeypatch.setenv("BELONGING_WORKER", "worker-1")
    return clustered(folder, database_url)


def told(config: Config, where: str) -> list[str]:
    """What is said of this place, with its level."""
    return [
        f"{one.level.value}: {one.what} {one.remedy}".strip()
        for one in cluster_judgements(config)
        if one.where == where
    ]


@pytest.fixture(autouse=True)
def nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The workers of these tests are rows; ``tests/cluster/test_introduced_workers.py`` asks real ones."""
    monkeypatch.setattr("bot.cli.check_cluster.worker_judgements", lambda *_: ())


class Join(Protocol):
    """Lets a worker be alive that has this storage and owns these shards."""

    def __call__(
        self, name: str, storage: str, *shards: int, key: str = OTHER_KEY, skew_ms: int | None = None
    ) -> None: ...


@pytest.fixture
def worker(postgresql: PostgreSQL) -> Iterator[Join]:
    with ExitStack() as alive:

        def join(
            name: str, storage: str, *shards: int, key: str = OTHER_KEY, skew_ms: int | None = None
        ) -> None:
            session = alive.enter_context(psycopg.connect(postgresql.url("shared"), autocommit=True))
            address = Addresses([bytes.fromhex(key)]).signed(name, f"http://{name}:3000")
            session.execute(TRY_NAME, (WORKER_CLASS, name))
            session.execute(
                "INSERT INTO workers (id, address, storage, seen, skew_ms) "
                "VALUES (%s, %s, %s, clock_timestamp(), %s)",
                (name, address, storage, skew_ms),
            )
            session.execute(
                "UPDATE shards SET worker = %s, address = %s, storage = %s, epoch = 1, "
                "since = clock_timestamp() WHERE shard = ANY(%s)",
                (name, address, storage, list(shards)),
            )

        yield join


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    prepare(folder)
    with InstanceLock(folder):
        yield


def test_a_cluster_that_is_right_is_told_piece_by_piece(config: Config, worker: Join) -> None:
    here = storage_id(config.data_dir)
    worker("worker-1", here, SHARD)
    worker("worker-2", "f" * 32, 1)
    with locked(shard_dir(config, SHARD)), locked(worker_dir(config, "worker-1")):
        found = list(cluster_judgements(config))

    assert {Level.OK, Level.REMARK} == {one.level for one in found}
    assert ["worker", "cluster.address", "storage"] == [one.where for one in found][-3:]
    said = {one.where: one.what for one in found}
    assert "without a pooler in between. Its tables are of this version." in said["PostgreSQL"]
    assert "It goes with that of this machine." == said["clock of PostgreSQL"]
    assert "2 run now: worker-1, worker-2." == said["workers"]
    assert "worker-1 runs now." == said["worker"]
    assert (
        "Shards of this storage that a living worker has, all locked as seen from here: 1." == said["storage"]
    )


def test_a_workspace_that_nobody_serves_is_told_as_the_status_tells_it(config: Config, worker: Join) -> None:
    here = storage_id(config.data_dir)
    open_store(config).save_now(to_install(ACME, "Acme"))
    assert [
        "remark: No worker runs, so nobody serves the workspaces: 1. Start one: belonging worker"
    ] == told(config, "shards")

    worker("worker-1", here, *(shard for shard in range(64) if shard != SHARD))
    (lines,) = told(config, "shards")
    assert "error: 1 of 64 shards, with 1 workspace, is without a worker: the others take over" in lines
    assert "belonging cluster status. If it stays so, the workers' logs say why." in lines


def test_a_workspace_on_a_storage_that_is_away_is_told(
    config: Config, worker: Join, postgresql: PostgreSQL
) -> None:
    open_store(config).save_now(to_install(ACME, "Acme"))
    worker("worker-1", storage_id(config.data_dir), *(shard for shard in range(64) if shard != SHARD))
    postgresql.query("UPDATE shards SET storage = repeat('f', 32) WHERE worker IS NULL", "shared")

    (line,) = told(config, "shards")

    assert "error: 1 of 64 shards, with 1 workspace, is not served: it lies on the storage ffffffff" in line
    assert "Start a worker that has it." in line


def test_shards_without_a_workspace_may_be_nobodys(config: Config, worker: Join) -> None:
    assert [] == told(config, "shards")
    worker("worker-1", storage_id(config.data_dir), 1)

    assert [] == told(config, "shards")


def test_a_worker_with_other_keys_is_told(config: Config, worker: Join) -> None:
    worker("worker-2", "f" * 32, key="7" * 64)

    found = told(config, "workers")

    assert ["ok: 1 run now: worker-2."] == found[:1]
    assert ["error: The BELONGING_CLUSTER_KEYS here are not those of worker-2."] == [
        one.partition(" Give")[0] for one in found[1:]
    ]


@pytest.mark.parametrize(
    ("skew_ms", "level"),
    [(1500, None), (2000, None), (2100, "remark"), (10_000, "remark"), (10_100, "error")],
)
def test_workers_whose_clocks_differ_are_told(
    skew_ms: int, level: str | None, config: Config, worker: Join
) -> None:
    worker("worker-1", "f" * 32, skew_ms=500)
    worker("worker-2", "f" * 32, skew_ms=500 - skew_ms)
    worker("worker-3", "f" * 32)

    words = f"The clock of worker-1 is {skew_ms / 1000:.1f} seconds ahead of that of worker-2."
    found = [one.partition(" Let")[0] for one in told(config, "clocks of workers")]
    assert ([f"{level}: {words}"] if level else []) == found


def test_before_the_first_worker_nothing_is_wrong(config: Config, empty_database_url: str) -> None:
    new = clustered(config.path.parent, empty_database_url)

    assert "ok: It answers (PostgreSQL" in told(new, "PostgreSQL")[0]
    assert "It has no tables yet: the first worker, or the import, makes them." in told(new, "PostgreSQL")[0]
    assert ["ok: It has no id yet: the first worker, or the import, makes one."] == told(new, "storage")


def test_a_database_that_cannot_be_reached_is_told(config: Config) -> None:
    away = clustered(config.path.parent, "postgresql://belonging@/none?host=/nowhere")

    assert ["error: PostgreSQL cannot be reached."] == [one[:36] for one in told(away, "PostgreSQL")]
    assert [] == told(away, "workers")


def test_a_pooler_is_told(config: Config, postgresql: PostgreSQL) -> None:
    with pooling(postgresql, "transaction") as url:
        pooled = clustered(config.path.parent, url)
        assert "error: A connection pooler stands between" in told(pooled, "PostgreSQL")[0]


@pytest.mark.parametrize(
    ("tables", "level", "words"),
    [
        (Tables.NEWER, Level.ERROR, "of a newer version"),
        (Tables.OLDER, Level.OK, "the next worker upgrades them"),
    ],
)
def test_the_version_of_the_tables_is_told(tables: Tables, level: Level, words: str) -> None:
    found = judge_database("17.2", tables)

    assert (level, True) == (found.level, words in found.what)


@pytest.mark.parametrize("sslmode", ["", "prefer", "require", "verify-ca"])
def test_a_database_elsewhere_that_does_not_prove_itself_is_told(sslmode: str) -> None:
    (found,) = judge_path("db.example.org", sslmode)

    assert found.level is Level.REMARK
    assert "answers at db.example.org" in found.what


@pytest.mark.parametrize(
    ("host", "sslmode"),
    [("db.example.org", "verify-full"), ("127.0.0.1", ""), ("/var/run/postgresql", "")],
)
def test_one_that_does_or_that_is_on_this_machine_is_not(host: str, sslmode: str) -> None:
    assert [] == list(judge_path(host, sslmode))


def test_tables_of_a_newer_version_are_known(config: Config, empty_database_url: str) -> None:
    import psycopg

    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num text)")
        connection.execute("INSERT INTO alembic_version VALUES ('9999')")
    newer = clustered(config.path.parent, empty_database_url)

    assert "error: Its tables are of a newer version of this bot." in told(newer, "PostgreSQL")[0]


@pytest.mark.parametrize(("ahead_s", "word"), [(-11, "behind"), (11, "ahead of"), (9, None), (-9, None)])
def test_a_clock_that_is_ten_seconds_off_is_told(
    config: Config, monkeypatch: pytest.MonkeyPatch, ahead_s: int, word: str | None
) -> None:
    now = check_cluster.system_clock
    monkeypatch.setattr(check_cluster, "system_clock", lambda: now() + timedelta(seconds=ahead_s))

    (said,) = told(config, "clock of PostgreSQL")

    assert ("ok" if word is None else "error") == said.split(":")[0]
    assert word is None or f"seconds {word} PostgreSQL's." in said


def test_a_worker_of_the_same_name_elsewhere_is_told(config: Config, worker: Join) -> None:
    worker("worker-1", "f" * 32)

    assert "error: A worker called worker-1 runs elsewhere" in told(config, "worker")[0]


@pytest.mark.parametrize(
    ("name", "words"),
    [("localhost", "called localhost"), ("A_b", "is no name of a worker"), ("worker-3", "")],
)
def test_a_name_that_is_none_is_told(
    config: Config, monkeypatch: pytest.MonkeyPatch, name: str, words: str
) -> None:
    monkeypatch.setenv("BELONGING_WORKER", name)

    (said,) = told(config, "worker")

    assert ("error" if words else "ok", True) == (said.split(":")[0], words in said)


def test_a_name_in_the_file_of_variables_counts(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    (config.path.parent / ".env").write_text("BELONGING_WORKER=worker-7\n", encoding="utf-8")

    assert ["ok: It would be called worker-1."] == told(config, "worker")  # the environment wins
    monkeypatch.delenv("BELONGING_WORKER")
    assert ["ok: It would be called worker-7."] == told(config, "worker")


def test_a_worker_that_only_its_machine_reaches_is_told(config: Config) -> None:
    assert "it listens on 127.0.0.1, for this machine only." in told(config, "cluster.address")[0]


def test_storage_that_two_can_write_is_told(config: Config, worker: Join) -> None:
    worker("worker-2", storage_id(config.data_dir), SHARD, 1 if SHARD != 1 else 2)

    (said,) = told(config, "storage")

    assert "error: worker-2 has locked shard 1 and 1 more of this storage" in said
    assert "two workers could write it. Stop the workers on all machines but one." in said


def test_a_shard_that_was_given_up_meanwhile_is_not_suspected(
    config: Config, postgresql: PostgreSQL, worker: Join, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker("worker-2", storage_id(config.data_dir), SHARD)
    look, looks = check_cluster._look, []

    def looking(config: Config) -> Any:
        if looks:
            postgresql.query("UPDATE shards SET worker = NULL, address = NULL", "shared")
        looks.append(1)
        return look(config)

    monkeypatch.setattr(check_cluster, "_look", looking)

    assert "ok: No worker has a shard of this storage now" in told(config, "storage")[0]


def test_cells_that_nobody_serves_are_told(config: Config, worker: Join) -> None:
    storage_id(config.data_dir)
    cell_dir(config, ACME).mkdir(parents=True)
    assert "PostgreSQL does not know: a worker on another storage" in told(config, "storage")[-1]

    worker("worker-2", "f" * 32, SHARD)
    assert f"error: {ACME} lie here, and PostgreSQL says" in told(config, "storage")[-1]

    wrong = shard_dir(config, (SHARD + 1) % 64)
    wrong.mkdir()
    cell_dir(config, ACME).rename(wrong / ACME)
    assert "lie in another shard than their own: nobody serves them." in told(config, "storage")[-1]


def test_a_damaged_id_of_the_storage_is_told(config: Config) -> None:
    (config.data_dir / "storage-id").write_text("?")

    assert "storage-id is damaged" in told(config, "storage")[0]


def test_a_shared_file_system_is_to_look_at_in_a_cluster_only() -> None:
    fact = FolderFact(
        key="data_dir", path="d", private=True, there=True, makeable=True, copied=False, network="nfs4"
    )
    shared = FolderFact(
        key="data_dir",
        path="d",
        private=True,
        there=True,
        makeable=True,
        copied=False,
        network="nfs4",
        shared=True,
    )

    assert [Level.ERROR, Level.REMARK] == [judge_folder(one).level for one in (fact, shared)]


def test_without_its_packages_one_sentence_is_enough(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.cli import installations

    monkeypatch.setattr(installations, "find_spec", lambda _: None)

    assert ["The packages for a cluster are not installed."] == [
        one.what for one in cluster_judgements(config)
    ]


def test_the_command_shows_no_secret_and_says_it_in_json(belonging: Belonging, config: Config) -> None:
    open_store(config).save_now(to_install(ACME, "Acme"))
    lay_cell(config, ACME, "Acme")
    environ = CLUSTER_VARIABLES | {"BELONGING_DATABASE_URL": config.secrets.database_url}
    assert load_config(config.path, environ).cluster

    result = belonging("check", "--offline", "--json", **environ)

    data = json.loads(result.stdout)
    assert "set, and not shown" == data["config"]["BELONGING_DATABASE_URL"]
    assert "http://{worker}:3000" == data["config"]["cluster.address"]
    assert {"PostgreSQL", "workers", "worker", "cluster.address", "storage"} <= {
        one["where"] for one in data["findings"]
    }
    assert [ACME] == [one["workspace"] for one in data["workspaces"]]
    for secret in (environ["BELONGING_CLUSTER_KEYS"], environ["BELONGING_DATABASE_URL"]):
        assert secret not in result.stdout
