"""Where installations can be stored: in a file of SQLite, or in PostgreSQL; and looks into both."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

import psycopg
from sqlalchemy import Engine

from bot.cluster.installations import InstallationsDatabase
from bot.keys.tokens import TokenSealer
from bot.ports.installations import InstallationsFile
from bot.slack.install.sqlalchemy_store import SharedSQLAlchemyStore
from bot.slack.install.store import SealedInstallations
from tests.slack.install.place import CLIENT_ID, installations_file


class Kind(Protocol):
    """One kind of store, empty, and a look into it from outside."""

    file: InstallationsFile

    def installations(self, *keys: bytes, client_id: str = CLIENT_ID) -> SealedInstallations:
        """The installations, sealed with these keys."""

    def rows(self, sql: str) -> list[Any]:
        """Run a statement as somebody else would."""

    def states(self) -> int:
        """How many OAuth states are stored."""

    def everything(self) -> bytes:
        """All that is kept."""

    @contextmanager
    def refusing(self, when: str) -> Iterator[None]:
        """Let each INSERT, or each DELETE, of an installation fail."""


class InSqlite:
    """A file."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "installations.db"
        self.file: InstallationsFile = installations_file(folder)

    def installations(self, *keys: bytes, client_id: str = CLIENT_ID) -> SealedInstallations:
        return SealedInstallations(self.file, TokenSealer(keys), client_id)

    def rows(self, sql: str) -> list[Any]:
        with closing(sqlite3.connect(self._path)) as connection, connection:
            return connection.execute(sql).fetchall()

    def states(self) -> int:
        return int(self.rows("SELECT count(*) FROM oauth_states")[0][0])

    def everything(self) -> bytes:
        """The file, and whatever SQLite keeps beside it."""
        return b"".join(path.read_bytes() for path in self._path.parent.iterdir())

    @contextmanager
    def refusing(self, when: str) -> Iterator[None]:
        self.rows(
            f"CREATE TRIGGER refused BEFORE {when} ON slack_installations "
            "BEGIN SELECT RAISE(ABORT, 'xoxb-text'); END"
        )
        yield
        self.rows("DROP TRIGGER refused")


class InPostgreSQL:
    """A database."""

    def __init__(self, engine: Engine, url: str) -> None:
        self._url = url
        self.file: InstallationsFile = InstallationsDatabase(engine)

    def installations(self, *keys: bytes, client_id: str = CLIENT_ID) -> SealedInstallations:
        return SealedInstallations(self.file, TokenSealer(keys), client_id, sdk_store=SharedSQLAlchemyStore)

    def rows(self, sql: str) -> list[Any]:
        with psycopg.connect(self._url) as connection:
            cursor = connection.execute(sql.encode())
            return cursor.fetchall() if cursor.description else []

    def states(self) -> int:
        return int(self.rows("SELECT count(*) FROM slack_oauth_states")[0][0])

    def everything(self) -> bytes:
        """All rows; what lies in its files and its log is looked at in tests/cluster."""
        installations = self.rows("SELECT * FROM slack_installations")
        return repr((installations, self.rows("SELECT * FROM slack_oauth_states"))).encode()

    @contextmanager
    def refusing(self, when: str) -> Iterator[None]:
        self.rows(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE 'xoxb-text'; END $$; "
            f"CREATE TRIGGER refused BEFORE {when} ON slack_installations "
            "FOR EACH ROW EXECUTE FUNCTION refuse()"
        )
        yield
        self.rows("DROP FUNCTION refuse CASCADE")
