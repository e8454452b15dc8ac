"""The listeners around results: what ``/belonging`` is asked, showing and sharing, and *Go on*."""

from collections.abc import Callable, Mapping
from functools import partial
from zoneinfo import ZoneInfo

from bot.core.model import ChannelId, MemberId, Round, RoundKind, ScheduleId
from bot.core.results import Result
from bot.errors import SlackError, UncertainError
from bot.service.norms import ledger_up_to
from bot.service.pauses import Going, go_on
from bot.service.people import is_in, why_unseen
from bot.service.summaries import (
    Standing,
    earlier_results,
    fetch_result,
    results_up_to,
    standing,
    standing_for,
)
from bot.slack.context import Ack, Body, ListenerContext, member_of, round_id_of
from bot.slack.dispatch import Dispatcher
from bot.slack.help import blocks as help_page
from bot.slack.kit.limits import fit
from bot.slack.kit.privacy import promise_answer
from bot.slack.kit.refusals import in_channels_only, not_here, not_here_answer, shared_today
from bot.slack.kit.shares import Share
from bot.slack.norms import listeners as ledger
from bot.slack.results import cycle_blocks as cycle
from bot.slack.results import result_blocks as outcome
from bot.slack.schedule import commands as orders
from bot.slack.schedule import listeners as schedules
from bot.slack.schedule import pause_blocks as rhythm

Answerer = Callable[[ListenerContext, Body, ChannelId, MemberId], cycle.Answer | None]
"""Answers a command: what was sent, in which channel, by whom; None where nothing is said."""


def register(app: Dispatcher) -> None:
    """Register these listeners."""
    app.command("/belonging", on_command)
    app.action("summary.open", on_summary_open)
    app.action("summary.share", on_summary_share)
    app.action("cycle.share", on_cycle_share)
    app.action("trend.share", on_trend_share)
    app.action("schedule.resume", on_schedule_resume)


def on_command(context: ListenerContext, ack: Ack, body: Body) -> None:
    """``/belonging`` and the words that may follow; the answer is for the asker alone.

    Beside the acknowledgement, wherever it hangs on who asks: only Slack knows that.
    """
    words = " ".join(str(body.get("text") or "").lower().split()) or "help"
    channel, member = _asker(body)
    if is_about_a_channel(words) and is_conversation(body):
        _acknowledge(ack, in_channels_only(words.partition(" ")[0]))
    elif words == "schedule":
        schedules.on_schedule(context, ack, body)
    elif words in _ANSWERS:
        step = partial(_ANSWERS[words], context, body, channel, member)
        orders.beside(context, body, partial(context.run, step))
        ack()
    elif not orders.on_order(context, ack, body, words):
        _acknowledge(ack, _answer_to(context, words))


def is_about_a_channel(words: str) -> bool:
    """Whether a command, in small letters, asks for something of the channel in which it is typed."""
    first = words.partition(" ")[0]
    return words in {"trend", "norms", "propose", "schedule"} or first in {"summary", *orders.WORDS}


def is_conversation(body: Body) -> bool:
    """Whether a command was typed in a direct or group message, as Slack names them."""
    name = str(body.get("channel_name") or "")
    return str(body["channel_id"]).startswith("D") or name == "directmessage" or name.startswith("mpdm-")


def on_summary_open(context: ListenerContext, ack: Ack, body: Body) -> None:
    """*Show* in the Home tab: a stored result as a modal, from the Home tab or its message."""
    result = fetch_result(context.services, round_id_of(body))
    if result and not is_in(context.services, result[0].channel, member_of(body)):
        context.open_view(body, not_here())
    elif result:
        ledger_then = ledger_up_to(context.services, result[0])
        view = outcome.result_modal(*result, earlier_results(context.services, result[0]), ledger_then)
        context.open_view(body, view)
    ack()


def on_summary_share(context: ListenerContext, ack: Ack, body: Body) -> None:
    """*Share in channel*: the stored result, for everybody there, with who brought it back."""
    result = fetch_result(context.services, round_id_of(body))
    if result and result[0].prompt.kind is RoundKind.REFLECT:
        earlier = earlier_results(context.services, result[0])
        norms = ledger_up_to(context.services, result[0])
        text = outcome.result_notification(*result, earlier, norms)
        blocks = outcome.shared_result(*result, member_of(body), earlier, norms)
        _share(context, body, result[0], f"summary {result[0].id}", (text, blocks))
    ack()


def on_cycle_share(context: ListenerContext, ack: Ack, body: Body) -> None:
    """*Share in channel*: the cycle that the asker was shown, for everybody there."""
    if results := _shown(context, body):
        newest = results[0][0]
        _share(context, body, newest, f"cycle {newest.id}", cycle.shared_cycle(results, member_of(body)))
    ack()


def on_trend_share(context: ListenerContext, ack: Ack, body: Body) -> None:
    """*Share in channel*: the trend that the asker was shown, for everybody there."""
    if results := _shown(context, body):
        newest = results[0][0]
        _share(context, body, newest, f"trend {newest.id}", cycle.shared_trend(results, member_of(body)))
    ack()


def on_schedule_resume(context: ListenerContext, ack: Ack, body: Body) -> None:
    """*Go on*, by anyone of the channel that was asked."""
    went = go_on(context.services, ScheduleId(str(body["actions"][0].get("value") or "")), member_of(body))
    if went.going is not Going.NOT_A_MEMBER:
        blocks = rhythm.gone_on(went)
        context.call(
            "chat.update",
            channel=body["channel"]["id"],
            ts=body["message"]["ts"],
            text=blocks[0]["text"]["text"],
            blocks=blocks,
        )
    context.open_view(body, rhythm.going_notice(went))
    ack()


def _acknowledge(ack: Ack, answer: cycle.Answer | None) -> None:
    """Answer the asker alone; with nothing to say, nothing is said."""
    if answer is None:
        ack()
    else:
        text, blocks = answer
        ack(response_type="ephemeral", **fit({"text": text, "blocks": blocks}))


def _asker(body: Body) -> tuple[ChannelId, MemberId]:
    """Where a command was typed, and by whom."""
    return ChannelId(str(body["channel_id"])), MemberId(str(body["user_id"]))


def _answer_to(context: ListenerContext, words: str) -> cycle.Answer:
    if words == "help":
        settings = context.services.settings
        return help_page.help_text(), help_page.help_blocks(settings.support, settings.policy.threshold)
    return help_page.unknown_word(words)


def _privacy(context: ListenerContext, _: Body, channel: ChannelId, member: MemberId) -> cycle.Answer:
    return promise_answer(standing_for(context.services, channel, member))


def _propose(
    context: ListenerContext, body: Body, channel: ChannelId, member: MemberId
) -> cycle.Answer | None:
    return ledger.answer_propose(context, channel, member, body)


def _norms(context: ListenerContext, _: Body, channel: ChannelId, member: MemberId) -> cycle.Answer:
    return ledger.answer_norms(context, channel, member)


def _of_results(say: Callable[[ListenerContext, Standing], cycle.Answer]) -> Answerer:
    """An answer from the results of a channel, for its people."""

    def answer(context: ListenerContext, _: Body, channel: ChannelId, member: MemberId) -> cycle.Answer:
        if not is_in(context.services, channel, member):
            return not_here_answer(why_unseen(context.services, channel))
        return say(context, standing(context.services, channel))

    return answer


def _summary(context: ListenerContext, now: Standing) -> cycle.Answer:
    norms = ledger_up_to(context.services, now.latest[0]) if now.latest else ()
    return outcome.asked_result(now.latest, now.open_round, now.earlier, norms)


_ANSWERS: Mapping[str, Answerer] = {
    "privacy": _privacy,
    "propose": _propose,
    "norms": _norms,
    "summary": _of_results(_summary),
    "summary cycle": _of_results(lambda _, now: cycle.asked_cycle(now.results, now.open_round)),
    "trend": _of_results(lambda _, now: cycle.asked_trend(now.results, now.open_round)),
}


def _shown(context: ListenerContext, body: Body) -> tuple[Result, ...]:
    """The results of the channel of a message, up to the one that was the newest when it was shown."""
    channel = ChannelId(str(body["channel"]["id"]))
    return results_up_to(context.services, channel, str(body["actions"][0].get("value") or ""))


def _share(context: ListenerContext, body: Body, newest: Round, what: str, answer: cycle.Answer) -> None:
    """Say something in its channel once a day, for one of its people.

    ``newest``: the round up to which it tells.
    """
    services, channel = context.services, newest.channel
    if not is_in(services, channel, member_of(body)):
        context.open_view(body, not_here())
        return
    day = services.clock().astimezone(ZoneInfo(newest.zone)).date()
    share = Share(channel=channel, what=what, day=day)
    if not context.shares.claim(share):
        context.open_view(body, shared_today())
        return

    text, blocks = answer

    async def say() -> None:
        try:
            await context.work.call("chat.postMessage", channel=channel, text=text, blocks=blocks)
        except UncertainError:
            context.shares.doubt(share)
            raise
        except SlackError:
            context.shares.release(share)
            raise

    context.after(say)
