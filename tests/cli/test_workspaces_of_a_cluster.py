"""The commands for many workspaces, where the workers of a cluster serve them: shards, and PostgreSQL."""

import json
from pathlib import Path

import pytest

from bot.cli.installations import bot_token_of, open_store
from bot.config import Config, cell_dir, list_cells, worker_dir
from bot.core.cells import CellKey, shard_of
from bot.store.backup import contents
from bot.store.lock import InstanceLock, prepare
from tests.cli.conftest import Belonging
from tests.cli.hosted import ACME, BETA, clustered, installed, is_whole, lay_cell, to_install
from tests.cli.test_prompts import refused, said
from tests.config.hosting import CLUSTER_VARIABLES


@pytest.fixture
def config(folder: Path, database_url: str) -> Config:
    """Two workspaces of a cluster."""
    config = clustered(folder, database_url)
    for key, name in ((ACME, "Acme"), (BETA, "Beta")):
        open_store(config).save_now(to_install(key, name))
        lay_cell(config, key, name)
    return config


@pytest.fixture
def cluster(belonging: Belonging, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Belonging:
    """The command line, with the variables of a cluster."""
    for name, value in (CLUSTER_VARIABLES | {"BELONGING_DATABASE_URL": database_url}).items():
        monkeypatch.setenv(name, value)
    return belonging


def test_every_workspace_is_listed(cluster: Belonging, config: Config) -> None:
    found = json.loads(said(cluster("workspaces", "--json")))

    assert [(ACME, "Acme", []), (BETA, "Beta", [])] == [
        (one["workspace"], one["name"], one["trouble"]) for one in found
    ]


def test_a_command_that_was_killed_is_told(cluster: Belonging, config: Config) -> None:
    cell_dir(config, ACME).with_name(f".{ACME}.deleted").mkdir()

    assert "repeat belonging workspaces delete T0ACME" in cluster("workspaces", "--json").stdout


def test_the_token_of_a_cell_comes_from_postgresql(config: Config) -> None:
    assert ["xoxb-T0ACME", ""] == [bot_token_of(config, key) for key in (ACME, CellKey("T0NOBODY"))]
    assert not (config.data_dir / "installations.db").exists()


def test_a_deleted_workspace_leaves_nothing_in_its_shard_and_in_postgresql(
    cluster: Belonging, config: Config
) -> None:
    said(cluster("workspaces", "delete", ACME, "--yes"))

    assert ((BETA,), {BETA}) == (list_cells(config), installed(config))
    assert [] == list(cell_dir(config, ACME).parent.iterdir())


def test_a_workspace_moves_from_a_cluster_to_a_bot_of_one_machine(
    cluster: Belonging, config: Config, other: Path
) -> None:
    said(cluster("workspaces", "move", ACME, "--to", str(other)))

    assert is_whole(other / "cells" / ACME)
    assert ((BETA,), {BETA}, {ACME}) == (list_cells(config), installed(config), installed(config, other))


def test_no_workspace_moves_into_the_directory_of_a_cluster(
    cluster: Belonging, config: Config, other: Path
) -> None:
    (other / "shards").mkdir(mode=0o700)

    said = refused(cluster("workspaces", "move", ACME, "--to", str(other)))

    assert "other holds the data of a cluster." in said
    assert is_whole(cell_dir(config, ACME))


def test_backup_and_proof_find_every_cell(cluster: Belonging, config: Config, folder: Path) -> None:
    (folder / "backups").mkdir()
    said(cluster("backup", "--out", "backups"))

    assert {f"{ACME}.db": 4, f"{BETA}.db": 4} == {
        path.name: contents(path).rounds for path in (folder / "backups").iterdir()
    }
    found = json.loads(cluster("proof", "--json").stdout)
    assert [ACME, BETA] == [one["workspace"] for one in found["workspaces"]]


def test_the_proof_knows_every_file_of_a_cluster_and_looks_at_its_own_shard_only(
    cluster: Belonging, config: Config
) -> None:
    from bot.store.storage import storage_id

    storage_id(config.data_dir)
    prepare(worker_dir(config, "worker-1"))
    stray = cell_dir(config, BETA).parent / "elsewhere.db"
    stray.write_bytes((cell_dir(config, BETA) / "belonging.db").read_bytes())
    with InstanceLock(worker_dir(config, "worker-1")):
        found = json.loads(cluster("proof", "--json", "--workspace", ACME).stdout)

    said = {one["attack"]: one for one in found["attacks"]}
    assert "nothing of 0 others in the same shard" in json.dumps(said["other workspaces"])
    assert "should not be there" not in json.dumps(found)


def test_a_purge_of_one_leaves_the_other(cluster: Belonging, config: Config) -> None:
    said(cluster("purge", "--all", "--yes", "--workspace", ACME))

    assert not (cell_dir(config, ACME) / "belonging.db").exists()
    assert is_whole(cell_dir(config, BETA))


def test_a_worker_that_runs_is_seen(cluster: Belonging, config: Config) -> None:
    from bot.cli.installation import is_running

    prepare(worker_dir(config, "worker-1"))
    assert not is_running(config)
    with InstanceLock(worker_dir(config, "worker-1")):
        assert is_running(config)


def test_without_the_address_of_the_database_that_is_said(cluster: Belonging, config: Config) -> None:
    said = refused(cluster("workspaces", BELONGING_DATABASE_URL=""))

    assert "BELONGING_DATABASE_URL is not set, and config.yaml has cluster." in said


def test_a_database_without_tables_has_no_installations(
    cluster: Belonging, config: Config, empty_database_url: str
) -> None:
    found = json.loads(said(cluster("workspaces", "--json", BELONGING_DATABASE_URL=empty_database_url)))

    assert {"No installation: nothing is asked, and nobody can reply."} == {
        said for one in found for said in one["trouble"]
    }


def test_a_workspace_on_the_storage_of_another_worker_is_not_lost(
    cluster: Belonging, config: Config, database_url: str
) -> None:
    from bot.cluster.database import engine_of
    from bot.cluster.tables import SHARDS

    there, lost = CellKey("T0THERE"), CellKey("T0LOST")
    for key in (there, lost):
        open_store(config).save_now(to_install(key, key))
    with engine_of(database_url, pooled=False).begin() as connection:
        connection.execute(SHARDS.update().where(SHARDS.c.shard == shard_of(there)).values(storage="f" * 32))

    found = {one["workspace"]: one["trouble"] for one in json.loads(said(cluster("workspaces", "--json")))}

    assert ["It lies on the storage of another worker: list it there."] == found[there]
    assert "It has an installation and no directory" in found[lost][0]
