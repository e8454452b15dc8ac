"""Any sequence of submissions, changes, withdrawals, questions, closes and crashes: files and fake agree."""

import shutil
import tempfile
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bot.core.model import RoundId
from bot.errors import StoreError
from bot.ports import BallotBoxes, SealedReply
from bot.store.audit.ballots import is_canonical
from bot.store.ballots import BallotFiles
from tests.contracts.values import NOON
from tests.fakes.boxes import FakeBoxes
from tests.privacy.ballot import stretch, voter

ROUNDS = [RoundId("00000000000a"), RoundId("00000000000b")]
PEOPLE = range(4)
in_rounds = st.sampled_from(ROUNDS)
people = st.sampled_from(PEOPLE)


class Ballots(RuleBasedStateMachine):
    """Does the same with both, and compares what they say and hold."""

    def __init__(self) -> None:
        super().__init__()
        self.directory = Path(tempfile.mkdtemp())
        self.files = BallotFiles(self.directory)
        self.fake = FakeBoxes()
        self.abandoned: list[BallotFiles] = []

    def both(self, method: str, *arguments: Any) -> None:
        assert outcome(self.fake, method, arguments) == outcome(self.files, method, arguments)

    @rule(round_id=in_rounds)
    def create(self, round_id: RoundId) -> None:
        self.both("create", round_id, NOON)

    @rule(round_id=in_rounds, who=people, receipt=people, words=st.binary(max_size=2), size=st.integers(0, 3))
    def submit(self, round_id: RoundId, who: int, receipt: int, words: bytes, size: int) -> None:
        sealed = stretch(words, (64, 1392, 5232, 17520)[size])
        self.both(
            "submit", round_id, voter(who).token, SealedReply(id=voter(receipt).reply_id, sealed=sealed)
        )

    @rule(round_id=in_rounds, who=people)
    def submit_own(self, round_id: RoundId, who: int) -> None:
        self.both("submit", round_id, voter(who).token, voter(who).reply)

    @rule(round_id=in_rounds, who=people, receipt=people)
    def withdraw(self, round_id: RoundId, who: int, receipt: int) -> None:
        self.both("withdraw", round_id, voter(who).token, voter(receipt).reply_id)

    @rule(round_id=in_rounds, who=people)
    def ask(self, round_id: RoundId, who: int) -> None:
        self.both("has_replied", round_id, voter(who).token)
        self.both("holds", round_id, voter(who).reply_id)

    @rule(round_id=in_rounds)
    def shut(self, round_id: RoundId) -> None:
        self.both("shut", round_id)

    @rule(round_id=in_rounds)
    def destroy(self, round_id: RoundId) -> None:
        self.both("destroy", round_id)

    @rule()
    def crash(self) -> None:
        """The files are left as they are; another program starts on them."""
        self.abandoned.append(self.files)
        self.files = BallotFiles(self.directory)
        self.fake.shut_rounds.clear()
        self.both("canonicalise")

    @invariant()
    def they_hold_the_same(self) -> None:
        self.both("list_boxes")
        for round_id in ROUNDS:
            self.both("list_replies", round_id)

    @invariant()
    def no_file_tells_an_order_or_a_time(self) -> None:
        paths = list(self.directory.iterdir())
        assert all(path.suffix == ".db" and is_canonical(path.read_bytes()) for path in paths)
        assert {path.stat().st_mtime for path in paths} <= {NOON.timestamp()}

    @invariant()
    def there_are_as_many_tokens_as_replies(self) -> None:
        for box in self.fake.boxes.values():
            assert len(box.tokens) == len(box.replies)

    def teardown(self) -> None:
        for files in (*self.abandoned, self.files):
            files.close()
        shutil.rmtree(self.directory)


def outcome(boxes: BallotBoxes, method: str, arguments: tuple[Any, ...]) -> object:
    try:
        found = getattr(boxes, method)(*arguments)
        return found.result() if isinstance(found, Future) else found
    except StoreError:
        return StoreError


TestBallots = Ballots.TestCase
TestBallots.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
