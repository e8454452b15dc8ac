import doctest
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import rounds
from bot.core.model import (
    ChannelId,
    DimensionKey,
    PromptId,
    ReleasePolicy,
    Round,
    RoundId,
    RoundPrompt,
    RoundState,
    Side,
)
from bot.core.rounds import ENDS, STEPS, accepts, advance, closes_at, reminder_at

OPENED = datetime(2026, 11, 23, 9, tzinfo=UTC)
ROUND = Round(
    id=RoundId("r1"),
    channel=ChannelId("C0HARBOUR"),
    schedule=None,
    number=1,
    prompt=RoundPrompt(
        prompt_id=PromptId("welcome-1"),
        dimension=DimensionKey("welcome"),
        label="The Welcome",
        side=Side.INCLUSION,
        question="When did you last feel welcome here?",
        statements=(),
    ),
    policy=ReleasePolicy(),
    audience_size=18,
    opened_at=OPENED,
    closes_at=OPENED + timedelta(days=3),
    zone="Europe/Berlin",
    closing_key=b"public",
)
LEGAL = {
    (RoundState.GATHERING, RoundState.OPEN),
    (RoundState.GATHERING, RoundState.CLOSING),
    (RoundState.GATHERING, RoundState.CANCELLED),
    (RoundState.GATHERING, RoundState.KEY_LOST),
    (RoundState.OPEN, RoundState.CLOSING),
    (RoundState.OPEN, RoundState.CANCELLED),
    (RoundState.OPEN, RoundState.KEY_LOST),
    (RoundState.CLOSING, RoundState.RELEASED),
    (RoundState.CLOSING, RoundState.KEY_LOST),
    (RoundState.RELEASED, RoundState.CLOSED),
}
STATES = st.sampled_from(list(RoundState))
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - drawn in UTC
LENGTHS = st.timedeltas(timedelta(minutes=1), timedelta(days=60))
POLICIES = st.builds(ReleasePolicy, min_open=LENGTHS)


def test_the_examples_in_the_docstrings_hold() -> None:
    assert tuple(doctest.testmod(rounds)) == (0, 4)


@pytest.mark.parametrize("after", RoundState)
@pytest.mark.parametrize("before", RoundState)
def test_only_the_legal_steps_can_be_taken(before: RoundState, after: RoundState) -> None:
    round_ = ROUND.with_state(before)
    if (before, after) in LEGAL:
        assert replace(ROUND, state=after) == advance(round_, after)
        return
    with pytest.raises(ValueError, match=f"round r1 is {before} and cannot become {after}; it can become "):
        advance(round_, after)


def test_a_refused_step_names_the_steps_that_are_left() -> None:
    with pytest.raises(ValueError, match=r"it can become cancelled or closing or key_lost$"):
        advance(ROUND, RoundState.CLOSED)
    with pytest.raises(ValueError, match=r"it can become nothing: it has ended$"):
        advance(ROUND.with_state(RoundState.CLOSED), RoundState.OPEN)


def test_every_state_has_its_steps_and_the_ends_have_none() -> None:
    assert set(RoundState) == set(STEPS)
    assert {RoundState.CLOSED, RoundState.CANCELLED, RoundState.KEY_LOST} == ENDS


@given(st.lists(STATES, max_size=12))
def test_whatever_is_tried_a_round_never_comes_back_and_ends_in_at_most_three_steps(
    tried: list[RoundState],
) -> None:
    path = [ROUND]
    for state in tried:
        if state in STEPS[path[-1].state]:
            path.append(advance(path[-1], state))
    assert len({round_.state for round_ in path}) == len(path) <= 4
    assert all(after.state in STEPS[before.state] for before, after in pairwise(path))
    assert all(
        replace(round_, state=RoundState.OPEN) == ROUND for round_ in path
    )  # times and policy never move


@given(MOMENTS, LENGTHS, POLICIES)
def test_a_round_stays_open_as_long_as_asked_but_never_shorter_than_the_policy_says(
    opened: datetime, open_for: timedelta, policy: ReleasePolicy
) -> None:
    closing = closes_at(opened, open_for, policy)
    assert closing - opened in {open_for, policy.min_open}
    assert closing - opened >= open_for
    assert closing - opened >= policy.min_open


def test_the_closing_time_keeps_the_zone_of_the_opening() -> None:
    zone = timezone(timedelta(hours=2))
    assert closes_at(OPENED.astimezone(zone), timedelta(days=2), ReleasePolicy()).tzinfo is zone


def test_an_opening_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone; pass an aware UTC time"):
        closes_at(OPENED.replace(tzinfo=None), timedelta(days=3), ReleasePolicy())


@given(STATES, MOMENTS)
def test_replies_are_taken_only_in_a_box_or_while_open_and_before_the_closing_time(
    state: RoundState, now: datetime
) -> None:
    round_ = ROUND.with_state(state)
    in_time = state is RoundState.OPEN and now < round_.closes_at
    assert (in_time or state is RoundState.GATHERING) is accepts(round_, now)


def test_the_closing_time_itself_is_too_late() -> None:
    assert accepts(ROUND, ROUND.closes_at - timedelta(microseconds=1))
    assert not accepts(ROUND, ROUND.closes_at)


@given(MOMENTS)
def test_a_clock_that_goes_backwards_does_not_reopen_a_round(earlier: datetime) -> None:
    assert not accepts(advance(ROUND, RoundState.CLOSING), earlier)


@given(MOMENTS, LENGTHS)
def test_the_reminder_comes_in_the_second_half_and_in_the_last_day(
    opened: datetime, length: timedelta
) -> None:
    round_ = replace(ROUND, opened_at=opened, closes_at=opened + length)
    reminder = reminder_at(round_)
    assert opened < reminder < round_.closes_at
    assert reminder - opened >= length / 2
    assert round_.closes_at - reminder <= timedelta(days=1)
    assert reminder in {opened + length / 2, round_.closes_at - timedelta(days=1)}


@pytest.mark.parametrize(
    ("open_for", "after"),
    [
        (timedelta(days=3), timedelta(days=2)),
        (timedelta(days=2), timedelta(days=1)),
        (timedelta(hours=24), timedelta(hours=12)),
        (timedelta(minutes=1), timedelta(seconds=30)),
    ],
)
def test_the_reminder_comes_halfway_or_a_day_before_whichever_is_later(
    open_for: timedelta, after: timedelta
) -> None:
    round_ = replace(ROUND, closes_at=OPENED + open_for)
    assert OPENED + after == reminder_at(round_)
