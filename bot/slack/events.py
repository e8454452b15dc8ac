"""Listeners for events: changes of channels and people, and the end of the app in this workspace."""

from functools import partial
from typing import Any

from bot.core.model import ChannelId, MemberId
from bot.errors import SlackError, StoppingError
from bot.service.channel_schedules import may_schedule, schedules_of
from bot.service.channels import introduce, refresh_if_known
from bot.service.people import language_for
from bot.slack.context import Body, ListenerContext
from bot.slack.dispatch import Dispatcher
from bot.slack.kit.builders import Answer
from bot.slack.schedule.answer_blocks import invited

CHANGES = tuple(
    f"{kind}_{what}"
    for kind in ("channel", "group")
    for what in ("archive", "unarchive", "rename", "left", "deleted")
)
"""The events after which a channel is checked; Slack calls private channels ``group`` there."""


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
    """Introduce the bot in a channel that it has joined, and offer a schedule to whoever invited it.

    Both happen once for each channel, however often Slack sends the event.
    """
    event = body["event"]
    if event.get("user") != context.bot_user:
        return
    channel, inviter = ChannelId(str(event["channel"])), MemberId(str(event.get("inviter") or ""))

    def use_case() -> Answer | None:
        with context.one_event:
            is_new = introduce(context.waiting_services, channel)
        context.run_due()
        return _offer(context, channel, inviter) if is_new and inviter else None

    async def task() -> None:
        if offer := await context.workers.run_waiting(use_case):
            text, blocks = offer
            await context.workers.call(
                "chat.postEphemeral", channel=channel, user=inviter, text=text, blocks=blocks
            )

    context.add_task(task)


def _offer(context: ListenerContext, channel: ChannelId, inviter: MemberId) -> Answer | None:
    """Return what whoever invited the bot reads; None for a guest, and where there is a schedule already."""
    services = context.waiting_services
    if schedules_of(services, channel) or not services.directory.counts(inviter):
        return None
    may_set = may_schedule(services, inviter, channel)
    language = language_for(services, inviter)
    return invited(channel, services.settings, may_set=may_set, language=language)


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

    def use_case() -> None:
        with context.one_event:
            matters = refresh_if_known(context.waiting_services, channel)
        if matters:
            context.run_due()

    context.run_waiting_later(use_case)


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
            await context.workers.run_waiting(partial(context.end_all, str(event["type"])))

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
