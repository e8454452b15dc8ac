"""The listeners that take a published quote down: from the summary, and from an admin's Home tab."""

from collections.abc import Callable

from bot.core.model import MemberId, QuoteId, RoundId
from bot.core.quotes import quotes_by_id
from bot.ports import Desk
from bot.service.people import is_admin, is_in
from bot.service.quotes import QuoteOutcome, ask_to_remove, keep_quote, remove_quote
from bot.service.replies import fetch_round
from bot.service.summaries import fetch_result
from bot.slack.blocks.kit import View
from bot.slack.blocks.quotes import choice_modal, outcome_notice
from bot.slack.blocks.refusals import not_here
from bot.slack.counter import Ack, Body, Counter, member_of, round_id_of, show
from bot.slack.dispatch import Dispatcher
from bot.slack.forms import parse_quote_choice, parse_quote_value

Decide = Callable[[Desk, RoundId, QuoteId, MemberId], QuoteOutcome]


def register(app: Dispatcher) -> None:
    """Register these listeners."""
    app.action("quote.ask", on_quote_ask)
    app.action("quote.remove", lambda counter, ack, body: on_decision(counter, ack, body, remove_quote))
    app.action("quote.keep", lambda counter, ack, body: on_decision(counter, ack, body, keep_quote))
    app.view("quote.ask", on_quote_asked)
    app.view("quote.remove", on_quote_removed)


def on_quote_ask(counter: Counter, ack: Ack, body: Body) -> None:
    """*Take a quote down*: the quotes of this summary to choose from."""
    desk, member = counter.desk, member_of(body)
    result = fetch_result(desk, round_id_of(body))
    view = _notice(counter, QuoteOutcome.GONE)
    if result and not is_in(desk, result[0].channel, member):
        view = not_here()
    elif result and (quotes := quotes_by_id(result[1])):
        view = choice_modal(result[0], quotes, admin=is_admin(desk, member))
    counter.open_view(body, view)
    ack()


def on_quote_asked(counter: Counter, ack: Ack, body: Body) -> None:
    """*Ask*: recorded, without who asked; the verb is not even told."""
    round_id, quote = parse_quote_choice(body["view"])
    round_ = fetch_round(counter.desk, round_id)
    if round_ and not is_in(counter.desk, round_.channel, member_of(body)):
        show(ack, not_here())
    else:
        show(ack, _notice(counter, ask_to_remove(counter.desk, round_id, quote)))


def on_quote_removed(counter: Counter, ack: Ack, body: Body) -> None:
    """*Take it down*, by an admin in the summary."""
    outcome = remove_quote(counter.desk, *parse_quote_choice(body["view"]), member_of(body))
    _change_summary(counter, outcome)
    show(ack, _notice(counter, outcome))


def on_decision(counter: Counter, ack: Ack, body: Body, decide: Decide) -> None:
    """*Take it down* or *Keep it*, by an admin in the Home tab."""
    value = str(body["actions"][0].get("value") or "")
    outcome = decide(counter.desk, *parse_quote_value(value), member_of(body))
    _change_summary(counter, outcome)
    counter.open_view(body, _notice(counter, outcome))
    counter.publish_home(member_of(body), body["view"])
    ack()


def _change_summary(counter: Counter, outcome: QuoteOutcome) -> None:
    if outcome is QuoteOutcome.REMOVED:
        counter.run_due()


def _notice(counter: Counter, outcome: QuoteOutcome) -> View:
    return outcome_notice(outcome, sorted(counter.desk.settings.admins))
