"""Recover at start, before anything is served."""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial

from bot.core.changes import ChangeKind, ScheduleChange, kinds_of_change
from bot.core.model import Round, RoundId, RoundState
from bot.core.schedule import Schedule, Source
from bot.errors import AudienceLostError, DamagedError, StoreError
from bot.ports import Services
from bot.service.audiences import can_admit, forget_void_audiences
from bot.service.close_rounds import destroy_keys_and_replies, end_as_key_lost
from bot.service.isolation import run_all

log = logging.getLogger(__name__)


def recover(services: Services) -> frozenset[RoundId]:
    """Repair the data after any end of the last run. Posts nothing in Slack, except about a lost key.

    Every ballot file is rewritten so that its bytes show no order. Ballots and keys without a live round are
    destroyed. A live round whose key or ballots are missing ends as key lost. One whose ballots are damaged,
    or whose audience is missing, takes no more replies, and its close decides what to do. Fire times are
    computed again, because holidays and time zones may have changed.

    A failure in one round is logged and does not stop the others. Return the rounds of which something is
    still to be destroyed (``recover_left``).
    """
    aside = services.boxes.canonicalise()
    with services.store.transaction("recover") as tx:
        tx.clear_next_checks()
        tx.clear_post_delays()
        live = tx.list_rounds([RoundState.GATHERING, RoundState.OPEN, RoundState.CLOSING])
        kept = tx.list_live_ids()
    _refuse_without_keys(services, live)
    for round_id in sorted(aside.keys() & kept):
        what = "ballots damaged" if aside[round_id] == DamagedError.code else "ballots put aside"
        log.error(what, extra={"round_id": round_id, "code": aside[round_id]})
    left: set[RoundId] = set()
    run_all(
        *(
            partial(_run_logged, left, one, partial(_destroy, services, one))
            for one in _orphans(services, kept)
        ),
        *(partial(_run_logged, left, one.id, partial(_check_keys, services, one)) for one in live),
        partial(forget_void_audiences, services),
    )
    return frozenset(left)


def _refuse_without_keys(services: Services, live: Collection[Round]) -> None:
    """Raise ``StoreError`` where there are replies but no key at all: most likely a disk is not mounted.

    Otherwise every open round would end as key lost, and its replies would be destroyed. A round that has
    asked somebody has a key for its audience besides its own.
    """
    if services.vault.list_rounds() or services.audience_keys.list_periods():
        return
    waiting = services.boxes.list_boxes() & {one.id for one in live if one.period}
    if waiting:
        raise StoreError(
            f"There are replies to {len(waiting)} open rounds, and the directory of the keys is empty.",
            remedy="Mount it, and start again. If the keys are gone for good, remove the ballot files: these "
            "rounds then end as key lost.",
        )


def recover_left(services: Services, left: set[RoundId]) -> None:
    """Do for single rounds what the start could not do; remove from ``left`` what is done.

    Ballot files that could not be rewritten are tried again, and what belongs to no live round is destroyed.
    """
    for round_id in sorted(services.boxes.canonicalise_left()):
        log.warning("ballots in order again", extra={"round_id": round_id})
    if not left:
        return
    with services.store.read("live_ids") as tx:
        left -= tx.list_live_ids()
    for round_id in sorted(left):
        with suppress(StoreError):  # it was logged at the start
            _destroy(services, round_id)
            left.discard(round_id)


def _run_logged(left: set[RoundId], round_id: RoundId, step: Callable[[], object]) -> None:
    """Run a step of one round; log it and add the round to ``left`` if its files cannot be changed."""
    try:
        step()
    except StoreError as error:
        left.add(round_id)
        log.error("round put aside", extra={"round_id": round_id, "code": error.code})  # noqa: TRY400 - the code says enough


def destroy_orphans(services: Services) -> None:
    """Destroy the ballots and keys that belong to no live round; then raise the first failure."""
    with services.store.read("live_ids") as tx:
        kept = tx.list_live_ids()
    run_all(*(partial(_destroy, services, round_id) for round_id in _orphans(services, kept)))


def _orphans(services: Services, kept: frozenset[RoundId]) -> list[RoundId]:
    """Return the rounds that have ballots or keys and should have none."""
    return sorted((services.boxes.list_boxes() | services.vault.list_rounds()) - kept)


def _destroy(services: Services, round_id: RoundId) -> None:
    destroy_keys_and_replies(services, round_id)
    log.info("orphan destroyed", extra={"round_id": round_id})


def _check_keys(services: Services, round_: Round) -> None:
    if not services.vault.is_whole(round_.id) or round_.id not in services.boxes.list_boxes():
        end_as_key_lost(services, round_)
    elif round_.state is not RoundState.CLOSING and not can_admit(services, round_):
        # Replies that were accepted are counted at the close; nobody else can reply.
        log.error("audience lost", extra={"round_id": round_.id, "code": AudienceLostError.code})


def apply_declared(services: Services, declared: Sequence[Schedule], now: datetime) -> None:
    """Create, change and delete schedules in the store so that they match those in config.yaml.

    A schedule that was there before keeps its first day, so that nothing fires twice or for the past, its
    pause, and the language that was found for it. A new one in a channel takes over the language of those
    that were there. Channels are told about changes and ends; a new schedule shows itself by its first
    question.
    Schedules that were set in Slack get the rules of config.yaml.
    """
    wanted = {schedule.id: schedule for schedule in declared}
    with services.store.transaction("apply_declared") as tx:
        stored = tx.list_schedules()
        known = {schedule.id: schedule for schedule in stored if schedule.source is Source.CONFIG}
        languages = {schedule.channel: schedule.language for schedule in stored}
        for schedule in known.values():
            if schedule.id not in wanted:
                tx.delete_schedule(schedule.id)
                tx.insert_change(_by_config(ChangeKind.DELETED, schedule, now), told=False)
        for schedule in wanted.values():
            before = known.get(schedule.id)
            after = _with_stored_state(schedule, before, now, languages.get(schedule.channel, ""))
            if after == before:
                continue
            tx.put_schedule(after)
            for kind in kinds_of_change(before, after) if before else (ChangeKind.CREATED,):
                tx.insert_change(_by_config(kind, after, now), told=before is None)
        for schedule in _with_rules([one for one in stored if one.source is Source.SLACK], services):
            tx.put_schedule(schedule)


def _with_rules(schedules: Iterable[Schedule], services: Services) -> Iterator[Schedule]:
    """Yield those of the schedules from Slack that need other rules, with those of config.yaml.

    They get its quotes, and at least its threshold: without this a schedule would go on quoting after
    ``policy.quotes: off``. Open rounds keep their rules.
    """
    policy = services.settings.policy
    for schedule in schedules:
        own = schedule.policy
        threshold = max(own.threshold, policy.threshold)
        after = replace(policy, threshold=threshold, min_open=own.min_open)
        if after != own:
            yield replace(schedule, policy=after)


def _with_stored_state(
    schedule: Schedule, before: Schedule | None, now: datetime, channel_language: str
) -> Schedule:
    """Return the declared schedule with what only the store knows: when it was made, its pause, its language.

    ``channel_language``: the language of the other schedules of its channel, if there are any.
    """
    if before is None:
        return replace(schedule, created_at=now, language=schedule.language or channel_language)
    return replace(
        schedule,
        created_at=before.created_at,
        paused=before.paused,
        paused_until=before.paused_until,
        language=schedule.language or before.language,
    )


def _by_config(kind: ChangeKind, schedule: Schedule, now: datetime) -> ScheduleChange:
    return ScheduleChange(kind=kind, schedule=schedule, at=now, by=None)
