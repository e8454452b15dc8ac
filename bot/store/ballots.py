"""The ballot files: one SQLite file per open round, ``<round>.db``, never backed up, removed at close.

A file tells who replied only to the holder of the token key, what was said only to the holder of the closing
key, and the order of the replies to nobody. See docs/threat-model.md.
"""

import os
import re
import sqlite3
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from threading import Lock

from bot.core.model import ParticipationToken, ReplyId, RoundId
from bot.errors import DamagedError, StoreError
from bot.ports import ClaimNewest, SealedReply, Submission, always_newest
from bot.store.ballot_content import canonical_bytes, empty_content, opening_time_s
from bot.store.ballot_file import BallotFile
from bot.store.connections import BUSY_TIMEOUT_S, WaitPolicy
from bot.store.failures import closed_error, store_error
from bot.store.files import sync
from bot.store.whole_file import replace_file

_ROUND_ID = re.compile(r"[0-9a-v]{12}")
NS = 1_000_000_000

MOST_OPEN = 128
"""How many files are kept in memory, unless told otherwise."""

MOST_DESTROYED = 1024
"""How many destroyed ballot files are remembered, so that a late reply is told that its round has closed."""
COMMITTING = 4
"""How many ballot files are written at once."""

OF_ONE_FILE = frozenset({"in_use", "not_allowed", "disk_error"})
"""Codes of failures that affect one ballot file and no other."""

_BOX_NAME = re.compile(rf"({_ROUND_ID.pattern})\.db")
_STRAY_NAME = re.compile(
    rf"\.{_ROUND_ID.pattern}\.new(-journal)?|({_ROUND_ID.pattern})\.db-(journal|wal|shm)"
)

_HAS_TOKEN = "SELECT EXISTS (SELECT 1 FROM participation WHERE token = ?)"  # noqa: S105 - SQL, no secret
_HAS_REPLY = "SELECT EXISTS (SELECT 1 FROM reply WHERE id = ?)"


class BallotFiles:
    """The ballot files (``bot.ports.BallotBoxes``), in a directory that only the bot's user can enter.

    ``pool``: its threads commit, instead of threads of its own. Whoever passes it closes it. ``most_open``:
    how many files are kept in memory, those used last.
    """

    def __init__(self, directory: Path, pool: Executor | None = None, *, most_open: int = MOST_OPEN) -> None:
        self._directory = directory
        self._boxes: dict[RoundId, BallotFile] = {}
        self._lock = Lock()
        self._in_use: dict[RoundId, BallotFile] = {}
        self._destroyed: dict[RoundId, bool] = {}  # value: whether the ballot file was shut
        self._openings: dict[RoundId, int] = {}
        self._times_lock = Lock()
        self._waits = WaitPolicy()
        self._pool = pool or ThreadPoolExecutor(COMMITTING, thread_name_prefix="commit")
        self._most_open = most_open
        self._closed = False
        self._unwritable: set[RoundId] = set()
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise store_error(directory, error) from error

    def create(self, round_id: RoundId, opened_at: datetime) -> None:
        path = self._path(round_id)
        with self._lock:
            if self._closed:
                raise closed_error(path)
            if path.exists():
                return
            self._forget(round_id)
            self._destroyed.pop(round_id, None)
            try:
                _write_empty_box(path, opened_at)
                self._read_openings(self._names())
            except (sqlite3.Error, OSError) as error:
                raise store_error(path, error) from error

    def submit(
        self,
        round_id: RoundId,
        token: ParticipationToken,
        reply: SealedReply,
        *,
        claim_newest: ClaimNewest = always_newest,
    ) -> "Future[Submission]":
        def work(connection: sqlite3.Connection) -> Submission:
            if not claim_newest():
                return Submission.OUTDATED
            has_token = _holds(connection, _HAS_TOKEN, token)
            if has_token != _holds(connection, _HAS_REPLY, reply.id):
                return Submission.ALREADY_REPLIED
            if has_token:
                connection.execute("UPDATE reply SET sealed = ? WHERE id = ?", (reply.sealed, reply.id))
                return Submission.CHANGED
            connection.execute("INSERT INTO participation (token) VALUES (?)", (token,))
            connection.execute("INSERT INTO reply (id, sealed) VALUES (?, ?)", (reply.id, reply.sealed))
            return Submission.ACCEPTED

        return self._box(round_id).submit(work, when_shut=Submission.CLOSED)

    def withdraw(self, round_id: RoundId, token: ParticipationToken, reply_id: ReplyId) -> bool:
        def work(connection: sqlite3.Connection) -> bool:
            if not (_holds(connection, _HAS_TOKEN, token) and _holds(connection, _HAS_REPLY, reply_id)):
                return False
            connection.execute("DELETE FROM participation WHERE token = ?", (token,))
            connection.execute("DELETE FROM reply WHERE id = ?", (reply_id,))
            return True

        return self._box(round_id).submit(work, when_shut=False).result()

    def has_replied(self, round_id: RoundId, token: ParticipationToken) -> bool:
        return self._box(round_id).read(lambda connection: _holds(connection, _HAS_TOKEN, token))

    def holds(self, round_id: RoundId, reply_id: ReplyId) -> bool:
        return self._box(round_id).read(lambda connection: _holds(connection, _HAS_REPLY, reply_id))

    def shut(self, round_id: RoundId) -> None:
        self._box(round_id).shut()
        with self._lock:
            if round_id in self._destroyed:
                self._destroyed[round_id] = True

    def list_replies(self, round_id: RoundId) -> tuple[SealedReply, ...]:
        def work(connection: sqlite3.Connection) -> tuple[SealedReply, ...]:
            rows = connection.execute("SELECT id, sealed FROM reply ORDER BY id")
            return tuple(SealedReply(id=ReplyId(key), sealed=sealed) for key, sealed in rows)

        return self._box(round_id).read(work)

    def list_boxes(self) -> frozenset[RoundId]:
        return _rounds_in(self._names())

    def _names(self) -> list[str]:
        try:
            return os.listdir(self._directory)  # noqa: PTH208 - names are enough
        except OSError as error:
            raise store_error(self._directory, error) from error

    def destroy(self, round_id: RoundId) -> None:
        box = self._box(round_id)
        box.destroy()
        with self._lock:
            self._forget(round_id)
            self._destroyed[round_id] = box.is_shut
            if len(self._destroyed) > MOST_DESTROYED:
                del self._destroyed[next(iter(self._destroyed))]
        try:
            sync(self._directory)
            self._read_openings(self._names())
        except OSError as error:
            raise store_error(self._directory, error) from error

    def canonicalise(self) -> Mapping[RoundId, str]:
        """Rewrite every ballot file, as ``BallotBoxes`` says; a failure of one file does not stop the others.

        Waiting for other programs is limited to five seconds in all. A failure of the whole disk, such as a
        full one, is raised when all ballot files were tried.
        """
        failures: list[StoreError] = []
        unusable: dict[RoundId, str] = {}
        names = self._names()
        with self._waits.at_most(BUSY_TIMEOUT_S):
            for round_id in sorted(_rounds_in(names)):
                try:
                    self._box(round_id).canonicalise()
                except StoreError as error:
                    if isinstance(error, DamagedError) or error.code in OF_ONE_FILE:
                        unusable[round_id] = error.code
                    else:
                        failures.append(error)
        self._unwritable = {one for one, code in unusable.items() if code in OF_ONE_FILE}
        try:
            self._remove_strays(names)
            self._read_openings(names)
        except OSError as error:
            failures.append(store_error(self._directory, error))
        if failures:
            raise failures[0]
        return unusable

    def canonicalise_left(self) -> frozenset[RoundId]:
        done = set()
        with self._waits.at_most(0):
            for round_id in sorted(self._unwritable):
                try:
                    self._box(round_id).canonicalise()
                except DamagedError:
                    self._unwritable.discard(round_id)  # it is gone, or stays as it is
                except StoreError:
                    continue
                else:
                    self._unwritable.discard(round_id)
                    done.add(round_id)
        return frozenset(done)

    def stop_waiting(self) -> None:
        self._waits.stop()

    def close_idle(self) -> bool:
        """Forget the files that are not in use, and return whether that are all. The next use reads them.

        Nothing is written.
        """
        with self._lock:
            self._in_use = {one: box for one, box in self._boxes.items() if not box.close_idle()}
            return not self._in_use

    def close(self) -> None:
        """Close all files for good."""
        with self._lock:
            self._closed = True
            boxes = tuple(self._boxes.values())
        for box in boxes:
            box.close()

    def _box(self, round_id: RoundId) -> BallotFile:
        path = self._path(round_id)
        with self._lock:
            if self._closed:
                raise closed_error(path)
            box = self._boxes.get(round_id)
            if box is None:
                shut = self._destroyed.get(round_id, False)
                after_write = partial(self._reset_times, round_id)
                box = BallotFile(path, after_write, self._pool, self._waits, shut=shut)
                if round_id in self._destroyed:
                    return box
                self._boxes[round_id] = box
            self._in_use.pop(round_id, None)
            self._in_use[round_id] = box  # now at the end: it was used last
            self._forget_longest_ago(box)
            return box

    def _forget_longest_ago(self, box: BallotFile) -> None:
        """Forget the content of those used longest ago where too many are kept, but for this one."""
        for one, other in tuple(self._in_use.items())[: -self._most_open]:
            if other is not box and other.close_idle():
                del self._in_use[one]

    def _forget(self, round_id: RoundId) -> None:
        self._boxes.pop(round_id, None)
        self._in_use.pop(round_id, None)

    def _path(self, round_id: RoundId) -> Path:
        """Return the file of a round. An invalid id, such as ``../x``, never becomes a path."""
        if not _ROUND_ID.fullmatch(round_id):
            raise ValueError("a round id has 12 characters, 0-9 and a-v")
        return self._directory / f"{round_id}.db"

    def _remove_strays(self, names: Sequence[str]) -> None:
        """Remove files that were never finished, and journals without a file: they are copies of replies."""
        rounds = _rounds_in(names)
        for name in names:
            match = _STRAY_NAME.fullmatch(name)
            if match and match[2] not in rounds:
                (self._directory / name).unlink(missing_ok=True)

    def _reset_times(self, round_id: RoundId, opened_s: int) -> None:
        """Remember when a round opened, and set the time of the directory to the newest opening.

        Every commit makes a file there, so its own time would be that of the last reply.
        """
        with self._times_lock:
            self._openings[round_id] = opened_s * NS
            self._set_directory_time()

    def _read_openings(self, names: Sequence[str]) -> None:
        """Update the opening times; a file that was not rewritten yet counts by its own time."""
        with self._times_lock:
            there = _rounds_in(names)
            self._openings = {one: at for one, at in self._openings.items() if one in there}
            for round_id in there - self._openings.keys():
                with suppress(FileNotFoundError):  # it was closed meanwhile
                    self._openings[round_id] = self._path(round_id).stat().st_mtime_ns
            self._set_directory_time()

    def _set_directory_time(self) -> None:
        if newest := max(self._openings.values(), default=0):
            os.utime(self._directory, ns=(newest, newest))


def _rounds_in(names: Sequence[str]) -> frozenset[RoundId]:
    """Return the rounds whose ballot files are among these names."""
    return frozenset(RoundId(match[1]) for match in map(_BOX_NAME.fullmatch, names) if match)


def _holds(connection: sqlite3.Connection, sql: str, key: bytes) -> bool:
    (found,) = connection.execute(sql, (key,)).fetchone()
    return bool(found)


def _write_empty_box(path: Path, opened_at: datetime) -> None:
    with closing(empty_content(opened_at.timestamp())) as content:
        raw, opened_s = canonical_bytes(content), opening_time_s(content)
    replace_file(path, raw, opened_s)
    sync(path.parent)
