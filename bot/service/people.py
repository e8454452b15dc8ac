"""Who is in which channel, and who may do and see what.

People of other companies, guests and people who have left may do and see nothing. Where Slack cannot be
asked, the answer is no.
"""

from collections.abc import Iterable

from bot.core.language import Language, base_of
from bot.core.model import ChannelId, MemberId
from bot.errors import BotError, SlackError, SlackUnavailableError, StoppingError
from bot.ports import Directory, Services


def is_admin(services: Services, member: MemberId, channel: ChannelId | None = None) -> bool:
    """Return whether this is a full member who is a configured admin, or an admin or owner in Slack.

    ``channel``: the one about which they decide; an admin of one workspace decides nothing in another.
    """
    try:
        if services.directory.is_admin(member, channel):
            return True
        return member in services.settings.admins and services.directory.counts(member)
    except SlackError:
        return False


def language_for(services: Services, member: MemberId, *others: str) -> Language:
    """Return the language of the locale to which a member has set Slack.

    ``others``: the locales to use where the bot does not speak it, or Slack cannot be asked; then English.
    """
    return own_language(services, member) or services.languages.best(*others)


def own_language(services: Services, member: MemberId) -> Language | None:
    """Return the language of the locale to which a member has set Slack.

    None where the bot does not speak it, or Slack cannot be asked.
    """
    try:
        return services.languages.find(services.directory.locale(member))
    except SlackError:
        return None


def has_several_languages(services: Services, channel: ChannelId) -> bool:
    """Return whether the people of a channel have set Slack to different languages.

    Regions do not count. Where Slack does not say it, the answer is no: it prevents nothing.
    """
    try:
        locales = services.directory.locales(channel)
    except StoppingError:
        raise
    except SlackError:
        return False
    return len({base_of(locale) for locale in locales}) > 1


def languages_read(services: Services, channel: ChannelId) -> frozenset[str]:
    """Return the codes of the languages of a channel's people, as far as the bot speaks them.

    Where Slack does not say it, there are none.
    """
    try:
        locales = services.directory.locales(channel)
    except StoppingError:
        raise
    except SlackError:
        return frozenset()
    return frozenset(found.code for one in locales if (found := services.languages.find(one)))


def is_in(services: Services, channel: ChannelId, member: MemberId) -> bool:
    """Return whether this member belongs to the channel's audience."""
    try:
        return services.directory.is_member(channel, member)
    except BotError:
        return False


def may_know_of(services: Services, channel: ChannelId, member: MemberId) -> bool:
    """Return whether this full member may know that a channel exists: it is public, or they are in it."""
    try:
        if services.directory.counts(member) and is_public(services, channel):
            return True
    except BotError:
        return False
    return is_in(services, channel, member)


def is_public(services: Services, channel: ChannelId) -> bool:
    """Return whether a channel is public; for one that is gone, whether it was when it was last seen.

    A channel that may be one of another workspace is not public here. Raises ``SlackUnavailableError``.
    """
    try:
        return not services.directory.is_private(channel)
    except SlackUnavailableError:
        raise
    except BotError:
        if not services.directory.sees_all:
            return False
        with services.store.read("known_channel") as tx:
            known = tx.fetch_channel(channel)
        return known is not None and not known.info.private


def decides_in(services: Services, channel: ChannelId, member: MemberId) -> bool:
    """Return whether this is an admin who may know of the channel. Admins see no private channel as such."""
    return is_admin(services, member, channel) and may_know_of(services, channel, member)


def channels_of(services: Services, member: MemberId) -> frozenset[ChannelId]:
    """Return the channels in whose audience this member is."""
    try:
        return services.directory.channels_of(member)
    except BotError:
        return frozenset()


def why_unseen(services: Services, channel: ChannelId) -> str:
    """Return why the bot cannot see a channel: ``slack_unavailable``, or Slack's reason; empty if it can.

    Only for somebody who has typed a command in that channel; others would learn where the bot is.
    """
    try:
        services.directory.is_private(channel)
    except SlackUnavailableError as error:
        return error.code
    except SlackError as error:
        return error.reason
    return ""


def is_shared(services: Services, channel: ChannelId) -> bool:
    """Return whether somebody of another company is in a channel; False where Slack does not know it.

    Raises ``SlackUnavailableError``.
    """
    try:
        return services.directory.is_shared(channel)
    except SlackUnavailableError:
        raise
    except BotError:
        return False


def audiences(directory: Directory, channels: Iterable[ChannelId]) -> dict[ChannelId, frozenset[MemberId]]:
    """Return who could reply now in each of these channels; nobody in channels that the bot cannot see.

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
