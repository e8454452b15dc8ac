"""What is said of schedules whose statements will often rest."""

import doctest
from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.core import advice
from bot.core.advice import (
    AskedChannel,
    Overlap,
    Overuse,
    asked_at_most,
    overlaps,
    overuse,
    rounds_with_statements,
    statements_in,
)
from bot.core.audiences import WINDOW_DAYS, StatementKey, askable_of, tags_of
from bot.core.model import ChannelId, MemberId, Tag, TagId
from bot.core.schedule import MonthlyDay, MonthlyWeekday, Recurrence, Weekly
from tests.core.test_capacity import own_pack
from tests.core.test_prompts import prompt

SAME = frozenset({StatementKey("item:1")})
OTHER = frozenset({StatementKey("item:2")})
ONE_TOPIC = own_pack(prompt("own", 1, statements=2))
DAY = timedelta(days=1)


def asked(name: str, *people: int, statements: frozenset[StatementKey] = SAME) -> AskedChannel:
    return AskedChannel(
        channel=ChannelId(name),
        people=frozenset(MemberId(f"U{number}") for number in people),
        statements=statements,
    )


def test_the_examples_in_the_docstrings_hold() -> None:
    assert tuple(doctest.testmod(advice)) == (0, 1)


@pytest.mark.parametrize(
    ("recurrence", "most"),
    [
        (Weekly(every=1, weekdays=(1,)), 4),
        (Weekly(every=1, weekdays=(1, 3)), 8),
        (Weekly(every=2, weekdays=(1,)), 2),
        (Weekly(every=3, weekdays=(0, 4)), 4),
        (Weekly(every=4, weekdays=(1,)), 1),
        (MonthlyDay(day=31), 1),
        (MonthlyWeekday(which=-1, weekday=4), 1),
    ],
)
def test_so_many_rounds_lie_within_four_weeks(recurrence: Recurrence, most: int) -> None:
    assert most == asked_at_most(recurrence)
    if isinstance(recurrence, Weekly):
        days = [week * 7 * recurrence.every + day for week in range(8) for day in recurrence.weekdays]
        assert most == max(sum(0 <= later - day < WINDOW_DAYS for later in days) for day in days)


@pytest.mark.parametrize("year", range(2026, 2031))
def test_a_month_is_never_so_short_that_two_monthly_rounds_lie_within_the_window(year: int) -> None:
    for month in range(1, 12):
        assert (date(year, month + 1, 1) - date(year, month, 1)).days >= WINDOW_DAYS


def test_a_pack_of_three_statements_runs_dry_every_week_and_not_every_four() -> None:
    assert overuse(ONE_TOPIC, [Weekly(every=1, weekdays=(1,))]) == Overuse(full=1, asked=4)
    assert overuse(ONE_TOPIC, [Weekly(every=4, weekdays=(1,))]) is None
    assert overuse(ONE_TOPIC, [MonthlyDay(day=1), MonthlyDay(day=15)]) == Overuse(full=1, asked=2)


def test_a_pack_without_prompts_asks_nothing_that_could_run_dry() -> None:
    empty = replace(ONE_TOPIC, prompts=())
    assert rounds_with_statements(empty) == 0
    assert overuse(empty, [Weekly(every=1, weekdays=(1,))]) is None


def test_a_pack_asks_its_statements_its_anchors_and_its_tags() -> None:
    (topic,) = ONE_TOPIC.dimensions
    tagged = replace(ONE_TOPIC, dimensions=(replace(topic, tags=(Tag(id=TagId("t"), text="t"),)),))
    statements = [topic.anchor, *(statement for one in tagged.prompts for statement in one.statements)]
    expected = {
        key
        for one in (*map(askable_of, statements), tags_of(topic.key, (Tag(id=TagId("t"), text="t"),)))
        for key in one.keys
    }
    assert expected == statements_in(tagged)


def test_channels_that_share_two_people_may_ask_the_same() -> None:
    assert not list(overlaps([asked("C1", *range(8)), asked("C2", *range(6, 14))]))


def test_channels_that_share_three_people_are_told_of() -> None:
    both = [asked("C1", *range(8)), asked("C2", *range(5, 14))]
    assert list(overlaps(both)) == [
        Overlap(channel=ChannelId("C1"), people=8, shared=3, others=(ChannelId("C2"),)),
        Overlap(channel=ChannelId("C2"), people=9, shared=3, others=(ChannelId("C1"),)),
    ]


def test_people_shared_with_several_channels_are_counted_together_and_once() -> None:
    guild = asked("C0", 0, 1, 2, 10, 11, 12, 13)
    (found, *rest) = overlaps(
        [guild, asked("C1", *range(8)), asked("C2", *range(10, 18)), asked("C3", 1, 80)]
    )
    assert (found.shared, found.others) == (7, ("C1", "C2", "C3"))
    assert [one.channel for one in rest] == ["C1", "C2"]


def test_channels_that_are_asked_other_statements_take_none_away() -> None:
    assert not list(overlaps([asked("C1", *range(8)), asked("C2", *range(8), statements=OTHER)]))


def test_no_person_stands_in_the_text_of_what_is_gathered() -> None:
    assert "U1" not in repr(asked("C1", 1))
