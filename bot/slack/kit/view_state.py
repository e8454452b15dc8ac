"""What stands in the fields of a view, as Slack sends it. Pure."""

from collections.abc import Mapping
from typing import Any

Payload = Mapping[str, Any]


def field_value(view: Payload, block_id: str, action_id: str) -> Payload:
    """What stands in one field of a form, as Slack sends it; empty for what is not there."""
    return state_value(state_values(view), block_id, action_id)


def state_values(view: Payload) -> Payload:
    return mapping(mapping(view.get("state")).get("values"))


def state_value(values: Payload, block_id: str, action_id: str) -> Payload:
    return mapping(mapping(values.get(block_id)).get(action_id))


def mapping(value: Any) -> Payload:
    """The value, if it is a section of JSON; an empty one for whatever else was put there."""
    return value if isinstance(value, dict) else {}
