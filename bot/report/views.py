"""Compute what the report shows, as plain values; the sentences about them stand in the templates."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice

from bot.core.counts import Count
from bot.core.cycle_summary import AnchorTrend, Circle, Trend, cycles_of
from bot.core.findings import finding_in_words, movement_in_words, trend_finding
from bot.core.language import Language
from bot.core.model import NormId, Round, RoundKind
from bot.core.norms import Norm, NormState, handle_of
from bot.core.release import Published, Release, Result, StatementRelease, Withheld
from bot.core.summary import Summary
from bot.core.translation import round_in, summary_in, trend_in
from bot.report.charts import Path, TrendChart, circle_paths, trend_chart

CIRCLES_BEFORE = 4
"""How many earlier circles are shown beside the newest."""

WITH_LETTERS = frozenset({RoundKind.CHOOSE, RoundKind.DECIDE})
"""The rounds in which proposals are known by letters."""

SHOWN_STATES = (NormState.CANDIDATE, NormState.TIED, NormState.TRYING, NormState.SET_ASIDE)
"""States to which a round can bring its proposals; the first that applies is shown."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class CircleView:
    """The two sides of the cycle from round ``first`` to round ``last``, and their drawing."""

    first: int
    last: int
    circle: Circle
    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicView:
    """One repeated statement, its drawing, and a row for each cycle: its rounds and what was shown.

    ``language``: the code of the one in which the statement is shown.
    """

    anchor: AnchorTrend
    language: str
    chart: TrendChart
    rows: tuple[tuple[str, Count | None], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalView:
    """A proposal in a round about norms: by its handle, with what was shown of it, where it was weighed."""

    handle: str
    text: str
    norm: Norm | None
    shown: StatementRelease | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundView:
    """One round as its channel saw it.

    ``findings``: the sentences that Slack said. ``removals``: how many quotes were removed on which day.
    ``told``: to what the round brought proposals, and the handles of these.
    """

    summary: Summary
    release: Release
    findings: tuple[str, ...] = ()
    removals: tuple[tuple[date, int], ...] = ()
    proposals: tuple[ProposalView, ...] = ()
    told: tuple[NormState, tuple[str, ...]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageView:
    """The whole page. ``circle`` is the newest one, ``before`` holds those before it, newest first.

    ``cycles``: the rounds of each cycle; cycles and rounds come newest first.
    """

    subject: Subject
    oldest: Round
    newest: Round
    withheld: int
    circle: CircleView
    before: tuple[CircleView, ...]
    trend: Trend
    findings: tuple[str, ...]
    topics: tuple[TopicView, ...]
    cycles: tuple[tuple[RoundView, ...], ...]


def page_view(subject: Subject, language: Language) -> PageView:
    """Gather the page of a channel with one result or more."""
    trend = trend_in(subject.results, language.code)
    circle, *before = _circles(trend)
    return PageView(
        subject=subject,
        oldest=subject.results[-1][0],
        newest=subject.results[0][0],
        withheld=sum(isinstance(release, Withheld) for _, release in subject.results),
        circle=circle,
        before=tuple(before),
        trend=trend,
        findings=(trend_finding(trend, language), *movement_in_words(trend.moved, language)[1:]),
        topics=tuple(_topics(trend, subject.results, language)),
        cycles=tuple(_cycles(subject, language)),
    )


def round_view(
    result: Result, earlier: Sequence[Result], ledger: Sequence[Norm], language: Language
) -> RoundView:
    """Gather one round. ``earlier``: the results before it, newest first; ``ledger``: the channel's norms."""
    summary, release = summary_in(*result, earlier, language.code), result[1]
    round_ = summary.round
    if not isinstance(release, Published):
        return RoundView(summary=summary, release=release)
    removals = tuple(Counter(summary.removed).items())
    if round_.prompt.kind is RoundKind.REFLECT:
        more = movement_in_words(summary.moved, language)[1:] if summary.moved.claims else ()
        findings = (finding_in_words(summary, language), *more)
        return RoundView(summary=summary, release=release, findings=findings, removals=removals)
    return RoundView(
        summary=summary,
        release=release,
        removals=removals,
        proposals=tuple(_proposals(round_, release, ledger)),
        told=_told(round_, ledger),
    )


def _circles(trend: Trend) -> Iterator[CircleView]:
    """List the circles that have something to show, newest first; an empty one where none has."""
    drawn = [
        (span, circle)
        for span, circle in zip(trend.circle_spans, trend.circles, strict=True)
        if circle.inclusion and circle.belonging
    ] or [(trend.spans[-1], Circle())]
    shown = drawn[::-1][: 1 + CIRCLES_BEFORE]
    for place, ((first, last), circle) in enumerate(shown):
        before = shown[1][1] if place == 0 and len(shown) > 1 else None
        paths = circle_paths(circle, before)
        yield CircleView(first=first.number, last=last.number, circle=circle, paths=paths)


def _topics(trend: Trend, results: Sequence[Result], language: Language) -> Iterator[TopicView]:
    prompts = [round_in(round_, language.code).prompt for round_, _ in reversed(results)]
    spoken = {statement: prompt.language for prompt in prompts for statement in prompt.statements}
    labels = [f"{first.number}\u2013{last.number}" for first, last in trend.spans]
    for anchor in trend.anchors:
        rows = tuple(zip(labels, anchor.counts, strict=True))
        yield TopicView(
            anchor=anchor,
            language=spoken.get(anchor.anchor, language.code),
            chart=trend_chart(labels, anchor.counts, language),
            rows=rows,
        )


def _cycles(subject: Subject, language: Language) -> Iterator[tuple[RoundView, ...]]:
    """List the rounds of each cycle, newest first; a summary compares a round with those before it."""
    views = (
        round_view(result, subject.results[place:], subject.ledger, language)
        for place, result in enumerate(subject.results, start=1)
    )
    for cycle in reversed(cycles_of(subject.results)):
        yield tuple(islice(views, len(cycle)))


def _proposals(round_: Round, release: Published, ledger: Sequence[Norm]) -> Iterator[ProposalView]:
    """Return the proposals made in a round, then those it decided on, then the norms it reviewed."""
    prompt = round_.prompt
    made = [norm for norm in ledger if norm.steps[0].round == round_.number]
    for place, text in enumerate(release.proposals):
        norm = made[place] if place < len(made) else None
        yield ProposalView(handle=norm.handle if norm else handle_of(place), text=text, norm=norm)
    asked = {statement.id: (place, statement.text) for place, statement in enumerate(prompt.statements)}
    for one in release.statements:
        place, text = asked[one.statement]
        norm = next((norm for norm in ledger if norm.id in {NormId(one.statement), prompt.norm}), None)
        unnamed = handle_of(place) if prompt.kind in WITH_LETTERS else ""
        yield ProposalView(handle=norm.handle if norm else unnamed, text=text, norm=norm, shown=one)
    if prompt.kind is RoundKind.LOOK_AGAIN:
        norm = next((norm for norm in ledger if norm.id == prompt.norm), None)
        yield ProposalView(handle="", text=prompt.statements[0].text, norm=norm)


def _told(round_: Round, ledger: Sequence[Norm]) -> tuple[NormState, tuple[str, ...]] | None:
    """Find out to which state the round brought norms, and their handles; None where nothing is told."""
    made = [
        (step.state, norm.handle) for norm in ledger for step in norm.steps if step.round == round_.number
    ]
    for state in SHOWN_STATES:
        handles = tuple(handle for found, handle in made if found is state)
        if handles and (state is not NormState.SET_ASIDE or round_.prompt.kind is RoundKind.CONSENT):
            return state, handles
    return None
