"""Reach PostgreSQL, bring its tables up to date, and turn its failures into errors for an operator."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from psycopg import Error as PsycopgError
from sqlalchemy import Connection, Engine, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from bot.cluster.locks import CLASS, MIGRATIONS
from bot.errors import BotError, ClusterError, ConfigError, StoreError

CONNECT_S = 3
STATEMENT_MS = 10_000
MOST_CONNECTIONS = 4
"""Per worker, besides the session that holds its locks."""

_NO_SUCH_TABLE = frozenset({"42P01", "42703"})
"""PostgreSQL's codes for a table, and for a column, that is not there."""

_NO_POOLER_TAKES = "unsupported startup parameter"
"""What PgBouncer says to the settings of a connection."""

_REFUSES = "FATAL:"
"""What PostgreSQL's refusal of a connection begins with, in most languages. What follows stays untold: it may
have a part of a password that was written without percent signs."""

MIGRATIONS_DIR = Path(__file__).with_name("migrations")


def engine_of(url: str, *, pooled: bool = True) -> Engine:
    """Return an engine for the address that the operator wrote. Raises ``ConfigError``.

    Its errors hold no values: one of them may be a sealed token. Without a pool each transaction has a
    connection of its own, and nobody needs to dispose of the engine.
    """
    pool: dict[str, Any] = {
        "pool_size": MOST_CONNECTIONS,
        "max_overflow": 0,
        "pool_timeout": CONNECT_S,
        "pool_pre_ping": True,
    }
    try:
        address = make_url(url)
        if address.get_backend_name() != "postgresql":
            raise ConfigError("The database of a cluster is a PostgreSQL: postgresql://user@host/name")
        return create_engine(
            address.set(drivername="postgresql+psycopg"),
            **(pool if pooled else {"poolclass": NullPool}),
            hide_parameters=True,
            connect_args={
                "connect_timeout": CONNECT_S,
                "application_name": "belonging",
                "options": f"-c statement_timeout={STATEMENT_MS} -c lock_timeout={STATEMENT_MS}",
            },
        )
    except ArgumentError:
        raise ConfigError("The address of the database cannot be read.") from None


def upgrade(engine: Engine) -> None:
    """Bring the tables up to date, one worker at a time. Raises ``StoreError``; then nothing is changed."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS_DIR).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    with failures_told(), engine.begin() as connection:
        _wait_for_turn(connection)
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError:  # it knows no such revision
            raise StoreError(
                "The database belongs to a newer version of this bot.",
                remedy="Start that version, or restore the database from before its upgrade.",
                code="newer_database",
            ) from None


def _wait_for_turn(connection: Connection) -> None:
    """Take the lock of migrations until the transaction ends."""
    connection.execute(
        text("SELECT pg_advisory_xact_lock(:class, :lock)"), {"class": CLASS, "lock": MIGRATIONS}
    )


@contextmanager
def failures_told() -> Iterator[None]:
    """Raise a ``StoreError`` for a failure of PostgreSQL, without its own text, which may quote values."""
    try:
        yield
    except (SQLAlchemyError, PsycopgError) as error:
        raise database_error(error) from None


def database_error(error: Exception) -> BotError:
    """Return the error to raise. ``sqlstate`` is PostgreSQL's own code for what went wrong."""
    said = getattr(error, "orig", error)
    state = getattr(said, "sqlstate", None)
    if state is None and _NO_POOLER_TAKES in str(said):
        return pooler_error()
    if state is None and _REFUSES in str(said):
        return StoreError(
            "PostgreSQL refuses the connection.",
            remedy="Nothing was saved. Look whether user, password and database in BELONGING_DATABASE_URL "
            "are right; if so, its log says more.",
            code="database_away",
        )
    if state is None:
        return StoreError(
            "PostgreSQL cannot be reached.",
            remedy="Nothing was saved. Look whether it runs, and whether this machine may connect to it.",
            code="database_away",
        )
    if state in _NO_SUCH_TABLE:
        return StoreError(
            "The tables of this bot are not in the database, or are those of an older version.",
            remedy="Start a worker, which makes them: belonging worker",
            code="no_tables",
        )
    return StoreError(
        f"PostgreSQL refused what was asked (SQLSTATE {state}).",
        remedy="Nothing was saved. Look into PostgreSQL's log.",
        code="database",
    )


def pooler_error() -> ClusterError:
    """Return the error for a pooler in between."""
    return ClusterError(
        "A connection pooler stands between this worker and PostgreSQL, so that its locks hold nothing.",
        remedy="Name PostgreSQL's own host and port in the address of the database.",
    )
