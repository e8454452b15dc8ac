"""Create, change, pause and delete schedules: who may, what is refused, and what the channel is told."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import partial

from bot.core.changes import ChangeKind, ScheduleChange, ScheduleDraft, kinds_of_change
from bot.core.model import MemberId, Round, RoundId, RoundState, ScheduleId
from bot.core.posts import Post, PostKind
from bot.core.release import TENURE_FROM, is_too_small
from bot.core.schedule import Schedule, Source, Weekly
from bot.errors import SlackError, SlackUnavailableError
from bot.ports import ChannelNote, FiringOutcome, Services, Tx
from bot.service.channel_language import with_language
from bot.service.channel_schedules import fetch_schedule, may_schedule
from bot.service.close_rounds import cancel_silently
from bot.service.people import may_know_of
from bot.service.posting import Until, post_once
from bot.service.upcoming import PlannedSchedule, is_blocked, next_times, planned

log = logging.getLogger(__name__)


_TICK = timedelta(microseconds=1)


class ScheduleProblem(StrEnum):
    """Why a schedule is not saved, or not changed."""

    NOT_ALLOWED = "not_allowed"
    GONE = "gone"
    DECLARED = "declared"
    NOT_IN_CHANNEL = "not_in_channel"
    TOO_FEW_PEOPLE = "too_few_people"
    TOO_FEW_FOR_TENURE = "too_few_for_tenure"
    UNKNOWN_PACK = "unknown_pack"
    OPEN_TOO_SHORT = "open_too_short"
    THRESHOLD_TOO_LOW = "threshold_too_low"
    NEVER = "never"
    BLOCKED = "blocked"
    PAST_DAY = "past_day"


def schedule_from_draft(
    services: Services, draft: ScheduleDraft, replaces: ScheduleId | None = None
) -> Schedule:
    """Return the schedule that this draft would make, not saved. Raises ``ValueError``.

    ``replaces``: the schedule whose place it would take.
    """
    return draft.schedule(replaces or ScheduleId("preview"), services.settings.policy, services.clock())


def save_schedule(
    services: Services, draft: ScheduleDraft, member: MemberId, schedule_id: ScheduleId | None = None
) -> PlannedSchedule | ScheduleProblem:
    """Save a draft as a new schedule, or in place of the one of this id. Return it, or why it is refused.

    A changed schedule keeps its pause and its count of weeks, and never fires for a time in the past. If it
    moves to another channel, both channels are told. Without a language it gets that of most people there.
    """
    old = fetch_schedule(services, schedule_id) if schedule_id else None
    if problem := _not_for(services, draft, old, member) or check_draft(services, draft, member, schedule_id):
        return problem
    language = with_language(services, schedule_from_draft(services, draft)).language
    with services.store.transaction("save_schedule") as tx:
        before = tx.fetch_schedule(schedule_id) if schedule_id else None
        if schedule_id and before is None:
            return ScheduleProblem.GONE
        if before and before.source is Source.CONFIG:
            return ScheduleProblem.DECLARED
        new = replace(draft, language=language).schedule(
            schedule_id or ScheduleId(services.vault.new_id()), services.settings.policy, services.clock()
        )
        if before:
            new = _carried_over(services, new, before)
        tx.put_schedule(new)
        for change in _saved(services, new, before, member):
            tx.insert_change(change, told=False)
    log.info("schedule saved", extra={"channel_id": new.channel})
    return planned(services, new)


def pause_schedules(
    services: Services, schedules: Sequence[Schedule], member: MemberId, until: date | None = None
) -> ScheduleProblem | None:
    """Pause these schedules of one channel, without end or until a local day. Return why not, or None.

    Schedules from config.yaml can be paused, too: asking less is always possible.
    """
    if problem := _may_not(services, schedules, member):
        return problem
    if until and any(until <= services.today(schedule.zone) for schedule in schedules):
        return ScheduleProblem.PAST_DAY
    _change_each(services, schedules, member, ChangeKind.PAUSED, paused=True, paused_until=until)
    return None


def resume_schedules(
    services: Services, schedules: Sequence[Schedule], member: MemberId
) -> ScheduleProblem | None:
    """Let these schedules of one channel go on with their next fire times. Return why not, or None.

    That includes schedules that wait for their channel to answer: an admin may answer for it.
    """
    if problem := _may_not(services, schedules, member):
        return problem
    _change_each(services, schedules, member, ChangeKind.RESUMED, paused=False, paused_until=None)
    return None


def delete_schedule(services: Services, schedule_id: ScheduleId, member: MemberId) -> ScheduleProblem | None:
    """Delete a schedule; its results and an open round stay. Return why not, or None."""
    with services.store.read("schedule") as tx:
        schedule = tx.fetch_schedule(schedule_id)
    if schedule is None:
        return ScheduleProblem.GONE
    if not may_schedule(services, member, schedule.channel):
        return ScheduleProblem.NOT_ALLOWED
    if schedule.source is Source.CONFIG:
        return ScheduleProblem.DECLARED
    with services.store.transaction("delete_schedule") as tx:
        tx.delete_schedule(schedule_id)
        tx.insert_change(_change(services, ChangeKind.DELETED, schedule, member), told=False)
    return None


def cancel_open(services: Services, round_id: RoundId, member: MemberId) -> Round | ScheduleProblem | None:
    """Cancel the round of this id, if it is open, and destroy its keys and replies. Return the round.

    None where it is not open any more. The caller tells the channel (``close_rounds.tell_cancelled``).
    """
    with services.store.read("round_to_cancel") as tx:
        round_ = tx.fetch_round(round_id)
    if round_ is None:
        return None
    if not may_schedule(services, member, round_.channel):
        return ScheduleProblem.NOT_ALLOWED
    if round_.state is not RoundState.OPEN:
        return None
    return cancel_silently(services, round_, note=ChannelNote.CANCELLED)


def tell_change(services: Services, number: int, change: ScheduleChange) -> None:
    """Tell a channel of a change to its schedule, and record that; after a crash it is told once more.

    A channel in which the bot cannot post is not told later either. Raises ``SlackUnavailableError`` where a
    later ``run_due`` tells it.
    """
    following = next(iter(next_times(services, change.schedule, 1)), None)
    what = Post(kind=PostKind.CHANGE, of=str(number), channel=change.schedule.channel, since=services.clock())
    told_next = None if change.kind in {ChangeKind.DELETED, ChangeKind.LANGUAGE} else following
    send = partial(services.messenger.tell_change, change, told_next)
    try:
        post_once(services, what, send, lambda tx, _: tx.mark_change_told(number), until=Until.REFUSED)
    except SlackUnavailableError:
        raise
    except SlackError as error:
        log.warning("change not told", extra={"channel_id": change.schedule.channel, "code": error.reason})
        with services.store.transaction("change_not_told") as tx:
            tx.mark_change_told(number)


def _not_for(
    services: Services, draft: ScheduleDraft, old: Schedule | None, member: MemberId
) -> ScheduleProblem | None:
    """Return why this member may not save this draft in place of the old schedule, if there is one."""
    # To move a schedule, a member needs the right to set it in the old channel, too.
    if old and not may_schedule(services, member, old.channel):
        return ScheduleProblem.NOT_ALLOWED
    if not may_know_of(services, draft.channel, member):
        return ScheduleProblem.NOT_IN_CHANNEL
    return None if may_schedule(services, member, draft.channel) else ScheduleProblem.NOT_ALLOWED


def _may_not(services: Services, schedules: Sequence[Schedule], member: MemberId) -> ScheduleProblem | None:
    if not schedules:
        return ScheduleProblem.GONE
    allowed = all(may_schedule(services, member, channel) for channel in {one.channel for one in schedules})
    return None if allowed else ScheduleProblem.NOT_ALLOWED


def _change_each(
    services: Services,
    schedules: Sequence[Schedule],
    member: MemberId,
    kind: ChangeKind,
    *,
    paused: bool,
    paused_until: date | None,
) -> None:
    """Pause or resume each schedule; fire times before now are dropped.

    Where nothing changes, nothing is written, so that nobody waits for another program that writes.
    """

    def differs(tx: Tx, one: Schedule) -> bool:
        waits = not paused and tx.fetch_last_firing_with(one.id, FiringOutcome.WAITING) is not None
        return waits or (one.paused, one.paused_until) != (paused, paused_until)

    with services.store.read("to_change") as tx:
        known = [tx.fetch_schedule(schedule.id) for schedule in schedules]
        if not any(one and differs(tx, one) for one in known):
            return
    with services.store.transaction(kind.value) as tx:
        for schedule in schedules:
            current = tx.fetch_schedule(schedule.id)
            if current is None or not differs(tx, current):
                continue
            if not paused:
                _stop_waiting(tx, current)
            changed = replace(
                current, paused=paused, paused_until=paused_until, created_at=_later(services, current)
            )
            tx.put_schedule(changed)
            tx.insert_change(_change(services, kind, changed, member), told=False)


def _saved(
    services: Services, new: Schedule, before: Schedule | None, member: MemberId
) -> tuple[ScheduleChange, ...]:
    """Return what each channel is to be told of a saved schedule."""
    if before is None:
        return (_change(services, ChangeKind.CREATED, new, member),)
    if before.channel == new.channel:
        return tuple(_change(services, kind, new, member) for kind in kinds_of_change(before, new))
    gone, come = (ChangeKind.DELETED, before), (ChangeKind.CREATED, new)
    return tuple(_change(services, kind, schedule, member) for kind, schedule in (gone, come))


def _stop_waiting(tx: Tx, schedule: Schedule) -> None:
    """Record that a schedule does not wait for its channel any more."""
    waiting = tx.fetch_last_firing_with(schedule.id, FiringOutcome.WAITING)
    if waiting:
        tx.update_firing(schedule.id, waiting, FiringOutcome.RESUMED)


def _change(services: Services, kind: ChangeKind, schedule: Schedule, member: MemberId) -> ScheduleChange:
    return ScheduleChange(kind=kind, schedule=schedule, at=services.clock(), by=member)


def _carried_over(services: Services, new: Schedule, before: Schedule) -> Schedule:
    """Return a changed schedule with what the form does not ask: its pause, and the start of its weeks."""
    recurrence, old = new.recurrence, before.recurrence
    if isinstance(recurrence, Weekly) and isinstance(old, Weekly) and recurrence.every == old.every:
        recurrence = replace(recurrence, since=old.since)
    return replace(
        new,
        recurrence=recurrence,
        paused=before.paused,
        paused_until=before.paused_until,
        created_at=_later(services, before),
    )


def _later(services: Services, before: Schedule) -> datetime:
    """Return the time of a change: after the change before it, so that ``run_due`` can tell them apart."""
    return max(services.clock(), before.created_at + _TICK)


def check_draft(
    services: Services, draft: ScheduleDraft, member: MemberId, replaces: ScheduleId | None = None
) -> ScheduleProblem | None:
    """Return what keeps this draft from being saved: its own words first, then the channel, then the times.

    Somebody who may not know of the channel gets the same answer as for a channel without the bot: neither
    its size nor that it exists.
    """
    policy = services.settings.policy
    if draft.pack not in services.settings.packs:
        return ScheduleProblem.UNKNOWN_PACK
    if draft.open_for < policy.min_open:
        return ScheduleProblem.OPEN_TOO_SHORT
    if draft.threshold < policy.threshold:
        return ScheduleProblem.THRESHOLD_TOO_LOW
    if not may_know_of(services, draft.channel, member):
        return ScheduleProblem.NOT_IN_CHANNEL
    return _unfit_channel(services, draft) or _unfit_times(services, draft, replaces)


def _unfit_times(
    services: Services, draft: ScheduleDraft, replaces: ScheduleId | None
) -> ScheduleProblem | None:
    schedule = schedule_from_draft(services, draft, replaces)
    if is_blocked(services, schedule):
        return ScheduleProblem.BLOCKED
    return None if next_times(services, schedule, 1) else ScheduleProblem.NEVER


def _unfit_channel(services: Services, draft: ScheduleDraft) -> ScheduleProblem | None:
    try:
        can_post = services.directory.channel(draft.channel).can_post
        people = len(services.directory.audience(draft.channel)) if can_post else 0
    except SlackUnavailableError:
        raise
    except SlackError:
        can_post, people = False, 0
    if not can_post:
        return ScheduleProblem.NOT_IN_CHANNEL
    if is_too_small(people, draft.threshold):
        return ScheduleProblem.TOO_FEW_PEOPLE
    return ScheduleProblem.TOO_FEW_FOR_TENURE if draft.tenure and people < TENURE_FROM else None
