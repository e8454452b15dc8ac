"""What the file of the application database is, beyond the contract."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from bot.core.model import RoundId
from bot.errors import StoreError
from bot.store import migrations
from bot.store.audit.panel import schema
from bot.store.connections import DATABASE_PRAGMAS
from bot.store.database import Database
from bot.store.statements import queries
from tests.contracts.values import NOON, a_result, a_round, a_schedule

A = "00000000000a"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "belonging.db"


def fill(database: Database) -> None:
    with database.transaction("fill") as tx:
        tx.put_schedule(a_schedule())
        tx.insert_round(a_round(A))
        tx.insert_release(a_result(A), NOON)


def test_the_file_and_its_companions_are_private(path: Path) -> None:
    database = Database(path)
    fill(database)

    modes = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}

    assert modes == dict.fromkeys(("belonging.db", "belonging.db-wal", "belonging.db-shm"), 0o600)
    assert path.parent.stat().st_mode & 0o777 == 0o700
    database.close()


def test_what_is_stored_is_there_for_the_next_program(path: Path) -> None:
    first = Database(path)
    fill(first)
    first.close()

    second = Database(path)

    with second.transaction("read") as tx:
        assert tx.list_schedules() == (a_schedule(),)
        assert tx.fetch_round(RoundId(A)) == a_round(A)
        assert tx.fetch_release(RoundId(A)) == a_result(A)
    second.close()


def test_every_table_is_strict_and_none_holds_a_reply_or_a_member(path: Path) -> None:
    Database(path).close()

    tables = {name: sql for name, sql in schema(path).items() if sql.startswith("CREATE TABLE")}
    own = {name: sql for name, sql in tables.items() if not name.startswith("_sqlite")}

    quotes = {"quote_request", "quote_removal", "outdated_summary", "proof", "asked", "unscrubbed"}
    quotes |= {"nothing_left", "everything_rests"}
    rounds = {"schedule", "schedule_change", "channel", "firing", "round", "release", "norm", "post"}
    assert set(own) == rounds | quotes
    assert all(sql.endswith("STRICT") for sql in own.values())
    assert not any(word in sql for sql in own.values() for word in ("member", "reply", "token", "receipt"))


def test_the_settings_are_in_force(path: Path) -> None:
    database = Database(path)

    kept = {
        name: database._connection.execute(f"PRAGMA {name}").fetchone()[0] for name, _, _ in DATABASE_PRAGMAS
    }

    assert kept == {name: value for name, _, value in DATABASE_PRAGMAS}
    database.close()


def test_a_database_of_a_newer_version_is_refused_and_left_alone(path: Path) -> None:
    Database(path).close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES (?, ?, '')",
            ("belonging", "0999_later"),
        )

    with pytest.raises(StoreError, match=r"newer version.*0999_later.*before the upgrade"):
        Database(path)

    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM _sqlite_migrations").fetchone() == (
            len(migrations.KNOWN) + 1,
        )


def test_every_step_is_known_by_name_in_order(path: Path) -> None:
    Database(path).close()

    with closing(sqlite3.connect(path)) as connection:
        names = connection.execute("SELECT name FROM _sqlite_migrations ORDER BY id").fetchall()

    assert [name for (name,) in names] == list(migrations.KNOWN)


def test_a_step_that_fails_leaves_the_database_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    twice = "CREATE TABLE round (id TEXT) STRICT; CREATE TABLE round (id TEXT)"
    monkeypatch.setitem(migrations.STEPS, migrations.KNOWN[0], twice)

    with pytest.raises(StoreError, match=r"belonging\.db"):
        Database(path)

    assert schema(path) == {}


def test_where_there_is_room_it_can_be_written_and_that_was_really_tried(path: Path) -> None:
    database = Database(path)
    fill(database)
    log = path.with_name("belonging.db-wal")
    before = log.stat().st_size

    database.ensure_writable()

    assert log.stat().st_size > before
    with database.transaction("read") as tx:
        assert tx.list_schedules() == (a_schedule(),)
    database.close()


def test_where_little_room_is_left_or_nothing_can_be_written_it_says_so(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(path)
    with monkeypatch.context() as full:
        full.setattr(os, "statvfs", lambda _: SimpleNamespace(f_bavail=100, f_frsize=4096))
        with pytest.raises(StoreError, match=r"disk.*full"):
            database.ensure_writable()
    database._connection.execute("PRAGMA query_only = ON")
    with pytest.raises(StoreError, match="may not write"):
        database.ensure_writable()
    database._connection.execute("PRAGMA query_only = OFF")

    database.ensure_writable()
    database.close()


def test_every_query_says_who_calls_it_and_names_its_columns() -> None:
    store = Path(migrations.__file__).parent
    callers = "".join(store.joinpath(name).read_text() for name in ("transaction.py", "retention.py"))
    for name, sql in queries().items():
        assert sql.startswith("-- "), name
        assert "*" not in sql, name
        assert f'"{name}"' in callers, name


def test_what_was_asked_lately_is_found_without_reading_the_years_before(path: Path) -> None:
    """Kills the mutant without the indexes: each opening would read every round there ever was."""
    Database(path).close()
    moments = {"opened_from": "2026-11-02", "closed_from": "2026-11-09"}
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(f"EXPLAIN QUERY PLAN {queries()['list_counting']}", moments).fetchall()
    steps = [step for *_, step in rows]

    assert not [step for step in steps if step in {"SCAN round", "SCAN release"} or "SCAN round " in step]
    assert any(step.startswith("SEARCH round USING COVERING INDEX round_counting") for step in steps)
    assert any(step.startswith("SEARCH release USING COVERING INDEX release_released") for step in steps)
