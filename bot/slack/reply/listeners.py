"""Listeners for replies: open the form, submit, change, withdraw, preview a quote.

A listener runs as a use case (``bot.slack.transport.workers``), and its ``ack`` leaves when it returns:
nothing is acknowledged before it is stored. Calls to Slack are made after the acknowledgement.
"""

from concurrent.futures import Future
from functools import partial

from bot.core.model import MemberId, Round, RoundKind
from bot.core.redaction import redact
from bot.core.replies import Draft
from bot.errors import UntidyError
from bot.ports import Submission
from bot.service.people import is_in, may_know_of
from bot.service.replies import (
    Refusal,
    ReplyOutcome,
    accept_reply,
    fetch_round,
    open_change,
    open_reply,
    withdraw_reply,
)
from bot.service.summaries import standing_for
from bot.slack.context import Ack, Body, ListenerContext, member_of, round_id_of, show
from bot.slack.dispatch import Dispatcher
from bot.slack.kit import privacy as promise
from bot.slack.kit.builders import View
from bot.slack.kit.receipts import parse_receipts
from bot.slack.kit.view_state import first_field
from bot.slack.reply import blocks as reply
from bot.slack.reply import error_blocks
from bot.slack.reply import norm_blocks as norms
from bot.slack.reply.forms import (
    FormMetadata,
    chosen_more,
    form_metadata,
    parse_form,
    parse_form_metadata,
    typed_text,
)
from bot.slack.reply.opening import (
    form_view,
    now_ms,
    redrawn_form,
    show_newest,
    show_no_more,
    support_of,
    with_block,
)
from bot.slack.reply.refusal_blocks import refusal_notice
from bot.slack.reply.thanks_blocks import KEEP_ACTION, home_link, thanks, withdrawn
from bot.slack.transport.replays import SENT


def register(app: Dispatcher) -> None:
    """Register these listeners."""
    app.action("reply.open", on_reply_open)
    app.action("reply.change", on_reply_change)
    app.action("reply.withdraw", on_reply_withdraw)
    app.action("quote.preview", on_quote_preview)
    app.action(reply.MORE_ACTION, on_say_more)
    app.action(KEEP_ACTION, on_keep_receipt)
    app.action("privacy.open", on_privacy_open)
    app.view("reply.submit", on_reply_submit)


def on_reply_open(context: ListenerContext, ack: Ack, body: Body) -> None:
    """Answer *Reply without your name*: open the form, or say why there is none."""
    round_ = fetch_round(context.services, round_id_of(body))
    opening = open_reply(context.services, round_, member_of(body))
    context.open_view(body, form_view(context, opening))
    ack()


def on_say_more(context: ListenerContext, ack: Ack, body: Body) -> None:
    """Answer a choice under *Say more?*: draw the form with or without the text box. Nothing is stored."""
    shown = body["view"]
    metadata, round_ = _metadata_and_round(context, shown)
    if metadata is None or round_ is None:
        context.update_view(body, refusal_notice(ReplyOutcome.UNKNOWN_ROUND, None))
    else:
        redrawn = redrawn_form(round_, support_of(context), shown, metadata.opened)
        show_newest(context, body, redrawn, metadata.opened)
    ack()


def on_reply_submit(context: ListenerContext, ack: Ack, body: Body) -> None:
    """Answer *Send*: put the reply into the commit queue, and show the thank-you step once it is on disk."""
    shown = body["view"]
    metadata, round_ = _metadata_and_round(context, shown)
    if metadata is None or round_ is None:
        return show(ack, refusal_notice(ReplyOutcome.UNKNOWN_ROUND, None))
    draft = parse_form(shown, round_)
    if isinstance(draft, Draft) and _says_nothing(context, round_, draft, member_of(body)):
        draft = {reply.TEXT_BLOCK: error_blocks.NOTHING_LEFT}
    if isinstance(draft, dict):
        if reply.MORE_BLOCK in draft:  # the drawing with the text box was lost on its way
            redrawn = redrawn_form(round_, support_of(context), shown, metadata.opened)
            context.call("views.update", view_id=shown["id"], view=redrawn)
        return _field_errors(ack, draft)
    return _hand_in(context, ack, body, round_, metadata, draft)


def on_keep_receipt(_context: ListenerContext, ack: Ack, _body: Body) -> None:
    """Answer *Keep my receipt*: the link opens the Home tab, and what Slack tells of that does the rest."""
    ack()


def on_reply_change(context: ListenerContext, ack: Ack, body: Body) -> None:
    """Answer *Change my reply*, from the thank-you step (in place) or from the Home tab (as a modal)."""
    metadata = _held_receipt(context, body)
    round_ = fetch_round(context.services, metadata.round_id if metadata else round_id_of(body))
    if metadata is None:
        view = refusal_notice(ReplyOutcome.NOT_FOUND, round_)
    elif round_ and not is_in(context.services, round_.channel, member_of(body)):
        view = refusal_notice(ReplyOutcome.NOT_A_MEMBER, round_)
    else:
        view = form_view(context, open_change(context.services, round_, metadata.receipt), change=True)
    _show_from(context, body, view)
    ack()


def on_reply_withdraw(context: ListenerContext, ack: Ack, body: Body) -> None:
    """Answer *Withdraw my reply*, from the thank-you step or from the Home tab."""
    metadata = _held_receipt(context, body)
    round_ = fetch_round(context.services, round_id_of(body))
    outcome = ReplyOutcome.NOT_FOUND
    if metadata and round_:
        # before: else a form that waits for the same commit would bring the reply back
        context.newest.claim(round_.id, metadata.receipt, now_ms(context), SENT.get())
        outcome = withdraw_reply(context.services, round_, member_of(body), metadata.receipt)
    if outcome is ReplyOutcome.WITHDRAWN and metadata and round_:
        context.newest.end(round_.id, metadata.receipt)
        context.receipts.drop(member_of(body), round_)
        view = withdrawn(round_)
    else:
        view = refusal_notice(outcome, round_)
    _show_from(context, body, view)
    if body["view"]["type"] == "home":
        context.render_home(context, member_of(body), body["view"])
    ack()


def on_quote_preview(context: ListenerContext, ack: Ack, body: Body) -> None:
    """Answer *Preview the quote*: draw the form with the redacted text; every field keeps what was typed.

    Not for somebody outside, who has left the form open: a preview tells the names of who is there.
    """
    shown = body["view"]
    metadata, round_ = _metadata_and_round(context, shown)
    if round_ and not is_in(context.services, round_.channel, member_of(body)):
        context.update_view(body, refusal_notice(ReplyOutcome.NOT_A_MEMBER, round_))
    elif metadata and round_:
        names = context.services.directory.names(round_.channel)
        preview = norms.preview_of(round_, redact(typed_text(shown), names))
        if chosen_more(shown):
            redrawn = redrawn_form(round_, support_of(context), shown, metadata.opened, preview)
            show_newest(context, body, redrawn, metadata.opened)
        else:
            context.update_view(body, with_block(shown, preview))
    ack()


def _hand_in(
    context: ListenerContext, ack: Ack, body: Body, round_: Round, metadata: FormMetadata, draft: Draft
) -> None:
    """Put a reply into the commit queue of its round, and acknowledge what became of it."""
    member, support = member_of(body), support_of(context)  # what could fail fails before anything is stored
    claim_newest = partial(context.newest.claim, round_.id, metadata.receipt, metadata.opened, SENT.get())
    accepted = accept_reply(
        context.services, round_, member, draft, metadata.receipt, claim_newest=claim_newest
    )

    def replace_form(view: View) -> None:
        ack.before_sending.append(show_no_more(context, body["view"], metadata.opened))
        show(ack, view)

    def tell(stored: Future[Submission]) -> None:
        try:
            submission = stored.result()
        except UntidyError:
            context.receipts.keep(member, round_, metadata.receipt)  # it is stored, after all
            raise
        if submission is Submission.OUTDATED:
            return _field_errors(ack, dict.fromkeys(first_field(body), error_blocks.OLDER))
        outcome = ReplyOutcome(submission)
        if outcome not in {ReplyOutcome.SAVED, ReplyOutcome.CHANGED}:
            return replace_form(refusal_notice(outcome, round_))
        context.receipts.keep(member, round_, metadata.receipt)
        return replace_form(thanks(round_, support, form_metadata(metadata), outcome, _home_link(body)))

    if isinstance(accepted, Refusal):
        return replace_form(refusal_notice(accepted, round_))
    return ack.when_stored(accepted, tell)


def _metadata_and_round(context: ListenerContext, shown: Body) -> tuple[FormMetadata | None, Round | None]:
    """Return the receipt that a form carries, and its round, as far as they are there."""
    metadata = parse_form_metadata(shown["private_metadata"])
    return metadata, fetch_round(context.services, metadata.round_id) if metadata else None


def _held_receipt(context: ListenerContext, body: Body) -> FormMetadata | None:
    """Return the receipt in the view that was clicked in: the thank-you step has one, Home several."""
    view = body["view"]
    if view["type"] != "home":
        return parse_form_metadata(view["private_metadata"])
    held = context.receipts.merged(member_of(body), parse_receipts(view.get("private_metadata")))
    receipt = held.get(round_id_of(body))
    return FormMetadata(round_id=round_id_of(body), receipt=receipt) if receipt else None


def _says_nothing(context: ListenerContext, round_: Round, draft: Draft, member: MemberId) -> bool:
    """Return whether nothing of a proposal would be left to publish: better said now than never.

    Not said to somebody outside, who could find out so what people there are called.
    """
    if round_.prompt.kind is not RoundKind.COLLECT or not is_in(context.services, round_.channel, member):
        return False
    return redact(draft.text, context.services.directory.names(round_.channel)) is None


def _show_from(context: ListenerContext, body: Body, view: View) -> None:
    """Show a view where the click came from: in place of a modal, or on top of the Home tab."""
    if body["view"]["type"] == "home":
        context.open_view(body, view)
    else:
        context.update_view(body, view)


def _home_link(body: Body) -> str:
    """Return the link to the app's Home tab, by what Slack says of the app and the workspace in a request."""
    team = body.get("team") or {}
    return home_link(str(team.get("id") or ""), str(body.get("api_app_id") or ""))


def _field_errors(ack: Ack, errors: dict[str, str]) -> None:
    ack(response_action="errors", errors=errors)


def on_privacy_open(context: ListenerContext, ack: Ack, body: Body) -> None:
    """Answer *How this stays confidential*: the promise, with this round's rules for who may know of it."""
    round_, member = fetch_round(context.services, round_id_of(body)), member_of(body)
    if round_ is None:
        view = refusal_notice(ReplyOutcome.UNKNOWN_ROUND, None)
    elif may_know_of(context.services, round_.channel, member):
        view = promise.promise_modal(round_)
    else:
        view = promise.promise_of_channel(standing_for(context.services, round_.channel, member))
    context.open_view(body, view)
    ack()
