"""The example of the design, from fourteen replies to the message: docs and bot say the same numbers.

Source: 2.3 of the design document on measurement; all numbers are invented there.
"""

import re
from dataclasses import replace

import pytest

from bot.core.model import DimensionKey, Side, Statement, StatementId, Tag, TagId
from bot.core.release import Published, release
from bot.core.replies import Reply
from bot.slack.kit.builders import Block
from bot.slack.results import blocks as summary
from bot.slack.results import result_blocks
from bot.slack.results.ideas import IDEAS
from tests.slack.reading import read_message, texts
from tests.slack.samples import PROMPT, a_round

MARK = Statement(id=StatementId("cocreate-01-a"), text="I know how to get a change started here.")
SHAPED = Statement(id=StatementId("cocreate-anchor"), text="I help shape how we work here.")
WANTED = Statement(
    id=StatementId("welcome-anchor"), text="People here show me that they want me in this team."
)
TAGS = tuple(
    Tag(id=TagId(f"cocreate-tag-{key}"), text=text)
    for key, text in (
        ("settled", "routines settled before people could comment"),
        ("thanks", "thanks that come soon after the work"),
        ("old", "old routines nobody remembers choosing"),
        ("meetings", "who speaks in meetings"),
    )
)
ROUND = a_round(
    number=14,
    audience_size=18,
    prompt=replace(
        PROMPT,
        dimension=DimensionKey("cocreate"),
        label="Co-creation",
        side=Side.BELONGING,
        question="What would you like to help change?",
        statements=(MARK, SHAPED, WANTED),
        tags=TAGS,
    ),
)
SETTLED, THANKS, OLD, MEETINGS = (tag.id for tag in TAGS)
CHOSEN = (
    *[(SETTLED, THANKS)] * 5,
    (SETTLED, OLD),
    *[(OLD, MEETINGS)] * 3,
    *[()] * 5,
)
"""Who chose which tags: six, five, four, and three, who are too few to show."""


def replies(wanted: int) -> list[Reply]:
    """Fourteen replies: seven know how to get a change started, five help shape, so many are wanted."""
    return [
        Reply(
            answers={
                MARK.id: 4 if person < 7 else 3,
                SHAPED.id: 5 if person >= 9 else 2,
                WANTED.id: 4 if person < wanted else 1,
            },
            tags=CHOSEN[person],
        )
        for person in range(14)
    ]


def said(wanted: int = 12) -> tuple[str, list[Block]]:
    result = release(ROUND, replies(wanted), seed=1, names=frozenset())
    assert isinstance(result, Published)
    return result_blocks.result_notification(ROUND, result), summary.summary(ROUND, result)


def lines() -> list[str]:
    """The message without its marks."""
    return re.sub(r"[*_`]", "", read_message(*said())).split("\n")


@pytest.mark.parametrize(
    "sentence",
    [
        r"🌱 More of us feel wanted here than feel we shape how we work\.",
        r"●●●●●●●●◐◐ 11 or more of 14  ·  People here show me that they want me in this team",
        r"●●●●●○○○○○ 7 of 14  ·  I know how to get a change started here",
        r"●●●●○○○○○○ 5 of 14  ·  I help shape how we work here",
        r"Try this: .*\.",
        r"14 of 18 replied, without names  ·  asked: What would you like to help change\?",
    ],
)
def test_the_message_says_what_the_example_says(sentence: str) -> None:
    assert 1 == sum(bool(re.search(sentence, line)) for line in lines()[1:])


@pytest.mark.parametrize(
    "sentence",
    [
        r"routines settled before people could comment \(6 of 14\)",
        r"thanks that come soon after the work \(5 of 14\)",
        r"old routines nobody remembers choosing \(4 of 14\)",
    ],
)
def test_what_people_wrote_about_stands_beside_all_numbers(sentence: str) -> None:
    result = release(ROUND, replies(12), seed=1, names=frozenset())

    assert 1 == sum(
        bool(re.search(sentence, line)) for line in texts(summary.summary_modal(ROUND, result)["blocks"])
    )


def test_its_parts_come_in_the_order_of_the_example() -> None:
    parts = (
        "More of us feel wanted here",
        "11 or more of 14",
        "7 of 14",
        "5 of 14",
        "Try this",
        "14 of 18 replied",
    )
    read = "\n".join(lines()[1:])

    places = [read.index(part) for part in parts]

    assert sorted(places) == places


def test_its_first_line_is_all_of_the_notification() -> None:
    text, blocks = said()

    assert f"*🌱 {text}*" == texts(blocks)[0]


def test_it_suggests_one_thing_for_co_creation_and_no_more() -> None:
    read = "\n".join(texts(said()[1]))

    assert 1 == sum(idea in read for table in IDEAS.values() for idea in table)
    assert any(idea in read for idea in IDEAS["cocreate"])


def test_a_tag_that_three_chose_is_not_named() -> None:
    assert "who speaks in meetings" not in repr(said())


@pytest.mark.parametrize("wanted", [11, 12, 13, 14])
def test_whether_eleven_or_all_fourteen_are_wanted_nobody_can_tell(wanted: int) -> None:
    assert said() == said(wanted)


def test_with_ten_the_number_is_said_and_the_finding_is_the_same() -> None:
    text, blocks = said(10)

    assert "*10 of 14*" in "\n".join(texts(blocks))
    assert said()[0] == text
