"""*Preview*: the announcement and the form as members would see them, with a note that nothing counts."""

from typing import Any

from bot.core.model import Round, SupportCard
from bot.slack.kit.builders import Block, View, divider, escape, modal, notice, section
from bot.slack.kit.privacy import promise_blocks
from bot.slack.reply.announcement_blocks import announcement
from bot.slack.reply.norm_blocks import form_of, preview_of

SEND = "preview.send"

ACTIONS = {"reply.open": "preview.reply", "privacy.open": "preview.privacy", "quote.preview": "preview.quote"}
"""What stands in place of the buttons of a real round."""

NOTE = "*Only you see this.* Nothing is stored, and no round is open."
"""On top of everything that is tried out."""


def preview_announcement(round_: Round, metadata: str) -> View:
    """The question as it would stand in the channel."""
    lead = section(f"{NOTE} This is how the next question would look in <#{escape(round_.channel)}>:")
    return modal(
        "Preview",
        [lead, divider(), *(_tried(block) for block in announcement(round_))],
        close="Back",
        callback_id="preview.read",
        private_metadata=metadata,
    )


def preview_form(round_: Round, support: SupportCard, metadata: str) -> View:
    """The form behind *Reply without your name*."""
    view = form_of(round_, support, metadata)
    blocks = [section(NOTE), divider(), *(_tried(block) for block in view["blocks"])]
    return view | {"callback_id": SEND, "blocks": blocks}


def preview_promise(round_: Round, metadata: str) -> View:
    """*How this stays anonymous*, with the rules that the round would have."""
    return modal(
        "How it stays anonymous",
        [section(NOTE), divider(), *promise_blocks(round_.policy, kind=round_.prompt.kind)],
        close="Back",
        callback_id="preview.read",
        private_metadata=metadata,
    )


def preview_quote(round_: Round, redacted: str | None) -> Block:
    """How a text would read once it is shown to everybody."""
    block: Block = _tried(preview_of(round_, redacted))
    return block


def preview_sent() -> View:
    """After *Send*: what members would be told, and that nothing of it has happened."""
    return notice(
        "That was it",
        "Nothing was stored. A member would read now that the reply is saved without a name, when the summary comes, "
        "and how to change or withdraw it.",
    )


NO_PROMPTS = "The prompts of this schedule are not there any more. Please choose others."
NO_SUPPORT = (
    "Members are told whom they can turn to, and config.yaml names nobody yet. Please ask whoever runs the bot to "
    "set `support.contact`; before that, no round opens."
)
"""Why there is nothing to try."""


def nothing_to_preview(sentence: str) -> View:
    """A modal with such a sentence."""
    return notice("Nothing to try yet", sentence)


def _tried(part: Any) -> Any:
    """A block whose buttons lead to the trial, not to a round."""
    if isinstance(part, list):
        return [_tried(one) for one in part]
    if not isinstance(part, dict):
        return part
    changed = {key: _tried(value) for key, value in part.items()}
    action = changed.get("action_id")
    return changed | {"action_id": ACTIONS[action]} if action in ACTIONS else changed
