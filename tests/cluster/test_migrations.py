"""The tables in PostgreSQL: made once, by one worker at a time, and nothing about replies in them."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from slack_sdk.oauth.installation_store.sqlalchemy import SQLAlchemyInstallationStore
from slack_sdk.oauth.state_store.sqlalchemy import SQLAlchemyOAuthStateStore
from sqlalchemy import Engine, MetaData, Table, text

from bot.cluster.database import engine_of, upgrade
from bot.cluster.installations import InstallationsDatabase
from bot.cluster.tables import INSTALLATIONS, METADATA, OAUTH_STATES
from bot.core.cells import SHARDS
from bot.errors import ClusterError, ConfigError, StoreError
from tests.postgresql import PostgreSQL, pooling

AT_ONCE = 4


@pytest.fixture
def empty(postgresql: PostgreSQL) -> Iterator[Engine]:
    """A database without tables."""
    with postgresql.database() as name:
        engine = engine_of(postgresql.url(name))
        yield engine
        engine.dispose()


def rows(engine: Engine, sql: str) -> list[tuple[object, ...]]:
    with engine.begin() as connection:
        result = connection.exec_driver_sql(sql)
        return [tuple(row) for row in result] if result.returns_rows else []


def test_the_migrations_make_the_tables_that_the_program_knows(empty: Engine) -> None:
    upgrade(empty)
    with empty.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        differences = compare_metadata(context, METADATA)

    assert [] == differences
    assert [(SHARDS, 0)] == rows(empty, "SELECT count(*), sum(epoch)::int FROM shards")


def test_several_workers_that_begin_together_make_them_once(empty: Engine) -> None:
    together = Barrier(AT_ONCE)

    def begin() -> None:
        together.wait()
        InstallationsDatabase(empty).prepare()

    with ThreadPoolExecutor(AT_ONCE) as threads:
        for one in [threads.submit(begin) for _ in range(AT_ONCE)]:
            one.result()

    assert [(SHARDS,)] == rows(empty, "SELECT count(*) FROM shards")


def test_a_database_of_a_newer_version_is_refused_and_left_alone(empty: Engine) -> None:
    upgrade(empty)
    rows(empty, "UPDATE alembic_version SET version_num = 'v9999'")

    with pytest.raises(StoreError, match="newer version") as failed:
        upgrade(empty)
    assert "newer_database" == failed.value.code
    assert [("v9999",)] == rows(empty, "SELECT version_num FROM alembic_version")


def test_a_migration_that_fails_changes_nothing(empty: Engine) -> None:
    rows(empty, "CREATE TABLE shards (here int)")

    with pytest.raises(StoreError, match="SQLSTATE 42P07"):
        upgrade(empty)
    assert [("shards",)] == rows(empty, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (INSTALLATIONS, SQLAlchemyInstallationStore.build_installations_table(MetaData(), "theirs")),
        (OAUTH_STATES, SQLAlchemyOAuthStateStore.build_oauth_states_table(MetaData(), "theirs")),
    ],
    ids=["installations", "states"],
)
def test_our_tables_have_the_columns_of_the_sdk(ours: Table, theirs: Table) -> None:
    """So that a new version of the SDK with another column is noticed."""

    def columns(table: Table) -> list[tuple[str, bool | None]]:
        return [(column.name, column.nullable) for column in table.columns]

    assert columns(theirs) == columns(ours)


def test_nothing_in_postgresql_is_about_replies() -> None:
    """Add a name here only after docs/threat-model.md says what its writes give away."""
    kept = {f"{table.name}.{column.name}" for table in METADATA.tables.values() for column in table.columns}
    others = {name for name in kept if not name.startswith("slack_")}

    assert {
        *(f"workers.{name}" for name in ("id", "address", "storage", "seen", "draining", "skew_ms")),
        *(f"shards.{name}" for name in ("shard", "worker", "address", "epoch", "since")),
        *(f"shards.{name}" for name in ("storage", "handed_by", "wanted", "not_moved")),
        *(f"cells_of_workspaces.{name}" for name in ("team_id", "cell")),
        "installations_version.number",
        *(f"left_workspaces.{name}" for name in ("cell", "team_id")),
    } == others


def test_the_folder_of_migrations_is_in_one_line() -> None:
    """Each migration follows the one before it, so that there is one newest."""
    folder = Path(__file__).parents[2] / "bot" / "cluster" / "migrations" / "versions"

    assert [path.stem.partition("_")[0] for path in sorted(folder.glob("v*.py"))] == [
        f"v{number:04}" for number in range(1, len(list(folder.glob("v*.py"))) + 1)
    ]


@pytest.mark.parametrize("address", ["sqlite://", "postgresql:/", "nonsense", "mysql://host/name"])
def test_another_address_is_refused(address: str) -> None:
    with pytest.raises(ConfigError):
        engine_of(address)


def test_an_error_of_the_database_tells_no_value(postgresql: PostgreSQL, empty: Engine) -> None:
    database = InstallationsDatabase(empty)
    number = text("SELECT cast(:value AS int)").bindparams(value="a state that nobody should read")
    with pytest.raises(StoreError) as failed, database.reading() as connection:
        connection._connection.execute(number)

    assert "SQLSTATE 22P02" in str(failed.value)
    assert "nobody" not in str(failed.value)
    with pytest.raises(StoreError, match="cannot be reached"):
        InstallationsDatabase(engine_of(postgresql.url(port=9))).version()


def test_a_refusal_is_told_apart_from_silence_and_quotes_nothing(postgresql: PostgreSQL) -> None:
    with pytest.raises(StoreError, match="refuses the connection") as failed:
        InstallationsDatabase(engine_of(postgresql.url("half-a-password"))).version()

    assert "database_away" == failed.value.code
    assert "half-a-password" not in f"{failed.value} {failed.value.remedy}"


def test_a_pooler_is_refused_at_the_first_connection_of_a_worker(postgresql: PostgreSQL) -> None:
    with pooling(postgresql, "transaction") as url, pytest.raises(ClusterError, match="pooler"):
        InstallationsDatabase(engine_of(url)).version()
