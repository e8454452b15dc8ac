"""The view that opens when somebody wants to write: the form of the round, or why there is none."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from bot.core.language import ENGLISH, Language
from bot.core.model import Round, RoundKind, SupportCard
from bot.errors import SlackError
from bot.service.norms import norms_asked
from bot.service.replies import Opening, ReplyOutcome
from bot.slack.context import Body, ListenerContext
from bot.slack.kit.builders import Block, View
from bot.slack.kit.limits import Fitted, fit_view
from bot.slack.kit.view_state import Payload
from bot.slack.reply.blocks import reply_form
from bot.slack.reply.field_blocks import TEXT_BLOCK
from bot.slack.reply.form_language import language_of_form, language_of_notice, warned
from bot.slack.reply.forms import FormMetadata, filled_in, form_metadata
from bot.slack.reply.refusal_blocks import refusal_notice

METADATA = "private_metadata"


def form_view(context: ListenerContext, body: Body, opening: Opening, *, change: bool = False) -> View:
    """Return the form with its receipt in the language of whoever clicked, or why it does not open."""
    round_ = opening.round
    if opening.refusal or round_ is None or opening.receipt is None:
        refusal = opening.refusal or ReplyOutcome.UNKNOWN_ROUND
        return refusal_notice(refusal, round_, language_of_notice(context, body, round_))
    asks_about_norms = round_.prompt.kind not in {RoundKind.REFLECT, RoundKind.COLLECT}
    norms = norms_asked(context.services, round_) if asks_about_norms else ()
    language = language_of_form(context, body, round_)
    told = warned(context, body, round_)
    form = context.forms.of(told, support_of(context), norms, change=change, language=language)
    opened = now_ms(context) if change else 0
    metadata = form_metadata(FormMetadata(round_id=round_.id, receipt=opening.receipt, opened=opened))
    return Fitted({**form, METADATA: metadata}) if METADATA in form else form


def now_ms(context: ListenerContext) -> int:
    """Return the time by which forms are ordered: milliseconds since 1970."""
    return round(1000 * context.services.clock().timestamp())


def support_of(context: ListenerContext) -> SupportCard:
    """Return whom members can turn to; raises ``SlackError`` where the configuration names nobody."""
    support = context.services.settings.support
    if support is None:
        raise SlackError("no_support_contact")
    return support


def redrawn_form(
    round_: Round,
    support: SupportCard,
    shown: View,
    opened: int,
    preview: Block | None = None,
    language: Language = ENGLISH,
) -> View:
    """Return the form that is shown, drawn anew for what is chosen under *Say more?*.

    ``round_``, ``language``: as it is shown, so that its old and its new parts are in one language.
    Every field that is there already stays as it is, so that Slack keeps what was filled in: it does so by
    the ids of block and action. What was typed is not in the view.
    """
    filled = filled_in(shown, preview)
    metadata = shown[METADATA]
    view = reply_form(round_, support, metadata, change=bool(opened), filled=filled, language=language)
    return keeping_fields(shown, view)


def keeping_fields(shown: View, view: View) -> View:
    """Return the view, made to fit, with the fields that are shown already just as they are.

    The text box alone may change: whether it may stay empty depends on the choice.
    """
    fitted = fit_view(view)
    there = {block["block_id"]: block for block in shown["blocks"] if block["type"] == "input"}
    there.pop(TEXT_BLOCK, None)
    blocks = [there.get(block.get("block_id", ""), block) for block in fitted["blocks"]]
    return Fitted({**fitted, "blocks": blocks})


def with_block(shown: View, block: Block) -> View:
    """Return the view that is shown with this block in place of the one of the same id."""
    keys = ("type", "callback_id", "title", "submit", "close", METADATA)
    view = {key: shown[key] for key in keys if shown.get(key)}
    blocks = [block if old.get("block_id") == block["block_id"] else old for old in shown["blocks"]]
    return {**view, "blocks": blocks}


def _drawing(shown: Payload, opened: int) -> str:
    """Return the key under which the drawings of one form are kept in order.

    A form to change a reply may stand in the view of an earlier form; ``opened`` tells them apart.
    """
    return f"{shown['id']}.{opened}"


def show_newest(context: ListenerContext, body: Body, view: View, opened: int = 0) -> None:
    """Show this drawing of the form after the acknowledgement, unless a newer one has been asked for.

    ``opened``: as in the form's metadata; 0 in a preview.

    Drawings carry no ``hash``: the second of two quick clicks has an old one, and Slack would refuse it.
    """
    shown, key = body["view"], _drawing(body["view"], opened)
    drawn_at = float(body["actions"][0].get("action_ts") or 0)
    context.previews.note(key, drawn_at)
    update: Callable[[], Awaitable[Any]] = partial(
        context.workers.call, "views.update", view_id=shown["id"], view=view
    )
    context.add_task(lambda: context.previews.show(key, drawn_at, update))


def show_no_more(
    context: ListenerContext, shown: Payload, opened: int = 0
) -> Callable[[], Awaitable[object]]:
    """Return the step that lets no late drawing of a form take the place of what follows it."""
    return partial(context.previews.end, _drawing(shown, opened))
