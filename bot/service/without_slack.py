"""Destroy what is over at a start while Slack is unavailable. Needs no answer from Slack."""

import logging
from contextlib import suppress
from functools import partial

from bot.core.model import Round, RoundState
from bot.errors import BotError, SlackError
from bot.ports import Services
from bot.service.clock_trust import may_decide
from bot.service.close_rounds import destroy_secrets, destroy_what_is_counted, scrub_round
from bot.service.isolation import run_all
from bot.service.recovery import destroy_orphans
from bot.service.retention import delete_expired

log = logging.getLogger(__name__)


def scrub_due(services: Services) -> None:
    """Destroy the keys and replies that are over by the clock, and expired data. Posts nothing.

    The rules for an untrusted clock apply (docs/adr/0020): while Slack does not answer, a close begins after
    15 minutes. Results wait until they can be posted. A failure in one round does not stop the others; it is
    logged, and the next call tries again.
    """
    try:
        with services.store.read("over") as tx:
            unfinished = tx.list_unfinished(services.clock())
        run_all(
            partial(destroy_orphans, services),
            *(partial(_scrub, services, round_) for round_ in unfinished),
            partial(delete_expired, services),
        )
    except Exception as error:  # noqa: BLE001 - the next try must come in any case
        code = error.code if isinstance(error, BotError) else type(error).__name__
        log.error("not scrubbed", extra={"code": code})  # noqa: TRY400 - the text of a foreign exception may hold a reply


def _scrub(services: Services, round_: Round) -> None:
    destroy_what_is_counted(services, round_)
    over = round_.state is RoundState.CLOSING or (
        round_.state is RoundState.OPEN and round_.closes_at <= services.clock()
    )
    if not over or not may_decide(services):
        return
    if services.vault.is_whole(round_.id):
        with suppress(SlackError):  # the names are not known yet
            scrub_round(services, round_)
    else:  # keep its state, so that a start with Slack tells its channel
        destroy_secrets(services, round_)
