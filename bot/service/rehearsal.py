"""Trying a schedule out: the round that it would open next, of which nothing is stored."""

from bot.core.model import Round, RoundId
from bot.core.prompts import preview
from bot.core.rounds import closes_at
from bot.core.schedule import Schedule
from bot.core.summary import finding_of
from bot.ports import Desk

REHEARSAL = RoundId("trial")
"""The id of every round that is only tried out; no such round is stored."""


def rehearse(desk: Desk, schedule: Schedule) -> Round | None:
    """The round that this schedule would open now, with the prompt that comes next; nothing of it is stored.

    The prompt is shown as if nothing rested, so that it says nothing of what other channels were asked.

    None where its pack is not there. It has no key, so nothing could ever be put into it. Whether the
    question for newcomers is asked depends on who is in the channel then, so it is left out here.
    """
    pack = desk.settings.packs.get(schedule.pack)
    if pack is None:
        return None
    with desk.store.transaction("rehearse") as tx:
        asked, number = tx.list_asked(schedule.channel), tx.last_number(schedule.channel) + 1
        finding = finding_of(tx.list_releases(schedule.channel))
    now = desk.clock()
    return Round(
        id=REHEARSAL,
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
