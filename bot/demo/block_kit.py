"""Check whether Slack would accept the blocks of a message, or a view.

Only the blocks that the bot sends are known; every other one is refused. Where published limits differ, the
lower one holds here.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from bot.demo.block_elements import ACCESSORY, ACTION_ELEMENT, INPUT_ELEMENT
from bot.demo.schema import (
    KIND,
    Check,
    Issue,
    Report,
    any_text,
    anything,
    array,
    boolean,
    plain_text,
    record,
    string,
    typed,
)

MAX_MESSAGE_BLOCKS = 50
MAX_VIEW_BLOCKS = 100
MAX_VIEW_BYTES = 250_000

_ID: Mapping[str, Check] = {"block_id": string(255)}
_BLOCK = typed(
    {
        "section": record({"type": KIND, "text": any_text(3000)}, {**_ID, "accessory": ACCESSORY}),
        "header": record({"type": KIND, "text": plain_text(150)}, _ID),
        "context": record({"type": KIND, "elements": array(any_text(2000), 1, 10)}, _ID),
        "actions": record({"type": KIND, "elements": array(ACTION_ELEMENT, 1, 25)}, _ID),
        "input": record(
            {"type": KIND, "label": plain_text(2000), "element": INPUT_ELEMENT},
            {**_ID, "hint": plain_text(2000), "optional": boolean, "dispatch_action": boolean},
        ),
        "divider": record({"type": KIND}, _ID),
    }
)


def check_blocks(blocks: Any, surface: str, at: str = "/blocks") -> list[Issue]:
    """List what Slack would refuse in these blocks on a ``message``, ``modal`` or ``home``."""
    report = Report()
    most = MAX_MESSAGE_BLOCKS if surface == "message" else MAX_VIEW_BLOCKS
    array(_BLOCK, 0, most)(report, at, blocks)
    if not report.issues:
        _check_ids(report, at, blocks)
    return report.issues


def _repeated(names: Iterator[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]


def _check_ids(report: Report, at: str, blocks: list[Any]) -> None:
    for name in _repeated(block["block_id"] for block in blocks if "block_id" in block):
        report.add(at, f"block_id already exists: {name}", "duplicate_block_id")
    for index, block in enumerate(blocks):
        for name in _repeated(part["action_id"] for part in elements_of(block) if "action_id" in part):
            report.add(f"{at}/{index}", f"action_id already exists: {name}", "duplicate_action_id")


def elements_of(block: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the interactive elements of a section, actions or input block, in the order they are shown."""
    if block["type"] not in {"section", "actions", "input"}:
        return []
    parts = [block.get("accessory"), block.get("element"), *block.get("elements", [])]
    return [part for part in parts if isinstance(part, dict)]


_BLOCKS = array(anything, 1, MAX_VIEW_BLOCKS)
_VIEW_OPTIONS: Mapping[str, Check] = {
    "private_metadata": string(3000, shortest=0),
    "callback_id": string(255, shortest=0),
}
_VIEWS: Mapping[str, Check] = {
    "modal": record(
        {"type": KIND, "title": plain_text(24), "blocks": _BLOCKS},
        {
            **_VIEW_OPTIONS,
            "submit": plain_text(24),
            "close": plain_text(24),
            "clear_on_close": boolean,
        },
    ),
    "home": record({"type": KIND, "blocks": _BLOCKS}, _VIEW_OPTIONS),
}


def check_view(view: Any, kind: str, at: str = "/view") -> list[Issue]:
    """List what Slack would refuse in this ``modal`` or ``home`` view."""
    report = Report()
    typed({kind: _VIEWS[kind]})(report, at, view)
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
