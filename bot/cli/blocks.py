"""Draw Block Kit in the terminal, closely enough to judge a text."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.text import Text

Block = dict[str, Any]

_MARKUP = re.compile(
    r"<!date\^[^|>]*\|(?P<date>[^>]*)>|<(?P<link>[^|>]+)\|(?P<label>[^>]*)>|<(?P<bare>[^>]+)>"
    r"|(?<![\w*])\*(?P<bold>[^*\n]+)\*(?![\w*])|(?<![\w_])_(?P<italic>[^_\n]+)_(?![\w_])|`(?P<code>[^`\n]+)`"
)
_STYLES = {"bold": "bold", "italic": "italic", "code": "cyan", "label": "blue", "bare": "blue", "date": ""}
_CHOICES = {"radio_buttons": "○", "checkboxes": "☐"}


def draw_view(view: Block, width: int) -> Panel:
    """Draw a modal with its title and buttons."""
    close = Text(f"[ {view['close']['text']} ]", style="dim")
    submit = Text(f"[ {view['submit']['text']} ]", style="bold green") if "submit" in view else Text()
    foot = Text.assemble(close, "  ", submit, justify="right")
    return Panel(
        Group(draw_blocks(view["blocks"]), Rule(style="dim"), foot),
        title=Text(view["title"]["text"], style="bold"),
        title_align="left",
        width=width,
    )


def draw_blocks(blocks: Sequence[Block]) -> Group:
    """Draw blocks one below the other, with an empty line between them."""
    return Group(*(Padding(Group(*_block(block)), (1, 0, 0, 0)) for block in blocks))


def styled(text: str) -> Text:
    """Return Slack's markup as styled text; a date becomes its fallback text."""
    shown, end = Text(), 0
    for match in _MARKUP.finditer(text):
        shown.append(_plain(text[end : match.start()]))
        kind = next(kind for kind in _STYLES if match.groupdict()[kind] is not None)
        shown.append(_plain(match[kind]), style=_STYLES[kind])
        end = match.end()
    return shown.append(_plain(text[end:]))


def _plain(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _text(element: Block) -> Text:
    return styled(element["text"]) if element["type"] == "mrkdwn" else Text(element["text"])


def _block(block: Block) -> Iterator[RenderableType]:
    match block["type"]:
        case "header":
            yield Text(block["text"]["text"], style="bold")
        case "section":
            yield _text(block["text"])
            yield from _element(block["accessory"]) if "accessory" in block else ()
        case "context":
            yield from (_dimmed(_text(element)) for element in block["elements"])
        case "divider":
            yield Rule(style="dim")
        case "actions":
            buttons = [button for element in block["elements"] for button in _element(element)]
            yield Text("  ").join(buttons)
        case "input":
            optional = " (optional)" if block.get("optional") else ""
            yield Text.assemble((block["label"]["text"], "bold"), (optional, "dim"))
            yield from _element(block["element"])
            yield from [_dimmed(_text(block["hint"]))] if "hint" in block else []


def _dimmed(text: Text) -> Text:
    text.stylize("dim")
    return text


def _element(element: Block) -> Iterator[Text]:
    kind = element["type"]
    if kind == "button":
        yield Text(f"[ {element['text']['text']} ]", style="bold green" if "style" in element else "")
    elif kind in _CHOICES:
        for option in element["options"]:
            yield Text.assemble(f"{_CHOICES[kind]} ", _text(option["text"]))
            yield from (
                [_dimmed(Text(f"  {option['description']['text']}"))] if "description" in option else []
            )
    else:
        inside = element.get("placeholder", {}).get("text", "")
        options = "  ·  ".join(option["text"]["text"] for option in element.get("options", ()))
        yield Text(f"▏{inside}", style="dim italic")
        if options:
            yield Text(options, style="dim")
