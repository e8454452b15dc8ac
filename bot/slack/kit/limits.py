"""Fit messages and views to Slack's limits before they are sent. Pure.

A paragraph that is too long is split into several, and nothing is lost. Any other text that is too long is
cut and gets an ellipsis. A message that is too long ends with a sentence that says so. A view that is too
large is refused, because a form without its end cannot be used. Lengths are counted in UTF-16 units, as
Slack's clients do. An emoji counts as two units. Some parts of Slack count it as one; for these the count is
never too low.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from bot.core.language import ENGLISH, N_, Language
from bot.errors import SlackError
from bot.slack.kit.builders import Block, View

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
VIEW_BYTES = 250_000
METADATA = 3000
SECTION = 3000
CONTEXT = 2000
FALLBACK = 4000
"""The longest plain text of a message."""

MESSAGE_CHARS = 11_000
"""The longest sum of all texts of a message. Slack documents no limit, but refused messages of 11,300
characters and more (``msg_blocks_too_long``, slackapi/bolt-js issues 2509 and 2867)."""

QUOTE = "> "

_LONGEST: Mapping[tuple[str, str], int] = {
    ("header", "text"): 150,
    ("input", "label"): 2000,
    ("input", "hint"): 2000,
    ("button", "text"): 75,
    ("option", "text"): 75,
    ("option", "description"): 75,
    ("confirm", "title"): 100,
    ("confirm", "text"): 300,
    ("confirm", "confirm"): 30,
    ("confirm", "deny"): 30,
    ("plain_text_input", "placeholder"): 150,
    ("multi_static_select", "placeholder"): 150,
    ("modal", "title"): 24,
    ("modal", "submit"): 24,
    ("modal", "close"): 24,
}
"""The longest text, by the type of the object that holds it, and by its key in that object."""


class Fitted(dict[str, Any]):
    """A view that has already been fitted."""


def fit(arguments: Mapping[str, Any], language: Language = ENGLISH) -> dict[str, Any]:
    """Return the arguments of a call to Slack, with text, blocks and view fitted to the limits.

    What has been fitted before stays as it is. Raises ``SlackError`` for a view that is too large.
    """
    fitted = dict(arguments)
    if "text" in fitted:
        fitted["text"] = cut(fitted["text"], FALLBACK)
    if "blocks" in fitted:
        fitted["blocks"] = fit_message(fitted["blocks"], language)
    if "view" in fitted:
        fitted["view"] = fit_view(fitted["view"])
    return fitted


def fit_message(blocks: Sequence[Block], language: Language = ENGLISH) -> list[Block]:
    """Return the blocks of a message, fitted to the limits. A note replaces the blocks that are left out.

    A row of buttons at the end is kept.
    """
    fitted = _fit_blocks(blocks)
    if len(fitted) <= MESSAGE_BLOCKS and text_size(fitted) <= MESSAGE_CHARS:
        return fitted
    note: Block = {"type": "context", "elements": [{"type": "mrkdwn", "text": language.gettext(CUT_SHORT)}]}
    end = [note, *(block for block in fitted[-1:] if block["type"] == "actions")]
    kept: list[Block] = []
    left = MESSAGE_CHARS - text_size(end)
    for block in fitted[: MESSAGE_BLOCKS - len(end)]:
        left -= text_size([block])
        if left < 0:
            break
        kept.append(block)
    return [*kept, *end]


def fit_view(view: View) -> View:
    """Return a view fitted to the limits. Raises ``SlackError`` for too many blocks, bytes or metadata."""
    if isinstance(view, Fitted):
        return view
    fitted = _fit_texts(view, view["type"]) | {"blocks": _fit_blocks(view["blocks"])}
    if (
        len(fitted["blocks"]) > VIEW_BLOCKS
        or size(fitted.get("private_metadata", "")) > METADATA
        or len(json.dumps(fitted).encode()) > VIEW_BYTES
    ):
        raise SlackError("view_too_large")
    return fitted


def size(text: str) -> int:
    """Return the length of a text in UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def text_size(blocks: Iterable[Block]) -> int:
    """Return the length of all texts in these blocks."""
    return sum(map(size, _texts_in(list(blocks))))


def cut(text: str, most: int) -> str:
    """Return the text, cut with an ellipsis if it is too long, but never inside mark-up or an entity."""
    return text if size(text) <= most else text[: _place_to_cut(text, most - 1)].rstrip() + "…"


def split(text: str, most: int) -> list[str]:
    """Return the text in pieces of at most ``most`` units, cut between lines or words.

    Each piece of a quote is a quote.
    """
    pieces = []
    while size(text) > most:
        at = _place_to_cut(text, most)
        piece, rest = text[:at], text[at:]
        pieces.append(piece.rstrip())
        is_quoted = piece.rpartition("\n")[2].startswith(QUOTE) and not rest.startswith("\n")
        text = (QUOTE if is_quoted else "") + rest.lstrip()
    return [piece for piece in [*pieces, text] if piece.strip("> \n")]


def _place_to_cut(text: str, most: int) -> int:
    """Return where to cut: after a line, a word, or a sentence of a script without spaces; outside mark-up."""
    fitting = text[:most].encode("utf-16-le", "replace")[: 2 * most].decode("utf-16-le", "ignore")
    for gap in ("\n", " "):
        at = text.rfind(gap, len(fitting) // 2, len(fitting) + 1)
        if at > 0 and not _ends_in_markup(text[:at]):
            return at
    at = max(text.rfind(stop, len(fitting) // 2, len(fitting)) for stop in "\u3001\u3002") + 1
    if at > 0 and not _ends_in_markup(text[:at]):
        return at
    open_part = re.search(r"(<[^<>]*|&[a-z]{0,4})\Z", fitting)
    # Mark-up that is too long by itself is cut nevertheless; otherwise ``split`` would not end.
    return open_part.start() if open_part and open_part.start() > len(QUOTE) else len(fitting)


def _ends_in_markup(text: str) -> bool:
    return text.rfind("<") > text.rfind(">")


def _fit_blocks(blocks: Iterable[Block]) -> list[Block]:
    return [fitted for block in blocks for fitted in _fit_block(block)]


def _fit_block(block: Block) -> list[Block]:
    if block["type"] == "section" and "text" in block:
        pieces = split(block["text"]["text"], SECTION) or [block["text"]["text"]]
        first, *others = [block["text"] | {"text": piece} for piece in pieces]
        whole = _fit_texts(block, "section") | {"text": first}
        return [whole, *({"type": "section", "text": text} for text in others)]
    if block["type"] == "context":
        pieces = [piece for element in block["elements"] for piece in split(element["text"], CONTEXT)]
        if len(pieces) > len(block["elements"]):
            return [{"type": "context", "elements": [{"type": "mrkdwn", "text": piece}]} for piece in pieces]
    return [_fit_texts(block, block["type"])]


def _fit_texts(value: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """Return a part of a block or view, with each of its texts cut to its own limit."""
    return {key: _fit_text(part, kind, key) for key, part in value.items()}


def _fit_text(part: Any, kind: str, key: str) -> Any:
    if isinstance(part, list):
        return [_fit_text(one, kind, key) for one in part]
    if not isinstance(part, dict):
        return part
    longest = _LONGEST.get((kind, key))
    if longest and isinstance(part.get("text"), str):
        return part | {"text": cut(part["text"], longest)}
    return _fit_texts(part, str(part.get("type", key.removesuffix("s"))))


def _texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("text"), str):
            yield value["text"]
        for part in value.values():
            yield from _texts_in(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts_in(part)


CUT_SHORT = N_("There is more, but one message cannot hold it.")
"""The note at the end of a message that was too long."""


ROOM_IN_A_MODAL = 36_000
"""The most characters of quotes in a modal: a view holds 250 kB, and one character takes up to six bytes."""


TEXT_ROOM = 2800
"""The most characters of one quote, so that it fits in one section unless it consists mostly of ``&``."""
