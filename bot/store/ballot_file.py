"""One ballot file. Submissions that arrive together share one commit, which replaces the file."""

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

from bot.errors import DamagedError, StoreError, UnconfirmedError
from bot.store import whole_file
from bot.store.ballot_content import (
    APPLICATION_ID,
    HEADER_BYTES,
    canonical_bytes,
    is_as_written,
    opening_time_s,
)
from bot.store.connections import WaitPolicy, connect_to_memory, is_intact
from bot.store.failures import IN_USE, closed_error, in_use_error, store_error
from bot.store.fair_lock import FairLock
from bot.store.files import sync
from bot.store.whole_file import Identity, identity, is_settled, locked, read, settle, unfinished

log = logging.getLogger(__name__)

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], Any]

_IN_MEMORY = Lock()
"""Held while a batch is worked on in memory, which waits for nothing: one file after the other.

Threads that wait for Python's lock at each small step of SQLite cost more than they gain; those that wait for
the disk do so side by side.
"""

MOST_TRIES = 3
"""How often a file is locked: as it is, once it was settled, and once it was written in its one form."""

OF_THE_FILE = frozenset({IN_USE, "disk_error", "disk_read_only", "not_allowed", "too_many_files", "damaged"})
"""Codes of failures that no single reply can have caused: there is no point in trying each by itself."""

LEAVE = "Nothing was saved. Leave the file where it is, and look why: usually the disk fails."

_LAYOUT = ("SELECT token FROM participation LIMIT 0", "SELECT id, sealed FROM reply LIMIT 0")


@dataclass(slots=True)
class _Pending:
    """A piece of work in the queue, and its result when it is done."""

    work: Work = field(repr=False)
    when_shut: Any
    future: "Future[Any]" = field(default_factory=Future)
    result: Any = field(default=None, repr=False)
    error: StoreError | None = None
    changed: bool = False

    def leave_unconfirmed(self, error: UnconfirmedError, *, all_of_it: bool = False) -> None:
        """Tell so whoever has changed something; what the others are told is true all the same.

        ``all_of_it``: what was there before is not confirmed either.
        """
        if self.changed or all_of_it:
            self.error = self.error or error

    def finish(self) -> None:
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class BallotFile:
    """A ballot file. It does one piece of work at a time; results are on disk, in no order.

    Its content is kept in memory, and read again where the file is not the one that was written or read last.
    ``after_write`` is called after each commit with the opening time of the round (seconds since 1970), so
    that the times of the directory can be reset. ``pool``: its threads commit. ``shut``: whether to refuse
    all writing from the beginning.
    """

    def __init__(
        self,
        path: Path,
        after_write: Callable[[int], None],
        pool: Executor,
        waits: WaitPolicy | None = None,
        *,
        shut: bool = False,
    ) -> None:
        self._path = path
        self._pool = pool
        self._waits = waits
        self._after_write = after_write
        self._lock = Lock()
        self._turns = FairLock()
        self._queue: list[_Pending] = []
        self._committing = False
        self._gone = False
        self._closed = False
        self._shut = shut
        self._is_confirmed = False  # a process that was killed may not have come so far
        self._content: sqlite3.Connection | None = None
        self._file: Identity | None = None

    @property
    def is_shut(self) -> bool:
        """Whether all work that would write is refused."""
        return self._shut

    def submit(self, work: Callable[[sqlite3.Connection], T], *, when_shut: T) -> "Future[T]":
        """Put work into the queue, and return at once.

        The future has the result of the work once it is on disk, or ``when_shut`` once the file is shut. A
        ``StoreError`` does not affect the work of others. What waits together shares one commit, in the order
        in which it came. Work that has not begun can be cancelled.
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
        with self._turns.held():
            try:
                return work(self._open())
            except (sqlite3.Error, OSError) as error:
                self._forget()
                raise store_error(self._path, error) from error

    def canonicalise(self) -> None:
        """Write the file in its one form if it is not in it, and reset its times. Raises ``StoreError``."""
        with self._turns.held():
            try:
                with self._locked() as (content, descriptor):
                    if not is_as_written(os.pread(descriptor, HEADER_BYTES, 0)):
                        self._write(content)
                        return
                    if not is_intact(content):
                        self._refuse_damaged()
                    opened = opening_time_s(content)
                    os.utime(descriptor, (opened, opened))  # its change time was that of the last reply
                    self._file = identity(descriptor)
                    self._after_write(opened)
            except (sqlite3.Error, OSError) as error:
                self._forget()
                raise store_error(self._path, error) from error

    def shut(self) -> None:
        """Refuse all writing from now on; returns when the work under way is done."""
        with self._turns.held():
            self._shut = True

    def close(self) -> None:
        """Close the file for good."""
        with self._turns.held():
            self._closed = True
            self._forget()

    def close_idle(self) -> bool:
        """Forget the content unless it is in use, and return whether that is done. The next use reads it."""
        with self._turns.held_if_free() as is_free:
            if not is_free or self._committing:
                return False
            self._forget()
            return True

    def destroy(self) -> None:
        """Remove the file. Waiting work is refused. Raises ``StoreError``."""
        with self._turns.held():
            self._gone = True
            self._forget()
            try:
                # The file itself goes last: while it is there, the next start finds it and continues.
                unfinished(self._path).unlink(missing_ok=True)
                for suffix in ("-journal", "-wal", "-shm", ""):  # of other programs
                    self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
            except OSError as error:
                raise store_error(self._path, error) from error

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
        with self._turns.held():
            with self._lock:
                waiting, self._queue = self._queue, []
            batch = [one for one in waiting if one.future.set_running_or_notify_cancel()]
            try:
                if batch:
                    self._serve(batch)
            except BaseException as error:  # noqa: BLE001 - the next batch must be served
                log.error("batch failed", extra={"code": type(error).__name__})  # noqa: TRY400
                self._forget()
                for one in batch:
                    one.leave_unconfirmed(UnconfirmedError())
            finally:
                for one in batch:
                    one.finish()
            with self._lock:
                self._committing = bool(self._queue)
                return self._committing

    def _serve(self, batch: Sequence[_Pending]) -> None:
        """Commit a batch; set the result of each piece of work."""
        if self._shut:
            for one in batch:
                one.result = one.when_shut
            return
        for one in batch:  # until it is replaced, so that no failure can look like success
            one.error = StoreError(f"{self._path} was not written.")
        self._commit_in_parts(batch)

    def _commit_in_parts(self, batch: Sequence[_Pending], *, again: bool = False) -> None:
        """Commit a batch; where that fails, commit each half, since one reply may be too large.

        ``again``: it has failed before.
        """
        try:
            self._commit(batch)
        except (sqlite3.Error, OSError, StoreError) as error:
            self._forget()
            failed = self._error(error)
            if failed.code in OF_THE_FILE or (again and len(batch) == 1):
                for one in batch:
                    one.error = failed
                return
            half = len(batch) // 2
            for part in filter(None, (batch[:half], batch[half:])):
                self._commit_in_parts(part, again=True)

    def _error(self, error: sqlite3.Error | OSError | StoreError) -> StoreError:
        return error if isinstance(error, StoreError) else store_error(self._path, error)

    def _commit(self, batch: Sequence[_Pending]) -> None:
        """Do the work of a batch in memory, and write the outcome; nothing is done where that fails."""
        with self._locked() as (content, _):
            was_confirmed = self._is_confirmed
            with _IN_MEMORY:
                results, changes = [], [content.total_changes]
                content.execute("BEGIN")
                for one in batch:
                    results.append(one.work(content))
                    changes.append(content.total_changes)
                content.execute("COMMIT")
                is_changed = changes[0] != changes[-1]
                raw = canonical_bytes(content) if is_changed else b""
            if is_changed:
                self._replace(raw, opening_time_s(content))
            else:
                self._confirm_what_was_there()
            for one, result, (before, after) in zip(batch, results, pairwise(changes), strict=True):
                one.result, one.error, one.changed = result, None, before != after
            if is_changed:
                try:
                    self._confirm(opening_time_s(content))
                except OSError as error:
                    self._forget()
                    unconfirmed = UnconfirmedError(self._error(error).message)
                    for one in batch:
                        one.leave_unconfirmed(unconfirmed, all_of_it=not was_confirmed)

    def _replace(self, raw: bytes, opened: int) -> None:
        """Put these bytes in the place of the file; its name is not on disk yet. Raises ``OSError``."""
        self._is_confirmed = False
        try:
            whole_file.replace_file(self._path, raw, opened)
        except BaseException:
            with suppress(OSError):
                self._after_write(opened)  # what was beside it for a moment has changed the directory
            raise

    def _confirm(self, opened: int) -> None:
        """Wait until the name of the file is on disk. Raises ``OSError``."""
        self._file = identity(self._path)
        sync(self._path.parent)
        self._is_confirmed = True
        self._after_write(opened)

    def _confirm_what_was_there(self) -> None:
        """Wait until the name of the file is on disk, before anything is told of its content."""
        if not self._is_confirmed:
            sync(self._path.parent)
            self._is_confirmed = True

    def _open(self) -> sqlite3.Connection:
        """Return the content of the file that has this name now, for reading."""
        self._check_usable()
        self._confirm_what_was_there()
        try:
            if self._content is None or self._file != identity(self._path):
                with self._locked() as (content, _):
                    return content
        except FileNotFoundError:
            self._forget()
            raise _no_box() from None
        return self._content

    @contextmanager
    def _locked(self) -> Iterator[tuple[sqlite3.Connection, int]]:
        """Yield the content and a descriptor of the file, which nobody else changes within the block."""
        self._check_usable()
        tidies = False
        try:
            for _ in range(MOST_TRIES):
                with locked(self._path, self._waits) as descriptor:
                    if is_settled(descriptor, self._path):
                        content = self._content_of(descriptor)
                        if not tidies:
                            yield content, descriptor
                            return
                        self._write(content)
                        tidies = False
                        continue
                settle(self._path, self._waits)
                tidies = True
        except FileNotFoundError:
            self._forget()
            raise _no_box() from None
        raise in_use_error(self._path)

    def _content_of(self, descriptor: int) -> sqlite3.Connection:
        """Return the content of the locked file: what is in memory, or what is read now."""
        if self._content is None or self._file != identity(descriptor):
            self._forget()
            raw, self._file = read(descriptor)
            self._content = connect_to_memory(raw)
            self._check_layout(self._content)
        return self._content

    def _write(self, content: sqlite3.Connection) -> None:
        """Write the locked file in its one form, and reset its times. Raises ``OSError``."""
        raw, opened = canonical_bytes(content), opening_time_s(content)
        self._replace(raw, opened)
        self._confirm(opened)

    def _check_usable(self) -> None:
        """Raise ``StoreError`` for a file that is gone or closed."""
        if self._gone:
            raise _no_box()
        if self._closed:
            raise closed_error(self._path)

    def _check_layout(self, content: sqlite3.Connection) -> None:
        """Raise ``DamagedError`` for another database, or one whose header or tables are missing."""
        (mark,) = content.execute("PRAGMA application_id").fetchone()
        try:
            for table in _LAYOUT:
                content.execute(table)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_ERROR:
                raise
            mark = 0
        if mark != APPLICATION_ID:
            self._refuse_damaged()

    def _refuse_damaged(self) -> None:
        """Raise ``DamagedError``."""
        self._forget()
        raise DamagedError(f"{self._path} is damaged, or it is not a ballot box of this bot.", remedy=LEAVE)

    def _forget(self) -> None:
        """Forget the content, so that the next use reads the file."""
        content, self._content = self._content, None
        if content is not None:
            with suppress(sqlite3.Error):
                content.close()


def _no_box() -> DamagedError:
    return DamagedError(
        "There is no ballot box for this round.",
        remedy="It has closed, or its file was removed. Nothing was saved.",
        code="no_ballots",
    )
