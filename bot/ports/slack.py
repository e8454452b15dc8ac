"""Slack, as the use cases need it: who is in which channel, and posting."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from bot.core.changes import ScheduleChange
from bot.core.language import Language
from bot.core.model import ChannelId, MemberId, MessageTs, Round
from bot.core.norms import Norm
from bot.core.posts import Trouble
from bot.core.release import Release, Result
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
    def can_post(self) -> bool:
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
    """A change to a channel with a schedule that an admin is told.

    ``NOT_TRANSLATED``: a question lacked the channel's language, or one of its people.
    """

    ARCHIVED = "archived"
    LEFT = "left"
    LEFT_UNSEEN = "left_unseen"
    BACK = "back"
    RENAMED = "renamed"
    NOW_PRIVATE = "now_private"
    NOW_PUBLIC = "now_public"
    NOT_TRANSLATED = "not_translated"


class Messenger(Protocol):
    """Posts in Slack. Called only after what it posts is stored. Raises ``SlackError``.

    What is about a round or a schedule is in its language. ``language``: the language of the message.
    ``SlackUnavailableError`` is raised where nothing was posted and the same may be tried again, and
    ``UncertainError`` where nobody knows whether it was posted.
    """

    def announce(self, round_: Round, *, shared: bool = False) -> MessageTs:
        """Post the prompt of an open round, and return the timestamp of its message.

        ``shared``: people of other companies are in the channel; they are not asked.
        """

    def retire(self, round_: Round) -> None:
        """Remove the reply buttons from the messages of a round that takes no more replies.

        These are the announcement and the reminder. A message that is not there is no error.
        """

    def post_summary(
        self, round_: Round, release: Release, earlier: Sequence[Result] = (), ledger: Sequence[Norm] = ()
    ) -> MessageTs:
        """Post the result of a round in its channel.

        ``earlier``: the channel's results before it, newest first; ``ledger``: its norms as the round left
        them.
        """

    def update_summary(
        self, round_: Round, release: Release, earlier: Sequence[Result] = (), ledger: Sequence[Norm] = ()
    ) -> None:
        """Replace the result in the posted summary; a summary that is not there is no error."""

    def post_cycle(self, schedule: Schedule, results: Sequence[Result]) -> None:
        """Post that a schedule rests after a cycle, with the cycle's results. ``results``: newest first."""

    def ask_to_go_on(self, schedule: Schedule) -> None:
        """Ask a channel in which few people reply whether its questions should go on."""

    def tell(self, round_: Round, note: ChannelNote) -> None:
        """Tell a channel what happened to its round."""

    def remind(self, round_: Round, *, shared: bool = False) -> MessageTs:
        """Remind the whole channel, once, that a round closes soon, and return the timestamp of the message.

        ``shared``: as in ``announce``.
        """

    def introduce(self, channel: ChannelId, language: Language) -> None:
        """Post in a channel what the bot does there, how replies stay confidential, and how to begin."""

    def tell_change(self, change: ScheduleChange, next_at: datetime | None) -> None:
        """Tell a channel in one line that its schedule was changed. ``next_at``: the next prompt (UTC)."""

    def tell_admin(
        self, member: MemberId, note: AdminNote, channel: ChannelInfo, name_before: str, language: Language
    ) -> None:
        """Tell one admin what happened to a channel with a schedule."""

    def tell_trouble(
        self, member: MemberId, trouble: Trouble, channel: ChannelId, language: Language
    ) -> None:
        """Tell an admin, and nobody else, of a message to a channel that Slack did not accept."""


class Directory(Protocol):
    """Who is in a channel, and who may configure. Raises ``SlackError``.

    Facts about one person (``counts``, ``is_member``, ``is_admin``, ``channels_of``) are never older than 30
    seconds, because they decide what somebody may do and see.
    """

    @property
    def sees_all(self) -> bool:
        """Whether a channel that is not found is gone.

        False where other workspaces of the organisation share what is stored: one of them may see it.
        """

    def channel(self, channel: ChannelId) -> ChannelInfo:
        """Return name and state of a channel. Raises ``SlackError`` with ``channel_not_found``."""

    def is_private(self, channel: ChannelId) -> bool:
        """Return whether only its members may know of a channel; never older than 30 seconds."""

    def audience(self, channel: ChannelId) -> frozenset[MemberId]:
        """Return the people who may reply: own full members in the channel, no bots or guests."""

    def audience_to_ask(self, channel: ChannelId) -> frozenset[MemberId]:
        """Return the audience of a round that opens now; no fact about a person is older than 30 seconds.

        In a large workspace, where Slack would take too long to tell it of everybody, facts are as new as
        possible.
        """

    def is_shared(self, channel: ChannelId) -> bool:
        """Return whether somebody of another company is in a channel."""

    def undescribed(self, channel: ChannelId) -> frozenset[MemberId]:
        """Return the members of a channel whom Slack does not describe: they neither count nor have names."""

    def names(self, channel: ChannelId) -> frozenset[str]:
        """Return every name and handle of the people in a channel, to be removed from quotes."""

    def people(self, channel: ChannelId) -> Mapping[MemberId, frozenset[str]]:
        """Return everybody of the workspace, also those who have left it, with their names and handles.

        Members of this channel are included, too. People whom Slack does not know any more are left out.
        """

    def counts(self, member: MemberId) -> bool:
        """Return whether this is a full member of the own company who is still there."""

    def is_member(self, channel: ChannelId, member: MemberId) -> bool:
        """Return whether this member is in the audience of a channel now."""

    def channels_of(self, member: MemberId) -> frozenset[ChannelId]:
        """Return the channels in whose audience this member is, also those without the bot."""

    def describes(self, member: MemberId) -> bool:
        """Return whether Slack says who this is; of somebody whom it does not describe, nothing is known."""

    def is_admin(self, member: MemberId, channel: ChannelId | None = None) -> bool:
        """Return whether this is an own full member and an admin or owner of the workspace.

        ``channel``: of the workspace that sees this channel, where several share what is stored; without it,
        of all of them.
        """

    def forget(self, channel: ChannelId) -> None:
        """Ask Slack again about this channel from now on: something about it has changed."""

    def forget_member(self, member: MemberId) -> None:
        """Ask Slack again about this person from now on: something about them has changed."""

    def zone(self, member: MemberId) -> str:
        """Return the member's IANA time zone."""

    def locale(self, member: MemberId) -> str:
        """Return the locale to which the member has set Slack, such as ``de-DE``; empty if unknown."""

    def locales(self, channel: ChannelId) -> tuple[str, ...]:
        """Return the locales of a channel's audience, one for each person, sorted, without unknown ones."""
