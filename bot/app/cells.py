"""The cells that a process serves: which there are, which are open, and for which a request is."""

import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import date
from threading import Lock
from time import monotonic, sleep
from types import MappingProxyType
from typing import NamedTuple

from bot.app.departures import delete_removed
from bot.app.ending import PATIENCE_S
from bot.app.hooks import Hooks
from bot.app.hosted_cell import HostedCell
from bot.app.process import Process
from bot.config import cell_dir, list_cells
from bot.core.cells import CellKey, shard_of
from bot.errors import BotError
from bot.ports.installations import LeftWorkspace
from bot.slack.install.installation import BotInstallation
from bot.slack.install.routing import Source
from bot.store.failures import too_many_error

log = logging.getLogger(__name__)

ROOM_S = 2.0
"""How long the opening of a cell waits until another one can be closed: the click of a member waits, too."""

PAUSE_S = 0.02

CLOSED_AT_ONCE = 16
"""Cells closed at once at the end: each waits for the disk."""

CLOSING_S = 2.0
"""How long that may take: a stop must end within five seconds."""

REQUESTS_S = 4.0
"""How long the closing of a shard waits for its requests: by then Slack has given them up."""


class Limits(NamedTuple):
    """How many cells may be open at once, and the shards whose cells are served (None: every cell)."""

    most_open: int
    shards: Collection[int] | None = None


class Cells:
    """The cells with an installation, by key. Safe for threads."""

    def __init__(self, process: Process, hooks: Hooks, limits: Limits) -> None:
        """Serve cells within these limits; the shards may become more and fewer."""
        self._process = process
        self._hooks = hooks
        self._most_open = limits.most_open
        self._lock = Lock()
        self._room = Lock()
        self._deleting = Lock()  # held while the directory of one cell is deleted
        self._shards = None if limits.shards is None else set(limits.shards)
        self._stored: tuple[tuple[BotInstallation, ...], tuple[LeftWorkspace, ...]] = ((), ())
        self._opening: set[CellKey] = set()
        self._cells: Mapping[CellKey, HostedCell] = MappingProxyType({})
        self._leaving: dict[CellKey, HostedCell] = {}
        self._by_team: Mapping[str, BotInstallation] = MappingProxyType({})
        self._by_organisation: Mapping[str, CellKey] = MappingProxyType({})
        self._told: dict[CellKey, str] = {}

    def all(self) -> Collection[HostedCell]:
        """Return the cells that are served."""
        return self._cells.values()

    def installations(self) -> Collection[BotInstallation]:
        """Return all that are stored, also those of cells that are not served here."""
        return self._stored[0]

    def serves(self, key: CellKey) -> bool:
        """Return whether a cell of this key would be served here."""
        return self._shards is None or shard_of(key) in self._shards

    def find(self, source: Source) -> HostedCell | None:
        """Return the cell for a request; None where ``key_of`` names none that is served here."""
        key = self.key_of(source)
        return self._cells.get(key) if key else None

    def key_of(self, source: Source) -> CellKey | None:
        """Return the key of the cell for a request; None where Slack means no installation that is stored.

        A workspace that has joined or left an organisation since it was installed is in the wrong cell until
        it is installed again, so a request that names another organisation is for no cell. Where Slack names
        none, as in forms of another workspace, the workspace decides.
        """
        own = self._by_team.get(source.workspace)
        if own and source.organisation in {"", own.enterprise_id}:
            return own.cell
        return self._by_organisation.get(source.organisation)

    def replace(self, installations: Iterable[BotInstallation], left: Iterable[LeftWorkspace] = ()) -> None:
        """Serve the cells of these installations, and no others. What fails in one is logged.

        ``left``: the workspaces that have left a cell in which their rounds are to end.
        """
        with self._lock:
            self._stored = (tuple(installations), tuple(left))
            self._arrange()
        self._close_leaving()

    def open_shard(self, shard: int) -> None:
        """Serve the cells of a shard, too; its storage is locked for this process."""
        assert self._shards is not None, "only where cells are in shards"
        with self._lock:
            self._shards.add(shard)
            self._arrange()

    def close_shard(
        self,
        shard: int,
        has_requests: Callable[[HostedCell], bool],
        pause: Callable[[float], object] = sleep,
    ) -> tuple[HostedCell, ...]:
        """Let nothing begin in a shard, wait for what is under way in it, and close all its files.

        Return its cells; none of them opens a file any more. ``has_requests``: whether requests of a cell are
        under way; they can end first, and what follows them.
        """
        assert self._shards is not None, "only where cells are in shards"
        with self._lock:
            self._shards.discard(shard)
            self._arrange()
            cells = tuple(cell for key, cell in self._leaving.items() if shard_of(key) == shard)
        with self._deleting:
            pass  # what is being deleted is gone; nothing begins
        deadline_s = monotonic() + REQUESTS_S
        while any(cell.has_tasks or has_requests(cell) for cell in cells) and monotonic() < deadline_s:
            pause(PAUSE_S)
        for cell in cells:
            cell.stop()
        until_s = monotonic() + PATIENCE_S
        while left := [cell for cell in cells if not cell.close()]:
            if monotonic() >= until_s:
                for cell in left:
                    cell.stop_calls()  # requests for this shard wait for its next owner
            pause(PAUSE_S)
        with self._lock:
            for cell in cells:
                self._leaving.pop(cell.key, None)
        return cells

    def _arrange(self) -> None:
        """Serve what is stored, in the shards that are served. Call it with the lock."""
        every, left = self._stored
        by_cell: dict[CellKey, list[BotInstallation]] = {}
        for one in every:
            if self.serves(one.cell):
                by_cell.setdefault(one.cell, []).append(one)
        teams_left: dict[CellKey, set[str]] = {}
        for key, team in left:
            if not self.serves(key):
                continue
            if key in by_cell or cell_dir(self._process.config, key).is_dir():
                by_cell.setdefault(key, [])
                teams_left.setdefault(key, set()).add(team)
        before = self._cells
        cells = {key: self._known(key) for key in by_cell}
        self._leaving |= {key: cell for key, cell in before.items() if key not in cells}
        for key, cell in cells.items():
            try:
                cell.replace_installations(by_cell[key], frozenset(teams_left.get(key, ())))
            except BotError as error:
                log.error("workspace not served", extra={"cell": key, "code": error.code})  # noqa: TRY400 - the code says enough
        self._by_team = {one.team_id: one for one in every if not one.is_enterprise_install}
        self._by_organisation = {one.enterprise_id: one.cell for one in every if one.is_enterprise_install}
        self._cells = MappingProxyType(cells)

    def _known(self, key: CellKey) -> HostedCell:
        """Return the cell that is or was served, since its directory may still be locked; else a new one."""
        if known := self._cells.get(key) or self._leaving.pop(key, None):
            return known
        new = HostedCell(key, self._process, self._hooks)
        self._hooks.begin(new)
        return new

    def make_room(self, cell: HostedCell, pause: Callable[[float], object] = sleep) -> None:
        """Close the cells that were used longest ago, until another one can be opened.

        Raises ``StoreError`` where none could be closed in time.
        """
        if cell.is_open:
            return
        deadline_s = monotonic() + ROOM_S
        while not self._has_room(cell):
            if monotonic() >= deadline_s:
                raise too_many_error(cell.folder)
            pause(PAUSE_S)

    def opened(self, cell: HostedCell) -> None:
        """Note that a cell is open now, or could not be opened."""
        with self._room:
            self._opening.discard(cell.key)

    def _has_room(self, cell: HostedCell) -> bool:
        with self._room:
            if len(self.all()) + len(self._leaving) <= self._most_open:  # all of them can be open at once
                self._opening.add(cell.key)
                return True
            others = (one for one in (*self.all(), *tuple(self._leaving.values())) if one is not cell)
            opened = [one for one in others if one.is_open]
            being_opened = len(self._opening - {cell.key} - {one.key for one in opened})
            room = self._most_open - len(opened) - being_opened
            for other in sorted(opened, key=lambda one: one.last_used_s):
                if room > 0:
                    break
                room += other.rest(idle_s=0)
            if room > 0:
                self._opening.add(cell.key)
            return room > 0

    def close_idle(self) -> None:
        """Close the files of cells that nobody uses, and of those that a command waits for."""
        self._close_leaving()
        ended = []
        for cell in tuple(self.all()):
            if (cell.is_open or cell.yields) and cell.look_for_commands():
                ended.append(cell)
            elif cell.is_open:
                cell.rest()
        if ended:
            self._hooks.reread()  # a command may have deleted or moved it
        for cell in ended:
            if self._cells.get(cell.key) is cell:
                cell.take_back()

    def _close_leaving(self) -> None:
        for key, cell in tuple(self._leaving.items()):
            if cell.close():
                with self._lock:
                    if self._leaving.get(key) is cell:
                        del self._leaving[key]
                        cell.stop()  # a request that still waits for it must not open it again

    def close(self) -> None:
        """Close all, as far as there is time: to the next start, one left open is one of a killed process."""
        pool = ThreadPoolExecutor(CLOSED_AT_ONCE, thread_name_prefix="closing")
        closing = [pool.submit(cell.close) for cell in (*self.all(), *tuple(self._leaving.values()))]
        wait(closing, CLOSING_S)
        pool.shutdown(wait=False, cancel_futures=True)
        for ended in closing:
            if ended.done() and not ended.cancelled():
                ended.result()

    def delete_removed(self, today: date) -> None:
        """Delete the directories of cells that were uninstalled long ago. It is logged once what fails."""
        try:
            keys = (
                set(list_cells(self._process.config, self._shards))
                - self._cells.keys()
                - self._leaving.keys()
            )
        except BotError:
            return  # it is tried again
        for key in keys:
            try:
                with self._deleting:
                    if self.serves(key):
                        delete_removed(cell_dir(self._process.config, key), today)
            except BotError as error:
                if self._told.get(key) != error.code:
                    log.error("workspace not deleted", extra={"cell": key, "code": error.code})  # noqa: TRY400 - the code says enough
                self._told[key] = error.code
            else:
                self._told.pop(key, None)
