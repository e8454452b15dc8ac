"""The listeners of the list of schedules and its buttons, and of the introduction."""

from collections.abc import Callable
from functools import partial

from bot.core.model import ChannelId, MemberId, Round, ScheduleId
from bot.service.open_rounds import ask_now
from bot.service.pauses import Going, go_on
from bot.service.people import may_know_of, why_unseen
from bot.service.schedules import (
    ScheduleProblem,
    delete_schedule,
    pause_schedules,
    resume_schedules,
)
from bot.service.summaries import (
    standing_for,
)
from bot.service.upcoming import channel_schedules, fetch_schedule, may_schedule
from bot.slack.context import Ack, Body, ListenerContext, member_of
from bot.slack.dispatch import Dispatcher
from bot.slack.kit.builders import View
from bot.slack.kit.privacy import promise_of_channel
from bot.slack.kit.refusals import not_here, not_here_notice
from bot.slack.schedule import blocks as words
from bot.slack.schedule import pause_blocks
from bot.slack.schedule.commands import answer_later
from bot.slack.schedule.form_listeners import open_form
from bot.slack.schedule.list_blocks import schedule_list


def register(app: Dispatcher) -> None:
    """Register these listeners."""
    app.action("schedule.open", on_open)
    app.action("schedule.new", on_new)
    app.action("schedule.edit", on_edit)
    app.action("schedule.preview", on_try)
    app.action("schedule.pause", lambda context, ack, body: on_change(context, ack, body, _pause))
    app.action("schedule.unpause", lambda context, ack, body: on_change(context, ack, body, _resume))
    app.action("schedule.delete", lambda context, ack, body: on_change(context, ack, body, _delete))
    app.action("schedule.ask", on_ask)
    app.action("schedule.resume", on_schedule_resume)
    app.action("promise.open", on_promise)


def on_schedule(context: ListenerContext, ack: Ack, body: Body) -> None:
    """``/belonging schedule``: the schedules of the channel in which it was typed."""
    member, channel = MemberId(str(body["user_id"])), ChannelId(str(body["channel_id"]))

    def view() -> View:
        unseen = (
            "" if may_know_of(context.services, channel, member) else why_unseen(context.services, channel)
        )
        return not_here_notice(unseen) if unseen else _schedules(context, channel, member)

    _open_list(context, body, view)
    ack()


def on_open(context: ListenerContext, ack: Ack, body: Body) -> None:
    """*Set a schedule*, in the introduction (which names no channel) or in an admin's Home tab."""
    channel = ChannelId(_value(body) or str((body.get("channel") or {}).get("id", "")))
    _open_list(context, body, lambda: _schedules(context, channel, member_of(body)))
    ack()


def on_new(context: ListenerContext, ack: Ack, body: Body) -> None:
    """*New schedule*: the form on top of the list."""
    channel = _channel(body)
    _if_allowed(context, body, channel, lambda: open_form(context, body, channel, None, push=True))
    ack()


def on_edit(context: ListenerContext, ack: Ack, body: Body) -> None:
    """*Edit*: the form, filled in, on top of the list."""
    schedule = fetch_schedule(context.services, ScheduleId(_value(body)))
    if schedule is None:
        _refresh(context, body, words.problem_text(ScheduleProblem.GONE, context.services.settings))
    else:
        open_it = partial(open_form, context, body, schedule.channel, schedule.id, push=True)
        _if_allowed(context, body, schedule.channel, open_it)
    ack()


def on_try(context: ListenerContext, ack: Ack, body: Body) -> None:
    """*Preview*: what the channel would see, for the admin alone."""
    schedule = fetch_schedule(context.services, ScheduleId(_value(body)))
    if schedule is None:
        _refresh(context, body, words.problem_text(ScheduleProblem.GONE, context.services.settings))
    else:
        _if_allowed(context, body, schedule.channel, lambda: context.preview(body, schedule))
    ack()


Change = Callable[[ListenerContext, ScheduleId, MemberId], ScheduleProblem | None]


def on_change(context: ListenerContext, ack: Ack, body: Body, change: Change) -> None:
    """*Pause*, *Resume*, *Delete*: done, the list as it is now, and the channel told beside."""
    problem = change(context, ScheduleId(_value(body)), member_of(body))
    _refresh(context, body, words.problem_text(problem, context.services.settings) if problem else "")
    if problem is None:
        context.run_due()
    ack()


def on_ask(context: ListenerContext, ack: Ack, body: Body) -> None:
    """*Ask now*: a round opens beside the acknowledgement, and the list says what became of it."""
    member, schedule_id = member_of(body), ScheduleId(_value(body))

    async def step() -> None:
        asked = await context.workers.run_flow(
            partial(ask_now, context.flows, _channel(body), member, schedule_id)
        )
        said = (
            words.asked_text(asked)
            if isinstance(asked, Round)
            else words.not_asked_text(asked, context.services.settings)
        )
        await context.run(lambda: _refresh(context, body, said))
        context.run_due()

    context.add_task(step)
    ack()


def on_promise(context: ListenerContext, ack: Ack, body: Body) -> None:
    """*How this stays anonymous*, in the introduction: the rules of this channel, for its people."""
    channel = ChannelId(str(body["channel"]["id"]))
    now = standing_for(context.services, channel, member_of(body))
    context.open_view(body, promise_of_channel(now))
    ack()


def _pause(context: ListenerContext, schedule_id: ScheduleId, member: MemberId) -> ScheduleProblem | None:
    schedule = fetch_schedule(context.services, schedule_id)
    return pause_schedules(context.services, [schedule] if schedule else [], member)


def _resume(context: ListenerContext, schedule_id: ScheduleId, member: MemberId) -> ScheduleProblem | None:
    schedule = fetch_schedule(context.services, schedule_id)
    return resume_schedules(context.services, [schedule] if schedule else [], member)


def _delete(context: ListenerContext, schedule_id: ScheduleId, member: MemberId) -> ScheduleProblem | None:
    return delete_schedule(context.services, schedule_id, member)


def _open_list(context: ListenerContext, body: Body, view: Callable[[], View]) -> None:
    """Open the list beside the acknowledgement: who may change it, only Slack knows."""

    async def step() -> None:
        await context.open_now(body, await context.run(view))

    answer_later(context, body, step)


def _if_allowed(context: ListenerContext, body: Body, channel: ChannelId, step: Callable[[], object]) -> None:
    """Run this for who may set the schedules of this channel; to others the list says whom to ask.

    The channel is that of the schedule, which may have moved since the list was shown.
    """
    if may_schedule(context.services, member_of(body), channel):
        step()
    else:
        _refresh(context, body, words.not_allowed(context.services.settings))


def _refresh(context: ListenerContext, body: Body, note: str) -> None:
    """Put the list as it is now in place of the one that was clicked in."""
    view_id, channel, member = body["view"]["id"], _channel(body), member_of(body)
    context.run_later(
        lambda: context.call("views.update", view_id=view_id, view=_schedules(context, channel, member, note))
    )


def _value(body: Body) -> str:
    return str(body["actions"][0].get("value") or "")


def _channel(body: Body) -> ChannelId:
    """The channel whose list was clicked in."""
    return ChannelId(str(body["view"].get("private_metadata") or ""))


def on_schedule_resume(context: ListenerContext, ack: Ack, body: Body) -> None:
    """*Go on*, by anyone of the channel that was asked."""
    went = go_on(context.services, ScheduleId(str(body["actions"][0].get("value") or "")), member_of(body))
    if went.going is not Going.NOT_A_MEMBER:
        blocks = pause_blocks.gone_on(went)
        context.call(
            "chat.update",
            channel=body["channel"]["id"],
            ts=body["message"]["ts"],
            text=blocks[0]["text"]["text"],
            blocks=blocks,
        )
    context.open_view(body, pause_blocks.going_notice(went))
    ack()


def _schedules(context: ListenerContext, channel: ChannelId, member: MemberId, note: str = "") -> View:
    """Return the schedules of a channel as this member sees them, with a note on what was done last."""
    found = channel_schedules(context.services, channel, member)
    return schedule_list(found, context.services.settings, note) if found else not_here()
