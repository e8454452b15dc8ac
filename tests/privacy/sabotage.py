"""What somebody may do to an installation, each found by an attack of the proof."""

import hashlib
import hmac
import logging
import os
import shutil
import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path

import pytest

from bot.logs import AllowListFormatter
from tests.privacy.installation import WORKSPACE
from tests.world import World


def ballot(world: World) -> Path:
    (found,) = (world.data_dir / "ballots").glob("*.db")
    return found


def change(path: Path, sql: str, *values: object) -> None:
    """Change a database as another program would."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(sql, values)


def change_app(world: World, sql: str) -> None:
    change(world.data_dir / "belonging.db", sql)


def keep(path: Path, content: bytes = b"") -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.write_bytes(content)
    path.chmod(0o600)


def member_in_a_table(world: World) -> None:
    change_app(world, "UPDATE round SET zone = 'U02TOMA'")


def member_in_small_letters(world: World) -> None:
    keep(world.data_dir / "ballots" / "notes.txt", b"seen:u02toma.")


def member_in_a_name(world: World) -> None:
    keep(world.data_dir / "reply-U02TOMA.txt")


def member_in_a_folder_below(world: World) -> None:
    keep(world.data_dir / "cache" / "deep" / "x", b"U02TOMA")


def hashed_member(world: World) -> None:
    keep(world.data_dir / "ballots" / "notes.txt", hashlib.sha256(b"U02TOMA").hexdigest().encode())


def hashed_member_cut_short(world: World) -> None:
    keep(world.data_dir / "x", b"..." + hashlib.sha256(b"U02TOMA").digest()[:8])


def member_hashed_with_the_workspace(world: World) -> None:
    keep(world.data_dir / "x", hashlib.sha1(f"{WORKSPACE}:U02TOMA".encode(), usedforsecurity=False).digest())


def member_hashed_under_the_round(world: World) -> None:
    keep(world.data_dir / "x", hmac.digest(ballot(world).stem.encode(), b"U02TOMA", "sha256"))


def reply_without_vacuum(world: World) -> None:
    change(ballot(world), "INSERT INTO reply VALUES (?, ?)", bytes(16), bytes(1400))
    change(ballot(world), "DELETE FROM reply WHERE id = ?", bytes(16))


def replies_in_the_order_of_arrival(world: World) -> None:
    for number in (9, 3, 7, 1, 5):
        change(ballot(world), "INSERT INTO reply VALUES (?, ?)", bytes([number]) * 16, bytes(1400))


def time_of_the_last_reply(world: World) -> None:
    os.utime(ballot(world))


def time_of_the_last_journal(world: World) -> None:
    os.utime(world.data_dir / "ballots")


def rowid_table(world: World) -> None:
    change(ballot(world), "CREATE TABLE log (at TEXT)")


def ballot_table_of_another_kind(world: World) -> None:
    change(ballot(world), "DROP TABLE participation")
    change(ballot(world), "CREATE TABLE participation (token BLOB PRIMARY KEY NOT NULL) STRICT")


def time_in_a_ballot(world: World) -> None:
    change(ballot(world), "ALTER TABLE reply ADD COLUMN at TEXT")


def ballot_that_cannot_be_read(world: World) -> None:
    ballot(world).write_bytes(b"garbage" * 999)


def table_of_participants(world: World) -> None:
    change_app(world, "CREATE TABLE participant (member TEXT)")


def view_of_replies(world: World) -> None:
    change_app(world, "CREATE VIEW replies AS SELECT * FROM release")


def trigger_that_keeps_what_was(world: World) -> None:
    change_app(world, "CREATE TRIGGER kept AFTER UPDATE ON release BEGIN DELETE FROM firing; END")


def column_for_members(world: World) -> None:
    change_app(world, "ALTER TABLE firing ADD COLUMN member TEXT")


def column_for_anything(world: World) -> None:
    change_app(world, "ALTER TABLE firing ADD COLUMN notes TEXT")


def wide_mode(world: World) -> None:
    ballot(world).chmod(0o644)


def open_directory(world: World) -> None:
    (world.data_dir / "keys").chmod(0o755)


def open_file_below(world: World) -> None:
    keep(world.data_dir / "more" / "x")
    (world.data_dir / "more" / "x").chmod(0o640)


def file_of_another_user(world: World) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    os.chown(ballot(world), 65534, 65534)


def key_that_stayed(world: World) -> None:
    keep(world.data_dir / "keys" / "0123456789ab.token", bytes(48))


def half_destroyed_key(world: World) -> None:
    keep(world.data_dir / "keys" / "0123456789ab.close.part", bytes(96))


def ballots_that_stayed(world: World) -> None:
    keep(world.data_dir / "ballots" / "0123456789ab.db", ballot(world).read_bytes())


def open_round_without_its_key(world: World) -> None:
    (world.data_dir / "keys" / f"{ballot(world).stem}.close").unlink()


def open_round_without_ballots(world: World) -> None:
    ballot(world).unlink()


def keys_after_the_close(world: World) -> None:
    name = f"{ballot(world).stem}.token"
    kept = (world.data_dir / "keys" / name).read_bytes()
    world.move(days=3)
    keep(world.data_dir / "keys" / name, kept)


def leftover_journal(world: World) -> None:
    keep(ballot(world).with_name(f"{ballot(world).name}-journal"), bytes(512))


def leftover_log(world: World) -> None:
    keep(ballot(world).with_name(f"{ballot(world).name}-wal"), b"frames")


def unfinished_ballot(world: World) -> None:
    keep(world.data_dir / "ballots" / ".0123456789ab.new", ballot(world).read_bytes())


def backup_in_the_directory(world: World) -> None:
    keep(world.data_dir / "ballots" / "monday.bak", ballot(world).read_bytes())


def folder_in_the_directory(world: World) -> None:
    keep(world.data_dir / "old" / "x.db~", ballot(world).read_bytes())


def backup_beside_the_directory(world: World) -> None:
    shutil.copy(ballot(world), world.folder / "backup.db")


def backup_with_another_ending(world: World) -> None:
    shutil.copy(ballot(world), world.folder / "holiday.jpg")


def copy_of_everything(world: World) -> None:
    shutil.copytree(world.data_dir / "keys", world.folder / "backups" / "monday" / "data" / "keys")


def dump_beside_the_directory(world: World) -> None:
    with closing(sqlite3.connect(ballot(world))) as connection:
        (world.folder / "dump.sql").write_text("\n".join(connection.iterdump()), encoding="utf-8")


def archive_beside_the_directory(world: World) -> None:
    with tarfile.open(world.folder / "nightly.tar.gz", "w:gz") as archive:
        archive.add(world.data_dir, "data")


def second_name(world: World) -> None:
    os.link(ballot(world), world.folder / "kept")


def snapshot(world: World) -> None:
    shutil.copytree(world.data_dir / "ballots", world.folder / ".snapshot" / "hourly.0" / "data" / "ballots")


def repository(world: World) -> None:
    (world.folder / ".git").mkdir()


def loud_library(_: World) -> None:
    logging.getLogger("slack_bolt").setLevel(logging.DEBUG)


def loud_part_of_a_library(_: World) -> None:
    logging.getLogger("slack_sdk.proof.loud").setLevel(logging.INFO)


def plain_handler(_: World) -> None:
    logging.getLogger().addHandler(logging.NullHandler())


def handler_of_its_own(_: World) -> None:
    logging.getLogger("bot.stray").addHandler(logging.StreamHandler())


class Chatty(AllowListFormatter):
    """A formatter that lets one field more through."""

    def format(self, record: logging.LogRecord) -> str:
        return f"{super().format(record)} {record.__dict__.get('member')}"


def formatter_that_lets_more_through(_: World) -> None:
    handler = next(one for one in logging.root.handlers if isinstance(one.formatter, AllowListFormatter))
    handler.setFormatter(Chatty(as_json=False))


def token_in_a_table(world: World) -> None:
    change_app(world, "UPDATE round SET zone = 'xoxb-0001-secret00'")


def token_in_a_free_page(world: World) -> None:
    change_app(world, "CREATE TABLE x (token TEXT)")
    change_app(world, "INSERT INTO x VALUES ('xoxe.xoxb-1-0123456789')")
    change_app(world, "DROP TABLE x")


def token_in_a_log_of_its_own(world: World) -> None:
    keep(world.data_dir / "debug.log", b"Authorization: Bearer xapp-1-A0123-456")
