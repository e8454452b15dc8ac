"""Flow (g): from a summary to a change. What a team suggests, decides, tries, and looks at again.

Six topics are switched off, so that a cycle is six rounds long: in as many weeks as two whole cycles take,
three experiments come to an end. Everything is typed and pressed in the forms that people see.
"""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.core.model import ChannelId, Outcome, Round, RoundKind, RoundState
from bot.core.norms import Norm, NormState
from bot.core.release import VOTES
from bot.demo.workspace import Message, View, make_workspace
from tests.privacy.installation import finding
from tests.world import CHANNEL, CONFIG, World, a_world, channel_of, filled_in, summaries, team_of, text_of

WHOLE = CONFIG.replace("open_for: 3d", "open_for: 6d")
SHORT = WHOLE + "prompts_off: [safety, door, circle, wellbeing, newcomers, stake]\n"
SMALLEST, LARGE = 5, 24
NEWER = 9
"""So many of a large team have joined within the last year."""

KEPT = "When a meeting ends, we ask who was not heard yet"
DROPPED = "When somebody joins, we drop the Thursday call for a week"
CHANGED = "When we decide something, we wait one day for objections"
WISHES = (KEPT, DROPPED, CHANGED, "When nobody objects, we go on")
BESIDE = ("When it rains, we meet online", "When a task is open for a week, we ask for help")
ENDS = {KEPT: Outcome.KEEP, DROPPED: Outcome.LET_GO, CHANGED: Outcome.CHANGE}
STATES = {KEPT: NormState.KEPT, DROPPED: NormState.LET_GO, CHANGED: NormState.CHANGED}
WEEKS = 24
"""After so many weeks the third experiment has ended."""

DECIDE_WEEK = 2
"""In this week, counted from 0, the team decides for the first time."""


@dataclass
class Team:
    """People who answer what they are asked.

    ``harmed``: the places of those who see harm in everything. ``asked``: the rounds so far.
    """

    world: World
    harmed: Sequence[int] = ()
    asked: list[Round] = field(default_factory=list)

    @property
    def people(self) -> list[str]:
        """Their ids. The first ``NEWER`` are newer here."""
        return self.world.everyone()

    @property
    def wish(self) -> str:
        """What this team wants to try next."""
        tried = sum(round_.prompt.kind is RoundKind.CHOOSE for round_ in self.asked)
        return WISHES[min(tried, len(WISHES) - 1)]

    @property
    def deciding(self) -> str:
        """What this team wants of what it decides about now, which it counts among those asked already."""
        tried = sum(round_.prompt.kind is RoundKind.CHOOSE for round_ in self.asked)
        return WISHES[min(tried, len(WISHES)) - 1]

    def live(self, weeks: int) -> None:
        """Live through so many weeks, from one minute before a question on."""
        self.world.move(minutes=1)
        for _ in range(weeks):
            if round_ := open_round(self.world):
                self.asked.append(round_)
                self.answer(round_)
            self.world.move(days=7)

    def answer(self, round_: Round) -> None:
        """All say what they would try; to anything else, every second one of a large team replies."""
        kind = round_.prompt.kind
        if kind is RoundKind.COLLECT:
            self.propose(self.people[2], self.wish)
            for place, text in zip((0, 4), BESIDE, strict=True):
                self.reply(self.people[place], place, text=text)
            return
        step = 2 if len(self.people) >= LARGE and kind is not RoundKind.CHOOSE else 1
        for place, user in list(enumerate(self.people))[::step]:
            text = "" if round_.prompt.statements else "So it began."
            self.reply(user, place, self.answers(round_, place), text)

    def answers(self, round_: Round, place: int) -> list[str]:
        """What the person at this place chooses, item by item."""
        statements = round_.prompt.statements
        match round_.prompt.kind:
            case RoundKind.CHOOSE:
                mine = "1" if place in self.harmed else "5"
                return [mine if statement.text == self.deciding else "none" for statement in statements]
            case RoundKind.LOOK_AGAIN:  # one of them would keep everything
                return [str(VOTES[ENDS[statements[0].text] if place else Outcome.KEEP])]
            case _:
                return ["5", "2", "5"]

    def reply(self, user: str, place: int, answers: Sequence[str] = (), text: str = "") -> None:
        """Open the form of the question, fill it in and send it."""
        view = self.world.open_form(user)
        state = filled_in(view, answers=answers, text=text)
        if tenure := chosen_tenure(view, "newer" if place < NEWER else "longer"):
            state["reply.tenure"] = {"tenure": tenure}
        self.send(user, view, state)

    def propose(self, user: str, text: str) -> None:
        """Propose something, as one can at any time."""
        view = self.world.command_for_modal(user, "/belonging propose")
        self.send(user, view, filled_in(view, text=text))

    def send(self, user: str, view: View, state: dict[str, Any]) -> None:
        done = self.world.server.act(user, type="view_submit", view_id=view.id, state=state)
        assert done["ok"], done
        self.world.close_modals(user)


@contextmanager
def a_team(folder: Path, people: int, config: str = SHORT) -> Iterator[Team]:
    """A team of so many people, one minute before its first question; a large one is asked for its tenure."""
    members = team_of(people)
    if people >= LARGE:
        config = config.replace("pack: belonging}}", "pack: belonging, tenure: true}}")
    with a_world(folder, make_workspace(members, [channel_of(members)]), config=config) as world:
        yield Team(world)


def chosen_tenure(view: View, group: str) -> dict[str, Any] | None:
    """The choice of a group, where the form asks for one."""
    block = next((one for one in view.body["blocks"] if one["block_id"] == "reply.tenure"), None)
    if block is None:
        return None
    option = next(one for one in block["element"]["options"] if one["value"] == group)
    return {"type": block["element"]["type"], "selected_option": option}


def open_round(world: World) -> Round | None:
    assert world.bot
    with world.bot.services.store.transaction("test") as tx:
        return next(iter(tx.list_rounds([RoundState.OPEN])), None)


def ledger(world: World) -> tuple[Norm, ...]:
    assert world.bot
    with world.bot.services.store.transaction("test") as tx:
        return tx.list_norms(ChannelId(CHANNEL))


def named(norms: Sequence[Norm], text: str) -> Norm:
    (found,) = (norm for norm in norms if norm.text == text)
    return found


def results(world: World, title: str) -> list[Message]:
    """The posted results with this title."""
    return [message for message in world.messages() if title in text_of(message.blocks[:1])]


@pytest.mark.parametrize("people", [SMALLEST, 9, LARGE])
def test_a_team_keeps_one_thing_lets_one_go_and_changes_one(tmp_path: Path, people: int) -> None:
    with a_team(tmp_path, people) as team:
        team.live(WEEKS)

        norms, world = ledger(team.world), team.world
        for text, state in STATES.items():
            history = [step.state for step in named(norms, text).steps]
            assert [NormState.PROPOSED, NormState.TRYING, state] == history
            assert all(step.round for step in named(norms, text).steps)
        beside = [norm for norm in norms if norm.text in BESIDE]
        assert [NormState.SET_ASIDE] * 6 == [norm.state for norm in beside][:6]
        assert 3 <= len(results(world, "We try this until"))
        shown = text_of(world.answer(team.people[0], "/belonging norms").blocks)
        assert all(text in shown for text in STATES)
        assert shown.index("We keep") < shown.index(KEPT) < shown.index("Changed, let go")
        said = ["We keep it.", "We let it go.", "We change it."]
        looked = [text_of(results(world, words)[-1].blocks) for words in said]
        assert [1, 1, 1] == [len(re.findall(r"\d of \d", text)) for text in looked]  # how many replied
        kept = json.dumps([repr(norm) for norm in norms])
        assert not any(
            member.name in kept or member.id in kept for member in world.workspace.members.values()
        )
        assert finding(world, "published numbers").verdict.value == "pass"


def test_in_a_team_of_five_all_must_reply_or_nothing_is_tried(tmp_path: Path) -> None:
    with a_team(tmp_path, SMALLEST) as team:
        team.live(DECIDE_WEEK)
        for place, user in enumerate(team.people[1:]):
            team.reply(user, place, ["5", "5", "5"])
        team.world.move(days=6)

        assert NormState.PROPOSED is named(ledger(team.world), KEPT).state
        assert "The proposals stay." in text_of(team.world.messages()[-1].blocks)


@pytest.mark.parametrize(
    ("people", "harmed", "state"),
    [
        (LARGE, range(3), NormState.TRYING),
        (LARGE, range(4), NormState.SET_ASIDE),
        (9, range(2), NormState.TRYING),
        (9, range(3), NormState.SET_ASIDE),
    ],
)
def test_something_is_tried_unless_more_than_a_few_see_harm_in_it(
    tmp_path: Path, people: int, harmed: Sequence[int], state: NormState
) -> None:
    with a_team(tmp_path, people) as team:
        team.harmed = harmed
        team.live(DECIDE_WEEK + 1)

        decided = "We try this until" if state is NormState.TRYING else "None was chosen."
        said = text_of(results(team.world, decided)[-1].blocks)
        assert state is named(ledger(team.world), KEPT).state
        assert "newer here" not in said.lower()
        assert finding(team.world, "published numbers").verdict.value == "pass"


def test_what_was_decided_is_said_in_the_next_summary_and_in_the_first_of_a_whole_cycle(
    tmp_path: Path,
) -> None:
    with a_team(tmp_path, SMALLEST, WHOLE) as team:
        team.live(16)

        kinds = [(round_.prompt.kind, round_.prompt.in_turn) for round_ in team.asked]
        assert (RoundKind.COLLECT, True) == kinds[3]
        assert (RoundKind.CHOOSE, False) == kinds[4]
        assert (RoundKind.LOOK_AGAIN, False) == kinds[9]
        assert "welcome" == team.asked[14].prompt.dimension
        rests = [
            one for one in team.world.messages() if "There is no question this time." in text_of(one.blocks)
        ]
        assert 1 == len(rests)
        assert f"You kept: “{KEPT}”" in text_of(summaries(team.world)[-1].blocks)


def test_a_proposal_made_from_a_summary_waits_sealed_until_its_round_closes(tmp_path: Path) -> None:
    words = "When Quokkas are due, we vote"
    with a_team(tmp_path, SMALLEST) as team:
        team.live(1)
        summary = summaries(team.world)[-1]
        view = team.world.press_for_modal(team.people[3], "proposal.open", summary)
        team.send(team.people[3], view, filled_in(view, text=words))

        stored = [path.read_bytes() for path in team.world.data_dir.rglob("*") if path.is_file()]
        assert not any(b"Quokkas" in raw for raw in stored)
        assert () == ledger(team.world)
        team.answer(open_round(team.world) or pytest.fail("nothing is asked"))
        team.world.move(days=6)
        assert words in text_of(team.world.messages()[-1].blocks)
        assert 4 == len(ledger(team.world))


def test_a_kept_norm_is_asked_about_again_once_anyone_wishes_it(tmp_path: Path) -> None:
    with a_team(tmp_path, SMALLEST) as team:
        team.live(9)
        shown = team.world.answer(team.people[0], "/belonging norms")
        said = team.world.press_for_modal(team.people[0], "norm.revisit", shown)
        assert "In place of one of the next questions" in text_of(said.body["blocks"])
        team.world.close_modals(team.people[0])
        before = len(team.asked)
        team.live(6)

        looked = [round_ for round_ in team.asked[before:] if round_.prompt.kind is RoundKind.LOOK_AGAIN]
        assert KEPT == looked[0].prompt.statements[0].text
        states = [step.state for step in named(ledger(team.world), KEPT).steps]
        assert [NormState.KEPT] * 2 == states[-2:]
