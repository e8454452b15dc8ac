"""Ports to Slack: messages, and who is in which channel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from bot.core.changes import ScheduleChange
from bot.core.model import ChannelId, MemberId, MessageTs, Round
from bot.core.norms import Norm
from bot.core.posts import Trouble
from bot.core.release import Release
from bot.core.results import Result
from bot.core.schedule import Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelInfo:
    """What the bot may know about a channel. ``creator`` and ``shared`` are never stored.

    ``shared``: people of other companies are in it or may join (Slack Connect).
    """

    id: ChannelId
    name: str
    private: bool
    archived: bool
    joined: bool
    creator: MemberId | None = field(default=None, compare=False)
    shared: bool = field(default=False, compare=False)

    @property
    def in_reach(self) -> bool:
        """Whether the bot can post in it."""
        return self.joined and not self.archived


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownChannel:
    """A channel as the bot last saw it, and whether the bot has introduced itself there."""

    info: ChannelInfo
    introduced: bool = False


class ChannelNote(StrEnum):
    """Something that the bot tells a channel besides prompts and summaries."""

    KEY_LOST = "key_lost"
    CANCELLED = "cancelled"


class AdminNote(StrEnum):
    """What happened to a channel with a schedule, for an admin."""

    ARCHIVED = "archived"
    LEFT = "left"
    LEFT_UNSEEN = "left_unseen"
    BACK = "back"
    RENAMED = "renamed"
    NOW_PRIVATE = "now_private"
    NOW_PUBLIC = "now_public"


class Messenger(Protocol):
    """Posts to Slack. Called only after what it says is stored. Raises ``SlackError``.

    Two of its kinds matter: ``SlackUnavailableError`` means that nothing was posted and the same may be tried
    again; ``UncertainError`` means that it is unknown whether it was posted.
    """

    def announce(self, round_: Round, *, shared: bool = False) -> MessageTs:
        """Post the prompt of an open round, and return the timestamp of its message.

        ``shared``: people of other companies are in the channel; they are not asked.
        """

    def retire(self, round_: Round) -> None:
        """Remove the reply button from the announcement of a round that takes no more replies."""

    def post_summary(
        self, round_: Round, release: Release, earlier: Sequence[Result] = (), ledger: Sequence[Norm] = ()
    ) -> MessageTs:
        """Post the result of a round in its channel.

        ``earlier``: the results of the channel before it, newest first. ``ledger``: its norms after the
        round.
        """

    def update_summary(
        self, round_: Round, release: Release, earlier: Sequence[Result] = (), ledger: Sequence[Norm] = ()
    ) -> None:
        """Replace the result in the posted summary with this one. A missing message is no error."""

    def post_cycle(self, schedule: Schedule, results: Sequence[Result]) -> None:
        """Post the summary of a cycle, and that the schedule now rests. ``results``: newest first."""

    def ask_to_go_on(self, schedule: Schedule) -> None:
        """Ask a channel in which few people reply whether its questions should go on."""

    def tell(self, round_: Round, note: ChannelNote) -> None:
        """Tell a channel what happened to its round."""

    def remind(self, round_: Round, *, shared: bool = False) -> None:
        """Remind the whole channel, once, that a round closes soon. ``shared``: as in ``announce``."""

    def introduce(self, channel: ChannelId) -> None:
        """Post in a channel what the bot does there, how replies stay anonymous, and how to begin."""

    def tell_change(self, change: ScheduleChange, next_at: datetime | None) -> None:
        """Tell a channel in one line that its schedule was changed. ``next_at``: the next prompt (UTC)."""

    def tell_admin(self, member: MemberId, note: AdminNote, channel: ChannelInfo, name_before: str) -> None:
        """Tell one admin what happened to a channel with a schedule."""

    def tell_trouble(self, member: MemberId, trouble: Trouble, channel: ChannelId) -> None:
        """Tell one admin about a message to a channel that Slack refused or did not confirm."""


class Directory(Protocol):
    """Who is in a channel, and who may configure. Raises ``SlackError``.

    Answers about one person (``counts``, ``is_member``, ``is_admin``, ``channels_of``) are at most half a
    minute old, because they decide what this person may do and see.
    """

    def channel(self, channel: ChannelId) -> ChannelInfo:
        """Return the name and state of a channel.

        Raises ``SlackError`` with the reason ``channel_not_found`` if there is none.
        """

    def is_private(self, channel: ChannelId) -> bool:
        """Return whether only members may know about a channel. The answer is at most half a minute old."""

    def audience(self, channel: ChannelId) -> frozenset[MemberId]:
        """Return the people who may reply: full members of the own company, no bots and no guests."""

    def audience_to_ask(self, channel: ChannelId) -> frozenset[MemberId]:
        """Return the audience of a round that opens now, with facts that are at most half a minute old.

        In a large workspace, where Slack would need too long for that, the facts are as new as possible.
        """

    def is_shared(self, channel: ChannelId) -> bool:
        """Return whether somebody of another company is in a channel."""

    def undescribed(self, channel: ChannelId) -> frozenset[MemberId]:
        """Return the members of a channel whom Slack does not describe. They do not count."""

    def names(self, channel: ChannelId) -> frozenset[str]:
        """Return every name and handle of the people in a channel, to be redacted from quotes."""

    def people(self, channel: ChannelId) -> Mapping[MemberId, frozenset[str]]:
        """Return all names and handles of everybody in the workspace or in this channel.

        People who have left the workspace are included; people whom Slack no longer knows are not.
        """

    def counts(self, member: MemberId) -> bool:
        """Return whether this is a current full member of the own company."""

    def is_member(self, channel: ChannelId, member: MemberId) -> bool:
        """Return whether this member is in the audience of a channel now."""

    def channels_of(self, member: MemberId) -> frozenset[ChannelId]:
        """Return the channels in whose audience this member is, including channels without the bot.

        This takes one request.
        """

    def is_admin(self, member: MemberId) -> bool:
        """Return whether this is a full member of the own company and an admin or owner of the workspace."""

    def forget(self, channel: ChannelId) -> None:
        """Ask Slack again about this channel from now on, because something about it has changed."""

    def forget_member(self, member: MemberId) -> None:
        """Ask Slack again about this person from now on, because something about them has changed."""

    def zone(self, member: MemberId) -> str:
        """Return the IANA time zone of a member."""
