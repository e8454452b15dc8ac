"""One lap: an installation from its first start to its second question, with a bot that is killed meanwhile.

A lap depends on its seed and its number alone, so each can be run again by itself.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from signal import SIGKILL

from tests.faults.installation import PEOPLE, QUOTED_PEOPLE, START, Installation
from tests.faults.keeper import GoneError
from tests.faults.plan import Kill, Phase, Totals
from tests.faults.witness import (
    last_words,
    left_after_close,
    rounds_announced,
    said_too_often,
    secrets_of,
    uncounted,
    words_found,
)
from tests.faults.writers import Writers
from tests.faults.zygote import Zygote

WAYS, QUOTED, OVER_HTTP = 3, 1, 2
"""In every third lap all may be quoted, so that each reply is seen by itself; every third is in HTTP mode."""

THANKED = 5
"""So many keep the thank-you step before them: by its receipt, some change their replies later."""


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
    quotable, http = lap % WAYS == QUOTED, lap % WAYS == OVER_HTTP
    people = QUOTED_PEOPLE if quotable else PEOPLE
    with Installation(zygote, kills=kills, mutant=mutant, http=http, people=people) as installed:
        running = Lap(installed, Random(f"{seed}/{lap}"), quotable=quotable)
        try:
            running.run()
        except GoneError as error:
            running.faults.append(str(error))
        report.kills = sum(death.code == -SIGKILL for death in installed.keeper.deaths)
        report.faults = running.all_faults()
        report.totals = installed.keeper.arms.totals
    return report


class Lap:
    """The story of a lap, as its members and its clock tell it; and what was found wrong on the way."""

    def __init__(self, installed: Installation, lot: Random, *, quotable: bool = False) -> None:
        self._installed, self._keeper, self._slack = installed, installed.keeper, installed.slack
        self.writers = Writers(installed, lot, quotable=quotable)
        self.faults: list[str] = []
        self._round_id = ""
        self._deaths_seen = 0
        self._closes = False

    def run(self) -> None:
        """Tell the story from the first start to the second question."""
        self.ask()
        with self._phase(Phase.SUBMIT):
            self.writers.everybody_replies()
        with self._phase(Phase.CHANGE):
            self.writers.some_change_their_minds()
        self.remind()
        self.close()
        with self._phase(Phase.AGAIN):
            self._installed.move(days=4)
        self._expect_said(messages=4, rounds=2)
        self.stop()

    def ask(self, *, wake_ups: int = 1) -> None:
        """Start the bot, and let the first fire time come; it looks so often, a minute apart."""
        with self._phase(Phase.START):
            self._keeper.start()
        with self._phase(Phase.SCHEDULE, then=Phase.POST):
            for _ in range(wake_ups):
                self._installed.move(minutes=1)
        announced = rounds_announced(self._slack.posts)
        if not announced:
            raise GoneError("a fire time was lost: nothing was asked")
        self._round_id = announced[0]

    def remind(self) -> None:
        """Let the time of the reminder come."""
        with self._phase(Phase.REMIND):
            self._installed.move(days=2)
        self._expect_said(messages=2, rounds=1)

    def close(self, *, wake_ups: int = 1) -> None:
        """Let the round end, and look for what must be nowhere then; the bot looks so often."""
        secrets = secrets_of(self._installed.data, self._round_id)
        self._expect("no ballots and keys were seen while the round was open", holds=bool(secrets))
        self._closes = True
        with self._phase(Phase.CLOSE, then=Phase.PUBLISH):
            self._installed.move(days=1)
            for _ in range(wake_ups - 1):
                self._installed.move(minutes=1)
        self._expect_said(messages=3, rounds=1)
        self.faults += left_after_close(self._installed.data, self._round_id, secrets)

    def stop(self) -> None:
        """Let the bot stop as it should, and look at the result."""
        self._expect("the bot did not stop well when it was asked to", holds=self._keeper.stop() == 0)
        exported = self._installed.export()
        if exported is None:
            self.faults.append("the result is lost: there is none to export")
            return
        entries = [one for one in json.loads(exported) if one["entry"] == "round"]
        self._expect(f"{len(entries)} results are stored of one round", holds=len(entries) == 1)
        for entry in entries[:1]:
            self.faults += uncounted(entry, self.writers.statements, self.writers.may_have_written())
            if self.writers.quotable:
                self.faults += self.writers.misquoted(entry["quotes"])

    def all_faults(self) -> list[str]:
        """Everything that was found wrong, each thing once."""
        self._look_at_the_channel()
        self._look_for_words()
        for death in self._keeper.deaths:
            ended = f"the bot ended by itself, with code {death.code}: {last_words(death.log)}"
            self._expect(ended, holds=not death.by_itself)
        return list(dict.fromkeys(self.faults + self.writers.faults))

    @contextmanager
    def _phase(self, phase: Phase, then: Phase | None = None) -> Iterator[None]:
        """A phase with its kills; at its end the bot lives, and what must hold after a restart is tried."""
        self._keeper.arms.begin(phase, then)
        yield
        self._keeper.wait_until_well()
        if not self._keeper.arms.end():
            self._keeper.kill()  # the kill that never came: the phase was shorter this time
            self._keeper.wait_until_well()
        if len(self._keeper.deaths) > self._deaths_seen:
            self._deaths_seen = len(self._keeper.deaths)
            self._look_after_a_restart(phase)

    def _look_after_a_restart(self, phase: Phase) -> None:
        self._look_at_the_channel()
        self._look_for_words()
        if phase in {Phase.SUBMIT, Phase.CHANGE, Phase.REMIND}:
            self.writers.look_for_the_acknowledged(but=THANKED if phase is Phase.SUBMIT else 0)

    def _expect(self, fault: str, *, holds: bool) -> None:
        if not holds:
            self.faults.append(fault)

    def _expect_said(self, *, messages: int, rounds: int) -> None:
        """The question, its reminder, its summary, the next question: each has been said when it is due."""
        said = len({post.content for post in self._slack.posts})
        asked = len(set(rounds_announced(self._slack.posts)))
        self._expect(f"{said} messages were said where {messages} were due", holds=said >= messages)
        self._expect(f"{asked} rounds were opened at {rounds} fire times", holds=asked == rounds)

    def _look_at_the_channel(self) -> None:
        self.faults += said_too_often(self._slack.posts, self._keeper.deaths, self._slack.lost_answers)
        fire_times = 2 if self._installed.clock.now() >= START + timedelta(days=7) else 1
        asked = len(set(rounds_announced(self._slack.posts)))
        self._expect(f"{asked} rounds were opened at {fire_times} fire times", holds=asked <= fire_times)

    def _look_for_words(self) -> None:
        places = {"log": self._installed.log()}
        if not (self._closes and self.writers.quotable):
            places["channel"] = "".join(f"{post.text}{post.blocks}" for post in self._slack.posts)
        for place, text in places.items():
            found = words_found(self.writers.words, text)
            self._expect(f"the text of {len(found)} replies stands in the {place}", holds=not found)
