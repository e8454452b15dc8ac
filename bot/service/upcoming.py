"""The schedules of a channel with their next fire times, and who may set them."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from itertools import islice

from bot.core.changes import ScheduleChange
from bot.core.clock import IN_THE_FUTURE
from bot.core.model import ChannelId, MemberId, PackId, Round, RoundState, ScheduleId
from bot.core.schedule import Schedule, Source, Weekly, is_paused, jitter_of, opening_times, upcoming_times
from bot.errors import BotError, SlackUnavailableError
from bot.ports import ChannelInfo, FiringOutcome, Services, Tx
from bot.service.people import is_admin, may_know_of

log = logging.getLogger(__name__)

TIMES_SHOWN = 3
"""How many fire times are shown of a schedule."""

LOOKED_AT = 400
"""How many fire times of a channel are looked at for the next times of one schedule: a year of daily ones."""


CHANGES_SHOWN = 5
"""How many of the latest changes are shown of a channel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedSchedule:
    """A schedule as it stands: when it asks next (UTC; never while it is paused without a day)."""

    schedule: Schedule
    next_times: tuple[datetime, ...]
    waiting: bool = False
    """Whether it waits for its channel to say that the questions shall go on."""
    in_reach: bool = True
    """Whether the bot can speak in its channel, as it last saw it; else nothing is asked there."""
    blocked: bool = False
    """Whether a question of the channel is still open at each of its times, so that it never asks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSchedules:
    """The schedules of a channel, by id, so that a change does not reorder them.

    ``changes``: newest first. ``may_change``: whether the asker may set them. ``in_reach``: whether the bot
    can post there, as far as Slack can be asked. ``shared``: with other companies (Slack Connect).
    """

    channel: ChannelId
    planned: tuple[PlannedSchedule, ...]
    changes: tuple[ScheduleChange, ...]
    may_change: bool
    in_reach: bool = True
    shared: bool = False
    open_round: Round | None = None


def may_schedule(services: Services, member: MemberId, channel: ChannelId) -> bool:
    """Return whether this member may set the schedules of a channel.

    Allowed are configured admins, admins and owners of the workspace and, if so configured, the creator of
    the channel; for a private channel, only those of them who are in it. Nobody, while Slack cannot be asked.
    """
    if not may_know_of(services, channel, member):
        return False
    if is_admin(services, member):
        return True
    if not services.settings.creators:
        return False
    try:
        return services.directory.channel(channel).creator == member
    except BotError:
        return False


def channel_schedules(services: Services, channel: ChannelId, member: MemberId) -> ChannelSchedules | None:
    """Return the schedules of a channel with their next fire times and latest changes, for this member.

    None for somebody who may not know of the channel.
    """
    if not may_know_of(services, channel, member):
        return None
    with services.store.read("channel_schedules") as tx:
        schedules = sorted(tx.list_channel_schedules(channel), key=lambda schedule: schedule.id)
        changes = tx.list_changes(channel, CHANGES_SHOWN)
    info = _info(services, channel)
    return ChannelSchedules(
        channel=channel,
        planned=tuple(
            planned(services, without_expired_pause(schedule, services.clock())) for schedule in schedules
        ),
        changes=changes,
        may_change=may_schedule(services, member, channel),
        in_reach=info is None or info.in_reach,
        shared=info is not None and info.shared,
        open_round=open_round_of(services, channel),
    )


def schedules_of(services: Services, channel: ChannelId) -> tuple[Schedule, ...]:
    """Return the stored schedules of a channel, oldest change first."""
    with services.store.read("schedules_of") as tx:
        return tx.list_channel_schedules(channel)


def open_round_of(services: Services, channel: ChannelId) -> Round | None:
    """Return the open round of a channel, also one whose time is over and whose close has not begun."""
    with services.store.read("open_round") as tx:
        return next((one for one in tx.list_rounds([RoundState.OPEN]) if one.channel == channel), None)


def without_expired_pause(schedule: Schedule, now: datetime) -> Schedule:
    """Return the schedule, without its pause if that is over."""
    return schedule if is_paused(schedule, now) else replace(schedule, paused=False, paused_until=None)


def planned(services: Services, schedule: Schedule, count: int = TIMES_SHOWN) -> PlannedSchedule:
    """Return a schedule with its next fire times (UTC), and whether it waits for its channel."""
    with services.store.read("waiting") as tx:
        waiting = tx.fetch_last_firing_with(schedule.id, FiringOutcome.WAITING) is not None
        known = tx.fetch_channel(schedule.channel)
    times, blocked = _following(services, schedule, count)
    return PlannedSchedule(
        schedule=schedule,
        next_times=times,
        blocked=blocked,
        waiting=waiting,
        in_reach=known is None or known.info.in_reach,
    )


def next_times(services: Services, schedule: Schedule, count: int = TIMES_SHOWN) -> tuple[datetime, ...]:
    """Return the next times at which a schedule asks (UTC), saved or not; without the jitter.

    One that is spread over the time after it is the next one until it was used. A time that falls while a
    question of the channel is still open is left out.
    """
    return _following(services, schedule, count)[0]


def is_blocked(services: Services, schedule: Schedule) -> bool:
    """Return whether a schedule, saved or not, has times, and a question is still open at each of them."""
    return _following(services, schedule, 1)[1]


def next_of(services: Services, schedules: Sequence[Schedule]) -> datetime | None:
    """Return when the first of these schedules asks next (UTC); None where none ever does."""
    return min((when for one in schedules for when in next_times(services, one, 1)), default=None)


def fetch_schedule(services: Services, schedule_id: ScheduleId) -> Schedule | None:
    """Return the schedule of this id, if there is one."""
    with services.store.read("fetch_schedule") as tx:
        return tx.fetch_schedule(schedule_id)


def schedule_to_ask(services: Services, channel: ChannelId) -> Schedule:
    """Return the schedule whose rules apply to a round opened now: the channel's first, else the defaults.

    The default schedule is not stored; its id is that of the channel, so that its firings count.
    """
    with services.store.read("schedule_to_ask") as tx:
        schedules = tx.list_channel_schedules(channel)
    if schedules:
        asking = (schedule for schedule in schedules if not is_paused(schedule, services.clock()))
        return next(asking, schedules[0])
    settings, now = services.settings, services.clock()
    return Schedule(
        id=ScheduleId(channel),
        channel=channel,
        recurrence=Weekly(every=1, weekdays=(0,)),
        at=time(10),
        zone=settings.defaults.zone,
        pack=next(iter(settings.packs), PackId("belonging")),
        open_for=max(settings.defaults.open_for, settings.policy.min_open),
        policy=settings.policy,
        created_at=now,
        reminder=settings.defaults.reminder,
        source=Source.SLACK,
    )


def _last_firing(services: Services, tx: Tx, schedule: Schedule) -> datetime | None:
    return tx.fetch_last_firing(schedule.id, services.clock() + IN_THE_FUTURE)


def _following(services: Services, schedule: Schedule, count: int) -> tuple[tuple[datetime, ...], bool]:
    """Return the next times at which a schedule asks, and whether it has times and asks at none of them."""
    with services.store.read("coming") as tx:
        others = [one for one in tx.list_channel_schedules(schedule.channel) if one.id != schedule.id]
        asking = [one for one in others if not tx.fetch_last_firing_with(one.id, FiringOutcome.WAITING)]
        last = {one.id: _last_firing(services, tx, one) for one in (schedule, *asking)}
        still_open = [one for one in tx.list_rounds([RoundState.OPEN]) if one.channel == schedule.channel]
    busy_until = max((one.closes_at for one in still_open), default=None)
    try:
        # Where two times fall together, the schedule that was made first asks.
        first_made = sorted((schedule, *asking), key=lambda one: one.created_at)
        coming = [(one, _times_of(services, one, last[one.id])) for one in first_made]
        looked_at = islice(opening_times(coming, busy_until), LOOKED_AT)
        own = ((moment, opens) for moment, one, opens in looked_at if one.id == schedule.id)
        times, has_times = [], False
        for moment, opens in own:
            has_times = True
            times += [moment] if opens else []
            if len(times) == count:
                break
        return tuple(times), has_times and not times
    except Exception as error:  # noqa: BLE001 - the others are shown all the same
        log.error("times not known", extra={"schedule_id": schedule.id, "code": type(error).__name__})  # noqa: TRY400
        return (), False


def _times_of(services: Services, schedule: Schedule, last: datetime | None) -> Iterator[datetime]:
    late, catch_up = jitter_of(schedule.id, services.settings.jitter), services.settings.catch_up
    return upcoming_times(schedule, last, services.clock(), services.holidays, late=late, catch_up=catch_up)


def _info(services: Services, channel: ChannelId) -> ChannelInfo | None:
    """Return the state of a channel; unreachable if Slack does not know it; None if Slack cannot be asked."""
    try:
        return services.directory.channel(channel)
    except SlackUnavailableError:
        return None
    except BotError:
        return ChannelInfo(id=channel, name="", private=True, archived=False, joined=False)
