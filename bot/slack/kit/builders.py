"""Build Block Kit objects as plain dicts, because the SDK's models drop unknown keys."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.core.counts import Count
from bot.core.language import ENGLISH, Language

Block = dict[str, Any]
View = dict[str, Any]
Answer = tuple[str, list[Block]]
"""An answer to one person: plain text, and the same as blocks."""


def escape(text: str) -> str:
    """Return text escaped for mrkdwn, so that it cannot contain a tag, link or mention."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


ADDRESS = re.compile(r"https?://[^\s,;|]+[^\s,;|.]|[\w.+-]+@[\w-]+(\.[\w-]+)+")
"""A web or mail address in a line of plain text."""


def linked(text: str) -> str:
    """Return plain text as mrkdwn, with its web and mail addresses as links."""

    def link(match: re.Match[str]) -> str:
        address = match[0]
        return f"<{address}>" if "://" in address else f"<mailto:{address}|{address}>"

    return ADDRESS.sub(link, escape(text))


def mrkdwn(text: str) -> Block:
    """Return a mrkdwn text object. The caller must escape text that somebody else wrote."""
    return {"type": "mrkdwn", "text": text}


def plain(text: str) -> Block:
    """Return a plain text object."""
    return {"type": "plain_text", "text": text, "emoji": True}


def header(text: str) -> Block:
    """Return a header block, at most 150 characters."""
    return {"type": "header", "text": plain(text)}


def section(text: str, *, block_id: str | None = None, accessory: Block | None = None) -> Block:
    """Return a section block; ``accessory``: an element beside its text."""
    block: Block = {"type": "section", "text": mrkdwn(text)}
    if block_id:
        block["block_id"] = block_id
    if accessory:
        block["accessory"] = accessory
    return block


def context(*texts: str) -> Block:
    """Return a context block (small print) with one element for each text."""
    return {"type": "context", "elements": [mrkdwn(text) for text in texts]}


def mention(member: str) -> str:
    """Return a link to a person in mrkdwn."""
    return f"<@{member}>"


def channel_link(channel: str) -> str:
    """Return a link to a channel in mrkdwn."""
    return f"<#{channel}>"


def divider() -> Block:
    """Return a divider block."""
    return {"type": "divider"}


def actions(block_id: str, *elements: Block) -> Block:
    """Return a row of buttons."""
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def button(
    text: str, action_id: str, value: str = "", *, style: str = "", confirm: Block | None = None
) -> Block:
    """Return a button; ``style`` is empty, ``primary`` or ``danger``."""
    element: Block = {"type": "button", "action_id": action_id, "text": plain(text)}
    if value:
        element["value"] = value
    if style:
        element["style"] = style
    if confirm:
        element["confirm"] = confirm
    return element


def confirm(title: str, text: str, yes: str, no: str) -> Block:
    """Return a confirmation dialog for a button."""
    return {"title": plain(title), "text": plain(text), "confirm": plain(yes), "deny": plain(no)}


def danger_button(text: str, action_id: str, value: str, question: Block) -> Block:
    """Return a button that destroys something, after this ``confirm``; both look dangerous."""
    return button(text, action_id, value, style="danger", confirm=question | {"style": "danger"})


def tell_apart(blocks: Sequence[Block], language: Language) -> list[Block]:
    """Return the blocks; where several buttons have the same words, a screen reader says which one each is."""
    total = Counter(_words(element) for block in blocks for element in _elements(block))
    seen: Counter[str] = Counter()

    def told(element: Block) -> Block:
        words = _words(element)
        if element.get("type") != "button" or total[words] == 1:
            return element
        seen[words] += 1
        # Translators: what a screen reader says about one of several buttons with the same words.
        label = language.gettext(
            "{button}, {number} of {total}", button=words, number=seen[words], total=total[words]
        )
        return element | {"accessibility_label": label}

    return [
        block
        | ({"accessory": told(block["accessory"])} if "accessory" in block else {})
        | ({"elements": [told(one) for one in block["elements"]]} if block["type"] == "actions" else {})
        for block in blocks
    ]


def _elements(block: Block) -> list[Block]:
    beside = [block["accessory"]] if "accessory" in block else []
    return [*beside, *(block["elements"] if block["type"] == "actions" else [])]


def _words(element: Block) -> str:
    return str(element["text"]["text"]) if element.get("type") == "button" else ""


def option(text: str, value: str, description: str = "") -> Block:
    """Return an option of a list; text and description have at most 75 characters."""
    choice: Block = {"text": plain(text), "value": value}
    if description:
        choice["description"] = plain(description)
    return choice


RADIOS_MAX = 10
"""A longer list of options is a menu."""


def one_of(action_id: str, options: list[Block], placeholder: str) -> Block:
    """Return a choice of one option: radio buttons, or a menu of many."""
    if len(options) <= RADIOS_MAX:
        return {"type": "radio_buttons", "action_id": action_id, "options": options}
    return {
        "type": "static_select",
        "action_id": action_id,
        "placeholder": plain(placeholder),
        "options": options,
    }


def whom_to_tell(admins: Sequence[str], language: Language = ENGLISH) -> str:
    """Return the admins as links, or that an admin is to be told."""
    if not admins:
        # Translators: stands where otherwise the names of the admins stand, as in “Please tell {whom}.”
        return language.gettext("an admin of this workspace")
    return language.list_of([mention(admin) for admin in admins], "or")


def input_block(
    block_id: str, label: str, element: Block, *, hint: str = "", optional: bool = False
) -> Block:
    """Return a labelled field of a form."""
    block: Block = {
        "type": "input",
        "block_id": block_id,
        "label": plain(label),
        "element": element,
        "optional": optional,
    }
    if hint:
        block["hint"] = plain(hint)
    return block


def modal(title: str, blocks: Sequence[Block], *, close: str, callback_id: str, **more: Any) -> View:
    """Return a modal; ``more`` may hold ``submit`` (a text), ``private_metadata`` and ``clear_on_close``."""
    view: View = {
        "type": "modal",
        "callback_id": callback_id,
        "title": plain(title),
        "close": plain(close),
        "blocks": list(blocks),
    }
    if "submit" in more:
        view["submit"] = plain(more.pop("submit"))
    return view | more


def notice(title: str, text: str, language: Language) -> View:
    """Return a modal with one text."""
    close = language.pgettext("button", "OK")
    return modal(title, [section(text)], close=close, callback_id="notice")


def moment(when: datetime, zone: str, language: Language = ENGLISH) -> str:
    """Return a time that Slack shows in each reader's zone; the fallback is in the channel's zone."""
    # Translators: the day is such as “Friday, 27 November”, “today” or “tomorrow”, as Slack writes it.
    shown = language.gettext("{day} at {time}", day="{date_long_pretty}", time="{time}")
    return f"<!date^{int(when.timestamp())}^{shown}|{language.moment(when, zone)}>"


DOTS = 10
"""The number of dots of a count."""


def quoted(text: str) -> str:
    """Return text as a quote in mrkdwn, escaped."""
    return "> " + escape(text).replace("\n", "\n> ")


def count_dots(count: Count) -> str:
    """Return a count as ten dots: full dots agree, half dots are unknown, empty dots do not agree.

    >>> count_dots(Count(of=13, low=10, high=13)), count_dots(Count(of=13, low=6, high=6))
    ('●●●●●●●●◐◐', '●●●●●○○○○○')
    """
    sure, possible = (round(DOTS * bound / count.of) for bound in (count.low, count.high))
    return "●" * sure + "◐" * (possible - sure) + "○" * (DOTS - possible)


def suggest_button(channel: str, language: Language) -> Block:
    """Return the button that opens the form for a proposal."""
    return button(language.gettext("Suggest, without your name"), "proposal.open", channel)
