"""Who is in a channel and who may configure, from Slack, remembered for a short while."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from slack_sdk import WebClient

from bot.core.model import ChannelId, MemberId
from bot.core.rounds import TRY_EVERY
from bot.errors import LockedOutError, SlackError, SlackUnavailableError, StoppingError
from bot.ports import ChannelInfo, Clock
from bot.slack.calls import call
from bot.slack.pace import wake_up
from bot.slack.person import Organisation, Person, is_described, person_of, undescribed
from bot.slack.remembered import Remembered

MEMBERS_FOR = timedelta(seconds=30)
"""How long the members of a channel are remembered: a change counts within a minute."""

STANDING_FOR = timedelta(seconds=30)
"""How old it may be what is known of a person who does something or is shown something."""

PEOPLE_FOR = timedelta(minutes=10)
"""How long people and channels are remembered, where nothing hangs on a single one of them."""

PAGE, PEOPLE_PAGE = 200, 1000
"""So many members or channels, and so many people, are asked for at once."""

TRIES_FOR_ONE = 5
"""So often, a minute apart, a channel waits for one member of whom Slack cannot say now who it is."""

AWAY = frozenset({"no_connection", "ratelimited"})
"""What tells of Slack as a whole, and not of the one who was asked about."""

CROWD = 20
"""Where so many people were asked about one by one within ``STANDING_FOR``, all are asked about at once."""

SHORT_LIST = 5 * PEOPLE_PAGE
"""In a workspace of more people than this they are asked about one by one all the same."""

FEW = 25
"""So many people are asked about one by one for the openings of one wake-up: at its pace, half a minute's."""

MOST_PAGES = 500
"""A list that goes on for longer does not end: half a million people, or 100,000 members of a channel."""

NOT_DESCRIBED = frozenset(
    {"user_not_found", "user_not_visible", "users_not_found", "team_access_not_granted", "user_is_restricted"}
)
"""Slack's reasons for not saying who somebody is."""


class SlackDirectory:
    """The Directory port over Slack's Web API."""

    def __init__(self, client: WebClient, clock: Clock, organisation: Organisation) -> None:
        """Ask through this client, forget by this clock, and count the people of this organisation."""
        self._client = client
        self._clock = clock
        self._organisation = organisation
        self._members = Remembered(self._ask_members, MEMBERS_FOR, clock)
        self._places = Remembered(self._ask_places, MEMBERS_FOR, clock)
        self._channels = Remembered(self._ask_channel, PEOPLE_FOR, clock)
        self._people = Remembered(self._ask_people, PEOPLE_FOR, clock)
        self._person = Remembered(self._ask_person, PEOPLE_FOR, clock)
        self._alone: deque[datetime] = deque(maxlen=FEW)
        self._listed = 0
        self._order = count(1)
        self._dropped: dict[MemberId, int] = {}
        self._failed: dict[MemberId, tuple[int, datetime]] = {}

    def channel(self, channel: ChannelId) -> ChannelInfo:
        """Return name and standing of a channel."""
        return self._channels.get(channel)

    def is_private(self, channel: ChannelId) -> bool:
        """Return whether only its members may know of a channel."""
        return self._channels.get(channel, STANDING_FOR).private

    def audience(self, channel: ChannelId) -> frozenset[MemberId]:
        """Return the own full members of a channel: no bots, no guests, nobody who has left."""
        return frozenset(person.id for person in self._everybody_in(channel) if person.counts)

    def audience_to_ask(self, channel: ChannelId) -> frozenset[MemberId]:
        """Return the own full members of a channel, ``STANDING_FOR`` ago at the most.

        Few are asked about one by one. Of more, one list of all serves every channel that opens meanwhile;
        in a workspace of more than ``SHORT_LIST`` people for half a minute for each page that it has.
        """
        members = self._members.get(channel, STANDING_FOR)
        people = self._people.known("", STANDING_FOR) or {}
        asked = sum(one not in people and not self._person.known(one, STANDING_FOR) for one in members)
        if asked and not self._asks_alone_of(asked):
            people = self._people.get("", self._list_for)
        found = (people.get(one) or self._person.get(one, STANDING_FOR) for one in members)
        return frozenset(person.id for person in found if person.counts)

    def is_shared(self, channel: ChannelId) -> bool:
        """Return whether somebody of another company is in a channel."""
        known = self._channels.known(channel)  # not asked for: five hundred channels may be due at once
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
        return member in self._members.get(channel) and self.counts(member)

    def channels_of(self, member: MemberId) -> frozenset[ChannelId]:
        """Return the channels that this member is in, as far as the bot may know."""
        return self._places.get(member) if self.counts(member) else frozenset()

    def people(self, channel: ChannelId) -> Mapping[MemberId, frozenset[str]]:
        """Return everybody of the workspace, and of this channel, with all names and handles of each."""
        listed = self._people.get("")
        here = self._described(self._members_if_known(channel))
        return {one.id: one.names for one in (*listed.values(), *here) if one.described}

    def is_admin(self, member: MemberId) -> bool:
        """Return whether this is an admin or owner of the own workspace, half a minute ago at the most."""
        return self._standing(member).admin

    def zone(self, member: MemberId) -> str:
        """Return the member's IANA time zone."""
        return self._known(member).zone

    def forget(self, channel: ChannelId) -> None:
        """Ask Slack anew about this channel from now on."""
        self._channels.forget(channel)
        self._members.forget(channel)

    def forget_member(self, member: MemberId) -> None:
        """Ask Slack anew about this person from now on, also where a list of all people is under way."""
        self._dropped[member] = next(self._order)
        self._person.forget(member)
        self._places.forget(member)
        if everybody := self._people.known(""):
            everybody.pop(member, None)

    def _members_if_known(self, channel: ChannelId) -> frozenset[MemberId]:
        """Return who is in a channel; nobody, where the bot is in it no more."""
        try:
            return self._members.get(channel)
        except SlackUnavailableError:
            raise
        except SlackError:
            return frozenset()

    def hear_of(self, user: dict[str, Any]) -> None:
        """Forget somebody of whom Slack tells a change, unless it is a change of nothing that counts.

        Slack tells of every new status and picture, too. What it tells is not kept: it may come late.
        """
        told = person_of(user, self._organisation)
        everybody = self._people.known("") or {}
        known = [one for one in (everybody.get(told.id), self._person.known(told.id)) if one]
        if not known or any(one != told for one in known):
            self.forget_member(told.id)

    def _everybody_in(self, channel: ChannelId) -> Sequence[Person]:
        return self._described(self._members.get(channel))

    def _described(self, members: Iterable[MemberId]) -> Sequence[Person]:
        """Return these people. One of whom Slack does not say who it is, try after try, is undescribed.

        Else one member for whom Slack fails for ever would stop their channel for good. Raises
        ``SlackUnavailableError`` where it is to be tried again; then all of them were asked about.
        """
        people, failure = [], None
        for member in members:
            try:
                people.append(self._known(member))
                self._failed.pop(member, None)
            except (StoppingError, LockedOutError):
                raise
            except SlackUnavailableError as error:
                if error.reason in AWAY:
                    raise
                if not self._fails_again(member):
                    failure = error
                people.append(undescribed(member))
        if failure:
            raise failure
        return people

    def _fails_again(self, member: MemberId) -> bool:
        """Return whether Slack has failed for one member so often that nobody waits for them any more."""
        now = self._clock()
        tries, last = self._failed.get(member, (0, now - TRY_EVERY))
        if not last <= now < last + TRY_EVERY:
            tries, last = tries + 1, now
        self._failed[member] = (tries, last)
        return tries >= TRIES_FOR_ONE

    def _known(self, member: MemberId) -> Person:
        return self._people.get("").get(member) or self._person.get(member)

    def _standing(self, member: MemberId) -> Person:
        """Return what is known of a person, ``STANDING_FOR`` old at the most.

        Whoever comes alone is asked about alone. Where many come at once, one list serves all who wait.
        """
        everybody = self._people.known("", STANDING_FOR)
        if everybody is None and self._is_crowded():
            everybody = self._people.get("", STANDING_FOR)
        found = everybody.get(member) if everybody else None
        return found or self._person.get(member, STANDING_FOR)

    def _is_crowded(self) -> bool:
        rush = self._asked_alone_since(self._clock() - STANDING_FOR) >= CROWD
        return rush and self._listed <= SHORT_LIST

    def _asks_alone_of(self, count: int) -> bool:
        """Return whether a round that opens asks about so many people one by one, not about all at once."""
        if self._listed <= SHORT_LIST and count > self._pages_of_people:
            return False
        since, work = self._clock() - STANDING_FOR, wake_up()
        return self._asked_alone_since(min(since, work.since) if work else since) + count <= FEW

    def _asked_alone_since(self, moment: datetime) -> int:
        return sum(asked > moment for asked in tuple(self._alone))

    @property
    def _pages_of_people(self) -> int:
        return -(-self._listed // PEOPLE_PAGE)

    @property
    def _list_for(self) -> timedelta:
        """Return how old the list of all people may be where a round opens."""
        if self._listed <= SHORT_LIST:
            return STANDING_FOR
        return min(PEOPLE_FOR, self._pages_of_people * STANDING_FOR)

    def _ask_members(self, channel: ChannelId) -> frozenset[MemberId]:
        pages = self._pages(self._client.conversations_members, "members", channel=channel)
        return frozenset(MemberId(str(member)) for member in pages)

    def _ask_places(self, member: MemberId) -> frozenset[ChannelId]:
        ask = self._client.users_conversations
        pages = self._pages(ask, "channels", user=member, types="public_channel,private_channel")
        return frozenset(ChannelId(str(channel["id"])) for channel in pages)

    def _ask_people(self, _: str) -> dict[MemberId, Person]:
        begun = next(self._order)
        pages = self._pages(self._client.users_list, "members", PEOPLE_PAGE, include_locale=True)
        people = [person_of(user, self._organisation) for user in pages if is_described(user)]
        self._listed = len(people)
        return {person.id: person for person in people if self._dropped.get(person.id, 0) < begun}

    def _ask_person(self, member: MemberId) -> Person:
        self._alone.append(self._clock())
        begun = next(self._order)
        try:
            user: Any = call(self._client.users_info, user=member, include_locale=True).get("user")
            person = person_of(user, self._organisation) if is_described(user) else undescribed(member)
        except SlackUnavailableError:
            raise
        except SlackError as error:
            if error.reason not in NOT_DESCRIBED:
                raise
            person = undescribed(member)
        everybody = self._people.known("")
        if everybody is not None and self._dropped.get(member, 0) < begun:
            everybody[member] = person
        return person

    def _ask_channel(self, channel: ChannelId) -> ChannelInfo:
        found = call(self._client.conversations_info, channel=channel)["channel"]
        return ChannelInfo(
            id=channel,
            name=str(found.get("name", "")),
            private=bool(found.get("is_private")),
            archived=bool(found.get("is_archived")),
            joined=bool(found.get("is_member")),
            shared=bool(found.get("is_ext_shared")),
            creator=MemberId(str(found["creator"])) if found.get("creator") else None,
        )

    def _pages(
        self, method: Callable[..., Any], field: str, limit: int = PAGE, **arguments: Any
    ) -> Iterator[Any]:
        cursor = ""
        for _ in range(MOST_PAGES):
            answer = call(method, limit=limit, **arguments, **({"cursor": cursor} if cursor else {}))
            yield from answer.get(field) or ()
            before, cursor = cursor, (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return
            if cursor == before:
                break
        raise SlackUnavailableError("no_sense", "A list of Slack's does not come to an end.")
