"""What somebody reads who is not asked in a channel, or asks where there is none."""

from bot.slack.kit.builders import Block, View, notice, section
from bot.slack.schedule.blocks import REFUSALS

NOT_HERE = (
    "This is for the full members of that channel. Guests, people of other companies and whoever has left it are not "
    "asked, and see no results here. If you are a member and read this, please try again in a minute."
)

SHARED_TODAY = (
    "This was shared in the channel today already, so it is not posted again. From tomorrow on it can be. "
    "`/belonging summary` shows it to whoever asks."
)


def not_here() -> View:
    """Said to somebody outside who pressed a button, perhaps an old one."""
    return notice("Not here", NOT_HERE)


def not_here_answer(unseen: str = "") -> tuple[str, list[Block]]:
    """The same, as the answer to a command. ``unseen``: why the bot cannot look at the channel, if so."""
    text = REFUSALS.get(unseen, NOT_HERE)
    return text, [section(text)]


def not_here_notice(unseen: str) -> View:
    """The same, as a modal that a command opens."""
    return notice("Not here", REFUSALS.get(unseen, NOT_HERE))


def shared_today() -> View:
    """Said to whoever would share a second time in a day."""
    return notice("Shared already", SHARED_TODAY)


def in_channels_only(word: str) -> tuple[str, list[Block]]:
    """The answer to a command that needs a channel, typed in a direct or group message."""
    text = (
        f"`/belonging {word}` works in channels, and this is a direct or group message. Please open the channel that "
        "you mean, and type it there: the *Home* tab of Belonging Bot names yours. `/belonging privacy` and "
        "`/belonging help` work everywhere."
    )
    return text, [section(text)]
