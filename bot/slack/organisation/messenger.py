"""Post in the channels of several workspaces of one organisation, each through the bot of its workspace."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from bot.core.changes import ScheduleChange
from bot.core.language import Language
from bot.core.model import ChannelId, MemberId, MessageTs, Round
from bot.core.norms import Norm
from bot.core.posts import Trouble
from bot.core.release import Release, Result
from bot.core.schedule import Schedule
from bot.errors import LockedOutError, SlackError, SlackUnavailableError
from bot.ports import AdminNote, ChannelInfo, ChannelNote, Messenger
from bot.slack.organisation.workspaces import ServedWorkspace, ServedWorkspaces


class OrganisationMessenger:
    """The Messenger port over the workspaces of an organisation that are served now."""

    def __init__(self, workspaces: ServedWorkspaces) -> None:
        """Post through these workspaces."""
        self._workspaces = workspaces

    def announce(self, round_: Round, *, shared: bool = False) -> MessageTs:
        """Post the question of an open round, and return the message."""
        return self._workspaces.ask(round_.channel, lambda one: one.messenger.announce(round_, shared=shared))

    def retire(self, round_: Round) -> None:
        """Remove the reply buttons from what was posted of a round that takes no more replies."""
        self._workspaces.ask(round_.channel, lambda one: one.messenger.retire(round_))

    def post_summary(
        self, round_: Round, release: Release, earlier: Sequence[Result] = (), ledger: Sequence[Norm] = ()
    ) -> MessageTs:
        """Post the result of a round in its channel."""
        return self._workspaces.ask(
            round_.channel, lambda one: one.messenger.post_summary(round_, release, earlier, ledger)
        )

    def update_summary(
        self, round_: Round, release: Release, earlier: Sequence[Result] = (), ledger: Sequence[Norm] = ()
    ) -> None:
        """Replace the result in the posted summary."""
        self._workspaces.ask(
            round_.channel, lambda one: one.messenger.update_summary(round_, release, earlier, ledger)
        )

    def post_cycle(self, schedule: Schedule, results: Sequence[Result]) -> None:
        """Post the summary of a cycle, after which a schedule rests."""
        self._workspaces.ask(schedule.channel, lambda one: one.messenger.post_cycle(schedule, results))

    def ask_to_go_on(self, schedule: Schedule) -> None:
        """Ask a channel in which few reply whether the questions go on."""
        self._workspaces.ask(schedule.channel, lambda one: one.messenger.ask_to_go_on(schedule))

    def tell(self, round_: Round, note: ChannelNote) -> None:
        """Tell a channel what became of its round."""
        self._workspaces.ask(round_.channel, lambda one: one.messenger.tell(round_, note))

    def remind(self, round_: Round, *, shared: bool = False) -> MessageTs:
        """Remind the whole channel that a round closes soon, and return the message."""
        return self._workspaces.ask(round_.channel, lambda one: one.messenger.remind(round_, shared=shared))

    def introduce(self, channel: ChannelId, language: Language) -> None:
        """Post what the bot does in a channel."""
        self._workspaces.ask(channel, lambda one: one.messenger.introduce(channel, language))

    def tell_change(self, change: ScheduleChange, next_at: datetime | None) -> None:
        """Tell a channel in one line that its schedule was changed."""
        self._workspaces.ask(change.schedule.channel, lambda one: one.messenger.tell_change(change, next_at))

    def tell_admin(
        self, member: MemberId, note: AdminNote, channel: ChannelInfo, name_before: str, language: Language
    ) -> None:
        """Tell an admin, through a workspace that knows them."""
        self._tell(
            member, channel.id, lambda one: one.tell_admin(member, note, channel, name_before, language)
        )

    def tell_trouble(
        self, member: MemberId, trouble: Trouble, channel: ChannelId, language: Language
    ) -> None:
        """Tell an admin, in the same way, of a message that Slack refused or did not confirm."""
        self._tell(member, channel, lambda one: one.tell_trouble(member, trouble, channel, language))

    def _tell(self, member: MemberId, channel: ChannelId, send: Callable[[Messenger], None]) -> None:
        """Send a message to one person, once.

        Another workspace is tried only where Slack has refused the message for good, so that it is not there.
        """
        refusal: SlackError | None = None
        for workspace in self._that_describe(member, channel):
            try:
                send(workspace.messenger)
            except SlackUnavailableError:
                raise
            except SlackError as error:
                refusal = refusal or error
            else:
                return
        raise refusal or SlackError("user_not_found")

    def _that_describe(self, member: MemberId, channel: ChannelId) -> Iterator[ServedWorkspace]:
        """Yield the workspaces that describe a person, first that of the channel, then by id."""
        first = self._workspace_of(channel)
        for workspace in sorted(self._workspaces.all(), key=lambda one: one.team != first):
            try:
                describes = workspace.directory.describes(member)
            except LockedOutError:
                continue
            if describes:
                yield workspace

    def _workspace_of(self, channel: ChannelId) -> str:
        """Return the id of a channel's workspace; of one that is gone, the one that saw it last, or empty."""
        try:
            if channel:
                return self._workspaces.of(channel).team
        except LockedOutError:
            pass
        except SlackUnavailableError:
            raise
        except SlackError:
            pass
        last = self._workspaces.last_to_see(channel)
        return last.team if last else ""
