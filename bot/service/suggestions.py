"""Flow (g): when the suggestions that wait in a channel's box are shown.

Only at a time fixed beforehand, the end of a round of the channel, and never when one comes in: that would
be a counter that colleagues could watch.
"""

import logging
from dataclasses import replace
from datetime import timedelta

from bot.core.model import Round, RoundState
from bot.core.norms import is_undecided
from bot.core.release import LEAST_PROPOSALS, Published, release
from bot.core.rounds import advance
from bot.errors import BotError, DamagedError, KeyLostError, StoppingError, StoreError
from bot.ports import Services
from bot.service.close_rounds import close_round, end_as_key_lost, find_names, replies_in

log = logging.getLogger(__name__)

LEAST_OPEN = timedelta(hours=24)
"""So long a box has been open, at least, when what is in it is shown."""


def show_suggestions(services: Services, after: Round) -> None:
    """Publish what waits in the box of a channel whose round has just closed, if it may be shown.

    It is, where the box has been open for a day and holds three different suggestions, and where the channel
    has nothing else to decide about and tries nothing. Otherwise they wait, sealed, for the end of a later
    round. Raises ``SlackError`` as ``close_round``; the next wake-up posts what could not be posted.
    """
    if after.state is not RoundState.CLOSED:
        return
    with services.store.read("suggestions") as tx:
        box, ledger = tx.fetch_box(after.channel), tx.list_norms(after.channel)
    if box is None or is_undecided(ledger):
        return
    open_for = services.clock() - box.opened_at
    if open_for < max(LEAST_OPEN, box.policy.min_open) or not _may_be_shown(services, box):
        return
    closing = _begin_to_close(services, box, after)
    if closing:
        log.info("suggestions shown", extra={"round_id": closing.id, "channel_id": closing.channel})
        close_round(services, closing)


def _may_be_shown(services: Services, box: Round) -> bool:
    """Whether enough different suggestions would be left once names are taken out.

    Where names or replies cannot be had now, they wait.
    """
    try:
        sealed = services.boxes.list_replies(box.id)
        if len(sealed) < LEAST_PROPOSALS:
            return False
        replies = replies_in(services.vault.unseal(box.id, sealed))
        names = find_names(services, box)
    except KeyLostError:
        end_as_key_lost(services, box)
        return False
    except DamagedError:
        return False
    except (StoppingError, StoreError):
        raise
    except BotError as error:
        log.warning("suggestions wait", extra={"round_id": box.id, "code": error.code})
        return False
    return names is not None and isinstance(release(box, replies, seed=0, names=names), Published)


def _begin_to_close(services: Services, box: Round, after: Round) -> Round | None:
    """Return the box as a round that closes now; None where it has become another round meanwhile."""
    with services.store.transaction("show_suggestions") as tx:
        current = tx.fetch_round(box.id)
        if current is None or current.state is not RoundState.GATHERING:
            return None
        closing = replace(
            advance(current, RoundState.CLOSING),
            number=tx.fetch_last_number(box.channel) + 1,
            schedule=after.schedule,
            prompt=replace(current.prompt, in_turn=False),
            closes_at=services.clock(),
            zone=after.zone,
        )
        tx.update_round(closing)
    return closing
