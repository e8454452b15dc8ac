"""What is in memory of a cell: its services over open files, and the workspaces that are served from it."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

from bot.app.cell import Cell, Files, Owner, Surroundings, open_files, services_of
from bot.app.process import Process
from bot.app.unreachable import UnreachableSlack
from bot.app.workspace import Workspace, open_workspace
from bot.config import Config, read_workspace_file
from bot.core.cells import CellKey
from bot.core.model import WorkspaceId
from bot.ports import Directory, Messenger, Timer
from bot.slack.client.calls import web_client
from bot.slack.client.rate_limits import RateLimiter
from bot.slack.client.stoppable import StoppableClient
from bot.slack.context import ListenerContext
from bot.slack.install.installation import BotInstallation
from bot.slack.organisation.directory import OrganisationDirectory
from bot.slack.organisation.messenger import OrganisationMessenger
from bot.slack.organisation.workspaces import ServedWorkspaces

EndAll = Callable[[str], None]


@dataclass(slots=True, kw_only=True)
class Built:
    """A cell whose files were opened once. ``workspaces`` and ``contexts``: by the workspace's id.

    ``run_due`` and ``end_all``: what listeners call, as ``ListenerContext`` has them.
    """

    process: Process
    key: CellKey
    cell: Cell
    files: Files
    limiter: RateLimiter
    opened: ExitStack
    run_due: Callable[[], None]
    end_all: EndAll
    workspaces: dict[str, Workspace] = field(default_factory=dict)
    contexts: dict[str, ListenerContext] = field(default_factory=dict)
    clients: dict[str, StoppableClient] = field(default_factory=dict)

    @property
    def has_tasks(self) -> bool:
        """Whether something runs in it that nobody waits for, such as what follows an answer to a click."""
        return any(not one.session.workers.is_idle for one in tuple(self.workspaces.values()))

    @property
    def is_busy(self) -> bool:
        """Whether there are such tasks, or a proof is made."""
        return self.cell.is_proving or self.has_tasks

    def client_of(self, installation: BotInstallation) -> StoppableClient:
        """Return a client with the token of an installation, also of one that serves no workspace."""
        for workspace in tuple(self.workspaces.values()):
            if workspace.installation == installation:
                return workspace.client
        token, process = installation.bot_token, self.process
        client = web_client(token, process.route, time_call=process.clock.listen)
        return self.clients.setdefault(token, client)

    def reopen(self) -> None:
        """Open the application database again, if it was closed. Raises ``StoreError``."""
        with self.files.store.read("reopened") as tx:
            tx.fetch_newest_time()

    def serve(self, installation: BotInstallation, team: str) -> None:
        """Serve a workspace from now on."""
        workspace = open_workspace(self.process, self.key, installation, team)
        self.contexts[team] = workspace.context_over(self.cell, run_due=self.run_due, end_all=self.end_all)
        self.workspaces[team] = workspace

    def serve_only(self, wanted: Mapping[str, BotInstallation]) -> None:
        """Serve these workspaces with these installations, and no others. Call it outside the loop."""
        loop, served = self.process.loop, dict(self.workspaces)
        gone = [one for team, one in served.items() if wanted.get(team) != one.installation]
        for workspace in gone:
            del self.workspaces[workspace.team], self.contexts[workspace.team]
        for team, installation in wanted.items():
            if team not in self.workspaces:
                self.serve(installation, team)
        for workspace in gone:
            workspace.stop_calls(self.process)
            loop.finish(workspace.close())

    def stop(self) -> None:
        """Let nothing begin in it any more, and give up waiting."""
        self.limiter.stop()
        self.files.stop_waiting()
        self.cell.daily_proof.interrupt()

    def stop_calls(self) -> None:
        """Give up every call to Slack."""
        for client in tuple(self.clients.values()):
            client.stop_calls()
        for workspace in tuple(self.workspaces.values()):
            workspace.stop_calls(self.process)

    def close(self) -> None:
        """Wait until everything in it has ended, and close the files."""
        self.stop()
        self.stop_calls()
        for workspace in tuple(self.workspaces.values()):
            self.process.loop.finish(workspace.close())
        self.cell.daily_proof.wait()
        self.opened.close()


def build_cell(
    process: Process,
    key: CellKey,
    config: Config,
    timer: Timer,
    run_due: Callable[[], None],
    end_all: EndAll,
) -> Built:
    """Open the files of a cell, repair them, and return what it is served with; no workspace is served yet.

    ``config``: that of the cell. Raises ``BotError`` where it cannot be used.
    """
    facts = read_workspace_file(config.data_dir)
    first = facts.workspaces[0].id if facts and facts.workspaces else key
    owner = Owner(workspace=WorkspaceId(first), organisation=key)
    workspaces = dict[str, Workspace]()
    directory, messenger = _ports_over(workspaces, process, key)
    clock = process.clock.over_other_data()
    around = Surroundings(
        messenger=messenger,
        directory=directory,
        timer=timer,
        clock=clock,
        languages=process.languages,
        packs=process.packs,
        message=process.under_way.message if process.under_way else nullcontext,
    )
    with ExitStack() as opened:
        files = open_files(config, clock, opened, process.threads.commits.share(key))
        limiter = process.new_limiter()
        services = services_of(config, files, owner, around)
        cell = Cell(config, services, owner.workspace, process.prover, limiter, proving=process.proving)
        cell.recover()
        return Built(
            process=process,
            key=key,
            cell=cell,
            files=files,
            limiter=limiter,
            opened=opened.pop_all(),
            run_due=run_due,
            end_all=end_all,
            workspaces=workspaces,
        )


def _ports_over(
    workspaces: Mapping[str, Workspace], process: Process, key: CellKey
) -> tuple[Directory, Messenger]:
    """Return what the bot asks and tells by itself: one workspace, or several of an organisation."""
    if key.startswith("E"):
        served = ServedWorkspaces(lambda: tuple(workspaces.values()), process.clock.now)
        return OrganisationDirectory(served), OrganisationMessenger(served)

    def current(port: str) -> object:
        return next((getattr(one, port) for one in tuple(workspaces.values())), UnreachableSlack())

    directory, messenger = Current(partial(current, "directory")), Current(partial(current, "messenger"))
    return cast(Directory, directory), cast(Messenger, messenger)


class Current:
    """A port whose object may be replaced while the bot runs."""

    def __init__(self, find: Callable[[], object]) -> None:
        """Ask ``find`` each time for the object."""
        self._find = find

    def __getattr__(self, name: str) -> Any:
        """Return an attribute of the present object."""
        return getattr(self._find(), name)
