"""List the schedules of config.yaml and of the data, their next times, and what is wrong with them."""

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from operator import itemgetter
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from rich.table import Table
from rich.text import Text

from bot.cli.console import out
from bot.config import Config, holiday_calendar
from bot.core.advice import overuse
from bot.core.check_rules import uncompared_clock
from bot.core.clock import IN_THE_FUTURE, doubt_of_clock
from bot.core.model import ChannelId, PackId, PromptPack, ReleasePolicy, ScheduleId
from bot.core.schedule import Schedule, Source, describe, is_paused, jitter_of, opening_times, upcoming_times
from bot.errors import BotError
from bot.store.read_only import read_last_firings, read_newest_time, read_schedules

LOOKED_AHEAD = 60
MOST_CHECKED = 400
"""The number of fire times of a channel that are checked for rounds that would overlap."""

NO_PACKS: Mapping[PackId, PromptPack] = MappingProxyType({})
SOURCES = {Source.CONFIG: "config.yaml", Source.SLACK: "Slack"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A schedule, its state and its next time.

    ``last``: its latest fire time (UTC). ``catch_up``: how late a missed prompt may still come.
    """

    schedule: Schedule
    known_pack: bool
    paused: bool
    next_at: datetime | None
    jitter: timedelta
    catch_up: timedelta
    last: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Something about a schedule to act on; ``error``: it never asks anything."""

    schedule: Schedule
    what: str
    remedy: str
    error: bool


Upcoming = tuple[datetime, Schedule]
"""A fire time (UTC) and its schedule."""


def schedule_entries(config: Config, now: datetime, channel: str | None = None) -> tuple[Entry, ...]:
    """Return the schedules of config.yaml and those set in Slack, of every channel or of one.

    They are sorted by channel, then by next fire time. Raises ``BotError`` for a channel without a schedule.
    """
    found = [*_declared(config, now), *_stored(config, Source.SLACK)]
    last = _last_firings(config, now)
    here = [schedule for schedule in found if channel in {None, schedule.channel}]
    entries = [_entry(config, schedule, last.get(schedule.id), now) for schedule in here]
    if channel and not entries:
        raise BotError(
            f"There is no schedule for {channel}.",
            remedy="Set one with /belonging schedule in that channel, or under schedules in config.yaml.",
        )
    return tuple(
        sorted(entries, key=lambda one: (one.schedule.channel, one.next_at is None, one.next_at or now))
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Time:
    """The time (UTC) from which next times are counted, and a sentence about the clock.

    ``doubtful``: the clock contradicts the stored times.
    """

    now: datetime
    said: str
    doubtful: bool


def time_of(config: Config, machine: datetime) -> Time:
    """Return the time to count from without asking Slack: the clock's, or the newest stored time if later.

    The running bot uses Slack's time if the clock is off, so it would not ask sooner.
    """
    path = config.data_dir / "belonging.db"
    newest = read_newest_time(path) if path.exists() else None
    doubtful = bool(doubt_of_clock(machine, newest))
    is_behind = doubtful and newest is not None and machine < newest
    return Time(
        now=newest if newest and is_behind else machine,
        said=uncompared_clock(machine, newest),
        doubtful=doubtful,
    )


def upcoming(entries: Sequence[Entry], now: datetime, count: int) -> tuple[Upcoming, ...]:
    """Return the next ``count`` questions of these schedules, in order of time (UTC), as they are planned.

    A time that falls while a question of its channel is open asks nothing and is left out. What depends on
    replies is not foreseen: the rest after a cycle, or a channel that has gone quiet.
    """
    streams = (_asking(together, now) for together in _by_channel(entries))
    return tuple(islice(heapq.merge(*streams, key=itemgetter(0)), count))


def remarks_of(
    entries: Sequence[Entry], now: datetime, packs: Mapping[PackId, PromptPack] = NO_PACKS
) -> tuple[Remark, ...]:
    """List what is wrong with these schedules, errors first; ``packs``: also check if they ask too often."""
    found = [remark for entry in entries for remark in _remarks(entry, now)]
    for together in _by_channel(entries):
        found += _overlaps(together, now)
        found += _dry(together, packs)
    return tuple(sorted(found, key=lambda remark: not remark.error))


def _by_channel(entries: Sequence[Entry]) -> Iterable[list[Entry]]:
    by_channel: dict[ChannelId, list[Entry]] = {}
    for entry in entries:
        by_channel.setdefault(entry.schedule.channel, []).append(entry)
    return by_channel.values()


def _opening(together: Sequence[Entry], now: datetime) -> Iterator[tuple[datetime, Schedule, bool]]:
    """Yield the times of one channel, each with whether it opens a round; a bounded number of them."""
    coming = [(one.schedule, _times(one, now)) for one in together]
    return islice(opening_times(coming, None), MOST_CHECKED)


def _asking(together: Sequence[Entry], now: datetime) -> Iterator[Upcoming]:
    return ((at, schedule) for at, schedule, opens in _opening(together, now) if opens)


def schedule_data(entry: Entry) -> dict[str, Any]:
    """Return a schedule as data; times are ISO 8601 with the offset of its zone."""
    schedule = entry.schedule
    return {
        "id": schedule.id,
        "channel": schedule.channel,
        "when": describe(schedule),
        "zone": schedule.zone,
        "pack": schedule.pack,
        "open_for_s": int(schedule.open_for.total_seconds()),
        "threshold": schedule.policy.threshold,
        "reminder": schedule.reminder,
        "tenure": schedule.tenure,
        "language": schedule.language or None,
        "holidays": schedule.quiet.holidays,
        "quiet": [[day.isoformat() for day in days] for days in schedule.quiet.ranges],
        "source": schedule.source.value,
        "paused": entry.paused,
        "paused_until": schedule.paused_until.isoformat() if schedule.paused_until else None,
        "jitter_s": int(entry.jitter.total_seconds()),
        "next": _local(entry.next_at, schedule).isoformat() if entry.next_at else None,
    }


def upcoming_data(prompt: Upcoming) -> dict[str, Any]:
    """Return a planned prompt as data; its local time has an offset."""
    at, schedule = prompt
    return {"at": _local(at, schedule).isoformat(), "channel": schedule.channel, "schedule": schedule.id}


def remark_data(remark: Remark) -> dict[str, Any]:
    """Return a remark as data."""
    return {
        "schedule": remark.schedule.id,
        "channel": remark.schedule.channel,
        "level": "error" if remark.error else "remark",
        "what": remark.what,
        "remedy": remark.remedy,
    }


def schedule_table(entries: Sequence[Entry]) -> Table | str:
    """Return a table of the schedules."""
    if not entries:
        return "There is no schedule. Set one with /belonging schedule in a channel, or in config.yaml."
    table = Table(title=f"{len(entries)} schedules" if len(entries) > 1 else "1 schedule")
    for heading in ("Channel", "When", "Next", "Kept in", "Id"):
        table.add_column(heading, overflow="fold")
    for entry in entries:
        schedule = entry.schedule
        table.add_row(
            schedule.channel,
            Text(f"{describe(schedule)}\nLanguage: {schedule.language or 'not set'}"),
            next_words(entry),
            SOURCES[schedule.source],
            schedule.id,
        )
    return table


def upcoming_table(prompts: Sequence[Upcoming], now: datetime) -> Table | str:
    """Return a table of the next prompts."""
    if not prompts:
        return "No prompt is coming."
    table = Table(title="The next prompts")
    for heading in ("Local time", "In", "Channel", "Zone"):
        table.add_column(heading)
    for at, schedule in prompts:
        table.add_row(_said(_local(at, schedule)), _distance(at - now), schedule.channel, schedule.zone)
    return table


def next_words(entry: Entry) -> str:
    """Say when a schedule asks next, in its own time zone, or that it never asks or is paused."""
    if entry.paused and not entry.schedule.paused_until:
        return "paused"
    if entry.next_at is None:
        return "never"
    said = _said(_local(entry.next_at, entry.schedule))
    return f"{said}\n(paused until {entry.schedule.paused_until:%d.%m.%Y})" if entry.paused else said


def print_remarks(remarks: Sequence[Remark], count: int) -> None:
    """Print each remark, and how many schedules were checked."""
    for remark in remarks:
        mark = ("Error", "bold red") if remark.error else ("Remark", "yellow")
        where = f"{remark.schedule.channel}, {describe(remark.schedule)}"
        said = f"  {where}: {remark.what}\n        {remark.remedy}"
        out.print(Text.assemble(mark, said), soft_wrap=True)
    schedules = "1 schedule" if count == 1 else f"{count} schedules"
    out.print(f"{schedules} looked at. {'Nothing is wrong.' if not remarks else ''}".strip(), soft_wrap=True)


def _declared(config: Config, now: datetime) -> Iterator[Schedule]:
    """Yield the schedules of config.yaml, with what only the store knows: pause, creation time, language."""
    known = {schedule.id: schedule for schedule in _stored(config, Source.CONFIG)}
    for schedule in config.schedules:
        before = known.get(schedule.id)
        yield replace(
            schedule,
            created_at=before.created_at if before else now,
            paused=bool(before and before.paused),
            paused_until=before.paused_until if before else None,
            language=schedule.language or (before.language if before else ""),
        )


def _stored(config: Config, source: Source) -> tuple[Schedule, ...]:
    path = config.data_dir / "belonging.db"
    if not path.exists():
        return ()
    return tuple(schedule for schedule in read_schedules(path) if schedule.source is source)


def _last_firings(config: Config, now: datetime) -> dict[ScheduleId, datetime]:
    path = config.data_dir / "belonging.db"
    return read_last_firings(path, now + IN_THE_FUTURE) if path.exists() else {}


def _entry(config: Config, schedule: Schedule, last: datetime | None, now: datetime) -> Entry:
    jitter = jitter_of(schedule.id, config.settings.jitter)
    entry = Entry(
        schedule=schedule,
        known_pack=schedule.pack in config.settings.packs,
        paused=is_paused(schedule, now),
        next_at=None,
        jitter=jitter,
        catch_up=config.settings.catch_up,
        last=last,
    )
    return replace(entry, next_at=next(_times(entry, now), None))


def _times(entry: Entry, now: datetime) -> Iterator[datetime]:
    """Yield the same fire times as the running bot has: one that was missed, and those that come."""
    late, catch_up = entry.jitter, entry.catch_up
    return upcoming_times(entry.schedule, entry.last, now, holiday_calendar, late=late, catch_up=catch_up)


def _remarks(entry: Entry, now: datetime) -> Iterator[Remark]:
    schedule = entry.schedule
    if not entry.known_pack:
        yield Remark(
            schedule=schedule,
            what=f"there is no prompt pack '{schedule.pack}'.",
            remedy="Name its file or folder under prompts in config.yaml, or give the schedule another pack.",
            error=True,
        )
    if entry.next_at is None and not entry.paused:
        yield Remark(
            schedule=schedule,
            what="every date falls on a quiet day, so nothing is ever asked.",
            remedy="Choose another day, or shorten the quiet days.",
            error=True,
        )
    if schedule.paused and schedule.paused_until is None:
        yield Remark(
            schedule=schedule,
            what="it is paused, with no day on which it goes on.",
            remedy="/belonging resume in the channel lets it go on.",
            error=False,
        )
    elif entry.next_at and entry.next_at - now > timedelta(days=90):
        yield Remark(
            schedule=schedule,
            what=f"the next prompt is far away, on {_said(_local(entry.next_at, schedule))}.",
            remedy="Look at its quiet days and its pause, should that not be meant.",
            error=False,
        )


def _overlaps(entries: Sequence[Entry], now: datetime) -> Iterator[Remark]:
    """Yield a remark for each schedule of a channel with a time at which a round is still open."""
    times = tuple(_opening(entries, now))
    ever = {schedule.id for _, schedule, opens in times if opens}
    told = set()
    for at, schedule, opens in times[:LOOKED_AHEAD]:
        if opens or schedule.id in told:
            continue
        told.add(schedule.id)
        never = schedule.id not in ever
        yield Remark(
            schedule=schedule,
            what="a question of its channel is still open at each of its times, so nothing is ever asked."
            if never
            else f"on {_said(_local(at, schedule))} the round before is still open, so nothing is asked.",
            remedy="Let rounds stay open for a shorter time, or ask less often.",
            error=never,
        )


def _dry(entries: Sequence[Entry], packs: Mapping[PackId, PromptPack]) -> Iterator[Remark]:
    """Yield a remark for each pack that a channel asks more often than it has statements for."""
    schedules = [entry.schedule for entry in entries]
    for name in dict.fromkeys(schedule.pack for schedule in schedules):
        asking = [schedule for schedule in schedules if schedule.pack == name]
        dry = overuse(packs[name], [one.recurrence for one in asking]) if name in packs else None
        if dry:
            rounds = "one round" if dry.full == 1 else f"{dry.full} rounds"
            yield Remark(
                schedule=asking[0],
                what=f"it asks up to {dry.asked} times in four weeks, and '{name}' has statements for "
                f"{rounds}: in between "
                + (_meanwhile(asking[0].policy) if dry.alone else "some of them are left out."),
                remedy="Ask less often, or give the pack more topics.",
                error=False,
            )


def _meanwhile(policy: ReleasePolicy) -> str:
    if not policy.quotes:
        return "nothing is asked."
    return f"the question comes alone, and under {policy.quote_replies} people nothing."


def _local(at: datetime, schedule: Schedule) -> datetime:
    return at.astimezone(ZoneInfo(schedule.zone))


def _said(local: datetime) -> str:
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M}"


def _distance(wait: timedelta) -> str:
    if wait >= timedelta(days=2):
        return f"{wait.days} days"
    hours, rest = divmod(max(0, int(wait.total_seconds())), 3600)
    return f"{hours} h {rest // 60} min" if hours else f"{rest // 60} min"
