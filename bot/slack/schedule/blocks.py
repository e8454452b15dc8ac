"""Messages to channels and admins: introduction, changed schedules, *Shall we go on?*, failed messages."""

from collections.abc import Mapping
from datetime import date, datetime

from bot.core.changes import ChangeKind, ScheduleChange
from bot.core.model import ChannelId
from bot.core.posts import PostKind, PostOutcome, Trouble
from bot.core.schedule import Schedule, describe
from bot.ports import AdminNote, ChannelInfo
from bot.service.pauses import Going, GoneOn
from bot.slack.kit.builders import (
    Block,
    View,
    actions,
    button,
    context,
    date_in_words,
    escape,
    moment,
    notice,
    section,
)

INTRODUCTION_TEXT = (
    "Hello, this is Belonging Bot. Now and then I ask a question here about how we welcome each other and how "
    "we shape this place together. You reply without your name; when a question closes, everybody sees the same "
    "summary, and replies and keys are destroyed."
)


def introduction() -> list[Block]:
    """Return the bot's introduction to a channel that it has joined."""
    return [
        section(
            "*Hello, this is Belonging Bot.* 🌱\nNow and then I ask a question here about how we welcome each "
            "other and how we shape this place together. Two minutes are enough, and nobody has to reply."
        ),
        section(
            "*You reply without your name.* While a question is open, replies lie encrypted; when it closes, "
            "replies and keys are destroyed. Everybody sees the same summary; below a fixed number of replies "
            "nothing is shown at all. I cannot read this channel."
        ),
        actions(
            "introduction",
            button("Set a schedule", "schedule.open", style="primary"),
            button("How this stays confidential", "promise.open"),
        ),
        context(
            "Admins set when questions come; anyone here can look. `/belonging help` says what else I do."
        ),
    ]


def change_line(change: ScheduleChange, next_at: datetime | None) -> str:
    """Return the line in which a channel is told of a change to its schedule."""
    schedule = change.schedule
    who = _author(change)
    when = escape(describe(schedule))
    text = {
        ChangeKind.CREATED: f"{who} set a schedule for questions here: {when}.",
        ChangeKind.CHANGED: f"{who} changed when questions come here: {when}.",
        ChangeKind.PAUSED: f"{who} paused the questions here{until_day(schedule.paused_until)}: {when}.",
        ChangeKind.RESUMED: f"{who} let the questions here go on: {when}.",
        ChangeKind.DELETED: f"{who} ended the schedule for questions here: {when}.",
    }[change.kind]
    return f"{text} The next one comes {moment(next_at, schedule.zone)}." if next_at else text


def history_line(change: ScheduleChange) -> str:
    """Return a change to a schedule as a line of its history: when, who, what."""
    schedule = change.schedule
    done = {
        ChangeKind.CREATED: "set",
        ChangeKind.CHANGED: "changed to",
        ChangeKind.PAUSED: f"paused{until_day(schedule.paused_until)}:",
        ChangeKind.RESUMED: "resumed:",
        ChangeKind.DELETED: "deleted:",
    }[change.kind]
    return f"{moment(change.at, schedule.zone)}: {_author(change)} {done} {escape(describe(schedule))}"


def admin_note(note: AdminNote, channel: ChannelInfo, name_before: str) -> str:
    """Return what happened to a channel with a schedule, and what an admin can do about it."""
    link = f"<#{channel.id}>"
    name = escape(f"#{name_before or channel.name or channel.id}")
    return {
        AdminNote.ARCHIVED: f"{name} was archived, so its questions rest. Nothing is lost: they go on if the "
        "channel comes back, and a summary that is due is posted then.",
        AdminNote.LEFT: f"I am no longer in {name}, so its questions rest. Invite me again (`/invite @belonging` "
        "there) and they go on.",
        AdminNote.LEFT_UNSEEN: "I am no longer in a private channel for which you have set questions, so they rest. "
        "Invite me again there (`/invite @belonging`) and they go on.",
        AdminNote.BACK: f"I can speak in {link} now. Its questions come as scheduled.",
        AdminNote.RENAMED: f"{name} is now {link}. Its schedule goes on unchanged.",
        AdminNote.NOW_PRIVATE: f"{link} is now private. Its schedule goes on unchanged.",
        AdminNote.NOW_PUBLIC: f"{link} is now public: anybody in the workspace can read its summaries. "
        "Its schedule goes on unchanged.",
    }[note]


GO_ON_TEXT = "Fewer than half of us replied to the last two questions. Shall we go on?"


def shall_we_go_on(schedule: Schedule) -> list[Block]:
    """Return the question whether to go on, with its button."""
    return [
        section(
            "*Shall we go on?*\nFewer than half of us replied to the last two questions, so the questions pause here. "
            "That may be a full calendar, or that nothing came of the last summary, and both are worth a talk."
        ),
        actions("schedule.actions", button("Go on", "schedule.resume", schedule.id, style="primary")),
        context(
            f"The questions came {describe(schedule)}. Anyone here may press; who does is not kept. Until somebody "
            "does, nothing is asked."
        ),
    ]


def gone_on(outcome: GoneOn) -> list[Block]:
    """Return what replaces the question once somebody pressed *Go on*."""
    return [section(f"*We go on.* {_next_question(outcome)}")]


def going_notice(outcome: GoneOn) -> View:
    """Return the notice for the member who pressed *Go on*."""
    if outcome.going is Going.NOT_A_MEMBER:
        return notice("Not here", "This is for the people of that channel.")
    if outcome.going is Going.ALREADY:
        return notice("Going on", f"The questions go on already. {_next_question(outcome)}")
    return notice("Going on", f"Thank you. {_next_question(outcome)}")


def _next_question(outcome: GoneOn) -> str:
    if outcome.schedule is None:
        return "The next question comes when a schedule is set."
    if outcome.next_at is None:
        return "The schedule is paused for now; the next question comes when an admin resumes it."
    return f"The next question comes {moment(outcome.next_at, outcome.schedule.zone)}."


WHAT: Mapping[PostKind, str] = {
    PostKind.ASKING: "the question",
    PostKind.QUESTION: "the question",
    PostKind.REMINDER: "the reminder",
    PostKind.SUMMARY: "the summary",
    PostKind.CYCLE: "the look back at all topics",
    PostKind.GO_ON: "the question whether to go on",
    PostKind.CANCELLED: "the note that a question was cancelled",
    PostKind.KEY_LOST: "the note that a question ended without a result",
    PostKind.INTRODUCTION: "my introduction",
    PostKind.CHANGE: "the note about a changed schedule",
    PostKind.CORRECTION: "the summary without what was taken down",
}
QUESTIONS = frozenset({PostKind.ASKING, PostKind.QUESTION})


def trouble_note(trouble: Trouble, channel: ChannelId) -> str:
    """Return what happened to a message to a channel, and what an admin can do about it."""
    what, link = WHAT.get(trouble.kind, "a message"), f"<#{channel}>"
    why = f" (`{trouble.reason}`)" if trouble.reason else ""
    refuses = f": Slack refuses it{why}." if trouble.reason else " in time."
    text = {
        PostOutcome.UNKNOWN: f"I sent {what} to {link}, and Slack did not say whether it arrived{why}. It may be there "
        "once, twice or not at all. I do not send it again.",
        PostOutcome.GIVEN_UP: f"I could not post {what} in {link}{refuses} I do not try again.",
        PostOutcome.WAITS: f"I could not post {what} in {link}{refuses} I go on trying.",
    }[trouble.fate]
    return f"{text}{_remedy(trouble)}"


def _remedy(trouble: Trouble) -> str:
    if trouble.fate is PostOutcome.UNKNOWN:
        return {
            PostKind.QUESTION: " If it is not there, type `/belonging cancel` in that channel, and then "
            "`/belonging ask`.",
            PostKind.SUMMARY: " `/belonging summary` shows it to whoever asks in that channel.",
        }.get(trouble.kind, "")
    if trouble.kind is PostKind.CORRECTION:
        return " Until then the old one stands there; an admin of the workspace can delete that message."
    if trouble.fate is PostOutcome.GIVEN_UP and trouble.kind in QUESTIONS:
        return " The next one comes as scheduled; `/belonging ask` in that channel asks at once."
    return ""


def _author(change: ScheduleChange) -> str:
    return f"<@{change.by}>" if change.by else "config.yaml"


def until_day(day: date | None) -> str:
    """Return the end of a pause in words, with a space before it; empty without one."""
    return f" until {date_in_words(day)}" if day else ""
