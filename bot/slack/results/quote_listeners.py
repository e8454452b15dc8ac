"""The listeners that take a published quote down: from the summary, and from an admin's Home tab."""

from collections.abc import Callable

from bot.core.model import MemberId, QuoteId, RoundId
from bot.core.quotes import quotes_by_id
from bot.ports import Services
from bot.service.people import is_admin, is_in
from bot.service.quotes import QuoteOutcome, ask_to_remove, keep_quote, remove_quote
from bot.service.replies import fetch_round
from bot.service.summaries import fetch_result
from bot.slack.context import Ack, Body, ListenerContext, member_of, round_id_of, show
from bot.slack.dispatch import Dispatcher
from bot.slack.kit.builders import View
from bot.slack.kit.refusals import not_here
from bot.slack.results.forms import parse_quote_choice, parse_quote_value
from bot.slack.results.quote_blocks import choice_modal, outcome_notice

Decide = Callable[[Services, RoundId, QuoteId, MemberId], QuoteOutcome]


def register(app: Dispatcher) -> None:
    """Register these listeners."""
    app.action("quote.ask", on_quote_ask)
    app.action("quote.remove", lambda context, ack, body: on_decision(context, ack, body, remove_quote))
    app.action("quote.keep", lambda context, ack, body: on_decision(context, ack, body, keep_quote))
    app.view("quote.ask", on_quote_asked)
    app.view("quote.remove", on_quote_removed)


def on_quote_ask(context: ListenerContext, ack: Ack, body: Body) -> None:
    """Show the quotes of a summary to choose from: *Take a quote down*."""
    services, member = context.services, member_of(body)
    result = fetch_result(services, round_id_of(body))
    view = _notice(context, QuoteOutcome.GONE)
    if result and not is_in(services, result[0].channel, member):
        view = not_here()
    elif result and (quotes := quotes_by_id(result[1])):
        view = choice_modal(result[0], quotes, admin=is_admin(services, member))
    context.open_view(body, view)
    ack()


def on_quote_asked(context: ListenerContext, ack: Ack, body: Body) -> None:
    """Record a request to take a quote down, without who asked: *Ask*."""
    round_id, quote = parse_quote_choice(body["view"])
    round_ = fetch_round(context.services, round_id)
    if round_ and not is_in(context.services, round_.channel, member_of(body)):
        show(ack, not_here())
    else:
        show(ack, _notice(context, ask_to_remove(context.services, round_id, quote)))


def on_quote_removed(context: ListenerContext, ack: Ack, body: Body) -> None:
    """Take a quote down, for an admin in the summary: *Take it down*."""
    outcome = remove_quote(context.services, *parse_quote_choice(body["view"]), member_of(body))
    _change_summary(context, outcome)
    show(ack, _notice(context, outcome))


def on_decision(context: ListenerContext, ack: Ack, body: Body, decide: Decide) -> None:
    """Decide on a request, for an admin in the Home tab: *Take it down* or *Keep it*."""
    value = str(body["actions"][0].get("value") or "")
    outcome = decide(context.services, *parse_quote_value(value), member_of(body))
    _change_summary(context, outcome)
    context.open_view(body, _notice(context, outcome))
    context.publish_home(member_of(body), body["view"])
    ack()


def _change_summary(context: ListenerContext, outcome: QuoteOutcome) -> None:
    if outcome is QuoteOutcome.REMOVED:
        context.run_due()


def _notice(context: ListenerContext, outcome: QuoteOutcome) -> View:
    return outcome_notice(outcome, sorted(context.services.settings.admins))
