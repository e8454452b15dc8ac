"""Whether a workspace was in another cell before: as the facts of all cells say, and as PostgreSQL does."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from bot.app.arrivals import Arrives, change_facts, note_installation, note_workspace
from bot.cluster.database import engine_of
from bot.cluster.installations import InstallationsDatabase
from bot.config import Config, WorkspaceFile, cell_dir, read_workspace_file
from bot.core.cells import CellKey
from bot.keys.tokens import TokenSealer
from bot.slack.install.installation import as_the_sdk_has_it, installation_of
from bot.slack.install.sqlalchemy_store import SharedSQLAlchemyStore
from bot.slack.install.store import SealedInstallations
from tests.cli.hosted import hosted
from tests.slack.install.place import CLIENT_ID, KEY, installations_file
from tests.slack.install.test_installations import installation, of_organisation

TODAY = date(2026, 11, 30)
ORG = CellKey("E0001")


@dataclass(slots=True)
class Arrivals:
    """One kind: where installations are stored, and who says where a workspace was."""

    config: Config
    installations: SealedInstallations
    arrives: Arrives | None

    def install(self, enterprise: str = "") -> None:
        """Install the bot in T0001, by itself or as one of an organisation."""
        stored = self.installations.save_now(installation(enterprise_id=enterprise or None))
        note_installation(self.config, stored, TODAY, self.arrives)

    def install_organisation(self) -> None:
        """Install the bot in a whole organisation."""
        stored = self.installations.save_now(of_organisation())
        note_installation(self.config, stored, TODAY, self.arrives)

    def cover(self) -> None:
        """Let the installation of a whole organisation hold for T0001."""
        note_workspace(self.config, ORG, "T0001", TODAY, self.arrives)
        self.installations.take_now("T0001", ORG)

    def has_arrived(self, key: str) -> bool:
        """Whether this cell has noted that a workspace has come from another one."""
        facts = read_workspace_file(cell_dir(self.config, CellKey(key)))
        return bool(facts and facts.arrived)


@pytest.fixture(params=["facts", "PostgreSQL"])
def arrivals(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Arrivals]:
    config = hosted(tmp_path)
    if request.param == "facts":
        file = installations_file(tmp_path)
        yield Arrivals(config, SealedInstallations(file, TokenSealer([KEY]), CLIENT_ID), None)
        return
    engine = engine_of(request.getfixturevalue("database_url"))
    yield in_postgresql(config, engine)
    engine.dispose()


@pytest.fixture
def distant(tmp_path: Path, database_url: str) -> Iterator[Arrivals]:
    """Cells that lie on several machines."""
    engine = engine_of(database_url)
    yield in_postgresql(hosted(tmp_path), engine)
    engine.dispose()


def in_postgresql(config: Config, engine: Engine) -> Arrivals:
    database = InstallationsDatabase(engine)
    installations = SealedInstallations(
        database, TokenSealer([KEY]), CLIENT_ID, sdk_store=SharedSQLAlchemyStore
    )
    return Arrivals(config, installations, database.arrives)


def test_one_that_comes_for_the_first_time_was_nowhere(arrivals: Arrivals) -> None:
    arrivals.install()
    arrivals.install()

    assert not arrivals.has_arrived("T0001")


def test_one_that_joins_an_organization_was_elsewhere_and_one_that_leaves_it_too(arrivals: Arrivals) -> None:
    arrivals.install()
    arrivals.install(ORG)
    assert [False, True] == [arrivals.has_arrived("T0001"), arrivals.has_arrived(ORG)]

    change_facts(cell_dir(arrivals.config, CellKey("T0001")), lambda facts: WorkspaceFile(key=facts.key))
    arrivals.install()
    assert arrivals.has_arrived("T0001")


def test_one_that_an_organization_covers_was_elsewhere_before_and_after(arrivals: Arrivals) -> None:
    arrivals.install()
    arrivals.install_organisation()
    assert not arrivals.has_arrived(ORG)

    arrivals.cover()
    assert arrivals.has_arrived(ORG)


def test_another_workspace_of_the_cell_changes_nothing(arrivals: Arrivals) -> None:
    arrivals.install(ORG)
    other = installation_of(installation("T0002", enterprise_id=ORG))
    stored = arrivals.installations.save_now(as_the_sdk_has_it(other))
    note_installation(arrivals.config, stored, TODAY, arrivals.arrives)

    assert not arrivals.has_arrived(ORG)


def test_postgresql_knows_it_where_the_other_cell_lies_on_another_machine(distant: Arrivals) -> None:
    distant.install()
    shutil.rmtree(cell_dir(distant.config, CellKey("T0001")))
    distant.install(ORG)

    assert distant.has_arrived(ORG)


def test_postgresql_knows_it_as_soon_as_an_installation_is_stored(distant: Arrivals) -> None:
    """A worker may be killed before it has made the cell."""
    distant.installations.save_now(installation())

    distant.install(ORG)
    assert distant.has_arrived(ORG)


def test_postgresql_knows_it_before_a_workspace_is_in_the_facts_of_its_cell(distant: Arrivals) -> None:
    """A worker may be killed between the two."""
    distant.install_organisation()
    note_workspace(distant.config, ORG, "T0001", TODAY, distant.arrives)

    distant.install()
    assert distant.has_arrived("T0001")


def test_where_the_installation_fails_nothing_is_noted(distant: Arrivals) -> None:
    with pytest.raises(ValueError, match="one bot token"):
        distant.installations.save_now(installation(bot_token=""))

    distant.install(ORG)
    assert not distant.has_arrived(ORG)


def test_what_is_noted_lets_nobody_read_the_installations_anew(distant: Arrivals) -> None:
    """Every worker reads them when their version changes; an arrival is none of their business."""
    before = distant.installations.version()
    assert distant.arrives
    assert not distant.arrives("T0001", ORG)

    assert before == distant.installations.version()
