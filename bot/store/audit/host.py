"""Look at the directory of a host of many workspaces for ``belonging proof``: its files, and other cells."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bot.core.audit import Neighbours
from bot.core.cells import CELLS_DIR, SHARDS_DIR, WORKERS_DIR, parse_cell_key

_FOLDERS = frozenset({CELLS_DIR, SHARDS_DIR, WORKERS_DIR})
"""What may lie in the directory of a host, and is no file."""

_ID = re.compile(rb"^- id: ([ET][A-Z0-9]{2,30})\s*$", re.MULTILINE)
"""A workspace in a ``workspace.yaml``, as the bot writes it."""


@dataclass(frozen=True, slots=True)
class HostPlaces:
    """The directory of a host, and that of one of its cells.

    Of a cluster, only the cells of the same shard are looked at: other workers own the others.
    """

    directory: Path
    cell: Path

    @property
    def in_shard(self) -> bool:
        """Return whether the cell lies in a shard of a cluster."""
        return self.cell.parent.parent == self.directory / SHARDS_DIR

    @property
    def cells(self) -> tuple[Path, ...]:
        """Return the directories of all cells, or of those of the same shard, by name."""
        inside = self.cell.parent if self.in_shard else self.directory / CELLS_DIR
        return tuple(path for path in _entries(inside) if path.is_dir() and _is_key(path.name))

    @property
    def not_looked_at(self) -> tuple[Path, ...]:
        """Return the directories of the other shards."""
        shards = _entries(self.directory / SHARDS_DIR) if self.in_shard else ()
        return tuple(path for path in shards if path != self.cell.parent)

    @property
    def files(self) -> tuple[Path, ...]:
        """Return what lies in the directory of the host itself, those of cells and workers included."""
        return tuple(path for path in _entries(self.directory) if path.is_file() or path.name in _FOLDERS)

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
            in_shard=self.in_shard,
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
