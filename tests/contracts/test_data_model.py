"""docs/DATA_MODEL.md names what is stored: every table, every column, every file, and nothing that is not."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import bot
from bot.core.model import Period, RoundId, WorkspaceId
from bot.keys import AudienceKeyFiles, KeyFiles
from bot.store.audiences import AudienceFile
from bot.store.ballots import BallotFiles
from bot.store.database import Database
from bot.store.heartbeat import Heartbeat
from bot.store.lock import InstanceLock
from bot.store.migrations import KNOWN
from tests.contracts.test_migrations import laid
from tests.contracts.values import NOON

ROUND, PERIOD = RoundId("00000000000a"), Period("20261102")
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
