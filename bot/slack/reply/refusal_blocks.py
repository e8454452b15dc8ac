"""Why a form does not open, or a reply is not taken, and what can be done."""

from bot.core.language import ENGLISH, N_, Language
from bot.core.model import Round, RoundState
from bot.service.replies import Refusal, ReplyOutcome
from bot.slack.kit.builders import View, moment, notice
from bot.slack.kit.round_words import is_gathering, proposes


def refusal_notice(
    refusal: Refusal | ReplyOutcome, round_: Round | None, language: Language = ENGLISH
) -> View:
    """Say why there is no form, and what can be done."""
    texts = OF_PROPOSALS if round_ and proposes(round_) else OF_REPLIES
    if refusal.value == "not_found" and not _is_cancelled(round_):
        # Translators: the title of a notice, at most 24 characters.
        return notice(language.gettext("Nothing found"), _nothing_found(round_, language), language)
    title, text = texts[CANCELLED if _is_cancelled(round_) else refusal.value]
    return notice(language.gettext(title), language.gettext(text), language)


def _is_cancelled(round_: Round | None) -> bool:
    return round_ is not None and round_.state is RoundState.CANCELLED


def _nothing_found(round_: Round | None, language: Language) -> str:
    if round_ and proposes(round_):
        nothing = language.gettext(
            "There is no proposal for this receipt. It may have been withdrawn already."
        )
    else:
        nothing = language.gettext("There is no reply for this receipt. It may have been withdrawn already.")
    return f"{nothing} {_try_again(round_, language)}" if round_ else nothing


def _try_again(round_: Round, language: Language) -> str:
    if is_gathering(round_):
        return language.gettext("You can hand in another one until it is shown.")
    closes = moment(round_.closes_at, round_.zone, language)
    if proposes(round_):
        return language.gettext("You can hand in another one until {closes}.", closes=closes)
    return language.gettext("You can reply again until {closes}.", closes=closes)


CANCELLED = "cancelled"

OF_REPLIES = {
    CANCELLED: (
        # Translators: a title, at most 24 characters.
        N_("This was cancelled"),
        N_(
            "This question takes no more replies. Those that were there have been destroyed, and nothing is published."
        ),
    ),
    "already_replied": (
        # Translators: a title, at most 24 characters.
        N_("You have replied"),
        N_(
            "You have already replied to this question. To change or withdraw your reply, open the *Home* tab of "
            "Belonging Bot: your receipt is there. If it is not, it was lost, and nobody can find your reply; "
            "it then counts as it is."
        ),
    ),
    "closed": (
        # Translators: a title, at most 24 characters.
        N_("This question is closed"),
        N_("It takes no more replies. The channel gets its summary, and `/belonging summary` shows it, too."),
    ),
    "not_a_member": (
        # Translators: a title, at most 24 characters: who may reply.
        N_("For channel members"),
        N_(
            "This question is for the members of the channel in which it was asked. Guests and people of other "
            "companies are not counted, so that nobody’s answer can be told apart. If you have just joined, "
            "please try again in a minute."
        ),
    ),
    "joined_later": (
        # Translators: a title, at most 24 characters.
        N_("The next one is yours"),
        N_(
            "Good that you are here! This question was asked before you came to the channel, so it is for those who "
            "were there then. The next one is yours, too."
        ),
    ),
    "key_lost": (
        # Translators: a title, at most 24 characters.
        N_("This question has ended"),
        N_(
            "The key or the replies of this question were lost or damaged, so nothing can be saved or read any more. "
            "We are sorry. The next question comes as planned."
        ),
    ),
    "unknown_round": (
        # Translators: a title, at most 24 characters.
        N_("This question is gone"),
        N_("The bot does not know this question any more. The next one comes as planned."),
    ),
}
"""Title and text of each refusal, in rounds that take replies."""

OF_PROPOSALS = {
    CANCELLED: (
        # Translators: a title, at most 24 characters.
        N_("This was cancelled"),
        N_(
            "No more proposals are taken this time. Those that were there have been destroyed, and nothing is published."
        ),
    ),
    "already_replied": (
        # Translators: a title, at most 24 characters: a proposal was made already.
        N_("You have proposed"),
        N_(
            "Your proposal waits already; there is one for each of us. To change or withdraw it, open the *Home* tab "
            "of Belonging Bot: your receipt is there. If it is not, it was lost, and nobody can find your proposal; "
            "it then stays as it is."
        ),
    ),
    "not_a_member": (
        # Translators: a title, at most 24 characters: who may reply.
        N_("For channel members"),
        N_(
            "Proposals come from the members of the channel. Guests and people of other workspaces are not counted, "
            "so that nobody can be told apart. If you have just joined, please try again in a minute."
        ),
    ),
    "closed": (
        # Translators: a title, at most 24 characters: the proposals have been collected.
        N_("These are in"),
        N_(
            "No more proposals are taken this time. The channel gets those that were made, if there are enough. What "
            "comes to your mind now waits for the next time: `/belonging propose`."
        ),
    ),
    "joined_later": (
        # Translators: a title, at most 24 characters.
        N_("The next time is yours"),
        N_(
            "Good that you are here! This time, proposals come from those who were in the channel when it was asked "
            "for them. The next time is yours, too."
        ),
    ),
    "key_lost": (
        # Translators: a title, at most 24 characters.
        N_("No proposals this time"),
        N_(
            "The key or the proposals were lost or damaged, so nothing can be saved or read any more. We are sorry. "
            "The next question comes as planned."
        ),
    ),
    "unknown_round": (
        # Translators: a title, at most 24 characters: of proposals.
        N_("These are gone"),
        N_("The bot does not know these proposals any more. The next question comes as planned."),
    ),
}
"""The same, in rounds that take proposals."""
