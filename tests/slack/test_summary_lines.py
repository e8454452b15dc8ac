"""How long a summary is, and that nothing in it depends on more than what was released."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product

import pytest

from bot.core.counts import Count
from bot.core.model import StatementId
from bot.core.release import Published, Release, Result, StatementRelease, release
from bot.core.replies import Reply
from bot.slack.kit.builders import Block
from bot.slack.results import result_blocks as outcome
from tests.slack.reading import texts
from tests.slack.samples import PROMPT, a_round, published

QUOTES = ("Someone asked me what I would change about planning.",) * 3

LINES = 9
CHARACTERS = 900

STATEMENTS = tuple(
    replace(statement, id=StatementId(name), reversed=False)
    for statement, name in zip(
        PROMPT.statements, ("welcome-01-a", "welcome-anchor", "cocreate-anchor"), strict=True
    )
)
ROUND = a_round(prompt=replace(PROMPT, statements=STATEMENTS))


def lines(blocks: Sequence[Block]) -> int:
    """How many lines a message has.

    A row is one, and so are a block of text, all buttons together, and each part of the small print.
    """
    return sum(_lines(block) for block in blocks)


def _lines(block: Block) -> int:
    if block["type"] == "actions":
        return 1
    said = [text for one in texts([block]) for text in one.split("\n")]
    return (
        sum("`" in text for text in said)
        if block["type"] == "section" and "◐" in repr(said)
        else (len(said) if block["type"] == "context" else 1)
    )


def result_of(replies: int, agreed: Sequence[float]) -> Published:
    """The result of so many replies, of which these parts agree with the three statements."""
    shown = published(ROUND, replies, quotes=QUOTES[: 3 if replies >= 10 else 0])
    counts = [_merged(round(part * replies), replies) for part in agreed]
    statements = tuple(
        StatementRelease(statement=statement.id, count=count)
        for statement, count in zip(STATEMENTS, counts, strict=True)
    )
    return replace(shown, statements=statements)


def _merged(agreed: int, of: int) -> Count:
    end = 2 if of < 12 else 3
    if agreed >= of - end:
        return Count(of=of, low=of - end, high=of)
    return Count(of=of, low=0, high=end) if agreed <= end else Count(of=of, low=agreed, high=agreed)


@pytest.mark.parametrize("replies", [5, 8, 14, 60, 900])
@pytest.mark.parametrize("agreed", [(0.5, 1, 0.3), (0, 0, 0), (1, 1, 1), (0.5, 0.5, 0.5)])
def test_a_summary_of_three_statements_has_nine_lines_at_most(replies: int, agreed: Sequence[float]) -> None:
    blocks = outcome.result_message(ROUND, result_of(replies, agreed))

    assert lines(blocks) <= LINES
    assert sum(map(len, texts(blocks))) <= CHARACTERS


@pytest.mark.parametrize("replies", [5, 8, 14, 60, 900])
def test_one_that_tells_of_movement_has_ten_lines_at_most(replies: int) -> None:
    then, now = (0.5, 0.3, 0.2), (0.5, 0.9, 0.8)
    results = [_numbered(number, result_of(replies, then if number < 10 else now)) for number in range(1, 13)]
    (round_, shown), *earlier = reversed(results)
    assert isinstance(shown, Published)

    blocks = outcome.result_message(round_, shown, earlier)

    assert "than before" in outcome.result_notification(round_, shown, earlier)
    assert lines(blocks) <= LINES + 1
    assert sum(map(len, texts(blocks))) <= CHARACTERS + 400


def _numbered(number: int, shown: Published) -> Result:
    return replace(ROUND, number=number), shown


def answers(people: int) -> Iterator[list[Reply]]:
    """Replies of so many people, for every way in which numbers of them agree with two statements."""
    _, wanted, shaped = (statement.id for statement in STATEMENTS)
    for one, other in product(range(people + 1), repeat=2):
        yield [
            Reply(answers={wanted: 5 if place < one else 1, shaped: 4 if place >= people - other else 2})
            for place in range(people)
        ]


@pytest.mark.parametrize("people", [5, 8, 13])
def test_two_sets_of_replies_with_one_release_make_one_message(people: int) -> None:
    """Which of the merged answers were given is in none of the sentences, whatever was shown before."""
    before = [_numbered(number, result_of(people, (0.5, 0.4, 0.4))) for number in (2, 1)]
    said: dict[str, set[str]] = {}
    alike = 0
    for replies in answers(people):
        shown: Release = release(ROUND, replies, seed=5, names=frozenset())
        message = (
            outcome.result_notification(ROUND, shown, before),
            outcome.result_message(ROUND, shown, before),
            outcome.result_modal(ROUND, shown, before),
        )
        alike += repr(shown) in said
        said.setdefault(repr(shown), set()).add(repr(message))

    assert alike > people
    assert {1} == {len(messages) for messages in said.values()}
