"""Read the arguments of a Web API call, which are JSON values or text."""

import json
from typing import Any

from bot.demo.block_kit import check_blocks
from bot.demo.site import Site, SlackRefusal
from bot.demo.workspace import Channel, Json


def text_arg(args: Json, name: str) -> str:
    """Return the argument as a string; by default an empty one. Raises ``invalid_arguments`` otherwise."""
    value = args.get(name, "")
    if not isinstance(value, str):
        raise SlackRefusal("invalid_arguments", f"must be a string [json-pointer:/{name}]")
    return value


def flag_arg(args: Json, name: str) -> bool:
    """Return the argument as a boolean; by default False."""
    value = args.get(name, False)
    if value in (True, "1", "true", "True"):
        return True
    if value in (False, "0", "false", "False", ""):
        return False
    raise SlackRefusal("invalid_arguments", f"must be a boolean [json-pointer:/{name}]")


def json_arg(args: Json, name: str, code: str) -> Any:
    """Return the argument, parsed if it is text. Raises ``code`` if the text is not JSON."""
    value = args.get(name)
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise SlackRefusal(code) from None


def blocks_arg(site: Site, args: Json) -> list[Json] | None:
    """Return the blocks, with ids added, or None if there is no such argument.

    Raises ``SlackRefusal``: ``invalid_blocks_format`` or ``invalid_blocks`` with what is wrong and where.
    """
    if "blocks" not in args:
        return None
    blocks = json_arg(args, "blocks", "invalid_blocks_format")
    if not isinstance(blocks, list):
        raise SlackRefusal("invalid_blocks_format")
    issues = check_blocks(blocks, "message")
    if issues:
        texts = [issue.as_text() for issue in issues]
        raise SlackRefusal("invalid_blocks", *texts, errors=texts)
    return site.workspace.copy_blocks(blocks)


def visible_channel(site: Site, channel_id: str) -> Channel:
    """Return the channel if the bot may see it. Raises ``channel_not_found`` otherwise."""
    channel = site.workspace.channels.get(channel_id)
    if channel is None or (channel.private and not site.bot_is_in(channel)):
        raise SlackRefusal("channel_not_found")
    return channel
