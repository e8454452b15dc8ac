"""The channels with schedules: how they stand, introducing the bot, and telling an admin what has changed."""

import logging
from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.model import ChannelId, MemberId
from bot.errors import BotError, SlackError, SlackUnavailableError, StoppingError
from bot.ports import AdminNote, ChannelInfo, Desk, KnownChannel
from bot.service.people import is_admin
from bot.service.timetable import may_schedule

log = logging.getLogger(__name__)

OUT_OF_REACH = frozenset({"channel_not_found", "not_in_channel", "is_archived"})
"""Slack's reasons for a channel that is archived, that the bot was taken out of, or that is no more."""

LOOK_EVERY = timedelta(days=1)
LOOKS_AT_ONCE = 5
"""Every channel is looked at once a day, so many with each wake-up; one comes every minute at least."""

CHANGES_READ = 20
"""So many changes of a channel are read to find an admin whom it concerns."""


def look_at_channel(desk: Desk, channel: ChannelId) -> ChannelInfo:
    """How a channel stands now; kept, and where it has a schedule, an admin is told what has changed.

    Each change is told once: it is stored first, and not told again where that fails. What waited for the
    channel to come back is done with the next wake-up. Raises ``SlackError`` when Slack does not say.
    """
    info = _ask(desk, channel)
    with desk.store.transaction("channel") as tx:
        before = tx.fetch_channel(channel)
        known = KnownChannel(info=info, introduced=bool(before and before.introduced))
        if known != before:
            tx.put_channel(known)
        concerned = bool(tx.list_channel_schedules(channel))
    if before and concerned:
        for note in _changes(before.info, info):
            _tell_an_admin(desk, note, info, before.info.name)
    return info


def look_at_channels(desk: Desk, looked: MutableMapping[ChannelId, datetime]) -> None:
    """Look at some channels with a schedule or an unfinished round, each once a day: an event may be lost.

    A few with each wake-up, those of longest ago first: Slack lets the bot ask about one channel every second
    or so, and what is due must not wait for it. ``looked`` remembers when each was looked at (UTC).
    """
    now = desk.clock()
    with desk.store.read("channels") as tx:
        channels = tx.list_channels()
    long_ago = now - LOOK_EVERY
    waiting = [channel for channel in channels if not long_ago < looked.get(channel, long_ago) <= now]
    for channel in sorted(waiting, key=lambda one: looked.get(one, long_ago))[:LOOKS_AT_ONCE]:
        looked[channel] = now
        desk.directory.forget(channel)
        _look(desk, channel)


def hear_of(desk: Desk, channel: ChannelId) -> bool:
    """Look at a channel that is said to have changed, if it matters here; whether it does.

    Slack tells of every public channel of a workspace; of most of them nothing is stored or asked. Raises
    ``SlackError`` when Slack does not say how it stands; the daily look asks again.
    """
    with desk.store.read("hear_of") as tx:
        matters = channel in tx.list_channels() or tx.fetch_channel(channel) is not None
    if matters:
        desk.directory.forget(channel)
        look_at_channel(desk, channel)
    return matters


def introduce(desk: Desk, channel: ChannelId) -> bool:
    """Say once in a channel, when the bot has come in, what it does there; whether it was said now.

    Stored before it is said: where saying it fails, nobody is told twice, and ``/belonging help`` says it.
    """
    desk.directory.forget(channel)
    info = look_at_channel(desk, channel)
    with desk.store.transaction("introduce") as tx:
        known = tx.fetch_channel(channel)
        if known is None or known.introduced or not info.in_reach:
            return False
        tx.put_channel(replace(known, introduced=True))
    desk.messenger.introduce(channel)
    return True


def guarded(desk: Desk, step: Callable[[], object], channel: ChannelId) -> None:
    """Run a step of one channel; what fails there is logged and tried again at the next wake-up.

    Where the channel proves to be out of reach, that is stored, so that nobody knocks at it every minute.
    Raises ``StoppingError``, so that what follows is not begun.
    """
    try:
        step()
    except StoppingError:
        raise
    except BotError as error:
        log.warning("step failed", extra={"channel_id": channel, "code": reason_of(error)})
        if reason_of(error) in OUT_OF_REACH:
            desk.directory.forget(channel)
            _look(desk, channel)
    except Exception as error:  # noqa: BLE001 - one channel's bug must not stop the others
        log.error("step failed", extra={"channel_id": channel, "code": type(error).__name__})  # noqa: TRY400


def _look(desk: Desk, channel: ChannelId) -> None:
    try:
        look_at_channel(desk, channel)
    except StoppingError:
        raise
    except BotError as error:
        log.warning("channel not seen", extra={"channel_id": channel, "code": reason_of(error)})
    except Exception as error:  # noqa: BLE001 - what Slack says of one channel must not hide the others
        log.error("channel not seen", extra={"channel_id": channel, "code": type(error).__name__})  # noqa: TRY400


def reason_of(error: BotError) -> str:
    """A code for the log: Slack's own reason where Slack refused."""
    return error.reason if isinstance(error, SlackError) else error.code


def admin_of(desk: Desk, channel: ChannelId) -> MemberId | None:
    """The admin whom a channel's schedule concerns: who changed it last, else the first configured one.

    Only somebody who may set it now: nobody else learns what has become of the channel.
    """
    concerned = [*_authors(desk, channel), *sorted(desk.settings.admins)]
    return next((one for one in concerned if may_schedule(desk, one, channel)), None)


def _authors(desk: Desk, channel: ChannelId) -> list[MemberId]:
    """Who changed the schedules of a channel, the last one first."""
    with desk.store.read("authors") as tx:
        return [change.by for change in tx.list_changes(channel, CHANGES_READ) if change.by]


def _ask(desk: Desk, channel: ChannelId) -> ChannelInfo:
    try:
        return desk.directory.channel(channel)
    except SlackUnavailableError:
        raise
    except SlackError as error:
        if error.reason not in OUT_OF_REACH:
            raise  # a token that was revoked, say: that tells nothing of the channel
        with desk.store.read("known_channel") as tx:
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


def _tell_an_admin(desk: Desk, note: AdminNote, info: ChannelInfo, name_before: str) -> None:
    log.warning("channel has changed", extra={"channel_id": info.id, "code": note.value})
    admin = admin_of(desk, info.id)
    if admin is None and note is AdminNote.LEFT:
        # A private channel, of which nobody can tell any more who is in it: no word about which one it is.
        admin = next((one for one in _authors(desk, info.id) if is_admin(desk, one)), None)
        note, info, name_before = AdminNote.LEFT_UNSEEN, replace(info, id=ChannelId(""), name=""), ""
    if admin is None:
        return
    try:
        desk.messenger.tell_admin(admin, note, info, name_before)
    except BotError as error:
        log.warning("admin not told", extra={"channel_id": info.id, "code": reason_of(error)})
