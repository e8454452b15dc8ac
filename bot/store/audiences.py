"""Who was asked what lately: ``audiences.db``, beside the application database and in no backup.

It is written once when a round opens, for everybody in its audience, in the order of the marks; a submission
only reads it. So neither its bytes nor its times tell who replied, or when.
"""

import json
import logging
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Lock
from types import MappingProxyType

from bot.core.audiences import FrozenAudience, Mark, StatementKey
from bot.core.model import Period, RoundId
from bot.errors import DamagedError, StoreError
from bot.store.connections import ORDERLESS_PRAGMAS, WaitPolicy, connect, is_intact
from bot.store.failures import closed_error, store_error
from bot.store.files import identity, make_private
from bot.store.rewriting import has_journal, vacuum
from bot.store.serialization import moment_of, time_text

log = logging.getLogger(__name__)

NAME = "audiences.db"

APPLICATION_ID = 0x42424131
"""``BBA1``: identifies a file as the audiences of this bot, in its first layout."""

_REWRITTEN = 1
"""``user_version`` unless rows were removed since the file was rewritten: pages keep remains of rows."""

# WITHOUT ROWID: rows lie in the order of their keys. ``marks``: the number of rows of a round in ``asked``.
_ASKED = (
    "CREATE TABLE asked (statement TEXT NOT NULL, mark BLOB NOT NULL, round TEXT NOT NULL, "
    "PRIMARY KEY (statement, mark, round)) WITHOUT ROWID, STRICT"
)
_AUDIENCE = (
    "CREATE TABLE audience (round TEXT PRIMARY KEY NOT NULL, period TEXT NOT NULL, people INTEGER NOT NULL, "
    "marks INTEGER NOT NULL, until TEXT NOT NULL) WITHOUT ROWID, STRICT"
)
_HAS_MARKS = "SELECT 1 FROM asked WHERE statement = ? LIMIT 1"
_FIND = "SELECT mark, round FROM asked WHERE statement = ? AND mark IN"
_AT_ONCE = 500
FROZEN = (
    "SELECT audience.round, period, people, until, marks = coalesce(there, 0) FROM audience "
    "LEFT JOIN (SELECT round, count(*) AS there FROM asked GROUP BY round) AS kept USING (round)"
)


class AudienceFile:
    """The audiences (``bot.ports.Audiences``), in a file that only the bot's user can read.

    There is one connection, and one use of it at a time.

    A file that is damaged when it is opened is replaced by an empty one. Rounds without marks count as asked
    of everybody for four weeks, so an empty file is safe. The same is done when the file is opened again and
    is not the one that was closed; otherwise it is not checked anew.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        self._frozen: dict[RoundId, FrozenAudience] | None = None
        self._waits = WaitPolicy()
        self._is_open = self._closed = False
        self._open()

    def freeze(
        self,
        round_id: RoundId,
        audience: FrozenAudience,
        marks: Mapping[StatementKey, Collection[Mark]],
    ) -> None:
        rows = sorted((key, mark, round_id) for key, several in marks.items() for mark in set(several))
        row = (round_id, audience.period, audience.people, len(rows), time_text(audience.until))
        with self._writing(frozen={round_id: replace(audience, whole=True)}) as connection:
            if connection.execute("SELECT 1 FROM audience WHERE round = ?", (round_id,)).fetchone():
                _delete(connection, [round_id])
            connection.executemany("INSERT INTO asked (statement, mark, round) VALUES (?, ?, ?)", rows)
            connection.execute("INSERT INTO audience VALUES (?, ?, ?, ?, ?)", row)

    def list_frozen(self) -> Mapping[RoundId, FrozenAudience]:
        """Return the stored audiences.

        They are read once, because nobody else writes, and reading them takes longer than opening a round.
        """
        with self._reading() as connection:
            if self._frozen is None:
                rows = connection.execute(FROZEN).fetchall()
                self._frozen = {RoundId(row[0]): frozen_of(row) for row in rows}
            return dict(self._frozen)

    def list_statements(self, round_id: RoundId) -> frozenset[StatementKey]:
        with self._reading() as connection:
            sql = "SELECT DISTINCT statement FROM asked WHERE round = ?"
            return frozenset(StatementKey(key) for (key,) in connection.execute(sql, (round_id,)))

    def has_marks(self, statement: StatementKey) -> bool:
        with self._reading() as connection:
            return connection.execute(_HAS_MARKS, (statement,)).fetchone() is not None

    def find(self, statement: StatementKey, marks: Collection[Mark]) -> frozenset[tuple[Mark, RoundId]]:
        found = set[tuple[Mark, RoundId]]()
        several = list(marks)
        with self._reading() as connection:
            for start in range(0, len(several), _AT_ONCE):
                some = several[start : start + _AT_ONCE]
                sql = f"{_FIND} ({', '.join('?' * len(some))})"
                found.update(connection.execute(sql, (statement, *some)))
        return frozenset(found)

    def list_marks(self, round_id: RoundId, statement: StatementKey) -> frozenset[Mark]:
        with self._reading() as connection:
            sql = "SELECT mark FROM asked WHERE statement = ? AND round = ?"
            return frozenset(Mark(mark) for (mark,) in connection.execute(sql, (statement, round_id)))

    def remove(self, rounds: Collection[RoundId]) -> None:
        with self._writing(gone=rounds) as connection:
            _delete(connection, rounds)
        with self._reading() as connection:
            _rewrite(connection)

    def stop_waiting(self) -> None:
        self._waits.stop()

    def close_idle(self) -> bool:
        """Close the file unless it is in use, and return whether it is closed. The next use opens it again.

        Nothing is written. The stored audiences that were read are forgotten.
        """
        if not self._lock.acquire(blocking=False):
            return False
        try:
            self._disconnect()
            return True
        finally:
            self._lock.release()

    def close(self) -> None:
        """Close the file for good."""
        self._closed = True
        if self._is_open:
            self._connection.close()

    def _disconnect(self) -> None:
        self._frozen = None
        if self._is_open:
            self._is_open = False
            self._connection.close()
            del self._connection

    def _open(self) -> None:
        """Open the file and check it; begin it anew if it is damaged."""
        try:
            self._connection = self._opened()
        except DamagedError as error:
            log.error("audiences damaged", extra={"code": error.code})  # noqa: TRY400 - SQLite's own text stays out of the log
            self._remove()
            self._connection = self._opened()
        self._file = identity(self._path)
        self._is_open = True

    def _reopen(self) -> None:
        """Open the file that was closed, or whatever file has its name now."""
        try:
            if self._path.exists() and identity(self._path) == self._file:
                self._connection = connect(self._path, ORDERLESS_PRAGMAS, waits=self._waits)
                self._is_open = True
                return
        except (sqlite3.Error, OSError) as error:
            raise store_error(self._path, error) from error
        self._open()

    def _opened(self) -> sqlite3.Connection:
        """Open the file, make it if it is missing, and check its layout."""
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            make_private(self._path)
            after_crash = has_journal(self._path)
            connection = connect(self._path, ORDERLESS_PRAGMAS, waits=self._waits)
        except (sqlite3.Error, OSError) as error:
            raise store_error(self._path, error) from error
        try:
            self._lay_out(connection)
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if after_crash or version != _REWRITTEN:  # a crash may have come before the rewriting
                _rewrite(connection)
        except (sqlite3.Error, StoreError) as error:
            connection.close()
            if isinstance(error, StoreError):
                raise
            raise store_error(self._path, error) from error
        return connection

    def _lay_out(self, connection: sqlite3.Connection) -> None:
        (mark,) = connection.execute("PRAGMA application_id").fetchone()
        there = {sql for (sql,) in connection.execute("SELECT sql FROM sqlite_schema")}
        if there == {_ASKED, _AUDIENCE}:
            if mark != APPLICATION_ID or not _is_sound(connection):
                raise self._damaged()
            return
        if mark == APPLICATION_ID:
            raise self._damaged()
        if there:
            raise StoreError(
                f"{self._path} is not a file of this bot.", remedy="Stop the bot and move the file away."
            )
        connection.execute("BEGIN IMMEDIATE")
        for table in (_ASKED, _AUDIENCE):
            connection.execute(table)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {_REWRITTEN}")
        connection.execute("COMMIT")

    def _damaged(self) -> DamagedError:
        return DamagedError(f"{self._path} is damaged.", remedy="Restart the bot: it begins the file anew.")

    def _remove(self) -> None:
        """Remove a damaged file: nobody could delete expired marks in it."""
        try:
            for suffix in ("-journal", ""):
                self._path.with_name(f"{self._path.name}{suffix}").unlink(missing_ok=True)
        except OSError as error:
            raise store_error(self._path, error) from error

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            if self._closed:
                raise closed_error(self._path)
            if not self._is_open:
                self._reopen()
            try:
                yield self._connection
            except sqlite3.Error as error:
                raise store_error(self._path, error) from error

    @contextmanager
    def _writing(
        self,
        *,
        frozen: Mapping[RoundId, FrozenAudience] = MappingProxyType({}),
        gone: Collection[RoundId] = (),
    ) -> Iterator[sqlite3.Connection]:
        """Write in a transaction; update the cached audiences after the commit."""
        with self._reading() as connection:
            known, self._frozen = self._frozen, None
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
            if known is not None:
                self._frozen = {one: what for one, what in known.items() if one not in gone} | dict(frozen)


def _is_sound(connection: sqlite3.Connection) -> bool:
    """Return whether every page and row can be read."""
    if not is_intact(connection):
        return False
    try:
        return all(map(frozen_of, connection.execute(FROZEN)))
    except ValueError:
        return False


def _delete(connection: sqlite3.Connection, rounds: Collection[RoundId]) -> None:
    several = json.dumps(sorted(rounds))
    connection.execute("PRAGMA user_version = 0")
    for table in ("asked", "audience"):
        connection.execute(
            f"DELETE FROM {table} WHERE round IN (SELECT value FROM json_each(?))",  # noqa: S608 - one of two names
            (several,),
        )


def _rewrite(connection: sqlite3.Connection) -> None:
    """Leave no trace of removed rows, and note it."""
    vacuum(connection)
    connection.execute(f"PRAGMA user_version = {_REWRITTEN}")


def frozen_of(row: tuple[str, str, int, str, int]) -> FrozenAudience:
    """Return the audience of a row of ``FROZEN``; raises ``ValueError``."""
    _, period, people, until, whole = row
    return FrozenAudience(period=Period(period), people=people, until=moment_of(until), whole=bool(whole))
