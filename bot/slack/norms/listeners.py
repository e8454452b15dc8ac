"""Listen to the commands and buttons of the norm ledger: show it, look again, history, take down.

All that they show is for one person, in that person's language.
"""

from bot.core.model import ChannelId, MemberId, NormId
from bot.service.channel_language import language_of_reader
from bot.service.norms import (
    TakeDown,
    ask_to_look_again,
    ledger_of,
    take_proposal_down,
)
from bot.service.people import is_admin, is_in, why_unseen
from bot.slack.context import Ack, Body, ListenerContext, member_of, show, value_of
from bot.slack.dispatch import Dispatcher
from bot.slack.kit.builders import Answer
from bot.slack.kit.refusals import not_here, not_here_answer
from bot.slack.norms import blocks
from bot.slack.norms import take_down_blocks as take_down
from bot.slack.norms.forms import parse_take_down


def register(app: Dispatcher) -> None:
    """Register these listeners."""
    app.action("proposal.remove", on_take_down)
    app.view("proposal.remove", on_taken_down)
    app.action("norm.revisit", on_look_again)
    app.action("norm.history", on_history)


def answer_norms(context: ListenerContext, channel: ChannelId, member: MemberId) -> Answer:
    """Answer ``/belonging norms`` with the ledger of the channel."""
    language = language_of_reader(context.services, member, channel)
    if not is_in(context.services, channel, member):
        return not_here_answer(why_unseen(context.services, channel), language)
    admin = is_admin(context.services, member)
    ledger = ledger_of(context.services, channel).norms
    return blocks.ledger_answer(ledger, channel, admin=admin, language=language)


def on_look_again(context: ListenerContext, ack: Ack, body: Body) -> None:
    """Handle *Look again*, which any member of the channel may press."""
    outcome = ask_to_look_again(context.services, NormId(value_of(body)), member_of(body))
    channel = ChannelId(str((body.get("channel") or {}).get("id") or ""))
    language = language_of_reader(context.services, member_of(body), channel)
    context.open_view(body, blocks.look_again_notice(outcome, language))
    ack()


def on_history(context: ListenerContext, ack: Ack, body: Body) -> None:
    """Open the history of all norms of the channel after *History*."""
    channel, member = ChannelId(value_of(body)), member_of(body)
    language = language_of_reader(context.services, member, channel)
    if is_in(context.services, channel, member):
        view = blocks.history_modal(ledger_of(context.services, channel).norms, language)
    else:
        view = not_here(language)
    context.open_view(body, view)
    ack()


def on_take_down(context: ListenerContext, ack: Ack, body: Body) -> None:
    """Open the form after *Take one down*. A member who is no admin sees whom to tell instead."""
    channel, member = ChannelId(value_of(body)), member_of(body)
    language = language_of_reader(context.services, member, channel)
    if not is_in(context.services, channel, member):
        view = not_here(language)
    elif is_admin(context.services, member):
        view = take_down.take_down_modal(ledger_of(context.services, channel).norms, channel, language)
    else:
        admins = sorted(context.services.settings.admins)
        view = take_down.take_down_notice(TakeDown.NOT_ALLOWED, admins, language)
    context.open_view(body, view)
    ack()


def on_taken_down(context: ListenerContext, ack: Ack, body: Body) -> None:
    """Take the chosen proposal down, and have the messages that hold its words changed."""
    member, channel = member_of(body), ChannelId(str(body["view"].get("private_metadata") or ""))
    language = language_of_reader(context.services, member, channel)
    norm, reason = parse_take_down(body["view"])
    if not norm:
        errors = {take_down.CHOICE_BLOCK: language.gettext(take_down.NOTHING_TO_TAKE_DOWN)}
        ack(response_action="errors", errors=errors)
        return
    outcome = take_proposal_down(context.services, NormId(norm), member, reason)
    if outcome is TakeDown.NO_REASON:
        ack(response_action="errors", errors={take_down.REASON_BLOCK: language.gettext(take_down.NO_REASON)})
        return
    if outcome is TakeDown.DONE:
        context.run_due()
    admins = sorted(context.services.settings.admins)
    show(ack, take_down.take_down_notice(outcome, admins, language))
