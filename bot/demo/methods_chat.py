"""Implement the chat.* methods."""

from collections.abc import Callable, Mapping
from typing import Any

from bot.demo.args import blocks_arg, flag_arg, json_arg, text_arg, visible_channel
from bot.demo.shapes import message_json
from bot.demo.site import Site, SlackRefusal
from bot.demo.workspace import Channel, Json, Message

MAX_TEXT = 40_000
MAX_METADATA_CHARS = 8_000


def _target(site: Site, args: Json) -> Channel:
    name = text_arg(args, "channel")
    if name in site.workspace.members:
        if not site.workspace.members[name].is_human:
            raise SlackRefusal("channel_not_found")
        return site.workspace.direct_message(name)
    if name.startswith("#"):
        name = next((c.id for c in site.workspace.channels.values() if c.name == name[1:]), name)
    return visible_channel(site, name)


def _writable(site: Site, args: Json) -> Channel:
    channel = _target(site, args)
    if channel.archived:
        raise SlackRefusal("is_archived")
    if channel.im_user is not None and not site.app.messages_tab:
        raise SlackRefusal("messages_tab_disabled")
    if not site.bot_is_in(channel) and "chat:write.public" not in site.app.scopes:
        raise SlackRefusal("not_in_channel")
    return channel


def _metadata(args: Json) -> Json | None:
    if "metadata" not in args:
        return None
    data: Any = json_arg(args, "metadata", "invalid_metadata_format")
    if not isinstance(data, dict):
        raise SlackRefusal("invalid_metadata_format")
    if not isinstance(data.get("event_type"), str) or not isinstance(data.get("event_payload"), dict):
        raise SlackRefusal("invalid_metadata_schema")
    if len(str(data)) > MAX_METADATA_CHARS:
        raise SlackRefusal("metadata_too_large")
    return data


def _customised(site: Site, args: Json) -> None:
    needed = "chat:write.customize"
    if {"username", "icon_emoji", "icon_url"} & args.keys() and needed not in site.app.scopes:
        raise site.missing_scope(needed)
    if "as_user" in args:
        raise SlackRefusal("as_user_not_supported")


def _content(site: Site, args: Json) -> tuple[str, list[Json]]:
    _customised(site, args)
    if "markdown_text" in args and ("text" in args or "blocks" in args):
        raise SlackRefusal("markdown_text_conflict")
    text = text_arg(args, "markdown_text") or text_arg(args, "text")
    if len(text) > MAX_TEXT:
        raise SlackRefusal("msg_too_long")
    blocks = blocks_arg(site, args) or []
    if not text.strip() and not blocks:
        raise SlackRefusal("no_text")
    return text, blocks


def post_message(site: Site, args: Json) -> Json:
    """Implement ``chat.postMessage``."""
    channel = _writable(site, args)
    text, blocks = _content(site, args)
    thread_ts = text_arg(args, "thread_ts") or None
    message = site.post_as_bot(channel.id, text, blocks, thread_ts=thread_ts, metadata=_metadata(args))
    return {"channel": channel.id, "ts": message.ts, "message": message_json(site, message)}


def post_ephemeral(site: Site, args: Json) -> Json:
    """Implement ``chat.postEphemeral``."""
    channel = _writable(site, args)
    user = text_arg(args, "user")
    if user not in channel.members:
        raise SlackRefusal("user_not_in_channel")
    text, blocks = _content(site, args)
    return {"message_ts": site.post_as_bot(channel.id, text, blocks, ephemeral_to=user).ts}


def _own_message(site: Site, args: Json, not_own: str) -> Message:
    channel = visible_channel(site, text_arg(args, "channel"))
    message = site.workspace.message(channel.id, text_arg(args, "ts"))
    if message is None or message.ephemeral_to is not None:
        raise SlackRefusal("message_not_found")
    if not message.by_bot:
        raise SlackRefusal(not_own)
    return message


def update(site: Site, args: Json) -> Json:
    """Implement ``chat.update``, for the bot's own messages that are not ephemeral."""
    message = _own_message(site, args, "cant_update_message")
    if site.workspace.channels[message.channel].archived:
        raise SlackRefusal("is_inactive")
    flag_arg(args, "reply_broadcast")
    text, blocks = _content(site, args)
    message.text = text
    # A text without blocks removes the old blocks. Slack does not mark a message with blocks as edited.
    message.blocks = blocks
    message.edited_ts = None if blocks else site.ts()
    message.metadata = _metadata(args) if "metadata" in args else message.metadata
    site.workspace.changed()
    return {
        "channel": message.channel,
        "ts": message.ts,
        "text": message.text,
        "message": message_json(site, message),
    }


def delete(site: Site, args: Json) -> Json:
    """Implement ``chat.delete``, for the bot's own messages."""
    message = _own_message(site, args, "cant_delete_message")
    site.workspace.delete_message(message)
    return {"channel": message.channel, "ts": message.ts}


def get_permalink(site: Site, args: Json) -> Json:
    """Implement ``chat.getPermalink``."""
    channel = visible_channel(site, text_arg(args, "channel"))
    message = site.workspace.message(channel.id, text_arg(args, "message_ts"))
    if message is None or message.ephemeral_to is not None:
        raise SlackRefusal("message_not_found")
    link = f"https://{site.workspace.domain}.slack.com/archives/{channel.id}/p{message.ts.replace('.', '')}"
    return {"channel": channel.id, "permalink": link}


HANDLERS: Mapping[str, Callable[[Site, Json], Json]] = {
    "chat.postMessage": post_message,
    "chat.postEphemeral": post_ephemeral,
    "chat.update": update,
    "chat.delete": delete,
    "chat.getPermalink": get_permalink,
}
