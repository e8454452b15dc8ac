"""One ballot file: submissions that wait for each other share one commit and one VACUUM.

Why VACUUM after every commit: without it, the bytes of the pages give back the order in which the
replies came, in both tables, so that replies could be linked to participation tokens by their rank.
"""

import errno
import logging
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from threading import Condition
from typing import Any, TypeVar

from bot.errors import DamagedError, StoreError, UntidyError
from bot.store.connections import BALLOT_PRAGMAS, Waits, connect
from bot.store.failures import IN_USE, store_error

log = logging.getLogger(__name__)

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], Any]

APPLICATION_ID = 0x42424F31
"""``BBO1``: marks a file as a ballot box of this bot, in its first layout."""

MINUTE_S = 60

LEAVE = "Nothing was saved. Leave the file where it is, and look why: usually the disk fails."

_TABLES = ("SELECT token FROM participation LIMIT 0", "SELECT id, sealed FROM reply LIMIT 0")

SPARE_BYTES = 1 << 20
"""Free space to ask for beyond what VACUUM needs for the file as it is."""


@dataclass(slots=True)
class _Waiting:
    """A piece of work in the queue, and in the end what became of it."""

    work: Work = field(repr=False)
    when_shut: Any
    told: "Future[Any]" = field(default_factory=Future)
    result: Any = field(default=None, repr=False)
    error: StoreError | None = None
    changed: bool = False

    def leave_untidy(self, error: UntidyError) -> None:
        """Tell so whoever has changed something; what the others are told is true all the same."""
        if self.changed:
            self.error = self.error or error

    def tell(self) -> None:
        if self.error is not None:
            self.told.set_exception(self.error)
        else:
            self.told.set_result(self.result)


class BallotFile:
    """A ballot file. One piece of work at a time; what a method returns is on disk and in no order.

    ``when_settled`` is called after each VACUUM with the opening time of the round (seconds since 1970): the
    times of the directory can be set back. ``pool``: whose threads commit. ``shut``: refuse all work that
    would write from the beginning.
    """

    def __init__(
        self,
        path: Path,
        when_settled: Callable[[int], None],
        pool: Executor,
        waits: Waits | None = None,
        *,
        shut: bool = False,
    ) -> None:
        self._path = path
        self._pool = pool
        self._waits = waits or Waits()
        self._when_settled = when_settled
        self._turn = Condition()
        self._line: list[object] = []
        self._queue: list[_Waiting] = []
        self._committing = False
        self._gone = False
        self._shut = shut
        self._untidy = False
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None

    @property
    def is_shut(self) -> bool:
        """Whether all work that would write is refused."""
        return self._shut

    def submit(self, work: Callable[[sqlite3.Connection], T], *, when_shut: T) -> "Future[T]":
        """Put work into the queue, and return at once.

        The future has what the work returned, after its commit and the VACUUM, or ``when_shut`` once the box
        is shut; or a ``StoreError``, which does not touch the work of the others. What waits together shares
        one commit and one VACUUM, in the order in which it came. Work that has not begun can be cancelled.
        """
        mine = _Waiting(work, when_shut)
        with self._turn:
            if not self._committing:
                self._pool.submit(self._commit_queue)  # it waits for this lock
            self._committing = True
            self._queue.append(mine)
        return mine.told

    def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """What the work returned. Raises ``StoreError``."""
        with self._alone():
            try:
                return work(self._open())
            except (sqlite3.Error, OSError) as error:
                raise store_error(self._path, error) from error

    def tidy(self) -> None:
        """Roll back what a crash left half-done, and VACUUM. Raises ``StoreError``."""
        with self._alone():
            self._untidy = True
            try:
                self._settle()
            except (sqlite3.Error, OSError) as error:
                raise store_error(self._path, error) from error

    def shut(self) -> None:
        """Refuse all work from now on that would write; returns after the work under way."""
        with self._alone():
            self._shut = True

    def close(self) -> None:
        """Let go of the file; the next use opens it again."""
        with self._alone():
            self._disconnect()

    def rest(self) -> bool:
        """Let go of the file where nobody works on it now; whether it is let go of."""
        with self._turn:
            if self._line:
                return False
            self._disconnect()
            return True

    def destroy(self) -> None:
        """Remove the file. Work that waits is refused. Raises ``StoreError``."""
        with self._alone():
            self._gone = True
            self._disconnect()
            try:
                # The journal first: as long as the box is there, the next start finds it and goes on.
                for suffix in ("-journal", "-wal", "-shm", ""):
                    self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
            except OSError as error:
                raise store_error(self._path, error) from error

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Take one's turn in line: also under a burst nobody waits for longer than for one batch."""
        mine = object()
        with self._turn:
            self._line.append(mine)
        try:
            with self._turn:
                self._turn.wait_for(lambda: self._line[0] is mine)
            yield
        finally:
            with self._turn:
                self._line.remove(mine)
                self._turn.notify_all()

    def _commit_queue(self) -> None:
        """Commit what waits, batch by batch, until nothing does."""
        while True:
            with self._alone():
                with self._turn:
                    waiting, self._queue = self._queue, []
                    self._committing = bool(waiting)
                if not waiting:
                    return
                batch = [one for one in waiting if one.told.set_running_or_notify_cancel()]
                try:
                    self._serve(batch)
                except BaseException as error:  # noqa: BLE001 - whoever comes next is served all the same
                    log.error("batch failed", extra={"code": type(error).__name__})  # noqa: TRY400
                    for one in batch:
                        one.leave_untidy(UntidyError())
                finally:
                    for one in batch:
                        one.tell()

    def _serve(self, batch: Sequence[_Waiting]) -> None:
        """Commit all, then VACUUM once; each piece of work learns what became of it."""
        if self._shut:
            for waiting in batch:
                waiting.result = waiting.when_shut
            return
        for waiting in batch:  # holds until it is replaced: no failure of any kind may look like success
            waiting.error = StoreError(f"{self._path} was not written.")
        self._commit_in_parts(batch)
        try:
            self._settle()
        except (sqlite3.Error, OSError, StoreError) as error:
            for waiting in batch:
                waiting.leave_untidy(UntidyError(self._error(error).message))

    def _commit_in_parts(self, batch: Sequence[_Waiting], *, again: bool = False) -> None:
        """Commit all; where that fails each half: what there is no room for takes no others with it.

        ``again``: it has failed before.
        """
        try:
            self._settle()  # one that failed before comes first
            self._commit(batch)
        except (sqlite3.Error, OSError, StoreError) as error:
            failed = self._error(error)
            if failed.code == IN_USE or (again and len(batch) == 1):  # it was waited for the other program
                for waiting in batch:
                    waiting.error = failed
                return
            half = len(batch) // 2
            for part in filter(None, (batch[:half], batch[half:])):
                self._commit_in_parts(part, again=True)

    def _error(self, error: sqlite3.Error | OSError | StoreError) -> StoreError:
        return error if isinstance(error, StoreError) else store_error(self._path, error)

    def _check_room(self) -> None:
        """Refuse to commit what no VACUUM could follow: it writes the whole file, and a journal of it."""
        found = os.statvfs(self._path)
        if found.f_bavail * found.f_frsize < 2 * self._path.stat().st_size + SPARE_BYTES:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _commit(self, batch: Sequence[_Waiting]) -> None:
        connection = self._open()
        self._check_room()
        connection.execute("BEGIN IMMEDIATE")
        try:
            results, changes = [], [connection.total_changes]
            for waiting in batch:
                results.append(waiting.work(connection))
                changes.append(connection.total_changes)
            if changes[0] == changes[-1]:
                connection.execute("ROLLBACK")
            else:
                self._untidy = True
                connection.execute("COMMIT")
        except BaseException:
            self._roll_back(connection)
            raise
        for waiting, result, (before, after) in zip(batch, results, pairwise(changes), strict=True):
            waiting.result, waiting.error, waiting.changed = result, None, before != after

    def _roll_back(self, connection: sqlite3.Connection) -> None:
        try:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        except sqlite3.Error:
            self._disconnect()  # the next connection rolls back from the journal

    def _settle(self) -> None:
        """Bring the file into the one form that its content has, and set its times back."""
        if not self._untidy:
            return
        connection = self._open()
        try:
            vacuum(connection)
        finally:
            opened = opening_time_s(connection)
            os.utime(self._path, (opened, opened))
        self._untidy = False
        self._when_settled(opened)

    def _open(self) -> sqlite3.Connection:
        """The connection to the file that now has this name."""
        if self._gone:
            raise _no_box()
        try:
            found = self._path.stat()
        except FileNotFoundError:
            self._disconnect()
            raise _no_box() from None
        if self._connection is None or self._file != (found.st_dev, found.st_ino):
            self._disconnect()
            self._connection = connect(self._path, BALLOT_PRAGMAS, waits=self._waits)
            self._file = (found.st_dev, found.st_ino)
            self._recognise(self._connection)
        return self._connection

    def _recognise(self, connection: sqlite3.Connection) -> None:
        """Refuse what is no ballot file: another database, or one whose header or tables are gone."""
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


def vacuum(connection: sqlite3.Connection) -> None:
    """Write the file anew from its content, row by row in the order of the keys."""
    connection.execute("VACUUM")


def opening_time_s(connection: sqlite3.Connection) -> int:
    """When the round opened, in seconds since 1970, cut to the minute.

    It stands in ``user_version`` as minutes: in the header, so that no table needs a time; and in the
    file, because after a crash the file's own time may be that of the last reply. The application
    database tells every reader the opening time anyway.
    """
    (minutes,) = connection.execute("PRAGMA user_version").fetchone()
    return int(minutes) * MINUTE_S


def _no_box() -> DamagedError:
    return DamagedError(
        "There is no ballot box for this round.",
        remedy="It has closed, or its file was removed. Nothing was saved.",
        code="no_ballots",
    )
