"""Parse the submitted forms about norms: suggest, decide, look again. Pure."""

from bot.core.model import Round, RoundKind
from bot.core.replies import Draft
from bot.slack.kit.view_state import Payload
from bot.slack.reply import error_blocks as words
from bot.slack.reply.blocks import STATEMENT_PREFIX, TEXT_BLOCK
from bot.slack.reply.forms import FieldErrors, parse_reply, typed_text
from bot.slack.reply.norm_blocks import CHOOSE_CHOICES, CONSENT_CHOICES, LOOK_AGAIN_CHOICES, PROPOSAL_LIMIT

CHOICES = {
    RoundKind.CHOOSE: {int(value) for value, _ in CHOOSE_CHOICES if value.isdecimal()},
    RoundKind.CONSENT: {int(value) for value, _ in CONSENT_CHOICES if value.isdecimal()},
    RoundKind.LOOK_AGAIN: {int(value) for value, _ in LOOK_AGAIN_CHOICES if value.isdecimal()},
}


def parse_form(view: Payload, round_: Round) -> Draft | FieldErrors:
    """Return the draft in a submitted form of a round of any kind, or its errors by block."""
    match round_.prompt.kind:
        case RoundKind.COLLECT:
            return _proposal(view)
        case RoundKind.CHOOSE:
            return _answers(view, round_)
        case RoundKind.CONSENT | RoundKind.LOOK_AGAIN:
            return _choice(view, round_)
        case _:
            return parse_reply(view, round_)


def _proposal(view: Payload) -> Draft | FieldErrors:
    text = typed_text(view)
    if not text:
        return {TEXT_BLOCK: words.NO_PROPOSAL}
    if len(text) > PROPOSAL_LIMIT:
        return {TEXT_BLOCK: words.too_long(len(text), PROPOSAL_LIMIT)}
    return Draft(answers={}, text=text, quotable=True)  # the form says that sending it makes it public


def _answers(view: Payload, round_: Round) -> Draft | FieldErrors:
    """Return a reply that has only choices. A reply without any choice counts as a reply, too."""
    draft = _chosen(view, round_)
    return draft if isinstance(draft, dict) else Draft(answers=draft.answers)


def _choice(view: Payload, round_: Round) -> Draft | FieldErrors:
    """Return a reply to a statement that has its own answers. It needs an answer, a text or a tag."""
    draft = _chosen(view, round_)
    if isinstance(draft, dict):
        return draft
    if not draft.text and not draft.tags and not any(draft.answers.values()):
        sentence = words.NOTHING_CHOSEN if round_.policy.quotes else words.NOTHING_ANSWERED
        return {f"{STATEMENT_PREFIX}{round_.prompt.statements[0].id}": sentence}
    return draft


def _chosen(view: Payload, round_: Round) -> Draft | FieldErrors:
    """Return a reply, or an error if it has an answer that its kind of round does not offer."""
    draft = parse_reply(view, round_, empty=False)
    if isinstance(draft, dict):
        return draft
    for statement, answer in draft.answers.items():
        if answer is not None and answer not in CHOICES[round_.prompt.kind]:
            return {f"{STATEMENT_PREFIX}{statement}": words.NO_SUCH_ANSWER}
    return draft
