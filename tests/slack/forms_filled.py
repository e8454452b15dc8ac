"""A schedule form as Slack sends it back, filled in."""

from collections.abc import Mapping
from typing import Any

from bot.demo.shapes import initial_state

Json = dict[str, Any]


def sent(view: Mapping[str, Any], **changes: Any) -> Json:
    """The view as it comes back: as it was shown, but for these fields (``zone="UTC"`` for *Time zone*)."""
    values = initial_state(view["blocks"])
    for name, value in changes.items():
        values[block_of(view, name)] = {"schedule.preview": state_of(name, value)}
    return {**view, "state": {"values": values}}


def block_of(view: Mapping[str, Any], name: str) -> str:
    """The block of a field of this name; that of the language is another one for each channel."""
    blocks = (str(block.get("block_id", "")) for block in view["blocks"])
    wanted = f"schedule.{name}"
    return next((block for block in blocks if block.partition(":")[0] == wanted), wanted)


def state_of(name: str, value: Any) -> Json:
    """What ``state.values`` holds for a field of this name with this value."""
    if name == "channel":
        return {"type": "conversations_select", "selected_conversation": value}
    if name == "at":
        return {"type": "timepicker", "selected_time": value}
    if name in {"zone", "holidays", "quiet"}:
        return {"type": "plain_text_input", "value": value}
    if name == "weekdays":
        options = [{"value": day} for day in value]
        return {"type": "multi_static_select", "selected_options": options}
    if name in {"reminder", "tenure"}:
        return {"type": "checkboxes", "selected_options": [{"value": "yes"}] if value else []}
    return {"type": "static_select", "selected_option": {"value": value} if value is not None else None}
