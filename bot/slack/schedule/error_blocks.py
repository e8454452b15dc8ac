"""What is wrong with a schedule, in a sentence that says what to do: at its field, in the preview, or alone."""

from collections.abc import Sequence
from datetime import timedelta

from bot.core.changes import ScheduleDraft
from bot.core.model import ReleasePolicy
from bot.core.release import TENURE_FROM
from bot.core.settings import Settings
from bot.service.schedules import ScheduleProblem
from bot.slack.kit.builders import View, duration, escape, notice
from bot.slack.schedule.blocks import problem_text
from bot.slack.schedule.form_blocks import OPEN_FOR, PACK, QUIET, TENURE, THRESHOLD

NO_CHANNEL = "Please choose a channel."
NO_RHYTHM = "Please choose how often: every 1 to 4 weeks, or every month."
NO_WEEKDAYS = "Please choose at least one weekday."
NO_WEEKDAY = "Please choose a weekday."
NO_DAY = "Please choose a day of the month, from 1 to 31."
NO_TIME = "Please choose a time of day, from 00:00 to 23:59."
NO_ZONE = "Please write a city such as Berlin, or a time zone such as Europe/Berlin."
NO_PACK = "Please choose where the questions come from."
NO_LENGTH = "Please choose how long a question stays open."
NO_THRESHOLD = "Please choose one of the numbers shown."

MANY = 60
"""So much of what somebody wrote is repeated to them."""


def no_time(text: str) -> str:
    """Said at a time that no clock shows."""
    return f"“{_short(text)}” is no time of day. Write one from 00:00 to 23:59."


def no_zone(text: str, nearest: str = "") -> str:
    """Said at a time zone that nobody knows; ``nearest``: the one that was perhaps meant."""
    remedy = f"Did you mean {nearest}?" if nearest else "Write a city such as Berlin, or Europe/Berlin."
    return f"“{_short(text)}” is no time zone that I know. {remedy}"


def no_region(text: str) -> str:
    """Said at a country or region whose holidays nobody knows."""
    return (
        f"I know no public holidays of “{_short(text)}”. Write a country such as DE, a region such as DE-BE, or "
        "nothing."
    )


def no_date(text: str) -> str:
    """Said at a line that is neither a day nor a range."""
    return f"“{_short(text)}” is no date. Write one day (2026-12-24) or one range (2026-12-24 to 2027-01-03) a line."


def no_such_day(text: str) -> str:
    """Said at a date that is in no calendar."""
    return f"“{_short(text)}” is not in the calendar. Please look at the day and the month."


def ends_before(text: str) -> str:
    """Said at a range whose last day comes before its first."""
    return f"“{_short(text)}” ends before it begins. Write the earlier date first."


def too_short(min_open: timedelta) -> str:
    """Said at a round that would close before everybody has had the time to reply."""
    least = duration(min_open)
    return f"A question stays open for at least {least}, so that everybody finds the time to reply. Please choose longer."


def at_field(problem: ScheduleProblem, draft: ScheduleDraft, policy: ReleasePolicy) -> str:
    """Why this draft is not saved, and what to do: plain text, for a field and for the preview."""
    return {
        ScheduleProblem.NOT_ALLOWED: "Only admins change when questions come here. Please ask an admin or owner of "
        "this workspace.",
        ScheduleProblem.GONE: "This schedule is gone; somebody has deleted it meanwhile. You can set a new one.",
        ScheduleProblem.DECLARED: "This schedule stands in config.yaml and is changed there, by whoever runs the "
        "bot.",
        ScheduleProblem.NOT_IN_CHANNEL: "I cannot speak in this channel: I am not in it, or it is archived. Type "
        "/invite @belonging there, then save again.",
        ScheduleProblem.TOO_FEW_PEOPLE: f"Fewer than {draft.threshold} people can reply in this channel, guests and "
        "bots not counted. Nothing could ever be shown, so nothing is asked.",
        ScheduleProblem.TOO_FEW_FOR_TENURE: f"Asking who is new is for channels of {TENURE_FROM} people and more: "
        "in a smaller one it would single people out. Please take the tick away.",
        ScheduleProblem.UNKNOWN_PACK: "These prompts are not there any more. Please choose others.",
        ScheduleProblem.OPEN_TOO_SHORT: too_short(policy.min_open),
        ScheduleProblem.THRESHOLD_TOO_LOW: f"Here a summary needs at least {policy.threshold} replies. Please choose "
        "a higher number.",
        ScheduleProblem.NEVER: "No question would ever come: every date falls on a quiet day. Please leave some "
        "quiet days out.",
        ScheduleProblem.BLOCKED: "It would never ask: a question of this channel is still open at each of its times. "
        "Please choose another time, or let questions stay open for a shorter time.",
        ScheduleProblem.PAST_DAY: "That day has come already. Please choose a later one.",
    }[problem]


FIELDS = {
    ScheduleProblem.TOO_FEW_FOR_TENURE: TENURE,
    ScheduleProblem.UNKNOWN_PACK: PACK,
    ScheduleProblem.OPEN_TOO_SHORT: OPEN_FOR,
    ScheduleProblem.THRESHOLD_TOO_LOW: THRESHOLD,
    ScheduleProblem.NEVER: QUIET,
}
"""At which field a problem is said; at the channel where it is not here, or where the field is not shown."""


def refused(problem: ScheduleProblem, settings: Settings) -> View:
    """A modal that says why there is no form."""
    titles = {ScheduleProblem.NOT_ALLOWED: "For admins", ScheduleProblem.DECLARED: "From config.yaml"}
    return notice(titles.get(problem, "Not possible"), problem_text(problem, settings))


def not_yet(sentences: Sequence[str]) -> View:
    """Why there is nothing to try yet."""
    return notice("Not quite yet", "\n".join(f"•  {escape(one)}" for one in sentences))


def _short(text: str) -> str:
    return text if len(text) <= MANY else f"{text[: MANY - 1]}…"
