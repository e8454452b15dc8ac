"""What every ballot box does, in memory or in files."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.core.model import ParticipationToken, ReplyId, RoundId
from bot.errors import StoreError
from bot.ports import BallotBoxes, SealedReply, Submission
from bot.store.ballots import BallotFiles
from tests.contracts.closed_between import ClosingBallots
from tests.contracts.values import NOON
from tests.fakes.boxes import FakeBoxes

ROUND = RoundId("00000000000a")
OTHER = RoundId("00000000000b")
MAYA, JONAS = ParticipationToken(b"m" * 32), ParticipationToken(b"j" * 32)
HERS, HIS = ReplyId(b"1" * 16), ReplyId(b"2" * 16)


@pytest.fixture(params=["memory", "files", "closed between"])
def boxes(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BallotBoxes]:
    if request.param == "memory":
        yield FakeBoxes()
        return
    kind = ClosingBallots if request.param == "closed between" else BallotFiles
    files = kind(tmp_path / "ballots")
    yield files
    files.close()


@pytest.fixture
def box(boxes: BallotBoxes) -> BallotBoxes:
    """The boxes, with an open one for ``ROUND``."""
    boxes.create(ROUND, NOON)
    return boxes


def sealed(reply_id: ReplyId, text: bytes = b"sealed") -> SealedReply:
    return SealedReply(id=reply_id, sealed=text)


def test_a_new_box_is_empty(box: BallotBoxes) -> None:
    assert box.list_replies(ROUND) == ()
    assert not box.has_replied(ROUND, MAYA)
    assert not box.holds(ROUND, HERS)


def test_a_reply_lies_in_the_box_with_its_token(box: BallotBoxes) -> None:
    assert box.submit(ROUND, MAYA, sealed(HERS)).result() is Submission.ACCEPTED

    assert box.list_replies(ROUND) == (sealed(HERS),)
    assert box.has_replied(ROUND, MAYA)
    assert box.holds(ROUND, HERS)
    assert not box.has_replied(ROUND, JONAS)


def test_creating_a_box_again_leaves_it_as_it_is(box: BallotBoxes) -> None:
    box.submit(ROUND, MAYA, sealed(HERS)).result()

    box.create(ROUND, NOON)

    assert box.list_replies(ROUND) == (sealed(HERS),)


def test_submitting_twice_with_one_receipt_changes_the_reply(box: BallotBoxes) -> None:
    box.submit(ROUND, MAYA, sealed(HERS, b"first")).result()

    assert box.submit(ROUND, MAYA, sealed(HERS, b"second")).result() is Submission.CHANGED

    assert box.list_replies(ROUND) == (sealed(HERS, b"second"),)


def test_a_second_reply_with_another_receipt_is_refused(box: BallotBoxes) -> None:
    box.submit(ROUND, MAYA, sealed(HERS)).result()

    assert box.submit(ROUND, MAYA, sealed(HIS)).result() is Submission.ALREADY_REPLIED

    assert box.list_replies(ROUND) == (sealed(HERS),)


def test_someone_without_a_reply_cannot_use_the_receipt_of_another(box: BallotBoxes) -> None:
    box.submit(ROUND, MAYA, sealed(HERS, b"hers")).result()

    assert box.submit(ROUND, JONAS, sealed(HERS, b"his")).result() is Submission.ALREADY_REPLIED

    assert box.list_replies(ROUND) == (sealed(HERS, b"hers"),)
    assert not box.has_replied(ROUND, JONAS)


def test_what_is_no_longer_the_newest_at_its_commit_is_not_stored(box: BallotBoxes) -> None:
    box.submit(ROUND, MAYA, sealed(HERS, b"newer")).result()

    older = box.submit(ROUND, MAYA, sealed(HERS, b"older"), claim_newest=lambda: False)

    assert older.result() is Submission.OUTDATED
    assert box.list_replies(ROUND) == (sealed(HERS, b"newer"),)


def test_a_withdrawn_reply_is_gone_with_its_token_and_can_be_given_again(box: BallotBoxes) -> None:
    box.submit(ROUND, MAYA, sealed(HERS)).result()

    assert box.withdraw(ROUND, MAYA, HERS)

    assert not box.has_replied(ROUND, MAYA)
    assert box.list_replies(ROUND) == ()
    assert box.submit(ROUND, MAYA, sealed(HIS)).result() is Submission.ACCEPTED


def test_withdrawing_removes_nothing_unless_token_and_reply_are_there(box: BallotBoxes) -> None:
    box.submit(ROUND, MAYA, sealed(HERS)).result()

    assert not box.withdraw(ROUND, MAYA, HIS)
    assert not box.withdraw(ROUND, JONAS, HERS)

    assert box.has_replied(ROUND, MAYA)
    assert box.list_replies(ROUND) == (sealed(HERS),)


def test_replies_are_listed_by_id(box: BallotBoxes) -> None:
    box.submit(ROUND, JONAS, sealed(HIS)).result()
    box.submit(ROUND, MAYA, sealed(HERS)).result()

    assert box.list_replies(ROUND) == (sealed(HERS), sealed(HIS))


def test_rounds_have_boxes_of_their_own(box: BallotBoxes) -> None:
    box.create(OTHER, NOON)
    box.submit(ROUND, MAYA, sealed(HERS)).result()

    assert box.list_boxes() == {ROUND, OTHER}
    assert not box.has_replied(OTHER, MAYA)
    assert box.submit(OTHER, MAYA, sealed(HERS)).result() is Submission.ACCEPTED


def test_a_shut_box_takes_nothing_gives_nothing_back_and_can_be_read(box: BallotBoxes) -> None:
    box.submit(ROUND, MAYA, sealed(HERS)).result()

    box.shut(ROUND)

    assert box.submit(ROUND, JONAS, sealed(HIS)).result() is Submission.CLOSED
    assert box.submit(ROUND, MAYA, sealed(HERS, b"new")).result() is Submission.CLOSED
    assert not box.withdraw(ROUND, MAYA, HERS)
    assert box.list_replies(ROUND) == (sealed(HERS),)


def test_a_shut_box_stays_shut_when_it_is_gone(box: BallotBoxes) -> None:
    box.shut(ROUND)
    box.destroy(ROUND)

    assert box.submit(ROUND, MAYA, sealed(HERS)).result() is Submission.CLOSED


def test_shutting_one_box_leaves_the_others_open(box: BallotBoxes) -> None:
    box.create(OTHER, NOON)
    box.shut(OTHER)

    assert box.submit(ROUND, MAYA, sealed(HERS)).result() is Submission.ACCEPTED


def test_a_destroyed_box_is_gone_and_destroying_it_again_is_no_error(box: BallotBoxes) -> None:
    box.submit(ROUND, MAYA, sealed(HERS)).result()

    box.destroy(ROUND)
    box.destroy(ROUND)

    assert box.list_boxes() == frozenset()


def test_a_destroyed_box_is_made_anew_where_it_is_asked_for(box: BallotBoxes) -> None:
    box.shut(ROUND)
    box.destroy(ROUND)

    box.create(ROUND, NOON)

    assert box.submit(ROUND, MAYA, sealed(HERS)).result() is Submission.ACCEPTED


def test_a_round_without_a_box_is_an_error_and_gets_none(boxes: BallotBoxes) -> None:
    for use in (
        lambda: boxes.submit(ROUND, MAYA, sealed(HERS)).result(),
        lambda: boxes.withdraw(ROUND, MAYA, HERS),
        lambda: boxes.has_replied(ROUND, MAYA),
        lambda: boxes.holds(ROUND, HERS),
        lambda: boxes.list_replies(ROUND),
    ):
        with pytest.raises(StoreError, match="no ballot box"):
            use()

    assert boxes.list_boxes() == frozenset()


def test_canonicalising_changes_no_content(box: BallotBoxes) -> None:
    box.submit(ROUND, MAYA, sealed(HERS)).result()

    box.canonicalise()

    assert box.list_replies(ROUND) == (sealed(HERS),)
    assert box.has_replied(ROUND, MAYA)


@pytest.mark.parametrize(
    "bad", ["", "../../../etc", "00000000000A", "00000000000a/", "00000000000w", "00000000000a\n"]
)
def test_what_is_no_round_id_is_refused(boxes: BallotBoxes, bad: str) -> None:
    for use in (
        lambda: boxes.create(RoundId(bad), NOON),
        lambda: boxes.submit(RoundId(bad), MAYA, sealed(HERS)).result(),
        lambda: boxes.destroy(RoundId(bad)),
        lambda: boxes.shut(RoundId(bad)),
    ):
        with pytest.raises(ValueError, match="12 characters"):
            use()
