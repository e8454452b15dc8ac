"""Cells and installations as they are after an installation and a schedule, written without either."""

from contextlib import ExitStack, closing
from datetime import time, timedelta
from typing import Any

from bot.config import Config, cell_config
from bot.core.audit import LastProof
from bot.core.cells import CellKey, shard_of
from bot.core.model import ChannelId, PackId, ReleasePolicy, ScheduleId
from bot.core.schedule import Schedule, Source, Weekly
from bot.keys import TokenSealer
from bot.slack.install.store import SealedInstallations, lay_out
from bot.store.database import Database
from bot.store.installations import NAME as INSTALLATIONS
from bot.store.installations import InstallationsFile
from bot.store.lock import prepare
from tests.world import CHANNEL, START

SCHEDULE = Schedule(
    id=ScheduleId("s1"),
    channel=ChannelId(CHANNEL),
    recurrence=Weekly(every=1, weekdays=(1,)),
    at=time(10, 0),
    zone="Europe/Berlin",
    pack=PackId("story"),
    open_for=timedelta(days=3),
    policy=ReleasePolicy(),
    created_at=START - timedelta(hours=1),
    source=Source.SLACK,
)
"""Asks one minute after ``START``, for three days."""


def lay_cells(config: Config, *teams: str) -> None:
    """Lay out the cells of these workspaces, each with a schedule."""
    for team in teams:
        places = cell_config(config, CellKey(team))
        above = (config.data_dir, places.data_dir.parent.parent, places.data_dir.parent)
        prepare(*above, places.data_dir, places.ballots_dir, places.keys_dir)
        path = places.data_dir / "belonging.db"
        with closing(Database(path)) as database, database.transaction("test") as tx:
            tx.put_schedule(SCHEDULE)
            tx.put_proof(LastProof(at=START, tried=1, failed=()))


def installations_in_a_file(config: Config) -> SealedInstallations:
    """The installations of a bot that serves many workspaces alone."""
    prepare(config.data_dir)
    file = InstallationsFile(config.data_dir / INSTALLATIONS, lay_out)
    file.prepare()
    return SealedInstallations(file, TokenSealer(config.secrets.token_keys), config.secrets.client_id)


def installations_in_postgresql(config: Config, held: ExitStack) -> SealedInstallations:
    """The installations of a cluster; ``held`` ends the connections."""
    from bot.cluster.database import engine_of
    from bot.cluster.installations import InstallationsDatabase
    from bot.slack.install.sqlalchemy_store import SharedSQLAlchemyStore

    engine = engine_of(config.secrets.database_url)
    held.callback(engine.dispose)
    sealer = TokenSealer(config.secrets.token_keys)
    database = InstallationsDatabase(engine)
    database.prepare()
    return SealedInstallations(database, sealer, config.secrets.client_id, sdk_store=SharedSQLAlchemyStore)


def bind_shards(config: Config, teams: tuple[str, ...]) -> None:
    """Store in PostgreSQL on which storage the cells of these workspaces lie."""
    import psycopg

    from bot.store.storage import storage_id

    found = [(storage_id(config.data_dir), shard_of(CellKey(team))) for team in teams]
    with psycopg.connect(config.secrets.database_url, autocommit=True) as connection:
        for one in found:
            connection.execute("UPDATE shards SET storage = %s WHERE shard = %s", one)


def ask(url: str, sql: str, *values: Any) -> list[Any]:
    """The rows that PostgreSQL answers."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(sql, values).fetchall()  # type: ignore[call-overload]
