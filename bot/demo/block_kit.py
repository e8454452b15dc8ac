"""Check whether Slack would accept the blocks of a message, or a view.

Where published limits differ, the lower one holds here.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from bot.demo.block_data import BLOCK_ID, DATA_VISUALIZATION, MAX_TABLE_CHARS, table_chars, tables
from bot.demo.block_elements import (
    ACCESSORY,
    ACTION_ELEMENT,
    BUTTON,
    IMAGE_ELEMENT,
    IMAGE_FIELDS,
    INPUT_ELEMENT,
    ONE_PICTURE,
)
from bot.demo.block_text import RICH_TEXT
from bot.demo.schema import (
    KIND,
    Check,
    Issue,
    Report,
    any_text,
    anything,
    array,
    boolean,
    enum,
    integer,
    plain_text,
    record,
    string,
    typed,
)

MAX_MESSAGE_BLOCKS = 50
MAX_VIEW_BLOCKS = 100
MAX_VIEW_BYTES = 250_000
MAX_MARKDOWN_CHARS = 12_000
MAX_CHARTS = 2

_ID: Mapping[str, Check] = {"block_id": BLOCK_ID}


def _text_or_fields(report: Report, at: str, block: dict[str, Any]) -> None:
    if "text" not in block and "fields" not in block:
        report.add(at, "must have at least one of text or fields", "missing_field")


def _input_rules(report: Report, at: str, block: dict[str, Any]) -> None:
    element = block["element"]
    if element.get("response_url_enabled") and report.surface != "modal":
        report.add(f"{at}/element", "response_url_enabled works in modals only")


def _card_rules(report: Report, at: str, block: dict[str, Any]) -> None:
    if not {"hero_image", "title", "actions", "body"} & block.keys():
        report.add(at, "must have at least one of hero_image, title, actions or body", "missing_field")


_SECTION = record(
    {"type": KIND},
    {
        **_ID,
        "text": any_text(3000),
        "fields": array(any_text(2000), 1, 10),
        "accessory": ACCESSORY,
        "expand": boolean,
    },
    _text_or_fields,
)
_CONTEXT_PART = typed(
    {
        "image": IMAGE_ELEMENT,
        "plain_text": plain_text(2000),
        "mrkdwn": any_text(2000),
    }
)
_INPUT = record(
    {"type": KIND, "label": plain_text(2000), "element": INPUT_ELEMENT},
    {**_ID, "hint": plain_text(2000), "optional": boolean, "dispatch_action": boolean},
    _input_rules,
)
_CARD = record(
    {"type": KIND},
    {
        **_ID,
        "title": any_text(150),
        "subtitle": any_text(150),
        "body": any_text(200),
        "subtext": any_text(200),
        "icon": IMAGE_ELEMENT,
        "hero_image": IMAGE_ELEMENT,
        "actions": array(BUTTON, 1, 3),
    },
    _card_rules,
)
_ALERT = record(
    {"type": KIND, "text": any_text(200)},
    {**_ID, "level": enum("default", "info", "warning", "error", "success")},
)
_VIDEO = record(
    {
        "type": KIND,
        "alt_text": string(2000),
        "title": plain_text(199),
        "video_url": string(3000),
        "thumbnail_url": string(3000),
    },
    {
        **_ID,
        "author_name": string(49),
        "description": plain_text(200),
        "provider_icon_url": string(3000),
        "provider_name": string(200),
        "title_url": string(3000),
    },
)
_PLAIN: dict[str, Check] = {
    "section": _SECTION,
    "header": record({"type": KIND, "text": plain_text(150)}, {**_ID, "level": integer(1, 4)}),
    "context": record({"type": KIND, "elements": array(_CONTEXT_PART, 1, 10)}, _ID),
    "actions": record({"type": KIND, "elements": array(ACTION_ELEMENT, 1, 25)}, _ID),
    "input": _INPUT,
    "divider": record({"type": KIND}, _ID),
    "image": record(
        {"type": KIND, "alt_text": string(2000)},
        {**_ID, **IMAGE_FIELDS, "title": plain_text(2000)},
        ONE_PICTURE,
    ),
    "rich_text": RICH_TEXT,
    "video": _VIDEO,
}
_TABLES = tables(RICH_TEXT)
_CHILDREN: Mapping[str, Check] = {**_PLAIN, "table": _TABLES["table"]}


def _container_rules(report: Report, at: str, block: dict[str, Any]) -> None:
    if ("title" in block) == ("rich_text_title" in block):
        report.add(at, "must have exactly one of title or rich_text_title", "missing_field")
    if block.get("has_header_divider") and block.get("is_collapsible"):
        report.add(at, "has_header_divider works only when is_collapsible is false")


_CONTAINER = record(
    {"type": KIND, "child_blocks": array(typed(_CHILDREN), 1, 10)},
    {
        **_ID,
        "title": plain_text(150),
        "rich_text_title": RICH_TEXT,
        "subtitle": plain_text(150),
        "width": enum("narrow", "standard", "wide", "full"),
        "is_collapsible": boolean,
        "default_collapsed": boolean,
        "has_header_divider": boolean,
    },
    _container_rules,
)
_MARKDOWN = record({"type": KIND, "text": string(MAX_MARKDOWN_CHARS)}, _ID)
_CAROUSEL = record({"type": KIND, "elements": array(typed({"card": _CARD}), 1, 10)}, _ID)

BLOCKS: Mapping[str, Mapping[str, Check]] = {
    "message": {
        **_PLAIN,
        **_TABLES,
        "card": _CARD,
        "carousel": _CAROUSEL,
        "container": _CONTAINER,
        "markdown": _MARKDOWN,
        "data_visualization": DATA_VISUALIZATION,
    },
    "modal": {**_PLAIN, "card": _CARD, "alert": _ALERT},
    "home": {**_PLAIN, **_TABLES, "card": _CARD, "carousel": _CAROUSEL, "container": _CONTAINER},
}
"""The check of each block, by surface."""


def check_blocks(blocks: Any, surface: str, at: str = "/blocks") -> list[Issue]:
    """List what Slack would refuse in these blocks on a ``message``, ``modal`` or ``home``."""
    report = Report(surface=surface)
    most = MAX_MESSAGE_BLOCKS if surface == "message" else MAX_VIEW_BLOCKS
    array(typed(BLOCKS[surface]), 0, most)(report, at, blocks)
    if not report.issues:
        _check_ids(report, at, blocks)
        _check_focus(report, at, blocks)
        _check_message_totals(report, at, blocks)
    return report.issues


def _repeated(names: Iterator[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]


def _check_ids(report: Report, at: str, blocks: list[Any]) -> None:
    for name in _repeated(block["block_id"] for block in blocks if "block_id" in block):
        report.add(at, f"block_id already exists: {name}", "duplicate_block_id")
    for index, block in enumerate(blocks):
        for name in _repeated(part["action_id"] for part in elements_of(block) if "action_id" in part):
            report.add(f"{at}/{index}", f"action_id already exists: {name}", "duplicate_action_id")


def _check_focus(report: Report, at: str, blocks: list[Any]) -> None:
    focused = [part for block in blocks for part in elements_of(block) if part.get("focus_on_load")]
    if len(focused) > 1:
        report.add(at, "focus_on_load can be true for one element only")


def _check_message_totals(report: Report, at: str, blocks: list[Any]) -> None:
    kinds = Counter(block["type"] for block in blocks)
    if kinds["data_visualization"] > MAX_CHARTS:
        report.add(at, f"no more than {MAX_CHARTS} data_visualization blocks allowed")
    if kinds["table"] > 1:
        report.add(at, "only one table block allowed", "only_one_table_allowed")
    if sum(len(block["text"]) for block in blocks if block["type"] == "markdown") > MAX_MARKDOWN_CHARS:
        report.add(at, f"markdown blocks must be less than {MAX_MARKDOWN_CHARS + 1} characters together")
    if (
        sum(table_chars(block) for block in blocks if block["type"] in {"table", "data_table"})
        > MAX_TABLE_CHARS
    ):
        report.add(at, f"tables must be less than {MAX_TABLE_CHARS + 1} characters together")


def elements_of(block: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the interactive elements of a section, actions or input block, in the order they are shown."""
    if block["type"] not in {"section", "actions", "input"}:
        return []
    parts = [block.get("accessory"), block.get("element"), *block.get("elements", [])]
    return [part for part in parts if isinstance(part, dict) and part["type"] != "image"]


_VIEW_OPTIONS: Mapping[str, Check] = {
    "private_metadata": string(3000, shortest=0),
    "callback_id": string(255, shortest=0),
    "external_id": string(255, shortest=0),
}
_MODAL = record(
    {"type": KIND, "title": plain_text(24), "blocks": array(anything, 1, MAX_VIEW_BLOCKS)},
    {
        **_VIEW_OPTIONS,
        "submit": plain_text(24),
        "close": plain_text(24),
        "clear_on_close": boolean,
        "notify_on_close": boolean,
        "submit_disabled": boolean,
    },
)
_HOME = record({"type": KIND, "blocks": array(anything, 1, MAX_VIEW_BLOCKS)}, _VIEW_OPTIONS)


def check_view(view: Any, kind: str, at: str = "/view") -> list[Issue]:
    """List what Slack would refuse in this ``modal`` or ``home`` view."""
    report = Report(surface=kind)
    typed({kind: _MODAL if kind == "modal" else _HOME})(report, at, view)
    if report.issues:
        return report.issues
    report.issues += check_blocks(view["blocks"], kind, f"{at}/blocks")
    has_input = any(block["type"] == "input" for block in view["blocks"] if not report.issues)
    if kind == "modal" and has_input and "submit" not in view:
        report.add(at, "submit is required when there is an input block", "missing_field")
    return report.issues


def is_too_large(view: Any) -> bool:
    """Return True if the view, as JSON, has more than 250 kB."""
    return len(json.dumps(view, ensure_ascii=False).encode()) > MAX_VIEW_BYTES
