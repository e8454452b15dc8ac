"""Listeners for results: show a stored result, share it in its channel, and answer ``/belonging summary``."""

from zoneinfo import ZoneInfo

from bot.core.model import ChannelId, MemberId, Round, RoundKind
from bot.core.results import Result
from bot.errors import SlackError, UncertainError
from bot.service.norms import ledger_up_to
from bot.service.people import is_in, why_unseen
from bot.service.summaries import (
    earlier_results,
    fetch_result,
    results_up_to,
    standing,
)
from bot.slack.context import Ack, Body, ListenerContext, member_of, round_id_of, value_of
from bot.slack.dispatch import Dispatcher
from bot.slack.kit.builders import Answer
from bot.slack.kit.refusals import not_here, not_here_answer, shared_today
from bot.slack.kit.shares import Share
from bot.slack.results import cycle_blocks as cycle
from bot.slack.results import result_blocks as outcome


def register(app: Dispatcher) -> None:
    """Register these listeners."""
    app.action("summary.open", on_summary_open)
    app.action("summary.share", on_summary_share)
    app.action("cycle.share", on_cycle_share)
    app.action("trend.share", on_trend_share)


def on_summary_open(context: ListenerContext, ack: Ack, body: Body) -> None:
    """Show a stored result in a modal, from the Home tab or from its message."""
    result = fetch_result(context.services, round_id_of(body))
    if result and not is_in(context.services, result[0].channel, member_of(body)):
        context.open_view(body, not_here())
    elif result:
        ledger_then = ledger_up_to(context.services, result[0])
        view = outcome.result_modal(*result, earlier_results(context.services, result[0]), ledger_then)
        context.open_view(body, view)
    ack()


def on_summary_share(context: ListenerContext, ack: Ack, body: Body) -> None:
    """Share a stored result in its channel, with who shared it: *Share in channel*."""
    result = fetch_result(context.services, round_id_of(body))
    if result and result[0].prompt.kind is RoundKind.REFLECT:
        earlier = earlier_results(context.services, result[0])
        norms = ledger_up_to(context.services, result[0])
        text = outcome.result_notification(*result, earlier, norms)
        blocks = outcome.shared_result(*result, member_of(body), earlier, norms)
        _share(context, body, result[0], f"summary {result[0].id}", (text, blocks))
    ack()


def on_cycle_share(context: ListenerContext, ack: Ack, body: Body) -> None:
    """Share the cycle that the asker was shown: *Share in channel*."""
    if results := _shown(context, body):
        newest = results[0][0]
        _share(context, body, newest, f"cycle {newest.id}", cycle.shared_cycle(results, member_of(body)))
    ack()


def on_trend_share(context: ListenerContext, ack: Ack, body: Body) -> None:
    """Share the trend that the asker was shown: *Share in channel*."""
    if results := _shown(context, body):
        newest = results[0][0]
        _share(context, body, newest, f"trend {newest.id}", cycle.shared_trend(results, member_of(body)))
    ack()


def answer_results(context: ListenerContext, channel: ChannelId, member: MemberId, asked: str) -> Answer:
    """Answer ``/belonging summary``, ``summary cycle`` or ``trend`` for a member of the channel."""
    if not is_in(context.services, channel, member):
        return not_here_answer(why_unseen(context.services, channel))
    now = standing(context.services, channel)
    if asked == "summary cycle":
        return cycle.asked_cycle(now.results, now.open_round)
    if asked == "trend":
        return cycle.asked_trend(now.results, now.open_round)
    norms = ledger_up_to(context.services, now.latest[0]) if now.latest else ()
    return outcome.asked_result(now.latest, now.open_round, now.earlier, norms)


def _shown(context: ListenerContext, body: Body) -> tuple[Result, ...]:
    """Return the results of a message's channel, up to the newest one that it shows."""
    channel = ChannelId(str(body["channel"]["id"]))
    return results_up_to(context.services, channel, value_of(body))


def _share(context: ListenerContext, body: Body, newest: Round, what: str, answer: Answer) -> None:
    """Post a result in its channel for one of its people, once a day.

    ``newest``: the last round that it covers.
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
            await context.workers.call("chat.postMessage", channel=channel, text=text, blocks=blocks)
        except UncertainError:
            context.shares.doubt(share)
            raise
        except SlackError:
            context.shares.release(share)
            raise

    context.add_task(say)
