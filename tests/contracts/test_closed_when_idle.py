"""Files that nobody uses can be closed; the next use opens them again, and nothing tells that it did."""

import hashlib
import os
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest

from bot.core.audiences import FrozenAudience, Mark, StatementKey
from bot.core.model import ParticipationToken, Period, ReplyId, RoundId, ScheduleId
from bot.errors import StoreError
from bot.ports import FiringOutcome, SealedReply, Submission
from bot.store import audiences as audiences_module
from bot.store import database as database_module
from bot.store.audiences import AudienceFile
from bot.store.ballots import BallotFiles
from bot.store.connections import DATABASE_PRAGMAS, ORDERLESS_PRAGMAS
from bot.store.database import Database
from bot.store.handles import BALLOTS_OF_A_CELL, HANDLES_OF_A_CELL, READERS_AT_ONCE, READERS_OF_A_CELL
from bot.store.lock import InstanceLock
from tests.contracts.test_failures import files_left
from tests.contracts.values import DAY, NOON, a_schedule

ROUND = RoundId("00000000000a")
ITEM, MARK = StatementKey("item"), Mark(b"m" * 16)
OLD_NS = 1_700_000_000_000_000_000


@dataclass(frozen=True)
class Cell:
    folder: Path
    database: Database
    audiences: AudienceFile
    ballots: BallotFiles

    def close_idle(self) -> list[bool]:
        return [one.close_idle() for one in (self.database, self.audiences, self.ballots)]

    def read(self) -> None:
        with self.database.read("test") as tx:
            assert [one.id for one in tx.list_schedules()] == ["s1"]
        assert [ROUND] == list(self.audiences.list_frozen())
        assert self.ballots.has_replied(ROUND, token(0))

    def write(self, number: int) -> None:
        with self.database.transaction("test") as tx:
            tx.claim_firing(ScheduleId("s1"), NOON + number * DAY, FiringOutcome.OPENED)
        assert self.submit(number).result() is Submission.ACCEPTED

    def submit(self, number: int) -> "Future[Submission]":
        key = str(number).encode()
        return self.ballots.submit(ROUND, token(number), SealedReply(ReplyId(key), b"sealed"))

    def handles(self) -> list[str]:
        found = []
        for one in Path("/proc/self/fd").iterdir():
            with suppress(OSError):
                found.append(str(one.readlink()))
        return sorted(Path(one).name for one in found if one.startswith(f"{self.folder}/"))


def token(number: int) -> ParticipationToken:
    return ParticipationToken(str(number).encode() * 32)


def opened(folder: Path, held: ExitStack) -> Cell:
    database = Database(folder / "belonging.db", readers_kept=READERS_OF_A_CELL)
    held.callback(database.close)
    audiences = AudienceFile(folder / "audiences.db")
    held.callback(audiences.close)
    ballots = BallotFiles(folder / "ballots", most_open=BALLOTS_OF_A_CELL)
    held.callback(ballots.close)
    return Cell(folder, database, audiences, ballots)


@pytest.fixture
def cell(tmp_path: Path) -> Iterator[Cell]:
    folder = tmp_path / "cell"
    folder.mkdir(mode=0o700)
    with ExitStack() as held:
        cell = opened(folder, held)
        with cell.database.transaction("test") as tx:
            tx.put_schedule(a_schedule("s1"))
        audience = FrozenAudience(period=Period("20261102"), people=1, until=NOON)
        cell.audiences.freeze(ROUND, audience, {ITEM: (MARK,)})
        cell.ballots.create(ROUND, NOON)
        cell.submit(0).result()
        yield cell


def test_what_is_closed_holds_no_file_and_leaves_no_log(cell: Cell) -> None:
    cell.read()
    assert cell.handles() != []

    assert [True] * 3 == cell.close_idle()

    assert [] == cell.handles()
    assert {"belonging.db", "audiences.db", "ballots"} == {path.name for path in cell.folder.iterdir()}
    assert [True] * 3 == cell.close_idle()


def test_the_next_use_opens_again_whatever_it_is(cell: Cell) -> None:
    for number in range(1, 4):
        cell.close_idle()
        cell.read()
        cell.close_idle()
        cell.write(number)
    for use in (cell.database.scrub, cell.database.ensure_writable, cell.ballots.canonicalise):
        cell.close_idle()
        use()
    cell.close_idle()
    cell.audiences.remove([ROUND])

    assert {} == cell.audiences.list_frozen()
    assert 4 == len(cell.ballots.list_replies(ROUND))


def test_it_is_opened_with_the_same_settings_and_neither_migrated_nor_checked_nor_rewritten(
    cell: Cell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def not_again(*_: Any) -> Any:
        raise AssertionError("that was done at the start")

    cell.close_idle()
    monkeypatch.setattr(database_module, "migrate", not_again)
    for name in ("vacuum", "is_intact"):
        monkeypatch.setattr(audiences_module, name, not_again)
    cell.read()
    cell.database.ensure_writable()

    for connection, pragmas in (
        (cell.database._connection, DATABASE_PRAGMAS),
        (cell.audiences._connection, ORDERLESS_PRAGMAS),
    ):
        kept = {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name, _, _ in pragmas}
        assert {name: value for name, _, value in pragmas} == kept


def times_and_bytes(folder: Path) -> dict[str, tuple[int, str]]:
    paths = (folder, *sorted(folder.rglob("*")))
    return {
        str(path.relative_to(folder)): (
            path.stat().st_mtime_ns,
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
        )
        for path in paths
    }


def test_neither_times_nor_bytes_tell_that_somebody_looked(cell: Cell) -> None:
    cell.close_idle()
    for path in (*cell.folder.rglob("*"), cell.folder):
        os.utime(path, ns=(OLD_NS, OLD_NS))
    before = times_and_bytes(cell.folder)

    cell.read()
    assert cell.folder.stat().st_mtime_ns == OLD_NS
    cell.close_idle()

    assert before == times_and_bytes(cell.folder)


def test_the_database_has_the_time_of_its_last_change_and_not_of_its_closing(cell: Cell) -> None:
    os.utime(cell.folder / "belonging.db", ns=(OLD_NS, OLD_NS))
    os.utime(cell.folder / "belonging.db-wal", ns=(OLD_NS + 7, OLD_NS + 7))
    os.utime(cell.folder, ns=(OLD_NS, OLD_NS))

    cell.close_idle()

    assert [OLD_NS + 7, OLD_NS] == [
        path.stat().st_mtime_ns for path in (cell.folder / "belonging.db", cell.folder)
    ]


@pytest.mark.parametrize("name", ["transaction", "read"])
def test_a_use_under_way_is_not_cut(cell: Cell, name: str) -> None:
    with getattr(cell.database, name)("test") as tx:
        assert tx.count_schedules() == 1
        assert not cell.database.close_idle()
        assert tx.count_schedules() == 1
    with cell.audiences._reading():
        assert not cell.audiences.close_idle()

    assert [True] * 3 == cell.close_idle()


class ByHand(Executor):
    """Commits when the test says so."""

    def __init__(self) -> None:
        self.ready: list[Callable[[], Any]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        self.ready.append(fn)
        return Future()


def test_a_ballot_file_with_a_reply_that_waits_is_in_use(tmp_path: Path) -> None:
    pool = ByHand()
    ballots = BallotFiles(tmp_path / "ballots", pool)
    ballots.create(ROUND, NOON)
    waiting = ballots.submit(ROUND, token(1), SealedReply(ReplyId(b"1"), b"sealed"))
    assert not ballots.close_idle()

    pool.ready.pop()()

    assert waiting.result(timeout=0) is Submission.ACCEPTED
    assert ballots.close_idle()
    ballots.close()


def test_many_threads_lose_nothing_while_the_files_are_closed_again_and_again(cell: Cell) -> None:
    threads, times = 6, 8
    start, failed = Barrier(threads + 1), list[BaseException]()

    def use(place: int) -> None:
        start.wait()
        try:
            for number in range(times):
                cell.read()
                cell.write(1 + place * times + number)
        except BaseException as error:  # noqa: BLE001 - it is raised below
            failed.append(error)

    users = [Thread(target=use, args=(place,)) for place in range(threads)]
    for one in users:
        one.start()
    start.wait()
    while any(one.is_alive() for one in users):
        cell.close_idle()

    assert [] == failed
    assert 1 + threads * times == len(cell.ballots.list_replies(ROUND))
    assert [True] * 3 == cell.close_idle()
    assert [] == cell.handles()


def test_another_database_in_its_place_is_refused(cell: Cell, tmp_path: Path) -> None:
    cell.close_idle()
    path = cell.folder / "belonging.db"
    Database(tmp_path / "other.db").close()
    kept = path.rename(tmp_path / "kept.db")

    for replace in (lambda: None, lambda: (tmp_path / "other.db").rename(path)):
        replace()
        with pytest.raises(StoreError, match="no longer the file") as told:
            cell.read()
        assert "replaced" == told.value.code
    kept.rename(path)

    cell.read()


def test_other_audiences_in_their_place_are_checked_as_at_the_start(cell: Cell) -> None:
    cell.close_idle()
    path = cell.folder / "audiences.db"
    path.unlink()
    assert {} == cell.audiences.list_frozen()

    cell.close_idle()
    path.rename(cell.folder / "old.db")
    path.write_bytes((cell.folder / "old.db").read_bytes()[:-100])
    assert {} == cell.audiences.list_frozen()


def test_a_ballot_file_that_is_gone_is_missed(cell: Cell) -> None:
    cell.close_idle()
    (cell.folder / "ballots" / f"{ROUND}.db").unlink()

    with pytest.raises(StoreError, match="no ballot box"):
        cell.ballots.has_replied(ROUND, token(0))


@pytest.mark.parametrize("idle", [False, True])
def test_nothing_opens_again_after_the_end(cell: Cell, *, idle: bool) -> None:
    if idle:
        cell.close_idle()
    for one in (cell.database, cell.audiences, cell.ballots):
        one.close()
    uses: list[Callable[[], Any]] = [
        lambda: cell.database.read("test").__enter__(),
        lambda: cell.database.transaction("test").__enter__(),
        cell.database.scrub,
        cell.audiences.list_frozen,
        lambda: cell.ballots.has_replied(ROUND, token(0)),
        lambda: cell.ballots.create(RoundId("00000000000b"), NOON),
        lambda: cell.submit(1),
    ]

    for use in uses:
        with pytest.raises(StoreError, match="is closed") as told:
            use()
        assert "closed" == told.value.code
    assert [] == cell.handles()


def test_who_stops_waiting_does_not_wait_after_opening_again(cell: Cell) -> None:
    cell.database.stop_waiting()
    cell.audiences.stop_waiting()
    cell.close_idle()

    cell.read()

    assert not any(
        one._waits.pause() for one in (cell.database, cell.audiences, cell.ballots) if one != cell.ballots
    )


def test_an_open_cell_keeps_no_more_handles_than_are_counted_for_it(cell: Cell) -> None:
    for number in range(2 * BALLOTS_OF_A_CELL):
        cell.ballots.create(RoundId(f"{number:012d}"), NOON)
    cell.ballots.canonicalise()
    at_once = Barrier(READERS_AT_ONCE)

    def read() -> None:
        with cell.database.read("test"):
            at_once.wait()

    readers = [Thread(target=read) for _ in range(READERS_AT_ONCE)]
    with InstanceLock(cell.folder):
        for one in readers:
            one.start()
        for one in readers:
            one.join()

        assert HANDLES_OF_A_CELL == len(cell.handles())
        cell.close_idle()
        assert [".lock"] == cell.handles()


@pytest.mark.parametrize("left", range(9))
@pytest.mark.parametrize("closed", [False, True])
def test_too_few_handles_are_told_as_such_wherever_they_end(cell: Cell, left: int, *, closed: bool) -> None:
    uses: list[Callable[[], Any]] = [
        cell.read,
        lambda: cell.write(7),
        lambda: Database(cell.folder / "new.db").close(),
        lambda: AudienceFile(cell.folder / "other.db").close(),
        lambda: cell.ballots.create(RoundId("00000000000b"), NOON),
        lambda: cell.ballots.destroy(ROUND),
    ]
    for use in uses:
        if closed:
            cell.close_idle()
        told = None
        with files_left(left):
            try:
                use()
            except StoreError as error:
                told = error
        assert told is None or told.code == "too_many_files", told
        if closed and not left:
            assert told
