"""One ballot file, or the audiences, held by another program: nothing else waits, and no stop does."""

from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from threading import Thread
from time import monotonic

import pytest

from bot.core.model import RoundId
from bot.errors import StoreError
from bot.store import connections
from bot.store.audiences import AudienceFile
from bot.store.ballots import BallotFiles
from tests.another_program import another_program
from tests.contracts.test_damaged_files import reply, token
from tests.contracts.values import NOON
from tests.patience import PATIENCE_S

HELD, FREE = RoundId("00000000000a"), RoundId("00000000000b")
LONG_S, SOON_S = 300.0, PATIENCE_S


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two boxes with a reply in each."""
    boxes = BallotFiles(tmp_path / "ballots")
    for round_id in (HELD, FREE):
        boxes.create(round_id, NOON)
        boxes.submit(round_id, token(1), reply(1)).result()
    boxes.close()
    return tmp_path / "ballots"


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits, waits for a moment."""
    monkeypatch.setattr(connections, "BUSY_TIMEOUT_S", 0.3)
    monkeypatch.setattr("bot.store.ballots.BUSY_TIMEOUT_S", 0.3)


def cannot_be_opened(path: Path) -> None:
    """Put something there that no right lets anybody open as a file: root has all other rights."""
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("how", ["BEGIN IMMEDIATE", "BEGIN EXCLUSIVE", "BEGIN; DELETE FROM reply"])
def test_a_box_that_is_held_is_put_aside_and_taken_up_when_it_is_free(folder: Path, how: str) -> None:
    with closing(BallotFiles(folder)) as boxes:
        with another_program(folder / f"{HELD}.db", *how.split("; ")):
            assert {HELD: "in_use"} == boxes.canonicalise()

            assert boxes.has_replied(FREE, token(1))
            boxes.submit(FREE, token(2), reply(2)).result()
            assert frozenset() == boxes.canonicalise_left()
        assert {HELD} == boxes.canonicalise_left()
        assert frozenset() == boxes.canonicalise_left()
        assert boxes.has_replied(HELD, token(1))


def test_a_box_that_may_not_be_opened_is_put_aside(folder: Path) -> None:
    cannot_be_opened(folder / f"{HELD}.db")
    with closing(BallotFiles(folder)) as boxes:
        assert {HELD: "not_allowed"} == boxes.canonicalise()
        assert boxes.has_replied(FREE, token(1))


def test_many_boxes_that_are_held_are_waited_for_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(BallotFiles(folder)) as boxes, ExitStack() as held:
        rounds = [RoundId(f"0000000000{number:02}") for number in range(10, 14)]
        for round_id in rounds:
            boxes.create(round_id, NOON)
            held.enter_context(another_program(folder / f"{round_id}.db", "BEGIN IMMEDIATE"))
        monkeypatch.setattr("bot.store.ballots.BUSY_TIMEOUT_S", 0.1)
        began = monotonic()

        assert set(rounds) == boxes.canonicalise().keys()

        assert monotonic() - began < SOON_S  # each is tried once, for a tenth of a second


def stopped(work: Callable[[], object], stop_waiting: Callable[[], None]) -> StoreError | None:
    """What came of work that waits, once it was told to stop_waiting; fails where it does not end soon."""
    outcome: list[StoreError] = []

    def run() -> None:
        try:
            work()
        except StoreError as error:
            outcome.append(error)

    worker = Thread(target=run, daemon=True)
    worker.start()
    worker.join(0.1)
    assert worker.is_alive()
    stop_waiting()
    worker.join(SOON_S)
    assert not worker.is_alive()
    return outcome[0] if outcome else None


@pytest.mark.parametrize("how", ["BEGIN IMMEDIATE", "BEGIN; DELETE FROM reply"])
def test_a_stop_waits_for_no_program_that_holds_a_ballot(
    folder: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(connections, "BUSY_TIMEOUT_S", LONG_S)
    with closing(BallotFiles(folder)) as boxes:
        boxes.canonicalise()
        with another_program(folder / f"{HELD}.db", *how.split("; ")):
            error = stopped(lambda: boxes.submit(HELD, token(2), reply(2)).result(), boxes.stop_waiting)

        assert error
        assert "in_use" == error.code


def test_a_stop_waits_for_no_program_that_holds_the_audiences(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "BUSY_TIMEOUT_S", LONG_S)
    with closing(AudienceFile(tmp_path / "audiences.db")) as audiences:
        with another_program(tmp_path / "audiences.db", "BEGIN EXCLUSIVE"):
            error = stopped(lambda: audiences.remove([HELD]), audiences.stop_waiting)

        assert error
        assert "in_use" == error.code
