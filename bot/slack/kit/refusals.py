"""Build refusals: for people outside a channel, and for commands that cannot be answered here."""

from collections.abc import Mapping

from bot.core.language import ENGLISH, N_, Language
from bot.slack.kit.builders import Block, View, notice, section

NOT_HERE = N_(
    "This is for the full members of that channel. Guests, people of other companies and whoever has left it are not "
    "asked, and see no results here. If you are a member and read this, please try again in a minute."
)

SHARED_TODAY = N_(
    "This was shared in the channel today already, so it is not posted again. From tomorrow on it can be. "
    "`/belonging summary` shows it to whoever asks."
)


def not_here(language: Language) -> View:
    """Return the notice for somebody outside the channel who pressed a button."""
    return not_here_notice("", language)


def not_here_answer(unseen: str = "", language: Language = ENGLISH) -> tuple[str, list[Block]]:
    """Return the same notice as the answer to a command. ``unseen``: why the bot cannot see the channel."""
    why = REFUSALS.get(unseen, NOT_HERE)
    text = language.gettext(why)
    return text, [section(text)]


def not_here_notice(unseen: str, language: Language) -> View:
    """Return the same notice as a modal that a command opens. ``unseen``: as in ``not_here_answer``."""
    why = REFUSALS.get(unseen, NOT_HERE)
    return notice(language.gettext("Not here"), language.gettext(why), language)


def shared_today(language: Language) -> View:
    """Return the notice for a second share on the same day."""
    return notice(language.gettext("Shared already"), language.gettext(SHARED_TODAY), language)


def in_channels_only(word: str, language: Language) -> tuple[str, list[Block]]:
    """Return the answer to a channel command in a direct or group message."""
    text = language.gettext(
        "`/belonging {word}` works in channels, and this is a direct or group message. Please open the channel that "
        "you mean, and type it there: the *Home* tab of Belonging Bot names yours. `/belonging privacy` and "
        "`/belonging help` work everywhere.",
        word=word,
    )
    return text, [section(text)]


REFUSALS: Mapping[str, str] = {
    "clock": N_(
        "The clock of the machine that I run on is wrong, so nothing is asked until it is right. Please tell "
        "whoever runs the bot."
    ),
    "gone": N_("This schedule is gone; somebody has deleted it meanwhile."),
    "no_support_contact": N_(
        "Nothing is asked before it is clear whom people can turn to. Please ask whoever runs the bot to name "
        "them in config.yaml, under `support.contact`."
    ),
    "rests": N_("These statements rest, for at most four weeks."),
    "not_in_channel": N_("I am not in this channel yet. Type `/invite @belonging` here, and try again."),
    "channel_not_found": N_("I am not in this channel yet. Type `/invite @belonging` here, and try again."),
    "missing_scope": N_(
        "This is no channel that I may look at. Please open the channel that you mean, and type it there."
    ),
    "is_archived": N_("This channel is archived, so nobody could reply. Unarchive it first, and try again."),
    "restricted_action": N_(
        "Slack does not let me post here. Somebody who manages this channel can change that, in its settings "
        "under *Posting permissions*."
    ),
    "slack_unavailable": N_(
        "Slack did not answer just now, so nothing was asked. Please try again in a minute."
    ),
}
"""Sentences by reason, for reasons whose sentences need no other facts."""
