"""Listeners for the schedule form: open, show the preview, save, *Preview*."""

from dataclasses import replace
from functools import partial
from typing import Any

from bot.core.advice import overuse
from bot.core.changes import ScheduleDraft, draft_of
from bot.core.model import ChannelId, MemberId, ScheduleId
from bot.core.schedule import Schedule, Source
from bot.errors import SlackError, SlackUnavailableError
from bot.ports import Services
from bot.service.channel_schedules import fetch_schedule, may_schedule
from bot.service.schedules import ScheduleProblem, check_draft, save_schedule, schedule_from_draft
from bot.service.upcoming import is_blocked, next_times
from bot.slack.context import Ack, Body, ListenerContext, member_of, show, value_of
from bot.slack.dispatch import Dispatcher
from bot.slack.kit.builders import Block, View
from bot.slack.schedule import answer_blocks as answers
from bot.slack.schedule import form_blocks as form
from bot.slack.schedule.forms import (
    FieldErrors,
    FilledForm,
    FormContext,
    FormState,
    entries_of,
    form_state_metadata,
    new_entries,
    parse_form_state,
    read_form,
)


def register(app: Dispatcher) -> None:
    """Register these listeners."""
    app.action("schedule.first", on_first)
    app.action(form.PREVIEW, on_field_changed)
    app.action(form.MORE, on_field_changed)
    app.action(form.TRY, on_preview)
    app.action("trial.open", on_preview)  # the id in a form that was open before an upgrade
    app.view(form.SAVE, on_save)


def open_form(
    context: ListenerContext, body: Body, channel: ChannelId, schedule_id: ScheduleId | None, *, push: bool
) -> None:
    """Open the form for a new schedule in this channel, or for one to change; or the reason why not.

    ``push``: on top of the modal that was clicked in.
    """
    member = member_of(body)

    def render() -> tuple[View, FilledForm | None]:
        opened = _opened(context.services, channel, schedule_id, member)
        if isinstance(opened, ScheduleProblem):
            return answers.refused(opened, context.services.settings), None
        return _view(context.services, opened), opened

    async def task() -> None:
        view, opened = await context.run(render)
        shown = await context.open_now(body, view, push=push)
        if opened:
            await _look_closer(context, str(shown["view"]["id"]), opened, member)

    context.add_task(task)


def on_first(context: ListenerContext, ack: Ack, body: Body) -> None:
    """Open the form for whoever invited the bot to a channel: *Set a schedule*."""
    open_form(context, body, ChannelId(value_of(body)), None, push=False)
    ack()


def on_field_changed(context: ListenerContext, ack: Ack, body: Body) -> None:
    """Update the form after a field was changed or *More options* was pressed."""
    shown, action = body["view"], body["actions"][0]
    changed_at = float(action.get("action_ts") or 0)
    context.previews.note(shown["id"], changed_at)

    def render() -> View:
        filled = _filled(context.services, shown)
        if action["action_id"] == form.MORE:
            filled = replace(filled, state=replace(filled.state, more=True))
        return _keeping(shown, _view(context.services, filled, look=member_of(body)))

    async def task() -> None:
        view = await context.run(render)
        await context.workers.call("views.update", view_id=shown["id"], view=view)

    context.add_task(lambda: context.previews.show(shown["id"], changed_at, task))
    ack()


def on_save(context: ListenerContext, ack: Ack, body: Body) -> None:
    """Save the schedule, or show each error at its field. The timer then tells the channel."""
    services, shown = context.services, body["view"]
    filled = _filled(services, shown)
    draft = filled.parsed()
    if isinstance(draft, dict):
        _ack_errors(context, ack, shown, draft)
        return
    outcome = save_schedule(services, draft, member_of(body), filled.state.schedule_id)
    if isinstance(outcome, ScheduleProblem):
        _ack_errors(context, ack, shown, _as_error(services, draft, outcome))
        return
    context.run_due()
    ack.before_sending.append(lambda: context.previews.end(shown["id"]))
    show(ack, form.saved(outcome.schedule, outcome.next_times, filled.state.admin_zone))


def _ack_errors(context: ListenerContext, ack: Ack, shown: View, errors: dict[str, str]) -> None:
    """Show errors at their fields, after any preview that is under way: it would remove them."""
    ack.before_sending.append(lambda: context.previews.settle(shown["id"]))
    ack(response_action="errors", errors=_at_shown(shown, errors))


def on_preview(context: ListenerContext, ack: Ack, body: Body) -> None:
    """Show what members would see, on top of the form, or what is still to be filled in."""
    draft = _filled(context.services, body["view"]).parsed()
    if isinstance(draft, dict):
        context.open_view(body, answers.not_yet(list(draft.values())), push=True)
    else:
        context.render_preview(context, body, schedule_from_draft(context.services, draft))
    ack()


def _opened(
    services: Services, channel: ChannelId, schedule_id: ScheduleId | None, member: MemberId
) -> FilledForm | ScheduleProblem:
    """Return the form as it opens, or why this member may not open it."""
    form_context = _form_context(services, schedule_id)
    before = form_context.before
    if schedule_id and before is None:
        return ScheduleProblem.GONE
    if not may_schedule(services, member, before.channel if before else channel):
        return ScheduleProblem.NOT_ALLOWED
    if before and before.source is Source.CONFIG:
        return ScheduleProblem.DECLARED
    admin_zone = _zone_of(services, member)
    entries = entries_of(draft_of(before)) if before else new_entries(services.settings, channel, admin_zone)
    state = parse_form_state(form_state_metadata(FormState(schedule_id=schedule_id, admin_zone=admin_zone)))
    return FilledForm(state=state, context=form_context, entries=entries)


def _filled(services: Services, shown: View) -> FilledForm:
    state = parse_form_state(shown.get("private_metadata"))
    return read_form(shown, state, _form_context(services, state.schedule_id))


def _form_context(services: Services, schedule_id: ScheduleId | None) -> FormContext:
    before = fetch_schedule(services, schedule_id) if schedule_id else None
    return FormContext(
        settings=services.settings, holidays=services.holidays, now=services.clock(), before=before
    )


def _zone_of(services: Services, member: MemberId) -> str:
    try:
        return services.directory.zone(member)
    except SlackError:
        return services.settings.defaults.zone


def _view(services: Services, filled: FilledForm, *, look: MemberId | None = None) -> View:
    """Return the form with its preview; ``look``: also check the channel, on behalf of this member."""
    return form.schedule_form(
        filled.entries,
        _preview(services, filled, look=look),
        form_state_metadata(filled.state),
        settings=services.settings,
        more=filled.state.more,
        new=filled.state.schedule_id is None,
    )


def _preview(services: Services, filled: FilledForm, *, look: MemberId | None) -> list[Block]:
    draft = filled.parsed()
    if isinstance(draft, dict):
        return form.still_to_do(list(draft.values()))
    problem = _problem(services, filled, draft, look) if look else None
    text = answers.at_field(problem, draft, services.settings.policy) if problem else ""
    drafted = schedule_from_draft(services, draft, filled.state.schedule_id)
    schedule = _paused_as_before(drafted, filled.context.before)
    awake = schedule if schedule.paused_until else replace(schedule, paused=False)
    times = next_times(services, awake)
    if not times:
        never = ScheduleProblem.BLOCKED if is_blocked(services, awake) else ScheduleProblem.NEVER
        return form.still_to_do([answers.at_field(never, draft, services.settings.policy)])
    pack = services.settings.packs.get(schedule.pack)
    dry = overuse(pack, [schedule.recurrence]) if pack else None
    return form.next_questions(schedule, times, filled.state.admin_zone, text, dry)


def _problem(
    services: Services, filled: FilledForm, draft: ScheduleDraft, member: MemberId
) -> ScheduleProblem | None:
    """Return what would keep this draft from being saved, as far as Slack can be asked."""
    try:
        return check_draft(services, draft, member, filled.state.schedule_id)
    except SlackUnavailableError:
        return None


async def _look_closer(context: ListenerContext, view_id: str, opened: FilledForm, member: MemberId) -> None:
    """Check the channel, which may take a while, and show the problem in the open form."""

    def render() -> View | None:
        view = _view(context.services, opened, look=member)
        # A view that says the same would only take the place of the one in which somebody types.
        return None if view == _view(context.services, opened) else view

    view = await context.run(render)
    if view:
        update = partial(context.workers.call, "views.update", view_id=view_id, view=view)
        await context.previews.show(view_id, 0, update)


def _paused_as_before(schedule: Schedule, before: Schedule | None) -> Schedule:
    if before is None:
        return schedule
    return replace(schedule, paused=before.paused, paused_until=before.paused_until)


def _as_error(services: Services, draft: ScheduleDraft, problem: ScheduleProblem) -> FieldErrors:
    text = answers.at_field(problem, draft, services.settings.policy)
    return {answers.FIELDS.get(problem, form.CHANNEL): text}


def _at_shown(shown: View, errors: FieldErrors) -> FieldErrors:
    """Return the errors by field, those of fields that are not shown at the channel."""
    fields = {block["block_id"] for block in shown["blocks"] if block["type"] == "input"}
    return {block_id if block_id in fields else form.CHANNEL: text for block_id, text in errors.items()}


def _keeping(shown: View, view: View) -> View:
    """Return the view with its present fields unchanged, so that what is being typed stays."""
    there: dict[str, Any] = {
        block["block_id"]: block for block in shown["blocks"] if block["type"] == "input"
    }
    return view | {"blocks": [there.get(block.get("block_id", ""), block) for block in view["blocks"]]}
