"""Both kinds of store for installations and states."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.cluster.database import engine_of
from tests.slack.install.kinds import InPostgreSQL, InSqlite, Kind


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def kind(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kind]:
    """An empty store of each kind."""
    if request.param == "SQLite":
        yield InSqlite(tmp_path)
        return
    url = request.getfixturevalue("database_url")
    engine = engine_of(url)
    yield InPostgreSQL(engine, url)
    engine.dispose()
