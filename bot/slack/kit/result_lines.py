"""Build lines that several features show: a result, the two sides as dots, when the next result comes."""

from bot.core.counts import Count
from bot.core.cycle_summary import Circle
from bot.core.model import Outcome, Round, RoundKind, Side
from bot.core.numbers import number_in_words
from bot.core.release import Published, Release, Withheld
from bot.core.summary import count_in_words
from bot.slack.kit.builders import count_dots, day_in_words, escape, moment


def waiting_for(open_round: Round | None) -> str:
    """Return when the summary of the open round comes, and nothing else; empty without an open round."""
    if open_round is None:
        return ""
    return (
        f"A question is open in this channel. Its summary comes {moment(open_round.closes_at, open_round.zone)}; "
        "before that nobody sees anything."
    )


ENDED = {Outcome.KEEP: "kept", Outcome.CHANGE: "to be changed", Outcome.LET_GO: "let go"}


def result_line(round_: Round, release: Release) -> str:
    """Return a result in one line, for lists."""
    day, label = day_in_words(round_.closes_at, round_.zone), escape(round_.prompt.label)
    if round_.prompt.kind is RoundKind.COLLECT:
        if not isinstance(release, Published):
            return f"*{label}*, {day}: too few proposals to show any."
        return f"*{label}*, {day}: {number_in_words(len(release.proposals))} proposals."
    if isinstance(release, Published) and release.outcome:
        return f"*{label}*, {day}: {ENDED[release.outcome]}."
    if isinstance(release, Withheld):
        return f"*{label}*, {day}: too few replies to show anything."
    return f"*{label}*, {day}: {release.replies} of {release.audience} replied."


def circle_picture(circle: Circle) -> str:
    """Return the two sides of a channel as rows of dots and numbers."""
    return "\n".join(count_row(count, f"_{SIDES[side]}_") for side, count in _sides(circle))


def _sides(circle: Circle) -> list[tuple[Side, Count]]:
    both = ((Side.INCLUSION, circle.inclusion), (Side.BELONGING, circle.belonging))
    return [(side, count) for side, count in both if count]


def count_row(count: Count, words: str) -> str:
    """Return a count as a row: dots, number, words."""
    return f"`{count_dots(count)}` *{count_in_words(count)}*  ·  {words}"


SIDES = {Side.INCLUSION: "feel wanted here", Side.BELONGING: "feel we shape how we work"}
"""What people say on each side if they agree. The finding uses the same words."""
