"""A file that is damaged costs what was in it, and nothing else."""

import errno
import logging
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from bot.core.audiences import FrozenAudience, Mark, StatementKey
from bot.core.model import ParticipationToken, Period, ReplyId, RoundId
from bot.errors import DamagedError, StoreError
from bot.ports import SealedReply, Submission
from bot.store.audiences import AudienceFile
from bot.store.ballots import BallotFiles
from tests.contracts.values import DAY, NOON

BAD, GOOD = RoundId("00000000000a"), RoundId("00000000000b")
PERIOD = Period("20261102")
MANY = 60
KEYS = tuple(StatementKey(f"item:{number:03}") for number in range(MANY))


def overwritten(path: Path) -> None:
    """Somebody writes rubbish over all pages but the first."""
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(path.stat().st_size - 4096))


def header_gone(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(bytes(100))


def truncated(path: Path) -> None:
    os.truncate(path, 4096)


def cut_short(path: Path) -> None:
    os.truncate(path, 700)


def mark_gone(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(68)
        file.write(bytes(4))


def table_gone(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        table = connection.execute("SELECT name FROM sqlite_schema ORDER BY name DESC").fetchone()[0]
        connection.execute(f"DROP TABLE {table}")


def another_file(path: Path) -> None:
    path.write_text("no database at all\n" * 300, encoding="utf-8")


DAMAGES = pytest.mark.parametrize(
    "damage",
    [overwritten, header_gone, truncated, cut_short, mark_gone, table_gone, another_file],
    ids=lambda damage: damage.__name__,
)
Damage = Callable[[Path], None]


def token(number: int) -> ParticipationToken:
    return ParticipationToken(number.to_bytes(32, "big"))


def reply(number: int) -> SealedReply:
    return SealedReply(id=ReplyId(number.to_bytes(16, "big")), sealed=number.to_bytes(2, "big") * 600)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two boxes with some replies each."""
    folder = tmp_path / "ballots"
    with closing(BallotFiles(folder)) as boxes:
        for round_id in (BAD, GOOD):
            boxes.create(round_id, NOON)
            for number in range(12):
                boxes.submit(round_id, token(number), reply(number)).result()
    return folder


@DAMAGES
def test_a_damaged_box_keeps_no_other_from_being_served(folder: Path, damage: Damage) -> None:
    damage(folder / f"{BAD}.db")
    with closing(BallotFiles(folder)) as boxes:
        assert {BAD: "damaged"} == boxes.canonicalise()

        assert Submission.ACCEPTED is boxes.submit(GOOD, token(99), reply(99)).result()
        assert 13 == len(boxes.list_replies(GOOD))


@DAMAGES
def test_a_damaged_box_is_left_as_it_is_and_takes_nothing(folder: Path, damage: Damage) -> None:
    path = folder / f"{BAD}.db"
    damage(path)
    before = path.read_bytes()
    with closing(BallotFiles(folder)) as boxes:
        boxes.canonicalise()
        with pytest.raises(DamagedError):
            boxes.submit(BAD, token(99), reply(99)).result()
        with pytest.raises(DamagedError):
            boxes.withdraw(BAD, token(1), reply(1).id)

    assert before == path.read_bytes()


@DAMAGES
def test_a_damaged_box_can_be_destroyed(folder: Path, damage: Damage) -> None:
    damage(folder / f"{BAD}.db")
    with closing(BallotFiles(folder)) as boxes:
        boxes.canonicalise()
        boxes.shut(BAD)
        boxes.destroy(BAD)

    assert [f"{GOOD}.db"] == [path.name for path in folder.iterdir()]


def test_a_box_that_can_be_read_again_takes_replies_again(folder: Path) -> None:
    path = folder / f"{BAD}.db"
    whole = path.read_bytes()
    truncated(path)
    with closing(BallotFiles(folder)) as boxes:
        boxes.canonicalise()
        path.write_bytes(whole)

        assert Submission.ACCEPTED is boxes.submit(BAD, token(99), reply(99)).result()
        assert 13 == len(boxes.list_replies(BAD))


def test_replies_beside_a_damaged_table_can_still_be_read(folder: Path) -> None:
    """No reply that is on disk and readable is thrown away: only the fingerprints are gone here."""
    path = folder / f"{BAD}.db"
    with closing(sqlite3.connect(path)) as connection:
        page = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'participation'")
        (number,) = page.fetchone()
    with path.open("r+b") as file:
        file.seek((number - 1) * 4096)
        file.write(os.urandom(4096))
    with closing(BallotFiles(folder)) as boxes:
        assert {BAD: "damaged"} == boxes.canonicalise()

        assert 12 == len(boxes.list_replies(BAD))


def test_a_full_disk_is_no_damage_and_stops_the_start(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with closing(sqlite3.connect(folder / f"{GOOD}.db")) as older:
        older.execute("VACUUM")  # which counts in the header
    monkeypatch.setattr("bot.store.whole_file.check_room", full)
    with closing(BallotFiles(folder)) as boxes, pytest.raises(StoreError) as error:
        boxes.canonicalise()
    assert ("disk_full", False) == (error.value.code, isinstance(error.value, DamagedError))


@pytest.fixture
def audiences(tmp_path: Path) -> Path:
    """The path of an audiences.db with some rounds in it."""
    path = tmp_path / "audiences.db"
    with closing(AudienceFile(path)) as file:
        marks = tuple(Mark(number.to_bytes(16, "big")) for number in range(MANY))
        for round_id in (BAD, GOOD):
            frozen = FrozenAudience(period=PERIOD, people=MANY, until=NOON + DAY)
            file.freeze(round_id, frozen, dict.fromkeys(KEYS, marks))
    return path


@DAMAGES
def test_damaged_audiences_are_begun_anew_and_the_log_says_so(
    audiences: Path, damage: Damage, caplog: pytest.LogCaptureFixture
) -> None:
    damage(audiences)
    with closing(AudienceFile(audiences)) as file:
        assert {} == file.list_frozen()
        file.freeze(GOOD, FrozenAudience(period=PERIOD, people=1, until=NOON), {KEYS[0]: (Mark(b"1" * 16),)})
    with closing(AudienceFile(audiences)) as file:
        assert {GOOD} == file.list_frozen().keys()

    assert [("audiences damaged", logging.ERROR)] == [(one.msg, one.levelno) for one in caplog.records]
    assert [audiences] == list(audiences.parent.iterdir())
    assert 0o600 == audiences.stat().st_mode & 0o777


def test_a_row_of_the_audiences_that_cannot_be_read_is_damage_too(audiences: Path) -> None:
    with closing(sqlite3.connect(audiences, isolation_level=None)) as connection:
        connection.execute("UPDATE audience SET until = 'soon'")
    with closing(AudienceFile(audiences)) as file:
        assert {} == file.list_frozen()


def test_marks_that_would_not_be_found_where_they_are_looked_for_are_damage(audiences: Path) -> None:
    """VACUUM copies rows in their order without a look: a search then misses marks, and people seem new."""
    raw = audiences.read_bytes()
    audiences.write_bytes(raw.replace(KEYS[3].encode(), KEYS[50].encode()))
    with closing(AudienceFile(audiences)) as file:
        assert {} == file.list_frozen()


def test_a_file_of_another_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "audiences.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE invoices (id)")
    before = path.read_bytes()

    with pytest.raises(StoreError, match="not a file of this bot"):
        AudienceFile(path)
    assert before == path.read_bytes()
