"""Slack takes whatever the bot says: its limits hold for every legal prompt, name, count and policy."""

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block as SdkBlock
from slack_sdk.models.views import View as SdkView

from bot.core.model import QuoteId, Receipt, ReleasePolicy, Round, RoundId, SupportCard
from bot.core.numbers import number_in_words
from bot.core.quotes import quotes_by_id
from bot.core.release import Published, Release
from bot.core.schedule import Weekly
from bot.demo.block_kit import check_blocks, check_view, is_too_large
from bot.service.home import Home, OpenRound
from bot.service.quotes import OpenRequest
from bot.service.replies import ReplyOutcome
from bot.service.summaries import Standing
from bot.slack.help import blocks as help_page
from bot.slack.home.blocks import home_view
from bot.slack.kit import privacy as promise
from bot.slack.kit import result_lines
from bot.slack.kit.builders import Block, View
from bot.slack.kit.limits import fit_message, fit_view, text_size
from bot.slack.reply import announcement_blocks as prompt
from bot.slack.reply import blocks as reply
from bot.slack.reply.forms import FormMetadata, form_metadata
from bot.slack.reply.thanks_blocks import thanks
from bot.slack.results import blocks as summary
from bot.slack.results import quote_blocks as quotes
from bot.slack.results import result_blocks as outcome
from tests.slack.reading import texts
from tests.slack.said import EVERYTHING, card, plan
from tests.slack.said_norms import BOX, TRYING
from tests.slack.samples import PROMPT, a_round, published, results, rounds, supports, written

EVERY_DAY = Weekly(every=4, weekdays=tuple(range(7)))
METADATA = form_metadata(FormMetadata(round_id=RoundId("r" * 12), receipt=Receipt(b"r" * 16)))
few = settings(max_examples=25)


def refused(blocks: list[Block], surface: str) -> list[str]:
    return [issue.as_text() for issue in check_blocks(blocks, surface)]


def refused_view(view: View) -> list[str]:
    assert not is_too_large(view)
    return [issue.as_text() for issue in check_view(view, view["type"])]


def as_the_sdk_reads_it(block: Block) -> Any:
    """The block as Slack's own model reads and checks it; None for a kind it has no model of."""
    parsed = SdkBlock.parse(json.loads(json.dumps(block)))
    return parsed.to_dict() if parsed else None


@pytest.mark.parametrize("name", EVERYTHING)
def test_slack_takes_everything_the_bot_says(name: str) -> None:
    said = EVERYTHING[name]

    assert [] == (refused_view(said.view) if said.view else refused(said.blocks, said.surface))


@pytest.mark.parametrize("name", EVERYTHING)
def test_the_sdks_models_take_it_too_and_lose_nothing(name: str) -> None:
    for block in EVERYTHING[name].blocks:
        read = as_the_sdk_reads_it(block)
        assert read is not None, block["type"]
        assert set(block) - {"optional"} <= set(read)


@pytest.mark.parametrize("name", [name for name, said in EVERYTHING.items() if said.view])
def test_the_sdks_model_of_a_view_takes_it(name: str) -> None:
    view = EVERYTHING[name].view
    assert view

    SdkView(**json.loads(json.dumps(view))).to_dict()


@pytest.mark.parametrize("name", EVERYTHING)
def test_what_the_bot_says_passes_the_limits_unchanged(name: str) -> None:
    said = EVERYTHING[name]

    if said.view:
        assert fit_view(said.view) == said.view
    else:
        assert fit_message(said.blocks) == said.blocks


@given(rounds)
def test_an_announcement_of_any_prompt_is_taken(round_: Round) -> None:
    blocks = prompt.announcement(round_)

    assert [] == refused(blocks, "message")
    assert [] == refused(prompt.retired_announcement(round_, prompt.CLOSED_NOTE), "message")
    assert blocks == fit_message(blocks)
    assert len(prompt.announcement_text(round_)) <= 4000


@given(rounds, supports, st.booleans())
def test_a_form_of_any_prompt_is_taken(round_: Round, support: SupportCard, change: bool) -> None:  # noqa: FBT001 - drawn
    view = fit_view(reply.reply_form(round_, support, METADATA, change=change))

    assert [] == refused_view(view)
    SdkView(**view).to_dict()


@given(rounds, supports, st.sampled_from([ReplyOutcome.SAVED, ReplyOutcome.CHANGED]))
def test_the_thank_you_step_is_taken(round_: Round, support: SupportCard, outcome: ReplyOutcome) -> None:
    assert [] == refused_view(fit_view(thanks(round_, support, METADATA, outcome)))


@given(rounds)
def test_the_promise_of_any_policy_is_taken(round_: Round) -> None:
    now = Standing(latest=None, open_round=round_, policy=round_.policy)

    assert [] == refused_view(promise.promise_modal(round_))
    assert [] == refused(promise.promise_answer(now)[1], "message")


@few
@given(results())
def test_a_summary_of_any_round_is_taken_whole(result: tuple[Round, Release]) -> None:
    blocks = fit_message(summary.summary(*result))

    assert [] == refused(blocks, "message")
    assert blocks[0] == summary.summary(*result)[0]
    assert blocks[-1]["type"] == "context"


@few
@given(results())
def test_a_summary_asked_for_is_taken_whole_with_the_note_on_the_open_round(
    result: tuple[Round, Release],
) -> None:
    _, asked = outcome.asked_result(result, result[0])
    blocks = fit_message(asked)
    said = texts(blocks)

    assert [] == refused(blocks, "message")
    assert {"Share in channel", "Suggest, without your name"} <= set(said)
    assert said[-1] == result_lines.waiting_for(result[0])


@few
@given(results())
def test_a_summary_in_a_modal_is_taken_whole(result: tuple[Round, Release]) -> None:
    assert [] == refused_view(fit_view(summary.summary_modal(*result)))


LONGEST = ("x " * 1000, "&" * 2000, "🌱" * 2000, "漢" * 2000)


def long_quotes(count: int, text: str) -> Published:
    """A result of so many quotes, each as long as a reply may be."""
    unlike = tuple(f"{number} {text}"[:2000] for number in range(count))
    return replace(published(a_round(), 60), quotes=unlike)


def shown_quotes(blocks: list[Block]) -> int:
    """How many of the quotes of ``long_quotes`` begin here."""
    lines = [line for part in texts(blocks) for line in part.split("\n")]
    return sum(line.startswith("> ") and line[2:3].isdigit() for line in lines)


@pytest.mark.parametrize("text", LONGEST)
@pytest.mark.parametrize("count", [3, 60, 900])
def test_a_message_shows_one_quote_however_long_and_says_how_many_more_there_are(
    count: int, text: str
) -> None:
    blocks = fit_message(summary.summary(a_round(), long_quotes(count, text)))

    assert [] == refused(blocks, "message")
    assert 1 == shown_quotes(blocks)
    assert any(f"and {number_in_words(count - 1)} more quotes" in part for part in texts(blocks))
    assert {"Quotes and numbers", "Take a quote down"} <= set(texts(blocks))


@pytest.mark.parametrize("text", LONGEST)
@pytest.mark.parametrize("count", [3, 60, 900])
def test_as_many_quotes_are_shown_as_fit_and_of_the_others_is_said_how_many(count: int, text: str) -> None:
    view = fit_view(summary.summary_modal(a_round(), long_quotes(count, text)))
    shown = shown_quotes(view["blocks"])

    assert [] == refused_view(view)
    assert texts(view["blocks"])[-1] == summary.SMALL_PRINT
    assert shown == count or any(f"And {count - shown} more" in part for part in texts(view["blocks"]))


@pytest.mark.parametrize("text", LONGEST)
def test_in_a_modal_more_quotes_are_shown_than_in_a_message(text: str) -> None:
    result = long_quotes(900, text)

    fitted = fit_view(summary.summary_modal(a_round(), result))

    assert [] == refused_view(fitted)
    assert text_size(fitted["blocks"]) > text_size(fit_message(summary.summary(a_round(), result)))


@pytest.mark.parametrize("text", LONGEST)
@pytest.mark.parametrize("count", [1, 10, 60, 900])
def test_the_form_to_take_a_quote_down_is_taken_however_many_there_are(count: int, text: str) -> None:
    listed = quotes_by_id(long_quotes(count, text))

    assert [] == refused_view(fit_view(quotes.choice_modal(a_round(), listed, admin=True)))


@pytest.mark.parametrize("text", LONGEST)
def test_a_home_tab_full_of_everything_is_taken(text: str) -> None:
    result = long_quotes(1, text)
    requests = tuple(
        OpenRequest(round=a_round(), quote=QuoteId(f"{number:016}"), asked_on=date(2026, 12, 1), text=text)
        for number in range(40)
    )
    mine = tuple(
        OpenRound(round=a_round(id=RoundId(f"r{number:011}")), replied=True, receipt=Receipt(b"r" * 16))
        for number in range(40)
    )
    long = a_round(prompt=replace(PROMPT, label=(text * 60)[:60], question=(text * 400)[:400]))
    home = Home(
        rounds=tuple(replace(one, round=replace(long, id=one.round.id)) for one in mine),
        cards=tuple(
            card(n, drawn=9, latest=(long, result), trying=replace(TRYING[0], text=text)) for n in range(40)
        ),
        requests=requests,
        small=(long,) * 40,
        boxes=tuple(replace(one, round=replace(BOX, id=one.round.id)) for one in mine),
        schedules=tuple(plan(n, long.closes_at, recurrence=EVERY_DAY) for n in range(20)),
        unlisted=20,
    )
    view = home_view(home, "x" * 3000)

    assert [] == refused_view(view)
    assert view == fit_view(view)


@few
@given(st.lists(written(2000), min_size=1, max_size=90, unique=True), rounds, st.booleans())
def test_the_form_to_take_a_quote_down_is_taken(texts: list[str], round_: Round, admin: bool) -> None:  # noqa: FBT001 - drawn
    result = Published(round_id=round_.id, replies=90, audience=90, statements=(), quotes=tuple(texts))

    assert [] == refused_view(fit_view(quotes.choice_modal(round_, quotes_by_id(result), admin=admin)))


@given(supports, st.text(max_size=4000))
def test_help_is_taken_whoever_it_names_and_whatever_was_typed(support: SupportCard, word: str) -> None:
    assert [] == refused(fit_message(help_page.help_blocks(support, ReleasePolicy())), "message")
    assert [] == refused(help_page.unknown_word(word)[1], "message")


@few
@given(results(), st.tuples(*[st.integers(0, 45)] * 5), st.integers(0, 12), st.booleans())
def test_a_home_tab_of_any_size_is_taken_and_counts_what_it_leaves_out(
    result: tuple[Round, Release],
    counts: tuple[int, ...],
    drawn: int,
    replied: bool,  # noqa: FBT001 - drawn
) -> None:
    round_, release = result
    request = OpenRequest(round=round_, quote=QuoteId("0" * 16), asked_on=date(2026, 12, 1), text="x")
    home = Home(
        rounds=tuple(
            OpenRound(
                round=replace(round_, id=RoundId(f"r{number:011}")),
                replied=replied,
                receipt=Receipt(b"r" * 16) if number % 2 else None,
            )
            for number in range(counts[0])
        ),
        cards=tuple(card(number, drawn=drawn, latest=(round_, release)) for number in range(counts[1])),
        requests=tuple(replace(request, quote=QuoteId(f"{number:016}")) for number in range(counts[2])),
        small=(round_,) * counts[3],
        boxes=tuple(
            OpenRound(
                round=replace(BOX, id=RoundId(f"b{number:011}")), replied=True, receipt=Receipt(b"r" * 16)
            )
            for number in range(counts[3])
        ),
        schedules=tuple(plan(number, round_.closes_at) for number in range(min(counts[4], 20))),
        unlisted=counts[4],
    )

    view = home_view(home, "{}")

    assert [] == refused_view(view)
    assert view == fit_view(view)
    shown = json.dumps(view).count('"summary.open"')
    assert shown == counts[1] or f"And {counts[1] - shown} more channel" in "".join(texts(view["blocks"]))
    assert shown >= min(counts[1], 6), "the channels are what the tab is for"
