"""Many people press Submit at once; each gets their own answer, and nobody is lost or counted twice."""

import errno
import os
import sqlite3
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Barrier, Event, Thread
from typing import Any

import pytest

from bot.errors import StoreError, UnconfirmedError
from bot.ports import Submission
from bot.store import ballot_content
from bot.store import ballot_file as box_module
from bot.store.audit.ballots import is_canonical
from bot.store.ballot_file import BallotFile
from bot.store.ballots import BallotFiles
from tests.privacy.ballot import ROUND, Arrivals, Voter, box_path, open_boxes, submit, together, voter


def at_once(calls: list[Callable[[], Any]]) -> list[Any]:
    """The results of these calls, made by as many threads at the same moment."""
    start, results = Barrier(len(calls)), [None] * len(calls)

    def run(place: int) -> None:
        start.wait()
        results[place] = calls[place]()

    threads = [Thread(target=run, args=(place,)) for place in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_fifty_people_at_once_are_all_stored_and_each_told_the_truth(tmp_path: Path) -> None:
    boxes, people = open_boxes(tmp_path), [voter(number) for number in range(50)]

    first = at_once([lambda one=one: submit(boxes, one) for one in people])
    second = at_once([lambda one=one: submit(boxes, one) for one in people])

    assert first == [Submission.ACCEPTED] * 50
    assert second == [Submission.CHANGED] * 50
    assert {reply.id for reply in boxes.list_replies(ROUND)} == {one.reply_id for one in people}
    assert all(boxes.has_replied(ROUND, one.token) for one in people)
    boxes.close()
    assert is_canonical(box_path(tmp_path).read_bytes())


@pytest.mark.attack
def test_a_double_click_with_one_receipt_is_one_reply_and_one_token(tmp_path: Path) -> None:
    boxes, one = open_boxes(tmp_path), voter(1)

    results = at_once([lambda: submit(boxes, one)] * 8)

    assert Counter({Submission.ACCEPTED: 1, Submission.CHANGED: 7}) == Counter(results)
    assert boxes.list_replies(ROUND) == (one.reply,)
    tokens = boxes._box(ROUND).read(lambda db: db.execute("SELECT token FROM participation").fetchall())
    boxes.close()
    assert tokens == [(one.token,)]


@pytest.mark.attack
def test_of_two_receipts_of_one_person_one_wins(tmp_path: Path) -> None:
    boxes, one, other = open_boxes(tmp_path), voter(1), voter(2)

    results = at_once(
        [lambda: submit(boxes, one), lambda: boxes.submit(ROUND, one.token, other.reply).result()] * 4,
    )

    assert results.count(Submission.ACCEPTED) == 1
    assert len(boxes.list_replies(ROUND)) == 1
    boxes.close()


def test_those_who_wait_share_one_commit_and_one_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    boxes, vacuums, commits = open_boxes(tmp_path), [], []
    real_vacuum, real_commit = ballot_content.vacuum, BallotFile._commit
    monkeypatch.setattr(ballot_content, "vacuum", lambda db: (vacuums.append(1), real_vacuum(db)))
    monkeypatch.setattr(
        BallotFile, "_commit", lambda self, batch: (commits.append(len(batch)), real_commit(self, batch))
    )

    results = together(boxes, [lambda number=number: submit(boxes, voter(number)) for number in range(20)])

    boxes.close()
    assert results == [Submission.ACCEPTED] * 20
    assert (commits, len(vacuums)) == ([20], 1)


def test_what_changes_nothing_is_not_committed(tmp_path: Path) -> None:
    boxes = open_boxes(tmp_path)
    submit(boxes, voter(1))
    before = box_path(tmp_path).read_bytes()

    assert boxes.submit(ROUND, voter(1).token, voter(2).reply).result() is Submission.ALREADY_REPLIED
    assert not boxes.withdraw(ROUND, voter(2).token, voter(1).reply_id)

    assert before == box_path(tmp_path).read_bytes()
    boxes.close()


def test_a_mixed_batch_gives_each_their_own_answer(tmp_path: Path) -> None:
    boxes = open_boxes(tmp_path)
    for number in (1, 2):
        submit(boxes, voter(number))

    results = together(
        boxes,
        [
            lambda: submit(boxes, voter(3)),
            lambda: submit(boxes, voter(1)),
            lambda: boxes.submit(ROUND, voter(1).token, voter(9).reply).result(),
            lambda: boxes.withdraw(ROUND, voter(2).token, voter(2).reply_id),
            lambda: boxes.withdraw(ROUND, voter(7).token, voter(7).reply_id),
        ],
    )

    assert results == [Submission.ACCEPTED, Submission.CHANGED, Submission.ALREADY_REPLIED, True, False]
    boxes.close()


def test_whoever_changed_nothing_is_not_told_that_it_was_stored_where_the_disk_confirms_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A member would keep a receipt that opens nothing, in place of their own."""
    boxes, answers = open_boxes(tmp_path), list[object]()
    submit(boxes, voter(1))

    def failing(_: Path) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(box_module, "sync", failing)

    def hand_in(one: Voter, reply: Voter) -> None:
        done = boxes.submit(ROUND, one.token, reply.reply)
        answers.append(type(done.exception()) if done.exception() else done.result())

    together(boxes, [lambda: hand_in(voter(2), voter(2)), lambda: hand_in(voter(1), voter(9))])

    assert {UnconfirmedError, Submission.ALREADY_REPLIED} == set(answers)
    boxes.close()


@pytest.mark.attack
def test_shutting_waits_for_the_submission_under_way_and_lets_none_follow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    boxes, under_way, go_on = open_boxes(tmp_path), Event(), Event()
    real, results = ballot_content.vacuum, {}

    def slow(connection: Any) -> None:
        under_way.set()
        go_on.wait()
        real(connection)

    monkeypatch.setattr(ballot_content, "vacuum", slow)
    first = Thread(target=lambda: results.update(first=submit(boxes, voter(1))))
    first.start()
    under_way.wait()
    closer = Thread(target=lambda: (boxes.shut(ROUND), results.update(counted=boxes.list_replies(ROUND))))
    closer.start()
    go_on.set()
    for thread in (first, closer):
        thread.join()
    results["late"] = submit(boxes, voter(2))

    boxes.close()
    assert results == {"first": Submission.ACCEPTED, "counted": (voter(1).reply,), "late": Submission.CLOSED}


@pytest.mark.attack
def test_a_reply_is_counted_or_refused_however_submissions_and_close_race(tmp_path: Path) -> None:
    boxes = open_boxes(tmp_path)

    def close() -> frozenset[bytes]:
        boxes.shut(ROUND)
        counted = frozenset(reply.id for reply in boxes.list_replies(ROUND))
        boxes.destroy(ROUND)
        return counted

    people = [voter(number) for number in range(16)]
    *results, counted = at_once([*(lambda one=one: submit(boxes, one) for one in people), close])

    accepted = {
        one.reply_id for one, result in zip(people, results, strict=True) if result is Submission.ACCEPTED
    }
    assert accepted == counted
    assert set(results) <= {Submission.ACCEPTED, Submission.CLOSED}


def test_a_reply_that_waits_for_a_box_that_goes_away_is_refused(tmp_path: Path) -> None:
    boxes = open_boxes(tmp_path)
    box_path(tmp_path).unlink()

    results = together(boxes, [lambda number=number: submit(boxes, voter(number)) for number in range(3)])

    assert 3 == sum(isinstance(result, StoreError) for result in results)
    assert list(tmp_path.iterdir()) == []


def test_a_box_that_was_put_back_from_elsewhere_is_used_from_then_on(tmp_path: Path) -> None:
    boxes = open_boxes(tmp_path)
    submit(boxes, voter(1))
    copy = box_path(tmp_path).read_bytes()
    submit(boxes, voter(2))
    box_path(tmp_path).unlink()
    box_path(tmp_path).write_bytes(copy)

    assert submit(boxes, voter(3)) is Submission.ACCEPTED

    again = BallotFiles(tmp_path)
    assert {reply.id for reply in again.list_replies(ROUND)} == {voter(1).reply_id, voter(3).reply_id}
    for files in (boxes, again):
        files.close()


def test_a_failure_of_any_kind_is_no_success_and_whoever_comes_next_is_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    boxes = open_boxes(tmp_path)
    interrupts = iter([KeyboardInterrupt])
    real = BallotFile._commit

    def commit(self: BallotFile, batch: Any) -> None:
        for interrupt in interrupts:
            raise interrupt
        real(self, batch)

    monkeypatch.setattr(BallotFile, "_commit", commit)

    results = together(boxes, [lambda: submit(boxes, voter(1))] * 2)

    assert [type(result) for result in results] == [StoreError, StoreError]
    assert submit(boxes, voter(1)) is Submission.ACCEPTED
    boxes.close()


def test_what_is_handed_in_waits_for_nobody(tmp_path: Path) -> None:
    boxes = open_boxes(tmp_path)
    with boxes._box(ROUND)._turns.held():
        stored = [boxes.submit(ROUND, voter(number).token, voter(number).reply) for number in range(3)]
        assert not any(one.done() for one in stored)

    assert [Submission.ACCEPTED] * 3 == [one.result() for one in stored]
    boxes.close()


def test_what_has_not_begun_can_be_taken_out_of_the_queue(tmp_path: Path) -> None:
    boxes = open_boxes(tmp_path)
    with boxes._box(ROUND)._turns.held():
        given_up, kept = (boxes.submit(ROUND, voter(number).token, voter(number).reply) for number in (1, 2))
        assert given_up.cancel()

    assert kept.result() is Submission.ACCEPTED
    assert boxes.list_replies(ROUND) == (voter(2).reply,)
    boxes.close()


def test_what_has_begun_cannot_be_taken_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    boxes, begun, go_on = open_boxes(tmp_path), Event(), Event()
    real = ballot_content.vacuum
    monkeypatch.setattr(ballot_content, "vacuum", lambda db: (begun.set(), go_on.wait(), real(db)))

    stored = boxes.submit(ROUND, voter(1).token, voter(1).reply)
    begun.wait()

    assert not stored.cancel()
    go_on.set()
    assert stored.result() is Submission.ACCEPTED
    boxes.close()


def test_of_one_receipt_the_text_that_was_handed_in_last_lies_in_the_box(tmp_path: Path) -> None:
    boxes, one = open_boxes(tmp_path), voter(1)
    texts = [replace(one.reply, sealed=b"%d" % number) for number in range(5)]
    with boxes._box(ROUND)._turns.held():
        stored = [boxes.submit(ROUND, one.token, text) for text in texts]

    assert [Submission.ACCEPTED, *[Submission.CHANGED] * 4] == [one.result() for one in stored]
    assert boxes.list_replies(ROUND) == (texts[-1],)
    boxes.close()


def test_who_wants_to_read_waits_for_one_batch_and_not_for_the_queue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    boxes, happened, handed_in = open_boxes(tmp_path), [], []
    box, real = boxes._box(ROUND), ballot_content.vacuum
    readers: list[Thread] = []

    def read() -> None:
        box.read(lambda _: happened.append("read"))

    def vacuum(connection: Any) -> None:
        happened.append("vacuum")
        if not readers:
            box._turns._turns = line = Arrivals(box._turns._turns)
            readers.append(Thread(target=read))
            readers[0].start()
            line.arrived.acquire()
            handed_in.append(boxes.submit(ROUND, voter(2).token, voter(2).reply))
        real(connection)

    monkeypatch.setattr(ballot_content, "vacuum", vacuum)
    submit(boxes, voter(1))
    handed_in[0].result()
    readers[0].join()

    assert ["vacuum", "read", "vacuum"] == happened
    boxes.close()


def test_one_reply_that_cannot_be_stored_costs_the_others_few_commits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    boxes, commits = open_boxes(tmp_path), []
    real_commit = BallotFile._commit

    def commit(box: BallotFile, batch: Any) -> None:
        commits.append(len(batch))
        real_commit(box, batch)

    def refused(_: object) -> None:
        raise sqlite3.OperationalError("no room for this one")

    monkeypatch.setattr(BallotFile, "_commit", commit)
    box = boxes._box(ROUND)
    with box._turns.held():
        stored = [boxes.submit(ROUND, voter(number).token, voter(number).reply) for number in range(63)]
        bad = box.submit(refused, when_shut=None)

    assert isinstance(bad.exception(), StoreError)
    assert [Submission.ACCEPTED] * 63 == [one.result() for one in stored]
    assert len(commits) <= 13
    boxes.close()
