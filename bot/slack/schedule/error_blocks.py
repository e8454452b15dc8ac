"""What is wrong in the schedule form, at its fields and in its preview; and why it does not open."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from bot.core.changes import ScheduleDraft
from bot.core.language import ENGLISH, N_, Language
from bot.core.model import ReleasePolicy
from bot.core.release import TENURE_FROM
from bot.core.settings import Settings
from bot.service.schedules import ScheduleProblem
from bot.slack.kit.builders import View, escape, notice
from bot.slack.schedule.answer_blocks import problem_text
from bot.slack.schedule.field_blocks import OPEN_FOR, PACK, QUIET, TENURE, THRESHOLD, quiet_range_example

NO_CHANNEL = N_("Please choose a channel.")
NO_RHYTHM = N_("Please choose how often: every 1 to 4 weeks, or every month.")
NO_WEEKDAYS = N_("Please choose at least one weekday.")
NO_WEEKDAY = N_("Please choose a weekday.")
NO_DAY = N_("Please choose a day of the month, from 1 to 31.")
NO_TIME = N_("Please choose a time of day, from 00:00 to 23:59.")
NO_ZONE = N_("Please write a city such as Berlin, or a time zone such as Europe/Berlin.")
NO_LANGUAGE = N_("Please choose a language.")
NO_PACK = N_("Please choose where the questions come from.")
NO_LENGTH = N_("Please choose how long a question stays open.")
NO_THRESHOLD = N_("Please choose one of the numbers shown.")

MANY = 60
"""Characters of an entry that are repeated in an error."""


def no_time(text: str, language: Language) -> str:
    """Return the error for an invalid time of day."""
    return language.gettext("“{entry}” is no time of day. Write one from 00:00 to 23:59.", entry=_short(text))


def no_zone(text: str, nearest: str = "", language: Language = ENGLISH) -> str:
    """Return the error for an unknown time zone; ``nearest``: the most similar known one."""
    if nearest:
        return language.gettext(
            "“{entry}” is no time zone that I know. Did you mean {zone}?", entry=_short(text), zone=nearest
        )
    return language.gettext(
        "“{entry}” is no time zone that I know. Write a city such as Berlin, or Europe/Berlin.",
        entry=_short(text),
    )


def no_region(text: str, language: Language) -> str:
    """Return the error for a country or region without known holidays."""
    return language.gettext(
        "I know no public holidays of “{entry}”. Write a country such as DE, a region such as DE-BE, or nothing.",
        entry=_short(text),
    )


def no_date(text: str, language: Language) -> str:
    """Return the error for a line that is neither a day nor a range."""
    return language.gettext(
        "“{entry}” is no date. Write one day (2026-12-24) or one range ({range}) a line.",
        entry=_short(text),
        range=quiet_range_example(language),
    )


def no_such_day(text: str, language: Language) -> str:
    """Return the error for a date that is not in the calendar."""
    return language.gettext(
        "“{entry}” is not in the calendar. Please look at the day and the month.", entry=_short(text)
    )


def ends_before(text: str, language: Language) -> str:
    """Return the error for a range whose last day comes before its first."""
    return language.gettext(
        "“{entry}” ends before it begins. Write the earlier date first.", entry=_short(text)
    )


def too_short(min_open: timedelta, language: Language) -> str:
    """Return the error for a round that would close too soon."""
    return language.gettext(
        "A question stays open for at least {duration}, so that everybody finds the time to reply. Please choose "
        "longer.",
        duration=language.duration(min_open),
    )


def at_field(
    problem: ScheduleProblem, draft: ScheduleDraft, policy: ReleasePolicy, language: Language
) -> str:
    """Return why a draft is not saved, and what to do: plain text, for a field and for the preview."""
    match problem:
        case ScheduleProblem.TOO_FEW_PEOPLE:
            return language.ngettext(
                "Fewer than {number} person can reply in this channel, guests and bots not counted. Nothing could "
                "ever be shown, so nothing is asked.",
                "Fewer than {number} people can reply in this channel, guests and bots not counted. Nothing could "
                "ever be shown, so nothing is asked.",
                draft.threshold,
            )
        case ScheduleProblem.TOO_FEW_FOR_TENURE:
            return language.ngettext(
                "Asking who is new is for channels of {number} person and more: "
                "in a smaller one it would single people out. Please take the tick away.",
                "Asking who is new is for channels of {number} people and more: "
                "in a smaller one it would single people out. Please take the tick away.",
                TENURE_FROM,
            )
        case ScheduleProblem.OPEN_TOO_SHORT:
            return too_short(policy.min_open, language)
        case ScheduleProblem.THRESHOLD_TOO_LOW:
            return language.ngettext(
                "Here a summary needs at least {number} reply. Please choose a higher number.",
                "Here a summary needs at least {number} replies. Please choose a higher number.",
                policy.threshold,
            )
        case _:
            return language.gettext(_AT_FIELD[problem])


_AT_FIELD: Mapping[ScheduleProblem, str] = {
    ScheduleProblem.NOT_ALLOWED: N_(
        "Only admins change when questions come here. Please ask an admin or owner of this workspace."
    ),
    ScheduleProblem.GONE: N_(
        "This schedule is gone; somebody has deleted it meanwhile. You can set a new one."
    ),
    ScheduleProblem.DECLARED: N_(
        "This schedule stands in config.yaml and is changed there, by whoever runs the bot."
    ),
    ScheduleProblem.NOT_IN_CHANNEL: N_(
        "I cannot speak in this channel: I am not in it, or it is archived. Type "
        "/invite @belonging there, then save again."
    ),
    ScheduleProblem.UNKNOWN_PACK: N_("These prompts are not there any more. Please choose others."),
    ScheduleProblem.NEVER: N_(
        "No question would ever come: every date falls on a quiet day. Please leave some quiet days out."
    ),
    ScheduleProblem.BLOCKED: N_(
        "It would never ask: a question of this channel is still open at each of its times. "
        "Please choose another time, or let questions stay open for a shorter time."
    ),
    ScheduleProblem.PAST_DAY: N_("That day has come already. Please choose a later one."),
}

FIELDS = {
    ScheduleProblem.TOO_FEW_FOR_TENURE: TENURE,
    ScheduleProblem.UNKNOWN_PACK: PACK,
    ScheduleProblem.OPEN_TOO_SHORT: OPEN_FOR,
    ScheduleProblem.THRESHOLD_TOO_LOW: THRESHOLD,
    ScheduleProblem.NEVER: QUIET,
}
"""The field that shows a problem; others are shown at the channel."""


def refused(problem: ScheduleProblem, settings: Settings, language: Language = ENGLISH) -> View:
    """Return a modal that says why the form does not open."""
    titles = {
        # Translators: the title of a notice; at most 24 characters.
        ScheduleProblem.NOT_ALLOWED: language.gettext("For admins"),
        # Translators: the title of a notice; at most 24 characters.
        ScheduleProblem.DECLARED: language.gettext("From config.yaml"),
    }
    # Translators: the title of a notice; at most 24 characters.
    title = titles.get(problem, language.gettext("Not possible"))
    return notice(title, problem_text(problem, settings, language), language)


def not_yet(sentences: Sequence[str], language: Language) -> View:
    """Return a modal that says why there is no preview yet."""
    # Translators: the title of a notice; at most 24 characters. Something is still to be filled in.
    title = language.gettext("Not quite yet")
    return notice(title, "\n".join(f"•  {escape(one)}" for one in sentences), language)


def _short(text: str) -> str:
    return text if len(text) <= MANY else f"{text[: MANY - 1]}…"
