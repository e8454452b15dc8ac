"""Implement the chat.* methods."""

from collections.abc import Callable, Mapping

from bot.demo.args import blocks_arg, text_arg, visible_channel
from bot.demo.shapes import message_json
from bot.demo.site import Site, SlackRefusal
from bot.demo.workspace import Channel, Json, Message

MAX_TEXT = 40_000


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


def _content(site: Site, args: Json) -> tuple[str, list[Json]]:
    text = text_arg(args, "text")
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
    message = site.post_as_bot(channel.id, text, blocks)
    return {"channel": channel.id, "ts": message.ts, "message": message_json(site, message)}


def post_ephemeral(site: Site, args: Json) -> Json:
    """Implement ``chat.postEphemeral``."""
    channel = _writable(site, args)
    user = text_arg(args, "user")
    if user not in channel.members:
        raise SlackRefusal("user_not_in_channel")
    text, blocks = _content(site, args)
    return {"message_ts": site.post_as_bot(channel.id, text, blocks, ephemeral_to=user).ts}


def _own_message(site: Site, args: Json) -> Message:
    channel = visible_channel(site, text_arg(args, "channel"))
    message = site.workspace.message(channel.id, text_arg(args, "ts"))
    if message is None or message.ephemeral_to is not None:
        raise SlackRefusal("message_not_found")
    if not message.by_bot:
        raise SlackRefusal("cant_update_message")
    return message


def update(site: Site, args: Json) -> Json:
    """Implement ``chat.update``, for the bot's own messages that are not ephemeral."""
    message = _own_message(site, args)
    if site.workspace.channels[message.channel].archived:
        raise SlackRefusal("is_inactive")
    text, blocks = _content(site, args)
    message.text = text
    # A text without blocks removes the old blocks. Slack does not mark a message with blocks as edited.
    message.blocks = blocks
    message.edited_ts = None if blocks else site.ts()
    site.workspace.changed()
    return {
        "channel": message.channel,
        "ts": message.ts,
        "text": message.text,
        "message": message_json(site, message),
    }


HANDLERS: Mapping[str, Callable[[Site, Json], Json]] = {
    "chat.postMessage": post_message,
    "chat.postEphemeral": post_ephemeral,
    "chat.update": update,
}
