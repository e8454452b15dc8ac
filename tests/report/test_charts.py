"""Counts, trends and the circle as drawings: a merged end is a range, and a larger share looks larger."""

import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.core.counts import Count, count_of
from bot.core.cycle_summary import Circle
from bot.core.language import ENGLISH
from bot.report.charts import MOST_DOTS, circle_paths, trend_chart
from bot.report.page import templates, words_of
from bot.report.views import CircleView

EXACT = Count(of=14, low=5, high=5)
MERGED = Count(of=14, low=11, high=14)
NONE = Count(of=14, low=0, high=3)


def counts(most: int = 60) -> st.SearchStrategy[Count]:
    return st.integers(5, most).flatmap(
        lambda of: st.integers(0, of).map(lambda people: count_of(people, of))
    )


DRAWN = templates().get_template("charts.html").make_module(words_of(ENGLISH))


def count_picture(count: Count) -> str:
    return str(DRAWN.count_picture(count, "said"))  # type: ignore[attr-defined]  # a macro


def trend_picture(name: str, labels: list[str], counts: list[Count | None]) -> str:
    rows = list(zip(labels, counts, strict=True))
    return str(DRAWN.trend_picture(name, rows, trend_chart(labels, counts)))  # type: ignore[attr-defined]


def circle_picture(circle: Circle, before: Circle | None = None) -> str:
    view = CircleView(first=1, last=2, circle=circle, paths=circle_paths(circle, before))
    return str(DRAWN.circle_picture(view))  # type: ignore[attr-defined]


def drawn(svg: str, kind: str) -> int:
    """How many dots of a kind a row has: as many as dashes fit its line."""
    found = re.search(rf'class="{kind}" d="M([\d.]+) 7H([\d.]+)"', svg)
    return round((float(found[2]) - float(found[1]) - 0.1) / 14) + 1 if found else 0


def numbers(svg: str, pattern: str) -> list[float]:
    return [float(number) for number in re.findall(pattern, svg)]


@given(counts(MOST_DOTS))
def test_a_dot_is_a_person(count: Count) -> None:
    svg = count_picture(count)

    assert [count.low, count.high - count.low, count.of - count.high] == [
        drawn(svg, kind) for kind in ("yes", "maybe", "no")
    ]


@given(st.integers(MOST_DOTS + 1, 5000).flatmap(lambda of: st.integers(0, of).map(lambda n: count_of(n, of))))
def test_of_many_people_a_bar_shows_both_bounds(count: Count) -> None:
    svg = count_picture(count)
    widths = dict(re.findall(r'class="(no|maybe|yes)" x="0" y="2" width="([\d.]+)"', svg))

    assert abs(float(widths.get("yes", 0)) - 320 * count.low / count.of) < 0.06
    assert abs(float(widths["maybe"]) - 320 * count.high / count.of) < 0.06


def test_a_trend_draws_a_merged_end_as_a_range_and_never_as_a_point() -> None:
    svg = trend_picture("Welcome", ["1-12", "13-24", "25-36"], [EXACT, MERGED, NONE])

    assert svg.count('class="exact"') == 1
    assert svg.count('class="range"') == 2
    assert 'class="range" x="181' in svg
    top, height = re.search(r'class="range"[^>]* y="([\d.]+)" width="[\d.]+" height="([\d.]+)"', svg).groups()  # type: ignore[union-attr]
    assert float(top) == 14.0
    assert abs(float(height) - (118 - 14) * 3 / 14) < 0.06


def test_a_cycle_that_shows_nothing_interrupts_the_band() -> None:
    labels = ["a", "b", "c", "d", "e"]

    whole = trend_picture("x", labels, [EXACT, EXACT, MERGED, EXACT, EXACT])
    broken = trend_picture("x", labels, [EXACT, EXACT, None, EXACT, EXACT])

    assert (whole.count('class="band"'), broken.count('class="band"')) == (1, 2)
    assert broken.count('class="nothing"') == 1
    assert "c: nothing shown" in broken


@given(st.lists(st.none() | counts(), min_size=1, max_size=40))
def test_a_trend_of_any_length_stays_within_its_frame(found: list[Count | None]) -> None:
    svg = trend_picture("x", [str(number) for number in range(len(found))], found)
    across = numbers(svg, r'\b(?:x|cx|x1|x2)="([\d.]+)"')
    down = numbers(svg, r'\b(?:y|cy|y1|y2)="([\d.]+)"')

    assert all(0 <= place <= 340 for place in across)
    assert all(0 <= place <= 150 for place in down)
    assert svg.count('text-anchor="middle"') <= 6


@given(st.integers(5, 60), st.data())
def test_the_area_inside_is_the_share_that_is_let_in(of: int, data: st.DataObject) -> None:
    count = count_of(data.draw(st.integers(0, of)), of)
    svg = circle_picture(Circle(inclusion=count, belonging=EXACT))
    inside = numbers(svg, r'class="inside(?:-maybe)?" d="M[\d.]+ 160a([\d.]+)')
    expected = [share for share in (count.high / of, count.low / of) if share]

    assert len(expected) == len(inside)
    for share, radius in zip(expected, inside, strict=True):
        assert abs((radius / 78) ** 2 - share) < 0.01


def edge_at_right(people: int) -> float:
    """Where the edge crosses the line to the right of the middle."""
    svg = circle_picture(Circle(inclusion=EXACT, belonging=Count(of=14, low=people, high=people)))
    return numbers(svg, r'class="edge" d="M([\d.]+) ')[0]


def test_the_edge_moves_out_with_everyone_who_shapes_the_place() -> None:
    places = [edge_at_right(people) for people in range(15)]

    assert all(nearer < further for nearer, further in pairwise(places))
    assert 160 + 78 < places[0] + 2
    assert places[-1] < 320


def test_an_edge_with_merged_ends_has_two_lines_and_a_band() -> None:
    svg = circle_picture(Circle(inclusion=EXACT, belonging=MERGED))

    assert 'class="edge-maybe"' in svg
    assert 'class="edge far"' in svg


def test_the_edge_of_the_cycle_before_is_a_thin_line() -> None:
    now, before = Circle(inclusion=EXACT, belonging=EXACT), Circle(inclusion=EXACT, belonging=NONE)

    assert circle_picture(now, before).count('class="edge-before"') == 2
    assert "edge-before" not in circle_picture(now, Circle())


def test_a_circle_without_numbers_is_the_line_alone() -> None:
    svg = circle_picture(Circle())

    assert svg.count("<path") == 1
    assert "Nothing to draw yet" in svg
