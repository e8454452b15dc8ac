"""What every test shares: Hypothesis without a wall clock, and a machine that is not on UTC."""

import asyncio
import os
import sys
import time
from collections.abc import Iterator

import pytest
from babel import localedata
from hypothesis import HealthCheck, settings

from bot.core.language import _locale
from tests.postgresql import EMPTY_AGAIN, PostgreSQL, running

sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment] # jsonschema would build its 38 grammars: 1 s

settings.register_profile(
    "house",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
    max_examples=int(os.environ.get("EXAMPLES", "60")),  # fewer for scripts/mutate
)
settings.load_profile("house")


def pytest_xdist_auto_num_workers() -> int:
    """Half as many processes again as there are processors: a test waits for a third of its time."""
    return max(2, (os.cpu_count() or 2) * 3 // 2)


@pytest.fixture
def far_from_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose own time zone is ten hours behind UTC."""
    monkeypatch.setenv("TZ", "Pacific/Honolulu")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture(autouse=True)
def no_loop_of_others(request: pytest.FixtureRequest) -> Iterator[None]:
    """The tests of the page leave a running loop in the main thread: no test without a page sees it."""
    if "playwright" in request.fixturenames:
        yield
        return
    running = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    yield
    asyncio._set_running_loop(running)


@pytest.fixture(autouse=True)
def whole_babel() -> Iterator[None]:
    """What a test drops of Babel's data, as the program does at its start, is there for the next test."""
    yield
    if "territories" not in localedata.load("en"):
        localedata.clear_caches()
        _locale.cache_clear()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """A PostgreSQL that all tests of this process share; each takes a database of its own."""
    with running() as server:
        yield server


@pytest.fixture(scope="session")
def shared_database(postgresql: PostgreSQL) -> str:
    """The address of a database with all tables, which the tests of this process use in turn."""
    from bot.cluster.database import engine_of, upgrade

    postgresql.query("CREATE DATABASE shared")
    engine = engine_of(postgresql.url("shared"))
    upgrade(engine)
    engine.dispose()
    return postgresql.url("shared")


@pytest.fixture
def database_url(postgresql: PostgreSQL, shared_database: str) -> Iterator[str]:
    """The address of a database with all tables and no rows but those of the shards."""
    yield shared_database
    postgresql.query(EMPTY_AGAIN, "shared")


@pytest.fixture
def empty_database_url(postgresql: PostgreSQL) -> Iterator[str]:
    """The address of a database without a table."""
    with postgresql.database() as name:
        yield postgresql.url(name)
