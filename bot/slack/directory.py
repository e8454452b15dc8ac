"""Who is in a channel and who may configure, from Slack, remembered for a short while."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, Generic, TypeVar

from slack_sdk import WebClient

from bot.core.model import ChannelId, MemberId
from bot.errors import SlackError, SlackUnavailableError
from bot.ports import ChannelInfo, Clock
from bot.slack.calls import call
from bot.slack.pace import WakeUp, wake_up

Key = TypeVar("Key")
Value = TypeVar("Value")

MEMBERS_FOR = timedelta(seconds=30)
"""How long a channel's members, and who of them counts, are remembered: a change counts within a minute."""

PEOPLE_FOR = timedelta(minutes=10)
"""How long people and channels are remembered."""

PAGE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What the bot may know of a person; never stored."""

    id: MemberId
    counts: bool
    admin: bool
    zone: str
    names: frozenset[str] = field(repr=False)


class SlackDirectory:
    """The Directory port over Slack's Web API."""

    def __init__(self, client: WebClient, clock: Clock) -> None:
        """Ask through this client, and forget by this clock."""
        self._client = client
        self._members = Remembered(self._ask_members, MEMBERS_FOR, clock)
        self._audiences = Remembered(self._count, MEMBERS_FOR, clock)
        self._places = Remembered(self._ask_places, MEMBERS_FOR, clock)
        self._channels = Remembered(self._ask_channel, PEOPLE_FOR, clock)
        self._people = Remembered(self._ask_people, PEOPLE_FOR, clock)
        self._person = Remembered(self._ask_person, PEOPLE_FOR, clock)

    def channel(self, channel: ChannelId) -> ChannelInfo:
        """Name and standing of a channel."""
        return self._channels.get(channel)

    def audience(self, channel: ChannelId) -> frozenset[MemberId]:
        """The human full members of a channel: no bots, no guests, nobody who has left the workspace."""
        return self._audiences.get(channel)

    def channels_of(self, member: MemberId) -> frozenset[ChannelId]:
        """The channels that this member is in, where the bot may know it; none for a guest or a bot."""
        return self._places.get(member) if self._person.get(member).counts else frozenset()

    def names(self, channel: ChannelId) -> frozenset[str]:
        """Every name and handle of the people in a channel."""
        members = self._members.get(channel)
        return frozenset(name for member in members for name in self._known(member).names)

    def people(self, channel: ChannelId) -> Mapping[MemberId, frozenset[str]]:
        """Everybody of the workspace, and of this channel, with all names and handles of each."""
        found = dict(self._people.get(""))
        for member in self._members_if_known(channel) - found.keys():
            try:
                found[member] = self._person.get(member)
            except SlackUnavailableError:
                raise
            except SlackError:
                continue  # whoever is not found is not among them
        return {member: person.names for member, person in found.items()}

    def is_admin(self, member: MemberId) -> bool:
        """Whether this member is an admin or owner of the workspace."""
        return self._person.get(member).admin

    def forget(self, channel: ChannelId) -> None:
        """Ask Slack anew about this channel from now on."""
        for remembered in (self._channels, self._members, self._audiences):
            remembered.forget(channel)

    def zone(self, member: MemberId) -> str:
        """The member's IANA time zone."""
        return self._person.get(member).zone

    def _members_if_known(self, channel: ChannelId) -> frozenset[MemberId]:
        """Who is in a channel; nobody, where the bot is in it no more."""
        try:
            return self._members.get(channel)
        except SlackUnavailableError:
            raise
        except SlackError:
            return frozenset()

    def _count(self, channel: ChannelId) -> frozenset[MemberId]:
        return frozenset(member for member in self._members.get(channel) if self._known(member).counts)

    def _known(self, member: MemberId) -> Person:
        everybody = self._people.get("")
        return everybody.get(member) or self._person.get(member)

    def _ask_members(self, channel: ChannelId) -> frozenset[MemberId]:
        pages = self._pages(self._client.conversations_members, "members", channel=channel)
        return frozenset(MemberId(str(member)) for member in pages)

    def _ask_places(self, member: MemberId) -> frozenset[ChannelId]:
        ask = self._client.users_conversations
        pages = self._pages(ask, "channels", user=member, types="public_channel,private_channel")
        return frozenset(ChannelId(str(channel["id"])) for channel in pages)

    def _ask_people(self, _: str) -> dict[MemberId, Person]:
        people = (person_of(user) for user in self._pages(self._client.users_list, "members"))
        return {person.id: person for person in people}

    def _ask_person(self, member: MemberId) -> Person:
        return person_of(call(self._client.users_info, user=member)["user"])

    def _ask_channel(self, channel: ChannelId) -> ChannelInfo:
        found = call(self._client.conversations_info, channel=channel)["channel"]
        return ChannelInfo(
            id=channel,
            name=str(found.get("name", "")),
            private=bool(found.get("is_private")),
            archived=bool(found.get("is_archived")),
            joined=bool(found.get("is_member")),
            creator=MemberId(str(found["creator"])) if found.get("creator") else None,
        )

    def _pages(self, method: Callable[..., Any], field: str, **arguments: Any) -> Iterator[Any]:
        cursor = ""
        while True:
            answer = call(method, limit=PAGE, **arguments, **({"cursor": cursor} if cursor else {}))
            yield from answer.get(field) or ()
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return


class Remembered(Generic[Key, Value]):
    """Answers that are asked for once and remembered for a while; nothing is remembered of a failure.

    What was asked since the bot woke up by itself, counts until it has done all that is due: to compare 500
    channels with one another costs 500 questions (docs/adr/0014).
    """

    def __init__(self, ask: Callable[[Key], Value], keep_for: timedelta, clock: Clock) -> None:
        """Remember what ``ask`` returns for ``keep_for``."""
        self._ask = ask
        self._keep_for = keep_for
        self._clock = clock
        self._locks: defaultdict[tuple[Key, bool], Lock] = defaultdict(Lock)
        self._answers: dict[Key, tuple[datetime, Value]] = {}
        self._forgotten = 0

    def get(self, key: Key) -> Value:
        """The remembered answer, or a fresh one; callers who come together share one question.

        Members do not wait for a question that the bot asks by itself, at its pace: they ask beside it.
        """
        work = wake_up()
        with self._locks[key, work is None]:
            now = self._clock()
            known = self._answers.get(key)
            if known and self._holds(known[0], now, work):
                return known[1]
            forgotten, answer = self._forgotten, self._ask(key)
            if forgotten == self._forgotten:
                self._answers[key] = (now, answer)
            return answer

    def _holds(self, asked: datetime, now: datetime, work: WakeUp | None) -> bool:
        in_time = asked <= now < asked + self._keep_for
        return in_time or (work is not None and work.since <= asked <= now)

    def forget(self, key: Key) -> None:
        """Ask anew with the next call; what is being asked right now is not remembered."""
        self._forgotten += 1
        self._answers.pop(key, None)


def person_of(user: dict[str, Any]) -> Person:
    """The person whom Slack describes so."""
    profile = user.get("profile") or {}
    guest = bool(user.get("is_restricted") or user.get("is_ultra_restricted"))
    robot = bool(user.get("is_bot") or user.get("is_app_user") or user.get("id") == "USLACKBOT")
    stranger = bool(user.get("is_stranger"))
    fields = (
        *(user.get(key) for key in ("name", "real_name")),
        *(profile.get(key) for key in ("real_name", "display_name", "first_name", "last_name")),
    )
    return Person(
        id=MemberId(str(user["id"])),
        counts=not (guest or robot or stranger or user.get("deleted")),
        admin=bool(user.get("is_admin") or user.get("is_owner")),
        zone=str(user.get("tz") or "UTC"),
        names=frozenset(str(name) for name in fields if name),
    )
