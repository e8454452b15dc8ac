"""The channels with schedules: how they stand, introducing the bot, and telling an admin what has changed."""

import logging
from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from bot.core.model import ChannelId, MemberId
from bot.core.posts import Post, PostKind, parse_trouble, refused, waits
from bot.errors import BotError, SlackError, SlackUnavailableError, StoppingError
from bot.ports import AdminNote, ChannelInfo, KnownChannel, Services
from bot.service.people import is_admin
from bot.service.posting import OUT_OF_REACH, PutOffError, Until, owes, pause_of, say
from bot.service.upcoming import may_schedule

log = logging.getLogger(__name__)

LOOK_EVERY = timedelta(days=1)
LOOKS_AT_ONCE = 5
"""Every channel is looked at once a day, so many with each wake-up; one comes every minute at least."""

CHANGES_READ = 20
"""So many changes of a channel are read to find an admin whom it concerns."""


def look_at_channel(services: Services, channel: ChannelId) -> ChannelInfo:
    """How a channel stands now; kept, and where it has a schedule, an admin is told what has changed.

    Each change is told once: it is stored first, and told later where that fails. What waited for the
    channel to come back is done with the next wake-up. Raises ``SlackError`` when Slack does not say.
    """
    news: list[Post] = []
    info = _ask(services, channel)
    with services.store.transaction("channel") as tx:
        before = tx.fetch_channel(channel)
        known = KnownChannel(info=info, introduced=bool(before and before.introduced))
        if known != before:
            tx.put_channel(known)
        if before and tx.list_channel_schedules(channel):
            news = [_news(services, note, before.info) for note in _changes(before.info, info)]
        for post in news:
            tx.put_post(post)
    for post in news:
        log.warning("channel has changed", extra={"channel_id": info.id, "code": _note_of(post).value})
        try:
            tell_an_admin(services, post)
        except BotError as error:
            log.warning("admin not told", extra={"channel_id": info.id, "code": reason_of(error)})
    return info


def look_at_channels(services: Services, looked: MutableMapping[ChannelId, datetime]) -> None:
    """Look at some channels with a schedule or an unfinished round, each once a day: an event may be lost.

    A few with each wake-up, those of longest ago first: Slack lets the bot ask about one channel every second
    or so, and what is due must not wait for it. ``looked`` remembers when each was looked at (UTC).
    """
    now = services.clock()
    with services.store.read("channels") as tx:
        channels = tx.list_channels()
    long_ago = now - LOOK_EVERY
    waiting = [channel for channel in channels if not long_ago < looked.get(channel, long_ago) <= now]
    for channel in sorted(waiting, key=lambda one: looked.get(one, long_ago))[:LOOKS_AT_ONCE]:
        looked[channel] = now
        services.directory.forget(channel)
        _look(services, channel)


def hear_of(services: Services, channel: ChannelId) -> bool:
    """Look at a channel that is said to have changed, if it matters here; whether it does.

    Slack tells of every public channel of a workspace; of most of them nothing is stored or asked. Raises
    ``SlackError`` when Slack does not say how it stands; the daily look asks again.
    """
    with services.store.read("hear_of") as tx:
        matters = channel in tx.list_channels() or tx.fetch_channel(channel) is not None
    if matters:
        services.directory.forget(channel)
        look_at_channel(services, channel)
    return matters


def introduce(services: Services, channel: ChannelId) -> bool:
    """Say once in a channel, when the bot has come in, what it does there; whether it was said now.

    Stored before it is said. Raises ``SlackUnavailableError`` where it is said with a later wake-up, and
    ``SlackError`` where it is never said; ``/belonging help`` says it.
    """
    services.directory.forget(channel)
    info = look_at_channel(services, channel)
    with services.store.transaction("introduce") as tx:
        known = tx.fetch_channel(channel)
        if known is None or known.introduced or not info.in_reach:
            return False
        tx.put_channel(replace(known, introduced=True))
        tx.put_post(_introduction(services, channel))
    say_introduction(services, channel)
    return True


def say_introduction(services: Services, channel: ChannelId) -> None:
    """Say the introduction of a channel, unless it was said. Raises ``SlackError``."""
    what = _introduction(services, channel)
    send = partial(services.messenger.introduce, channel)
    say(services, what, send, lambda _tx, _: None, until=Until.REFUSED, needed=owes(what))


def _introduction(services: Services, channel: ChannelId) -> Post:
    return Post(kind=PostKind.INTRODUCTION, of=channel, channel=channel, since=services.clock())


def guarded(services: Services, step: Callable[[], object], channel: ChannelId) -> None:
    """Run a step of one channel; what fails there is logged and tried again at the next wake-up.

    Where the channel proves to be out of reach, that is stored, so that nobody knocks at it every minute.
    Raises ``StoppingError``, so that what follows is not begun.
    """
    try:
        step()
    except StoppingError:
        raise
    except PutOffError:
        return  # nothing was tried
    except BotError as error:
        log.warning("step failed", extra={"channel_id": channel, "code": reason_of(error)})
        if reason_of(error) in OUT_OF_REACH:
            services.directory.forget(channel)
            _look(services, channel)
    except Exception as error:  # noqa: BLE001 - one channel's bug must not stop the others
        log.error("step failed", extra={"channel_id": channel, "code": type(error).__name__})  # noqa: TRY400


def _look(services: Services, channel: ChannelId) -> None:
    try:
        look_at_channel(services, channel)
    except StoppingError:
        raise
    except BotError as error:
        log.warning("channel not seen", extra={"channel_id": channel, "code": reason_of(error)})
    except Exception as error:  # noqa: BLE001 - what Slack says of one channel must not hide the others
        log.error("channel not seen", extra={"channel_id": channel, "code": type(error).__name__})  # noqa: TRY400


def reason_of(error: BotError) -> str:
    """A code for the log: Slack's own reason where Slack refused."""
    return error.reason if isinstance(error, SlackError) else error.code


def admin_of(services: Services, channel: ChannelId) -> MemberId | None:
    """The admin whom a channel's schedule concerns: who changed it last, else the first configured one.

    Only somebody who may set it now: nobody else learns what has become of the channel.
    """
    concerned = [*_authors(services, channel), *sorted(services.settings.admins)]
    return next((one for one in concerned if may_schedule(services, one, channel)), None)


def _authors(services: Services, channel: ChannelId) -> list[MemberId]:
    """Who changed the schedules of a channel, the last one first."""
    with services.store.read("authors") as tx:
        return [change.by for change in tx.list_changes(channel, CHANGES_READ) if change.by]


def _ask(services: Services, channel: ChannelId) -> ChannelInfo:
    try:
        return services.directory.channel(channel)
    except SlackUnavailableError:
        raise
    except SlackError as error:
        if error.reason not in OUT_OF_REACH:
            raise  # a token that was revoked, say: that tells nothing of the channel
        with services.store.read("known_channel") as tx:
            known = tx.fetch_channel(channel)
        if known:
            return replace(known.info, joined=False)
        return ChannelInfo(id=channel, name="", private=True, archived=False, joined=False)


def _changes(before: ChannelInfo, now: ChannelInfo) -> Iterator[AdminNote]:
    if before.in_reach != now.in_reach:
        if now.in_reach:
            yield AdminNote.BACK
        else:
            yield AdminNote.ARCHIVED if now.archived else AdminNote.LEFT
    if not before.name:
        return  # it was never seen: what it was is not known
    if before.name != now.name:
        yield AdminNote.RENAMED
    if before.private != now.private:
        yield AdminNote.NOW_PRIVATE if now.private else AdminNote.NOW_PUBLIC


def tell_an_admin(services: Services, post: Post) -> None:
    """Tell an admin of a channel, or of trouble with a message to it, unless that was told.

    Where there is nobody to tell, nothing is said. Raises ``SlackUnavailableError`` where it is told with a
    later wake-up, and ``SlackError`` where Slack refuses it for good.
    """
    if waits(post, services.clock()):
        raise PutOffError
    try:
        send = _to_an_admin(services, post)
    except StoppingError:
        raise
    except SlackUnavailableError as error:
        with services.store.transaction("admin_unknown") as tx:
            if tx.fetch_post(post.kind, post.of):
                tx.put_post(refused(post, services.clock(), error.reason, pause_of(error)))
        raise
    if send:
        say(services, post, send, lambda _tx, _: None, until=Until.REFUSED, needed=owes(post))
        return
    with services.store.transaction("no_admin_to_tell") as tx:
        tx.delete_post(post.kind, post.of)


def _to_an_admin(services: Services, post: Post) -> Callable[[], None] | None:
    """What tells the admin whom it concerns; None where there is nobody. Raises ``SlackUnavailableError``."""
    admin = admin_of(services, post.channel)
    note = _note_of(post) if post.kind is PostKind.NEWS else None
    with services.store.read("channel_to_tell_of") as tx:
        known = tx.fetch_channel(post.channel)
    if admin is None and note is AdminNote.LEFT and known:
        # A private channel, of which nobody can tell any more who is in it: no word about which one it is.
        author = next((one for one in _authors(services, post.channel) if is_admin(services, one)), None)
        if author:
            unseen = replace(known.info, id=ChannelId(""), name="")
            return partial(services.messenger.tell_admin, author, AdminNote.LEFT_UNSEEN, unseen, "")
    if admin is None:
        _ensure_slack_says(services, post.channel)
        return None
    if note is None:
        return partial(services.messenger.tell_trouble, admin, parse_trouble(post), post.channel)
    return partial(services.messenger.tell_admin, admin, note, known.info, post.body) if known else None


def _ensure_slack_says(services: Services, channel: ChannelId) -> None:
    """Raise ``SlackUnavailableError`` where nobody was found because Slack could not be asked."""
    concerned = {*_authors(services, channel), *services.settings.admins}
    questions = [partial(services.directory.counts, one) for one in concerned]
    for ask in (*questions, partial(services.directory.is_private, channel)):
        try:
            ask()
        except SlackUnavailableError:
            raise
        except SlackError:
            continue


def _news(services: Services, note: AdminNote, before: ChannelInfo) -> Post:
    of = f"{before.id}:{note.value}"
    return Post(kind=PostKind.NEWS, of=of, channel=before.id, since=services.clock(), body=before.name)


def _note_of(post: Post) -> AdminNote:
    return AdminNote(post.of.rpartition(":")[2])
