"""After restoring a backup: mark everything due since then as done, so that nothing is posted twice."""

from dataclasses import replace
from datetime import datetime

from bot.core.audiences import KEPT_FOR
from bot.core.model import Round, RoundState
from bot.core.posts import UNKNOWN_MESSAGE
from bot.core.rounds import advance
from bot.ports import FiringOutcome, Store, Tx


def prepare_restored(store: Store, now: datetime, *, nothing_asked_since: bool = False) -> tuple[Round, ...]:
    """Mark what the backup says is due as done, and return the rounds that were live when it was made.

    Fire times up to now count as used. Results count as posted: they may have been posted since the backup,
    and a second post is worse than none, since ``/belonging summary`` shows them anyway. Reminders and notes
    about changed schedules that were due by now are not sent. Nobody knows who was asked what since the
    backup, so all statements rest for four weeks, unless the operator says ``nothing_asked_since``. The next
    start decides by their keys what becomes of the live rounds: open, closing, or taking suggestions.
    """
    with store.transaction("prepare_restored") as tx:
        for schedule in tx.list_schedules():
            tx.claim_firing(schedule.id, now, FiringOutcome.SKIPPED)
        for number, _ in tx.list_untold_changes():
            tx.mark_change_told(number)
        for post in tx.list_posts():
            tx.delete_post(post.kind, post.of)
        for round_ in tx.list_rounds([RoundState.RELEASED, RoundState.CLOSED]):
            _take_as_posted(tx, round_)
        for round_ in tx.list_rounds([RoundState.OPEN]):
            if round_.remind_at and round_.remind_at <= now:
                tx.update_round(replace(round_, remind_at=None))
        if not nothing_asked_since:
            tx.put_rest_until(now + KEPT_FOR)
        return tx.list_rounds([RoundState.GATHERING, RoundState.OPEN, RoundState.CLOSING])


def _take_as_posted(tx: Tx, round_: Round) -> None:
    if round_.state is RoundState.RELEASED:
        round_ = advance(round_, RoundState.CLOSED)
    elif round_.summary is not None:
        return
    tx.update_round(replace(round_, summary=UNKNOWN_MESSAGE))
