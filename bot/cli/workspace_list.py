"""List many workspaces: names, key, since when, next times, size, and what is wrong. No count of anything."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from rich.table import Table
from rich.text import Text

from bot.app import system_clock
from bot.app.layouts import unfinished
from bot.cli.installation import is_running
from bot.cli.installations import BotInstallation, cells_elsewhere, installations_of
from bot.cli.schedule_tables import Upcoming, schedule_entries, time_of, upcoming, upcoming_data
from bot.config import (
    Config,
    WorkspaceFile,
    cell_config,
    cell_dir,
    list_cells,
    read_workspace_file,
)
from bot.core.cells import KEPT_AFTER_REMOVAL, CellKey
from bot.core.check_rules import SCOPES
from bot.errors import BotError, StoreError
from bot.store.backup import check_layout
from bot.store.cell_files import size_of
from bot.store.failures import store_error
from bot.store.lock import check_directory, is_held

NEXT_SHOWN = 2
_UNITS = ("B", "kB", "MB", "GB")


@dataclass(kw_only=True)
class Listed:
    """A cell as it is listed. ``troubles``: sentences; ``since``: the first installation that it knows."""

    key: CellKey
    name: str = ""
    since: date | None = None
    removed: date | None = None
    coming: tuple[Upcoming, ...] = ()
    size: int = 0
    troubles: list[str] = field(default_factory=list)


def list_workspaces(config: Config) -> tuple[Listed, ...]:
    """Return every cell on the disk, and every one that has an installation; sorted by name.

    Raises ``BotError`` where the installations cannot be read.
    """
    installed: dict[CellKey, list[BotInstallation]] = {}
    for one in installations_of(config):
        installed.setdefault(one.cell, []).append(one)
    runs, there = is_running(config), list_cells(config)
    found = [_listed(config, key, installed.get(key, []), runs=runs) for key in there]
    missing = sorted(installed.keys() - set(there))
    elsewhere = cells_elsewhere(config, missing)
    found += [_lost(key, installed[key], elsewhere=key in elsewhere) for key in missing]
    for key, words in _unfinished(config).items():
        place = next((one for one in found if one.key == key), None)
        if place is None:
            found.append(place := Listed(key=key))
        place.troubles.append(words)
    return tuple(sorted(found, key=lambda one: (one.name.casefold(), one.key)))


def listed_data(one: Listed) -> dict[str, Any]:
    """Return a cell as data: dates and times in ISO 8601, the size in bytes."""
    deleted_on = one.removed + KEPT_AFTER_REMOVAL if one.removed else None
    return {
        "workspace": one.key,
        "name": one.name,
        "since": one.since.isoformat() if one.since else None,
        "removed": one.removed.isoformat() if one.removed else None,
        "deleted_on": deleted_on.isoformat() if deleted_on else None,
        "next": [upcoming_data(prompt) for prompt in one.coming],
        "bytes": one.size,
        "trouble": list(one.troubles),
    }


def workspaces_table(found: tuple[Listed, ...]) -> Table:
    """Return a table of the cells."""
    table = Table(title="1 workspace" if len(found) == 1 else f"{len(found)} workspaces")
    for heading in ("Name", "Key", "Since", "Next", "Size", "Trouble"):
        table.add_column(heading, overflow="fold", justify="right" if heading == "Size" else "left")
    for one in found:
        coming = "\n".join(f"{at:%Y-%m-%d %H:%M}" for at, _ in one.coming) or "none"
        table.add_row(
            Text(one.name or "not known"),
            one.key,
            one.since.isoformat() if one.since else "not known",
            coming,
            _size(one.size),
            Text("\n".join(one.troubles), style="yellow"),
        )
    return table


def _size(count: int) -> str:
    amount = float(count)
    for unit in _UNITS[:-1]:
        if amount < 1000:  # noqa: PLR2004 - kilo
            return f"{amount:.0f} {unit}"
        amount /= 1000
    return f"{amount:.1f} {_UNITS[-1]}"


def _listed(config: Config, key: CellKey, installed: list[BotInstallation], *, runs: bool) -> Listed:
    folder = cell_dir(config, key)
    one = Listed(key=key, size=size_of(folder))
    try:
        _put_facts(one, read_workspace_file(folder))
    except BotError as problem:
        one.troubles.append(problem.message)
    one.name = one.name or ", ".join(each.name for each in installed if each.name)
    one.troubles += _troubles(config, one, installed, runs=runs)
    try:
        cell = cell_config(config, key)
        now = time_of(cell, system_clock()).now
        if not one.removed or installed:
            one.coming = upcoming(schedule_entries(cell, now), now, NEXT_SHOWN)
    except (BotError, OSError) as problem:
        said = problem if isinstance(problem, BotError) else store_error(folder, problem)
        one.troubles.append(said.message)
    return one


def _put_facts(one: Listed, facts: WorkspaceFile | None) -> None:
    if facts is None:
        return
    one.name = facts.organisation or ", ".join(each.name or each.id for each in facts.workspaces)
    one.since = min((each.since for each in facts.workspaces), default=None)
    one.removed = facts.removed
    if facts.key != one.key:
        one.troubles.append(f"workspace.yaml is of {facts.key}.")


def _troubles(config: Config, one: Listed, installed: list[BotInstallation], *, runs: bool) -> Iterator[str]:
    folder = cell_dir(config, one.key)
    with suppress(OSError):
        try:
            check_directory(folder)
        except BotError as problem:
            yield problem.message
    path = folder / "belonging.db"
    if path.exists():
        try:
            if check_layout(path) and not runs:
                yield "Its data are of an older version: the next start migrates them."
        except StoreError as problem:
            yield problem.message
    if is_held(folder) and not runs:
        yield "Another program has its files open."
    yield from _of_installations(one, installed)


def _of_installations(one: Listed, installed: list[BotInstallation]) -> Iterator[str]:
    if one.removed:
        yield f"Removed on {one.removed}, and deleted on {one.removed + KEPT_AFTER_REMOVAL}."
    elif not installed:
        yield "No installation: nothing is asked, and nobody can reply."
    for each in installed:
        if each.trouble:
            yield each.trouble.message
        missing = sorted(SCOPES.keys() - each.scopes)
        if missing:
            yield f"Scopes are missing: {', '.join(missing)}. Install the bot again there."


def _lost(key: CellKey, installed: list[BotInstallation], *, elsewhere: bool) -> Listed:
    """Return a cell with an installation and no directory, as after the loss of a disk.

    ``elsewhere``: it lies on the storage of another worker of the cluster.
    """
    one = Listed(key=key, name=", ".join(each.name for each in installed if each.name))
    if elsewhere:
        one.troubles.append("It lies on the storage of another worker: list it there.")
    else:
        one.troubles.append("It has an installation and no directory: restore a backup, or install it again.")
    return one


def _unfinished(config: Config) -> Mapping[CellKey, str]:
    """Return a sentence for each cell that a command was moving or deleting when it was killed."""
    return {
        CellKey(key): f"A command was killed: repeat belonging workspaces {verb} {key}."
        for key, verb in unfinished(config)
        if verb != "bring"
    }
