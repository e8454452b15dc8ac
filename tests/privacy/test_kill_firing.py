"""The bot is killed (kill -9) between any two steps of a firing, and of its reminder; then it starts anew."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from bot.core.model import MessageTs, Round
from bot.ports import FiringOutcome, Services
from bot.service import open_rounds as rounds
from bot.service import run_due as due
from bot.service.recovery import recover
from tests.privacy.services import MEMORY_DISK
from tests.privacy.test_kill import ROOT, Life, live_and_die
from tests.service.services import TEAM, TUESDAY, weekly

MINUTE = timedelta(minutes=1)
REMINDED = timedelta(days=2)
"""A round of three days is recalled a day before it closes."""


def live(directory: Path, mutant: str, deadly: int) -> None:
    """The firing and the reminder. The child kills itself at the call of this number, counted from 1."""
    calls = 0

    def step(_: str) -> None:
        nonlocal calls
        calls += 1
        if calls == deadly:
            os.kill(os.getpid(), signal.SIGKILL)

    if mutant:
        for module in (due, rounds):
            vars(module)["announce"] = MUTANTS[mutant]
    life = Life(directory, step)
    due.run_due(life.services)
    life.now = TUESDAY + REMINDED
    due.run_due(life.services)


def recorded_before_it_is_announced(services: Services, round_: Round) -> Round:
    announced = replace(round_, announcement=MessageTs("1"))
    with services.store.transaction("mutant") as tx:
        tx.update_round(announced)
    services.messenger.announce(round_)
    return announced


def announced_without_a_record(services: Services, round_: Round) -> Round:
    services.messenger.announce(round_)
    return round_


MUTANTS = {
    "recorded before it is announced": recorded_before_it_is_announced,
    "announced without a record": announced_without_a_record,
}


def child(directory: Path, mutant: str = "") -> None:
    """One process for each call at which to die."""
    start = Life(directory / "start")
    with start.state.store.transaction("test") as tx:
        tx.put_schedule(weekly())
    start.state.close()
    live_and_die(directory, partial(live, mutant=mutant))


def faults_after_starting_anew(directory: Path) -> list[str]:
    """What is wrong once the bot has started on a wreck and looked twice at what is due."""
    life = Life(directory)
    try:
        recover(life.services)
        for later in (MINUTE, 2 * MINUTE):
            life.now = TUESDAY + later
            due.run_due(life.services)
        for later in (MINUTE, 2 * MINUTE):
            life.now = TUESDAY + REMINDED + later
            due.run_due(life.services)
        return _faults(life)
    finally:
        life.state.close()


def _faults(life: Life) -> list[str]:
    with life.state.store.transaction("test") as tx:
        found = tx.list_channel_rounds(TEAM)
        claimed = tx.fetch_last_firing_with(weekly().id, FiringOutcome.OPENED)
    announced, reminded = life.slack.said("announced"), life.slack.said("reminded")
    keys = {path.stem for path in (life.directory / "keys").iterdir()} - {"audience"}
    frozen = life.state.audiences.list_frozen()
    claims = {
        "rounds: not one": len(found) == 1,
        "fire time not claimed": claimed == TUESDAY,
        "announced never or too often": 1 <= len(announced) <= 2,
        "two rounds announced": len(set(announced)) == 1,
        "reminded never or too often": 1 <= len(reminded) <= 2,
        "keys of another round left": keys == {one.id for one in found},
        "audiences: not that of the round": set(frozen) == {one.id for one in found},
        "not everybody is in it": {one.people for one in frozen.values()} == {6},
        "nobody was asked before": [one.shared for one in found] == [0],
    }
    return [fault for fault, holds in claims.items() if not holds]


@pytest.fixture
def graveyard() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=MEMORY_DISK) as name:
        yield Path(name)


def all_faults(directory: Path, mutant: str = "") -> dict[str, list[str]]:
    """The faults of each wreck, by the call at which its bot died; those without are left out."""
    script = (
        "from pathlib import Path; from tests.privacy.test_kill_firing import child; "
        f"child(Path({str(directory)!r}), {mutant!r})"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=ROOT, env={"PYTHONPATH": "."})
    places = sorted(directory.iterdir())
    assert len(places) > 30
    found = {place.name: faults_after_starting_anew(place) for place in places}
    return {name: faults for name, faults in found.items() if faults}


@pytest.mark.attack
def test_killed_at_any_call_a_firing_opens_one_round_and_announces_no_other(graveyard: Path) -> None:
    assert {} == all_faults(graveyard)


@pytest.mark.attack
@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_firing_in_the_wrong_order_is_found_out(graveyard: Path, mutant: str) -> None:
    found = all_faults(graveyard, mutant)

    assert "announced never or too often" in {fault for faults in found.values() for fault in faults}
