"""The disk is full, read-only, or holds garbage: a clear error, and nothing is half-written."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from bot.core.model import RoundId
from bot.errors import StoreError
from bot.ports import Submission
from bot.store import connections
from bot.store import database as database_module
from bot.store.audit.ballots import is_canonical
from bot.store.ballots import BallotFiles
from bot.store.connections import connect
from bot.store.database import Database
from bot.store.files import make_private
from tests.another_program import another_program
from tests.contracts.values import NOON, a_round, a_schedule
from tests.privacy.ballot import ROUND, box_path, open_boxes, submit, together, voter


@contextmanager
def without_root() -> Iterator[None]:
    """Let the bot be a user whom permissions stop; root would pass them all."""
    if os.geteuid() != 0:
        yield
        return
    os.setegid(65534)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


def limit_pages(monkeypatch: pytest.MonkeyPatch, module: object, name: str, pages: int) -> None:
    limited = [*getattr(module, name), ("max_page_count", str(pages), pages)]
    monkeypatch.setattr(module, name, limited)


@pytest.mark.attack
def test_on_a_full_disk_a_reply_is_refused_and_the_box_is_as_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit_pages(monkeypatch, connections, "MEMORY_PRAGMAS", 6)
    boxes = open_boxes(tmp_path)
    submit(boxes, voter(1))

    with pytest.raises(StoreError, match=r"(?s)disk.*full.*Nothing was saved"):
        submit(boxes, voter(2, size=16384))

    assert [voter(1).reply_id] == [reply.id for reply in boxes.list_replies(ROUND)]
    assert not boxes.has_replied(ROUND, voter(2).token)
    assert is_canonical(box_path(tmp_path).read_bytes())
    assert submit(boxes, voter(3)) is Submission.ACCEPTED
    boxes.close()


@pytest.mark.attack
def test_a_reply_for_which_there_is_no_room_does_not_take_the_others_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit_pages(monkeypatch, connections, "MEMORY_PRAGMAS", 8)
    boxes = open_boxes(tmp_path)
    people = [voter(1), voter(2, size=16384), voter(3), voter(4)]

    first, second, third, fourth = together(boxes, [lambda one=one: submit(boxes, one) for one in people])

    assert [first, third, fourth] == [Submission.ACCEPTED] * 3
    assert isinstance(second, StoreError)
    assert not boxes.has_replied(ROUND, voter(2).token)
    assert {reply.id for reply in boxes.list_replies(ROUND)} == {voter(n).reply_id for n in (1, 3, 4)}
    boxes.close()
    assert is_canonical(box_path(tmp_path).read_bytes())


def test_a_reply_is_refused_before_the_commit_where_the_next_file_would_have_no_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    boxes = open_boxes(tmp_path)
    before = box_path(tmp_path).read_bytes()
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_bavail=10, f_frsize=4096))

    with pytest.raises(StoreError, match="full"):
        submit(boxes, voter(1))

    assert before == box_path(tmp_path).read_bytes()
    boxes.close()


@pytest.mark.attack
def test_a_read_only_directory_is_told_by_its_path_and_nothing_is_stored(public_place: Path) -> None:
    place = public_place / "ballots"
    boxes = open_boxes(place)
    submit(boxes, voter(1))
    boxes.close()
    before = box_path(place).read_bytes()
    place.chmod(0o555)
    box_path(place).chmod(0o444)

    with without_root():
        again = BallotFiles(place)
        with pytest.raises(StoreError, match=f"may not write .*{ROUND}"):
            submit(again, voter(2))
        with pytest.raises(StoreError, match="may not write"):
            again.create(RoundId("00000000000b"), NOON)
        with pytest.raises(StoreError, match="may not write"):
            again.destroy(ROUND)
        again.close()

    place.chmod(0o700)
    assert before == box_path(place).read_bytes()
    assert [box_path(place)] == list(place.iterdir())


GARBAGE = [b"", b"not a database, but long enough to be read as one" * 99, b"SQLite format 3\0" + bytes(4080)]


@pytest.mark.attack
@pytest.mark.parametrize("garbage", GARBAGE)
def test_a_garbage_file_in_place_of_a_box_is_refused_and_left_alone(tmp_path: Path, garbage: bytes) -> None:
    boxes = BallotFiles(tmp_path)
    box_path(tmp_path).write_bytes(garbage)

    with pytest.raises(StoreError, match=rf"{ROUND}.*(damaged|not a ballot box)"):
        submit(boxes, voter(1))
    with pytest.raises(StoreError):
        boxes.list_replies(ROUND)
    assert {ROUND: "damaged"} == boxes.canonicalise()

    assert garbage == box_path(tmp_path).read_bytes()
    boxes.destroy(ROUND)
    assert list(tmp_path.iterdir()) == []


def test_one_damaged_box_does_not_keep_the_others_from_being_tidied(tmp_path: Path) -> None:
    other = RoundId("00000000000b")
    boxes = open_boxes(tmp_path)
    boxes.create(other, NOON)
    assert boxes.close_idle()
    box_path(tmp_path).write_bytes(b"garbage")
    os.utime(tmp_path / f"{other}.db", (1, 1))

    assert {ROUND: "damaged"} == boxes.canonicalise()

    assert (tmp_path / f"{other}.db").stat().st_mtime == NOON.timestamp()
    boxes.close()


def test_another_database_in_place_of_a_box_is_refused(tmp_path: Path) -> None:
    Database(box_path(tmp_path)).close()
    boxes = BallotFiles(tmp_path)

    with pytest.raises(StoreError, match="not a ballot box"):
        submit(boxes, voter(1))


def test_a_file_where_the_directory_should_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "ballots").write_bytes(b"")

    with pytest.raises(StoreError, match="ballots"):
        BallotFiles(tmp_path / "ballots")


def test_boxes_whose_directory_is_gone_say_so(tmp_path: Path) -> None:
    boxes = BallotFiles(tmp_path / "ballots")
    (tmp_path / "ballots").rmdir()

    for use in (
        boxes.list_boxes,
        boxes.canonicalise,
        lambda: boxes.create(ROUND, NOON),
        lambda: boxes.destroy(ROUND),
    ):
        with pytest.raises(StoreError, match="ballots"):
            use()


def test_a_busy_file_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.store.connections.BUSY_TIMEOUT_S", 0)
    boxes = open_boxes(tmp_path)
    with (
        another_program(box_path(tmp_path), "BEGIN IMMEDIATE"),
        pytest.raises(StoreError, match="Another program holds"),
    ):
        submit(boxes, voter(1))

    assert submit(boxes, voter(1)) is Submission.ACCEPTED
    boxes.close()


def test_nobody_waits_for_a_program_that_reads(tmp_path: Path) -> None:
    boxes = open_boxes(tmp_path)
    submit(boxes, voter(1))
    with closing(sqlite3.connect(box_path(tmp_path), isolation_level=None)) as other:
        other.execute("BEGIN")
        before = other.execute("SELECT count(*) FROM reply").fetchone()

        assert submit(boxes, voter(2)) is Submission.ACCEPTED
        assert before == other.execute("SELECT count(*) FROM reply").fetchone()
    boxes.close()


def test_what_another_program_has_changed_in_the_file_counts_from_then_on(tmp_path: Path) -> None:
    boxes = open_boxes(tmp_path)
    for number in (1, 2):
        submit(boxes, voter(number))
    with closing(sqlite3.connect(box_path(tmp_path), isolation_level=None)) as other:
        other.execute("DELETE FROM reply WHERE id = ?", (voter(1).reply_id,))
        other.execute("DELETE FROM participation WHERE token = ?", (voter(1).token,))

    assert [voter(2).reply] == list(boxes.list_replies(ROUND))
    assert submit(boxes, voter(1)) is Submission.ACCEPTED
    boxes.close()
    assert is_canonical(box_path(tmp_path).read_bytes())


def test_errors_never_quote_what_was_to_be_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limit_pages(monkeypatch, connections, "MEMORY_PRAGMAS", 6)
    boxes = open_boxes(tmp_path)
    one = voter(2, size=16384)

    with pytest.raises(StoreError) as caught:
        submit(boxes, one)

    told = str(caught.value) + repr(caught.value.__cause__)
    assert not any(secret.hex() in told or repr(secret) in told for secret in (one.token, one.reply_id))
    assert "INSERT" not in told
    boxes.close()


@pytest.mark.attack
def test_on_a_full_disk_a_transaction_of_the_database_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Database(tmp_path / "belonging.db").close()
    pages = (tmp_path / "belonging.db").stat().st_size // 4096
    limit_pages(monkeypatch, database_module, "DATABASE_PRAGMAS", pages)
    database = Database(tmp_path / "belonging.db")

    def store_two() -> None:
        with database.transaction("open") as tx:
            tx.put_schedule(a_schedule())
            tx.insert_round(a_round(closing_key=bytes(9999)))

    with pytest.raises(StoreError, match=r"full.*Nothing was saved"):
        store_two()

    with database.transaction("read") as tx:
        assert tx.list_schedules() == ()
    database.close()


@pytest.mark.parametrize("garbage", GARBAGE[1:])
def test_a_garbage_file_in_place_of_the_database_is_refused_and_left_alone(
    tmp_path: Path, garbage: bytes
) -> None:
    (tmp_path / "belonging.db").write_bytes(garbage)

    with pytest.raises(StoreError, match=r"belonging\.db is damaged"):
        Database(tmp_path / "belonging.db")

    assert garbage == (tmp_path / "belonging.db").read_bytes()


def test_a_database_that_may_not_be_written_is_told_by_its_path(public_place: Path) -> None:
    Database(public_place / "belonging.db").close()
    public_place.chmod(0o555)
    (public_place / "belonging.db").chmod(0o444)

    with without_root(), pytest.raises(StoreError, match=r"may not write .*belonging\.db"):
        Database(public_place / "belonging.db")

    public_place.chmod(0o700)


def test_a_missing_file_is_not_made_by_connecting(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError):
        connect(tmp_path / "none.db", ())

    assert list(tmp_path.iterdir()) == []


def test_an_existing_file_is_narrowed_to_its_owner(tmp_path: Path) -> None:
    (tmp_path / "belonging.db").touch(mode=0o644)

    make_private(tmp_path / "belonging.db")

    assert (tmp_path / "belonging.db").stat().st_mode & 0o777 == 0o600


def test_a_sqlite_that_always_writes_temporary_files_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class BuiltOtherwise(sqlite3.Connection):
        def execute(self, sql: str, *parameters: object) -> sqlite3.Cursor:
            sql = sql.replace("sqlite_compileoption_used('TEMP_STORE=0')", "1")
            return super().execute(sql, *parameters)

    real = sqlite3.connect
    monkeypatch.setattr(
        sqlite3, "connect", lambda *args, **named: real(*args, **named, factory=BuiltOtherwise)
    )

    with pytest.raises(StoreError, match="TEMP_STORE=0"):
        open_boxes(tmp_path)


def test_a_commit_that_fails_leaves_nothing_in_memory_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Failing(sqlite3.Connection):
        def execute(self, sql: str, *parameters: object) -> sqlite3.Cursor:
            if sql in {"COMMIT", "ROLLBACK"}:
                raise sqlite3.OperationalError("disk I/O error")
            return super().execute(sql, *parameters)

    real = sqlite3.connect
    boxes = open_boxes(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(sqlite3, "connect", lambda *args, **named: real(*args, **named, factory=Failing))
        with pytest.raises(StoreError, match="Nothing was saved"):
            submit(boxes, voter(1))

    assert not boxes.has_replied(ROUND, voter(1).token)
    assert submit(boxes, voter(1)) is Submission.ACCEPTED
    boxes.close()


def test_a_directory_that_cannot_be_flushed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    boxes = open_boxes(tmp_path)

    def refuse(_: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(StoreError, match="EIO"):
        boxes.destroy(ROUND)


def test_a_directory_that_cannot_be_swept_at_start_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    boxes = open_boxes(tmp_path)
    (tmp_path / ".00000000000b.new").mkdir()

    with pytest.raises(StoreError, match=str(tmp_path)):
        boxes.canonicalise()
    boxes.close()


def test_a_busy_database_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.store.connections.BUSY_TIMEOUT_S", 0)
    database = Database(tmp_path / "belonging.db")
    other = sqlite3.connect(tmp_path / "belonging.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(StoreError, match="Another program holds"), database.transaction("open"):
        pass

    other.close()
    database.close()
