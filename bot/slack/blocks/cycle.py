"""What a cycle says, how the channel has moved, and the circle: several rounds together, in words and bars."""

from collections.abc import Sequence

from bot.core.cycles import AnchorTrend, Circle, CycleSummary, Picture, Trend, summarise_cycle, trend_of
from bot.core.model import Round, Side
from bot.core.release import Count
from bot.core.results import Result
from bot.core.scoring import Movement, Share, share_of
from bot.core.summary import count_in_words
from bot.slack.blocks.charts import chart_block, series
from bot.slack.blocks.ideas import idea_in_words
from bot.slack.blocks.kit import (
    Block,
    actions,
    button,
    context,
    day_in_words,
    escape,
    header,
    number_in_words,
    section,
)
from bot.slack.blocks.summary import PAIRS, SMALL_PRINT, waiting_for
from bot.slack.limits import cut

MOST_POINTS = 20
"""A chart takes so many points."""

LABEL = 20
"""A label in a chart has at most so many characters."""

DOTS = 10
"""The circle is drawn with so many dots a side."""

NONE_YET = "There is no summary for this channel yet. It comes when the first round closes."

OF_ANSWERS = (
    "Numbers are of answers, added up from the summaries: whoever answered a statement in three rounds counts "
    "three times."
)

REWORDED = "Some statements have new words, so they begin anew: nothing that was asked in the old words is compared with them."
"""Said while the cycle before had other words, however many statements changed."""

A_DOT = "A dot is a tenth of the answers; a half one is not quite full, or not sure."

SIDES = {Side.INCLUSION: "Let in", Side.BELONGING: "Shaping"}

Answer = tuple[str, list[Block]]
"""What is said, as plain text and as blocks."""


def asked_cycle(results: Sequence[Result], open_round: Round | None = None, *, chart: bool = True) -> Answer:
    """The answer to ``/belonging summary cycle``, for the one who asked. ``results``: newest first.

    Of the open round it says when its summary comes, and nothing else.
    """
    found = summarise_cycle(results)
    if found is None:
        return _none_yet(open_round)
    share = button("Share in channel", "cycle.share", str(results[0][0].number))
    return cycle_text(found), _asked(
        cycle_blocks(found, chart=chart), open_round, actions("cycle.actions", share)
    )


def asked_trend(results: Sequence[Result], open_round: Round | None = None, *, chart: bool = True) -> Answer:
    """The answer to ``/belonging trend``, for the one who asked. ``results``: newest first.

    Of the open round it says when its summary comes, and nothing else.
    """
    if not results:
        return _none_yet(open_round)
    found = trend_of(results)
    share = button("Share in channel", "trend.share", str(results[0][0].number))
    return trend_text(found), _asked(
        trend_blocks(found, chart=chart), open_round, actions("trend.actions", share)
    )


def shared_cycle(results: Sequence[Result], member: str, *, chart: bool = True) -> Answer:
    """A cycle's summary that somebody brings into the channel."""
    found = summarise_cycle(results)
    if found is None:
        return NONE_YET, [section(NONE_YET)]
    return cycle_text(found), [*cycle_blocks(found, chart=chart), _shared_by(member)]


def shared_trend(results: Sequence[Result], member: str, *, chart: bool = True) -> Answer:
    """The trend, brought into the channel by somebody."""
    found = trend_of(results)
    return trend_text(found), [*trend_blocks(found, chart=chart), _shared_by(member)]


def resting(results: Sequence[Result], *, chart: bool = True) -> Answer:
    """What the channel reads instead of a question after a cycle: the cycle's summary."""
    note = "A cycle is complete, so there is no question this time. The next one comes as planned."
    found = summarise_cycle(results)
    if found is None:
        return note, [section(note)]
    return f"{note} {cycle_text(found)}", [section(note), *cycle_blocks(found, chart=chart)]


def cycle_text(found: CycleSummary) -> str:
    """The whole cycle in plain text: every number of the paragraphs and the chart."""
    lines = [
        f"Belonging over a cycle, {_rounds(found)}. {_shown(found)}",
        *(f"{SIDES[side]}: {count_in_words(count)} answers agree." for side, count in _sides(found.circle)),
        *(f"{title}. {sentence}" for title, sentence in _pair(found.circle)),
        *(
            f"{one.label}: {count_in_words(one.count)} answers agree: “{one.anchor.text}”"
            for one in found.pictures
        ),
        *(f"One thing we could try: {idea_in_words(found.idea)}" for _ in [1] if found.idea),
    ]
    return escape(" ".join(lines))


def cycle_blocks(found: CycleSummary, *, chart: bool = True) -> list[Block]:
    """The cycle as a message: the circle, what is strong, what is open, every topic, one thing to try."""
    closed = day_in_words(found.last.closes_at, found.last.zone)
    blocks = [
        header("🌱 Belonging over a cycle"),
        context(f"{_rounds(found).capitalize()}  ·  the last one closed on {closed}  ·  {_shown(found)}"),
        *([section(circle_picture(found.circle)), context(A_DOT)] if found.circle.inclusion else []),
        *(section(f"*{title}*\n{sentence}") for title, sentence in _pair(found.circle)),
    ]
    if found.strong:
        blocks.append(section(f"*What is strong*\n{_picture(found.strong)}"))
    if found.still_open:
        blocks.append(section(f"*What is still open*\n{_picture(found.still_open)}"))
    if others := [one for one in found.pictures if one not in (found.strong, found.still_open)]:
        blocks.append(section("\n".join(["*Also asked*", *map(_picture, others)])))
    if chart and found.pictures:
        blocks.append(cycle_chart(found))
    if found.idea:
        blocks.append(section(f"*One thing we could try*\n{idea_in_words(found.idea)}"))
    return [*blocks, context(OF_ANSWERS, SMALL_PRINT)]


def cycle_chart(found: CycleSummary) -> Block:
    """A topic a bar: the answers that agree, both bounds of a merged end, beside all answers."""
    shown = found.pictures[:MOST_POINTS]
    labels = _labels([one.label for one in shown])
    points = list(zip(labels, (one.count for one in shown), strict=True))
    exact = all(count.exact for _, count in points)
    bars = [series("Agree" if exact else "Agree, at least", [(label, count.low) for label, count in points])]
    if not exact:
        bars.append(series("Agree, at most", [(label, count.high) for label, count in points]))
    bars.append(series("All answers", [(label, count.of) for label, count in points]))
    return chart_block("How many answers agree", "bar", bars, "Answers")


def trend_text(found: Trend) -> str:
    """The whole trend in plain text."""
    lines = [
        "How this channel has moved.",
        *(REWORDED for _ in [1] if found.reworded),
        *(_cycle_line(span, circle) for span, circle in _circles(found)),
        *(f"{one.label}: {_moved(one)}" for one in found.anchors),
    ]
    return escape(" ".join(lines))


def trend_blocks(found: Trend, *, chart: bool = True) -> list[Block]:
    """The trend as a message: the two sides by cycle, then every repeated statement."""
    cycles = "\n".join(_cycle_line(span, circle) for span, circle in _circles(found))
    blocks = [
        header("🌱 How this channel has moved"),
        context("Cycle against cycle, in the same words each time. We cannot tell why anything moved."),
        *(section(REWORDED) for _ in [1] if found.reworded),
        section(f"*The two sides*\n{cycles}"),
    ]
    if chart and (figure := trend_chart(found)):
        blocks.append(figure)
    if found.anchors:
        blocks.append(section("\n".join(["*Every repeated statement*", *map(_anchor_line, found.anchors)])))
    return [*blocks, context(OF_ANSWERS, SMALL_PRINT)]


def trend_chart(found: Trend) -> Block | None:
    """Both sides, cycle by cycle, in percent with both bounds; None before there are two cycles to show."""
    shown = [
        (_span(first, last), circle.inclusion, circle.belonging)
        for (first, last), circle in _circles(found)
        if circle.inclusion and circle.belonging
    ][-MOST_POINTS:]
    if len(shown) < 2:  # noqa: PLR2004 - a line needs two points
        return None
    lines: list[Block] = []
    for name, side in (("Let in", 1), ("Shaping", 2)):
        bounds = [(str(point[0]), percents(share_of(_count(point[side])))) for point in shown]
        lines.append(series(f"{name}, at least", [(label, low) for label, (low, _) in bounds]))
        lines.append(series(f"{name}, at most", [(label, high) for label, (_, high) in bounds]))
    return chart_block("The two sides, cycle by cycle", "line", lines, "Percent of answers")


def circle_picture(circle: Circle) -> str:
    """The two sides of a channel in dots: full ones agree for sure, half ones may; with the numbers beside.

    Inclusion is what lies inside the circle, belonging how far its edge has moved.
    """
    return "\n".join(
        f"`{SIDES[side].ljust(7)} {dots(share_of(count))}`  {count_in_words(count)} agree"
        for side, count in _sides(circle)
    )


def dots(share: Share) -> str:
    """A share as ten dots; a dot that lies between the two bounds is half full."""
    sure, possible = int(share.low * DOTS), -int(-share.high * DOTS // 1)
    return "●" * sure + "◐" * (possible - sure) + "○" * (DOTS - possible)


def percents(share: Share) -> tuple[int, int]:
    """Both bounds in whole percent: rounded outward, but to the nearest where there is one number only."""
    if share.low == share.high:
        nearest = round(share.low * 100)
        if 0 < share.low < 1:  # "100 %" is for all of them, and "0 %" for none
            nearest = min(max(nearest, 1), 99)
        return nearest, nearest
    return int(share.low * 100), -int(-share.high * 100 // 1)


def _asked(blocks: list[Block], open_round: Round | None, buttons: Block) -> list[Block]:
    return [*blocks, *_waiting(open_round), buttons]


def _none_yet(open_round: Round | None) -> Answer:
    text = waiting_for(open_round) or NONE_YET
    return text, [section(text)]


def _waiting(open_round: Round | None) -> list[Block]:
    return [context(waiting_for(open_round))] if open_round else []


def _circles(found: Trend) -> list[tuple[tuple[int, int], Circle]]:
    return list(zip(found.circle_spans, found.circles, strict=True))


def _count(count: object) -> Count:
    assert isinstance(count, Count)  # safe because points without both sides were left out
    return count


def _sides(circle: Circle) -> list[tuple[Side, Count]]:
    both = ((Side.INCLUSION, circle.inclusion), (Side.BELONGING, circle.belonging))
    return [(side, count) for side, count in both if count]


def _pair(circle: Circle) -> list[tuple[str, str]]:
    if circle.pair is None:
        return []
    title, sentence = PAIRS[circle.pair]
    if circle.gap:
        sentence += (
            f": at least {circle.gap.people} answers more, among {circle.gap.of}. "
            "We cannot tell why from these answers."
        )
    return [(title, sentence)]


def _rounds(found: CycleSummary) -> str:
    return _span(found.first.number, found.last.number).lower()


def _shown(found: CycleSummary) -> str:
    shown = found.rounds - found.withheld
    said = f"{shown} {'result' if shown == 1 else 'results'}"
    return f"{said}, {found.withheld} with too few replies to show." if found.withheld else f"{said}."


def _picture(one: Picture) -> str:
    return f"•  {escape(one.label)}: *{count_in_words(one.count)}* answers agree: _{escape(one.anchor.text)}_"


def _labels(names: Sequence[str]) -> list[str]:
    """Names that fit a chart and are all different: with numbers before them, where they would not be."""
    short = [cut(name, LABEL) for name in names]
    if len(set(short)) == len(short):
        return short
    return [cut(f"{at}. {name}", LABEL) for at, name in enumerate(names, start=1)]


def _cycle_line(span: tuple[int, int], circle: Circle) -> str:
    rounds = _span(*span)
    if not circle.inclusion:
        return f"{rounds}: nothing to show of the two sides."
    sides = "; ".join(
        f"{SIDES[side].lower()} {count_in_words(count)} ({_percent(share_of(count))})"
        for side, count in _sides(circle)
    )
    return f"{rounds}: {sides}."


def _span(first: int, last: int) -> str:
    return f"Round {first}" if first == last else f"Rounds {first} to {last}"


def _percent(share: Share) -> str:
    low, high = percents(share)
    return f"{low} %" if low == high else f"{low} to {high} %"


def _anchor_line(one: AnchorTrend) -> str:
    return f"•  *{escape(one.label)}*, _{escape(one.anchor.text)}_\n      {escape(_moved(one))}"


def _moved(one: AnchorTrend) -> str:
    path = " → ".join(count_in_words(count) if count else "not shown" for count in one.counts)
    words = {
        Movement.UP: "moved up, by more than chance often does.",
        Movement.DOWN: "moved down, by more than chance often does.",
        Movement.UNCLEAR: f"no clear movement; fewer than about {number_in_words(one.chance)} can be chance.",
        Movement.TOO_EARLY: "too early to say.",
    }
    return f"{path}: {words[one.moved]}" if one.moved else f"{path}."


def _shared_by(member: str) -> Block:
    return context(f"<@{member}> shared this.")
