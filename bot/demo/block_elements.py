"""Check the elements of Block Kit: buttons, menus and inputs, and in which blocks they are allowed."""

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

_ACTION_ID: Mapping[str, Check] = {"action_id": string(255)}
_CONFIRM = record(
    {"title": plain_text(100), "text": any_text(300), "confirm": plain_text(30), "deny": plain_text(30)},
    {"style": enum("primary", "danger")},
)
_COMMON: Mapping[str, Check] = {**_ACTION_ID, "confirm": _CONFIRM}
_FOCUS: Mapping[str, Check] = {"focus_on_load": boolean}
_PLACEHOLDER: Mapping[str, Check] = {"placeholder": plain_text(150)}
_DISPATCH: Mapping[str, Check] = {
    "dispatch_action_config": record(
        {"trigger_actions_on": array(enum("on_enter_pressed", "on_character_entered"), 1, 2)}, {}
    )
}


def _option(text: Check, description: Check) -> Check:
    return record({"text": text, "value": string(75)}, {"description": description})


_MENU_OPTION = _option(plain_text(75), plain_text(75))
_CHOICE_OPTION = _option(any_text(75), any_text(75))
_OVERFLOW_OPTION = record(
    {"text": plain_text(75), "value": string(75)}, {"description": plain_text(75), "url": string(3000)}
)
_GROUP = record({"label": plain_text(75), "options": array(_MENU_OPTION, 1, MAX_OPTIONS)}, {})


def _all_options(element: dict[str, Any]) -> list[Any]:
    options = list(element.get("options", []))
    for group in element.get("option_groups", []):
        options += group["options"]
    return options


def _initial_is_offered(report: Report, at: str, element: dict[str, Any]) -> None:
    chosen = list(element.get("initial_options", []))
    if "initial_option" in element:
        chosen.append(element["initial_option"])
    offered = _all_options(element)
    for option in chosen:
        if option not in offered:
            report.add(at, "initial option must be exactly one of the options")


def _options_or_groups(report: Report, at: str, element: dict[str, Any]) -> None:
    if ("options" in element) == ("option_groups" in element):
        report.add(at, "must have exactly one of options or option_groups")


def _length_order(report: Report, at: str, element: dict[str, Any]) -> None:
    low, high = element.get("min_length", 0), element.get("max_length", 3000)
    if low > high:
        report.add(at, "min_length must not be greater than max_length")
    if len(element.get("initial_value", "")) > high:
        report.add(f"{at}/initial_value", f"must be less than {high + 1} characters")


def _static(many: bool) -> Check:  # noqa: FBT001 - the two menus differ in this alone
    initial: Mapping[str, Check] = (
        {
            "initial_options": array(_MENU_OPTION, 1, MAX_OPTIONS),
            "max_selected_items": integer(1, MAX_OPTIONS),
        }
        if many
        else {"initial_option": _MENU_OPTION}
    )
    return record(
        {"type": KIND},
        {
            **_COMMON,
            **_FOCUS,
            **_PLACEHOLDER,
            "options": array(_MENU_OPTION, 1, MAX_OPTIONS),
            "option_groups": array(_GROUP, 1, MAX_OPTIONS),
            **initial,
        },
        _options_or_groups,
        _initial_is_offered,
    )


def _picker(**fields: Check) -> Check:
    return record({"type": KIND}, {**_COMMON, **_FOCUS, **_PLACEHOLDER, **fields})


_CONVERSATION_FILTER = record(
    {},
    {
        "include": array(enum("im", "mpim", "private", "public"), 1, 4),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
    lambda report, at, value: None if value else report.add(at, "must have at least one field"),
)
_ID = string(30)
_IDS = array(_ID, 1, 100)
_CONVERSATION: Mapping[str, Check] = {
    "default_to_current_conversation": boolean,
    "filter": _CONVERSATION_FILTER,
}
_MANY: Mapping[str, Check] = {"max_selected_items": integer(1, 100)}
_RESPONSE_URL: Mapping[str, Check] = {"response_url_enabled": boolean}


def _line(**fields: Check) -> Check:
    return record({"type": KIND}, {**_ACTION_ID, **_FOCUS, **_PLACEHOLDER, **_DISPATCH, **fields})


def _one_picture(report: Report, at: str, value: dict[str, Any]) -> None:
    if ("image_url" in value) == ("slack_file" in value):
        report.add(at, "must have exactly one of image_url or slack_file")


SLACK_FILE = record({}, {"id": _ID, "url": string(3000)})
IMAGE_FIELDS: Mapping[str, Check] = {"image_url": string(3000), "slack_file": SLACK_FILE}
ONE_PICTURE: Check = _one_picture

BUTTON = record(
    {"type": KIND, "text": plain_text(75)},
    {
        **_COMMON,
        "url": string(3000),
        "value": string(2000),
        "style": enum("primary", "danger"),
        "accessibility_label": string(75),
    },
)
IMAGE_ELEMENT = record({"type": KIND, "alt_text": string(2000)}, IMAGE_FIELDS, _one_picture)

_CHOICES: Mapping[str, Check] = {
    "radio_buttons": record(
        {"type": KIND, "options": array(_CHOICE_OPTION, 1, MAX_CHOICES)},
        {**_COMMON, **_FOCUS, "initial_option": _CHOICE_OPTION},
        _initial_is_offered,
    ),
    "checkboxes": record(
        {"type": KIND, "options": array(_CHOICE_OPTION, 1, MAX_CHOICES)},
        {**_COMMON, **_FOCUS, "initial_options": array(_CHOICE_OPTION, 1, MAX_CHOICES)},
        _initial_is_offered,
    ),
}
_MENUS: Mapping[str, Check] = {
    "static_select": _static(many=False),
    "external_select": _picker(min_query_length=integer(0, 300), initial_option=_MENU_OPTION),
    "users_select": _picker(initial_user=_ID),
    "channels_select": _picker(initial_channel=_ID, **_RESPONSE_URL),
    "conversations_select": _picker(initial_conversation=_ID, **_RESPONSE_URL, **_CONVERSATION),
}
_MULTI_MENUS: Mapping[str, Check] = {
    "multi_static_select": _static(many=True),
    "multi_external_select": _picker(
        min_query_length=integer(0, 300), initial_options=array(_MENU_OPTION, 1, 100), **_MANY
    ),
    "multi_users_select": _picker(initial_users=_IDS, **_MANY),
    "multi_channels_select": _picker(initial_channels=_IDS, **_MANY),
    "multi_conversations_select": _picker(initial_conversations=_IDS, **_MANY, **_CONVERSATION),
}
_TIMES: Mapping[str, Check] = {
    "datepicker": _picker(initial_date=string(10, shortest=10)),
    "timepicker": _picker(initial_time=string(5, shortest=5), timezone=string(60)),
}
_DATETIME: Mapping[str, Check] = {
    "datetimepicker": record(
        {"type": KIND}, {**_COMMON, **_FOCUS, "initial_date_time": integer(1_000_000_000, 9_999_999_999)}
    )
}
_BUTTONS: Mapping[str, Check] = {
    "button": BUTTON,
    "overflow": record({"type": KIND, "options": array(_OVERFLOW_OPTION, 1, 5)}, _COMMON),
}
_INPUTS: Mapping[str, Check] = {
    "plain_text_input": record(
        {"type": KIND},
        {
            **_ACTION_ID,
            **_FOCUS,
            **_PLACEHOLDER,
            **_DISPATCH,
            "initial_value": string(3000, shortest=0),
            "multiline": boolean,
            "min_length": integer(0, 3000),
            "max_length": integer(1, 3000),
        },
        _length_order,
    ),
    "email_text_input": _line(initial_value=string(3000, shortest=0)),
    "url_text_input": _line(initial_value=string(3000, shortest=0)),
    "number_input": record(
        {"type": KIND, "is_decimal_allowed": boolean},
        {
            **_ACTION_ID,
            **_FOCUS,
            **_PLACEHOLDER,
            **_DISPATCH,
            "initial_value": string(40),
            "min_value": string(40),
            "max_value": string(40),
        },
    ),
}

SECTION_ACCESSORIES: Mapping[str, Check] = {
    **_BUTTONS,
    **_CHOICES,
    **_MENUS,
    **_MULTI_MENUS,
    **_TIMES,
    "image": IMAGE_ELEMENT,
}
ACTION_ELEMENTS: Mapping[str, Check] = {**_BUTTONS, **_CHOICES, **_MENUS, **_TIMES, **_DATETIME}
INPUT_ELEMENTS: Mapping[str, Check] = {**_INPUTS, **_CHOICES, **_MENUS, **_MULTI_MENUS, **_TIMES, **_DATETIME}

ACCESSORY = typed(SECTION_ACCESSORIES)
ACTION_ELEMENT = typed(ACTION_ELEMENTS)
INPUT_ELEMENT = typed(INPUT_ELEMENTS)
