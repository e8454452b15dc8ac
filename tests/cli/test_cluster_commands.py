"""The commands for an operator of a cluster, over a real PostgreSQL."""

import json
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from click.testing import Result
from syrupy.assertion import SnapshotAssertion

from bot.cli.installations import open_store
from bot.cluster.control import Control
from bot.cluster.locks import WORKER_CLASS
from bot.cluster.statements import TRY_NAME
from bot.core.cells import CellKey, shard_of
from tests.cli.conftest import Belonging
from tests.cli.hosted import ACME, BETA, clustered, lay_cell, to_install
from tests.cli.test_help import tidy
from tests.cli.test_prompts import refused, said
from tests.config.hosting import CLUSTER_VARIABLES
from tests.postgresql import PostgreSQL

ROWS = """
INSERT INTO workers VALUES
    ('one', 'http://one:3000', 'b07b07b07b07b07b', clock_timestamp() + interval '1 hour', false),
    ('two', 'http://two:3000', 'b07b07b07b07b07b', clock_timestamp() + interval '1 hour', false),
    ('far', 'http://far:3000', 'fa5fa5fa5fa5fa5f', clock_timestamp() + interval '1 hour', false),
    ('old', 'http://old:3000', 'b07b07b07b07b07b', clock_timestamp() - interval '5.5 minutes', false);
UPDATE shards SET worker = CASE WHEN shard < 32 THEN 'one' ELSE 'two' END, address = '', epoch = 1,
    since = clock_timestamp(), storage = CASE WHEN shard < 32 THEN 'b07b07b07b07b07b' END
"""
"""Two workers with one storage that have a half each, one with another, and one that is gone."""

IN_ACME = shard_of(ACME)


@pytest.fixture
def cluster(
    belonging: Belonging,
    folder: Path,
    database_url: str,
    postgresql: PostgreSQL,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Belonging]:
    """The command line, with two workspaces and an organisation in the cluster."""
    for name, value in (CLUSTER_VARIABLES | {"BELONGING_DATABASE_URL": database_url}).items():
        monkeypatch.setenv(name, value)
    store = open_store(clustered(folder, database_url))
    for team, enterprise in (("T0ACME", ""), ("T0BETA", ""), ("T0GAMMA", "E0GAMMA"), ("T0DELTA", "E0GAMMA")):
        store.save_now(to_install(team, enterprise=enterprise))
    postgresql.query(ROWS, "shared")
    with psycopg.connect(database_url, autocommit=True) as session:
        for name in ("one", "two", "far"):
            session.execute(TRY_NAME, (WORKER_CLASS, name))
        yield belonging


def wanted(postgresql: PostgreSQL) -> list[tuple[int, str]]:
    return postgresql.query(
        "SELECT shard, wanted FROM shards WHERE wanted IS NOT NULL ORDER BY shard", "shared"
    )


def draining(postgresql: PostgreSQL) -> list[str]:
    return [name for (name,) in postgresql.query("SELECT id FROM workers WHERE draining", "shared")]


def untold(result: Result) -> str:
    """What was said where nobody can tell whether all workspaces are served, in one line."""
    assert (2, "") == (result.exit_code, result.stdout)
    return " ".join(result.stderr.split())


def test_the_status_reads_like_this(cluster: Belonging, snapshot: SnapshotAssertion) -> None:
    lines = [line.rstrip() for line in cluster("cluster", "status").stdout.splitlines()]

    assert lines == snapshot


def test_an_organisation_counts_once(cluster: Belonging) -> None:
    found = json.loads(said(cluster("cluster", "status", "--json")))

    assert 3 == sum(worker["workspaces"] for worker in found["workers"])
    assert {"one": 32, "two": 32, "far": 0, "old": 0} == {
        worker["worker"]: len(worker["shards"]) for worker in found["workers"]
    }


def test_where_a_workspace_is_not_served_the_exit_code_says_so(
    cluster: Belonging, postgresql: PostgreSQL, snapshot: SnapshotAssertion
) -> None:
    postgresql.query("DELETE FROM workers; UPDATE shards SET worker = NULL, storage = NULL", "shared")
    result = cluster("cluster", "status")
    assert 1 == result.exit_code
    assert result.stdout == snapshot

    postgresql.query("DELETE FROM slack_installations", "shared")
    assert 0 == cluster("cluster", "status").exit_code


def test_where_no_workspace_has_the_bot_that_is_told(cluster: Belonging, postgresql: PostgreSQL) -> None:
    postgresql.query(
        "DELETE FROM workers; UPDATE shards SET worker = NULL, storage = NULL; "
        "DELETE FROM slack_installations",
        "shared",
    )

    assert (
        "No worker is connected to PostgreSQL, which knows of no workspace that has the bot. "
        "Start one: belonging worker" == said(cluster("cluster", "status"))
    )


def test_where_no_worker_could_start_the_import_is_named(
    cluster: Belonging,
    folder: Path,
    postgresql: PostgreSQL,
    empty_database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    postgresql.query("DELETE FROM workers", "shared")
    (folder / "data" / "installations.db").touch()

    told = cluster("cluster", "status").stdout
    assert "take its data into the cluster: belonging cluster import" in told
    assert "belonging worker" not in told
    monkeypatch.setenv("BELONGING_DATABASE_URL", empty_database_url)
    without_tables = untold(cluster("cluster", "status"))
    assert "take its data into the cluster: belonging cluster import" in without_tables
    assert "belonging worker" not in without_tables


@pytest.mark.parametrize(
    "command", [("cluster", "status"), ("check", "--offline"), ("workspaces",), ("backup", "--out", "copies")]
)
def test_a_command_that_only_reads_does_not_say_that_nothing_was_saved(
    cluster: Belonging, folder: Path, database_url: str, command: tuple[str, ...]
) -> None:
    away = {"BELONGING_DATABASE_URL": "postgresql://belonging@127.0.0.1:9/belonging"}
    lay_cell(clustered(folder, database_url), ACME)

    told = cluster(*command, **away).output
    assert "PostgreSQL cannot be reached." in " ".join(told.split())
    assert "Nothing was saved" not in told
    assert "Nothing was saved." in refused(cluster("cluster", "drain", "one", **away))


def test_the_same_error_of_all_workspaces_is_said_once(
    cluster: Belonging, folder: Path, database_url: str
) -> None:
    for key in (ACME, BETA):
        lay_cell(clustered(folder, database_url), key)
    away = {"BELONGING_DATABASE_URL": "postgresql://belonging@127.0.0.1:9/belonging"}

    result = cluster("backup", "--out", "copies", **away)

    assert 1 == result.stderr.count("PostgreSQL cannot be reached.")
    assert f"Error: the same as of {ACME} ({ACME})." in result.stderr


@pytest.mark.parametrize("command", ["status", "drain", "move"])
def test_the_help_reads_like_this(belonging: Belonging, command: str, snapshot: SnapshotAssertion) -> None:
    result = belonging("cluster", command, "--help")

    assert 0 == result.exit_code
    assert tidy(result.output) == snapshot


def test_a_worker_is_drained_and_that_is_undone(
    cluster: Belonging, postgresql: PostgreSQL, snapshot: SnapshotAssertion
) -> None:
    assert cluster("cluster", "drain", "one").stdout == snapshot(name="drain")
    assert ["one"] == draining(postgresql)
    assert cluster("cluster", "drain", "one", "--undo").stdout == snapshot(name="undo")
    assert [] == draining(postgresql)


def test_what_nobody_else_can_take_is_told(cluster: Belonging, postgresql: PostgreSQL) -> None:
    postgresql.query("UPDATE workers SET draining = true WHERE id = 'two'", "shared")
    done = cluster("cluster", "drain", "one", "--json")

    assert {"worker": "one", "draining": True, "hands_over": [], "keeps": list(range(32))} == json.loads(
        done.stdout
    )
    assert "goes on serving 32 shards: no other worker has its storage" in done.stderr


def test_shards_are_moved_by_number_and_by_workspace(
    cluster: Belonging, postgresql: PostgreSQL, snapshot: SnapshotAssertion
) -> None:
    assert cluster("cluster", "move", "3", ACME, "1", "2", "--to", "two").stdout == snapshot
    expected = {1, 2, 3} | ({IN_ACME} if IN_ACME < 32 else set())
    assert [(shard, "two") for shard in sorted(expected)] == wanted(postgresql)


@pytest.mark.parametrize("arguments", [("4-5,", "7-8"), ("4-5,7,8",), ("8", "7", "4-5")], ids=" ".join)
def test_shards_are_moved_by_the_ranges_that_are_printed(
    cluster: Belonging, postgresql: PostgreSQL, arguments: tuple[str, ...]
) -> None:
    assert "Shards 4-5 and 7-8" in said(cluster("cluster", "move", *arguments, "--to", "two"))
    assert [(shard, "two") for shard in (4, 5, 7, 8)] == wanted(postgresql)


def test_what_is_there_already_needs_no_move_and_ends_an_older_wish(
    cluster: Belonging, postgresql: PostgreSQL, snapshot: SnapshotAssertion
) -> None:
    said(cluster("cluster", "move", "3", "--to", "two"))
    done = cluster("cluster", "move", "3", "4", "--to", "one", "--json")

    assert {"to": "one", "moving": [], "copied": [], "there": [3, 4]} == json.loads(done.stdout)
    assert done.stderr == snapshot
    assert [] == wanted(postgresql)


def test_shards_with_workspaces_are_copied_to_another_storage(
    cluster: Belonging, postgresql: PostgreSQL, snapshot: SnapshotAssertion
) -> None:
    done = cluster("cluster", "move", "3", "4", "40", "--to", "far", "--json")

    assert {"to": "far", "moving": [3, 4, 40], "copied": [3, 4], "there": []} == json.loads(done.stdout)
    assert done.stderr == snapshot(name="move")
    assert [(3, "far"), (4, "far"), (40, "far")] == wanted(postgresql)
    postgresql.query("UPDATE shards SET wanted = NULL, not_moved = 'far disk_full' WHERE shard < 5", "shared")
    found = json.loads(cluster("cluster", "status", "--json").stdout)
    assert {"shard": 3, "to": "far", "code": "disk_full"} in found["not_moved"]
    assert [one for one in found["findings"] if "could not" in one] == snapshot(name="status")


def test_what_nobody_can_send_is_not_asked_for(
    cluster: Belonging, postgresql: PostgreSQL, snapshot: SnapshotAssertion
) -> None:
    postgresql.query("UPDATE shards SET worker = 'old' WHERE shard = 3", "shared")

    assert refused(cluster("cluster", "move", "2", "3", "--to", "far")) == snapshot
    assert [] == wanted(postgresql)


def test_an_empty_shard_moves_to_any_storage(cluster: Belonging, postgresql: PostgreSQL) -> None:
    said(cluster("cluster", "move", "40", "--to", "far"))

    assert [(40, "far")] == wanted(postgresql)


@pytest.mark.parametrize(
    "arguments",
    [
        ("drain", "three"),
        ("drain", "old"),
        ("move", "3", "--to", "three"),
        ("move", "3", "--to", "old"),
        ("move", "64", "--to", "two"),
        ("move", "60-64", "--to", "two"),
        ("move", "5-4", "--to", "two"),
        ("move", ",", "--to", "two"),
        ("move", "T0NOBODY", "--to", "two"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_done_is_refused_in_a_sentence(
    cluster: Belonging, arguments: tuple[str, ...], postgresql: PostgreSQL, snapshot: SnapshotAssertion
) -> None:
    result = cluster("cluster", *arguments)

    assert (1, "") == (result.exit_code, result.stdout)
    assert result.stderr == snapshot
    assert [] == draining(postgresql) + wanted(postgresql)


def test_nothing_moves_to_a_worker_that_drains(cluster: Belonging, postgresql: PostgreSQL) -> None:
    said(cluster("cluster", "drain", "two"))

    assert "two is draining: it takes nothing. First: belonging cluster drain two --undo" in refused(
        cluster("cluster", "move", "3", "--to", "two")
    )
    assert [] == wanted(postgresql)


@pytest.mark.parametrize(
    ("command", "code"), [(("status",), 2), (("drain", "one"), 1), (("move", "1", "--to", "one"), 1)]
)
def test_without_a_cluster_nothing_is_looked_for(
    many: Belonging, command: tuple[str, ...], code: int
) -> None:
    result = many("cluster", *command)

    assert (code, "") == (result.exit_code, result.stdout)
    assert "config.yaml has no section cluster." in result.stderr


def test_without_postgresql_it_says_so(cluster: Belonging) -> None:
    away = {"BELONGING_DATABASE_URL": "postgresql://belonging@127.0.0.1:9/belonging"}

    assert "PostgreSQL cannot be reached." in untold(cluster("cluster", "status", **away))


def test_without_its_address_it_says_so(cluster: Belonging, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BELONGING_DATABASE_URL")

    assert "BELONGING_DATABASE_URL" in untold(cluster("cluster", "status"))


def test_without_tables_it_says_what_makes_them(
    cluster: Belonging, empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BELONGING_DATABASE_URL", empty_database_url)

    assert "belonging worker" in untold(cluster("cluster", "status"))


def test_a_worker_is_named_in_the_file_of_variables(cluster: Belonging, folder: Path) -> None:
    (folder / ".env").write_text("BELONGING_WORKER=No_name\n", encoding="utf-8")

    assert "'No_name' is no name of a worker." in refused(cluster("worker"))


def test_who_looks_joins_nothing(cluster: Belonging, database_url: str) -> None:
    before = Control(database_url).look().view
    said(cluster("cluster", "status"))

    assert before.workers == Control(database_url).look().view.workers
    assert CellKey("E0GAMMA") in [key for keys in Control(database_url).look().cells.values() for key in keys]
