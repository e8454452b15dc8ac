"""What a channel is told of an open round: its question, and once that it closes soon."""

import logging
from dataclasses import replace
from functools import partial

from bot.core.model import MessageTs, Round, RoundState
from bot.core.posts import UNKNOWN_MESSAGE, PostKind, of_round
from bot.errors import SlackError, SlackUnavailableError
from bot.ports import FiringOutcome, Services, Tx
from bot.service.close_rounds import end_early
from bot.service.people import is_shared
from bot.service.posting import OUT_OF_REACH, Until, fetch_post, give_up, is_late, say

log = logging.getLogger(__name__)


def announce(services: Services, round_: Round) -> Round:
    """The round with the message that carries its prompt; posts it first, then records it.

    Where nobody knows whether the message is there, the round stays open, as ``UNKNOWN_MESSAGE``. Raises
    ``SlackUnavailableError`` where the next wake-up posts it, and ``SlackError`` where Slack refuses it for
    good, or has for longer than the time to catch up: what the channel never saw is not left open.
    """
    try:
        _post_question(services, round_)
    except SlackUnavailableError:
        raise
    except SlackError as error:
        _never_asked(services, round_, error.reason)
        raise
    with services.store.read("announced") as tx:
        announced = tx.fetch_round(round_.id) or round_
    if announced.state is not RoundState.OPEN:
        services.messenger.retire(announced)
    return announced


def remind(services: Services, round_: Round) -> None:
    """Tell the channel that its round closes soon, and record it; a crash in between tells it once more.

    What Slack refuses for good, or for longer than the time to catch up, is not said. Raises ``SlackError``.
    """
    shared = is_shared(services, round_.channel)

    def record(tx: Tx, _: object) -> None:
        tx.update_round(replace(tx.fetch_round(round_.id) or round_, remind_at=None))

    def needed(tx: Tx) -> bool:
        current = tx.fetch_round(round_.id)
        return current is not None and current.state is RoundState.OPEN and current.remind_at is not None

    what = of_round(PostKind.REMINDER, round_.id, round_.channel, services.clock())
    try:
        say(
            services,
            what,
            lambda: services.messenger.remind(round_, shared=shared),
            record,
            until=Until.CATCH_UP,
            needed=needed,
        )
    except SlackUnavailableError:
        raise
    except SlackError as error:
        if error.reason not in OUT_OF_REACH:  # else it comes when the channel is back
            with services.store.transaction("not_reminded") as tx:
                record(tx, None)
        raise


def _post_question(services: Services, round_: Round) -> None:
    """Post the prompt of a round, unless somebody has meanwhile. Raises ``SlackError`` as ``say`` does."""
    post = fetch_post(services, of_round(PostKind.QUESTION, round_.id, round_.channel, round_.opened_at))

    def record(tx: Tx, message: MessageTs | None) -> None:
        # It may have ended while Slack was asked: what is stored of it counts.
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
    say(services, post, send, record, until=Until.CATCH_UP, needed=needed)


def _never_asked(services: Services, round_: Round, reason: str) -> None:
    """End a round that the channel never saw, and say nothing of it there."""
    log.warning("round refused", extra={"channel_id": round_.channel, "code": reason})
    end_early(services, round_)
    with services.store.transaction("not_announced") as tx:
        fired = tx.last_firing_with(round_.schedule, FiringOutcome.OPENED) if round_.schedule else None
        if round_.schedule and fired:
            tx.update_firing(round_.schedule, fired, FiringOutcome.REFUSED)
