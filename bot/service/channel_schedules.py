"""Read the schedules of a channel: what they are now, who may set them, and which one applies.

When they ask next is computed in ``bot.service.upcoming``.
"""

from dataclasses import dataclass, field
from datetime import time

from bot.core.changes import ScheduleChange
from bot.core.language import Languages
from bot.core.model import ChannelId, MemberId, PackId, Round, RoundState, ScheduleId
from bot.core.schedule import Schedule, Source, Weekly, is_paused
from bot.errors import BotError, SlackUnavailableError
from bot.ports import ChannelInfo, Services
from bot.service.people import is_admin, may_know_of
from bot.service.upcoming import PlannedSchedule, planned_all, without_expired_pause

CHANGES_SHOWN = 5
"""How many of the latest changes are shown of a channel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSchedules:
    """The schedules of a channel, by id, so that a change does not reorder them.

    ``changes``: newest first. ``may_change``: whether the asker may set them. ``can_post``: whether the bot
    can post there, as far as Slack can be asked. ``shared``: with other companies (Slack Connect).
    ``languages``: those that the bot speaks.
    """

    channel: ChannelId
    planned: tuple[PlannedSchedule, ...]
    changes: tuple[ScheduleChange, ...]
    may_change: bool
    can_post: bool = True
    shared: bool = False
    open_round: Round | None = None
    languages: Languages = field(default_factory=Languages)


def may_schedule(services: Services, member: MemberId, channel: ChannelId) -> bool:
    """Return whether this member may set the schedules of a channel.

    Allowed are configured admins, admins and owners of the workspace and, if so configured, the creator of
    the channel; for a private channel, only those of them who are in it. Nobody, while Slack cannot be asked.
    """
    if not may_know_of(services, channel, member):
        return False
    if is_admin(services, member, channel):
        return True
    if not services.settings.creators:
        return False
    try:
        return services.directory.channel(channel).creator == member
    except BotError:
        return False


def channel_schedules(services: Services, channel: ChannelId, member: MemberId) -> ChannelSchedules | None:
    """Return the schedules of a channel with their next fire times and latest changes, for this member.

    None for somebody who may not know of the channel.
    """
    if not may_know_of(services, channel, member):
        return None
    with services.store.read("channel_schedules") as tx:
        schedules = sorted(tx.list_channel_schedules(channel), key=lambda schedule: schedule.id)
        changes = tx.list_changes(channel, CHANGES_SHOWN)
    info = _info(services, channel)
    return ChannelSchedules(
        channel=channel,
        planned=planned_all(
            services, [without_expired_pause(schedule, services.clock()) for schedule in schedules]
        ),
        changes=changes,
        may_change=may_schedule(services, member, channel),
        can_post=info is None or info.can_post,
        shared=info is not None and info.shared,
        open_round=open_round_of(services, channel),
        languages=services.languages,
    )


def schedules_of(services: Services, channel: ChannelId) -> tuple[Schedule, ...]:
    """Return the stored schedules of a channel, oldest change first."""
    with services.store.read("schedules_of") as tx:
        return tx.list_channel_schedules(channel)


def open_round_of(services: Services, channel: ChannelId) -> Round | None:
    """Return the open round of a channel, also one whose time is over and whose close has not begun."""
    with services.store.read("open_round") as tx:
        return next((one for one in tx.list_rounds([RoundState.OPEN]) if one.channel == channel), None)


def fetch_schedule(services: Services, schedule_id: ScheduleId) -> Schedule | None:
    """Return the schedule of this id, if there is one."""
    with services.store.read("fetch_schedule") as tx:
        return tx.fetch_schedule(schedule_id)


def schedule_to_ask(services: Services, channel: ChannelId) -> Schedule:
    """Return the schedule whose rules apply to a round opened now: the channel's first, else the defaults.

    The default schedule is not stored; its id is that of the channel, so that its firings count.
    """
    with services.store.read("schedule_to_ask") as tx:
        schedules = tx.list_channel_schedules(channel)
    if schedules:
        asking = (schedule for schedule in schedules if not is_paused(schedule, services.clock()))
        return next(asking, schedules[0])
    settings, now = services.settings, services.clock()
    return Schedule(
        id=ScheduleId(channel),
        channel=channel,
        recurrence=Weekly(every=1, weekdays=(0,)),
        at=time(10),
        zone=settings.defaults.zone,
        pack=next(iter(settings.packs), PackId("belonging")),
        open_for=max(settings.defaults.open_for, settings.policy.min_open),
        policy=settings.policy,
        created_at=now,
        reminder=settings.defaults.reminder,
        source=Source.SLACK,
        language="",
    )


def _info(services: Services, channel: ChannelId) -> ChannelInfo | None:
    """Return the state of a channel; unreachable if Slack does not know it; None if Slack cannot be asked."""
    try:
        return services.directory.channel(channel)
    except SlackUnavailableError:
        return None
    except BotError:
        return ChannelInfo(id=channel, name="", private=True, archived=False, joined=False)
