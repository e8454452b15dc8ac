"""The cells that a process serves: which there are, which are open, and for which a request is."""

import logging
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from datetime import date
from threading import Lock
from types import MappingProxyType

from bot.app.departures import delete_removed
from bot.app.hosted_cell import Hooks, HostedCell
from bot.app.process import Process
from bot.config import cell_dir, list_cells
from bot.core.cells import CellKey
from bot.errors import BotError
from bot.slack.install.installation import BotInstallation
from bot.slack.install.routing import Source

log = logging.getLogger(__name__)


class Cells:
    """The cells with an installation, by key. Safe for threads."""

    def __init__(self, process: Process, hooks: Hooks, most_open: int) -> None:
        """Keep the files of ``most_open`` cells open at once."""
        self._process = process
        self._hooks = hooks
        self._most_open = most_open
        self._lock = Lock()
        self._cells: Mapping[CellKey, HostedCell] = MappingProxyType({})
        self._by_team: Mapping[str, CellKey] = MappingProxyType({})
        self._by_organisation: Mapping[str, CellKey] = MappingProxyType({})

    def all(self) -> Collection[HostedCell]:
        """Return the cells that are served."""
        return self._cells.values()

    def find(self, source: Source) -> HostedCell | None:
        """Return the cell for a request; None where Slack means no installation that is stored."""
        key = self._by_team.get(source.workspace) or self._by_organisation.get(source.organisation)
        return self._cells.get(key) if key else None

    def replace(self, installations: Iterable[BotInstallation]) -> None:
        """Serve the cells of these installations, and no others."""
        by_cell: dict[CellKey, list[BotInstallation]] = {}
        for one in installations:
            by_cell.setdefault(one.cell, []).append(one)
        with self._lock:
            before = self._cells
            cells = {key: before.get(key) or HostedCell(key, self._process, self._hooks) for key in by_cell}
            for key, cell in cells.items():
                cell.replace_installations(by_cell[key])
            every = [one for several in by_cell.values() for one in several]
            self._by_team = {one.team_id: one.cell for one in every if not one.is_enterprise_install}
            self._by_organisation = {
                one.enterprise_id: one.cell for one in every if one.is_enterprise_install
            }
            self._cells = MappingProxyType(cells)
        for key in before.keys() - cells.keys():
            before[key].close()

    def make_room(self, cell: HostedCell) -> None:
        """Close the cells that were used longest ago, until another one can be opened."""
        if cell.is_open:
            return
        opened = sorted((one for one in self.all() if one.is_open), key=lambda one: one.last_used_s)
        for other in opened[: max(0, len(opened) + 1 - self._most_open)]:
            other.rest(idle_s=0)

    def close_idle(self) -> None:
        """Close the files of cells that nobody uses, and of those that a command waits for."""
        for cell in tuple(self.all()):
            if cell.is_open:
                cell.rest(idle_s=0) if cell.is_wanted() else cell.rest()

    def delete_removed(self, today: date) -> None:
        """Delete the directories of cells that were uninstalled long ago."""
        with suppress(BotError):  # it is tried again
            for key in set(list_cells(self._process.config)) - self._cells.keys():
                delete_removed(cell_dir(self._process.config, key), today)
