"""Trying a schedule out: the round that it would open next, of which nothing is stored."""

from bot.core.model import Round, RoundId
from bot.core.prompts import choose
from bot.core.rounds import closes_at
from bot.core.schedule import Schedule
from bot.core.summary import finding_of
from bot.ports import Desk

REHEARSAL = RoundId("trial")
"""The id of every round that is only tried out; no such round is stored."""


def rehearse(desk: Desk, schedule: Schedule) -> Round | None:
    """The round that this schedule would open now, with the prompt that comes next; nothing of it is stored.

    None where its pack is not there. What other channels were asked lately is left out of account: whoever
    tries a schedule out must not learn from it who is where. It has no key, so nothing could ever be put into
    it. Whether the question for newcomers is asked depends on who is in the channel then, so it is left out.
    """
    pack = desk.settings.packs.get(schedule.pack)
    if pack is None:
        return None
    with desk.store.transaction("rehearse") as tx:
        asked, number = tx.list_asked(schedule.channel), tx.last_number(schedule.channel) + 1
        finding = finding_of(tx.list_releases(schedule.channel))
    prompt = choose(pack, asked, finding)
    if prompt is None:
        return None
    now = desk.clock()
    return Round(
        id=REHEARSAL,
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
    )
