"""Whether something signed is a request of Slack's: what Bolt reads of it without looking is there."""

from collections.abc import Callable, Mapping
from typing import Any

NEEDED: Mapping[str, Callable[[Any], bool]] = {
    "event_callback": lambda body: _has_type(body.get("event")),
    "block_actions": lambda body: _are_objects(body.get("actions")),
    "view_submission": lambda body: isinstance(body.get("view"), dict),
    "view_closed": lambda body: isinstance(body.get("view"), dict),
}
"""What must be in a body of this type."""


def is_of_slack(body: object) -> bool:
    """Return whether Slack could have sent this body, parsed from JSON or from a form."""
    if not isinstance(body, dict):
        return False
    kind = body.get("type")
    if isinstance(kind, str):
        return NEEDED[kind](body) if kind in NEEDED else True
    return isinstance(body.get("command"), str) or "ssl_check" in body


def _has_type(event: object) -> bool:
    return isinstance(event, dict) and isinstance(event.get("type"), str)


def _are_objects(actions: object) -> bool:
    return isinstance(actions, list) and bool(actions) and all(isinstance(one, dict) for one in actions)
