"""What ``/belonging`` is told to do: ask now, pause, resume, cancel. Answered to the asker alone."""

import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from functools import partial
from zoneinfo import ZoneInfo

from bot.core.model import ChannelId, MemberId, Round, RoundId
from bot.errors import BotError
from bot.service.channels import reason_of
from bot.service.close_rounds import tell_cancelled
from bot.service.open_rounds import NotAsked, ask_now, people_to_ask
from bot.service.people import why_unseen
from bot.service.schedules import (
    ScheduleProblem,
    cancel_open,
    pause_schedules,
    resume_schedules,
)
from bot.service.upcoming import channel_schedules, may_schedule, next_of, open_round_of, schedules_of
from bot.slack.context import Ack, Body, ListenerContext, member_of, round_id_of
from bot.slack.dispatch import Dispatcher
from bot.slack.kit import failures
from bot.slack.kit.builders import Answer
from bot.slack.schedule import blocks as words
from bot.slack.schedule.days import parse_until

log = logging.getLogger(__name__)

ASK = "ask"
"""The one word that opens a round, for which Slack is asked who is in the channel."""


def register(app: Dispatcher) -> None:
    """Hang this listener on the Bolt app; the words themselves come through ``on_command``."""
    app.action("round.cancel", on_cancel)
    app.action("question.ask", on_ask)


def on_admin_command(context: ListenerContext, ack: Ack, body: Body, asked: str) -> bool:
    """Whether what follows ``/belonging`` is to be done here; if so, it is, beside the acknowledgement.

    Who is in a channel, and who may, only Slack knows, and it may take longer than a command may wait.
    """
    word, _, rest = asked.partition(" ")
    if word not in _ANSWERS or (rest and word != "pause"):
        return False
    member, channel = MemberId(str(body["user_id"])), ChannelId(str(body["channel_id"]))
    step = partial(_ANSWERS[word], context, channel, member, rest)
    answer_later(context, body, partial(context.workers.run_flow if word == ASK else context.run, step))
    ack()
    return True


def on_cancel(context: ListenerContext, ack: Ack, body: Body) -> None:
    """*Cancel the round*, pressed in the answer to ``/belonging cancel``, which is replaced."""
    member, round_id = member_of(body), round_id_of(body)
    answer_later(context, body, partial(context.run, partial(_cancel_now, context, round_id, member)))
    ack()


def on_ask(context: ListenerContext, ack: Ack, body: Body) -> None:
    """*Ask 14 people*, pressed in the answer to ``/belonging ask``, which is replaced."""
    channel = ChannelId(str(body["actions"][0].get("value") or ""))
    answer_later(
        context, body, partial(context.workers.run_flow, partial(_ask_now, context, channel, member_of(body)))
    )
    ack()


def _answer_ask(context: ListenerContext, channel: ChannelId, member: MemberId, _: str) -> Answer:
    people = people_to_ask(context.flows, channel, member)
    if isinstance(people, NotAsked):
        return words.refusal(words.not_asked_text(people, context.services.settings))
    return words.ask_question(people, channel)


def _ask_now(context: ListenerContext, channel: ChannelId, member: MemberId) -> Answer:
    asked = ask_now(context.flows, channel, member)
    if not isinstance(asked, Round):
        return words.refusal(words.not_asked_text(asked, context.services.settings))
    context.run_due()
    return words.refusal(words.asked_text(asked))


def _answer_pause(context: ListenerContext, channel: ChannelId, member: MemberId, rest: str) -> Answer:
    services = context.services
    schedules = schedules_of(services, channel)
    if problem := _may_not(context, channel, member, has_schedules=bool(schedules)):
        return problem
    today = services.clock().astimezone(ZoneInfo(schedules[0].zone)).date()
    until: date | None = None
    if rest and (until := parse_until(rest, today)) is None:
        return words.unreadable_day(rest.removeprefix("until").strip())
    if problem_found := pause_schedules(services, schedules, member, until):
        return words.refusal(words.problem_text(problem_found, services.settings))
    context.run_due()
    paused = schedules_of(services, channel)
    return words.paused_answer(paused, next_of(services, paused), open_round_of(services, channel))


def _answer_resume(context: ListenerContext, channel: ChannelId, member: MemberId, _: str) -> Answer:
    services = context.services
    found = channel_schedules(services, channel, member)
    if problem := _may_not(context, channel, member, has_schedules=bool(found and found.planned)):
        return problem
    was_still = found is not None and any(one.waiting or one.schedule.paused for one in found.planned)
    if problem_found := resume_schedules(services, schedules_of(services, channel), member):
        return words.refusal(words.problem_text(problem_found, services.settings))
    context.run_due()
    resumed = schedules_of(services, channel)
    return words.resumed_answer(next_of(services, resumed), resumed[0].zone, was_still=was_still)


def _answer_cancel(context: ListenerContext, channel: ChannelId, member: MemberId, _: str) -> Answer:
    problem = _may_not(context, channel, member)
    return problem or words.cancel_question(open_round_of(context.services, channel))


_ANSWERS: Mapping[str, Callable[[ListenerContext, ChannelId, MemberId, str], Answer]] = {
    ASK: _answer_ask,
    "pause": _answer_pause,
    "resume": _answer_resume,
    "cancel": _answer_cancel,
}


WORDS = frozenset(_ANSWERS)
"""The words that are done here."""


def _cancel_now(context: ListenerContext, round_id: RoundId, member: MemberId) -> Answer:
    ended = cancel_open(context.services, round_id, member)
    if isinstance(ended, ScheduleProblem):
        return words.refusal(words.problem_text(ended, context.services.settings))
    if ended:
        context.run_flow_later(partial(tell_cancelled, context.flows, ended))
        context.run_due()
    return words.cancelled_answer(ended)


def _may_not(
    context: ListenerContext, channel: ChannelId, member: MemberId, *, has_schedules: bool = True
) -> Answer | None:
    """Why this member cannot do that here, if so."""
    if not may_schedule(context.services, member, channel):
        refused = NotAsked(reason=why_unseen(context.services, channel) or "not_allowed")
        return words.refusal(words.not_asked_text(refused, context.services.settings))
    return None if has_schedules else words.refusal(words.NO_SCHEDULE)


def answer_later(context: ListenerContext, body: Body, step: Callable[[], Awaitable[Answer | None]]) -> None:
    """Take this step after the acknowledgement; what it returns is said to the one who asked, alone.

    An answer to a button takes the place of its message. What goes wrong is told with a reference, as the one
    error handler does; in the Home tab, where Slack takes no answer, the log alone has it.
    """
    url, replaces = str(body.get("response_url") or ""), "actions" in body

    async def run() -> None:
        try:
            answer, failed = await step(), False
        except Exception as error:  # noqa: BLE001 - whatever it is, the asker must hear of it
            reference = secrets.token_hex(3)
            code = reason_of(error) if isinstance(error, BotError) else type(error).__name__
            log.error("listener failed", extra={"code": code, "ref": reference})  # noqa: TRY400 - no texts
            answer, failed = words.refusal(failures.failed_command(reference)), True
        if answer and url:
            text, blocks = answer
            how = {"replace_original": True} if replaces and not failed else {}
            await context.respond(url, text, blocks, **how)

    context.add_task(run)
