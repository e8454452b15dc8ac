"""Change channels and people of a workspace in ways that only tests need, with the events that Slack sends.

Each function takes the running server first, and returns when its loop has done it and a connected bot has
acknowledged the events: what a test does next comes after them.
"""

import asyncio
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from bot.demo import changes
from bot.demo.people import Member
from bot.demo.server import DemoServer
from bot.demo.site import Site
from bot.demo.workspace import BOT_USER_ID, Channel, Json

P = ParamSpec("P")


def _in_its_loop(change: Callable[Concatenate[Site, P], None]) -> Callable[Concatenate[DemoServer, P], None]:
    @wraps(change)
    def run(server: DemoServer, /, *arguments: P.args, **named: P.kwargs) -> None:
        async def apply() -> None:
            hub = server._hub
            before = set(hub._tasks)
            change(server.site, *arguments, **named)
            emitted = hub._tasks - before
            if emitted and (server.site.connections or server.site.request_url):
                await asyncio.wait(emitted)

        server.run(apply())

    return run


join = _in_its_loop(changes.join)


@_in_its_loop
def leave(site: Site, channel_id: str, user: str) -> None:
    """Remove someone. The bot gets ``channel_left`` or ``group_left`` for its own removal."""
    channel = site.workspace.channels[channel_id]
    with site.workspace.lock:
        if user not in channel.members:
            return
        channel.members.remove(user)
    site.workspace.changed()
    if user == BOT_USER_ID:
        site.emit({"type": "group_left" if channel.private else "channel_left", "channel": channel.id})
    elif site.bot_is_in(channel):
        site.emit(changes.membership(site, "member_left_channel", channel, user))


@_in_its_loop
def share(site: Site, channel_id: str, people: list[Member]) -> None:
    """Share a channel with the companies of these people (Slack Connect), and let the people join."""
    channel = site.workspace.channels[channel_id]
    for person in people:
        site.workspace.add_member(person)
        if person.team_id not in channel.shared_with:
            channel.shared_with.append(person.team_id)
        changes.join(site, channel_id, person.id)


@_in_its_loop
def change_member(site: Site, /, user: str, **marks: Any) -> None:
    """Set attributes of a member, such as ``is_restricted=True``, and send ``user_change``."""
    member = site.workspace.members[user]
    with site.workspace.lock:
        for name, value in marks.items():
            setattr(member, name, value)
    site.workspace.changed()
    site.emit(changes.user_change(site, member))


@_in_its_loop
def archive(site: Site, channel_id: str, user: str) -> None:
    """Archive a channel; nobody can post there any more."""
    channel = site.workspace.channels[channel_id]
    channel.archived = True
    _announce(site, channel, "archive", {"channel": channel.id, "user": user})


@_in_its_loop
def unarchive(site: Site, channel_id: str, user: str) -> None:
    """Unarchive a channel, with the members that it had."""
    channel = site.workspace.channels[channel_id]
    channel.archived = False
    _announce(site, channel, "unarchive", {"channel": channel.id, "user": user})


@_in_its_loop
def delete(site: Site, channel_id: str) -> None:
    """Delete a channel with everything in it."""
    with site.workspace.lock:
        channel = site.workspace.channels.pop(channel_id)
        site.workspace.messages.pop(channel_id, None)
    _announce(site, channel, "deleted", {"channel": channel_id})


@_in_its_loop
def rename(site: Site, channel_id: str, name: str) -> None:
    """Give a channel another name."""
    channel = site.workspace.channels[channel_id]
    channel.previous_names.insert(0, channel.name)
    channel.name = name
    renamed = {"id": channel.id, "name": name, "created": channel.created}
    _announce(site, channel, "rename", {"channel": renamed})


def _announce(site: Site, channel: Channel, change: str, fields: Json) -> None:
    """Send ``channel_<change>`` or ``group_<change>`` if the bot may see the channel."""
    site.workspace.changed()
    if site.bot_is_in(channel) or not channel.private:
        site.emit({"type": f"{'group' if channel.private else 'channel'}_{change}", **fields})
