"""Kills a bot many times, each time elsewhere, and says what was found and how to see it again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from tests.faults.lap import Report, run_lap
from tests.faults.plan import Phase, Totals, draw
from tests.faults.zygote import Zygote

CALM = 0
"""The number of the lap in which nobody is killed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """The laps of one process: every ``of``-th, beginning with the one of this ``number`` (from 1)."""

    number: int = 1
    of: int = 1


def calm_lap(zygote: Zygote, seed: int) -> Report:
    """A lap in which nobody is killed: how many points each phase has, for the plans to choose from."""
    return run_lap(zygote, seed, CALM)


def laps(
    zygote: Zygote,
    seed: int,
    totals: Totals,
    *,
    share: Share = Share(),
    mutant: str = "",
    phases: Sequence[Phase] = tuple(Phase),
) -> Iterator[Report]:
    """Lap after lap, without end, each with kills by lot in these phases."""
    lap = CALM + share.number
    while True:
        kills = draw(Random(f"kills {seed}/{lap}"), totals, phases)
        yield run_lap(zygote, seed, lap, kills, mutant)
        lap += share.of


def kill_many(zygote: Zygote, seed: int, kills: int, share: Share = Share()) -> Iterator[Report]:
    """The reports of as many laps as it takes to kill the bot so often, after that of the calm lap."""
    calm = calm_lap(zygote, seed)
    yield calm
    done = 0
    if calm.faults:  # what is wrong without a kill says nothing of kills
        return
    for report in laps(zygote, seed, calm.totals, share=share):
        yield report
        done += report.kills
        if done >= kills:
            return
