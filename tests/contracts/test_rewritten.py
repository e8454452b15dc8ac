"""At the start a file is rewritten where something may be left of what was changed or removed, else not."""

import os
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from sqlite3 import DatabaseError
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.audiences import FrozenAudience, Mark, StatementKey
from bot.core.model import ParticipationToken, Period, ReplyId, RoundId
from bot.errors import StoreError
from bot.ports import SealedReply
from bot.store import audiences as audiences_module
from bot.store import ballot_file as box_module
from bot.store.audiences import AudienceFile
from bot.store.audit.ballots import is_canonical
from bot.store.ballots import BallotFiles
from bot.store.connections import ORDERLESS_PRAGMAS, connect
from tests.contracts.values import DAY

ROUND, OTHER = RoundId("00000000000a"), RoundId("00000000000b")
CHANGES = (
    "INSERT INTO reply VALUES (x'00ff', zeroblob(3000))",
    "DELETE FROM reply WHERE id = (SELECT min(id) FROM reply)",
    "UPDATE reply SET sealed = zeroblob(5)",
    "CREATE INDEX more ON reply (sealed)",
    "PRAGMA user_version = 29400000",
    "VACUUM",
)
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


@given(
    st.lists(st.integers(0, 999), max_size=8, unique=True),
    st.lists(st.sampled_from(CHANGES), min_size=1, max_size=3, unique=True),
    st.sampled_from(["DELETE", "WAL", "PERSIST"]),
)
def test_whatever_another_program_changed_the_file_has_its_one_form_after_the_start(
    numbers: list[int], changes: list[str], journal: str
) -> None:
    """The form is what hides the order of the replies."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        filled(folder, [*numbers, 1000, 1001])
        with closing(connect(path_in(folder), ORDERLESS_PRAGMAS)) as connection:
            connection.execute(f"PRAGMA journal_mode = {journal}")
            for change in changes:
                connection.execute(change)
        with closing(BallotFiles(folder)) as boxes:
            assert {} == boxes.canonicalise()
        assert [path_in(folder)] == list(folder.iterdir())
        assert is_canonical(path_in(folder).read_bytes())


def test_a_file_in_its_one_form_is_not_written_at_the_start(tmp_path: Path) -> None:
    filled(tmp_path, range(20))
    before, found = path_in(tmp_path).stat(), path_in(tmp_path).read_bytes()
    with closing(BallotFiles(tmp_path)) as boxes:
        assert {} == boxes.canonicalise()
    after = path_in(tmp_path).stat()
    assert found == path_in(tmp_path).read_bytes()
    assert before.st_ino == after.st_ino
    assert before.st_ctime_ns < after.st_ctime_ns, "its change time would be that of the last reply"


def test_its_times_are_reset_all_the_same(tmp_path: Path) -> None:
    filled(tmp_path, range(3))
    os.utime(path_in(tmp_path), (1_900_000_000, 1_900_000_000))
    with closing(BallotFiles(tmp_path)) as boxes:
        boxes.canonicalise()
    assert NOON.timestamp() == path_in(tmp_path).stat().st_mtime


def test_a_damaged_file_is_no_file_in_its_one_form(tmp_path: Path) -> None:
    filled(tmp_path, range(20))
    content = bytearray(path_in(tmp_path).read_bytes())
    content[4096:] = os.urandom(len(content) - 4096)
    path_in(tmp_path).write_bytes(content)
    with closing(BallotFiles(tmp_path)) as boxes:
        assert {ROUND: "damaged"} == boxes.canonicalise()


@pytest.mark.attack
def test_what_a_killed_process_replaced_is_on_disk_before_anybody_is_told_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have been killed between the rename and the sync, and the power may be cut after the answer."""
    filled(tmp_path, range(2))
    token, synced, real = ParticipationToken(bytes(32)), list[Path](), box_module.sync
    asks = (
        lambda boxes: boxes.has_replied(ROUND, token),
        lambda boxes: boxes.list_replies(ROUND),
        lambda boxes: boxes.withdraw(ROUND, token, ReplyId(b"another")),
        lambda boxes: boxes.submit(ROUND, token, SealedReply(ReplyId(b"another"), b"")).result(),
    )

    def fail(_: Path) -> None:
        raise OSError("the disk fails")

    for ask in asks:
        with closing(BallotFiles(tmp_path)) as boxes:
            boxes.canonicalise()
            with monkeypatch.context() as patch:
                patch.setattr(box_module, "sync", fail)
                with pytest.raises(StoreError):
                    ask(boxes)
            monkeypatch.setattr(box_module, "sync", lambda path: (synced.append(path), real(path)))
            ask(boxes)
            ask(boxes)
    assert [tmp_path] * len(asks) == synced


def frozen(path: Path, rounds: Sequence[RoundId]) -> None:
    with closing(AudienceFile(path)) as file:
        for round_id in rounds:
            marks = [Mark(round_id.encode() + number.to_bytes(4, "big")) for number in range(60)]
            audience = FrozenAudience(period=Period("20261102"), people=60, until=NOON + DAY)
            file.freeze(round_id, audience, {StatementKey("item"): marks})


def crash(_: object) -> None:
    raise DatabaseError("killed before the rewriting")


@pytest.mark.parametrize("how", ["removed", "frozen anew", "removed by an older version"])
def test_a_crash_before_the_rewriting_leaves_no_mark_of_a_removed_round(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    path = tmp_path / "audiences.db"
    frozen(path, [ROUND, OTHER])
    with closing(AudienceFile(path)) as file, monkeypatch.context() as patch:
        patch.setattr(audiences_module, "vacuum", crash)
        if how == "frozen anew":
            file.freeze(ROUND, FrozenAudience(period=Period("20261102"), people=0, until=NOON), {})
        else:
            with pytest.raises(StoreError):
                file.remove([ROUND])
    if how == "removed by an older version":
        with closing(connect(path, ORDERLESS_PRAGMAS)) as connection:
            connection.execute("PRAGMA user_version = 0")
    before = path.stat().st_size
    AudienceFile(path).close()

    assert before > path.stat().st_size
    with closing(connect(path, ORDERLESS_PRAGMAS)) as connection:
        assert (0,) == connection.execute("PRAGMA freelist_count").fetchone()


def test_audiences_of_which_nothing_was_removed_are_not_written_at_the_start(tmp_path: Path) -> None:
    path = tmp_path / "audiences.db"
    frozen(path, [ROUND, OTHER])
    with closing(AudienceFile(path)) as file:
        file.remove([OTHER])
    before, found = path.stat(), path.read_bytes()
    AudienceFile(path).close()

    assert found == path.read_bytes()
    assert (before.st_ino, before.st_ctime_ns) == (path.stat().st_ino, path.stat().st_ctime_ns)
