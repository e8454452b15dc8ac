"""What holds of every release, whatever was replied."""

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.counts import count_of, merged_end
from bot.core.model import (
    ChannelId,
    DimensionKey,
    PromptId,
    ReleasePolicy,
    Round,
    RoundId,
    RoundPrompt,
    Side,
    Statement,
    StatementId,
    Tag,
    TagId,
)
from bot.core.release import Published, Release, Withheld, release
from bot.core.replies import Reply, Tenure

STATEMENTS = tuple(StatementId(name) for name in ("own", "anchor", "partner"))
TAGS = tuple(TagId(name) for name in ("easy", "heavy", "alone", "calm", "proud"))
OPENED = datetime(2026, 11, 23, 9, tzinfo=UTC)


def round_with(policy: ReleasePolicy) -> Round:
    return Round(
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
            statements=tuple(Statement(id=statement, text=statement) for statement in STATEMENTS),
            tags=tuple(Tag(id=tag, text=tag) for tag in TAGS),
        ),
        policy=policy,
        audience_size=18,
        opened_at=OPENED,
        closes_at=OPENED + timedelta(days=3),
        zone="Europe/Berlin",
        closing_key=b"public",
    )


ROUNDS = st.builds(
    ReleasePolicy,
    threshold=st.integers(5, 20),
    quote_replies=st.integers(10, 15),
    quotes_allowed=st.integers(3, 6),
).map(round_with)
REPLIES = st.lists(
    st.builds(
        Reply,
        answers=st.dictionaries(st.sampled_from((*STATEMENTS, StatementId("other"))), st.integers(1, 5)),
        text=st.sampled_from(
            ("", "ok", "I feel at home here", "Maya helped me a lot", "we talk past each other")
        ),
        tags=st.lists(st.sampled_from((*TAGS, TagId("other"))), max_size=2, unique=True).map(tuple),
        quotable=st.booleans(),
        tenure=st.sampled_from(Tenure),
    ),
    max_size=30,
)
SEEDS = st.integers(0, 2**64 - 1)
NAMES = frozenset({"Maya Okafor"})


def asking(round_: Round) -> Round:
    """The same round, which also asks how long people have been there."""
    return replace(round_, prompt=replace(round_.prompt, asks_tenure=True))


def result_of(round_: Round, replies: list[Reply], seed: int = 1) -> Release:
    return release(round_, replies, seed=seed, names=NAMES)


@given(ROUNDS, REPLIES, SEEDS, st.randoms(use_true_random=False))
def test_the_order_of_the_replies_changes_nothing(
    round_: Round, replies: list[Reply], seed: int, chance: random.Random
) -> None:
    shuffled = chance.sample(replies, len(replies))
    assert result_of(round_, replies, seed) == result_of(round_, shuffled, seed)


@given(ROUNDS, REPLIES, SEEDS, SEEDS)
def test_the_seed_moves_quotes_and_nothing_else(
    round_: Round, replies: list[Reply], one: int, other: int
) -> None:
    first, second = result_of(round_, replies, one), result_of(round_, replies, other)
    if isinstance(first, Withheld) or isinstance(second, Withheld):
        assert first == second
        return
    assert (first.replies, first.statements, first.tags) == (second.replies, second.statements, second.tags)
    assert sorted(first.quotes) == sorted(second.quotes)


@given(ROUNDS, REPLIES)
def test_nothing_is_shown_of_fewer_replies_than_the_threshold(round_: Round, replies: list[Reply]) -> None:
    result = result_of(round_, replies)
    if len(replies) < round_.policy.threshold:
        assert Withheld(round_id=round_.id) == result
        return
    assert isinstance(result, Published)
    for one in result.statements:
        answered = sum(one.statement in reply.answers for reply in replies)
        assert (answered >= round_.policy.threshold) is (one.count is not None)
        assert one.count is None or one.count.of == answered


@settings(max_examples=200)
@given(ROUNDS, REPLIES)
def test_every_shown_number_is_true_and_leaves_an_end_of_people_open(
    round_: Round, replies: list[Reply]
) -> None:
    result = result_of(round_, replies)
    if isinstance(result, Withheld):
        return
    agreed = Counter(
        statement for reply in replies for statement, answer in reply.answers.items() if answer >= 4
    )
    chosen = Counter(tag for reply in replies for tag in reply.tags)
    shown = [(one.count, agreed[one.statement]) for one in result.statements if one.count]
    shown += [(tag.count, chosen[tag.tag]) for tag in result.tags]
    for count, number in shown:
        assert count.low <= number <= count.high
        assert (count.low, count.high) == (number, number) or count.high - count.low == merged_end(count.of)
        assert merged_end(count.of) < count.low < count.of - merged_end(count.of) or not count.exact
    assert all(
        tag.count.of == len(replies) and tag.count.low > merged_end(len(replies)) for tag in result.tags
    )


@settings(max_examples=200)
@given(ROUNDS, REPLIES, st.data())
def test_fewer_replies_never_show_a_statement_or_quotes_that_more_replies_did_not(
    round_: Round, replies: list[Reply], data: st.DataObject
) -> None:
    fewer = [reply for reply in replies if data.draw(st.booleans())]
    less, more = result_of(round_, fewer), result_of(round_, replies)
    if isinstance(less, Withheld):
        return
    assert isinstance(more, Published)
    assert all(
        after.count for before, after in zip(less.statements, more.statements, strict=True) if before.count
    )
    assert bool(more.quotes) or not less.quotes


@given(ROUNDS, REPLIES)
def test_text_without_a_tick_never_appears(round_: Round, replies: list[Reply]) -> None:
    canary = [
        Reply(answers=reply.answers, text="the canary sings at night", tags=reply.tags) for reply in replies
    ]
    assert "canary" not in repr(result_of(round_, replies + canary))


@given(ROUNDS, REPLIES)
def test_quotes_are_all_that_were_ticked_or_none(round_: Round, replies: list[Reply]) -> None:
    result = result_of(round_, replies)
    ticked = [
        reply.text.replace("Maya", "[name]") for reply in replies if reply.quotable and len(reply.text) > 2
    ]
    enough = len(replies) >= round_.policy.quote_replies and len(ticked) >= round_.policy.quotes_allowed
    quotes = () if isinstance(result, Withheld) else result.quotes
    expected = sorted(ticked) if enough and isinstance(result, Published) else []
    assert expected == sorted(quotes)


@given(ROUNDS, REPLIES, st.dictionaries(st.sampled_from(STATEMENTS), st.integers(1, 5)), st.booleans())
def test_quotes_say_nothing_of_answers_tags_and_tenure(
    round_: Round,
    replies: list[Reply],
    answers: dict[StatementId, int],
    keep: bool,  # noqa: FBT001 - drawn
) -> None:
    altered = [
        Reply(answers=answers, text=reply.text, tags=reply.tags if keep else (), quotable=reply.quotable)
        for reply in replies
    ]
    one, other = result_of(asking(round_), replies), result_of(asking(round_), altered)
    assert getattr(one, "quotes", ()) == getattr(other, "quotes", ())


@given(ROUNDS, REPLIES)
def test_a_round_that_did_not_ask_for_tenure_shows_every_statement_in_total(
    round_: Round, replies: list[Reply]
) -> None:
    unsaid = [replace(reply, tenure=Tenure.UNSAID) for reply in replies]
    assert result_of(round_, unsaid) == result_of(round_, replies)


@settings(max_examples=200)
@given(ROUNDS, REPLIES)
def test_a_statement_is_shown_by_group_or_in_total_and_each_number_is_true(
    round_: Round, replies: list[Reply]
) -> None:
    by_group, in_total = result_of(asking(round_), replies), result_of(round_, replies)
    if isinstance(by_group, Withheld) or isinstance(in_total, Withheld):
        assert by_group == in_total
        return
    assert (by_group.replies, by_group.tags, by_group.quotes) == (
        in_total.replies,
        in_total.tags,
        in_total.quotes,
    )
    for one, whole in zip(by_group.statements, in_total.statements, strict=True):
        assert one.groups or one == whole
        if not one.groups:
            continue
        assert one.count is None
        assert one.total
        assert whole.count
        assert one.total.of == whole.count.of
        assert (
            one.total.low
            <= sum(reply.answers.get(one.statement, 0) >= 4 for reply in replies)
            <= one.total.high
        )
        for part in one.groups:
            given_ = [
                r.answers[one.statement]
                for r in replies
                if r.tenure is part.group and one.statement in r.answers
            ]
            assert part.count == count_of(sum(answer >= 4 for answer in given_), len(given_))
            assert part.count.of >= round_.policy.threshold


def test_every_quote_comes_to_every_place_about_as_often() -> None:
    texts = [f"this is thought {letter}" for letter in "abcd"]
    replies = [Reply(answers={}, text=text, quotable=True) for text in texts] + [Reply(answers={})] * 6
    seeds = 2400
    places: Counter[tuple[int, str]] = Counter()
    orders: Counter[tuple[str, ...]] = Counter()
    for seed in range(seeds):
        result = result_of(round_with(ReleasePolicy()), replies, seed)
        assert isinstance(result, Published)
        places.update(enumerate(result.quotes))
        orders[result.quotes] += 1
    assert len(orders) == 24
    # Chi-squared over the 24 orders, 23 degrees of freedom: 49.7 is exceeded once in a thousand.
    assert sum((number - seeds / 24) ** 2 / (seeds / 24) for number in orders.values()) < 49.7
    assert all(abs(number - seeds / 4) < seeds / 20 for number in places.values())
