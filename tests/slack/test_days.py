"""A day as an admin types it after ``/belonging pause``."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.schedule.fields import MONTHS, MOST_YEARS, parse_until

TODAY = date(2026, 11, 24)
near = st.dates(TODAY - timedelta(days=400), date(TODAY.year + MOST_YEARS, 12, 31))


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("until 5 January", date(2027, 1, 5)),
        ("UNTIL  5  january", date(2027, 1, 5)),
        ("until 5 Jan", date(2027, 1, 5)),
        ("until 5. January", date(2027, 1, 5)),
        ("until 5th of January", date(2027, 1, 5)),
        ("until the end", None),
        ("until January 5", date(2027, 1, 5)),
        ("until jan. 5th, 2028", date(2028, 1, 5)),
        ("until 5 January 2027", date(2027, 1, 5)),
        ("until 2027-01-05", date(2027, 1, 5)),
        ("until 2027-1-5", date(2027, 1, 5)),
        ("5 January", date(2027, 1, 5)),
        ("until 24 November", TODAY),
        ("until 23 November", date(2027, 11, 23)),
        ("until 23 November 2026", date(2026, 11, 23)),
        ("until 29 February", date(2028, 2, 29)),
        ("until 31 December 2029", date(2029, 12, 31)),
        ("until 1 January 2030", None),
        ("until 31 February", None),
        ("until 29 February 2027", None),
        ("until 5 Ju", None),
        ("until 5 J", None),
        ("until 2027-13-01", None),
        ("until 0 January", None),
        ("until 05/01/2027", None),
        ("until tomorrow", None),
        ("until \u0665 january", date(2027, 1, 5)),
        ("until", None),
        ("", None),
    ],
)
def test_a_day_is_read_as_somebody_means_it(words: str, day: date | None) -> None:
    assert day == parse_until(words, TODAY)


def test_two_months_that_begin_alike_are_told_apart_or_refused() -> None:
    assert date(2027, 6, 5) == parse_until("5 jun", TODAY)
    assert date(2027, 7, 5) == parse_until("5 jul", TODAY)
    assert date(2027, 3, 5) == parse_until("5 mar", TODAY)


@given(near)
def test_every_day_comes_back_from_each_way_to_write_it(day: date) -> None:
    month = MONTHS[day.month - 1]
    written = [
        day.isoformat(),
        f"{day.day} {month} {day.year}",
        f"{month} {day.day}, {day.year}",
        f"until {day.day} {month[:3]} {day.year}",
    ]

    assert [day] * len(written) == [parse_until(words, TODAY) for words in written]


@given(st.text(max_size=60))
def test_whatever_is_typed_is_a_day_in_reach_or_none(words: str) -> None:
    day = parse_until(words, TODAY)

    assert day is None or day.year <= TODAY.year + MOST_YEARS


@given(st.integers(1, 31), st.sampled_from(MONTHS))
def test_without_a_year_it_is_never_a_day_that_lies_back(day: int, month: str) -> None:
    found = parse_until(f"{day} {month}", TODAY)

    assert found is None or TODAY <= found
