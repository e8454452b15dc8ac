"""Who is in a channel and who may configure, as far as it is known; and two ways to come to know more.

The timer and the command line ask Slack and wait (``Asking``). A verb that serves a member waits for nobody:
where something is not known it ends with ``NotKnownError``, and is run again when it is (``Known``).
"""

from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from datetime import timedelta
from threading import Lock
from typing import Any, Protocol
from weakref import WeakValueDictionary

from slack_sdk import WebClient

from bot.core.model import ChannelId, MemberId
from bot.errors import LockedOutError, SlackError, SlackUnavailableError, StoppingError
from bot.ports import ChannelInfo, Clock
from bot.slack.client.calls import call
from bot.slack.client.rate_limits import wake_up
from bot.slack.directory.facts import LARGE, STANDING_FOR, About, Facts, Wanted
from bot.slack.directory.person import Organisation, Person, undescribed
from bot.slack.directory.questions import answered

Found = dict[Wanted, Any]
"""What was found out for one run of a verb; a ``SlackError`` where Slack did not say."""


AWAY = frozenset({"no_connection", "ratelimited"})
"""What tells of Slack as a whole, and not of the one who was asked about."""


class Source(Protocol):
    """Where a directory takes from what is not known yet."""

    def get(self, wanted: Wanted, within: timedelta | None = None) -> Any:
        """Return it, ``within`` old at the most. Raises ``SlackError``."""

    def get_older(self, wanted: Wanted) -> Any:
        """Return it; an older answer is as good, where nobody may wait for a newer one."""

    def want(self, wanted: Iterable[Wanted]) -> None:
        """Say what will be asked for, one after the other."""

    def is_in_large(self, channel: ChannelId, member: MemberId) -> bool | None:
        """Return whether somebody is in a channel of very many; None where all are to be asked for."""


class Asking:
    """Asks Slack, and waits for the answer; those who come together share one question."""

    def __init__(self, facts: Facts, client: WebClient) -> None:
        """Ask through this client."""
        self._facts = facts
        self._client = client
        self._guard = Lock()
        self._locks = WeakValueDictionary[tuple[Wanted, bool], Lock]()  # weak: gone with who holds it last

    def get(self, wanted: Wanted, within: timedelta | None = None) -> Any:
        """Return what is known, or ask for it.

        Who does not keep to the limits does not wait for a question that the bot asks by itself.
        """
        with self._guard:
            asked_once = self._locks.setdefault((wanted, wake_up() is None), Lock())
        with asked_once:
            found = self._facts.known(wanted, within)
            return answered(self._facts.asking(wanted), self._ask) if found is None else found

    def get_older(self, wanted: Wanted) -> Any:
        """Return what is known, or ask for it."""
        return self.get(wanted)

    def want(self, wanted: Iterable[Wanted]) -> None:
        """Ask when it is asked for."""

    def is_in_large(self, _channel: ChannelId, _member: MemberId) -> bool | None:
        """Ask for all of them."""
        return None

    def _ask(self, method: str, arguments: dict[str, Any]) -> Mapping[str, Any]:
        return call(getattr(self._client, method.replace(".", "_")), **arguments)


class NotKnownError(BaseException):
    """A verb wants to know what is not known yet. No error of its own may catch it."""

    def __init__(self, *wanted: Wanted, within: timedelta | None = None) -> None:
        """Say what is to be found out before the verb is run again, ``within`` old at the most."""
        super().__init__(wanted[0].about.value)
        self.wanted = wanted
        self.within = within


FOUND: ContextVar[Found] = ContextVar("found")
"""What was found out for the verb that runs now."""


class Known:
    """Asks nobody: what is not known ends the verb with ``NotKnownError``."""

    def __init__(self, facts: Facts) -> None:
        """Tell what is among these."""
        self._facts = facts

    def get(self, wanted: Wanted, within: timedelta | None = None) -> Any:
        """Return what is known, or was found out for this run."""
        for_this_run = FOUND.get({})
        if wanted in for_this_run:
            answer = for_this_run[wanted]
            if isinstance(answer, SlackError):
                raise answer
            return answer
        found = self._facts.known(wanted, within)
        if found is None:
            raise NotKnownError(wanted, within=within)
        return found

    def get_older(self, wanted: Wanted) -> Any:
        """Return what is known, and have a newer answer asked for in the background."""
        if self._facts.known(wanted) is None and (older := self._facts.older(wanted)) is not None:
            self._facts.on_stale(wanted)
            return older
        return self.get(wanted)

    def want(self, wanted: Iterable[Wanted]) -> None:
        """Have all be found out at once that is missing."""
        found = FOUND.get({})
        missing = [one for one in wanted if one not in found and self._facts.known(one) is None]
        if missing:
            raise NotKnownError(*missing)

    def is_in_large(self, channel: ChannelId, member: MemberId) -> bool | None:
        """Ask in which channels the member is, where all members are too many to wait for."""
        wanted = Wanted(About.MEMBERS, channel)
        older = self._facts.older(wanted)
        if older is None or len(older) <= LARGE or self._facts.known(wanted) is not None:
            return None
        self._facts.on_stale(wanted)
        return channel in self.get(Wanted(About.PLACES, member))


class SlackDirectory:
    """The Directory port over what is known of Slack."""

    def __init__(self, facts: Facts, source: Source) -> None:
        """Tell what is among these facts, and take from ``source`` what is not."""
        self._facts = facts
        self._source = source

    def channel(self, channel: ChannelId) -> ChannelInfo:
        """Return name and standing of a channel."""
        found: ChannelInfo = self._source.get(Wanted(About.CHANNEL, channel))
        return found

    def is_private(self, channel: ChannelId) -> bool:
        """Return whether only its members may know of a channel."""
        found: ChannelInfo = self._source.get(Wanted(About.CHANNEL, channel), STANDING_FOR)
        return found.private

    def audience(self, channel: ChannelId) -> frozenset[MemberId]:
        """Return the own full members of a channel: no bots, no guests, nobody who has left."""
        return frozenset(person.id for person in self._everybody_in(channel) if person.counts)

    def audience_to_ask(self, channel: ChannelId) -> frozenset[MemberId]:
        """Return the own full members of a channel, ``STANDING_FOR`` ago at the most.

        Few are asked about one by one. Of more, one list of all serves every channel that opens meanwhile.
        """
        everybody = Wanted(About.PEOPLE)
        members: frozenset[MemberId] = self._source.get(Wanted(About.MEMBERS, channel), STANDING_FOR)
        people: dict[MemberId, Person] = self._facts.known(everybody, STANDING_FOR) or {}
        unknown = [one for one in members if one not in people and self._fresh(one) is None]
        if unknown and not self._facts.asks_alone_of(len(unknown)):
            people = self._source.get(everybody, self._facts.list_for)
        found = (people.get(one) or self._person(one, STANDING_FOR) for one in members)
        return frozenset(person.id for person in found if person.counts)

    def is_shared(self, channel: ChannelId) -> bool:
        """Return whether somebody of another company is in a channel."""
        known = self._facts.channels.older(channel)  # not asked for: five hundred channels may be due at once
        if known and known.shared:  # also where Slack does not show who is there
            return True
        return any(person.described and not person.own for person in self._everybody_in(channel))

    def undescribed(self, channel: ChannelId) -> frozenset[MemberId]:
        """Return the members of a channel whom Slack does not describe: ``names`` holds none of theirs."""
        return frozenset(person.id for person in self._everybody_in(channel) if not person.described)

    def names(self, channel: ChannelId) -> frozenset[str]:
        """Return every name and handle of the people in a channel."""
        return frozenset(name for person in self._everybody_in(channel) for name in person.names)

    def counts(self, member: MemberId) -> bool:
        """Return whether this is a full member of the own organisation, half a minute ago at the most."""
        return self._standing(member).counts

    def is_member(self, channel: ChannelId, member: MemberId) -> bool:
        """Return whether this member is in the audience of a channel, half a minute ago at the most."""
        there = self._source.is_in_large(channel, member)
        if there is None:
            there = member in self._members(channel)
        return there and self.counts(member)

    def channels_of(self, member: MemberId) -> frozenset[ChannelId]:
        """Return the channels that this member is in, as far as the bot may know."""
        if not self.counts(member):
            return frozenset()
        places: frozenset[ChannelId] = self._source.get(Wanted(About.PLACES, member))
        return places

    def people(self, channel: ChannelId) -> Mapping[MemberId, frozenset[str]]:
        """Return everybody of the workspace, and of this channel, with all names and handles of each."""
        listed: dict[MemberId, Person] = self._source.get(Wanted(About.PEOPLE))
        here = self._people_by_id(self._members_if_known(channel))
        return {one.id: one.names for one in (*listed.values(), *here) if one.described}

    def is_admin(self, member: MemberId) -> bool:
        """Return whether this is an admin or owner of the own workspace, half a minute ago at the most."""
        return self._standing(member).admin

    def zone(self, member: MemberId) -> str:
        """Return the member's IANA time zone."""
        return self._person_if_listed(member).zone

    def forget(self, channel: ChannelId) -> None:
        """Ask Slack anew about this channel from now on."""
        self._facts.forget_channel(channel)

    def forget_member(self, member: MemberId) -> None:
        """Ask Slack anew about this person from now on, also where a list of all people is under way."""
        self._facts.forget_member(member)

    def hear_of(self, user: dict[str, Any]) -> None:
        """Forget somebody of whom Slack tells a change, unless it is a change of nothing that counts."""
        self._facts.hear_of(user)

    def _members(self, channel: ChannelId) -> frozenset[MemberId]:
        found: frozenset[MemberId] = self._source.get(Wanted(About.MEMBERS, channel))
        return found

    def _members_if_known(self, channel: ChannelId) -> frozenset[MemberId]:
        """Return who is in a channel; nobody, where the bot is in it no more."""
        try:
            return self._members(channel)
        except SlackUnavailableError:
            raise
        except SlackError:
            return frozenset()

    def _everybody_in(self, channel: ChannelId) -> list[Person]:
        return self._people_by_id(self._members(channel))

    def _people_by_id(self, members: frozenset[MemberId]) -> list[Person]:
        """Return what is known of these people, where nothing hangs on a single one of them.

        One of whom Slack does not say who it is, try after try, is undescribed: else one member for whom
        Slack fails for ever would stop their channel for good. Raises ``SlackUnavailableError`` where it is
        to be tried again; then all of them were asked about.
        """
        if not members:
            return []
        listed: dict[MemberId, Person] = self._source.get_older(Wanted(About.PEOPLE))
        found = {member: listed.get(member) for member in members}  # one look: others forget people meanwhile
        people = [one for one in found.values() if one]
        others = sorted(member for member, one in found.items() if one is None)
        self._source.want(Wanted(About.PERSON, member) for member in others)
        failure = None
        for member in others:
            try:
                people.append(self._person(member, None))
                self._facts.has_answered(member)
            except (StoppingError, LockedOutError):
                raise
            except SlackUnavailableError as error:
                if error.reason in AWAY:
                    raise
                if not self._facts.fails_again(member):
                    failure = error
                people.append(undescribed(member))
        if failure:
            raise failure
        return people

    def _person_if_listed(self, member: MemberId) -> Person:
        """Return a person out of the list of all, or ask about this one alone."""
        listed = self._facts.people.known("") or {}
        return listed.get(member) or self._person(member, None)

    def _person(self, member: MemberId, within: timedelta | None) -> Person:
        found: Person = self._source.get(Wanted(About.PERSON, member), within)
        return found

    def _fresh(self, member: MemberId) -> Person | None:
        found: Person | None = self._facts.known(Wanted(About.PERSON, member), STANDING_FOR)
        return found

    def _standing(self, member: MemberId) -> Person:
        """Return what is known of a person, ``STANDING_FOR`` old at the most.

        Whoever comes alone is asked about alone. Where many come at once, the list of all serves those who
        come later, ``PEOPLE_FOR`` old at the most, and a newer one is asked for beside.
        """
        everybody = Wanted(About.PEOPLE)
        listed: dict[MemberId, Person] = self._facts.known(everybody, STANDING_FOR) or {}
        if known := listed.get(member):
            return known
        if self._facts.is_crowded() and self._fresh(member) is None:
            older: dict[MemberId, Person] = self._facts.known(everybody) or {}
            if known := older.get(member):
                self._facts.on_stale(everybody)
                return known
        return self._person(member, STANDING_FOR)


def asking_directory(client: WebClient, clock: Clock, organisation: Organisation) -> SlackDirectory:
    """Return a directory of its own, which asks through this client and forgets by this clock."""
    facts = Facts(clock, organisation)
    return SlackDirectory(facts, Asking(facts, client))
