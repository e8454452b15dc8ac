"""What is known of people and channels, for all threads; and the questions by which it becomes known."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from threading import Lock
from typing import Any
from weakref import WeakSet

from bot.core.model import ChannelId, MemberId
from bot.core.rounds import TRY_EVERY
from bot.ports import Clock
from bot.slack.client.rate_limits import wake_up
from bot.slack.directory import questions
from bot.slack.directory.cache import Remembered
from bot.slack.directory.person import Organisation, Person, person_of
from bot.slack.directory.questions import Question

MEMBERS_FOR = timedelta(seconds=30)
"""How long the members of a channel are remembered: a change counts within a minute."""

STANDING_FOR = timedelta(seconds=30)
"""How old it may be what is known of a person who does something or is shown something."""

PEOPLE_FOR = timedelta(minutes=10)
"""How long people and channels are remembered, where nothing hangs on a single one of them."""

CROWD = 20
"""Where so many people were asked about one by one within ``STANDING_FOR``, a list serves the others."""

SHORT_LIST = 5 * questions.PAGE
"""In a workspace of more people than this, a list of all takes more than Slack allows every half minute."""

FEW = 25
"""So many people are asked about one by one for the openings of one wake-up: at its pace, half a minute's."""

TRIES_FOR_ONE = 5
"""So often, a minute apart, a channel waits for one member of whom Slack cannot say now who it is."""

LARGE = questions.PAGE
"""A channel of more people than this takes more than one question, and nobody's click waits for them."""


class About(StrEnum):
    """What something that is known is about."""

    MEMBERS = "members"
    PLACES = "places"
    CHANNEL = "channel"
    PERSON = "person"
    PEOPLE = "people"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Something that is to be known: about what, of which channel or member (empty for all people)."""

    about: About
    key: str = ""


@dataclass(eq=False, slots=True, weakref_slot=True)
class _UnderWay:
    """A question that is being asked, and who has changed meanwhile: of them, its answer may be old."""

    changed: set[MemberId] = field(default_factory=set)


class Facts:
    """What Slack has told of people and channels, remembered for a short while."""

    def __init__(self, clock: Clock, organisation: Organisation) -> None:
        """Forget by this clock, and count the people of this organisation."""
        self.clock = clock
        self.organisation = organisation
        self.members = Remembered[str, frozenset[MemberId]](MEMBERS_FOR, clock)
        self.places = Remembered[str, frozenset[ChannelId]](MEMBERS_FOR, clock)
        self.channels = Remembered[str, Any](PEOPLE_FOR, clock)
        self.people = Remembered[str, dict[MemberId, Person]](PEOPLE_FOR, clock)
        self.persons = Remembered[str, Person](PEOPLE_FOR, clock)
        self.on_stale: Callable[[Wanted], None] = lambda _: None
        """Called when an older answer was given: whoever can asks anew, in the background."""
        self._memories: dict[About, Remembered[str, Any]] = {
            About.MEMBERS: self.members,
            About.PLACES: self.places,
            About.CHANNEL: self.channels,
            About.PERSON: self.persons,
            About.PEOPLE: self.people,
        }
        self._alone: deque[datetime] = deque(maxlen=FEW)
        self._lock = Lock()
        self._under_way = WeakSet[_UnderWay]()
        self._failed: dict[MemberId, tuple[int, datetime]] = {}

    def known(self, wanted: Wanted, within: timedelta | None = None) -> Any:
        """Return what is known, ``within`` old at the most; None where it is nothing."""
        return self._memories[wanted.about].known(wanted.key, within)

    def older(self, wanted: Wanted) -> Any:
        """Return what is known, however old it is; None where it is nothing."""
        return self._memories[wanted.about].older(wanted.key)

    def asking(self, wanted: Wanted) -> Question[Any]:
        """Ask for this; what is found out is remembered, and returned."""
        asked = _UnderWay()
        with self._lock:
            self._under_way.add(asked)
        memory = self._memories[wanted.about]
        if wanted.about is About.PERSON:
            self._alone.append(self.clock())
        asking = memory.ask(wanted.key)
        found = yield from self._question(wanted)
        if wanted.about is About.PEOPLE:
            found = {one: what for one, what in found.items() if one not in asked.changed}
        memory.keep(wanted.key, asking, found)
        if wanted.about is About.PERSON:
            self._put_in_list(found, asked)
        return found

    def has_answered(self, member: MemberId) -> None:
        """Note that Slack has said who somebody is."""
        self._failed.pop(member, None)

    def fails_again(self, member: MemberId) -> bool:
        """Return whether Slack has failed for one member so often that nobody waits for them any more."""
        now = self.clock()
        tries, last = self._failed.get(member, (0, now - TRY_EVERY))
        if not last <= now < last + TRY_EVERY:
            tries, last = tries + 1, now
        self._failed[member] = (tries, last)
        return tries >= TRIES_FOR_ONE

    def is_crowded(self) -> bool:
        """Return whether many people were asked about one by one just now."""
        return self._asked_alone_since(self.clock() - STANDING_FOR) >= CROWD

    def asks_alone_of(self, count: int) -> bool:
        """Return whether a round that opens asks about so many people one by one, not about all at once."""
        if self.listed <= SHORT_LIST and count > self._pages_of_people:
            return False
        since, work = self.clock() - STANDING_FOR, wake_up()
        return self._asked_alone_since(min(since, work.since) if work else since) + count <= FEW

    @property
    def listed(self) -> int:
        """How many people the workspace has, as far as that is known."""
        return len(self.people.older("") or ())

    @property
    def list_for(self) -> timedelta:
        """How old the list of all people may be where a round opens.

        In a workspace of more than ``SHORT_LIST`` people, half a minute for each page that it has.
        """
        if self.listed <= SHORT_LIST:
            return STANDING_FOR
        return min(PEOPLE_FOR, self._pages_of_people * STANDING_FOR)

    def _asked_alone_since(self, moment: datetime) -> int:
        return sum(asked > moment for asked in tuple(self._alone))

    @property
    def _pages_of_people(self) -> int:
        return -(-self.listed // questions.PAGE)

    def forget_channel(self, channel: ChannelId) -> None:
        """Ask Slack anew about this channel from now on.

        That a channel is large is remembered, so that nobody's click waits for all of its people.
        """
        older = self.members.older(channel)
        self.channels.forget(channel)
        self.members.forget(channel, altogether=older is None or len(older) <= LARGE)

    def forget_member(self, member: MemberId) -> None:
        """Ask Slack anew about this person from now on, also where a list of all people is under way."""
        with self._lock:
            for asked in self._under_way:
                asked.changed.add(member)
        self.persons.forget(member)
        self.places.forget(member)
        if everybody := self.people.older(""):
            everybody.pop(member, None)

    def hear_of(self, user: dict[str, Any]) -> None:
        """Forget somebody of whom Slack tells a change, unless it is a change of nothing that counts.

        Slack tells of every new status and picture, too. What it tells is not kept: it may come late.
        """
        told = person_of(user, self.organisation)
        everybody = self.people.older("") or {}
        known = [one for one in (everybody.get(told.id), self.persons.older(told.id)) if one]
        if not known or any(one != told for one in known):
            self.forget_member(told.id)

    def _question(self, wanted: Wanted) -> Question[Any]:
        match wanted.about:
            case About.MEMBERS:
                return questions.members_of(ChannelId(wanted.key))
            case About.PLACES:
                return questions.places_of(MemberId(wanted.key))
            case About.CHANNEL:
                return questions.channel_info(ChannelId(wanted.key))
            case About.PERSON:
                return questions.person(MemberId(wanted.key), self.organisation)
            case About.PEOPLE:
                return questions.people(self.organisation)

    def _put_in_list(self, person: Person, asked: _UnderWay) -> None:
        everybody = self.people.older("")
        if everybody is not None and person.id not in asked.changed:
            everybody[person.id] = person
