"""Kills a bot many times, each time elsewhere, and says what was found and how to see it again.

``python -m tests.faults --help`` is this as a program; ``make chaos`` runs it.
"""

from collections.abc import Iterator
from random import Random

from tests.faults.lap import Report, run_lap
from tests.faults.plan import Totals, draw
from tests.faults.zygote import Zygote


def totals_of(zygote: Zygote, seed: int) -> Report:
    """A lap in which nobody is killed: how many points each phase has, for the plans to choose from."""
    return run_lap(zygote, seed, 0)


def laps(
    zygote: Zygote, seed: int, totals: Totals, *, first: int = 1, every: int = 1, mutant: str = ""
) -> Iterator[Report]:
    """Lap after lap without end, each with kills by lot: the first one, and every so manyth after it."""
    lap = first
    while True:
        kills = draw(Random(f"kills {seed}/{lap}"), totals)
        yield run_lap(zygote, seed, lap, kills, mutant)
        lap += every


def kill_many(
    zygote: Zygote, seed: int, kills: int, *, first: int = 1, every: int = 1, mutant: str = ""
) -> Iterator[Report]:
    """The reports of as many laps as it takes to kill the bot so often; the first is of the calm lap."""
    calm = totals_of(zygote, seed)
    yield calm
    done = 0
    for report in laps(zygote, seed, calm.totals, first=first, every=every, mutant=mutant):
        yield report
        done += report.kills
        if done >= kills:
            return
