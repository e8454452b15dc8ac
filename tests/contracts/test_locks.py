"""What reads or copies the data beside SQLite leaves every lock of SQLite in place."""

import os
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import pytest

from bot.core.model import ParticipationToken, ReplyId, RoundId
from bot.ports import SealedReply
from bot.proof_process import ProofProcess, Request, logging_now
from bot.store import read_only
from bot.store.audit.panel import list_files, list_tables, read_file, schema
from bot.store.backup import Snapshot, back_up, contents, try_migrations
from bot.store.ballots import BallotFiles
from bot.store.database import Database
from bot.store.files import check_room, make_private
from bot.store.lock import InstanceLock, check_directory, is_held, prepare
from bot.store.read_only import connect_reading, read_schedules
from tests.contracts.values import NOON
from tests.raw_opens import raw_opens

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux lists the locks of a process")

ROUND, OTHER = RoundId("0123456789ab"), RoundId("ba9876543210")
Lock = tuple[str, str, str, str]


@dataclass(frozen=True)
class House:
    """A data directory, with everything open that a bot has open, in the middle of a submission."""

    data: Path
    database: Database
    boxes: BallotFiles

    @property
    def path(self) -> Path:
        return self.data / "belonging.db"

    @property
    def folders(self) -> tuple[Path, Path, Path]:
        return self.data, self.data / "ballots", self.data / "keys"

    def request(self) -> Request:
        data_dir, ballots_dir, keys_dir = self.folders
        return Request(
            at=NOON,
            data_dir=data_dir,
            ballots_dir=ballots_dir,
            keys_dir=keys_dir,
            logging=logging_now(),
        )


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    data = tmp_path / "data"
    prepare(data, data / "ballots", data / "keys")
    with InstanceLock(data), closing(Database(data / "belonging.db")) as database:
        boxes = BallotFiles(data / "ballots")
        boxes.create(ROUND, NOON)
        with database.read("warm") as tx:
            tx.count_schedules()
        ballot = data / "ballots" / f"{ROUND}.db"
        with closing(sqlite3.connect(ballot, isolation_level=None)) as submission:
            submission.execute("BEGIN IMMEDIATE")
            yield House(data, database, boxes)
            submission.execute("ROLLBACK")
        boxes.close()


def locks(folder: Path) -> set[Lock]:
    """The POSIX locks that this process holds on files in this folder: name, kind, first and last byte."""
    names = {str(path.stat().st_ino): path.name for path in folder.rglob("*") if path.is_file()}
    lines = [line.split() for line in Path("/proc/locks").read_text().splitlines() if "->" not in line]
    return {
        (names[inode], line[3], line[6], line[7])
        for line in lines
        if line[1] == "POSIX"
        and line[4] == str(os.getpid())
        and (inode := line[5].rpartition(":")[2]) in names
    }


def second_database(house: House) -> None:
    Database(house.path).close()


def private_once_more(house: House) -> None:
    for path in house.data.rglob("*.db*"):
        make_private(path)


def every_raw_file(house: House) -> None:
    for file in list_files(house.data):
        if not file["secret"]:
            read_file(house.data, file["path"])


def every_table(house: House) -> None:
    list_tables(house.data)
    schema(house.path)


def a_backup(house: House) -> None:
    back_up(house.path, house.data.parent / "backup.db")
    contents(house.path)


def a_snapshot(house: House) -> None:
    Snapshot(house.path).close()
    try_migrations(house.path)
    read_schedules(house.path)


def the_checks(house: House) -> None:
    house.database.ensure_writable()
    check_room(house.data)
    check_directory(house.data)
    prepare(*house.folders)
    assert is_held(house.data)


def reading_and_writing(house: House) -> None:
    with house.database.read("test") as tx:
        tx.list_schedules()
    with house.database.transaction("test") as tx:
        tx.clear_next_checks()
    house.database.scrub()


def other_ballots(house: House) -> None:
    house.boxes.create(OTHER, NOON)
    house.boxes.submit(OTHER, ParticipationToken(b"t"), SealedReply(ReplyId(b"i"), b"sealed")).result()
    house.boxes.destroy(OTHER)
    house.boxes.list_boxes()


def test_a_reader_in_the_process_that_holds_the_directory_keeps_to_the_locks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where there is no write-ahead log, which elsewhere says that nobody has the file open."""
    monkeypatch.setattr(read_only, "BUSY_TIMEOUT_S", 0)
    path = tmp_path / "belonging.db"
    Database(path).close()
    with InstanceLock(tmp_path), closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode = DELETE")
        writer.execute("BEGIN EXCLUSIVE")
        before = locks(tmp_path)
        with (
            closing(connect_reading(path)) as reader,
            pytest.raises(sqlite3.OperationalError, match="locked"),
        ):
            reader.execute("SELECT count(*) FROM round").fetchone()
        assert before == locks(tmp_path) != set()
        writer.execute("ROLLBACK")


def test_a_reader_in_another_process_leaves_no_file_beside_a_database_at_rest(tmp_path: Path) -> None:
    Database(tmp_path / "belonging.db").close()

    with closing(connect_reading(tmp_path / "belonging.db")) as reader:
        reader.execute("SELECT count(*) FROM round").fetchone()

    assert ["belonging.db"] == [path.name for path in tmp_path.iterdir()]


def the_daily_proof(house: House) -> None:
    assert ProofProcess().run(house.request()).tried > 0


WAYS = [
    *(second_database, private_once_more, every_raw_file, every_table, a_backup, a_snapshot, the_checks),
    *(reading_and_writing, other_ballots, the_daily_proof),
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_no_lock_is_lost_and_no_file_of_sqlite_is_opened_as_a_plain_one(
    house: House, way: Callable[[House], None]
) -> None:
    before = locks(house.data)
    with raw_opens(house.data) as opened:
        way(house)

    assert {"belonging.db", "belonging.db-shm", f"{ROUND}.db"} == {name for name, *_ in before}
    assert before == locks(house.data)
    assert [] == opened


def test_a_plain_open_and_close_would_be_seen(house: House) -> None:
    """The attack by hand: without it the tests above could not fail."""
    from bot.store.audit.copies import holds

    with raw_opens(house.data) as opened:
        thread = Thread(target=holds, args=(house.path,))
        thread.start()
        thread.join()

    assert "belonging.db" not in {name for name, *_ in locks(house.data)}
    assert ["store/audit/copies.py opened belonging.db"] == opened


def test_an_existing_file_is_narrowed_and_never_widened(tmp_path: Path) -> None:
    for mode, expected in ((0o644, 0o600), (0o400, 0o400), (0o600, 0o600)):
        path = tmp_path / f"{mode:o}.db"
        path.touch()
        path.chmod(mode)
        make_private(path)

        assert expected == path.stat().st_mode & 0o777
