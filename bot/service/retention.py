"""Delete what is stored for a limited time.

What is deleted depends on the clock only, never on a result. Of a deleted round, its question and its number
stay: they are needed to choose the next question and to count the channel's rounds.
"""

import logging
from datetime import UTC, datetime, time, timedelta

from dateutil.relativedelta import relativedelta

from bot.errors import BotError
from bot.ports import Services
from bot.service.audiences import forget_old_audiences
from bot.service.clock_trust import may_decide

log = logging.getLogger(__name__)

COPY_KEPT = timedelta(days=14)
"""How long the copy stays that an upgrade makes of the database."""


def retention_cutoff(now: datetime, months: int) -> datetime:
    """Return the midnight (UTC) before which everything is deleted: this many calendar months ago.

    >>> retention_cutoff(datetime(2026, 3, 31, 9, tzinfo=UTC), 1).isoformat()
    '2026-02-28T00:00:00+00:00'
    """
    return datetime.combine(now.astimezone(UTC).date() - relativedelta(months=months), time(), UTC)


def delete_expired(services: Services) -> None:
    """Delete who was asked over four weeks ago, and the results, norms and copies that are kept no longer.

    No trace of them is left on disk. It may be called at any time; there is seldom something to do. A failure
    is logged, and the next call tries again.
    """
    months = services.settings.keep_months
    try:
        if may_decide(services):
            forget_old_audiences(services)
            if services.store.drop_copy(services.clock() - COPY_KEPT):
                log.info("backup of the upgrade removed")
        if months and may_decide(services):
            _forget(services, retention_cutoff(services.clock(), months))
        scrub_if_needed(services)
    except BotError as error:
        log.warning("not forgotten", extra={"code": error.code})


def _forget(services: Services, moment: datetime) -> None:
    with services.store.read("old") as tx:  # a wake-up with nothing to delete waits for no other writer
        if not (
            tx.list_ended_before(moment) or tx.list_old_norms(moment.date()) or tx.count_old_acts(moment)
        ):
            return
    with services.store.transaction("forget") as tx:
        old = tx.list_ended_before(moment)
        if old:
            tx.forget_rounds(old)
        if norms := tx.list_old_norms(moment.date()):
            tx.forget_norms(norms)
        tx.forget_acts(moment)
    log.info("forgotten", extra={"count": len(old)})


def scrub_if_needed(services: Services) -> None:
    """Leave no trace on disk of what was deleted. Raises ``StoreError``."""
    with services.store.read("needs_scrub") as tx:
        needed = tx.needs_scrub()
    if needed:
        services.store.scrub()
        with services.store.transaction("scrubbed") as tx:
            tx.mark_scrubbed()
