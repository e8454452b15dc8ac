"""Every version's data opens in this one, is read as it was meant, and can be tried beforehand."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.core.model import RoundId
from bot.core.norms import NormState
from bot.core.posts import PostKind
from bot.errors import StoreError
from bot.store import migrations
from bot.store.audit.database import layout
from bot.store.audit.panel import schema
from bot.store.backup import contents, try_migrations
from bot.store.database import Database
from bot.store.migrations import KNOWN
from tests.contracts.versions import (
    ADMIN,
    CHANNEL,
    CLOSED,
    DATA,
    MONDAY,
    OTHER,
    PROMPT,
    RESULT,
    ROUNDS,
    SCHEDULE,
    THIN,
    UNPOSTED,
    WITHHELD,
)

NEWEST = KNOWN[-1]


def laid(folder: Path, step: str) -> Path:
    """The belonging.db that the version of this step has left behind."""
    path = folder / "belonging.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((DATA / f"{step}.sql").read_text(encoding="utf-8"))
        connection.execute("PRAGMA journal_mode = WAL")
    return path


def steps_of(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM _sqlite_migrations ORDER BY id")]


def test_every_version_has_its_sample_data() -> None:
    assert [f"{step}.sql" for step in KNOWN] == sorted(path.name for path in DATA.iterdir())


@pytest.mark.parametrize("step", KNOWN)
def test_the_data_of_every_version_is_read_as_it_was_written(tmp_path: Path, step: str) -> None:
    database = Database(laid(tmp_path, step))

    with database.transaction("read") as tx:
        assert tx.list_schedules() == (SCHEDULE,)
        assert tx.list_channel_rounds(CHANNEL) == ROUNDS
        assert tx.fetch_release(CLOSED) == RESULT
        assert tx.fetch_release(THIN) == WITHHELD
        assert tx.fetch_last_firing(SCHEDULE.id) == ROUNDS[-1].opened_at
        assert tx.list_asked(CHANNEL) == (PROMPT,) * 4
        assert tx.fetch_last_number(CHANNEL) == 4
        assert not tx.list_outdated_summaries()
    database.close()


@pytest.mark.parametrize("step", KNOWN)
def test_rounds_of_before_there_were_languages_are_english_alone(tmp_path: Path, step: str) -> None:
    database = Database(laid(tmp_path, step))
    with database.transaction("read") as tx:
        rounds = tx.list_channel_rounds(CHANNEL)
    database.close()

    words = PROMPT.translations if step >= "0011_languages" else {}
    assert [("en", "en", words)] * len(ROUNDS) == [
        (one.language, one.prompt.language, one.prompt.translations) for one in rounds
    ]


@pytest.mark.parametrize("step", KNOWN)
def test_after_the_steps_the_layout_is_the_one_of_this_program(tmp_path: Path, step: str) -> None:
    path = laid(tmp_path, step)

    Database(path).close()

    assert dict(layout()) == schema(path)
    assert list(KNOWN) == steps_of(path)


@pytest.mark.parametrize("step", KNOWN[1:])
def test_removals_and_requests_of_later_versions_stay(tmp_path: Path, step: str) -> None:
    database = Database(laid(tmp_path, step))

    with database.transaction("read") as tx:
        assert [one.admin for one in tx.list_quote_removals(CLOSED)] == [ADMIN]
        assert [one.asked_on for one in tx.list_quote_requests()] == [MONDAY.date()]
        proof = tx.fetch_proof()
    assert (proof is None) is (step == KNOWN[1])
    database.close()


@pytest.mark.parametrize("step", KNOWN[5:])
def test_norms_of_later_versions_stay(tmp_path: Path, step: str) -> None:
    database = Database(laid(tmp_path, step))

    with database.transaction("read") as tx:
        (norm,) = tx.list_norms(CHANNEL)
    assert (NormState.CANDIDATE, "We begin with news.") == (norm.state, norm.text)
    database.close()


@pytest.mark.parametrize("step", KNOWN[6:])
def test_where_and_until_when_nothing_may_be_asked_stays(tmp_path: Path, step: str) -> None:
    database = Database(laid(tmp_path, step))

    with database.transaction("read") as tx:
        assert (MONDAY.date(), MONDAY) == (tx.fetch_nothing_left(CHANNEL), tx.fetch_rest_until())
    database.close()


@pytest.mark.parametrize("step", KNOWN[3:])
def test_changes_and_channels_of_later_versions_stay(tmp_path: Path, step: str) -> None:
    database = Database(laid(tmp_path, step))

    with database.transaction("read") as tx:
        assert [one.by for one in tx.list_changes(CHANNEL, 9)] == [ADMIN, ADMIN]
        known = tx.fetch_channel(CHANNEL)
        assert tx.fetch_last_number(OTHER) == (7 if step in KNOWN[4:] else 0)
    assert known
    assert known.introduced
    database.close()


@pytest.mark.parametrize("step", KNOWN)
def test_the_steps_are_tried_in_memory_and_nothing_is_changed(tmp_path: Path, step: str) -> None:
    path = laid(tmp_path, step)
    before = path.read_bytes()

    assert try_migrations(path) == KNOWN[KNOWN.index(step) + 1 :]

    assert before == path.read_bytes()
    assert [path] == list(tmp_path.iterdir())


def test_what_is_in_an_old_file_is_counted_without_changing_it(tmp_path: Path) -> None:
    path = laid(tmp_path, KNOWN[0])
    before = path.read_bytes()

    found = contents(path)

    assert (found.schedules, found.rounds, found.open_rounds, found.results) == (1, 4, 1, 2)
    assert (found.step, found.pending) == (KNOWN[0], KNOWN[1:])
    assert before == path.read_bytes()


def test_a_running_bots_file_of_an_older_version_is_tried_and_left_alone(tmp_path: Path) -> None:
    path = laid(tmp_path, KNOWN[2])
    with closing(sqlite3.connect(path, isolation_level=None)) as running:
        running.execute("UPDATE round SET number = 99 WHERE id = '00000000000d'")

        assert try_migrations(path) == KNOWN[3:]

        assert running.execute("SELECT count(*) FROM _sqlite_migrations").fetchone() == (3,)


def test_a_step_that_would_fail_is_told_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = laid(tmp_path, KNOWN[3])
    monkeypatch.setitem(migrations.STEPS, KNOWN[4], "CREATE TABLE round (id TEXT) STRICT")

    with pytest.raises(StoreError, match=r"belonging\.db cannot be brought to this version.*Nothing was"):
        try_migrations(path)

    assert list(KNOWN[:4]) == steps_of(path)


@pytest.mark.parametrize(
    "damage",
    [
        'UPDATE release SET body = \'{"kind":"Secret"}\'',
        "UPDATE round SET state = 'asleep'",
        "UPDATE schedule SET recurrence = '{}'",
        "UPDATE schedule_change SET body = '[]'",
    ],
)
def test_a_row_that_this_version_could_not_read_is_told_before(tmp_path: Path, damage: str) -> None:
    path = laid(tmp_path, KNOWN[3])
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(damage)

    with pytest.raises(StoreError, match=r"A row of .* cannot be read by this version") as caught:
        try_migrations(path)

    assert "Secret" not in str(caught.value)


@pytest.mark.parametrize("step", KNOWN[KNOWN.index("0010_messages_not_known_to_be_said") :])
def test_messages_of_later_versions_stay(tmp_path: Path, step: str) -> None:
    database = Database(laid(tmp_path, step))

    with database.read("test") as tx:
        (post,) = tx.list_posts()
    database.close()

    assert (PostKind.SUMMARY, UNPOSTED, 1) == (post.kind, post.of, post.sends)


def test_an_unknown_step_or_a_foreign_file_is_refused(tmp_path: Path) -> None:
    path = laid(tmp_path, NEWEST)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name) VALUES ('belonging', '0999_later')"
        )
    (tmp_path / "other.db").touch()
    with closing(sqlite3.connect(tmp_path / "other.db")) as connection:
        connection.execute("CREATE TABLE reply (id)")

    with pytest.raises(StoreError, match=r"newer version.*0999_later"):
        try_migrations(path)
    with pytest.raises(StoreError, match=r"other\.db is no belonging\.db"):
        contents(tmp_path / "other.db")
    with pytest.raises(StoreError, match="There is no file"):
        contents(tmp_path / "none.db")


def test_rounds_of_an_old_version_can_be_forgotten(tmp_path: Path) -> None:
    database = Database(laid(tmp_path, KNOWN[0]))
    with database.transaction("forget") as tx:
        tx.forget_rounds(tx.list_ended_before(datetime(2027, 1, 1, tzinfo=UTC)))

    with database.transaction("read") as tx:
        assert [one.id for one in tx.list_channel_rounds(CHANNEL)] == [RoundId("00000000000d")]
        assert tx.list_asked(CHANNEL) == (PROMPT,) * 4
    database.close()
