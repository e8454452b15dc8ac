"""Let people into channels, and send the events that Slack sends for it."""

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
