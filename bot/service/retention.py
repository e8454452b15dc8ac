"""What is kept for a while only, and what goes when the bot leaves: a channel, or the workspace.

Forgetting is done by the clock, never by what is in a result. What stays of a round is what was asked and
its number: the next question is chosen from the one, and the rounds of a channel are counted by the other.
"""

import logging
from collections.abc import Callable, Collection
from datetime import UTC, datetime, time
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
from bot.service.close_rounds import destroy_secrets, end_early
from bot.service.isolation import each_isolated

log = logging.getLogger(__name__)

LIVE = (RoundState.GATHERING, RoundState.OPEN, RoundState.CLOSING, RoundState.RELEASED)
"""The states in which a round may still have keys and replies."""


class KeptOfRounds(Protocol):
    """Something that is kept in memory of rounds that take replies."""

    def rounds(self) -> frozenset[RoundId]:
        """The rounds of which there is something."""

    def forget(self, ended: Collection[RoundId]) -> None:
        """Forget what belongs to these rounds."""


def forget_ended(services: Services, kept: Collection[KeptOfRounds]) -> None:
    """Let nothing of a reply outlive its round in memory: a receipt says which reply was whose."""
    if rounds := frozenset[RoundId]().union(*(one.rounds() for one in kept)):
        with services.store.read("live") as tx:
            live = {round_.id for round_ in tx.list_rounds([RoundState.GATHERING, RoundState.OPEN])}
        for one in kept:
            one.forget(rounds - live)


def kept_from(now: datetime, months: int) -> datetime:
    """The midnight (UTC) before which nothing is kept: so many calendar months before today.

    >>> kept_from(datetime(2026, 3, 31, 9, tzinfo=UTC), 1).isoformat()
    '2026-02-28T00:00:00+00:00'
    """
    return datetime.combine(now.astimezone(UTC).date() - relativedelta(months=months), time(), UTC)


def keep_no_longer(services: Services) -> None:
    """Forget who was asked more than four weeks ago, and the results that are kept no longer.

    No trace of them is left on disk. To be called as often as you like: what is over decides, so there is
    seldom something to do. What fails is logged and done at the next call.
    """
    months = services.settings.keep_months
    try:
        if may_decide(services):
            forget_old_audiences(services)
        if months and may_decide(services):
            _forget(services, kept_from(services.clock(), months))
        _scrub(services)
    except BotError as error:
        log.warning("not forgotten", extra={"code": error.code})


def end_rounds(services: Services, channels: Collection[ChannelId] | None = None) -> tuple[Round, ...]:
    """The rounds that were open, here or in these channels, cancelled. Says nothing in Slack.

    The keys of every live round are destroyed, then its replies. A round that has begun to close can publish
    nothing any more either; one whose result is stored keeps it, and is closed.
    """
    with services.store.read("live") as tx:
        live = [one for one in tx.list_rounds(LIVE) if channels is None or one.channel in channels]
    cancelled: list[Round] = []
    steps: list[Callable[[], object]] = [partial(_end, services, round_, cancelled) for round_ in live]
    if channels is None:  # also of rounds that cannot be read
        left = services.boxes.list_boxes() | services.vault.list_rounds()
        steps += [partial(_destroy, services, round_id) for round_id in sorted(left)]
    each_isolated(*steps)
    with services.store.transaction("ended") as tx:
        for round_ in live:
            current = tx.fetch_round(round_.id)
            if current and current.state in _ENDS_AS:
                tx.update_round(advance(current, _ENDS_AS[current.state]))
    # A box that gathers proposals was never announced: there is nobody to be told of it.
    return tuple(round_ for round_ in cancelled if round_.number)


def _end(services: Services, round_: Round, cancelled: list[Round]) -> None:
    try:
        if round_.state in _NOT_YET_CLOSING and (ended := end_early(services, round_)):
            cancelled.append(ended)
    finally:
        destroy_secrets(services, round_)


def _destroy(services: Services, round_id: RoundId) -> None:
    services.vault.destroy(round_id)
    services.boxes.destroy(round_id)


_NOT_YET_CLOSING = frozenset({RoundState.GATHERING, RoundState.OPEN})
_ENDS_AS = {RoundState.CLOSING: RoundState.KEY_LOST, RoundState.RELEASED: RoundState.CLOSED}


def forget_channels(services: Services, channels: Collection[ChannelId]) -> tuple[Round, ...]:
    """The rounds that were open in these channels: they are cancelled, and all of the channels is gone.

    Keys first, then replies, then what is stored, then its traces on disk: after a crash in between, the same
    call again does the rest. Raises ``StoreError``.
    """
    ended = end_rounds(services, channels)
    with services.store.transaction("forget_channels") as tx:
        if has_unmarked(services, tx, channels):  # nobody could tell any more what was asked, and of whom
            tx.rest_until(services.clock() + KEPT_FOR)
        for channel in channels:
            tx.forget_channel(channel)
    _scrub(services)
    return ended


def _forget(services: Services, moment: datetime) -> None:
    with services.store.transaction("forget") as tx:
        old = tx.list_ended_before(moment)
        if old:
            tx.forget_rounds(old)
        acts = tx.forget_acts(moment)
    if old or acts:
        log.info("forgotten", extra={"count": len(old)})


def _scrub(services: Services) -> None:
    with services.store.read("owes_scrub") as tx:
        owed = tx.owes_scrub()
    if owed:
        services.store.scrub()
        with services.store.transaction("scrubbed") as tx:
            tx.settle_scrub()
