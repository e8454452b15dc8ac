"""Say in one sentence what a result supports best, and in sentences what has moved.

Slack and the report use the same sentences. They are plain text.
"""

from bot.core.counts import Shown
from bot.core.cycle_summary import CycleSummary, Trend
from bot.core.inference import Level, level
from bot.core.language import ENGLISH, N_, Language, without_full_stop
from bot.core.model import Side
from bot.core.movements import Claim, Comparison
from bot.core.scoring import Pair
from bot.core.summary import CountedStatement, Summary, numbers_of

PAIRS = {
    Pair.DOOR_FIRST: N_("Few of us feel wanted here, or feel we shape how we work."),
    Pair.WELCOMED_NOT_SHAPING: N_("More of us feel wanted here than feel we shape how we work."),
    Pair.SOME_SHAPE: N_("Most of us feel we shape how we work, but few feel wanted here."),
    Pair.SHAPING: N_("Most of us feel wanted here, and that we shape how we work."),
}
"""What the two sides say together."""

NOTHING_TO_COMPARE = N_("There is nothing to compare yet: the same statements have to be asked again first.")

OTHER_SIZE = N_("This team is now more than a third larger or smaller than it was, which may be why.")

RETRANSLATED = N_(
    "The translation of a statement has changed in between, so some of us answered other words than before."
)

_AGREE = {
    # Translators: {text} is a statement that people answered, without its full stop.
    Shown.EXACT: N_("{low} of the {people} who answered agree: “{text}.”"),
    # Translators: {text} is a statement that people answered, without its full stop.
    Shown.OR_MORE: N_("{low} or more of the {people} who answered agree: “{text}.”"),
    # Translators: {text} is a statement that people answered, without its full stop.
    Shown.OR_FEWER: N_("{high} or fewer of the {people} who answered agree: “{text}.”"),
    # Translators: {text} is a statement that people answered, without its full stop.
    Shown.FROM_TO: N_("{low} to {high} of the {people} who answered agree: “{text}.”"),
}
"""How many agree, exactly as much as may be said."""

_SIDE_MOVED = {
    # Translators: {numbers} is such as “about 6 in 10 now, about 3 in 10 before”.
    (Side.INCLUSION, True): N_("More of us feel wanted here than before: {numbers}."),
    # Translators: {numbers} is such as “about 3 in 10 now, about 6 in 10 before”.
    (Side.INCLUSION, False): N_("Fewer of us feel wanted here than before: {numbers}."),
    # Translators: {numbers} is such as “about 6 in 10 now, about 3 in 10 before”.
    (Side.BELONGING, True): N_("More of us feel we shape how we work than before: {numbers}."),
    # Translators: {numbers} is such as “about 3 in 10 now, about 6 in 10 before”.
    (Side.BELONGING, False): N_("Fewer of us feel we shape how we work than before: {numbers}."),
    # Translators: {numbers} is such as “about 6 in 10 now, about 3 in 10 before”.
    (Side.GROUND, True): N_("More of us feel safe and well here than before: {numbers}."),
    # Translators: {numbers} is such as “about 3 in 10 now, about 6 in 10 before”.
    (Side.GROUND, False): N_("Fewer of us feel safe and well here than before: {numbers}."),
}
"""That a side has moved; True: up."""


def finding_in_words(found: Summary, language: Language) -> str:
    """Return the finding of a round in one sentence.

    First what has moved, then what the two sides say together, then a statement that few or most agree with,
    then a plain fact. For a withheld round: that too few replied.
    """
    if found.replies is None or found.audience is None:
        return language.ngettext(
            "Fewer than {number} person replied, so nothing is shown.",
            "Fewer than {number} people replied, so nothing is shown.",
            found.round.policy.threshold,
        )
    if found.moved.claims:
        return claim_in_words(found.moved.claims[0], language)
    if found.pair:
        return language.gettext(PAIRS[found.pair])
    counted = [one for one in (found.still_open, found.strong, *found.statements) if one and one.count]
    named = next((one for one in counted if _level(one) is not Level.MIXED), None)
    plainest = named or next(iter(counted), None)
    if plainest is None or plainest.count is None:
        # Translators: both are numbers of people.
        replied = language.gettext(
            "{replies} of {people} of us replied.",
            replies=language.number(found.replies),
            people=language.number(found.audience),
        )
        unsaid = language.gettext("Too few answered a statement to show a number.")
        return f"{replied} {unsaid}" if found.statements else replied
    return statement_in_words(plainest, language)


def statement_in_words(counted: CountedStatement, language: Language = ENGLISH) -> str:
    """Return how many agree with a statement, as a sentence. The statement must have a shown count."""
    text = language.within_quotes(without_full_stop(counted.statement.text))
    assert counted.count  # safe because only counted statements are named
    reading = _level(counted)
    if reading is Level.HIGH:
        return language.gettext("Most of us agree: “{text}.”", text=text)
    if reading is Level.LOW:
        return language.gettext("Few of us agree: “{text}.”", text=text)
    return language.gettext(_AGREE[counted.count.shown], text=text, **numbers_of(counted.count, language))


def cycle_finding(found: CycleSummary, language: Language) -> str:
    """Return the finding of a cycle in one sentence."""
    if found.moved.claims:
        return claim_in_words(found.moved.claims[0], language)
    if found.circle.pair:
        return language.gettext(PAIRS[found.circle.pair])
    named = found.still_open or found.strong
    if named:
        return _share_agrees(named.support, without_full_stop(named.anchor.text), language)
    if not found.topics:
        return language.gettext("Too few people replied each time, so there is nothing to show.")
    return language.gettext("Nothing stands out in these answers.")


def claim_in_words(claim: Claim, language: Language = ENGLISH) -> str:
    """Return what has moved, with how many people out of ten agreed before and agree now."""
    numbers = _now_and_then(claim, language)
    texts = language.list_of([language.quoted(one.text) for one in claim.statements])
    if not claim.whole_side and claim.up:
        # Translators: {statements} is one statement that people answered, or two, in quotation marks.
        return language.gettext(
            "More of us agree than before: {statements} ({numbers}).",
            statements=texts,
            numbers=numbers,
        )
    if not claim.whole_side:
        # Translators: {statements} is one statement that people answered, or two, in quotation marks.
        return language.gettext(
            "Fewer of us agree than before: {statements} ({numbers}).",
            statements=texts,
            numbers=numbers,
        )
    moved = language.gettext(_SIDE_MOVED[claim.side, claim.up], numbers=numbers)
    if not claim.statements:
        return moved
    # Translators: follows “More of us feel wanted here than before”; {statements} have quotation marks.
    most = language.gettext("Most of all: {statements}", statements=texts)
    return f"{moved} {most}"


def movement_in_words(found: Comparison, language: Language = ENGLISH) -> list[str]:
    """Return a sentence for each movement, or one sentence that nothing can be told yet.

    After them come sentences on what else has changed. Returns nothing if there was nothing to compare.
    """
    if not found.comparable:
        return []
    said = [claim_in_words(one, language) for one in found.claims]
    if not said:
        said.append(_cannot_tell(found.more_rounds, language))
    elif found.other_size:
        said.append(language.gettext(OTHER_SIZE))
    if found.retranslated:
        said.append(language.gettext(RETRANSLATED))
    return said


def trend_finding(found: Trend, language: Language) -> str:
    """Return the finding of a trend in one sentence."""
    said = movement_in_words(found.moved, language)
    return said[0] if said else language.gettext(NOTHING_TO_COMPARE)


def out_of_ten(share: float, language: Language = ENGLISH) -> str:
    """Return a share as people out of ten.

    >>> out_of_ten(0.58), out_of_ten(0.02), out_of_ten(0.98)
    ('about 6 in 10', 'almost none', 'almost all')
    """
    people = round(share * 10)
    if people == 0:
        # Translators: of ten people, how many agree; as in “almost none now, about 3 in 10 before”.
        return language.gettext("almost none")
    if people == 10:  # noqa: PLR2004 - all of ten
        # Translators: of ten people, how many agree; as in “almost all now, about 3 in 10 before”.
        return language.gettext("almost all")
    # Translators: of ten people, how many agree; as in “about 6 in 10 now, about 3 in 10 before”.
    return language.gettext("about {people} in 10", people=language.number(people))


def _share_agrees(share: float, text: str, language: Language) -> str:
    people, text = round(share * 10), language.within_quotes(text)
    if people == 0:
        return language.gettext("Almost none of us agree: “{text}.”", text=text)
    if people == 10:  # noqa: PLR2004 - all of ten
        return language.gettext("Almost all of us agree: “{text}.”", text=text)
    return language.ngettext(
        "About {number} in 10 of us agree: “{text}.”",
        "About {number} in 10 of us agree: “{text}.”",
        people,
        text=text,
    )


def _now_and_then(claim: Claim, language: Language) -> str:
    """Return how many of ten agree now, and how many did before."""
    now, then = (out_of_ten(one.middle, language) for one in (claim.now, claim.then))
    if now == then:
        # Translators: {now} is such as “about 6 in 10”. It stands in brackets, or after a colon.
        return language.gettext("{now} both times, so the change is small", now=now)
    # Translators: {now} and {then} are such as “about 6 in 10”. It stands in brackets, or after a colon.
    return language.gettext("{now} now, {then} before", now=now, then=then)


def _cannot_tell(more_rounds: int | None, language: Language) -> str:
    if not more_rounds:
        return language.gettext("We cannot tell yet whether anything has moved.")
    return language.ngettext(
        "We cannot tell yet whether anything has moved; about {number} more question would tell.",
        "We cannot tell yet whether anything has moved; about {number} more questions would tell.",
        more_rounds,
    )


def _level(counted: CountedStatement) -> Level:
    return level(counted.counts)
