"""How often whole messages tell unchanged teams of a movement: the cuts hold for what members read."""

from collections.abc import Sequence

import pytest

from bot.core.cycle_summary import cycles_of, summarise_cycle, trend_of
from bot.core.model import Side
from bot.core.release import Result
from bot.slack.kit.builders import Block
from bot.slack.results import blocks as summary
from bot.slack.results import cycle_blocks as cycle
from tests.core.team_simulation import TEAMS, team
from tests.slack.reading import texts

SIMULATED = 80
"""So many teams of each size; ``make bench`` simulates 2,000."""

STEADY = {Side.INCLUSION: 0.7, Side.BELONGING: 0.5, Side.GROUND: 0.6}
AT_MOST = 0.15


def tells(blocks: Sequence[Block]) -> bool:
    """Whether a message tells of a movement."""
    return "than before" in " ".join(texts(blocks))


def two_cycles(size: int, participation: float, number: int) -> list[Result]:
    """The results of a team in which nothing changes, newest first."""
    unchanged = team(size, participation, f"messages {size} {number}")
    first = unchanged.cycle(STEADY)
    return [*first, *unchanged.cycle(STEADY, after=len(first))][::-1]


@pytest.mark.parametrize(("size", "participation"), TEAMS)
def test_a_cycle_and_a_trend_seldom_tell_an_unchanged_team_of_a_movement(
    size: int, participation: float
) -> None:
    told = dict.fromkeys(("cycle", "trend"), 0)
    for number in range(SIMULATED):
        results = two_cycles(size, participation, number)
        found = summarise_cycle(results)
        assert found
        assert 2 == len(cycles_of(results))
        told["cycle"] += tells(cycle.cycle_blocks(found))
        told["trend"] += tells(cycle.trend_blocks(trend_of(results)))

    assert all(many / SIMULATED <= AT_MOST for many in told.values()), told


def test_the_summaries_of_a_whole_cycle_together_seldom_tell_an_unchanged_team_of_a_movement() -> None:
    """Over all sizes; of 300 teams of 20, the size that is told most often, it was one in ten."""
    told = 0
    for size, participation in TEAMS:
        for number in range(SIMULATED):
            results = two_cycles(size, participation, number)
            told += any(
                tells(summary.summary(*results[place], results[place + 1 :]))
                for place in range(len(results) // 2)
            )

    assert told / (SIMULATED * len(TEAMS)) <= AT_MOST
