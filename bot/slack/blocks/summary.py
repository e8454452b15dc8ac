"""The result of a round, as the channel reads it. Numbers come from the ``Summary`` and from nowhere else."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import accumulate

from bot.core.model import Round
from bot.core.release import Release, Withheld
from bot.core.replies import Tenure
from bot.core.results import Result
from bot.core.scoring import Movement, Pair
from bot.core.summary import Statement, Summary, TagCount, count_in_words, groups_in_words, summarise
from bot.slack.blocks.charts import summary_chart
from bot.slack.blocks.ideas import idea_in_words
from bot.slack.blocks.kit import (
    Block,
    View,
    button,
    context,
    date_in_words,
    day_in_words,
    escape,
    header,
    modal,
    moment,
    number_in_words,
    quoted,
    section,
)
from bot.slack.blocks.quotes import ROOM_IN_A_MODAL
from bot.slack.limits import MESSAGE_CHARS, size, text_size

SMALL_PRINT = (
    "A start for a conversation, not a test, and nothing here is about any one person. Replies carry no names; "
    "results appear once a round has closed, the same for everybody. If something weighs on you: "
    "`/belonging help` (only you see it)."
)

PAIRS = {
    Pair.DOOR_FIRST: ("Getting in comes first", "Fewer of us feel that people get in here, or are welcome."),
    Pair.SOME_SHAPE: ("Some shape a lot", "Some of us have a say, others less."),
    Pair.SHAPING: ("Welcomed and shaping", "Who is about to arrive?"),
    Pair.WELCOMED_NOT_SHAPING: (
        "Welcomed, but not yet shaping",
        "More of us feel wanted here than feel we shape how things are done",
    ),
}
"""What the two sides say together: a title and a sentence."""

SAID_FIRST = {Pair.DOOR_FIRST, Pair.SOME_SHAPE}
"""Where people are not let in, that is said before anything else."""

ALSO = "Also asked"
"""The heading of what is neither strong nor open."""

UNDER = " " * 6
"""Sets a line under the words of the statement before it."""

BETWEEN = "\n\n"
"""Stands between two quotes."""

QUOTES_IN_A_MESSAGE = 8
"""So many quotes are read; hundreds would bury what comes after them. The others open from the Home tab."""

ROOM_FOR_NOTES = 600
"""What may be added to a summary for the one who asked, in characters."""


def notification(round_: Round, release: Release, earlier: Sequence[Result] = ()) -> str:
    """The whole result in one line of Slack's markup, for notifications and screen readers."""
    return escape(summary_text(round_, release, earlier))


def summary_text(round_: Round, release: Release, earlier: Sequence[Result] = ()) -> str:
    """The whole result in plain text: every number of the chart and of the paragraphs."""
    found = _as_read(summarise(round_, release, earlier))
    title = f"Belonging summary, round {round_.number}, {round_.prompt.label}."
    if found.withheld:
        return f"{title} {withheld_text(round_)}"
    lines = [
        f"{title} {found.replies} of {found.audience} people replied.",
        *(f"{name}. {words}" for name, words in _findings(found, _in_plain, " ")),
        *(_by_group(found).replace("_", "") for _ in [1] if found.round.prompt.asks_tenure),
        *(f"Written about: {'; '.join(map(tag_in_words, found.tags))}." for _ in [1] if found.tags),
        *_removals(found),
        *(f"Since last time: {sentence}" for sentence in _since(found)),
        *(f"One thing we could try: {idea_in_words(found.idea)}" for _ in [1] if found.idea),
    ]
    return " ".join(lines)


def summary(
    round_: Round, release: Release, earlier: Sequence[Result] = (), change: str = "", *, chart: bool = True
) -> list[Block]:
    """The summary message; without the chart the same numbers stand in the text alone.

    ``change``: what became of the channel's last norm, in plain text.
    """
    return _summary(_as_read(summarise(round_, release, earlier)), change, chart=chart, in_modal=False)


def summary_modal(round_: Round, release: Release, earlier: Sequence[Result] = (), change: str = "") -> View:
    """The summary where there is room for more quotes, and none for a chart or the button to take one down."""
    blocks = _summary(_as_read(summarise(round_, release, earlier)), change, chart=False, in_modal=True)
    return modal("Belonging summary", blocks, close="Close", callback_id="summary.read")


def waiting_for(open_round: Round | None) -> str:
    """When the open round's summary comes; nothing else is said of it, and nothing where none is open."""
    if open_round is None:
        return ""
    return (
        f"A round is open in this channel. Its summary comes {moment(open_round.closes_at, open_round.zone)}; "
        "before that nobody sees anything."
    )


def summary_line(round_: Round, release: Release) -> str:
    """A result in one line, for lists."""
    day = day_in_words(round_.closes_at, round_.zone)
    if isinstance(release, Withheld):
        return f"*{escape(round_.prompt.label)}*, {day}: too few replies to show anything."
    return f"*{escape(round_.prompt.label)}*, {day}: {release.replies} of {release.audience} replied."


def pair_in_words(found: Summary) -> list[tuple[str, str]]:
    """Title and sentence of what the two sides say together; nothing where they say nothing."""
    if found.pair is None:
        return []
    title, sentence = PAIRS[found.pair]
    if found.gap:
        people = "people" if found.gap.people > 1 else "person"
        sentence += (
            f": at least {number_in_words(found.gap.people)} {people} more, among {found.gap.of}. "
            "We cannot tell why from these answers."
        )
    return [(title, sentence)]


def _summary(found: Summary, change: str, *, chart: bool, in_modal: bool) -> list[Block]:
    round_ = found.round
    heading = [
        header(f"🌱 Belonging summary: {round_.prompt.label}"),
        context(f"Round {round_.number}  ·  closed {moment(round_.closes_at, round_.zone)}"),
        section(f"_{escape(round_.prompt.question)}_"),
    ]
    if found.withheld:
        return [*heading, section(withheld_text(round_)), *_change(change), context(SMALL_PRINT)]
    heading.append(section(f"*{found.replies} of {found.audience} people replied.* Thank you."))
    findings = [section(f"*{name}*\n{words}") for name, words in _findings(found, _statement, f"\n{UNDER}")]
    blocks = [*heading, *findings]
    if round_.prompt.asks_tenure:
        blocks.append(context(_by_group(found)))
    if chart and (figure := summary_chart(found)):
        blocks.append(figure)
    blocks += _written(found)
    end = [*_outlook(found), *_change(change), context(SMALL_PRINT)]
    room = ROOM_IN_A_MODAL if in_modal else MESSAGE_CHARS - text_size([*blocks, *end]) - ROOM_FOR_NOTES
    return [*blocks, *quote_blocks(found, room, in_modal=in_modal), *end]


def _by_group(found: Summary) -> str:
    """What the groups are, and when a statement is shown for both; or that this time all are in total."""
    least = number_in_words(found.round.policy.threshold)
    if not any(one.groups for one in found.statements):
        return (
            "This round also asked how long people have been in the team. One of these "
            f"had fewer than {least} people: newer, longer, not said. So every number is of all together."
        )
    said = (
        "_Newer here_: joined within the last year. A statement is shown for each group only where at least "
        f"{least} people of each answered it; otherwise for all together, never both."
    )
    unsaid = any(one.group is Tenure.UNSAID for statement in found.statements for one in statement.groups)
    return f"{said} _Did not say_: how long." if unsaid else said


def withheld_text(round_: Round) -> str:
    """What is said where too few replied: the same words for none, one or four."""
    return (
        f"Fewer than {round_.policy.threshold} people replied, so nothing is shown, and what was written has "
        "been destroyed. That is the rule that keeps small numbers safe. The next question comes as planned."
    )


def _groups(found: Summary) -> list[tuple[str, tuple[Statement, ...]]]:
    """The statements under their headings: what is strong first, what is still open next, then the others."""
    groups = [
        ("What is strong", (found.strong,)) if found.strong else ("What people said", found.others),
        ("What is still open", (found.still_open,)) if found.still_open else ("", ()),
        (ALSO, found.others if found.strong else ()),
    ]
    return [(name, statements) for name, statements in groups if statements]


def _as_read(found: Summary) -> Summary:
    """The same summary, its statements in the order and with the numbers in which they are read."""
    ordered = [one for _, statements in _groups(found) for one in statements]
    placed = {one.number: replace(one, number=place) for place, one in enumerate(ordered, start=1)}
    return replace(
        found,
        statements=tuple(placed.values()),
        strong=placed[found.strong.number] if found.strong else None,
        still_open=placed[found.still_open.number] if found.still_open else None,
    )


def _findings(found: Summary, say: Callable[[Statement], str], under: str) -> list[tuple[str, str]]:
    """Headings and words: the statements as ``say`` puts them, and what the two sides say together.

    ``under`` stands between a statement and a line that belongs to it.
    """
    pair = pair_in_words(found)
    sure = f"{under}{words}" if (words := _sure(found)) else ""
    groups = [
        (name, under[0].join(map(say, statements)) + (sure if found.still_open in statements else ""))
        for name, statements in _groups(found)
    ]
    if found.pair in SAID_FIRST:
        return [*pair, *groups]
    early = [group for group in groups if group[0] != ALSO]
    return [*early, *pair, *groups[len(early) :]]


def _statement(statement: Statement) -> str:
    text = escape(statement.item.text)
    if statement.count is None:
        return f"{statement.number}.  _{text}_\n{UNDER}Too few people answered this one to show it."
    if statement.groups:
        return f"{statement.number}.  _{text}_\n{UNDER}{groups_in_words(statement.groups, '*')}."
    return f"{statement.number}.  *{count_in_words(statement.count)}* agree: _{text}_"


def _in_plain(statement: Statement) -> str:
    if statement.count is None:
        return f"Too few answered: “{statement.item.text}”"
    if statement.groups:
        return f"“{statement.item.text}” {groups_in_words(statement.groups)}."
    return f"{count_in_words(statement.count)} agree: “{statement.item.text}”"


def _sure(found: Summary) -> str:
    """Between how many of all it lies, whatever the silent ones think; nothing where too many are silent."""
    if found.sure is None or found.audience is None or found.still_open is None:
        return ""
    count = found.still_open.count
    silent = found.audience - (count.of if count else 0)
    whoever = (
        "the one who did not answer thinks"
        if silent == 1
        else f"the {number_in_words(silent)} who did not answer think"
    )
    low, high = found.sure
    range_ = f"between {low} and {high}" if low else f"at most {high}"
    return f"Whatever {whoever}, that is {range_} of all {found.audience}."


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
    """A tag, and how many chose it."""
    return f"{tag.text} ({count_in_words(tag.count)})"


def _outlook(found: Summary) -> list[Block]:
    blocks = [section(f"*Since last time*\n{escape(sentence)}") for sentence in _since(found)]
    if found.idea:
        blocks.append(section(f"*One thing we could try*\n{idea_in_words(found.idea)}"))
    return blocks


def _change(change: str) -> list[Block]:
    return [section(f"*What came of an earlier proposal*\n{escape(change)}")] if change else []


def _since(found: Summary) -> Iterator[str]:
    """What became of the repeated statement, in a sentence or two."""
    since = found.since
    if since is None:
        return
    item = since.item.text.rstrip(".")
    chance = f"With {since.answers} replies, anything under about {number_in_words(since.chance)} people can be chance."
    way = {Movement.UP: "up", Movement.DOWN: "down"}.get(since.moved)
    if way:
        yield (
            f"“{item}” has moved {way} since round {since.last}, by more than chance often does. "
            "We cannot tell why from these answers."
        )
    elif since.moved is Movement.UNCLEAR:
        yield f"“{item}” shows no clear movement since round {since.last}. {chance}"
    else:
        yield f"Too early to say. {chance}"


def quote_blocks(found: Summary, room: int, *, in_modal: bool) -> list[Block]:
    """Heading and quotes, as many as there is room for; what was taken down is said before them."""
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
    """One sentence for each day on which quotes were taken down."""
    return [
        f"{'A quote was' if count == 1 else f'{count} quotes were'} removed on {date_in_words(day)}."
        for day, count in Counter(found.removed).items()
    ]
