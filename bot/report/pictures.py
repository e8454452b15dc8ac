"""Counts and trends as inline SVG. A merged end is drawn as its range, never as a point.

Every picture has a title and a description, and its numbers stand beside it in words.
"""

from collections.abc import Sequence
from fractions import Fraction

from bot.core.release import Count
from bot.core.scoring import Share, share_of
from bot.core.summary import count_in_words
from bot.report.markup import Html, every, tag

MOST_DOTS = 30
"""Up to so many people are drawn as dots, more as a bar."""

_DOT = 14
_BAR_WIDTH = 320
_WIDTH, _HEIGHT = 340, 150
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 332, 14, 118
_LABELS = 6
"""So many labels fit below a trend."""


def count_picture(count: Count, said: str = "") -> Html:
    """How many agree: a dot a person, full for those who do, tinted for those who may, small for the rest.

    ``said``: the same in words, where they say something else than that they agree.
    """
    title = tag("title", said or f"{count_in_words(count)} agree")
    if count.of > MOST_DOTS:
        return _bar(count, title)
    width = count.of * _DOT
    runs = (("no", count.high, count.of), ("maybe", count.low, count.high), ("yes", 0, count.low))
    dots = [_run(kind, first, last) for kind, first, last in runs if first < last]
    return tag(
        "svg",
        title,
        *dots,
        class_="dots",
        viewbox=f"0 0 {width} {_DOT}",
        width=width,
        height=_DOT,
        role="img",
    )


def trend_picture(name: str, labels: Sequence[str], counts: Sequence[Count | None]) -> Html:
    """A repeated statement, cycle by cycle, oldest first: a band between the least and the greatest share."""
    shares = [share_of(count) if count else None for count in counts]
    slot = (_RIGHT - _LEFT) / max(1, len(shares))
    places = [_LEFT + slot * (index + 0.5) for index in range(len(shares))]
    said = "; ".join(
        f"{label}: {count_in_words(count)} answers agree" if count else f"{label}: nothing shown"
        for label, count in zip(labels, counts, strict=True)
    )
    return tag(
        "svg",
        tag("title", f"{name}, cycle by cycle"),
        tag("desc", f"{said}."),
        *_axes(),
        *_bands(places, shares),
        *(_mark(place, share, slot) for place, share in zip(places, shares, strict=True)),
        *_ticks(places, labels),
        class_="trend",
        viewbox=f"0 0 {_WIDTH} {_HEIGHT}",
        role="img",
    )


def _run(kind: str, first: int, last: int) -> Html:
    """A row of dots as one line: dashes of no length, with round ends."""
    start = _DOT * first + _DOT / 2
    return tag("path", class_=kind, d=f"M{start:g} 7H{start + _DOT * (last - first - 1) + 0.1:g}")


def _bar(count: Count, title: Html) -> Html:
    low, high = (_BAR_WIDTH * people / count.of for people in (count.low, count.high))
    return tag(
        "svg",
        title,
        tag("rect", class_="no", x=0, y=2, width=_BAR_WIDTH, height=10, rx=5),
        tag("rect", class_="maybe", x=0, y=2, width=high, height=10, rx=5),
        tag("rect", class_="yes", x=0, y=2, width=low, height=10, rx=5) if low else None,
        class_="bar",
        viewbox=f"0 0 {_BAR_WIDTH} {_DOT}",
        width=_BAR_WIDTH,
        height=_DOT,
        role="img",
    )


def _y(share: Fraction) -> float:
    return _BOTTOM - float(share) * (_BOTTOM - _TOP)


def _axes() -> list[Html]:
    lines = []
    for share, label in ((Fraction(1), "all"), (Fraction(1, 2), "half"), (Fraction(0), "none")):
        y = _y(share)
        lines.append(tag("line", class_="grid", x1=_LEFT, x2=_RIGHT, y1=y, y2=y))
        lines.append(tag("text", label, x=_LEFT - 8, y=y + 4, text_anchor="end"))
    return lines


def _bands(places: Sequence[float], shares: Sequence[Share | None]) -> list[Html]:
    """One band for each run of cycles that are shown; a cycle that shows nothing interrupts it."""
    runs: list[list[tuple[float, Share]]] = [[]]
    for place, share in zip(places, shares, strict=True):
        if share:
            runs[-1].append((place, share))
        else:
            runs.append([])
    return [_band(run) for run in runs if len(run) > 1]


def _band(run: Sequence[tuple[float, Share]]) -> Html:
    above = [f"{place:.1f} {_y(share.high):.1f}" for place, share in run]
    below = [f"{place:.1f} {_y(share.low):.1f}" for place, share in reversed(run)]
    return tag("path", class_="band", d=f"M{'L'.join([*above, *below])}Z")


def _mark(place: float, share: Share | None, slot: float) -> Html:
    width = min(14.0, slot * 0.6)
    if share is None:
        return tag("circle", class_="nothing", cx=place, cy=_y(Fraction(0)), r=min(3.0, width / 2))
    if share.low == share.high:
        return tag("circle", class_="exact", cx=place, cy=_y(share.low), r=min(5.0, width / 2))
    top, bottom = _y(share.high), _y(share.low)
    return tag(
        "rect", class_="range", x=place - width / 2, y=top, width=width, height=bottom - top, rx=width / 3
    )


def _ticks(places: Sequence[float], labels: Sequence[str]) -> list[Html]:
    step = -(-len(labels) // _LABELS) if labels else 1
    return [
        tag("text", label, x=place, y=_BOTTOM + 20, text_anchor="middle")
        for place, label in list(zip(places, labels, strict=True))[::-1][::step]
    ]


def swatches(*entries: tuple[str, str]) -> Html:
    """The key of a picture: the class of each sample, and what it stands for."""
    return tag(
        "ul",
        every(tag("li", tag("span", class_=f"swatch {kind}"), says) for kind, says in entries),
        class_="key",
        aria_hidden="true",
    )
