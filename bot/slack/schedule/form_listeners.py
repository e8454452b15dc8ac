"""Listeners for the schedule form: open, show the preview, save, *Preview*."""

import asyncio
from dataclasses import replace
from functools import partial
from typing import Any

from bot.core.advice import overuse
from bot.core.changes import ScheduleDraft, draft_of
from bot.core.channel_language import UsualLanguage
from bot.core.language import Language
from bot.core.model import ChannelId, MemberId, ScheduleId
from bot.core.schedule import Schedule, Source
from bot.errors import SlackError, SlackUnavailableError
from bot.ports import Services
from bot.service.channel_language import language_of_reader, usual_language_in, with_language
from bot.service.channel_schedules import fetch_schedule, may_schedule
from bot.service.people import may_know_of
from bot.service.schedules import ScheduleProblem, check_draft, save_schedule, schedule_from_draft
from bot.service.upcoming import is_blocked, next_times
from bot.slack.context import Ack, Body, ListenerContext, member_of, show, value_of
from bot.slack.dispatch import Dispatcher
from bot.slack.kit.builders import Block, View
from bot.slack.schedule import error_blocks as errors
from bot.slack.schedule import field_blocks as fields
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

IN_TIME_S = 1.0
"""How long a form that opens waits to learn what language most people of its channel use."""


def register(app: Dispatcher) -> None:
    """Register these listeners."""
    app.action("schedule.first", on_first)
    app.action(fields.PREVIEW, on_field_changed)
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

    def begin() -> tuple[FilledForm | ScheduleProblem, Language]:
        language = language_of_reader(context.services, member, channel)
        return _opened(context.services, channel, schedule_id, member, language), language

    async def task() -> None:
        opened, language = await context.run(begin)
        if isinstance(opened, ScheduleProblem):
            settings = context.services.settings
            await context.open_now(body, errors.refused(opened, settings, language), push=push)
            return
        usual = await _usual_in_time(context, opened, member)
        view = await context.run(partial(_view, context.services, opened, usual))
        shown = await context.open_now(body, view, push=push)
        await _look_closer(context, str(shown["view"]["id"]), opened, member, view)

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
        return _keeping(shown, _looked_at(context.services, filled, member_of(body)))

    async def task() -> None:
        view = await context.run(render)
        await context.workers.call("views.update", view_id=shown["id"], view=view)

    context.add_task(lambda: context.previews.show(shown["id"], changed_at, task))
    ack()


def on_save(context: ListenerContext, ack: Ack, body: Body) -> None:
    """Save the schedule, or show each error at its field. The timer then tells the channel."""
    services, shown = context.services, body["view"]
    filled = _filled(services, shown)
    language = _language_of(services, filled)
    draft = filled.parsed(language)
    if isinstance(draft, dict):
        _ack_errors(context, ack, shown, draft)
        return
    outcome = save_schedule(services, draft, member_of(body), filled.state.schedule_id)
    if isinstance(outcome, ScheduleProblem):
        _ack_errors(context, ack, shown, _as_error(services, draft, outcome, language))
        return
    context.run_due()
    ack.before_sending.append(lambda: context.previews.end(shown["id"]))
    show(ack, form.saved(outcome.schedule, outcome.next_times, filled.state.admin_zone, language))


def _ack_errors(context: ListenerContext, ack: Ack, shown: View, found: FieldErrors) -> None:
    """Show errors at their fields, after any preview that is under way: it would remove them."""
    ack.before_sending.append(lambda: context.previews.settle(shown["id"]))
    ack(response_action="errors", errors=_at_shown(shown, found))


def on_preview(context: ListenerContext, ack: Ack, body: Body) -> None:
    """Show what members would see, on top of the form, or what is still to be filled in."""
    services, filled = context.services, _filled(context.services, body["view"])
    language = _language_of(services, filled)
    draft = filled.parsed(language)
    if isinstance(draft, dict):
        context.open_view(body, errors.not_yet(list(draft.values()), language), push=True)
    else:
        schedule = with_language(services, schedule_from_draft(services, draft))
        context.render_preview(context, body, schedule)
    ack()


def _opened(
    services: Services,
    channel: ChannelId,
    schedule_id: ScheduleId | None,
    member: MemberId,
    language: Language,
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
    if before:
        entries = entries_of(draft_of(before), language)
    else:
        entries = new_entries(services.settings, channel, admin_zone, language)
    state = FormState(schedule_id=schedule_id, admin_zone=admin_zone, language=language.code)
    return FilledForm(
        state=parse_form_state(form_state_metadata(state)), context=form_context, entries=entries
    )


def _filled(services: Services, shown: View) -> FilledForm:
    state = parse_form_state(shown.get("private_metadata"))
    language = services.languages.named(state.language)
    return read_form(shown, state, _form_context(services, state.schedule_id), language)


def _language_of(services: Services, filled: FilledForm) -> Language:
    """Return the language in which a form opened; a form that stays open keeps it."""
    return services.languages.named(filled.state.language)


def _form_context(services: Services, schedule_id: ScheduleId | None) -> FormContext:
    before = fetch_schedule(services, schedule_id) if schedule_id else None
    return FormContext(
        settings=services.settings,
        holidays=services.holidays,
        now=services.clock(),
        before=before,
        languages=services.languages,
    )


def _zone_of(services: Services, member: MemberId) -> str:
    try:
        return services.directory.zone(member)
    except SlackError:
        return services.settings.defaults.zone


def _view(
    services: Services, filled: FilledForm, usual: UsualLanguage | None, look: MemberId | None = None
) -> View:
    """Return the form with its preview; ``look``: also check the channel, on behalf of this member."""
    language = _language_of(services, filled)
    return form.schedule_form(
        filled.entries,
        _preview(services, filled, look, language),
        form_state_metadata(filled.state),
        settings=services.settings,
        more=filled.state.more,
        new=filled.state.schedule_id is None,
        languages=services.languages,
        usual=usual,
        language=language,
    )


def _looked_at(services: Services, filled: FilledForm, member: MemberId) -> View:
    """Return the form after a look at its channel, on behalf of this member."""
    return _view(services, filled, _usual(services, filled, member), member)


def _usual(services: Services, filled: FilledForm, member: MemberId) -> UsualLanguage | None:
    """Return the language of most people of the channel, where none is chosen and the member may know."""
    channel = ChannelId(filled.entries.channel)
    if filled.entries.language or not channel or not may_know_of(services, channel, member):
        return None
    return usual_language_in(services, channel)


async def _usual_in_time(
    context: ListenerContext, opened: FilledForm, member: MemberId
) -> UsualLanguage | None:
    """Return the same, or None where it takes long to find out: the form has to open in time."""
    until_s = asyncio.get_running_loop().time() + IN_TIME_S
    try:
        usual: UsualLanguage | None = await context.run(
            partial(_usual, context.services, opened, member), until_s
        )
    except SlackUnavailableError:
        return None
    return usual


def _preview(
    services: Services, filled: FilledForm, look: MemberId | None, language: Language
) -> list[Block]:
    draft = filled.parsed(language)
    if isinstance(draft, dict):
        return form.still_to_do(list(draft.values()), language)
    problem = _problem(services, filled, draft, look) if look else None
    text = errors.at_field(problem, draft, services.settings.policy, language) if problem else ""
    drafted = schedule_from_draft(services, draft, filled.state.schedule_id)
    schedule = _paused_as_before(drafted, filled.context.before)
    awake = schedule if schedule.paused_until else replace(schedule, paused=False)
    times = next_times(services, awake)
    if not times:
        never = ScheduleProblem.BLOCKED if is_blocked(services, awake) else ScheduleProblem.NEVER
        return form.still_to_do([errors.at_field(never, draft, services.settings.policy, language)], language)
    pack = services.settings.packs.get(schedule.pack)
    dry = overuse(pack, [schedule.recurrence]) if pack else None
    return form.next_questions(schedule, times, filled.state.admin_zone, text, dry, language)


def _problem(
    services: Services, filled: FilledForm, draft: ScheduleDraft, member: MemberId
) -> ScheduleProblem | None:
    """Return what would keep this draft from being saved, as far as Slack can be asked."""
    try:
        return check_draft(services, draft, member, filled.state.schedule_id)
    except SlackUnavailableError:
        return None


async def _look_closer(
    context: ListenerContext, view_id: str, opened: FilledForm, member: MemberId, shown: View
) -> None:
    """Check the channel, which may take a while, and show in the open form what was found."""

    def render() -> View | None:
        view = _looked_at(context.services, opened, member)
        # A view that says the same would only take the place of the one in which somebody types.
        return None if view == shown else view

    view = await context.run(render)
    if view:
        update = partial(context.workers.call, "views.update", view_id=view_id, view=view)
        await context.previews.show(view_id, 0, update)


def _paused_as_before(schedule: Schedule, before: Schedule | None) -> Schedule:
    if before is None:
        return schedule
    return replace(schedule, paused=before.paused, paused_until=before.paused_until)


def _as_error(
    services: Services, draft: ScheduleDraft, problem: ScheduleProblem, language: Language
) -> FieldErrors:
    text = errors.at_field(problem, draft, services.settings.policy, language)
    return {errors.FIELDS.get(problem, fields.CHANNEL): text}


def _at_shown(shown: View, found: FieldErrors) -> FieldErrors:
    """Return the errors by field, those of fields that are not shown at the channel."""
    blocks = (str(block["block_id"]) for block in shown["blocks"] if block["type"] == "input")
    there = {block_id.partition(":")[0]: block_id for block_id in blocks}
    return {there.get(block_id, fields.CHANNEL): text for block_id, text in found.items()}


def _keeping(shown: View, view: View) -> View:
    """Return the view with its present fields unchanged, so that what is being typed stays."""
    there: dict[str, Any] = {
        block["block_id"]: block for block in shown["blocks"] if block["type"] == "input"
    }
    return view | {"blocks": [there.get(block.get("block_id", ""), block) for block in view["blocks"]]}
