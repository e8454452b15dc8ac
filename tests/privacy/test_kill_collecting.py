"""The bot is killed (kill -9) between any two calls when proposals are published; then it starts anew.

Proposals are written into the ledger exactly once, with the result that publishes them.
"""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.core.model import CoCreateUse, MemberId, PackId, Receipt, Round, RoundKind
from bot.core.release import Published, Release
from bot.core.replies import Draft
from bot.ports import Services
from bot.service import close_rounds as endings
from bot.service.norms import write_ledger
from bot.service.recovery import recover
from bot.service.replies import ReplyOutcome
from bot.service.run_due import run_due
from tests.core.test_prompts import pack, prompt, speaking
from tests.fakes.directory import people
from tests.privacy.services import MEMORY_DISK, SETTINGS
from tests.privacy.test_kill import ROOT, Life, live_and_die
from tests.replying import accept_reply
from tests.service.services import TEAM, TUESDAY, weekly

MINUTE, WEEK = timedelta(minutes=1), timedelta(weeks=1)
CLOSES = TUESDAY + WEEK + timedelta(days=3)
TEXTS = tuple(f"We shall do {letter} together" for letter in "ABC")
PACK = replace(
    pack(prompt("door", 1)),
    id=PackId("belonging"),
    co_create=(speaking("free", "What could we try?", CoCreateUse.COLLECT),),
)


class Collecting(Life):
    """A channel that is asked one question, and then for proposals."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.services: Services = replace(self.services, settings=replace(SETTINGS, packs={PACK.id: PACK}))

    def rounds(self) -> tuple[Round, ...]:
        with self.state.store.transaction("test") as tx:
            return tx.list_channel_rounds(TEAM)

    def box(self) -> Round | None:
        with self.state.store.transaction("test") as tx:
            return tx.fetch_suggestion_box(TEAM)

    def propose(self, member: MemberId, text: str) -> None:
        round_ = self.box() or self.rounds()[-1]
        draft = Draft(answers={}, text=text, quotable=True)
        receipt = Receipt(member.encode().ljust(16))
        assert ReplyOutcome.SAVED is accept_reply(self.services, round_.id, member, draft, receipt)

    def begin(self) -> None:
        """A round has closed; two proposals wait in the box, the third came when it was announced."""
        with self.state.store.transaction("test") as tx:
            tx.put_schedule(weekly())
        run_due(self.services)
        self.now = TUESDAY + timedelta(days=3)
        run_due(self.services)
        for place, member in enumerate(sorted(people(3))):
            if place == 2:
                self.now = TUESDAY + WEEK
                run_due(self.services)
            self.propose(member, TEXTS[place])
        assert [RoundKind.REFLECT, RoundKind.COLLECT] == [one.prompt.kind for one in self.rounds()]


def live(directory: Path, mutant: str, deadly: int) -> None:
    """The close. The child kills itself at the call of this number, counted from 1."""
    calls = 0

    def step(_: str) -> None:
        nonlocal calls
        calls += 1
        if calls == deadly:
            os.kill(os.getpid(), signal.SIGKILL)

    life = Collecting(directory, step)
    if mutant:
        MUTANTS[mutant](life.services)
    life.now = CLOSES
    run_due(life.services)


def ledger_after_the_result(services: Services) -> None:
    """Write the ledger in a transaction of its own, when the result is stored."""
    real = vars(endings)["_count"]

    def count(services: Services, round_: Round) -> Round:
        released: Round = real(services, round_)
        with services.store.transaction("ledger") as tx:
            result = tx.fetch_release(round_.id)
            if result:
                write_ledger(services, tx, released, result)
        return released

    vars(endings)["_count"] = count
    vars(endings)["write_ledger"] = lambda *_: None


def ledger_before_the_result(services: Services) -> None:
    """Write the ledger in a transaction of its own, before the result is stored."""
    real = vars(endings)["release"]

    def release(round_: Round, *replies: Any, **more: Any) -> Release:
        result: Release = real(round_, *replies, **more)
        with services.store.transaction("ledger") as tx:
            write_ledger(services, tx, round_, result)
        return result

    vars(endings)["release"] = release
    vars(endings)["write_ledger"] = lambda *_: None


MUTANTS = {
    "the ledger after the result": ledger_after_the_result,
    "the ledger before the result": ledger_before_the_result,
}


def child(directory: Path, mutant: str = "") -> None:
    """One process for each call at which to die."""
    start = Collecting(directory / "start")
    start.begin()
    start.state.close()
    live_and_die(directory, partial(live, mutant=mutant))


def faults_after_starting_anew(directory: Path) -> list[str]:
    """What is wrong once the bot has started on a wreck and looked twice at what is due."""
    life = Collecting(directory)
    try:
        life.now = CLOSES
        recover(life.services)
        for later in (MINUTE, 2 * MINUTE):
            life.now = CLOSES + later
            run_due(life.services)
        return _faults(life)
    finally:
        life.state.close()


def _faults(life: Collecting) -> list[str]:
    collecting, box = life.rounds()[-1], life.box()
    with life.state.store.transaction("test") as tx:
        result, norms = tx.fetch_release(collecting.id), tx.list_norms(TEAM)
    shown = result.proposals if isinstance(result, Published) else ()
    posted = life.slack.summaries()
    left = {path.stem for room in ("keys", "ballots") for path in (life.directory / room).iterdir()} - {
        "audience"
    }
    claims = {
        "not published": set(TEXTS) == set(shown),
        "ledger: not once, or otherwise than published": shown == tuple(norm.text for norm in norms),
        "handles": ["A", "B", "C"] == [norm.handle for norm in norms],
        "posted never or too often": 2 <= len(posted) <= 3 and len(set(posted)) == 2,
        "no next box": box is not None and box.id != collecting.id,
        "key or ballot of another round left": box is not None and left == {box.id},
    }
    return [fault for fault, holds in claims.items() if not holds]


@contextmanager
def _place() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=MEMORY_DISK) as name:
        yield Path(name)


def all_faults(mutant: str = "") -> dict[str, list[str]]:
    """The faults of each wreck, by the call at which its bot died; those without are left out."""
    with _place() as directory:
        script = (
            "from pathlib import Path; from tests.privacy.test_kill_collecting import child; "
            f"child(Path({str(directory)!r}), {mutant!r})"
        )
        subprocess.run([sys.executable, "-c", script], check=True, cwd=ROOT, env={"PYTHONPATH": "."})
        places = sorted(directory.iterdir())
        assert len(places) > 30
        found = {place.name: faults_after_starting_anew(place) for place in places}
    return {name: faults for name, faults in found.items() if faults}


@pytest.mark.attack
def test_killed_at_any_call_of_the_close_proposals_are_written_down_once_and_with_their_result() -> None:
    assert {} == all_faults()


@pytest.mark.attack
@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_ledger_that_is_not_written_with_its_result_is_found_out(mutant: str) -> None:
    found = all_faults(mutant)

    assert {"ledger: not once, or otherwise than published"} <= {
        fault for faults in found.values() for fault in faults
    }
