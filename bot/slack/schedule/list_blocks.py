"""The schedules of a channel in a modal, with buttons for admins."""

from bot.core.language import ENGLISH, N_, Language, Languages
from bot.core.schedule import QuietDays, Schedule, Source, describe
from bot.core.settings import Settings
from bot.service.channel_schedules import ChannelSchedules
from bot.service.upcoming import PlannedSchedule
from bot.slack.kit.builders import (
    Block,
    View,
    actions,
    button,
    channel_link,
    confirm,
    context,
    danger_button,
    divider,
    escape,
    modal,
    moment,
    section,
    tell_apart,
)
from bot.slack.kit.pages import page_buttons, page_of
from bot.slack.schedule.answer_blocks import whom_to_ask
from bot.slack.schedule.blocks import history_line


def schedule_list(
    found: ChannelSchedules, settings: Settings, note: str = "", page: int = 0, language: Language = ENGLISH
) -> View:
    """Return the schedules of a channel: times, next questions, changes, and buttons for admins.

    ``note``: the outcome of the last button, shown on top. ``page``: from 0; where there are fewer, the last.
    """
    page, shown = page_of(found.planned, page)
    blocks: list[Block] = [section(note), divider()] if note else []
    blocks.append(section(_lead(found, language)))
    if not found.can_post:
        blocks.append(section(language.gettext(_OUT_OF_REACH)))
    if found.shared:
        blocks.append(context(language.gettext(_SHARED)))
    for one in shown:
        blocks += [divider(), *_schedule(one, found, settings, language)]
    blocks += page_buttons("schedule", page, len(found.planned), language)
    if found.may_change:
        new = button(language.gettext("New schedule"), "schedule.new", style="primary")
        blocks += [divider(), actions("schedule.list", new)]
    else:
        asks = language.gettext(
            "You can look; admins change. To have something changed, ask {whom}.",
            whom=whom_to_ask(settings, language),
        )
        blocks += [divider(), context(asks)]
    return modal(
        # Translators: the title of the list; at most 24 characters.
        language.pgettext("title", "Schedules"),
        [*tell_apart(blocks, language), *_history(found, language)],
        close=language.pgettext("button", "Close"),
        callback_id="schedule.list",
        private_metadata=f"{found.channel}:{page}" if page else found.channel,
    )


_OUT_OF_REACH = N_(
    "⚠️ *I cannot speak in this channel*, so nothing is asked here: I am not in it, or it is archived. "
    "`/invite @belonging` lets me in."
)


_SHARED = N_(
    "This channel is shared with another company. Only the full members of our own are asked and counted; the summary "
    "in the channel can be read by everybody there."
)


def _lead(found: ChannelSchedules, language: Language) -> str:
    link = channel_link(found.channel)
    if found.planned:
        lead = language.gettext("*When questions come to {channel}*", channel=link)
    else:
        lead = language.gettext("No questions are scheduled for {channel}.", channel=link)
    if not found.open_round:
        return lead
    closes = moment(found.open_round.closes_at, found.open_round.zone, language)
    is_open = language.gettext("A question is open until {closes}.", closes=closes)
    if found.may_change:
        stays = language.gettext("Whatever you change here leaves it as it is.")
        return f"{lead}\n{is_open} {stays}"
    return f"{lead}\n{is_open}"


def _schedule(
    one: PlannedSchedule, found: ChannelSchedules, settings: Settings, language: Language
) -> list[Block]:
    when = escape(describe(one.schedule, language))
    blocks = [
        section(f"*{when[:1].upper()}{when[1:]}*\n{_next(one, language)}"),
        context(_about(one.schedule, settings, found.languages, language)),
    ]
    if found.may_change:
        blocks.append(actions(f"schedule:{one.schedule.id}", *_buttons(one, language)))
    return blocks


def _next(one: PlannedSchedule, language: Language) -> str:
    schedule = one.schedule
    times = [f"•  {moment(when, schedule.zone, language)}" for when in one.next_times]
    if one.waiting:
        return language.gettext(
            "Waiting: fewer than half replied, twice running. It goes on once somebody presses *Go on* in the "
            "channel, or an admin *Resume* here."
        )
    if schedule.paused and schedule.paused_until is None:
        return language.gettext("Paused, until an admin resumes it.")
    if schedule.paused_until:
        # Translators: times follow, one a line.
        lead = language.gettext("Paused until {day}. Then:", day=language.day(schedule.paused_until))
        return "\n".join([lead, *times])
    if one.blocked:
        return language.gettext(
            "Never asks: a question of this channel is still open at each of its times. Another time, or questions "
            "that are open for a shorter time, would help."
        )
    if not times:
        return language.gettext("No question comes in the next four years.")
    # Translators: times follow, one a line.
    return "\n".join([language.gettext("Next questions:"), *times])


def _about(schedule: Schedule, settings: Settings, languages: Languages, language: Language) -> str:
    """Return how the rounds of a schedule run, and below that what is special about it."""
    return "\n".join(
        "  ·  ".join(line)
        for line in (_rules(schedule, settings, languages, language), _special(schedule, language))
        if line
    )


def _rules(schedule: Schedule, settings: Settings, languages: Languages, language: Language) -> list[str]:
    pack = settings.packs.get(schedule.pack)
    if pack:
        # Translators: the set of prompts from which questions are taken.
        prompts = language.gettext("Prompts: {pack}", pack=escape(pack.title))
    else:
        prompts = language.gettext("⚠️ The prompts “{pack}” are missing", pack=escape(schedule.pack))
    return [
        prompts,
        # Translators: a fact about each question; {duration} is such as “3 days”.
        language.gettext("open for {duration}", duration=language.duration(schedule.open_for)),
        # Translators: facts about each question.
        language.gettext("one reminder") if schedule.reminder else language.gettext("no reminder"),
        # Translators: a fact about each question: with fewer replies nothing is shown.
        language.ngettext(
            "nothing shown under {number} reply",
            "nothing shown under {number} replies",
            schedule.policy.threshold,
        ),
        _spoken(schedule, languages, language),
    ]


def _spoken(schedule: Schedule, languages: Languages, language: Language) -> str:
    if not schedule.language:
        # Translators: a fact about a channel's messages, as long as no language is chosen.
        return language.gettext("Language: the one that most people here use")
    # Translators: a fact about a channel's messages; {language} is a language's own name, such as Deutsch.
    return language.gettext("Language: {language}", language=languages.named(schedule.language).name)


def _special(schedule: Schedule, language: Language) -> list[str]:
    found = []
    if schedule.source is Source.CONFIG:
        found.append(language.gettext("From config.yaml: changed there, paused here"))
    found += _quiet(schedule.quiet, language)
    if schedule.tenure:
        found.append(language.gettext("Asks who joined within the last year"))
    return found


def _quiet(quiet: QuietDays, language: Language) -> list[str]:
    found = []
    if quiet.holidays:
        # Translators: no question comes then. {region} is such as DE-BE.
        found.append(language.gettext("Not on public holidays ({region})", region=escape(quiet.holidays)))
    if days := sum((last - first).days + 1 for first, last in quiet.ranges):
        # Translators: no question comes then.
        found.append(
            language.ngettext("Not on {number} day of your own", "Not on {number} days of your own", days)
        )
    return found


def _buttons(one: PlannedSchedule, language: Language) -> list[Block]:
    schedule = one.schedule
    own = schedule.source is Source.SLACK
    if schedule.paused or one.waiting:
        turn = button(language.pgettext("button", "Resume"), "schedule.unpause", schedule.id)
    else:
        turn = button(language.pgettext("button", "Pause"), "schedule.pause", schedule.id)
    edit = button(language.pgettext("button", "Edit"), "schedule.edit", schedule.id)
    delete = danger_button(
        language.pgettext("button", "Delete"), "schedule.delete", schedule.id, _delete_question(language)
    )
    ask = button(
        language.gettext("Ask now"), "schedule.ask", schedule.id, confirm=_ask_question(schedule, language)
    )
    preview = button(language.pgettext("button", "Preview"), "schedule.show", schedule.id)
    return [edit, turn, ask, preview, delete] if own else [turn, ask, preview]


def _ask_question(schedule: Schedule, language: Language) -> Block:
    return confirm(
        language.gettext("Ask now?"),
        language.gettext(
            "The next question goes to the channel at once, and everybody there can reply for {duration}. The "
            "schedule goes on as planned.",
            duration=language.duration(schedule.open_for),
        ),
        language.gettext("Ask now"),
        # Translators: leaves it.
        language.gettext("Not now"),
    )


def _delete_question(language: Language) -> Block:
    return confirm(
        language.gettext("Delete this schedule?"),
        language.gettext(
            "No more questions come from it. Results stay, and a question that is open goes on. The channel is told."
        ),
        language.gettext("Delete it"),
        language.gettext("Keep it"),
    )


def _history(found: ChannelSchedules, language: Language) -> list[Block]:
    if not found.changes:
        return []
    # Translators: changes follow, one a line.
    lead = language.gettext("*Latest changes*")
    lines = [f"•  {history_line(change, found.languages, language)}" for change in found.changes]
    return [context("\n".join([lead, *lines]))]
