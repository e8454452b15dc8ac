"""Read drafts, or what is wrong with them, out of the state of a form. Pure."""

import re
from dataclasses import dataclass, field

from bot.core.language import ENGLISH, Language
from bot.core.model import TEXT_LIMIT, Receipt, Round, RoundId, RoundKind, StatementId, TagId
from bot.core.replies import ANSWERS, MAX_TAGS, RECEIPT_BYTES, Draft, Tenure
from bot.slack.kit.builders import Block
from bot.slack.kit.view_state import Payload, clean_text, mapping, state_value, state_values
from bot.slack.reply import error_blocks
from bot.slack.reply.blocks import MORE_BLOCK, Filled, More
from bot.slack.reply.field_blocks import (
    NOT_SAID,
    QUOTE_BLOCK,
    STATEMENT_PREFIX,
    TAGS_BLOCK,
    TENURE_BLOCK,
    TEXT_BLOCK,
)
from bot.slack.reply.norm_blocks import (
    CHOOSE_CHOICES,
    CONSENT_CHOICES,
    PROPOSAL_LIMIT,
    look_again_choices,
)

FieldErrors = dict[str, str]

CHOICES = {
    kind: {int(value) for value, _ in choices if value.isdecimal()}
    for kind, choices in (
        (RoundKind.CHOOSE, CHOOSE_CHOICES),
        (RoundKind.CONSENT, CONSENT_CHOICES),
        (RoundKind.LOOK_AGAIN, look_again_choices(ENGLISH)),
    )
}
"""The answers of the kinds of rounds that have their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormMetadata:
    """Hold what a reply form carries unseen: the round, the receipt, and when a form to change it was opened.

    ``opened``: in milliseconds since 1970; 0 for the form in which the reply was written first.
    """

    round_id: RoundId
    receipt: Receipt = field(repr=False)
    opened: int = 0


def form_metadata(metadata: FormMetadata) -> str:
    """Write a form's metadata as the private metadata of its view."""
    opened = f".{metadata.opened}" if metadata.opened else ""
    return f"{metadata.round_id}.{metadata.receipt.hex()}{opened}"


def parse_form_metadata(metadata: str) -> FormMetadata | None:
    """Read a form's metadata out of the private metadata of a view; None where it holds none of ours."""
    round_id, _, rest = metadata.partition(".")
    receipt, _, opened = rest.partition(".")
    try:
        raw = bytes.fromhex(receipt)
    except ValueError:
        return None
    if not round_id or len(raw) != RECEIPT_BYTES or not re.fullmatch(r"[0-9]{0,15}", opened):
        return None
    return FormMetadata(round_id=RoundId(round_id), receipt=Receipt(raw), opened=int(opened or 0))


def parse_form(view: Payload, round_: Round, language: Language = ENGLISH) -> Draft | FieldErrors:
    """Return the draft in a submitted form of a round of any kind, or its errors by block.

    A draft does not depend on the language of the form: fields and answers have ids.
    """
    kind = round_.prompt.kind
    if kind is RoundKind.COLLECT:
        return _proposal(view, language)
    draft = parse_reply(view, round_, empty=kind not in CHOICES, language=language)
    if isinstance(draft, dict) or kind not in CHOICES:
        return draft
    if kind is RoundKind.CHOOSE:  # only choices, and none at all counts as a reply, too
        return Draft(answers=draft.answers)
    if not draft.text and not draft.tags and not any(draft.answers.values()):
        sentence = error_blocks.NOTHING_CHOSEN if round_.policy.quotes else error_blocks.NOTHING_ANSWERED
        return {f"{STATEMENT_PREFIX}{round_.prompt.statements[0].id}": language.gettext(sentence)}
    return draft


def _proposal(view: Payload, language: Language) -> Draft | FieldErrors:
    text = typed_text(view)
    if not text:
        return {TEXT_BLOCK: language.gettext(error_blocks.NO_PROPOSAL)}
    if len(text) > PROPOSAL_LIMIT:
        return {TEXT_BLOCK: error_blocks.too_long(len(text), PROPOSAL_LIMIT, language)}
    return Draft(answers={}, text=text, quotable=True)  # the form says that sending it makes it public


def parse_reply(
    view: Payload, round_: Round, *, empty: bool = True, language: Language = ENGLISH
) -> Draft | FieldErrors:
    """Return the draft in a submitted form, or what is wrong, by block; ``empty``: nothing said is wrong.

    After *No* under *Say more?* neither the text nor the tags are part of the draft, whatever the form holds.
    Where nobody is quoted, no text is.
    """
    values, more = state_values(view), chosen_more(view)
    text = typed_text(view) if round_.policy.quotes and more is not More.NO else ""
    if len(text) > TEXT_LIMIT:
        return {TEXT_BLOCK: error_blocks.too_long(len(text), TEXT_LIMIT, language)}
    offered = {str(answer) for answer in CHOICES.get(round_.prompt.kind, ANSWERS)}
    answers: dict[StatementId, int | None] = {}
    for statement in round_.prompt.statements:
        block_id = f"{STATEMENT_PREFIX}{statement.id}"
        choice = state_value(values, block_id, "answer").get("selected_option")
        answer = NOT_SAID if choice is None else mapping(choice).get("value")
        if not isinstance(answer, str) or answer not in {NOT_SAID, *offered}:
            return {block_id: language.gettext(error_blocks.NO_SUCH_ANSWER)}
        answers[statement.id] = None if answer == NOT_SAID else int(answer)
    tags = () if more is More.NO else _chosen_tags(values, round_)
    if len(tags) > MAX_TAGS:
        return {TAGS_BLOCK: error_blocks.too_many_tags(language)}
    quotable = more is More.QUOTED if more else _is_ticked(values)
    says_something = bool(text) or any(answer is not None for answer in answers.values())
    missing = _missing(
        values, round_, text=text, quotable=quotable, says_something=says_something or not empty
    )
    if missing:
        return {block_id: language.gettext(sentence) for block_id, sentence in missing.items()}
    return Draft(answers=answers, text=text, tags=tags, quotable=quotable, tenure=_tenure(values, round_))


def _missing(
    values: Payload, round_: Round, *, text: str, quotable: bool, says_something: bool
) -> FieldErrors:
    """Return what is still to be filled in, in English: a text to quote, or anything at all."""
    asks_more = MORE_BLOCK in values
    if asks_more and quotable and not text:  # the box may not be drawn yet: then at the choice that draws it
        return {TEXT_BLOCK if TEXT_BLOCK in values else MORE_BLOCK: error_blocks.NO_WORDS}
    if not says_something:
        first = (
            f"{STATEMENT_PREFIX}{round_.prompt.statements[0].id}" if round_.prompt.statements else TEXT_BLOCK
        )
        if not round_.policy.quotes:
            return {first: error_blocks.NOTHING_ANSWERED}
        return {first if asks_more else TEXT_BLOCK: error_blocks.EMPTY}
    return {QUOTE_BLOCK: error_blocks.NOTHING_TO_QUOTE} if quotable and not text else {}


def chosen_more(view: Payload) -> More | None:
    """Return what is chosen under *Say more?*; None in a form that does not ask it.

    Whatever the form does not offer counts as *No*.
    """
    values = state_values(view)
    if MORE_BLOCK not in values:
        return None
    field_ = next(iter(mapping(values[MORE_BLOCK]).values()), None)  # a preview's form has its own action id
    chosen = mapping(mapping(field_).get("selected_option")).get("value")
    return next((more for more in More if more.value == chosen), More.NO)


def filled_in(view: Payload, preview: Block | None = None) -> Filled | None:
    """Return what decides how an open form is drawn anew; None in a form that does not ask to say more."""
    more = chosen_more(view)
    return Filled(more=more, typed=bool(typed_text(view)), preview=preview) if more else None


def typed_text(view: Payload) -> str:
    """Return the text as it stands in a form that is still open."""
    text = state_value(state_values(view), TEXT_BLOCK, "text").get("value")
    return clean_text(text) if isinstance(text, str) else ""


def _tenure(values: Payload, round_: Round) -> Tenure:
    """Return the group chosen; unsaid where none was, where it is none of ours, or where it was not asked."""
    chosen = mapping(state_value(values, TENURE_BLOCK, "tenure").get("selected_option")).get("value")
    known = next((group for group in Tenure if group.value == chosen), Tenure.UNSAID)
    return known if round_.prompt.asks_tenure else Tenure.UNSAID


def _is_ticked(values: Payload) -> bool:
    """Return whether *May we quote it?* is ticked, in forms that have this box."""
    return bool(state_value(values, QUOTE_BLOCK, "allow").get("selected_options"))


def _chosen_tags(values: Payload, round_: Round) -> tuple[TagId, ...]:
    options = state_value(values, TAGS_BLOCK, "tags").get("selected_options")
    known = {tag.id for tag in round_.prompt.tags}
    chosen = (mapping(option).get("value") for option in (options if isinstance(options, list) else ()))
    return tuple(dict.fromkeys(TagId(tag) for tag in chosen if isinstance(tag, str) and tag in known))
