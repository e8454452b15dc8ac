"""Who is where, and who may do what: the questions about members that are asked."""

from collections.abc import Iterable

from bot.core.model import ChannelId, MemberId
from bot.errors import BotError, SlackError, SlackUnavailableError
from bot.ports import Desk, Directory


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


def channels_of(desk: Desk, member: MemberId) -> frozenset[ChannelId]:
    """The channels in whose audience this member is; none, where Slack cannot be asked."""
    try:
        return desk.directory.channels_of(member)
    except BotError:
        return frozenset()


def audiences(directory: Directory, channels: Iterable[ChannelId]) -> dict[ChannelId, frozenset[MemberId]]:
    """Who could reply now in each of these channels; nobody, where the bot sees a channel no more.

    Raises ``SlackUnavailableError``.
    """
    return {channel: _audience_if_known(directory, channel) for channel in channels}


def _audience_if_known(directory: Directory, channel: ChannelId) -> frozenset[MemberId]:
    try:
        return directory.audience(channel)
    except SlackUnavailableError:
        raise
    except BotError:
        return frozenset()
