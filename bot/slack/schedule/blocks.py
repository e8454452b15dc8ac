"""What channels, admins and askers hear of schedules: introduction, changes, answers to commands, refusals."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from bot.core.changes import ChangeKind, ScheduleChange
from bot.core.model import ChannelId, Round
from bot.core.schedule import Schedule, describe
from bot.core.settings import Settings
from bot.ports import AdminNote, ChannelInfo
from bot.service.open_rounds import NotAsked
from bot.service.schedules import ScheduleProblem
from bot.slack.kit.builders import (
    Answer,
    Block,
    actions,
    button,
    confirm,
    context,
    date_in_words,
    escape,
    moment,
    number_in_words,
    section,
)
from bot.slack.kit.refusals import REFUSALS

NAMED = 5
"""At most so many admins are named as those to ask."""

INTRODUCTION_TEXT = (
    "Hello, this is Belonging Bot. Now and then I ask a question here about how we welcome each other and how "
    "we shape this place together. You reply without your name; when a question closes, everybody sees the same "
    "summary, and replies and keys are destroyed."
)


def introduction() -> list[Block]:
    """What the bot says when it has come into a channel, with the way to begin."""
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
            button("How this stays anonymous", "promise.open"),
        ),
        context(
            "Admins set when questions come; anyone here can look. `/belonging help` says what else I do."
        ),
    ]


def change_line(change: ScheduleChange, next_at: datetime | None) -> str:
    """A change to a schedule in one line, for everybody in its channel."""
    schedule = change.schedule
    who = _author(change)
    when = escape(describe(schedule))
    said = {
        ChangeKind.CREATED: f"{who} set a schedule for questions here: {when}.",
        ChangeKind.CHANGED: f"{who} changed when questions come here: {when}.",
        ChangeKind.PAUSED: f"{who} paused the questions here{_until(schedule.paused_until)}: {when}.",
        ChangeKind.RESUMED: f"{who} let the questions here go on: {when}.",
        ChangeKind.DELETED: f"{who} ended the schedule for questions here: {when}.",
    }[change.kind]
    return f"{said} The next one comes {moment(next_at, schedule.zone)}." if next_at else said


def history_line(change: ScheduleChange) -> str:
    """A change to a schedule in one line of its channel's history: when, who, what."""
    schedule = change.schedule
    done = {
        ChangeKind.CREATED: "set",
        ChangeKind.CHANGED: "changed to",
        ChangeKind.PAUSED: f"paused{_until(schedule.paused_until)}:",
        ChangeKind.RESUMED: "resumed:",
        ChangeKind.DELETED: "deleted:",
    }[change.kind]
    return f"{moment(change.at, schedule.zone)}: {_author(change)} {done} {escape(describe(schedule))}"


def admin_note(note: AdminNote, channel: ChannelInfo, name_before: str) -> str:
    """What has become of a channel with a schedule, and what an admin can do about it."""
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


def whom_to_ask(settings: Settings) -> str:
    """Those who may set schedules, as somebody reads it who may not."""
    named = [f"<@{admin}>" for admin in sorted(settings.admins)[:NAMED]]
    creator = ["whoever created this channel"] if settings.creators else []
    *most, last = [*named, *creator, "an admin or owner of this workspace"]
    return f"{', '.join(most)} or {last}" if most else last


def not_allowed(settings: Settings) -> str:
    """The friendly refusal to somebody who may not change a schedule."""
    return (
        f"Only admins change when questions come here. Please ask {whom_to_ask(settings)}. "
        "Everybody can look: `/belonging schedule`."
    )


def problem_text(problem: ScheduleProblem, settings: Settings) -> str:
    """Why a schedule stays as it is, and what to do."""
    sentences: Mapping[ScheduleProblem, str] = {
        ScheduleProblem.NOT_ALLOWED: not_allowed(settings),
        ScheduleProblem.GONE: "This schedule is gone; somebody has deleted it meanwhile.",
        ScheduleProblem.DECLARED: "This schedule stands in config.yaml and is changed there, by whoever runs the bot. "
        "Here it can be paused.",
        ScheduleProblem.PAST_DAY: "A pause ends on a later day than today. Please name one, such as "
        "`/belonging pause until 5 January`.",
    }
    return sentences.get(problem, "This schedule cannot be changed like that.")


NO_SCHEDULE = "There is no schedule in this channel. `/belonging schedule` sets one."


def paused_answer(
    schedules: Sequence[Schedule], next_at: datetime | None, open_round: Round | None
) -> Answer:
    """The answer to ``/belonging pause``: until when, and what still comes. ``schedules``: as they are now."""
    until = schedules[0].paused_until
    zone = schedules[0].zone
    text = f"Paused{_until(until)}: no question comes here "
    text += "before that day." if until else "until an admin types `/belonging resume`."
    if until and next_at:
        text += f" The next one comes {moment(next_at, zone)}."
    if open_round:
        text += f" The question that is open goes on until {moment(open_round.closes_at, open_round.zone)}."
    return _said(text)


def unreadable_day(words: str) -> Answer:
    """The answer to a pause until something that is no day."""
    return _said(
        f"I cannot read “{escape(words[:40])}” as a day within the next three years. Write it like "
        "`/belonging pause until 5 January`, or `/belonging pause until 2027-01-05`."
    )


def resumed_answer(next_at: datetime | None, zone: str, *, was_still: bool) -> Answer:
    """The answer to ``/belonging resume``. ``was_still``: whether anything was paused or waiting."""
    lead = "The questions go on." if was_still else "Nothing is paused here."
    return _said(f"{lead} {_next(next_at, zone)}")


def ask_question(people: int, channel: ChannelId) -> Answer:
    """Return the answer to ``/belonging ask``: how many people would be asked, and the button that asks them.

    It does not say what would be asked: whoever could see the question first could choose among questions.
    """
    text = (
        f"Ask the next question here now? It goes to {people} people, without names. It appears in the channel at "
        "once."
    )
    return text, [
        section(text),
        actions("question.ask", button(f"Ask {people} people", "question.ask", channel)),
    ]


def asked_text(round_: Round) -> str:
    """What became of asking now, where a round has opened."""
    if round_.announcement is None:
        return "The question is open, but Slack has not posted it yet. It comes in a minute or so."
    closes = moment(round_.closes_at, round_.zone)
    return f"The question is in the channel. It is open until {closes}; then everyone here sees the same summary."


def not_asked_text(refused: NotAsked, settings: Settings) -> str:
    """Why no question is asked now, and what to do about it."""
    reason = refused.reason
    if reason.startswith("restricted_action"):
        reason = "restricted_action"
    if reason == "not_allowed":
        return not_allowed(settings)
    if reason == "round_still_open":
        return _still_open(refused.open_round)
    if reason == "audience_too_small" and refused.schedule:
        least = number_in_words(refused.schedule.policy.threshold)
        return (
            f"Too few people can reply here: a question needs at least {least} full members of the channel, "
            "guests and bots not counted. Invite more of you, or ask in a larger channel."
        )
    if reason == "unknown_pack" and refused.schedule:
        return (
            f"The prompts “{escape(refused.schedule.pack)}” are not there any more. Choose others with "
            "`/belonging schedule`, or ask whoever runs the bot to put them back."
        )
    return REFUSALS.get(reason) or (
        f"Slack did not let me ask here (`{escape(reason)}`). Please tell whoever runs the bot."
    )


def cancel_question(round_: Round | None) -> Answer:
    """The answer to ``/belonging cancel``: what it would mean, and the button that does it."""
    if round_ is None:
        return _said("No question is open in this channel, so there is nothing to cancel.")
    text = (
        f"*{escape(round_.prompt.question)}*\nThis question is open until {moment(round_.closes_at, round_.zone)}. "
        "If you cancel it, every reply is destroyed unread and nothing of it is ever published. The channel is told."
    )
    sure = confirm(
        "Cancel this question?",
        "Every reply is destroyed unread, and there is no summary, now or later. The channel is told that an "
        "admin cancelled it. This cannot be undone.",
        "Cancel the question",
        "Leave it open",
    )
    press = button("Cancel the question", "round.cancel", round_.id, style="danger", confirm=sure)
    return "Cancel the open question?", [section(text), actions(f"round.cancel:{round_.id}", press)]


def cancelled_answer(round_: Round | None) -> Answer:
    """The answer to the button: the round is gone, or was before."""
    if round_ is None:
        return _said("This question is closed or cancelled already. Nothing was changed.")
    return _said(
        "The question is cancelled. Every reply and its key are destroyed, nothing of it will be published, and the "
        "channel is being told."
    )


def refusal(text: str) -> Answer:
    """A sentence for one person."""
    return _said(text)


def _said(text: str) -> Answer:
    return text, [section(text)]


def _still_open(round_: Round | None) -> str:
    if round_ is None:
        return "A question is closing here right now. Please ask again once its summary is there."
    return (
        f"A question is still open here, until {moment(round_.closes_at, round_.zone)}, and one at a time is enough. "
        "Ask again after that, or end it early with `/belonging cancel`."
    )


def _next(next_at: datetime | None, zone: str) -> str:
    return f"The next one comes {moment(next_at, zone)}." if next_at else "No next question is in sight."


def _author(change: ScheduleChange) -> str:
    return f"<@{change.by}>" if change.by else "config.yaml"


def _until(day: date | None) -> str:
    return f" until {date_in_words(day)}" if day else ""
