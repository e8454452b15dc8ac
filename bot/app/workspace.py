"""One workspace that has the bot: its token, what it says of its people, and the context of its listeners."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from slack_bolt.authorization import AuthorizeResult

from bot.app.cell import Cell
from bot.app.process import Process
from bot.core.cells import CellKey
from bot.ports import Directory, Messenger
from bot.slack.app import WorkspaceState, listener_context
from bot.slack.client.calls import web_client
from bot.slack.client.deadlines import limit_times
from bot.slack.client.stoppable import StoppableClient
from bot.slack.context import ListenerContext
from bot.slack.directory.cache import DirectoryCache
from bot.slack.directory.lookup import LiveSource, SlackDirectory
from bot.slack.directory.person import Organisation
from bot.slack.install.installation import BotInstallation
from bot.slack.messenger import SlackMessenger
from bot.slack.transport.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """A workspace that is served from its cell. ``team``: its id.

    ``client`` calls Slack for the bot itself, ``session`` for members.
    """

    team: str
    installation: BotInstallation
    cache: DirectoryCache = field(repr=False)
    client: StoppableClient = field(repr=False)
    session: Session = field(repr=False)
    directory: Directory = field(repr=False)
    messenger: Messenger = field(repr=False)

    @property
    def identity(self) -> AuthorizeResult:
        """Return the bot's identity here, as Bolt takes it."""
        found = self.installation
        return AuthorizeResult(
            enterprise_id=found.enterprise_id or None,
            team_id=self.team,
            bot_id=found.bot_id or None,
            bot_user_id=found.bot_user_id or None,
            bot_token=found.bot_token,
        )

    def context_over(
        self, cell: Cell, *, run_due: Callable[[], None], end_all: Callable[[str], None]
    ) -> ListenerContext:
        """Return what the listeners of this workspace need, over the data of its cell."""
        services = replace(cell.services, directory=self.directory, messenger=self.messenger)
        state = WorkspaceState(
            cache=self.cache,
            session=self.session,
            client=self.client,
            receipts=cell.receipts,
            remembered=cell.remembered,
            team=self.team,
            bot_user=self.installation.bot_user_id,
        )
        return listener_context(services, state, run_due=run_due, end_all=end_all)

    def stop_calls(self, process: Process) -> None:
        """Give up every call to Slack under way, and let none begin."""
        self.client.stop_calls()
        process.loop.call_soon(self.session.stop_calls)

    async def close(self) -> None:
        """Wait until everything of this workspace has ended."""
        await self.session.close()


def open_workspace(process: Process, key: CellKey, installation: BotInstallation, team: str) -> Workspace:
    """Return the workspace of this id, served with the token of this installation.

    ``team`` differs from the installation's where a whole organisation has installed the bot.
    """
    organisation = Organisation(
        team=team, enterprise=installation.enterprise_id, wide=installation.is_enterprise_install
    )
    cache = DirectoryCache(process.clock.now, organisation)
    client = web_client(installation.bot_token, process.route, time_call=process.clock.listen)
    pools = process.threads.pools_of(key)
    shares = bool(installation.enterprise_id)  # with other workspaces of the organisation
    return Workspace(
        team=team,
        installation=installation,
        cache=cache,
        client=client,
        session=Session.of(installation.bot_token, process.connections, cache, pools),
        directory=limit_times(SlackDirectory(cache, LiveSource(cache, client), sees_all=not shares)),
        messenger=SlackMessenger(client, process.languages),
    )
