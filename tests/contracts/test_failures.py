"""The log says what is wrong with a disk: full, read-only, failing, not allowed, or too many open files."""

import errno
import os
import resource
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from bot.core.model import ParticipationToken, RoundId, ScheduleId, WorkspaceId
from bot.errors import StoreError
from bot.keys import KeyFiles
from bot.ports import FiringOutcome
from bot.store import ballots
from bot.store.ballots import BallotFiles
from bot.store.database import Database
from bot.store.failures import store_error
from tests.contracts.values import NOON
from tests.small_disk import fill, make_read_only, small_disk

ROUND = RoundId("0123456789ab")


def claim(database: Database) -> None:
    with database.transaction("test") as tx:
        tx.claim_firing(ScheduleId("s"), NOON, FiringOutcome.OPENED)


@contextmanager
def files_left(count: int) -> Iterator[None]:
    """Inside, this process may open so many files more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = max(int(path.name) for path in Path("/proc/self/fd").iterdir())
    held = []
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 2 + count, hard))
    try:
        with suppress(OSError):
            while True:
                held.append(os.open(os.devnull, os.O_RDONLY))
        for _ in range(count):
            os.close(held.pop())
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for descriptor in held:
            os.close(descriptor)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "disk_full"),
        (errno.EDQUOT, "disk_full"),
        (errno.EROFS, "disk_read_only"),
        (errno.EIO, "disk_error"),
        (errno.EACCES, "not_allowed"),
        (errno.EMFILE, "too_many_files"),
        (errno.ENFILE, "too_many_files"),
        (errno.ELOOP, "not_allowed"),
        (errno.EISDIR, "not_allowed"),
        (errno.ENOTTY, "store"),
    ],
)
def test_a_failure_of_the_system_has_its_code_and_one_sentence(
    tmp_path: Path, number: int, code: str
) -> None:
    failed = store_error(tmp_path / "x", OSError(number, os.strerror(number)))

    assert code == failed.code
    assert str(tmp_path) in failed.message
    assert failed.remedy.startswith("Nothing was saved. ")


def test_a_full_disk_is_told_as_one(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk, closing(Database(disk / "belonging.db")) as database:
        fill(disk)
        with pytest.raises(StoreError) as told:
            database.ensure_writable()
        with pytest.raises(StoreError) as keys:
            KeyFiles(disk / "keys", WorkspaceId("T1")).create(ROUND)
        with pytest.raises(StoreError) as ballots:
            BallotFiles(disk / "ballots").create(ROUND, NOON)

    assert ["disk_full"] * 3 == [one.value.code for one in (told, keys, ballots)]


def test_a_read_only_disk_is_told_as_one_and_not_as_a_missing_right(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        Database(disk / "belonging.db").close()
        make_read_only(disk)
        with pytest.raises(StoreError) as told, closing(Database(disk / "belonging.db")) as database:
            claim(database)
        with pytest.raises(StoreError) as keys:
            KeyFiles(disk / "keys", WorkspaceId("T1")).create(ROUND)

    assert ["disk_read_only"] * 2 == [told.value.code, keys.value.code]
    assert "is read-only" in told.value.message


@pytest.mark.parametrize("left", [0, 1, 2])
def test_too_many_open_files_are_told_as_such_and_not_as_a_missing_right(tmp_path: Path, left: int) -> None:
    path = tmp_path / "belonging.db"
    Database(path).close()
    boxes = BallotFiles(tmp_path / "ballots")
    boxes.create(ROUND, NOON)
    with files_left(left), pytest.raises(StoreError) as told, closing(Database(path)) as database:
        claim(database)

    assert "too_many_files" == told.value.code
    assert "too many files are open" in told.value.message
    boxes.close()


def test_ballots_whose_folder_is_gone_are_told_as_any_failure_whoever_looks_for_a_reply(
    tmp_path: Path,
) -> None:
    """The errors of the system came through as they were, and the log had their class in place of a code."""
    boxes = BallotFiles(tmp_path / "ballots")
    boxes.create(ROUND, NOON)
    (tmp_path / "ballots").rename(tmp_path / "elsewhere")
    (tmp_path / "ballots").write_bytes(b"")

    with pytest.raises(StoreError):
        boxes.list_replies(ROUND)
    with pytest.raises(StoreError):
        boxes.has_replied(ROUND, ParticipationToken(b"t" * 32))
    boxes.close()


def test_many_rounds_hold_few_files_open(tmp_path: Path) -> None:
    """A system allows 1,024 files; there may be more rounds. Kills the mutant that keeps every file open."""
    from bot.store.ballots import MOST_OPEN

    boxes = BallotFiles(tmp_path / "ballots")
    for number in range(MOST_OPEN + 40):
        boxes.create(RoundId(f"{number:012d}"), NOON)
    boxes.canonicalise()
    opened = [path for path in Path("/proc/self/fd").iterdir() if is_ballot(path, tmp_path)]
    boxes.close()

    assert len(opened) <= MOST_OPEN + 1


def test_nothing_of_a_box_that_was_destroyed_is_kept_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But for the last ones that they are over. Each box that ever was stayed, a kilobyte and more."""
    monkeypatch.setattr(ballots, "MOST_DESTROYED", 8)
    boxes = BallotFiles(tmp_path / "ballots")
    for number in range(200):
        round_id = RoundId(f"{number:012d}")
        boxes.create(round_id, NOON)
        boxes.shut(round_id)
        boxes.destroy(round_id)
        with pytest.raises(StoreError, match="no ballot box"):
            boxes.list_replies(round_id)

    kept = [boxes._boxes, boxes._in_use, boxes._openings, boxes._destroyed]
    assert [0, 0, 0, 8] == [len(one) for one in kept]
    boxes.close()


def is_ballot(descriptor: Path, folder: Path) -> bool:
    with suppress(OSError):
        return str(descriptor.readlink()).startswith(str(folder))
    return False


def test_a_missing_right_is_told_as_one(tmp_path: Path) -> None:
    failed = store_error(tmp_path / "x", _of_sqlite(sqlite3.SQLITE_READONLY))

    assert "not_allowed" == failed.code


def test_a_file_that_could_not_be_opened_though_it_may_be_is_no_missing_right(tmp_path: Path) -> None:
    """Another thread may have closed files between the failure and the question how many are left."""
    path = tmp_path / "x"
    path.touch()

    assert "store" == store_error(path, _of_sqlite(sqlite3.SQLITE_CANTOPEN)).code
    assert "not_allowed" == store_error(tmp_path, _of_sqlite(sqlite3.SQLITE_CANTOPEN)).code


def test_too_many_open_files_are_told_by_the_keys_with_what_to_do(tmp_path: Path) -> None:
    keys = KeyFiles(tmp_path / "keys", WorkspaceId("T1"))
    keys.create(RoundId("0123456789ac"))  # the library loads a part of itself with the first key
    with files_left(0), pytest.raises(StoreError) as told:
        keys.create(ROUND)

    assert "too_many_files" == told.value.code
    assert "LimitNOFILE" in told.value.remedy


def _of_sqlite(code: int) -> sqlite3.Error:
    error = sqlite3.OperationalError("what it says may quote a reply")
    error.sqlite_errorcode = code
    error.sqlite_errorname = "SQLITE"
    return error
