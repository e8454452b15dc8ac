"""Implement the methods that return people and channels: auth, team, users, conversations."""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from bot.demo.args import flag_arg, text_arg, visible_channel
from bot.demo.people import Member
from bot.demo.shapes import channel_json, user_json
from bot.demo.site import Site, SlackRefusal
from bot.demo.workspace import BOT_USER_ID, Channel, Json

T = TypeVar("T")
MAX_PAGE = 1000
DEFAULT_PAGE = 100


def auth_test(site: Site, _args: Json) -> Json:
    """Implement ``auth.test`` for the bot token."""
    return {
        "url": f"https://{site.workspace.domain}.slack.com/",
        "team": site.workspace.name,
        "user": site.workspace.bot.handle,
        "team_id": site.workspace.team_id,
        "user_id": BOT_USER_ID,
        "bot_id": site.app.bot_id,
        "is_enterprise_install": False,
    } | ({"enterprise_id": site.workspace.enterprise_id} if site.workspace.enterprise_id else {})


def auth_test_of_organization(site: Site) -> Json:
    """Implement ``auth.test`` for a token of a whole organization, by any of its workspaces."""
    enterprise = site.enterprise or {}
    return auth_test(site, {}) | {
        "url": f"https://{enterprise['name'].lower().replace(' ', '-')}.enterprise.slack.com/",
        "team": enterprise["name"],
        "team_id": enterprise["id"],
        "is_enterprise_install": True,
    }


def auth_teams_list(sites: Sequence[Site], args: Json) -> Json:
    """Implement ``auth.teams.list`` for the workspaces in which a token may act."""
    page, cursor = _page(args, list(sites), MAX_PAGE, lambda site: f"team:{site.workspace.team_id}")
    return {
        "teams": [{"id": site.workspace.team_id, "name": site.workspace.name} for site in page],
        "response_metadata": {"next_cursor": cursor},
    }


def users_info(site: Site, args: Json) -> Json:
    """Implement ``users.info``."""
    member = site.workspace.members.get(text_arg(args, "user"))
    if member is None or member.hidden:
        raise SlackRefusal("user_not_found")
    return {"user": _user(site, member, args)}


def _user(site: Site, member: Member, args: Json) -> Json:
    return user_json(site, member) | ({"locale": member.locale} if flag_arg(args, "include_locale") else {})


def users_list(site: Site, args: Json) -> Json:
    """Implement ``users.list``; like Slack, it includes bots, deactivated members and other companies."""
    members = [member for member in site.workspace.members.values() if not member.hidden]
    if "limit" not in args and len(members) > MAX_PAGE:
        raise SlackRefusal("limit_required")
    page, cursor = _page(args, members, MAX_PAGE, lambda member: f"user:{member.id}")
    return {
        "members": [_user(site, member, args) for member in page],
        "cache_ts": int(site.clock.now().timestamp()),
        "response_metadata": {"next_cursor": cursor},
    }


def _known(site: Site, args: Json) -> Channel:
    channel = visible_channel(site, text_arg(args, "channel"))
    needed = _SCOPES[_type(channel)]
    if needed not in site.app.scopes:
        raise site.missing_scope(needed)
    return channel


def conversations_info(site: Site, args: Json) -> Json:
    """Implement ``conversations.info``."""
    channel = _known(site, args)
    return {"channel": channel_json(site, channel)}


def conversations_members(site: Site, args: Json) -> Json:
    """Implement ``conversations.members``."""
    channel = _known(site, args)
    page, cursor = _page(args, channel.members, DEFAULT_PAGE, lambda member: f"user:{member}")
    return {"members": list(page), "response_metadata": {"next_cursor": cursor}}


_SCOPES = {
    "public_channel": "channels:read",
    "private_channel": "groups:read",
    "im": "im:read",
    "mpim": "mpim:read",
}


def _type(channel: Channel) -> str:
    if channel.im_user is not None:
        return "im"
    if channel.group:
        return "mpim"
    return "private_channel" if channel.private else "public_channel"


def _of_types(site: Site, args: Json) -> list[Channel]:
    types = {name.strip() for name in (text_arg(args, "types") or "public_channel").split(",")}
    if types - _SCOPES.keys():
        raise SlackRefusal("invalid_types")
    missing = sorted({_SCOPES[name] for name in types} - site.app.scopes)
    if missing:
        raise site.missing_scope(",".join(missing))
    return [channel for channel in site.workspace.channels.values() if _type(channel) in types]


def users_conversations(site: Site, args: Json) -> Json:
    """Implement ``users.conversations``: the channels of the bot, or those of a member that it may see."""
    user = text_arg(args, "user") or BOT_USER_ID
    if user not in site.workspace.members:
        raise SlackRefusal("user_not_found")
    channels = [
        c for c in _of_types(site, args) if user in c.members and (not c.private or site.bot_is_in(c))
    ]
    page, cursor = _page(args, channels, DEFAULT_PAGE, lambda channel: f"channel:{channel.id}")
    found = [channel_json(site, channel) for channel in page]
    return {"channels": found, "response_metadata": {"next_cursor": cursor}}


def conversations_list(site: Site, args: Json) -> Json:
    """Implement ``conversations.list``: the public channels, and the private ones of the bot."""
    skips_archived = flag_arg(args, "exclude_archived")
    channels = [
        channel
        for channel in _of_types(site, args)
        if (not channel.private or site.bot_is_in(channel)) and not (skips_archived and channel.archived)
    ]
    page, cursor = _page(args, channels, DEFAULT_PAGE, lambda channel: f"channel:{channel.id}")
    found = [channel_json(site, channel) for channel in page]
    return {"channels": found, "response_metadata": {"next_cursor": cursor}}


def _limit(args: Json, default: int) -> int:
    try:
        limit = int(args.get("limit", default) or default)
    except (TypeError, ValueError):
        raise SlackRefusal("invalid_limit") from None
    if not 1 <= limit <= MAX_PAGE:
        raise SlackRefusal("invalid_limit")
    return limit


def _page(args: Json, items: Sequence[T], default: int, key: Callable[[T], str]) -> tuple[Sequence[T], str]:
    """Return a page and the cursor of the next page, which names the first item there, as on Slack."""
    limit = _limit(args, default)
    start = 0
    if args.get("cursor"):
        start = _start([key(item) for item in items], text_arg(args, "cursor"))
    following = items[start + limit :]
    cursor = base64.b64encode(key(following[0]).encode()).decode() if following else ""
    return items[start : start + limit], cursor


def _start(keys: list[str], cursor: str) -> int:
    try:
        return keys.index(base64.b64decode(cursor, validate=True).decode())
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise SlackRefusal("invalid_cursor") from None


HANDLERS: Mapping[str, Callable[[Site, Json], Json]] = {
    "auth.teams.list": lambda site, args: auth_teams_list([site], args),
    "auth.test": auth_test,
    "users.info": users_info,
    "users.list": users_list,
    "users.conversations": users_conversations,
    "conversations.list": conversations_list,
    "conversations.info": conversations_info,
    "conversations.members": conversations_members,
}
