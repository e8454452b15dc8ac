"""How often a pack can ask before a statement would come again."""

from dataclasses import replace

import pytest

from bot.core.capacity import full_rounds_in_window
from bot.core.cycle_plan import APART
from bot.core.model import Dimension, Prompt, PromptPack
from tests.core.test_cycle_plan import SHIPPED
from tests.core.test_prompts import pack, prompt


def own_pack(*prompts: Prompt) -> PromptPack:
    """A pack of the topics of these prompts, each of whose statements and tags has words of its own."""
    topics = tuple(dict.fromkeys(str(one.dimension) for one in prompts))
    worded = [
        replace(
            one,
            statements=tuple(
                replace(statement, text=f"Words of {statement.id}.") for statement in one.statements
            ),
        )
        for one in prompts
    ]
    made = pack(*worded, dimensions=topics)
    return replace(made, dimensions=tuple(map(_with_tags_of_its_own, made.dimensions)))


def _with_tags_of_its_own(topic: Dimension) -> Dimension:
    return replace(
        topic, tags=tuple(replace(tag, text=f"Words of {topic.key} {tag.id}") for tag in topic.tags)
    )


def test_a_pack_of_three_statements_has_one_full_round_in_about_four_weeks() -> None:
    assert full_rounds_in_window(own_pack(prompt("own", 1, statements=2))) == 1
    assert full_rounds_in_window(own_pack(prompt("own", 1), prompt("own", 2))) == 1


@pytest.mark.parametrize("topics", [2, 3, 5])
def test_each_topic_more_allows_one_round_more(topics: int) -> None:
    assert full_rounds_in_window(own_pack(*(prompt(f"own{number}", 1) for number in range(topics)))) == topics


def test_statements_in_the_same_words_are_one_statement() -> None:
    alike = own_pack(prompt("one", 1), prompt("two", 1), prompt("three", 1))
    worded = tuple(replace(one, statements=prompt("one", 1).statements) for one in alike.prompts)

    assert full_rounds_in_window(replace(alike, prompts=worded)) == 1


def test_tags_in_the_same_words_are_one_statement_too() -> None:
    alike = own_pack(prompt("one", 1), prompt("two", 1))
    tagged = tuple(replace(topic, tags=alike.dimensions[0].tags) for topic in alike.dimensions)

    assert full_rounds_in_window(replace(alike, dimensions=tagged)) == 1


def test_the_shipped_pack_asks_everything_at_a_weekly_rhythm() -> None:
    assert full_rounds_in_window(SHIPPED) == APART
    assert full_rounds_in_window(replace(SHIPPED, co_create=())) == APART
