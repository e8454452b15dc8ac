"""Other programs, failing disks and thieves at the moment in which a ballot file is replaced."""

import errno
import os
import sqlite3
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from bot.core.model import RoundId
from bot.errors import StoreError, UnconfirmedError
from bot.ports import Submission
from bot.store import ballot_file as box_module
from bot.store import whole_file
from bot.store.audit.ballots import is_canonical, is_timeless, read_ballots
from bot.store.ballot_file import BallotFile
from bot.store.ballots import BallotFiles
from tests.another_program import another_program
from tests.contracts.values import NOON
from tests.privacy.ballot import ROUND, box_path, open_boxes, submit, together, voter

SPILLS = (
    "PRAGMA cache_size = 1",
    "BEGIN IMMEDIATE",
    "CREATE TABLE spilled AS SELECT randomblob(400000)",
)
"""A transaction that has written into the file before its commit: its journal is hot once it is killed."""

FAILED = OSError(errno.EIO, os.strerror(errno.EIO))


def at_the_rename(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Do this in the moment before a new file takes the place of the old one."""
    real = whole_file.take_its_place

    def take(path: Path) -> None:
        act()
        real(path)

    monkeypatch.setattr(whole_file, "take_its_place", take)


def is_refused(path: Path, *statements: str) -> bool:
    """Whether another program cannot do this now."""
    try:
        with another_program(path, *statements):
            return False
    except AssertionError:
        return True


def test_no_other_program_begins_to_write_while_a_file_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    boxes, refused = open_boxes(tmp_path), list[bool]()
    path = box_path(tmp_path)
    with monkeypatch.context() as patch:
        at_the_rename(patch, lambda: refused.append(is_refused(path, "BEGIN IMMEDIATE")))
        submit(boxes, voter(1))

    assert refused == [True]
    assert not is_refused(path, "BEGIN IMMEDIATE")
    assert [voter(1).reply] == list(boxes.list_replies(ROUND))
    boxes.close()


@pytest.mark.attack
def test_the_mutant_without_the_lock_loses_every_reply_to_the_journal_of_another_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole_file, "_lock", lambda *_: None)
    boxes = open_boxes(tmp_path)
    for number in range(40):
        submit(boxes, voter(number))
    with ExitStack() as held, monkeypatch.context() as patch:
        at_the_rename(patch, lambda: held.enter_context(another_program(box_path(tmp_path), *SPILLS)))
        submit(boxes, voter(41))
        kept: set[bytes] = set()
        with suppress(StoreError):
            boxes.close_idle()
            boxes.canonicalise()
            kept = {reply.id for reply in boxes.list_replies(ROUND)}

    assert kept != {voter(number).reply_id for number in (*range(40), 41)}
    boxes.close()


@pytest.mark.attack
def test_the_next_file_has_no_name_while_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever copies both files, or finds both after a power cut, links the newest token and reply."""
    boxes, seen, real = open_boxes(tmp_path), list[set[str]](), os.fsync

    def fsync(descriptor: int) -> None:
        seen.append({path.name for path in tmp_path.iterdir()})
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    submit(boxes, voter(1))

    assert seen == [{f"{ROUND}.db"}] * 2  # the file, and its directory
    boxes.close()


@pytest.mark.parametrize("fails", ["open", "link"])
def test_on_a_disk_without_unnamed_files_it_has_one_for_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    boxes, real = open_boxes(tmp_path), getattr(os, fails)

    def refuse(*arguments: object, **named: object) -> object:
        if fails == "link" or "dir_fd" in named:
            raise OSError(errno.EOPNOTSUPP, "no")
        return real(*arguments, **named)

    monkeypatch.setattr(os, fails, refuse)
    submit(boxes, voter(1))
    boxes.close()

    assert [box_path(tmp_path)] == list(tmp_path.iterdir())
    assert is_canonical(box_path(tmp_path).read_bytes())
    assert is_timeless(tmp_path)


def tries(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many pieces each attempt to commit has had."""
    found, real = list[int](), BallotFile._commit
    monkeypatch.setattr(
        BallotFile, "_commit", lambda self, batch: (found.append(len(batch)), real(self, batch))
    )
    return found


def test_a_file_that_another_program_holds_is_waited_for_once_for_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    boxes, commits = open_boxes(tmp_path), tries(monkeypatch)
    boxes.stop_waiting()
    with another_program(box_path(tmp_path), "BEGIN IMMEDIATE"):
        told = together(boxes, [lambda number=number: submit(boxes, voter(number)) for number in range(8)])

    assert ({"in_use"}, [8]) == ({error.code for error in told}, commits)
    boxes.close()


def test_a_disk_that_fails_is_tried_once_for_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    boxes, commits = open_boxes(tmp_path), tries(monkeypatch)

    def fail(_: int) -> None:
        raise FAILED

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        told = together(boxes, [lambda number=number: submit(boxes, voter(number)) for number in range(8)])

    assert ({"disk_error"}, [8]) == ({error.code for error in told}, commits)
    assert submit(boxes, voter(1)) is Submission.ACCEPTED
    boxes.close()


def test_what_the_disk_has_not_confirmed_is_confirmed_before_anything_else_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    boxes, one, synced = open_boxes(tmp_path), voter(1), list[Path]()
    submit(boxes, one)
    real = box_module.sync

    def fail(_: Path) -> None:
        raise FAILED

    with monkeypatch.context() as patch:
        patch.setattr(box_module, "sync", fail)
        with pytest.raises(UnconfirmedError):
            boxes.withdraw(ROUND, one.token, one.reply_id)
        with pytest.raises(StoreError, match="EIO"):
            boxes.withdraw(ROUND, one.token, one.reply_id)
        with pytest.raises(StoreError, match="EIO"):
            boxes.has_replied(ROUND, one.token)
    monkeypatch.setattr(box_module, "sync", lambda path: (synced.append(path), real(path)))

    assert not boxes.withdraw(ROUND, one.token, one.reply_id)
    assert synced == [tmp_path]
    boxes.close()


def test_a_rename_that_fails_leaves_nothing_and_no_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    boxes = open_boxes(tmp_path)
    submit(boxes, voter(1))

    def fail(_: Path) -> None:
        raise FAILED

    with monkeypatch.context() as patch:
        patch.setattr(whole_file, "take_its_place", fail)
        with pytest.raises(StoreError, match="Nothing was saved"):
            submit(boxes, voter(2))

    assert [box_path(tmp_path)] == list(tmp_path.iterdir())
    assert is_timeless(tmp_path)
    assert [voter(1).reply] == list(boxes.list_replies(ROUND))
    boxes.close()


def test_a_rename_that_was_done_though_the_disk_says_no_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    boxes, real = open_boxes(tmp_path), whole_file.take_its_place

    def take(path: Path) -> None:
        real(path)
        raise FAILED

    monkeypatch.setattr(whole_file, "take_its_place", take)

    assert submit(boxes, voter(1)) is Submission.ACCEPTED
    assert boxes.withdraw(ROUND, voter(1).token, voter(1).reply_id)
    boxes.close()


@pytest.mark.attack
@pytest.mark.parametrize("left", ["-wal", "-journal"])
def test_an_empty_log_or_journal_is_removed_by_the_first_use_and_leaves_no_time(
    tmp_path: Path, left: str
) -> None:
    boxes = open_boxes(tmp_path)
    submit(boxes, voter(1))
    assert boxes.close_idle()
    box_path(tmp_path).with_name(f"{ROUND}.db{left}").touch()

    assert boxes.canonicalise() == {}
    assert boxes.has_replied(ROUND, voter(1).token)

    assert [box_path(tmp_path)] == list(tmp_path.iterdir())
    (fact,) = read_ballots(tmp_path)
    assert (True, True) == (fact.canonical, fact.timeless)
    assert is_timeless(tmp_path)
    boxes.close()


@pytest.mark.attack
def test_what_a_killed_program_left_is_settled_by_a_reading_without_a_trace(tmp_path: Path) -> None:
    boxes = open_boxes(tmp_path)
    submit(boxes, voter(1))
    path = box_path(tmp_path)
    boxes.close()
    with another_program(path, *SPILLS):  # a copy of the files, as after a kill
        copies = {one.name: one.read_bytes() for one in tmp_path.iterdir()}
    for name, raw in copies.items():
        (tmp_path / name).write_bytes(raw)
    assert len(copies) == 2

    again = BallotFiles(tmp_path)
    assert [voter(1).reply] == list(again.list_replies(ROUND))

    assert [path] == list(tmp_path.iterdir())
    (fact,) = read_ballots(tmp_path)
    assert (True, True) == (fact.canonical, fact.timeless)
    again.close()


def test_bytes_that_say_version_two_to_writers_or_readers_are_read(tmp_path: Path) -> None:
    boxes = open_boxes(tmp_path)
    submit(boxes, voter(1))
    assert boxes.close_idle()
    raw = bytearray(box_path(tmp_path).read_bytes())
    raw[19] = 2
    box_path(tmp_path).write_bytes(raw)

    assert boxes.canonicalise() == {}
    assert [voter(1).reply] == list(boxes.list_replies(ROUND))
    boxes.close()


def test_a_file_of_the_same_size_and_time_that_was_put_there_is_noticed(tmp_path: Path) -> None:
    boxes = open_boxes(tmp_path)
    submit(boxes, voter(1))
    before = box_path(tmp_path).read_bytes()
    boxes.withdraw(ROUND, voter(1).token, voter(1).reply_id)
    submit(boxes, voter(2))
    times = box_path(tmp_path).stat()
    box_path(tmp_path).write_bytes(before)
    os.utime(box_path(tmp_path), ns=(times.st_atime_ns, times.st_mtime_ns))

    assert [voter(1).reply] == list(boxes.list_replies(ROUND))
    boxes.close()


def test_a_link_in_place_of_a_file_is_not_followed(tmp_path: Path) -> None:
    boxes = open_boxes(tmp_path / "ballots")
    elsewhere = box_path(tmp_path / "ballots").rename(tmp_path / "elsewhere.db")
    box_path(tmp_path / "ballots").symlink_to(elsewhere)

    with pytest.raises(StoreError, match="may not write"):
        submit(boxes, voter(1))
    boxes.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_root_leaves_a_file_to_its_owner(tmp_path: Path) -> None:
    boxes = open_boxes(tmp_path)
    os.chown(box_path(tmp_path), 65534, 65534)

    submit(boxes, voter(1))

    found = box_path(tmp_path).stat()
    assert (65534, 65534) == (found.st_uid, found.st_gid)
    boxes.close()


def test_a_busy_file_keeps_no_others_in_memory(tmp_path: Path) -> None:
    boxes = BallotFiles(tmp_path, most_open=4)
    rounds = [RoundId(f"{number:012d}") for number in range(12)]
    for round_id in rounds:
        boxes.create(round_id, NOON)
    with boxes._box(rounds[0])._turns.held():
        for round_id in rounds[1:]:
            boxes.list_replies(round_id)
    boxes.list_replies(rounds[-1])

    assert sum(box._content is not None for box in boxes._boxes.values()) <= 5
    boxes.close()


@pytest.mark.attack
def test_an_empty_file_is_damaged_to_the_proof(tmp_path: Path) -> None:
    box_path(tmp_path).touch()

    (fact,) = read_ballots(tmp_path)

    assert (None, False) == (fact.schema, fact.canonical)


@pytest.mark.attack
def test_a_commit_that_waits_for_the_disk_is_no_finding(tmp_path: Path) -> None:
    open_boxes(tmp_path).close()
    whole_file.unfinished(box_path(tmp_path)).touch()

    assert is_timeless(tmp_path)
    whole_file.unfinished(box_path(tmp_path)).unlink()
    assert not is_timeless(tmp_path)


def test_other_programs_read_what_is_written(tmp_path: Path) -> None:
    boxes = open_boxes(tmp_path)
    for number in range(9):
        submit(boxes, voter(number))
    boxes.close()

    with sqlite3.connect(box_path(tmp_path)) as other:
        assert [("ok",)] == other.execute("PRAGMA integrity_check").fetchall()
        assert (9,) == other.execute("SELECT count(*) FROM reply").fetchone()
