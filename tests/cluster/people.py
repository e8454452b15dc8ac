"""The people of all workspaces: they reply, and try again where they are told to, or hear nothing."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from time import monotonic

from bot.demo.control import BadRequestError
from bot.demo.workspace import Message, View
from tests.cluster.processes import Cluster
from tests.cluster.worker_process import wait_for
from tests.patience import PATIENCE_S
from tests.world import Members, filled_in

AT_ONCE = 8
SOON_S = 0.3
"""How long somebody looks whether a form opens, before they press again."""

YES, NO = "5", "1"


@dataclass(slots=True, kw_only=True)
class Person:
    """A member of a workspace, and what became of their reply.

    ``acknowledged``: they were thanked, or told that they have replied. ``told``: what they were told where
    it was refused. ``unheard``: how often nobody answered.
    """

    team: str
    user: str
    members: Members = field(repr=False)
    answers: Sequence[str]
    acknowledged: bool = False
    told: list[str] = field(default_factory=list)
    unheard: int = 0


class People:
    """All of them. ``acknowledged``: how many replies were, so far."""

    def __init__(self, cluster: Cluster) -> None:
        """Nobody has replied yet."""
        self.all = [
            Person(team=team, user=user, members=members, answers=(YES if number % 2 else NO, YES))
            for team, members in cluster.people.items()
            for number, user in enumerate(members.everyone())
        ]
        self.acknowledged = 0
        self.on_acknowledged: Callable[[int], None] = lambda _: None
        self._lock = Lock()

    def of(self, *teams: str) -> list[Person]:
        """Those of some workspaces."""
        return [one for one in self.all if one.team in teams]

    def expected(self) -> dict[str, int]:
        """How many replies each workspace has acknowledged."""
        return {
            team: sum(one.acknowledged for one in self.of(team)) for team in {one.team for one in self.all}
        }

    def reply(self, people: Sequence[Person] | None = None, at_once: int = AT_ONCE) -> None:
        """Let these people, by default all, reply until each is thanked; return then."""
        with ThreadPoolExecutor(at_once) as together:
            list(together.map(self._reply, self.all if people is None else people))

    def begin(self, people: Sequence[Person]) -> None:
        """Let these people open their forms, and send nothing."""
        for person in people:
            _form(person, monotonic() + PATIENCE_S)

    def send_once(self, person: Person) -> bool:
        """Send the form that a member has before them; whether they were thanked. What they chose stays."""
        form = person.members.workspace.stack(person.user)[-1]
        return self._send(person, form)

    def look_again(self, person: Person) -> None:
        """Let somebody who has replied press *Reply* again: they are told so."""
        person.members.close_modals(person.user)
        assert "submit" not in _form(person, monotonic() + PATIENCE_S).body, "a reply is gone"
        person.members.close_modals(person.user)

    def _reply(self, person: Person) -> None:
        until_s = monotonic() + PATIENCE_S
        while not person.acknowledged:
            assert monotonic() < until_s, f"a reply was not taken: {person}"
            form = _form(person, until_s)
            if "submit" not in form.body:
                self._thanked(person)  # they are told that they have replied
            elif not self._send(person, form):
                person.members.workspace.wait_for(lambda _: False, SOON_S)

    def _send(self, person: Person, form: View) -> bool:
        state = filled_in(form, answers=person.answers)
        try:
            answer = person.members.act(person.user, type="view_submit", view_id=form.id, state=state)
        except BadRequestError:
            return False
        if not answer["ok"]:
            assert form in person.members.workspace.stack(person.user), "a form is gone, with what was chosen"
            if "errors" in answer:
                person.told += answer["errors"].values()
            else:
                person.unheard += 1
            return False
        shown = person.members.workspace.view(form.id)
        if shown is None or "reply.change" not in str(shown.body):
            return False
        self._thanked(person)
        person.members.close_modals(person.user)
        return True

    def _thanked(self, person: Person) -> None:
        person.acknowledged = True
        with self._lock:
            self.acknowledged += 1
            number = self.acknowledged
        self.on_acknowledged(number)


def wait_asked(cluster: Cluster) -> None:
    """Return once each workspace has its question."""
    wait_for(lambda: all(map(announcements, cluster.people.values())), "not all were asked")


def wait_published(cluster: Cluster) -> None:
    """Return once each workspace has its result."""
    wait_for(lambda: all(map(summaries, cluster.people.values())), "not all results were published")


def announcements(members: Members) -> list[Message]:
    """The messages that have the button to reply, oldest first."""
    return [one for one in members.messages() if "reply.open" in str(one.blocks)]


def summaries(members: Members) -> list[Message]:
    """The messages with a result, oldest first."""
    return [one for one in members.messages() if "replied, without names" in str(one.blocks)]


def _form(person: Person, until_s: float) -> View:
    """The form that somebody has before them; they press until one opens."""
    members = person.members
    while True:
        stack = members.workspace.stack(person.user)
        if stack and "submit" in stack[-1].body:
            return stack[-1]
        before = {view.id: view.hash for view in stack}
        if members.press(person.user, "reply.open", announcements(members)[-1])["ok"]:
            members.workspace.wait_for(partial(_has_changed, members, person.user, before), SOON_S)
        else:
            person.unheard += 1
            members.workspace.wait_for(lambda _: False, SOON_S)
        if _has_changed(members, person.user, before):
            return members.workspace.stack(person.user)[-1]
        assert monotonic() < until_s, f"no form opened: {person}"


def _has_changed(members: Members, user: str, before: dict[str, str], _: object = None) -> bool:
    return any(before.get(view.id) != view.hash for view in members.workspace.stack(user))
