"""Flow (e): how a round ends. Scrub, then speak; after a crash, go on from the recorded state."""

import logging
from contextlib import suppress
from dataclasses import replace
from functools import partial

from bot.core.model import MessageTs, Round, RoundId, RoundState
from bot.core.posts import UNKNOWN_MESSAGE, PostKind, of_round
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
from bot.service.posting import PutOffError, Until, owes, say
from bot.service.summaries import earlier_results

log = logging.getLogger(__name__)

OUT_OF_SIGHT = frozenset({"channel_not_found", "not_in_channel"})
"""Slack's reasons for a channel that the bot was taken out of, or that is no more."""

TOO_SLOW = "too_slow"
"""The reason where Slack did not say in time who is in a channel."""


def close_round(services: Services, round_: Round) -> Round:
    """The round after every step of its close that is still open; each step is recorded before the next.

    open -> closing (submissions refused) -> result stored -> key and ballots destroyed -> posted. Raises
    ``SlackError`` when the result could not be posted; the next call posts it. A round that has ended
    otherwise meanwhile stays as it is.
    """
    round_ = scrub_round(services, round_)
    ensure_box(services, round_)
    if round_.state is RoundState.CLOSED and round_.summary is None:
        round_ = _publish(services, round_)
    return round_


def scrub_round(services: Services, round_: Round) -> Round:
    """The round after every step of its close but the last: nothing private is left, and nothing is said.

    Raises ``SlackError`` where the names to take out of quotes are still waited for.
    """
    if round_.state is RoundState.OPEN:
        round_ = _step(services, round_, RoundState.CLOSING)
    if round_.state is RoundState.CLOSING:
        round_ = _count(services, round_)
    return destroy_what_is_counted(services, round_)


def destroy_what_is_counted(services: Services, round_: Round) -> Round:
    """The round, closed, with its key and replies destroyed, where its result is stored; else as it is.

    Done whatever the clock says: the close was begun when its time had come.
    """
    if round_.state is not RoundState.RELEASED:
        return round_
    destroy_secrets(services, round_)
    closed = _step(services, round_, RoundState.CLOSED)
    log.info("round closed", extra={"round_id": round_.id, "channel_id": round_.channel})
    return closed


def cancel_round(services: Services, round_: Round) -> Round:
    """The round, ended early, and its channel told.

    A round that has begun to close meanwhile, or has ended, stays as it is.
    """
    ended = end_early(services, round_, note=ChannelNote.CANCELLED)
    if ended:
        tell_cancelled(services, ended)
        return ended
    with services.store.read("not_cancelled") as tx:
        return tx.fetch_round(round_.id) or round_


def end_early(services: Services, round_: Round, *, note: ChannelNote | None = None) -> Round | None:
    """The round, cancelled: everything is destroyed and nothing is ever published. Says nothing in Slack.

    ``note``: what its channel is still to be told (``tell_end``). The first time it is as good as never
    asked; the second time within four weeks its statements rest.
    None: it has begun to close meanwhile, or has ended, and stays as it is.
    """
    with services.store.transaction("cancel") as tx:
        current = tx.fetch_round(round_.id) or round_
        if current.state is not round_.state:
            return None
        current = _settled(services, tx, current, note)
        cancelled = advance(_with_end(services, current), RoundState.CANCELLED)
        cancelled = replace(cancelled, void=is_asked_again(services, tx, current))
        tx.update_round(cancelled)
    log.info("round cancelled", extra={"round_id": cancelled.id, "channel_id": cancelled.channel})
    destroy_secrets(services, cancelled)
    if cancelled.void:
        with suppress(StoreError):  # the next start does it
            forget_audience(services, cancelled.id)
    return cancelled


def tell_cancelled(services: Services, round_: Round) -> None:
    """Tell a channel that its round was cancelled, and take the button off.

    What fails is logged, and said with a later wake-up.
    """
    _tell_now(services, round_, ChannelNote.CANCELLED)


def tell_purged(services: Services, round_: Round) -> None:
    """Tell a channel the same, once, when nothing is to be stored of it; what fails is not tried again."""
    for step in (
        partial(services.messenger.retire, round_),
        partial(services.messenger.tell, round_, ChannelNote.CANCELLED),
    ):
        try:
            step()
        except BotError as error:
            log.warning("channel not told", extra={"round_id": round_.id, "code": error.code})


def tell_end(services: Services, round_: Round, note: ChannelNote) -> None:
    """Tell a channel what became of its round, unless that was said; and take the button off.

    Raises ``SlackUnavailableError`` where it is said with a later wake-up, ``SlackError`` where it is never
    said.
    """
    try:
        services.messenger.retire(round_)
    except StoppingError:
        raise
    except BotError as error:
        log.warning("button not taken off", extra={"round_id": round_.id, "code": reason_of(error)})
    what = of_round(PostKind(note.value), round_.id, round_.channel, services.clock())
    send = partial(services.messenger.tell, round_, note)
    say(services, what, send, lambda _tx, _: None, until=Until.REFUSED, needed=owes(what))


def lose_key(services: Services, round_: Round) -> Round:
    """The round, ended because a key is missing: it takes and publishes nothing, and is never re-keyed.

    A round that has ended meanwhile stays as it is: its key is gone because it was destroyed.
    """
    with services.store.transaction("lose_key") as tx:
        current = tx.fetch_round(round_.id) or round_
        if current.state not in {RoundState.GATHERING, RoundState.OPEN, RoundState.CLOSING}:
            return current
        current = _settled(services, tx, current, ChannelNote.KEY_LOST)
        lost = advance(_with_end(services, current), RoundState.KEY_LOST)
        tx.update_round(lost)
    log.error("round key lost", extra={"round_id": lost.id, "channel_id": lost.channel})
    destroy_secrets(services, lost)
    _tell_now(services, lost, ChannelNote.KEY_LOST)
    return lost


def discard_secrets(services: Services, round_id: RoundId) -> None:
    """Destroy the keys, the box and the marks of a round that was never stored.

    The next start does what fails now; marks without a round count as asked of everybody until they age out.
    """
    with suppress(StoreError):
        services.vault.destroy(round_id)
        services.boxes.destroy(round_id)
        forget_audience(services, round_id)


def destroy_secrets(services: Services, round_: Round) -> None:
    """Destroy the key first, so that what is left of the ballots can never be opened; then the ballots."""
    services.boxes.shut(round_.id)
    services.vault.destroy(round_.id)
    services.boxes.destroy(round_.id)


def take_button_off(services: Services, round_: Round) -> None:
    """Change the announcement to that of a round that takes no more replies.

    Done before the summary is posted: were it last, a crash could leave the button there for ever. An
    announcement that cannot be changed, since somebody deleted it, does not hold the summary up; one that
    Slack does not change for now, no longer than the time to catch up.
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


def _with_end(services: Services, round_: Round) -> Round:
    """The round; a box that ends before it was ever announced, as closing now: it had no closing time."""
    return replace(round_, closes_at=services.clock()) if round_.state is RoundState.GATHERING else round_


def _count(services: Services, round_: Round) -> Round:
    services.boxes.shut(round_.id)
    try:
        plaintexts = services.vault.unseal(round_.id, services.boxes.list_replies(round_.id))
    except KeyLostError:
        return lose_key(services, round_)
    except DamagedError as error:
        log.error("ballots damaged", extra={"round_id": round_.id, "code": error.code})  # noqa: TRY400 - SQLite's own text stays out of the log
        if _waits(services, round_):
            raise
        return lose_key(services, round_)
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
    """Return the replies in these plaintexts.

    Whatever is none was put there by someone with access to the file.
    """
    replies = []
    for plaintext in plaintexts:
        try:
            replies.append(decode_reply(plaintext))
        except ValueError:
            log.warning("ballot left out", extra={"code": "not_a_reply"})
    return tuple(replies)


def _names_in_time(services: Services, round_: Round) -> frozenset[str] | None:
    """The names to take out of quotes; None where not all are found in time: then nothing is quoted.

    The round ends all the same: its key and its replies must not outlive it, and the numbers need no names.
    It waits for some tries, and not at all for a channel that the bot sees no more.
    """
    try:
        return find_names(services, round_)
    except StoppingError:
        raise
    except BotError as error:
        code = reason_of(error)
        if code not in OUT_OF_SIGHT and _waits(services, round_, slow=code == TOO_SLOW):
            raise
    except Exception as error:
        code = type(error).__name__
        if _waits(services, round_):
            raise
    log.warning("no names, no quotes", extra={"channel_id": round_.channel, "code": code})
    return None


def find_names(services: Services, round_: Round) -> frozenset[str] | None:
    """Return the names to take out of what a round publishes; None where somebody's is not known.

    Raises ``SlackError`` where Slack does not tell.
    """
    asked = names_of(services, round_)
    if services.directory.undescribed(round_.channel):
        log.warning("no names, no quotes", extra={"round_id": round_.id, "code": "user_not_found"})
        return None
    here = services.directory.names(round_.channel)
    return None if asked is None else asked | here


def _waits(services: Services, round_: Round, *, slow: bool = False) -> bool:
    """Count a try to close a round that lacked something; whether it is tried again."""
    with services.store.transaction("close_tried") as tx:
        counted = tried(tx.fetch_round(round_.id) or round_, services.clock(), slow=slow)
        tx.update_round(counted)
    return waits(counted)


def _publish(services: Services, round_: Round) -> Round:
    with services.store.read("fetch_release") as tx:
        result = tx.fetch_release(round_.id)
    if result is None:
        raise BotError(f"Round {round_.id} is closed but has no result.", remedy="Run 'belonging proof'.")
    take_button_off(services, round_)
    earlier, ledger = earlier_results(services, round_), ledger_up_to(services, round_)

    def record(tx: Tx, message: MessageTs | None) -> None:
        current = tx.fetch_round(round_.id) or round_
        tx.update_round(replace(current, summary=message or UNKNOWN_MESSAGE))

    def needed(tx: Tx) -> bool:
        current = tx.fetch_round(round_.id)
        return current is not None and current.summary is None

    what = of_round(PostKind.SUMMARY, round_.id, round_.channel, services.clock())
    send = partial(services.messenger.post_summary, round_, result, earlier, ledger)
    say(services, what, send, record, needed=needed)
    with services.store.read("published") as tx:
        return tx.fetch_round(round_.id) or round_


def _settled(services: Services, tx: Tx, round_: Round, note: ChannelNote | None) -> Round:
    """The round that ends now, with its note kept; a question that may be there counts as asked.

    What else was to be said of it is said no more.
    """
    question = tx.fetch_post(PostKind.QUESTION, round_.id)
    for kind in (PostKind.QUESTION, PostKind.REMINDER):
        tx.delete_post(kind, round_.id)
    if note:
        tx.put_post(of_round(PostKind(note.value), round_.id, round_.channel, services.clock()))
    if round_.announcement is None and question and question.sends:
        return replace(round_, announcement=UNKNOWN_MESSAGE)
    return round_


def _tell_now(services: Services, round_: Round, note: ChannelNote) -> None:
    try:
        tell_end(services, round_, note)
    except StoppingError:
        raise
    except PutOffError:
        return
    except BotError as error:
        log.warning("channel not told", extra={"round_id": round_.id, "code": error.code})


def _step(services: Services, round_: Round, to: RoundState) -> Round:
    """The round one step further; or as it is now, where somebody else has moved it meanwhile."""
    with services.store.transaction("round_state") as tx:
        current = tx.fetch_round(round_.id) or round_
        if current.state is not round_.state:
            return current
        moved = advance(current, to)
        tx.update_round(moved)
        tx.delete_post(PostKind.REMINDER, round_.id)
    return moved
