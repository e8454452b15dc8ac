"""The listeners of the schedule form: opening it, its preview, saving, and *Try it on me*."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from bot.core.advice import runs_dry
from bot.core.changes import ScheduleDraft, draft_of
from bot.core.model import ChannelId, MemberId, ScheduleId
from bot.core.schedule import Schedule, Source
from bot.errors import SlackError, SlackUnavailableError
from bot.ports import Desk
from bot.service.schedules import (
    ScheduleProblem,
    save_schedule,
    trial,
    unfit,
)
from bot.service.timetable import (
    PlannedSchedule,
    fetch_schedule,
    may_schedule,
    next_times,
)
from bot.slack import trials
from bot.slack.blocks import schedule_form as form
from bot.slack.blocks import schedule_wrong as wrong
from bot.slack.blocks.kit import Block, View
from bot.slack.blocks.schedule_form import Entries
from bot.slack.counter import Ack, Body, Counter, member_of, show
from bot.slack.dispatch import Dispatcher
from bot.slack.schedule_parse import (
    FieldErrors,
    Frame,
    Sheet,
    entries_of,
    new_entries,
    parse_schedule,
    parse_sheet,
    read_entries,
    sheet_metadata,
)
from bot.slack.trials import try_it, try_view

__all__ = ["open_form", "register", "try_it", "try_view"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A form as it is filled in right now."""

    sheet: Sheet
    frame: Frame
    entries: Entries

    def parsed(self) -> ScheduleDraft | FieldErrors:
        """The draft in it, or what is wrong, by block."""
        return parse_schedule(self.entries, self.frame)


def register(app: Dispatcher) -> None:
    """Register these listeners."""
    app.action(form.PREVIEW, on_preview)
    app.action(form.MORE, on_preview)
    app.action(form.TRY, on_try)
    app.view(form.SAVE, on_save)
    trials.register(app)


def open_form(
    counter: Counter, body: Body, channel: ChannelId, schedule_id: ScheduleId | None, *, push: bool
) -> None:
    """Open the form beside the acknowledgement: for a new schedule in this channel, or for one to change.

    ``push``: on top of the modal that was clicked in. Who may not, reads why.
    """
    member = member_of(body)

    def render() -> tuple[View, Filled | None]:
        opened = _opened(counter.desk, channel, schedule_id, member)
        if isinstance(opened, ScheduleProblem):
            return wrong.refused(opened, counter.desk.settings), None
        return _view(counter.desk, opened), opened

    async def step() -> None:
        view, opened = await counter.run(render)
        shown = await counter.open_now(body, view, push=push)
        if opened:
            await _look_closer(counter, str(shown["view"]["id"]), opened, member)

    counter.after(step)


def on_preview(counter: Counter, ack: Ack, body: Body) -> None:
    """A field was changed, or *More options* pressed: the form with the fields and the preview that fit."""
    shown, action = body["view"], body["actions"][0]
    changed_at = float(action.get("action_ts") or 0)
    counter.previews.note(shown["id"], changed_at)

    def render() -> View:
        filled = _filled(counter.desk, shown)
        if action["action_id"] == form.MORE:
            filled = replace(filled, sheet=replace(filled.sheet, more=True))
        return _keeping(shown, _view(counter.desk, filled, look=member_of(body)))

    async def step() -> None:
        view = await counter.run(render)
        await counter.work.call("views.update", view_id=shown["id"], view=view)

    counter.after(lambda: counter.previews.show(shown["id"], changed_at, step))
    ack()


def on_save(counter: Counter, ack: Ack, body: Body) -> None:
    """*Save*: what is wrong at its field; else it is stored, and then the channel hears of it."""
    desk, shown = counter.desk, body["view"]
    filled = _filled(desk, shown)
    draft = filled.parsed()
    if isinstance(draft, dict):
        ack(response_action="errors", errors=_at_shown(shown, draft))
        return
    outcome = _save(desk, filled, draft, member_of(body))
    if isinstance(outcome, ScheduleProblem):
        ack(response_action="errors", errors=_at_shown(shown, _as_error(desk, draft, outcome)))
        return
    counter.run_due()
    ack.before.append(lambda: counter.previews.end(shown["id"]))
    show(ack, form.saved(outcome.schedule, outcome.next_times, filled.sheet.mine))


def on_try(counter: Counter, ack: Ack, body: Body) -> None:
    """*Try it on me*: what members would see, on top of the form; or what is still to be filled in."""
    draft = _filled(counter.desk, body["view"]).parsed()
    if isinstance(draft, dict):
        counter.open_view(body, wrong.not_yet(list(draft.values())), push=True)
    else:
        try_it(counter, body, trial(counter.desk, draft))
    ack()


def _opened(
    desk: Desk, channel: ChannelId, schedule_id: ScheduleId | None, member: MemberId
) -> Filled | ScheduleProblem:
    """The form as it is when it opens, or why this member gets none."""
    before = fetch_schedule(desk, schedule_id) if schedule_id else None
    if schedule_id and before is None:
        return ScheduleProblem.GONE
    if not may_schedule(desk, member, before.channel if before else channel):
        return ScheduleProblem.NOT_ALLOWED
    if before and before.source is Source.CONFIG:
        return ScheduleProblem.DECLARED
    mine = _zone_of(desk, member)
    entries = entries_of(draft_of(before)) if before else new_entries(desk.settings, channel, mine)
    sheet = parse_sheet(sheet_metadata(Sheet(schedule_id=schedule_id, mine=mine)))
    return Filled(sheet=sheet, frame=_frame(desk, before), entries=entries)


def _filled(desk: Desk, shown: View) -> Filled:
    """The form as it is filled in; what it does not show is as it was saved, or as the defaults say."""
    sheet = parse_sheet(shown.get("private_metadata"))
    before = fetch_schedule(desk, sheet.schedule_id) if sheet.schedule_id else None
    base = entries_of(draft_of(before)) if before else new_entries(desk.settings, ChannelId(""), sheet.mine)
    return Filled(sheet=sheet, frame=_frame(desk, before), entries=read_entries(shown, base))


def _frame(desk: Desk, before: Schedule | None) -> Frame:
    return Frame(settings=desk.settings, holidays=desk.holidays, now=desk.clock(), before=before)


def _zone_of(desk: Desk, member: MemberId) -> str:
    try:
        return desk.directory.zone(member)
    except SlackError:
        return desk.settings.defaults.zone


def _view(desk: Desk, filled: Filled, *, look: MemberId | None = None) -> View:
    """The form with its preview; ``look``: also ask Slack, for this member, whether the channel fits."""
    return form.schedule_form(
        filled.entries,
        _preview(desk, filled, look=look),
        sheet_metadata(filled.sheet),
        settings=desk.settings,
        more=filled.sheet.more,
        new=filled.sheet.schedule_id is None,
    )


def _preview(desk: Desk, filled: Filled, *, look: MemberId | None) -> list[Block]:
    draft = filled.parsed()
    if isinstance(draft, dict):
        return form.still_to_do(list(draft.values()))
    problem = _problem(desk, draft, look) if look else None
    said = wrong.at_field(problem, draft, desk.settings.policy) if problem else ""
    schedule = _paused_as_before(trial(desk, draft), filled.frame.before)
    awake = schedule if schedule.paused_until else replace(schedule, paused=False)
    times = next_times(desk, awake)
    if not times:
        return form.still_to_do([wrong.at_field(ScheduleProblem.NEVER, draft, desk.settings.policy)])
    pack = desk.settings.packs.get(schedule.pack)
    dry = runs_dry(pack, [schedule.recurrence]) if pack else None
    return form.next_questions(schedule, times, filled.sheet.mine, said, dry)


def _problem(desk: Desk, draft: ScheduleDraft, member: MemberId) -> ScheduleProblem | None:
    """What would keep this draft from being saved, as far as Slack can be asked."""
    try:
        return unfit(desk, draft, member)
    except SlackUnavailableError:
        return None


async def _look_closer(counter: Counter, view_id: str, opened: Filled, member: MemberId) -> None:
    """Ask Slack whether the channel fits, which may take a while; if it does not, the open form says so."""

    def render() -> View | None:
        draft = opened.parsed()
        fits = not isinstance(draft, ScheduleDraft) or not _problem(counter.desk, draft, member)
        return None if fits else _view(counter.desk, opened, look=member)

    view = await counter.run(render)
    if view:
        update = partial(counter.work.call, "views.update", view_id=view_id, view=view)
        await counter.previews.show(view_id, 0, update)


def _paused_as_before(schedule: Schedule, before: Schedule | None) -> Schedule:
    if before is None:
        return schedule
    return replace(schedule, paused=before.paused, paused_until=before.paused_until)


def _save(
    desk: Desk, filled: Filled, draft: ScheduleDraft, member: MemberId
) -> PlannedSchedule | ScheduleProblem:
    before = filled.frame.before
    if before and not may_schedule(desk, member, before.channel):
        return ScheduleProblem.NOT_ALLOWED  # who may set the new channel may not take from the old one
    return save_schedule(desk, draft, member, filled.sheet.schedule_id)


def _as_error(desk: Desk, draft: ScheduleDraft, problem: ScheduleProblem) -> FieldErrors:
    said = wrong.at_field(problem, draft, desk.settings.policy)
    return {wrong.FIELDS.get(problem, form.CHANNEL): said}


def _at_shown(shown: View, errors: FieldErrors) -> FieldErrors:
    """The errors at their fields; at the channel, where a field is not shown."""
    fields = {block["block_id"] for block in shown["blocks"] if block["type"] == "input"}
    return {block_id if block_id in fields else form.CHANNEL: said for block_id, said in errors.items()}


def _keeping(shown: View, view: View) -> View:
    """The view with the fields that are there already just as they are: what is being typed stays."""
    there: dict[str, Any] = {
        block["block_id"]: block for block in shown["blocks"] if block["type"] == "input"
    }
    return view | {"blocks": [there.get(block.get("block_id", ""), block) for block in view["blocks"]]}
