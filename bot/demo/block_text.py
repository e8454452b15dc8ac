"""Check rich text: the block, its parts, and the elements of a line."""

from collections.abc import Mapping

from bot.demo.block_data import BLOCK_ID
from bot.demo.schema import KIND, Check, array, boolean, enum, integer, record, string, typed

_STYLE: Mapping[str, Check] = {
    "style": record(
        {},
        dict.fromkeys(("bold", "italic", "strike", "code", "underline", "highlight", "unlink"), boolean),
    )
}
_BORDER: Mapping[str, Check] = {"border": integer(0, 1)}
_URL = string(3000)


def _leaf(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    return record({"type": KIND, **required}, {**_STYLE, **(optional or {})})


_LEAF = typed(
    {
        "text": _leaf({"text": string(3000)}),
        "link": _leaf({"url": _URL}, {"text": string(3000), "unsafe": boolean}),
        "emoji": _leaf({"name": string(100)}, {"unicode": string(100)}),
        "user": _leaf({"user_id": string(30)}),
        "channel": _leaf({"channel_id": string(30)}),
        "usergroup": _leaf({"usergroup_id": string(30)}),
        "broadcast": _leaf({"range": enum("here", "channel", "everyone")}),
        "date": _leaf(
            {"timestamp": integer(0, 9_999_999_999), "format": string(200)},
            {"fallback": string(200), "url": _URL},
        ),
    }
)
_LEAVES = array(_LEAF, 0, 500)
_LINE = record({"type": KIND, "elements": _LEAVES}, {})
_PART = typed(
    {
        "rich_text_section": _LINE,
        "rich_text_quote": record({"type": KIND, "elements": _LEAVES}, _BORDER),
        "rich_text_preformatted": record(
            {"type": KIND, "elements": _LEAVES}, {**_BORDER, "language": string(40)}
        ),
        "rich_text_list": record(
            {"type": KIND, "style": enum("bullet", "ordered"), "elements": array(_LINE, 1, 500)},
            {**_BORDER, "indent": integer(0, 8), "offset": integer(0, 10_000)},
        ),
    }
)
RICH_TEXT = record({"type": KIND, "elements": array(_PART, 1, 500)}, {"block_id": BLOCK_ID})
