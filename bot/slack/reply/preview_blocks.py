"""Preview: the announcement and the form as members would see them, with a note that nothing counts."""

from typing import Any

from bot.core.model import Round, RoundKind, SupportCard
from bot.slack.kit.builders import Block, View, divider, escape, modal, notice, section
from bot.slack.kit.privacy import promise_blocks
from bot.slack.reply.announcement_blocks import announcement
from bot.slack.reply.blocks import MORE_ACTION, Filled, reply_form
from bot.slack.reply.norm_blocks import form_of, preview_of

SEND = "preview.send"

MORE = "preview.more"

ACTIONS = {
    "reply.open": "preview.reply",
    "privacy.open": "preview.privacy",
    "quote.preview": "preview.quote",
    MORE_ACTION: MORE,
}
"""The actions of a real question, and what stands in their place."""

NOTE = "*Only you see this.* Nothing is stored, and nobody is asked."
"""On top of every preview."""


def preview_announcement(round_: Round, metadata: str) -> View:
    """Return the question as it would stand in the channel."""
    lead = section(f"{NOTE} This is how the next question would look in <#{escape(round_.channel)}>:")
    return modal(
        "Preview",
        [lead, divider(), *(_tried(block) for block in announcement(round_))],
        close="Back",
        callback_id="preview.read",
        private_metadata=metadata,
    )


def preview_form(round_: Round, support: SupportCard, metadata: str, filled: Filled | None = None) -> View:
    """Return the form behind *Reply without your name*; ``filled``: what is filled in so far."""
    if round_.prompt.kind is RoundKind.REFLECT:
        view = reply_form(round_, support, metadata, filled=filled)
    else:
        view = form_of(round_, support, metadata)
    blocks = [section(NOTE), divider(), *(_tried(block) for block in view["blocks"])]
    return view | {"callback_id": SEND, "blocks": blocks}


def preview_promise(round_: Round, metadata: str) -> View:
    """Return *How this stays confidential*, with the rules that the question would have."""
    return modal(
        "What stays confidential",
        [section(NOTE), divider(), *promise_blocks(round_.policy, kind=round_.prompt.kind)],
        close="Back",
        callback_id="preview.read",
        private_metadata=metadata,
    )


def preview_quote(round_: Round, redacted: str | None) -> Block:
    """Show how a text would read once everybody sees it."""
    block: Block = _tried(preview_of(round_, redacted))
    return block


def preview_sent() -> View:
    """Say after *Send* what members would be told, and that nothing of it has happened."""
    return notice(
        "That was it",
        "Nothing was stored. A member would read now that the reply is saved without a name, when the summary comes, "
        "and how to keep the receipt with which it can be changed or withdrawn.",
    )


NO_PROMPTS = "The prompts of this schedule are not there any more. Please choose others."
NO_SUPPORT = (
    "Members are told whom they can turn to, and config.yaml names nobody yet. Please ask whoever runs the bot to "
    "set `support.contact`; before that, nothing is asked."
)
"""Why there is nothing to preview."""


def nothing_to_preview(sentence: str) -> View:
    """Return a modal with such a sentence."""
    return notice("Nothing to preview yet", sentence)


def _tried(part: Any) -> Any:
    """Return a block whose buttons lead to the preview, not to a real question."""
    if isinstance(part, list):
        return [_tried(one) for one in part]
    if not isinstance(part, dict):
        return part
    changed = {key: _tried(value) for key, value in part.items()}
    action = changed.get("action_id")
    return changed | {"action_id": ACTIONS[action]} if action in ACTIONS else changed
