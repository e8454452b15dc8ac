"""Slack, as the verbs need it: who is where, and speaking."""

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
    """What the bot may know of a channel. ``creator`` and ``shared`` are never stored.

    ``shared``: people of other companies are or may come in (Slack Connect).
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
        """Whether the bot can speak in it."""
        return self.joined and not self.archived


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownChannel:
    """A channel as the bot last saw it, and whether the bot has introduced itself there."""

    info: ChannelInfo
    introduced: bool = False


class ChannelNote(StrEnum):
    """Something the bot tells a channel besides prompts and summaries."""

    KEY_LOST = "key_lost"
    CANCELLED = "cancelled"


class AdminNote(StrEnum):
    """What has become of a channel with a schedule, for an admin to know."""

    ARCHIVED = "archived"
    LEFT = "left"
    LEFT_UNSEEN = "left_unseen"
    BACK = "back"
    RENAMED = "renamed"
    NOW_PRIVATE = "now_private"
    NOW_PUBLIC = "now_public"


class Messenger(Protocol):
    """Speaks in Slack. Called only after what it says is stored. Raises ``SlackError``.

    Of its kinds: ``SlackUnavailableError`` where nothing was said and the same may be tried again, and
    ``UncertainError`` where nobody knows whether it was said.
    """

    def announce(self, round_: Round, *, shared: bool = False) -> MessageTs:
        """Post the prompt of an open round, and return its message.

        ``shared``: with people of other companies, who are not asked.
        """

    def retire(self, round_: Round) -> None:
        """Take the reply button off the announcement of a round that takes no more replies."""

    def post_summary(
        self, round_: Round, release: Release, earlier: Sequence[Result] = (), ledger: Sequence[Norm] = ()
    ) -> MessageTs:
        """Post the result of a round in its channel.

        ``earlier``: the channel's before it, newest first; ``ledger``: its norms as the round left them.
        """

    def update_summary(
        self, round_: Round, release: Release, earlier: Sequence[Result] = (), ledger: Sequence[Norm] = ()
    ) -> None:
        """Put this result in place of the one in the posted summary; one that is not there is no error."""

    def post_cycle(self, schedule: Schedule, results: Sequence[Result]) -> None:
        """Say that a schedule rests after a cycle, and what the cycle says. ``results``: newest first."""

    def ask_to_go_on(self, schedule: Schedule) -> None:
        """Ask a channel in which few reply whether its questions shall go on."""

    def tell(self, round_: Round, note: ChannelNote) -> None:
        """Tell a channel what became of its round."""

    def remind(self, round_: Round, *, shared: bool = False) -> None:
        """Tell the channel, once and everybody alike, that a round closes soon. ``shared``: as above."""

    def introduce(self, channel: ChannelId) -> None:
        """Say in a channel what the bot does there, how replies stay anonymous, and how to begin."""

    def tell_change(self, change: ScheduleChange, next_at: datetime | None) -> None:
        """Tell a channel, in a line, that its schedule was changed. ``next_at``: the next prompt (UTC)."""

    def tell_admin(self, member: MemberId, note: AdminNote, channel: ChannelInfo, name_before: str) -> None:
        """Tell an admin, and nobody else, what has become of a channel with a schedule."""

    def tell_trouble(self, member: MemberId, trouble: Trouble, channel: ChannelId) -> None:
        """Tell an admin, and nobody else, of a message to a channel that Slack did not simply take."""


class Directory(Protocol):
    """Who is in a channel and who may configure. Raises ``SlackError``.

    Of one person (``counts``, ``is_member``, ``is_admin``, ``channels_of``) nothing is older than half a
    minute: by these it is decided what somebody may do and see.
    """

    def channel(self, channel: ChannelId) -> ChannelInfo:
        """Name and standing of a channel; ``SlackError`` with ``channel_not_found`` where there is none."""

    def is_private(self, channel: ChannelId) -> bool:
        """Whether only its members may know of a channel; not older than half a minute."""

    def audience(self, channel: ChannelId) -> frozenset[MemberId]:
        """The people who may reply: own full members in the channel, no bots, guests or other companies."""

    def audience_to_ask(self, channel: ChannelId) -> frozenset[MemberId]:
        """The audience of a round that opens now: of nobody in it anything is older than half a minute.

        Where Slack would need too long to tell it of everybody in a large workspace, as new as it can be.
        """

    def is_shared(self, channel: ChannelId) -> bool:
        """Whether somebody of another company is in a channel."""

    def undescribed(self, channel: ChannelId) -> frozenset[MemberId]:
        """The members of a channel whom Slack does not describe: they do not count, nor are named."""

    def names(self, channel: ChannelId) -> frozenset[str]:
        """Every name and handle of the people in a channel, to be taken out of quotes."""

    def people(self, channel: ChannelId) -> Mapping[MemberId, frozenset[str]]:
        """Everybody of the workspace, those who have left it included, with all names and handles of each.

        Besides, who is in this channel. Whoever Slack does not know any more is left out.
        """

    def counts(self, member: MemberId) -> bool:
        """Whether this is a full member of the own company who is still there."""

    def is_member(self, channel: ChannelId, member: MemberId) -> bool:
        """Whether this member is in the audience of a channel now."""

    def channels_of(self, member: MemberId) -> frozenset[ChannelId]:
        """The channels in whose audience this member is, asked in one question; also such without the bot."""

    def is_admin(self, member: MemberId) -> bool:
        """Whether this is an own full member and an admin or owner of the workspace."""

    def forget(self, channel: ChannelId) -> None:
        """Ask Slack anew about this channel from now on: something about it has changed."""

    def forget_member(self, member: MemberId) -> None:
        """Ask Slack anew about this person from now on: something about them has changed."""

    def zone(self, member: MemberId) -> str:
        """The member's IANA time zone."""
