"""Listeners for replies: open the form, submit, change, withdraw, preview a quote.

A listener runs as a use case (``bot.slack.transport.workers``), and its ``ack`` leaves when it returns:
nothing is acknowledged before it is stored. Calls to Slack are made after the acknowledgement.
"""

from concurrent.futures import Future
from functools import partial

from bot.core.model import MemberId, Round, RoundKind
from bot.core.redaction import redact
from bot.core.replies import Draft
from bot.core.translation import round_in
from bot.errors import UnconfirmedError
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
from bot.slack.kit.builders import Block, View
from bot.slack.kit.receipts import parse_receipts
from bot.slack.kit.view_state import first_field
from bot.slack.reply import error_blocks
from bot.slack.reply import norm_blocks as norms
from bot.slack.reply.blocks import MORE_ACTION, MORE_BLOCK
from bot.slack.reply.field_blocks import TEXT_BLOCK
from bot.slack.reply.form_language import language_of_notice, language_shown
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
    app.action(MORE_ACTION, on_say_more)
    app.action(KEEP_ACTION, on_keep_receipt)
    app.action("privacy.open", on_privacy_open)
    app.view("reply.submit", on_reply_submit)


def on_reply_open(context: ListenerContext, ack: Ack, body: Body) -> None:
    """Answer *Reply without your name*: open the form, or say why there is none."""
    round_ = fetch_round(context.services, round_id_of(body))
    opening = open_reply(context.services, round_, member_of(body))
    context.open_view(body, form_view(context, body, opening))
    ack()


def on_say_more(context: ListenerContext, ack: Ack, body: Body) -> None:
    """Answer a choice under *Say more?*: draw the form with or without the text box. Nothing is stored."""
    shown = body["view"]
    metadata, round_ = _metadata_and_round(context, shown)
    if metadata is None or round_ is None:
        context.update_view(body, _refused(context, body, ReplyOutcome.UNKNOWN_ROUND, None))
    else:
        show_newest(context, body, _redrawn(context, body, round_, metadata), metadata.opened)
    ack()


def on_reply_submit(context: ListenerContext, ack: Ack, body: Body) -> None:
    """Answer *Send*: put the reply into the commit queue, and show the thank-you step once it is on disk."""
    shown = body["view"]
    metadata, round_ = _metadata_and_round(context, shown)
    if metadata is None or round_ is None:
        return show(ack, _refused(context, body, ReplyOutcome.UNKNOWN_ROUND, None))
    language = language_shown(context, body, round_, change=bool(metadata.opened))
    draft = parse_form(shown, round_, language)
    if isinstance(draft, Draft) and _says_nothing(context, round_, draft, member_of(body)):
        draft = {TEXT_BLOCK: language.gettext(error_blocks.NOTHING_LEFT)}
    if isinstance(draft, dict):
        if MORE_BLOCK in draft:  # the drawing with the text box was lost on its way
            redrawn = _redrawn(context, body, round_, metadata)
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
        view = _refused(context, body, ReplyOutcome.NOT_FOUND, round_)
    elif round_ and not is_in(context.services, round_.channel, member_of(body)):
        view = _refused(context, body, ReplyOutcome.NOT_A_MEMBER, round_)
    else:
        opening = open_change(context.services, round_, metadata.receipt)
        view = form_view(context, body, opening, change=True)
    _show_from(context, body, view)
    ack()


def on_reply_withdraw(context: ListenerContext, ack: Ack, body: Body) -> None:
    """Answer *Withdraw my reply*, from the thank-you step or from the Home tab."""
    metadata = _held_receipt(context, body)
    round_ = fetch_round(context.services, round_id_of(body))
    outcome = ReplyOutcome.NOT_FOUND
    language = language_of_notice(context, body, round_)  # what could fail fails before anything is stored
    if metadata and round_:
        # before: else a form that waits for the same commit would bring the reply back
        context.newest.claim(round_.id, metadata.receipt, now_ms(context), SENT.get())
        outcome = withdraw_reply(context.services, round_, member_of(body), metadata.receipt)
    if outcome is ReplyOutcome.WITHDRAWN and metadata and round_:
        context.newest.end(round_.id, metadata.receipt)
        context.receipts.drop(member_of(body), round_)
        view = withdrawn(round_, language)
    else:
        view = refusal_notice(outcome, round_, language)
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
        context.update_view(body, _refused(context, body, ReplyOutcome.NOT_A_MEMBER, round_))
    elif metadata and round_:
        names = context.services.directory.names(round_.channel)
        language = language_shown(context, body, round_, change=bool(metadata.opened))
        preview = norms.preview_of(round_, redact(typed_text(shown), names), language)
        if chosen_more(shown):
            redrawn = _redrawn(context, body, round_, metadata, preview)
            show_newest(context, body, redrawn, metadata.opened)
        else:
            context.update_view(body, with_block(shown, preview))
    ack()


def _hand_in(
    context: ListenerContext, ack: Ack, body: Body, round_: Round, metadata: FormMetadata, draft: Draft
) -> None:
    """Put a reply into the commit queue of its round, and acknowledge what became of it."""
    member, support = member_of(body), support_of(context)  # what could fail fails before anything is stored
    language = language_of_notice(context, body, round_)
    older = language_shown(context, body, round_, change=bool(metadata.opened)).gettext(error_blocks.OLDER)
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
        except UnconfirmedError:
            context.receipts.keep(member, round_, metadata.receipt)  # it is stored, after all
            raise
        if submission is Submission.OUTDATED:
            return _field_errors(ack, dict.fromkeys(first_field(body), older))
        outcome = ReplyOutcome(submission)
        if outcome not in {ReplyOutcome.SAVED, ReplyOutcome.CHANGED}:
            return replace_form(refusal_notice(outcome, round_, language))
        context.receipts.keep(member, round_, metadata.receipt)
        receipt, link = form_metadata(metadata), _home_link(body)
        return replace_form(thanks(round_, support, receipt, outcome, link, language))

    if isinstance(accepted, Refusal):
        return replace_form(refusal_notice(accepted, round_, language))
    return ack.when_stored(accepted, tell)


def _redrawn(
    context: ListenerContext,
    body: Body,
    round_: Round,
    metadata: FormMetadata,
    preview: Block | None = None,
) -> View:
    """Return the form that is shown, drawn anew in the language in which it is shown."""
    language = language_shown(context, body, round_, change=bool(metadata.opened))
    asked = round_in(round_, language.code)
    return redrawn_form(asked, support_of(context), body["view"], metadata.opened, preview, language)


def _refused(
    context: ListenerContext, body: Body, refusal: Refusal | ReplyOutcome, round_: Round | None
) -> View:
    return refusal_notice(refusal, round_, language_of_notice(context, body, round_))


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
        view = _refused(context, body, ReplyOutcome.UNKNOWN_ROUND, None)
    elif may_know_of(context.services, round_.channel, member):
        view = promise.promise_modal(round_, language_of_notice(context, body, round_))
    else:
        now = standing_for(context.services, round_.channel, member)
        view = promise.promise_of_channel(now, context.language(body))
    context.open_view(body, view)
    ack()
