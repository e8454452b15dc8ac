"""The widening circle, our own drawing: inclusion is the area inside, belonging how far the edge has moved.

A dashed line is the circle as it once stood. The disc within it covers as much of it as answers say that
people are let in; the outer edge stands as far beyond it as answers say that people shape the place. Both
have two bounds, and both are drawn.
"""

from fractions import Fraction
from math import cos, pi, sin, sqrt

from bot.core.cycle_summary import Circle
from bot.core.release import Count
from bot.core.scoring import share_of
from bot.report.markup import Html, tag
from bot.report.words import circle_in_words

_SIZE = 320
_CENTRE = _SIZE / 2
_LINE = 78.0
"""The radius of the circle as it stood."""

_FURTHEST = 150.0
"""The radius of an edge that everybody moves."""

_STEPS = 72
_WAVES = ((3, 0.012, 0.6), (5, 0.008, 2.1))
"""How a drawn edge wavers: waves around, their part of the radius, their turn. A living line, not a rule."""


def circle_picture(circle: Circle, name: str, before: Circle | None = None) -> Html:
    """The circle of one cycle; an empty one where there is nothing to show yet.

    ``before``: the circle one cycle earlier, whose edge is drawn as a thin line.
    """
    title, sentence = circle_in_words(circle)
    return tag(
        "svg",
        tag("title", f"The circle, {name}"),
        tag("desc", f"{title.rstrip('.')}. {sentence}"),
        *_edge(circle.belonging),
        *(_traces(before.belonging) if before else []),
        tag("path", class_="old-line", d=_round(_LINE)),
        *_inside(circle.inclusion),
        class_="circle",
        viewbox=f"0 0 {_SIZE} {_SIZE}",
        role="img",
    )


def _inside(count: Count | None) -> list[Html]:
    if count is None:
        return []
    share = share_of(count)
    low, high = (_LINE * sqrt(part) for part in (share.low, share.high))
    discs = [("inside-maybe", high), ("inside", low)]
    return [tag("path", class_=kind, d=_round(radius)) for kind, radius in discs if radius]


def _edge(count: Count | None) -> list[Html]:
    if count is None:
        return []
    share = share_of(count)
    low, high = _reach(share.low), _reach(share.high)
    room = tag("path", class_="room", d=_wavering(low))
    if share.low == share.high:
        return [room, tag("path", class_="edge", d=_wavering(low))]
    between = tag("path", class_="edge-maybe", fill_rule="evenodd", d=_wavering(high) + _wavering(low))
    return [
        between,
        room,
        tag("path", class_="edge", d=_wavering(low)),
        tag("path", class_="edge far", d=_wavering(high)),
    ]


def _traces(count: Count | None) -> list[Html]:
    """Where the edge stood before: one thin line for each bound."""
    if count is None:
        return []
    share = share_of(count)
    bounds = sorted({share.low, share.high})
    return [tag("path", class_="edge-before", d=_wavering(_reach(bound))) for bound in bounds]


def _reach(share: Fraction) -> float:
    return _LINE + float(share) * (_FURTHEST - _LINE)


def _round(radius: float) -> str:
    across = 2 * radius
    start = _CENTRE - radius
    return (
        f"M{start:.1f} {_CENTRE:g}a{radius:.1f} {radius:.1f} 0 1 1 {across:.1f} 0"
        f"a{radius:.1f} {radius:.1f} 0 1 1 -{across:.1f} 0Z"
    )


def _wavering(radius: float) -> str:
    points = []
    for step in range(_STEPS):
        angle = 2 * pi * step / _STEPS
        drawn = radius * (1 + sum(part * sin(waves * angle + turn) for waves, part, turn in _WAVES))
        points.append(f"{_CENTRE + drawn * cos(angle):.1f} {_CENTRE + drawn * sin(angle):.1f}")
    return f"M{'L'.join(points)}Z"
