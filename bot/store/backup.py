"""Back up, check and restore belonging.db. Ballots and keys are in no backup.

The file of a running bot is only read here, by a connection that changes nothing, not even by migrations.
The backup of a cell has the table ``backup_of`` with the cell's key, which belonging.db itself never has.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import NamedTuple, TypeVar

from bot.errors import StoreError
from bot.store.connections import DATABASE_PRAGMAS, WaitPolicy, connect, is_intact, sqlite_database
from bot.store.database import Database
from bot.store.failures import store_error
from bot.store.files import copy_to, move, temporary_file
from bot.store.migrations import KNOWN, MIGRATIONS, migrate
from bot.store.read_only import READERS, connect_reading
from bot.store.statements import UNREADABLE, RowReader
from bot.store.transaction import Transaction

T = TypeVar("T")

_COUNTS = {
    "schedules": "SELECT count(*) FROM schedule",
    "rounds": "SELECT count(*) FROM round",
    "open_rounds": "SELECT count(*) FROM round WHERE state IN ('open', 'closing')",
    "results": "SELECT count(*) FROM release",
}
TRIES = 3
"""How often a file that changes while it is copied is copied."""

_CHECKED = ("schedule", "schedule_change", "channel", "round", "release")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What a belonging.db holds. ``step``: its latest migration; ``pending``: the migrations it lacks.

    ``cell``: the key of the cell of which it is a backup; empty where it does not say.
    """

    schedules: int
    rounds: int
    open_rounds: int
    results: int
    step: str
    pending: tuple[str, ...] = ()
    cell: str = ""


def contents(path: Path) -> Contents:
    """Check a belonging.db of any known version without changing it, and return what is in it.

    Raises ``StoreError`` for a file that is damaged, of a newer version, or not of this bot.
    """
    with _reading(path) as connection:
        return _contents(path, connection)


def check_layout(path: Path) -> tuple[str, ...]:
    """Return the names of the migrations that a belonging.db lacks; fast, since it looks at no row.

    Raises ``StoreError`` for a file that cannot be read, is of a newer version, or not of this bot.
    """
    with _reading(path) as connection:
        return KNOWN[len(_steps(path, connection)) :]


def back_up(source: Path, to: Path, cell: str = "") -> Contents:
    """Copy a belonging.db to ``to`` (0600), and return what is in it; the bot may run meanwhile.

    ``cell``: the key of its cell, which the copy says; empty for a single workspace. A copy that is damaged,
    or for which there is no room, is removed, and an earlier file stays. Raises ``StoreError``.
    """
    part = to.with_name(f".{to.name}.part")
    with temporary_file(part):
        _copy(source, part)
        if cell:
            _mark(part, cell)
        found = contents(part)
        move(part, to)
    return found


def _copy(source: Path, part: Path) -> None:
    """Copy a belonging.db, again where it was changed meanwhile without a lock.

    A file at rest is read without locks (``connect_reading``). A bot that serves many workspaces may open and
    change it at any moment.
    """
    for tries_left in reversed(range(TRIES)):
        before = _state(source)
        try:
            with _reading(source) as connection:
                _steps(source, connection)
                copy_to(connection, part)
        except StoreError:
            if before == _state(source) or not tries_left:
                raise
        else:
            if before.has_log or before == _state(source):
                return
    raise StoreError(f"{source} was changed while it was copied.", remedy="Please try again in a moment.")


def _mark(part: Path, cell: str) -> None:
    """Write into a copy of which cell it is, so that no other cell is restored from it."""
    try:
        with closing(connect(part, ())) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("DROP TABLE IF EXISTS backup_of")
            connection.execute("CREATE TABLE backup_of (cell TEXT NOT NULL) STRICT")
            connection.execute("INSERT INTO backup_of VALUES (?)", (cell,))
            connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise store_error(part, error) from error


def _cell_of(connection: sqlite3.Connection) -> str:
    try:
        row = connection.execute("SELECT cell FROM backup_of").fetchone()
    except sqlite3.OperationalError:  # of a single workspace, or of an older version
        return ""
    return str(row[0]) if row else ""


class _State(NamedTuple):
    """What changes with a database file; ``has_log``: it has a write-ahead log, so locks are kept."""

    has_log: bool
    file: tuple[int, ...]


def _state(path: Path) -> _State:
    has_log = path.with_name(f"{path.name}-wal").exists()
    try:
        found = path.stat()
    except OSError:
        return _State(has_log, ())
    return _State(has_log, (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns))


class Snapshot(Database):
    """A copy in memory of a belonging.db of any known version; the file is not changed.

    For programs that read beside a running bot. Raises ``StoreError``.
    """

    def __init__(self, path: Path) -> None:
        """Copy the file into memory, and migrate the copy."""
        self._path = path
        self._lock = Lock()
        self._inside = set()
        self._rows = RowReader()
        self._waits = WaitPolicy()
        self._connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        self._wait_in_steps()
        try:
            self._fill()
        except BaseException:
            self.close()
            raise

    @contextmanager
    def read(self, name: str) -> Iterator[Transaction]:
        """Open a transaction on the copy."""
        with self._entered(name), self._lock:
            yield Transaction(self._database, self._path, self._rows, reading=True)

    def close_idle(self) -> bool:
        """Keep the copy: it cannot be opened again."""
        return False

    def close(self) -> None:
        """Drop the copy."""
        self._connection.close()

    @contextmanager
    def _in_use(self) -> Iterator[None]:
        """Do nothing: the copy is always open."""
        yield

    def _fill(self) -> None:
        with _reading(self._path) as connection:
            _steps(self._path, connection)
            connection.backup(self._connection)
            self._connection.row_factory = sqlite3.Row
            self._database = sqlite_database(self._connection)
            migrate(self._database)


def try_migrations(path: Path) -> tuple[str, ...]:
    """Try the missing migrations on a copy in memory, read all rows, and return the migrations' names.

    Raises ``StoreError`` where one fails, or something could not be read afterwards.
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
"""Selects the norms whose words an admin has taken down."""


def restore(source: Path, target: Path, prepare: Callable[[Database], T]) -> T:
    """Replace ``target`` by a backup, after ``prepare`` has changed it; return the result of ``prepare``.

    No bot may run. The backup is migrated, and quotes that were taken down since are taken down in it, too,
    where ``target`` can still be read. Raises ``StoreError``; then ``target`` is unchanged.
    """
    part = target.with_name(f".{target.name}.part")
    with _reading(source) as connection, temporary_file(part):
        _contents(source, connection)
        copy_to(connection, part)
        with closing(connect(part, ())) as copy:
            copy.execute("DROP TABLE IF EXISTS backup_of")
        with closing(Database(part, keep=False)) as database:
            prepared = prepare(database)
        _keep_taken_down(part, target)
        _drop_log(target)
        move(part, target)
    return prepared


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
    return Contents(**counts, step=steps[-1], pending=KNOWN[len(steps) :], cell=_cell_of(connection))


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
    """Remove from the copy what was taken down since the backup, and copy the record of it."""
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
    """Move the old write-ahead log into the old file, and remove it: it would damage the new file."""
    with suppress(sqlite3.Error, OSError), closing(connect(target, ())) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for suffix in ("-wal", "-shm"):
        target.with_name(f"{target.name}{suffix}").unlink(missing_ok=True)
