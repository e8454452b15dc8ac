"""The whole bot is killed (kill -9) two hundred times, over a real network, and started again each time.

What a lap is: ``lap.py``. Where it is killed: ``plan.py``. What must hold: ``witness.py``. A failure names
the line that runs its lap again; ``make chaos`` goes on with other seeds.
"""

import re
from random import Random

import pytest

from tests.faults.chaos import Share, calm_lap, kill_many, laps
from tests.faults.lap import run_lap
from tests.faults.mutants import MUTANTS
from tests.faults.plan import POINTS, STEP, Kill, Phase, Totals, draw
from tests.faults.zygote import Zygote

SEED = 7
SHARES = 4
KILLS = 200

MANY_LAPS = 60
"""About so many laps have two hundred kills."""

SOON = 15
"""Within so many laps with kills in its phases, each mutant is found."""


@pytest.mark.attack
@pytest.mark.parametrize("number", range(1, SHARES + 1))
def test_killed_at_any_step_the_bot_keeps_what_it_acknowledged_and_repeats_nothing_else(
    zygote: Zygote, number: int
) -> None:
    share = Share(number=number, of=SHARES)
    reports = list(kill_many(zygote, SEED, KILLS // SHARES, share))

    assert [] == [f"{fault}: {report.command}" for report in reports for fault in report.faults]
    assert sum(report.kills for report in reports) >= KILLS // SHARES


@pytest.mark.attack
@pytest.mark.parametrize(
    ("mutant", "phases", "fault"),
    [
        ("acknowledged before it is stored", [Phase.SUBMIT], "wrong count|an acknowledged reply was lost"),
        ("posted without a record", [Phase.PUBLISH], "said"),
        ("key left after the close", [Phase.CLOSE], "left after the close: keys"),
        ("key destroyed before the result is stored", [Phase.CLOSE], "the result is lost"),
        ("repeated reply counted again", [Phase.SUBMIT], "wrong count"),
        ("one lost and another doubled", [Phase.SUBMIT], "acknowledged reply is quoted"),
        ("text in the log", [Phase.SUBMIT], "stands in the log"),
    ],
)
def test_a_bot_with_a_fault_is_found_out(
    zygote: Zygote, mutant: str, phases: list[Phase], fault: str
) -> None:
    totals = _calm(zygote)
    for report in laps(zygote, SEED, totals, mutant=mutant, phases=phases):
        if report.faults or report.lap >= SOON:
            break

    assert any(re.search(fault, found) for found in report.faults), report.faults


@pytest.mark.attack
@pytest.mark.parametrize(
    ("mutant", "at", "fault"),
    [
        ("recorded before it is posted", "post/asked/1", "a fire time was lost"),
        ("fire time forgotten", "post/applied/1", "messages were said where"),
    ],
)
def test_a_fault_that_shows_at_few_steps_is_found_out_there(
    zygote: Zygote, mutant: str, at: str, fault: str
) -> None:
    """The two hundred kills come by here, too, but late."""
    report = run_lap(zygote, SEED, 1, [Kill.parse(at)], mutant)

    assert any(fault in found for found in report.faults), report.faults


def test_every_mutant_is_tried() -> None:
    tests = (test_a_bot_with_a_fault_is_found_out, test_a_fault_that_shows_at_few_steps_is_found_out_there)
    marks = [mark for test in tests for mark in vars(test)["pytestmark"] if mark.name == "parametrize"]

    assert set(MUTANTS) == {mutant for mark in marks for mutant, *_ in mark.args[1]}


def test_every_phase_and_every_point_has_its_turn() -> None:
    totals = Totals({(phase, point): 3 for phase in Phase for point in POINTS})
    kills = [kill for lap in range(MANY_LAPS) for kill in draw(Random(f"kills {SEED}/{lap}"), totals)]

    assert set(Phase) == {kill.phase for kill in kills}
    assert set(POINTS) == {kill.point for kill in kills}


def test_a_plan_is_the_same_for_the_same_seed_and_can_be_read_back() -> None:
    totals = Totals({(phase, STEP): 100 for phase in Phase})
    plans = [draw(Random("kills 7/3"), totals) for _ in range(2)]

    assert plans[0] == plans[1]
    assert plans[0] == tuple(Kill.parse(str(kill)) for kill in plans[0])


def test_a_bot_does_its_steps_in_every_phase_and_about_as_many_each_time(zygote: Zygote) -> None:
    """Or a kill by number would say nothing. Threads that work side by side make a little difference."""
    first, second = _calm(zygote), calm_lap(zygote, SEED).totals

    assert all(first[phase, STEP] > 10 for phase in Phase)
    assert all(0.8 < second[phase, STEP] / first[phase, STEP] < 1.25 for phase in Phase)


_KNOWN: dict[int, Totals] = {}


def _calm(zygote: Zygote) -> Totals:
    if SEED not in _KNOWN:
        report = calm_lap(zygote, SEED)
        assert report.faults == []
        _KNOWN[SEED] = report.totals
    return _KNOWN[SEED]
