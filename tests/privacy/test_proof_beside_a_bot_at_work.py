"""The proof beside a bot that is at work all the time: a false alarm would hide a true one."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from bot.core.audit import LiveFact
from bot.core.model import RoundId, RoundState
from bot.proof import AttackResult, Verdict
from bot.proof.ballots import KEY_KINDS
from bot.store.audit.looks import LOOKS, until_steady
from tests.privacy.installation import an_installation, evidence, judged
from tests.world import World

pytestmark = pytest.mark.attack

ENDED = "ended rounds"
OPEN, LEFT = RoundId("openopenopen"), RoundId("leftleftleft")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with an_installation(tmp_path) as world:
        yield world


def look(number: int, *, left: bool = False) -> LiveFact:
    """One round stays open. Of another, that ended as the look began, the keys and the ballots are there.

    A third opens meanwhile: its keys are not there yet. ``left``: the keys of one more stay for ever.
    """
    ending, opening = RoundId(f"ending{number:06}"), RoundId(f"opened{number:06}")
    return LiveFact(
        states={OPEN: RoundState.OPEN, ending: RoundState.CLOSED, opening: RoundState.OPEN},
        keys={OPEN: KEY_KINDS, ending: KEY_KINDS} | ({LEFT: KEY_KINDS} if left else {}),
        ballots=frozenset({OPEN, ending}),
    )


def found_in(world: World, *looks: LiveFact) -> AttackResult:
    found = evidence(world)
    return judged(replace(found, disk=replace(found.disk, looks=lambda: iter(looks))), ENDED)


def test_rounds_that_open_and_end_at_every_look_are_no_finding(world: World) -> None:
    found = found_in(world, *(look(number) for number in range(LOOKS)))

    assert (Verdict.PASS, "2 open rounds; of the ended ones neither key nor reply") == (
        found.verdict,
        found.found,
    )


def test_what_every_look_shows_is_a_finding_whatever_else_opens_and_ends(world: World) -> None:
    found = found_in(world, *(look(number, left=True) for number in range(LOOKS)))

    assert (Verdict.FAIL, f"keys of {LEFT}, which is no open round") == (found.verdict, found.found)


def test_every_look_sees_what_is_there_then_and_there_are_several(world: World) -> None:
    looks = iter(evidence(world).disk.looks())
    before = next(looks)
    (round_id,) = before.ballots

    world.move(days=3)
    after = list(islice(looks, LOOKS))

    assert (RoundState.OPEN, KEY_KINDS) == (before.states[round_id], before.keys[round_id])
    assert [(RoundState.CLOSED, False, False)] * (LOOKS - 1) == [
        (one.states[round_id], round_id in one.keys, round_id in one.ballots) for one in after
    ]


@pytest.mark.parametrize("of", ["the directory", "the file"])
def test_while_a_commit_waits_for_the_disk_what_is_written_counts_as_changing(
    tmp_path: Path, of: str
) -> None:
    file, journal = tmp_path / "0123456789ab.db", tmp_path / "0123456789ab.db-journal"
    file.touch()
    journal.touch()
    looks = until_steady(file if of == "the file" else tmp_path)

    during = len(list(islice(looks, 2 * LOOKS)))
    journal.unlink()
    afterwards = len(list(looks))

    assert 2 * LOOKS == during
    assert LOOKS <= afterwards <= LOOKS + 1
