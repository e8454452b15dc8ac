"""Delete what is stored for a limited time, and everything of a channel or workspace that the bot leaves.

What is deleted depends on the clock only, never on a result. Of a deleted round, its question and its number
stay: they are needed to choose the next question and to count the channel's rounds.
"""

import logging
from collections.abc import Callable, Collection
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import Protocol

from dateutil.relativedelta import relativedelta

from bot.core.audiences import KEPT_FOR
from bot.core.model import ChannelId, Round, RoundId, RoundState
from bot.core.rounds import advance
from bot.errors import BotError
from bot.ports import Services
from bot.service.audiences import forget_old_audiences, has_unmarked
from bot.service.clock_trust import may_decide
from bot.service.close_rounds import cancel_silently, destroy_secrets
from bot.service.isolation import run_all

log = logging.getLogger(__name__)

LIVE = (RoundState.GATHERING, RoundState.OPEN, RoundState.CLOSING, RoundState.RELEASED)
"""The states in which a round may still have keys and replies."""


COPY_KEPT = timedelta(days=14)
"""How long the copy stays that an upgrade makes of the database."""


class RoundMemory(Protocol):
    """Something in memory that belongs to rounds that take replies."""

    def rounds(self) -> frozenset[RoundId]:
        """Return the rounds of which something is in memory."""

    def forget(self, ended: Collection[RoundId]) -> None:
        """Drop what belongs to these rounds."""


def forget_ended(services: Services, kept: Collection[RoundMemory]) -> None:
    """Drop what is in memory of ended rounds: a receipt says whose reply was which."""
    if rounds := frozenset[RoundId]().union(*(one.rounds() for one in kept)):
        with services.store.read("live") as tx:
            live = {round_.id for round_ in tx.list_rounds([RoundState.GATHERING, RoundState.OPEN])}
        for one in kept:
            one.forget(rounds - live)


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
        _scrub(services)
    except BotError as error:
        log.warning("not forgotten", extra={"code": error.code})


def end_rounds(services: Services, channels: Collection[ChannelId] | None = None) -> tuple[Round, ...]:
    """Cancel the open rounds, all or those of these channels, and return them. Posts nothing in Slack.

    The keys of every live round are destroyed, then its replies. A round that has begun to close cannot
    publish anything either; one whose result is stored keeps it, and is closed.
    """
    with services.store.read("live") as tx:
        live = [one for one in tx.list_rounds(LIVE) if channels is None or one.channel in channels]
    cancelled: list[Round] = []
    steps: list[Callable[[], object]] = [partial(_end, services, round_, cancelled) for round_ in live]
    if channels is None:  # also of rounds that cannot be read
        left = services.boxes.list_boxes() | services.vault.list_rounds()
        steps += [partial(_destroy, services, round_id) for round_id in sorted(left)]
    run_all(*steps)
    with services.store.transaction("ended") as tx:
        for round_ in live:
            current = tx.fetch_round(round_.id)
            if current and current.state in _ENDS_AS:
                tx.update_round(advance(current, _ENDS_AS[current.state]))
    # A box for proposals was never announced, so there is nobody to tell.
    return tuple(round_ for round_ in cancelled if round_.number)


def _end(services: Services, round_: Round, cancelled: list[Round]) -> None:
    try:
        if round_.state in _NOT_YET_CLOSING and (ended := cancel_silently(services, round_)):
            cancelled.append(ended)
    finally:
        destroy_secrets(services, round_)


def _destroy(services: Services, round_id: RoundId) -> None:
    services.vault.destroy(round_id)
    services.boxes.destroy(round_id)


_NOT_YET_CLOSING = frozenset({RoundState.GATHERING, RoundState.OPEN})
_ENDS_AS = {RoundState.CLOSING: RoundState.KEY_LOST, RoundState.RELEASED: RoundState.CLOSED}


def forget_channels(services: Services, channels: Collection[ChannelId]) -> tuple[Round, ...]:
    """Cancel the open rounds of these channels, delete everything of the channels, and return the rounds.

    The order is: keys, replies, stored rows, traces on disk. After a crash the same call does the rest.
    Raises ``StoreError``.
    """
    ended = end_rounds(services, channels)
    with services.store.transaction("forget_channels") as tx:
        if has_unmarked(services, tx, channels):  # afterwards nobody can tell what was asked, and of whom
            tx.put_rest_until(services.clock() + KEPT_FOR)
        for channel in channels:
            tx.forget_channel(channel)
    _scrub(services)
    return ended


def _forget(services: Services, moment: datetime) -> None:
    with services.store.transaction("forget") as tx:
        old = tx.list_ended_before(moment)
        if old:
            tx.forget_rounds(old)
        norms = tx.list_old_norms(moment.date())
        if norms:
            tx.forget_norms(norms)
        acts = tx.forget_acts(moment)
    if old or norms or acts:
        log.info("forgotten", extra={"count": len(old)})


def _scrub(services: Services) -> None:
    with services.store.read("needs_scrub") as tx:
        needed = tx.needs_scrub()
    if needed:
        services.store.scrub()
        with services.store.transaction("scrubbed") as tx:
            tx.mark_scrubbed()
