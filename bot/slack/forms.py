"""View state to typed drafts or field errors. Pure; the only room where Slack's JSON is taken apart."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.core.model import TEXT_LIMIT, ItemId, Receipt, Round, RoundId, TagId
from bot.core.replies import ANSWERS, MAX_TAGS, RECEIPT_BYTES, Draft
from bot.slack.blocks.reply import ITEM_PREFIX, QUOTE_BLOCK, TAGS_BLOCK, TEXT_BLOCK

Payload = Mapping[str, Any]
FieldErrors = dict[str, str]

BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
"""Characters that can make a line read backwards; no honest reply needs them to be kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """What a reply form carries unseen: which round, and the receipt."""

    round_id: RoundId
    receipt: Receipt = field(repr=False)


class Unknown:
    """Marks a choice that the form does not offer."""


def ticket_metadata(ticket: Ticket) -> str:
    """The ticket as a view's private metadata."""
    return f"{ticket.round_id}.{ticket.receipt.hex()}"


def parse_ticket(metadata: str) -> Ticket | None:
    """The ticket in a view's private metadata; None where it holds none of ours."""
    round_id, _, receipt = metadata.partition(".")
    try:
        raw = bytes.fromhex(receipt)
    except ValueError:
        return None
    if not round_id or len(raw) != RECEIPT_BYTES:
        return None
    return Ticket(round_id=RoundId(round_id), receipt=Receipt(raw))


def parse_reply(view: Payload, round_: Round) -> Draft | FieldErrors:
    """The draft in a submitted form, or what is wrong with it, by block."""
    values: Mapping[str, Mapping[str, Payload]] = view.get("state", {}).get("values", {})
    text = clean_text(_value(values, TEXT_BLOCK, "text").get("value") or "")
    if len(text) > TEXT_LIMIT:
        return {TEXT_BLOCK: f"Please shorten this to {TEXT_LIMIT:,} characters; it has {len(text):,}."}
    answers: dict[ItemId, int | None] = {}
    for item in round_.prompt.items:
        block_id = f"{ITEM_PREFIX}{item.id}"
        choice = _value(values, block_id, "answer").get("selected_option")
        answer = _answer(choice)
        if isinstance(answer, Unknown):
            return {block_id: "Please choose one of the answers shown."}
        answers[item.id] = answer
    if not text and all(answer is None for answer in answers.values()):
        return {TEXT_BLOCK: "Write a line, or choose an answer below; an empty reply says nothing."}
    tags = _tags(_value(values, TAGS_BLOCK, "tags").get("selected_options") or (), round_)
    if len(tags) > MAX_TAGS:
        return {TAGS_BLOCK: f"Please choose at most {MAX_TAGS}."}
    quotable = bool(_value(values, QUOTE_BLOCK, "allow").get("selected_options"))
    if quotable and not text:
        return {QUOTE_BLOCK: "There is no text to quote. Write a line above, or take the tick away."}
    return Draft(answers=answers, text=text, tags=tags, quotable=quotable)


def typed_text(view: Payload) -> str:
    """The open answer as it stands in a form that is still open."""
    values: Mapping[str, Mapping[str, Payload]] = view.get("state", {}).get("values", {})
    return clean_text(_value(values, TEXT_BLOCK, "text").get("value") or "")


def clean_text(text: str) -> str:
    """Text without control characters and reading-direction tricks, in composed form, trimmed."""
    composed = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    kept = (
        character
        for character in composed
        if character == "\n"
        or (unicodedata.category(character) not in {"Cc", "Cs"} and character not in BIDI_CONTROLS)
    )
    return "".join(kept).strip()


def _value(values: Mapping[str, Mapping[str, Payload]], block_id: str, action_id: str) -> Payload:
    return values.get(block_id, {}).get(action_id) or {}


def _answer(choice: Payload | None) -> int | Unknown | None:
    if choice is None or choice.get("value") == "none":
        return None
    value = str(choice.get("value", ""))
    return int(value) if value.isdecimal() and value.isascii() and int(value) in ANSWERS else Unknown()


def _tags(options: Any, round_: Round) -> tuple[TagId, ...]:
    known = {tag.id for tag in round_.prompt.tags}
    chosen = (TagId(str(option.get("value"))) for option in options)
    return tuple(dict.fromkeys(tag for tag in chosen if tag in known))
