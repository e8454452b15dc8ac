"""Measure how often readings of shown counts are right, and how long a reading takes.

The simulated teams are always the same: persons differ with a standard deviation of 1 on the logit scale, days
with 0.2. The tests do the same with fewer teams.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice
from time import perf_counter

from benchmarks.figures import Figure
from bot.core.counts import Count
from bot.core.inference import gap, moved, share
from bot.core.model import Side
from bot.core.movements import Comparison, between_cycles, window_of, within_cycle
from bot.core.release import Result
from tests.core.team_simulation import TEAMS, Team, counts_of, team

SIMULATED = 2000
"""So many teams to a cell."""

STEADY = {Side.INCLUSION: 0.7, Side.BELONGING: 0.5, Side.GROUND: 0.6}
RISEN = STEADY | {Side.BELONGING: 0.7}
APART = {Side.INCLUSION: 0.85, Side.BELONGING: 0.5, Side.GROUND: 0.5}
ALIKE = dict.fromkeys(Side, 0.7)
EVEN = dict.fromkeys(Side, 0.5)

WINDOW_MS = 1.0
WINDOWS = 300


def figures() -> list[Figure]:
    """Measure each cell by size of the team, and the time for a window that was never read before."""
    return [*_figures_of_teams(), *_times()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A question about simulated teams, and the most teams of 100 for which it may be true, by size."""

    name: str
    is_so: Callable[[Team], bool]
    budgets: Sequence[float]


def _figures_of_teams() -> Iterator[Figure]:
    """Measure every cell for every size, on all cores."""
    tasks = [(place, cell) for place in range(len(TEAMS)) for cell in range(len(CELLS))]
    with ProcessPoolExecutor() as workers:
        for (place, cell), value in zip(tasks, workers.map(_of_100, *zip(*tasks, strict=True)), strict=True):
            size, participation = TEAMS[place]
            yield Figure(
                name=f"a team of {size}, {participation:.0%} reply: {CELLS[cell].name}",
                value=value,
                unit="of 100",
                budget=CELLS[cell].budgets[place],
            )


def _of_100(place: int, cell: int) -> float:
    """Return for how many of 100 teams this is true."""
    size, participation = TEAMS[place]
    teams = (team(size, participation, f"bench {cell} {size} {number}") for number in range(SIMULATED))
    return 100 * sum(map(CELLS[cell].is_so, teams)) / SIMULATED


def _two_cycles(simulated: Team, later: dict[Side, float]) -> tuple[list[Result], list[Result]]:
    before = simulated.cycle(STEADY)
    return before, simulated.cycle(later, after=len(before))


def _compared(simulated: Team, later: dict[Side, float]) -> Comparison:
    return between_cycles(*map(window_of, _two_cycles(simulated, later)))


def _unchanged(simulated: Team) -> bool:
    return bool(_compared(simulated, STEADY).claims)


def _unchanged_within(simulated: Team) -> bool:
    before, now = _two_cycles(simulated, STEADY)
    return any(within_cycle([*before, *now[:shown]]).claims for shown in range(1, len(now) + 1))


def _rise_missed(simulated: Team) -> bool:
    claims = _compared(simulated, RISEN).claims
    return not any(one.whole_side and one.side is Side.BELONGING and one.up for one in claims)


def _gap_missed(simulated: Team) -> bool:
    return not _gap_named(simulated, APART)


def _gap_false(simulated: Team) -> bool:
    return _gap_named(simulated, ALIKE)


def _gap_named(simulated: Team, shares: dict[Side, float]) -> bool:
    results = simulated.cycle(shares)
    return gap(counts_of(results, Side.INCLUSION), counts_of(results, Side.BELONGING)) is not None


def _interval_missed(simulated: Team) -> bool:
    """Return True if the interval of a cycle does not contain this team's own share."""
    found = share(counts_of(simulated.cycle(EVEN), Side.BELONGING))
    return not found.low <= simulated.true_share(0.5) <= found.high


CELLS = (
    Cell(name="unchanged, told of a movement between cycles", is_so=_unchanged, budgets=(15, 15, 15, 15)),
    Cell(
        name="unchanged, told of one within the second cycle",
        is_so=_unchanged_within,
        budgets=(15, 15, 15, 15),
    ),
    Cell(
        name="a side rose by 20 points, and that is not named", is_so=_rise_missed, budgets=(89, 74, 52, 32)
    ),
    Cell(name=".85 feel wanted, .50 shape, and no gap is named", is_so=_gap_missed, budgets=(55, 25, 5, 5)),
    Cell(name="both sides at .70, and a gap is named", is_so=_gap_false, budgets=(4, 4, 4, 4)),
    Cell(
        name="the true share is outside of the 80 % interval",
        is_so=_interval_missed,
        budgets=(25, 25, 25, 25),
    ),
)


def _times() -> Iterator[Figure]:
    windows = list(islice(_unlike_windows(), 2 * WINDOWS))
    for name, read in (("the share of a window", lambda at: share(windows[at])),
                       ("a movement between two windows", lambda at: moved(windows[at - 1], windows[at]))):  # fmt: skip
        began = perf_counter()
        for at in range(WINDOWS):
            read(at)
        yield Figure(name=f"{name} of six counts, never read before, mean",
                     value=(perf_counter() - began) * 1000 / WINDOWS, unit="ms",
                     budget=WINDOW_MS * (1 if name.startswith("the") else 2))  # fmt: skip


def _unlike_windows() -> Iterator[list[Count]]:
    """Return different windows of six counts of a team of twelve."""
    number = 0
    while True:
        number += 1
        digits = [number // 8**place % 8 + 3 for place in range(6)]
        yield [Count(of=12, low=agreed, high=agreed if agreed < 9 else 12) for agreed in digits]
