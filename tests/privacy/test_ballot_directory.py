"""The time of the ballots' directory is that of an opening, however many there are."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.core.model import ParticipationToken, ReplyId, RoundId
from bot.ports import SealedReply
from bot.store.ballots import BallotFiles

pytestmark = pytest.mark.attack

OLD, NEW, NEWEST = (RoundId(f"00000000000{letter}") for letter in "abc")
OPENED = {
    one: datetime(2026, 11, 2, 9, tzinfo=UTC) + timedelta(days=days)
    for days, one in enumerate((OLD, NEW, NEWEST))
}


def seconds(path: Path) -> float:
    return path.stat().st_mtime


def reply(boxes: BallotFiles, round_id: RoundId) -> None:
    boxes.submit(
        round_id, ParticipationToken(os.urandom(32)), SealedReply(ReplyId(os.urandom(16)), b"sealed")
    ).result()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "ballots"


@pytest.fixture
def boxes(folder: Path) -> Iterator[BallotFiles]:
    boxes = BallotFiles(folder)
    for round_id, opened_at in OPENED.items():
        boxes.create(round_id, opened_at)
    yield boxes
    boxes.close()


@pytest.mark.parametrize("replied", [OLD, NEW, NEWEST])
def test_after_a_reply_to_any_round_it_is_the_newest_opening(
    boxes: BallotFiles, folder: Path, replied: RoundId
) -> None:
    reply(boxes, replied)

    assert OPENED[NEWEST].timestamp() == seconds(folder)


def test_when_a_round_is_gone_it_is_the_newest_opening_of_those_left(
    boxes: BallotFiles, folder: Path
) -> None:
    """Kills the mutant that remembers the newest opening and forgets that rounds end."""
    boxes.destroy(NEWEST)
    assert OPENED[NEW].timestamp() == seconds(folder)

    reply(boxes, OLD)
    assert OPENED[NEW].timestamp() == seconds(folder)


def test_after_a_crash_it_is_the_opening_that_stands_in_the_file_and_not_the_time_of_the_last_reply(
    boxes: BallotFiles, folder: Path
) -> None:
    """Kills the mutant that takes the file's own time at the start and keeps it."""
    boxes.close()
    now = datetime(2026, 11, 5, 15, 42, 7, tzinfo=UTC).timestamp()
    for path in (folder / f"{OLD}.db", folder):
        os.utime(path, (now, now))

    again = BallotFiles(folder)
    again.canonicalise()
    assert OPENED[NEWEST].timestamp() == seconds(folder)

    reply(again, NEW)
    again.close()
    assert OPENED[NEWEST].timestamp() == seconds(folder)


def test_a_reply_looks_at_no_other_ballot(boxes: BallotFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kills the mutant that reads the openings each time: with 1,000 rounds, seven times as long."""

    def looked(_: BallotFiles) -> frozenset[RoundId]:
        raise AssertionError("it looked at every ballot")

    monkeypatch.setattr(BallotFiles, "list_boxes", looked)

    reply(boxes, OLD)
