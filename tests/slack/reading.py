"""Blocks and views as a reader sees them: plain lines, for snapshots that people can read."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Json = Mapping[str, Any]


def read_view(view: Json) -> str:
    """A view as lines: its head, then its blocks."""
    if view["type"] == "home":
        return "\n".join(["[Home tab]", *_lines(view["blocks"])])
    buttons = [f"[{view[name]['text']}]" for name in ("submit", "close") if name in view]
    head = f"=== {view['title']['text']} === {' '.join(buttons)} ({view['callback_id']})"
    return "\n".join([head, *_lines(view["blocks"])])


def read_message(text: str, blocks: Iterable[Json]) -> str:
    """A message as lines: the text for notifications, then the blocks."""
    return "\n".join([f"(notification) {_plain(text)}", *_lines(blocks)])


def _lines(blocks: Iterable[Json]) -> Iterator[str]:
    for block in blocks:
        yield from _READERS[block["type"]](block)


def _header(block: Json) -> Iterator[str]:
    yield f"# {block['text']['text']}"


def _section(block: Json) -> Iterator[str]:
    yield from _plain(block["text"]["text"]).split("\n")
    if "accessory" in block:
        yield f"    {_element(block['accessory'])}"


def _context(block: Json) -> Iterator[str]:
    for element in block["elements"]:
        for line in _plain(element["text"]).split("\n"):
            yield f"  . {line}"


def _actions(block: Json) -> Iterator[str]:
    for element in block["elements"]:
        yield f"  {_element(element)}"


def _input(block: Json) -> Iterator[str]:
    yield f"? {block['label']['text']}{'' if block['optional'] else ' (required)'}"
    yield from (f"    {line}" for line in _element(block["element"]).split("\n"))
    if "hint" in block:
        yield f"    ({block['hint']['text']})"


def _element(element: Json) -> str:
    match element["type"]:
        case "button":
            return _button(element)
        case "plain_text_input":
            size = "several lines" if element.get("multiline") else "one line"
            shown = element.get("initial_value") or element["placeholder"]["text"]
            return f"[ {shown} ] ({size}, up to {element['max_length']})"
        case "conversations_select" | "timepicker":
            chosen = element.get("initial_conversation") or element.get("initial_time") or ""
            return f"<{element['placeholder']['text']}> ({element['type']}) {chosen}".rstrip()
        case kind:
            sign = {"radio_buttons": "( )", "checkboxes": "[ ]"}.get(kind, " - ")
            first = [f"<{element['placeholder']['text']}>"] if "placeholder" in element else []
            return "\n".join(
                [*first, *(f"{sign} {_option(one)}{_chosen(element, one)}" for one in element["options"])]
            )


def _chosen(element: Json, option: Json) -> str:
    """A mark where the choice is made already."""
    made = [*element.get("initial_options", []), element.get("initial_option")]
    return "  <--" if option in made else ""


def _button(element: Json) -> str:
    style = f" {element['style']}" if "style" in element else ""
    shown = f"[{element['text']['text']}]{style} -> {element['action_id']}"
    if "confirm" not in element:
        return shown
    ask = {key: value["text"] for key, value in element["confirm"].items() if key != "style"}
    return f"{shown} (asks: {ask['title']} {ask['text']} [{ask['confirm']}] [{ask['deny']}])"


def _option(option: Json) -> str:
    about = f" / {option['description']['text']}" if "description" in option else ""
    return f"{option['text']['text']}{about}"


def _plain(text: str) -> str:
    """Dates as their fallback; the rest as it is."""
    return re.sub(r"<!date\^\d+\^[^|>]*\|([^>]*)>", r"[\1]", text)


_READERS = {
    "header": _header,
    "section": _section,
    "context": _context,
    "actions": _actions,
    "input": _input,
    "divider": lambda _: iter(["---"]),
}


def texts(blocks: Iterable[Json]) -> list[str]:
    """Every text in these blocks, as JSON holds it."""
    found: list[str] = []

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            found.extend(part for key, part in value.items() if key == "text" and isinstance(part, str))
            for part in value.values():
                walk(part)
        elif isinstance(value, list):
            for part in value:
                walk(part)

    walk(json.loads(json.dumps(list(blocks))))
    return found
