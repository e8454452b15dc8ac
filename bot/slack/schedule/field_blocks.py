"""The fields of the form in which an admin sets a schedule."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bot.core.channel_language import UsualLanguage
from bot.core.language import ENGLISH_CODE, N_, Language, Languages
from bot.core.model import PackId, PromptPack, ReleasePolicy
from bot.core.schedule import WEEKDAYS
from bot.slack.kit.builders import Block, input_block, option, plain

PREVIEW = "schedule.preview"
"""The action of every field, and the block of the preview."""

CHANNEL = "schedule.channel"
RHYTHM = "schedule.rhythm"
WEEKDAYS_BLOCK = "schedule.weekdays"
WEEKDAY = "schedule.weekday"
DAY = "schedule.day"
AT = "schedule.at"
ZONE = "schedule.zone"
LANGUAGE = "schedule.language"
PACK = "schedule.pack"
OPEN_FOR = "schedule.open_for"
REMINDER = "schedule.reminder"
HOLIDAYS = "schedule.holidays"
QUIET = "schedule.quiet"
TENURE = "schedule.tenure"
THRESHOLD = "schedule.threshold"

RHYTHMS = {
    "1": N_("Every week"),
    "2": N_("Every 2 weeks"),
    "3": N_("Every 3 weeks"),
    "4": N_("Every 4 weeks"),
    "day": N_("Monthly, on a date"),
    "first": N_("Monthly, on the first such weekday"),
    "last": N_("Monthly, on the last such weekday"),
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """The fields of the form as chosen or typed, not validated.

    ``rhythm`` is a key of ``RHYTHMS``; weekdays are ``0`` (Monday) to ``6``; ``open_for`` counts minutes.
    ``language`` is the code of one, empty for the one of most people in the channel.
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
    language: str = ""


def language_block(channel: str) -> str:
    """Return the block of the language: one for each channel, since Slack keeps what a block shows."""
    return f"{LANGUAGE}:{channel}"


def quiet_range(first: date, last: date, language: Language) -> str:
    """Return a range of quiet days as the form shows and reads it."""
    return f"{first} to {last}" if language.code == ENGLISH_CODE else f"{first} – {last}"  # noqa: RUF001


def quiet_range_example(language: Language) -> str:
    """Return a range of quiet days to show how one is written."""
    return quiet_range(date(2026, 12, 24), date(2027, 1, 3), language)


def when_fields(entries: Entries, language: Language) -> list[Block]:
    """Return the fields that say where and when questions come."""
    fields = (_channel, _rhythm, _days, _at, _zone)
    return [field(entries, language) for field in fields]


def language_field(
    entries: Entries, languages: Languages, usual: UsualLanguage | None, language: Language
) -> list[Block]:
    """Return the field for the channel's language, as a list of none or one.

    ``usual``: the language of most people there, once that is known; a new schedule starts at it. Without
    either there is no field yet.
    """
    chosen = entries.language or (usual.language.code if usual else "")
    options = [option(one.name, one.code) for one in languages]
    if not chosen or len(options) == 1:
        return []
    # Translators: the language that is chosen in this field.
    hint = language.gettext(
        "What everybody here reads comes in it: questions, reminders, summaries. What only one person sees comes "
        "in that person's language."
    )
    if usual and usual.of_most:
        # Translators: {language} is the language's own name, such as Deutsch.
        most = language.gettext(
            "Most people in this channel use Slack in {language}.", language=usual.language.name
        )
        hint = f"{most} {hint}"
    return [
        _field(
            language_block(entries.channel),
            language.gettext("Language of this channel"),
            _select(options, chosen, language.gettext("Choose a language")),
            hint=hint,
        )
    ]


def more_fields(
    entries: Entries,
    packs: Mapping[PackId, PromptPack],
    policy: ReleasePolicy,
    language: Language,
) -> list[Block]:
    """Return the fields behind *More options*."""
    return [
        *([_pack(entries, packs, language)] if len(packs) > 1 else []),
        _open_for(entries, policy, language),
        _reminder(entries, language),
        *_quiet(entries, language),
        *_rules(entries, policy, language),
    ]


def chosen_length(entries: Entries) -> set[timedelta]:
    """Return how long a round stays open, as a set of none or one."""
    return (
        {timedelta(minutes=int(entries.open_for))} if re.fullmatch("[0-9]{1,6}", entries.open_for) else set()
    )


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


def _channel(entries: Entries, language: Language) -> Block:
    element: Block = {
        "type": "conversations_select",
        "placeholder": plain(language.gettext("Choose a channel")),
        "filter": {"include": ["public", "private"], "exclude_external_shared_channels": True},
    }
    chosen = {"initial_conversation": entries.channel} if entries.channel else {}
    return _field(CHANNEL, language.pgettext("field", "Channel"), element | chosen)


def _rhythm(entries: Entries, language: Language) -> Block:
    options = [option(language.gettext(text), value) for value, text in RHYTHMS.items()]
    label = language.pgettext("field", "How often")
    return _field(RHYTHM, label, _select(options, entries.rhythm, language.gettext("Choose how often")))


def _days(entries: Entries, language: Language) -> Block:
    """Return the field for the day, which depends on how often questions come."""
    days = [option(language.weekday(day), str(day)) for day in range(len(WEEKDAYS))]
    if entries.rhythm == "day":
        dates = [option(language.number(day), str(day)) for day in range(1, DAYS_OF_MONTH + 1)]
        return _field(
            DAY,
            language.pgettext("field", "Day of the month"),
            _select(dates, entries.day, language.gettext("Choose a day")),
            hint=language.gettext("A shorter month has its last day instead."),
        )
    if entries.rhythm in BY_WEEKDAY:
        weekday = _select(days, entries.weekday, language.gettext("Choose a weekday"))
        return _field(WEEKDAY, language.pgettext("field", "Weekday"), weekday)
    weekdays = _several(days, entries.weekdays, language.gettext("Choose one or more weekdays"))
    # Translators: the weekdays on which questions come.
    return _field(WEEKDAYS_BLOCK, language.pgettext("field of weekdays", "On"), weekdays)


def _at(entries: Entries, language: Language) -> Block:
    element: Block = {"type": "timepicker", "placeholder": plain(language.gettext("Choose a time"))}
    known = re.fullmatch("([01][0-9]|2[0-3]):[0-5][0-9]", entries.at)
    initial = {"initial_time": entries.at} if known else {}
    # Translators: the time of day at which questions come.
    return _field(AT, language.pgettext("field of a time", "At"), element | initial)


def _zone(entries: Entries, language: Language) -> Block:
    # Translators: Europe/Berlin stays as it is.
    placeholder = language.gettext("Europe/Berlin, or just a city")
    return _field(
        ZONE,
        language.pgettext("field", "Time zone of the channel"),
        _text(entries.zone, placeholder, ZONE_LIMIT),
        # Translators: cities are understood as in English: Berlin, New York, Pune.
        hint=language.gettext("A city will do: Berlin, New York, Pune."),
    )


def _pack(entries: Entries, packs: Mapping[PackId, PromptPack], language: Language) -> Block:
    options = [option(pack.title, pack_id) for pack_id, pack in packs.items()]
    # Translators: the set of prompts from which the questions are taken.
    label = language.pgettext("field", "Questions from")
    return _field(PACK, label, _select(options, entries.pack, language.gettext("Choose a pack")))


def _open_for(entries: Entries, policy: ReleasePolicy, language: Language) -> Block:
    offered = {length for length in LENGTHS if length >= policy.min_open} or {policy.min_open}
    lengths = sorted(offered | chosen_length(entries))
    options = [option(language.duration(length), str(length // timedelta(minutes=1))) for length in lengths]
    # Translators: a length of time such as “3 days” is chosen below it.
    label = language.pgettext("field", "A question stays open for")
    return _field(OPEN_FOR, label, _select(options, entries.open_for, language.gettext("Choose how long")))


def _reminder(entries: Entries, language: Language) -> Block:
    tick = option(
        language.gettext("One reminder to the channel before it closes"),
        "yes",
        language.gettext("Never to a person."),
    )
    label = language.pgettext("field", "Reminder")
    return _field(REMINDER, label, _boxes([tick], ["yes"] if entries.reminder else []), optional=True)


def _quiet(entries: Entries, language: Language) -> list[Block]:
    region = _text(entries.holidays, language.gettext("DE or DE-BE"), REGION_LIMIT)
    example = quiet_range_example(language)
    return [
        _field(
            HOLIDAYS,
            # Translators: a country or region follows.
            language.pgettext("field", "No questions on public holidays of"),
            region,
            hint=language.gettext(
                "A country such as DE, or a region such as DE-BE or US-CA. Empty: questions come on holidays, too."
            ),
            optional=True,
        ),
        _field(
            QUIET,
            # Translators: below “No questions on public holidays of”.
            language.pgettext("field", "Nor on these days"),
            _text(entries.quiet, example, DATES_LIMIT, multiline=True),
            # Translators: {range} is one day, a dash, and another day.
            hint=language.gettext("One day (2026-12-24) or one range ({range}) a line.", range=example),
            optional=True,
        ),
    ]


def _rules(entries: Entries, policy: ReleasePolicy, language: Language) -> list[Block]:
    counts = [
        option(language.ngettext("{number} reply", "{number} replies", count), str(count))
        for count in range(policy.threshold, MOST_REPLIES + 1)
    ]
    tick = option(
        language.gettext("Also ask who joined within the last year"),
        "yes",
        language.gettext("For channels of 20 people and more."),
    )
    newcomers = language.pgettext("field", "Newcomers")
    return [
        _field(
            THRESHOLD,
            # Translators: a number of replies is chosen below it.
            language.pgettext("field", "A summary is shown from"),
            _select(counts, entries.threshold, language.gettext("Choose how many")),
            hint=language.gettext("With fewer, nothing is shown, to anyone."),
        ),
        _field(TENURE, newcomers, _boxes([tick], ["yes"] if entries.tenure else []), optional=True),
    ]
