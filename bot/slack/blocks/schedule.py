"""What channels and admins hear of schedules: the introduction, a changed schedule, a changed channel."""

from datetime import date, datetime

from bot.core.changes import ChangeKind, ScheduleChange
from bot.core.schedule import describe
from bot.ports import AdminNote, ChannelInfo
from bot.slack.blocks.kit import Block, actions, button, date_in_words, escape, moment, section

INTRODUCTION_TEXT = (
    "Hello, this is Belonging Bot. Now and then I ask a question here about how we welcome each other and how "
    "we shape this place together. You reply without your name; when a round closes, everybody sees the same "
    "summary, and replies and keys are destroyed."
)


def introduction() -> list[Block]:
    """What the bot says when it has come into a channel, with the way to begin."""
    return [
        section(
            "*Hello, this is Belonging Bot.* 🌱\nNow and then I ask a question here about how we welcome each "
            "other and how we shape this place together."
        ),
        section(
            "*You reply without your name.* While a round is open, replies lie encrypted; when it closes, "
            "replies and keys are destroyed. Everybody sees the same summary, and only if at least five people "
            "replied. I cannot read this channel."
        ),
        actions(
            "introduction",
            button("Set a schedule", "schedule.open", style="primary"),
            button("How this stays anonymous", "promise.open"),
        ),
    ]


def change_line(change: ScheduleChange, next_at: datetime | None) -> str:
    """A change to a schedule in one line, for everybody in its channel."""
    schedule = change.schedule
    who = f"<@{change.by}>" if change.by else "config.yaml"
    when = escape(describe(schedule))
    said = {
        ChangeKind.CREATED: f"{who} set a schedule for questions here: {when}.",
        ChangeKind.CHANGED: f"{who} changed when questions come here: {when}.",
        ChangeKind.PAUSED: f"{who} paused the questions here{_until(schedule.paused_until)}.",
        ChangeKind.RESUMED: f"{who} let the questions here go on: {when}.",
        ChangeKind.DELETED: f"{who} ended the schedule for questions here ({when}).",
    }[change.kind]
    return f"{said} The next one comes {moment(next_at, schedule.zone)}." if next_at else said


def admin_note(note: AdminNote, channel: ChannelInfo, name_before: str) -> str:
    """What has become of a channel with a schedule, and what an admin can do about it."""
    link = f"<#{channel.id}>"
    name = escape(f"#{name_before or channel.name}")
    return {
        AdminNote.ARCHIVED: f"{name} was archived, so its questions rest. Nothing is lost: they go on if the "
        "channel comes back. To end them, delete its schedule with `/belonging schedule`.",
        AdminNote.LEFT: f"I am no longer in {name}, so its questions rest. Invite me again "
        "(`/invite @belonging` there) and they go on.",
        AdminNote.BACK: f"I can speak in {link} again. Its questions go on as scheduled.",
        AdminNote.RENAMED: f"{name} is now {link}. Its schedule goes on unchanged.",
        AdminNote.NOW_PRIVATE: f"{link} is now private. Its schedule goes on unchanged.",
        AdminNote.NOW_PUBLIC: f"{link} is now public: anybody in the workspace can read its summaries. "
        "Its schedule goes on unchanged.",
    }[note]


def _until(day: date | None) -> str:
    return f" until {date_in_words(day)}" if day else ""
