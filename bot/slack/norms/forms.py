"""Parse the form that takes a proposal down. Pure."""

from bot.slack.kit.view_state import Payload, clean_text, field_value, mapping
from bot.slack.norms.take_down_blocks import CHOICE_ACTION, CHOICE_BLOCK, REASON_ACTION, REASON_BLOCK


def parse_take_down(view: Payload) -> tuple[str, str]:
    """Return the id of the norm to take down, and the reason. Each is empty if it is not given."""
    chosen = mapping(field_value(view, CHOICE_BLOCK, CHOICE_ACTION).get("selected_option")).get("value")
    reason = field_value(view, REASON_BLOCK, REASON_ACTION).get("value")
    return (
        chosen if isinstance(chosen, str) else "",
        " ".join(clean_text(reason).split()) if isinstance(reason, str) else "",
    )
