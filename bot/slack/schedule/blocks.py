"""Messages to channels and admins: introduction, changed schedules, *Shall we go on?*, changed channels."""

from collections.abc import Mapping
from datetime import datetime

from bot.core.changes import ChangeKind, ScheduleChange
from bot.core.language import ENGLISH, N_, Language, Languages
from bot.core.model import ChannelId
from bot.core.posts import Trouble
from bot.core.schedule import Schedule, describe
from bot.ports import AdminNote, ChannelInfo
from bot.service.pauses import Going, GoneOn
from bot.slack.kit.builders import (
    Block,
    View,
    actions,
    button,
    channel_link,
    context,
    escape,
    mention,
    moment,
    notice,
    section,
)
from bot.slack.schedule import trouble_blocks

INTRODUCTION_TEXT = N_(
    "Hello, this is Belonging Bot. Now and then I ask a question here about how we welcome each other and how "
    "we shape this place together. You reply without your name; when a question closes, everybody sees the same "
    "summary, and replies and keys are destroyed."
)


def introduction(language: Language) -> list[Block]:
    """Return the bot's introduction to a channel that it has joined."""
    return [
        section(
            language.gettext(
                "*Hello, this is Belonging Bot.* 🌱\nNow and then I ask a question here about how we welcome each "
                "other and how we shape this place together. Two minutes are enough, and nobody has to reply."
            )
        ),
        section(
            language.gettext(
                "*You reply without your name.* While a question is open, replies lie encrypted; when it closes, "
                "replies and keys are destroyed. Everybody sees the same summary; below a fixed number of replies "
                "nothing is shown at all. I cannot read this channel."
            )
        ),
        actions(
            "introduction",
            button(language.gettext("Set a schedule"), "schedule.open", style="primary"),
            button(language.gettext("How this stays confidential"), "promise.open"),
        ),
        context(
            language.gettext(
                "Admins set when questions come; anyone here can look. `/belonging help` says what else I do."
            )
        ),
    ]


def change_line(change: ScheduleChange, next_at: datetime | None, language: Language) -> str:
    """Return the line in which a channel is told of a change to its schedule, in its language."""
    message = _kind_of(change, _TOLD)
    text = language.gettext(message, **_values(change, language.name, language))
    if next_at is None:
        return text
    comes = moment(next_at, change.schedule.zone, language)
    following = language.gettext("The next one comes {moment}.", moment=comes)
    return f"{text} {following}"


def history_line(change: ScheduleChange, languages: Languages, language: Language) -> str:
    """Return a change to a schedule as a line of its history: when, who, what."""
    chosen = languages.named(change.schedule.language).name
    message = _kind_of(change, _DONE)
    return language.gettext(message, **_values(change, chosen, language))


_UNTIL = "paused_until"
"""A change that is said in other words than the kind *paused*."""

_TOLD: Mapping[str, str] = {
    # Translators: {who} is an admin, or config.yaml; {when} such as “every week on Monday at 10:00 (UTC)”.
    ChangeKind.CREATED: N_("{who} set a schedule for questions here: {when}."),
    # Translators: {who} is an admin, or config.yaml; {when} such as “every week on Monday at 10:00 (UTC)”.
    ChangeKind.CHANGED: N_("{who} changed when questions come here: {when}."),
    ChangeKind.PAUSED: N_("{who} paused the questions here: {when}."),
    _UNTIL: N_("{who} paused the questions here until {day}: {when}."),
    ChangeKind.RESUMED: N_("{who} let the questions here go on: {when}."),
    ChangeKind.DELETED: N_("{who} ended the schedule for questions here: {when}."),
    # Translators: {who} is an admin, or config.yaml; {language} the own name of this language, such as Deutsch.
    ChangeKind.LANGUAGE: N_("{who} chose {language} as the language of what I write here."),
}
_DONE: Mapping[str, str] = {
    # Translators: {moment} is when it was done; {who} an admin, or config.yaml; {when} when questions come, such as
    # “every week on Monday at 10:00 (UTC)”.
    ChangeKind.CREATED: N_("{moment}: {who} set {when}"),
    # Translators: {when} is such as “every week on Monday at 10:00 (UTC)”.
    ChangeKind.CHANGED: N_("{moment}: {who} changed to {when}"),
    ChangeKind.PAUSED: N_("{moment}: {who} paused: {when}"),
    _UNTIL: N_("{moment}: {who} paused until {day}: {when}"),
    ChangeKind.RESUMED: N_("{moment}: {who} resumed: {when}"),
    ChangeKind.DELETED: N_("{moment}: {who} deleted: {when}"),
    # Translators: {language} is the own name of the language that was chosen for the channel, such as Deutsch.
    ChangeKind.LANGUAGE: N_("{moment}: {who} chose the language {language}"),
}


def _kind_of(change: ScheduleChange, messages: Mapping[str, str]) -> str:
    until = change.kind is ChangeKind.PAUSED and change.schedule.paused_until
    return messages[_UNTIL if until else change.kind]


def _values(change: ScheduleChange, chosen: str, language: Language) -> dict[str, object]:
    """Return what the messages about a change may name; ``chosen``: the own name of its language."""
    schedule = change.schedule
    return {
        "moment": moment(change.at, schedule.zone, language),
        "who": mention(change.by) if change.by else "config.yaml",
        "when": escape(describe(schedule, language)),
        "day": language.day(schedule.paused_until) if schedule.paused_until else "",
        "language": chosen,
    }


def admin_note(note: AdminNote, channel: ChannelInfo, name_before: str, language: Language) -> str:
    """Return what happened to a channel with a schedule, and what an admin can do about it."""
    name, link = escape(f"#{name_before or channel.name or channel.id}"), channel_link(channel.id)
    return language.gettext(_NOTES[note], channel_name=name, channel_link=link)


_NOTES: Mapping[AdminNote, str] = {
    AdminNote.ARCHIVED: N_(
        "{channel_name} was archived, so its questions rest. Nothing is lost: they go on if the "
        "channel comes back, and a summary that is due is posted then."
    ),
    AdminNote.LEFT: N_(
        "I am no longer in {channel_name}, so its questions rest. Invite me again (`/invite @belonging` "
        "there) and they go on."
    ),
    AdminNote.LEFT_UNSEEN: N_(
        "I am no longer in a private channel for which you have set questions, so they rest. "
        "Invite me again there (`/invite @belonging`) and they go on."
    ),
    AdminNote.BACK: N_("I can speak in {channel_link} now. Its questions come as scheduled."),
    AdminNote.RENAMED: N_("{channel_name} is now {channel_link}. Its schedule goes on unchanged."),
    AdminNote.NOW_PRIVATE: N_("{channel_link} is now private. Its schedule goes on unchanged."),
    AdminNote.NOW_PUBLIC: N_(
        "{channel_link} is now public: anybody in the workspace can read its summaries. "
        "Its schedule goes on unchanged."
    ),
    AdminNote.NOT_TRANSLATED: N_(
        "The question in {channel_link} did not come in every language that is read there: its prompts are not "
        "all translated. `belonging prompts check` names what is missing."
    ),
}

GO_ON_TEXT = N_("Fewer than half of us replied to the last two questions. Shall we go on?")


def shall_we_go_on(schedule: Schedule, language: Language = ENGLISH) -> list[Block]:
    """Return the question whether to go on, with its button."""
    go_on = button(language.pgettext("button", "Go on"), "schedule.resume", schedule.id, style="primary")
    return [
        section(
            language.gettext(
                "*Shall we go on?*\nFewer than half of us replied to the last two questions, so the questions pause "
                "here. That may be a full calendar, or that nothing came of the last summary, and both are worth a "
                "talk."
            )
        ),
        actions("schedule.actions", go_on),
        context(
            # Translators: {when} is such as “every 2 weeks on Tuesday at 10:00 (Europe/Berlin)”.
            language.gettext(
                "The questions came {when}. Anyone here may press; who does is not kept. Until somebody does, "
                "nothing is asked.",
                when=describe(schedule, language),
            )
        ),
    ]


def gone_on(outcome: GoneOn, language: Language = ENGLISH) -> list[Block]:
    """Return what replaces the question once somebody pressed *Go on*."""
    lead = language.gettext("*We go on.*")
    return [section(f"{lead} {_next_question(outcome, language)}")]


def going_notice(outcome: GoneOn, language: Language = ENGLISH) -> View:
    """Return the notice for the member who pressed *Go on*."""
    if outcome.going is Going.NOT_A_MEMBER:
        text = language.gettext("This is for the people of that channel.")
        return notice(language.gettext("Not here"), text, language)
    if outcome.going is Going.ALREADY:
        lead = language.gettext("The questions go on already.")
    else:
        lead = language.gettext("Thank you.")
    # Translators: the title of a notice; at most 24 characters. The questions go on.
    title = language.gettext("Going on")
    return notice(title, f"{lead} {_next_question(outcome, language)}", language)


def _next_question(outcome: GoneOn, language: Language) -> str:
    if outcome.schedule is None:
        return language.gettext("The next question comes when a schedule is set.")
    if outcome.next_at is None:
        return language.gettext(
            "The schedule is paused for now; the next question comes when an admin resumes it."
        )
    comes = moment(outcome.next_at, outcome.schedule.zone, language)
    return language.gettext("The next question comes {moment}.", moment=comes)


def trouble_note(trouble: Trouble, channel: ChannelId, language: Language) -> str:
    """Return what happened to a message to a channel, and what an admin can do about it."""
    return trouble_blocks.trouble_note(trouble, channel, language)
