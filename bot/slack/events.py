"""What Slack tells of channels and people: the bot has come in, somebody has left, something has changed."""

from threading import Lock
from typing import Any

from bot.core.model import ChannelId, MemberId
from bot.service.channels import hear_of, introduce
from bot.slack.context import Body, ListenerContext
from bot.slack.dispatch import Dispatcher

CHANGES = tuple(
    f"{kind}_{what}"
    for kind in ("channel", "group")
    for what in ("archive", "unarchive", "rename", "left", "deleted")
)
"""The events after which a channel is looked at; ``group`` is what Slack calls a private channel there."""


_one_at_a_time = Lock()
"""Two events of a channel may come together; the one that is stored last has also asked last."""


def register(app: Dispatcher) -> None:
    """Register these listeners."""
    app.event("member_left_channel", lambda context, _, body: on_left(context, body))
    app.event("user_change", lambda context, _, body: on_person(context, body))
    app.event("member_joined_channel", lambda context, _, body: on_joined(context, body))
    for event in CHANGES:
        app.event(event, lambda context, _, body: on_changed(context, body))


def on_joined(context: ListenerContext, body: Body) -> None:
    """Somebody has joined a channel; where it is the bot, it says once what it does there."""
    event = body["event"]
    if event.get("user") != context.bot_user:
        return
    channel = ChannelId(str(event["channel"]))

    def step() -> None:
        with _one_at_a_time:
            introduce(context.flows, channel)
        context.run_due()

    context.run_flow_later(step)


def on_left(context: ListenerContext, body: Body) -> None:
    """Somebody has left a channel, or was removed: from now on they are asked about anew."""
    event = body["event"]
    context.services.directory.forget(_channel(event))
    context.services.directory.forget_member(MemberId(str(event.get("user") or "")))


def on_person(context: ListenerContext, body: Body) -> None:
    """Somebody was made a guest, deactivated, renamed or the like."""
    user = body["event"].get("user")
    if isinstance(user, dict) and user.get("id"):
        context.on_user_change(user)


def on_changed(context: ListenerContext, body: Body) -> None:
    """A channel was archived, renamed, left or the like: look at it, then do what waited for it."""
    channel = _channel(body["event"])

    def step() -> None:
        with _one_at_a_time:
            matters = hear_of(context.flows, channel)
        if matters:
            context.run_due()

    context.run_flow_later(step)


def _channel(event: dict[str, Any]) -> ChannelId:
    """The channel of an event; after a renaming it stands there with its new name."""
    channel = event["channel"]
    return ChannelId(str(channel["id"] if isinstance(channel, dict) else channel))
