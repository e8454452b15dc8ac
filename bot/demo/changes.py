"""Change who is in channels and the language of people, and send the events that Slack sends for it."""

from bot.demo.people import Member
from bot.demo.shapes import user_json
from bot.demo.site import Site
from bot.demo.workspace import Channel, Json


def join(site: Site, channel_id: str, user: str, inviter: str | None = None) -> None:
    """Let someone join. Send ``member_joined_channel`` if the bot is a member then."""
    channel = site.workspace.channels[channel_id]
    with site.workspace.lock:
        if user in channel.members:
            return
        channel.members.append(user)
    site.workspace.changed()
    if site.bot_is_in(channel):
        event = membership(site, "member_joined_channel", channel, user)
        site.emit(event | ({"inviter": inviter} if inviter else {}))


def membership(site: Site, kind: str, channel: Channel, user: str) -> Json:
    """Return the event that someone joined or left."""
    return {
        "type": kind,
        "user": user,
        "channel": channel.id,
        "channel_type": "G" if channel.private else "C",
        "team": site.workspace.members[user].team_id or site.workspace.team_id,
    }


def set_locale(site: Site, member: Member, locale: str) -> None:
    """Set the language in which somebody uses Slack, such as ``de-DE``. Send ``user_change``."""
    with site.workspace.lock:
        member.locale = locale
    site.workspace.changed()
    site.emit(user_change(site, member))


def user_change(site: Site, member: Member) -> Json:
    """Return the event that something about somebody has changed. Slack adds the locale unasked."""
    return {
        "type": "user_change",
        "user": user_json(site, member) | {"locale": member.locale},
        "cache_ts": int(site.clock.now().timestamp()),
    }
