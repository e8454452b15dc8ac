"""Answers to those who set schedules: to commands and buttons, and why something was not done."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.core.language import N_, Language
from bot.core.model import ChannelId, Round
from bot.core.schedule import Schedule
from bot.core.settings import Settings
from bot.service.open_rounds import NotAsked
from bot.service.schedules import ScheduleProblem
from bot.slack.kit.builders import (
    Answer,
    actions,
    button,
    confirm,
    danger_button,
    escape,
    mention,
    moment,
    section,
)
from bot.slack.kit.refusals import REFUSALS

NAMED = 5
"""The most admins that are named as those to ask."""


def whom_to_ask(settings: Settings, language: Language) -> str:
    """Return who may set schedules, for somebody who may not."""
    named = [mention(admin) for admin in sorted(settings.admins)[:NAMED]]
    if settings.creators:
        # Translators: after “Please ask”, in a list with commas and “or”.
        named.append(language.gettext("whoever created this channel"))
    # Translators: after “Please ask”, alone or as the last of a list with commas and “or”.
    named.append(language.gettext("an admin or owner of this workspace"))
    return language.list_of(named, "or")


def not_allowed(settings: Settings, language: Language) -> str:
    """Return the refusal for somebody who may not change a schedule."""
    return language.gettext(
        "Only admins change when questions come here. Please ask {whom}. "
        "Everybody can look: `/belonging schedule`.",
        whom=whom_to_ask(settings, language),
    )


def problem_text(problem: ScheduleProblem, settings: Settings, language: Language) -> str:
    """Return why a schedule is not changed, and what to do."""
    if problem is ScheduleProblem.NOT_ALLOWED:
        return not_allowed(settings, language)
    message = _PROBLEMS.get(problem, _OTHER_PROBLEM)
    return language.gettext(message)


_PROBLEMS: Mapping[ScheduleProblem, str] = {
    ScheduleProblem.GONE: N_("This schedule is gone; somebody has deleted it meanwhile."),
    ScheduleProblem.DECLARED: N_(
        "This schedule stands in config.yaml and is changed there, by whoever runs the bot. "
        "Here it can be paused."
    ),
    ScheduleProblem.PAST_DAY: N_(
        "A pause ends on a later day than today. Please name one, such as `/belonging pause until 5 January`."
    ),
}
_OTHER_PROBLEM = N_("This schedule cannot be changed like that.")


def invited(channel: ChannelId, settings: Settings, *, may_set: bool, language: Language) -> Answer:
    """Return what whoever invited the bot to a channel reads: the button, or whom to ask."""
    if not may_set:
        return refusal(
            language.gettext(
                "Thank you for the invitation. To have a schedule set here, ask {whom}.",
                whom=whom_to_ask(settings, language),
            )
        )
    text = language.gettext(
        "Thank you for the invitation. I ask nothing here until somebody sets a schedule."
    )
    set_it = button(language.gettext("Set a schedule"), "schedule.first", channel, style="primary")
    return text, [section(text), actions("schedule.invited", set_it)]


SCHEDULE_MISSING = N_("There is no schedule in this channel. `/belonging schedule` sets one.")


def paused_answer(
    schedules: Sequence[Schedule],
    next_at: datetime | None,
    open_round: Round | None,
    language: Language,
) -> Answer:
    """Return the answer to ``/belonging pause``: until when, and what still comes."""
    until, zone = schedules[0].paused_until, schedules[0].zone
    if until:
        text = language.gettext(
            "Paused until {day}: no question comes here before that day.", day=language.day(until)
        )
    else:
        text = language.gettext("Paused: no question comes here until an admin types `/belonging resume`.")
    sentences = [text]
    if until and next_at:
        sentences.append(_next(next_at, zone, language))
    if open_round:
        closes = moment(open_round.closes_at, open_round.zone, language)
        sentences.append(language.gettext("The question that is open goes on until {closes}.", closes=closes))
    return refusal(" ".join(sentences))


def unreadable_day(words: str, language: Language) -> Answer:
    """Return the answer to a pause until something that is no day."""
    return refusal(
        language.gettext(
            "I cannot read “{words}” as a day within the next three years. Write it like "
            "`/belonging pause until 5 January`, or `/belonging pause until 2027-01-05`.",
            words=escape(words[:40]),
        )
    )


def resumed_answer(next_at: datetime | None, zone: str, *, was_still: bool, language: Language) -> Answer:
    """Return the answer to ``/belonging resume``. ``was_still``: whether anything was paused or waiting."""
    if was_still:
        lead = language.gettext("The questions go on.")
    else:
        lead = language.gettext("Nothing is paused here.")
    return refusal(f"{lead} {_next(next_at, zone, language)}")


def ask_question(people: int, channel: ChannelId, language: Language) -> Answer:
    """Return the answer to ``/belonging ask``: how many people would be asked, and the button that asks them.

    It does not say what would be asked: whoever could see the question first could choose among questions.
    """
    text = language.ngettext(
        "Ask the next question here now? It goes to {number} person, without names. It appears in the channel at "
        "once.",
        "Ask the next question here now? It goes to {number} people, without names. It appears in the channel at "
        "once.",
        people,
    )
    # Translators: a button.
    ask = language.ngettext("Ask {number} person", "Ask {number} people", people)
    return text, [section(text), actions("question.ask", button(ask, "question.ask", channel))]


def asked_text(round_: Round, language: Language) -> str:
    """Return the answer after a round was opened by hand."""
    if round_.announcement is None:
        return language.gettext(
            "The question is open, but Slack has not posted it yet. It comes in a minute or so."
        )
    return language.gettext(
        "The question is in the channel. It is open until {closes}; then everyone here sees the same summary.",
        closes=moment(round_.closes_at, round_.zone, language),
    )


def asking_outcome(asked: Round | NotAsked, settings: Settings, language: Language) -> str:
    """Return the answer after asking now."""
    if isinstance(asked, Round):
        return asked_text(asked, language)
    return not_asked_text(asked, settings, language)


def not_asked_text(refused: NotAsked, settings: Settings, language: Language) -> str:
    """Return why no question is asked now, and what to do about it."""
    reason = refused.reason
    if reason.startswith("restricted_action"):
        reason = "restricted_action"
    if reason == "not_allowed":
        return not_allowed(settings, language)
    if reason == "round_still_open":
        return _still_open(refused.open_round, language)
    if reason == "audience_too_small" and refused.schedule:
        least = refused.schedule.policy.threshold
        return language.ngettext(
            "Too few people can reply here: a question needs at least {number} full member of the channel, "
            "guests and bots not counted. Invite more of you, or ask in a larger channel.",
            "Too few people can reply here: a question needs at least {number} full members of the channel, "
            "guests and bots not counted. Invite more of you, or ask in a larger channel.",
            least,
            number=language.number_in_words(least),
        )
    if reason == "unknown_pack" and refused.schedule:
        return language.gettext(
            "The prompts “{pack}” are not there any more. Choose others with "
            "`/belonging schedule`, or ask whoever runs the bot to put them back.",
            pack=escape(refused.schedule.pack),
        )
    if reason in REFUSALS:
        return language.gettext(REFUSALS[reason])
    # Translators: {reason} is Slack's code for it, such as “not_in_channel”.
    return language.gettext(
        "Slack did not let me ask here (`{reason}`). Please tell whoever runs the bot.", reason=escape(reason)
    )


def cancel_question(round_: Round | None, language: Language) -> Answer:
    """Return the answer to ``/belonging cancel``: what cancelling means, and its button."""
    if round_ is None:
        return refusal(
            language.gettext("No question is open in this channel, so there is nothing to cancel.")
        )
    text = language.gettext(
        "*{question}*\nThis question is open until {closes}. "
        "If you cancel it, every reply is destroyed unread and nothing of it is ever published. The channel is told.",
        question=escape(round_.prompt.question),
        closes=moment(round_.closes_at, round_.zone, language),
    )
    sure = confirm(
        language.gettext("Cancel this question?"),
        language.gettext(
            "Every reply is destroyed unread, and there is no summary, now or later. The channel is told that an "
            "admin cancelled it. This cannot be undone."
        ),
        language.gettext("Cancel the question"),
        language.gettext("Leave it open"),
    )
    press = danger_button(language.gettext("Cancel the question"), "round.cancel", round_.id, sure)
    lead = language.gettext("Cancel the open question?")
    return f"{lead} {text}", [section(text), actions(f"round.cancel:{round_.id}", press)]


def cancelled_answer(round_: Round | None, language: Language) -> Answer:
    """Return the answer to the cancel button. ``round_``: None where it was over before."""
    if round_ is None:
        return refusal(language.gettext("This question is closed or cancelled already. Nothing was changed."))
    return refusal(
        language.gettext(
            "The question is cancelled. Every reply and its key are destroyed, nothing of it will be published, and "
            "the channel is being told."
        )
    )


def refusal(text: str) -> Answer:
    """Return a sentence as an answer."""
    return text, [section(text)]


def _still_open(round_: Round | None, language: Language) -> str:
    if round_ is None:
        return language.gettext(
            "A question is closing here right now. Please ask again once its summary is there."
        )
    return language.gettext(
        "A question is still open here, until {closes}, and one at a time is enough. "
        "Ask again after that, or end it early with `/belonging cancel`.",
        closes=moment(round_.closes_at, round_.zone, language),
    )


def _next(next_at: datetime | None, zone: str, language: Language) -> str:
    if next_at is None:
        return language.gettext("No next question is in sight.")
    return language.gettext("The next one comes {moment}.", moment=moment(next_at, zone, language))
