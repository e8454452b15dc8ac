"""What a member reads after sending, changing or withdrawing a reply."""

from bot.core.language import ENGLISH, Language
from bot.core.model import Round, SupportCard
from bot.core.release import LEAST_PROPOSALS
from bot.service.replies import ReplyOutcome
from bot.slack.kit.builders import (
    View,
    actions,
    button,
    context,
    modal,
    moment,
    notice,
    section,
)
from bot.slack.kit.privacy import care_after
from bot.slack.kit.round_words import is_gathering, own_reply_buttons, proposes

KEEP_ACTION = "reply.keep"


def thanks(
    round_: Round,
    support: SupportCard,
    metadata: str,
    outcome: ReplyOutcome,
    home_link: str = "",
    language: Language = ENGLISH,
) -> View:
    """Return the step after sending: saved, what happens next, keep the receipt, change or withdraw.

    ``home_link`` opens the Home tab, which keeps the receipt; empty where Slack did not say which app this is.
    """
    # Translators: a button, at most 30 characters. With the receipt somebody can change their reply later.
    keep = button(language.gettext("Keep my receipt"), KEEP_ACTION, style="primary") | {"url": home_link}
    return modal(
        # Translators: the title of a modal, at most 24 characters.
        language.gettext("Thank you"),
        [
            section(f"{_what_was_done(round_, outcome, language)} {_what_follows(round_, language)}"),
            actions(
                "reply.mine",
                *([keep] if home_link else []),
                *own_reply_buttons(round_, language),
            ),
            context(
                f"{_how_to_keep(language, has_button=bool(home_link))} {_with_the_receipt(round_, language)}"
            ),
            care_after(support, language),
        ],
        # Translators: the button that closes a modal, at most 24 characters.
        close=language.pgettext("button", "Done"),
        callback_id="reply.thanks",
        private_metadata=metadata,
    )


def home_link(team: str, app: str) -> str:
    """Return the link that opens the app's Home tab in Slack; empty where one of the ids is not known.

    Source: docs.slack.dev, "Deep linking into Slack".
    """
    return f"slack://app?team={team}&id={app}&tab=home" if team and app else ""


def withdrawn(round_: Round, language: Language) -> View:
    """Return what is said after withdrawing: nothing is left, and another reply is welcome."""
    # Translators: the title of a notice, at most 24 characters: something was withdrawn.
    return notice(language.gettext("Withdrawn"), _what_was_withdrawn(round_, language), language)


def _what_was_withdrawn(round_: Round, language: Language) -> str:
    if is_gathering(round_):
        return language.gettext(
            "Your proposal is gone, and so is the mark that you had handed one in. You can hand in another one until "
            "it is shown, or leave it at that."
        )
    closes = moment(round_.closes_at, round_.zone, language)
    if proposes(round_):
        return language.gettext(
            "Your proposal is gone, and so is the mark that you had handed one in. You can hand in another one until "
            "{closes}, or leave it at that.",
            closes=closes,
        )
    return language.gettext(
        "Your reply is gone, and so is the mark that you had replied. You can reply again until {closes}, or leave it "
        "at that.",
        closes=closes,
    )


def _what_was_done(round_: Round, outcome: ReplyOutcome, language: Language) -> str:
    if outcome is ReplyOutcome.SAVED:
        return language.gettext("*Saved, without your name.*")
    if proposes(round_):
        return language.gettext("*Changed.* Your new proposal has taken the place of the old one.")
    return language.gettext("*Changed.* Your new reply has taken the place of the old one.")


def _how_to_keep(language: Language, *, has_button: bool) -> str:
    if has_button:
        # Translators: "Keep my receipt" is a button.
        return language.gettext(
            "*Keep my receipt* opens the Home tab of Belonging Bot, which keeps it on your side."
        )
    return language.gettext(
        "*To keep your receipt*, open the Home tab of Belonging Bot once today: it stays there, on your side."
    )


def _with_the_receipt(round_: Round, language: Language) -> str:
    """Say what the receipt is for."""
    if is_gathering(round_):
        return language.gettext(
            "With it you can change or withdraw your proposal until it is shown. Without it nobody can find your "
            "proposal."
        )
    closes = moment(round_.closes_at, round_.zone, language)
    if proposes(round_):
        return language.gettext(
            "With it you can change or withdraw your proposal until {closes}. Without it nobody can find your "
            "proposal.",
            closes=closes,
        )
    return language.gettext(
        "With it you can change or withdraw your reply until {closes}. Without it nobody can find your reply.",
        closes=closes,
    )


def _what_follows(round_: Round, language: Language) -> str:
    """Say when something of it is seen, and by whom."""
    closes = moment(round_.closes_at, round_.zone, language)
    if not proposes(round_):
        return language.gettext(
            "The channel sees the summary when the question closes, {closes}. Until then nobody sees anything.",
            closes=closes,
        )
    least = language.number_in_words(LEAST_PROPOSALS)
    if is_gathering(round_):
        return language.ngettext(
            "It waits sealed, and is published when one of this channel’s questions closes, together with the others, "
            "if there is {number} proposal then. Until then nobody sees anything.",
            "It waits sealed, and is published when one of this channel’s questions closes, together with the others, "
            "if there are {number} different ones then. Until then nobody sees anything.",
            LEAST_PROPOSALS,
            number=least,
        )
    return language.ngettext(
        "It waits sealed, and is published {closes}, together with the others, if there is {number} proposal then. "
        "Until then nobody sees anything.",
        "It waits sealed, and is published {closes}, together with the others, if there are {number} different ones "
        "then. Until then nobody sees anything.",
        LEAST_PROPOSALS,
        number=least,
        closes=closes,
    )
