"""Both stores keep the norm ledger alike, and the boxes that gather proposals."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.model import ChannelId, NormId, RoundId, RoundKind, RoundState, Statement, StatementId
from bot.core.norms import GONE, NormState, NormStep, advance
from bot.ports import Store
from bot.store.database import Database
from tests.contracts.values import DAY, NOON, PROMPT, a_norm, a_result, a_round, a_schedule
from tests.fakes.store import FakeStore

A, B, C = "00000000000a", "00000000000b", "00000000000c"
C1, C2 = ChannelId("C1"), ChannelId("C2")
N1 = NormId("n1")
CONSENT = replace(
    PROMPT,
    kind=RoundKind.CONSENT,
    norm=N1,
    question="Proposal: “When …, we …”.",
    statements=(Statement(id=StatementId("consent"), text="When …, we …"),),
)
BOX = a_round(B, number=0, state=RoundState.GATHERING, prompt=replace(PROMPT, kind=RoundKind.COLLECT))


@pytest.fixture(params=["memory", "file"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "memory":
        yield FakeStore()
        return
    database = Database(tmp_path / "belonging.db")
    yield database
    database.close()


def test_a_norm_comes_back_as_it_was_stored_and_takes_its_next_step(store: Store) -> None:
    kept = advance(a_norm(), NormStep(state=NormState.KEPT, on=NOON.date(), round=12))
    with store.transaction("save") as tx:
        tx.put_norm(a_norm())
        assert a_norm() == tx.fetch_norm(N1)
        tx.put_norm(kept)

    with store.transaction("read") as tx:
        assert kept == tx.fetch_norm(N1)
        assert tx.fetch_norm(NormId("n2")) is None
        assert (kept,) == tx.list_norms(C1)


def test_norms_that_ended_long_ago_are_listed_and_deleted_but_for_what_is_tried_or_kept(store: Store) -> None:
    day = NOON.date()
    tried, ended = a_norm("tried"), NormStep(state=NormState.LET_GO, on=day, round=12)
    kept = advance(a_norm("kept"), replace(ended, state=NormState.KEPT))
    with store.transaction("save") as tx:
        for one in (
            tried,
            kept,
            advance(a_norm("gone"), ended),
            advance(a_norm("other", channel="C2"), ended),
        ):
            tx.put_norm(one)
        tx.insert_round(a_round(A, state=RoundState.OPEN, prompt=replace(CONSENT, norm=NormId("new"))))

    with store.transaction("look") as tx:
        assert ("other",) == tx.list_old_norms(day + DAY), "a question about norms is open in C1"
        tx.update_round(a_round(A, state=RoundState.CLOSED, prompt=CONSENT))
        assert () == tx.list_old_norms(day)
        assert ("gone", "other") == tx.list_old_norms(day + 999 * DAY)
        assert not tx.needs_scrub()
        tx.forget_norms([NormId("gone")])
        assert tx.needs_scrub()

    with store.transaction("read") as tx:
        assert (tried, kept) == tx.list_norms(C1)


def test_a_ledger_is_that_of_one_channel_in_the_order_in_which_it_was_written(store: Store) -> None:
    with store.transaction("save") as tx:
        for name, channel in (("n3", "C1"), ("n1", "C1"), ("n2", "C2")):
            tx.put_norm(a_norm(name, channel=channel))
        tx.put_norm(a_norm("n3", handle="A"))

    with store.transaction("read") as tx:
        assert [("n3", "A"), ("n1", "B")] == [(norm.id, norm.handle) for norm in tx.list_norms(C1)]
        assert ["n2"] == [norm.id for norm in tx.list_norms(C2)]
        assert () == tx.list_norms(ChannelId("C3"))


def test_a_box_is_found_by_its_channel_until_its_round_is_announced(store: Store) -> None:
    with store.transaction("save") as tx:
        tx.insert_round(a_round(A))
        assert tx.fetch_suggestion_box(C1) is None
        tx.insert_round(BOX)

    with store.transaction("read") as tx:
        assert BOX == tx.fetch_suggestion_box(C1)
        assert tx.fetch_suggestion_box(C2) is None
        tx.update_round(replace(BOX, state=RoundState.OPEN, number=2))
        assert tx.fetch_suggestion_box(C1) is None


@pytest.mark.parametrize("state", [RoundState.GATHERING, RoundState.CANCELLED, RoundState.KEY_LOST])
def test_a_box_that_was_never_announced_is_no_round_and_asked_nothing(
    store: Store, state: RoundState
) -> None:
    with store.transaction("save") as tx:
        tx.insert_round(a_round(A))
        tx.insert_round(replace(BOX, state=state))

    with store.transaction("read") as tx:
        assert [A] == [one.id for one in tx.list_channel_rounds(C1)]
        assert (PROMPT,) == tx.list_asked(C1)
        assert 1 == tx.fetch_last_number(C1)
        tx.forget_rounds([RoundId(B)])
        assert (PROMPT,) == tx.list_asked(C1)


def test_a_box_has_no_step_left_while_its_channel_has_a_schedule(store: Store) -> None:
    with store.transaction("save") as tx:
        tx.put_schedule(a_schedule())
        tx.insert_round(BOX)

    with store.transaction("read") as tx:
        assert () == tx.list_unfinished(NOON + 5000 * DAY)
        assert () == tx.list_alarms(NOON, 9)
        tx.delete_schedule(a_schedule().id)
        assert (BOX,) == tx.list_unfinished(NOON)


def test_an_open_round_about_a_norm_that_was_taken_down_has_a_step_left(store: Store) -> None:
    about = a_round(A, prompt=CONSENT, announcement="1.0")
    gone = replace(CONSENT, statements=(Statement(id=StatementId("consent"), text=GONE),))
    decide = replace(PROMPT, kind=RoundKind.DECIDE, statements=(Statement(id=StatementId("n1"), text=GONE),))
    with store.transaction("save") as tx:
        tx.insert_round(about)
        tx.insert_round(a_round(C, channel="C2", prompt=decide, announcement="1.1"))
        assert () == tx.list_unfinished(NOON)
        tx.update_round(replace(about, prompt=gone))

    with store.transaction("read") as tx:
        assert [A] == [one.id for one in tx.list_unfinished(NOON)]


def test_of_a_forgotten_round_about_a_norm_the_members_words_are_not_remembered(store: Store) -> None:
    asked = replace(PROMPT, kind=RoundKind.COLLECT, statements=())
    with store.transaction("save") as tx:
        for number, prompt in enumerate((PROMPT, asked, CONSENT), 1):
            tx.insert_round(a_round(f"{number:012}", number=number, prompt=prompt, state=RoundState.CLOSED))
        tx.forget_rounds([RoundId(f"{number:012}") for number in (1, 2, 3)])

    with store.transaction("read") as tx:
        assert (PROMPT, asked, replace(CONSENT, question="", statements=())) == tx.list_asked(C1)


def test_norms_outlive_their_rounds_and_go_with_their_channel(store: Store) -> None:
    with store.transaction("save") as tx:
        tx.insert_round(a_round(A, state=RoundState.CLOSED))
        tx.insert_release(a_result(A), NOON)
        tx.put_norm(a_norm())
        tx.put_norm(a_norm("n2", channel="C2"))
        tx.forget_rounds([RoundId(A)])
        assert (a_norm(),) == tx.list_norms(C1)
        tx.forget_channel(C1)

    with store.transaction("read") as tx:
        assert () == tx.list_norms(C1)
        assert (a_norm("n2", channel="C2"),) == tx.list_norms(C2)


def test_what_was_taken_out_may_owe_a_scrub(store: Store) -> None:
    with store.transaction("save") as tx:
        assert not tx.needs_scrub()
        tx.request_scrub()
        assert tx.needs_scrub()
