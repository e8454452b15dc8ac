"""Post what an app says without a Web API call: acks of commands, and POSTs to a response_url."""

from datetime import timedelta
from typing import Any

from bot.demo.args import blocks_arg
from bot.demo.site import MAX_RESPONSES, RESPONSE_LIFETIME, ResponseUrl, Site, SlackRefusal
from bot.demo.workspace import Json, Message

_KNOWN = {"text", "blocks", "response_type", "replace_original"}


def _checked(site: Site, body: Json) -> tuple[str, list[Json]]:
    unknown = sorted(body.keys() - _KNOWN)
    if unknown:
        raise SlackRefusal("invalid_payload", f"unknown field: {unknown[0]}")
    if body.get("response_type", "ephemeral") not in {"ephemeral", "in_channel"}:
        raise SlackRefusal("invalid_payload", "response_type must be ephemeral or in_channel")
    text = body.get("text", "")
    if not isinstance(text, str):
        raise SlackRefusal("invalid_payload", "text must be a string")
    blocks = blocks_arg(site, body) or []
    if not text.strip() and not blocks:
        raise SlackRefusal("no_text")
    return text, blocks


def say(site: Site, body: Json, *, user: str, channel: str) -> Message:
    """Post this answer as a message that only the member sees, unless it is ``in_channel``.

    Raises ``SlackRefusal`` if Slack would not show it.
    """
    text, blocks = _checked(site, body)
    shared = body.get("response_type") == "in_channel"
    return site.post_as_bot(channel, text, blocks, ephemeral_to=None if shared else user)


def post(site: Site, key: str, body: Any) -> None:
    """Handle a POST to a response URL.

    Raises ``SlackRefusal``: ``invalid_payload``, ``expired_url``, ``used_url``, or an error of a message.
    """
    target = site.response_urls.get(key)
    if target is None or _expired(site, target):
        raise SlackRefusal("expired_url")
    if target.uses >= MAX_RESPONSES:
        raise SlackRefusal("used_url")
    if not isinstance(body, dict):
        raise SlackRefusal("invalid_payload")
    target.uses += 1
    original = site.workspace.message(target.channel, target.message_ts) if target.message_ts else None
    if body.get("replace_original") is True and original is not None:
        _replace(site, original, body)
    else:
        say(site, body, user=target.user, channel=target.channel)


def _replace(site: Site, original: Message, body: Json) -> None:
    original.text, original.blocks = _checked(site, body)
    original.edited_ts = site.ts() if original.ephemeral_to is None else None
    site.workspace.changed()


def _expired(site: Site, target: ResponseUrl) -> bool:
    age: timedelta = site.clock.now() - target.issued
    return age > RESPONSE_LIFETIME
