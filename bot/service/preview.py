"""Preview the next round of a schedule; nothing of it is stored."""

from bot.core.language import ENGLISH_CODE
from bot.core.model import Round, RoundId, RoundPrompt
from bot.core.prompts import preview
from bot.core.rounds import closes_at
from bot.core.schedule import Schedule
from bot.core.summary import Highlight, highlight_of
from bot.core.translation import shown_in
from bot.ports import Services
from bot.service.people import has_several_languages

PREVIEW = RoundId("preview")
"""The id of every preview."""


def preview_round(services: Services, schedule: Schedule, *, insider: bool) -> Round | None:
    """Return the round that this schedule would open now, with its next prompt; None without its pack.

    The prompt is chosen as if no statement rested, so that it says nothing about other channels. The round
    has no key, so it can take no reply. Whether newcomers get their question depends on who is in the channel
    when it opens, so that is left out.

    ``insider``: whoever asks is in the channel. Others get the preview of a channel that was never asked
    anything, because the next prompt tells what was found, and whose people use one language.
    """
    pack = services.settings.packs.get(schedule.pack)
    if pack is None:
        return None
    asked, number, highlight = _history(services, schedule) if insider else ((), 1, None)
    now = services.clock()
    prompt = preview(pack, asked, highlight, languages=services.languages)
    return Round(
        id=PREVIEW,
        channel=schedule.channel,
        schedule=schedule.id,
        number=number,
        prompt=prompt,
        policy=schedule.policy,
        audience_size=schedule.policy.threshold,
        opened_at=now,
        closes_at=closes_at(now, schedule.open_for, schedule.policy),
        zone=schedule.zone,
        closing_key=b"",
        language=shown_in(prompt, schedule.language or ENGLISH_CODE),
        several_languages=insider and has_several_languages(services, schedule.channel),
    )


def _history(services: Services, schedule: Schedule) -> tuple[tuple[RoundPrompt, ...], int, Highlight | None]:
    """Return what the channel was asked, the number of its next round, and what was named there last."""
    with services.store.read("preview_round") as tx:
        highlight = highlight_of(tx.list_releases(schedule.channel))
        return tx.list_asked(schedule.channel), tx.fetch_last_number(schedule.channel) + 1, highlight
