"""One cell among many: its files are open while they are needed, and its next time is known in memory."""

import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum
from functools import partial
from threading import Lock
from time import monotonic
from typing import Any, Protocol, cast

from bot.app.cell import Cell, Files, Owner, Surroundings, open_files, services_of
from bot.app.process import Process
from bot.app.unreachable import UnreachableSlack
from bot.app.workspace import Workspace, open_workspace
from bot.config import Config, cell_config, cell_dir, read_workspace_file
from bot.core.cells import CellKey, next_slot
from bot.core.model import WorkspaceId
from bot.errors import AlreadyRunningError, BotError
from bot.ports import Directory, Messenger, Timer
from bot.service.run_due import next_look
from bot.service.without_slack import scrub_due
from bot.slack.client.rate_limits import RateLimiter
from bot.slack.context import ListenerContext
from bot.slack.install.installation import BotInstallation
from bot.slack.install.routing import Source
from bot.slack.organisation.directory import OrganisationDirectory
from bot.slack.organisation.messenger import OrganisationMessenger
from bot.slack.organisation.workspaces import ServedWorkspaces
from bot.store.lock import InstanceLock, hold_count, is_wanted, prepare

log = logging.getLogger(__name__)

RETRY = timedelta(minutes=1)
"""How soon a cell is looked at again in which something is left to do, or that could not be opened."""

LOOK_EVERY = timedelta(hours=1)
"""How often a cell is looked at in which nothing is due: for channels, expired data and the daily proof."""

IDLE_S = 60.0
"""Seconds after which the files of a cell that nobody uses are closed."""


@dataclass(slots=True, kw_only=True)
class Built:
    """What is in memory of a cell whose files were opened once. ``contexts``: by the workspace's id."""

    cell: Cell
    files: Files
    limiter: RateLimiter
    opened: ExitStack
    workspaces: dict[str, Workspace] = field(default_factory=dict)
    contexts: dict[str, ListenerContext] = field(default_factory=dict)


class Doubt(IntEnum):
    """Whether the bot may have been uninstalled from a workspace of a cell.

    ``AT_START``: while the process did not run. ``TOLD``: Slack has sent an event.
    """

    NONE = 0
    AT_START = 1
    TOLD = 2


class Hooks(Protocol):
    """What the host does for its cells."""

    def make_room(self, cell: "HostedCell") -> None:
        """Close idle cells where too many are open. Raises ``BotError`` where no file can be opened."""

    def wake(self, cell: "HostedCell") -> None:
        """Look as soon as possible what is due in a cell; return at once."""

    def doubt(self, cell: "HostedCell") -> None:
        """Find out soon whether the bot was uninstalled, as an event says; return at once."""

    def rearm(self, cell: "HostedCell") -> None:
        """Note that the next time of a cell is earlier than it was."""

    def before_look(self, cell: "HostedCell") -> None:
        """End what belongs to workspaces that have uninstalled the bot."""

    def note_workspace(self, cell: "HostedCell", team: str) -> None:
        """Store that this workspace of an organization is served."""


class HostedCell:
    """A cell that one process serves together with others. Safe for threads.

    Its files are open between ``acquire`` and ``release``, and for a while after; then it holds the lock of
    its directory, too. ``next_at``: when to look what is due in it (UTC). ``trouble``: a code that says why
    it could not be opened; empty if it could. ``is_known``: whether it was ever opened.
    """

    def __init__(self, key: CellKey, process: Process, hooks: "Hooks") -> None:
        """Open nothing yet; it is due at once."""
        self.key = key
        self.folder = cell_dir(process.config, key)
        self.installations: tuple[BotInstallation, ...] = ()
        self.next_at = process.clock.now()
        self.trouble = ""
        self.is_known = False
        self.last_used_s = monotonic()
        self.doubt = Doubt.AT_START
        self._process = process
        self._hooks = hooks
        self._lock = Lock()
        self._using = 0
        self._instance: InstanceLock | None = None
        self._held_before = 0
        self._built: Built | None = None

    @property
    def is_open(self) -> bool:
        """Whether its files may be open, and its lock is held."""
        return self._instance is not None

    def try_acquire(self) -> bool:
        """Begin to use it if it is open, without waiting; return whether it is."""
        if not self._lock.acquire(blocking=False):
            return False
        try:
            if self._instance is None:
                return False
            self._using += 1
            return True
        finally:
            self._lock.release()

    def acquire(self) -> None:
        """Begin to use it; open it where it is not. Call ``release`` afterwards.

        Raises ``BotError`` where it cannot be opened; the others go on.
        """
        self._hooks.make_room(self)
        with self._lock:
            if self._instance is None:
                self._open()
            self._using += 1

    def release(self) -> None:
        """End a use."""
        with self._lock:
            self._using -= 1
            self.last_used_s = monotonic()

    @contextmanager
    def used(self) -> Iterator[Built]:
        """Use it inside the block. Raises ``BotError`` as ``acquire`` does."""
        self.acquire()
        try:
            yield self.built
        finally:
            self.release()

    @property
    def built(self) -> Built:
        """What is in memory of it. Only while it is used."""
        assert self._built is not None
        return self._built

    async def context_of(self, source: Source) -> tuple[Workspace, ListenerContext] | None:
        """Return the workspace of a request with the context of its listeners, if it is served.

        Call it in the loop, while the cell is used. Where a whole organization has installed the bot, its
        workspaces are served from their first request on. A request that names none of them is handled in
        one that is served: somebody of another company may have clicked.
        """
        built = self.built
        known = (one for one in (*source.perhaps, *built.workspaces) if one in built.workspaces)
        team = source.workspace or next(known, "")
        if team not in built.workspaces:
            wide = next((one for one in self.installations if one.is_enterprise_install), None)
            if wide is None or not team:
                return None
            await self._serve(built, wide, team)
            self._hooks.note_workspace(self, team)
        return built.workspaces[team], built.contexts[team]

    def rest(self, *, idle_s: float = IDLE_S) -> bool:
        """Close its files and give up its lock if nobody has used it for so long.

        Return whether it is closed. What is in memory stays, such as receipts of members.
        """
        with self._lock:
            built = self._built
            if self._instance is None:
                return True
            if self._using or not built or not self._is_idle(built, idle_s):
                return False
            closed = [built.files.store.close_idle(), built.files.boxes.close_idle()]
            if not all([*closed, built.files.audiences.close_idle()]):
                return False
            self._give_up_lock()
            return True

    def is_wanted(self) -> bool:
        """Return whether a command waits for its directory."""
        return is_wanted(self.folder)

    def look(self) -> None:
        """Do what is due in it, and note when to look again. A failure is logged, and it is tried again."""
        now = self._process.clock.now()
        self.next_at = now + RETRY
        with self.used() as built:
            if built.workspaces:
                self._hooks.before_look(self)
            if built.workspaces:  # none is left once the last one was uninstalled
                built.cell.run_due()
            else:
                scrub_due(built.cell.services)
            self.next_at = self._next(built)

    def _next(self, built: Built) -> datetime:
        services, now = built.cell.services, self._process.clock.now()
        times = [next_slot(now, LOOK_EVERY, self.key)]
        if due := next_look(services, now, RETRY):
            times.append(due)
        if (soonest_s := built.limiter.soonest_s()) is not None:
            times.append(now + timedelta(seconds=soonest_s))
        if built.cell.has_more_channels() or self.doubt is Doubt.TOLD:
            times.append(now + RETRY)
        return min(times)

    def stop(self) -> None:
        """Let nothing begin in it any more, and give up waiting."""
        if built := self._built:
            built.limiter.stop()
            built.files.stop_waiting()

    def stop_calls(self) -> None:
        """Give up every call to Slack."""
        for workspace in tuple(self._built.workspaces.values()) if self._built else ():
            workspace.stop_calls(self._process)

    def close(self) -> None:
        """Close everything. Nobody may use it any more."""
        with self._lock:
            self._discard()
            self._give_up_lock()

    def replace_installations(self, installations: Collection[BotInstallation]) -> None:
        """Serve it with these installations from now on. Call it outside the loop."""
        with self._lock:
            before, self.installations = self.installations, tuple(installations)
            built = self._built
            if built is None or before == self.installations:
                return
            wanted = self._wanted()
            gone = [one for team, one in built.workspaces.items() if wanted.get(team) != one.installation]
            for workspace in gone:
                del built.workspaces[workspace.team], built.contexts[workspace.team]
            for team, installation in wanted.items():
                if team not in built.workspaces:
                    self._process.loop.run(self._serve(built, installation, team))
        for workspace in gone:
            workspace.stop_calls(self._process)
            self._process.loop.finish(workspace.close())

    def _wanted(self) -> Mapping[str, BotInstallation]:
        """Return the installation for each workspace to serve: its own before that of its organization."""
        own = {one.team_id: one for one in self.installations if not one.is_enterprise_install}
        wide = next((one for one in self.installations if one.is_enterprise_install), None)
        facts = read_workspace_file(self.folder) if wide else None
        teams = [one.id for one in facts.workspaces] if facts else []
        usable = {team: wide for team in teams if wide} | own
        return {team: one for team, one in usable.items() if not one.trouble}

    def _open(self) -> None:
        """Open it: lock its directory, and build what is in memory of it, unless that is there."""
        try:
            self._open_or_fail()
        except BotError as error:
            if error.code != self.trouble:
                log.error("workspace not opened", extra={"code": error.code})  # noqa: TRY400 - the code says enough
            self.trouble = error.code
            raise
        self.trouble, self.is_known = "", True

    def _open_or_fail(self) -> None:
        if is_wanted(self.folder):
            raise AlreadyRunningError("A command is working on this workspace now.")
        config = cell_config(self._process.config, self.key)
        prepare(config.data_dir, config.ballots_dir, config.keys_dir)
        with ExitStack() as locked:
            instance = locked.enter_context(InstanceLock(self.folder))
            count = hold_count(self.folder)
            if self._built and count != self._held_before:
                self._discard()  # a command has worked on these files
            self._held_before = count
            if self._built is None:
                self._built = self._build(config)
            locked.pop_all()
        self._instance = instance

    def _build(self, config: Config) -> Built:
        process = self._process
        facts = read_workspace_file(self.folder)
        first = facts.workspaces[0].id if facts and facts.workspaces else self.key
        workspaces = dict[str, Workspace]()
        directory, messenger = self._ports_over(workspaces)
        clock = process.clock.over_other_data()
        around = Surroundings(
            messenger=messenger,
            directory=directory,
            timer=cast(Timer, self),
            clock=clock,
            languages=process.languages,
            packs=process.packs,
        )
        with ExitStack() as opened:
            files = open_files(config, clock, opened, process.threads.commits.share(self.key))
            owner = Owner(workspace=WorkspaceId(first), organisation=self.key)
            limiter = process.new_limiter()
            services = services_of(config, files, owner, around)
            cell = Cell(config, services, owner.workspace, process.prover, limiter, proving=process.proving)
            cell.recover()
            built = Built(
                cell=cell, files=files, limiter=limiter, opened=opened.pop_all(), workspaces=workspaces
            )
        for team, installation in self._wanted().items():
            process.loop.run(self._serve(built, installation, team))
        return built

    def _ports_over(self, workspaces: Mapping[str, Workspace]) -> tuple[Directory, Messenger]:
        """Return what the bot asks and tells by itself: one workspace, or several of an organization."""
        if self.key.startswith("E"):
            served = ServedWorkspaces(lambda: tuple(workspaces.values()), self._process.clock.now)
            return OrganisationDirectory(served), OrganisationMessenger(served)

        def current(port: str) -> object:
            return next((getattr(one, port) for one in workspaces.values()), UnreachableSlack())

        directory, messenger = Current(partial(current, "directory")), Current(partial(current, "messenger"))
        return cast(Directory, directory), cast(Messenger, messenger)

    async def _serve(self, built: Built, installation: BotInstallation, team: str) -> None:
        """Serve a workspace from now on."""
        workspace = open_workspace(self._process, self.key, installation, team)
        built.contexts[team] = workspace.context_over(
            built.cell, run_due=partial(self._hooks.wake, self), end_all=lambda _: self._hooks.doubt(self)
        )
        built.workspaces[team] = workspace

    def arm(self, times: Sequence[datetime]) -> None:
        """Look what is due at the first of these times, if not before (the Timer port)."""
        if times and times[0] < self.next_at:
            self.next_at = times[0]
            self._hooks.rearm(self)

    def _is_idle(self, built: Built, idle_s: float) -> bool:
        """Return whether nothing runs in it, and nobody has used it for so long."""
        busy = any(not one.session.workers.is_idle for one in tuple(built.workspaces.values()))
        return not busy and not built.cell.is_proving and monotonic() - self.last_used_s >= idle_s

    def _discard(self) -> None:
        """Forget what is in memory, and close the files."""
        built, self._built = self._built, None
        if built is None:
            return
        built.limiter.stop()
        for workspace in built.workspaces.values():
            workspace.stop_calls(self._process)
            self._process.loop.finish(workspace.close())
        built.cell.daily_proof.wait()
        built.opened.close()

    def _give_up_lock(self) -> None:
        instance, self._instance = self._instance, None
        if instance:
            instance.__exit__(None, None, None)


class Current:
    """A port whose object may be replaced while the bot runs."""

    def __init__(self, find: Callable[[], object]) -> None:
        """Ask ``find`` each time for the object."""
        self._find = find

    def __getattr__(self, name: str) -> Any:
        """Return an attribute of the present object."""
        return getattr(self._find(), name)
