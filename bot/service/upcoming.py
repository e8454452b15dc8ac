"""Compute when a schedule asks next, beside the other schedules and the open round of its channel.

Due fire times are found in ``bot.service.run_due``; here are those to come, for whoever looks at a schedule.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from bot.core.clock import IN_THE_FUTURE
from bot.core.model import RoundState
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
    with services.store.read("waiting") as tx:
        waiting = tx.fetch_last_firing_with(schedule.id, FiringOutcome.WAITING) is not None
        known = tx.fetch_channel(schedule.channel)
    times, blocked = _next_times(services, schedule, count)
    return PlannedSchedule(
        schedule=schedule,
        next_times=times,
        blocked=blocked,
        waiting=waiting,
        can_post=known is None or known.info.can_post,
    )


def next_times(services: Services, schedule: Schedule, count: int = TIMES_SHOWN) -> tuple[datetime, ...]:
    """Return the next times at which a schedule asks (UTC), saved or not; without the jitter.

    One that is spread over the time after it is the next one until it was used. A time that falls while a
    question of the channel is still open is left out.
    """
    return _next_times(services, schedule, count)[0]


def is_blocked(services: Services, schedule: Schedule) -> bool:
    """Return whether a schedule, saved or not, has times, and a question is still open at each of them."""
    return _next_times(services, schedule, 1)[1]


def next_of(services: Services, schedules: Sequence[Schedule]) -> datetime | None:
    """Return when the first of these schedules asks next (UTC); None where none ever does."""
    return min((when for schedule in schedules for when in next_times(services, schedule, 1)), default=None)


def _last_firing(services: Services, tx: Tx, schedule: Schedule) -> datetime | None:
    return tx.fetch_last_firing(schedule.id, services.clock() + IN_THE_FUTURE)


def _next_times(services: Services, schedule: Schedule, count: int) -> tuple[tuple[datetime, ...], bool]:
    """Return the next times at which a schedule asks, and whether it has times and asks at none of them."""
    with services.store.read("coming") as tx:
        others = [other for other in tx.list_channel_schedules(schedule.channel) if other.id != schedule.id]
        asking = [other for other in others if not tx.fetch_last_firing_with(other.id, FiringOutcome.WAITING)]
        rivals = sorted((schedule, *asking), key=lambda rival: rival.created_at)
        last = {rival.id: _last_firing(services, tx, rival) for rival in rivals}
        still_open = [
            round_ for round_ in tx.list_rounds([RoundState.OPEN]) if round_.channel == schedule.channel
        ]
    busy_until = max((round_.closes_at for round_ in still_open), default=None)
    try:
        # Of two schedules with the same fire time, only the older one asks.
        fire_times = [(rival, _times_of(services, rival, last[rival.id])) for rival in rivals]
        checked = islice(opening_times(fire_times, busy_until), MOST_CHECKED)
        own = ((moment, opens) for moment, asker, opens in checked if asker.id == schedule.id)
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
