"""The listeners of proposals: the form of the channel's suggestion box, or when there will be one."""

from bot.core.co_creation import gather
from bot.core.language import Language
from bot.core.model import ChannelId, MemberId
from bot.service.channel_language import language_of_reader
from bot.service.channel_schedules import open_round_of, schedules_of
from bot.service.norms import box_of
from bot.service.people import is_in, why_unseen
from bot.service.replies import open_reply
from bot.service.upcoming import next_of
from bot.slack.context import Ack, Body, ListenerContext, member_of, value_of
from bot.slack.dispatch import Dispatcher
from bot.slack.kit.builders import Answer, section
from bot.slack.kit.refusals import not_here, not_here_answer
from bot.slack.reply import propose_blocks
from bot.slack.reply.opening import form_view


def register(app: Dispatcher) -> None:
    """Register these listeners."""
    app.action("proposal.open", on_propose)


def answer_propose(
    context: ListenerContext, channel: ChannelId, member: MemberId, body: Body
) -> Answer | None:
    """Answer ``/belonging propose``: open the form and say nothing, or say when there will be one."""
    if _open_form(context, channel, member, body):
        return None
    if not is_in(context.services, channel, member):
        return not_here_answer(why_unseen(context.services, channel), context.language(body))
    text = _no_box(context, channel, language_of_reader(context.services, member, channel))
    return text, [section(text)]


def on_propose(context: ListenerContext, ack: Ack, body: Body) -> None:
    """Open the form of the channel's suggestion box on *Suggest, without your name*."""
    channel, member = ChannelId(value_of(body)), member_of(body)
    if not _open_form(context, channel, member, body):
        if is_in(context.services, channel, member):
            language = language_of_reader(context.services, member, channel)
            view = propose_blocks.no_box_notice(_no_box(context, channel, language), language)
        else:
            view = not_here(context.language(body))
        context.open_view(body, view)
    ack()


def _open_form(context: ListenerContext, channel: ChannelId, member: MemberId, body: Body) -> bool:
    """Whether the channel has a suggestion box; if so, its form opens, or says why not."""
    box = box_of(context.services, channel)
    if box:
        context.open_view(body, form_view(context, body, open_reply(context.services, box, member)))
    return box is not None


def _no_box(context: ListenerContext, channel: ChannelId, language: Language) -> str:
    services = context.services
    schedules = schedules_of(services, channel)
    packs = [services.settings.packs.get(one.pack) for one in schedules]
    if schedules and not any(pack and gather(pack) for pack in packs):
        return language.gettext(propose_blocks.NO_COLLECTING)
    next_at = next_of(services, schedules)
    zone = schedules[0].zone if schedules else "UTC"
    return propose_blocks.no_box_text(open_round_of(services, channel), next_at, zone, language)
