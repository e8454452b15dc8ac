"""What happens at start, before anything is served."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.core.model import RoundState
from bot.core.schedule import Schedule, Source
from bot.ports import Desk
from bot.service.endings import lose_key

log = logging.getLogger(__name__)


def recover(desk: Desk) -> None:
    """Make the data whole again after whatever ended the last run. Says nothing in Slack but a lost key.

    Every ballot file is rewritten so that its bytes say nothing of an order; ballots and keys that belong
    to no live round are destroyed; a live round whose key is gone ends as key lost.
    """
    desk.boxes.canonicalise()
    with desk.store.transaction("recover") as tx:
        live = tx.list_rounds([RoundState.OPEN, RoundState.CLOSING])
    kept = {round_.id for round_ in live}
    for round_id in sorted((desk.boxes.list_boxes() | desk.vault.list_rounds()) - kept):
        desk.vault.destroy(round_id)
        desk.boxes.destroy(round_id)
        log.info("orphan destroyed", extra={"round_id": round_id})
    for round_ in live:
        if not desk.vault.is_whole(round_.id) or round_.id not in desk.boxes.list_boxes():
            lose_key(desk, round_)


def apply_declared(desk: Desk, declared: Sequence[Schedule], now: datetime) -> None:
    """Make the schedules from config.yaml the ones of the store: create, change, remove.

    A schedule that was there before keeps its first day, so that nothing fires twice or for the past.
    """
    wanted = {schedule.id: schedule for schedule in declared}
    with desk.store.transaction("apply_declared") as tx:
        known = {schedule.id: schedule for schedule in tx.list_schedules()}
        for schedule in known.values():
            if schedule.source is Source.CONFIG and schedule.id not in wanted:
                tx.delete_schedule(schedule.id)
        for schedule in wanted.values():
            before = known.get(schedule.id)
            tx.put_schedule(_since(schedule, before.created_at if before else now))


def _since(schedule: Schedule, created_at: datetime) -> Schedule:
    return replace(schedule, created_at=created_at)
