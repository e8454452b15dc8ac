"""Receipts lie with the person: in the Home tab, as many as fit, and nothing else is believed."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import MemberId, Receipt, RoundId
from bot.slack.kit.receipts import METADATA_LIMIT, PendingReceipts, parse_receipts, receipts_metadata
from tests.slack.samples import a_round

TOMAS, RUTH = MemberId("U02TOMA"), MemberId("U06RUTH")
ONE, TWO = RoundId("r00000000001"), RoundId("r00000000002")
FIRST = a_round(id=ONE)
SECOND = a_round(id=TWO, closes_at=FIRST.closes_at + timedelta(days=7))
A, B = Receipt(b"a" * 16), Receipt(b"b" * 16)
round_ids = st.from_regex(r"[0-9a-v]{12}", fullmatch=True).map(RoundId)
receipts = st.dictionaries(round_ids, st.binary(min_size=16, max_size=16).map(Receipt), max_size=80)


@given(receipts)
def test_receipts_come_back_as_they_went_as_many_as_fit(held: dict[RoundId, Receipt]) -> None:
    metadata = receipts_metadata(held)
    back = parse_receipts(metadata)

    assert len(metadata) <= METADATA_LIMIT
    assert back.items() <= held.items()
    assert list(back) == list(held)[len(held) - len(back) :]
    assert len(back) == min(len(held), 61)


@given(st.text(max_size=200) | st.none())
def test_metadata_that_is_not_ours_holds_no_receipt(metadata: str | None) -> None:
    assert all(len(receipt) == 16 for receipt in parse_receipts(metadata).values())


@pytest.mark.parametrize(
    "metadata",
    [
        "",
        None,
        "null",
        "[]",
        "7",
        '"x"',
        '{"r": 1}',
        '{"r": "zz"}',
        '{"r": "00"}',
        '{"r": null}',
        '{"r": ["00"]}',
        "{" * 5000,
        '{"r": {"a": "b"}}',
    ],
)
def test_forged_metadata_holds_no_receipt(metadata: str | None) -> None:
    assert parse_receipts(metadata) == {}


def test_one_forged_entry_does_not_cost_the_others() -> None:
    metadata = json.dumps({ONE: A.hex(), "x": 7, "y": "zz", "z": None})

    assert parse_receipts(metadata) == {ONE: A}


def test_a_new_receipt_waits_until_the_home_tab_shows_it() -> None:
    pending = PendingReceipts()
    pending.keep(TOMAS, FIRST, A)

    assert pending.merged(TOMAS, {}) == {ONE: A}
    pending.delivered(TOMAS, {ONE: A})
    assert pending.merged(TOMAS, {}) == {}


def test_a_receipt_that_came_after_the_tab_was_drawn_still_waits() -> None:
    pending = PendingReceipts()
    pending.keep(TOMAS, FIRST, A)
    drawn = pending.merged(TOMAS, {})
    pending.keep(TOMAS, SECOND, B)

    pending.delivered(TOMAS, drawn)

    assert pending.merged(TOMAS, drawn) == {ONE: A, TWO: B}


def test_a_spent_receipt_leaves_the_tab_and_is_then_forgotten() -> None:
    pending = PendingReceipts()
    pending.drop(TOMAS, FIRST)

    assert pending.merged(TOMAS, {ONE: A, TWO: B}) == {TWO: B}
    pending.delivered(TOMAS, {TWO: B})
    assert pending._pending == {}


def test_nobody_gets_the_receipt_of_another() -> None:
    pending = PendingReceipts()
    pending.keep(TOMAS, FIRST, A)

    assert pending.merged(RUTH, {}) == {}


def test_receipts_of_members_who_never_come_back_do_not_fill_the_memory_for_ever() -> None:
    pending = PendingReceipts()
    pending.keep(TOMAS, FIRST, A)
    pending.keep(RUTH, SECOND, B)
    pending.drop(RUTH, FIRST)

    assert {ONE, TWO} == pending.rounds()
    pending.forget({ONE})

    assert pending._pending == {RUTH: {TWO: B}}
    pending.forget({TWO})
    assert pending._pending == {}
    assert frozenset() == pending.rounds()
