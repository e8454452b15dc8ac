"""A file is rewritten at the start unless that would change nothing."""

import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import ParticipationToken, ReplyId, RoundId
from bot.ports import SealedReply
from bot.store.ballots import BallotFiles
from bot.store.connections import ORDERLESS_PRAGMAS, connect
from bot.store.rewriting import MOST_COMPARED, is_rewritten

ROUND = RoundId("00000000000a")
CHANGES = {
    "insert": (
        "INSERT INTO reply VALUES (x'00ff', x'01')",
        "INSERT INTO reply VALUES (x'00fe', zeroblob(3000))",
    ),
    "delete": ("DELETE FROM reply WHERE id = (SELECT min(id) FROM reply)",),
    "update": ("UPDATE reply SET sealed = zeroblob(5)",),
}
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def path_in(folder: Path) -> Path:
    return folder / f"{ROUND}.db"


def filled(folder: Path, numbers: Sequence[int], size: int = 1392) -> None:
    """Store these replies as the bot does."""
    with closing(BallotFiles(folder)) as boxes:
        boxes.create(ROUND, NOON)
        for number in numbers:
            token = ParticipationToken(number.to_bytes(32, "big"))
            reply = SealedReply(id=ReplyId(number.to_bytes(16, "little")), sealed=bytes(size))
            boxes.submit(ROUND, token, reply).result()


def told(folder: Path) -> bool:
    with closing(connect(path_in(folder), ORDERLESS_PRAGMAS)) as connection:
        return is_rewritten(connection)


@given(
    st.lists(st.integers(0, 999), max_size=8, unique=True), st.sampled_from(["insert", "delete", "update"])
)
def test_what_a_crash_left_before_the_rewriting_is_noticed(numbers: list[int], change: str) -> None:
    """The rewriting is what hides the order of the replies."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        filled(folder, [*numbers, 1000, 1001])
        assert told(folder)
        with closing(connect(path_in(folder), ORDERLESS_PRAGMAS)) as connection:
            before = path_in(folder).read_bytes()
            for statement in CHANGES[change]:
                connection.execute(statement)
            connection.execute("VACUUM")
            rewritten = connection.serialize()
        path_in(folder).write_bytes(before)
        with closing(connect(path_in(folder), ORDERLESS_PRAGMAS)) as connection:
            for statement in CHANGES[change]:
                connection.execute(statement)
            same = without_counters(connection.serialize()) == without_counters(rewritten)
        assert same is told(folder)


def without_counters(content: bytes) -> bytes:
    return content[:24] + content[28:40] + content[44:92] + content[100:]


def test_a_file_in_its_one_form_is_not_written_at_the_start(tmp_path: Path) -> None:
    filled(tmp_path, range(20))
    before = path_in(tmp_path).read_bytes()
    with closing(BallotFiles(tmp_path)) as boxes:
        assert {} == boxes.canonicalise()
    assert before == path_in(tmp_path).read_bytes()


def test_its_times_are_reset_all_the_same(tmp_path: Path) -> None:
    filled(tmp_path, range(3))
    os.utime(path_in(tmp_path), (1_900_000_000, 1_900_000_000))
    with closing(BallotFiles(tmp_path)) as boxes:
        boxes.canonicalise()
    assert NOON.timestamp() == path_in(tmp_path).stat().st_mtime


def test_a_large_file_is_rewritten_without_a_comparison(tmp_path: Path) -> None:
    filled(tmp_path, range(4), size=MOST_COMPARED // 3)
    assert not told(tmp_path)


def test_a_damaged_file_is_no_file_in_its_one_form(tmp_path: Path) -> None:
    filled(tmp_path, range(20))
    content = bytearray(path_in(tmp_path).read_bytes())
    content[4096:] = os.urandom(len(content) - 4096)
    path_in(tmp_path).write_bytes(content)
    with pytest.raises(sqlite3.DatabaseError):
        told(tmp_path)
