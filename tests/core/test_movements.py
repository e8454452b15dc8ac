"""What a message may say has moved: the rules, and how often they are wrong about a team."""

from dataclasses import replace

import pytest

from bot.core.counts import Count
from bot.core.model import Side
from bot.core.movements import (
    FAR,
    LEAST_CHANGE,
    LOOK_EVERY,
    MOST_STATEMENTS,
    between_cycles,
    window_of,
    within_cycle,
)
from bot.core.release import GroupCount, Published, Result, StatementRelease, Withheld
from bot.core.replies import Tenure
from tests.core.team_simulation import TEAMS, team

SIMULATED = 200
"""So many teams of each size; ``make bench`` simulates 2,000."""

STEADY = {Side.INCLUSION: 0.7, Side.BELONGING: 0.5, Side.GROUND: 0.6}
RISEN = {**STEADY, Side.BELONGING: 0.7}

PLACES = 12


def a_cycle(agreed: dict[str, int], *, of: int = 12, after: int = 0, other: int = 6) -> list[Result]:
    """A cycle in which so many agree with the statement of each topic; with any other, ``other``."""
    return [
        (
            round_,
            replace(
                shown,
                audience=of,
                statements=tuple(_counted(one, agreed, of, other) for one in shown.statements),
            ),
        )
        for round_, shown in team(of, 1.0, "a cycle").cycle(STEADY, after=after)
        if isinstance(shown, Published)
    ]


def _with_counts(shown: Published, agreed: dict[str, int], of: int, other: int) -> Published:
    return replace(
        shown, audience=of, statements=tuple(_counted(one, agreed, of, other) for one in shown.statements)
    )


def _counted(one: StatementRelease, agreed: dict[str, int], of: int, other: int) -> StatementRelease:
    many = agreed.get(one.statement.removesuffix("-anchor"), other)
    return StatementRelease(statement=one.statement, count=Count(of=of, low=many, high=many))


INCLUSION_UP = {"welcome": 8, "door": 8}
BELONGING_UP = dict.fromkeys(("cocreate", "circle", "stake", "norms", "newcomers"), 8)
LOW = dict.fromkeys((*INCLUSION_UP, *BELONGING_UP), 4)


def withheld(result: Result) -> Result:
    return result[0], Withheld(round_id=result[0].id)


def reworded(result: Result, topic: str) -> Result:
    round_, shown = result
    statements = tuple(
        replace(statement, text=f"{statement.text} In other words.")
        if statement.id == f"{topic}-anchor"
        else statement
        for statement in round_.prompt.statements
    )
    return replace(round_, prompt=replace(round_.prompt, statements=statements)), shown


def in_groups(result: Result) -> Result:
    """The same numbers, shown for both tenure groups, half of each."""
    round_, shown = result
    assert isinstance(shown, Published)
    statements = tuple(
        StatementRelease(
            statement=one.statement,
            count=None,
            groups=tuple(
                GroupCount(group=group, count=Count(of=6, low=one.count.low // 2, high=one.count.low // 2))
                for group in (Tenure.NEWER, Tenure.LONGER)
            ),
        )
        for one in shown.statements
        if one.count
    )
    return round_, replace(shown, statements=statements)


def test_a_side_that_rose_is_named_with_its_statements_in_one_claim() -> None:
    before, now = a_cycle(LOW), a_cycle({**LOW, **BELONGING_UP}, after=PLACES)

    (claim,) = between_cycles(window_of(before), window_of(now)).claims

    assert (claim.side, claim.whole_side, claim.up) == (Side.BELONGING, True, True)
    assert claim.now.middle - claim.then.middle > LEAST_CHANGE
    assert len(claim.statements) <= MOST_STATEMENTS


def test_a_side_that_fell_is_named_as_well() -> None:
    before, now = a_cycle({**LOW, **INCLUSION_UP}), a_cycle(LOW, after=PLACES)

    (claim,) = between_cycles(window_of(before), window_of(now)).claims

    assert (claim.side, claim.whole_side, claim.up) == (Side.INCLUSION, True, False)


def test_a_statement_is_named_alone_where_its_side_has_not_moved() -> None:
    before = a_cycle({"welcome": 3})
    now = a_cycle({"welcome": 9, "door": 5}, after=PLACES)

    claims = between_cycles(window_of(before), window_of(now)).claims

    assert [
        (one.whole_side, [statement.id for statement in one.statements])
        for one in claims
        if not one.whole_side
    ] == [(False, ["welcome-anchor"])] or [
        statement.id for one in claims for statement in one.statements
    ] == ["welcome-anchor"]


def test_two_statements_are_named_at_most() -> None:
    topics = ("safety", "wellbeing", "welcome", "norms")
    before, now = (
        a_cycle(dict.fromkeys(topics, 2)),
        a_cycle(dict.fromkeys(topics, 10) | {"door": 0, "cocreate": 0}, after=PLACES),
    )

    claims = between_cycles(window_of(before), window_of(now)).claims

    assert sum(len(one.statements) for one in claims) <= MOST_STATEMENTS


def test_nothing_is_said_where_nothing_has_moved() -> None:
    found = between_cycles(window_of(a_cycle(LOW)), window_of(a_cycle(LOW, after=PLACES)))

    assert found.claims == ()
    assert found.comparable
    assert found.more_rounds is None


def test_about_how_many_more_rounds_would_tell_is_said_where_it_looks_like_movement() -> None:
    slightly = dict.fromkeys(BELONGING_UP, 5) | {"cocreate": 6, "norms": 6}
    before, now = a_cycle(LOW), a_cycle({**LOW, **slightly}, after=PLACES)

    found = between_cycles(window_of(before), window_of(now))

    assert found.claims == ()
    assert found.more_rounds
    assert 1 <= found.more_rounds <= FAR


def test_without_an_earlier_cycle_nothing_can_be_compared() -> None:
    found = between_cycles(window_of([]), window_of(a_cycle(LOW)))

    assert (found.claims, found.comparable, found.more_rounds, found.other_size) == ((), False, None, False)


def test_withheld_rounds_never_look_like_movement() -> None:
    """Welcome is high and the door low; if only the door is shown later, the side has not moved."""
    uneven = {"welcome": 9, "door": 3}
    before, now = a_cycle(uneven), a_cycle(uneven, after=PLACES)
    partly = [
        withheld(one)
        if any(statement.id == "welcome-anchor" for statement in one[0].prompt.statements)
        else one
        for one in now
    ]

    assert between_cycles(window_of(before), window_of(partly)).claims == ()


def test_a_statement_in_other_words_is_not_compared() -> None:
    before = a_cycle({"safety": 2})
    now = [reworded(one, "safety") for one in a_cycle({"safety": 10}, after=PLACES)]

    assert between_cycles(window_of(before), window_of(now)).claims == ()


def test_a_statement_that_rested_is_not_compared() -> None:
    before = a_cycle({"safety": 2})
    now = [one for one in a_cycle({}, after=PLACES) if one[0].prompt.dimension != "safety"]

    assert between_cycles(window_of(before), window_of(now)).claims == ()


def test_rounds_shown_by_tenure_group_say_as_much_as_others() -> None:
    before, now = a_cycle(LOW), a_cycle({**LOW, **BELONGING_UP}, after=PLACES)

    (claim,) = between_cycles(window_of(before), window_of(map(in_groups, now))).claims

    assert (claim.side, claim.up) == (Side.BELONGING, True)


@pytest.mark.parametrize(
    ("then", "now", "other"), [(12, 12, False), (12, 15, False), (9, 13, True), (13, 9, True)]
)
def test_a_team_that_grew_or_shrank_by_more_than_a_third_is_another_team(
    then: int,
    now: int,
    other: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    found = between_cycles(window_of(a_cycle({}, of=then)), window_of(a_cycle({}, of=now, after=PLACES)))

    assert found.other_size is other


def test_within_a_cycle_movement_is_told_before_a_second_cycle_has_ended() -> None:
    results = [*a_cycle(LOW), *a_cycle({**LOW, **BELONGING_UP, **INCLUSION_UP}, after=PLACES)]

    told = [number for number in range(1, 2 * PLACES + 1) if within_cycle(results[:number]).claims]

    assert told
    assert PLACES < min(told) < 2 * PLACES


def test_within_a_cycle_it_is_looked_after_every_third_shown_round_only() -> None:
    results = [*a_cycle(LOW), *a_cycle({**LOW, **BELONGING_UP, **INCLUSION_UP}, after=PLACES)]
    results.insert(3, withheld(results[3]))

    looked = [number for number in range(1, len(results) + 1) if within_cycle(results[:number]).comparable]

    shown = [sum(isinstance(shown, Published) for _, shown in results[:number]) for number in looked]
    assert shown
    assert all(number % LOOK_EVERY == 0 for number in shown)


def test_within_a_cycle_a_window_of_one_asking_says_nothing() -> None:
    results = a_cycle({"safety": 2, **LOW})[:6]

    assert not within_cycle(results).comparable


def test_what_was_told_is_not_told_again_without_news() -> None:
    moved = [*a_cycle({"safety": 1}), *a_cycle({"safety": 11}, after=PLACES)]
    without = [one for one in a_cycle({}, after=2 * PLACES) if one[0].prompt.dimension != "safety"]

    later = within_cycle([*moved, *without[:3]])

    assert not any(statement.id == "safety-anchor" for one in later.claims for statement in one.statements)


@pytest.mark.parametrize(("size", "participation"), TEAMS)
def test_an_unchanged_team_seldom_hears_of_a_movement(size: int, participation: float) -> None:
    told = 0
    for number in range(SIMULATED):
        simulated = team(size, participation, f"unchanged {size} {number}")
        before, now = simulated.cycle(STEADY), simulated.cycle(STEADY, after=PLACES)
        told += bool(between_cycles(window_of(before), window_of(now)).claims)

    assert told / SIMULATED <= 0.15


@pytest.mark.parametrize(
    ("size", "participation", "least"),
    [(*one, least) for one, least in zip(TEAMS, (0.11, 0.26, 0.48, 0.68), strict=True)],
)
def test_a_side_that_rose_by_twenty_points_is_heard_of(size: int, participation: float, least: float) -> None:
    told = 0
    for number in range(SIMULATED):
        simulated = team(size, participation, f"risen {size} {number}")
        before, now = simulated.cycle(STEADY), simulated.cycle(RISEN, after=PLACES)
        claims = between_cycles(window_of(before), window_of(now)).claims
        told += any(one.whole_side and one.side is Side.BELONGING and one.up for one in claims)

    assert told / SIMULATED >= least
