"""A thief of the files looks for proposals: while they wait, once published, and once taken down."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.core.model import MemberId, NormId, Receipt
from bot.core.norms import Norm, NormState, NormStep
from bot.core.replies import Draft
from bot.service.norms import TakeDown, take_proposal_down
from bot.service.recovery import recover
from bot.service.replies import ReplyOutcome
from bot.service.run_due import run_due
from tests.fakes.directory import FakeDirectory
from tests.privacy.ballot import found_in, guesses
from tests.privacy.test_kill_collecting import CLOSES, Collecting
from tests.replying import accept_reply
from tests.service.services import TEAM, TUESDAY, weekly

pytestmark = pytest.mark.attack

ADMIN = MemberId("U0CANARYBOSS")
MEMBERS = tuple(MemberId(f"U0CANARY{number}") for number in range(6))
WORDS = tuple(f"Das quokka {number} schlägt leisere Sitzungen vor" for number in range(3))
RECEIPTS = tuple(Receipt(f"canary-receipt {number}".encode()) for number in range(3))


class Hearing(Collecting):
    """The channel of the canaries: one round has closed, so its box is open."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        people = FakeDirectory(members={TEAM: frozenset(MEMBERS)})
        settings = replace(self.services.settings, admins=frozenset({ADMIN}))
        self.services = replace(self.services, directory=people, settings=settings)

    def begin(self) -> None:
        with self.state.store.transaction("test") as tx:
            tx.put_schedule(weekly())
        run_due(self.services)
        self.now = TUESDAY + timedelta(days=3)
        run_due(self.services)

    def suggest(self, place: int) -> None:
        """This member puts these words into the box."""
        round_ = self.box()
        assert round_
        draft = Draft(answers={}, text=WORDS[place], quotable=True)
        outcome = accept_reply(self.services, round_.id, MEMBERS[place], draft, RECEIPTS[place])
        assert ReplyOutcome.SAVED is outcome

    def publish(self) -> None:
        self.now = TUESDAY + timedelta(weeks=1)
        run_due(self.services)
        self.now = CLOSES
        run_due(self.services)

    def ledger(self) -> tuple[Norm, ...]:
        with self.state.store.transaction("test") as tx:
            return tx.list_norms(TEAM)


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Hearing]:
    life = Hearing(tmp_path)
    life.begin()
    yield life
    life.state.close()


def canaries() -> list[bytes]:
    """The words, whose they are, the receipts, and every hash of them that can be guessed."""
    guessed = [guess for secret in (*MEMBERS, *WORDS) for guess in guesses(secret)]
    receipts = [form for one in RECEIPTS for form in (one, hashlib.sha256(one).digest()[:16])]
    return [*guessed, *receipts, *words(), b"U0CANARY"]


def words(*places: int) -> list[bytes]:
    """What any one of these proposals, or of all, is found by."""
    return [f"quokka {place} schl".encode() for place in places or range(3)]


def stored(life: Hearing) -> Path:
    """Where the files lie; what was said in Slack, which these tests write beside them, is taken away."""
    life.slack.path.unlink(missing_ok=True)
    return life.directory


def test_while_the_box_gathers_no_proposal_and_no_writer_stands_in_any_file(life: Hearing) -> None:
    for place in range(3):
        life.suggest(place)

    assert set() == found_in(stored(life), canaries())


def test_nor_after_a_restart_nor_once_its_round_is_announced(life: Hearing) -> None:
    for place in range(3):
        life.suggest(place)
    recover(life.services)
    life.now = TUESDAY + timedelta(weeks=1)
    run_due(life.services)

    assert None is life.box()
    assert set() == found_in(stored(life), canaries())


def test_the_mutant_that_keeps_proposals_in_belonging_db_before_the_close_is_found_out(life: Hearing) -> None:
    step = NormStep(state=NormState.PROPOSED, on=life.now.date())
    with life.state.store.transaction("mutant") as tx:
        tx.put_norm(Norm(id=NormId("n"), channel=TEAM, handle="A", text=WORDS[0], steps=(step,)))

    assert set(words(0)) <= found_in(stored(life), canaries())


def test_the_mutant_that_does_not_seal_is_found_out(life: Hearing, monkeypatch: pytest.MonkeyPatch) -> None:
    def in_the_clear(*arguments: Any) -> bytes:
        return bytes(arguments[-1])

    monkeypatch.setattr(life.state.vault, "_sealer", in_the_clear)
    life.suggest(0)

    assert set(words(0)) <= found_in(stored(life), canaries())


def test_two_proposals_leave_no_byte_behind_when_they_are_discarded(life: Hearing) -> None:
    for place in range(2):
        life.suggest(place)
    life.publish()

    assert () == life.ledger()
    assert set() == found_in(stored(life), canaries())


def test_what_is_published_stands_there_without_its_writer(life: Hearing) -> None:
    for place in range(3):
        life.suggest(place)
    life.publish()

    assert 3 == len(life.ledger())
    found = found_in(stored(life), canaries())
    assert set(words()) <= found
    assert not {one for one in found if b"schl" not in one}


def test_what_was_taken_down_leaves_no_byte_behind(life: Hearing) -> None:
    for place in range(3):
        life.suggest(place)
    life.publish()
    down = next(norm for norm in life.ledger() if norm.text == WORDS[1])

    assert TakeDown.DONE is take_proposal_down(life.services, down.id, ADMIN, "it names somebody")

    assert set(words(0, 2)) == found_in(stored(life), words())


def test_the_mutant_that_does_not_scrub_the_file_is_found_out(
    life: Hearing, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in range(3):
        life.suggest(place)
    life.publish()
    monkeypatch.setattr(life.state.store, "scrub", lambda: None)

    take_proposal_down(life.services, life.ledger()[0].id, ADMIN, "it names somebody")

    assert set(words()) == found_in(stored(life), words())


def test_a_purged_channel_takes_its_norms_and_what_waits_with_it(life: Hearing) -> None:
    for place in range(3):
        life.suggest(place)
    life.publish()
    box = life.box()
    assert box
    life.services.vault.destroy(box.id)
    life.services.boxes.destroy(box.id)
    with life.state.store.transaction("purge") as tx:
        tx.forget_channel(TEAM)
    life.state.store.scrub()

    assert set() == found_in(stored(life), [*canaries(), TEAM.encode()])
