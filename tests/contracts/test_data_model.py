"""docs/DATA_MODEL.md names what is stored: every table, every column, every file, and nothing that is not."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

from slack_sdk.oauth.installation_store import Installation

import bot
from bot.cluster.tables import METADATA
from bot.config import InstalledWorkspace, WorkspaceFile, shard_dir, worker_dir, write_workspace_file
from bot.core.cells import cell_key
from bot.core.model import Period, RoundId, WorkspaceId
from bot.keys import AudienceKeyFiles, KeyFiles, TokenSealer
from bot.slack.install.states import OneTimeStates
from bot.slack.install.store import SealedInstallations, lay_out
from bot.store.audiences import AudienceFile
from bot.store.ballots import BallotFiles
from bot.store.database import Database
from bot.store.heartbeat import Heartbeat
from bot.store.installations import NAME, InstallationsFile
from bot.store.lock import CellHold, InstanceLock, prepare
from bot.store.migrations import KNOWN
from bot.store.storage import storage_id
from tests.config.hosting import CLUSTER, CLUSTER_VARIABLES, load
from tests.contracts.test_migrations import laid
from tests.contracts.values import NOON

ROUND, PERIOD = RoundId("00000000000a"), Period("20261102")
KEY = cell_key("T0ACME")
PAGE = (Path(bot.__file__).parent.parent / "docs" / "DATA_MODEL.md").read_text()


def columns_in(path: Path) -> dict[str, list[str]]:
    with closing(sqlite3.connect(path)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        return {
            table: [name for (name,) in connection.execute("SELECT name FROM pragma_table_info(?)", (table,))]
            for (table,) in tables
        }


def test_the_page_lists_the_tables_and_their_columns_in_order(tmp_path: Path) -> None:
    Database(tmp_path / "belonging.db").close()
    AudienceFile(tmp_path / "audiences.db").close()
    BallotFiles(tmp_path / "ballots").create(ROUND, NOON)
    files = (tmp_path / "belonging.db", tmp_path / "audiences.db", tmp_path / "ballots" / f"{ROUND}.db")

    for path in files:
        _, _, section = PAGE.partition(
            f"\n## {str(path.relative_to(tmp_path)).replace(ROUND, '&lt;round&gt;')}\n"
        )
        rows = re.findall(r"^\| `(\w+)` \| ([^|]*) \|", section.split("\n## ")[0], re.MULTILINE)
        assert columns_in(path) == {table: re.findall(r"`(\w+)`", columns) for table, columns in rows}


def test_the_page_lists_the_files(tmp_path: Path) -> None:
    BallotFiles(tmp_path / "ballots").create(ROUND, NOON)
    KeyFiles(tmp_path / "keys", WorkspaceId("T1")).create(ROUND)
    AudienceKeyFiles(tmp_path / "keys", "T1").create(PERIOD)
    AudienceFile(tmp_path / "audiences.db").close()
    database = Database(laid(tmp_path, KNOWN[0]))
    Heartbeat(tmp_path, lambda: True, lambda: 0.0).beat()
    with InstanceLock(tmp_path):
        files = [path.name for path in tmp_path.rglob("*") if path.is_file()]
    names = {name.replace(ROUND, "<round>").replace(PERIOD, "<period>") for name in files}
    database.close()

    tree = PAGE.split("```")[1].replace("(-wal, -shm)", "belonging.db-wal belonging.db-shm")
    assert names == {
        word
        for word in tree.split()
        if word in {".lock", "heartbeat"} or re.search(r"\.(db|token|close)|audience\.", word)
    }


def test_the_page_lists_the_columns_that_an_installation_fills(tmp_path: Path) -> None:
    file = InstallationsFile(tmp_path / NAME, lay_out)
    file.prepare()
    store = SealedInstallations(file, TokenSealer([b"k" * 32]), "1.2")
    for organisation in ("E0OLD", "E0ACME"):
        store.save_now(everything_that_slack_grants(organisation))
    states = OneTimeStates(file, lambda: NOON, "secret")
    assert states.consume_now(states.issue_now())

    rows = re.findall(r"^\| `(\w+)` \| ([^|]*) \|", section_of(NAME), re.MULTILINE)

    listed = {table: re.findall(r"`(\w+)`", columns) for table, columns in rows}
    assert filled_in(tmp_path / NAME) == listed


def section_of(name: str) -> str:
    return PAGE.partition(f"\n## {name}\n")[2].split("\n## ")[0]


def everything_that_slack_grants(organisation: str) -> Installation:
    """An installation with all that the SDK could keep of it."""
    return Installation(
        app_id="A0BOT",
        enterprise_id=organisation,
        enterprise_name="Acme",
        enterprise_url="https://acme.example.org",
        team_id="T0ACME",
        team_name="Acme",
        bot_token="xoxb-1",
        bot_id="B0BOT",
        bot_user_id="U0BOT",
        bot_scopes=["commands"],
        user_id="U0ADA",
        user_token="xoxp-1",
        user_scopes=["chat:write"],
        incoming_webhook_url="https://hooks.example.org",
        token_type="bot",
    )


def filled_in(path: Path) -> dict[str, list[str]]:
    """The columns of each table that hold something; a zero is something, an empty text nothing."""
    found = {}
    for table, columns in columns_in(path).items():
        with closing(sqlite3.connect(path)) as connection:
            rows = connection.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608 - a name of the file
        found[table] = [
            name for place, name in enumerate(columns) if any(row[place] not in {None, ""} for row in rows)
        ]
    return found


def test_the_page_lists_the_files_of_many_workspaces(tmp_path: Path) -> None:
    InstallationsFile(tmp_path / NAME, lay_out).prepare()
    folder = tmp_path / "cells" / KEY
    prepare(folder)
    workspace = InstalledWorkspace(id="T0ACME", name="Acme", since=NOON.date())
    write_workspace_file(folder, WorkspaceFile(key=KEY, workspaces=(workspace,)))
    with CellHold(folder):
        there = {path.name for path in tmp_path.rglob("*")}

    tree = section_of("Many workspaces").split("```")[1]
    named = {name.strip("/").replace("<key>", KEY) for name in re.findall(r"^ +(\S+)", tree, re.MULTILINE)}
    assert there == (named | {".lock"}) - {"config.yaml"}


def test_the_page_lists_the_tables_in_postgresql_and_their_columns_in_order() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([^|]*) \|", section_of("PostgreSQL"), re.MULTILINE)

    listed = {table: re.findall(r"`(\w+)`", columns) for table, columns in rows}
    laid_out = {name: [column.name for column in table.columns] for name, table in METADATA.tables.items()}
    assert listed.pop("slack_installations") == []  # the SDK's: those filled are listed above
    assert listed.pop("alembic_version") == ["version_num"]
    assert laid_out.pop("slack_installations")
    assert laid_out == listed


def test_the_page_lists_the_files_of_several_machines(tmp_path: Path) -> None:
    config = load(tmp_path, CLUSTER, CLUSTER_VARIABLES)
    prepare(config.data_dir)
    storage_id(config.data_dir)
    for folder in (shard_dir(config, 7), worker_dir(config, "worker-1")):
        prepare(folder)
        with InstanceLock(folder):
            Heartbeat(folder, lambda: True, lambda: 0.0).beat()
    (shard_dir(config, 7) / "heartbeat").unlink()
    there = [path.relative_to(config.data_dir) for path in config.data_dir.rglob("*")]

    tree = section_of("Several machines").split("```")[1]
    named = {name.strip("/") for name in re.findall(r"^ +(\S+)", tree, re.MULTILINE)}
    shown = {"07": "<number>", "worker-1": "<worker>"}
    assert named == {shown.get(path.name, path.name) for path in there} - {".lock", "heartbeat"}
