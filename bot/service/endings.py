"""Flow (e): how a round ends. Scrub, then speak; after a crash, go on from the recorded state."""

import logging
from dataclasses import replace

from bot.core.model import Round, RoundState
from bot.core.release import release
from bot.core.replies import Reply, decode_reply
from bot.core.rounds import advance
from bot.errors import BotError, KeyLostError
from bot.ports import ChannelNote, Desk

log = logging.getLogger(__name__)


def close_round(desk: Desk, round_: Round) -> Round:
    """The round after every step of its close that is still open; each step is recorded before the next.

    open -> closing (submissions refused) -> result stored -> key and ballots destroyed -> posted. Raises
    ``SlackError`` when the result could not be posted; the next call posts it.
    """
    if round_.state is RoundState.OPEN:
        round_ = _record(desk, advance(round_, RoundState.CLOSING))
    if round_.state is RoundState.CLOSING:
        round_ = _count(desk, round_)
    if round_.state is RoundState.RELEASED:
        destroy_secrets(desk, round_)
        round_ = _record(desk, advance(round_, RoundState.CLOSED))
        log.info("round closed", extra={"round_id": round_.id, "channel_id": round_.channel})
    if round_.state is RoundState.CLOSED and round_.summary is None:
        round_ = _publish(desk, round_)
    return round_


def cancel_round(desk: Desk, round_: Round) -> Round:
    """The round, ended early: everything is destroyed and nothing is ever published."""
    round_ = _record(desk, advance(round_, RoundState.CANCELLED))
    _scrub_and_tell(desk, round_, ChannelNote.CANCELLED)
    return round_


def lose_key(desk: Desk, round_: Round) -> Round:
    """The round, ended because a key is missing: it takes and publishes nothing, and is never re-keyed.

    A round that has ended meanwhile stays as it is: its key is gone because it was destroyed.
    """
    with desk.store.transaction("lose_key") as tx:
        current = tx.fetch_round(round_.id) or round_
        if current.state not in {RoundState.OPEN, RoundState.CLOSING}:
            return current
        lost = advance(current, RoundState.KEY_LOST)
        tx.update_round(lost)
    log.error("round key lost", extra={"round_id": lost.id, "channel_id": lost.channel})
    _scrub_and_tell(desk, lost, ChannelNote.KEY_LOST)
    return lost


def destroy_secrets(desk: Desk, round_: Round) -> None:
    """Destroy the key first, so that what is left of the ballots can never be opened; then the ballots."""
    desk.boxes.shut(round_.id)
    desk.vault.destroy(round_.id)
    desk.boxes.destroy(round_.id)


def _count(desk: Desk, round_: Round) -> Round:
    desk.boxes.shut(round_.id)
    try:
        plaintexts = desk.vault.unseal(round_.id, desk.boxes.list_replies(round_.id))
    except KeyLostError:
        return lose_key(desk, round_)
    result = release(
        round_, _replies(plaintexts), seed=desk.vault.new_seed(), names=desk.directory.names(round_.channel)
    )
    released = advance(round_, RoundState.RELEASED)
    with desk.store.transaction("release") as tx:
        tx.insert_release(result, desk.clock())
        tx.update_round(released)
    return released


def _replies(plaintexts: tuple[bytes, ...]) -> tuple[Reply, ...]:
    """The replies in these plaintexts. Whatever is none was put there by someone with access to the file."""
    replies = []
    for plaintext in plaintexts:
        try:
            replies.append(decode_reply(plaintext))
        except ValueError:
            log.warning("ballot left out", extra={"code": "not_a_reply"})
    return tuple(replies)


def _publish(desk: Desk, round_: Round) -> Round:
    with desk.store.transaction("fetch_release") as tx:
        result = tx.fetch_release(round_.id)
    if result is None:
        raise BotError(f"Round {round_.id} is closed but has no result.", remedy="Run 'belonging proof'.")
    message = desk.messenger.post_summary(round_, result)
    round_ = _record(desk, replace(round_, summary=message))
    desk.messenger.retire(round_)
    return round_


def _scrub_and_tell(desk: Desk, round_: Round, note: ChannelNote) -> None:
    destroy_secrets(desk, round_)
    try:
        desk.messenger.retire(round_)
        desk.messenger.tell(round_, note)
    except BotError as error:
        log.warning("channel not told", extra={"round_id": round_.id, "code": error.code})


def _record(desk: Desk, round_: Round) -> Round:
    with desk.store.transaction("round_state") as tx:
        tx.update_round(round_)
    return round_
