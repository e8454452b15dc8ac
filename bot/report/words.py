"""The sentences of the report: the same words as in Slack, for a page that is read months later."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.core.cycle_summary import Circle
from bot.core.findings import PAIRS
from bot.core.model import Round, Side
from bot.core.release import Count
from bot.core.summary import Summary, count_in_words

SIDES = {Side.INCLUSION: "Inclusion", Side.BELONGING: "Belonging", Side.GROUND: "Ground"}
SIDES_MEAN = {
    Side.INCLUSION: "being wanted in the place as it stands",
    Side.BELONGING: "making the place together, and moving its edge",
    Side.GROUND: "what grows from both; shown beside them, never mixed in",
}
NO_CAUSE = "We cannot tell why from these answers."

CIRCLE_MEANS = (
    "The disc covers as much of the dashed circle as answers agree that people are wanted here. The "
    "edge stands as far out as answers agree that people shape how we work. Both come from rounds "
    "that asked the same people both."
)
TRENDS_MEAN = (
    "Each topic has one statement that is repeated in the same words. Here are the answers that "
    "agree with it, cycle by cycle; the numbers below a drawing are those of the rounds."
)
REWORDED = (
    "Some statements have new words, so they begin anew: nothing that was asked in the old words is compared "
    "with them."
)
HOW_TO_READ = (
    (
        "Every number here was shown to the whole channel when its round closed. Nobody has a "
        "deeper view than this page, and nothing deeper is kept: single replies and their keys "
        "were destroyed at each close."
    ),
    (
        "Of a statement one number is shown, how many agree. At the ends it reads “11 or more of "
        "14” or “3 or fewer of 14”, so that nobody can tell what the last two or three people "
        "said. Drawings show such an end as a range."
    ),
    (
        "Where a round also asked how long people had been in the team, a statement may have one number for "
        "each group in place of the one; its total is then the sum of their least and of their greatest."
    ),
    (
        "Over a cycle the numbers are of answers: whoever was asked a statement in three rounds "
        "counts three times."
    ),
    (
        "A movement is named where the shown numbers leave little doubt of it. Of ten teams in which "
        "nothing has changed, about one is told of a movement all the same. The same words are compared "
        "with themselves, cycle against cycle, and nothing else is."
    ),
    (
        "Nothing here tells why. It is a start for a conversation, not a test, and says nothing "
        "about any one person, or about this channel beside another."
    ),
)
SAMPLE = (
    "Sample data, all invented. There is no such team, and nobody ever gave these answers. The "
    "page shows what a report looks like."
)


def day(when: datetime, zone: str) -> str:
    """A day in the channel's zone, such as ``27 November 2026``."""
    return day_of(when.astimezone(ZoneInfo(zone)).date())


def day_of(found: date) -> str:
    """A day, such as ``27 November 2026``."""
    return f"{found.day} {found:%B} {found.year}"


def rounds_in_words(first: int, last: int) -> str:
    """``Round 3``, or ``Rounds 1 to 12``."""
    return f"Round {first}" if first == last else f"Rounds {first} to {last}"


def agree(count: Count) -> str:
    """``5 of 14 agree``, exactly as much as may be said."""
    return f"{count_in_words(count)} agree"


def withheld_text(round_: Round) -> str:
    """Why a round shows nothing."""
    return (
        f"Fewer than {round_.policy.threshold} people replied, so nothing is shown and no number was kept. "
        "That is the rule that keeps small numbers safe."
    )


def groups_mean(found: Summary) -> str:
    """What the tenure groups are, in a round that asked for them; or that they were too small to show."""
    if not any(one.groups for one in found.statements):
        return (
            "This round also asked how long people had been in the team. One of these had fewer "
            f"than {found.round.policy.threshold} people: newer, longer, not said. So every number is of all "
            "together."
        )
    return (
        "Newer here: joined within the last year. A statement is shown for each group only where at least "
        f"{found.round.policy.threshold} people of each answered it; otherwise for all together, never both."
    )


def circle_in_words(circle: Circle) -> tuple[str, str]:
    """What the two sides of a cycle say together, and the numbers of both."""
    if circle.inclusion is None or circle.belonging is None:
        return "Nothing to draw yet", "In no round of this cycle were both sides asked, answered, and shown."
    numbers = (
        f"Feel wanted here: {count_in_words(circle.inclusion)} answers. "
        f"Feel we shape how we work: {count_in_words(circle.belonging)} answers."
    )
    return PAIRS[circle.pair] if circle.pair else "The two sides", numbers


def removals_in_words(removed: Sequence[date]) -> list[str]:
    """One sentence for each day on which quotes were taken down."""
    return [
        f"{'A quote was' if count == 1 else f'{count} quotes were'} removed on {day_of(on)}."
        for on, count in Counter(removed).items()
    ]
