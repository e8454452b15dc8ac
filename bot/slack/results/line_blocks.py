"""Lines and buttons that the results of several kinds of rounds share."""

from collections import Counter
from itertools import accumulate

from bot.core.language import ENGLISH, N_, Language
from bot.core.model import Round
from bot.core.summary import Summary, TagCount, count_in_words
from bot.slack.kit.builders import Block, button, context, escape, quoted, section
from bot.slack.kit.limits import size

SEPARATOR = "  ·  "
"""Separates parts of a line that are whole in themselves."""

HELP = "`/belonging help`"

# Translators: Of numbers such as “11 or more of 14” and “3 or fewer of 14”; use the words of those messages.
OR_MORE = N_("“Or more” and “or fewer” are on purpose: they do not tell what the last people said.")

RULE = N_("That is the rule that keeps small numbers safe.")
"""Follows the sentence that too few replied, so that nothing is shown."""

BETWEEN = "\n\n"
"""Separates two quotes."""

QUOTES_IN_A_MESSAGE = 8
"""Quotes in a message; more would push the rest out of sight."""

ROOM_FOR_NOTES = 600
"""Characters that may be added to a message for the asker."""


def withheld_text(round_: Round, language: Language) -> str:
    """Return the text where too few replied: the same for none, one or four."""
    few = language.ngettext(
        "Fewer than {number} person replied, so nothing is shown, and what was written has been destroyed.",
        "Fewer than {number} people replied, so nothing is shown, and what was written has been destroyed.",
        round_.policy.threshold,
    )
    return " ".join([few, language.gettext(RULE), language.gettext("The next question comes as planned.")])


def replied_of(replies: int, audience: int, language: Language) -> str:
    """Return how many of those who were asked replied."""
    return language.ngettext(
        "{number} of {audience} replied, without names",
        "{number} of {audience} replied, without names",
        replies,
        audience=language.number(audience),
    )


def asked_part(round_: Round, language: Language) -> str:
    """Return what was asked, for small print that says something else first."""
    # Translators: Follows other small print, such as “14 of 18 replied, without names”.
    return language.gettext("asked: {question}", question=escape(round_.prompt.question))


def tag_in_words(tag: TagCount, language: Language) -> str:
    """Return a tag, and how many chose it."""
    # Translators: {tag} is what people wrote about; {count} is such as “5 of 14”: how many of them.
    return language.gettext("{tag} ({count})", tag=tag.text, count=count_in_words(tag.count, language))


def share_button(action: str, value: str, language: Language) -> Block:
    """Return the button that shares a result in its channel."""
    return button(language.gettext("Share in channel"), action, value)


def removals(found: Summary, language: Language) -> list[str]:
    """Return one sentence for each day on which quotes were taken down."""
    return [
        language.ngettext(
            "A quote was removed on {day}.",
            "{number} quotes were removed on {day}.",
            count,
            day=language.day(day),
        )
        for day, count in Counter(found.removed).items()
    ]


def quote_blocks(found: Summary, room: int, *, in_modal: bool, language: Language = ENGLISH) -> list[Block]:
    """Return as many quotes as fit into ``room``, after a note on removed quotes."""
    blocks = [context(*removals(found, language))] if found.removed else []
    if not found.quotes:
        return blocks
    take = button(language.gettext("Take a quote down"), "quote.ask", found.round.id)
    heading = language.gettext("*In their own words* (allowed by the writers, in no order)")
    quotes = [quoted(quote) for quote in found.quotes]
    sizes = accumulate(size(quote) + len(BETWEEN) for quote in quotes)
    most = len(quotes) if in_modal else QUOTES_IN_A_MESSAGE
    shown = quotes[: min(most, sum(total <= room for total in sizes))]
    if shown:
        blocks.append(section(BETWEEN.join(shown)))
    if len(shown) < len(quotes):
        blocks.append(context(_more(len(quotes) - len(shown), in_modal=in_modal, language=language)))
    return [section(heading, accessory=None if in_modal else take), *blocks]


def _more(count: int, *, in_modal: bool, language: Language) -> str:
    """Return how many quotes are not shown here."""
    if in_modal:
        # Translators: Of quotes.
        return language.ngettext(
            "And {number} more, which cannot be shown here.",
            "And {number} more, which cannot be shown here.",
            count,
        )
    # Translators: Of quotes. *Show* is a button.
    return language.ngettext(
        "And {number} more, in the Home tab of Belonging Bot: press *Show* beside this summary.",
        "And {number} more, in the Home tab of Belonging Bot: press *Show* beside this summary.",
        count,
    )
