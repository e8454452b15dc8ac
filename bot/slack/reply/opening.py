"""The view that opens when somebody wants to write: the form of the round, or why there is none."""

from bot.core.model import RoundKind, SupportCard
from bot.errors import SlackError
from bot.service.norms import norms_asked
from bot.service.replies import Opening, ReplyOutcome
from bot.slack.context import ListenerContext
from bot.slack.kit.builders import View
from bot.slack.kit.limits import Fitted
from bot.slack.reply import blocks as reply
from bot.slack.reply.forms import FormMetadata, form_metadata

METADATA = "private_metadata"


def form_view(context: ListenerContext, opening: Opening, *, change: bool = False) -> View:
    """The form with its receipt, or the reason why it does not open."""
    round_ = opening.round
    if opening.refusal or round_ is None or opening.receipt is None:
        return reply.refusal_notice(opening.refusal or ReplyOutcome.UNKNOWN_ROUND, round_)
    asks_about_norms = round_.prompt.kind not in {RoundKind.REFLECT, RoundKind.COLLECT}
    norms = norms_asked(context.services, round_) if asks_about_norms else ()
    form = context.forms.of(round_, support_of(context), norms, change=change)
    opened = now_ms(context) if change else 0
    metadata = form_metadata(FormMetadata(round_id=round_.id, receipt=opening.receipt, opened=opened))
    return Fitted({**form, METADATA: metadata}) if METADATA in form else form


def now_ms(context: ListenerContext) -> int:
    """Return the time by which forms are ordered: milliseconds since 1970."""
    return round(1000 * context.services.clock().timestamp())


def support_of(context: ListenerContext) -> SupportCard:
    """Whom members can turn to; raises ``SlackError`` where the configuration names nobody."""
    support = context.services.settings.support
    if support is None:
        raise SlackError("no_support_contact")
    return support
