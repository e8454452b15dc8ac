"""What holds of every summary, cycle and trend as they are read, whatever was asked and replied."""

import random
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.counts import Count
from bot.core.cycle_summary import summarise_cycle, trend_of
from bot.core.model import Side, Statement, StatementId
from bot.core.release import Published, Result, Withheld, release
from bot.core.replies import Reply
from bot.core.schedule import Schedule
from bot.demo.block_kit import check_blocks, check_view, is_too_large
from bot.demo.workspace import ApiCall
from bot.service.pauses import Going, GoneOn
from bot.slack.kit.builders import Block, View, count_dots
from bot.slack.kit.limits import FALLBACK, fit, fit_view, size
from bot.slack.results import blocks as summary
from bot.slack.results import cycle_blocks as cycle
from bot.slack.results import result_blocks as outcome
from bot.slack.schedule import blocks as rhythm
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


def rows_in(blocks: Sequence[Block]) -> list[tuple[str, Count]]:
    """The rows of a message: the dots of each, and the count beside them."""
    found = [re.findall(r"`([●◐○]{10})` \*(.*?)\*", text) for text in texts(blocks)]
    return [(dots, counts_in(count)[0]) for one in found for dots, count in one]


def read(blocks: Sequence[Block]) -> str:
    """All paragraphs, without marks for bold and italics."""
    return re.sub(r"[*_`]", "", "\n".join(texts(blocks)))


REPLIES = st.lists(
    st.builds(
        Reply,
        answers=st.dictionaries(
            st.sampled_from([statement.id for statement in a_round().prompt.statements]), st.integers(1, 5)
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
        outcome.result_notification(round_, result),
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

    assert len(rows_in(less[1])) <= len(rows_in(more[1]))
    assert read(less[2]["blocks"]).count("\n> ") <= read(more[2]["blocks"]).count("\n> ")


def test_with_one_reply_more_a_tag_may_go_since_the_shown_ones_never_use_up_all_choices() -> None:
    """Tags alone know no ladder: their counts grow towards the bound that ``core.release`` sets them."""
    easy, heavy, alone = (tag.id for tag in a_round().prompt.tags)
    chosen = [(easy, heavy)] * 3 + [(easy, alone)] * 3 + [(easy,)] * 2
    replies = [Reply(answers={}, tags=tags) for tags in chosen]

    one_more = [*replies, Reply(answers={}, tags=(heavy, alone))]
    eight, nine = (read(said_of(some)[2]["blocks"]) for some in (replies, one_more))

    assert [3, 2] == [said.count("•  ") for said in (eight, nine)]


@settings(max_examples=150)
@given(histories(plain))
def test_every_row_of_a_summary_is_a_shown_count_and_its_dots_say_the_same(
    results: tuple[Result, ...],
) -> None:
    (round_, shown), *earlier = results
    rows = rows_in(summary.summary(round_, shown, earlier))
    counts = [one.count for one in shown.statements if one.count] if isinstance(shown, Published) else []

    assert sorted(map(repr, counts)) == sorted(repr(count) for _, count in rows)
    assert all(dots == count_dots(count) for dots, count in rows)
    assert rows == rows_in(summary.summary_modal(round_, shown, earlier)["blocks"])


@settings(max_examples=150)
@given(histories(plain))
def test_every_row_of_a_cycle_is_a_side_or_a_statement_and_its_dots_say_the_same(
    results: tuple[Result, ...],
) -> None:
    found = summarise_cycle(results)
    assert found
    rows = rows_in(cycle.cycle_blocks(found))
    sides = [count for count in (found.circle.inclusion, found.circle.belonging) if count]

    assert [*sides, *(one.count for one in found.topics)] == [count for _, count in rows]
    assert all(dots == count_dots(count) for dots, count in rows)


@settings(max_examples=150)
@given(histories(plain))
def test_a_trend_says_both_sides_by_cycle_then_every_count_of_each_statement(
    results: tuple[Result, ...],
) -> None:
    found = trend_of(results)
    blocks = cycle.trend_blocks(found)
    circles = [circle for circle in found.circles[-cycle.CYCLES_SHOWN :] if circle.inclusion]
    rows = [line for text in texts(blocks) for line in text.split("\n") if line.startswith("`")]
    sides = [count for circle in circles for count in (circle.inclusion, circle.belonging) if count]
    newest = [next(count for count in reversed(one.counts) if count) for one in found.anchors]
    paths = [counts_in(line) for line in read(blocks).split("\n") if "→" in line]

    assert [f"`{count_dots(count)}` " for count in (*sides, *newest)] == [row[:13] for row in rows]
    assert sides == [counts_in(row)[0] for row in rows[: len(sides)]]
    several = [one for one in found.anchors if len(one.counts) > 1]
    assert [[count for count in one.counts if count] for one in several] == paths


@settings(max_examples=100)
@given(histories(plain))
def test_the_first_line_is_the_finding_and_all_of_the_notification(results: tuple[Result, ...]) -> None:
    (round_, shown), *earlier = results
    said = [
        (outcome.result_notification(round_, shown, earlier), outcome.result_message(round_, shown, earlier)),
        cycle.asked_cycle(results),
        cycle.asked_trend(results),
        cycle.resting(results),
    ]

    for text, blocks in said if isinstance(shown, Published) else said[1:]:
        assert f"*🌱 {text}*" == blocks[0]["text"]["text"]
        assert "\n" not in text


@settings(max_examples=100)
@given(histories(plain))
def test_that_nothing_can_be_told_yet_is_said_once_at_most_and_never_in_a_summary(
    results: tuple[Result, ...],
) -> None:
    (round_, shown), *earlier = results
    posted = read(outcome.result_message(round_, shown, earlier))
    together = [read(blocks) for _, blocks in (cycle.asked_cycle(results), cycle.asked_trend(results))]

    assert "cannot tell yet" not in posted
    assert all(said.count("cannot tell yet") <= 1 for said in together)


@settings(max_examples=100)
@given(histories(plain))
def test_members_read_no_word_of_the_trade(results: tuple[Result, ...]) -> None:
    (round_, shown), *earlier = results
    said = " ".join(
        read(blocks)
        for blocks in (
            outcome.asked_result((round_, shown), round_, earlier)[1],
            summary.summary_modal(round_, shown, earlier)["blocks"],
            cycle.asked_cycle(results, round_)[1],
            cycle.asked_trend(results, round_)[1],
        )
    )
    own = re.sub(r"/belonging summary cycle", "", said)

    assert [] == re.findall(r"\b(?:rounds?|cycles?|shaping|let in|ledger|anchors?|receipts?)\b", own)


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
@given(histories(), st.sampled_from([0, 3, 10, 30, 90]), written(2000))
def test_a_summary_with_a_history_and_tens_of_quotes_is_taken_whole(
    results: tuple[Result, ...],
    count: int,
    quote: str,
) -> None:
    (round_, shown), *earlier = results
    if isinstance(shown, Published):
        shown = replace(shown, quotes=(quote,) * count)

    asked = taken(*outcome.asked_result((round_, shown), round_, earlier))
    posted = taken(
        outcome.result_notification(round_, shown, earlier), summary.summary(round_, shown, earlier)
    )
    shared = taken("x", outcome.shared_result(round_, shown, "U1", earlier))

    assert is_taken(summary.summary_modal(round_, shown, earlier))
    assert {"Share in channel", "Suggest, without your name"} <= set(asked)
    assert posted[-1].endswith("`/belonging help`") or isinstance(shown, Withheld)
    assert any("shared this summary" in text for text in shared)


@few
@given(histories())
def test_a_cycle_of_any_rounds_is_taken_whole(results: tuple[Result, ...]) -> None:
    asked = taken(*cycle.asked_cycle(results, results[0][0]))
    shared = taken(*cycle.shared_cycle(results, "U1"))
    rest = taken(*cycle.resting(results))

    assert "Share in channel" == asked[-1]
    assert "<@U1> shared this." == shared[-1]
    assert "There is no question this time. The next one comes as planned." == rest[-1]


@few
@given(histories())
def test_a_trend_of_any_rounds_is_taken_whole(results: tuple[Result, ...]) -> None:
    asked = taken(*cycle.asked_trend(results, results[0][0]))
    shared = taken(*cycle.shared_trend(results, "U1"))

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
        (Statement(id=StatementId(f"t{number}-anchor"), text=text[:150]), text[:60], list(Side)[number % 3])
        for number in range(topics)
    ]
    results = history(asked, [[(7, 14), (34, 52), (20, 40)], [(9, 14), (12, 30), None]], range(1, rounds + 1))

    assert "Share in channel" == taken(*cycle.asked_cycle(results))[-1]
    assert "Share in channel" == taken(*cycle.asked_trend(results))[-1]
