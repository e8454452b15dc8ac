"""What a restored backup must not do again: publish, remind, tell or ask what may have been done since."""

from dataclasses import replace
from datetime import datetime

from bot.core.audiences import KEPT_FOR
from bot.core.model import Round, RoundState
from bot.core.posts import UNKNOWN_MESSAGE
from bot.core.rounds import advance
from bot.ports import FiringOutcome, Store, Tx


def settle_restored(store: Store, now: datetime, *, nothing_asked_since: bool = False) -> tuple[Round, ...]:
    """The rounds that were open when the backup was made, after everything else in it was laid to rest.

    Fire times up to now count as used, and results that the backup does not know to be posted as posted: they
    may have been since, and twice is worse than late; ``/belonging summary`` shows them. Reminders and notes
    about changed schedules that were due by now are not sent. Nobody knows who was asked what since the
    backup, so every statement rests for four weeks, unless the operator says ``nothing_asked_since``. What
    becomes of the open rounds, their keys decide at the next start.
    """
    with store.transaction("settle_restored") as tx:
        for schedule in tx.list_schedules():
            tx.insert_firing(schedule.id, now, FiringOutcome.SKIPPED)
        for number, _ in tx.list_untold_changes():
            tx.settle_change(number)
        for post in tx.list_posts():
            tx.delete_post(post.kind, post.of)
        for round_ in tx.list_rounds([RoundState.RELEASED, RoundState.CLOSED]):
            _take_as_posted(tx, round_)
        for round_ in tx.list_rounds([RoundState.OPEN]):
            if round_.remind_at and round_.remind_at <= now:
                tx.update_round(replace(round_, remind_at=None))
        if not nothing_asked_since:
            tx.rest_until(now + KEPT_FOR)
        return tx.list_rounds([RoundState.OPEN, RoundState.CLOSING])


def _take_as_posted(tx: Tx, round_: Round) -> None:
    if round_.state is RoundState.RELEASED:
        round_ = advance(round_, RoundState.CLOSED)
    elif round_.summary is not None:
        return
    tx.update_round(replace(round_, summary=UNKNOWN_MESSAGE))
