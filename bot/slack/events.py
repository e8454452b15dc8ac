"""Listeners for events: changes of channels and people, and the end of the app in this workspace."""

from functools import partial
from threading import Lock
from typing import Any

from bot.core.model import ChannelId, MemberId
from bot.errors import SlackError, StoppingError
from bot.service.channels import introduce, refresh_if_known
from bot.slack.context import Body, ListenerContext
from bot.slack.dispatch import Dispatcher

CHANGES = tuple(
    f"{kind}_{what}"
    for kind in ("channel", "group")
    for what in ("archive", "unarchive", "rename", "left", "deleted")
)
"""The events after which a channel is checked; Slack calls private channels ``group`` there."""


_one_at_a_time = Lock()
"""One event at a time: of two that come together, the one stored last has then asked Slack last."""


def register(app: Dispatcher) -> None:
    """Register these listeners."""
    app.event("member_left_channel", lambda context, _, body: on_left(context, body))
    app.event("user_change", lambda context, _, body: on_person(context, body))
    app.event("member_joined_channel", lambda context, _, body: on_joined(context, body))
    for event in CHANGES:
        app.event(event, lambda context, _, body: on_changed(context, body))
    for event in ("app_uninstalled", "tokens_revoked"):
        app.event(event, lambda context, _, body: on_gone(context, body))


def on_joined(context: ListenerContext, body: Body) -> None:
    """Introduce the bot in a channel that it has joined."""
    event = body["event"]
    if event.get("user") != context.bot_user:
        return
    channel = ChannelId(str(event["channel"]))

    def flow() -> None:
        with _one_at_a_time:
            introduce(context.flows, channel)
        context.run_due()

    context.run_flow_later(flow)


def on_left(context: ListenerContext, body: Body) -> None:
    """Forget who is in a channel that somebody has left."""
    event = body["event"]
    context.services.directory.forget(_channel(event))
    context.services.directory.forget_member(MemberId(str(event.get("user") or "")))


def on_person(context: ListenerContext, body: Body) -> None:
    """Forget a person who was made a guest, deactivated, renamed or the like."""
    user = body["event"].get("user")
    if isinstance(user, dict) and user.get("id"):
        context.on_user_change(user)


def on_changed(context: ListenerContext, body: Body) -> None:
    """Check a channel that was archived, renamed, left or the like, then do what waited for it."""
    channel = _channel(body["event"])

    def flow() -> None:
        with _one_at_a_time:
            matters = refresh_if_known(context.flows, channel)
        if matters:
            context.run_due()

    context.run_flow_later(flow)


def on_gone(context: ListenerContext, body: Body) -> None:
    """End everything after the app was uninstalled or its bot token revoked, if Slack confirms it.

    Slack repeats an unacknowledged event for hours. The app may be installed again by then, and an old event
    must not end its rounds.
    """
    event = body["event"]
    if event["type"] == "tokens_revoked" and not (event.get("tokens") or {}).get("bot"):
        return  # user tokens; this app has none

    async def task() -> None:
        if not await _is_installed(context):
            await context.workers.run_flow(partial(context.leave, str(event["type"])))

    context.add_task(task)


async def _is_installed(context: ListenerContext) -> bool:
    """Return whether Slack accepts the bot token; False where Slack cannot be asked, as the event says.

    True where the bot stops before Slack answers: the next start finds out.
    """
    try:
        await context.workers.call("auth.test")
    except StoppingError:
        return True
    except SlackError:
        return False
    return True


def _channel(event: dict[str, Any]) -> ChannelId:
    """Return the channel of an event; after a rename Slack sends an object with the new name."""
    channel = event["channel"]
    return ChannelId(str(channel["id"] if isinstance(channel, dict) else channel))
