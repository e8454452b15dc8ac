"""What is said when something cannot be: true for this very round, and without a loose end."""

from dataclasses import replace

import pytest

from bot.core.model import RoundKind, RoundState
from bot.service.replies import Refusal, ReplyOutcome
from bot.slack.kit.privacy import care_after, care_before
from bot.slack.reply.announcement_blocks import CLOSED_NOTE, announcement_text, retired_text
from bot.slack.reply.refusal_blocks import CANCELLED, OF_PROPOSALS, OF_REPLIES, refusal_notice
from tests.slack.reading import read_view, texts
from tests.slack.samples import PROMPT, SUPPORT, a_round


def test_of_a_cancelled_round_nobody_is_promised_a_summary() -> None:
    said = read_view(refusal_notice(Refusal.CLOSED, a_round(state=RoundState.CANCELLED)))

    assert "cancelled" in said
    assert "nothing is published" in said


def test_of_a_round_that_has_just_closed_the_summary_is_not_said_to_be_there() -> None:
    said = read_view(refusal_notice(Refusal.CLOSED, a_round(state=RoundState.CLOSING)))

    assert "gets its summary" in said


def test_a_receipt_without_a_round_leaves_no_sentence_unfinished() -> None:
    said = read_view(refusal_notice(ReplyOutcome.NOT_FOUND, None))

    assert said.endswith("withdrawn already.")


def test_somebody_who_has_just_joined_is_told_to_try_again() -> None:
    assert "just joined" in read_view(refusal_notice(Refusal.NOT_A_MEMBER, a_round()))


@pytest.mark.parametrize("texts_of_kind", [OF_REPLIES, OF_PROPOSALS], ids=["replies", "proposals"])
def test_every_refusal_has_its_own_words_in_both_kinds_of_rounds(texts_of_kind: dict[str, object]) -> None:
    assert {CANCELLED, *(one.value for one in Refusal)} == set(texts_of_kind)


def test_a_refused_proposal_is_not_called_a_reply_to_a_question() -> None:
    said = " ".join(f"{title} {text}" for title, text in OF_PROPOSALS.values()).lower()

    assert "this question" not in said
    assert "reply" not in said


def test_who_came_later_to_a_round_of_proposals_reads_of_proposals() -> None:
    asks_for_proposals = a_round(prompt=replace(PROMPT, kind=RoundKind.COLLECT))

    said = read_view(refusal_notice(Refusal.JOINED_LATER, asks_for_proposals))

    assert "proposals come from those who were in the channel" in said


def test_a_line_that_nobody_filled_in_is_left_out_of_the_card() -> None:
    card = replace(SUPPORT, crisis="")

    (before,), (after,) = texts([care_before(card)]), texts([care_after(card)])

    assert before.endswith(
        "harassment*: People team, <mailto:people@example.org|people@example.org> (not anonymous)"
    )
    assert "Day or night" not in after
    assert len(after.splitlines()) == 2


def test_a_prompt_cannot_call_the_whole_channel_from_a_notification() -> None:
    round_ = a_round(prompt=replace(PROMPT, question="<!channel> how are you & yours?"))

    for text in (announcement_text(round_), retired_text(round_, CLOSED_NOTE)):
        assert "<" not in text
        assert "&lt;!channel&gt; how are you &amp; yours?" in text
