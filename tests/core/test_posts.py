"""When a message is sent again, and how often."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import ChannelId
from bot.core.posts import (
    LONGEST_RETRY_AFTER,
    LONGEST_WAIT,
    SENDS,
    Post,
    PostKind,
    PostOutcome,
    Trouble,
    parse_trouble,
    refused,
    sent,
    trouble_post,
    waits,
)

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
POST = Post(kind=PostKind.SUMMARY, of="r1", channel=ChannelId("C1"), since=NOON)


def test_a_message_that_was_sent_twice_without_a_word_of_it_is_in_doubt() -> None:
    once = sent(POST, NOON)

    assert (False, True) == (once.in_doubt, sent(once, NOON).in_doubt)
    assert SENDS == 2


def test_while_it_is_being_sent_nobody_else_sends_it() -> None:
    under_way = sent(POST, NOON)

    assert waits(under_way, NOON + MINUTE / 2)
    assert not waits(under_way, NOON + MINUTE)


def test_a_refused_message_comes_with_the_next_wake_up_and_then_more_seldom() -> None:
    minutes, post, now = [], POST, NOON
    for _ in range(8):
        while waits(post, now):
            now += MINUTE
        minutes.append((now - NOON) // MINUTE)
        post = refused(post, now, "rate_limited")
        now += MINUTE

    assert [0, 1, 2, 4, 8, 16, 26, 36] == minutes


@given(age=st.integers(-100_000, 1_000_000), retry_after_s=st.integers(0, 10**7))
def test_it_waits_at_least_as_long_as_slack_asks_and_never_for_ever(age: int, retry_after_s: int) -> None:
    now = NOON + timedelta(seconds=age)

    until = refused(POST, now, "ratelimited", timedelta(seconds=retry_after_s)).not_before

    assert until is not None
    least = min(timedelta(seconds=retry_after_s), LONGEST_RETRY_AFTER)
    assert least <= until - now <= max(LONGEST_WAIT, LONGEST_RETRY_AFTER)


def test_a_refusal_does_not_count_as_sent() -> None:
    post = refused(POST, NOON, "rate_limited")

    assert (0, "rate_limited") == (post.sends, post.reason)


def test_a_time_that_a_wrong_clock_has_left_holds_nothing_up() -> None:
    assert not waits(replace(POST, not_before=NOON + timedelta(days=30)), NOON)


@given(
    kind=st.sampled_from(PostKind),
    fate=st.sampled_from(PostOutcome),
    reason=st.sampled_from(["", "fatal_error"]),
)
def test_what_an_admin_is_to_hear_is_read_as_it_was_written(
    kind: PostKind, fate: PostOutcome, reason: str
) -> None:
    note = trouble_post(replace(POST, kind=kind, reason=reason), fate, NOON)

    assert Trouble(kind=kind, fate=fate, reason=reason) == parse_trouble(note)
