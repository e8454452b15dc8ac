"""Build the payloads that Slack sends when someone presses, submits, closes or types a command."""

from bot.demo.people import Member
from bot.demo.shapes import initial_state, message_json, view_json
from bot.demo.site import Site
from bot.demo.workspace import Channel, Json, Message, View


def _common(site: Site, kind: str, member: Member) -> Json:
    enterprise = site.enterprise
    team = {"id": site.workspace.team_id, "domain": site.workspace.domain}
    if enterprise:
        team |= {"enterprise_id": enterprise["id"], "enterprise_name": enterprise["name"]}
    user = {
        "id": member.id,
        "username": member.handle,
        "name": member.handle,
        "team_id": member.team_id or site.workspace.team_id,
    }
    return {
        "type": kind,
        "user": user,
        "api_app_id": site.app.id,
        "token": site.app.verification_token,
        # Slack leaves the team out where the whole organization has installed the app.
        "team": None if site.org_wide else team,
        "enterprise": enterprise,
        "is_enterprise_install": site.org_wide,
    }


def action_json(site: Site, block: Json, element: Json, value: Json | None) -> Json:
    """Return one entry of ``actions``: the element that was used, and its value."""
    action: Json = {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "action_ts": site.ts(),
    }
    if element["type"] == "button":
        return action | {key: element[key] for key in ("text", "value", "url", "style") if key in element}
    given = dict(value or {})
    given.pop("type", None)
    initial = {k: element[k] for k in ("initial_option", "initial_options", "placeholder") if k in element}
    return action | initial | given


def message_action(
    site: Site,
    member: Member,
    channel: Channel,
    message: Message,
    action: Json,
    state: dict[str, Json],
) -> Json:
    """Return ``block_actions`` from a message; like Slack, it leaves out an ephemeral message."""
    ephemeral = message.ephemeral_to is not None
    body = _common(site, "block_actions", member) | {
        "container": {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": channel.id,
            "is_ephemeral": ephemeral,
        },
        "trigger_id": site.new_trigger(member.id),
        "channel": {"id": channel.id, "name": _name(channel)},
        "state": {"values": initial_state(message.blocks) | state},
        "response_url": site.new_response_url(member.id, channel.id, message.ts),
        "actions": [action],
    }
    return body if ephemeral else body | {"message": message_json(site, message)}


def view_action(site: Site, member: Member, view: View, action: Json) -> Json:
    """Return ``block_actions`` from a modal or a Home tab."""
    return _common(site, "block_actions", member) | {
        "container": {"type": "view", "view_id": view.id},
        "trigger_id": site.new_trigger(member.id),
        "view": view_json(site, view),
        "actions": [action],
    }


def submission(site: Site, member: Member, view: View) -> Json:
    """Return ``view_submission``."""
    return _common(site, "view_submission", member) | {
        "trigger_id": site.new_trigger(member.id),
        "view": view_json(site, view),
        "response_urls": [],
    }


def command(site: Site, member: Member, channel: Channel, name: str, text: str) -> Json:
    """Return a slash command with the flat fields that Slack sends."""
    enterprise = site.enterprise
    grid = {"enterprise_id": enterprise["id"], "enterprise_name": enterprise["name"]} if enterprise else {}
    return grid | {
        "token": site.app.verification_token,
        "team_id": site.workspace.team_id,
        "team_domain": site.workspace.domain,
        "channel_id": channel.id,
        "channel_name": _name(channel),
        "user_id": member.id,
        "user_name": member.handle,
        "command": name,
        "text": text,
        "api_app_id": site.app.id,
        "is_enterprise_install": "true" if site.org_wide else "false",
        "response_url": site.new_response_url(member.id, channel.id, None),
        "trigger_id": site.new_trigger(member.id),
    }


def home_opened(site: Site, member: Member) -> Json:
    """Return the event ``app_home_opened``, with the present Home tab if there is one."""
    event: Json = {
        "type": "app_home_opened",
        "user": member.id,
        "channel": site.workspace.direct_message(member.id).id,
        "tab": "home",
    }
    home = site.workspace.homes.get(member.id)
    return event | ({"view": view_json(site, home)} if home is not None else {})


def event_callback(site: Site, event: Json) -> Json:
    """Return an event in the envelope of the Events API."""
    workspace, enterprise = site.workspace, site.workspace.enterprise_id or None
    event_ts = event.setdefault("event_ts", site.ts())
    owner = {
        "enterprise_id": enterprise,
        "team_id": None if site.org_wide else workspace.team_id,
        "user_id": workspace.bot.id,
        "is_bot": True,
        "is_enterprise_install": site.org_wide,
    }
    return {
        "token": site.app.verification_token,
        "team_id": workspace.team_id,
        **({"enterprise_id": enterprise} if enterprise else {}),
        "context_team_id": workspace.team_id,
        "context_enterprise_id": enterprise,
        "api_app_id": site.app.id,
        "event": event,
        "type": "event_callback",
        "event_id": workspace.new_id("Ev"),
        "event_time": int(float(event_ts)),
        "authorizations": [owner],
        "is_ext_shared_channel": False,
        "event_context": f"4-{workspace.new_id('')}",
    }


def of_installation(site: Site, event: Json, enterprise_id: str = "") -> Json:
    """Return the envelope of an event about the installation itself, which no installation authorizes.

    ``enterprise_id``: the organization that has uninstalled the app; no workspace is named then.
    """
    body = event_callback(site, event)
    kept = ("token", "api_app_id", "event", "type", "event_id", "event_time")
    where = {"enterprise_id": enterprise_id} if enterprise_id else {"team_id": site.workspace.team_id}
    if site.workspace.enterprise_id:
        where["enterprise_id"] = site.workspace.enterprise_id
    return {key: body[key] for key in kept} | where


def _name(channel: Channel) -> str:
    if channel.im_user is not None:
        return "directmessage"
    if channel.group:
        return channel.name
    return "privategroup" if channel.private else channel.name
