"""Cache of people and channels of the workspace, shared by all threads."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from threading import Lock
from typing import Any, Generic, TypeVar
from weakref import WeakSet

from bot.core.model import ChannelId, MemberId
from bot.core.rounds import TRY_EVERY
from bot.ports import Clock
from bot.slack.client.rate_limits import background_run
from bot.slack.directory import questions
from bot.slack.directory.person import Organisation, Person, person_of
from bot.slack.directory.questions import Question

MEMBERS_FOR = timedelta(seconds=30)
"""How long the members of a channel are cached: a change counts within a minute."""

STANDING_FOR = timedelta(seconds=30)
"""Maximum age of what is known of a person who acts or is shown something."""

PEOPLE_FOR = timedelta(minutes=10)
"""How long people and channels are cached where no decision depends on a single person."""

CROWD = 20
"""After this many single requests (users.info) within ``STANDING_FOR``, the list of all people is used."""

SHORT_LIST = 5 * questions.PAGE
"""Reading a longer list of people takes more calls than Slack allows every half minute."""

FEW = 25
"""The most people that the rounds opening in one background run request singly: half a minute of calls."""

TRIES_FOR_ONE = 5
"""How often, a minute apart, a channel waits for one member whom Slack cannot describe now."""

LARGE = questions.PAGE
"""The members of a larger channel take more than one request, so no click waits for them."""

LONG_AGO = datetime.min.replace(tzinfo=UTC)

Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(eq=False, slots=True, weakref_slot=True)
class PendingAnswer:
    """A request under way: its key, when it began (UTC), and whether its key was forgotten since."""

    key: Any
    since: datetime
    forgotten: bool = False


class ExpiringCache(Generic[Key, Value]):
    """Answers of Slack that expire. Safe for threads.

    An answer requested since the current background run began is valid until the run ends (docs/adr/0014),
    unless the caller gives a maximum age.
    """

    def __init__(self, keep_for: timedelta, clock: Clock) -> None:
        """Keep each answer valid for ``keep_for``; expired ones stay until they are replaced."""
        self._keep_for = keep_for
        self._clock = clock
        self._lock = Lock()
        self._answers: dict[Key, tuple[datetime, Value]] = {}
        self._under_way = WeakSet[PendingAnswer]()  # weak: a request that fails is never kept

    def get(self, key: Key, max_age: timedelta | None = None) -> Value | None:
        """Return the cached answer, or None where there is none or it has expired.

        ``max_age``: accept no older answer, not even one of this background run.
        """
        found = self._answers.get(key)
        return found[1] if found and self._is_valid(found[0], max_age) else None

    def get_stale(self, key: Key) -> Value | None:
        """Return the cached answer of any age, or None."""
        found = self._answers.get(key)
        return found[1] if found else None

    def begin(self, key: Key) -> PendingAnswer:
        """Note that a request begins; pass the result to ``keep``."""
        with self._lock:
            pending = PendingAnswer(key, self._clock())
            self._under_way.add(pending)
        return pending

    def keep(self, pending: PendingAnswer, answer: Value) -> None:
        """Store an answer, unless its key was forgotten while the request was under way."""
        with self._lock:
            self._under_way.discard(pending)
            if not pending.forgotten:
                self._answers[pending.key] = (pending.since, answer)

    def forget(self, key: Key, *, keep_stale: bool = False) -> None:
        """Drop an answer, and discard the answers of requests under way.

        ``keep_stale``: ``get_stale`` still returns it.
        """
        with self._lock:
            for pending in self._under_way:
                if pending.key == key:
                    pending.forgotten = True
            answer = self._answers.pop(key, None)
            if answer and keep_stale:
                self._answers[key] = (LONG_AGO, answer[1])

    def _is_valid(self, asked: datetime, max_age: timedelta | None) -> bool:
        now, run = self._clock(), background_run()
        if asked <= now < asked + (max_age or self._keep_for):
            return True
        return max_age is None and run is not None and run.since <= asked <= now


class FactKind(StrEnum):
    """What a cached fact is about."""

    MEMBERS = "members"
    PLACES = "places"
    CHANNEL = "channel"
    PERSON = "person"
    PEOPLE = "people"


@dataclass(frozen=True, slots=True)
class FactKey:
    """The key of a fact: its kind, and the channel or member it is about (empty for all people)."""

    kind: FactKind
    id: str = ""


@dataclass(eq=False, slots=True, weakref_slot=True)
class _Request:
    """A request under way, and the members who changed meanwhile: its answer about them may be old."""

    changed: set[MemberId] = field(default_factory=set)


class DirectoryCache:
    """What Slack has said of people and channels, cached for a short while."""

    def __init__(self, clock: Clock, organisation: Organisation) -> None:
        """Expire by this clock, and count the people of this organisation."""
        self.clock = clock
        self.organisation = organisation
        self.members = ExpiringCache[str, frozenset[MemberId]](MEMBERS_FOR, clock)
        self.places = ExpiringCache[str, frozenset[ChannelId]](MEMBERS_FOR, clock)
        self.channels = ExpiringCache[str, Any](PEOPLE_FOR, clock)
        self.people = ExpiringCache[str, dict[MemberId, Person]](PEOPLE_FOR, clock)
        self.persons = ExpiringCache[str, Person](PEOPLE_FOR, clock)
        self.on_stale: Callable[[FactKey], None] = lambda _: None
        """Called when a stale answer was returned, to refresh it in the background."""
        self._caches: dict[FactKind, ExpiringCache[str, Any]] = {
            FactKind.MEMBERS: self.members,
            FactKind.PLACES: self.places,
            FactKind.CHANNEL: self.channels,
            FactKind.PERSON: self.persons,
            FactKind.PEOPLE: self.people,
        }
        self._single_requests: deque[datetime] = deque(maxlen=FEW)
        self._lock = Lock()
        self._under_way = WeakSet[_Request]()
        self._failed: dict[MemberId, tuple[int, datetime]] = {}

    def get(self, key: FactKey, max_age: timedelta | None = None) -> Any:
        """Return the cached fact, ``max_age`` old at most, or None."""
        return self._caches[key.kind].get(key.id, max_age)

    def get_stale(self, key: FactKey) -> Any:
        """Return the cached fact of any age, or None."""
        return self._caches[key.kind].get_stale(key.id)

    def request(self, key: FactKey) -> Question[Any]:
        """Request this fact from Slack, cache it and return it."""
        request = _Request()
        with self._lock:
            self._under_way.add(request)
        cache = self._caches[key.kind]
        if key.kind is FactKind.PERSON:
            self._single_requests.append(self.clock())
        pending = cache.begin(key.id)
        found = yield from self._question(key)
        if key.kind is FactKind.PEOPLE:
            found = {member: person for member, person in found.items() if member not in request.changed}
        cache.keep(pending, found)
        if key.kind is FactKind.PERSON:
            self._put_in_list(found, request)
        return found

    def has_answered(self, member: MemberId) -> None:
        """Note that Slack has described a member."""
        self._failed.pop(member, None)

    def fails_again(self, member: MemberId) -> bool:
        """Note that Slack failed to describe a member; return whether that was ``TRIES_FOR_ONE`` times."""
        now = self.clock()
        tries, last = self._failed.get(member, (0, now - TRY_EVERY))
        if not last <= now < last + TRY_EVERY:
            tries, last = tries + 1, now
        self._failed[member] = (tries, last)
        return tries >= TRIES_FOR_ONE

    def is_crowded(self) -> bool:
        """Return whether many people were requested singly just now."""
        return self._singly_since(self.clock() - STANDING_FOR) >= CROWD

    def may_request_singly(self, count: int) -> bool:
        """Return whether a round that opens requests this many people singly, and not the list of all."""
        if self.listed <= SHORT_LIST and count > self._pages_of_people:
            return False
        since, run = self.clock() - STANDING_FOR, background_run()
        return self._singly_since(min(since, run.since) if run else since) + count <= FEW

    @property
    def listed(self) -> int:
        """Return how many people the workspace has, as far as known."""
        return len(self.people.get_stale("") or ())

    @property
    def list_for(self) -> timedelta:
        """Return the maximum age of the list of all people where a round opens.

        Above ``SHORT_LIST`` people it is half a minute for each page of the list.
        """
        if self.listed <= SHORT_LIST:
            return STANDING_FOR
        return min(PEOPLE_FOR, self._pages_of_people * STANDING_FOR)

    def _singly_since(self, moment: datetime) -> int:
        return sum(asked > moment for asked in tuple(self._single_requests))

    @property
    def _pages_of_people(self) -> int:
        return -(-self.listed // questions.PAGE)

    def forget_channel(self, channel: ChannelId) -> None:
        """Drop what is cached of a channel.

        The members of a large one stay as stale, so that no click waits for all of them.
        """
        stale = self.members.get_stale(channel)
        self.channels.forget(channel)
        self.members.forget(channel, keep_stale=stale is not None and len(stale) > LARGE)

    def forget_member(self, member: MemberId) -> None:
        """Drop what is cached of a person, also from a list of all people that is under way."""
        with self._lock:
            for request in self._under_way:
                request.changed.add(member)
        self.persons.forget(member)
        self.places.forget(member)
        if everybody := self.people.get_stale(""):
            everybody.pop(member, None)

    def forget_if_changed(self, user: dict[str, Any]) -> None:
        """Drop a person whom Slack reports as changed, unless nothing that counts has changed.

        Slack also reports each new status and picture. The report itself is not cached: it may come late.
        """
        told = person_of(user, self.organisation)
        everybody = self.people.get_stale("") or {}
        known = [one for one in (everybody.get(told.id), self.persons.get_stale(told.id)) if one]
        if not known or any(one != told or _speaks_otherwise(one, told) for one in known):
            self.forget_member(told.id)

    def _question(self, key: FactKey) -> Question[Any]:
        match key.kind:
            case FactKind.MEMBERS:
                return questions.members_of(ChannelId(key.id))
            case FactKind.PLACES:
                return questions.places_of(MemberId(key.id), self.organisation)
            case FactKind.CHANNEL:
                return questions.channel_info(ChannelId(key.id))
            case FactKind.PERSON:
                return questions.person(MemberId(key.id), self.organisation)
            case FactKind.PEOPLE:
                return questions.people(self.organisation)

    def _put_in_list(self, person: Person, request: _Request) -> None:
        everybody = self.people.get_stale("")
        if everybody is not None and person.id not in request.changed:
            everybody[person.id] = person


def _speaks_otherwise(known: Person, told: Person) -> bool:
    """Return whether somebody has changed their language; a report without a locale says nothing of it."""
    return bool(told.locale) and told.locale != known.locale
