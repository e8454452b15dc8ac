"""What holds of every summary, cycle and trend as they are read, whatever was asked and replied."""

import random
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.cycles import summarise_cycle, trend_of
from bot.core.model import Item, ItemId, Side
from bot.core.release import Count, Published, release
from bot.core.replies import Reply
from bot.core.results import Result
from bot.core.schedule import Schedule
from bot.demo.block_kit import check_blocks, check_view, is_too_large
from bot.demo.workspace import ApiCall
from bot.service.rhythm import Going, GoneOn
from bot.slack.blocks import cycle, outcome, rhythm, summary
from bot.slack.blocks.kit import Block, View
from bot.slack.limits import FALLBACK, fit, fit_view, size
from tests.contracts.values import schedules
from tests.slack.reading import texts
from tests.slack.samples import OPENED, a_round, histories, history, written
from tests.slack_spec import misuses

COUNT = r"(?:(\d+) to )?(\d+) (or more |or fewer )?of (\d+)"
"""A shown count in words."""

few = settings(max_examples=25)


def plain(longest: int) -> st.SearchStrategy[str]:
    """Words that hold no number and no mark-up, so that every number read is the bot's own."""
    return st.text("abc xyz", min_size=1, max_size=longest).map(str.strip).filter(bool)


def counts_in(text: str, after: str = "") -> list[Count]:
    """Every count that is said here before these words, in order."""
    found = []
    for low, number, end, of in re.findall(COUNT + after, text):
        least, most = (low or number, number) if end == "" else (number, of)
        if end == "or fewer ":
            least, most = "0", number
        found.append(Count(of=int(of), low=int(least), high=int(most)))
    return found


def chart_in(blocks: Sequence[Block]) -> dict[str, dict[str, int]]:
    """The chart, as the values of each point by the names of its series; empty where there is none."""
    drawn = [block["chart"] for block in blocks if block["type"] == "data_visualization"]
    points: dict[str, dict[str, int]] = {}
    for series in (series for chart in drawn for series in chart["series"]):
        for point in series["data"]:
            points.setdefault(point["label"], {})[series["name"]] = point["value"]
    return points


def bounds(point: dict[str, int], name: str = "Agree") -> tuple[int, int]:
    """Both bounds that a chart draws."""
    if name in point:
        return point[name], point[name]
    return point[f"{name}, at least"], point[f"{name}, at most"]


def read(blocks: Sequence[Block]) -> str:
    """All paragraphs, without marks for bold and italics."""
    return re.sub(r"[*_`]", "", "\n".join(texts(blocks)))


REPLIES = st.lists(
    st.builds(
        Reply,
        answers=st.dictionaries(
            st.sampled_from([item.id for item in a_round().prompt.items]), st.integers(1, 5)
        ),
        text=st.sampled_from(["", "I feel at home here", "we talk past each other", "they said welcome"]),
        tags=st.lists(
            st.sampled_from([tag.id for tag in a_round().prompt.tags]), max_size=2, unique=True
        ).map(tuple),
        quotable=st.booleans(),
    ),
    max_size=24,
)


def said_of(replies: Sequence[Reply]) -> tuple[str, list[Block], Any]:
    """The whole message and the modal that so many replies make."""
    round_ = a_round(audience_size=24)
    result = release(round_, replies, seed=3, names=frozenset())
    return (
        summary.notification(round_, result),
        summary.summary(round_, result),
        summary.summary_modal(round_, result),
    )


@given(REPLIES, st.randoms(use_true_random=False))
def test_the_order_of_the_replies_never_changes_the_message(
    replies: list[Reply], chance: random.Random
) -> None:
    assert said_of(replies) == said_of(chance.sample(replies, len(replies)))


@settings(max_examples=200)
@given(REPLIES, st.data())
def test_fewer_replies_never_say_a_count_or_a_quote_more(replies: list[Reply], data: st.DataObject) -> None:
    fewer = [reply for reply in replies if data.draw(st.booleans())]
    less, more = said_of(fewer), said_of(replies)

    assert len(counts_in(less[0], " agree")) <= len(counts_in(more[0], " agree"))
    assert len(chart_in(less[1])) <= len(chart_in(more[1]))
    assert read(less[2]["blocks"]).count("\n> ") <= read(more[2]["blocks"]).count("\n> ")


def test_with_one_reply_more_a_tag_may_go_since_the_shown_ones_never_use_up_all_choices() -> None:
    """Tags alone know no ladder: their counts grow towards the bound that ``core.release`` sets them."""
    easy, heavy, alone = (tag.id for tag in a_round().prompt.tags)
    chosen = [(easy, heavy)] * 3 + [(easy, alone)] * 3 + [(easy,)] * 2
    replies = [Reply(answers={}, tags=tags) for tags in chosen]

    one_more = [*replies, Reply(answers={}, tags=(heavy, alone))]
    eight, nine = (read(said_of(some)[1]) for some in (replies, one_more))

    assert [3, 2] == [said.count("•  ") for said in (eight, nine)]


@settings(max_examples=150)
@given(histories(plain))
def test_the_text_the_chart_and_the_paragraphs_of_a_summary_say_the_same_numbers(
    results: tuple[Result, ...],
) -> None:
    (round_, shown), *earlier = results
    blocks = summary.summary(round_, shown, earlier)
    said = counts_in(summary.notification(round_, shown, earlier), " agree: ")
    lines = dict(re.findall(r"(\d+)\.  (.*?) agree: ", read(blocks)))
    drawn = chart_in(blocks)

    assert [(count.low, count.high) for count in said] == [bounds(point) for point in drawn.values()]
    numbered = {f"Statement {number}": counts_in(f"{words} agree")[0] for number, words in lines.items()}
    assert numbered == dict(zip(drawn, said, strict=True))
    titles = " ".join(block["title"] for block in blocks if block["type"] == "data_visualization")
    answers = {str(count.of) for count in said}
    assert re.findall(r"of (\d+)", titles) == (list(answers) if len(answers) == 1 else [])


@settings(max_examples=150)
@given(histories(plain))
def test_the_text_the_chart_and_the_paragraphs_of_a_cycle_say_the_same_numbers(
    results: tuple[Result, ...],
) -> None:
    found = summarise_cycle(results)
    assert found
    blocks = cycle.cycle_blocks(found)
    text, paragraphs, drawn = cycle.cycle_text(found), read(blocks), chart_in(blocks)
    said = counts_in(text, " answers agree: ")

    assert [one.count for one in found.pictures] == said
    assert sorted(map(repr, said)) == sorted(map(repr, counts_in(paragraphs, " answers agree: ")))
    assert [(*bounds(point), point["All answers"]) for point in drawn.values()] == [
        (count.low, count.high, count.of) for count in said
    ]
    sides = [count for count in (found.circle.inclusion, found.circle.belonging) if count]
    picture = cycle.circle_picture(found.circle)
    assert sides == [counts_in(one)[0] for one in re.findall(r"(?:Let in|Shaping): (.*?)\.", text)]
    assert sides == counts_in(picture)
    assert picture in texts(blocks) or not sides
    assert re.findall(r"at least .* more, among \d+", text) == re.findall(
        r"at least .* more, among \d+", paragraphs
    )


@settings(max_examples=150)
@given(histories(plain))
def test_the_text_the_chart_and_the_paragraphs_of_a_trend_say_the_same_numbers(
    results: tuple[Result, ...],
) -> None:
    found = trend_of(results)
    blocks = cycle.trend_blocks(found)
    text, paragraphs, drawn = cycle.trend_text(found), read(blocks), chart_in(blocks)
    lines = re.findall(r"(Rounds? [\d to]+): let in (.*?) \((.*?) %\); shaping (.*?) \((.*?) %\)\.", text)
    said = {span: (percents(let_in), percents(shaping)) for span, _, let_in, _, shaping in lines}
    circles = [circle for circle in found.circles if circle.inclusion and circle.belonging]

    assert [(circle.inclusion, circle.belonging) for circle in circles] == [
        (counts_in(let_in)[0], counts_in(shaping)[0]) for _, let_in, _, shaping, _ in lines
    ]
    sides = [side for _, *both in lines for side in pairs(both)]
    assert all(fits(*counts_in(words), percents(share)) for words, share in sides)
    shown = list(said)[-cycle.MOST_POINTS :] if len(said) > 1 else []
    assert {span: said[span] for span in shown} == {
        label: (bounds(point, "Let in"), bounds(point, "Shaping")) for label, point in drawn.items()
    }
    assert counts_in(text) == counts_in(paragraphs)


def percents(words: str) -> tuple[int, int]:
    """Both bounds of a share as it is said."""
    low, _, high = words.partition(" to ")
    return int(low), int(high or low)


def pairs(both: Sequence[str]) -> list[tuple[str, str]]:
    """What is said of two sides: the count of each with its share."""
    return list(zip(both[::2], both[1::2], strict=True))


def fits(count: Count, share: tuple[int, int]) -> bool:
    """Whether a share in whole percent is the nearest to the count, or holds both its bounds and no more."""
    low, high = Fraction(100 * count.low, count.of), Fraction(100 * count.high, count.of)
    if low == high:
        return share[0] == share[1] and abs(share[0] - low) <= Fraction(1, 2)
    return 0 <= low - share[0] < 1 and 0 <= share[1] - high < 1


LONGEST = ("x " * 75, "&" * 150, "🌱" * 150, "漢" * 150)


def is_taken(view: View) -> bool:
    """Whether Slack takes this view."""
    fitted = fit_view(view)
    return not is_too_large(fitted) and not check_view(fitted, "modal")


def taken(text: str, blocks: list[Block]) -> list[str]:
    """The texts of a message as it reaches the channel; Slack minds nothing of it."""
    sent = fit({"text": text, "blocks": blocks})

    assert [] == [issue.as_text() for issue in check_blocks(sent["blocks"], "message")]
    assert [] == misuses(
        [ApiCall(method="chat.postMessage", args={"channel": "C1", **sent}, ok=True, error=None)]
    )
    assert 0 < size(sent["text"]) <= FALLBACK
    return texts(sent["blocks"])


@few
@given(histories(), st.sampled_from([0, 3, 10, 30, 90]), written(2000), st.booleans())
def test_a_summary_with_a_history_and_tens_of_quotes_is_taken_whole(
    results: tuple[Result, ...],
    count: int,
    quote: str,
    chart: bool,  # noqa: FBT001 - drawn
) -> None:
    (round_, shown), *earlier = results
    if isinstance(shown, Published):
        shown = replace(shown, quotes=(quote,) * count)

    asked = taken(*outcome.asked_result((round_, shown), round_, earlier))
    posted = taken(
        summary.notification(round_, shown, earlier), summary.summary(round_, shown, earlier, chart=chart)
    )
    shared = taken("x", outcome.shared_result(round_, shown, "U1", earlier, chart=chart))

    assert is_taken(summary.summary_modal(round_, shown, earlier))
    assert ["Share in channel", "Suggest, without your name"] == asked[-2:]
    assert summary.SMALL_PRINT == posted[-1]
    assert any("shared this summary" in text for text in shared)


@few
@given(histories(), st.booleans())
def test_a_cycle_of_any_rounds_is_taken_whole(results: tuple[Result, ...], chart: bool) -> None:  # noqa: FBT001 - drawn
    asked = taken(*cycle.asked_cycle(results, results[0][0]))
    shared = taken(*cycle.shared_cycle(results, "U1", chart=chart))
    rest = taken(*cycle.resting(results, chart=chart))

    assert "Share in channel" == asked[-1]
    assert "<@U1> shared this." == shared[-1]
    assert summary.SMALL_PRINT == rest[-1]


@few
@given(histories(), st.booleans())
def test_a_trend_of_any_rounds_is_taken_whole(results: tuple[Result, ...], chart: bool) -> None:  # noqa: FBT001 - drawn
    asked = taken(*cycle.asked_trend(results, results[0][0]))
    shared = taken(*cycle.shared_trend(results, "U1", chart=chart))

    assert "Share in channel" == asked[-1]
    assert "<@U1> shared this." == shared[-1]


@given(schedules, st.sampled_from(Going), st.none() | st.just(OPENED))
def test_the_question_whether_to_go_on_and_its_answers_are_taken(
    schedule: Schedule, going: Going, next_at: datetime | None
) -> None:
    outcome = GoneOn(going=going, schedule=schedule, next_at=next_at)

    assert taken(rhythm.GO_ON_TEXT, rhythm.shall_we_go_on(schedule))
    assert taken("x", rhythm.gone_on(outcome))
    assert is_taken(rhythm.going_notice(outcome))
    assert (next_at is None) == ("when an admin resumes it" in repr(rhythm.gone_on(outcome)))
    assert "when a schedule is set" in repr(rhythm.gone_on(GoneOn(going=going)))


@pytest.mark.parametrize("rounds", [12, 40, 200])
@pytest.mark.parametrize("topics", [1, 9, 20])
@pytest.mark.parametrize("text", LONGEST)
def test_a_cycle_and_a_trend_keep_their_button_however_much_there_is_to_say(
    text: str, topics: int, rounds: int
) -> None:
    asked = [
        (Item(id=ItemId(f"t{number}-anchor"), text=text[:150]), text[:60], list(Side)[number % 3])
        for number in range(topics)
    ]
    results = history(asked, [[(7, 14), (34, 52), (20, 40)], [(9, 14), (12, 30), None]], range(1, rounds + 1))

    assert "Share in channel" == taken(*cycle.asked_cycle(results))[-1]
    assert "Share in channel" == taken(*cycle.asked_trend(results))[-1]


@pytest.mark.parametrize(
    "names",
    [
        ("Topic 2", "Welcome", "Welcome"),
        ("Where we come from, one", "Where we come from, two", "Where we come from, three"),
        ("🌱" * 15, "🌱" * 16, "漢" * 30),
        ("1. A", "A", "A"),
    ],
)
def test_topics_with_names_alike_or_too_long_have_a_bar_each(names: tuple[str, ...]) -> None:
    asked = [
        (Item(id=ItemId(f"t{number}-anchor"), text="So it is."), name, Side.GROUND)
        for number, name in enumerate(names)
    ]
    found = summarise_cycle(history(asked, [[None, (7, 14), None]], range(1, 4)))
    assert found

    labels = list(chart_in([cycle.cycle_chart(found)]))

    assert len(names) == len(labels)
    assert [] == [label for label in labels if size(label) > cycle.LABEL]
