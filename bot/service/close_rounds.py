"""Close a round: destroy its keys and replies first, then post its summary. Resumable after a crash."""

import logging
from contextlib import suppress
from dataclasses import replace
from functools import partial

from bot.core.model import MessageTs, Round, RoundId, RoundState
from bot.core.posts import UNKNOWN_MESSAGE, PostKind, post_about
from bot.core.release import release
from bot.core.replies import Reply, decode_reply
from bot.core.rounds import advance, tried, waits
from bot.errors import (
    BotError,
    DamagedError,
    KeyLostError,
    SlackError,
    SlackUnavailableError,
    StoppingError,
    StoreError,
)
from bot.ports import ChannelNote, Services, Tx
from bot.service.audiences import forget_audience, is_asked_again, names_of
from bot.service.channels import reason_of
from bot.service.norms import ensure_box, ledger_up_to, write_ledger
from bot.service.posting import TooEarlyError, Until, post_once, still_pending
from bot.service.summaries import earlier_results

log = logging.getLogger(__name__)

OUT_OF_SIGHT = frozenset({"channel_not_found", "not_in_channel"})
"""Slack's reasons for a channel that the bot was removed from, or that was deleted."""

TOO_SLOW = "too_slow"
"""The reason where Slack did not say in time who is in a channel."""


def close_round(services: Services, round_: Round) -> Round:
    """Close a round and publish its summary. Return the round as stored.

    The steps are: open -> closing (submissions are refused) -> result stored -> key and replies destroyed ->
    posted. Each is recorded before the next begins. Raises ``SlackError`` when the result could not be
    posted; the next call posts it. A round that another thread has ended stays as it is.
    """
    round_ = scrub_round(services, round_)
    ensure_box(services, round_)
    if round_.state is RoundState.CLOSED and round_.summary is None:
        round_ = _publish(services, round_)
    return round_


def scrub_round(services: Services, round_: Round) -> Round:
    """Close a round without posting anything: nothing private is left. Return the round as stored.

    Raises ``SlackError`` while the names to remove from quotes are not known yet.
    """
    if round_.state is RoundState.OPEN:
        round_ = _move_to(services, round_, RoundState.CLOSING)
    if round_.state is RoundState.CLOSING:
        round_ = _count(services, round_)
    return destroy_what_is_counted(services, round_)


def destroy_what_is_counted(services: Services, round_: Round) -> Round:
    """Destroy the key and replies of a round whose result is stored, and record it as closed.

    Return the round; one without a stored result is returned unchanged. This does not depend on the clock,
    since its close has begun.
    """
    if round_.state is not RoundState.RELEASED:
        return round_
    destroy_secrets(services, round_)
    closed = _move_to(services, round_, RoundState.CLOSED)
    log.info("round closed", extra={"round_id": round_.id, "channel_id": round_.channel})
    return closed


def cancel_round(services: Services, round_: Round) -> Round:
    """Cancel an open round, destroy its replies and keys, and tell the channel. Return the round as stored.

    A round that has begun to close, or has ended, is left alone.
    """
    ended = cancel_silently(services, round_, note=ChannelNote.CANCELLED)
    if ended:
        tell_cancelled(services, ended)
        return ended
    with services.store.read("not_cancelled") as tx:
        return tx.fetch_round(round_.id) or round_


def cancel_silently(services: Services, round_: Round, *, note: ChannelNote | None = None) -> Round | None:
    """Cancel a round: destroy its keys and replies and publish nothing. Posts nothing in Slack.

    Return the round; None where it has begun to close or has ended meanwhile, and stays as it is. ``note``:
    what the channel is still to be told (``tell_end``). The first time, its statements count as never asked;
    the second time within four weeks they rest.
    """
    with services.store.transaction("cancel") as tx:
        current = tx.fetch_round(round_.id) or round_
        if current.state is not round_.state:
            return None
        current = _prepare_end(services, tx, current, note)
        cancelled = advance(_with_closing_time(services, current), RoundState.CANCELLED)
        cancelled = replace(cancelled, void=is_asked_again(services, tx, current))
        tx.update_round(cancelled)
    log.info("round cancelled", extra={"round_id": cancelled.id, "channel_id": cancelled.channel})
    destroy_secrets(services, cancelled)
    if cancelled.void:
        with suppress(StoreError):  # the next start repeats it
            forget_audience(services, cancelled.id)
    return cancelled


def tell_cancelled(services: Services, round_: Round) -> None:
    """Tell a channel that its round was cancelled, and remove the reply button.

    A failure is logged, and a later ``run_due`` tries again.
    """
    _tell_now(services, round_, ChannelNote.CANCELLED)


def tell_purged(services: Services, round_: Round) -> None:
    """Tell a channel that its round was cancelled, once, and store nothing; a failure is not tried again."""
    for step in (
        partial(services.messenger.retire, round_),
        partial(services.messenger.tell, round_, ChannelNote.CANCELLED),
    ):
        try:
            step()
        except BotError as error:
            log.warning("channel not told", extra={"round_id": round_.id, "code": error.code})


def tell_end(services: Services, round_: Round, note: ChannelNote) -> None:
    """Tell a channel what became of its round, unless that was done, and remove the reply button.

    Raises ``SlackUnavailableError`` where a later ``run_due`` tells it, and ``SlackError`` where it is never
    told.
    """
    try:
        services.messenger.retire(round_)
    except StoppingError:
        raise
    except BotError as error:
        log.warning("button not taken off", extra={"round_id": round_.id, "code": reason_of(error)})
    what = post_about(PostKind(note.value), round_, services.clock())
    send = partial(services.messenger.tell, round_, note)
    post_once(services, what, send, lambda _tx, _: None, until=Until.REFUSED, needed=still_pending(what))


def end_as_key_lost(services: Services, round_: Round) -> Round:
    """End a round whose key is missing; it takes and publishes nothing, and gets no new key. Return it.

    A round that has ended meanwhile stays as it is: its key was destroyed on purpose.
    """
    with services.store.transaction("end_as_key_lost") as tx:
        current = tx.fetch_round(round_.id) or round_
        if current.state not in {RoundState.GATHERING, RoundState.OPEN, RoundState.CLOSING}:
            return current
        current = _prepare_end(services, tx, current, ChannelNote.KEY_LOST)
        lost = advance(_with_closing_time(services, current), RoundState.KEY_LOST)
        tx.update_round(lost)
    log.error("round key lost", extra={"round_id": lost.id, "channel_id": lost.channel})
    destroy_secrets(services, lost)
    _tell_now(services, lost, ChannelNote.KEY_LOST)
    return lost


def discard_secrets(services: Services, round_id: RoundId) -> None:
    """Destroy the keys, the replies and the marks of a round that was never stored.

    The next start repeats what fails now. Marks without a round count as asked of everybody until they
    expire.
    """
    with suppress(StoreError):
        destroy_keys_and_replies(services, round_id)
        forget_audience(services, round_id)


def destroy_keys_and_replies(services: Services, round_id: RoundId) -> None:
    """Destroy the key of a round and then its replies, so that no key can ever open what is left of them."""
    services.vault.destroy(round_id)
    services.boxes.destroy(round_id)


def destroy_secrets(services: Services, round_: Round) -> None:
    """Refuse further replies to a round, and destroy its keys and replies."""
    services.boxes.shut(round_.id)
    destroy_keys_and_replies(services, round_.id)


def remove_button(services: Services, round_: Round) -> None:
    """Update the announcement to say that the round takes no more replies.

    This is done before the summary is posted: done after it, a crash could leave the button there for ever.
    An announcement that cannot be changed, because somebody deleted it, does not delay the summary. One that
    Slack does not change for now delays it at most by the time to catch up.
    """
    try:
        services.messenger.retire(round_)
    except StoppingError:
        raise
    except SlackUnavailableError as error:
        if services.clock() - round_.closes_at <= services.settings.catch_up:
            raise
        log.warning("button not taken off", extra={"round_id": round_.id, "code": error.reason})
    except SlackError as error:
        log.warning("button not taken off", extra={"round_id": round_.id, "code": error.reason})


def _with_closing_time(services: Services, round_: Round) -> Round:
    """Return the round; a suggestion box, which has no closing time yet, gets the current time."""
    return replace(round_, closes_at=services.clock()) if round_.state is RoundState.GATHERING else round_


def _count(services: Services, round_: Round) -> Round:
    services.boxes.shut(round_.id)
    try:
        plaintexts = services.vault.unseal(round_.id, services.boxes.list_replies(round_.id))
    except KeyLostError:
        return end_as_key_lost(services, round_)
    except DamagedError as error:
        log.error("ballots damaged", extra={"round_id": round_.id, "code": error.code})  # noqa: TRY400 - SQLite's own text stays out of the log
        if _count_try(services, round_):
            raise
        return end_as_key_lost(services, round_)
    replies = replies_in(plaintexts)
    names = _names_in_time(services, round_)
    if names is None:
        replies = tuple(replace(reply, quotable=False) for reply in replies)
    result = release(round_, replies, seed=services.vault.new_seed(), names=names or frozenset())
    released = advance(round_, RoundState.RELEASED)
    with services.store.transaction("release") as tx:
        tx.insert_release(result, services.clock())
        write_ledger(services, tx, released, result)
        tx.update_round(released)
    return released


def replies_in(plaintexts: tuple[bytes, ...]) -> tuple[Reply, ...]:
    """Return the replies in these plaintexts; leave out what is no reply, which somebody has put there."""
    replies = []
    for plaintext in plaintexts:
        try:
            replies.append(decode_reply(plaintext))
        except ValueError:
            log.warning("ballot left out", extra={"code": "not_a_reply"})
    return tuple(replies)


def _names_in_time(services: Services, round_: Round) -> frozenset[str] | None:
    """Return the names to remove from quotes; None where not all are found in time: then nothing is quoted.

    The round ends all the same: its key and replies must not outlive it, and the numbers need no names. The
    close is tried several times, but not for a channel that the bot cannot see any more.
    """
    try:
        return find_names(services, round_)
    except StoppingError:
        raise
    except BotError as error:
        code = reason_of(error)
        if code not in OUT_OF_SIGHT and _count_try(services, round_, slow=code == TOO_SLOW):
            raise
    except Exception as error:
        code = type(error).__name__
        if _count_try(services, round_):
            raise
    log.warning("no names, no quotes", extra={"channel_id": round_.channel, "code": code})
    return None


def find_names(services: Services, round_: Round) -> frozenset[str] | None:
    """Return the names to take out of what a round publishes; None if somebody's name is not known.

    Raises ``SlackError`` where Slack does not tell.
    """
    asked = names_of(services, round_)
    if services.directory.undescribed(round_.channel):
        log.warning("no names, no quotes", extra={"round_id": round_.id, "code": "user_not_found"})
        return None
    here = services.directory.names(round_.channel)
    return None if asked is None else asked | here


def _count_try(services: Services, round_: Round, *, slow: bool = False) -> bool:
    """Count a try to close a round that lacked something; return whether to try again."""
    with services.store.transaction("close_tried") as tx:
        counted = tried(tx.fetch_round(round_.id) or round_, services.clock(), slow=slow)
        tx.update_round(counted)
    return waits(counted)


def _publish(services: Services, round_: Round) -> Round:
    with services.store.read("fetch_release") as tx:
        result = tx.fetch_release(round_.id)
    if result is None:
        raise BotError(f"Round {round_.id} is closed but has no result.", remedy="Run 'belonging proof'.")
    remove_button(services, round_)
    earlier, ledger = earlier_results(services, round_), ledger_up_to(services, round_)

    def record(tx: Tx, message: MessageTs | None) -> None:
        current = tx.fetch_round(round_.id) or round_
        tx.update_round(replace(current, summary=message or UNKNOWN_MESSAGE))

    def needed(tx: Tx) -> bool:
        current = tx.fetch_round(round_.id)
        return current is not None and current.summary is None

    what = post_about(PostKind.SUMMARY, round_, services.clock())
    send = partial(services.messenger.post_summary, round_, result, earlier, ledger)
    post_once(services, what, send, record, needed=needed)
    with services.store.read("published") as tx:
        return tx.fetch_round(round_.id) or round_


def _prepare_end(services: Services, tx: Tx, round_: Round, note: ChannelNote | None) -> Round:
    """Return a round that ends now, and store the note to post; delete its other messages.

    A question that may have arrived counts as asked.
    """
    question = tx.fetch_post(PostKind.QUESTION, round_.id)
    for kind in (PostKind.QUESTION, PostKind.REMINDER):
        tx.delete_post(kind, round_.id)
    if note:
        tx.put_post(post_about(PostKind(note.value), round_, services.clock()))
    if round_.announcement is None and question and question.sends:
        return replace(round_, announcement=UNKNOWN_MESSAGE)
    return round_


def _tell_now(services: Services, round_: Round, note: ChannelNote) -> None:
    try:
        tell_end(services, round_, note)
    except StoppingError:
        raise
    except TooEarlyError:
        return
    except BotError as error:
        log.warning("channel not told", extra={"round_id": round_.id, "code": error.code})


def _move_to(services: Services, round_: Round, to: RoundState) -> Round:
    """Move a round to its next state, unless another thread has moved it. Return the round as stored."""
    with services.store.transaction("round_state") as tx:
        current = tx.fetch_round(round_.id) or round_
        if current.state is not round_.state:
            return current
        moved = advance(current, to)
        tx.update_round(moved)
        tx.delete_post(PostKind.REMINDER, round_.id)
    return moved
