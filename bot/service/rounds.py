"""Flow (a): a schedule fires and a round opens, is announced, and is recalled once."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.core.model import ChannelId, MemberId, Round, RoundId, RoundKind, RoundPrompt, RoundState, ScheduleId
from bot.core.prompts import choose
from bot.core.release import can_ask_tenure, may_share_a_group, near_equal, refusal_at_opening, warns_admin
from bot.core.rounds import closes_at, reminder_at
from bot.core.schedule import Schedule
from bot.core.summary import finding_of
from bot.errors import BotError, SlackError, SlackUnavailableError, StoreError
from bot.ports import AskedAlike, Desk, FiringOutcome
from bot.service.channels import look_at_channel, reason_of
from bot.service.endings import cancel_round, discard_secrets
from bot.service.norms import agenda_of
from bot.service.people import is_shared, why_unseen
from bot.service.timetable import (
    fetch_schedule,
    may_schedule,
    open_round_of,
    schedule_to_ask,
)

log = logging.getLogger(__name__)

NEAR_EQUAL_WINDOW = timedelta(days=28)
"""Within this time, two channels with nearly the same people are not asked the same statement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A round that may open: what it asks, and how many could reply."""

    prompt: RoundPrompt
    audience_size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAsked:
    """Why no round opens now.

    ``reason``: ``not_allowed``, ``gone``, ``slack_unavailable``, a code of ``plan_round``, or Slack's own.
    ``schedule``: by whose rules it was to open. ``open_round``: the one that is in the way, if one is.
    """

    reason: str
    schedule: Schedule | None = None
    open_round: Round | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherChannel:
    """Who is in a channel that was asked the same, and whether it may show their answers by group."""

    members: frozenset[MemberId] = field(repr=False)
    by_group: bool


class RefusedError(BotError):
    """This round may not open."""

    code = "refused"


def open_now(desk: Desk, schedule: Schedule) -> Round:
    """The round that opens now, announced, without waiting for the fire time of this schedule.

    It counts as a firing of the schedule, also where that one is only made for this. While Slack cannot be
    reached it is open and not announced: the next wake-up announces it. Raises ``RefusedError`` when no round
    may open here, and ``SlackUnavailableError`` when Slack cannot be asked who is in the channel.
    """
    plan = plan_round(desk, schedule)
    round_ = _open(desk, schedule, desk.clock(), plan)
    if round_ is None:  # somebody asked in the same moment
        raise _refused("round_still_open")
    try:
        return announce(desk, round_)
    except SlackUnavailableError:
        return round_
    except SlackError as error:  # what the channel never saw is not left open
        cancel_round(desk, round_)
        raise _refused(error.reason) from error


def ask_now(
    desk: Desk, channel: ChannelId, member: MemberId, schedule_id: ScheduleId | None = None
) -> Round | NotAsked:
    """The round that opens now in a channel, by the rules of this schedule or of the channel's first one.

    Or why none does. A round that Slack has not taken yet has no ``announcement``.
    """
    if not may_schedule(desk, member, channel):
        return NotAsked(reason=why_unseen(desk, channel) or "not_allowed")
    schedule = fetch_schedule(desk, schedule_id) if schedule_id else schedule_to_ask(desk, channel)
    if schedule is None or schedule.channel != channel:
        return NotAsked(reason="gone")
    try:
        desk.directory.forget(channel)
        look_at_channel(desk, channel)
        return open_now(desk, schedule)
    except (RefusedError, SlackError) as error:
        reason = error.code if isinstance(error, SlackUnavailableError) else reason_of(error)
        log.warning("round refused", extra={"channel_id": channel, "code": reason_of(error)})
        return NotAsked(reason=reason, schedule=schedule, open_round=open_round_of(desk, channel))


def remind(desk: Desk, round_: Round) -> None:
    """Tell the channel that its round closes soon, and record it; a crash in between tells it once more."""
    desk.messenger.remind(round_, shared=is_shared(desk, round_.channel))
    with desk.store.transaction("reminded") as tx:
        tx.update_round(replace(tx.fetch_round(round_.id) or round_, remind_at=None))


def fire(desk: Desk, schedule: Schedule, fire_at: datetime) -> Round | None:
    """The round that opens at this fire time; None when it was claimed before or had to be refused.

    Raises ``SlackUnavailableError``, with nothing claimed, when Slack cannot be asked who is in the channel.
    """
    try:
        plan = plan_round(desk, schedule)
    except RefusedError as refused:
        with desk.store.transaction("refuse") as tx:
            tx.insert_firing(schedule.id, fire_at, FiringOutcome.REFUSED)
        log.warning("round refused", extra={"channel_id": schedule.channel, "code": refused.code})
        return None
    round_ = _open(desk, schedule, fire_at, plan)
    if round_ is None:
        return None
    try:
        return announce(desk, round_)
    except SlackUnavailableError:
        raise  # the next wake-up announces it
    except SlackError as error:  # nobody may post here: what the channel never saw is not left open
        log.warning("round refused", extra={"channel_id": schedule.channel, "code": error.reason})
        cancel_round(desk, round_)
        with desk.store.transaction("not_announced") as tx:
            tx.update_firing(schedule.id, fire_at, FiringOutcome.REFUSED)
        return None


def plan_round(desk: Desk, schedule: Schedule) -> Plan:
    """What a round opened now would ask, and of how many. Raises ``RefusedError`` when it may not open."""
    if desk.settings.support is None:
        raise _refused("no_support_contact")
    pack = desk.settings.packs.get(schedule.pack)
    if pack is None:
        raise _refused("unknown_pack")
    if unreachable := _out_of_reach(desk, schedule.channel):
        raise _refused(unreachable)
    audience = _audience(desk, schedule.channel)
    if reason := refusal_at_opening(len(audience), schedule.policy.threshold):
        raise _refused(reason.value)
    with desk.store.transaction("plan") as tx:
        rounds = tx.list_channel_rounds(schedule.channel)
        asked = tx.list_asked(schedule.channel)
        recent = tx.list_asked_since(desk.clock() - NEAR_EQUAL_WINDOW)
        finding = finding_of(tx.list_releases(schedule.channel))
        agenda = agenda_of(desk, tx, schedule.channel, schedule.zone)
    if _has_open(rounds):
        raise _refused("round_still_open")
    prompt = choose(pack, asked, finding, agenda)
    others = tuple(_asked_alike(desk, schedule, prompt, recent))
    if any(_could_be_subtracted(audience, other, schedule.policy.threshold) for other in others):
        raise _refused("near_equal_channel")
    prompt = replace(prompt, asks_tenure=_may_ask_tenure(schedule, prompt, audience, others))
    return Plan(prompt=prompt, audience_size=len(audience))


def announce(desk: Desk, round_: Round) -> Round:
    """The round with the message that carries its prompt; posts it first, then records it."""
    message = desk.messenger.announce(round_, shared=is_shared(desk, round_.channel))
    with desk.store.transaction("announced") as tx:
        # It may have ended while Slack was asked: what is stored of it counts.
        announced = replace(tx.fetch_round(round_.id) or round_, announcement=message)
        tx.update_round(announced)
    if announced.state is not RoundState.OPEN:
        desk.messenger.retire(announced)
    return announced


def _open(desk: Desk, schedule: Schedule, fire_at: datetime, plan: Plan) -> Round | None:
    fresh = RoundId(desk.vault.new_id())
    try:
        round_ = _claim(desk, schedule, fire_at, plan, fresh)
    except StoreError:
        discard_secrets(desk, fresh)  # or a full disk would be filled further, with every attempt
        raise
    if round_ is None:
        return None
    log.info("round opened", extra={"round_id": round_.id, "channel_id": schedule.channel})
    if warns_admin(plan.audience_size):
        log.warning("small audience", extra={"channel_id": schedule.channel, "count": plan.audience_size})
    return round_


def _claim(desk: Desk, schedule: Schedule, fire_at: datetime, plan: Plan, fresh: RoundId) -> Round | None:
    """The round, stored as open: what the channel's box has become, or a new one under the fresh id."""
    now = desk.clock()
    with desk.store.transaction("claim") as tx:
        before = tx.list_channel_rounds(schedule.channel)
        overlaps = _has_open(before)  # somebody has asked since it was planned
        outcome = FiringOutcome.REFUSED if overlaps else FiringOutcome.OPENED
        if not tx.insert_firing(schedule.id, fire_at, outcome) or overlaps:
            return None
        box = tx.fetch_box(schedule.channel) if plan.prompt.kind is RoundKind.COLLECT else None
        round_id = box.id if box else fresh
        desk.boxes.create(round_id, now)
        round_ = Round(
            id=round_id,
            channel=schedule.channel,
            schedule=schedule.id,
            number=tx.last_number(schedule.channel) + 1,
            prompt=plan.prompt,
            policy=schedule.policy,
            audience_size=plan.audience_size,
            opened_at=now,
            closes_at=closes_at(now, schedule.open_for, schedule.policy),
            zone=schedule.zone,
            closing_key=box.closing_key if box else desk.vault.create(round_id),
        )
        if schedule.reminder:
            round_ = replace(round_, remind_at=reminder_at(round_))
        if box:  # what waits in it is counted with what comes now
            tx.update_round(round_)
        else:
            tx.insert_round(round_)
    return round_


def _has_open(rounds: Sequence[Round]) -> bool:
    return any(round_.state in {RoundState.OPEN, RoundState.CLOSING} for round_ in rounds)


def _out_of_reach(desk: Desk, channel: ChannelId) -> str:
    """Why the bot cannot speak in a channel, as it last saw it; empty where it can, or has not looked yet."""
    with desk.store.transaction("known_channel") as tx:
        known = tx.fetch_channel(channel)
    if known is None or known.info.in_reach:
        return ""
    return "is_archived" if known.info.archived else "not_in_channel"


def _audience(desk: Desk, channel: ChannelId) -> frozenset[MemberId]:
    try:
        return desk.directory.audience(channel)
    except SlackUnavailableError:
        raise
    except BotError as error:
        raise _refused(reason_of(error)) from error


def _asked_alike(
    desk: Desk, schedule: Schedule, prompt: RoundPrompt, recent: Sequence[AskedAlike]
) -> Iterator[OtherChannel]:
    """The other channels that were lately asked one of the same statements, where the bot still sees them."""
    items = {item.text for item in prompt.items}
    alike = [one for one in recent if items & {item.text for item in one.prompt.items}]
    channels = frozenset[ChannelId]().union(*(one.channels for one in alike)) - {schedule.channel}
    by_group = frozenset[ChannelId]().union(*(one.channels for one in alike if one.prompt.asks_tenure))
    for channel in sorted(channels):
        if members := _members_if_known(desk, channel):
            yield OtherChannel(members=members, by_group=channel in by_group)


def _could_be_subtracted(audience: frozenset[MemberId], other: OtherChannel, threshold: int) -> bool:
    """Whether the other channel's count of the same statement could be subtracted from this one's."""
    shares_a_group = other.by_group and may_share_a_group(audience, other.members)
    return shares_a_group or near_equal(audience, other.members, threshold)


def _may_ask_tenure(
    schedule: Schedule, prompt: RoundPrompt, audience: frozenset[MemberId], others: Sequence[OtherChannel]
) -> bool:
    """Whether this round asks how long people have been there.

    Not where the other channel's total and this one's groups could be held against one another.
    """
    wanted = schedule.tenure and can_ask_tenure(prompt, len(audience))
    return wanted and not any(may_share_a_group(audience, other.members) for other in others)


def _members_if_known(desk: Desk, channel: ChannelId) -> frozenset[MemberId]:
    try:
        return _audience(desk, channel)
    except RefusedError:
        # A channel that the bot has left cannot be compared, and its count can no longer change.
        return frozenset()


def _refused(code: str) -> RefusedError:
    error = RefusedError()
    error.code = code
    return error
