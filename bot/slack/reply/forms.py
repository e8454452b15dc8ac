"""View state to typed drafts or field errors. Pure; the only room where Slack's JSON is taken apart."""

import re
from dataclasses import dataclass, field
from typing import Any

from bot.core.model import TEXT_LIMIT, ItemId, Receipt, Round, RoundId, TagId
from bot.core.replies import ANSWERS, MAX_TAGS, RECEIPT_BYTES, Draft, Tenure
from bot.slack.kit.view_state import Payload, clean_text, mapping, state_value, state_values
from bot.slack.reply import error_blocks as words
from bot.slack.reply.blocks import ITEM_PREFIX, QUOTE_BLOCK, TAGS_BLOCK, TENURE_BLOCK, TEXT_BLOCK

FieldErrors = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FormMetadata:
    """What a reply form carries unseen: which round, the receipt, and when a form to change it was opened.

    ``opened``: in milliseconds since 1970; 0 for the form in which the reply was written first.
    """

    round_id: RoundId
    receipt: Receipt = field(repr=False)
    opened: int = 0


class Unknown:
    """Marks a choice that the form does not offer."""


def form_metadata(ticket: FormMetadata) -> str:
    """The ticket as a view's private metadata."""
    opened = f".{ticket.opened}" if ticket.opened else ""
    return f"{ticket.round_id}.{ticket.receipt.hex()}{opened}"


def parse_form_metadata(metadata: str) -> FormMetadata | None:
    """The ticket in a view's private metadata; None where it holds none of ours."""
    round_id, _, rest = metadata.partition(".")
    receipt, _, opened = rest.partition(".")
    try:
        raw = bytes.fromhex(receipt)
    except ValueError:
        return None
    if not round_id or len(raw) != RECEIPT_BYTES or not re.fullmatch(r"[0-9]{0,15}", opened):
        return None
    return FormMetadata(round_id=RoundId(round_id), receipt=Receipt(raw), opened=int(opened or 0))


def parse_reply(view: Payload, round_: Round, *, empty: bool = True) -> Draft | FieldErrors:
    """The draft in a submitted form, or what is wrong with it, by block; ``empty``: nothing said is wrong."""
    values = state_values(view)
    text = typed_text(view)
    if len(text) > TEXT_LIMIT:
        return {TEXT_BLOCK: words.too_long(len(text))}
    answers: dict[ItemId, int | None] = {}
    for item in round_.prompt.items:
        block_id = f"{ITEM_PREFIX}{item.id}"
        answer = _answer(state_value(values, block_id, "answer").get("selected_option"))
        if isinstance(answer, Unknown):
            return {block_id: words.NO_SUCH_ANSWER}
        answers[item.id] = answer
    if empty and not text and all(answer is None for answer in answers.values()):
        return {TEXT_BLOCK: words.EMPTY}
    tags = _tags(state_value(values, TAGS_BLOCK, "tags").get("selected_options") or (), round_)
    if len(tags) > MAX_TAGS:
        return {TAGS_BLOCK: words.TOO_MANY_TAGS}
    quotable = bool(state_value(values, QUOTE_BLOCK, "allow").get("selected_options"))
    if quotable and not text:
        return {QUOTE_BLOCK: words.NOTHING_TO_QUOTE}
    tenure = _tenure(values, round_)
    return Draft(answers=answers, text=text, tags=tags, quotable=quotable, tenure=tenure)


def typed_text(view: Payload) -> str:
    """The open answer as it stands in a form that is still open."""
    text = state_value(state_values(view), TEXT_BLOCK, "text").get("value")
    return clean_text(text) if isinstance(text, str) else ""


def _answer(choice: Any) -> int | Unknown | None:
    value = mapping(choice).get("value", "")
    if choice is None or value == "none":
        return None
    known = isinstance(value, str) and value.isdecimal() and value.isascii() and int(value) in ANSWERS
    return int(value) if known else Unknown()


def _tenure(values: Payload, round_: Round) -> Tenure:
    """The group chosen; unsaid where nothing was, where it is none of ours, and where it was not asked."""
    chosen = mapping(state_value(values, TENURE_BLOCK, "tenure").get("selected_option")).get("value")
    known = next((group for group in Tenure if group.value == chosen), Tenure.UNSAID)
    return known if round_.prompt.asks_tenure else Tenure.UNSAID


def _tags(options: Any, round_: Round) -> tuple[TagId, ...]:
    known = {tag.id for tag in round_.prompt.tags}
    chosen = (mapping(option).get("value") for option in (options if isinstance(options, list) else ()))
    return tuple(dict.fromkeys(TagId(tag) for tag in chosen if isinstance(tag, str) and tag in known))
