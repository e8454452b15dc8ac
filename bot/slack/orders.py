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
from bot.service.endings import tell_cancelled
from bot.service.people import why_unseen
from bot.service.rounds import NotAsked, ask_now
from bot.service.schedules import (
    ScheduleProblem,
    cancel_open,
    pause_schedules,
    resume_schedules,
)
from bot.service.timetable import (
    channel_schedules,
    may_schedule,
    next_of,
    open_round_of,
    schedules_of,
)
from bot.slack.blocks import help as help_page
from bot.slack.blocks import schedule as words
from bot.slack.blocks.schedule import Answer
from bot.slack.counter import Ack, Body, Counter, member_of, round_id_of
from bot.slack.days import parse_until
from bot.slack.dispatch import Dispatcher

log = logging.getLogger(__name__)

ASK = "ask"
"""The one word that opens a round, for which Slack is asked who is in the channel."""


def register(app: Dispatcher) -> None:
    """Hang this listener on the Bolt app; the words themselves come through ``on_command``."""
    app.action("round.cancel", on_cancel)


def on_order(counter: Counter, ack: Ack, body: Body, asked: str) -> bool:
    """Whether what follows ``/belonging`` is to be done here; if so, it is, beside the acknowledgement.

    Who is in a channel, and who may, only Slack knows, and it may take longer than a command may wait.
    """
    word, _, rest = asked.partition(" ")
    if word not in _ANSWERS or (rest and word != "pause"):
        return False
    member, channel = MemberId(str(body["user_id"])), ChannelId(str(body["channel_id"]))
    step = partial(_ANSWERS[word], counter, channel, member, rest)
    beside(counter, body, partial(counter.work.flow if word == ASK else counter.run, step))
    ack()
    return True


def on_cancel(counter: Counter, ack: Ack, body: Body) -> None:
    """*Cancel the round*, pressed in the answer to ``/belonging cancel``, which is replaced."""
    member, round_id = member_of(body), round_id_of(body)
    beside(counter, body, partial(counter.run, partial(_cancel_now, counter, round_id, member)))
    ack()


def _answer_ask(counter: Counter, channel: ChannelId, member: MemberId, _: str) -> Answer:
    asked = ask_now(counter.flows, channel, member)
    if not isinstance(asked, Round):
        return words.refusal(words.not_asked_text(asked, counter.desk.settings))
    counter.run_due()
    return words.refusal(words.asked_text(asked))


def _answer_pause(counter: Counter, channel: ChannelId, member: MemberId, rest: str) -> Answer:
    desk = counter.desk
    schedules = schedules_of(desk, channel)
    if problem := _may_not(counter, channel, member, has_schedules=bool(schedules)):
        return problem
    today = desk.clock().astimezone(ZoneInfo(schedules[0].zone)).date()
    until: date | None = None
    if rest and (until := parse_until(rest, today)) is None:
        return words.unreadable_day(rest.removeprefix("until").strip())
    if problem_found := pause_schedules(desk, schedules, member, until):
        return words.refusal(words.problem_text(problem_found, desk.settings))
    counter.run_due()
    paused = schedules_of(desk, channel)
    return words.paused_answer(paused, next_of(desk, paused), open_round_of(desk, channel))


def _answer_resume(counter: Counter, channel: ChannelId, member: MemberId, _: str) -> Answer:
    desk = counter.desk
    found = channel_schedules(desk, channel, member)
    if problem := _may_not(counter, channel, member, has_schedules=bool(found and found.planned)):
        return problem
    was_still = found is not None and any(one.waiting or one.schedule.paused for one in found.planned)
    if problem_found := resume_schedules(desk, schedules_of(desk, channel), member):
        return words.refusal(words.problem_text(problem_found, desk.settings))
    counter.run_due()
    resumed = schedules_of(desk, channel)
    return words.resumed_answer(next_of(desk, resumed), resumed[0].zone, was_still=was_still)


def _answer_cancel(counter: Counter, channel: ChannelId, member: MemberId, _: str) -> Answer:
    problem = _may_not(counter, channel, member)
    return problem or words.cancel_question(open_round_of(counter.desk, channel))


_ANSWERS: Mapping[str, Callable[[Counter, ChannelId, MemberId, str], Answer]] = {
    ASK: _answer_ask,
    "pause": _answer_pause,
    "resume": _answer_resume,
    "cancel": _answer_cancel,
}


WORDS = frozenset(_ANSWERS)
"""The words that are done here."""


def _cancel_now(counter: Counter, round_id: RoundId, member: MemberId) -> Answer:
    ended = cancel_open(counter.desk, round_id, member)
    if isinstance(ended, ScheduleProblem):
        return words.refusal(words.problem_text(ended, counter.desk.settings))
    if ended:
        counter.flow(partial(tell_cancelled, counter.flows, ended))
        counter.run_due()
    return words.cancelled_answer(ended)


def _may_not(
    counter: Counter, channel: ChannelId, member: MemberId, *, has_schedules: bool = True
) -> Answer | None:
    """Why this member cannot do that here, if so."""
    if not may_schedule(counter.desk, member, channel):
        refused = NotAsked(reason=why_unseen(counter.desk, channel) or "not_allowed")
        return words.refusal(words.not_asked_text(refused, counter.desk.settings))
    return None if has_schedules else words.refusal(words.NO_SCHEDULE)


def beside(counter: Counter, body: Body, step: Callable[[], Awaitable[Answer | None]]) -> None:
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
            answer, failed = words.refusal(help_page.failed_command(reference)), True
        if answer and url:
            text, blocks = answer
            how = {"replace_original": True} if replaces and not failed else {}
            await counter.respond(url, text, blocks, **how)

    counter.after(run)
