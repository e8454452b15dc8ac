"""Compute when a schedule asks next, beside the other schedules and the open round of its channel.

Due fire times are found in ``bot.service.run_due``; here are those to come, for whoever looks at a schedule.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from bot.core.clock import IN_THE_FUTURE
from bot.core.model import RoundState, ScheduleId
from bot.core.schedule import Schedule, is_paused, jitter_of, opening_times, upcoming_times
from bot.ports import FiringOutcome, Services, Tx

log = logging.getLogger(__name__)

TIMES_SHOWN = 3
"""How many fire times are shown of a schedule."""

MOST_CHECKED = 400
"""How many fire times of a channel are checked for the next times of one schedule: a year of daily ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedSchedule:
    """A schedule as it stands: when it asks next (UTC; never while it is paused without a day)."""

    schedule: Schedule
    next_times: tuple[datetime, ...]
    waiting: bool = False
    """Whether it waits for its channel to say that the questions shall go on."""
    can_post: bool = True
    """Whether the bot can post in its channel, as it last saw it; else nothing is asked there."""
    blocked: bool = False
    """Whether a question of the channel is still open at each of its times, so that it never asks."""


def without_expired_pause(schedule: Schedule, now: datetime) -> Schedule:
    """Return the schedule, without its pause if that is over."""
    return schedule if is_paused(schedule, now) else replace(schedule, paused=False, paused_until=None)


def planned(services: Services, schedule: Schedule, count: int = TIMES_SHOWN) -> PlannedSchedule:
    """Return a schedule with its next fire times (UTC), and whether it waits for its channel."""
    return planned_all(services, [schedule], count)[0]


def planned_all(
    services: Services, schedules: Sequence[Schedule], count: int = TIMES_SHOWN
) -> tuple[PlannedSchedule, ...]:
    """Return these schedules, of one channel or several, in the same order, each as ``planned`` does.

    The times of a channel are computed once for all its schedules: for a hundred, one by one takes seconds.
    """
    channels = {schedule.channel for schedule in schedules}
    with services.store.read("waiting") as tx:
        waiting = {schedule.id for schedule in schedules if _is_waiting(tx, schedule)}
        known = {channel: tx.fetch_channel(channel) for channel in channels}
    coming: dict[ScheduleId, Coming] = {}
    for channel in channels:
        own = [schedule for schedule in schedules if schedule.channel == channel]
        # One that waits for its channel is in the way of no other, so it is computed by itself.
        together = [schedule for schedule in own if schedule.id not in waiting]
        groups = [together, *([schedule] for schedule in own if schedule.id in waiting)]
        for group in groups:
            coming |= _next_times(services, group, count) if group else {}
    return tuple(
        PlannedSchedule(
            schedule=schedule,
            next_times=coming[schedule.id][0],
            blocked=coming[schedule.id][1],
            waiting=schedule.id in waiting,
            can_post=(seen := known[schedule.channel]) is None or seen.info.can_post,
        )
        for schedule in schedules
    )


def next_times(services: Services, schedule: Schedule, count: int = TIMES_SHOWN) -> tuple[datetime, ...]:
    """Return the next times at which a schedule asks (UTC), saved or not; without the jitter.

    One that is spread over the time after it is the next one until it was used. A time that falls while a
    question of the channel is still open is left out.
    """
    return _next_times(services, [schedule], count)[schedule.id][0]


def is_blocked(services: Services, schedule: Schedule) -> bool:
    """Return whether a schedule, saved or not, has times, and a question is still open at each of them."""
    return _next_times(services, [schedule], 1)[schedule.id][1]


def next_of(services: Services, schedules: Sequence[Schedule]) -> datetime | None:
    """Return when the first of these schedules asks next (UTC); None where none ever does."""
    found = planned_all(services, schedules, 1)
    return min((when for schedule in found for when in schedule.next_times), default=None)


def _last_firing(services: Services, tx: Tx, schedule: Schedule) -> datetime | None:
    return tx.fetch_last_firing(schedule.id, services.clock() + IN_THE_FUTURE)


def _is_waiting(tx: Tx, schedule: Schedule) -> bool:
    return tx.fetch_last_firing_with(schedule.id, FiringOutcome.WAITING) is not None


Coming = tuple[tuple[datetime, ...], bool]
"""The next times at which a schedule asks (UTC), and whether it has times and asks at none of them."""


def _next_times(services: Services, schedules: Sequence[Schedule], count: int) -> dict[ScheduleId, Coming]:
    """Return what comes for each of these schedules of one channel, among its others as they are stored."""
    channel = schedules[0].channel
    times: dict[ScheduleId, list[datetime]] = {schedule.id: [] for schedule in schedules}
    with services.store.read("coming") as tx:
        others = [other for other in tx.list_channel_schedules(channel) if other.id not in times]
        asking = [other for other in others if not _is_waiting(tx, other)]
        rivals = sorted((*schedules, *asking), key=lambda rival: rival.created_at)
        last = {rival.id: _last_firing(services, tx, rival) for rival in rivals}
        still_open = [round_ for round_ in tx.list_rounds([RoundState.OPEN]) if round_.channel == channel]
    busy_until = max((round_.closes_at for round_ in still_open), default=None)
    has_times: set[ScheduleId] = set()
    missing = set(times)
    try:
        # Of two schedules with the same fire time, only the older one asks.
        fire_times = [(rival, _times_of(services, rival, last[rival.id])) for rival in rivals]
        for moment, asker, opens in islice(opening_times(fire_times, busy_until), MOST_CHECKED):
            if asker.id in missing:
                has_times.add(asker.id)
                times[asker.id] += [moment] if opens else []
                missing -= {asker.id} if len(times[asker.id]) == count else set()
            if not missing:
                break
    except Exception as error:  # noqa: BLE001 - other channels are shown all the same
        extra = {"schedule_id": schedules[0].id, "code": type(error).__name__}
        log.error("times not known", extra=extra)  # noqa: TRY400
        return {schedule.id: ((), False) for schedule in schedules}
    return {of: (tuple(found), of in has_times and not found) for of, found in times.items()}


def _times_of(services: Services, schedule: Schedule, last: datetime | None) -> Iterator[datetime]:
    late, catch_up = jitter_of(schedule.id, services.settings.jitter), services.settings.catch_up
    return upcoming_times(schedule, last, services.clock(), services.holidays, late=late, catch_up=catch_up)
