"""Slack's limits, each at its boundary and one beyond."""

from collections.abc import Callable
from typing import Any

import pytest

from bot.demo.block_kit import check_blocks, check_view, is_too_large

Block = dict[str, Any]


def plain(length: int) -> Block:
    return {"type": "plain_text", "text": "x" * length}


def section(length: int = 1, **more: Any) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": "x" * length}, **more}


def button(**more: Any) -> Block:
    return {"type": "button", "text": plain(1), "action_id": "go", **more}


def actions(*elements: Block, **more: Any) -> Block:
    return {"type": "actions", "elements": list(elements), **more}


def option(number: int, text: int = 1) -> Block:
    return {"text": plain(text), "value": str(number)}


def menu(kind: str, count: int, **more: Any) -> Block:
    return {"type": kind, "action_id": "m", "options": [option(n) for n in range(count)], **more}


def field(element: Block, label: int = 1, **more: Any) -> Block:
    return {"type": "input", "label": plain(label), "element": element, **more}


def text_input(**more: Any) -> Block:
    return {"type": "plain_text_input", "action_id": "t", **more}


LIMITS: list[tuple[str, Callable[[int], Any], int]] = [
    ("section text", lambda n: [section(n)], 3000),
    ("header", lambda n: [{"type": "header", "text": plain(n)}], 150),
    ("context elements", lambda n: [{"type": "context", "elements": [plain(1)] * n}], 10),
    ("actions elements", lambda n: [actions(*(button(action_id=str(i)) for i in range(n)))], 25),
    ("button text", lambda n: [actions(button(text=plain(n)))], 75),
    ("button value", lambda n: [actions(button(value="x" * n))], 2000),
    ("action id", lambda n: [actions(button(action_id="x" * n))], 255),
    ("block id", lambda n: [section(block_id="x" * n)], 255),
    ("radio options", lambda n: [actions(menu("radio_buttons", n))], 10),
    ("checkbox options", lambda n: [actions(menu("checkboxes", n))], 10),
    ("select options", lambda n: [actions(menu("static_select", n))], 100),
    ("option text", lambda n: [actions({"type": "static_select", "options": [option(1, n)]})], 75),
    ("placeholder", lambda n: [actions(menu("static_select", 1, placeholder=plain(n)))], 150),
    ("input label", lambda n: [field(text_input(), n)], 2000),
    ("input hint", lambda n: [field(text_input(), hint=plain(n))], 2000),
    ("text max_length", lambda n: [field(text_input(max_length=n))], 3000),
    ("blocks of a message", lambda n: [section()] * n, 50),
]


@pytest.mark.parametrize(("name", "make", "most"), LIMITS, ids=[name for name, _, _ in LIMITS])
def test_a_message_at_the_limit_is_taken_and_one_beyond_is_refused(
    name: str, make: Callable[[int], Any], most: int
) -> None:
    assert check_blocks(make(most), "message") == []
    assert check_blocks(make(most + 1), "message")


WRONG: list[tuple[str, Any]] = [
    ("no list", {"type": "divider"}),
    ("no object", ["divider"]),
    ("an unknown block", [{"type": "poem"}]),
    ("an unknown field", [{"type": "divider", "colour": "red"}]),
    ("an unknown element", [actions({"type": "lever", "action_id": "x"})]),
    ("an image", [{"type": "image", "image_url": "https://example.org/a.png", "alt_text": "x"}]),
    ("a section without text", [{"type": "section"}]),
    ("an empty text", [section(0)]),
    ("a header in mrkdwn", [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}]),
    ("a text input as a button", [actions(text_input())]),
    ("a button as an input", [field(button())]),
    ("the same block id twice", [section(block_id="b"), section(block_id="b")]),
    ("the same action id twice in a block", [actions(button(), button())]),
    ("an initial option that is not offered", [actions(menu("radio_buttons", 2, initial_option=option(7)))]),
    ("no options at all", [actions({"type": "static_select", "action_id": "m"})]),
    ("an empty actions block", [actions()]),
    ("a style that is not one", [actions(button(style="loud"))]),
    ("an initial value above its limit", [field(text_input(initial_value="x" * 5, max_length=4))]),
]


@pytest.mark.parametrize(("name", "blocks"), WRONG, ids=[name for name, _ in WRONG])
def test_a_message_is_refused_for(name: str, blocks: Any) -> None:
    assert check_blocks(blocks, "message")


def test_an_issue_says_where_it_is() -> None:
    (issue,) = check_blocks([section(), section(3001)], "message")
    assert issue.pointer == "/blocks/1/text/text"
    assert issue.as_text() == "must be less than 3001 characters [json-pointer:/blocks/1/text/text]"


def modal(**more: Any) -> Block:
    return {"type": "modal", "title": plain(1), "blocks": [section()], **more}


VIEW_LIMITS: list[tuple[str, Callable[[int], Any], int]] = [
    ("title", lambda n: modal(title=plain(n)), 24),
    ("submit", lambda n: modal(submit=plain(n)), 24),
    ("close", lambda n: modal(close=plain(n)), 24),
    ("private_metadata", lambda n: modal(private_metadata="x" * n), 3000),
    ("callback_id", lambda n: modal(callback_id="x" * n), 255),
    ("blocks", lambda n: modal(blocks=[section()] * n), 100),
]


@pytest.mark.parametrize(("name", "make", "most"), VIEW_LIMITS, ids=[name for name, _, _ in VIEW_LIMITS])
def test_a_modal_at_the_limit_is_taken_and_one_beyond_is_refused(
    name: str, make: Callable[[int], Any], most: int
) -> None:
    assert check_view(make(most), "modal") == []
    assert check_view(make(most + 1), "modal")


def test_a_modal_with_an_input_needs_a_submit_button() -> None:
    blocks = [field(text_input())]
    assert check_view(modal(blocks=blocks), "modal")
    assert check_view(modal(blocks=blocks, submit=plain(4)), "modal") == []


def test_a_home_view_has_no_title_and_a_modal_must_have_one() -> None:
    assert check_view({"type": "home", "blocks": [section()]}, "home") == []
    assert check_view({"type": "home", "title": plain(1), "blocks": [section()]}, "home")
    assert check_view({"type": "modal", "blocks": [section()]}, "modal")


def test_a_view_of_more_than_250_kilobytes_is_too_large() -> None:
    assert not is_too_large({"x": "y" * 249_000})
    assert is_too_large({"x": "y" * 250_001})
