"""A backup is whole, private and checked, also of a file in use; without room for it the old one stays."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread

import pytest

from bot.core.model import MemberId, RoundId
from bot.core.norms import NormState, NormStep, advance
from bot.core.quotes import QuoteRemoval, quote_id, take_down
from bot.errors import StoreError
from bot.store import backup as copies
from bot.store.backup import Snapshot, back_up, contents, restore
from bot.store.database import Database
from bot.store.migrations import KNOWN
from tests.contracts.test_migrations import laid
from tests.contracts.values import a_schedule
from tests.contracts.versions import CHANNEL, CLOSED, MONDAY, OPEN, RESULT, ROUNDS, WITHHELD, fill


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Database]:
    """A database in use, with a change that stands in its write-ahead log alone."""
    database = Database(tmp_path / "data" / "belonging.db")
    fill(database)
    yield database
    database.close()


def source(tmp_path: Path) -> Path:
    return tmp_path / "data" / "belonging.db"


def nothing(_: Database) -> None:
    """Settle nothing."""


@pytest.mark.usefixtures("running")
def test_a_backup_of_a_database_in_use_is_one_private_file_with_everything_in_it(tmp_path: Path) -> None:
    found = back_up(source(tmp_path), tmp_path / "copy.db")

    assert (found.schedules, found.rounds, found.open_rounds, found.results) == (1, 4, 1, 2)
    assert (found.step, found.pending) == (KNOWN[-1], ())
    assert (tmp_path / "copy.db").stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy.db", "data"]
    copy = Database(tmp_path / "copy.db")
    with copy.transaction("read") as tx:
        assert tx.list_channel_rounds(CHANNEL) == ROUNDS
    copy.close()


def test_a_backup_reads_and_changes_nothing_of_the_source(tmp_path: Path) -> None:
    path = laid(tmp_path, KNOWN[0])
    before = path.read_bytes()

    back_up(path, tmp_path / "copy.db")

    assert before == path.read_bytes()
    assert contents(tmp_path / "copy.db").step == KNOWN[0]
    assert sorted(one.name for one in tmp_path.iterdir()) == ["belonging.db", "copy.db"]


@pytest.mark.parametrize("times", [1, copies.TRIES])
def test_a_file_at_rest_that_the_bot_changes_meanwhile_is_copied_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    """It is read without locks, and the bot may open the file of a workspace at any moment."""
    path = source(tmp_path)
    Database(path).close()
    copied = list[int]()

    def copy_to(connection: sqlite3.Connection, to: Path) -> None:
        copy(connection, to)
        copied.append(1)
        if len(copied) <= times:
            with closing(Database(path)) as database, database.transaction("bot") as tx:
                tx.put_schedule(a_schedule(f"s{len(copied)}"))
            os.utime(path, (len(copied), len(copied)))  # a disk counts time in steps of milliseconds

    copy = copies.copy_to
    monkeypatch.setattr(copies, "copy_to", copy_to)

    if times < copies.TRIES:
        assert times == back_up(path, tmp_path / "copy.db").schedules
        return
    with pytest.raises(StoreError, match="changed while it was copied"):
        back_up(path, tmp_path / "copy.db")
    assert ["data"] == [one.name for one in tmp_path.iterdir()]


@pytest.mark.usefixtures("running")
def test_a_backup_can_be_read_from_a_medium_that_cannot_be_written(tmp_path: Path) -> None:
    back_up(source(tmp_path), tmp_path / "copy.db")

    with closing(sqlite3.connect(f"file:{tmp_path / 'copy.db'}?mode=ro", uri=True)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)


@pytest.mark.usefixtures("running")
def test_a_backup_for_which_there_is_no_room_leaves_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "copy.db").write_bytes(b"the one before")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(copies, "move", full)
    with pytest.raises(StoreError, match=r"disk.*full"):
        back_up(source(tmp_path), tmp_path / "copy.db")

    assert (tmp_path / "copy.db").read_bytes() == b"the one before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy.db", "data"]


@pytest.mark.parametrize("garbage", [b"", b"not a database, but long enough to be read as one" * 99])
def test_a_file_that_is_no_database_is_refused(tmp_path: Path, garbage: bytes) -> None:
    (tmp_path / "wrong.db").write_bytes(garbage)

    with pytest.raises(StoreError, match=r"wrong\.db"):
        contents(tmp_path / "wrong.db")
    with pytest.raises(StoreError, match=r"wrong\.db"):
        back_up(tmp_path / "wrong.db", tmp_path / "copy.db")

    assert [path.name for path in tmp_path.iterdir()] == ["wrong.db"]


def test_a_damaged_page_is_found(tmp_path: Path) -> None:
    path = laid(tmp_path, KNOWN[-1])
    raw = bytearray(path.read_bytes())
    raw[2 * 4096 : 2 * 4096 + 200] = bytes(200)
    path.write_bytes(raw)

    with pytest.raises(StoreError, match="damaged"):
        back_up(path, tmp_path / "copy.db")

    assert not (tmp_path / "copy.db").exists()


def test_a_restored_file_is_of_this_version_and_leaves_nothing_of_the_old_one(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    backup = laid(tmp_path / "old", KNOWN[0])
    database = Database(tmp_path / "belonging.db")
    fill(database)
    with database.transaction("later") as tx:
        tx.delete_schedule(ROUNDS[0].schedule)  # type: ignore[arg-type]  # it has one

    leftover = tmp_path / "belonging.db-wal"
    log = leftover.read_bytes()
    database.close()
    leftover.write_bytes(log)  # as after a kill
    restore(backup, tmp_path / "belonging.db", nothing)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["belonging.db", "old"]
    again = Database(tmp_path / "belonging.db")
    with again.transaction("read") as tx:
        assert tx.list_channel_rounds(CHANNEL) == ROUNDS
        assert len(tx.list_schedules()) == 1
    again.close()
    assert (tmp_path / "belonging.db").stat().st_mode & 0o777 == 0o600


def test_a_quote_that_was_taken_down_since_stays_down_and_its_record_too(
    tmp_path: Path, running: Database
) -> None:
    back_up(source(tmp_path), tmp_path / "copy.db")
    quote = RESULT.quotes[1]
    rest = take_down(RESULT, quote_id(CLOSED, quote), MONDAY.date())
    assert rest
    with running.transaction("remove") as tx:
        tx.rewrite_release(rest)
        tx.insert_quote_removal(
            QuoteRemoval(round_id=CLOSED, removed_on=MONDAY.date(), admin=MemberId("U0SECOND"))
        )
    running.close()

    restore(tmp_path / "copy.db", source(tmp_path), nothing)

    assert quote.encode() not in source(tmp_path).read_bytes()
    again = Database(source(tmp_path))
    with again.transaction("read") as tx:
        assert tx.fetch_release(CLOSED) == rest
        assert [one.admin for one in tx.list_quote_removals(CLOSED)] == ["U0SAMPLE01", "U0SECOND"]
    again.close()


def test_a_proposal_that_was_taken_down_since_stays_down_with_its_reason(
    tmp_path: Path, running: Database
) -> None:
    back_up(source(tmp_path), tmp_path / "copy.db")
    with running.transaction("take_down") as tx:
        (norm,) = tx.list_norms(CHANNEL)
        step = NormStep(state=NormState.TAKEN_DOWN, on=MONDAY.date(), reason="It names somebody.")
        gone = replace(advance(norm, step), text="")
        tx.put_norm(gone)
        about = replace(ROUNDS[0], prompt=replace(ROUNDS[0].prompt, question="About something taken down."))
        tx.update_round(about)
    running.close()

    restore(tmp_path / "copy.db", source(tmp_path), nothing)

    assert norm.text.encode() not in source(tmp_path).read_bytes()
    again = Database(source(tmp_path))
    with again.transaction("read") as tx:
        assert (gone,) == tx.list_norms(CHANNEL)
        assert about == tx.fetch_round(about.id)
    again.close()


def test_a_restore_that_fails_leaves_the_data_as_it_was(tmp_path: Path, running: Database) -> None:
    back_up(source(tmp_path), tmp_path / "copy.db")
    with running.transaction("later") as tx:
        tx.update_round(replace(ROUNDS[-1], audience_size=99))
    running.close()

    def refuse(_: Database) -> None:
        raise StoreError

    with pytest.raises(StoreError):
        restore(tmp_path / "copy.db", source(tmp_path), refuse)
    with pytest.raises(StoreError, match="There is no file"):
        restore(tmp_path / "none.db", source(tmp_path), nothing)

    assert [path.name for path in source(tmp_path).parent.iterdir()] == ["belonging.db"]
    again = Database(source(tmp_path))
    with again.transaction("read") as tx:
        kept = tx.fetch_round(OPEN)
    assert kept
    assert kept.audience_size == 99
    again.close()


def test_a_backup_takes_the_place_of_data_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    backup = laid(tmp_path / "old", KNOWN[-1])
    (tmp_path / "belonging.db").write_bytes(b"garbage, long enough to be read as a database" * 99)

    restore(backup, tmp_path / "belonging.db", nothing)

    assert contents(tmp_path / "belonging.db").rounds == 4


@pytest.mark.parametrize("step", KNOWN)
def test_a_snapshot_of_any_version_can_be_read_and_leaves_the_file_alone(tmp_path: Path, step: str) -> None:
    path = laid(tmp_path, step)
    before = path.read_bytes()

    with closing(Snapshot(path)) as snapshot, snapshot.transaction("read") as tx:
        assert tx.list_channel_rounds(CHANNEL) == ROUNDS
        assert [release for _, release in tx.list_releases(CHANNEL)][:2] == [WITHHELD, RESULT]

    assert before == path.read_bytes()
    assert [path] == list(tmp_path.iterdir())


@pytest.mark.usefixtures("running")
def test_a_snapshot_beside_a_running_bot_shows_what_its_log_holds(tmp_path: Path) -> None:
    names = sorted(path.name for path in source(tmp_path).parent.iterdir())

    with closing(Snapshot(source(tmp_path))) as snapshot, snapshot.transaction("read") as tx:
        assert len(tx.list_channel_rounds(CHANNEL)) == 4

    assert names == sorted(path.name for path in source(tmp_path).parent.iterdir())


def test_a_snapshot_of_garbage_is_refused(tmp_path: Path) -> None:
    (tmp_path / "belonging.db").write_bytes(b"garbage, long enough to be read as a database" * 99)

    with pytest.raises(StoreError, match="damaged"):
        Snapshot(tmp_path / "belonging.db")


def test_a_backup_made_while_others_write_holds_whole_transactions_only(
    tmp_path: Path, running: Database
) -> None:
    done = Event()

    def write() -> None:
        number = 100
        while not done.is_set():
            number += 1
            closed = replace(ROUNDS[0], id=RoundId(f"{number:012}"), number=number)
            with running.transaction("write") as tx:
                tx.insert_round(closed)
                tx.insert_release(replace(RESULT, round_id=closed.id), MONDAY)

    writer = Thread(target=write)
    writer.start()
    try:
        found = [back_up(source(tmp_path), tmp_path / "copy.db") for _ in range(20)]
    finally:
        done.set()
        writer.join()

    assert {one.rounds - one.results for one in found} == {2}  # one was cancelled, one is open
    assert found[0].rounds < found[-1].rounds


@pytest.mark.usefixtures("running")
def test_a_place_where_no_file_can_be_made_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="nowhere"):
        back_up(source(tmp_path), tmp_path / "nowhere" / "copy.db")
