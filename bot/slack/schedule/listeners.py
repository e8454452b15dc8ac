"""Listeners for the list of schedules and its buttons, the introduction, and *Go on*."""

from collections.abc import Callable, Sequence
from functools import partial

from bot.core.language import Language
from bot.core.model import ChannelId, MemberId, ScheduleId
from bot.core.schedule import Schedule
from bot.ports import Services
from bot.service.channel_language import language_of_reader
from bot.service.channel_schedules import channel_schedules, fetch_schedule, may_schedule
from bot.service.open_rounds import ask_now
from bot.service.pauses import Going, go_on
from bot.service.people import may_know_of, why_unseen
from bot.service.schedules import ScheduleProblem, delete_schedule, pause_schedules, resume_schedules
from bot.service.summaries import standing_for
from bot.slack.context import Ack, Body, ListenerContext, member_of, value_of
from bot.slack.dispatch import Dispatcher
from bot.slack.kit.builders import View
from bot.slack.kit.privacy import promise_of_channel
from bot.slack.kit.refusals import not_here, not_here_notice
from bot.slack.schedule import answer_blocks as answers
from bot.slack.schedule import blocks as messages
from bot.slack.schedule.form_listeners import open_form
from bot.slack.schedule.list_blocks import schedule_list


def register(app: Dispatcher) -> None:
    """Register these listeners."""
    app.action("schedule.open", on_open)
    app.action("schedule.new", on_new)
    app.action("schedule.edit", on_edit)
    app.action("schedule.show", on_preview)
    app.action("schedule.try", on_preview)  # the id in a list that was open before an upgrade
    app.action("schedule.pause", partial(on_change, change=pause_schedules))
    app.action("schedule.unpause", partial(on_change, change=resume_schedules))
    app.action("schedule.delete", on_delete)
    app.action("schedule.previous", on_page)
    app.action("schedule.next", on_page)
    app.action("schedule.ask", on_ask)
    app.action("schedule.resume", on_go_on)
    app.action("promise.open", on_promise)


def on_schedule(context: ListenerContext, ack: Ack, body: Body) -> None:
    """Open the schedules of the channel: ``/belonging schedule``."""
    member, channel = MemberId(str(body["user_id"])), ChannelId(str(body["channel_id"]))

    def view() -> View:
        language = language_of_reader(context.services, member, channel)
        knows = may_know_of(context.services, channel, member)
        unseen = "" if knows else why_unseen(context.services, channel)
        if unseen:
            return not_here_notice(unseen, language)
        return _schedules(context, channel, member, language)

    _open_list(context, body, view)
    ack()


def on_open(context: ListenerContext, ack: Ack, body: Body) -> None:
    """Open the schedules: *Set a schedule* (without a value) or *Change* in the Home tab or its list.

    The list of the Home tab gives way to them: on top of it there would be too many modals.
    """
    channel, shown = (
        ChannelId(value_of(body) or str((body.get("channel") or {}).get("id", ""))),
        body.get("view"),
    )

    def view() -> View:
        member = member_of(body)
        language = language_of_reader(context.services, member, channel)
        return _schedules(context, channel, member, language)

    if shown and shown["type"] == "modal":
        context.run_later(lambda: context.update_view(body, view()))
    else:
        _open_list(context, body, view)
    ack()


def on_new(context: ListenerContext, ack: Ack, body: Body) -> None:
    """Open an empty form on top of the list: *New schedule*."""
    channel = _channel(body)
    _if_allowed(context, body, channel, lambda: open_form(context, body, channel, None, push=True))
    ack()


def on_edit(context: ListenerContext, ack: Ack, body: Body) -> None:
    """Open the form of a schedule on top of the list: *Edit*."""
    _with_schedule(context, body, lambda one: open_form(context, body, one.channel, one.id, push=True))
    ack()


def on_preview(context: ListenerContext, ack: Ack, body: Body) -> None:
    """Show an admin what the channel would see: *Preview*."""
    _with_schedule(context, body, partial(context.render_preview, context, body))
    ack()


Change = Callable[[Services, Sequence[Schedule], MemberId], ScheduleProblem | None]


def on_change(context: ListenerContext, ack: Ack, body: Body, change: Change) -> None:
    """Pause or resume a schedule: *Pause* or *Resume*."""
    language = _language(context, body)
    schedule = fetch_schedule(context.services, ScheduleId(value_of(body)))
    problem = change(context.services, [schedule] if schedule else [], member_of(body))
    _show_change(context, body, problem, language)
    ack()


def on_delete(context: ListenerContext, ack: Ack, body: Body) -> None:
    """Delete a schedule: *Delete*."""
    language = _language(context, body)
    problem = delete_schedule(context.services, ScheduleId(value_of(body)), member_of(body))
    _show_change(context, body, problem, language)
    ack()


def on_ask(context: ListenerContext, ack: Ack, body: Body) -> None:
    """Open a round after the acknowledgement, and show the outcome in the list: *Ask now*."""
    member, schedule_id = member_of(body), ScheduleId(value_of(body))

    async def task() -> None:
        asked = await context.workers.run_waiting(
            partial(ask_now, context.waiting_services, _channel(body), member, schedule_id)
        )

        def refresh() -> None:
            language = _language(context, body)
            _refresh(context, body, answers.asking_outcome(asked, context.services.settings, language))

        await context.run(refresh)
        context.run_due()

    context.add_task(task)
    ack()


def on_page(context: ListenerContext, ack: Ack, body: Body) -> None:
    """Turn to another page of the list: *Previous* or *Next*."""
    _refresh(context, body, "", page=int(value_of(body)))
    ack()


def on_promise(context: ListenerContext, ack: Ack, body: Body) -> None:
    """Show the rules of the channel: *How this stays confidential* in the introduction."""
    channel = ChannelId(str(body["channel"]["id"]))
    member = member_of(body)
    language = language_of_reader(context.services, member, channel)
    now = standing_for(context.services, channel, member)
    context.open_view(body, promise_of_channel(now, language))
    ack()


def _open_list(context: ListenerContext, body: Body, view: Callable[[], View]) -> None:
    """Open the list after the acknowledgement, since Slack may have to be asked who may change it."""

    async def task() -> None:
        await context.open_now(body, await context.run(view))

    context.answer_later(body, task)


def _with_schedule(context: ListenerContext, body: Body, step: Callable[[Schedule], object]) -> None:
    """Run a step with the schedule of the clicked button, for a member who may set it."""
    schedule = fetch_schedule(context.services, ScheduleId(value_of(body)))
    if schedule is None:
        settings, language = context.services.settings, _language(context, body)
        _refresh(context, body, answers.problem_text(ScheduleProblem.GONE, settings, language))
    else:
        _if_allowed(context, body, schedule.channel, partial(step, schedule))


def _if_allowed(context: ListenerContext, body: Body, channel: ChannelId, step: Callable[[], object]) -> None:
    """Run a step for a member who may set the schedules of this channel; tell others whom to ask.

    The channel is that of the schedule, which may have moved since the list was shown.
    """
    if may_schedule(context.services, member_of(body), channel):
        step()
    else:
        settings, language = context.services.settings, _language(context, body)
        _refresh(context, body, answers.not_allowed(settings, language))


def _show_change(
    context: ListenerContext, body: Body, problem: ScheduleProblem | None, language: Language
) -> None:
    """Refresh the list after a change, or with the problem. The timer then tells the channel."""
    settings = context.services.settings
    _refresh(context, body, answers.problem_text(problem, settings, language) if problem else "")
    if problem is None:
        context.run_due()


def _refresh(context: ListenerContext, body: Body, note: str, page: int | None = None) -> None:
    """Replace the list that was clicked in by the current one, at the same page or at another one."""
    view_id, channel, member = body["view"]["id"], _channel(body), member_of(body)
    turned = _page(body) if page is None else page

    def update() -> None:
        view = _schedules(context, channel, member, _language(context, body), note, turned)
        context.call("views.update", view_id=view_id, view=view)

    context.run_later(update)


def _channel(body: Body) -> ChannelId:
    """Return the channel whose list was clicked in."""
    return ChannelId(str(body["view"].get("private_metadata") or "").partition(":")[0])


def _language(context: ListenerContext, body: Body) -> Language:
    """Return the language of whoever clicked in the list of a channel."""
    return language_of_reader(context.services, member_of(body), _channel(body))


def _page(body: Body) -> int:
    """Return the page of the list that was clicked in."""
    return int(str(body["view"].get("private_metadata") or "").partition(":")[2] or 0)


def on_go_on(context: ListenerContext, ack: Ack, body: Body) -> None:
    """Let the questions go on, for anybody in the channel: *Go on*."""
    services, member = context.services, member_of(body)
    language = language_of_reader(services, member, ChannelId(str(body["channel"]["id"])))
    went = go_on(services, ScheduleId(value_of(body)), member)
    if went.going is not Going.NOT_A_MEMBER:
        code = went.schedule.language if went.schedule else ""
        blocks = messages.gone_on(went, services.languages.named(code))
        context.call(
            "chat.update",
            channel=body["channel"]["id"],
            ts=body["message"]["ts"],
            text=blocks[0]["text"]["text"],
            blocks=blocks,
        )
    context.open_view(body, messages.going_notice(went, language))
    ack()


def _schedules(
    context: ListenerContext,
    channel: ChannelId,
    member: MemberId,
    language: Language,
    note: str = "",
    page: int = 0,
) -> View:
    """Return the list of a channel's schedules for this member, with a note on what was done last."""
    found = channel_schedules(context.services, channel, member)
    if found is None:
        return not_here(language)
    return schedule_list(found, context.services.settings, note, page, language)
