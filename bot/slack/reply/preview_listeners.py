"""The listeners of *Preview*: the question, the form and the promise, of which nothing is stored."""

import json
import re
from datetime import timedelta
from typing import Any

from bot.core.changes import ScheduleDraft, draft_of
from bot.core.language import Language
from bot.core.model import ChannelId, MemberId, PackId, Round, SupportCard
from bot.core.redaction import redact
from bot.core.schedule import Schedule
from bot.core.translation import round_in
from bot.errors import SlackError
from bot.ports import Services
from bot.service.channel_schedules import schedule_to_ask
from bot.service.people import is_in
from bot.service.preview import preview_round
from bot.service.schedules import schedule_from_draft
from bot.slack.context import Ack, Body, ListenerContext, member_of, show
from bot.slack.dispatch import Dispatcher
from bot.slack.kit.builders import Block, View
from bot.slack.reply import preview_blocks
from bot.slack.reply.form_language import in_one_language, language_of_form, language_shown
from bot.slack.reply.forms import chosen_more, filled_in, typed_text
from bot.slack.reply.opening import keeping_fields, show_newest, show_no_more, with_block

MINUTE = timedelta(minutes=1)


def register(app: Dispatcher) -> None:
    """Register these listeners.

    The ids with ``trial`` are those of an earlier version: a modal that was open before an upgrade has them.
    """
    for name in ("preview", "trial"):
        app.action(f"{name}.reply", on_reply)
        app.action(f"{name}.privacy", on_privacy)
        app.action(f"{name}.quote", on_quote)
    app.action(preview_blocks.MORE, on_say_more)
    app.view(preview_blocks.SEND, on_send)
    app.view("trial.send", on_send)


def preview_schedule(context: ListenerContext, body: Body, schedule: Schedule) -> None:
    """Show what this schedule would ask next, on top of the modal that was clicked in."""
    view = preview_view(
        context.services, schedule, member_of(body), context.language(body, schedule.language)
    )
    context.open_view(body, view, push=True)


def preview_view(services: Services, schedule: Schedule, member: MemberId, language: Language) -> View:
    """Return the question that this schedule would ask next, as a modal; or why there is none.

    The question is in the language of the channel, and what is said about it in the member's.

    Whoever is not in the channel learns nothing of it: no question that hangs on a result, no names.
    """
    round_ = preview_round(services, schedule, insider=is_in(services, schedule.channel, member))
    if round_ is None:
        return preview_blocks.nothing_to_preview(preview_blocks.NO_PROMPTS, language)
    asked, channel_language = in_one_language(round_, services.languages)
    return preview_blocks.preview_announcement(asked, _metadata(schedule), channel_language, language)


def on_reply(context: ListenerContext, ack: Ack, body: Body) -> None:
    """Answer *Reply without your name*: show the form in place of the question."""
    round_, support = _round_of(context.services, body), context.services.settings.support
    if round_ is None:
        view = preview_blocks.nothing_to_preview(preview_blocks.NO_PROMPTS, context.language(body))
    elif support is None:
        language = context.language(body, round_.language)
        view = preview_blocks.nothing_to_preview(preview_blocks.NO_SUPPORT, language)
    else:
        language, metadata = language_of_form(context, body, round_), body["view"]["private_metadata"]
        asked = round_in(round_, language.code)
        view = preview_blocks.preview_form(asked, support, metadata, language=language)
    context.update_view(body, view)
    ack()


def on_privacy(context: ListenerContext, ack: Ack, body: Body) -> None:
    """Answer *How this stays confidential*: show the promise in place of the question."""
    round_ = _round_of(context.services, body)
    if round_:
        language, metadata = context.language(body, round_.language), body["view"]["private_metadata"]
        context.update_view(body, preview_blocks.preview_promise(round_, metadata, language))
    ack()


def on_say_more(context: ListenerContext, ack: Ack, body: Body) -> None:
    """Answer a choice under *Say more?*: draw the form with or without the text box."""
    round_, support = _round_of(context.services, body), context.services.settings.support
    if round_ and support:
        language = language_shown(context, body, round_)
        show_newest(context, body, _redrawn(round_, support, body["view"], None, language))
    ack()


def on_quote(context: ListenerContext, ack: Ack, body: Body) -> None:
    """Answer *Preview the quote*: draw the form with the redacted text; every field keeps what was typed."""
    round_, support = _round_of(context.services, body), context.services.settings.support
    if round_ and support:
        names = _names(context.services, round_.channel, member_of(body))
        shown = body["view"]
        language = language_shown(context, body, round_)
        preview = preview_blocks.preview_quote(round_, redact(typed_text(shown), names), language)
        if chosen_more(shown):
            show_newest(context, body, _redrawn(round_, support, shown, preview, language))
        else:
            context.update_view(body, with_block(shown, preview))
    ack()


def on_send(context: ListenerContext, ack: Ack, body: Body) -> None:
    """Answer *Send*: say that nothing of it was stored."""
    ack.before_sending.append(show_no_more(context, body["view"]))
    show(ack, preview_blocks.preview_sent(context.language(body)))


def _redrawn(
    round_: Round, support: SupportCard, shown: View, preview: Block | None, language: Language
) -> View:
    """Return the form that is shown, drawn anew for what is chosen under *Say more?*, in its language."""
    asked, metadata, filled = (
        round_in(round_, language.code),
        shown["private_metadata"],
        filled_in(shown, preview),
    )
    return keeping_fields(shown, preview_blocks.preview_form(asked, support, metadata, filled, language))


def _names(services: Services, channel: ChannelId, member: MemberId) -> frozenset[str]:
    """Return the names to take out of a quote: none for an outsider, or of a channel that is not seen."""
    try:
        return services.directory.names(channel) if is_in(services, channel, member) else frozenset()
    except SlackError:
        return frozenset()


def _metadata(schedule: Schedule) -> str:
    """Write what the next step of a preview needs to know of its schedule."""
    return json.dumps(
        {
            "channel": schedule.channel,
            "pack": schedule.pack,
            "zone": schedule.zone,
            "minutes": schedule.open_for // MINUTE,
            "threshold": schedule.policy.threshold,
            "language": schedule.language,
        }
    )


def _round_of(services: Services, body: Body) -> Round | None:
    """Return the question that this view previews; None where there is none."""
    try:
        found = json.loads(body["view"].get("private_metadata") or "")
    except (ValueError, RecursionError):
        return None
    draft = _draft(services, found) if isinstance(found, dict) else None
    if draft is None:
        return None
    try:
        insider = is_in(services, draft.channel, member_of(body))
        return preview_round(services, schedule_from_draft(services, draft), insider=insider)
    except ValueError:  # no schedule can follow this, so it is no metadata of ours
        return None


def _draft(services: Services, found: dict[str, Any]) -> ScheduleDraft | None:
    channel, pack, zone = (str(found.get(key, "")) for key in ("channel", "pack", "zone"))
    minutes, threshold = (str(found.get(key, "")) for key in ("minutes", "threshold"))
    if not all(re.fullmatch("[0-9]{1,6}", number) for number in (minutes, threshold)):
        return None
    anyhow = draft_of(schedule_to_ask(services, ChannelId(channel)))
    return ScheduleDraft(
        channel=ChannelId(channel),
        recurrence=anyhow.recurrence,
        at=anyhow.at,
        zone=zone,
        pack=PackId(pack),
        open_for=int(minutes) * MINUTE,
        threshold=int(threshold),
        language=str(found.get("language", anyhow.language)),
    )
