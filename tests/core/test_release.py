import doctest
import pickle
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.core import counts as counting
from bot.core import release as rule
from bot.core.counts import Count, count_of, merged_end
from bot.core.model import (
    ChannelId,
    DimensionKey,
    MemberId,
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
from bot.core.release import Published, Withheld, release
from bot.core.replies import Reply

OWN, ANCHOR, PARTNER = (StatementId(name) for name in ("own", "anchor", "partner"))
EASY, HEAVY, ALONE = (TagId(name) for name in ("easy", "heavy", "alone"))
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
        statements=tuple(Statement(id=statement, text=statement) for statement in (OWN, ANCHOR, PARTNER)),
        tags=tuple(Tag(id=tag, text=tag) for tag in (EASY, HEAVY, ALONE)),
    ),
    policy=ReleasePolicy(),
    audience_size=18,
    opened_at=OPENED,
    closes_at=OPENED + timedelta(days=3),
    zone="Europe/Berlin",
    closing_key=b"public",
)


def reply(
    answer: int | None = None, *, text: str = "", quotable: bool = False, tags: tuple[TagId, ...] = ()
) -> Reply:
    """A reply that gives this answer to every item of the round."""
    answers = {} if answer is None else dict.fromkeys((OWN, ANCHOR, PARTNER), answer)
    return Reply(answers=answers, text=text, quotable=quotable, tags=tags)


def quoted(number: int, *, quotable: int) -> list[Reply]:
    """So many replies with a text, so many of them ticked."""
    return [reply(4, text=f"this is thought {place}", quotable=place < quotable) for place in range(number)]


def published(replies: list[Reply], round_: Round = ROUND, seed: int = 7) -> Published:
    result = release(round_, replies, seed=seed, names=frozenset())
    assert isinstance(result, Published)
    return result


def counts(result: Published) -> Mapping[StatementId, Count | None]:
    return {one.statement: one.count for one in result.statements}


def test_the_examples_in_the_docstrings_hold() -> None:
    assert (0, 2) == tuple(doctest.testmod(rule))
    assert (0, 4) == tuple(doctest.testmod(counting))


@pytest.mark.parametrize(
    ("agreed", "answered", "low", "high"),
    [
        (0, 5, 0, 2),
        (2, 5, 0, 2),
        (3, 5, 3, 5),
        (5, 5, 3, 5),
        (3, 6, 3, 3),
        (2, 11, 0, 2),
        (3, 11, 3, 3),
        (8, 11, 8, 8),
        (9, 11, 9, 11),
        (11, 11, 9, 11),
        (0, 12, 0, 3),
        (3, 12, 0, 3),
        (4, 12, 4, 4),
        (8, 12, 8, 8),
        (9, 12, 9, 12),
        (12, 12, 9, 12),
        (97, 100, 97, 100),
    ],
)
def test_a_count_is_exact_in_the_middle_and_merged_at_the_ends(
    agreed: int, answered: int, low: int, high: int
) -> None:
    count = count_of(agreed, answered)
    assert Count(of=answered, low=low, high=high) == count
    assert (low == high) is count.exact


@pytest.mark.parametrize("answered", range(5, 60))
def test_every_count_lies_in_its_bounds_and_the_ends_never_overlap(answered: int) -> None:
    shown = [count_of(agreed, answered) for agreed in range(answered + 1)]
    assert all(count.low <= agreed <= count.high for agreed, count in enumerate(shown))
    width = Counter(shown)
    end = 2 if answered < 12 else 3
    assert [end + 1, end + 1] == [width[shown[0]], width[shown[-1]]]
    assert shown[0] != shown[-1]
    assert all(number == 1 for count, number in width.items() if count.exact)
    assert end == merged_end(answered)


@pytest.mark.parametrize(("agreed", "answered"), [(0, 0), (4, 4), (-1, 5), (6, 5)])
def test_an_impossible_count_or_one_of_fewer_than_five_is_refused(agreed: int, answered: int) -> None:
    with pytest.raises(ValueError, match=r"at least 5 answers|from 0 to 5"):
        count_of(agreed, answered)


def test_under_the_threshold_the_bytes_are_constant_and_hold_no_number() -> None:
    results = [
        release(ROUND, quoted(number, quotable=number), seed=number, names=frozenset()) for number in range(5)
    ]
    assert [Withheld(round_id=ROUND.id)] * 5 == results
    assert len({pickle.dumps(result) for result in results}) == 1
    assert len({repr(result) for result in results}) == 1


def test_a_higher_threshold_withholds_more() -> None:
    round_ = replace(ROUND, policy=ReleasePolicy(threshold=8))
    assert isinstance(release(round_, [reply(4)] * 7, seed=1, names=frozenset()), Withheld)
    assert isinstance(release(round_, [reply(4)] * 8, seed=1, names=frozenset()), Published)


def test_agreement_is_an_answer_of_four_or_five_with_the_words_as_printed() -> None:
    turned = replace(ROUND.prompt, statements=(Statement(id=OWN, text="I feel alone here", reversed=True),))
    replies = [reply(answer) for answer in (1, 2, 3, 3, 4, 4, 5, 1)]
    expected = Count(of=8, low=3, high=3)
    assert (
        expected
        == counts(published(replies))[OWN]
        == counts(published(replies, replace(ROUND, prompt=turned)))[OWN]
    )


def test_a_statement_with_too_few_answers_shows_no_number_and_the_others_do() -> None:
    replies = [Reply(answers={OWN: 5, ANCHOR: 1} if place < 4 else {ANCHOR: 4}) for place in range(6)]
    assert {OWN: None, ANCHOR: Count(of=6, low=0, high=2), PARTNER: None} == counts(published(replies))
    replies.append(Reply(answers={OWN: 5}))
    assert counts(published(replies))[OWN] == Count(of=5, low=3, high=5)


def test_statements_that_the_round_did_not_ask_and_answers_off_the_scale_are_not_counted() -> None:
    stray = Reply(answers={StatementId("other"): 5, OWN: 6, ANCHOR: 0, PARTNER: 5}, tags=(TagId("stray"),))
    result = published([stray] * 6)
    assert {OWN: None, ANCHOR: None, PARTNER: Count(of=6, low=4, high=6)} == counts(result)
    assert result.tags == ()


def test_statements_and_tags_come_in_the_order_of_the_prompt() -> None:
    tagged = [(HEAVY, ALONE), (ALONE, HEAVY), (HEAVY,), (HEAVY,), (ALONE,), (), ()]
    result = published([reply(3, tags=tags) for tags in tagged])
    assert [statement.id for statement in ROUND.prompt.statements] == [
        one.statement for one in result.statements
    ]
    assert [tag.tag for tag in result.tags] == [HEAVY, ALONE]


@pytest.mark.parametrize(
    ("chose", "of", "shown"),
    [
        (2, 8, None),
        (3, 8, Count(of=8, low=3, high=3)),
        (5, 8, Count(of=8, low=5, high=5)),
        (6, 8, Count(of=8, low=6, high=8)),
        (8, 8, Count(of=8, low=6, high=8)),
        (3, 12, None),
        (4, 12, Count(of=12, low=4, high=4)),
        (9, 12, Count(of=12, low=9, high=12)),
    ],
)
def test_a_tag_is_shown_only_past_the_lower_end_and_with_a_merged_top(
    chose: int, of: int, shown: Count | None
) -> None:
    result = published([reply(3, tags=(EASY,) if place < chose else ()) for place in range(of)])
    assert ([] if shown is None else [shown]) == [tag.count for tag in result.tags]


def test_a_tag_counts_once_a_writer() -> None:
    result = published([reply(3, tags=(EASY, EASY))] * 3 + [reply(3)] * 5)
    assert [Count(of=8, low=3, high=3)] == [tag.count for tag in result.tags]


def test_the_shown_tags_never_use_up_nearly_all_choices_that_there_are() -> None:
    everybody = [(EASY, HEAVY)] * 4 + [(HEAVY, ALONE)] * 4
    result = published([reply(3, tags=tags) for tags in everybody])
    assert [(tag.tag, tag.count.low) for tag in result.tags] != [(HEAVY, 6), (EASY, 4)]
    assert [(tag.tag, tag.count.low) for tag in result.tags] == [(EASY, 4), (HEAVY, 6)]


def test_tags_that_fill_the_allowance_exactly_are_all_shown() -> None:
    everybody = [(EASY, HEAVY)] * 4 + [(HEAVY, ALONE), (ALONE,), (ALONE,), ()]
    result = published([reply(3, tags=tags) for tags in everybody])
    assert [(tag.tag, tag.count.low) for tag in result.tags] == [(EASY, 4), (HEAVY, 5), (ALONE, 3)]


def test_a_tag_that_does_not_fit_makes_room_for_a_rarer_one_that_does() -> None:
    tags = (EASY, HEAVY, ALONE, TagId("calm"))
    round_ = replace(ROUND, prompt=replace(ROUND.prompt, tags=tuple(Tag(id=tag, text=tag) for tag in tags)))
    chosen = [(EASY, HEAVY)] * 4 + [(ALONE, HEAVY)] + [(ALONE, EASY)] + [(ALONE, tags[3])] * 3
    result = published([reply(3, tags=pair) for pair in chosen], round_)
    assert [(EASY, 5), (HEAVY, 5), (tags[3], 3)] == [(tag.tag, tag.count.low) for tag in result.tags]


def test_ten_replies_and_three_ticks_are_needed_for_quotes() -> None:
    assert published(quoted(9, quotable=9)).quotes == ()
    assert published(quoted(10, quotable=2)).quotes == ()
    assert len(published(quoted(10, quotable=3)).quotes) == 3


def test_a_stricter_policy_needs_more_for_quotes() -> None:
    strict = replace(ROUND, policy=ReleasePolicy(quote_replies=12, quotes_allowed=4))
    assert published(quoted(11, quotable=9), strict).quotes == ()
    assert published(quoted(12, quotable=3), strict).quotes == ()
    assert len(published(quoted(12, quotable=4), strict).quotes) == 4


def test_a_text_that_redaction_leaves_too_little_of_does_not_count_as_a_quote() -> None:
    replies = [*quoted(9, quotable=2), reply(4, text="Maya Okafor!", quotable=True)]
    assert published(replies).quotes == ()


def test_quotes_come_redacted() -> None:
    replies = [*quoted(11, quotable=3), reply(4, text="Maya asked me what I think", quotable=True)]
    result = release(ROUND, replies, seed=3, names=frozenset({"Maya Okafor"}))
    assert isinstance(result, Published)
    assert {"[name] asked me what I think", *(f"this is thought {place}" for place in range(3))} == set(
        result.quotes
    )


def test_the_same_words_of_two_people_are_two_quotes() -> None:
    replies = [reply(4, text="this is good", quotable=True)] * 10
    assert published(replies).quotes == ("this is good",) * 10


def test_quotes_come_in_the_same_order_in_whatever_order_the_replies_lay() -> None:
    replies = quoted(12, quotable=12)
    orders = {published(replies[start:] + replies[:start], seed=7).quotes for start in range(12)}
    assert {published(replies[::-1], seed=7).quotes} == orders
    assert published(replies, seed=8).quotes not in orders


def test_participation_is_the_replies_and_the_audience_at_opening_or_all_who_replied() -> None:
    result = published([reply(3)] * 14)
    assert (result.replies, result.audience) == (14, 18)
    result = published([reply(3)] * 20)
    assert (result.replies, result.audience) == (20, 20)


@pytest.mark.parametrize(("size", "refused"), [(0, True), (6, True), (7, False)])
def test_a_channel_with_fewer_people_than_the_threshold_is_refused(size: int, *, refused: bool) -> None:
    assert refused is rule.is_too_small(size, 7)


@pytest.mark.parametrize(("size", "warned"), [(5, True), (7, True), (8, False), (18, False)])
def test_the_admin_is_warned_of_an_audience_under_eight(size: int, *, warned: bool) -> None:
    assert warned is rule.warns_admin(size)


def people(*numbers: int) -> frozenset[MemberId]:
    return frozenset(MemberId(f"U{number}") for number in numbers)
