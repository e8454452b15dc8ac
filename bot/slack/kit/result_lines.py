"""Build lines that several features show: a result, the two sides as dots, when the next result comes."""

from bot.core.counts import Count
from bot.core.cycle_summary import Circle
from bot.core.language import ENGLISH, N_, Language
from bot.core.model import Outcome, Round, RoundKind, Side
from bot.core.release import Published, Release, Withheld
from bot.core.summary import count_in_words
from bot.core.translation import prompt_in
from bot.slack.kit.builders import count_dots, escape, moment


def waiting_for(open_round: Round | None, language: Language = ENGLISH) -> str:
    """Return when the summary of the open round comes, and nothing else; empty without an open round."""
    if open_round is None:
        return ""
    # Translators: {when} is a day and a time, such as “Friday, 27 November at 14:00”.
    return language.gettext(
        "A question is open in this channel. Its summary comes {when}; before that nobody sees anything.",
        when=moment(open_round.closes_at, open_round.zone, language),
    )


_OUTCOMES = {
    # Translators: what a team decided about something that it had tried. {label} is the question.
    Outcome.KEEP: N_("*{label}*, {day}: kept."),
    # Translators: what a team decided about something that it had tried. {label} is the question.
    Outcome.CHANGE: N_("*{label}*, {day}: to be changed."),
    # Translators: what a team decided about something that it had tried. {label} is the question.
    Outcome.LET_GO: N_("*{label}*, {day}: let go."),
}


def result_line(round_: Round, release: Release, language: Language) -> str:
    """Return a result in one line, for lists."""
    day = language.day_of(round_.closes_at, round_.zone)
    label = escape(prompt_in(round_.prompt, language.code).label)
    if round_.prompt.kind is RoundKind.COLLECT:
        if not isinstance(release, Published):
            return language.gettext("*{label}*, {day}: too few proposals to show any.", label=label, day=day)
        many = len(release.proposals)
        return language.ngettext(
            "*{label}*, {day}: {number} proposal.",
            "*{label}*, {day}: {number} proposals.",
            many,
            label=label,
            day=day,
            number=language.number_in_words(many),
        )
    if isinstance(release, Published) and release.outcome:
        return language.gettext(_OUTCOMES[release.outcome], label=label, day=day)
    if isinstance(release, Withheld):
        return language.gettext("*{label}*, {day}: too few replies to show anything.", label=label, day=day)
    return language.gettext(
        "*{label}*, {day}: {replies} of {people} replied.",
        label=label,
        day=day,
        replies=language.number(release.replies),
        people=language.number(release.audience),
    )


def circle_picture(circle: Circle, language: Language = ENGLISH) -> str:
    """Return the two sides of a channel as rows of dots and numbers."""
    return "\n".join(
        count_row(count, language.gettext(_SIDES[side]), language) for side, count in _sides(circle)
    )


def _sides(circle: Circle) -> list[tuple[Side, Count]]:
    both = ((Side.INCLUSION, circle.inclusion), (Side.BELONGING, circle.belonging))
    return [(side, count) for side, count in both if count]


def count_row(count: Count, words: str, language: Language) -> str:
    """Return a count as a row: dots, number, words."""
    return f"`{count_dots(count)}` *{count_in_words(count, language)}*  ·  {words}"


_SIDES = {
    # Translators: follows a number of people in a row, as in “11 of 14  ·  _feel wanted here_”.
    Side.INCLUSION: N_("_feel wanted here_"),
    # Translators: follows a number of people in a row, as in “11 of 14  ·  _feel wanted here_”.
    Side.BELONGING: N_("_feel we shape how we work_"),
}
"""What people say on each side if they agree. The finding uses the same words."""
