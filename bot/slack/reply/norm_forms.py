"""What comes back from the forms of a norm: proposals, consent, looking again. Pure."""

from bot.core.model import Round, RoundKind
from bot.core.replies import Draft
from bot.slack.norms.blocks import CHOICE_ACTION, CHOICE_BLOCK, REASON_ACTION, REASON_BLOCK
from bot.slack.reply import error_blocks as words
from bot.slack.reply.blocks import ITEM_PREFIX, TEXT_BLOCK
from bot.slack.reply.forms import (
    FieldErrors,
    Payload,
    clean_text,
    field_value,
    mapping,
    parse_reply,
    typed_text,
)
from bot.slack.reply.norm_blocks import CONSENT_CHOICES, LOOK_AGAIN_CHOICES, PROPOSAL_LIMIT

CHOICES = {
    RoundKind.CONSENT: {int(value) for value, _ in CONSENT_CHOICES if value.isdecimal()},
    RoundKind.LOOK_AGAIN: {int(value) for value, _ in LOOK_AGAIN_CHOICES if value.isdecimal()},
}


def parse_form(view: Payload, round_: Round) -> Draft | FieldErrors:
    """The draft in a submitted form of a round of any kind, or what is wrong with it, by block."""
    match round_.prompt.kind:
        case RoundKind.COLLECT:
            return _proposal(view)
        case RoundKind.CONSENT | RoundKind.LOOK_AGAIN:
            return _choice(view, round_)
        case _:
            return parse_reply(view, round_)


def parse_take_down(view: Payload) -> tuple[str, str]:
    """The norm chosen to be taken down, and the reason; empty where there is none."""
    chosen = mapping(field_value(view, CHOICE_BLOCK, CHOICE_ACTION).get("selected_option")).get("value")
    reason = field_value(view, REASON_BLOCK, REASON_ACTION).get("value")
    return (
        chosen if isinstance(chosen, str) else "",
        " ".join(clean_text(reason).split()) if isinstance(reason, str) else "",
    )


def _proposal(view: Payload) -> Draft | FieldErrors:
    text = typed_text(view)
    if not text:
        return {TEXT_BLOCK: words.NO_PROPOSAL}
    if len(text) > PROPOSAL_LIMIT:
        return {TEXT_BLOCK: words.too_long(len(text), PROPOSAL_LIMIT)}
    return Draft(answers={}, text=text, quotable=True)  # whoever sends it makes it public: the form says so


def _choice(view: Payload, round_: Round) -> Draft | FieldErrors:
    """A reply whose one statement has its own answers; without any, a text or tags are something, too."""
    draft = parse_reply(view, round_, empty=False)
    if isinstance(draft, dict):
        return draft
    for item, answer in draft.answers.items():
        if answer is not None and answer not in CHOICES[round_.prompt.kind]:
            return {f"{ITEM_PREFIX}{item}": words.NO_SUCH_ANSWER}
    if not draft.text and not draft.tags and not any(draft.answers.values()):
        return {f"{ITEM_PREFIX}{round_.prompt.items[0].id}": words.NOTHING_CHOSEN}
    return draft
