"""The result of a round: the finding first, then the numbers, then what to do.

All numbers come from the ``Summary``.
"""

from collections.abc import Iterator, Sequence

from bot.core.counts import Count
from bot.core.findings import PAIRS, finding_in_words, movement_in_words
from bot.core.language import ENGLISH, N_, Language, without_full_stop
from bot.core.model import Round
from bot.core.release import Release, Result
from bot.core.replies import Tenure
from bot.core.summary import CountedStatement, Summary, count_in_words
from bot.core.translation import summary_in
from bot.slack.kit.builders import (
    Block,
    View,
    actions,
    button,
    context,
    count_dots,
    escape,
    modal,
    quoted,
    section,
)
from bot.slack.kit.limits import ROOM_IN_A_MODAL, cut
from bot.slack.results.ideas import idea_to_try
from bot.slack.results.line_blocks import (
    HELP,
    OR_MORE,
    SEPARATOR,
    asked_part,
    quote_blocks,
    removals,
    replied_of,
    tag_in_words,
    withheld_text,
)

# Translators: Explains “5 of 8 newer here” in the numbers above; use the words of that message.
NEWER_HERE = N_("_Newer here_: joined within the last year.")

SMALL_PRINT = N_(
    "A start for a conversation, not a test of anybody. Replies carry no names; results appear once a question has "
    "closed, the same for everybody. If something weighs on you: `/belonging help` (only you see it)."
)

GROUP_COUNTS = {
    # Translators: {count} is such as “5 of 8”: of those who joined within the last year, how many agree.
    Tenure.NEWER: N_("*{count}* newer here"),
    # Translators: {count} is such as “5 of 8”: of those who have been here longer than a year, how many agree.
    Tenure.LONGER: N_("*{count}* longer here"),
    # Translators: {count} is such as “5 of 8”: of those who did not say how long they have been here, how many agree.
    Tenure.UNSAID: N_("*{count}* did not say"),
}
"""The number of a tenure group, in a row of its own."""

QUOTE_ROOM = 1200
"""Characters of a quote in the message; the modal shows all of it."""


def summary_text(
    round_: Round, release: Release, earlier: Sequence[Result] = (), language: Language = ENGLISH
) -> str:
    """Return the finding in plain text."""
    return finding_in_words(summary_in(round_, release, earlier, language.code), language)


def summary(
    round_: Round,
    release: Release,
    earlier: Sequence[Result] = (),
    change: str = "",
    *buttons: Block,
    language: Language = ENGLISH,
) -> list[Block]:
    """Return the summary message: finding, numbers, one quote, what to try, small print.

    ``change``: the latest decision on a norm, in plain text. ``buttons``: come first.
    """
    found = summary_in(round_, release, earlier, language.code)
    if found.withheld:
        return [
            section(withheld_text(round_, language)),
            *_change(change, language),
            *([actions("summary.actions", *buttons)] if buttons else []),
            context(_small_print(found, language)),
        ]
    return [
        *_finding(found, language),
        *_rows(found, language),
        *_moved_too(found, language),
        *_quote(found, language),
        *([section(idea_to_try(found.idea, language))] if found.idea else []),
        *_change(change, language),
        actions("summary.actions", *buttons, *_buttons(found, language)),
        context(_small_print(found, language)),
    ]


def summary_modal(
    round_: Round,
    release: Release,
    earlier: Sequence[Result] = (),
    change: str = "",
    language: Language = ENGLISH,
) -> View:
    """Return all quotes and numbers of a round."""
    found = summary_in(round_, release, earlier, language.code)
    if found.withheld:
        blocks = [section(withheld_text(round_, language)), *_change(change, language)]
    else:
        pair = found.pair if found.moved.claims else None
        blocks = [
            *_finding(found, language),
            section(f"_{escape(found.round.prompt.question)}_"),
            *_rows(found, language),
            *([context(_by_group(found, language))] if round_.prompt.asks_tenure else []),
            *([section(escape(language.gettext(PAIRS[pair])))] if pair else []),
            *_written(found, language),
            *quote_blocks(found, ROOM_IN_A_MODAL, in_modal=True, language=language),
            *_change(change, language),
        ]
    blocks.append(context(_small_print(found, language), language.gettext(SMALL_PRINT)))
    title, close = language.gettext("Quotes and numbers"), language.pgettext("button", "Close")
    return modal(title, blocks, close=close, callback_id="summary.read")


def _by_group(found: Summary, language: Language) -> str:
    """Return what the tenure groups are, and when a statement is shown for them or in total."""
    least = found.round.policy.threshold
    in_words = language.number_in_words(least)
    if not any(one.groups for one in found.statements):
        sentences = [
            language.gettext("We also asked how long people have been in the team."),
            # Translators: Of three groups of people, by how long they have been in the team.
            language.ngettext(
                "One of these had fewer than {number} person: newer, longer, not said.",
                "One of these had fewer than {number} people: newer, longer, not said.",
                least,
                number=in_words,
            ),
            language.gettext("So every number is of all together."),
        ]
        return " ".join(sentences)
    sentences = [
        language.gettext(NEWER_HERE),
        language.ngettext(
            "A statement is shown for each group only where at least {number} person of each answered it; "
            "otherwise for all together, never both.",
            "A statement is shown for each group only where at least {number} people of each answered it; "
            "otherwise for all together, never both.",
            least,
            number=in_words,
        ),
    ]
    if any(one.group is Tenure.UNSAID for statement in found.statements for one in statement.groups):
        # Translators: Explains “5 of 8 did not say” in the numbers above; use the words of that message.
        sentences.append(language.gettext("_Did not say_: how long."))
    return " ".join(sentences)


def _finding(found: Summary, language: Language) -> list[Block]:
    return [section(f"*🌱 {escape(finding_in_words(found, language))}*")]


def _rows(found: Summary, language: Language) -> list[Block]:
    rows = [_row_of(one, language) for one in _counted(found)]
    return [section("\n".join(rows))] if rows else []


def _counted(found: Summary) -> Iterator[CountedStatement]:
    """Yield the statements in reading order: the strong one, the others, the one still open."""
    yield from (one for one in (found.strong, *found.others, found.still_open) if one)


def _row_of(counted: CountedStatement, language: Language) -> str:
    """Return a statement with its numbers: one row, or one for each tenure group."""
    text = escape(without_full_stop(counted.statement.text))
    if counted.count is None:
        return language.gettext("Too few people answered: {statement}", statement=text)
    if not counted.groups:
        return f"`{count_dots(counted.count)}` *{count_in_words(counted.count, language)}*  ·  {text}"
    groups = [
        f"`{count_dots(one.count)}` "
        f"{language.gettext(GROUP_COUNTS[one.group], count=count_in_words(one.count, language))}"
        for one in counted.groups
    ]
    return "\n".join([*groups[:-1], f"{groups[-1]}  ·  {text}"])


def _moved_too(found: Summary, language: Language) -> list[Block]:
    """Return what else has moved besides what the finding tells."""
    sentences = movement_in_words(found.moved, language)[1:] if found.moved.claims else []
    return [section(escape(" ".join(sentences)))] if sentences else []


def _quote(found: Summary, language: Language) -> list[Block]:
    """Return one quote and how many more there are, after a note on removed quotes."""
    blocks = [context(*removals(found, language))] if found.removed else []
    if not found.quotes:
        return blocks
    lines, more = [cut(quoted(found.quotes[0]), QUOTE_ROOM)], len(found.quotes) - 1
    if more:
        in_words = language.number_in_words(more)
        # Translators: In the line below a quote.
        more_quotes = language.ngettext(
            "and {number} more quote", "and {number} more quotes", more, number=in_words
        )
        lines.append(more_quotes)
    return [*blocks, section("\n".join(lines))]


def _buttons(found: Summary, language: Language) -> list[Block]:
    if not found.quotes:
        return [button(language.gettext("All numbers"), "summary.open", found.round.id)]
    return [
        button(language.gettext("Quotes and numbers"), "summary.open", found.round.id),
        button(language.gettext("Take a quote down"), "quote.ask", found.round.id),
    ]


def _small_print(found: Summary, language: Language) -> str:
    """Return who replied, what was asked and when, and what "or more" means where it is used."""
    day = language.day_of(found.round.closes_at, found.round.zone)
    if found.withheld:
        # Translators: Small print below a result.
        asked = language.gettext("Asked: {question}", question=escape(found.round.prompt.question))
        return SEPARATOR.join([asked, day])
    replied = replied_of(found.replies or 0, found.audience or 0, language)
    asked = asked_part(found.round, language)
    notes = []
    if any(one.count and one.count.of < (found.replies or 0) for one in found.statements):
        notes.append(language.gettext("Some left a statement out."))
    if any(not count.exact for count in _counts(found)):
        notes.append(language.gettext(OR_MORE))
    if found.round.prompt.asks_tenure and any(one.groups for one in found.statements):
        notes.append(language.gettext(NEWER_HERE))
    return f"{SEPARATOR.join([replied, asked, day])}\n{SEPARATOR.join([*notes, HELP])}"


def _counts(found: Summary) -> Iterator[Count]:
    """Yield every number of the rows."""
    for statement in found.statements:
        if statement.groups:
            yield from (one.count for one in statement.groups)
        elif statement.count:
            yield statement.count


def _written(found: Summary, language: Language) -> list[Block]:
    if found.tags:
        heading = language.gettext("*What people wrote about* (chosen by several writers)")
        lines = [f"•  {escape(tag_in_words(tag, language))}" for tag in found.tags]
        return [section("\n".join([heading, *lines]))]
    if not found.statements and not found.quotes:
        nothing = language.gettext(
            "What was written stays with its writers: no tag was chosen by enough of them to show."
        )
        return [section(nothing)]
    return []


def _change(change: str, language: Language) -> list[Block]:
    heading = language.gettext("*What came of an earlier proposal*")
    return [section(f"{heading}\n{escape(change)}")] if change else []
