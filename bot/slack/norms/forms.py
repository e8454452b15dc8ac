"""The form that takes a proposal down, parsed. Pure."""

from bot.slack.kit.view_state import Payload, clean_text, field_value, mapping
from bot.slack.norms.blocks import CHOICE_ACTION, CHOICE_BLOCK, REASON_ACTION, REASON_BLOCK


def parse_take_down(view: Payload) -> tuple[str, str]:
    """The norm chosen to be taken down, and the reason; empty where there is none."""
    chosen = mapping(field_value(view, CHOICE_BLOCK, CHOICE_ACTION).get("selected_option")).get("value")
    reason = field_value(view, REASON_BLOCK, REASON_ACTION).get("value")
    return (
        chosen if isinstance(chosen, str) else "",
        " ".join(clean_text(reason).split()) if isinstance(reason, str) else "",
    )
