"""Search everything that PostgreSQL keeps, with its log at its most talkative, for what it must not know."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.cluster.database import engine_of, upgrade
from bot.cluster.installations import InstallationsDatabase
from bot.core.cells import CellKey
from bot.keys.tokens import TokenSealer
from bot.slack.install.sqlalchemy_store import SharedSQLAlchemyStore
from bot.slack.install.states import OneTimeStates
from bot.slack.install.store import SealedInstallations
from tests.cluster.workers import SHARD, worker
from tests.fakes.loops import run_alone
from tests.postgresql import DURABLE, TALKATIVE, PostgreSQL, running
from tests.slack.install.fake_slack import HOOK, USER_TOKEN
from tests.slack.install.place import CLIENT_ID, CLIENT_SECRET, KEY, NEWER_KEY, Clock
from tests.slack.install.test_installations import INSTALLER, installation

CANARIES = ("xoxb-1-aCanaryThatSang", "xoxb-2-aCanaryThatSang")
SEEN = "T0CANARY"
"""What PostgreSQL does know: so a search that finds nothing of this finds nothing at all."""


class Unsealed(TokenSealer):
    """The mutant: it writes the token as it is, in a form that looks sealed."""

    def seal(self, token: str, cell: CellKey, holder: str) -> str:
        return f"v1.00000000.{token}"

    def open(self, sealed: str, cell: CellKey, holder: str) -> str:
        return sealed.rpartition(".")[2]


@pytest.fixture
def server() -> Iterator[PostgreSQL]:
    with running((*DURABLE, *TALKATIVE, "wal_level=logical", "track_commit_timestamp=on")) as server:
        yield server


def live(server: PostgreSQL, folder: Path, kind: type[TokenSealer]) -> bytes:
    """Install, reinstall, fail, change the key, uninstall, own a shard; return all that is kept."""
    engine = engine_of(server.url())
    upgrade(engine)
    database = InstallationsDatabase(engine)

    def with_keys(*keys: bytes) -> SealedInstallations:
        return SealedInstallations(database, kind(keys), CLIENT_ID, sdk_store=SharedSQLAlchemyStore)

    async def scenario() -> None:
        states, installations = OneTimeStates(database, Clock(), CLIENT_SECRET), with_keys(KEY)
        assert await states.async_consume(await states.async_issue())
        for canary in CANARIES:
            await installations.save(installation(SEEN, bot_token=canary))
        with pytest.raises(ValueError, match="does not expire"):
            await installations.save(installation(SEEN, bot_token=CANARIES[0], bot_refresh_token="xoxe-1"))
        await with_keys(NEWER_KEY, KEY).reseal_all()
        assert [CANARIES[1]] == [one.bot_token for one in await with_keys(NEWER_KEY, KEY).list_all()]
        async with worker(server.url(), folder) as one:
            await one.take(SHARD)
            await one.beat()
        await installations.delete(None, SEEN)

    run_alone(scenario())
    engine.dispose()
    return server.everything()


def found(kept: bytes, *texts: str) -> list[str]:
    return [text for text in texts if text.encode() in kept]


def test_no_token_reaches_its_tables_its_write_ahead_log_or_its_log(
    server: PostgreSQL, tmp_path: Path
) -> None:
    kept = live(server, tmp_path, TokenSealer)

    assert [SEEN] == found(kept, SEEN, *CANARIES, "aCanaryThatSang", USER_TOKEN, HOOK, INSTALLER, "xoxe-1")
    assert [KEY, NEWER_KEY] == [key for key in (KEY, NEWER_KEY) if key not in kept]


def test_the_search_finds_a_token_that_was_not_sealed_in_each_place(
    server: PostgreSQL, tmp_path: Path
) -> None:
    live(server, tmp_path, Unsealed)
    places = {
        "tables": [path for path in (server.data / "base").rglob("*") if path.is_file()],
        "write-ahead log": [path for path in (server.data / "pg_wal").rglob("*") if path.is_file()],
        "log": [server.log],
    }

    for files in places.values():
        kept = b"".join(path.read_bytes() for path in files)
        assert [CANARIES[1]] == found(kept, CANARIES[1])


def test_a_token_in_the_clear_is_refused_by_the_table_itself(database_url: str) -> None:
    from bot.errors import StoreError

    class Plain(Unsealed):
        def seal(self, token: str, cell: CellKey, holder: str) -> str:
            return token

    with closing(_Disposed(database_url)) as database:
        installations = SealedInstallations(
            database.file, Plain([KEY]), CLIENT_ID, sdk_store=SharedSQLAlchemyStore
        )
        with pytest.raises(StoreError, match="SQLSTATE 23514"):
            run_alone(installations.save(installation(SEEN, bot_token=CANARIES[0])))


class _Disposed:
    """The tables, over an engine that ends with the test."""

    def __init__(self, url: str) -> None:
        self._engine = engine_of(url)
        self.file = InstallationsDatabase(self._engine)

    def close(self) -> None:
        self._engine.dispose()
