"""The application database, ``belonging.db``: schedules, rounds, releases. This is what is backed up."""

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock, get_ident
from typing import cast

from bot.core.audit import LastProof
from bot.core.changes import ScheduleChange
from bot.core.clock import IN_THE_FUTURE
from bot.core.model import ChannelId, Round, RoundId, RoundState, ScheduleId
from bot.core.release import Published, Release
from bot.core.schedule import Schedule, Source
from bot.errors import StoreError
from bot.ports import DueSchedule, FiringOutcome, KnownChannel
from bot.store.asked_lately import Asking
from bot.store.busy_timeout import Patience
from bot.store.connections import DATABASE_PRAGMAS, check_room, connect, make_private, sqlite_database
from bot.store.failures import store_error
from bot.store.mapping import (
    change_of,
    change_row,
    channel_of,
    channel_row,
    due_schedule_of,
    firing_row,
    round_of,
    round_row,
    schedule_of,
    schedule_row,
)
from bot.store.migrations import migrate
from bot.store.norms import NormRows
from bot.store.posts import PostRows
from bot.store.quotes import QuoteRows
from bot.store.readers import Readers
from bot.store.repairs import Mending
from bot.store.retention import Keeping
from bot.store.row_reader import Row, RowReader
from bot.store.serialization import dumps, loads, moment_of, time_text
from bot.store.upgrade import drop_kept, keep_before_upgrade

NEVER_SO_LATE = timedelta(days=367)
"""No schedule is looked at so late: a later time, or one that is no time, is looked at now."""


class Transaction(Asking, Keeping, NormRows, PostRows, QuoteRows, Mending):
    """One transaction on the application database. All of it is committed, or none."""

    def list_schedules(self, source: Source | None = None) -> tuple[Schedule, ...]:
        """Return every schedule, or those kept in one place, by id."""
        return self._all("list_schedules", {"source": source.value if source else None}, schedule_of)

    def list_channel_schedules(self, channel: ChannelId) -> tuple[Schedule, ...]:
        """Return the schedules of a channel, oldest change first, then by id."""
        return self._all("list_channel_schedules", {"channel": channel}, schedule_of)

    def list_due_schedules(self, now: datetime) -> tuple[DueSchedule, ...]:
        """Return the schedules to look at now: their time has come, or nobody knows it; then by id."""
        times = {"now": now, "latest": now + IN_THE_FUTURE, "horizon": now + NEVER_SO_LATE}
        values = {name: time_text(moment) for name, moment in times.items()}
        return self._all("list_due_schedules", values, due_schedule_of)

    def list_next_schedules(self, count: int) -> tuple[Schedule, ...]:
        """Return so many schedules: first those that wait for their channel's word, then the next ones."""
        return self._all("list_next_schedules", {"count": count}, schedule_of)

    def count_schedules(self) -> int:
        """Return how many schedules there are."""
        return self._first("count_schedules", {}, lambda row: int(row["count"])) or 0

    def fetch_schedule(self, schedule_id: ScheduleId) -> Schedule | None:
        """Return the schedule of this id, if there is one."""
        return self._first("fetch_schedule", {"id": schedule_id}, schedule_of)

    def put_schedule(self, schedule: Schedule) -> None:
        """Insert this schedule, or replace the one of the same id; it is looked at with the next wake-up."""
        self._change("put_schedule", schedule_row(schedule))

    def look_again(self, schedule: Schedule, at: datetime | None) -> None:
        """Look at a schedule, unless it was changed, at this time (UTC); None: with the next wake-up."""
        row = {
            "id": schedule.id,
            "created_at": time_text(schedule.created_at),
            "at": time_text(at) if at else None,
        }
        self._change("look_again", row)

    def look_at_all(self) -> None:
        """Look at every schedule with the next wake-up: what its times hang on may have changed."""
        self._change("look_at_all", {})

    def list_alarms(self, after: datetime, count: int) -> tuple[datetime, ...]:
        """Return the next moments (UTC) at which a round closes or reminds, or a schedule is looked at."""
        values = {"after": time_text(after), "count": count}
        return self._all("list_alarms", values, lambda row: moment_of(row["at"]))

    def insert_change(self, change: ScheduleChange, *, told: bool) -> None:
        """Keep what was done to a schedule; unless ``told``, its channel is still to hear of it."""
        self._change("insert_change", change_row(change, told=told))

    def list_changes(self, channel: ChannelId, count: int) -> tuple[ScheduleChange, ...]:
        """Return the newest changes to the schedules of a channel, newest first."""
        return self._all("list_changes", {"channel": channel, "count": count}, change_of)

    def list_untold_changes(self) -> tuple[tuple[int, ScheduleChange], ...]:
        """Return the changes that their channels are still to hear of, oldest first, each with its number."""
        return self._all("list_untold_changes", {}, lambda row: (row["number"], change_of(row)))

    def settle_change(self, number: int) -> None:
        """Say that a channel has heard of this change."""
        self._change("settle_change", {"number": number})

    def put_channel(self, channel: KnownChannel) -> None:
        """Keep what is known of a channel, in place of what was known before."""
        self._change("put_channel", channel_row(channel))

    def fetch_channel(self, channel: ChannelId) -> KnownChannel | None:
        """Return what was last known of a channel, if the bot has ever looked at it."""
        return self._first("fetch_channel", {"id": channel}, channel_of)

    def list_channels(self) -> tuple[ChannelId, ...]:
        """Return the channels that have a schedule, or a round with a step left to do, by id."""
        return self._all("list_channels", {}, lambda row: ChannelId(row["channel"]))

    def delete_schedule(self, schedule_id: ScheduleId) -> None:
        """Forget this schedule; its firings stay, so that none repeats."""
        self._change("delete_schedule", {"id": schedule_id})
        self._change("delete_posts_of_schedule", {"id": schedule_id})

    def insert_firing(self, schedule_id: ScheduleId, fire_at: datetime, outcome: FiringOutcome) -> bool:
        """Claim a fire time. False when it was claimed before: the loser stops."""
        return self._change("insert_firing", firing_row(schedule_id, fire_at, outcome)) == 1

    def update_firing(self, schedule_id: ScheduleId, fire_at: datetime, outcome: FiringOutcome) -> None:
        """Say what became of a claimed fire time; raises ``StoreError`` for one that nobody claimed."""
        if self._change("update_firing", firing_row(schedule_id, fire_at, outcome)) != 1:
            raise StoreError("This fire time was never claimed.")

    def last_firing(self, schedule_id: ScheduleId, by: datetime | None = None) -> datetime | None:
        """Return the latest fire time claimed so far, or of those until ``by`` (UTC)."""
        values = {"schedule_id": schedule_id, "by": time_text(by) if by else None}
        latest = self._first("last_firing", values, lambda row: row["fire_at"])
        return None if latest is None else moment_of(latest)

    def last_firing_with(self, schedule_id: ScheduleId, outcome: FiringOutcome) -> datetime | None:
        """Return the latest fire time of which this became (UTC)."""
        values = {"schedule_id": schedule_id, "outcome": outcome.value}
        latest = self._first("last_firing_with", values, lambda row: row["fire_at"])
        return None if latest is None else moment_of(latest)

    def insert_round(self, round_: Round) -> None:
        """Store a new round; raises ``StoreError`` when its id is taken."""
        self._change("insert_round", round_row(round_))

    def update_round(self, round_: Round) -> None:
        """Store this round in place of the one with its id; raises ``StoreError`` when there is none."""
        if self._change("update_round", round_row(round_)) != 1:
            raise StoreError("There is no round with this id.")

    def fetch_round(self, round_id: RoundId) -> Round | None:
        """Return the round of this id, if there is one."""
        return self._first("fetch_round", {"id": round_id}, round_of)

    def list_rounds(self, states: Sequence[RoundState]) -> tuple[Round, ...]:
        """Return the rounds in one of these states, oldest opening first."""
        return self._all("list_rounds", {"states": dumps(tuple(states))}, round_of)

    def list_unfinished(self, now: datetime) -> tuple[Round, ...]:
        """Return the rounds with a step left to do, oldest opening first."""
        return self._all("list_unfinished", {"now": time_text(now)}, round_of)

    def list_channel_rounds(self, channel: ChannelId) -> tuple[Round, ...]:
        """Return all rounds of a channel, oldest first."""
        return self._all("list_channel_rounds", {"channel": channel}, round_of)

    def insert_release(self, release: Release, released_at: datetime) -> None:
        """Store the result of a round, once and for ever; a second one raises ``StoreError``."""
        row = {
            "round_id": release.round_id,
            "body": dumps(release),
            "released_at": time_text(released_at),
        }
        self._change("insert_release", row)

    def fetch_release(self, round_id: RoundId) -> Release | None:
        """Return the result of a round, if it has one."""
        return self._first("fetch_release", {"round_id": round_id}, _release_of)

    def list_releases(self, channel: ChannelId) -> tuple[tuple[Round, Release], ...]:
        """Return the results of a channel with their rounds, newest first."""
        return self._all("list_releases", {"channel": channel}, _result_of)

    def list_latest_releases(
        self, count: int = 1, channels: Collection[ChannelId] | None = None
    ) -> tuple[tuple[Round, Release], ...]:
        """Return the ``count`` newest results of each channel, or of these, by channel and newest first."""
        values = {"count": count, "channels": None if channels is None else dumps(tuple(channels))}
        return self._all("list_latest_releases", values, _result_of)

    def rewrite_release(self, release: Published) -> None:
        """Store a result from which a quote was taken, in place of the round's; ``StoreError`` without one.

        Its posted summary is out of date from now on.
        """
        row = {"round_id": release.round_id, "body": dumps(release)}
        if self._change("rewrite_release", row) != 1:
            raise StoreError("This round has no result.")
        self._change("insert_outdated_summary", {"round_id": release.round_id})

    def put_proof(self, proof: LastProof) -> None:
        """Keep how the last attack on the own installation ended."""
        self._change("put_proof", {"at": time_text(proof.at), "body": dumps(proof)})

    def fetch_proof(self) -> LastProof | None:
        """Return how the last attack on the own installation ended."""
        return self._first("fetch_proof", {}, lambda row: cast(LastProof, loads(LastProof, row["body"])))


class Database:
    """The application database in a file that only the bot's user can read.

    One connection writes, one transaction at a time; other threads wait for their turn. Whoever only reads
    has a connection of their own, and waits for nobody. A file of an older version is kept as it was
    (``bot.store.upgrade``) before it is brought to this one, unless ``keep`` is false.
    Raises ``StoreError`` when the file cannot be used or was written by a newer version.
    """

    def __init__(self, path: Path, *, keep: bool = True) -> None:
        self._path = path
        self._lock = Lock()
        self._inside: set[int] = set()
        self._readers = Readers(path)
        self._rows = RowReader()
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            make_private(path)
            self._connection = connect(path, DATABASE_PRAGMAS)
        except (sqlite3.Error, OSError) as error:
            raise store_error(path, error) from error
        self._connection.row_factory = sqlite3.Row
        self._database = sqlite_database(self._connection)
        try:
            if keep:
                keep_before_upgrade(self._database, path)
            migrate(self._database)
            self._patience = Patience(self._connection, path)
        except sqlite3.Error as error:
            self.close()
            raise store_error(path, error) from error
        except StoreError:
            self.close()
            raise

    @contextmanager
    def transaction(self, name: str) -> Iterator[Transaction]:
        """Open a transaction; commits on leaving, rolls back on an exception.

        Raises ``StoreError`` when it cannot be written. Transactions do not nest.
        """
        with self._entered(name), self._lock:
            transaction = Transaction(self._database, self._path, self._rows)
            try:
                self._patience.execute("BEGIN IMMEDIATE")
                yield transaction
                self._execute("COMMIT")
            finally:
                transaction.finish()
                if self._connection.in_transaction:
                    self._execute("ROLLBACK")

    @contextmanager
    def read(self, name: str) -> Iterator[Transaction]:
        """Open a transaction that sees one state of everything and changes nothing.

        It waits for no lock: not for another thread, nor for another program that writes. Raises
        ``StoreError`` when it cannot be read.
        """
        with self._entered(name), self._readers.reading() as database:
            transaction = Transaction(database, self._path, self._rows, reading=True)
            try:
                yield transaction
            finally:
                transaction.finish()

    @contextmanager
    def _entered(self, name: str) -> Iterator[None]:
        if (thread := get_ident()) in self._inside:
            raise RuntimeError(f"the transaction {name} was opened inside another one")
        self._inside.add(thread)
        try:
            yield
        finally:
            self._inside.discard(thread)

    def scrub(self) -> None:
        """Leave no trace in the file, or beside it, of what was deleted or replaced.

        The content is written anew (a page keeps remains of rows that were in it, ``secure_delete`` or not),
        and the write-ahead log, which holds older pages, is emptied. The backup of the last
        upgrade goes where something was deleted since. Raises ``StoreError``.
        """
        with self._lock:
            if self._connection.execute("SELECT 1 FROM unscrubbed").fetchall():
                drop_kept(self._path)
            self._patience.execute("VACUUM")
            emptied = self._patience.empty_log()
        if not emptied:
            raise StoreError(
                f"Another program is reading {self._path}, so what was deleted is still beside it.",
                remedy="It is tried again within a minute.",
            )

    def ensure_writable(self) -> None:
        """Raise ``StoreError`` where nothing could be stored now.

        It is tried: a disk can be full, read-only, or beyond a quota. Of the room, a little must be left.
        """
        with self._lock:
            try:
                check_room(self._path.parent)
                self._patience.execute("BEGIN IMMEDIATE")
                self._execute("PRAGMA user_version = 0")  # as before, but written
                self._execute("COMMIT")
            except OSError as error:
                raise store_error(self._path, error) from error
            finally:
                if self._connection.in_transaction:
                    self._execute("ROLLBACK")

    def hurry(self) -> None:
        """Wait for no other program any more."""
        self._patience.end()

    def close(self) -> None:
        """Let go of the file."""
        self._readers.close()
        self._connection.close()

    def _execute(self, sql: str) -> None:
        try:
            self._connection.execute(sql)
        except sqlite3.Error as error:
            raise store_error(self._path, error) from error


def _release_of(row: Row) -> Release:
    release: Release = loads(Release, row["body"])
    return release


def _result_of(row: Row) -> tuple[Round, Release]:
    return round_of(row), _release_of(row)
