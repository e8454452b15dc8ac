"""The schedules of a channel in a modal, with buttons for admins."""

from bot.core.changes import ScheduleChange
from bot.core.schedule import QuietDays, Schedule, Source, describe
from bot.core.settings import Settings
from bot.service.channel_schedules import ChannelSchedules
from bot.service.upcoming import PlannedSchedule
from bot.slack.kit.builders import (
    Block,
    View,
    actions,
    button,
    confirm,
    context,
    danger_button,
    date_in_words,
    divider,
    duration,
    escape,
    modal,
    moment,
    section,
    tell_apart,
)
from bot.slack.kit.pages import page_buttons, page_of
from bot.slack.schedule.answer_blocks import whom_to_ask
from bot.slack.schedule.blocks import history_line


def schedule_list(found: ChannelSchedules, settings: Settings, note: str = "", page: int = 0) -> View:
    """Return the schedules of a channel: times, next questions, changes, and buttons for admins.

    ``note``: the outcome of the last button, shown on top. ``page``: from 0; where there are fewer, the last.
    """
    page, shown = page_of(found.planned, page)
    blocks: list[Block] = [section(note), divider()] if note else []
    blocks.append(section(_lead(found)))
    if not found.can_post:
        blocks.append(section(_OUT_OF_REACH))
    if found.shared:
        blocks.append(context(_SHARED))
    for one in shown:
        blocks += [divider(), *_schedule(one, found, settings)]
    blocks += page_buttons("schedule", page, len(found.planned))
    if found.may_change:
        new = button("New schedule", "schedule.new", style="primary")
        blocks += [divider(), actions("schedule.list", new)]
    else:
        asks = f"You can look; admins change. To have something changed, ask {whom_to_ask(settings)}."
        blocks += [divider(), context(asks)]
    return modal(
        "Schedules",
        [*tell_apart(blocks), *_history(found.changes)],
        close="Close",
        callback_id="schedule.list",
        private_metadata=f"{found.channel}:{page}" if page else found.channel,
    )


_OUT_OF_REACH = (
    "⚠️ *I cannot speak in this channel*, so nothing is asked here: I am not in it, or it is archived. "
    "`/invite @belonging` lets me in."
)


_SHARED = (
    "This channel is shared with another company. Only the full members of our own are asked and counted; the summary "
    "in the channel can be read by everybody there."
)


def _lead(found: ChannelSchedules) -> str:
    link = f"<#{found.channel}>"
    if not found.planned:
        lead = f"No questions are scheduled for {link}."
    else:
        lead = f"*When questions come to {link}*"
    if found.open_round:
        closes = moment(found.open_round.closes_at, found.open_round.zone)
        lead += f"\nA question is open until {closes}."
        lead += " Whatever you change here leaves it as it is." if found.may_change else ""
    return lead


def _schedule(one: PlannedSchedule, found: ChannelSchedules, settings: Settings) -> list[Block]:
    when = escape(describe(one.schedule))
    blocks = [
        section(f"*{when[:1].upper()}{when[1:]}*\n{_next(one)}"),
        context(_about(one.schedule, settings)),
    ]
    if found.may_change:
        blocks.append(actions(f"schedule:{one.schedule.id}", *_buttons(one)))
    return blocks


def _next(one: PlannedSchedule) -> str:
    schedule = one.schedule
    times = "\n".join(f"•  {moment(when, schedule.zone)}" for when in one.next_times)
    if one.waiting:
        return (
            "Waiting: fewer than half replied, twice running. It goes on once somebody presses *Go on* in the "
            "channel, or an admin *Resume* here."
        )
    if schedule.paused and schedule.paused_until is None:
        return "Paused, until an admin resumes it."
    if schedule.paused_until:
        return f"Paused until {date_in_words(schedule.paused_until)}. Then:\n{times}"
    if one.blocked:
        return (
            "Never asks: a question of this channel is still open at each of its times. Another time, or questions "
            "that are open for a shorter time, would help."
        )
    return f"Next questions:\n{times}" if times else "No question comes in the next four years."


def _about(schedule: Schedule, settings: Settings) -> str:
    """Return how the rounds of a schedule run, and below that what is special about it."""
    pack = settings.packs.get(schedule.pack)
    rules = [
        f"Prompts: {escape(pack.title)}" if pack else f"⚠️ The prompts “{escape(schedule.pack)}” are missing",
        f"open for {duration(schedule.open_for)}",
        "one reminder" if schedule.reminder else "no reminder",
        f"nothing shown under {schedule.policy.threshold} replies",
    ]
    special = [
        *(["From config.yaml: changed there, paused here"] if schedule.source is Source.CONFIG else []),
        *_quiet(schedule.quiet),
        *(["Asks who joined within the last year"] if schedule.tenure else []),
    ]
    return "\n".join("  ·  ".join(line) for line in (rules, special) if line)


def _quiet(quiet: QuietDays) -> list[str]:
    found = [f"Not on public holidays ({escape(quiet.holidays)})"] if quiet.holidays else []
    days = sum((last - first).days + 1 for first, last in quiet.ranges)
    return found + ([f"Not on {days} day{'s' if days > 1 else ''} of your own"] if days else [])


def _buttons(one: PlannedSchedule) -> list[Block]:
    schedule = one.schedule
    still = schedule.paused or one.waiting
    own = schedule.source is Source.SLACK
    turn = ("Resume", "schedule.unpause") if still else ("Pause", "schedule.pause")
    return [
        *([button("Edit", "schedule.edit", schedule.id)] if own else []),
        button(*turn, schedule.id),
        button("Ask now", "schedule.ask", schedule.id, confirm=_ask_question(schedule)),
        button("Preview", "schedule.show", schedule.id),
        *([danger_button("Delete", "schedule.delete", schedule.id, _DELETE)] if own else []),
    ]


def _ask_question(schedule: Schedule) -> Block:
    return confirm(
        "Ask now?",
        "The next question goes to the channel at once, and everybody there can reply for "
        f"{duration(schedule.open_for)}. The schedule goes on as planned.",
        "Ask now",
        "Not now",
    )


_DELETE = confirm(
    "Delete this schedule?",
    "No more questions come from it. Results stay, and a question that is open goes on. The channel is told.",
    "Delete it",
    "Keep it",
)


def _history(changes: tuple[ScheduleChange, ...]) -> list[Block]:
    if not changes:
        return []
    return [context("\n".join(["*Latest changes*", *(f"•  {history_line(change)}" for change in changes)]))]
