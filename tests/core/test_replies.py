import hashlib
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import TEXT_LIMIT, Receipt, StatementId, TagId
from bot.core.replies import (
    PADDED_SIZES,
    Draft,
    Reply,
    Tenure,
    decode_reply,
    encode_reply,
    reply_id,
    reply_of,
)

STATEMENTS = st.text(st.characters(codec="utf-8"), max_size=20).map(StatementId)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=TEXT_LIMIT)
TAGS = st.lists(st.text(st.characters(codec="utf-8"), max_size=20).map(TagId), max_size=2).map(tuple)
REPLIES = st.builds(
    Reply,
    answers=st.dictionaries(STATEMENTS, st.integers(1, 5), max_size=3),
    text=TEXTS,
    tags=TAGS.map(sorted).map(tuple),
    quotable=st.booleans(),
    tenure=st.sampled_from(Tenure),
)
DRAFTS = st.builds(
    Draft,
    answers=st.dictionaries(STATEMENTS, st.none() | st.integers(1, 5), max_size=3),
    text=TEXTS,
    tags=TAGS,
    quotable=st.booleans(),
    tenure=st.sampled_from(Tenure),
)


@given(REPLIES)
def test_a_reply_comes_back_from_its_bytes(reply: Reply) -> None:
    assert reply == decode_reply(encode_reply(reply))


@given(REPLIES)
def test_the_bytes_of_a_reply_have_one_of_four_lengths(reply: Reply) -> None:
    encoded = encode_reply(reply)
    assert len(encoded) in PADDED_SIZES
    smaller = [size for size in PADDED_SIZES if size < len(encoded)]
    assert not smaller or len(encoded.rstrip(b" ")) > smaller[-1]


def test_a_reply_that_fills_a_size_exactly_is_not_padded_to_the_next() -> None:
    empty = len(encode_reply(Reply(answers={})).rstrip())
    assert len(encode_reply(Reply(answers={}, text="x" * (256 - empty)))) == 256
    assert len(encode_reply(Reply(answers={}, text="x" * (257 - empty)))) == 1024


@pytest.mark.attack
@given(REPLIES)
def test_the_length_of_a_reply_is_the_same_whatever_was_said_of_tenure(reply: Reply) -> None:
    """Also before the padding: no text stands just under a size for one group and over it for another."""
    each = [encode_reply(replace(reply, tenure=group)) for group in Tenure]
    assert len({len(encoded) for encoded in each}) == 1
    assert len({len(encoded.rstrip(b" ")) for encoded in each}) == 1
    assert len(set(each)) == 3


@pytest.mark.attack
@pytest.mark.parametrize("size", PADDED_SIZES[:3])
def test_at_the_edge_of_a_size_too_the_length_does_not_tell_the_group(size: int) -> None:
    empty = len(encode_reply(Reply(answers={})).rstrip())
    for more in range(-12, 13):
        text = "x" * min(TEXT_LIMIT, size - empty + more)
        lengths = {len(encode_reply(Reply(answers={}, text=text, tenure=group))) for group in Tenure}
        assert len(lengths) == 1


@pytest.mark.attack
def test_the_mutant_that_leaves_the_unsaid_group_out_is_told_by_its_length() -> None:
    def mutant(reply: Reply) -> bytes:
        said = {"tenure": reply.tenure.value} if reply.tenure is not Tenure.UNSAID else {}
        body = json.dumps({"text": reply.text} | said).encode()
        return body.ljust(next(size for size in PADDED_SIZES if len(body) <= size))

    text = "x" * (250 - len('{"text": ""}'))
    lengths = {len(mutant(Reply(answers={}, text=text, tenure=group))) for group in Tenure}
    assert {256, 1024} == lengths


def test_a_reply_from_before_the_tenure_question_has_none() -> None:
    older = b'{"answers":{"own":4},"text":"so","tags":[],"quotable":true}'.ljust(256)
    assert Reply(answers={StatementId("own"): 4}, text="so", quotable=True) == decode_reply(older)
    assert decode_reply(older).tenure is Tenure.UNSAID


@pytest.mark.parametrize("char", ["\U0001f33b", "\x01", '"', "\\", "\u738b"])
def test_the_longest_text_of_any_character_fits(char: str) -> None:
    reply = Reply(answers={StatementId("own"): 5}, text=char * TEXT_LIMIT)
    assert len(encode_reply(reply)) <= PADDED_SIZES[-1]
    assert reply == decode_reply(encode_reply(reply))


def test_a_reply_that_no_ballot_can_hold_is_refused_without_its_text() -> None:
    with pytest.raises(ValueError, match=r"^the reply is longer than a ballot holds$"):
        encode_reply(Reply(answers={}, text="secret" * 5000))


def test_equal_replies_have_equal_bytes_in_whatever_order_they_were_filled_in() -> None:
    one = Reply(answers={StatementId("a"): 1, StatementId("b"): 2}, tags=(TagId("x"), TagId("y")))
    other = Reply(answers={StatementId("b"): 2, StatementId("a"): 1}, tags=(TagId("y"), TagId("x")))
    assert encode_reply(one) == encode_reply(other)


@pytest.mark.parametrize(
    "plaintext",
    [
        b"",
        b"\xff",
        b"null",
        b"[]",
        b"[" * 10_000,
        b"{}",
        b'{"answers":[],"text":"","tags":[],"quotable":false}',
        b'{"answers":{"a":null},"text":"","tags":[],"quotable":false}',
        b'{"answers":{"a":"5"},"text":"","tags":[],"quotable":false}',
        b'{"answers":{"a":true},"text":"","tags":[],"quotable":false}',
        b'{"answers":{"a":4.5},"text":"","tags":[],"quotable":false}',
        b'{"answers":{"a":Infinity},"text":"","tags":[],"quotable":false}',
        b'{"answers":{"a":6},"text":"","tags":[],"quotable":false}',
        b'{"answers":{},"text":7,"tags":[],"quotable":false}',
        b'{"answers":{},"text":"","tags":"ab","quotable":false}',
        b'{"answers":{},"text":"","tags":[7],"quotable":false}',
        b'{"answers":{},"text":"","tags":[],"quotable":"no"}',
        b'{"answers":{},"text":"","tags":[]}',
        b'{"answers":{},"text":"","tags":[],"quotable":false,"tenure":"x"}',
        b'{"answers":{},"text":"","tags":[],"quotable":false,"tenure":null}',
        b'{"answers":{},"text":"","tags":[],"quotable":false,"tenure":["n"]}',
        b'{"answers":{},"text":"","tags":[],"quotable":false,"tenure":"newer"}',
    ],
)
def test_what_is_no_reply_is_refused_without_being_quoted(plaintext: bytes) -> None:
    with pytest.raises(ValueError, match=r"^this ballot does not hold a reply$") as refusal:
        decode_reply(plaintext)
    assert refusal.value.__cause__ is None
    assert refusal.value.__suppress_context__


@given(st.binary(max_size=300))
def test_any_other_bytes_are_refused_or_read_as_a_reply(plaintext: bytes) -> None:
    try:
        assert isinstance(decode_reply(plaintext), Reply)
    except ValueError as refusal:
        assert str(refusal) == "this ballot does not hold a reply"  # noqa: PT017 - either outcome is right


@given(DRAFTS)
def test_a_draft_becomes_a_reply_with_the_answers_that_were_given(draft: Draft) -> None:
    reply = reply_of(draft)
    assert {
        statement: answer for statement, answer in draft.answers.items() if answer is not None
    } == reply.answers
    assert (draft.text.strip(), draft.tags, draft.tenure) == (reply.text, reply.tags, reply.tenure)
    assert (draft.quotable and bool(draft.text.strip())) is reply.quotable


@pytest.mark.parametrize("answer", [0, 6, -1])
def test_an_answer_off_the_scale_is_refused(answer: int) -> None:
    with pytest.raises(ValueError, match=r"^an answer must be from 1 to 5$"):
        Draft(answers={StatementId("own"): answer})


def test_a_text_or_tags_over_the_limit_are_refused_without_being_quoted() -> None:
    assert Draft(answers={}, text="x" * TEXT_LIMIT).text
    with pytest.raises(ValueError, match=r"^a text may have at most 2000 characters$"):
        Draft(answers={}, text="x" * (TEXT_LIMIT + 1))
    with pytest.raises(ValueError, match=r"^at most 2 tags$"):
        Draft(answers={}, tags=(TagId("a"), TagId("b"), TagId("c")))


@pytest.mark.attack
@given(DRAFTS)
def test_neither_a_draft_nor_a_reply_shows_its_contents_when_printed(draft: Draft) -> None:
    assert repr(draft) == "Draft()"
    assert repr(reply_of(draft)) == "Reply()"


@given(st.binary(min_size=16, max_size=16), st.binary(min_size=16, max_size=16))
def test_a_receipt_always_finds_one_id_of_sixteen_bytes_and_no_other(one: bytes, other: bytes) -> None:
    found = reply_id(Receipt(one))
    assert len(found) == 16
    assert (one == other) is (found == reply_id(Receipt(other)))
    assert one not in found


def test_the_id_is_the_documented_hash() -> None:
    expected = hashlib.sha256(b"receipt:" + bytes(16)).digest()[:16]
    assert expected == reply_id(Receipt(bytes(16)))


def test_the_bytes_are_plain_json_so_that_another_program_could_count_them() -> None:
    encoded = encode_reply(
        Reply(answers={StatementId("own"): 4}, text="so", tags=(TagId("easy"),), quotable=True)
    )
    expected = {"answers": {"own": 4}, "text": "so", "tags": ["easy"], "quotable": True, "tenure": "-"}
    assert expected == json.loads(encoded)
