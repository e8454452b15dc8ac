"""Post the question of an open round, and one reminder before it closes."""

import logging
from dataclasses import replace
from functools import partial

from bot.core.model import MessageTs, Round, RoundState
from bot.core.posts import UNKNOWN_MESSAGE, PostKind, post_about
from bot.errors import SlackError, SlackUnavailableError
from bot.ports import FiringOutcome, Services, Tx
from bot.service.close_rounds import cancel_silently
from bot.service.people import is_shared
from bot.service.posting import OUT_OF_REACH, Until, fetch_post, give_up, is_late, post_once

log = logging.getLogger(__name__)


def announce(services: Services, round_: Round) -> Round:
    """Post the question of a round, record the message, and return the round as stored.

    Where nobody knows whether the message arrived, the round stays open, with ``UNKNOWN_MESSAGE``. Raises
    ``SlackUnavailableError`` where the next ``run_due`` posts it, and ``SlackError`` where Slack refuses it
    for good, or for longer than the time to catch up: then the round ends, since its channel never saw it.
    """
    try:
        _post_question(services, round_)
    except SlackUnavailableError:
        raise
    except SlackError as error:
        _end_unseen(services, round_, error.reason)
        raise
    with services.store.read("announced") as tx:
        announced = tx.fetch_round(round_.id) or round_
    if announced.state is not RoundState.OPEN:
        services.messenger.retire(announced)
    return announced


def remind(services: Services, round_: Round) -> None:
    """Tell the channel that its round closes soon, and record the message.

    After a crash in between it is told once more. A reminder that Slack refuses for good, or for longer than
    the time to catch up, is dropped. Raises ``SlackError``.
    """
    shared = is_shared(services, round_.channel)

    def record(tx: Tx, message: MessageTs | None) -> None:
        # The round may have ended while Slack was asked, so it is read again.
        tx.update_round(replace(tx.fetch_round(round_.id) or round_, remind_at=None, reminder=message))

    def needed(tx: Tx) -> bool:
        current = tx.fetch_round(round_.id)
        return current is not None and current.state is RoundState.OPEN and current.remind_at is not None

    what = post_about(PostKind.REMINDER, round_, services.clock())
    try:
        send = partial(services.messenger.remind, round_, shared=shared)
        post_once(services, what, send, record, until=Until.CATCH_UP, needed=needed)
    except SlackUnavailableError:
        raise
    except SlackError as error:
        if error.reason not in OUT_OF_REACH:  # else it is sent when the channel is back
            with services.store.transaction("not_reminded") as tx:
                record(tx, None)
        raise
    with services.store.read("reminded") as tx:
        reminded = tx.fetch_round(round_.id) or round_
    if reminded.state is not RoundState.OPEN:
        services.messenger.retire(reminded)


def _post_question(services: Services, round_: Round) -> None:
    """Post the question of a round, unless another thread has posted it.

    Raises ``SlackError`` as ``post_once`` does.
    """
    post = fetch_post(services, post_about(PostKind.QUESTION, round_, round_.opened_at))

    def record(tx: Tx, message: MessageTs | None) -> None:
        # The round may have ended while Slack was asked, so it is read again.
        current = tx.fetch_round(round_.id) or round_
        tx.update_round(replace(current, announcement=message or UNKNOWN_MESSAGE))

    def needed(tx: Tx) -> bool:
        current = tx.fetch_round(round_.id)
        return current is not None and current.state is RoundState.OPEN and current.announcement is None

    if is_late(services, post) or services.clock() >= round_.closes_at:
        if not give_up(services, post, record):
            raise SlackError(post.reason or "too_late")
        return
    send = partial(services.messenger.announce, round_, shared=is_shared(services, round_.channel))
    post_once(services, post, send, record, until=Until.CATCH_UP, needed=needed)


def _end_unseen(services: Services, round_: Round, reason: str) -> None:
    """End a round that its channel never saw, and post nothing about it."""
    log.warning("round refused", extra={"channel_id": round_.channel, "code": reason})
    cancel_silently(services, round_)
    with services.store.transaction("not_announced") as tx:
        fired = tx.fetch_last_firing_with(round_.schedule, FiringOutcome.OPENED) if round_.schedule else None
        if round_.schedule and fired:
            tx.update_firing(round_.schedule, fired, FiringOutcome.REFUSED)
