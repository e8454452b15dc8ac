"""The backup of belonging.db that the bot makes before it migrates the file."""

import logging
import sqlite3
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

from sqlite_utils import Database as SqliteDatabase

from bot.errors import StoreError
from bot.store.connections import connect, is_intact
from bot.store.failures import store_error
from bot.store.files import copy_to, move, temporary_file
from bot.store.migrations import KNOWN, MIGRATIONS

_COPY_PRAGMAS = (("temp_store", "MEMORY", 2), ("secure_delete", "ON", 1))

log = logging.getLogger(__name__)

BEFORE_UPGRADE = "before-upgrade.db"
"""The name of the backup, beside belonging.db. The next upgrade replaces it; it is removed after 14 days."""


def keep_before_upgrade(database: SqliteDatabase, path: Path) -> None:
    """Copy a belonging.db of an older version to ``BEFORE_UPGRADE`` (0600), and check the copy.

    A new file, one of this version and one of a newer version are not copied. Raises ``StoreError`` where the
    copy cannot be made; then an older copy stays, and nothing has changed.
    """
    steps = [step.name for step in MIGRATIONS.applied(database)]
    if not steps or not set(steps) < set(KNOWN):
        return
    kept = path.with_name(BEFORE_UPGRADE)
    part = kept.with_name(f".{kept.name}.part")
    try:
        with temporary_file(part):
            copy_to(database.conn, part)
            _clean(part, path)
            move(part, kept)
        log.info("backup made before the upgrade")
        _scrub_source(database)
    except StoreError as error:
        raise StoreError(
            f"The backup before the upgrade cannot be made. {error.message}",
            remedy=error.remedy.replace("Nothing was saved.", "Nothing was changed."),
            code=error.code,
        ) from error


def drop_kept(path: Path) -> None:
    """Remove the backup of an upgrade, because it holds what was deleted or taken down since."""
    kept = path.with_name(BEFORE_UPGRADE)
    try:
        kept.unlink(missing_ok=True)
    except OSError as error:
        raise store_error(kept, error) from error


def kept_since(path: Path) -> datetime | None:
    """Return when the backup beside this belonging.db was made (UTC); None without one.

    Raises ``StoreError``.
    """
    kept = path.with_name(BEFORE_UPGRADE)
    try:
        return datetime.fromtimestamp(kept.stat().st_mtime, UTC)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise store_error(kept, error) from error


def _scrub_source(database: SqliteDatabase) -> None:
    """Scrub what was deleted before the copy was made, so that the copy may stay.

    Where that fails, it is still to be done; then the copy is removed with it.
    """
    with suppress(sqlite3.Error):
        if database.execute("SELECT 1 FROM unscrubbed").fetchall():  # older versions have no such table
            database.execute("VACUUM")
            busy, *_ = database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if not busy:
                database.execute("DELETE FROM unscrubbed")


def _clean(part: Path, path: Path) -> None:
    """Rewrite the copy, because its pages keep remains of deleted rows.

    Raises ``StoreError`` where the copy is damaged: then its source is damaged, too.
    """
    try:
        with closing(connect(part, _COPY_PRAGMAS)) as connection:
            intact = is_intact(connection)
            if intact:
                connection.execute("VACUUM")
    except sqlite3.Error as error:
        raise store_error(path, error) from error
    if not intact:
        raise StoreError(f"{path} is damaged.", remedy="Nothing was changed. Restore a backup.")
