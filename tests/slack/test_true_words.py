"""What the bot says of its own rules is what it does, and an idea is something to do."""

import pytest

from bot.core.choosing import Tally, choice_of
from bot.core.cycle_summary import summarise_cycle, trend_of
from bot.core.model import StatementId
from bot.core.redaction import redact
from bot.slack.results import cycle_blocks as cycle
from bot.slack.results.ideas import CARRY_FURTHER, FOR_ANY_TOPIC, IDEAS
from tests.slack.reading import texts
from tests.slack.said import EVERYTHING, RESULTS


def said(name: str) -> str:
    return " ".join([EVERYTHING[name].text, *texts(EVERYTHING[name].blocks)])


@pytest.mark.parametrize("name", EVERYTHING)
def test_nothing_says_that_most_of_us_have_to_want_what_is_tried(name: str) -> None:
    three_of_eleven = Tally(statement=StatementId("a"), would_try=3, see_harm=0)
    assert choice_of([three_of_eleven], end=2)

    assert "what most of us would try" not in said(name)


@pytest.mark.parametrize("name", EVERYTHING)
def test_nothing_says_that_all_names_are_taken_out(name: str) -> None:
    assert (
        redact("Maria asked me to lead the planning", ["Maya Okafor"])
        == "Maria asked me to lead the planning"
    )

    assert "Names, links" not in said(name)


def test_of_one_question_nothing_says_that_numbers_are_added_up() -> None:
    found = summarise_cycle(RESULTS[-1:])
    assert found
    assert "added up" not in " ".join(texts(cycle.cycle_blocks(found)))
    assert "added up" not in " ".join(texts(cycle.trend_blocks(trend_of(RESULTS[-1:]))))

    several = summarise_cycle(RESULTS[-5:])
    assert several
    assert "added up" in " ".join(texts(cycle.cycle_blocks(several)))
    assert "added up" in " ".join(texts(cycle.trend_blocks(trend_of(RESULTS[-5:]))))


@pytest.mark.parametrize(
    "idea", [*CARRY_FURTHER, *FOR_ANY_TOPIC, *(one for all_ in IDEAS.values() for one in all_)]
)
def test_an_idea_speaks_of_no_open_or_strong_statement(idea: str) -> None:
    assert "stands out" not in idea
    assert "the open statement" not in idea
    assert "the strong one" not in idea


def test_the_help_says_that_words_may_be_quoted_and_promises_nothing_of_nobody_being_counted() -> None:
    assert "let them be quoted" in said("help")
    assert "nobody is counted" not in said("help")
