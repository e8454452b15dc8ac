"""An upgrade keeps belonging.db as it was before, and changes nothing where it cannot."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.model import RoundState
from bot.errors import StoreError
from bot.store import upgrade
from bot.store.backup import contents, restore
from bot.store.database import Database
from bot.store.erase import erase
from bot.store.lock import prepare
from bot.store.migrations import KNOWN
from bot.store.upgrade import BEFORE_UPGRADE, kept_since
from tests.contracts.test_migrations import laid, steps_of
from tests.contracts.versions import SCHEDULE
from tests.small_disk import fill, small_disk

OLDER = KNOWN[:-1]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("step", OLDER)
def test_the_file_of_every_older_version_is_kept_as_it_was_for_its_owner_alone(
    tmp_path: Path, step: str
) -> None:
    path = laid(tmp_path, step)
    with closing(sqlite3.connect(path)) as before:
        dump = list(before.iterdump())

    Database(path).close()

    kept = tmp_path / BEFORE_UPGRADE
    assert step == contents(kept).step
    assert 0o600 == kept.stat().st_mode & 0o777
    with closing(sqlite3.connect(kept)) as after:
        assert dump == list(after.iterdump())
    assert list(KNOWN) == steps_of(path)
    assert ["before-upgrade.db", "belonging.db"] == names(tmp_path)


def test_a_new_file_and_one_of_this_version_are_not_copied(tmp_path: Path) -> None:
    for _ in range(2):
        Database(tmp_path / "belonging.db").close()

    assert ["belonging.db"] == names(tmp_path)


def test_one_is_kept_the_newest(tmp_path: Path) -> None:
    for step in OLDER[-2:]:
        (tmp_path / "belonging.db").unlink(missing_ok=True)
        Database(laid(tmp_path, step)).close()

    assert OLDER[-1] == contents(tmp_path / BEFORE_UPGRADE).step


def test_it_holds_neither_keys_nor_ballots(tmp_path: Path) -> None:
    Database(laid(tmp_path, OLDER[-1])).close()
    with closing(sqlite3.connect(tmp_path / BEFORE_UPGRADE)) as kept:
        tables = {name for (name,) in kept.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}

    assert not tables & {"participation", "reply", "asked_of", "key"}


def test_it_is_restored_like_any_backup_and_stays(tmp_path: Path) -> None:
    path = laid(tmp_path, OLDER[-1])
    with closing(Database(path)) as database, database.transaction("test") as tx:
        tx.delete_schedule(SCHEDULE.id)

    restore(tmp_path / BEFORE_UPGRADE, path, lambda _: None)

    with closing(Database(path)) as database, database.read("test") as tx:
        assert (SCHEDULE,) == tx.list_schedules()
        assert tx.list_rounds(tuple(RoundState))
    assert OLDER[-1] == contents(tmp_path / BEFORE_UPGRADE).step


WORDS = "words that somebody wanted gone"


def test_what_is_taken_down_or_forgotten_takes_it_along(tmp_path: Path) -> None:
    """Kills the mutant that scrubs belonging.db alone: the copy would hold the words for ever."""
    with closing(Database(laid(tmp_path, OLDER[-1]))) as database:
        assert (tmp_path / BEFORE_UPGRADE).exists()
        with database.transaction("forget") as tx:
            tx.request_scrub()
        database.scrub()

    assert ["belonging.db"] == names(tmp_path)


def test_only_an_old_copy_is_dropped(tmp_path: Path) -> None:
    with closing(Database(laid(tmp_path, OLDER[-1]))) as database:
        made = kept_since(tmp_path / "belonging.db")
        assert made

        assert not database.drop_copy(made)
        assert BEFORE_UPGRADE in names(tmp_path)
        assert database.drop_copy(made + timedelta(seconds=1))
        assert not database.drop_copy(made + timedelta(days=99))

    assert ["belonging.db"] == names(tmp_path)


def test_a_scrub_with_nothing_to_forget_leaves_it(tmp_path: Path) -> None:
    """The day on which an upgrade turns out badly may come after the first look at what is kept."""
    with closing(Database(laid(tmp_path, OLDER[-1]))) as database:
        database.scrub()

    assert BEFORE_UPGRADE in names(tmp_path)


def deleted_before(path: Path) -> None:
    """Words were deleted by the older version, and the scrub that it owed for them was not made yet."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA secure_delete = OFF")
        connection.execute("CREATE TABLE passing (words TEXT)")
        connection.executemany("INSERT INTO passing VALUES (?)", [(f"{WORDS} {n}" * 9,) for n in range(99)])
        connection.execute("DELETE FROM passing")
        connection.execute("DROP TABLE passing")
        connection.execute("INSERT OR REPLACE INTO unscrubbed (id) VALUES (1)")
    assert WORDS.encode() in path.read_bytes()


def test_what_was_deleted_before_the_upgrade_is_not_in_the_copy_which_stays(tmp_path: Path) -> None:
    """Nothing that is to go is in it, so the scrub that was owed needs not take it along."""
    path = laid(tmp_path, OLDER[-1])
    deleted_before(path)

    with closing(Database(path)) as database:
        with database.read("owed") as tx:
            assert not tx.needs_scrub()
        database.scrub()

    assert BEFORE_UPGRADE in names(tmp_path)
    for name in names(tmp_path):
        assert WORDS.encode() not in (tmp_path / name).read_bytes()


def test_a_copy_is_clean_also_where_nobody_knows_that_a_scrub_is_owed(tmp_path: Path) -> None:
    path = laid(tmp_path, OLDER[-1])
    deleted_before(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("DELETE FROM unscrubbed")

    Database(path).close()

    assert WORDS.encode() not in (tmp_path / BEFORE_UPGRADE).read_bytes()


def test_while_another_program_reads_the_scrub_stays_owed_and_takes_the_copy_along(tmp_path: Path) -> None:
    path = laid(tmp_path, OLDER[-1])
    deleted_before(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM round").fetchone()
        database = Database(path)
    with closing(database), database.read("owed") as tx:
        assert tx.needs_scrub()


def test_a_purge_of_everything_removes_it(tmp_path: Path) -> None:
    data = tmp_path / "data"
    prepare(data, data / "ballots", data / "keys")
    Database(laid(data, OLDER[-1])).close()

    assert () == erase(data, data / "ballots", data / "keys")
    assert not data.exists()


def test_on_a_full_disk_one_sentence_is_told_and_nothing_is_changed(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        path = laid(disk, OLDER[-1])
        fill(disk, leave=48 << 10)  # enough to open it, and not for a copy
        with pytest.raises(StoreError) as told:
            Database(path)

        assert f"The backup before the upgrade cannot be made. The disk under {disk}" in told.value.message
        assert "Nothing was changed. Free some space" in told.value.remedy
        assert "disk_full" == told.value.code
        assert ["belonging.db", "filling"] == names(disk)
        assert list(OLDER) == steps_of(path)


@pytest.mark.parametrize("broken", ["copy_to", "move"])
def test_where_the_backup_fails_the_one_before_stays(
    tmp_path: Path, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = laid(tmp_path, OLDER[-1])
    (tmp_path / BEFORE_UPGRADE).write_bytes(b"the one before")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(upgrade, broken, full)
    with pytest.raises(StoreError, match=r"disk under .* is full"):
        Database(path)

    assert b"the one before" == (tmp_path / BEFORE_UPGRADE).read_bytes()
    assert ["before-upgrade.db", "belonging.db"] == names(tmp_path)
    assert list(OLDER) == steps_of(path)


def test_a_damaged_file_is_not_upgraded(tmp_path: Path) -> None:
    path = laid(tmp_path, OLDER[-1])
    raw = bytearray(path.read_bytes())
    raw[4 * 4096 : 4 * 4096 + 200] = bytes(200)
    path.write_bytes(raw)

    with pytest.raises(StoreError, match="damaged"):
        Database(path)

    assert ["belonging.db"] == [name for name in names(tmp_path) if not name.endswith(("-wal", "-shm"))]
