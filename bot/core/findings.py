"""Say in one sentence what a result supports best, and in sentences what has moved.

Slack and the report use the same sentences. They are plain text.
"""

from bot.core.counts import Count
from bot.core.cycle_summary import CycleSummary, Trend
from bot.core.inference import Level, level
from bot.core.model import Side
from bot.core.movements import Claim, Comparison
from bot.core.scoring import Pair
from bot.core.summary import CountedStatement, Summary, count_in_words

FEEL = {
    Side.INCLUSION: "feel wanted here",
    Side.BELONGING: "feel we shape how we work",
    Side.GROUND: "feel safe and well here",
}
"""What people say about a side, after "of us"."""

PAIRS = {
    Pair.DOOR_FIRST: "Few of us feel wanted here, or feel we shape how we work.",
    Pair.WELCOMED_NOT_SHAPING: "More of us feel wanted here than feel we shape how we work.",
    Pair.SOME_SHAPE: "Most of us feel we shape how we work, but few feel wanted here.",
    Pair.SHAPING: "Most of us feel wanted here, and that we shape how we work.",
}
"""What the two sides say together."""

NOTHING_TO_COMPARE = "There is nothing to compare yet: the same statements have to be asked again first."

OTHER_SIZE = "This team is now more than a third larger or smaller than it was, which may be why."


def finding_in_words(found: Summary) -> str:
    """Return the finding of a round in one sentence.

    First what has moved, then what the two sides say together, then a statement that few or most agree with,
    then a plain fact. For a withheld round: that too few replied.
    """
    if found.withheld:
        return f"Fewer than {found.round.policy.threshold} people replied, so nothing is shown."
    if found.moved.claims:
        return claim_in_words(found.moved.claims[0])
    if found.pair:
        return PAIRS[found.pair]
    counted = [one for one in (found.still_open, found.strong, *found.statements) if one and one.count]
    named = next((one for one in counted if _level(one) is not Level.MIXED), None)
    plainest = named or next(iter(counted), None)
    if plainest is None or plainest.count is None:
        unsaid = " Too few answered a statement to show a number." if found.statements else ""
        return f"{found.replies} of {found.audience} of us replied.{unsaid}"
    return statement_in_words(plainest)


def statement_in_words(counted: CountedStatement) -> str:
    """Return how many agree with a statement, as a sentence. The statement must have a shown count."""
    text = counted.statement.text.rstrip(".")
    assert counted.count  # safe because only counted statements are named
    said = {Level.HIGH: "Most of us agree", Level.LOW: "Few of us agree"}.get(_level(counted))
    if said:
        return f"{said}: “{text}.”"
    return f"{of_those_who_answered(counted.count)} agree: “{text}.”"


def of_those_who_answered(count: Count) -> str:
    """Return how many of those who answered agree, exactly as much as may be said.

    >>> of_those_who_answered(Count(of=8, low=4, high=4))
    '4 of the 8 who answered'
    """
    many, _, answered = count_in_words(count).rpartition(" of ")
    return f"{many} of the {answered} who answered"


def cycle_finding(found: CycleSummary) -> str:
    """Return the finding of a cycle in one sentence."""
    if found.moved.claims:
        return claim_in_words(found.moved.claims[0])
    if found.circle.pair:
        return PAIRS[found.circle.pair]
    named = found.still_open or found.strong
    if named:
        return f"{out_of_ten(named.support).capitalize()} of us agree: “{named.anchor.text.rstrip('.')}.”"
    if not found.topics:
        return "Too few people replied each time, so there is nothing to show."
    return "Nothing stands out in these answers."


def claim_in_words(claim: Claim) -> str:
    """Return what has moved, with how many people out of ten agreed before and agree now."""
    more = "More" if claim.up else "Fewer"
    now, then = out_of_ten(claim.now.middle), out_of_ten(claim.then.middle)
    numbers = f"{now} both times, so the change is small" if now == then else f"{now} now, {then} before"
    if not claim.whole_side:
        return f"{more} of us agree than before: “{_texts(claim)}” ({numbers})."
    most = f" Most of all: “{_texts(claim)}”" if claim.statements else ""
    return f"{more} of us {FEEL[claim.side]} than before: {numbers}.{most}"


def movement_in_words(found: Comparison) -> list[str]:
    """Return a sentence for each movement, or one sentence that nothing can be told yet.

    Returns nothing if there was nothing to compare.
    """
    if not found.comparable:
        return []
    said = [claim_in_words(one) for one in found.claims]
    if not said:
        more = f"; about {found.more_rounds} more questions would tell" if found.more_rounds else ""
        said.append(f"We cannot tell yet whether anything has moved{more}.")
    return [*said, OTHER_SIZE] if found.other_size and found.claims else said


def trend_finding(found: Trend) -> str:
    """Return the finding of a trend in one sentence."""
    said = movement_in_words(found.moved)
    return said[0] if said else NOTHING_TO_COMPARE


def out_of_ten(share: float) -> str:
    """Return a share as people out of ten.

    >>> out_of_ten(0.58), out_of_ten(0.02), out_of_ten(0.98)
    ('about 6 in 10', 'almost none', 'almost all')
    """
    people = round(share * 10)
    return {0: "almost none", 10: "almost all"}.get(people, f"about {people} in 10")


def _level(counted: CountedStatement) -> Level:
    return level(counted.counts)


def _texts(claim: Claim) -> str:
    return "” and “".join(statement.text for statement in claim.statements)
