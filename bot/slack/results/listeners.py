"""Listeners for results: show and share them, answer ``/belonging summary``, and take quotes down.

What one person sees is in their language; what is posted for the channel is in the channel's.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from bot.core.language import Language
from bot.core.model import ChannelId, MemberId, QuoteId, Round, RoundId, RoundKind
from bot.core.quotes import quotes_by_id
from bot.core.release import Result
from bot.errors import SlackError, UncertainError
from bot.ports import Services
from bot.service.channel_language import language_of_reader
from bot.service.norms import ledger_up_to
from bot.service.people import is_admin, is_in, why_unseen
from bot.service.quotes import QuoteOutcome, ask_to_remove, keep_quote, remove_quote
from bot.service.replies import fetch_round
from bot.service.summaries import earlier_results, fetch_result, results_up_to, standing
from bot.slack.context import Ack, Body, ListenerContext, member_of, round_id_of, show, value_of
from bot.slack.dispatch import Dispatcher
from bot.slack.kit.builders import Answer, View
from bot.slack.kit.limits import fit
from bot.slack.kit.refusals import not_here, not_here_answer, shared_today
from bot.slack.kit.shares import Share
from bot.slack.results import cycle_blocks, result_blocks
from bot.slack.results.forms import parse_quote_choice, parse_quote_value
from bot.slack.results.quote_blocks import choice_modal, outcome_notice

Decide = Callable[[Services, RoundId, QuoteId, MemberId], QuoteOutcome]
Shared = Callable[[Sequence[Result], MemberId, Language], Answer]


def register(app: Dispatcher) -> None:
    """Register these listeners."""
    app.action("summary.open", on_summary_open)
    app.action("summary.share", on_summary_share)
    app.action("cycle.share", partial(on_series_share, what="cycle", shared=cycle_blocks.shared_cycle))
    app.action("trend.share", partial(on_series_share, what="trend", shared=cycle_blocks.shared_trend))
    app.action("quote.ask", on_quote_ask)
    app.action("quote.remove", partial(on_decision, decide=remove_quote))
    app.action("quote.keep", partial(on_decision, decide=keep_quote))
    app.view("quote.ask", on_quote_asked)
    app.view("quote.remove", on_quote_removed)


def on_summary_open(context: ListenerContext, ack: Ack, body: Body) -> None:
    """Show a stored result in a modal, from the Home tab or from its message."""
    if result := fetch_result(context.services, round_id_of(body)):
        language = context.language(body, result[0].language)
        if is_in(context.services, result[0].channel, member_of(body)):
            earlier = earlier_results(context.services, result[0])
            ledger_then = ledger_up_to(context.services, result[0])
            view = result_blocks.result_modal(*result, earlier, ledger_then, language=language)
        else:
            view = not_here(language)
        context.open_view(body, view)
    ack()


def on_summary_share(context: ListenerContext, ack: Ack, body: Body) -> None:
    """Share a stored result in its channel, with who shared it: *Share in channel*."""
    result = fetch_result(context.services, round_id_of(body))
    if result and result[0].prompt.kind is RoundKind.REFLECT:
        language = context.services.languages.named(result[0].language)
        earlier = earlier_results(context.services, result[0])
        norms = ledger_up_to(context.services, result[0])
        text = result_blocks.result_notification(*result, earlier, norms, language=language)
        blocks = result_blocks.shared_result(*result, member_of(body), earlier, norms, language=language)
        answer = fit({"text": text, "blocks": blocks}, language)
        _share(context, body, result[0], f"summary {result[0].id}", answer)
    ack()


def on_series_share(context: ListenerContext, ack: Ack, body: Body, what: str, shared: Shared) -> None:
    """Share the cycle or the trend that the asker was shown: *Share in channel*."""
    channel = ChannelId(str(body["channel"]["id"]))
    if results := results_up_to(context.services, channel, value_of(body)):
        newest = results[0][0]
        language = context.services.languages.named(newest.language)
        text, blocks = shared(results, member_of(body), language)
        answer = fit({"text": text, "blocks": blocks}, language)
        _share(context, body, newest, f"{what} {newest.id}", answer)
    ack()


def answer_results(context: ListenerContext, channel: ChannelId, member: MemberId, asked: str) -> Answer:
    """Answer ``/belonging summary``, ``summary cycle`` or ``trend`` for a member of the channel."""
    language = language_of_reader(context.services, member, channel)
    if not is_in(context.services, channel, member):
        return not_here_answer(why_unseen(context.services, channel), language)
    now = standing(context.services, channel)
    if asked == "summary cycle":
        return cycle_blocks.asked_cycle(now.results, now.open_round, language)
    if asked == "trend":
        return cycle_blocks.asked_trend(now.results, now.open_round, language)
    norms = ledger_up_to(context.services, now.latest[0]) if now.latest else ()
    return result_blocks.asked_result(now.latest, now.open_round, now.earlier, norms, language)


def _share(context: ListenerContext, body: Body, newest: Round, what: str, answer: Mapping[str, Any]) -> None:
    """Post a result in its channel for one of its people, once a day.

    ``newest``: the last round that it covers. ``answer``: fitted already, in the channel's language.
    """
    services, channel = context.services, newest.channel
    language = context.language(body, newest.language)
    if not is_in(services, channel, member_of(body)):
        context.open_view(body, not_here(language))
        return
    day = services.clock().astimezone(ZoneInfo(newest.zone)).date()
    share = Share(channel=channel, what=what, day=day)
    if not context.shares.claim(share):
        context.open_view(body, shared_today(language))
        return

    async def say() -> None:
        try:
            await context.workers.call("chat.postMessage", channel=channel, **answer)
        except UncertainError:
            context.shares.doubt(share)
            raise
        except SlackError:
            context.shares.release(share)
            raise

    context.add_task(say)


def on_quote_ask(context: ListenerContext, ack: Ack, body: Body) -> None:
    """Show the quotes of a summary to choose from: *Take a quote down*."""
    services, member = context.services, member_of(body)
    result = fetch_result(services, round_id_of(body))
    language = _language(context, body, result[0] if result else None)
    view = _notice(context, QuoteOutcome.GONE, language)
    if result and not is_in(services, result[0].channel, member):
        view = not_here(language)
    elif result and (quotes := quotes_by_id(result[1])):
        view = choice_modal(result[0], quotes, admin=is_admin(services, member), language=language)
    context.open_view(body, view)
    ack()


def on_quote_asked(context: ListenerContext, ack: Ack, body: Body) -> None:
    """Record a request to take a quote down, without who asked: *Ask*."""
    round_id, quote = parse_quote_choice(body["view"])
    round_ = fetch_round(context.services, round_id)
    language = _language(context, body, round_)
    if round_ and not is_in(context.services, round_.channel, member_of(body)):
        show(ack, not_here(language))
    else:
        show(ack, _notice(context, ask_to_remove(context.services, round_id, quote), language))


def on_quote_removed(context: ListenerContext, ack: Ack, body: Body) -> None:
    """Take a quote down, for an admin in the summary: *Take it down*."""
    round_id, quote = parse_quote_choice(body["view"])
    outcome = remove_quote(context.services, round_id, quote, member_of(body))
    _change_summary(context, outcome)
    language = _language(context, body, fetch_round(context.services, round_id))
    show(ack, _notice(context, outcome, language))


def on_decision(context: ListenerContext, ack: Ack, body: Body, decide: Decide) -> None:
    """Decide on a request, for an admin in the Home tab: *Take it down* or *Keep it*."""
    round_id, quote = parse_quote_value(value_of(body))
    outcome = decide(context.services, round_id, quote, member_of(body))
    _change_summary(context, outcome)
    language = _language(context, body, fetch_round(context.services, round_id))
    context.open_view(body, _notice(context, outcome, language))
    context.render_home(context, member_of(body), body["view"])
    ack()


def _change_summary(context: ListenerContext, outcome: QuoteOutcome) -> None:
    if outcome is QuoteOutcome.REMOVED:
        context.run_due()


def _language(context: ListenerContext, body: Body, round_: Round | None) -> Language:
    """Return the language of whoever clicked; the channel's, where the bot does not speak theirs."""
    return context.language(body, round_.language) if round_ else context.language(body)


def _notice(context: ListenerContext, outcome: QuoteOutcome, language: Language) -> View:
    return outcome_notice(outcome, sorted(context.services.settings.admins), language)
