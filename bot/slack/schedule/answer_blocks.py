"""Answers to those who set schedules: to commands and buttons, refusals, and errors at the fields of the form."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from bot.core.changes import ScheduleDraft
from bot.core.model import ChannelId, ReleasePolicy, Round
from bot.core.numbers import number_in_words
from bot.core.release import TENURE_FROM
from bot.core.schedule import Schedule
from bot.core.settings import Settings
from bot.service.open_rounds import NotAsked
from bot.service.schedules import ScheduleProblem
from bot.slack.kit.builders import (
    Answer,
    View,
    actions,
    button,
    confirm,
    danger_button,
    duration,
    escape,
    moment,
    notice,
    section,
)
from bot.slack.kit.refusals import REFUSALS
from bot.slack.schedule.blocks import until_day
from bot.slack.schedule.form_blocks import OPEN_FOR, PACK, QUIET, TENURE, THRESHOLD

NAMED = 5
"""The most admins that are named as those to ask."""


def whom_to_ask(settings: Settings) -> str:
    """Return who may set schedules, for somebody who may not."""
    named = [f"<@{admin}>" for admin in sorted(settings.admins)[:NAMED]]
    creator = ["whoever created this channel"] if settings.creators else []
    *most, last = [*named, *creator, "an admin or owner of this workspace"]
    return f"{', '.join(most)} or {last}" if most else last


def not_allowed(settings: Settings) -> str:
    """Return the refusal for somebody who may not change a schedule."""
    return (
        f"Only admins change when questions come here. Please ask {whom_to_ask(settings)}. "
        "Everybody can look: `/belonging schedule`."
    )


def problem_text(problem: ScheduleProblem, settings: Settings) -> str:
    """Return why a schedule is not changed, and what to do."""
    sentences: Mapping[ScheduleProblem, str] = {
        ScheduleProblem.NOT_ALLOWED: not_allowed(settings),
        ScheduleProblem.GONE: "This schedule is gone; somebody has deleted it meanwhile.",
        ScheduleProblem.DECLARED: "This schedule stands in config.yaml and is changed there, by whoever runs the bot. "
        "Here it can be paused.",
        ScheduleProblem.PAST_DAY: "A pause ends on a later day than today. Please name one, such as "
        "`/belonging pause until 5 January`.",
    }
    return sentences.get(problem, "This schedule cannot be changed like that.")


def invited(channel: ChannelId, settings: Settings, *, may_set: bool) -> Answer:
    """Return what whoever invited the bot to a channel reads: the button, or whom to ask."""
    if not may_set:
        return refusal(
            f"Thank you for the invitation. To have a schedule set here, ask {whom_to_ask(settings)}."
        )
    text = "Thank you for the invitation. I ask nothing here until somebody sets a schedule."
    set_it = button("Set a schedule", "schedule.first", channel, style="primary")
    return text, [section(text), actions("schedule.invited", set_it)]


SCHEDULE_MISSING = "There is no schedule in this channel. `/belonging schedule` sets one."


def paused_answer(
    schedules: Sequence[Schedule], next_at: datetime | None, open_round: Round | None
) -> Answer:
    """Return the answer to ``/belonging pause``: until when, and what still comes."""
    until = schedules[0].paused_until
    zone = schedules[0].zone
    text = f"Paused{until_day(until)}: no question comes here "
    text += "before that day." if until else "until an admin types `/belonging resume`."
    if until and next_at:
        text += f" The next one comes {moment(next_at, zone)}."
    if open_round:
        text += f" The question that is open goes on until {moment(open_round.closes_at, open_round.zone)}."
    return refusal(text)


def unreadable_day(words: str) -> Answer:
    """Return the answer to a pause until something that is no day."""
    return refusal(
        f"I cannot read “{escape(words[:40])}” as a day within the next three years. Write it like "
        "`/belonging pause until 5 January`, or `/belonging pause until 2027-01-05`."
    )


def resumed_answer(next_at: datetime | None, zone: str, *, was_still: bool) -> Answer:
    """Return the answer to ``/belonging resume``. ``was_still``: whether anything was paused or waiting."""
    lead = "The questions go on." if was_still else "Nothing is paused here."
    return refusal(f"{lead} {_next(next_at, zone)}")


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
    """Return the answer after a round was opened by hand."""
    if round_.announcement is None:
        return "The question is open, but Slack has not posted it yet. It comes in a minute or so."
    closes = moment(round_.closes_at, round_.zone)
    return f"The question is in the channel. It is open until {closes}; then everyone here sees the same summary."


def asking_outcome(asked: Round | NotAsked, settings: Settings) -> str:
    """Return the answer after asking now."""
    return asked_text(asked) if isinstance(asked, Round) else not_asked_text(asked, settings)


def not_asked_text(refused: NotAsked, settings: Settings) -> str:
    """Return why no question is asked now, and what to do about it."""
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
    """Return the answer to ``/belonging cancel``: what cancelling means, and its button."""
    if round_ is None:
        return refusal("No question is open in this channel, so there is nothing to cancel.")
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
    press = danger_button("Cancel the question", "round.cancel", round_.id, sure)
    return f"Cancel the open question? {text}", [section(text), actions(f"round.cancel:{round_.id}", press)]


def cancelled_answer(round_: Round | None) -> Answer:
    """Return the answer to the cancel button. ``round_``: None where it was over before."""
    if round_ is None:
        return refusal("This question is closed or cancelled already. Nothing was changed.")
    return refusal(
        "The question is cancelled. Every reply and its key are destroyed, nothing of it will be published, and the "
        "channel is being told."
    )


def refusal(text: str) -> Answer:
    """Return a sentence as an answer."""
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


NO_CHANNEL = "Please choose a channel."
NO_RHYTHM = "Please choose how often: every 1 to 4 weeks, or every month."
NO_WEEKDAYS = "Please choose at least one weekday."
NO_WEEKDAY = "Please choose a weekday."
NO_DAY = "Please choose a day of the month, from 1 to 31."
NO_TIME = "Please choose a time of day, from 00:00 to 23:59."
NO_ZONE = "Please write a city such as Berlin, or a time zone such as Europe/Berlin."
NO_PACK = "Please choose where the questions come from."
NO_LENGTH = "Please choose how long a question stays open."
NO_THRESHOLD = "Please choose one of the numbers shown."

MANY = 60
"""Characters of an entry that are repeated in an error."""


def no_time(text: str) -> str:
    """Return the error for an invalid time of day."""
    return f"“{_short(text)}” is no time of day. Write one from 00:00 to 23:59."


def no_zone(text: str, nearest: str = "") -> str:
    """Return the error for an unknown time zone; ``nearest``: the most similar known one."""
    remedy = f"Did you mean {nearest}?" if nearest else "Write a city such as Berlin, or Europe/Berlin."
    return f"“{_short(text)}” is no time zone that I know. {remedy}"


def no_region(text: str) -> str:
    """Return the error for a country or region without known holidays."""
    return (
        f"I know no public holidays of “{_short(text)}”. Write a country such as DE, a region such as DE-BE, or "
        "nothing."
    )


def no_date(text: str) -> str:
    """Return the error for a line that is neither a day nor a range."""
    return f"“{_short(text)}” is no date. Write one day (2026-12-24) or one range (2026-12-24 to 2027-01-03) a line."


def no_such_day(text: str) -> str:
    """Return the error for a date that is not in the calendar."""
    return f"“{_short(text)}” is not in the calendar. Please look at the day and the month."


def ends_before(text: str) -> str:
    """Return the error for a range whose last day comes before its first."""
    return f"“{_short(text)}” ends before it begins. Write the earlier date first."


def too_short(min_open: timedelta) -> str:
    """Return the error for a round that would close too soon."""
    least = duration(min_open)
    return f"A question stays open for at least {least}, so that everybody finds the time to reply. Please choose longer."


def at_field(problem: ScheduleProblem, draft: ScheduleDraft, policy: ReleasePolicy) -> str:
    """Return why a draft is not saved, and what to do: plain text, for a field and for the preview."""
    return {
        ScheduleProblem.NOT_ALLOWED: "Only admins change when questions come here. Please ask an admin or owner of "
        "this workspace.",
        ScheduleProblem.GONE: "This schedule is gone; somebody has deleted it meanwhile. You can set a new one.",
        ScheduleProblem.DECLARED: "This schedule stands in config.yaml and is changed there, by whoever runs the "
        "bot.",
        ScheduleProblem.NOT_IN_CHANNEL: "I cannot speak in this channel: I am not in it, or it is archived. Type "
        "/invite @belonging there, then save again.",
        ScheduleProblem.TOO_FEW_PEOPLE: f"Fewer than {draft.threshold} people can reply in this channel, guests and "
        "bots not counted. Nothing could ever be shown, so nothing is asked.",
        ScheduleProblem.TOO_FEW_FOR_TENURE: f"Asking who is new is for channels of {TENURE_FROM} people and more: "
        "in a smaller one it would single people out. Please take the tick away.",
        ScheduleProblem.UNKNOWN_PACK: "These prompts are not there any more. Please choose others.",
        ScheduleProblem.OPEN_TOO_SHORT: too_short(policy.min_open),
        ScheduleProblem.THRESHOLD_TOO_LOW: f"Here a summary needs at least {policy.threshold} replies. Please choose "
        "a higher number.",
        ScheduleProblem.NEVER: "No question would ever come: every date falls on a quiet day. Please leave some "
        "quiet days out.",
        ScheduleProblem.BLOCKED: "It would never ask: a question of this channel is still open at each of its times. "
        "Please choose another time, or let questions stay open for a shorter time.",
        ScheduleProblem.PAST_DAY: "That day has come already. Please choose a later one.",
    }[problem]


FIELDS = {
    ScheduleProblem.TOO_FEW_FOR_TENURE: TENURE,
    ScheduleProblem.UNKNOWN_PACK: PACK,
    ScheduleProblem.OPEN_TOO_SHORT: OPEN_FOR,
    ScheduleProblem.THRESHOLD_TOO_LOW: THRESHOLD,
    ScheduleProblem.NEVER: QUIET,
}
"""The field that shows a problem; others are shown at the channel."""


def refused(problem: ScheduleProblem, settings: Settings) -> View:
    """Return a modal that says why the form does not open."""
    titles = {ScheduleProblem.NOT_ALLOWED: "For admins", ScheduleProblem.DECLARED: "From config.yaml"}
    return notice(titles.get(problem, "Not possible"), problem_text(problem, settings))


def not_yet(sentences: Sequence[str]) -> View:
    """Return a modal that says why there is no preview yet."""
    return notice("Not quite yet", "\n".join(f"•  {escape(one)}" for one in sentences))


def _short(text: str) -> str:
    return text if len(text) <= MANY else f"{text[: MANY - 1]}…"
