"""What a start does while Slack is away: destroy what is over. It needs no Slack, and waits for none."""

import logging
from contextlib import suppress
from functools import partial

from bot.core.model import Round, RoundState
from bot.errors import BotError, SlackError
from bot.ports import Services
from bot.service.clock_trust import may_decide
from bot.service.close_rounds import destroy_secrets, destroy_what_is_counted, scrub_round
from bot.service.isolation import each_isolated
from bot.service.recovery import destroy_orphans
from bot.service.retention import keep_no_longer

log = logging.getLogger(__name__)


def scrub_due(services: Services) -> None:
    """Destroy the keys and replies that are over by the clock, and what is kept no longer. Says nothing.

    What is not due by the rules for a clock that is not believed (docs/adr/0020) stays: without any word of
    Slack a close is begun after 15 minutes. The results wait until they can be posted. What fails for one
    round does not keep the others; it is logged, and done at the next call.
    """
    try:
        with services.store.read("over") as tx:
            unfinished = tx.list_unfinished(services.clock())
        each_isolated(
            partial(destroy_orphans, services),
            *(partial(_scrub, services, round_) for round_ in unfinished),
            partial(keep_no_longer, services),
        )
    except Exception as error:  # noqa: BLE001 - whatever failed, the next try must come
        code = error.code if isinstance(error, BotError) else type(error).__name__
        log.error("not scrubbed", extra={"code": code})  # noqa: TRY400 - a foreign text may hold a reply


def _scrub(services: Services, round_: Round) -> None:
    destroy_what_is_counted(services, round_)
    over = round_.state is RoundState.CLOSING or (
        round_.state is RoundState.OPEN and round_.closes_at <= services.clock()
    )
    if not over or not may_decide(services):
        return
    if services.vault.is_whole(round_.id):
        with suppress(SlackError):  # names are still waited for
            scrub_round(services, round_)
    else:  # its state stays, so that its channel is told by the start that can tell it
        destroy_secrets(services, round_)
