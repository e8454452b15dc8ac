"""A thief of the files looks for the order of the replies, in order to link them to participation."""

import sqlite3
from collections.abc import Sequence
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import StoreError
from bot.ports import Submission
from bot.store import ballot_content
from bot.store.audit.ballots import is_canonical
from tests.privacy.ballot import ROUND, Voter, box_path, open_boxes, submit, together, voter

VOTERS = [voter(number, size=(256, 1024, 4096)[number % 3]) for number in range(9)]
_runs = count()


def no_vacuum(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant: writes the pages as the commits have left them."""
    monkeypatch.setattr(ballot_content, "vacuum", lambda _: None)


def bytes_after(directory: Path, voters: Sequence[Voter], groups: Sequence[int] = ()) -> bytes:
    """The file after these submissions; ``groups`` says how many go together, first to last."""
    boxes = open_boxes(directory / f"run-{next(_runs)}")
    rest = list(voters)
    for size in groups:
        group, rest = rest[:size], rest[size:]
        if group:
            together(boxes, [lambda one=one: submit(boxes, one) for one in group])
    for one in rest:
        submit(boxes, one)
    boxes.close()
    return box_path(boxes._directory).read_bytes()


@pytest.fixture(scope="module")
def in_one_order(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return bytes_after(tmp_path_factory.mktemp("one"), VOTERS)


@pytest.mark.attack
@given(order=st.permutations(VOTERS))
def test_every_order_of_the_same_replies_gives_the_same_file(
    tmp_path_factory: pytest.TempPathFactory, in_one_order: bytes, order: list[Voter]
) -> None:
    assert in_one_order == bytes_after(tmp_path_factory.mktemp("order"), order)


@pytest.mark.attack
@given(order=st.permutations(VOTERS), groups=st.lists(st.integers(1, 4), max_size=4))
def test_replies_that_share_a_commit_give_the_same_file_too(
    tmp_path_factory: pytest.TempPathFactory, in_one_order: bytes, order: list[Voter], groups: list[int]
) -> None:
    assert in_one_order == bytes_after(tmp_path_factory.mktemp("groups"), order, groups)


@pytest.mark.attack
@given(order=st.permutations(VOTERS), extra=st.integers(20, 30), data=st.data())
def test_replies_that_were_changed_or_withdrawn_leave_no_trace_of_their_place(
    tmp_path_factory: pytest.TempPathFactory,
    in_one_order: bytes,
    order: list[Voter],
    extra: int,
    data: st.DataObject,
) -> None:
    boxes = open_boxes(tmp_path_factory.mktemp("changes"))
    leaver = voter(extra)
    events = data.draw(st.permutations([*order, leaver, "change"]))
    for event in events:
        if event == "change":
            boxes.submit(ROUND, order[0].token, order[0].reply).result()
        else:
            submit(boxes, event)
    boxes.withdraw(ROUND, leaver.token, leaver.reply_id)
    boxes.submit(ROUND, order[1].token, order[1].reply).result()
    boxes.close()

    assert in_one_order == box_path(boxes._directory).read_bytes()


@pytest.mark.attack
def test_the_mutant_without_vacuum_gives_another_file_for_another_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_vacuum(monkeypatch)

    files = {bytes_after(tmp_path, order) for order in (VOTERS, VOTERS[::-1], VOTERS[3:] + VOTERS[:3])}

    assert len(files) == 3


def pairs_linked_by_rank(raw: bytes, voters: Sequence[Voter]) -> int:
    """The attack: rank tokens and replies by their place in the bytes; how many pairs that gets right.

    SQLite fills a page from its end, so tokens stand there newest first; the tails of long rows go to new
    pages, oldest first.
    """
    tokens = sorted(voters, key=lambda one: -raw.find(one.token))
    replies = sorted(voters, key=lambda one: raw.find(one.reply.sealed[-32:]))
    return sum(token is reply for token, reply in zip(tokens, replies, strict=True))


def box_of_thirty(directory: Path) -> tuple[bytes, list[Voter]]:
    boxes, voters = open_boxes(directory), [voter(number) for number in range(30)]
    for one in voters:
        submit(boxes, one)
    boxes.close()
    return box_path(directory).read_bytes(), voters


@pytest.mark.attack
def test_tokens_and_replies_cannot_be_paired_by_their_place_in_the_file(tmp_path: Path) -> None:
    raw, voters = box_of_thirty(tmp_path)

    assert pairs_linked_by_rank(raw, voters) <= 3


@pytest.mark.attack
def test_the_mutant_without_vacuum_lets_every_token_be_paired_with_its_reply(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_vacuum(monkeypatch)

    raw, voters = box_of_thirty(tmp_path)

    assert pairs_linked_by_rank(raw, voters) == 30


@pytest.mark.attack
def test_reading_the_tables_without_an_order_gives_the_order_of_the_keys(tmp_path: Path) -> None:
    boxes, voters = open_boxes(tmp_path), [voter(number) for number in range(30)]
    for one in voters:
        submit(boxes, one)

    tokens = boxes._box(ROUND).read(
        lambda db: [row[0] for row in db.execute("SELECT token FROM participation")]
    )
    ids = boxes._box(ROUND).read(lambda db: [row[0] for row in db.execute("SELECT id FROM reply")])
    boxes.close()

    assert tokens == sorted(tokens)
    assert ids == sorted(ids)


@pytest.mark.attack
def test_a_box_is_in_its_one_form_after_every_step(tmp_path: Path) -> None:
    boxes, one = open_boxes(tmp_path), voter(1)
    forms = [is_canonical(box_path(tmp_path).read_bytes())]
    for step in (
        lambda: submit(boxes, one),
        lambda: boxes.submit(ROUND, voter(2).token, voter(2, size=4096).reply).result(),
        lambda: submit(boxes, one),
        lambda: boxes.withdraw(ROUND, one.token, one.reply_id),
    ):
        step()
        forms.append(is_canonical(box_path(tmp_path).read_bytes()))
    boxes.close()

    assert forms == [True] * 5


@pytest.mark.attack
def test_the_mutant_that_counts_in_the_header_tells_how_many_commits_there_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who came alone, and how often somebody changed a reply, could be counted."""
    monkeypatch.setattr(ballot_content, "_COUNTERS", ())

    assert bytes_after(tmp_path, VOTERS) != bytes_after(tmp_path, VOTERS, (9,))


@pytest.mark.attack
def test_a_file_is_replaced_and_never_written(tmp_path: Path) -> None:
    boxes = open_boxes(tmp_path)
    submit(boxes, voter(1))
    with box_path(tmp_path).open("rb") as stream:
        before = stream.read()
        submit(boxes, voter(2))
        stream.seek(0)
        assert before == stream.read()
        assert before != box_path(tmp_path).read_bytes()
    boxes.close()


@pytest.mark.attack
def test_where_it_cannot_be_brought_into_its_one_form_nothing_is_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    boxes, voters = open_boxes(tmp_path), [voter(number) for number in range(12)]
    for one in voters:
        submit(boxes, one)
    before = box_path(tmp_path).read_bytes()

    def failing(_: sqlite3.Connection) -> None:
        raise sqlite3.OperationalError("no")

    with monkeypatch.context() as patch:
        patch.setattr(ballot_content, "vacuum", failing)
        with pytest.raises(StoreError, match="Nothing was saved"):
            submit(boxes, voter(12))

    assert before == box_path(tmp_path).read_bytes()
    assert not boxes.holds(ROUND, voter(12).reply_id)
    assert submit(boxes, voter(12)) is Submission.ACCEPTED
    boxes.close()
    assert is_canonical(box_path(tmp_path).read_bytes())
