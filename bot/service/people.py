"""Who may do what: the two questions about a member that verbs ask."""

from bot.core.model import ChannelId, MemberId
from bot.errors import BotError, SlackError
from bot.ports import Desk


def is_admin(desk: Desk, member: MemberId) -> bool:
    """Whether this member may decide: named in the configuration, or an admin or owner of the workspace.

    Where Slack cannot be asked, only the named ones may.
    """
    if member in desk.settings.admins:
        return True
    try:
        return desk.directory.is_admin(member)
    except SlackError:
        return False


def is_in(desk: Desk, channel: ChannelId, member: MemberId) -> bool:
    """Whether this member belongs to the channel's audience; no, where Slack cannot be asked."""
    try:
        return member in desk.directory.audience(channel)
    except BotError:
        return False
