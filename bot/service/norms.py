"""Flow (g): a channel makes its own rules. Boxes for proposals, what results do to the ledger, looking again.

What becomes of a proposal follows from results alone: nobody can add one past the ballot, admins included.
"""

import logging
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.core.cocreate import Agenda, collect
from bot.core.model import ChannelId, MemberId, NormId, Round, RoundId, RoundKind, RoundState
from bot.core.norms import Norm, NormState, NormStep, advance, settle
from bot.core.release import Published, Release
from bot.ports import Desk, Tx
from bot.service.people import is_admin, is_in

log = logging.getLogger(__name__)

NO_END = timedelta(days=3650)
"""A box has no closing time of its own: it is given one when its round is announced."""

REASON_LIMIT = 200


class LookAgain(StrEnum):
    """What became of the wish to look at a norm again."""

    SOON = "soon"
    NOT_NOW = "not_now"
    NOT_A_MEMBER = "not_a_member"


class TakeDown(StrEnum):
    """What became of taking a proposal down."""

    DONE = "done"
    GONE = "gone"
    NO_REASON = "no_reason"
    NOT_ALLOWED = "not_allowed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """The norms of a channel, as they were first written, and its box for proposals, if it has one."""

    norms: tuple[Norm, ...]
    box: Round | None


def ledger_of(desk: Desk, channel: ChannelId) -> Ledger:
    """What a channel has proposed, tries, keeps, changes and lets go."""
    with desk.store.transaction("ledger") as tx:
        return Ledger(norms=tx.list_norms(channel), box=tx.fetch_box(channel))


def agenda_of(desk: Desk, tx: Tx, channel: ChannelId, zone: str) -> Agenda:
    """What the ledger asks for on this day."""
    return Agenda(ledger=tx.list_norms(channel), today=_today(desk, zone), seed=desk.vault.new_seed())


def write_ledger(desk: Desk, tx: Tx, round_: Round, result: Release) -> None:
    """Write down what this result does to the norms of its channel; in the transaction that stores it."""
    count = len(result.proposals) if isinstance(result, Published) else 0
    ids = [NormId(desk.vault.new_id()) for _ in range(count)]
    for norm in settle(round_, result, tx.list_norms(round_.channel), _today(desk, round_.zone), ids):
        tx.put_norm(norm)


def ensure_box(desk: Desk, after: Round) -> None:
    """Open the next box for proposals of a channel, by the rules of the round that has just closed.

    There is one at a time: none is opened while proposals are collected, or where one is there.
    """
    if after.schedule is None or after.state is not RoundState.CLOSED:
        return
    with desk.store.transaction("box_of") as tx:
        schedule = tx.fetch_schedule(after.schedule)
        pack = desk.settings.packs.get(schedule.pack) if schedule else None
        busy = tx.fetch_box(after.channel) or any(
            one.state in {RoundState.OPEN, RoundState.CLOSING} and one.prompt.kind is RoundKind.COLLECT
            for one in tx.list_channel_rounds(after.channel)
        )
    prompt = collect(pack, (), None) if pack else None
    if busy or prompt is None:
        return
    now, round_id = desk.clock(), RoundId(desk.vault.new_id())
    with desk.store.transaction("box") as tx:
        if tx.fetch_box(after.channel):
            return
        desk.boxes.create(round_id, now)
        box = Round(
            id=round_id,
            channel=after.channel,
            schedule=after.schedule,
            number=0,
            prompt=prompt,
            policy=after.policy,
            audience_size=after.audience_size,
            opened_at=now,
            closes_at=now + NO_END,
            zone=after.zone,
            closing_key=desk.vault.create(round_id),
            state=RoundState.GATHERING,
        )
        tx.insert_round(box)
    log.info("box opened", extra={"round_id": round_id, "channel_id": after.channel})


def ask_to_look_again(desk: Desk, norm_id: NormId, member: MemberId) -> LookAgain:
    """Have the channel asked, with its next question, what shall become of a norm. Anyone of it may.

    What is tried or kept can be looked at; nothing else. Who asked is not kept.
    """
    with desk.store.transaction("norm") as tx:
        norm = tx.fetch_norm(norm_id)
    if norm is None or norm.state not in {NormState.TRYING, NormState.KEPT}:
        return LookAgain.NOT_NOW
    if not is_in(desk, norm.channel, member):
        return LookAgain.NOT_A_MEMBER
    with desk.store.transaction("look_again_soon") as tx:
        current = tx.fetch_norm(norm_id) or norm
        today = desk.clock().date()
        if current.look_again_on is None or current.look_again_on > today:
            tx.put_norm(replace(current, look_again_on=today))
    return LookAgain.SOON


def take_proposal_down(desk: Desk, norm_id: NormId, member: MemberId, reason: str) -> TakeDown:
    """Take a published proposal down, with a reason that everybody can read; an admin alone may.

    Its words go from the ledger and from the result that published them; that it was there stays.
    """
    reason = " ".join(reason.split())[:REASON_LIMIT]
    if not is_admin(desk, member):
        return TakeDown.NOT_ALLOWED
    if not reason:
        return TakeDown.NO_REASON
    with desk.store.transaction("take_proposal_down") as tx:
        norm = tx.fetch_norm(norm_id)
        if norm is None or norm.state is NormState.TAKEN_DOWN:
            return TakeDown.GONE
        channel_rounds = tx.list_channel_rounds(norm.channel)
        zone = channel_rounds[-1].zone if channel_rounds else "UTC"
        step = NormStep(state=NormState.TAKEN_DOWN, on=_today(desk, zone), reason=reason)
        tx.put_norm(replace(advance(norm, step), text=""))
        for round_ in channel_rounds:
            result = tx.fetch_release(round_.id)
            if isinstance(result, Published) and norm.text in result.proposals:
                kept = tuple("" if text == norm.text else text for text in result.proposals)
                tx.rewrite_release(replace(result, proposals=kept))
    return TakeDown.DONE


def _today(desk: Desk, zone: str) -> date:
    return _local(desk.clock(), zone).date()


def _local(moment: datetime, zone: str) -> datetime:
    return moment.astimezone(ZoneInfo(zone))
