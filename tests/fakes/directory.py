"""A directory whose channels and people are dictionaries."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bot.core.model import ChannelId, MemberId
from bot.errors import LockedOutError, SlackError, SlackUnavailableError
from bot.ports import ChannelInfo


@dataclass(slots=True)
class FakeDirectory:
    """Channels and people in dictionaries; ``down`` makes every question fail as when Slack is unreachable,
    ``locked_out`` as when it refuses the token.

    The name of a person is the id in lower case, or the entry in ``called``. Everybody is a full member of
    the own company, except ``guests`` (which may include people who have left), ``foreign`` (of other
    companies) and ``unknown`` (Slack gives no description). ``workspace``: people in no channel. ``gone``:
    people whom Slack does not know any more.
    """

    members: dict[ChannelId, frozenset[MemberId]] = field(default_factory=dict)
    admins: set[MemberId] = field(default_factory=set)
    guests: set[MemberId] = field(default_factory=set)
    foreign: set[MemberId] = field(default_factory=set)
    unknown: set[MemberId] = field(default_factory=set)
    zones: dict[MemberId, str] = field(default_factory=dict)
    speaks: dict[MemberId, str] = field(default_factory=dict)
    called: dict[MemberId, frozenset[str]] = field(default_factory=dict)
    archived: set[ChannelId] = field(default_factory=set)
    left: set[ChannelId] = field(default_factory=set)
    private: set[ChannelId] = field(default_factory=set)
    renamed: dict[ChannelId, str] = field(default_factory=dict)
    creators: dict[ChannelId, MemberId] = field(default_factory=dict)
    workspace: set[MemberId] = field(default_factory=set)
    gone: set[MemberId] = field(default_factory=set)
    forgotten: list[ChannelId] = field(default_factory=list)
    down: bool = False
    locked_out: bool = False
    sees_all: bool = True

    def channel(self, channel: ChannelId) -> ChannelInfo:
        people = self._members_of(channel)
        return ChannelInfo(
            id=channel,
            name=self.renamed.get(channel, channel.lower()),
            private=channel in self.private or channel.startswith("G"),
            archived=channel in self.archived,
            joined=channel not in self.left,
            shared=bool(people & self.foreign),
            creator=self.creators.get(channel),
        )

    def is_private(self, channel: ChannelId) -> bool:
        return self.channel(channel).private

    def audience(self, channel: ChannelId) -> frozenset[MemberId]:
        return self._members_of(channel) - self._others()

    def audience_to_ask(self, channel: ChannelId) -> frozenset[MemberId]:
        return self.audience(channel)

    def is_shared(self, channel: ChannelId) -> bool:
        return bool(self._members_of(channel) & self.foreign)

    def undescribed(self, channel: ChannelId) -> frozenset[MemberId]:
        return self._members_of(channel) & self.unknown

    def counts(self, member: MemberId) -> bool:
        self._ask()
        return member not in self._others()

    def is_member(self, channel: ChannelId, member: MemberId) -> bool:
        return member in self.audience(channel)

    def channels_of(self, member: MemberId) -> frozenset[ChannelId]:
        self._ask()
        if member in self._others():
            return frozenset()
        return frozenset(channel for channel, members in self.members.items() if member in members)

    def names(self, channel: ChannelId) -> frozenset[str]:
        people = self._members_of(channel) - self.unknown
        return frozenset(name for member in people for name in {member.lower(), *self.called.get(member, ())})

    def people(self, channel: ChannelId) -> Mapping[MemberId, frozenset[str]]:
        self._ask()
        everybody = frozenset[MemberId]().union(*self.members.values(), self.workspace) - self.gone
        return {one: frozenset({one.lower(), *self.called.get(one, ())}) for one in everybody}

    def describes(self, member: MemberId) -> bool:
        self._ask()
        return member not in self.unknown

    def is_admin(self, member: MemberId, channel: ChannelId | None = None) -> bool:
        self._ask()
        return member in self.admins - self._others()

    def forget(self, channel: ChannelId) -> None:
        self.forgotten.append(channel)

    def forget_member(self, member: MemberId) -> None:
        """Do nothing: nothing is cached."""

    def zone(self, member: MemberId) -> str:
        self._ask()
        return self.zones.get(member, "UTC")

    def locale(self, member: MemberId) -> str:
        self._ask()
        return self.speaks.get(member, "")

    def locales(self, channel: ChannelId) -> tuple[str, ...]:
        return tuple(sorted(found for one in self.audience(channel) if (found := self.speaks.get(one, ""))))

    def _others(self) -> set[MemberId]:
        return self.guests | self.foreign | self.unknown

    def _members_of(self, channel: ChannelId) -> frozenset[MemberId]:
        self._ask()
        if channel not in self.members:
            raise SlackError("channel_not_found")
        return self.members[channel]

    def _ask(self) -> None:
        if self.locked_out:
            raise LockedOutError("token_revoked")
        if self.down:
            raise SlackUnavailableError("no_connection")


def people(count: int, *, start: int = 1) -> frozenset[MemberId]:
    """Return this many members, ``U01`` onward."""
    return members_called(f"U{number:02}" for number in range(start, start + count))


def members_called(ids: Iterable[str]) -> frozenset[MemberId]:
    """Return these ids as members."""
    return frozenset(MemberId(member) for member in ids)
