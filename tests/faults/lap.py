"""One lap: an installation from its first start to the question after next, with a bot that is killed meanwhile.

A lap depends on its seed and its number alone, so each can be run again by itself.
"""

import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from bot.demo.clock import AdjustableClock
from bot.demo.workspace import View, make_workspace
from tests.faults.hands import TRIES, Hands, offers
from tests.faults.keeper import GoneError, Keeper
from tests.faults.memory import Shared
from tests.faults.plan import Kill, Phase, Totals
from tests.faults.slack import ScriptedSlack
from tests.faults.witness import (
    Outcome,
    left_after_close,
    rounds_announced,
    said_too_often,
    secrets_of,
    uncounted,
    words_found,
)
from tests.faults.zygote import Zygote
from tests.world import CHANNEL, channel_of, team_of

START = datetime(2031, 3, 4, 8, 59, tzinfo=UTC)
"""One minute before the schedule fires: Tuesday, 10:00 in Berlin."""

PEOPLE = 9
MOST_SILENT = 2
"""At most so many give up or withdraw, so that five replies are always acknowledged."""

IMPATIENT = 0.3
"""So many of those whose reply was not acknowledged do not send it again."""

THANKED = 4
"""So many keep the thank-you step before them: by its receipt, some change their replies."""

MEMORY_DISK = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - mkdtemp makes it private
"""Where waiting for the disk takes no time; a kill, unlike a power cut, loses nothing that was written."""

CONFIG = f"""
prompts: [./pack.yaml]
support: {{contact: "People team, people@example.org", crisis: "112", checked: 2031-03-01}}
defaults: {{timezone: Europe/Berlin, open_for: 3d, holidays: none}}
schedules:
  - {{channel: {CHANNEL}, every: week, on: [tue], at: "10:00", pack: faults}}
"""
PACK = """
id: faults
title: Faults
dimensions:
  - {key: door, label: Door, side: inclusion, asks: "Who is in?", anchor: Everybody is asked here.}
prompts:
  - {id: door-1, dimension: door, question: "Who came in?", items: [I was met at the door., I know whom to ask.]}
  - {id: door-2, dimension: door, question: "Who held it?", items: [Somebody held it for me., I hold it for others.]}
  - {id: door-3, dimension: door, question: "Who is out?", items: [Nobody waits outside., We look who waits.]}
"""


@dataclass(slots=True, kw_only=True)
class Report:
    """What came of a lap. ``at``: the kills that were asked for, as they are written."""

    seed: int
    lap: int
    at: str
    mutant: str = ""
    kills: int = 0
    faults: list[str] = field(default_factory=list)
    totals: Totals = field(default_factory=Totals)

    @property
    def command(self) -> str:
        """The line that runs this lap again."""
        mutant = f" --mutant '{self.mutant}'" if self.mutant else ""
        return f"make chaos ARGS=\"--seed {self.seed} --lap {self.lap} --at '{self.at}'{mutant}\""


def run_lap(zygote: Zygote, seed: int, lap: int, kills: Sequence[Kill] = (), mutant: str = "") -> Report:
    """Run one lap with these kills, and report what was found."""
    report = Report(seed=seed, lap=lap, at=",".join(map(str, kills)), mutant=mutant)
    folder = Path(tempfile.mkdtemp(dir=MEMORY_DISK))
    try:
        with ExitStack() as held:
            running = Lap(zygote, folder, Random(f"{seed}/{lap}"), kills, mutant, held)
            try:
                running.run()
            except GoneError as error:
                running.faults.append(str(error))
            report.kills = sum(death.code < 0 for death in running.keeper.deaths)
            report.faults = running.all_faults()
            report.totals = running.keeper.arms.totals
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return report


@dataclass(slots=True, kw_only=True)
class Writer:
    """A member, what they have written so far, and what of it may lie in the box."""

    user: str
    answers: tuple[int, ...]
    may: set[Outcome] = field(default_factory=lambda: {None})

    def flipped(self) -> tuple[int, ...]:
        """The opposite of every answer."""
        return tuple(1 - answer for answer in self.answers)

    @property
    def is_acknowledged(self) -> bool:
        """Whether a reply of theirs must be there."""
        return None not in self.may


class Lap:
    """The story of a lap, as its members and its clock tell it."""

    def __init__(
        self, zygote: Zygote, folder: Path, lot: Random, kills: Sequence[Kill], mutant: str, held: ExitStack
    ) -> None:
        self.zygote, self.folder, self.lot = zygote, folder, lot
        (folder / "config.yaml").write_text(CONFIG, encoding="utf-8")
        (folder / "pack.yaml").write_text(PACK, encoding="utf-8")
        people = team_of(PEOPLE)
        self.clock = AdjustableClock(START, real=lambda: 0.0)
        workspace = make_workspace(people, [channel_of(people)])
        self.shared = Shared(folder / "memory")
        held.callback(self.shared.close)
        self.shared.set_clock(START)
        self.slack = held.enter_context(ScriptedSlack(workspace, self.clock))
        self.keeper = Keeper(zygote, self.slack, folder, self.shared, kills=kills, mutant=mutant)
        held.callback(self.keeper.close)
        self.hands = Hands(self.slack, self.keeper)
        codes = [tuple(number >> place & 1 for place in range(3)) for number in range(8)]
        codes.append((1, 0, 1))
        lot.shuffle(codes)
        self.writers = [
            Writer(user=one.id, answers=code) for one, code in zip(people, codes, strict=True)
        ]
        self.words = [f"canary-{lot.getrandbits(40):010x}-{writer.user}" for writer in self.writers]
        self.faults: list[str] = []
        self.round_id = ""
        self.statements: list[str] = []
        self._silent = 0
        self._deaths_seen = 0

    @property
    def data(self) -> Path:
        """The data directory of the installation."""
        return self.folder / "data"

    def run(self) -> None:
        """Tell the story from the first start to the second question."""
        with self._phase(Phase.START):
            self.keeper.start()
        with self._phase(Phase.SCHEDULE, then=Phase.POST):
            self._move(minutes=1)
        self._note_the_question()
        with self._phase(Phase.SUBMIT):
            self._everybody_replies()
        with self._phase(Phase.CHANGE):
            self._some_change_their_minds()
        with self._phase(Phase.REMIND):
            self._move(days=2)
        secrets = secrets_of(self.data, self.round_id)
        with self._phase(Phase.CLOSE, then=Phase.PUBLISH):
            self._move(days=1)
        self._expect(bool(secrets), "no ballots and keys were seen while the round was open")
        self.faults += left_after_close(self.data, self.round_id, secrets)
        with self._phase(Phase.AGAIN):
            self._move(days=4)
        self._expect(self.keeper.stop() == 0, "the bot did not stop well when it was asked to")
        self._look_at_the_result()

    def all_faults(self) -> list[str]:
        """Everything that was found wrong, each thing once."""
        self._look_at_the_channel()
        self._look_for_words()
        ended = [str(death.code) for death in self.keeper.deaths if death.code > 0]
        self._expect(not ended, f"the bot ended by itself, with code {', '.join(ended)}")
        return list(dict.fromkeys(self.faults))

    @contextmanager
    def _phase(self, phase: Phase, then: Phase | None = None) -> Iterator[None]:
        """A phase with its kills; at its end the bot lives, and what must hold after a restart is looked at."""
        self.keeper.arms.begin(phase, then)
        yield
        self.keeper.wait_until_well()
        if not self.keeper.arms.end():
            self.keeper.kill()
            self.keeper.wait_until_well()
        if len(self.keeper.deaths) > self._deaths_seen:
            self._deaths_seen = len(self.keeper.deaths)
            self._look_after_a_restart(phase)

    def _look_after_a_restart(self, phase: Phase) -> None:
        self._look_at_the_channel()
        self._look_for_words()
        if phase in {Phase.SUBMIT, Phase.CHANGE, Phase.REMIND}:
            self._look_for_the_acknowledged()

    def _move(self, **step: float) -> None:
        """Let so much time pass; returns when the bot has done what is due then."""
        self.shared.set_clock(self.clock.advance(timedelta(**step)))
        self.keeper.ring()

    def _expect(self, holds: bool, fault: str) -> None:  # noqa: FBT001 - read as a sentence
        if not holds:
            self.faults.append(fault)

    def _note_the_question(self) -> None:
        announced = rounds_announced(self.hands.messages())
        if not announced:
            raise GoneError("a fire time was lost: nothing was asked")
        self.round_id = announced[0]

    def _everybody_replies(self) -> None:
        """In an order by lot: alone, or three in the same moment."""
        left = self.lot.sample(self.writers, PEOPLE)
        with ThreadPoolExecutor(3) as together:
            while left:
                count = self.lot.choice((1, 1, 3))
                now, left = left[:count], left[count:]
                list(together.map(self._reply, now, [self.lot.random() for _ in now]))

    def _reply(self, writer: Writer, patience: float) -> None:
        """Open the form and send it; who is not thanked sends the same again, or gives up."""
        for _ in range(TRIES):
            form = self.hands.form(writer.user) or self.hands.open_form(writer.user)
            if "submit" not in form.body:  # a form was lost that had been sent: its reply must be there
                self._expect(len(writer.may) > 1, "no form opened for somebody who has not replied")
                writer.may -= {None}
                return
            blocks = [str(block["block_id"]) for block in form.body["blocks"]]
            self.statements = [one.removeprefix("item:") for one in blocks if one.startswith("item:")]
            if self._send(writer, form, writer.answers):
                return
            if patience < IMPATIENT and self._may_stay_silent():
                return
        raise GoneError(f"a reply was not taken, though it was sent {TRIES} times")

    def _send(self, writer: Writer, form: View, answers: tuple[int, ...]) -> bool:
        """Send a form: whether the bot has thanked for it. If not, it may be in the box, or not."""
        writer.may |= {answers}
        said = ["5" if answer else "1" for answer in answers]
        text = f"I must not be found: {self.words[self.writers.index(writer)]}"
        if self.hands.submit(writer.user, form, said, text):
            writer.may = {answers}
            return True
        self.keeper.wait_until_well()
        return False

    def _may_stay_silent(self) -> bool:
        self._silent += 1
        return self._silent <= MOST_SILENT

    def _some_change_their_minds(self) -> None:
        """Two change their replies and one withdraws, by the receipt in the thank-you step that they see."""
        thanked = [one for one in self.writers if one.is_acknowledged and self._thanks(one)]
        *changing, leaving = self.lot.sample(thanked, min(3, len(thanked)))
        for writer in changing:
            self._change(writer)
        if view := self._thanks(leaving):
            leaving.may |= {None}
            if self.hands.press_once(leaving.user, "reply.withdraw", view):
                leaving.may = {None}

    def _change(self, writer: Writer) -> None:
        for _ in range(TRIES):
            thanks = self._thanks(writer)
            if thanks and writer.may == {writer.flipped()}:
                return
            form = self.hands.form(writer.user)
            if form is None and thanks:
                form = self.hands.press(writer.user, "reply.change", thanks)
            if form is None:
                return
            self._send(writer, form, writer.flipped())

    def _thanks(self, writer: Writer) -> View | None:
        """The thank-you step that this member has before them."""
        stack = self.hands.workspace.stack(writer.user)
        return stack[-1] if stack and offers(stack[-1], "reply.change") else None

    def _look_for_the_acknowledged(self) -> None:
        """Whoever was thanked is told that they have replied; a form would mean that the reply is gone."""
        for writer in self.writers:
            if writer.is_acknowledged and not self._thanks(writer):
                notice = self.hands.open_form(writer.user)
                self._expect("submit" not in notice.body, "an acknowledged reply was lost")
        for writer in self.lot.sample(self.writers, 2):
            if writer.is_acknowledged and len(self._thanking()) > THANKED:
                notice = self.hands.open_form(writer.user)
                self._expect("submit" not in notice.body, "an acknowledged reply was lost")

    def _thanking(self) -> list[Writer]:
        return [writer for writer in self.writers if self._thanks(writer)]

    def _look_at_the_channel(self) -> None:
        self.faults += said_too_often(self.slack.posts, self.keeper.deaths)
        fire_times = 2 if self.clock.now() >= START + timedelta(days=7) else 1
        asked = len(set(rounds_announced(self.hands.messages())))
        self._expect(asked <= fire_times, f"{asked} rounds were opened at {fire_times} fire times")

    def _look_for_words(self) -> None:
        log = self.keeper.log.read_text(encoding="utf-8", errors="replace") if self.keeper.log.exists() else ""
        said = json.dumps([[message.text, message.blocks] for message in self.hands.messages()])
        for place, text in (("log", log), ("channel", said)):
            found = words_found(self.words, text)
            self._expect(not found, f"the text of {len(found)} replies stands in the {place}")

    def _look_at_the_result(self) -> None:
        out = self.folder / "export.json"
        code = self.zygote.run_program(
            ["export", "--format", "json", "--out", str(out)], self.folder, self.folder / "printed"
        )
        if code:
            self.faults.append("the results cannot be exported")
            return
        entries = [one for one in json.loads(out.read_text(encoding="utf-8")) if one["entry"] == "round"]
        self._expect(len(entries) == 1, f"{len(entries)} results are stored of the one round that closed")
        for entry in entries[:1]:
            self.faults += uncounted(entry, self.statements, {one.user: one.may for one in self.writers})
