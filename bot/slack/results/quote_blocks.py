"""The form that takes a published quote down, and its outcomes."""

from collections.abc import Mapping, Sequence

from bot.core.language import ENGLISH, N_, Language
from bot.core.model import MemberId, QuoteId, Round
from bot.service.quotes import QuoteOutcome
from bot.slack.kit.builders import (
    Block,
    View,
    context,
    input_block,
    modal,
    notice,
    one_of,
    option,
    quoted,
    section,
    whom_to_tell,
)
from bot.slack.kit.limits import ROOM_IN_A_MODAL, TEXT_ROOM, cut

CHOICE_BLOCK = "quote.choice"
CHOICE_ACTION = "quote"

LISTED = 60
"""Quotes in the form: a view holds 100 blocks and 250 kB."""


_FOR_MEMBERS = N_(
    "Is there a quote that should not stand here, about you or about anybody? Choose it and ask. Nobody learns "
    "that it was you: neither your name nor the time is kept, only the day. An admin decides."
)
_FOR_ADMINS = N_(
    "You are an admin, so the quote you choose is taken out of the summary at once and for good. A line will say "
    "on which day. That it was you is recorded; what the quote said is not."
)


def choice_modal(
    round_: Round, quotes: Mapping[QuoteId, str], *, admin: bool, language: Language = ENGLISH
) -> View:
    """Return the form in which a quote is chosen; an admin removes it, others ask for that."""
    listed = list(quotes.items())[:LISTED]
    room = min(TEXT_ROOM, ROOM_IN_A_MODAL // len(listed))
    # Translators: On the button of an admin who takes a quote down.
    take_it_down = language.gettext("Take it down")
    # Translators: On the button of a member who asks that a quote be taken down.
    ask = language.pgettext("button", "Ask")
    return modal(
        language.gettext("Take a quote down"),
        [
            section(language.gettext(_FOR_ADMINS if admin else _FOR_MEMBERS)),
            *(
                section(f"*{number}.*\n{cut(quoted(text), room)}")
                for number, (_, text) in enumerate(listed, start=1)
            ),
            input_block(CHOICE_BLOCK, language.pgettext("quote", "Which one?"), _choice(listed, language)),
            context(language.gettext("The numbers of the summary never change.")),
        ],
        submit=take_it_down if admin else ask,
        close=language.pgettext("button", "Not now"),
        callback_id="quote.remove" if admin else "quote.ask",
        private_metadata=round_.id,
    )


def outcome_notice(
    outcome: QuoteOutcome, admins: Sequence[MemberId] = (), language: Language = ENGLISH
) -> View:
    """Return the outcome. ``admins``: whom to tell when it is urgent."""
    title, text = _OUTCOMES[outcome]
    whom = whom_to_tell(admins, language)
    return notice(language.gettext(title), language.gettext(text, whom=whom), language)


_OUTCOMES = {
    QuoteOutcome.ASKED: (
        # Translators: Somebody has asked that a quote be taken down; a title of at most 24 letters.
        N_("Asked"),
        # Translators: {whom} is an admin, or several: “@Ana or @Ben”, “an admin of this workspace”.
        N_(
            "Thank you. Every admin who may see this channel finds your request in the Home tab of Belonging Bot, "
            "without your name. In a private channel that must be one of its members. If there is none, or it is "
            "urgent, tell {whom}; they will then know that it was you."
        ),
    ),
    QuoteOutcome.REMOVED: (
        N_("Taken down"),
        N_(
            "The quote is gone from the summary, and from what the bot has stored. A line in its place says on "
            "which day. What Slack itself has kept or exported is out of the bot’s reach."
        ),
    ),
    # Translators: Of a quote; a title of at most 24 letters.
    QuoteOutcome.KEPT: (N_("It stays"), N_("The quote stays in the summary, and the request is gone.")),
    QuoteOutcome.GONE: (
        N_("Gone already"),
        N_("This quote has been taken down already. There is nothing left to do."),
    ),
    QuoteOutcome.NOT_AN_ADMIN: (
        # Translators: Something is for admins only; a title of at most 24 letters.
        N_("For admins"),
        # Translators: {whom} is an admin, or several: “@Ana or @Ben”, “an admin of this workspace”.
        N_(
            "Only admins decide whether a quote is taken down. You can ask for it: press *Take a quote down* in "
            "the summary, or tell {whom}."
        ),
    ),
}
"""The title and the text of each outcome."""


def _choice(listed: Sequence[tuple[QuoteId, str]], language: Language) -> Block:
    # A long option is cut to Slack's limit; the whole text is shown above.
    options = [option(f"{number}. {text}", key) for number, (key, text) in enumerate(listed, start=1)]
    return one_of(CHOICE_ACTION, options, language.gettext("Choose a quote"))
