"""Trying a schedule out: the round that it would open next, of which nothing is stored."""

from bot.core.model import Round, RoundId, RoundPrompt
from bot.core.prompts import preview
from bot.core.rounds import closes_at
from bot.core.schedule import Schedule
from bot.core.summary import Finding, finding_of
from bot.ports import Services

PREVIEW = RoundId("preview")
"""The id of every round that is only tried out; no such round is stored."""


def preview_round(services: Services, schedule: Schedule, *, insider: bool) -> Round | None:
    """The round that this schedule would open now, with the prompt that comes next; nothing of it is stored.

    The prompt is shown as if nothing rested, so that it says nothing of what other channels were asked.

    None where its pack is not there. It has no key, so nothing could ever be put into it. Whether the
    question for newcomers is asked depends on who is in the channel then, so it is left out here.
    ``insider``: it is tried by somebody who is in the channel. To anybody else it is shown as in a channel
    that has never been asked anything: what comes next tells what was found.
    """
    pack = services.settings.packs.get(schedule.pack)
    if pack is None:
        return None
    asked, number, finding = _history(services, schedule) if insider else ((), 1, None)
    now = services.clock()
    return Round(
        id=PREVIEW,
        channel=schedule.channel,
        schedule=schedule.id,
        number=number,
        prompt=preview(pack, asked, finding),
        policy=schedule.policy,
        audience_size=schedule.policy.threshold,
        opened_at=now,
        closes_at=closes_at(now, schedule.open_for, schedule.policy),
        zone=schedule.zone,
        closing_key=b"",
    )


def _history(services: Services, schedule: Schedule) -> tuple[tuple[RoundPrompt, ...], int, Finding | None]:
    """What the channel was asked, the number of its next round, and what was found there last."""
    with services.store.read("preview_round") as tx:
        finding = finding_of(tx.list_releases(schedule.channel))
        return tx.list_asked(schedule.channel), tx.last_number(schedule.channel) + 1, finding
