"""Listeners for the commands of admins: ask, pause, resume, cancel. Only the asker sees the answers."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from zoneinfo import ZoneInfo

from bot.core.language import Language
from bot.core.model import ChannelId, MemberId, Round, RoundId
from bot.core.translation import has_language, round_in
from bot.service.channel_language import language_of_reader
from bot.service.channel_schedules import channel_schedules, may_schedule, open_round_of, schedules_of
from bot.service.close_rounds import tell_cancelled
from bot.service.open_rounds import NotAsked, ask_now, people_to_ask
from bot.service.people import why_unseen
from bot.service.schedules import ScheduleProblem, cancel_open, pause_schedules, resume_schedules
from bot.service.upcoming import next_of
from bot.slack.context import Ack, Body, ListenerContext, member_of, round_id_of, value_of
from bot.slack.dispatch import Dispatcher
from bot.slack.kit.builders import Answer
from bot.slack.schedule import answer_blocks as answers
from bot.slack.schedule.fields import parse_until

ASK = "ask"
"""The command that opens a round, so it runs as one that may wait: Slack is asked who is in the channel."""


def register(app: Dispatcher) -> None:
    """Register the buttons in the answers; the commands come through ``on_command``."""
    app.action("round.cancel", on_cancel)
    app.action("question.ask", on_ask)


def on_admin_command(context: ListenerContext, ack: Ack, body: Body, asked: str) -> bool:
    """Run an admin's command after the acknowledgement, and return whether it was one.

    Slack may have to be asked who is in the channel, which can take longer than a command may wait.
    """
    word, _, rest = asked.partition(" ")
    if word not in _ANSWERS or (rest and word != "pause"):
        return False
    member, channel = MemberId(str(body["user_id"])), ChannelId(str(body["channel_id"]))

    def use_case() -> Answer:
        services = context.waiting_services if word == ASK else context.services
        language = language_of_reader(services, member, channel)
        return _ANSWERS[word](context, channel, member, rest, language)

    context.answer_later(body, partial(context.workers.run_waiting if word == ASK else context.run, use_case))
    ack()
    return True


def on_cancel(context: ListenerContext, ack: Ack, body: Body) -> None:
    """Cancel a round: *Cancel the question* in the answer to ``/belonging cancel``."""
    member, round_id = member_of(body), round_id_of(body)
    channel = ChannelId(str((body.get("channel") or {}).get("id", "")))

    def use_case() -> Answer:
        language = language_of_reader(context.services, member, channel)
        return _cancel_now(context, round_id, member, language)

    context.answer_later(body, partial(context.run, use_case))
    ack()


def on_ask(context: ListenerContext, ack: Ack, body: Body) -> None:
    """Open a round: *Ask 14 people* in the answer to ``/belonging ask``."""
    channel = ChannelId(value_of(body))
    context.answer_later(
        body, partial(context.workers.run_waiting, partial(_ask_now, context, channel, member_of(body)))
    )
    ack()


def _answer_ask(
    context: ListenerContext, channel: ChannelId, member: MemberId, _: str, language: Language
) -> Answer:
    people = people_to_ask(context.waiting_services, channel, member)
    if isinstance(people, NotAsked):
        return answers.refusal(answers.not_asked_text(people, context.services.settings, language))
    return answers.ask_question(people, channel, language)


def _ask_now(context: ListenerContext, channel: ChannelId, member: MemberId) -> Answer:
    services = context.waiting_services
    language = language_of_reader(services, member, channel)
    asked = ask_now(services, channel, member)
    if isinstance(asked, Round):
        context.run_due()
    return answers.refusal(answers.asking_outcome(asked, services.settings, language))


def _answer_pause(
    context: ListenerContext, channel: ChannelId, member: MemberId, rest: str, language: Language
) -> Answer:
    services = context.services
    schedules = schedules_of(services, channel)
    if problem := _may_not(context, channel, member, language, has_schedules=bool(schedules)):
        return problem
    today = services.clock().astimezone(ZoneInfo(schedules[0].zone)).date()
    until: date | None = None
    if rest and (until := parse_until(rest, today)) is None:
        return answers.unreadable_day(rest.removeprefix("until").strip(), language)
    if problem_found := pause_schedules(services, schedules, member, until):
        return answers.refusal(answers.problem_text(problem_found, services.settings, language))
    context.run_due()
    paused = schedules_of(services, channel)
    return answers.paused_answer(
        paused, next_of(services, paused), open_round_of(services, channel), language
    )


def _answer_resume(
    context: ListenerContext, channel: ChannelId, member: MemberId, _: str, language: Language
) -> Answer:
    services = context.services
    found = channel_schedules(services, channel, member)
    if problem := _may_not(context, channel, member, language, has_schedules=bool(found and found.planned)):
        return problem
    was_still = found is not None and any(one.waiting or one.schedule.paused for one in found.planned)
    if problem_found := resume_schedules(services, schedules_of(services, channel), member):
        return answers.refusal(answers.problem_text(problem_found, services.settings, language))
    context.run_due()
    resumed = schedules_of(services, channel)
    return answers.resumed_answer(
        next_of(services, resumed), resumed[0].zone, was_still=was_still, language=language
    )


def _answer_cancel(
    context: ListenerContext, channel: ChannelId, member: MemberId, _: str, language: Language
) -> Answer:
    if problem := _may_not(context, channel, member, language):
        return problem
    round_ = open_round_of(context.services, channel)
    if round_:
        code = language.code if has_language(round_.prompt, language.code) else round_.language
        round_ = round_in(round_, code)
    return answers.cancel_question(round_, language)


_ANSWERS: Mapping[str, Callable[[ListenerContext, ChannelId, MemberId, str, Language], Answer]] = {
    ASK: _answer_ask,
    "pause": _answer_pause,
    "resume": _answer_resume,
    "cancel": _answer_cancel,
}


WORDS = frozenset(_ANSWERS)
"""The commands that ``on_admin_command`` runs."""


def _cancel_now(context: ListenerContext, round_id: RoundId, member: MemberId, language: Language) -> Answer:
    ended = cancel_open(context.services, round_id, member)
    if isinstance(ended, ScheduleProblem):
        return answers.refusal(answers.problem_text(ended, context.services.settings, language))
    if ended:
        context.run_waiting_later(partial(tell_cancelled, context.waiting_services, ended))
        context.run_due()
    return answers.cancelled_answer(ended, language)


def _may_not(
    context: ListenerContext,
    channel: ChannelId,
    member: MemberId,
    language: Language,
    *,
    has_schedules: bool = True,
) -> Answer | None:
    """Return why this member may not use a command here, or None."""
    if not may_schedule(context.services, member, channel):
        refused = NotAsked(reason=why_unseen(context.services, channel) or "not_allowed")
        return answers.refusal(answers.not_asked_text(refused, context.services.settings, language))
    return None if has_schedules else answers.refusal(language.gettext(answers.SCHEDULE_MISSING))
