"""The result of a round: the finding first, then the numbers, then what to do.

All numbers come from the ``Summary``.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import accumulate

from bot.core.counts import Count
from bot.core.findings import PAIRS, finding_in_words, movement_in_words
from bot.core.model import Round
from bot.core.numbers import number_in_words
from bot.core.release import Release, Result
from bot.core.replies import Tenure
from bot.core.summary import GROUP_NAMES, CountedStatement, Summary, TagCount, count_in_words, summarise
from bot.slack.kit.builders import (
    Block,
    View,
    actions,
    button,
    context,
    count_dots,
    date_in_words,
    day_in_words,
    escape,
    modal,
    quoted,
    section,
)
from bot.slack.kit.limits import ROOM_IN_A_MODAL, cut, size
from bot.slack.results.ideas import idea_in_words

OR_MORE = "“Or more” and “or fewer” are on purpose: they do not tell what the last people said"

NOT_A_TEST = "A start for a conversation, not a test of anybody."

SMALL_PRINT = (
    f"{NOT_A_TEST} Replies carry no names; results appear once a question has closed, the same for everybody. If "
    "something weighs on you: `/belonging help` (only you see it)."
)

BETWEEN = "\n\n"
"""Separates two quotes."""

QUOTES_IN_A_MESSAGE = 8
"""Quotes in a message; more would push the rest out of sight."""

ROOM_FOR_NOTES = 600
"""Characters that may be added to a message for the asker."""

QUOTE_ROOM = 1200
"""Characters of a quote in the message; the modal shows all of it."""


def summary_text(round_: Round, release: Release, earlier: Sequence[Result] = ()) -> str:
    """Return the finding in plain text."""
    return finding_in_words(summarise(round_, release, earlier))


def summary(
    round_: Round, release: Release, earlier: Sequence[Result] = (), change: str = "", *buttons: Block
) -> list[Block]:
    """Return the summary message: finding, numbers, one quote, what to try, small print.

    ``change``: the latest decision on a norm, in plain text. ``buttons``: come first.
    """
    found = summarise(round_, release, earlier)
    if found.withheld:
        return [
            section(withheld_text(round_)),
            *_change(change),
            *([actions("summary.actions", *buttons)] if buttons else []),
            context(_small_print(found)),
        ]
    return [
        section(f"*🌱 {escape(finding_in_words(found))}*"),
        *(section("\n".join(rows)) for rows in [[_row_of(one) for one in _counted(found)]] if rows),
        *_moved_too(found),
        *_quote(found),
        *(section(f"*Try this:* {idea_in_words(found.idea)}") for _ in [1] if found.idea),
        *_change(change),
        actions("summary.actions", *buttons, *_buttons(found)),
        context(_small_print(found)),
    ]


def summary_modal(round_: Round, release: Release, earlier: Sequence[Result] = (), change: str = "") -> View:
    """Return all quotes and numbers of a round."""
    found = summarise(round_, release, earlier)
    if found.withheld:
        blocks = [section(withheld_text(round_)), *_change(change)]
    else:
        blocks = [
            section(f"*🌱 {escape(finding_in_words(found))}*"),
            section(f"_{escape(round_.prompt.question)}_"),
            *(section("\n".join(rows)) for rows in [[_row_of(one) for one in _counted(found)]] if rows),
            *([context(_by_group(found))] if round_.prompt.asks_tenure else []),
            *(section(escape(PAIRS[found.pair])) for _ in [1] if found.pair and found.moved.claims),
            *_written(found),
            *quote_blocks(found, ROOM_IN_A_MODAL, in_modal=True),
            *_change(change),
        ]
    blocks.append(context(_small_print(found), SMALL_PRINT))
    return modal("Quotes and numbers", blocks, close="Close", callback_id="summary.read")


def withheld_text(round_: Round) -> str:
    """Return the text where too few replied: the same for none, one or four."""
    return (
        f"Fewer than {round_.policy.threshold} people replied, so nothing is shown, and what was written has "
        "been destroyed. That is the rule that keeps small numbers safe. The next question comes as planned."
    )


def _by_group(found: Summary) -> str:
    """Return what the tenure groups are, and when a statement is shown for them or in total."""
    least = number_in_words(found.round.policy.threshold)
    if not any(one.groups for one in found.statements):
        return (
            "We also asked how long people have been in the team. One of these "
            f"had fewer than {least} people: newer, longer, not said. So every number is of all together."
        )
    text = (
        "_Newer here_: joined within the last year. A statement is shown for each group only where at least "
        f"{least} people of each answered it; otherwise for all together, never both."
    )
    unsaid = any(one.group is Tenure.UNSAID for statement in found.statements for one in statement.groups)
    return f"{text} _Did not say_: how long." if unsaid else text


def _counted(found: Summary) -> Iterator[CountedStatement]:
    """Yield the statements in reading order: the strong one, the others, the one still open."""
    yield from (one for one in (found.strong, *found.others, found.still_open) if one)


def _row_of(counted: CountedStatement) -> str:
    """Return a statement with its numbers: one row, or one for each tenure group."""
    text = escape(counted.statement.text.rstrip("."))
    if counted.count is None:
        return f"Too few people answered: {text}"
    if not counted.groups:
        return f"`{count_dots(counted.count)}` *{count_in_words(counted.count)}*  ·  {text}"
    groups = [
        f"`{count_dots(one.count)}` *{count_in_words(one.count)}* {GROUP_NAMES[one.group]}"
        for one in counted.groups
    ]
    return "\n".join([*groups[:-1], f"{groups[-1]}  ·  {text}"])


def _moved_too(found: Summary) -> list[Block]:
    """Return what else has moved besides what the finding tells."""
    sentences = movement_in_words(found.moved)[1:] if found.moved.claims else []
    return [section(escape(" ".join(sentences)))] if sentences else []


def _quote(found: Summary) -> list[Block]:
    """Return one quote and how many more there are, after a note on removed quotes."""
    blocks = [context(*_removals(found))] if found.removed else []
    if not found.quotes:
        return blocks
    first, more = cut(quoted(found.quotes[0]), QUOTE_ROOM), len(found.quotes) - 1
    many = f"\nand {number_in_words(more)} more {'quote' if more == 1 else 'quotes'}" if more else ""
    return [*blocks, section(f"{first}{many}")]


def _buttons(found: Summary) -> list[Block]:
    read = button("Quotes and numbers" if found.quotes else "All numbers", "summary.open", found.round.id)
    ask = [button("Take a quote down", "quote.ask", found.round.id)] if found.quotes else []
    return [read, *ask]


def _small_print(found: Summary) -> str:
    """Return who replied, what was asked and when, and what "or more" means where it is used."""
    round_ = found.round
    asked = f"asked: {escape(round_.prompt.question)}  ·  {day_in_words(round_.closes_at, round_.zone)}"
    if found.withheld:
        return asked[:1].upper() + asked[1:]
    lines = [f"{found.replies} of {found.audience} replied, without names  ·  {asked}"]
    if any(one.count and one.count.of < (found.replies or 0) for one in found.statements):
        lines.append("Some left a statement out.")
    if any(not count.exact for count in _counts(found)):
        lines.append(f"{OR_MORE}.")
    if found.round.prompt.asks_tenure and any(one.groups for one in found.statements):
        lines.append("_Newer here_: joined within the last year.")
    lines.append("`/belonging help`")
    return "\n".join([lines[0], "  ·  ".join(lines[1:])])


def _counts(found: Summary) -> Iterator[Count]:
    """Yield every number of the rows."""
    for statement in found.statements:
        if statement.groups:
            yield from (one.count for one in statement.groups)
        elif statement.count:
            yield statement.count


def _written(found: Summary) -> list[Block]:
    if found.tags:
        lines = [f"•  {escape(tag_in_words(tag))}" for tag in found.tags]
        return [section("\n".join(["*What people wrote about* (chosen by several writers)", *lines]))]
    if not found.statements and not found.quotes:
        return [
            section("What was written stays with its writers: no tag was chosen by enough of them to show.")
        ]
    return []


def tag_in_words(tag: TagCount) -> str:
    """Return a tag, and how many chose it."""
    return f"{tag.text} ({count_in_words(tag.count)})"


def _change(change: str) -> list[Block]:
    return [section(f"*What came of an earlier proposal*\n{escape(change)}")] if change else []


def quote_blocks(found: Summary, room: int, *, in_modal: bool) -> list[Block]:
    """Return as many quotes as fit into ``room``, after a note on removed quotes."""
    blocks = [context(*_removals(found))] if found.removed else []
    if not found.quotes:
        return blocks
    ask = None if in_modal else button("Take a quote down", "quote.ask", found.round.id)
    heading = section("*In their own words* (allowed by the writers, in no order)", accessory=ask)
    quotes = [quoted(quote) for quote in found.quotes]
    sizes = accumulate(size(quote) + len(BETWEEN) for quote in quotes)
    most = len(quotes) if in_modal else QUOTES_IN_A_MESSAGE
    shown = quotes[: min(most, sum(total <= room for total in sizes))]
    if shown:
        blocks.append(section(BETWEEN.join(shown)))
    if len(shown) < len(quotes):
        blocks.append(context(_more(len(quotes) - len(shown), in_modal=in_modal)))
    return [heading, *blocks]


def _more(count: int, *, in_modal: bool) -> str:
    if in_modal:
        return f"And {count} more, which cannot be shown here."
    return f"And {count} more, in the Home tab of Belonging Bot: press *Show* beside this summary."


def _removals(found: Summary) -> list[str]:
    """Return one sentence for each day on which quotes were taken down."""
    return [
        f"{'A quote was' if count == 1 else f'{count} quotes were'} removed on {date_in_words(day)}."
        for day, count in Counter(found.removed).items()
    ]
