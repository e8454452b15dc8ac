"""Do whatever is due. Called by the timer, every minute, and at the start."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from bot.core.clock import IN_THE_FUTURE, Trust
from bot.core.model import ChannelId, Round, RoundId, RoundState, ScheduleId
from bot.core.norms import is_moot
from bot.core.posts import Post, PostKind, PostOutcome
from bot.core.schedule import Schedule, jitter_of, unused_times
from bot.ports import DueSchedule, FiringOutcome, Services
from bot.service.announcements import announce, remind
from bot.service.channels import run_step
from bot.service.clock_trust import may_decide
from bot.service.close_rounds import (
    cancel_round,
    cancel_silently,
    close_round,
    destroy_what_is_counted,
    scrub_round,
)
from bot.service.open_rounds import fire
from bot.service.pauses import announce_pause, pause_outcome
from bot.service.pending_notes import post_note, select_notes
from bot.service.posting import report
from bot.service.quotes import show_removal
from bot.service.schedules import tell_change
from bot.service.suggestions import show_suggestions

log = logging.getLogger(__name__)

ARMED = 64
"""How many alarms are set ahead; every ``run_due`` sets them again."""

SCRUB_EVERY = timedelta(minutes=1)
"""How often a long ``run_due`` looks for rounds that are over, to destroy their keys and replies."""

STAYS = frozenset({RoundState.CANCELLED, RoundState.KEY_LOST})
"""States without a next step; a round may have reached one since it was listed."""

CHECK_AGAIN = timedelta(days=365)
"""When to check a schedule again that has no fire time, or waits for its channel."""

LOOK_BACK = timedelta(days=2 * 365)
"""Older missed fire times are not recorded: the search for the next one ends after four years."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """The fire times around now: the ``missed`` ones, oldest first, and when to check the schedule next."""

    missed: tuple[datetime, ...]
    look_at: datetime


def run_due(services: Services) -> None:
    """Do everything that is due now: close rounds, finish what a crash interrupted, fire schedules.

    It may be called at any time and any number of times, one call after the other. A failure in one channel
    does not affect another. Raises ``StoreError``, with nothing posted, where nothing can be stored.

    While the clock is not trusted, nothing is asked, closed, skipped or published: it waits.
    """
    believed = may_decide(services)
    now = services.clock()
    if (
        services.clock_state().trust is Trust.RIGHT
    ):  # else the clock may be behind, and the stored times right
        _repair_times(services, now)
    with services.store.read("due") as tx:
        unfinished = tx.list_unfinished(now)
        schedules = tx.list_due_schedules(now)
        outdated = [tx.fetch_round(round_id) for round_id in tx.list_outdated_summaries()]
        untold = tx.list_untold_changes()
        notes = select_notes(tx.list_posts())
    if unfinished or outdated or untold or schedules or notes:
        services.store.ensure_writable()  # else every message would be posted again every minute
    turns = _Turns(services, believed=believed)
    if unfinished:
        turns.scrub()
    for round_ in unfinished if believed else ():
        turns.take(partial(_finish_unless, turns, round_.id), round_.channel)
    for removed in filter(None, outdated):
        turns.take(partial(show_removal, services, removed.id), removed.channel)
    for number, change in untold:
        turns.take(partial(tell_change, services, number, change), change.schedule.channel)
    if believed:
        _fire_each(turns, schedules, now)
    _post_notes(turns, notes)
    rearm(services)


class _Turns:
    """Run the steps of the channels one after the other; destroy what is over before the next step.

    Slack may take long for each of many steps. Keys and replies must not wait for messages.
    """

    def __init__(self, services: Services, *, believed: bool) -> None:
        self.services = services
        self.left: set[RoundId] = set()
        self._believed = believed
        self._looked = services.clock()

    def take(self, step: Callable[[], object], channel: ChannelId) -> None:
        """Run a step of a channel; a failure does not stop the others. Raises ``StoppingError``."""
        if self.services.clock() >= self._looked + SCRUB_EVERY:
            self.scrub()
        run_step(self.services, step, channel)

    def scrub(self) -> None:
        """Destroy the keys and replies of every round that is over.

        ``left``: the rounds where that failed; the next ``run_due`` tries again.
        """
        self._looked = now = self.services.clock()
        with self.services.store.read("over") as tx:
            unfinished = tx.list_unfinished(now)
        for round_ in unfinished:
            if round_.id not in self.left and self._is_over(round_, now):
                self.left.add(round_.id)
                run_step(self.services, partial(self._scrub, round_), round_.channel)

    def _scrub(self, round_: Round) -> None:
        (scrub_round if self._believed else destroy_what_is_counted)(self.services, round_)
        self.left.discard(round_.id)

    def _is_over(self, round_: Round, now: datetime) -> bool:
        if round_.state is RoundState.OPEN:
            return self._believed and now >= round_.closes_at and not is_moot(round_)
        return round_.state is RoundState.RELEASED or (self._believed and round_.state is RoundState.CLOSING)


def rearm(services: Services) -> None:
    """Set the alarms to the next fire and closing times. A missing alarm costs a minute at most."""
    with services.store.read("rearm") as tx:
        times = tx.list_alarms(services.clock(), ARMED)
    services.timer.arm(times)


def next_look(services: Services, now: datetime, soon: timedelta) -> datetime | None:
    """Return when to call ``run_due`` next (UTC): after ``soon`` where something is left to do.

    None where nothing is known to come.
    """
    with services.store.read("next_look") as tx:
        is_left = bool(
            tx.list_unfinished(now)
            or tx.list_due_schedules(now)
            or tx.list_outdated_summaries()
            or tx.list_untold_changes()
            or tx.list_posts()
        )
        times = [*tx.list_alarms(now, 1), *([now + soon] if is_left else [])]
    return min(times, default=None)


def _repair_times(services: Services, now: datetime) -> None:
    """Repair times stored while the clock was ahead: they would stop schedules until then."""
    with services.store.read("to_repair") as tx:
        if not tx.has_future_times(now + IN_THE_FUTURE):
            return
    with services.store.transaction("repair_times") as tx:
        count = tx.repair_times(now + IN_THE_FUTURE, now)
        for round_ in tx.list_rounds_from(now + IN_THE_FUTURE):
            ahead = round_.opened_at - now
            remind_at = round_.remind_at - ahead if round_.remind_at else None
            closes_at = round_.closes_at - ahead
            tx.update_round(replace(round_, opened_at=now, closes_at=closes_at, remind_at=remind_at))
            count += 1
    if count:
        log.warning("times in the future put right", extra={"count": count})


def _finish_unless(turns: _Turns, round_id: RoundId) -> None:
    """Take the next steps of a round as it is now, unless its keys could not be destroyed yet."""
    with turns.services.store.read("unfinished") as tx:
        round_ = tx.fetch_round(round_id)
    if round_ and round_id not in turns.left and round_.state not in STAYS:
        _finish(turns.services, round_)


def _finish(services: Services, round_: Round) -> None:
    if round_.state is RoundState.GATHERING:  # its channel has no schedule any more, so nothing will open it
        cancel_silently(services, round_)
        return
    if round_.state is RoundState.OPEN and is_moot(round_):
        cancel_round(services, round_)
        return
    if round_.state is RoundState.OPEN and round_.announcement is None:
        round_ = announce(services, round_)
    if round_.state is not RoundState.OPEN or services.clock() >= round_.closes_at:
        show_suggestions(services, close_round(services, round_))
        return
    if round_.remind_at and round_.remind_at <= services.clock():
        remind(services, round_)


def _fire_each(turns: _Turns, schedules: Sequence[DueSchedule], now: datetime) -> None:
    """Fire the schedules whose time has come. When to check the others next is stored in one transaction."""
    services = turns.services
    times: dict[ScheduleId, Times] = {}
    for one in schedules:
        run_step(services, partial(_note_times, services, times, one, now), one.schedule.channel)
    known = [one for one in schedules if one.schedule.id in times]
    acting = [one for one in known if one.paused_by_bot or times[one.schedule.id].missed]
    ids = {one.schedule.id for one in acting}
    if checked_later := [one for one in known if one.schedule.id not in ids]:
        with services.store.transaction("set_next_check") as tx:
            for one in checked_later:
                tx.set_next_check(one.schedule, times[one.schedule.id].look_at)
    for one in acting:
        turns.take(partial(_act, services, one.schedule, times[one.schedule.id], now), one.schedule.channel)


def _post_notes(turns: _Turns, notes: Sequence[Post]) -> None:
    """Post the notes that are stored."""
    for post in notes:
        turns.take(partial(post_note, turns.services, post), post.channel)


def _note_times(services: Services, times: dict[ScheduleId, Times], due: DueSchedule, now: datetime) -> None:
    times[due.schedule.id] = _times(services, due, now)


def _times(services: Services, due: DueSchedule, now: datetime) -> Times:
    schedule, late = due.schedule, jitter_of(due.schedule.id, services.settings.jitter)
    missed: list[datetime] = []
    for moment in unused_times(schedule, due.last_firing, now - LOOK_BACK, services.holidays):
        if moment + late > now:
            return Times(missed=tuple(missed), look_at=moment + late)
        missed.append(moment)
    return Times(missed=tuple(missed), look_at=now + CHECK_AGAIN)


def _act(services: Services, schedule: Schedule, times: Times, now: datetime) -> None:
    """Ask, or pause, and set when to check this schedule next; after a failure, in a minute."""
    if not announce_pause(services, schedule) and times.missed:
        _fire_latest(services, schedule, times.missed, now)
    with services.store.transaction("set_next_check") as tx:
        # Read in this transaction, because somebody may press "go on" at the same moment.
        waits = tx.fetch_last_firing_with(schedule.id, FiringOutcome.WAITING)
        tx.set_next_check(schedule, now + CHECK_AGAIN if waits else times.look_at)


def _fire_latest(services: Services, schedule: Schedule, missed: Sequence[datetime], now: datetime) -> None:
    """Fire the latest missed time, unless it is too old; record the older ones as skipped."""
    *older, latest = missed
    if now - latest > services.settings.catch_up:
        older.append(latest)
    with services.store.transaction("skip") as tx:
        for fire_at in older:
            tx.claim_firing(schedule.id, fire_at, FiringOutcome.SKIPPED)
        if latest in older and (asking := tx.fetch_post(PostKind.ASKING, schedule.id)):
            tx.delete_post(asking.kind, asking.of)
            report(services, tx, asking, PostOutcome.GIVEN_UP)
    if latest in older:
        return
    if instead := pause_outcome(services, schedule, latest):
        with services.store.transaction("keep_still") as tx:
            tx.claim_firing(schedule.id, latest, instead)
        announce_pause(services, schedule)
    else:
        fire(services, schedule, latest)
