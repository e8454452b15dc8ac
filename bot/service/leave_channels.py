"""End the rounds of channels that the bot leaves, or of all, and delete everything of these channels."""

from collections.abc import Callable, Collection
from functools import partial

from bot.core.audiences import KEPT_FOR
from bot.core.model import ChannelId, Round, RoundId, RoundState
from bot.core.rounds import advance
from bot.ports import Services
from bot.service.audiences import has_unmarked
from bot.service.close_rounds import cancel_silently, destroy_keys_and_replies, destroy_secrets
from bot.service.isolation import run_all
from bot.service.retention import scrub_if_needed

LIVE = (RoundState.GATHERING, RoundState.OPEN, RoundState.CLOSING, RoundState.RELEASED)
"""The states in which a round may still have keys and replies."""


def end_rounds(services: Services, channels: Collection[ChannelId] | None = None) -> tuple[Round, ...]:
    """Cancel the open rounds, all or those of these channels, and return them. Posts nothing in Slack.

    The keys of every live round are destroyed, then its replies. A round that has begun to close cannot
    publish anything either; one whose result is stored keeps it, and is closed.
    """
    with services.store.read("live") as tx:
        live = [one for one in tx.list_rounds(LIVE) if channels is None or one.channel in channels]
    left = frozenset[RoundId]()
    if channels is None:  # also of rounds that cannot be read
        left = services.boxes.list_boxes() | services.vault.list_rounds()
    return _end_all(services, live, left)


def end_unseen_rounds(
    services: Services, seen: Callable[[Collection[ChannelId]], Collection[ChannelId]]
) -> tuple[Round, ...]:
    """Do the same for the channels that no workspace sees any more, after one of several has gone.

    ``seen``: returns those of some channels that a workspace which stays sees. What cannot be attributed ends
    too: a channel of which nobody can tell, and keys and replies of a round that cannot be read. To keep them
    would break what their members were promised.
    """
    asked, stays = set[ChannelId](), set[ChannelId]()
    while True:
        with services.store.transaction("unseen") as tx:  # so that no round is half open meanwhile
            rounds = tx.list_rounds(LIVE)
            left = services.boxes.list_boxes() | services.vault.list_rounds()
        new = {one.channel for one in rounds} - asked
        if not new:
            break
        asked |= new
        stays |= set(seen(sorted(new)))
    live = [one for one in rounds if one.channel not in stays]
    return _end_all(services, live, left - {one.id for one in rounds})


def _end_all(services: Services, live: Collection[Round], left: Collection[RoundId]) -> tuple[Round, ...]:
    """End these rounds, and destroy the keys and replies ``left`` of others; return the cancelled ones."""
    cancelled: list[Round] = []
    steps: list[Callable[[], object]] = [partial(_end, services, round_, cancelled) for round_ in live]
    steps += [partial(destroy_keys_and_replies, services, round_id) for round_id in sorted(left)]
    run_all(*steps)
    with services.store.transaction("ended") as tx:
        for round_ in live:
            current = tx.fetch_round(round_.id)
            if current and current.state in _ENDS_AS:
                tx.update_round(advance(current, _ENDS_AS[current.state]))
    # A suggestion box was never announced, so there is nobody to tell.
    return tuple(round_ for round_ in cancelled if round_.number)


def _end(services: Services, round_: Round, cancelled: list[Round]) -> None:
    try:
        if round_.state in _NOT_YET_CLOSING and (ended := cancel_silently(services, round_)):
            cancelled.append(ended)
    finally:
        destroy_secrets(services, round_)


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
    scrub_if_needed(services)
    return ended
