"""A thief of the files looks for words, names, and anything that can be guessed from them."""

import hashlib
import os
import re
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from bot.core.model import MemberId, ParticipationToken, StatementId, TagId
from bot.core.replies import Reply, encode_reply, reply_id
from bot.keys import KeyFiles
from bot.store import ballot_content, connections, whole_file
from bot.store.audit.panel import schema
from bot.store.ballots import BallotFiles
from bot.store.database import Database
from tests.contracts.values import NOON, a_round
from tests.privacy.ballot import (
    ROUND,
    WORKSPACE,
    box_path,
    found_in,
    guesses,
    open_boxes,
    submit,
    vault_in,
    voter,
)

MEMBERS = [MemberId(f"U0CANARY{number}") for number in range(6)]
WORDS = [f"canary-{number} wünscht sich leisere Sitzungen" for number in range(6)]


def open_round_with_replies(directory: Path, vault: KeyFiles) -> list[bytes]:
    """A round in these directories, with a reply of each member; their receipts."""
    public = vault.create(ROUND)
    database = Database(directory / "belonging.db")
    with database.transaction("open") as tx:
        tx.insert_round(a_round(ROUND, closing_key=public))
    database.close()
    boxes = open_boxes(directory / "ballots")
    receipts = []
    for member, text in zip(MEMBERS, WORDS, strict=True):
        receipt = vault.new_receipt()
        reply = Reply(
            answers={StatementId("canary-item"): 4}, text=text, tags=(TagId("canary-tag"),), quotable=True
        )
        sealed = vault.seal(public, ROUND, reply_id(receipt), encode_reply(reply))
        boxes.submit(ROUND, vault.token(ROUND, member), sealed).result()
        receipts.append(receipt)
    boxes.close()
    return receipts


def canaries(receipts: list[bytes]) -> list[bytes]:
    """Everything that must stand in no file, keys apart."""
    guessed = [guess for secret in (*MEMBERS, *WORDS) for guess in guesses(secret)]
    parts = [b"canary-item", b"canary-tag", b"U0CANARY", b"leisere Sitzungen", b"quotable"]
    receipt_forms = [
        form for receipt in receipts for form in (receipt, hashlib.sha256(receipt).digest()[:16])
    ]
    return [*guessed, *parts, *receipt_forms]


@pytest.mark.attack
def test_no_word_no_member_no_receipt_and_no_hash_of_them_stands_in_any_file(tmp_path: Path) -> None:
    receipts = open_round_with_replies(tmp_path, vault_in(tmp_path / "keys"))

    assert found_in(tmp_path, canaries(receipts)) == set()


@pytest.mark.attack
def test_the_mutant_that_hashes_member_ids_without_a_key_is_found_out(tmp_path: Path) -> None:
    class Hashing(KeyFiles):
        def token(self, round_id: str, member: MemberId) -> ParticipationToken:
            return ParticipationToken(hashlib.sha256(WORKSPACE.encode() + member.encode()).digest())

    receipts = open_round_with_replies(tmp_path, Hashing(tmp_path / "keys", WORKSPACE))

    assert len(found_in(tmp_path, canaries(receipts))) >= len(MEMBERS)


@pytest.mark.attack
def test_the_mutant_that_does_not_seal_is_found_out(tmp_path: Path) -> None:
    vault = KeyFiles(tmp_path / "keys", WORKSPACE, sealer=lambda _key, _info, plaintext: plaintext)

    receipts = open_round_with_replies(tmp_path, vault)

    assert b"canary-item" in found_in(tmp_path, canaries(receipts))


@pytest.mark.attack
def test_a_replaced_or_withdrawn_reply_is_gone_from_the_bytes(tmp_path: Path) -> None:
    boxes = open_boxes(tmp_path)
    for number in range(8):
        submit(boxes, voter(number, size=4096))
    boxes.submit(ROUND, voter(1).token, voter(1).reply).result()
    boxes.withdraw(ROUND, voter(2).token, voter(2).reply_id)
    boxes.close()

    assert found_in(tmp_path, dead_bytes()) == set()


@pytest.mark.attack
def test_the_mutant_without_vacuum_and_secure_delete_keeps_dead_replies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ballot_content, "vacuum", lambda _: None)
    others = [pragma for pragma in connections.MEMORY_PRAGMAS if pragma[0] != "secure_delete"]
    monkeypatch.setattr(connections, "MEMORY_PRAGMAS", [("secure_delete", "OFF", 0), *others])

    boxes = open_boxes(tmp_path)
    for number in range(8):
        submit(boxes, voter(number, size=4096))
    boxes.submit(ROUND, voter(1).token, voter(1).reply).result()
    boxes.withdraw(ROUND, voter(2).token, voter(2).reply_id)
    boxes.close()

    assert found_in(tmp_path, dead_bytes()) != set()


def dead_bytes() -> list[bytes]:
    """Parts of the replies that were replaced (1) or withdrawn (2), and the token that went with one."""
    replaced, withdrawn = voter(1, size=4096), voter(2, size=4096)
    parts = [one.reply.sealed[at : at + 24] for one in (replaced, withdrawn) for at in range(0, 5000, 500)]
    return [*parts, withdrawn.token, withdrawn.reply_id]


@pytest.mark.attack
def test_nothing_of_a_closed_round_is_left_in_any_file(tmp_path: Path) -> None:
    vault = vault_in(tmp_path / "keys")
    receipts = open_round_with_replies(tmp_path, vault)
    boxes = BallotFiles(tmp_path / "ballots")
    secrets = [(tmp_path / "keys" / f"{ROUND}.{kind}").read_bytes() for kind in ("token", "close")]
    private = [key[at : at + 16] for key in secrets for at in range(0, len(key) - 15, 16)]
    tokens = [vault.token(ROUND, member) for member in MEMBERS]
    ids = [reply.id for reply in boxes.list_replies(ROUND)]
    sealed = [reply.sealed[at : at + 32] for reply in boxes.list_replies(ROUND) for at in (0, 600, 1200)]
    needles = [*private, *tokens, *ids, *sealed, *canaries(receipts)]
    assert len(found_in(tmp_path, needles)) >= len(private) + len(tokens) + len(ids)

    vault.destroy(ROUND)
    boxes.destroy(ROUND)

    assert found_in(tmp_path, needles) == set()
    assert [*(tmp_path / "keys").iterdir(), *(tmp_path / "ballots").iterdir()] == []


LEAKY_COLUMN = re.compile(
    r"(_at|_ts|time|date|stamp|seq|order|rowid|number|counter|created|member|user)", re.IGNORECASE
)


def side_channels(path: Path) -> list[str]:
    """What in a schema could tell time or order: rowids, counters, columns with such names or defaults."""
    found = []
    for name, sql in schema(path).items():
        if "WITHOUT ROWID" not in sql.upper():
            found.append(f"{name} has a rowid")
        if re.search(r"AUTOINCREMENT|DEFAULT|TRIGGER|GENERATED", sql, re.IGNORECASE):
            found.append(f"{name} fills a column by itself")
        with closing(sqlite3.connect(path)) as connection:
            columns = connection.execute("SELECT name FROM pragma_table_info(?)", (name,)).fetchall()
        found += [f"{name}.{column}" for (column,) in columns if LEAKY_COLUMN.search(column)]
    return found


@pytest.mark.attack
def test_the_schema_has_no_rowid_no_counter_and_no_time(tmp_path: Path) -> None:
    open_boxes(tmp_path).close()

    assert set(schema(box_path(tmp_path))) == {"participation", "reply"}
    assert side_channels(box_path(tmp_path)) == []
    with closing(sqlite3.connect(box_path(tmp_path))) as connection:
        for table in ("participation", "reply"):
            with pytest.raises(sqlite3.OperationalError, match="no such column"):
                connection.execute(f"SELECT rowid FROM {table}")  # noqa: S608 - two known names


@pytest.mark.attack
@pytest.mark.parametrize(
    "table",
    [
        "CREATE TABLE reply (id BLOB PRIMARY KEY, sealed BLOB) STRICT",
        "CREATE TABLE reply (id BLOB PRIMARY KEY, sealed BLOB, stored_at TEXT) WITHOUT ROWID, STRICT",
        "CREATE TABLE reply (id BLOB PRIMARY KEY, s TEXT DEFAULT CURRENT_TIMESTAMP) WITHOUT ROWID, STRICT",
        "CREATE TABLE reply (n INTEGER PRIMARY KEY AUTOINCREMENT, id BLOB) STRICT",
    ],
)
def test_a_mutant_schema_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, table: str) -> None:
    monkeypatch.setattr(ballot_content, "_TABLES", (ballot_content._TABLES[0], table))
    open_boxes(tmp_path).close()

    assert side_channels(box_path(tmp_path)) != []


def read_as_nobody(path: Path) -> bytes | None:
    """What another user reads in this file; root would read everything, so it is dropped in a child."""
    found = subprocess.run(["cat", str(path)], capture_output=True, check=False, user=65534, group=65534)
    return found.stdout if found.returncode == 0 else None


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


@needs_root
@pytest.mark.attack
def test_another_user_of_the_machine_reads_no_file_even_where_the_directories_are_open(
    public_place: Path,
) -> None:
    open_round_with_replies(public_place, vault_in(public_place / "keys"))
    files = [path for path in public_place.rglob("*") if path.is_file()]
    assert len(files) >= 4

    assert dict.fromkeys(files) == {path: read_as_nobody(path) for path in files}
    for name in ("ballots", "keys"):
        (public_place / name).chmod(0o755)
    assert dict.fromkeys(files) == {path: read_as_nobody(path) for path in files}


@needs_root
@pytest.mark.attack
def test_the_mutant_with_open_files_is_read_by_another_user(public_place: Path) -> None:
    open_round_with_replies(public_place, vault_in(public_place / "keys"))
    box_path(public_place / "ballots").chmod(0o644)
    (public_place / "ballots").chmod(0o755)

    assert read_as_nobody(box_path(public_place / "ballots")) is not None


@pytest.mark.attack
@pytest.mark.parametrize("umask", [0, 0o777])
def test_files_are_private_whatever_the_umask_and_so_are_those_not_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, umask: int
) -> None:
    modes, real = {}, whole_file.take_its_place

    def look(path: Path) -> None:
        modes.update({one.name: one.stat().st_mode & 0o777 for one in path.parent.iterdir()})
        real(path)

    open_round_with_replies(tmp_path, vault_in(tmp_path / "keys"))
    monkeypatch.setattr(whole_file, "take_its_place", look)
    boxes = BallotFiles(tmp_path / "ballots")
    old = os.umask(umask)
    try:
        boxes._box(ROUND).submit(lambda db: db.execute("DELETE FROM reply"), when_shut=None).result()
    finally:
        os.umask(old)
    boxes.close()

    assert modes == {f"{ROUND}.db": 0o600, f".{ROUND}.new": 0o600}
    for path in tmp_path.rglob("*"):
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path


@pytest.mark.attack
def test_no_journal_no_log_and_no_unfinished_file_is_left(tmp_path: Path) -> None:
    boxes = open_boxes(tmp_path)
    for number in range(5):
        submit(boxes, voter(number))
        assert [path.name for path in tmp_path.iterdir()] == [f"{ROUND}.db"]
    boxes.close()


def temporary_files_during_vacuum(directory: Path, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The names of SQLite's temporary files that are open while a box with large replies is rewritten."""
    seen: set[str] = set()

    def look() -> int:
        for descriptor in Path("/proc/self/fd").iterdir():
            try:
                name = descriptor.readlink().name
            except OSError:
                continue
            if name.startswith("etilqs"):
                seen.add(name)
        return 0

    real = connections.connect_to_memory

    def connect(raw: bytes = b"") -> sqlite3.Connection:
        connection = real(raw)
        connection.execute("PRAGMA cache_size = 4")
        connection.set_progress_handler(look, 50)
        return connection

    monkeypatch.setattr("bot.store.ballot_file.connect_to_memory", connect)
    boxes = open_boxes(directory)
    for number in range(12):
        submit(boxes, voter(number, size=16384))
    boxes.close()
    return seen


@pytest.mark.attack
@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="looks into /proc")
def test_vacuum_writes_no_temporary_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert temporary_files_during_vacuum(tmp_path, monkeypatch) == set()


@pytest.mark.attack
@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="looks into /proc")
def test_the_mutant_with_temporary_files_on_disk_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = [pragma for pragma in connections.MEMORY_PRAGMAS if pragma[0] != "temp_store"]
    monkeypatch.setattr(connections, "MEMORY_PRAGMAS", [("temp_store", "FILE", 1), *others])

    assert temporary_files_during_vacuum(tmp_path, monkeypatch) != set()


def times_of(directory: Path) -> set[float]:
    return {path.stat().st_mtime for path in (directory, *directory.iterdir())}


@pytest.mark.attack
def test_the_times_of_files_and_directory_stay_at_the_opening(tmp_path: Path) -> None:
    boxes = open_boxes(tmp_path / "ballots")
    for number in range(3):
        submit(boxes, voter(number))
    boxes.withdraw(ROUND, voter(1).token, voter(1).reply_id)
    boxes.close()

    assert times_of(tmp_path / "ballots") == {NOON.timestamp()}


@pytest.mark.attack
def test_the_mutant_that_leaves_times_alone_tells_the_time_of_the_last_reply(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    boxes = open_boxes(tmp_path / "ballots")
    monkeypatch.setattr(os, "utime", lambda *_args, **_kwargs: None)
    submit(boxes, voter(1))
    boxes.close()

    assert NOON.timestamp() not in times_of(tmp_path / "ballots")


@pytest.mark.attack
def test_after_a_restart_the_opening_time_comes_from_the_file_whatever_its_times_say(tmp_path: Path) -> None:
    boxes = open_boxes(tmp_path / "ballots")
    submit(boxes, voter(1))
    boxes.close()
    os.utime(box_path(tmp_path / "ballots"), (1, 1))

    again = BallotFiles(tmp_path / "ballots")
    again.canonicalise()
    again.close()

    assert times_of(tmp_path / "ballots") == {NOON.timestamp()}


@pytest.mark.attack
def test_the_settings_hold_for_every_content_and_one_that_does_not_hold_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.errors import StoreError

    boxes = open_boxes(tmp_path)
    assert boxes.close_idle()
    with closing(sqlite3.connect(box_path(tmp_path))) as connection:
        connection.execute("PRAGMA journal_mode = WAL")  # as a curious operator might

    def settings(connection: sqlite3.Connection) -> dict[str, object]:
        names = [name for name, _, _ in connections.MEMORY_PRAGMAS]
        return {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names}

    expected = {name: kept for name, _, kept in connections.MEMORY_PRAGMAS}
    assert boxes._box(ROUND).read(settings) == expected
    assert boxes.close_idle()
    monkeypatch.setattr(connections, "MEMORY_PRAGMAS", [("secure_delete", "ON", 7)])
    with pytest.raises(StoreError, match="does not keep the setting secure_delete"):
        boxes.list_replies(ROUND)


@pytest.mark.attack
def test_leftovers_of_unfinished_boxes_and_of_gone_ones_are_removed_at_start(tmp_path: Path) -> None:
    boxes = open_boxes(tmp_path)
    assert boxes.close_idle()
    strays = [
        ".00000000000b.new",
        ".00000000000b.new-journal",
        "00000000000c.db-journal",
        "00000000000c.db-wal",
    ]
    for name in (*strays, "notes.txt"):
        (tmp_path / name).write_bytes(b"sealed")

    boxes.canonicalise()
    boxes.close()

    assert {path.name for path in tmp_path.iterdir()} == {f"{ROUND}.db", "notes.txt"}


@pytest.mark.parametrize(
    "left", [f"{ROUND}.db-journal", f"{ROUND}.db-wal", f"{ROUND}.db-shm", f".{ROUND}.new"]
)
def test_a_destroyed_box_takes_what_lies_beside_it_with_it(tmp_path: Path, left: str) -> None:
    boxes = BallotFiles(tmp_path)
    boxes.create(ROUND, NOON)
    (tmp_path / left).write_bytes(b"pages of an earlier state")

    boxes.destroy(ROUND)

    assert [] == list(tmp_path.iterdir())
