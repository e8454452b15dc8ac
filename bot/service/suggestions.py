"""Flow (g): show what is in a channel's suggestion box.

They are shown only when a round of the channel ends, which is at a time fixed before. They are never shown
when a new one arrives: colleagues could otherwise count the suggestions as they arrive.
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
"""The shortest time that a suggestion box is open before it is shown."""


def show_suggestions(services: Services, after: Round) -> None:
    """Publish the suggestions of a channel whose round has just closed, if they may be shown.

    They may be shown if their box has been open for at least a day (or for the policy's ``min_open``, if that
    is longer) and holds at least three different suggestions. The channel must also have no norm that it
    tries or still has to decide about. Otherwise they stay sealed until a later round ends.

    Raises ``SlackError`` like ``close_round``. The next wake-up then posts the messages that are missing.
    """
    if after.state is not RoundState.CLOSED:
        return
    with services.store.read("suggestions") as tx:
        box, ledger = tx.fetch_suggestion_box(after.channel), tx.list_norms(after.channel)
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
    """Return whether enough different suggestions are left after names are taken out.

    Return False, so that the suggestions wait, if names or replies cannot be read now.
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
    """Turn the suggestion box into a round that closes now, and return it; None if it is no box any more."""
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
