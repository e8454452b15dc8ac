"""The bot is killed (kill -9) between any two steps: what was acknowledged is there, once, in no order."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import bot
from bot.core.model import MemberId, ReplyId
from bot.keys import KeyFiles
from bot.ports import Submission
from bot.store.ballots import BallotFiles
from bot.store.inspect import is_canonical
from tests.privacy.ballot import ROUND, WORKSPACE, box_path, submit, voter

ROOT = Path(bot.__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Wreck:
    """The files after one crash, and what was said before it."""

    directory: Path
    said: tuple[str, ...]


def run_story(story: str, directory: Path) -> list[Wreck]:
    child = Path(__file__).with_name("crash_child.py")
    subprocess.run(
        [sys.executable, str(child), story, str(directory)], check=True, cwd=ROOT, env={"PYTHONPATH": "."}
    )
    return [
        Wreck(said.with_suffix(""), tuple(said.read_text().splitlines()))
        for said in sorted(directory.glob("*.said"))
    ]


@pytest.fixture(scope="module")
def wrecks(tmp_path_factory: pytest.TempPathFactory) -> list[Wreck]:
    """One per step of three replies, a change, a withdrawal and a close; replies 4 and 5 lay there before."""
    return run_story("submissions", tmp_path_factory.mktemp("submissions"))


@pytest.fixture(scope="module")
def states(wrecks: list[Wreck]) -> list[tuple[Wreck, BallotFiles, bool]]:
    """Each wreck after a restart, and whether its file told anything of the order before the restart."""
    found = []
    for wreck in wrecks:
        path = box_path(wreck.directory)
        untidy = path.exists() and not (list_of_journals(wreck) == [] and is_canonical(path.read_bytes()))
        boxes = BallotFiles(wreck.directory)
        boxes.canonicalise()
        found.append((wreck, boxes, untidy))
    return found


def list_of_journals(wreck: Wreck) -> list[Path]:
    return list(wreck.directory.glob("*-journal"))


def still_open(states: list[tuple[Wreck, BallotFiles, bool]]) -> Iterator[tuple[Wreck, BallotFiles]]:
    """The wrecks whose round was not being closed."""
    for wreck, boxes, _ in states:
        if "trying destruction" not in wreck.said:
            yield wreck, boxes


def size_of(boxes: BallotFiles, reply_id: ReplyId) -> int | None:
    return next((len(reply.sealed) for reply in boxes.list_replies(ROUND) if reply.id == reply_id), None)


@pytest.mark.attack
def test_the_crashes_happen_at_many_steps_and_leave_journals_and_untidy_files(
    wrecks: list[Wreck], states: list[tuple[Wreck, BallotFiles, bool]], tmp_path: Path
) -> None:
    assert len(wrecks) > 100
    assert sum(untidy for _, _, untidy in states) > 5
    assert {wreck.said[-1] for wreck in wrecks if wreck.said} >= {
        *(f"trying {what}" for what in ("1", "2", "3", "change", "withdrawal", "destruction")),
    }


@pytest.mark.attack
def test_no_acknowledged_reply_change_or_withdrawal_is_lost(
    states: list[tuple[Wreck, BallotFiles, bool]],
) -> None:
    for wreck, boxes in still_open(states):
        for number in (1, 2, 3):
            if f"stored {number}" in wreck.said:
                assert boxes.has_replied(ROUND, voter(number).token), wreck
                assert boxes.holds(ROUND, voter(number).reply_id), wreck
        if "stored change" in wreck.said:
            assert size_of(boxes, voter(4).reply_id) == 1024 + 1136, wreck
        if "stored withdrawal" in wreck.said:
            assert not boxes.has_replied(ROUND, voter(5).token), wreck


@pytest.mark.attack
def test_what_was_not_acknowledged_is_there_as_a_whole_or_not_at_all(
    states: list[tuple[Wreck, BallotFiles, bool]],
) -> None:
    for wreck, boxes in still_open(states):
        assert size_of(boxes, voter(4).reply_id) in {256 + 1136, 1024 + 1136}, wreck
        for number in (1, 2, 3, 5):
            has_token = boxes.has_replied(ROUND, voter(number).token)
            assert has_token == boxes.holds(ROUND, voter(number).reply_id), wreck
            tried = number == 5 or f"trying {number}" in wreck.said
            assert tried or not has_token, wreck


@pytest.mark.attack
def test_after_the_restart_every_file_is_in_its_one_form_and_without_journal(
    states: list[tuple[Wreck, BallotFiles, bool]],
) -> None:
    for wreck, _ in still_open(states):
        assert is_canonical(box_path(wreck.directory).read_bytes()), wreck
        assert list_of_journals(wreck) == [], wreck


@pytest.mark.attack
def test_submitting_again_after_the_crash_counts_nobody_twice(
    states: list[tuple[Wreck, BallotFiles, bool]],
) -> None:
    for wreck, boxes in still_open(states):
        for number in (1, 2, 3, 4):
            assert submit(boxes, voter(number)) in {Submission.ACCEPTED, Submission.CHANGED}, wreck

        ids = {reply.id for reply in boxes.list_replies(ROUND)} - {voter(5).reply_id}
        assert ids == {voter(number).reply_id for number in (1, 2, 3, 4)}, wreck


@pytest.mark.attack
def test_a_close_that_was_killed_can_be_done_again_and_leaves_nothing(
    states: list[tuple[Wreck, BallotFiles, bool]],
) -> None:
    closing = [(wreck, boxes) for wreck, boxes, _ in states if "trying destruction" in wreck.said]
    assert len(closing) > 1

    for wreck, boxes in closing:
        for round_id in boxes.list_boxes():
            boxes.destroy(round_id)
        assert list(wreck.directory.iterdir()) == [], wreck


@pytest.mark.attack
def test_a_transaction_that_had_begun_to_write_into_the_file_is_rolled_back(tmp_path: Path) -> None:
    (wreck,) = run_story("spilled", tmp_path)
    half_written = box_path(wreck.directory).read_bytes()
    assert len(list_of_journals(wreck)) == 1
    assert voter(12, size=4096).reply.sealed[-32:] in half_written

    boxes = BallotFiles(wreck.directory)
    boxes.canonicalise()

    assert {voter(number).reply_id for number in (1, 2, 3)} == {
        reply.id for reply in boxes.list_replies(ROUND)
    }
    assert all(boxes.has_replied(ROUND, voter(number).token) for number in (1, 2, 3))
    boxes.close()
    assert is_canonical(box_path(wreck.directory).read_bytes())
    assert list_of_journals(wreck) == []
    assert voter(12, size=4096).reply.sealed[-32:] not in box_path(wreck.directory).read_bytes()


@pytest.mark.attack
def test_keys_are_there_as_a_whole_or_can_be_cleared_away_whenever_the_bot_is_killed(tmp_path: Path) -> None:
    wrecks = run_story("keys", tmp_path)
    assert len(wrecks) > 30
    halves = 0
    for wreck in wrecks:
        vault = KeyFiles(wreck.directory, WORKSPACE)
        made = any(line.startswith("made") for line in wreck.said)
        left = list(wreck.directory.iterdir())
        if vault.is_whole(ROUND):
            public = vault.create(ROUND)
            assert not made or f"made {public.hex()}" in wreck.said
            assert vault.token(ROUND, MemberId("U1")), wreck
        elif left:
            halves += 1
            assert vault.list_rounds() == {ROUND}, wreck

        vault.destroy(ROUND)
        assert list(wreck.directory.iterdir()) == [], wreck
    assert halves > 5
