"""Copies of belonging.db: backups, what is in one, and putting one back. Ballots and keys are in none.

The file of a running bot is only ever read here, by a connection that changes nothing, migrations included.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TypeVar

from bot.errors import StoreError
from bot.store.atomic_files import copy_to, move, written
from bot.store.busy_timeout import Patience
from bot.store.connections import DATABASE_PRAGMAS, connect, is_intact, sqlite_database
from bot.store.database import Database, Transaction
from bot.store.failures import store_error
from bot.store.migrations import KNOWN, MIGRATIONS, migrate
from bot.store.read_only import READERS, connect_reading
from bot.store.row_reader import UNREADABLE, RowReader

T = TypeVar("T")

_COUNTS = {
    "schedules": "SELECT count(*) FROM schedule",
    "rounds": "SELECT count(*) FROM round",
    "open_rounds": "SELECT count(*) FROM round WHERE state IN ('open', 'closing')",
    "results": "SELECT count(*) FROM release",
}
_CHECKED = ("schedule", "schedule_change", "channel", "round", "release")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What a belonging.db holds. ``step``: the last step of its layout; ``pending``: those it lacks."""

    schedules: int
    rounds: int
    open_rounds: int
    results: int
    step: str
    pending: tuple[str, ...] = ()


def contents(path: Path) -> Contents:
    """Check a belonging.db of any known version, change nothing, and return what is in it.

    Raises ``StoreError`` for a file that is damaged, of a newer version, or none of this bot's.
    """
    with _reading(path) as connection:
        return _contents(path, connection)


def back_up(source: Path, to: Path) -> Contents:
    """Copy a belonging.db to ``to`` (0600), and return what is in it; the bot may run meanwhile.

    A copy that proves to be damaged, or for which there is no room, is not left there, and a file that was
    there before stays. Raises ``StoreError``.
    """
    part = to.with_name(f".{to.name}.part")
    with _reading(source) as connection, written(part):
        _steps(source, connection)
        copy_to(connection, part)
        found = contents(part)
        move(part, to)
    return found


class Snapshot(Database):
    """What a belonging.db of any known version holds now: a copy in memory, so that the file stays as it is.

    For programs that read beside a running bot. Raises ``StoreError``.
    """

    def __init__(self, path: Path) -> None:
        """Copy the file into memory, and bring the copy to this version."""
        self._path = path
        self._lock = Lock()
        self._inside = set()
        self._rows = RowReader()
        self._connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        self._patience = Patience(self._connection, path)
        try:
            self._fill()
        except BaseException:
            self.close()
            raise

    @contextmanager
    def read(self, name: str) -> Iterator[Transaction]:
        """Open a transaction on the copy, which nobody else knows."""
        with self._entered(name), self._lock:
            yield Transaction(self._database, self._path, self._rows, reading=True)

    def close(self) -> None:
        """Forget the copy."""
        self._connection.close()

    def _fill(self) -> None:
        with _reading(self._path) as connection:
            _steps(self._path, connection)
            connection.backup(self._connection)
            self._connection.row_factory = sqlite3.Row
            self._database = sqlite_database(self._connection)
            migrate(self._database)


def try_migrations(path: Path) -> tuple[str, ...]:
    """Try the steps that a belonging.db lacks on a copy in memory, read all rows, and return the steps.

    Raises ``StoreError`` where a step would fail, or something could not be read afterwards.
    """
    with _reading(path) as connection, closing(sqlite3.connect(":memory:", isolation_level=None)) as copy:
        pending = _contents(path, connection).pending
        connection.backup(copy)
        try:
            migrate(sqlite_database(copy))
        except sqlite3.Error as error:
            raise StoreError(
                f"{path} cannot be brought to this version ({type(error).__name__}).",
                remedy="Nothing was changed. Keep the version that wrote it, and report this.",
            ) from error
        _read_all(path, copy)
    return pending


TAKEN_DOWN = "SELECT body, id FROM norm WHERE json_extract(body, '$.steps[#-1].state') = 'taken_down'"
"""The norms whose words an admin has taken down."""


def restore(source: Path, target: Path, settle: Callable[[Database], T]) -> T:
    """Put a backup in place of ``target``, after ``settle`` has changed it; return what that returned.

    No bot may run. The backup is brought to this version, and quotes that were taken down since are taken
    down in it, too, where ``target`` can still be read. Raises ``StoreError``; then ``target`` is as before.
    """
    part = target.with_name(f".{target.name}.part")
    with _reading(source) as connection, written(part):
        _contents(source, connection)
        copy_to(connection, part)
        with closing(Database(part, keep=False)) as database:
            settled = settle(database)
        _keep_taken_down(part, target)
        _drop_log(target)
        move(part, target)
    return settled


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    if not path.exists():
        raise StoreError(f"There is no file {path}.", remedy="Check the path.")
    try:
        with closing(connect_reading(path)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            yield connection
    except sqlite3.Error as error:
        raise store_error(path, error) from error


def _contents(path: Path, connection: sqlite3.Connection) -> Contents:
    steps = _steps(path, connection)
    if not is_intact(connection):
        raise StoreError(f"{path} is damaged.", remedy="Use another backup.")
    counts = {name: int(connection.execute(sql).fetchone()[0]) for name, sql in _COUNTS.items()}
    return Contents(**counts, step=steps[-1], pending=KNOWN[len(steps) :])


def _steps(path: Path, connection: sqlite3.Connection) -> tuple[str, ...]:
    try:
        rows = connection.execute(
            "SELECT name FROM _sqlite_migrations WHERE migration_set = ? ORDER BY id", (MIGRATIONS.name,)
        ).fetchall()
    except sqlite3.OperationalError:
        rows = []
    steps = tuple(str(name) for (name,) in rows)
    if not steps:
        raise StoreError(
            f"{path} is no belonging.db.", remedy="Name a file that belonging backup has written."
        )
    if steps != KNOWN[: len(steps)]:
        unknown = next((step for step in steps if step not in KNOWN), steps[-1])
        raise StoreError(
            f"{path} was written by a newer version of this bot (it has the step {unknown}).",
            remedy="Use that version.",
        )
    return steps


def _read_all(path: Path, connection: sqlite3.Connection) -> None:
    """Read every schedule, change, channel, round and result as the bot would."""
    connection.row_factory = sqlite3.Row
    try:
        for table in _CHECKED:
            for row in connection.execute(f"SELECT * FROM {table}"):  # noqa: S608 - one of our tables
                READERS[table](dict(row))
    except (sqlite3.Error, *UNREADABLE) as error:
        raise StoreError(
            f"A row of {path} cannot be read by this version ({type(error).__name__}).",
            remedy="Nothing was changed. Keep the version that wrote it, and report this.",
        ) from error


def _keep_taken_down(part: Path, target: Path) -> None:
    """Keep out what was taken out of a result or of the ledger since the backup, and the record of it."""
    results, removals, prompts, norms = [], [], [], []
    with suppress(sqlite3.Error, OSError), closing(connect_reading(target)) as connection:
        results = connection.execute("SELECT body, round_id FROM release").fetchall()
        prompts = connection.execute("SELECT prompt, id FROM round").fetchall()
        removals = connection.execute("SELECT round_id, removed_on, admin FROM quote_removal").fetchall()
        norms = connection.execute(TAKEN_DOWN).fetchall()
    if not (removals or norms):
        return
    with closing(connect(part, DATABASE_PRAGMAS)) as copy:
        copy.execute("BEGIN IMMEDIATE")
        copy.executemany("UPDATE release SET body = ? WHERE round_id = ?", results)
        copy.executemany("UPDATE round SET prompt = ? WHERE id = ?", prompts)
        copy.executemany("UPDATE norm SET body = ? WHERE id = ?", norms)
        copy.executemany("DELETE FROM quote_removal WHERE round_id = ?", [(one,) for _, one in results])
        copy.executemany(
            "INSERT INTO quote_removal SELECT round_id, ?2, ?3 FROM release WHERE round_id = ?1", removals
        )
        copy.execute("COMMIT")
        copy.execute("VACUUM")


def _drop_log(target: Path) -> None:
    """Remove the old write-ahead log, which would spoil the new file; its content goes to the old one."""
    with suppress(sqlite3.Error, OSError), closing(connect(target, ())) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for suffix in ("-wal", "-shm"):
        target.with_name(f"{target.name}{suffix}").unlink(missing_ok=True)
