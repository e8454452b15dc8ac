"""Parse the schedule form: view state to entries, entries to a draft or to errors. Pure."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from bot.core.changes import ScheduleDraft, draft_of
from bot.core.language import ENGLISH, Language, Languages
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
from bot.slack.kit.view_state import Payload, mapping, state_value, state_values
from bot.slack.schedule import error_blocks
from bot.slack.schedule import field_blocks as form
from bot.slack.schedule.field_blocks import Entries
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

FieldErrors = dict[str, str]

MINUTE = timedelta(minutes=1)
DEFAULT_WEEKDAY = 1
DEFAULT_RECURRENCE = Weekly(every=2, weekdays=(DEFAULT_WEEKDAY,), since=date.min)
DEFAULT_AT = time(10)
"""By default a schedule asks every two weeks, Tuesdays at ten (design document on measurement, section 4)."""

_SELECTED = "selected_option"
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class FormContext:
    """What the entries are checked against.

    ``before``: the schedule to change; None for a new one. ``languages``: those that a channel may have.
    """

    settings: Settings
    holidays: HolidayCalendar
    now: datetime
    before: Schedule | None = None
    languages: Languages = field(default_factory=Languages)


@dataclass(frozen=True, slots=True, kw_only=True)
class FormState:
    """The form's private metadata: which schedule, and whether all fields are shown.

    ``admin_zone``: the admin's time zone. ``language``: the code of the language in which the form opened,
    and in which it stays.
    """

    schedule_id: ScheduleId | None = None
    more: bool = False
    admin_zone: str = "UTC"
    language: str = ENGLISH.code


def form_state_metadata(state: FormState) -> str:
    """Write a view's private metadata."""
    return json.dumps(
        {
            "id": state.schedule_id,
            "more": state.more,
            "mine": state.admin_zone,
            "language": state.language,
        }
    )


def parse_form_state(metadata: Any) -> FormState:
    """Read a view's private metadata; return the default for anything else."""
    try:
        found = json.loads(metadata)
    except (TypeError, ValueError, RecursionError):
        return FormState()
    if not isinstance(found, dict):
        return FormState()
    known, admin_zone, language = found.get("id"), found.get("mine"), found.get("language")
    return FormState(
        schedule_id=ScheduleId(known) if isinstance(known, str) and known else None,
        more=found.get("more") is True,
        admin_zone=admin_zone if isinstance(admin_zone, str) and admin_zone in zones() else "UTC",
        language=language if isinstance(language, str) else ENGLISH.code,
    )


def new_entries(settings: Settings, channel: ChannelId, zone: str, language: Language = ENGLISH) -> Entries:
    """Return the entries of a new form: the configured defaults, in the admin's time zone."""
    defaults, policy = settings.defaults, settings.policy
    draft = ScheduleDraft(
        channel=channel,
        recurrence=DEFAULT_RECURRENCE,
        at=DEFAULT_AT,
        zone=zone if zone in zones() else defaults.zone,
        pack=next(iter(settings.packs), PackId("")),
        open_for=max(defaults.open_for, policy.min_open),
        reminder=defaults.reminder,
        quiet=defaults.quiet,
        tenure=False,
        threshold=policy.threshold,
    )
    return entries_of(draft, language)


def entries_of(draft: ScheduleDraft, language: Language = ENGLISH) -> Entries:
    """Return the entries that show a draft; ``language``: of whoever sees them."""
    rhythm, weekdays, day = _days_of(draft.recurrence)
    return Entries(
        channel=draft.channel,
        rhythm=rhythm,
        weekdays=weekdays,
        weekday=weekdays[0],
        day=day,
        at=f"{draft.at:%H:%M}",
        zone=draft.zone,
        language=draft.language,
        pack=draft.pack,
        open_for=str(draft.open_for // MINUTE),
        reminder=draft.reminder,
        holidays=draft.quiet.holidays or "",
        quiet=quiet_lines(draft.quiet.ranges, language),
        tenure=draft.tenure,
        threshold=str(draft.threshold),
    )


def read_entries(view: Payload, base: Entries) -> Entries:
    """Return the entries of an open or sent form; ``base``: for fields that it does not show."""
    shown = _Shown(state_values(view))
    weekdays = shown.many(form.WEEKDAYS_BLOCK, base.weekdays)
    channel = shown.one(form.CHANNEL, "selected_conversation", base.channel)
    return Entries(
        channel=channel,
        rhythm=shown.one(form.RHYTHM, _SELECTED, base.rhythm),
        weekdays=weekdays,
        weekday=shown.one(form.WEEKDAY, _SELECTED, next(iter(weekdays), base.weekday)),
        day=shown.one(form.DAY, _SELECTED, base.day),
        at=shown.one(form.AT, "selected_time", base.at),
        zone=shown.one(form.ZONE, "value", base.zone),
        language=shown.one(form.language_block(channel), _SELECTED, base.language),
        pack=shown.one(form.PACK, _SELECTED, base.pack),
        open_for=shown.one(form.OPEN_FOR, _SELECTED, base.open_for),
        reminder=shown.tick(form.REMINDER, ticked=base.reminder),
        holidays=shown.one(form.HOLIDAYS, "value", base.holidays),
        quiet=shown.one(form.QUIET, "value", base.quiet),
        tenure=shown.tick(form.TENURE, ticked=base.tenure),
        threshold=shown.one(form.THRESHOLD, _SELECTED, base.threshold),
    )


def parse_schedule(
    entries: Entries, form_context: FormContext, language: Language = ENGLISH
) -> ScheduleDraft | FieldErrors:
    """Return the draft that these entries make, or the errors by block id."""
    errors: FieldErrors = {}

    def parsed_or(block_id: str, parse: Callable[[], T], fallback: T) -> T:
        try:
            return parse()
        except WrongEntryError as wrong:
            errors[block_id] = str(wrong)
            return fallback

    zone = parsed_or(form.ZONE, lambda: parse_zone(entries.zone, language), "UTC")
    at = parsed_or(form.AT, lambda: parse_time(entries.at, language), time(0))
    region = parsed_or(
        form.HOLIDAYS,
        lambda: parse_region(entries.holidays, form_context.holidays, form_context.now.year, language),
        None,
    )
    no_ranges: Ranges = ()
    any_days: Recurrence = MonthlyDay(day=1)
    ranges = parsed_or(form.QUIET, lambda: parse_quiet(entries.quiet, language), no_ranges)
    draft = ScheduleDraft(
        channel=parsed_or(form.CHANNEL, lambda: _parse_channel(entries.channel, language), ChannelId("")),
        recurrence=parsed_or(
            _day_block(entries), lambda: _parse_days(entries, form_context, at, zone, language), any_days
        ),
        at=at,
        zone=zone,
        language=parsed_or(
            form.LANGUAGE, lambda: _parse_language(entries.language, form_context, language), ""
        ),
        pack=parsed_or(form.PACK, lambda: _parse_pack(entries.pack, form_context, language), PackId("")),
        open_for=parsed_or(
            form.OPEN_FOR, lambda: _parse_length(entries.open_for, form_context, language), timedelta(days=1)
        ),
        threshold=parsed_or(
            form.THRESHOLD,
            lambda: parse_number(
                entries.threshold,
                form_context.settings.policy.threshold,
                form.MOST_REPLIES,
                language.gettext(error_blocks.NO_THRESHOLD),
            ),
            0,
        ),
        reminder=entries.reminder,
        quiet=QuietDays(holidays=region, ranges=ranges),
        tenure=entries.tenure,
    )
    return errors or draft


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledForm:
    """A form as it is filled in now."""

    state: FormState
    context: FormContext
    entries: Entries

    def parsed(self, language: Language) -> ScheduleDraft | FieldErrors:
        """Return its draft, or its errors by block."""
        return parse_schedule(self.entries, self.context, language)


def read_form(view: Payload, state: FormState, context: FormContext, language: Language) -> FilledForm:
    """Return an open or sent form. Fields that it does not show are as saved, or the defaults."""
    if context.before:
        base = entries_of(draft_of(context.before), language)
    else:
        base = new_entries(context.settings, ChannelId(""), state.admin_zone, language)
    return FilledForm(state=state, context=context, entries=read_entries(view, base))


class _Shown:
    """The values of the fields that a form shows."""

    def __init__(self, values: Payload) -> None:
        self._values = values

    def one(self, block_id: str, key: str, base: str) -> str:
        """Return what is chosen or typed in a field; empty for nothing."""
        if block_id not in self._values:
            return base
        value = self._element(block_id).get(key)
        if key == _SELECTED:
            value = mapping(value).get("value")
        return value if isinstance(value, str) else ""

    def many(self, block_id: str, base: tuple[str, ...]) -> tuple[str, ...]:
        """Return the values that are chosen or ticked."""
        if block_id not in self._values:
            return base
        chosen = self._element(block_id).get("selected_options")
        values = (mapping(one).get("value") for one in (chosen if isinstance(chosen, list) else ()))
        return tuple(value for value in values if isinstance(value, str))

    def tick(self, block_id: str, *, ticked: bool) -> bool:
        """Return whether the only box of a field is ticked."""
        return bool(self.many(block_id, ("yes",) if ticked else ()))

    def _element(self, block_id: str) -> Payload:
        return state_value(self._values, block_id, form.PREVIEW)


def _days_of(recurrence: Recurrence) -> tuple[str, tuple[str, ...], str]:
    """Return rhythm, weekdays and day of the month; a default for what the rhythm does not use."""
    match recurrence:
        case Weekly(every=every, weekdays=weekdays):
            return str(every), tuple(str(day) for day in weekdays), "1"
        case MonthlyDay(day=day):
            return "day", (str(DEFAULT_WEEKDAY),), str(day)
        case _:
            return "first" if recurrence.which == 1 else "last", (str(recurrence.weekday),), "1"


def _day_block(entries: Entries) -> str:
    """Return the block that shows an invalid day."""
    if entries.rhythm not in form.RHYTHMS:
        return form.RHYTHM
    if entries.rhythm == "day":
        return form.DAY
    return form.WEEKDAY if entries.rhythm in form.BY_WEEKDAY else form.WEEKDAYS_BLOCK


def _parse_days(
    entries: Entries, form_context: FormContext, at: time, zone: str, language: Language
) -> Recurrence:
    if entries.rhythm not in form.RHYTHMS:
        raise WrongEntryError(language.gettext(error_blocks.NO_RHYTHM))
    if entries.rhythm == "day":
        no_day = language.gettext(error_blocks.NO_DAY)
        return MonthlyDay(day=parse_number(entries.day, 1, form.DAYS_OF_MONTH, no_day))
    last = len(WEEKDAYS) - 1
    if entries.rhythm in form.BY_WEEKDAY:
        no_weekday = language.gettext(error_blocks.NO_WEEKDAY)
        weekday = parse_number(entries.weekday, 0, last, no_weekday)
        return MonthlyWeekday(which=1 if entries.rhythm == "first" else -1, weekday=weekday)
    no_weekdays = language.gettext(error_blocks.NO_WEEKDAYS)
    if not entries.weekdays:
        raise WrongEntryError(no_weekdays)
    weekdays = sorted({parse_number(day, 0, last, no_weekdays) for day in entries.weekdays})
    every = int(entries.rhythm)
    return Weekly(
        every=every, weekdays=tuple(weekdays), since=_since(form_context, every, weekdays, at, zone)
    )


def _since(form_context: FormContext, every: int, weekdays: list[int], at: time, zone: str) -> date:
    """Return the Monday from which weeks are counted: as before, or of the first week that can ask."""
    before = form_context.before.recurrence if form_context.before else None
    if isinstance(before, Weekly) and before.every == every:
        return before.since
    local = form_context.now.astimezone(ZoneInfo(zone))
    today = local.date()
    begun = any(day > local.weekday() for day in weekdays)
    begun = begun or (local.weekday() in weekdays and at > local.time().replace(tzinfo=None))
    monday = today - timedelta(days=today.weekday())
    return monday if begun else monday + timedelta(weeks=1)


def _parse_channel(text: str, language: Language) -> ChannelId:
    if not text.strip():
        raise WrongEntryError(language.gettext(error_blocks.NO_CHANNEL))
    return ChannelId(text)


def _parse_language(text: str, form_context: FormContext, language: Language) -> str:
    """Return the code of the chosen language, or of the one before; empty where the form did not ask yet."""
    before = form_context.before.language if form_context.before else ""
    if text not in {"", before} and text not in form_context.languages:
        raise WrongEntryError(language.gettext(error_blocks.NO_LANGUAGE))
    return text


def _parse_pack(text: str, form_context: FormContext, language: Language) -> PackId:
    """Return the chosen pack, or the only one."""
    packs = form_context.settings.packs
    if len(packs) == 1:
        return next(iter(packs))
    if PackId(text) not in packs:
        raise WrongEntryError(language.gettext(error_blocks.NO_PACK))
    return PackId(text)


def _parse_length(text: str, form_context: FormContext, language: Language) -> timedelta:
    if not re.fullmatch(r"[0-9]{1,6}", text):
        raise WrongEntryError(language.gettext(error_blocks.NO_LENGTH))
    length, least = timedelta(minutes=int(text)), form_context.settings.policy.min_open
    if length < least:
        raise WrongEntryError(error_blocks.too_short(least, language))
    return length
