"""The schedule form taken apart: view state to entries, entries to a draft or to what is wrong. Pure."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from bot.core.changes import ScheduleDraft
from bot.core.model import ChannelId, PackId, ScheduleId
from bot.core.schedule import (
    WEEKDAYS,
    HolidayCalendar,
    MonthlyDay,
    MonthlyWeekday,
    QuietDays,
    Recurrence,
    Schedule,
    Weekly,
)
from bot.core.settings import Settings
from bot.slack.schedule import error_blocks as words
from bot.slack.schedule import form_blocks as form
from bot.slack.schedule.fields import (
    Ranges,
    WrongEntryError,
    parse_number,
    parse_quiet,
    parse_region,
    parse_time,
    parse_zone,
    quiet_lines,
    zones,
)
from bot.slack.schedule.form_blocks import Entries

Payload = Mapping[str, Any]
FieldErrors = dict[str, str]

MINUTE = timedelta(minutes=1)
DEFAULT_WEEKS = "2"
DEFAULT_WEEKDAY = "1"
DEFAULT_AT = "10:00"
"""A new schedule asks every two weeks, Tuesdays at ten: section 4 of the design document on measurement."""

_ENUM = "selected_option"
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What the form is filled in against. ``before``: the schedule to change; None for a new one."""

    settings: Settings
    holidays: HolidayCalendar
    now: datetime
    before: Schedule | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What the form carries unseen: which schedule, whether all fields are shown, the admin's own zone."""

    schedule_id: ScheduleId | None = None
    more: bool = False
    mine: str = "UTC"


def sheet_metadata(sheet: Sheet) -> str:
    """The sheet as a view's private metadata."""
    return json.dumps({"id": sheet.schedule_id, "more": sheet.more, "mine": sheet.mine})


def parse_sheet(metadata: Any) -> Sheet:
    """The sheet in a view's private metadata; an empty one where it holds none of ours."""
    try:
        found = json.loads(metadata)
    except (TypeError, ValueError, RecursionError):
        return Sheet()
    if not isinstance(found, dict):
        return Sheet()
    known, mine = found.get("id"), found.get("mine")
    return Sheet(
        schedule_id=ScheduleId(known) if isinstance(known, str) and known else None,
        more=found.get("more") is True,
        mine=mine if isinstance(mine, str) and mine in zones() else "UTC",
    )


def new_entries(settings: Settings, channel: ChannelId, zone: str) -> Entries:
    """What a new form begins with: the configuration's defaults, in the admin's own time zone."""
    defaults, policy = settings.defaults, settings.policy
    return Entries(
        channel=channel,
        rhythm=DEFAULT_WEEKS,
        weekdays=(DEFAULT_WEEKDAY,),
        weekday=DEFAULT_WEEKDAY,
        day="1",
        at=DEFAULT_AT,
        zone=zone if zone in zones() else defaults.zone,
        pack=next(iter(settings.packs), ""),
        open_for=_minutes(max(defaults.open_for, policy.min_open)),
        reminder=defaults.reminder,
        holidays=defaults.quiet.holidays or "",
        quiet=quiet_lines(defaults.quiet.ranges),
        tenure=False,
        threshold=str(policy.threshold),
    )


def entries_of(draft: ScheduleDraft) -> Entries:
    """A draft as it stands in the form."""
    rhythm, weekdays, day = _days_of(draft.recurrence)
    return Entries(
        channel=draft.channel,
        rhythm=rhythm,
        weekdays=weekdays,
        weekday=weekdays[0],
        day=day,
        at=f"{draft.at:%H:%M}",
        zone=draft.zone,
        pack=draft.pack,
        open_for=_minutes(draft.open_for),
        reminder=draft.reminder,
        holidays=draft.quiet.holidays or "",
        quiet=quiet_lines(draft.quiet.ranges),
        tenure=draft.tenure,
        threshold=str(draft.threshold),
    )


def read_entries(view: Payload, base: Entries) -> Entries:
    """What stands in the fields of a form, open or sent; ``base`` for the fields that it does not show."""
    values = _mapping(_mapping(view.get("state")).get("values"))
    shown = _Shown(values)
    weekdays = shown.many(form.WEEKDAYS_BLOCK, base.weekdays)
    return Entries(
        channel=shown.one(form.CHANNEL, "selected_conversation", base.channel),
        rhythm=shown.one(form.RHYTHM, _ENUM, base.rhythm),
        weekdays=weekdays,
        weekday=shown.one(form.WEEKDAY, _ENUM, next(iter(weekdays), base.weekday)),
        day=shown.one(form.DAY, _ENUM, base.day),
        at=shown.one(form.AT, "selected_time", base.at),
        zone=shown.one(form.ZONE, "value", base.zone),
        pack=shown.one(form.PACK, _ENUM, base.pack),
        open_for=shown.one(form.OPEN_FOR, _ENUM, base.open_for),
        reminder=shown.tick(form.REMINDER, ticked=base.reminder),
        holidays=shown.one(form.HOLIDAYS, "value", base.holidays),
        quiet=shown.one(form.QUIET, "value", base.quiet),
        tenure=shown.tick(form.TENURE, ticked=base.tenure),
        threshold=shown.one(form.THRESHOLD, _ENUM, base.threshold),
    )


def parse_schedule(entries: Entries, frame: Frame) -> ScheduleDraft | FieldErrors:
    """The draft that these entries make, or what is wrong with each, by block."""
    errors: FieldErrors = {}

    def take(block_id: str, parse: Callable[[], T], instead: T) -> T:
        try:
            return parse()
        except WrongEntryError as wrong:
            errors[block_id] = str(wrong)
            return instead

    zone = take(form.ZONE, lambda: parse_zone(entries.zone), "UTC")
    at = take(form.AT, lambda: parse_time(entries.at), time(0))
    region = take(form.HOLIDAYS, lambda: parse_region(entries.holidays, frame.holidays, frame.now.year), None)
    no_ranges: Ranges = ()
    any_days: Recurrence = MonthlyDay(day=1)
    ranges = take(form.QUIET, lambda: parse_quiet(entries.quiet), no_ranges)
    draft = ScheduleDraft(
        channel=take(
            form.CHANNEL, lambda: ChannelId(_given(entries.channel, words.NO_CHANNEL)), ChannelId("")
        ),
        recurrence=take(_day_block(entries), lambda: _parse_days(entries, frame, at, zone), any_days),
        at=at,
        zone=zone,
        pack=take(form.PACK, lambda: _parse_pack(entries.pack, frame), PackId("")),
        open_for=take(form.OPEN_FOR, lambda: _parse_length(entries.open_for, frame), timedelta(days=1)),
        threshold=take(form.THRESHOLD, lambda: _parse_threshold(entries.threshold, frame), 0),
        reminder=entries.reminder,
        quiet=QuietDays(holidays=region, ranges=ranges),
        tenure=entries.tenure,
    )
    return errors or draft


class _Shown:
    """The values of the fields that a form shows."""

    def __init__(self, values: Payload) -> None:
        self._values = values

    def one(self, block_id: str, key: str, base: str) -> str:
        """What is chosen or typed in a field; empty for nothing."""
        if block_id not in self._values:
            return base
        value = self._element(block_id).get(key)
        if key == _ENUM:
            value = _mapping(value).get("value")
        return value if isinstance(value, str) else ""

    def many(self, block_id: str, base: tuple[str, ...]) -> tuple[str, ...]:
        """The values of the boxes that are ticked."""
        if block_id not in self._values:
            return base
        chosen = self._element(block_id).get("selected_options")
        values = (_mapping(one).get("value") for one in (chosen if isinstance(chosen, list) else ()))
        return tuple(value for value in values if isinstance(value, str))

    def tick(self, block_id: str, *, ticked: bool) -> bool:
        """Whether the only box of a field is ticked."""
        return bool(self.many(block_id, ("yes",) if ticked else ()))

    def _element(self, block_id: str) -> Payload:
        return _mapping(_mapping(self._values[block_id]).get(form.PREVIEW))


def _mapping(value: Any) -> Payload:
    return value if isinstance(value, dict) else {}


def _minutes(length: timedelta) -> str:
    return str(length // MINUTE)


def _days_of(recurrence: Recurrence) -> tuple[str, tuple[str, ...], str]:
    """How often, on which weekdays, and on which day of the month: what does not matter gets a default."""
    match recurrence:
        case Weekly(every=every, weekdays=weekdays):
            return str(every), tuple(str(day) for day in weekdays), "1"
        case MonthlyDay(day=day):
            return "day", (DEFAULT_WEEKDAY,), str(day)
        case _:
            return "first" if recurrence.which == 1 else "last", (str(recurrence.weekday),), "1"


def _day_block(entries: Entries) -> str:
    """The field at which a wrong day is said."""
    if entries.rhythm not in form.RHYTHMS:
        return form.RHYTHM
    if entries.rhythm == "day":
        return form.DAY
    return form.WEEKDAY if entries.rhythm in form.BY_WEEKDAY else form.WEEKDAYS_BLOCK


def _parse_days(entries: Entries, frame: Frame, at: time, zone: str) -> Recurrence:
    if entries.rhythm not in form.RHYTHMS:
        raise WrongEntryError(words.NO_RHYTHM)
    if entries.rhythm == "day":
        return MonthlyDay(day=parse_number(entries.day, 1, form.DAYS_OF_MONTH, words.NO_DAY))
    last = len(WEEKDAYS) - 1
    if entries.rhythm in form.BY_WEEKDAY:
        weekday = parse_number(entries.weekday, 0, last, words.NO_WEEKDAY)
        return MonthlyWeekday(which=1 if entries.rhythm == "first" else -1, weekday=weekday)
    if not entries.weekdays:
        raise WrongEntryError(words.NO_WEEKDAYS)
    weekdays = sorted({parse_number(day, 0, last, words.NO_WEEKDAYS) for day in entries.weekdays})
    every = int(entries.rhythm)
    return Weekly(every=every, weekdays=tuple(weekdays), since=_since(frame, every, weekdays, at, zone))


def _since(frame: Frame, every: int, weekdays: list[int], at: time, zone: str) -> date:
    """From which week a schedule counts: as before, or from the first week in which it can still ask."""
    before = frame.before.recurrence if frame.before else None
    if isinstance(before, Weekly) and before.every == every:
        return before.since
    local = frame.now.astimezone(ZoneInfo(zone))
    today = local.date()
    begun = any(day > local.weekday() for day in weekdays)
    begun = begun or (local.weekday() in weekdays and at > local.time().replace(tzinfo=None))
    monday = today - timedelta(days=today.weekday())
    return monday if begun else monday + timedelta(weeks=1)


def _given(text: str, wrong: str) -> str:
    if not text.strip():
        raise WrongEntryError(wrong)
    return text


def _parse_pack(text: str, frame: Frame) -> PackId:
    """The chosen pack; where there is but one, that one."""
    packs = frame.settings.packs
    if len(packs) == 1:
        return next(iter(packs))
    if PackId(text) not in packs:
        raise WrongEntryError(words.NO_PACK)
    return PackId(text)


def _parse_length(text: str, frame: Frame) -> timedelta:
    if not re.fullmatch(r"[0-9]{1,6}", text):
        raise WrongEntryError(words.NO_LENGTH)
    length, least = timedelta(minutes=int(text)), frame.settings.policy.min_open
    if length < least:
        raise WrongEntryError(words.too_short(least))
    return length


def _parse_threshold(text: str, frame: Frame) -> int:
    return parse_number(text, frame.settings.policy.threshold, form.MOST_REPLIES, words.NO_THRESHOLD)
