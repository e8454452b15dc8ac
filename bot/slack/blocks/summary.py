"""The result of a round, as the channel reads it. Numbers come from the release and from nowhere else."""

from collections import Counter
from dataclasses import replace
from itertools import accumulate

from bot.core.model import Item, Round
from bot.core.release import Count, ItemRelease, Published, Release, Withheld
from bot.core.scoring import sure_range
from bot.core.summary import Statement, Summary, summarise
from bot.slack.blocks.kit import (
    Block,
    View,
    actions,
    button,
    context,
    date_in_words,
    day_in_words,
    escape,
    header,
    modal,
    moment,
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

WELCOMED = "Welcomed, but not yet shaping"

BETWEEN = "\n\n"
"""Stands between two quotes."""

ROOM_FOR_NOTES = 600
"""What may be added to a summary for the one who asked, in characters."""


def count_in_words(count: Count) -> str:
    """How many agree, exactly as much as may be said: ``5 of 14``, ``11 or more of 14``."""
    if count.exact:
        return f"{count.low} of {count.of}"
    if count.high == count.of:
        return f"{count.low} or more of {count.of}"
    return f"{count.high} or fewer of {count.of}"


def notification(round_: Round, release: Release) -> str:
    """The whole result in one line of Slack's markup, for notifications and screen readers."""
    return escape(summary_text(round_, release))


def summary_text(round_: Round, release: Release) -> str:
    """The whole result in plain text."""
    if isinstance(release, Withheld):
        return f"Belonging summary, round {round_.number}, {round_.prompt.label}. {_withheld(round_)}"
    lines = [
        (
            f"Belonging summary, round {round_.number}, {round_.prompt.label}. "
            f"{release.replies} of {release.audience} people replied."
        ),
        *(_item_in_plain(round_, item) for item in release.items),
        *_gap(summarise(round_, release, ())),
        *_removals(release),
    ]
    return " ".join(lines)


def summary(round_: Round, release: Release, *, chart: bool = True) -> list[Block]:
    """The summary message; without the chart the same numbers stand in the text alone."""
    return _summary(round_, release, chart=chart, in_modal=False)


def summary_modal(round_: Round, release: Release) -> View:
    """The summary where there is room for more quotes, and none for a chart or the button to take one down."""
    blocks = _summary(round_, release, chart=False, in_modal=True)
    return modal("Belonging summary", blocks, close="Close", callback_id="summary.read")


def _summary(round_: Round, release: Release, *, chart: bool, in_modal: bool) -> list[Block]:
    heading = [
        header(f"🌱 Belonging summary: {round_.prompt.label}"),
        context(f"Round {round_.number}  ·  closed {moment(round_.closes_at, round_.zone)}"),
        section(f"_{escape(round_.prompt.question)}_"),
    ]
    if isinstance(release, Withheld):
        return [*heading, section(_withheld(round_)), context(SMALL_PRINT)]
    blocks = [
        *heading,
        section(f"*{release.replies} of {release.audience} people replied.* Thank you."),
        *_findings(round_, release),
    ]
    if chart and (figure := summary_chart(release)):
        blocks.append(figure)
    if release.tags:
        blocks.append(section(_tags(round_, release)))
    end = context(SMALL_PRINT)
    room = ROOM_IN_A_MODAL if in_modal else MESSAGE_CHARS - text_size([*blocks, end]) - ROOM_FOR_NOTES
    return [*blocks, *_quotes(round_, release, room, in_modal=in_modal), end]


def summary_chart(release: Published) -> Block | None:
    """Bars of the shown counts; a merged end is drawn as its range, never as a point. None without counts."""
    shown = [(f"Statement {number}", item.count) for number, item in _numbered(release) if item.count]
    if not shown:
        return None
    exact = all(count.exact for _, count in shown)
    series = [
        _series("Agree" if exact else "Agree, at least", [(label, count.low) for label, count in shown])
    ]
    if not exact:
        series.append(_series("Agree, at most", [(label, count.high) for label, count in shown]))
    answered = {count.of for _, count in shown}
    return {
        "type": "data_visualization",
        "title": f"How many of {answered.pop()} agree" if len(answered) == 1 else "How many agree",
        "chart": {
            "type": "bar",
            "series": series,
            "axis_config": {"categories": [label for label, _ in shown], "y_label": "People"},
        },
    }


def asked_summary(latest: tuple[Round, Release] | None, open_round: Round | None) -> tuple[str, list[Block]]:
    """The answer to ``/belonging summary``, as text and blocks: the stored result and the next date."""
    waiting = (
        f"A round is open in this channel. Its summary comes {moment(open_round.closes_at, open_round.zone)}; "
        "before that nobody sees anything."
        if open_round
        else ""
    )
    if latest is None:
        text = waiting or ("There is no summary for this channel yet. It comes when the first round closes.")
        return text, [section(text)]
    round_, release = latest
    blocks = summary(round_, release)
    if waiting:
        blocks.append(context(waiting))
    blocks.append(actions("summary.actions", button("Share in channel", "summary.share", round_.id)))
    return notification(round_, release), blocks


def shared_summary(round_: Round, release: Release, member: str) -> list[Block]:
    """A summary that somebody brings back into the channel; without quotes.

    A quote stands in one message only, so that taking it down there takes it down everywhere.
    """
    notes = [f"<@{member}> shared this summary again."]
    if isinstance(release, Published) and release.quotes:
        notes.append("The quotes stand in the first message, and in `/belonging summary`.")
        release = replace(release, quotes=())
    return [*summary(round_, release), context(*notes)]


def summary_line(round_: Round, release: Release) -> str:
    """A result in one line, for lists."""
    day = day_in_words(round_.closes_at, round_.zone)
    if isinstance(release, Withheld):
        return f"*{escape(round_.prompt.label)}*, {day}: too few replies to show anything."
    return f"*{escape(round_.prompt.label)}*, {day}: {release.replies} of {release.audience} replied."


def _withheld(round_: Round) -> str:
    return (
        f"Fewer than {round_.policy.threshold} people replied, so nothing is shown, and what was written has "
        "been destroyed. That is the rule that keeps small numbers safe. The next question comes as planned."
    )


def _findings(round_: Round, release: Published) -> list[Block]:
    """The statements, what is strong first, what is still open next, and the gap between the two sides."""
    found = summarise(round_, release, ())
    numbers = {item.item: number for number, item in _numbered(release)}

    def lines(*statements: Statement) -> str:
        return "\n".join(_statement(numbers[one.item.id], one) for one in statements)

    heading = "*Also asked*" if found.strong else "*What people said*"
    others = f"{heading}\n{lines(*found.others)}" if found.others else ""
    parts = [
        f"*What is strong*\n{lines(found.strong)}" if found.strong else others,
        f"*What is still open*\n{lines(found.still_open)}{_sure(found.still_open, release.audience)}"
        if found.still_open
        else "",
        others if found.strong else "",
    ]
    blocks = [section(part) for part in parts if part]
    blocks += [section(f"*{WELCOMED}*\n{sentence}") for sentence in _gap(found)]
    return blocks


def _gap(found: Summary) -> list[str]:
    """The difference between being let in and shaping the place, in a sentence; nothing where there is none."""
    if found.gap is None:
        return []
    return [
        (
            f"More of us feel wanted here than feel we shape how things are done: at least {found.gap.people} people "
            f"more, among {found.gap.of}. We cannot tell why from these answers."
        )
    ]


def _sure(statement: Statement, audience: int) -> str:
    """Between how many of all it lies, whatever the silent ones think; nothing where too many are silent."""
    count = statement.count
    if count is None or count.of == audience or (sure := sure_range(count, audience)) is None:
        return ""
    silent = audience - count.of
    whoever = "the one who did not answer thinks" if silent == 1 else f"the {silent} who did not answer think"
    low, high = sure
    between = f"between {low} and {high}" if low else f"at most {high}"
    return f"\n      Whatever {whoever}, that is {between} of all {audience}."


def _numbered(release: Published) -> list[tuple[int, ItemRelease]]:
    return list(enumerate(release.items, start=1))


def _item(round_: Round, item: ItemRelease) -> Item:
    return next(asked for asked in round_.prompt.items if asked.id == item.item)


def _statement(number: int, statement: Statement) -> str:
    text = escape(statement.item.text)
    if statement.count is None:
        return f"{number}.  _{text}_\n      Too few people answered this one to show it."
    return f"{number}.  *{count_in_words(statement.count)}* agree: _{text}_"


def _item_in_plain(round_: Round, item: ItemRelease) -> str:
    text = _item(round_, item).text
    if item.count is None:
        return f"Too few answered: “{text}”"
    return f"{count_in_words(item.count)} agree: “{text}”"


def _tags(round_: Round, release: Published) -> str:
    names = {tag.id: tag.text for tag in round_.prompt.tags}
    lines = [f"•  {escape(names[tag.tag])} ({count_in_words(tag.count)})" for tag in release.tags]
    return "\n".join(["*What people wrote about* (chosen by several writers)", *lines])


def _quotes(round_: Round, release: Published, room: int, *, in_modal: bool) -> list[Block]:
    """Heading and quotes, as many as there is room for; what was taken down is said before them."""
    blocks = [context(*_removals(release))] if release.removed else []
    if not release.quotes:
        return blocks
    ask = None if in_modal else button("Take a quote down", "quote.ask", round_.id)
    heading = section("*In their own words* (allowed by the writers, in no order)", accessory=ask)
    quotes = [quoted(quote) for quote in release.quotes]
    sizes = accumulate(size(quote) + len(BETWEEN) for quote in quotes)
    shown = quotes[: sum(total <= room for total in sizes)]
    if shown:
        blocks.append(section(BETWEEN.join(shown)))
    if len(shown) < len(quotes):
        blocks.append(context(_more(len(quotes) - len(shown), in_modal=in_modal)))
    return [heading, *blocks]


def _more(count: int, *, in_modal: bool) -> str:
    if in_modal:
        return f"And {count} more, which cannot be shown here."
    return f"And {count} more, in the Home tab of Belonging Bot: press *Show* beside this summary."


def _removals(release: Published) -> list[str]:
    """One sentence for each day on which quotes were taken down."""
    return [
        f"{'A quote was' if count == 1 else f'{count} quotes were'} removed on {date_in_words(day)}."
        for day, count in Counter(release.removed).items()
    ]


def _series(name: str, points: list[tuple[str, int]]) -> Block:
    return {"name": name, "data": [{"label": label, "value": value} for label, value in points]}
