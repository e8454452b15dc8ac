"""The form in which an admin sets a schedule, its preview, and the view once it is saved."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.core.advice import Overuse
from bot.core.channel_language import UsualLanguage
from bot.core.language import ENGLISH, ENGLISH_ONLY, N_, Language, Languages
from bot.core.model import PackId, PromptPack, ReleasePolicy
from bot.core.schedule import Schedule, describe
from bot.core.settings import Settings
from bot.slack.kit.builders import Block, View, button, channel_link, context, escape, modal, section
from bot.slack.schedule.field_blocks import (
    PREVIEW,
    Entries,
    chosen_length,
    language_field,
    more_fields,
    when_fields,
)

SAVE = "schedule.save"
TRY = "preview.open"
MORE = "schedule.more"
SHARED = "schedule.shared"

SHARING = N_(
    "Channels that share people share statements: within about four weeks, the same statement is not asked twice "
    "of mostly the same people. Where one rests, another comes in its place, or the question comes with fewer."
)
"""Shown to every admin, so that it tells nothing of who is in which channel."""


def schedule_form(  # noqa: PLR0913 - what the form shows, by name
    entries: Entries,
    preview: Sequence[Block],
    metadata: str,
    *,
    settings: Settings,
    more: bool,
    new: bool,
    languages: Languages = ENGLISH_ONLY,
    usual: UsualLanguage | None = None,
    language: Language = ENGLISH,
) -> View:
    """Return the form with these entries; ``more``: with the fields behind *More options*.

    ``languages``: those that a channel may have. ``usual``: the one of most people in this channel.
    """
    blocks = [*when_fields(entries, language), *language_field(entries, languages, usual, language)]
    if more:
        blocks += [*more_fields(entries, settings.packs, settings.policy, language), *preview]
    else:
        rest = _rest(entries, settings.packs, language)
        # Translators: a button that shows more fields of the form.
        blocks += [*preview, section(rest, accessory=button(language.gettext("More options"), MORE))]
    blocks.append(context(language.gettext(SHARING)) | {"block_id": SHARED})
    # Translators: titles of a form; at most 24 characters.
    title = language.gettext("New schedule") if new else language.gettext("Change the schedule")
    return modal(
        title,
        blocks,
        submit=language.pgettext("button", "Save"),
        close=language.pgettext("button", "Cancel"),
        callback_id=SAVE,
        private_metadata=metadata,
    )


def next_questions(
    schedule: Schedule,
    times: Sequence[datetime],
    mine: str,
    warning: str = "",
    dry: Overuse | None = None,
    language: Language = ENGLISH,
) -> list[Block]:
    """Return the preview: the next questions in the channel's time and in the reader's.

    ``times``: UTC. ``mine``: the reader's IANA zone. ``warning``: what keeps the schedule from being saved.
    ``dry``: set where it asks more often than its prompts have statements for.
    """
    if schedule.paused and schedule.paused_until is None:
        lead = language.gettext(
            "*It is paused.* Were it not, the next questions would come ({zone})", zone=schedule.zone
        )
    elif schedule.paused_until:
        lead = language.gettext(
            "*It is paused until {day}.* Then the next questions come ({zone})",
            day=language.day(schedule.paused_until),
            zone=schedule.zone,
        )
    else:
        # Translators: times follow, one a line. {zone} is such as Europe/Berlin.
        lead = language.gettext("*The next questions come* ({zone})", zone=schedule.zone)
    text = "\n".join([lead, *when_lines(times, schedule.zone, mine, language)])
    if warning:
        text = f"⚠️ {escape(warning)}\n\n{text}"
    if dry:
        text = f"{text}\n\n{_resting(dry, schedule.policy, language)}"
    return [_preview(text, language)]


def _resting(dry: Overuse, policy: ReleasePolicy, language: Language) -> str:
    """Return what happens to a schedule that asks more often than its prompts have statements for."""
    asked = language.number(dry.asked)
    what = language.ngettext(
        "In four weeks these prompts have statements for one question, and you ask up to {asked} times.",
        "In four weeks these prompts have statements for {number} questions, and you ask up to {asked} times.",
        dry.full,
        asked=asked,
    )
    if not dry.alone:
        then = language.gettext("In between some statements are left out.")
    elif not policy.quotes:
        then = language.gettext("In between statements rest, and nothing is asked.")
    else:
        then = language.ngettext(
            "In between statements rest: the question comes alone where {number} person or more can reply, and "
            "not at all where fewer can.",
            "In between statements rest: the question comes alone where {number} people or more can reply, and "
            "not at all where fewer can.",
            policy.quote_replies,
        )
    return f"{what} {then}"


def still_to_do(sentences: Sequence[str], language: Language) -> list[Block]:
    """Return the preview of a form with errors."""
    # Translators: something is still to be filled in; what, follows.
    lead = language.gettext("*Not quite yet*")
    return [_preview("\n".join([lead, *(f"•  {escape(one)}" for one in sentences)]), language)]


def when_lines(times: Sequence[datetime], zone: str, mine: str, language: Language) -> list[str]:
    """Return fire times in words, one a line, with the reader's own time where it differs."""
    return [f"•  {_when(when, zone, mine, language)}" for when in times]


def saved(schedule: Schedule, times: Sequence[datetime], mine: str, language: Language = ENGLISH) -> View:
    """Return the view that replaces the form once the schedule is saved."""
    link = channel_link(schedule.channel)
    # Translators: {when} is such as “every 2 weeks on Tuesday at 10:00 (Europe/Berlin)”.
    text = language.gettext(
        "*Saved.* Questions come to {channel} {when}.",
        channel=link,
        when=escape(describe(schedule, language)),
    )
    return modal(
        # Translators: the title of the form once it is saved; at most 24 characters.
        language.pgettext("title", "Saved"),
        [
            section(text),
            _times_of(schedule, times, mine, language),
            context(language.gettext("The channel hears of it in one line, with your name.")),
        ],
        close=language.pgettext("button", "Done"),
        callback_id="schedule.saved",
        clear_on_close=True,
    )


def _times_of(schedule: Schedule, times: Sequence[datetime], mine: str, language: Language) -> Block:
    if schedule.paused and schedule.paused_until is None:
        return section(language.gettext("It is still paused: nothing comes until somebody resumes it."))
    # Translators: times follow, one a line.
    lead = language.gettext("*The next questions come*")
    return section("\n".join([lead, *when_lines(times, schedule.zone, mine, language)]))


def _preview(text: str, language: Language) -> Block:
    return section(text, block_id=PREVIEW, accessory=button(language.pgettext("button", "Preview"), TRY))


def _when(when: datetime, zone: str, mine: str, language: Language) -> str:
    """Return a time in the channel's zone, with the reader's own where it differs."""
    local, own = when.astimezone(ZoneInfo(zone)), when.astimezone(ZoneInfo(mine))
    # Translators: such as “Friday 27 November 2026, 14:00”.
    text = language.gettext(
        "{weekday} {day}, {time}",
        weekday=language.weekday(local.weekday()),
        day=language.day(local.date()),
        time=language.time(local),
    )
    if local.utcoffset() == own.utcoffset():
        return text
    if local.date() == own.date():
        # Translators: {when} is a time in the channel's time zone, {time} the same in the reader's.
        return language.gettext("{when} ({time} for you)", when=text, time=language.time(own))
    # Translators: {when} is a time in the channel's time zone, the rest the same in the reader's.
    return language.gettext(
        "{when} ({weekday} {time} for you)",
        when=text,
        weekday=language.weekday(own.weekday()),
        time=language.time(own),
    )


def _rest(entries: Entries, packs: Mapping[PackId, PromptPack], language: Language) -> str:
    """Return the entries of the fields that are not shown, in one line."""
    # Translators: stands between short facts, as in “open for 3 days, one reminder”.
    comma = language.pgettext("between facts", ", ")
    # Translators: {facts} are such as “open for 3 days, one reminder”.
    each = language.gettext("Each question: {facts}.", facts=comma.join(_facts(entries, packs, language)))
    return escape(" ".join([each, *_quiet_days(entries, language)]))


def _facts(entries: Entries, packs: Mapping[PackId, PromptPack], language: Language) -> list[str]:
    """Return how the questions of a schedule run, as short facts."""
    facts = []
    if len(packs) > 1 and (pack := packs.get(PackId(entries.pack))):
        # Translators: a fact about each question: the set of prompts from which it comes.
        facts.append(language.gettext("from “{pack}”", pack=pack.title))
    facts += [
        # Translators: a fact about each question; {duration} is such as “3 days”.
        language.gettext("open for {duration}", duration=language.duration(length))
        for length in chosen_length(entries)
    ]
    # Translators: facts about each question.
    facts.append(language.gettext("one reminder") if entries.reminder else language.gettext("no reminder"))
    if entries.tenure:
        # Translators: a fact about each question.
        facts.append(language.gettext("asks who is new"))
    least = int(entries.threshold) if re.fullmatch("[0-9]{1,3}", entries.threshold) else 0
    # Translators: a fact about each question.
    facts.append(
        language.ngettext("a summary from {number} reply on", "a summary from {number} replies on", least)
    )
    return facts


def _quiet_days(entries: Entries, language: Language) -> list[str]:
    """Return on which days no question comes, as a list of none or one."""
    own = len(entries.quiet.split("\n")) if entries.quiet else 0
    if entries.holidays and own:
        return [
            language.ngettext(
                "None on public holidays ({region}) and {number} day or range of your own.",
                "None on public holidays ({region}) and {number} days or ranges of your own.",
                own,
                region=entries.holidays,
            )
        ]
    if entries.holidays:
        # Translators: no question comes then. {region} is such as DE-BE.
        return [language.gettext("None on public holidays ({region}).", region=entries.holidays)]
    if own:
        # Translators: no question comes then.
        return [
            language.ngettext(
                "None on {number} day or range of your own.",
                "None on {number} days or ranges of your own.",
                own,
            )
        ]
    return []
