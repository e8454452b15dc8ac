"""Check the elements of Block Kit that the bot sends: buttons, menus and inputs.

Every other element is refused. An element that the bot begins to send is added here, with Slack's limits.
"""

from collections.abc import Mapping
from typing import Any

from bot.demo.schema import (
    KIND,
    Check,
    Report,
    any_text,
    array,
    boolean,
    enum,
    integer,
    plain_text,
    record,
    string,
    typed,
)

MAX_OPTIONS = 100
MAX_CHOICES = 10

_ACTION: Mapping[str, Check] = {"action_id": string(255)}
_PLACEHOLDER: Mapping[str, Check] = {**_ACTION, "placeholder": plain_text(150)}
_MENU_OPTION = record({"text": plain_text(75), "value": string(75)}, {"description": plain_text(75)})
_CHOICE_OPTION = record({"text": any_text(75), "value": string(75)}, {"description": any_text(75)})


def _initial_is_offered(report: Report, at: str, element: dict[str, Any]) -> None:
    chosen = list(element.get("initial_options", []))
    if "initial_option" in element:
        chosen.append(element["initial_option"])
    for option in chosen:
        if option not in element["options"]:
            report.add(at, "initial option must be exactly one of the options")


def _initial_fits(report: Report, at: str, element: dict[str, Any]) -> None:
    longest = element.get("max_length", 3000)
    if len(element.get("initial_value", "")) > longest:
        report.add(f"{at}/initial_value", f"must be less than {longest + 1} characters")


def _choices(option: Check, most: int, **fields: Check) -> Check:
    """Check an element with options, of which one or several may be chosen at the start."""
    return record({"type": KIND, "options": array(option, 1, most)}, fields, _initial_is_offered)


_CONFIRM = record(
    {"title": plain_text(100), "text": any_text(300), "confirm": plain_text(30), "deny": plain_text(30)},
    {"style": enum("primary", "danger")},
)
_CONVERSATION_FILTER = record(
    {},
    {
        "include": array(enum("im", "mpim", "private", "public"), 1, 4),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
    lambda report, at, value: None if value else report.add(at, "must have at least one field"),
)
_DISPATCH = record({"trigger_actions_on": array(enum("on_enter_pressed", "on_character_entered"), 1, 2)}, {})

_BUTTON: Mapping[str, Check] = {
    "button": record(
        {"type": KIND, "text": plain_text(75)},
        {
            **_ACTION,
            "confirm": _CONFIRM,
            "url": string(3000),
            "value": string(2000),
            "style": enum("primary", "danger"),
            "accessibility_label": string(75),
        },
    )
}
_SINGLE: Mapping[str, Check] = {
    "radio_buttons": _choices(_CHOICE_OPTION, MAX_CHOICES, **_ACTION, initial_option=_CHOICE_OPTION),
    "checkboxes": _choices(
        _CHOICE_OPTION, MAX_CHOICES, **_ACTION, initial_options=array(_CHOICE_OPTION, 1, MAX_CHOICES)
    ),
    "static_select": _choices(_MENU_OPTION, MAX_OPTIONS, **_PLACEHOLDER, initial_option=_MENU_OPTION),
    "conversations_select": record(
        {"type": KIND}, {**_PLACEHOLDER, "initial_conversation": string(30), "filter": _CONVERSATION_FILTER}
    ),
    "timepicker": record({"type": KIND}, {**_PLACEHOLDER, "initial_time": string(5, shortest=5)}),
}
_SEVERAL: Mapping[str, Check] = {
    "multi_static_select": _choices(
        _MENU_OPTION,
        MAX_OPTIONS,
        **_PLACEHOLDER,
        initial_options=array(_MENU_OPTION, 1, MAX_OPTIONS),
        max_selected_items=integer(1, MAX_OPTIONS),
    )
}
_TEXT: Mapping[str, Check] = {
    "plain_text_input": record(
        {"type": KIND},
        {
            **_PLACEHOLDER,
            "dispatch_action_config": _DISPATCH,
            "initial_value": string(3000, shortest=0),
            "multiline": boolean,
            "max_length": integer(1, 3000),
        },
        _initial_fits,
    )
}

ACCESSORY = typed({**_BUTTON, **_SINGLE, **_SEVERAL})
ACTION_ELEMENT = typed({**_BUTTON, **_SINGLE})
INPUT_ELEMENT = typed({**_TEXT, **_SINGLE, **_SEVERAL})
