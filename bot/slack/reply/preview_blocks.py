"""Preview: the announcement and the form as members would see them, with a note that nothing counts."""

from typing import Any

from bot.core.language import ENGLISH, N_, Language
from bot.core.model import Round, RoundKind, SupportCard
from bot.slack.kit.builders import Block, View, channel_link, divider, escape, modal, notice, section
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

NOTE = N_("*Only you see this.* Nothing is stored, and nobody is asked.")
"""On top of every preview."""


def preview_announcement(
    round_: Round, metadata: str, channel_language: Language = ENGLISH, language: Language = ENGLISH
) -> View:
    """Return the question as it would stand in the channel. ``channel_language``: the language of the channel."""
    channel = channel_link(escape(round_.channel))
    so_it_looks = language.gettext("This is how the next question would look in {channel}:", channel=channel)
    lead = section(f"{language.gettext(NOTE)} {so_it_looks}")
    return modal(
        # Translators: the title of a modal, at most 24 characters: how a question would look.
        language.pgettext("title", "Preview"),
        [lead, divider(), *(_tried(block) for block in announcement(round_, language=channel_language))],
        close=_back(language),
        callback_id="preview.read",
        private_metadata=metadata,
    )


def preview_form(
    round_: Round,
    support: SupportCard,
    metadata: str,
    filled: Filled | None = None,
    language: Language = ENGLISH,
) -> View:
    """Return the form behind *Reply without your name*; ``filled``: what is filled in so far."""
    if round_.prompt.kind is RoundKind.REFLECT:
        view = reply_form(round_, support, metadata, filled=filled, language=language)
    else:
        view = form_of(round_, support, metadata, language=language)
    blocks = [section(language.gettext(NOTE)), divider(), *(_tried(block) for block in view["blocks"])]
    return view | {"callback_id": SEND, "blocks": blocks}


def preview_promise(round_: Round, metadata: str, language: Language) -> View:
    """Return *How this stays confidential*, with the rules that the question would have."""
    promise = promise_blocks(round_.policy, kind=round_.prompt.kind, language=language)
    return modal(
        # Translators: the title of a modal, at most 24 characters.
        language.gettext("What stays confidential"),
        [section(language.gettext(NOTE)), divider(), *promise],
        close=_back(language),
        callback_id="preview.read",
        private_metadata=metadata,
    )


def preview_quote(round_: Round, redacted: str | None, language: Language) -> Block:
    """Show how a text would read once everybody sees it."""
    block: Block = _tried(preview_of(round_, redacted, language))
    return block


def preview_sent(language: Language) -> View:
    """Say after *Send* what members would be told, and that nothing of it has happened."""
    return notice(
        # Translators: the title of a notice, at most 24 characters: the preview is over.
        language.gettext("That was it"),
        language.gettext(
            "Nothing was stored. A member would read now that the reply is saved without a name, when the summary "
            "comes, and how to keep the receipt with which it can be changed or withdrawn."
        ),
        language,
    )


NO_PROMPTS = N_("The prompts of this schedule are not there any more. Please choose others.")
NO_SUPPORT = N_(
    "Members are told whom they can turn to, and config.yaml names nobody yet. Please ask whoever runs the bot to "
    "set `support.contact`; before that, nothing is asked."
)
"""Why there is nothing to preview."""


def nothing_to_preview(sentence: str, language: Language) -> View:
    """Return a modal with one of these sentences."""
    # Translators: the title of a notice, at most 24 characters.
    return notice(language.gettext("Nothing to preview yet"), language.gettext(sentence), language)


def _back(language: Language) -> str:
    # Translators: the button that closes a modal on top of another one, at most 24 characters.
    return language.pgettext("button", "Back")


def _tried(part: Any) -> Any:
    """Return a block whose buttons lead to the preview, not to a real question."""
    if isinstance(part, list):
        return [_tried(one) for one in part]
    if not isinstance(part, dict):
        return part
    changed = {key: _tried(value) for key, value in part.items()}
    action = changed.get("action_id")
    return changed | {"action_id": ACTIONS[action]} if action in ACTIONS else changed
