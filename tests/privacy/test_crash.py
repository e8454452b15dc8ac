"""The bot is killed (kill -9) between any two steps: what was acknowledged is there, once, in no order."""

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

import bot
from bot.core.model import MemberId
from bot.keys import KeyFiles
from bot.ports import Submission
from bot.store.audit.ballots import is_canonical
from bot.store.ballots import BallotFiles
from tests.privacy.ballot import ROUND, WORKSPACE, box_path, submit, voter

ROOT = Path(bot.__file__).parent.parent
VOTERS = range(1, 6)
UNCHANGED, CHANGED = 256 + 1136, 1024 + 1136
"""The sealed lengths of reply 4 before and after its change."""


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


def journals(wreck: Wreck) -> list[Path]:
    return list(wreck.directory.glob("*-journal"))


def unfinished(wreck: Wreck) -> list[Path]:
    return list(wreck.directory.glob(".*.new"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Restart:
    """What was found before and after a restart on a wreck, and then when everybody submitted again."""

    wreck: Wreck
    untidy_before: bool
    unfinished_before: bool
    tidy_after: bool
    tokens: frozenset[int]
    replies: Mapping[int, int]
    again: tuple[Submission, ...]
    replies_again: frozenset[int]

    def said(self, line: str) -> bool:
        return line in self.wreck.said


def is_tidy(wreck: Wreck) -> bool:
    return journals(wreck) + unfinished(wreck) == [] and is_canonical(box_path(wreck.directory).read_bytes())


def replies_in(boxes: BallotFiles) -> dict[int, int]:
    """The length of the sealed reply of each voter who has one in the box."""
    lengths = {reply.id: len(reply.sealed) for reply in boxes.list_replies(ROUND)}
    return {number: lengths[voter(number).reply_id] for number in VOTERS if voter(number).reply_id in lengths}


def restart(wreck: Wreck) -> Restart:
    untidy_before = not is_canonical(box_path(wreck.directory).read_bytes())
    unfinished_before = bool(unfinished(wreck))
    boxes = BallotFiles(wreck.directory)
    boxes.canonicalise()
    tidy_after = is_tidy(wreck)
    tokens = frozenset(number for number in VOTERS if boxes.has_replied(ROUND, voter(number).token))
    replies = replies_in(boxes)
    again = tuple(submit(boxes, voter(number)) for number in (1, 2, 3, 4))
    replies_again = frozenset(replies_in(boxes))
    boxes.close()
    return Restart(
        wreck=wreck,
        untidy_before=untidy_before,
        unfinished_before=unfinished_before,
        tidy_after=tidy_after,
        tokens=tokens,
        replies=replies,
        again=again,
        replies_again=replies_again,
    )


@pytest.fixture(scope="module")
def wrecks(tmp_path_factory: pytest.TempPathFactory) -> list[Wreck]:
    """One per step of three replies, a change, a withdrawal and a close; replies 4 and 5 lay there before."""
    return run_story("submissions", tmp_path_factory.mktemp("submissions"))


@pytest.fixture(scope="module")
def restarts(wrecks: list[Wreck]) -> list[Restart]:
    """A restart on every wreck of a round that was not being closed."""
    return [restart(wreck) for wreck in wrecks if "trying destruction" not in wreck.said]


@pytest.mark.attack
def test_the_crashes_happen_at_many_steps_and_leave_every_file_in_its_one_form(
    wrecks: list[Wreck], restarts: list[Restart]
) -> None:
    last_words = {wreck.said[-1] for wreck in wrecks if wreck.said}

    assert len(wrecks) > 100
    assert not any(found.untidy_before for found in restarts)
    assert any(found.unfinished_before for found in restarts)
    assert last_words >= {f"trying {what}" for what in ("1", "2", "3", "change", "withdrawal", "destruction")}


@pytest.mark.attack
def test_no_acknowledged_reply_change_or_withdrawal_is_lost(restarts: list[Restart]) -> None:
    for found in restarts:
        acknowledged = {number for number in (1, 2, 3) if found.said(f"stored {number}")}
        assert acknowledged <= found.tokens, found
        assert acknowledged <= set(found.replies), found
        assert found.replies[4] == CHANGED or not found.said("stored change"), found
        assert 5 not in found.tokens or not found.said("stored withdrawal"), found


@pytest.mark.attack
def test_what_was_not_acknowledged_is_there_as_a_whole_or_not_at_all(restarts: list[Restart]) -> None:
    for found in restarts:
        tried = {number for number in (1, 2, 3) if found.said(f"trying {number}")}
        assert found.tokens == set(found.replies), found
        assert found.tokens <= {4, 5} | tried, found
        assert found.replies[4] == UNCHANGED or (
            found.replies[4] == CHANGED and found.said("trying change")
        ), found


@pytest.mark.attack
def test_after_the_restart_every_file_is_in_its_one_form_and_without_journal(restarts: list[Restart]) -> None:
    assert all(found.tidy_after for found in restarts)


@pytest.mark.attack
def test_submitting_again_after_the_crash_counts_nobody_twice(restarts: list[Restart]) -> None:
    for found in restarts:
        expected = [Submission.CHANGED if n in found.tokens else Submission.ACCEPTED for n in (1, 2, 3, 4)]
        assert expected == list(found.again), found
        assert found.replies_again == found.tokens | {1, 2, 3, 4}, found


@pytest.mark.attack
def test_a_close_that_was_killed_can_be_done_again_and_leaves_nothing(wrecks: list[Wreck]) -> None:
    closing = [wreck for wreck in wrecks if "trying destruction" in wreck.said]
    assert len(closing) > 5

    for wreck in closing:
        boxes = BallotFiles(wreck.directory)
        boxes.canonicalise()
        for round_id in boxes.list_boxes():
            boxes.destroy(round_id)
        assert list(wreck.directory.iterdir()) == [], wreck


@pytest.mark.attack
def test_a_transaction_of_an_older_version_that_had_begun_to_write_is_rolled_back(tmp_path: Path) -> None:
    (wreck,) = run_story("spilled", tmp_path)
    half_written = box_path(wreck.directory).read_bytes()
    assert len(journals(wreck)) == 1
    assert voter(12, size=4096).reply.sealed[-32:] in half_written

    boxes = BallotFiles(wreck.directory)
    boxes.canonicalise()

    assert {voter(number).reply_id for number in (1, 2, 3)} == {
        reply.id for reply in boxes.list_replies(ROUND)
    }
    assert all(boxes.has_replied(ROUND, voter(number).token) for number in (1, 2, 3))
    boxes.close()
    assert is_canonical(box_path(wreck.directory).read_bytes())
    assert journals(wreck) == []
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
