"""The order in which a summary is read: the finding, the numbers, one quote; all quotes in the modal."""

import re
from dataclasses import replace

import pytest

from bot.core.counts import Count
from bot.core.model import StatementId
from bot.core.release import StatementRelease
from bot.slack.results import blocks as summary
from bot.slack.results import result_blocks
from tests.slack.reading import texts
from tests.slack.said import QUOTED
from tests.slack.samples import PROMPT, a_round, published

ANCHORED = a_round(
    prompt=replace(
        PROMPT,
        statements=tuple(
            replace(statement, id=StatementId(name), reversed=False)
            for statement, name in zip(
                PROMPT.statements, ("welcome-01-a", "welcome-anchor", "cocreate-anchor"), strict=True
            )
        ),
    )
)
GAP = replace(
    published(ANCHORED, 14),
    statements=tuple(
        StatementRelease(statement=statement.id, count=count)
        for statement, count in zip(
            ANCHORED.prompt.statements,
            (Count(of=14, low=8, high=8), Count(of=14, low=11, high=14), Count(of=14, low=5, high=5)),
            strict=True,
        )
    ),
)


def test_the_finding_comes_first_then_the_strong_statement_and_the_open_one_last_of_the_numbers() -> None:
    said = texts(summary.summary(ANCHORED, GAP))
    finding, rows = said[:2]

    assert f"*🌱 {result_blocks.result_notification(ANCHORED, GAP)}*" == finding
    assert ["11 or more of 14", "8 of 14", "5 of 14"] == re.findall(r"\*(.*?)\*", rows)


@pytest.mark.parametrize("count", [1, 2, 9, 200])
def test_a_message_shows_one_quote_and_a_modal_shows_them_all(count: int) -> None:
    result = replace(QUOTED, quotes=tuple(f"Quote {number}" for number in range(count)))

    message = "\n".join(texts(summary.summary(a_round(), result)))
    modal = "\n".join(texts(summary.summary_modal(a_round(), result)["blocks"]))

    assert (1, count) == (message.count("> Quote"), modal.count("> Quote"))
    assert ("more quote" in message) == (count > 1)
