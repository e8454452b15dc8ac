"""Build the schedules of config.yaml, completed from ``defaults`` and ``policy``."""

import hashlib
from base64 import b32hexencode
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta

from bot.config.calendars import holiday_calendar
from bot.config.model import NOT_YET_APPLIED
from bot.config.problems import Problem, error_of, nearest, quoted
from bot.config.schema import DefaultsSection, PolicySection, QuotesSection, ScheduleSection
from bot.config.yaml_documents import Document, KeyPath
from bot.core.language import Languages
from bot.core.model import ChannelId, PackId, PromptPack, ReleasePolicy, ScheduleId
from bot.core.numbers import spell
from bot.core.schedule import MonthlyDay, QuietDays, Recurrence, Schedule, Source, Weekly, fire_times
from bot.core.settings import ScheduleDefaults, Settings
from bot.errors import ConfigError

ID_LENGTH = 12


def schedule_id(channel: str, recurrence: Recurrence, at: str, zone: str, pack: str) -> ScheduleId:
    """Return the id of a schedule of config.yaml: 12 characters (0-9, a-v), the same for equal content.

    Source: a truncated SHA-256 (FIPS 180-4) in base32hex (RFC 4648, section 7).
    """
    content = "\n".join((channel, _spelled(recurrence), at, zone, pack))
    digest = hashlib.sha256(b"schedule:" + content.encode()).digest()
    return ScheduleId(b32hexencode(digest).decode().lower()[:ID_LENGTH])


def _spelled(recurrence: Recurrence) -> str:
    """Write a recurrence as text. Never change this format: the ids of schedules depend on it."""
    match recurrence:
        case Weekly(every=every, weekdays=weekdays):
            return f"weeks {every} {','.join(map(str, weekdays))}"
        case MonthlyDay(day=day):
            return f"month {day}"
        case _:
            return f"month {recurrence.which} {recurrence.weekday}"


def policy_of(section: PolicySection) -> ReleasePolicy:
    """Return the release policy that this section describes."""
    quotes = section.quotes or QuotesSection()
    return ReleasePolicy(
        threshold=section.threshold,
        quote_replies=quotes.replies,
        quotes_allowed=quotes.allowed,
        quotes=section.quotes is not None,
        min_open=section.min_open,
    )


def defaults_of(section: DefaultsSection) -> ScheduleDefaults:
    """Return the defaults of a new schedule; quiet days are sorted."""
    return ScheduleDefaults(
        zone=section.timezone,
        open_for=section.open_for,
        reminder=section.reminder,
        quiet=QuietDays(holidays=section.holidays, ranges=tuple(sorted(section.quiet))),
    )


def schedules_of(
    document: Document, sections: Sequence[ScheduleSection], settings: Settings, languages: Languages
) -> tuple[Schedule, ...]:
    """Return the schedules of the file, in its order. Raises ``ConfigError`` with everything that is wrong.

    ``created_at`` is ``NOT_YET_APPLIED``. Two schedules that would have the same id are refused.
    ``settings``: its packs, policy and defaults complete a schedule. ``languages``: those that a schedule may
    name.
    """
    problems: list[Problem] = []
    found: dict[ScheduleId, Schedule] = {}
    for index, section in enumerate(sections):
        path: KeyPath = ("schedules", index)
        wrong = _unfit(section, path, settings) or _unspoken(section, path, languages)
        if wrong:
            problems.append(wrong)
            continue
        language = languages.find(section.language) if section.language else None
        schedule = _schedule(section, settings.defaults, settings.policy, language.code if language else "")
        if never := _never_asks(schedule, path):
            problems.append(never)
            continue
        if schedule.id in found:
            problems.append(
                Problem(
                    path=path, what="this channel has the same schedule twice", remedy="Keep one of them."
                )
            )
        found[schedule.id] = schedule
    if problems:
        raise error_of(document, problems, ConfigError)
    return tuple(found.values())


def _unfit(section: ScheduleSection, path: KeyPath, settings: Settings) -> Problem | None:
    packs: Mapping[PackId, PromptPack] = settings.packs
    if section.pack not in packs:
        known = f"Known: {', '.join(sorted(packs))}."
        return Problem(
            path=(*path, "pack"),
            what=f"there is no prompt pack {quoted(section.pack)}",
            remedy=nearest(section.pack, packs) or known,
        )
    open_for, least = section.open_for or settings.defaults.open_for, settings.policy.min_open
    if open_for < least:
        return Problem(
            path=(*path, "open_for"),
            what=f"rounds would be open for {spell(open_for)}, less than policy.min_open",
            remedy=f"Write {spell(least)} or more.",
        )
    return None


def _unspoken(section: ScheduleSection, path: KeyPath, languages: Languages) -> Problem | None:
    """Return a problem if the bot does not speak the language of a schedule."""
    if section.language is None or languages.find(section.language):
        return None
    known = ", ".join(f"{one.code} ({one.name})" for one in languages)
    return Problem(
        path=(*path, "language"),
        what=f"the bot does not speak {quoted(section.language)}",
        remedy=f"Write a code of these, or nothing for the one that most of the channel use: {known}.",
    )


def _never_asks(schedule: Schedule, path: KeyPath) -> Problem | None:
    """Return a problem if a quiet period is so long that the schedule never asks after it."""
    for first, last in schedule.quiet.ranges:
        begins = datetime.combine(first, time(), UTC) - timedelta(days=1)
        if next(fire_times(schedule, begins, holiday_calendar), None) is None:
            return Problem(
                path=(*path, "quiet"),
                what=f"the quiet days from {first} to {last} leave no day for a prompt in four years",
                remedy="Shorten them, here or under defaults.quiet.",
            )
    return None


def _schedule(
    section: ScheduleSection, defaults: ScheduleDefaults, policy: ReleasePolicy, language: str
) -> Schedule:
    assert section.on is not None, "the schema fills it in"
    said = section.model_fields_set
    zone = section.timezone or defaults.zone
    quiet = QuietDays(
        holidays=section.holidays if "holidays" in said else defaults.quiet.holidays,
        ranges=defaults.quiet.ranges if section.quiet is None else tuple(sorted(section.quiet)),
    )
    return Schedule(
        id=schedule_id(section.channel, section.on, section.at.isoformat("minutes"), zone, section.pack),
        channel=ChannelId(section.channel),
        recurrence=section.on,
        at=section.at,
        zone=zone,
        pack=PackId(section.pack),
        open_for=section.open_for or defaults.open_for,
        policy=policy,
        created_at=NOT_YET_APPLIED,
        reminder=defaults.reminder if section.reminder is None else section.reminder,
        quiet=quiet,
        tenure=section.tenure,
        source=Source.CONFIG,
        language=language,
    )
