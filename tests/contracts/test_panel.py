"""The view of what is stored: everything is listed, keys are never shown, nothing else can be reached."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.core.model import ParticipationToken, ReplyId, RoundId, RoundState, WorkspaceId
from bot.keys import KeyFiles
from bot.ports import SealedReply
from bot.store.audit.ballots import is_canonical
from bot.store.audit.panel import ROWS_SHOWN, list_files, list_tables, read_file
from bot.store.ballots import BallotFiles
from bot.store.database import Database
from tests.contracts.values import NOON, a_round

ROUND = RoundId("00000000000a")


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """A data directory in use, with one reply in the open round."""
    database = Database(tmp_path / "belonging.db")
    with database.transaction("open") as tx:
        tx.insert_round(a_round(ROUND))
    boxes = BallotFiles(tmp_path / "ballots")
    boxes.create(ROUND, NOON)
    boxes.submit(
        ROUND, ParticipationToken(b"t" * 32), SealedReply(id=ReplyId(b"i" * 16), sealed=b"s" * 1392)
    ).result()
    KeyFiles(tmp_path / "keys", WorkspaceId("T1")).create(ROUND)
    yield tmp_path
    boxes.close()
    database.close()


def test_every_file_is_listed_by_its_relative_path_with_size_and_time(data: Path) -> None:
    files = {file["path"]: file for file in list_files(data)}

    assert set(files) == {
        "belonging.db",
        "belonging.db-shm",
        "belonging.db-wal",
        f"ballots/{ROUND}.db",
        f"keys/{ROUND}.close",
        f"keys/{ROUND}.token",
    }
    box = files[f"ballots/{ROUND}.db"]
    assert box["modified"] == NOON.isoformat()
    assert box["size"] == (data / "ballots" / f"{ROUND}.db").stat().st_size
    assert "never shown" in files[f"keys/{ROUND}.close"]["note"]


def test_tables_are_shown_with_short_blobs_and_can_be_sent_as_json(data: Path) -> None:
    tables = {(table["file"], table["name"]): table for table in list_tables(data)}

    reply = tables[f"ballots/{ROUND}.db", "reply"]
    assert reply["columns"] == ["id", "sealed"]
    assert reply["rows"] == [[f"{'69' * 12}… (16 bytes)", f"{'73' * 12}… (1392 bytes)"]]
    assert reply["row_count"] == 1
    assert tables["belonging.db", "round"]["rows"][0][0] == ROUND
    assert json.dumps(list(tables.values()))


def test_of_a_long_table_the_beginning_is_shown_and_all_rows_are_counted(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "long.db")
    with connection:
        connection.execute('CREATE TABLE "a ""quoted"" name" (n INTEGER)')
        connection.executemany(
            'INSERT INTO "a ""quoted"" name" VALUES (?)', [(n,) for n in range(ROWS_SHOWN + 1)]
        )
    connection.close()

    (table,) = list_tables(tmp_path)

    assert (len(table["rows"]), table["row_count"]) == (ROWS_SHOWN, ROWS_SHOWN + 1)


def test_a_file_that_is_no_database_is_listed_and_has_no_tables(tmp_path: Path) -> None:
    (tmp_path / "garbage.db").write_bytes(b"garbage" * 99)

    assert [file["path"] for file in list_files(tmp_path)] == ["garbage.db"]
    assert list_tables(tmp_path) == []


def test_looking_changes_nothing(data: Path) -> None:
    box = data / "ballots" / f"{ROUND}.db"
    before = (box.read_bytes(), box.stat().st_mtime_ns)

    list_tables(data)
    list_files(data)
    read_file(data, f"ballots/{ROUND}.db")

    assert before == (box.read_bytes(), box.stat().st_mtime_ns)
    assert [path.name for path in box.parent.iterdir()] == [box.name]


def test_the_raw_bytes_of_a_listed_file_are_returned(data: Path) -> None:
    assert read_file(data, f"ballots/{ROUND}.db").startswith(b"SQLite format 3\0")


@pytest.mark.attack
@pytest.mark.parametrize("kind", ["token", "close", "token.part"])
def test_a_key_is_never_shown(data: Path, kind: str) -> None:
    (data / "keys" / f"{ROUND}.token.part").write_bytes(b"half a key")

    with pytest.raises(PermissionError):
        read_file(data, f"keys/{ROUND}.{kind}")


@pytest.mark.attack
@pytest.mark.parametrize(
    "name",
    ["../secret", "/etc/passwd", "ballots/../../secret", "ballots", "", ".", "link", f"./keys/{ROUND}.token"],
)
def test_nothing_but_a_listed_file_can_be_read(data: Path, name: str) -> None:
    (data.parent / "secret").write_bytes(b"secret")
    (data / "link").unlink(missing_ok=True)
    (data / "link").symlink_to(data.parent / "secret")

    with pytest.raises(FileNotFoundError):
        read_file(data, name)


def test_a_file_with_its_rows_in_the_order_of_arrival_is_not_canonical(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "box.db")
    with connection:
        connection.execute("CREATE TABLE participation (token BLOB PRIMARY KEY) WITHOUT ROWID, STRICT")
        for token in (b"2", b"1", b"3"):
            connection.execute("INSERT INTO participation VALUES (?)", (token * 32,))
    assert not is_canonical((tmp_path / "box.db").read_bytes())

    connection.execute("VACUUM")
    connection.close()

    assert is_canonical((tmp_path / "box.db").read_bytes())


def test_the_files_of_a_box_that_waits_are_told_from_those_of_a_round(tmp_path: Path) -> None:
    """After a round has closed its keys are gone; those of the box are not, and must not look like them."""
    database = Database(tmp_path / "belonging.db")
    with database.transaction("test") as tx:
        tx.insert_round(a_round("00000000000b", number=0, state=RoundState.GATHERING))
    database.close()
    (tmp_path / "keys").mkdir()
    for name in ("00000000000a.close", "00000000000b.close"):
        (tmp_path / "keys" / name).write_bytes(b"?")

    notes = {Path(file["path"]).name: file["note"] for file in list_files(tmp_path)}

    assert "box" in notes["00000000000b.close"]
    assert "box" not in notes["00000000000a.close"]
