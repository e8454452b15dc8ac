"""Compute the drawings of the report as plain numbers and paths; ``templates/charts.html`` draws them.

A merged end is drawn as its range, never as a point.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, cos, pi, sin, sqrt
from unicodedata import east_asian_width

from bot.core.counts import Count
from bot.core.cycle_summary import Circle
from bot.core.language import ENGLISH, Language
from bot.core.scoring import Share, share_of

Path = tuple[str, str]
"""The class of a drawn path, and its shape in the notation of SVG."""

MOST_DOTS = 30
"""Up to so many people are drawn as dots, more as a bar."""

DOT = 14
BAR_WIDTH = 320
TOP, BOTTOM, LEFT, RIGHT = 14, 118, 44, 332
LABEL_GAP = 8
"""How far the labels of the axis end before it."""

MOST_LEFT = 150
"""Where the axis of a trend stands at most, however long its labels are."""

LETTER, WIDE_LETTER = 7.8, 13.5
"""How wide a letter of 13 pixels is at most, on average; and a Japanese or Chinese one."""

TICK = 48
"""How wide a label below a trend is."""

CENTRE = 160
LINE = 78.0
"""The radius of the circle as it stood."""

FURTHEST = 150.0
"""The radius of an edge that everybody moves."""

STEPS = 72
WAVES = ((3, 0.012, 0.6), (5, 0.008, 2.1))
"""How a drawn edge wavers: waves around, their part of the radius, their turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CountChart:
    """A count: a row of dots, one for each person, or bars by class and width, where people are many."""

    width: int
    dots: tuple[Path, ...] = ()
    bars: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One cycle of a trend: its range from ``top`` to ``bottom``, which are equal where it is exact."""

    kind: str
    x: float
    top: float
    bottom: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendChart:
    """A repeated statement, cycle by cycle. ``slot``: the width that a cycle has.

    ``ticks``: x and label. ``axis``: y and label; ``squeezed_to``: into this width, where they are too long.
    """

    slot: float
    marks: tuple[Mark, ...]
    bands: tuple[str, ...]
    ticks: tuple[tuple[float, str], ...]
    axis: tuple[tuple[float, str], ...]
    left: int
    right: int = RIGHT
    squeezed_to: int | None = None


def count_chart(count: Count) -> CountChart:
    """Draw how many agree: those who do, those who may, and the rest."""
    if count.of > MOST_DOTS:
        bars = (("no", count.of), ("maybe", count.high), ("yes", count.low))
        widths = tuple((kind, BAR_WIDTH * people / count.of) for kind, people in bars if people)
        return CountChart(width=BAR_WIDTH, bars=widths)
    runs = (("no", count.high, count.of), ("maybe", count.low, count.high), ("yes", 0, count.low))
    dots = tuple((kind, _dots(first, last)) for kind, first, last in runs if first < last)
    return CountChart(width=DOT * count.of, dots=dots)


def trend_chart(
    labels: Sequence[str], counts: Sequence[Count | None], language: Language = ENGLISH
) -> TrendChart:
    """Draw the shares of a repeated statement, oldest first; None is a cycle that shows nothing."""
    shares = (
        # Translators: the three labels of an axis: how many people agree. As short as can be.
        language.pgettext("share of people", "all"),
        language.pgettext("share of people", "half"),
        language.pgettext("share of people", "none"),
    )
    needed = max(LEFT, LABEL_GAP + ceil(max(map(_width, shares))))
    left = min(needed, MOST_LEFT)
    slot = (RIGHT - left) / max(1, len(counts))
    marks = tuple(_mark(left + slot * (place + 0.5), count) for place, count in enumerate(counts))
    step = -(-len(labels) // ((RIGHT - left) // TICK)) if labels else 1
    ticks = [(mark.x, label) for mark, label in zip(marks, labels, strict=True)][::-1][::step]
    return TrendChart(
        slot=slot,
        marks=marks,
        bands=tuple(_bands(marks)),
        ticks=tuple(ticks),
        axis=tuple(zip((TOP, (TOP + BOTTOM) / 2, BOTTOM), shares, strict=True)),
        left=left,
        squeezed_to=left - LABEL_GAP if needed > left else None,
    )


def circle_paths(circle: Circle, before: Circle | None = None) -> tuple[Path, ...]:
    """Draw the widening circle: inclusion is the area inside, belonging how far the edge has moved.

    The dashed line is the circle as it once stood. The disc within it covers as much of it as answers say
    that people are wanted; the edge stands as far beyond it as answers say that people shape the place.
    Both bounds of both are drawn. ``before``: one cycle earlier, whose edge is a thin line.
    """
    edge = _edge(share_of(circle.belonging)) if circle.belonging else ()
    traces = _traces(share_of(before.belonging)) if before and before.belonging else ()
    inside = _inside(share_of(circle.inclusion)) if circle.inclusion else ()
    return (*edge, *traces, ("old-line", _round(LINE)), *inside)


def _dots(first: int, last: int) -> str:
    """Draw a row of dots as one line: dashes of no length, with round ends."""
    start = DOT * first + DOT / 2
    return f"M{start:g} 7H{start + DOT * (last - first - 1) + 0.1:g}"


def _width(label: str) -> float:
    """Estimate the width of a label, rather too large than too small."""
    return sum(WIDE_LETTER if east_asian_width(letter) in "WF" else LETTER for letter in label)


def _mark(x: float, count: Count | None) -> Mark:
    if count is None:
        return Mark(kind="nothing", x=x, top=BOTTOM, bottom=BOTTOM)
    share = share_of(count)
    top, bottom = (BOTTOM - float(part) * (BOTTOM - TOP) for part in (share.high, share.low))
    return Mark(kind="exact" if share.low == share.high else "range", x=x, top=top, bottom=bottom)


def _bands(marks: Sequence[Mark]) -> Iterator[str]:
    """Draw one band for each run of cycles that are shown; a cycle that shows nothing interrupts it."""
    runs: list[list[Mark]] = [[]]
    for mark in marks:
        if mark.kind == "nothing":
            runs.append([])
        else:
            runs[-1].append(mark)
    for run in runs:
        if len(run) > 1:
            above = [f"{mark.x:.1f} {mark.top:.1f}" for mark in run]
            below = [f"{mark.x:.1f} {mark.bottom:.1f}" for mark in reversed(run)]
            yield f"M{'L'.join([*above, *below])}Z"


def _inside(share: Share) -> Iterator[Path]:
    for kind, part in (("inside-maybe", share.high), ("inside", share.low)):
        if part:
            yield kind, _round(LINE * sqrt(part))


def _edge(share: Share) -> Iterator[Path]:
    near, far = _wavering(share.low), _wavering(share.high)
    exact = share.low == share.high
    if not exact:
        yield "edge-maybe", far + near
    yield "room", near
    yield "edge", near
    if not exact:
        yield "edge far", far


def _traces(share: Share) -> Iterator[Path]:
    for part in sorted({share.low, share.high}):
        yield "edge-before", _wavering(part)


def _round(radius: float) -> str:
    arc = f"a{radius:.1f} {radius:.1f} 0 1 1"
    return f"M{CENTRE - radius:.1f} {CENTRE}{arc} {2 * radius:.1f} 0{arc} -{2 * radius:.1f} 0Z"


def _wavering(share: Fraction) -> str:
    """Draw the edge that this share of people moves, as if by hand."""
    reach = LINE + float(share) * (FURTHEST - LINE)
    points = []
    for step in range(STEPS):
        angle = 2 * pi * step / STEPS
        drawn = reach * (1 + sum(part * sin(waves * angle + turn) for waves, part, turn in WAVES))
        points.append(f"{CENTRE + drawn * cos(angle):.1f} {CENTRE + drawn * sin(angle):.1f}")
    return f"M{'L'.join(points)}Z"
