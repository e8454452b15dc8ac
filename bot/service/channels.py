"""Channels with schedules: their state in Slack, the bot's introduction, and notes to an admin."""

import logging
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from bot.core.model import ChannelId, MemberId
from bot.core.posts import Post, PostKind, parse_trouble, refused, waits
from bot.errors import BotError, SlackError, SlackUnavailableError, StoppingError
from bot.ports import AdminNote, ChannelInfo, KnownChannel, Services
from bot.service.channel_language import channel_language, language_of_reader, settle_language
from bot.service.channel_schedules import may_schedule, schedules_of
from bot.service.people import is_admin, language_for
from bot.service.posting import OUT_OF_REACH, TooEarlyError, Until, post_once, retry_after, still_pending

log = logging.getLogger(__name__)

REFRESH_EVERY = timedelta(days=1)
REFRESHED_AT_ONCE = 5
"""How many channels one ``run_due`` refreshes. Each channel is refreshed once a day."""

CHANGES_READ = 20
"""How many changes of a channel are read to find the admin to tell."""


def refresh_channel(services: Services, channel: ChannelId) -> ChannelInfo:
    """Ask Slack for the state of a channel, store it, and tell an admin what has changed.

    Only channels with a schedule are reported. Each change is told once: it is stored first, and told later
    where that fails. Messages that waited for the channel to come back are sent by the next ``run_due``.
    Schedules without a language get that of most people in the channel.
    Raises ``SlackError``.
    """
    news: list[Post] = []
    info = _ask(services, channel)
    with services.store.transaction("channel") as tx:
        before = tx.fetch_channel(channel)
        known = KnownChannel(info=info, introduced=bool(before and before.introduced))
        if known != before:
            tx.put_channel(known)
        if before and tx.list_channel_schedules(channel):
            changes = _changes(before.info, info)
            news = [news_of(services, note, channel, before.info.name) for note in changes]
        for post in news:
            tx.put_post(post)
    for post in news:
        log.warning("channel has changed", extra={"channel_id": info.id, "code": _note_of(post).value})
        try:
            tell_an_admin(services, post)
        except BotError as error:
            log.warning("admin not told", extra={"channel_id": info.id, "code": reason_of(error)})
    if info.can_post:
        for schedule in schedules_of(services, channel):
            settle_language(services, schedule)
    return info


def refresh_channels(services: Services, looked: MutableMapping[ChannelId, datetime]) -> None:
    """Refresh some channels that have a schedule or an unfinished round, each once a day.

    An event of Slack may be lost, so this does not rely on events. Only a few are refreshed per call, the
    longest ago first: Slack allows about one such question a second, and other work must not wait. ``looked``
    holds when each was refreshed last (UTC).
    """
    now = services.clock()
    for channel in channels_to_refresh(services, looked)[:REFRESHED_AT_ONCE]:
        looked[channel] = now
        services.directory.forget(channel)
        _try_refresh(services, channel)


def channels_to_refresh(services: Services, looked: Mapping[ChannelId, datetime]) -> list[ChannelId]:
    """Return the channels that were not refreshed for a day, the longest ago first."""
    now = services.clock()
    with services.store.read("channels") as tx:
        channels = tx.list_channels()
    long_ago = now - REFRESH_EVERY
    waiting = [channel for channel in channels if not long_ago < looked.get(channel, long_ago) <= now]
    return sorted(waiting, key=lambda one: looked.get(one, long_ago))


def refresh_if_known(services: Services, channel: ChannelId) -> bool:
    """Refresh a channel that Slack says has changed, if anything is stored about it; return whether it is.

    Slack sends events for every public channel of a workspace, and most have no data here. Raises
    ``SlackError``; the daily refresh asks again.
    """
    with services.store.read("hear_of") as tx:
        matters = channel in tx.list_channels() or tx.fetch_channel(channel) is not None
    if matters:
        services.directory.forget(channel)
        refresh_channel(services, channel)
    return matters


def introduce(services: Services, channel: ChannelId) -> bool:
    """Post once in a channel, when the bot has joined, what it does there; return whether it was posted now.

    That it was introduced is stored first. Raises ``SlackUnavailableError`` where it is posted by a later
    ``run_due``, and ``SlackError`` where it is never posted; ``/belonging help`` says the same.
    """
    services.directory.forget(channel)
    info = refresh_channel(services, channel)
    with services.store.transaction("introduce") as tx:
        known = tx.fetch_channel(channel)
        if known is None or known.introduced or not info.can_post:
            return False
        tx.put_channel(replace(known, introduced=True))
        tx.put_post(_introduction(services, channel))
    post_introduction(services, channel)
    return True


def post_introduction(services: Services, channel: ChannelId) -> None:
    """Post the introduction in a channel, unless that was done. Raises ``SlackError``."""
    what = _introduction(services, channel)
    send = partial(services.messenger.introduce, channel, channel_language(services, channel))
    post_once(services, what, send, lambda _tx, _: None, until=Until.REFUSED, needed=still_pending(what))


def _introduction(services: Services, channel: ChannelId) -> Post:
    return Post(kind=PostKind.INTRODUCTION, of=channel, channel=channel, since=services.clock())


def run_step(services: Services, step: Callable[[], object], channel: ChannelId) -> None:
    """Run a step of one channel; log a failure, and leave the step to the next ``run_due``.

    Where the channel proves to be out of reach, that is stored, so that the step is not tried every minute.
    Raises ``StoppingError``, so that nothing more is begun.
    """
    if _run_logged("step failed", step, channel) in OUT_OF_REACH:
        services.directory.forget(channel)
        _try_refresh(services, channel)


def _try_refresh(services: Services, channel: ChannelId) -> None:
    _run_logged("channel not seen", partial(refresh_channel, services, channel), channel)


def _run_logged(message: str, step: Callable[[], object], channel: ChannelId) -> str:
    """Run a step; log a failure with this message. Return the reason of the failure, or an empty text."""
    try:
        step()
    except StoppingError:
        raise
    except TooEarlyError:
        return ""  # it is too early; nothing was sent
    except BotError as error:
        log.warning(message, extra={"channel_id": channel, "code": reason_of(error)})
        return reason_of(error)
    except Exception as error:  # noqa: BLE001 - one channel's bug must not stop the others
        log.error(message, extra={"channel_id": channel, "code": type(error).__name__})  # noqa: TRY400
    return ""


def reason_of(error: BotError) -> str:
    """Return a code for the log: Slack's own reason where Slack refused, else the code of the error."""
    return error.reason if isinstance(error, SlackError) else error.code


def admin_of(services: Services, channel: ChannelId) -> MemberId | None:
    """Return the admin to tell about a channel: who changed its schedule last, else a configured one.

    Only somebody who may set the schedule now; nobody else may learn about the channel.
    """
    concerned = [*_authors(services, channel), *sorted(services.settings.admins)]
    return next((one for one in concerned if may_schedule(services, one, channel)), None)


def _authors(services: Services, channel: ChannelId) -> list[MemberId]:
    """Return who changed the schedules of a channel, the latest first."""
    with services.store.read("authors") as tx:
        return [change.by for change in tx.list_changes(channel, CHANGES_READ) if change.by]


def _ask(services: Services, channel: ChannelId) -> ChannelInfo:
    try:
        return services.directory.channel(channel)
    except SlackUnavailableError:
        raise
    except SlackError as error:
        if error.reason not in OUT_OF_REACH:
            raise  # such as a revoked token, which says nothing about the channel
        with services.store.read("known_channel") as tx:
            known = tx.fetch_channel(channel)
        if known:
            return replace(known.info, joined=False)
        return ChannelInfo(id=channel, name="", private=True, archived=False, joined=False)


def _changes(before: ChannelInfo, now: ChannelInfo) -> Iterator[AdminNote]:
    if before.can_post != now.can_post:
        if now.can_post:
            yield AdminNote.BACK
        else:
            yield AdminNote.ARCHIVED if now.archived else AdminNote.LEFT
    if not before.name:
        return  # it was never seen before, so nothing can be compared
    if before.name != now.name:
        yield AdminNote.RENAMED
    if before.private != now.private:
        yield AdminNote.NOW_PRIVATE if now.private else AdminNote.NOW_PUBLIC


def tell_an_admin(services: Services, post: Post) -> None:
    """Tell an admin about a change to a channel, or about trouble with a message, once.

    Where there is no admin, the note is deleted. Raises ``SlackUnavailableError`` where a later ``run_due``
    sends it, and ``SlackError`` where Slack refuses it for good.
    """
    if waits(post, services.clock()):
        raise TooEarlyError
    try:
        send = _to_an_admin(services, post)
    except StoppingError:
        raise
    except SlackUnavailableError as error:
        with services.store.transaction("admin_unknown") as tx:
            if tx.fetch_post(post.kind, post.of):
                tx.put_post(refused(post, services.clock(), error.reason, retry_after(error)))
        raise
    if send:
        post_once(services, post, send, lambda _tx, _: None, until=Until.REFUSED, needed=still_pending(post))
        return
    with services.store.transaction("no_admin_to_tell") as tx:
        tx.delete_post(post.kind, post.of)


def _to_an_admin(services: Services, post: Post) -> Callable[[], None] | None:
    """Return the call that tells the right admin; None if there is none. Raises ``SlackUnavailableError``."""
    admin = admin_of(services, post.channel)
    note = _note_of(post) if post.kind is PostKind.NEWS else None
    with services.store.read("channel_to_tell_of") as tx:
        known = tx.fetch_channel(post.channel)
    if admin is None and note is AdminNote.LEFT and known:
        # Nobody can tell any more who is in a private channel, so the note does not name it.
        author = next(
            (one for one in _authors(services, post.channel) if is_admin(services, one, post.channel)), None
        )
        if author:
            unseen = replace(known.info, id=ChannelId(""), name="")
            left, language = AdminNote.LEFT_UNSEEN, language_for(services, author)
            return partial(services.messenger.tell_admin, author, left, unseen, "", language)
    if admin is None:
        _ensure_slack_answers(services, post.channel)
        return None
    language = language_of_reader(services, admin, post.channel)
    if note is None:
        return partial(services.messenger.tell_trouble, admin, parse_trouble(post), post.channel, language)
    if known is None:
        return None
    return partial(services.messenger.tell_admin, admin, note, known.info, post.body, language)


def _ensure_slack_answers(services: Services, channel: ChannelId) -> None:
    """Raise ``SlackUnavailableError`` where no admin was found because Slack could not be asked."""
    concerned = {*_authors(services, channel), *services.settings.admins}
    questions = [partial(services.directory.counts, one) for one in concerned]
    for ask in (*questions, partial(services.directory.is_private, channel)):
        try:
            ask()
        except SlackUnavailableError:
            raise
        except SlackError:
            continue


def news_of(services: Services, note: AdminNote, channel: ChannelId, name_before: str = "") -> Post:
    """Return the message that tells an admin this about a channel."""
    of = f"{channel}:{note.value}"
    return Post(kind=PostKind.NEWS, of=of, channel=channel, since=services.clock(), body=name_before)


def _note_of(post: Post) -> AdminNote:
    return AdminNote(post.of.rpartition(":")[2])
