"""Rewrite a file of SQLite into the one form that its content has."""

import sqlite3
from pathlib import Path


def vacuum(connection: sqlite3.Connection) -> None:
    """Rewrite the file from its content, row by row in the order of the keys."""
    connection.execute("VACUUM")


def has_journal(path: Path) -> bool:
    """Return whether a journal lies beside a file, as after a crash."""
    return any(path.with_name(f"{path.name}{suffix}").exists() for suffix in ("-journal", "-wal"))
