"""People and channels of several workspaces of one organisation, for what the bot does by itself.

What is asked about a channel is answered by the workspace that sees it. What is asked about a person grants
no more than a single workspace would:

- ``is_admin`` for a channel is what the channel's workspace says. Without a channel it takes all workspaces:
  an admin of one must not decide anything in another.
- ``counts`` takes all workspaces that describe the person: a guest in one of them is a guest.
- ``channels_of`` joins the channels of each workspace in which the person counts there.

Time zone and locale grant nothing: the first workspace that describes the person tells them.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from bot.core.model import ChannelId, MemberId
from bot.errors import LockedOutError, SlackError, SlackUnavailableError, StoppingError
from bot.ports import ChannelInfo, Directory
from bot.slack.organisation.workspaces import ServedWorkspaces

T = TypeVar("T")


class OrganisationDirectory:
    """The Directory port over the workspaces of an organisation that are served now."""

    sees_all = True

    def __init__(self, workspaces: ServedWorkspaces) -> None:
        """Ask these workspaces."""
        self._workspaces = workspaces

    def channel(self, channel: ChannelId) -> ChannelInfo:
        """Return a channel's name and state."""
        return self._of(channel, lambda one: one.channel(channel))

    def is_private(self, channel: ChannelId) -> bool:
        """Return whether a channel is private."""
        return self._of(channel, lambda one: one.is_private(channel))

    def audience(self, channel: ChannelId) -> frozenset[MemberId]:
        """Return the full members of the organisation in a channel, also those of another workspace."""
        return self._of(channel, lambda one: one.audience(channel))

    def audience_to_ask(self, channel: ChannelId) -> frozenset[MemberId]:
        """Return the same for a round that opens now."""
        return self._of(channel, lambda one: one.audience_to_ask(channel))

    def is_shared(self, channel: ChannelId) -> bool:
        """Return whether somebody of another company is in a channel; other workspaces are no companies."""
        return self._of(channel, lambda one: one.is_shared(channel))

    def undescribed(self, channel: ChannelId) -> frozenset[MemberId]:
        """Return the members of a channel whom Slack does not describe to its workspace."""
        return self._of(channel, lambda one: one.undescribed(channel))

    def names(self, channel: ChannelId) -> frozenset[str]:
        """Return every name and handle of the people in a channel."""
        return self._of(channel, lambda one: one.names(channel))

    def locales(self, channel: ChannelId) -> tuple[str, ...]:
        """Return the locales of a channel's audience, sorted."""
        return self._of(channel, lambda one: one.locales(channel))

    def is_member(self, channel: ChannelId, member: MemberId) -> bool:
        """Return whether this member is in the audience of a channel."""
        return self._of(channel, lambda one: one.is_member(channel, member))

    def people(self, channel: ChannelId) -> Mapping[MemberId, frozenset[str]]:
        """Return everybody of all workspaces and of this channel, with all names that one of them knows.

        Whoever was asked in a channel may be in another workspace by now.
        """
        everybody = defaultdict[MemberId, frozenset[str]](frozenset)
        for people in self._answers(lambda one: one.people(channel)):
            for member, names in people.items():
                everybody[member] |= names
        return dict(everybody)

    def describes(self, member: MemberId) -> bool:
        """Return whether one of the workspaces describes this person."""
        return any(self._answers(lambda one: one.describes(member)))

    def counts(self, member: MemberId) -> bool:
        """Return whether this is a full member in every workspace that describes them."""
        found = False
        for counts in self._answers(lambda one: one.counts(member) if one.describes(member) else None):
            if counts is False:
                return False
            found = found or counts is True
        return found

    def is_admin(self, member: MemberId, channel: ChannelId | None = None) -> bool:
        """Return whether this is an admin of the workspace of a channel; without one, of all workspaces.

        Of a channel that is gone, it is the workspace that saw it last.
        """
        if channel:
            try:
                return self._of(channel, lambda one: one.is_admin(member))
            except SlackUnavailableError:
                raise
            except SlackError:
                if last := self._workspaces.last_to_see(channel):
                    return last.directory.is_admin(member)
        return all(one.directory.is_admin(member) for one in self._workspaces.all())

    def channels_of(self, member: MemberId) -> frozenset[ChannelId]:
        """Return the channels of all workspaces in whose audience this member is."""
        return frozenset[ChannelId]().union(*self._answers(lambda one: one.channels_of(member)))

    def zone(self, member: MemberId) -> str:
        """Return the member's IANA time zone."""
        zones = self._answers(lambda one: one.zone(member) if one.describes(member) else None)
        return next((one for one in zones if one is not None), "UTC")

    def locale(self, member: MemberId) -> str:
        """Return the locale to which the member has set Slack."""
        locales = self._answers(lambda one: one.locale(member) if one.describes(member) else None)
        return next((one for one in locales if one is not None), "")

    def forget(self, channel: ChannelId) -> None:
        """Ask again about this channel, also which workspace sees it."""
        self._workspaces.forget(channel)

    def forget_member(self, member: MemberId) -> None:
        """Ask every workspace again about this person."""
        for workspace in self._workspaces.all():
            workspace.directory.forget_member(member)

    def _of(self, channel: ChannelId, question: Callable[[Directory], T]) -> T:
        return self._workspaces.ask(channel, lambda workspace: question(workspace.directory))

    def _answers(self, question: Callable[[Directory], T]) -> Iterator[T]:
        """Yield what each workspace answers.

        Raises ``SlackUnavailableError``, after the answers, where one could not be asked. One whose token
        Slack refuses counts as gone, unless no other answers.
        """
        failure: SlackUnavailableError | None = None
        locked_out: LockedOutError | None = None
        answered = False
        for workspace in self._workspaces.all():
            try:
                answer = question(workspace.directory)
            except StoppingError:
                raise
            except LockedOutError as error:
                locked_out = error
            except SlackUnavailableError as error:
                failure = failure or error
            else:
                answered = True
                yield answer
        if failure:
            raise failure
        if locked_out and not answered:
            raise locked_out
