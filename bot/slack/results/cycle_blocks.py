"""The summary of a cycle and the trend over cycles: the finding first."""

from collections.abc import Sequence

from bot.core.cycle_summary import (
    AnchorTrend,
    CycleSummary,
    Span,
    Trend,
    summarise_cycle,
    trend_of,
)
from bot.core.findings import cycle_finding, movement_in_words, trend_finding
from bot.core.model import Round
from bot.core.release import Result
from bot.core.summary import count_in_words
from bot.slack.kit.builders import (
    Answer,
    Block,
    actions,
    button,
    context,
    count_dots,
    day_in_words,
    escape,
    section,
)
from bot.slack.kit.result_lines import circle_picture, count_row, waiting_for
from bot.slack.results.blocks import SMALL_PRINT
from bot.slack.results.ideas import idea_in_words

NONE_YET = "There is no summary for this channel yet. It comes when the first question closes."

OF_ANSWERS = (
    "Numbers are of answers, added up over several questions: whoever answered a statement three times counts "
    "three times."
)

COMPARED = f"In the same words each time. We cannot tell why anything moved. {OF_ANSWERS}"

REWORDED = "Some statements have new words, so they begin anew: nothing that was asked in the old words is compared with them."
"""Shown where any statement was worded differently in the cycle before."""


CYCLES_SHOWN = 6
"""Cycles in the trend, the newest ones."""


def asked_cycle(results: Sequence[Result], open_round: Round | None = None) -> Answer:
    """Return the answer to ``/belonging summary cycle``. ``results``: newest first.

    It says of the open round only when its summary comes.
    """
    if not results:
        return _none_yet(open_round)
    text, blocks = _cycle(results)
    share = button("Share in channel", "cycle.share", str(results[0][0].number))
    return text, [*blocks, *_waiting(open_round), actions("cycle.actions", share)]


def asked_trend(results: Sequence[Result], open_round: Round | None = None) -> Answer:
    """Return the answer to ``/belonging trend``. ``results``: newest first.

    It says of the open round only when its summary comes.
    """
    if not results:
        return _none_yet(open_round)
    found = trend_of(results)
    share = button("Share in channel", "trend.share", str(results[0][0].number))
    return trend_text(found), [
        *trend_blocks(found),
        *_waiting(open_round),
        actions("trend.actions", share),
    ]


def shared_cycle(results: Sequence[Result], member: str) -> Answer:
    """Return a cycle's summary that a member shares in the channel."""
    text, blocks = _cycle(results)
    return text, [*blocks, *([_shared_by(member)] if results else [])]


def shared_trend(results: Sequence[Result], member: str) -> Answer:
    """Return the trend that a member shares in the channel."""
    found = trend_of(results)
    return trend_text(found), [*trend_blocks(found), _shared_by(member)]


def resting(results: Sequence[Result]) -> Answer:
    """Return the summary of a cycle, posted in place of a question."""
    note = "There is no question this time. The next one comes as planned."
    if not results:
        return note, [section(note)]
    text, blocks = _cycle(results)
    return text, [*blocks, context(note)]


def cycle_text(found: CycleSummary) -> str:
    """Return the finding of a cycle in one sentence."""
    return escape(cycle_finding(found))


def cycle_blocks(found: CycleSummary) -> list[Block]:
    """Return the message of a cycle: the finding, a row for each side and topic, one thing to try."""
    sides = [circle_picture(found.circle)] if found.circle.inclusion else []
    rows = (
        ["\n".join(count_row(one.count, escape(one.anchor.text.rstrip("."))) for one in found.topics)]
        if found.topics
        else []
    )
    sentences = movement_in_words(found.moved)[1 if found.moved.claims else 0 :]
    return [
        section(f"*🌱 {cycle_text(found)}*"),
        *map(section, [*sides, *rows]),
        *(section(escape(sentence)) for sentence in sentences),
        *(section(f"*Try this:* {idea_in_words(found.idea)}") for _ in [1] if found.idea),
        context("\n".join([_asked(found), *(OF_ANSWERS for _ in [1] if _shown(found) > 1)])),
        context(SMALL_PRINT),
    ]


def trend_text(found: Trend) -> str:
    """Return the finding of the trend in one sentence."""
    return escape(trend_finding(found))


def trend_blocks(found: Trend) -> list[Block]:
    """Return the message of the trend: the finding, both sides by cycle, then every repeated statement."""
    cycles = [
        f"*{_days(span)}*\n{circle_picture(circle)}"
        for span, circle in list(zip(found.circle_spans, found.circles, strict=True))[-CYCLES_SHOWN:]
        if circle.inclusion
    ]
    return [
        section(f"*🌱 {trend_text(found)}*"),
        *(section(escape(sentence)) for sentence in movement_in_words(found.moved)[1:]),
        *map(section, cycles),
        *([section("\n".join(map(_anchor_line, found.anchors)))] if found.anchors else []),
        *(context(REWORDED) for _ in [1] if found.reworded),
        *(context(COMPARED) for _ in [1] if _has_several(found)),
        context(SMALL_PRINT),
    ]


def _cycle(results: Sequence[Result]) -> Answer:
    found = summarise_cycle(results)
    if found is None:
        return NONE_YET, [section(NONE_YET)]
    return cycle_text(found), cycle_blocks(found)


def _none_yet(open_round: Round | None) -> Answer:
    text = waiting_for(open_round) or NONE_YET
    return text, [section(text)]


def _waiting(open_round: Round | None) -> list[Block]:
    return [context(waiting_for(open_round))] if open_round else []


def _shown(found: CycleSummary) -> int:
    return found.rounds - found.withheld


def _asked(found: CycleSummary) -> str:
    """Return of how many questions a cycle shows something, and when they closed."""
    shown = _shown(found)
    text = f"{shown} {'question' if shown == 1 else 'questions'}"
    withheld = f", {found.withheld} more with too few replies to show" if found.withheld else ""
    return f"{text}{withheld}  ·  {_days((found.first, found.last))}"


def _has_several(found: Trend) -> bool:
    """Return whether a trend is about more than one question, so that anything is added up or compared."""
    return len({round_.number for span in found.spans for round_ in span}) > 1


def _days(span: Span) -> str:
    """Return from when to when, by the closing days of the first and last round."""
    first, last = (day_in_words(round_.closes_at, round_.zone) for round_ in span)
    return first if first == last else f"{first} to {last}"


def _anchor_line(one: AnchorTrend) -> str:
    """Return a repeated statement as a row: the dots of its newest count, all its counts, its words."""
    newest = next((count for count in reversed(one.counts) if count), None)
    dots = f"`{count_dots(newest)}` " if newest else ""
    path = " → ".join(f"*{count_in_words(count)}*" if count else "not shown" for count in one.counts)
    return f"{dots}{path}  ·  {escape(one.anchor.text.rstrip('.'))}"


def _shared_by(member: str) -> Block:
    return context(f"<@{member}> shared this.")
