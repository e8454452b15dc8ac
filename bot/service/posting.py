"""Says things in Slack so that none is said more than once too often, and none is lost for a passing trouble.

A message is counted before it is sent. What Slack refuses is tried again; what is in doubt is sent once more
in all. Where that does not do, an admin is told.
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
"""Slack's reasons for a channel that is archived, that the bot was taken out of, or that is no more."""

FOR_ADMINS = frozenset({PostKind.NEWS, PostKind.TROUBLE})


class Until(StrEnum):
    """How long a message is tried that Slack refuses.

    Until it is ``SAID``; until Slack has ``REFUSED`` it for good; or no later than it may ``CATCH_UP``.
    """

    SAID = "said"
    REFUSED = "refused"
    CATCH_UP = "catch_up"


class PutOffError(SlackUnavailableError):
    """It is too early to send this message again."""

    code = "put_off"

    def __init__(self) -> None:
        """It is sent with a later wake-up."""
        super().__init__("put_off", "It is too early to send this message again.")


def say(
    services: Services,
    what: Post,
    send: Callable[[], T],
    record: Callable[[Tx, T | None], None],
    *,
    until: Until = Until.SAID,
    needed: Callable[[Tx], bool] = lambda _: True,
) -> T | None:
    """Send a message, record that it was said, and return what ``send`` does; None where that is in doubt.

    ``what``: the message, where nothing is stored of it. ``needed``: asked once more before it is sent, since
    another thread may have said it. ``record`` is called in a transaction, with None in
    case of doubt: then the message may have arrived, is not sent again, and an admin is told.
    Raises ``SlackUnavailableError`` where it is sent with a later wake-up, and ``SlackError`` where Slack
    refuses it for good: then nothing is stored of it any more, unless it is tried until it is said.
    """
    post = _begun(services, what, needed)
    if post is None:
        return None
    if post.in_doubt:
        _settle_doubt(services, post, record)
        return None
    try:
        said = send()
    except UncertainError as error:
        _unanswered(services, post, record, error)
        return None
    except StoppingError as error:
        if error.sent:
            _put(services, replace(post, sends=post.sends + 1, not_before=None))
        else:
            _put(services, post)
        raise
    except SlackError as error:
        _refused(services, post, record, error, until)
        return None
    except Exception:
        _put(services, post)  # it never came to sending
        raise
    with services.store.transaction("post_said") as tx:
        record(tx, said)
        tx.delete_post(post.kind, post.of)
    return said


def insist(services: Services, what: Post, step: Callable[[], None]) -> None:
    """Do a step that is harmless to repeat, until Slack has done it.

    Raises ``SlackError`` where it is tried again later; an admin is told as by ``say``.
    """
    post = fetch_post(services, what)
    if waits(post, services.clock()):
        raise PutOffError
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
    """Send a message no more, and tell an admin; return whether it may have arrived.

    Then ``record`` is called as by ``say``.
    """
    post = replace(post, reason=reason or post.reason)
    if post.sends:
        _settle_doubt(services, post, record)
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


def pause_of(error: SlackError) -> timedelta:
    """Return the pause that Slack asks for with this refusal; zero where it asks for none."""
    asked = error.retry_after_s if isinstance(error, SlackUnavailableError) else 0
    return timedelta(seconds=max(0, asked))


def owes(what: Post) -> Callable[[Tx], bool]:
    """Return whether this message is still kept, so that nobody has said it."""
    return lambda tx: tx.fetch_post(what.kind, what.of) is not None


def _begun(services: Services, what: Post, needed: Callable[[Tx], bool]) -> Post | None:
    """The message as it was, now stored as being sent; None where it is not needed.

    Raises ``PutOffError``.
    """
    now = services.clock()
    with services.store.transaction("post_begun") as tx:
        if not needed(tx):
            return None
        post = tx.fetch_post(what.kind, what.of) or what
        if not post.in_doubt:
            if waits(post, now):
                raise PutOffError
            tx.put_post(sent(post, now))
    return post


def _unanswered(
    services: Services, post: Post, record: Callable[[Tx, T | None], None], error: UncertainError
) -> None:
    post = replace(post, sends=post.sends + 1, not_before=None, reason=error.reason)
    if not post.in_doubt:
        _put(services, post)
        raise error
    _settle_doubt(services, post, record)


def _refused(
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
    """Keep a message that Slack refused; an admin is told, once, where it is refused for good or for long."""
    final, late = not isinstance(error, SlackUnavailableError), is_late(services, post)
    post = refused(post, services.clock(), error.reason, pause_of(error))
    tells = (final or late) and not post.reported and not isinstance(error, LockedOutError)
    with services.store.transaction("post_refused") as tx:
        tx.put_post(replace(post, reported=post.reported or tells))
        if tells:
            report(services, tx, post, PostOutcome.WAITS)


def _settle_doubt(services: Services, post: Post, record: Callable[[Tx, T | None], None]) -> None:
    log.warning("message in doubt", extra={"channel_id": post.channel, "code": post.reason or "no_record"})
    with services.store.transaction("post_in_doubt") as tx:
        record(tx, None)
        tx.delete_post(post.kind, post.of)
        report(services, tx, post, PostOutcome.UNKNOWN)


def report(services: Services, tx: Tx, post: Post, fate: PostOutcome) -> None:
    """Have an admin told; not of what is for admins, and not twice of a channel that is out of reach."""
    known = tx.fetch_channel(post.channel)
    gone = post.reason in OUT_OF_REACH or (known is not None and not known.info.in_reach)
    if post.kind in FOR_ADMINS or (gone and fate is not PostOutcome.UNKNOWN):
        return
    tx.put_post(trouble_post(post, fate, services.clock()))


def _put(services: Services, post: Post) -> None:
    with services.store.transaction("post") as tx:
        tx.put_post(post)
