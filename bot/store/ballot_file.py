"""One ballot file. Submissions that arrive together share one commit and one VACUUM.

Why a VACUUM after every commit: without it, the bytes of the pages show the order in which the replies came,
in both tables, so that replies could be matched to participation tokens by their rank.
"""

import logging
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

from bot.errors import DamagedError, StoreError, UntidyError
from bot.store.connections import BALLOT_PRAGMAS, WaitPolicy, connect
from bot.store.failures import IN_USE, closed_error, store_error
from bot.store.files import check_room
from bot.store.rewriting import has_journal, is_rewritten, vacuum

log = logging.getLogger(__name__)

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], Any]

APPLICATION_ID = 0x42424F31
"""``BBO1``: marks a ballot file of this bot, in its first layout."""

MINUTE_S = 60

LEAVE = "Nothing was saved. Leave the file where it is, and look why: usually the disk fails."

_TABLES = ("SELECT token FROM participation LIMIT 0", "SELECT id, sealed FROM reply LIMIT 0")

SPARE_BYTES = 1 << 20
"""How much free space is required beyond what a VACUUM of the file needs."""


@dataclass(slots=True)
class _Pending:
    """A piece of work in the queue, and its result when it is done."""

    work: Work = field(repr=False)
    when_shut: Any
    future: "Future[Any]" = field(default_factory=Future)
    result: Any = field(default=None, repr=False)
    error: StoreError | None = None
    changed: bool = False

    def leave_untidy(self, error: UntidyError) -> None:
        """Tell so whoever has changed something; what the others are told is true all the same."""
        if self.changed:
            self.error = self.error or error

    def finish(self) -> None:
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class BallotFile:
    """A ballot file. It does one piece of work at a time; results are on disk, in no order.

    ``after_vacuum`` is called after each VACUUM with the opening time of the round (seconds since 1970), so
    that the times of the directory can be reset. ``pool``: its threads commit. ``shut``: whether to refuse
    all writing from the beginning.
    """

    def __init__(
        self,
        path: Path,
        after_vacuum: Callable[[int], None],
        pool: Executor,
        waits: WaitPolicy | None = None,
        *,
        shut: bool = False,
    ) -> None:
        self._path = path
        self._pool = pool
        self._waits = waits or WaitPolicy()
        self._after_vacuum = after_vacuum
        self._lock = Lock()
        self._turns: list[Lock] = []
        self._queue: list[_Pending] = []
        self._committing = False
        self._gone = False
        self._closed = False
        self._shut = shut
        self._needs_vacuum = False
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None

    @property
    def is_shut(self) -> bool:
        """Whether all work that would write is refused."""
        return self._shut

    def submit(self, work: Callable[[sqlite3.Connection], T], *, when_shut: T) -> "Future[T]":
        """Put work into the queue, and return at once.

        The future has the result of the work, after its commit and the VACUUM, or ``when_shut`` once the file
        is shut. A ``StoreError`` does not affect the work of others. What waits together shares one commit
        and one VACUUM, in the order in which it came. Work that has not begun can be cancelled.
        """
        mine = _Pending(work, when_shut)
        with self._lock:
            if not self._committing:
                self._pool.submit(self._commit_queue)  # it waits for this lock
            self._committing = True
            self._queue.append(mine)
        return mine.future

    def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run work that only reads, and return its result. Raises ``StoreError``."""
        with self._exclusive():
            try:
                return work(self._open())
            except (sqlite3.Error, OSError) as error:
                raise store_error(self._path, error) from error

    def canonicalise(self) -> None:
        """Roll back what a crash interrupted, and VACUUM unless that would change nothing.

        Raises ``StoreError``.
        """
        with self._exclusive():
            try:
                self._needs_vacuum = has_journal(self._path) or not is_rewritten(self._open())
                self._vacuum_if_needed(at_start=True)
            except (sqlite3.Error, OSError) as error:
                raise store_error(self._path, error) from error

    def shut(self) -> None:
        """Refuse all writing from now on; returns when the work under way is done."""
        with self._exclusive():
            self._shut = True

    def close(self) -> None:
        """Close the file for good."""
        with self._exclusive():
            self._closed = True
            self._disconnect()

    def close_idle(self) -> bool:
        """Close the file unless it is in use, and return whether it is closed. The next use opens again."""
        with self._lock:
            if self._turns or self._committing:
                return False
            self._disconnect()
            return True

    def destroy(self) -> None:
        """Remove the file. Waiting work is refused. Raises ``StoreError``."""
        with self._exclusive():
            self._gone = True
            self._disconnect()
            try:
                # The journal goes first: while the file is there, the next start finds it and continues.
                for suffix in ("-journal", "-wal", "-shm", ""):
                    self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
            except OSError as error:
                raise store_error(self._path, error) from error

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        """Wait for all who came before, so that nobody waits longer than for one batch.

        Each waits for a lock of its own, because a condition would wake all of them at each turn.
        """
        mine = Lock()
        mine.acquire()
        with self._lock:
            self._turns.append(mine)
            if self._turns[0] is mine:
                mine.release()
        try:
            mine.acquire()
            yield
        finally:
            with self._lock:
                had_turn = self._turns[0] is mine  # not so where an interrupt ends the wait
                self._turns.remove(mine)
                if had_turn and self._turns:
                    self._turns[0].release()

    def _commit_queue(self) -> None:
        """Commit one batch of what waits. The next batch takes its turn with the other files.

        Where the pool takes no more work, because the bot stops, this thread commits all that waits.
        """
        while self._commit_waiting():
            with suppress(RuntimeError):
                self._pool.submit(self._commit_queue)
                return

    def _commit_waiting(self) -> bool:
        """Commit what waits, and return whether more has come meanwhile."""
        with self._exclusive():
            with self._lock:
                waiting, self._queue = self._queue, []
            batch = [one for one in waiting if one.future.set_running_or_notify_cancel()]
            try:
                if batch:
                    self._serve(batch)
            except BaseException as error:  # noqa: BLE001 - the next batch must be served
                log.error("batch failed", extra={"code": type(error).__name__})  # noqa: TRY400
                for one in batch:
                    one.leave_untidy(UntidyError())
            finally:
                for one in batch:
                    one.finish()
            with self._lock:
                self._committing = bool(self._queue)
                return self._committing

    def _serve(self, batch: Sequence[_Pending]) -> None:
        """Commit a batch, then VACUUM once; set the result of each piece of work."""
        if self._shut:
            for one in batch:
                one.result = one.when_shut
            return
        for one in batch:  # until it is replaced, so that no failure can look like success
            one.error = StoreError(f"{self._path} was not written.")
        self._commit_in_parts(batch)
        try:
            self._vacuum_if_needed()
        except (sqlite3.Error, OSError, StoreError) as error:
            for one in batch:
                one.leave_untidy(UntidyError(self._error(error).message))

    def _commit_in_parts(self, batch: Sequence[_Pending], *, again: bool = False) -> None:
        """Commit a batch; where that fails, commit each half, since one reply may be too large.

        ``again``: it has failed before.
        """
        try:
            self._vacuum_if_needed()  # after a failed one
            self._commit(batch)
        except (sqlite3.Error, OSError, StoreError) as error:
            failed = self._error(error)
            if failed.code == IN_USE or (again and len(batch) == 1):  # no point in waiting again
                for one in batch:
                    one.error = failed
                return
            half = len(batch) // 2
            for part in filter(None, (batch[:half], batch[half:])):
                self._commit_in_parts(part, again=True)

    def _error(self, error: sqlite3.Error | OSError | StoreError) -> StoreError:
        return error if isinstance(error, StoreError) else store_error(self._path, error)

    def _check_room(self) -> None:
        """Raise ``OSError`` without room for the VACUUM, which writes the whole file and a journal of it."""
        check_room(self._path, 2 * self._path.stat().st_size + SPARE_BYTES)

    def _commit(self, batch: Sequence[_Pending]) -> None:
        connection = self._open()
        self._check_room()
        connection.execute("BEGIN IMMEDIATE")
        try:
            results, changes = [], [connection.total_changes]
            for one in batch:
                results.append(one.work(connection))
                changes.append(connection.total_changes)
            if changes[0] == changes[-1]:
                connection.execute("ROLLBACK")
            else:
                self._needs_vacuum = True
                connection.execute("COMMIT")
        except BaseException:
            self._roll_back(connection)
            raise
        for one, result, (before, after) in zip(batch, results, pairwise(changes), strict=True):
            one.result, one.error, one.changed = result, None, before != after

    def _roll_back(self, connection: sqlite3.Connection) -> None:
        try:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        except sqlite3.Error:
            self._disconnect()  # the next connection rolls back from the journal

    def _vacuum_if_needed(self, *, at_start: bool = False) -> None:
        """Rewrite the file into the one form that its content has, and reset its times.

        ``at_start``: reset its times in any case.
        """
        if not (self._needs_vacuum or at_start):
            return
        connection = self._open()
        try:
            if self._needs_vacuum:
                vacuum(connection)
        finally:
            opened = opening_time_s(connection)
            os.utime(self._path, (opened, opened))
        self._needs_vacuum = False
        self._after_vacuum(opened)

    def _open(self) -> sqlite3.Connection:
        """Return the connection to the file that has this name now."""
        if self._gone:
            raise _no_box()
        if self._closed:
            raise closed_error(self._path)
        try:
            found = self._path.stat()
        except FileNotFoundError:
            self._disconnect()
            raise _no_box() from None
        if self._connection is None or self._file != (found.st_dev, found.st_ino):
            self._disconnect()
            self._connection = connect(self._path, BALLOT_PRAGMAS, waits=self._waits)
            self._file = (found.st_dev, found.st_ino)
            self._check_layout(self._connection)
        return self._connection

    def _check_layout(self, connection: sqlite3.Connection) -> None:
        """Raise ``DamagedError`` for another database, or one whose header or tables are missing."""
        (mark,) = connection.execute("PRAGMA application_id").fetchone()
        try:
            for table in _TABLES:
                connection.execute(table)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_ERROR:
                raise
            mark = 0
        if mark != APPLICATION_ID:
            self._disconnect()
            raise DamagedError(
                f"{self._path} is damaged, or it is not a ballot box of this bot.", remedy=LEAVE
            )

    def _disconnect(self) -> None:
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
        self._connection = None


def opening_time_s(connection: sqlite3.Connection) -> int:
    """Return when the round opened, in seconds since 1970, cut to the minute.

    It is stored in ``user_version`` as minutes: in the header, so that no table needs a time, and in the
    file, because after a crash the file's own time may be that of the last reply. The application database
    holds the opening time anyway.
    """
    (minutes,) = connection.execute("PRAGMA user_version").fetchone()
    return int(minutes) * MINUTE_S


def _no_box() -> DamagedError:
    return DamagedError(
        "There is no ballot box for this round.",
        remedy="It has closed, or its file was removed. Nothing was saved.",
        code="no_ballots",
    )
