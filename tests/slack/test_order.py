"""The order in which a summary is read: numbers, the two sides, and how many quotes come before the rest."""

from dataclasses import replace

import pytest

from bot.core.model import ItemId
from bot.core.release import Count, ItemRelease
from bot.core.scoring import share_of
from bot.slack.blocks import summary
from tests.slack.reading import texts
from tests.slack.said import QUOTED
from tests.slack.samples import PROMPT, a_round, published

ANCHORED = a_round(
    prompt=replace(
        PROMPT,
        items=tuple(
            replace(item, id=ItemId(name), reversed=False)
            for item, name in zip(
                PROMPT.items, ("welcome-01-a", "welcome-anchor", "cocreate-anchor"), strict=True
            )
        ),
    )
)
GAP = replace(
    published(ANCHORED, 14),
    items=tuple(
        ItemRelease(item=item.id, count=count)
        for item, count in zip(
            ANCHORED.prompt.items,
            (Count(of=14, low=8, high=8), Count(of=14, low=11, high=14), Count(of=14, low=5, high=5)),
            strict=True,
        )
    ),
)


def test_the_two_sides_stand_after_what_is_still_open_and_before_what_was_also_asked() -> None:
    said = summary.summary_text(ANCHORED, GAP)
    headings = ("What is strong", "What is still open", "Welcomed, but not yet shaping", "Also asked")

    assert sorted(headings, key=said.index) == list(headings)


def test_statements_are_numbered_as_they_are_read_in_the_words_and_in_the_chart() -> None:
    blocks = summary.summary(ANCHORED, GAP)
    numbered = [line[:2] for text in texts(blocks) for line in text.split("\n") if line[:1].isdigit()]
    chart = next(block for block in blocks if block["type"] == "data_visualization")["chart"]

    assert ["1.", "2.", "3."] == numbered
    assert [11, 5, 8] == [point["value"] for point in chart["series"][0]["data"]]


@pytest.mark.parametrize(("count", "shown"), [(3, 3), (8, 8), (9, 8), (200, 8)])
def test_a_message_shows_eight_quotes_at_most_and_a_modal_shows_them_all(count: int, shown: int) -> None:
    result = replace(QUOTED, quotes=tuple(f"Quote {number}" for number in range(count)))

    message = "\n".join(texts(summary.summary(a_round(), result)))
    modal = "\n".join(texts(summary.summary_modal(a_round(), result)["blocks"]))

    assert (shown, count) == (message.count("> Quote"), modal.count("> Quote"))
    assert (f"And {count - shown} more, in the Home tab" in message) == (count > shown)


def test_one_number_has_one_percentage_and_a_merged_end_is_rounded_outward() -> None:
    assert (28, 28) == percents(share_of(Count(of=43, low=12, high=12)))
    assert (72, 87) == percents(share_of(Count(of=43, low=31, high=37)))
