"""Whatever is to be said, Slack takes it: paragraphs are split, labels cut, nothing is refused for length."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.demo.block_kit import check_blocks, check_view
from bot.errors import SlackError
from bot.slack.kit.builders import (
    Block,
    actions,
    button,
    confirm,
    context,
    divider,
    header,
    input_block,
    modal,
    option,
    plain,
    section,
)
from bot.slack.kit.limits import (
    CONTEXT,
    CUT_SHORT,
    MESSAGE_CHARS,
    SECTION,
    cut,
    fit,
    fit_message,
    fit_view,
    size,
    split,
    text_size,
)
from tests.slack.reading import texts

LONG = "A sentence of six words here. " * 400
DATE = "<!date^1795600000^{date_long_pretty} at {time}|Friday 27 November, 10:00 (Europe/Berlin)>"
lines = st.text(st.sampled_from("ab \n>&<🌱é"), max_size=400)
most = st.integers(20, 200)


def bare(text: str) -> str:
    """A text without blanks and quote marks: what must survive a split."""
    return re.sub(r"[\s>]", "", text)


@given(lines, most)
def test_a_split_loses_nothing_and_every_piece_fits(text: str, limit: int) -> None:
    pieces = split(text, limit)

    assert bare("".join(pieces)) == bare(text)
    assert all(0 < size(piece) <= limit for piece in pieces)


@given(lines, most)
def test_a_cut_text_fits_and_begins_as_the_whole(text: str, limit: int) -> None:
    short = cut(text, limit)

    assert size(short) <= limit
    assert short == text or (short.endswith("…") and text.startswith(short[:-1]))


def test_an_emoji_counts_as_two_as_in_slacks_clients() -> None:
    assert size("a🌱é") == 4
    assert cut("🌱🌱🌱", 5) == "🌱🌱…"


def test_a_split_prefers_the_end_of_a_line_then_of_a_word() -> None:
    assert split("one two\nthree four", 12) == ["one two", "three four"]
    assert split("one two three", 9) == ["one two", "three"]


def test_a_split_of_a_text_without_spaces_prefers_the_end_of_a_sentence() -> None:
    assert split("今日は良い日です。明日も良い日です。", 12) == ["今日は良い日です。", "明日も良い日です。"]
    assert split("今日は良い日です明日も良い日です", 12) == ["今日は良い日です明日も良", "い日です"]


def test_neither_a_date_nor_an_entity_is_cut_in_two() -> None:
    for limit in range(len(DATE) + 1, 200):
        assert all(piece.count("<") == piece.count(">") for piece in split(f"{'x ' * 60}{DATE}", limit))
    for limit in range(20, 60):
        pieces = split("x&amp;" * 40, limit)
        assert bare("".join(pieces)) == "x&amp;" * 40
        assert all(re.fullmatch(r"(x|&amp;)+", piece) for piece in pieces)


def test_a_quoted_line_is_quoted_in_every_piece() -> None:
    pieces = split("> " + "word " * 50, 60)

    assert len(pieces) > 3
    assert all(piece.startswith("> ") for piece in pieces)


def test_a_line_after_a_quote_is_not_quoted() -> None:
    assert split("> said\nplain and rather long", 12)[:2] == ["> said", "plain and"]


def test_a_paragraph_that_is_too_long_becomes_several_and_keeps_its_button_once() -> None:
    blocks = fit_message([section("x " * SECTION, block_id="a", accessory=button("Press", "a.press"))])

    assert [] == check_blocks(blocks, "message")
    assert len(blocks) == 2
    assert ["accessory" in block for block in blocks] == [True, False]
    assert bare("".join(texts(blocks)).replace("Press", "")) == "x" * SECTION


def test_small_print_that_is_too_long_becomes_several_pieces() -> None:
    blocks = fit_message([context("word " * 1000, "more")])

    assert [] == check_blocks(blocks, "message")
    assert max(map(size, texts(blocks))) <= CONTEXT
    assert bare("".join(texts(blocks))) == "word" * 1000 + "more"


def test_every_label_is_cut_to_what_slack_takes() -> None:
    radios = {
        "type": "radio_buttons",
        "action_id": "a",
        "options": [option(LONG, "1", LONG), option("b", "2")],
    }
    menu = {
        "type": "multi_static_select",
        "action_id": "m",
        "placeholder": plain(LONG),
        "options": [option(LONG, "1")],
    }
    typed = {"type": "plain_text_input", "action_id": "t", "placeholder": plain(LONG)}
    ask = confirm(LONG, LONG, LONG, LONG)
    blocks = [
        header(LONG),
        divider(),
        actions("b", button(LONG, "b.press", confirm=ask)),
        *(input_block(f"i{n}", LONG, element, hint=LONG) for n, element in enumerate((radios, menu, typed))),
    ]

    view = fit_view(modal(LONG, blocks, close=LONG, submit=LONG, callback_id="c"))

    assert [] == check_view(view, "modal")
    assert view["title"]["text"].endswith("…")


def test_what_fits_is_left_as_it_is() -> None:
    blocks = [header("x" * 150), section("y" * SECTION), context("z" * CONTEXT)]
    before = repr(blocks)

    assert blocks == fit_message(blocks)
    assert before == repr(blocks)


@pytest.mark.parametrize("count", [51, 60, 400])
def test_a_message_of_too_many_blocks_ends_with_a_sentence_that_says_so(count: int) -> None:
    blocks: list[Block] = [divider() for _ in range(count)]

    fitted = fit_message(blocks)

    assert [] == check_blocks(fitted, "message")
    assert len(fitted) == 50
    assert texts(fitted)[-1] == CUT_SHORT


def test_a_message_of_too_much_text_ends_with_a_sentence_that_says_so() -> None:
    fitted = fit_message([section("x" * 2900) for _ in range(10)])

    assert text_size(fitted) <= MESSAGE_CHARS
    assert len(fitted) == 4
    assert texts(fitted)[-1] == CUT_SHORT


@pytest.mark.parametrize(
    "view",
    [
        modal("x", [divider()] * 101, close="x", callback_id="x"),
        modal("x", [section("x" * 2900)] * 99, close="x", callback_id="x"),
        modal("x", [divider()], close="x", callback_id="x", private_metadata="x" * 3001),
    ],
    ids=["blocks", "bytes", "metadata"],
)
def test_a_view_that_is_too_large_is_refused_before_slack_does(view: Block) -> None:
    with pytest.raises(SlackError) as error:
        fit_view(view)

    assert error.value.reason == "view_too_large"


def test_the_arguments_of_a_call_are_fitted_and_the_others_left_alone() -> None:
    fitted = fit(
        {
            "channel": "C1",
            "text": "x" * 5000,
            "blocks": [header("x" * 200)],
            "view": modal("x" * 30, [divider()], close="x", callback_id="c"),
        }
    )

    assert fitted["channel"] == "C1"
    assert size(fitted["text"]) == 4000
    assert size(fitted["blocks"][0]["text"]["text"]) == 150
    assert size(fitted["view"]["title"]["text"]) == 24
