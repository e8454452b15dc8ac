"""Flow (g): let a channel make its own rules. Open suggestion boxes, update the ledger, look again.

Only the results of rounds change the state of a proposal, except when an admin takes it down. Nobody can add
a proposal without a round, not even an admin.
"""

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from bot.core.co_creation import Agenda, gather
from bot.core.language import ENGLISH_CODE
from bot.core.model import ChannelId, MemberId, NormId, Round, RoundId, RoundKind, RoundState
from bot.core.norms import Norm, NormState, NormStep, advance, as_of, asked_about, settle
from bot.core.release import Published, Release
from bot.core.taken_down import without_words
from bot.core.translation import shown_in
from bot.errors import StoreError
from bot.ports import Services, Tx
from bot.service.clock_trust import takes_replies
from bot.service.people import decides_in, has_several_languages, is_admin, is_in

log = logging.getLogger(__name__)

NO_END = timedelta(days=3650)
"""A suggestion box has no closing time, so this far future stands for it. Its round gets one."""

REASON_LIMIT = 200


class LookAgain(StrEnum):
    """The outcome of a request to look at a norm again."""

    SOON = "soon"
    NOT_NOW = "not_now"
    NOT_A_MEMBER = "not_a_member"


class TakeDown(StrEnum):
    """The outcome of a request to take a proposal down."""

    DONE = "done"
    GONE = "gone"
    NO_REASON = "no_reason"
    NOT_ALLOWED = "not_allowed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """The norms of a channel, in the order of their first storing, and its suggestion box, if any."""

    norms: tuple[Norm, ...]
    box: Round | None


def ledger_of(services: Services, channel: ChannelId) -> Ledger:
    """Return the norms of a channel and its suggestion box."""
    with services.store.read("ledger") as tx:
        return Ledger(norms=tx.list_norms(channel), box=tx.fetch_suggestion_box(channel))


def norms_asked(services: Services, round_: Round) -> tuple[Norm, ...]:
    """Return the norms that a round asks about, in the order of their ids. A ledger may hold many more."""
    with services.store.read("norms_asked") as tx:
        found = [tx.fetch_norm(one) for one in sorted(asked_about(round_.prompt))]
    return tuple(filter(None, found))


def ledger_up_to(services: Services, round_: Round) -> tuple[Norm, ...]:
    """Return the ledger of a channel as it was when this round had closed. Later rounds do not change it."""
    return as_of(ledger_of(services, round_.channel).norms, round_.number)


def box_of(services: Services, channel: ChannelId) -> Round | None:
    """Return where a proposal for a channel goes: its open collecting round, else its suggestion box."""
    with services.store.read("box_to_propose") as tx:
        box = tx.fetch_suggestion_box(channel)
        rounds = tx.list_rounds([RoundState.OPEN])
    here = (one for one in rounds if one.channel == channel and one.prompt.kind is RoundKind.COLLECT)
    return next((one for one in here if takes_replies(services, one)), box)


def agenda_of(services: Services, tx: Tx, channel: ChannelId, zone: str) -> Agenda:
    """Return the agenda of a channel: its ledger, today's date in ``zone``, and a new seed."""
    return Agenda(ledger=tx.list_norms(channel), today=services.today(zone), seed=services.vault.new_seed())


def write_ledger(services: Services, tx: Tx, round_: Round, result: Release) -> None:
    """Store how this result changes the norms of its channel, in the transaction that stores the result."""
    count = len(result.proposals) if isinstance(result, Published) else 0
    ids = [NormId(services.vault.new_id()) for _ in range(count)]
    for norm in settle(round_, result, tx.list_norms(round_.channel), services.today(round_.zone), ids):
        tx.put_norm(norm)


def ensure_box(services: Services, after: Round) -> None:
    """Open the next suggestion box of a channel, with the rules of the round that has just closed.

    A channel has at most one, so none is opened if it has one or a round that collects proposals. None
    is opened if the channel has no schedule, since the proposals would never be shown.
    """
    if after.state is not RoundState.CLOSED:
        return
    round_id = RoundId(services.vault.new_id())
    several = has_several_languages(services, after.channel)
    try:
        opened = _open_box(services, replace(after, several_languages=several), round_id)
    except StoreError:
        with suppress(StoreError):  # without this, every attempt would fill a full disk further
            services.vault.destroy(round_id)
            services.boxes.destroy(round_id)
        raise
    if opened:
        log.info("box opened", extra={"round_id": round_id, "channel_id": after.channel})


def ask_to_look_again(services: Services, norm_id: NormId, member: MemberId) -> LookAgain:
    """Make a norm due today, so that a next question asks the channel about it. Any member may do this.

    Only a norm that is tried or kept can be looked at again. Nothing is stored about who asked for it.
    """
    with services.store.read("norm") as tx:
        norm = tx.fetch_norm(norm_id)
    if norm is not None and not is_in(services, norm.channel, member):
        return LookAgain.NOT_A_MEMBER
    if norm is None or norm.state not in {NormState.TRYING, NormState.KEPT}:
        return LookAgain.NOT_NOW
    with services.store.read("day_of_norm") as tx:
        today = services.today(_zone_of(tx.list_channel_rounds(norm.channel)))
    if norm.look_again_on is not None and norm.look_again_on <= today:
        return LookAgain.SOON
    with services.store.transaction("look_again_soon") as tx:
        current = tx.fetch_norm(norm_id) or norm
        if current.look_again_on is None or current.look_again_on > today:
            tx.put_norm(replace(current, look_again_on=today))
    return LookAgain.SOON


def take_proposal_down(services: Services, norm_id: NormId, member: MemberId, reason: str) -> TakeDown:
    """Take a published proposal down, with a reason that everybody can read. Only an admin may do this.

    In a private channel, the admin must be a member of it. The words are removed from the ledger and from the
    rounds and results that hold them. The ledger still shows that there was a proposal.
    """
    reason = " ".join(reason.split())[:REASON_LIMIT]
    if not _may_take_down(services, norm_id, member):
        return TakeDown.NOT_ALLOWED
    if not reason:
        return TakeDown.NO_REASON
    with services.store.read("proposal_there") as tx:
        norm = tx.fetch_norm(norm_id)
        if norm is None or norm.state is NormState.TAKEN_DOWN:
            return TakeDown.GONE
    with services.store.transaction("take_proposal_down") as tx:
        norm = tx.fetch_norm(norm_id)
        if norm is None or norm.state is NormState.TAKEN_DOWN:
            return TakeDown.GONE
        channel_rounds = tx.list_channel_rounds(norm.channel)
        today = services.today(_zone_of(channel_rounds))
        step = NormStep(state=NormState.TAKEN_DOWN, on=today, reason=reason)
        tx.put_norm(replace(advance(norm, step), text=""))
        for round_ in channel_rounds:
            _take_words_out(tx, round_, norm)
        tx.request_scrub()
    try:
        services.store.scrub()
    except StoreError as error:  # the request is stored, so the next ``run_due`` scrubs
        log.warning("not scrubbed", extra={"code": error.code})
    log.info("proposal taken down", extra={"channel_id": norm.channel})
    return TakeDown.DONE


def _may_take_down(services: Services, norm_id: NormId, member: MemberId) -> bool:
    with services.store.read("proposal_to_take_down") as tx:
        norm = tx.fetch_norm(norm_id)
    return decides_in(services, norm.channel, member) if norm else is_admin(services, member)


def _take_words_out(tx: Tx, round_: Round, norm: Norm) -> None:
    """Remove the words of a norm from a round that published them, decided about them or asked about them.

    The next ``run_due`` changes its posted messages.
    """
    bare, result = without_words(round_, norm), tx.fetch_release(round_.id)
    if bare != round_:
        tx.update_round(bare)
    published_it = round_.number == norm.steps[0].round
    if isinstance(result, Published) and (bare != round_ or published_it):
        kept = tuple("" if published_it and text == norm.text else text for text in result.proposals)
        tx.rewrite_release(replace(result, proposals=kept))


def _open_box(services: Services, after: Round, round_id: RoundId) -> bool:
    """Open a suggestion box with this id, if the channel needs one. Return whether it was opened."""
    now = services.clock()
    with services.store.transaction("box") as tx:
        schedule = tx.fetch_schedule(after.schedule) if after.schedule else None
        pack = services.settings.packs.get(schedule.pack) if schedule else None
        prompt = gather(pack, services.languages) if pack else None
        if (
            schedule is None
            or prompt is None
            or tx.fetch_suggestion_box(after.channel)
            or _is_collecting(tx, after.channel)
        ):
            return False
        services.boxes.create(round_id, now)
        box = replace(
            after,
            id=round_id,
            number=0,
            prompt=prompt,
            audience_size=0,
            opened_at=now,
            closes_at=now + NO_END,
            closing_key=services.vault.create(round_id),
            state=RoundState.GATHERING,
            announcement=None,
            summary=None,
            remind_at=None,
            reminder=None,
            period=None,
            shared=None,
            language=shown_in(prompt, schedule.language or ENGLISH_CODE),
        )
        tx.insert_round(box)
    return True


def _is_collecting(tx: Tx, channel: ChannelId) -> bool:
    live = tx.list_rounds([RoundState.OPEN, RoundState.CLOSING])
    return any(one.channel == channel and one.prompt.kind is RoundKind.COLLECT for one in live)


def _zone_of(rounds: Sequence[Round]) -> str:
    """Return the time zone of the channel's last round, or UTC without one. Its days are counted in it."""
    return rounds[-1].zone if rounds else "UTC"
