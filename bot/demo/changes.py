"""What happens to channels and people besides messages, and which events the app hears of it."""

from typing import Any

from bot.demo.people import Member
from bot.demo.shapes import user_json
from bot.demo.site import Site
from bot.demo.workspace import BOT_USER_ID, Channel


def _event_name(channel: Channel, public: str, private: str) -> str:
    return private if channel.private else public


def _team_of(site: Site, user: str) -> str:
    return site.workspace.members[user].team_id or site.workspace.team_id


def join(site: Site, channel_id: str, user: str, inviter: str | None = None) -> None:
    """Let someone join; ``member_joined_channel`` goes out where the bot is a member then."""
    channel = site.workspace.channels[channel_id]
    with site.workspace.lock:
        if user in channel.members:
            return
        channel.members.append(user)
    site.workspace.changed()
    if not site.bot_is_in(channel):
        return
    event = {
        "type": "member_joined_channel",
        "user": user,
        "channel": channel.id,
        "channel_type": "G" if channel.private else "C",
        "team": _team_of(site, user),
    }
    site.events.emit(event | ({"inviter": inviter} if inviter else {}))


def leave(site: Site, channel_id: str, user: str) -> None:
    """Take someone out; the bot hears of its own leaving by ``channel_left`` or ``group_left``."""
    channel = site.workspace.channels[channel_id]
    with site.workspace.lock:
        if user not in channel.members:
            return
        channel.members.remove(user)
    site.workspace.changed()
    if user == BOT_USER_ID:
        site.events.emit({"type": _event_name(channel, "channel_left", "group_left"), "channel": channel.id})
        return
    if site.bot_is_in(channel):
        site.events.emit(
            {
                "type": "member_left_channel",
                "user": user,
                "channel": channel.id,
                "channel_type": "G" if channel.private else "C",
                "team": _team_of(site, user),
            }
        )


def share(site: Site, channel_id: str, people: list[Member]) -> None:
    """Share a channel with the companies of these people, who come in (Slack Connect)."""
    channel = site.workspace.channels[channel_id]
    for person in people:
        site.workspace.add_member(person)
        if person.team_id not in channel.shared_with:
            channel.shared_with.append(person.team_id)
        join(site, channel_id, person.id)


def change_member(site: Site, user: str, marks: dict[str, Any]) -> None:
    """Change what is known of somebody, such as ``is_restricted``; the app hears of it by ``user_change``."""
    member = site.workspace.members[user]
    with site.workspace.lock:
        for name, value in marks.items():
            setattr(member, name, value)
    site.workspace.changed()
    told = user_json(site, member)
    site.events.emit({"type": "user_change", "user": told, "cache_ts": int(site.clock.now().timestamp())})


def archive(site: Site, channel_id: str, user: str) -> None:
    """Archive a channel; nobody can post there any more."""
    channel = site.workspace.channels[channel_id]
    channel.archived = True
    site.workspace.changed()
    if site.bot_is_in(channel) or not channel.private:
        kind = _event_name(channel, "channel_archive", "group_archive")
        site.events.emit({"type": kind, "channel": channel.id, "user": user})


def unarchive(site: Site, channel_id: str, user: str) -> None:
    """Bring an archived channel back; its members are those it had."""
    channel = site.workspace.channels[channel_id]
    channel.archived = False
    site.workspace.changed()
    if site.bot_is_in(channel) or not channel.private:
        kind = _event_name(channel, "channel_unarchive", "group_unarchive")
        site.events.emit({"type": kind, "channel": channel.id, "user": user})


def delete(site: Site, channel_id: str) -> None:
    """Delete a channel with everything in it; the bot hears of it as of an archived one."""
    channel = site.workspace.channels[channel_id]
    heard = site.bot_is_in(channel) or not channel.private
    with site.workspace.lock:
        del site.workspace.channels[channel_id]
        site.workspace.messages.pop(channel_id, None)
    site.workspace.changed()
    if heard:
        kind = _event_name(channel, "channel_deleted", "group_deleted")
        site.events.emit({"type": kind, "channel": channel_id})


def rename(site: Site, channel_id: str, name: str) -> None:
    """Give a channel another name."""
    channel = site.workspace.channels[channel_id]
    channel.previous_names.insert(0, channel.name)
    channel.name = name
    site.workspace.changed()
    if site.bot_is_in(channel) or not channel.private:
        kind = _event_name(channel, "channel_rename", "group_rename")
        site.events.emit(
            {"type": kind, "channel": {"id": channel.id, "name": name, "created": channel.created}}
        )
