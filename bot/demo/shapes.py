"""Write members, channels, messages and views as JSON, as Slack does."""

import copy

from bot.demo.block_kit import elements_of
from bot.demo.people import Member
from bot.demo.site import Site
from bot.demo.workspace import BOT_USER_ID, Channel, Json, Message, View


def user_json(site: Site, member: Member) -> Json:
    """Return a member as in ``users.info``; like on Slack, a deactivated one lacks zone and roles."""
    body: Json = {
        "id": member.id,
        "team_id": member.team_id or site.workspace.team_id,
        "name": member.handle,
        "deleted": member.deleted,
        "is_bot": member.is_bot,
        "is_app_user": False,
        "updated": 1_700_000_000,
        "profile": _profile(site, member),
    }
    if enterprise := _enterprise(site, member):
        body["enterprise_user"] = _enterprise_user(site, member, enterprise)
    if not site.workspace.is_own(member):
        body["is_stranger"] = not _shares_a_channel(site, member)
    if member.deleted:
        return body
    return body | {
        "color": member.color.lstrip("#"),
        "real_name": member.name,
        "tz": member.zone,
        "tz_label": member.zone,
        "tz_offset": member.offset_s,
        "is_admin": member.is_admin or member.is_owner,
        "is_owner": member.is_owner,
        "is_primary_owner": False,
        "is_restricted": member.is_restricted or member.is_ultra_restricted,
        "is_ultra_restricted": member.is_ultra_restricted,
        "is_email_confirmed": not member.is_bot,
        "who_can_share_contact_card": "EVERYONE",
    }


def _enterprise(site: Site, member: Member) -> str:
    """Return the Enterprise Grid organisation of a member, or an empty text."""
    return member.enterprise_id or ("" if member.team_id else site.workspace.enterprise_id)


def _enterprise_user(site: Site, member: Member, enterprise: str) -> Json:
    own = site.enterprise if enterprise == site.workspace.enterprise_id else None
    home = member.team_id or site.workspace.team_id
    others = [one.workspace for one in site.siblings if own and member.id in one.workspace.members]
    return {
        "id": member.id,
        "enterprise_id": enterprise,
        "enterprise_name": own["name"] if own else enterprise.lower(),
        "is_admin": False,
        "is_owner": False,
        "teams": sorted({home, *(one.team_id for one in others)}),
    }


def _shares_a_channel(site: Site, member: Member) -> bool:
    channels = site.workspace.channels.values()
    return any(member.id in channel.members and site.bot_is_in(channel) for channel in channels)


def _profile(site: Site, member: Member) -> Json:
    first, _, last = member.name.partition(" ")
    profile: Json = {
        "title": member.title,
        "real_name": member.name,
        "real_name_normalized": member.name,
        "display_name": member.handle,
        "display_name_normalized": member.handle,
        "first_name": first,
        "last_name": last,
        "status_text": "",
        "status_emoji": "",
        "avatar_hash": "g" + member.id.lower(),
        "team": member.team_id or site.workspace.team_id,
    }
    if member.is_bot:
        own = {"api_app_id": site.app.id, "bot_id": site.app.bot_id} if member.id == BOT_USER_ID else {}
        profile |= {"api_app_id": "", "always_active": True, **own}
    return profile


def channel_json(site: Site, channel: Channel) -> Json:
    """Return a channel as in ``conversations.info``."""
    if channel.im_user is not None:
        return {
            "id": channel.id,
            "created": channel.created,
            "is_archived": False,
            "is_im": True,
            "is_org_shared": False,
            "user": channel.im_user,
            "context_team_id": site.workspace.team_id,
        }
    body: Json = {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": not channel.private and not channel.group,
        "is_group": channel.private and not channel.group,
        "is_im": False,
        "is_mpim": channel.group,
        "is_private": channel.private,
        "created": channel.created,
        "creator": next(iter(channel.members), BOT_USER_ID),
        "is_archived": channel.archived,
        "is_general": channel.name == "general",
        "unlinked": 0,
        "is_shared": bool(channel.shared_with),
        "is_org_shared": False,
        "is_ext_shared": bool(channel.shared_with),
        "is_pending_ext_shared": False,
        "pending_shared": [],
        "shared_team_ids": [site.workspace.team_id, *channel.shared_with],
        "context_team_id": site.workspace.team_id,
        "updated": channel.created * 1000,
        "is_member": site.bot_is_in(channel),
        "topic": {"value": channel.topic, "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
        "previous_names": list(channel.previous_names),
    }
    if channel.shared_with:
        body |= {"conversation_host_id": site.workspace.team_id, "connected_team_ids": [*channel.shared_with]}
    return body


def message_json(site: Site, message: Message) -> Json:
    """Return a message as apps get it."""
    body: Json = {"type": "message", "user": message.user, "ts": message.ts, "text": message.text}
    if message.by_bot:
        body |= {"bot_id": site.app.bot_id, "app_id": site.app.id, "team": site.workspace.team_id}
    if message.blocks:
        body["blocks"] = copy.deepcopy(message.blocks)
    if message.edited_ts is not None:
        body["edited"] = {"user": message.user, "ts": message.edited_ts}
    return body


def view_json(site: Site, view: View) -> Json:
    """Return a view as in answers and interactions, with the state of its inputs."""
    body = view.body
    return {
        "id": view.id,
        "team_id": site.workspace.team_id,
        "type": body["type"],
        "blocks": copy.deepcopy(body["blocks"]),
        "private_metadata": body.get("private_metadata", ""),
        "callback_id": body.get("callback_id", ""),
        "state": {"values": copy.deepcopy(view.state)},
        "hash": view.hash,
        "title": body.get("title", {"type": "plain_text", "text": "View Title", "emoji": True}),
        "clear_on_close": body.get("clear_on_close", False),
        "notify_on_close": False,
        "close": body.get("close"),
        "submit": body.get("submit"),
        "previous_view_id": view.previous_id,
        "root_view_id": view.root_id,
        "app_id": site.app.id,
        "external_id": "",
        "app_installed_team_id": site.installed_team,
        "bot_id": site.app.bot_id,
    }


_STATE_KEYS = {
    "plain_text_input": ("value", "initial_value"),
    "radio_buttons": ("selected_option", "initial_option"),
    "static_select": ("selected_option", "initial_option"),
    "checkboxes": ("selected_options", "initial_options"),
    "multi_static_select": ("selected_options", "initial_options"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "timepicker": ("selected_time", "initial_time"),
}


def value_key(kind: str) -> str | None:
    """Return the key of the value of this kind of element in ``state.values``; None for a button."""
    found = _STATE_KEYS.get(kind)
    return found[0] if found else None


def initial_state(blocks: list[Json]) -> dict[str, Json]:
    """Return ``state.values`` before any input."""
    values: dict[str, Json] = {}
    for block in blocks:
        for element in elements_of(block):
            if element["type"] not in _STATE_KEYS:
                continue
            values.setdefault(block["block_id"], {})[element["action_id"]] = _initial(element)
    return values


def _initial(element: Json) -> Json:
    key, initial = _STATE_KEYS[element["type"]]
    empty: object = [] if key.endswith("s") else None
    return {"type": element["type"], key: copy.deepcopy(element.get(initial, empty))}
