"""The report as one page: nothing is fetched, nothing runs, and it prints.

Order: the circle of the newest cycle, what has moved, what was agreed, every round newest first, how to read
it. Colours follow the reader's system; on paper they are those of daylight.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files

from bot.core.cycle_summary import AnchorTrend, Circle, Cycle, Span, Trend, cycles_of, trend_of
from bot.core.findings import movement_in_words, trend_finding
from bot.core.model import Side
from bot.core.norms import Norm
from bot.core.release import Withheld
from bot.core.results import Result
from bot.core.summary import count_in_words
from bot.report.circle import circle_picture
from bot.report.markup import Html, every, joined, people_text, raw, tag
from bot.report.norms import ledger_section
from bot.report.pictures import swatches, trend_picture
from bot.report.rounds import round_article
from bot.report.words import (
    CIRCLE_MEANS,
    HOW_TO_READ,
    NO_CAUSE,
    REWORDED,
    SAMPLE,
    SIDES,
    SIDES_MEAN,
    TRENDS_MEAN,
    circle_in_words,
    day,
    rounds_in_words,
)

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
"""The browser itself refuses whatever would be fetched or run."""

CIRCLES_BEFORE = 4
"""So many earlier circles stand beside the newest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a report is about: a channel by the name that its readers use, and its results, newest first.

    ``made_at`` is aware. ``sample`` labels every part of the page as invented. ``ledger``: the norms of the
    channel, as they were first written.
    """

    name: str
    results: Sequence[Result]
    made_at: datetime
    sample: bool = False
    ledger: Sequence[Norm] = ()


def report_page(subject: Subject) -> str:
    """The page as HTML text. Raises ``ValueError`` without results: there is nothing to report."""
    if not subject.results:
        raise ValueError("a report needs at least one result")
    cycles, trend = cycles_of(subject.results), trend_of(subject.results)
    title = f"{'Sample data: ' if subject.sample else ''}Belonging report, {subject.name}"
    return raw("<!doctype html>\n") + tag(
        "html",
        tag(
            "head",
            tag("meta", charset="utf-8"),
            tag("meta", http_equiv="Content-Security-Policy", content=POLICY),
            tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
            tag("meta", name="color-scheme", content="light dark"),
            tag("meta", name="robots", content="noindex"),
            tag("title", title),
            tag("style", raw(_style())),
        ),
        tag(
            "body",
            _header(subject),
            tag(
                "main",
                _circle_section(trend),
                _trend_section(trend),
                ledger_section(subject.ledger),
                _rounds_section(subject, cycles),
                _reading_section(),
            ),
            _footer(subject),
        ),
        lang="en",
    )


def _style() -> str:
    return files(__package__).joinpath("report.css").read_text(encoding="utf-8")


def _header(subject: Subject) -> Html:
    newest, oldest = subject.results[0][0], subject.results[-1][0]
    withheld = sum(isinstance(result, Withheld) for _, result in subject.results)
    shown = len(subject.results) - withheld
    facts = [
        rounds_in_words(oldest.number, newest.number),
        f"{day(oldest.opened_at, oldest.zone)} to {day(newest.closes_at, newest.zone)}",
        f"{shown} shown, {withheld} withheld" if withheld else f"{shown} shown",
    ]
    return tag(
        "header",
        tag("p", SAMPLE, class_="sample", role="note") if subject.sample else None,
        tag("p", "Belonging report", class_="eyebrow"),
        people_text(subject.name, "h1"),
        tag("p", "  ·  ".join(facts), class_="facts"),
        tag(
            "nav",
            every(
                tag("a", name, href=f"#{where}")
                for where, name in (
                    ("circle", "The circle"),
                    ("moved", "What has moved"),
                    *([("agreed", "What we agreed")] if subject.ledger else []),
                    ("rounds", "Round by round"),
                    ("reading", "How to read this"),
                )
            ),
            aria_label="On this page",
        ),
        class_="top",
    )


def _circle_section(trend: Trend) -> Html:
    drawn = [
        (_rounds(span), circle)
        for span, circle in zip(trend.circle_spans, trend.circles, strict=True)
        if circle.inclusion and circle.belonging
    ] or [(_rounds(trend.spans[-1]), Circle())]
    (name, circle), before = drawn[-1], drawn[-1 - CIRCLES_BEFORE : -1]
    title, sentence = circle_in_words(circle)
    return tag(
        "section",
        tag("h2", "The circle"),
        tag(
            "div",
            tag("figure", circle_picture(circle, name, before[-1][1] if before else None)),
            tag(
                "div",
                tag("p", name, class_="meta"),
                tag("h3", title),
                tag("p", sentence),
                swatches(
                    ("s-inside", "inside: how many feel wanted here"),
                    ("s-old", "the line as it once stood"),
                    ("s-edge", "the edge, moved by those who shape the place"),
                    *([("s-before", "the edge one cycle before")] if before else []),
                    ("s-maybe", "in between: more than is shown may agree"),
                ),
                tag(
                    "p",
                    CIRCLE_MEANS,
                    class_="note",
                ),
                class_="beside",
            ),
            class_="circle-now",
        ),
        _before(before),
        id="circle",
    )


def _rounds(span: Span) -> str:
    return rounds_in_words(*(round_.number for round_ in span))


def _before(circles: Sequence[tuple[str, Circle]]) -> Html | None:
    if not circles:
        return None
    figures = (
        tag(
            "figure",
            circle_picture(circle, name),
            tag("figcaption", tag("b", name), " ", _both_numbers(circle)),
        )
        for name, circle in reversed(circles)
    )
    return tag("div", tag("h3", "Before that"), tag("div", every(figures), class_="before"))


def _both_numbers(circle: Circle) -> str:
    title, sentence = circle_in_words(circle)
    return f"{title.rstrip('.')}. {sentence}"


def _trend_section(trend: Trend) -> Html:
    labels = [f"{first.number}\u2013{last.number}" for first, last in trend.spans]
    return tag(
        "section",
        tag("h2", "What has moved"),
        tag("p", trend_finding(trend), class_="finding"),
        every(tag("p", said) for said in movement_in_words(trend.moved)[1:]),
        tag("p", f"{TRENDS_MEAN} {NO_CAUSE}", class_="note"),
        tag("p", REWORDED) if trend.reworded else None,
        swatches(
            ("s-exact", "a number that was shown"), ("s-range", "between these two; the ends are merged")
        ),
        every(_side(side, trend, labels) for side in (*Side, None)),
        id="moved",
    )


def _side(side: Side | None, trend: Trend, labels: Sequence[str]) -> Html:
    own = [one for one in trend.anchors if one.side is side]
    if not own:
        return joined()
    heading = (
        tag("h3", SIDES[side], tag("small", f" {SIDES_MEAN[side]}")) if side else tag("h3", "Other topics")
    )
    return tag("div", heading, tag("div", every(_card(one, labels) for one in own), class_="cards"))


def _card(one: AnchorTrend, labels: Sequence[str]) -> Html:
    rows = (
        tag(
            "tr",
            tag("th", label, scope="row"),
            tag("td", count_in_words(count) if count else "nothing shown"),
        )
        for label, count in zip(labels, one.counts, strict=True)
    )
    return tag(
        "figure",
        tag("figcaption", people_text(one.label, "b"), people_text(one.anchor.text, "q")),
        trend_picture(one.label, labels, one.counts),
        tag(
            "details",
            tag("summary", "The same as a table"),
            tag(
                "table",
                tag(
                    "thead",
                    tag("tr", tag("th", "Rounds", scope="col"), tag("th", "Answers that agree", scope="col")),
                ),
                tag("tbody", every(rows)),
            ),
        ),
        class_="card",
    )


def _rounds_section(subject: Subject, cycles: Sequence[Cycle]) -> Html:
    return tag(
        "section",
        tag("h2", "Round by round"),
        every(_cycles(subject, cycles)),
        id="rounds",
    )


def _cycles(subject: Subject, cycles: Sequence[Cycle]) -> Iterator[Html]:
    """The rounds by cycle, newest first, each told with those before it."""
    place = 0
    for cycle in reversed(cycles):
        first, last = cycle[0][0], cycle[-1][0]
        yield tag(
            "h3",
            rounds_in_words(first.number, last.number),
            tag("small", f" {day(first.opened_at, first.zone)} to {day(last.closes_at, last.zone)}"),
        )
        for result in reversed(cycle):
            place += 1
            yield round_article(result, subject.results[place:], subject.ledger)


def _reading_section() -> Html:
    return tag(
        "section",
        tag("h2", "How to read this"),
        tag("ul", every(tag("li", sentence) for sentence in HOW_TO_READ)),
        id="reading",
        class_="reading",
    )


def _footer(subject: Subject) -> Html:
    sample = "Sample data, all invented. " if subject.sample else ""
    return tag(
        "footer",
        tag(
            "p",
            f"{sample}Made on {day(subject.made_at, 'UTC')} by Belonging Bot, from stored results alone. "
            "This page loads nothing and runs nothing.",
        ),
    )
