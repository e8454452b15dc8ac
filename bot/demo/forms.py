"""Read and check a filled-in form, as a Slack client does before it sends the form."""

import re
from collections.abc import Mapping
from typing import Any

from bot.demo.block_kit import elements_of
from bot.demo.shapes import initial_state, value_key
from bot.demo.workspace import Json

REQUIRED = "Please complete this required field."
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


class BadFormError(ValueError):
    """The input does not fit the form."""


def elements(blocks: list[Json]) -> dict[tuple[str, str], tuple[Json, Json]]:
    """Return every interactive element with its block, by block id and action id."""
    return {
        (block["block_id"], element["action_id"]): (block, element)
        for block in blocks
        for element in elements_of(block)
    }


def merge_state(blocks: list[Json], state: Mapping[str, Json], given: Any) -> dict[str, Json]:
    """Return ``state`` with the input merged in. Raises ``BadFormError`` if it does not fit the form."""
    if not isinstance(given, dict):
        raise BadFormError("The state must be an object of block ids.")
    known = elements(blocks)
    merged = {block_id: dict(actions) for block_id, actions in (initial_state(blocks) | dict(state)).items()}
    for block_id, actions in given.items():
        if not isinstance(actions, dict):
            raise BadFormError(f"The state of block {block_id!r} must be an object of action ids.")
        for action_id, value in actions.items():
            if (block_id, action_id) not in known:
                raise BadFormError(f"There is no input {action_id!r} in a block {block_id!r} here.")
            element = known[block_id, action_id][1]
            merged.setdefault(block_id, {})[action_id] = _clean(element, value)
    return merged


def _clean(element: Json, value: Any) -> Json:
    key = value_key(element["type"])
    if key is None or not isinstance(value, dict) or value.get("type", element["type"]) != element["type"]:
        raise BadFormError(f"The value of {element['action_id']!r} must be one of {element['type']}.")
    inner = value.get(key, [] if key.endswith("s") else None)
    inner = None if inner == "" else inner
    _check_shape(element, key, inner)
    return {"type": element["type"], key: inner}


def _check_shape(element: Json, key: str, inner: Any) -> None:
    many = key.endswith("s")
    if many and not isinstance(inner, list):
        raise BadFormError(f"The value of {element['action_id']!r} must be a list.")
    if not many and isinstance(inner, list):
        raise BadFormError(f"The value of {element['action_id']!r} must be a single one.")
    options = element.get("options")
    if options is None:
        if any(isinstance(one, dict | list | bool) for one in (inner if many else [inner])):
            raise BadFormError(f"The value of {element['action_id']!r} must be a text or a number.")
        return
    for option in inner if many else [inner]:
        if option is not None and option not in options:
            raise BadFormError(f"The option chosen in {element['action_id']!r} is not one of its options.")


def check(blocks: list[Json], state: Mapping[str, Json]) -> dict[str, str]:
    """Return the errors that a Slack client would show beside the inputs; empty if it would send."""
    errors: dict[str, str] = {}
    for block in blocks:
        if block["type"] != "input":
            continue
        element = block["element"]
        key = value_key(element["type"]) or "value"
        value = state.get(block["block_id"], {}).get(element["action_id"], {}).get(key)
        sentence = _complaint(block, element, value)
        if sentence is not None:
            errors[block["block_id"]] = sentence
    return errors


def _complaint(block: Json, element: Json, value: Any) -> str | None:
    if value in (None, "", []) or (isinstance(value, str) and not value.strip()):
        return None if block.get("optional") else REQUIRED
    if element["type"] == "plain_text_input":
        return _check_text(element, value)
    if element["type"] == "timepicker":
        return None if _TIME.fullmatch(str(value)) else "Please choose a time."
    most = element.get("max_selected_items", len(value))
    return f"Please choose at most {most}." if len(value) > most else None


def _check_text(element: Json, value: Any) -> str | None:
    longest = element.get("max_length", 3000)
    if not isinstance(value, str):
        return "Please enter a text."
    return f"Please enter at most {longest} characters." if len(value) > longest else None
