"""Subtraction across the workspaces of one organisation, which share one cell: no statement is shown twice.

The mutant gives each workspace a cell of its own, as separate installations would have: neither knows whom
the other has asked, and the difference of two published counts is one person's answer.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from bot.core.counts import Count
from bot.core.model import ChannelId, MemberId, PackId, Round, StatementId
from bot.core.release import Published
from bot.core.replies import Draft
from bot.ports import Directory, Services
from bot.service.leave_channels import end_unseen_rounds
from bot.service.open_rounds import NotAsked, ask_now
from bot.service.run_due import run_due
from bot.slack.organisation.directory import OrganisationDirectory
from bot.slack.organisation.messenger import OrganisationMessenger
from bot.slack.organisation.workspaces import ServedWorkspaces
from tests.fakes.directory import FakeDirectory, people
from tests.fakes.messenger import FakeMessenger
from tests.fakes.served import Served
from tests.privacy.services import SETTINGS, OnDisk, make_services
from tests.replying import accept_reply, open_reply
from tests.service.services import MONDAY, a_pack

pytestmark = pytest.mark.attack

X, Y, SHARED = ChannelId("C0ONE"), ChannelId("C0TWO"), ChannelId("C0SHARED")
ADMIN, VICTIM = MemberId("U0ADMIN"), MemberId("U13")
THIRTEEN, BUT_ONE = people(13), people(13) - {VICTIM}
AGREE = people(6) | {VICTIM}
SETTINGS_HERE = replace(SETTINGS, packs={PackId("belonging"): a_pack(dimensions=1, each=1)})


@dataclass(slots=True)
class Organisation:
    """Two workspaces whose people are mostly the same: X is in T1, Y in T2, SHARED in both.

    ``cells``: what is stored, by workspace; both have the same, except in the mutant.
    """

    now: datetime = MONDAY
    one: FakeDirectory = field(default_factory=lambda: FakeDirectory(members={X: THIRTEEN, SHARED: THIRTEEN}))
    two: FakeDirectory = field(default_factory=lambda: FakeDirectory(members={Y: BUT_ONE, SHARED: THIRTEEN}))
    cells: dict[str, Services] = field(default_factory=dict)
    served: list[Served] = field(default_factory=list)
    workspaces: ServedWorkspaces = field(init=False)

    def __post_init__(self) -> None:
        self.one.admins = self.two.admins = {ADMIN}
        self.served = [Served(team="T1", directory=self.one), Served(team="T2", directory=self.two)]
        self.workspaces = ServedWorkspaces(lambda: self.served, lambda: self.now)

    def share_a_cell(self, state: OnDisk) -> None:
        directory, messenger = OrganisationDirectory(self.workspaces), OrganisationMessenger(self.workspaces)
        services = make_services(state, messenger, directory, lambda: self.now, lambda _: None)
        self.cells = dict.fromkeys(("T1", "T2"), replace(services, settings=SETTINGS_HERE))

    def have_a_cell_each(self, states: tuple[OnDisk, OnDisk]) -> None:
        """Make the mutant."""
        for (team, directory), state in zip(self.directories.items(), states, strict=True):
            services = make_services(state, FakeMessenger(), directory, lambda: self.now, lambda _: None)
            self.cells[team] = replace(services, settings=SETTINGS_HERE)

    @property
    def directories(self) -> dict[str, Directory]:
        return {"T1": self.one, "T2": self.two}

    def uninstall_first(self) -> None:
        self.served = [one for one in self.served if one.team != "T1"]
        end_unseen_rounds(self.cells["T1"], self.workspaces.seen)

    def publish(self, team: str, channel: ChannelId, members: frozenset[MemberId]) -> Round | None:
        """Ask in a channel, let everybody reply, and publish; None where the statements rest."""
        services = self.cells[team]
        self.now += timedelta(seconds=1)
        round_ = ask_now(services, channel, ADMIN)
        if isinstance(round_, NotAsked):
            assert "resting" in round_.reason, round_
            return None
        for member in sorted(members):
            receipt = open_reply(services, round_.id, member).receipt
            assert receipt
            answer = 4 if member in AGREE else 2
            draft = Draft(answers={one.id: answer for one in round_.prompt.statements})
            accept_reply(services, round_.id, member, draft, receipt)
        self.now = round_.closes_at
        run_due(services)
        return round_

    def shown(self, team: str, channel: ChannelId) -> dict[StatementId, Count]:
        """Return the count that everybody reads of each statement."""
        with self.cells[team].store.read("shown") as tx:
            results = [result for _, result in tx.list_releases(channel)]
        return {
            one.statement: one.total
            for result in results
            if isinstance(result, Published)
            for one in result.statements
            if one.total
        }

    def answers_of_the_victim(
        self, here: dict[StatementId, Count], there: dict[StatementId, Count]
    ) -> dict[StatementId, int]:
        """Return what the two counts give away: 1 where the one who is only in the first agrees, or 0."""
        return {
            statement: here[statement].low - there[statement].low
            for statement in here.keys() & there.keys()
            if here[statement].exact and there[statement].exact
        }


@pytest.fixture
def disks() -> Iterator[Callable[[], OnDisk]]:
    made = list[OnDisk]()

    def make() -> OnDisk:
        made.append(OnDisk())
        return made[-1]

    yield make
    for state in made:
        state.remove()


@pytest.fixture
def organisation(disks: Callable[[], OnDisk]) -> Organisation:
    organisation = Organisation()
    organisation.share_a_cell(disks())
    return organisation


def test_what_was_asked_in_one_workspace_rests_for_the_same_people_in_another(
    organisation: Organisation,
) -> None:
    assert organisation.publish("T1", X, THIRTEEN)

    organisation.publish("T2", Y, BUT_ONE)

    here, there = organisation.shown("T1", X), organisation.shown("T2", Y)
    assert here
    assert not here.keys() & there.keys()


def test_mutant_with_a_cell_for_each_workspace_gives_one_persons_answer_away(
    disks: Callable[[], OnDisk],
) -> None:
    organisation = Organisation()
    organisation.have_a_cell_each((disks(), disks()))
    assert organisation.publish("T1", X, THIRTEEN)

    organisation.publish("T2", Y, BUT_ONE)

    found = organisation.answers_of_the_victim(organisation.shown("T1", X), organisation.shown("T2", Y))
    assert found
    assert {1} == set(found.values()), "the victim agrees, and everybody can tell"


def test_what_was_asked_rests_also_after_the_workspace_has_gone(organisation: Organisation) -> None:
    """An uninstall ends rounds; it does not forget whom they asked."""
    assert organisation.publish("T1", X, THIRTEEN)
    organisation.uninstall_first()

    organisation.publish("T2", Y, BUT_ONE)

    assert not organisation.shown("T1", X).keys() & organisation.shown("T2", Y).keys()


def test_a_channel_of_both_workspaces_is_one_channel_through_whichever_it_is_asked(
    organisation: Organisation,
) -> None:
    """Asked through T1; then one person is taken out, T1 uninstalls the bot, and it is asked through T2."""
    assert organisation.publish("T1", SHARED, THIRTEEN)
    first = organisation.shown("T1", SHARED)
    organisation.uninstall_first()
    organisation.one.members[SHARED] = organisation.two.members[SHARED] = BUT_ONE

    again = organisation.publish("T2", SHARED, BUT_ONE)

    assert first
    asked = {one.id for one in again.prompt.statements} if again else set()
    assert not first.keys() & asked


def test_people_of_other_workspaces_of_the_organisation_are_marked_in_a_channel_of_both(
    organisation: Organisation,
) -> None:
    """They count like everybody there, so the same is not asked of them in a channel of their own."""
    theirs = ChannelId("C0THEIRS")
    organisation.two.members[theirs] = BUT_ONE
    assert organisation.publish("T1", SHARED, THIRTEEN)

    organisation.publish("T2", theirs, BUT_ONE)

    shown = organisation.shown("T1", SHARED)
    assert shown
    assert not shown.keys() & organisation.shown("T2", theirs).keys()
