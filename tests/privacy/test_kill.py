"""The whole bot is killed (kill -9) between any two calls of its life: six replies, a change, the close.

A child program tells what it has acknowledged; its parent goes on with the files that it has left.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import bot
from bot.core.counts import Count
from bot.core.model import MemberId, MessageTs, Receipt, Round, RoundState
from bot.core.norms import Norm
from bot.core.release import Published, Release, Result
from bot.core.replies import Draft, reply_id
from bot.core.schedule import Schedule
from bot.errors import BotError
from bot.ports import ChannelNote, Services
from bot.service import close_rounds as endings
from bot.service.recovery import recover
from bot.service.replies import ReplyOutcome
from bot.service.run_due import run_due
from bot.store.serialization import dumps
from tests.fakes.directory import FakeDirectory, people
from tests.privacy.services import MEMORY_DISK, OnDisk, make_services
from tests.replying import accept_reply
from tests.service.services import TEAM, TUESDAY, weekly

ROOT = Path(bot.__file__).parent.parent
MEMBERS = sorted(people(6))
CHANGER = MEMBERS[3]
FIRST_ANSWERS = dict(zip(MEMBERS, (5, 5, 5, 1, 1, 1), strict=True))
DEADLY = {
    *("store.transaction", "boxes.submit", "boxes.list_replies", "boxes.destroy"),
    *("vault.unseal", "vault.destroy", "messenger.post_summary"),
}
"""Each is a step before and a step after the call; at one of them the program is killed."""


@dataclass(frozen=True, slots=True)
class Act:
    """What a member sends: everybody once, and one of them again."""

    member: MemberId
    answer: int

    @property
    def receipt(self) -> Receipt:
        return Receipt(self.member.encode().ljust(16))

    @property
    def name(self) -> str:
        return f"{self.member} {self.answer}"


ACTS = (*(Act(member, answer) for member, answer in FIRST_ANSWERS.items()), Act(CHANGER, 5))


class Slack:
    """What was said in the channel, one line each, in a file that outlives the program."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def announce(self, round_: Round, *, shared: bool = False) -> MessageTs:
        return self._say("announced", round_.id)

    def retire(self, round_: Round) -> None:
        self._say("retired", None)

    def post_summary(
        self, round_: Round, release: Release, earlier: Sequence[Result] = (), ledger: Sequence[Norm] = ()
    ) -> MessageTs:
        return self._say("summary", dumps(release))

    def update_summary(
        self, round_: Round, release: Release, earlier: Sequence[Result] = (), ledger: Sequence[Norm] = ()
    ) -> None:
        self._say("update", dumps(release))

    def post_cycle(self, schedule: Schedule, results: Sequence[Result]) -> None:
        self._say("cycle", None)

    def ask_to_go_on(self, schedule: Schedule) -> None:
        self._say("go on?", None)

    def tell(self, round_: Round, note: ChannelNote) -> None:
        self._say("told", note)

    def remind(self, round_: Round, *, shared: bool = False) -> MessageTs:
        return self._say("reminded", round_.id)

    def summaries(self) -> list[str]:
        return self.said("summary")

    def said(self, verb: str) -> list[str]:
        """What was said with this verb, in order."""
        said = [json.loads(line) for line in lines(self.path)]
        return [what for spoken, what in said if spoken == verb]

    def _say(self, verb: str, what: str | None) -> MessageTs:
        write_down(self.path, json.dumps([verb, what]))
        return MessageTs("1700000000.000001")


def write_down(path: Path, line: str) -> None:
    """Append a line; it is on disk when this returns."""
    with path.open("a") as file:
        file.write(f"{line}\n")
        file.flush()
        os.fsync(file.fileno())


class Life:
    """The bot on the files of a directory, at a time that its story sets."""

    def __init__(self, directory: Path, step: Callable[[str], None] = lambda _: None) -> None:
        self.now = TUESDAY
        self.directory = directory
        self.slack = Slack(directory / "said")
        self.state = OnDisk(directory)
        members = FakeDirectory(members={TEAM: frozenset(MEMBERS)})
        self.services: Services = make_services(self.state, self.slack, members, lambda: self.now, step)

    def round(self) -> Round:
        with self.state.store.transaction("test") as tx:
            (round_,) = tx.list_channel_rounds(TEAM)
        return round_

    def result(self) -> Release | None:
        round_ = self.round()
        with self.state.store.transaction("test") as tx:
            return tx.fetch_release(round_.id)

    def open(self) -> None:
        with self.state.store.transaction("test") as tx:
            tx.put_schedule(weekly())
        run_due(self.services)

    def submit(self, act: Act, round_: Round) -> ReplyOutcome:
        draft = Draft(answers={statement.id: act.answer for statement in round_.prompt.statements})
        return accept_reply(self.services, round_.id, act.member, draft, act.receipt)

    def close(self, round_: Round) -> None:
        self.now = round_.closes_at
        run_due(self.services)


def destroy_key_first(services: Services, round_: Round) -> None:
    """Make the close of this program destroy the key as soon as it has read the replies."""
    count: Callable[..., Release] = vars(endings)["release"]

    def release(*replies: Any, **more: Any) -> Release:
        services.vault.destroy(round_.id)
        return count(*replies, **more)

    vars(endings)["release"] = release


def live(directory: Path, mutant: str, deadly: int) -> None:
    """The life of one child. It kills itself at the step of this number (from 1), if it has so many."""
    steps = 0

    def step(call: str) -> None:
        nonlocal steps
        steps += call in DEADLY
        if steps == deadly and call in DEADLY:
            os.kill(os.getpid(), signal.SIGKILL)

    life = Life(directory, step)
    round_ = life.round()
    if mutant == "key destroyed before the result is stored":
        destroy_key_first(life.services, round_)
    acknowledge = partial(write_down, directory / "acknowledged")
    for act in ACTS:
        if mutant == "acknowledged before it is stored":
            acknowledge(act.name)
        outcome = life.submit(act, round_)
        assert outcome in {ReplyOutcome.SAVED, ReplyOutcome.CHANGED}
        acknowledge(act.name)
    life.close(round_)
    write_down(directory / "finished", "yes")


def child(directory: Path, mutant: str = "") -> None:
    """One process for each step at which to die; the last one gets to the end of its life."""
    start = Life(directory / "start")
    start.open()
    start.state.close()
    live_and_die(directory, partial(live, mutant=mutant))


def live_and_die(directory: Path, story: Callable[..., None]) -> None:
    """Let one child after the other live this story on a copy of ``start``, each to die one step later."""
    deadly, killed = 1, True
    while killed:
        place = directory / f"{deadly:04}"
        shutil.copytree(directory / "start", place)
        if (process := os.fork()) == 0:
            status = 1
            try:
                story(place, deadly=deadly)
                status = 0
            finally:
                os._exit(status)
        _, end = os.waitpid(process, 0)
        killed = os.WIFSIGNALED(end)
        assert killed or end == 0
        deadly += 1
    shutil.rmtree(directory / "start")


def wrecks(directory: Path, mutant: str = "") -> list[Path]:
    """What is left of each child, by the step at which it died."""
    script = (
        f"from pathlib import Path; from tests.privacy.test_kill import child; "
        f"child(Path({str(directory)!r}), {mutant!r})"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=ROOT, env={"PYTHONPATH": "."})
    return sorted(directory.iterdir())


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


EXPECTED = Count(of=6, low=4, high=6)
"""Six replies, of which four agree, thanks to the change; three would be shown as three."""


def faults_after_going_on(directory: Path) -> list[str]:
    """What is wrong once the bot has started anew on a wreck and its members have finished their story.

    Whoever got no answer sends the same again; whoever got one does not.
    """
    life = Life(directory)
    try:
        return list(_going_on(life, lines(directory / "acknowledged")))
    except BotError as error:
        return [f"failed: {error.code}"]
    finally:
        life.state.close()


def _going_on(life: Life, acknowledged: Sequence[str]) -> list[str]:
    faults = []
    before = life.result()
    if life.round().state is not RoundState.OPEN:
        life.now = life.round().closes_at
    recover(life.services)
    run_due(life.services)
    round_ = life.round()
    if round_.state is RoundState.OPEN:
        sealed = [reply.id for reply in life.state.boxes.list_replies(round_.id)]
        kept = {reply_id(act.receipt) for act in ACTS if act.name in acknowledged}
        if not kept <= set(sealed) or len(sealed) > len(kept) + 1:
            faults.append("acknowledged reply lost or counted twice")
        for act in ACTS:
            if act.name not in acknowledged:
                life.submit(act, round_)
        life.close(round_)
    return faults + _faults_of_the_end(life, before)


def _faults_of_the_end(life: Life, before: Release | None) -> list[str]:
    result = life.result()
    posted = life.slack.summaries()
    paths = [path for room in ("keys", "ballots") for path in (life.directory / room).iterdir()]
    left = [path.name for path in paths if path.stem != "audience"]
    claims = {
        "no result": isinstance(result, Published),
        "wrong count": isinstance(result, Published)
        and {one.count for one in result.statements} == {EXPECTED},
        "result changed": before in {None, result},
        "posted never or too often": 1 <= len(posted) <= 2,
        "posted otherwise than stored": set(posted) == {dumps(result)},
        "key or ballot left": left == [],
    }
    return [fault for fault, holds in claims.items() if not holds]


def all_faults(places: Sequence[Path]) -> dict[str, list[str]]:
    found = {place.name: faults_after_going_on(place) for place in places}
    return {name: faults for name, faults in found.items() if faults}


@pytest.fixture
def graveyard() -> Iterator[Path]:
    """Where the wrecks lie: a kill, unlike a power cut, loses nothing that was written, synced or not."""
    with tempfile.TemporaryDirectory(dir=MEMORY_DISK) as name:
        yield Path(name)


@pytest.mark.attack
def test_killed_at_any_call_the_bot_loses_no_acknowledged_reply_and_counts_none_twice(
    graveyard: Path,
) -> None:
    places = wrecks(graveyard)
    finished = [place.name for place in places if (place / "finished").exists()]

    assert len(places) > 40
    assert [places[-1].name] == finished
    assert {} == all_faults(places)


@pytest.mark.attack
@pytest.mark.parametrize(
    ("mutant", "fault"),
    [
        ("key destroyed before the result is stored", "no result"),
        ("acknowledged before it is stored", "acknowledged reply lost or counted twice"),
    ],
)
def test_a_bot_that_does_it_in_the_wrong_order_is_found_out(graveyard: Path, mutant: str, fault: str) -> None:
    found = all_faults(wrecks(graveyard, mutant))

    assert fault in {fault for faults in found.values() for fault in faults}
