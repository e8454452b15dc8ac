"""Look at the directory of a host of many workspaces for ``belonging proof``: its files, and other cells."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bot.core.audit import Neighbours
from bot.core.cells import parse_cell_key

CELLS = "cells"

_ID = re.compile(rb"^- id: ([ET][A-Z0-9]{2,30})\s*$", re.MULTILINE)
"""A workspace in a ``workspace.yaml``, as the bot writes it."""


@dataclass(frozen=True, slots=True)
class HostPlaces:
    """The directory of a host, and that of one of its cells."""

    directory: Path
    cell: Path

    @property
    def cells(self) -> tuple[Path, ...]:
        """Return the directories of all cells, by name."""
        inside = self.directory / CELLS
        return tuple(path for path in _entries(inside) if path.is_dir() and _is_key(path.name))

    @property
    def files(self) -> tuple[Path, ...]:
        """Return what lies in the directory of the host itself, that of the cells included."""
        return tuple(path for path in _entries(self.directory) if path.is_file() or path.name == CELLS)

    def neighbours(self) -> Neighbours:
        """Return whose the other cells are."""
        own, others = frozenset({self.cell.name, *_workspaces(self.cell)}), dict[str, frozenset[str]]()
        for path in self.cells:
            if path.name != self.cell.name:
                others[path.name] = frozenset({path.name, *_workspaces(path)})
        return Neighbours(
            own=own,
            ids=frozenset().union(*others.values()) - own,
            shared=tuple(name for name, ids in others.items() if ids & own),
        )


def host_of(cell: Path, host_dir: Path | None) -> HostPlaces | None:
    """Return the places of a host; None where one workspace is served."""
    return HostPlaces(host_dir.absolute(), cell.absolute()) if host_dir else None


def _workspaces(cell: Path) -> Iterator[str]:
    with suppress(OSError):
        for found in _ID.findall((cell / "workspace.yaml").read_bytes()):
            yield found.decode()


def _entries(folder: Path) -> Iterator[Path]:
    with suppress(OSError):
        yield from sorted(folder.iterdir())


def _is_key(name: str) -> bool:
    with suppress(ValueError):
        return bool(parse_cell_key(name))
    return False
