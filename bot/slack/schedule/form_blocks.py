"""The form in which an admin sets a schedule, its preview, and the view once it is saved."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.core.advice import Overuse
from bot.core.model import PackId, PromptPack, ReleasePolicy
from bot.core.schedule import WEEKDAYS, Schedule, describe
from bot.core.settings import Settings
from bot.slack.kit.builders import (
    Block,
    View,
    button,
    context,
    date_in_words,
    duration,
    escape,
    input_block,
    modal,
    option,
    plain,
    section,
)

SAVE = "schedule.save"
PREVIEW = "schedule.preview"
"""The action of every field, and the block of the preview."""

TRY = "preview.open"
MORE = "schedule.more"
SHARED = "schedule.shared"

CHANNEL = "schedule.channel"
RHYTHM = "schedule.rhythm"
WEEKDAYS_BLOCK = "schedule.weekdays"
WEEKDAY = "schedule.weekday"
DAY = "schedule.day"
AT = "schedule.at"
ZONE = "schedule.zone"
PACK = "schedule.pack"
OPEN_FOR = "schedule.open_for"
REMINDER = "schedule.reminder"
HOLIDAYS = "schedule.holidays"
QUIET = "schedule.quiet"
TENURE = "schedule.tenure"
THRESHOLD = "schedule.threshold"

RHYTHMS = {
    "1": "Every week",
    "2": "Every 2 weeks",
    "3": "Every 3 weeks",
    "4": "Every 4 weeks",
    "day": "Monthly, on a date",
    "first": "Monthly, on the first such weekday",
    "last": "Monthly, on the last such weekday",
}
"""How often questions come: a number of weeks, or the kind of day in a month."""

WEEKLY = frozenset({"1", "2", "3", "4"})
BY_WEEKDAY = frozenset({"first", "last"})

LENGTHS = tuple(timedelta(days=days) for days in (1, 2, 3, 5, 7, 14))
"""How long a round may stay open, as offered in the form."""

MOST_REPLIES = 20
DAYS_OF_MONTH = 31
DATES_LIMIT = 3000
ZONE_LIMIT = 60
REGION_LIMIT = 60

SHARING = (
    "Channels that share people share statements: within about four weeks, the same statement is not asked twice "
    "of mostly the same people. Where one rests, another comes in its place, or the question comes with fewer."
)
"""Shown to every admin, so that it tells nothing of who is in which channel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """The fields of the form as chosen or typed, not validated.

    ``rhythm`` is a key of ``RHYTHMS``; weekdays are ``0`` (Monday) to ``6``; ``open_for`` counts minutes.
    """

    channel: str
    rhythm: str
    weekdays: tuple[str, ...]
    weekday: str
    day: str
    at: str
    zone: str
    pack: str
    open_for: str
    reminder: bool
    holidays: str
    quiet: str
    tenure: bool
    threshold: str


def schedule_form(
    entries: Entries,
    preview: Sequence[Block],
    metadata: str,
    *,
    settings: Settings,
    more: bool,
    new: bool,
) -> View:
    """Return the form with these entries; ``more``: with the fields behind *More options*."""
    when = [_channel(entries), _rhythm(entries), _days(entries), _at(entries), _zone(entries)]
    if more:
        blocks = [*when, *_options(entries, settings.packs, settings.policy), *preview]
    else:
        blocks = [
            *when,
            *preview,
            section(_rest(entries, settings.packs), accessory=_more()),
        ]
    blocks.append(context(SHARING) | {"block_id": SHARED})
    return modal(
        "New schedule" if new else "Change the schedule",
        blocks,
        submit="Save",
        close="Cancel",
        callback_id=SAVE,
        private_metadata=metadata,
    )


def next_questions(
    schedule: Schedule, times: Sequence[datetime], mine: str, warning: str = "", dry: Overuse | None = None
) -> list[Block]:
    """Return the preview: the next questions in the channel's time and in the reader's.

    ``times``: UTC. ``mine``: the reader's IANA zone. ``warning``: what keeps the schedule from being saved.
    ``dry``: set where it asks more often than its prompts have statements for.
    """
    lead = "*The next questions come*"
    if schedule.paused and schedule.paused_until is None:
        lead = "*It is paused.* Were it not, the next questions would come"
    elif schedule.paused_until:
        lead = f"*It is paused until {date_in_words(schedule.paused_until)}.* Then the next questions come"
    text = "\n".join([f"{lead} ({schedule.zone})", *when_lines(times, schedule.zone, mine)])
    if warning:
        text = f"⚠️ {escape(warning)}\n\n{text}"
    if dry:
        text = f"{text}\n\n{_resting(dry, schedule.policy)}"
    return [_preview(text)]


def _resting(dry: Overuse, policy: ReleasePolicy) -> str:
    """Return what happens to a schedule that asks more often than its prompts have statements for."""
    rounds = "one question" if dry.full == 1 else f"{dry.full} questions"
    what = f"In four weeks these prompts have statements for {rounds}, and you ask up to {dry.asked} times. In between "
    if not dry.alone:
        return f"{what}some statements are left out."
    if not policy.quotes:
        return f"{what}statements rest, and nothing is asked."
    return (
        f"{what}statements rest: the question comes alone where {policy.quote_replies} people or more can reply, and "
        "not at all where fewer can."
    )


def still_to_do(sentences: Sequence[str]) -> list[Block]:
    """Return the preview of a form with errors."""
    return [_preview("\n".join(["*Not quite yet*", *(f"•  {escape(one)}" for one in sentences)]))]


def when_lines(times: Sequence[datetime], zone: str, mine: str) -> list[str]:
    """Return fire times in words, one a line, with the reader's own time where it differs."""
    return [f"•  {_local(when, zone)}{_for_me(when, zone, mine)}" for when in times]


def saved(schedule: Schedule, times: Sequence[datetime], mine: str) -> View:
    """Return the view that replaces the form once the schedule is saved."""
    text = f"*Saved.* Questions come to <#{schedule.channel}> {escape(describe(schedule))}."
    return modal(
        "Saved",
        [
            section(text),
            _times_of(schedule, times, mine),
            context("The channel hears of it in one line, with your name."),
        ],
        close="Done",
        callback_id="schedule.saved",
        clear_on_close=True,
    )


def _times_of(schedule: Schedule, times: Sequence[datetime], mine: str) -> Block:
    if schedule.paused and schedule.paused_until is None:
        return section("It is still paused: nothing comes until somebody resumes it.")
    return section("\n".join(["*The next questions come*", *when_lines(times, schedule.zone, mine)]))


def _preview(text: str) -> Block:
    return section(text, block_id=PREVIEW, accessory=button("Preview", TRY))


def _local(when: datetime, zone: str) -> str:
    local = when.astimezone(ZoneInfo(zone))
    return f"{local:%A} {date_in_words(local.date())}, {local:%H:%M}"


def _for_me(when: datetime, zone: str, mine: str) -> str:
    local, own = when.astimezone(ZoneInfo(zone)), when.astimezone(ZoneInfo(mine))
    if local.utcoffset() == own.utcoffset():
        return ""
    day = "" if local.date() == own.date() else f"{own:%A} "
    return f" ({day}{own:%H:%M} for you)"


def _field(block_id: str, label: str, element: Block, *, hint: str = "", optional: bool = False) -> Block:
    """Return a field that reports each change, so that the preview follows."""
    block = input_block(block_id, label, element | {"action_id": PREVIEW}, hint=hint, optional=optional)
    return block | {"dispatch_action": True}


def _select(options: Sequence[Block], chosen: str, placeholder: str) -> Block:
    """Return a menu with this value chosen, if it is an option."""
    element: Block = {"type": "static_select", "placeholder": plain(placeholder), "options": list(options)}
    initial = [one for one in options if one["value"] == chosen]
    return element | ({"initial_option": initial[0]} if initial else {})


def _boxes(options: Sequence[Block], chosen: Sequence[str]) -> Block:
    element: Block = {"type": "checkboxes", "options": list(options)}
    initial = [one for one in options if one["value"] in chosen]
    return element | ({"initial_options": initial} if initial else {})


def _several(options: Sequence[Block], chosen: Sequence[str], placeholder: str) -> Block:
    """Return a menu with several choices; it takes one line, where checkboxes would take seven."""
    boxes = _boxes(options, chosen)
    return boxes | {"type": "multi_static_select", "placeholder": plain(placeholder)}


def _text(value: str, placeholder: str, longest: int, *, multiline: bool = False) -> Block:
    element: Block = {
        "type": "plain_text_input",
        "placeholder": plain(placeholder),
        "max_length": longest,
        "dispatch_action_config": {"trigger_actions_on": ["on_character_entered"]},
    }
    if multiline:
        element["multiline"] = True
    return element | ({"initial_value": value} if value else {})


def _channel(entries: Entries) -> Block:
    element: Block = {
        "type": "conversations_select",
        "placeholder": plain("Choose a channel"),
        "filter": {"include": ["public", "private"], "exclude_external_shared_channels": True},
    }
    chosen = {"initial_conversation": entries.channel} if entries.channel else {}
    return _field(CHANNEL, "Channel", element | chosen)


def _rhythm(entries: Entries) -> Block:
    options = [option(text, value) for value, text in RHYTHMS.items()]
    return _field(RHYTHM, "How often", _select(options, entries.rhythm, "Choose how often"))


def _days(entries: Entries) -> Block:
    """Return the field for the day, which depends on how often questions come."""
    days = [option(name, str(number)) for number, name in enumerate(WEEKDAYS)]
    if entries.rhythm == "day":
        dates = [option(str(day), str(day)) for day in range(1, DAYS_OF_MONTH + 1)]
        hint = "A shorter month has its last day instead."
        return _field(DAY, "Day of the month", _select(dates, entries.day, "Choose a day"), hint=hint)
    if entries.rhythm in BY_WEEKDAY:
        return _field(WEEKDAY, "Weekday", _select(days, entries.weekday, "Choose a weekday"))
    return _field(WEEKDAYS_BLOCK, "On", _several(days, entries.weekdays, "Choose one or more weekdays"))


def _at(entries: Entries) -> Block:
    element: Block = {"type": "timepicker", "placeholder": plain("Choose a time")}
    known = re.fullmatch("([01][0-9]|2[0-3]):[0-5][0-9]", entries.at)
    return _field(AT, "At", element | ({"initial_time": entries.at} if known else {}))


def _zone(entries: Entries) -> Block:
    element = _text(entries.zone, "Europe/Berlin, or just a city", ZONE_LIMIT)
    return _field(ZONE, "Time zone of the channel", element, hint="A city will do: Berlin, New York, Pune.")


def _more() -> Block:
    return button("More options", MORE)


def _rest(entries: Entries, packs: Mapping[PackId, PromptPack]) -> str:
    """Return the entries of the fields that are not shown, in one line."""
    quiet = len(entries.quiet.split("\n")) if entries.quiet else 0
    pack = packs.get(PackId(entries.pack)) if len(packs) > 1 else None
    rounds = [
        *([f"from “{pack.title}”"] if pack else []),
        *(f"open for {duration(length)}" for length in _chosen_length(entries)),
        "one reminder" if entries.reminder else "no reminder",
        *(["asks who is new"] if entries.tenure else []),
        f"a summary from {entries.threshold} replies on",
    ]
    days = [
        *([f"public holidays ({entries.holidays})"] if entries.holidays else []),
        *([f"{quiet} {'day or range' if quiet == 1 else 'days or ranges'} of your own"] if quiet else []),
    ]
    quiet_days = f" None on {' and '.join(days)}." if days else ""
    return escape(f"Each question: {', '.join(rounds)}.{quiet_days}")


def _options(entries: Entries, packs: Mapping[PackId, PromptPack], policy: ReleasePolicy) -> list[Block]:
    fields = [_pack(entries, packs)] if len(packs) > 1 else []
    return [
        *fields,
        _open_for(entries, policy),
        _reminder(entries),
        *_quiet(entries),
        *_rules(entries, policy),
    ]


def _pack(entries: Entries, packs: Mapping[PackId, PromptPack]) -> Block:
    options = [option(pack.title, pack_id) for pack_id, pack in packs.items()]
    return _field(PACK, "Questions from", _select(options, entries.pack, "Choose a pack"))


def _open_for(entries: Entries, policy: ReleasePolicy) -> Block:
    offered = {length for length in LENGTHS if length >= policy.min_open} or {policy.min_open}
    lengths = sorted(offered | _chosen_length(entries))
    options = [option(duration(length), str(length // timedelta(minutes=1))) for length in lengths]
    return _field(
        OPEN_FOR, "A question stays open for", _select(options, entries.open_for, "Choose how long")
    )


def _chosen_length(entries: Entries) -> set[timedelta]:
    """Return how long a round stays open, as a set of none or one."""
    return (
        {timedelta(minutes=int(entries.open_for))} if re.fullmatch("[0-9]{1,6}", entries.open_for) else set()
    )


def _reminder(entries: Entries) -> Block:
    tick = option("One reminder to the channel before it closes", "yes", "Never to a person.")
    return _field(REMINDER, "Reminder", _boxes([tick], ["yes"] if entries.reminder else []), optional=True)


def _quiet(entries: Entries) -> list[Block]:
    return [
        _field(
            HOLIDAYS,
            "No questions on public holidays of",
            _text(entries.holidays, "DE or DE-BE", REGION_LIMIT),
            hint="A country such as DE, or a region such as DE-BE or US-CA. Empty: questions come on holidays, too.",
            optional=True,
        ),
        _field(
            QUIET,
            "Nor on these days",
            _text(entries.quiet, "2026-12-24 to 2027-01-03", DATES_LIMIT, multiline=True),
            hint="One day (2026-12-24) or one range (2026-12-24 to 2027-01-03) a line.",
            optional=True,
        ),
    ]


def _rules(entries: Entries, policy: ReleasePolicy) -> list[Block]:
    counts = [option(f"{count} replies", str(count)) for count in range(policy.threshold, MOST_REPLIES + 1)]
    tick = option("Also ask who joined within the last year", "yes", "For channels of 20 people and more.")
    return [
        _field(
            THRESHOLD,
            "A summary is shown from",
            _select(counts, entries.threshold, "Choose how many"),
            hint="With fewer, nothing is shown, to anyone.",
        ),
        _field(TENURE, "Newcomers", _boxes([tick], ["yes"] if entries.tenure else []), optional=True),
    ]
