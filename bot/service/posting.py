"""Post messages in Slack: none is lost through a passing failure, and none is posted more than twice.

Each try is counted before it is sent. What Slack refuses is tried again. What may or may not have arrived is
sent once more at most. Where that does not help, an admin is told.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from typing import TypeVar

from bot.core.posts import Post, PostKind, PostOutcome, refused, sent, trouble_post, waits
from bot.errors import LockedOutError, SlackError, SlackUnavailableError, StoppingError, UncertainError
from bot.ports import Services, Tx

log = logging.getLogger(__name__)

T = TypeVar("T")

OUT_OF_REACH = frozenset({"channel_not_found", "not_in_channel", "is_archived"})
"""Slack's reasons for a channel that is archived or deleted, or that the bot was removed from."""

FOR_ADMINS = frozenset({PostKind.NEWS, PostKind.TROUBLE})


class Until(StrEnum):
    """How long to try a message that Slack refuses.

    Until it is ``SAID``; until Slack has ``REFUSED`` it for good; or until the time to ``CATCH_UP`` is over.
    """

    SAID = "said"
    REFUSED = "refused"
    CATCH_UP = "catch_up"


class TooEarlyError(SlackUnavailableError):
    """It is too early to send this message again."""

    code = "too_early"

    def __init__(self) -> None:
        """Say that a later ``run_due`` sends it."""
        super().__init__("too_early", "It is too early to send this message again.")


def post_once(
    services: Services,
    what: Post,
    send: Callable[[], T],
    record: Callable[[Tx, T | None], None],
    *,
    until: Until = Until.SAID,
    needed: Callable[[Tx], bool] = lambda _: True,
) -> T | None:
    """Send a message, record that it was sent, and return what ``send`` returns; None if that is in doubt.

    ``what``: the message to use where none is stored. ``needed``: asked just before it is sent, since another
    thread may have sent it. ``record`` is called in a transaction, with None in case of doubt: then the
    message may have arrived, is not sent again, and an admin is told.

    Raises ``SlackUnavailableError`` where a later ``run_due`` sends it, and ``SlackError`` where Slack
    refuses it for good: then it is deleted, unless ``until`` is ``SAID``.
    """
    post = _begin(services, what, needed)
    if post is None:
        return None
    if post.in_doubt:
        _record_doubt(services, post, record)
        return None
    with services.message():
        return _send(services, post, send, record, until)


def _send(
    services: Services,
    post: Post,
    send: Callable[[], T],
    record: Callable[[Tx, T | None], None],
    until: Until,
) -> T | None:
    """Send a message whose try is counted, and record what came of it."""
    try:
        said = send()
    except UncertainError as error:
        _handle_no_answer(services, post, record, error)
        return None
    except StoppingError as error:
        if error.sent:
            _put(services, replace(post, sends=post.sends + 1, not_before=None))
        else:
            _put(services, post)
        raise
    except SlackError as error:
        _handle_refusal(services, post, record, error, until)
        return None
    except Exception:
        _put(services, post)  # it was not sent
        raise
    with services.store.transaction("post_said") as tx:
        record(tx, said)
        tx.delete_post(post.kind, post.of)
    return said


def retry_until_done(services: Services, what: Post, step: Callable[[], None]) -> None:
    """Run a step that is harmless to repeat, and record it until Slack has done it.

    Raises ``SlackError`` where it is tried again later; an admin is told as in ``post_once``.
    """
    post = fetch_post(services, what)
    if waits(post, services.clock()):
        raise TooEarlyError
    try:
        step()
    except StoppingError:
        raise
    except SlackError as error:
        _try_later(services, post, error)
        raise
    with services.store.transaction("step_done") as tx:
        tx.delete_post(post.kind, post.of)


def give_up(services: Services, post: Post, record: Callable[[Tx, None], None], reason: str = "") -> bool:
    """Stop sending a message, and tell an admin; return whether it may have arrived.

    If it may have, ``record`` is called with None.
    """
    post = replace(post, reason=reason or post.reason)
    if post.sends:
        _record_doubt(services, post, record)
        return True
    log.warning("message given up", extra={"channel_id": post.channel, "code": post.reason})
    with services.store.transaction("post_given_up") as tx:
        tx.delete_post(post.kind, post.of)
        report(services, tx, post, PostOutcome.GIVEN_UP)
    return False


def fetch_post(services: Services, what: Post) -> Post:
    """Return what is stored of this message, or the message itself."""
    with services.store.read("post") as tx:
        return tx.fetch_post(what.kind, what.of) or what


def is_late(services: Services, post: Post) -> bool:
    """Return whether the time to catch up is over for a message."""
    return services.clock() - post.since > services.settings.catch_up


def retry_after(error: SlackError) -> timedelta:
    """Return how long Slack asks to wait with this refusal; zero where it does not ask."""
    asked = error.retry_after_s if isinstance(error, SlackUnavailableError) else 0
    return timedelta(seconds=max(0, asked))


def still_pending(what: Post) -> Callable[[Tx], bool]:
    """Return a check that tells whether this message is still stored, and so not sent yet."""
    return lambda tx: tx.fetch_post(what.kind, what.of) is not None


def _begin(services: Services, what: Post, needed: Callable[[Tx], bool]) -> Post | None:
    """Count a try to send a message; return it as it was before, or None where it is not needed.

    Raises ``TooEarlyError``.
    """
    now = services.clock()
    with services.store.transaction("post_begun") as tx:
        if not needed(tx):
            return None
        post = tx.fetch_post(what.kind, what.of) or what
        if not post.in_doubt:
            if waits(post, now):
                raise TooEarlyError
            tx.put_post(sent(post, now))
    return post


def _handle_no_answer(
    services: Services, post: Post, record: Callable[[Tx, T | None], None], error: UncertainError
) -> None:
    post = replace(post, sends=post.sends + 1, not_before=None, reason=error.reason)
    if not post.in_doubt:
        _put(services, post)
        raise error
    _record_doubt(services, post, record)


def _handle_refusal(
    services: Services, post: Post, record: Callable[[Tx, T | None], None], error: SlackError, until: Until
) -> None:
    final, late = not isinstance(error, SlackUnavailableError), is_late(services, post)
    over = (final and until is not Until.SAID) or (late and until is Until.CATCH_UP)
    if over:
        if give_up(services, post, record, error.reason):
            return
        raise SlackError(error.reason) from error
    _try_later(services, post, error)
    raise error


def _try_later(services: Services, post: Post, error: SlackError) -> None:
    """Keep a message that Slack refused; tell an admin once where that is for good, or lasts long."""
    final, late = not isinstance(error, SlackUnavailableError), is_late(services, post)
    post = refused(post, services.clock(), error.reason, retry_after(error))
    tells = (final or late) and not post.reported and not isinstance(error, LockedOutError)
    with services.store.transaction("post_refused") as tx:
        tx.put_post(replace(post, reported=post.reported or tells))
        if tells:
            report(services, tx, post, PostOutcome.WAITS)


def _record_doubt(services: Services, post: Post, record: Callable[[Tx, T | None], None]) -> None:
    log.warning("message in doubt", extra={"channel_id": post.channel, "code": post.reason or "no_record"})
    with services.store.transaction("post_in_doubt") as tx:
        record(tx, None)
        tx.delete_post(post.kind, post.of)
        report(services, tx, post, PostOutcome.UNKNOWN)


def report(services: Services, tx: Tx, post: Post, fate: PostOutcome) -> None:
    """Store a report to an admin, unless the message was for admins or its channel is out of reach."""
    known = tx.fetch_channel(post.channel)
    gone = post.reason in OUT_OF_REACH or (known is not None and not known.info.can_post)
    if post.kind in FOR_ADMINS or (gone and fate is not PostOutcome.UNKNOWN):
        return
    tx.put_post(trouble_post(post, fate, services.clock()))


def _put(services: Services, post: Post) -> None:
    with services.store.transaction("post") as tx:
        tx.put_post(post)
