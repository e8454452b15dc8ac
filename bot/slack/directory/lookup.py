"""Look up people and channels: who is in a channel, who is an admin.

The timer and the command line ask Slack and wait (``LiveSource``). A use case that serves a member never
waits: where a fact is missing it ends with ``NotKnownError``, and runs again once the fact is there
(``CachedSource``).
"""

from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from datetime import timedelta
from threading import Lock
from typing import Any
from weakref import WeakValueDictionary

from slack_sdk import WebClient

from bot.core.model import ChannelId, MemberId
from bot.errors import LockedOutError, SlackError, SlackUnavailableError, StoppingError
from bot.ports import ChannelInfo, Clock
from bot.slack.client.calls import call
from bot.slack.client.rate_limits import background_run
from bot.slack.directory.cache import LARGE, STANDING_FOR, DirectoryCache, FactKey, FactKind
from bot.slack.directory.person import Organisation, Person, undescribed
from bot.slack.directory.questions import run_question

Found = dict[FactKey, Any]
"""What was found out for one run of a use case; a ``SlackError`` where Slack did not say."""

AWAY = frozenset({"no_connection", "ratelimited"})
"""Reasons that say something of Slack as a whole, and nothing of one person."""


class LiveSource:
    """Requests missing facts from Slack and waits. Threads that want the same fact share one request."""

    def __init__(self, cache: DirectoryCache, client: WebClient) -> None:
        """Request through this client."""
        self._cache = cache
        self._client = client
        self._guard = Lock()
        self._locks = WeakValueDictionary[tuple[FactKey, bool], Lock]()  # weak: gone with its last holder

    def get(self, key: FactKey, max_age: timedelta | None = None) -> Any:
        """Return the cached fact, or request it.

        A caller that keeps to no limits does not wait for a request that the bot makes in the background.
        """
        with self._guard:
            lock = self._locks.setdefault((key, background_run() is None), Lock())
        with lock:
            found = self._cache.get(key, max_age)
            return run_question(self._cache.request(key), self._ask) if found is None else found

    def get_stale(self, key: FactKey) -> Any:
        """Return the cached fact, or request it."""
        return self.get(key)

    def want(self, keys: Iterable[FactKey]) -> None:
        """Do nothing: each fact is requested when it is asked for."""

    def is_in_large(self, _channel: ChannelId, _member: MemberId) -> bool | None:
        """Return None, so that all members are asked for."""
        return None

    def _ask(self, method: str, arguments: dict[str, Any]) -> Mapping[str, Any]:
        return call(getattr(self._client, method.replace(".", "_")), **arguments)


class NotKnownError(BaseException):
    """A use case needs facts that are not cached. Not an ``Exception``, so that no use case catches it."""

    def __init__(self, *wanted: FactKey, max_age: timedelta | None = None) -> None:
        """Name what to find out before the use case runs again, ``max_age`` old at most."""
        super().__init__(wanted[0].kind.value)
        self.wanted = wanted
        self.max_age = max_age


FOUND: ContextVar[Found] = ContextVar("found")
"""What was found out for the use case that runs now."""


class CachedSource:
    """Never calls Slack: a missing fact ends the use case with ``NotKnownError``."""

    def __init__(self, cache: DirectoryCache) -> None:
        """Read from this cache."""
        self._cache = cache

    def get(self, key: FactKey, max_age: timedelta | None = None) -> Any:
        """Return the fact from the cache, or what was found out for this run."""
        for_this_run = FOUND.get({})
        if key in for_this_run:
            answer = for_this_run[key]
            if isinstance(answer, SlackError):
                raise answer
            return answer
        found = self._cache.get(key, max_age)
        if found is None:
            raise NotKnownError(key, max_age=max_age)
        return found

    def get_stale(self, key: FactKey) -> Any:
        """Return the fact; where it is stale, have it refreshed in the background."""
        if self._cache.get(key) is None and (stale := self._cache.get_stale(key)) is not None:
            self._cache.on_stale(key)
            return stale
        return self.get(key)

    def want(self, keys: Iterable[FactKey]) -> None:
        """Have all missing facts found out at once."""
        found = FOUND.get({})
        missing = [key for key in keys if key not in found and self._cache.get(key) is None]
        if missing:
            raise NotKnownError(*missing)

    def is_in_large(self, channel: ChannelId, member: MemberId) -> bool | None:
        """Ask for the member's channels, where the channel has too many members to wait for."""
        key = FactKey(FactKind.MEMBERS, channel)
        stale = self._cache.get_stale(key)
        if stale is None or len(stale) <= LARGE or self._cache.get(key) is not None:
            return None
        self._cache.on_stale(key)
        return channel in self.get(FactKey(FactKind.PLACES, member))


class SlackDirectory:
    """The Directory port over Slack, cached."""

    def __init__(
        self, cache: DirectoryCache, source: LiveSource | CachedSource, *, sees_all: bool = True
    ) -> None:
        """Read from this cache, and take from ``source`` what is missing.

        ``sees_all``: False where other workspaces of an organisation share what is stored.
        """
        self._cache = cache
        self._source = source
        self._sees_all = sees_all

    @property
    def sees_all(self) -> bool:
        """Whether no other workspace can know a channel that this one does not know."""
        return self._sees_all

    def channel(self, channel: ChannelId) -> ChannelInfo:
        """Return a channel's name and state."""
        found: ChannelInfo = self._source.get(FactKey(FactKind.CHANNEL, channel))
        return found

    def is_private(self, channel: ChannelId) -> bool:
        """Return whether a channel is private, half a minute ago at most."""
        found: ChannelInfo = self._source.get(FactKey(FactKind.CHANNEL, channel), STANDING_FOR)
        return found.private

    def audience(self, channel: ChannelId) -> frozenset[MemberId]:
        """Return the full members of our organisation in a channel: no bots, guests or deactivated people."""
        return frozenset(person.id for person in self._everybody_in(channel) if person.counts)

    def audience_to_ask(self, channel: ChannelId) -> frozenset[MemberId]:
        """Return the same as ``audience``, ``STANDING_FOR`` old at most.

        A few people are requested singly. For more, one list of all people serves every channel that opens.
        """
        everybody = FactKey(FactKind.PEOPLE)
        members: frozenset[MemberId] = self._source.get(FactKey(FactKind.MEMBERS, channel), STANDING_FOR)
        people: dict[MemberId, Person] = self._cache.get(everybody, STANDING_FOR) or {}
        unknown = [one for one in members if one not in people and self._fresh(one) is None]
        if unknown and not self._cache.may_request_singly(len(unknown)):
            people = self._source.get(everybody, self._cache.list_for)
        found = (people.get(one) or self._person(one, STANDING_FOR) for one in members)
        return frozenset(person.id for person in found if person.counts)

    def is_shared(self, channel: ChannelId) -> bool:
        """Return whether somebody of another company is in a channel."""
        known = self._cache.channels.get_stale(channel)  # no request: 500 channels may be due at once
        if known and known.shared:  # also where Slack does not show its members
            return True
        return any(person.described and not person.own for person in self._everybody_in(channel))

    def undescribed(self, channel: ChannelId) -> frozenset[MemberId]:
        """Return the members of a channel whom Slack does not describe; ``names`` lacks their names."""
        return frozenset(person.id for person in self._everybody_in(channel) if not person.described)

    def names(self, channel: ChannelId) -> frozenset[str]:
        """Return every name and handle of the people in a channel."""
        return frozenset(name for person in self._everybody_in(channel) for name in person.names)

    def counts(self, member: MemberId) -> bool:
        """Return whether this is a full member of our organisation, half a minute ago at most."""
        return self._standing(member).counts

    def is_member(self, channel: ChannelId, member: MemberId) -> bool:
        """Return whether this member is in the audience of a channel, half a minute ago at most."""
        there = self._source.is_in_large(channel, member)
        if there is None:
            there = member in self._members(channel)
        return there and self.counts(member)

    def channels_of(self, member: MemberId) -> frozenset[ChannelId]:
        """Return the channels that this member is in and the bot can see."""
        if not self.counts(member):
            return frozenset()
        places: frozenset[ChannelId] = self._source.get(FactKey(FactKind.PLACES, member))
        return places

    def people(self, channel: ChannelId) -> Mapping[MemberId, frozenset[str]]:
        """Return the names and handles of each person of the workspace and of this channel."""
        listed: dict[MemberId, Person] = self._source.get(FactKey(FactKind.PEOPLE))
        here = self._people_by_id(self._members_if_known(channel))
        return {one.id: one.names for one in (*listed.values(), *here) if one.described}

    def describes(self, member: MemberId) -> bool:
        """Return whether Slack has said who this is, half a minute ago at most."""
        return self._standing(member).described

    def is_admin(self, member: MemberId, channel: ChannelId | None = None) -> bool:  # noqa: ARG002 - one workspace
        """Return whether this is an admin or owner of our workspace, half a minute ago at most."""
        return self._standing(member).admin

    def zone(self, member: MemberId) -> str:
        """Return the member's IANA time zone."""
        return self._person_if_listed(member).zone

    def locale(self, member: MemberId) -> str:
        """Return the locale to which the member has set Slack."""
        return self._person_if_listed(member).locale

    def locales(self, channel: ChannelId) -> tuple[str, ...]:
        """Return the locales of a channel's audience, sorted, so that their order tells nothing."""
        return tuple(sorted(one.locale for one in self._everybody_in(channel) if one.counts and one.locale))

    def forget(self, channel: ChannelId) -> None:
        """Drop what is cached of this channel."""
        self._cache.forget_channel(channel)

    def forget_member(self, member: MemberId) -> None:
        """Drop what is cached of this person, also from a list of all people that is under way."""
        self._cache.forget_member(member)

    def _members(self, channel: ChannelId) -> frozenset[MemberId]:
        found: frozenset[MemberId] = self._source.get(FactKey(FactKind.MEMBERS, channel))
        return found

    def _members_if_known(self, channel: ChannelId) -> frozenset[MemberId]:
        """Return who is in a channel, or nobody where the bot has left it."""
        try:
            return self._members(channel)
        except SlackUnavailableError:
            raise
        except SlackError:
            return frozenset()

    def _everybody_in(self, channel: ChannelId) -> list[Person]:
        return self._people_by_id(self._members(channel))

    def _people_by_id(self, members: frozenset[MemberId]) -> list[Person]:
        """Return what is known of these people, where no decision depends on a single person.

        A member whom Slack repeatedly fails to describe counts as undescribed: otherwise one member could
        block a channel for ever. Raises ``SlackUnavailableError``, after asking about all of them, where the
        caller must try again.
        """
        if not members:
            return []
        listed: dict[MemberId, Person] = self._source.get_stale(FactKey(FactKind.PEOPLE))
        found = {member: listed.get(member) for member in members}  # once: threads may forget some
        people = [one for one in found.values() if one]
        others = sorted(member for member, one in found.items() if one is None)
        self._source.want(FactKey(FactKind.PERSON, member) for member in others)
        failure = None
        for member in others:
            try:
                people.append(self._person(member, None))
                self._cache.has_answered(member)
            except (StoppingError, LockedOutError):
                raise
            except SlackUnavailableError as error:
                if error.reason in AWAY:
                    raise
                if not self._cache.fails_again(member):
                    failure = error
                people.append(undescribed(member))
        if failure:
            raise failure
        return people

    def _person_if_listed(self, member: MemberId) -> Person:
        """Return a person from the list of all people, or request this one."""
        listed = self._cache.people.get("") or {}
        return listed.get(member) or self._person(member, None)

    def _person(self, member: MemberId, max_age: timedelta | None) -> Person:
        found: Person = self._source.get(FactKey(FactKind.PERSON, member), max_age)
        return found

    def _fresh(self, member: MemberId) -> Person | None:
        found: Person | None = self._cache.get(FactKey(FactKind.PERSON, member), STANDING_FOR)
        return found

    def _standing(self, member: MemberId) -> Person:
        """Return what is known of a person, ``STANDING_FOR`` old at most.

        Few people are requested singly. Where many come at once, the later ones are taken from the list of
        all people, ``PEOPLE_FOR`` old at most, which is refreshed in the background.
        """
        everybody = FactKey(FactKind.PEOPLE)
        listed: dict[MemberId, Person] = self._cache.get(everybody, STANDING_FOR) or {}
        if known := listed.get(member):
            return known
        if self._cache.is_crowded() and self._fresh(member) is None:
            cached: dict[MemberId, Person] = self._cache.get(everybody) or {}
            if known := cached.get(member):
                self._cache.on_stale(everybody)
                return known
        return self._person(member, STANDING_FOR)


def live_directory(client: WebClient, clock: Clock, organisation: Organisation) -> SlackDirectory:
    """Return a directory with its own cache, which requests through this client."""
    cache = DirectoryCache(clock, organisation)
    return SlackDirectory(cache, LiveSource(cache, client))
