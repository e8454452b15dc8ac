"""Read the state of a view's fields, as Slack sends it. Pure."""

import unicodedata
from collections.abc import Mapping
from typing import Any

Payload = Mapping[str, Any]


def field_value(view: Payload, block_id: str, action_id: str) -> Payload:
    """Return the state of one field of a form; empty if the field does not exist."""
    return state_value(state_values(view), block_id, action_id)


def state_values(view: Payload) -> Payload:
    """Return the state of all fields of a view, by block and action."""
    return mapping(mapping(view.get("state")).get("values"))


def state_value(values: Payload, block_id: str, action_id: str) -> Payload:
    """Return the state of one field; empty if the field does not exist."""
    return mapping(mapping(values.get(block_id)).get(action_id))


def mapping(value: Any) -> Payload:
    """Return the value if it is a JSON object, otherwise an empty one."""
    return value if isinstance(value, dict) else {}


def first_field(body: Payload) -> list[str]:
    """Return the block id of the first field of a form, in a list; empty without fields."""
    return [block["block_id"] for block in body["view"]["blocks"] if block.get("type") == "input"][:1]


BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
"""Characters that can change the reading direction of a line."""


def clean_text(text: str) -> str:
    """Return text trimmed and in NFC form, without control characters and direction marks.

    If the NFC form is longer (possible in Hindi, Bengali and Hebrew), the text is not changed to NFC, so that
    it cannot exceed the length that Slack allowed.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(character for character in lines if _is_kept(character)).strip()
    composed = unicodedata.normalize("NFC", kept)
    return composed if len(composed) <= len(kept) else kept


def _is_kept(character: str) -> bool:
    is_control = unicodedata.category(character) in {"Cc", "Cs"} and character != "\n"
    return not is_control and character not in BIDI_CONTROLS
