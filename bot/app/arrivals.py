"""Make or take up the directory of a workspace that has installed the bot."""

import re
import shutil
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time
from functools import partial
from pathlib import Path
from threading import Lock

from bot.config import (
    Config,
    InstalledWorkspace,
    WorkspaceFile,
    cell_config,
    cell_dir,
    list_cells,
    read_workspace_file,
    write_workspace_file,
)
from bot.config.cells import FACTS
from bot.core.audiences import KEPT_FOR
from bot.core.cells import CellKey
from bot.errors import ConfigError, StoppingError
from bot.ports import Store
from bot.slack.install.installation import BotInstallation
from bot.store.failures import store_error
from bot.store.lock import prepare

Arrives = Callable[[str, CellKey], bool]
"""Notes that a workspace is in a cell now, and returns whether it was ever in another one.

Raises ``BotError``.
"""

WRITING = Lock()
"""Held while the facts of a cell are read and written."""


def note_installation(
    config: Config, installation: BotInstallation, today: date, arrives: Arrives | None = None
) -> bool:
    """Make the directory of the cell, and store the workspace in it; one that was uninstalled is taken up.

    Return whether ``rest_after_arrival`` has something to do. ``arrives``: without it, the facts of all cells
    are read. Raises ``BotError`` where that cannot be written.
    """
    with WRITING:
        return _note(config, installation, today, arrives)


def _note(config: Config, installation: BotInstallation, today: date, arrives: Arrives | None) -> bool:
    key, folder = installation.cell, cell_dir(config, installation.cell)
    places = cell_config(config, key)
    prepare(places.data_dir, places.ballots_dir, places.keys_dir)
    facts = read_workspace_file(folder) or WorkspaceFile(key=key)
    if _was_elsewhere(key, facts, installation.team_id, arrives or partial(_is_in_facts, config)):
        facts = replace(facts, arrived=today)
    facts = replace(facts, removed=None)
    if installation.is_enterprise_install:
        facts = replace(facts, organisation=installation.name)
    _write(folder, _with(facts, installation.holder, installation.name, today))
    return bool(facts.arrived and today <= facts.arrived + KEPT_FOR)


def is_noted(config: Config, installation: BotInstallation) -> bool:
    """Return whether the workspace of an installation is stored in its cell. Raises ``BotError``."""
    facts = read_workspace_file(cell_dir(config, installation.cell))
    return facts is not None and installation.holder in _present(facts)


def prepare_cell(folder: Path, is_installed: Callable[[], bool]) -> None:
    """Make what is missing of the directory of a cell that is to be opened.

    A command that deletes or moves a cell deletes its tokens first, and then takes the directory away: that
    must not come back. Raises ``StoppingError`` then, and ``BotError`` where it cannot be made.
    """
    before = _inode(folder)
    if before is None and not is_installed():
        raise StoppingError
    prepare(folder, folder / "ballots", folder / "keys")
    if _inode(folder) != before and not is_installed():
        shutil.rmtree(folder, ignore_errors=True)
        raise StoppingError


def _inode(folder: Path) -> int | None:
    try:
        return folder.stat().st_ino
    except OSError:
        return None


def note_missing(
    config: Config,
    key: CellKey,
    installations: Iterable[BotInstallation],
    today: date,
    arrives: Arrives | None = None,
) -> None:
    """Store the workspaces of a cell that are not stored, as after a crash.

    Participation tokens are made under the id of the first workspace that came to an organisation. Without
    the facts nobody knows which that was, and people could reply twice: then an open round keeps the cell
    closed. Raises ``BotError``.
    """
    folder = cell_dir(config, key)
    facts = read_workspace_file(folder)
    if facts is None and key.startswith("E") and any((folder / "ballots").glob("*.db")):
        raise ConfigError(
            f"{folder / FACTS} is missing, and questions are open.",
            remedy=f"Restore it, or end them first: belonging cancel --all --workspace {key}",
        )
    noted = _present(facts) if facts else frozenset()
    for one in installations:
        if one.holder not in noted:
            note_installation(config, one, today, arrives)


def note_workspace(
    config: Config, key: CellKey, team: str, today: date, arrives: Arrives | None = None
) -> None:
    """Store a workspace of an organisation that has installed the bot as a whole. Raises ``BotError``."""
    folder = cell_dir(config, key)
    with WRITING:
        facts = read_workspace_file(folder) or WorkspaceFile(key=key)
        if team not in _present(facts):
            if _was_elsewhere(key, facts, team, arrives or partial(_is_in_facts, config)):
                facts = replace(facts, arrived=today)
            _write(folder, _with(facts, team, "", today))


def change_facts(folder: Path, change: Callable[[WorkspaceFile], WorkspaceFile]) -> None:
    """Change the facts of a cell, if it has any. Raises ``BotError``."""
    with WRITING:
        if (facts := read_workspace_file(folder)) and (changed := change(facts)) != facts:
            _write(folder, changed)


def rest_after_arrival(store: Store, folder: Path) -> None:
    """Let all statements rest for four weeks after a workspace has come from another cell.

    What its people were asked there is not known here, and results of the two could be subtracted. The day
    is stored before the first round with them, so after a crash the next opening does this. Raises
    ``BotError``.
    """
    facts = read_workspace_file(folder)
    if facts and facts.arrived:
        end_of_day = datetime.combine(facts.arrived, time.max, UTC)
        with store.transaction("arrived") as tx:
            tx.put_rest_until(end_of_day + KEPT_FOR)


def teams_to_serve(
    installations: Iterable[BotInstallation], folder: Path, left: Collection[str]
) -> Mapping[str, BotInstallation]:
    """Return the installation for each workspace to serve: its own before that of its organisation.

    ``left``: the workspaces that belong to another cell now. Raises ``BotError``.
    """
    all_ = tuple(installations)
    own = {one.team_id: one for one in all_ if not one.is_enterprise_install}
    wide = next((one for one in all_ if one.is_enterprise_install), None)
    facts = read_workspace_file(folder) if wide else None
    teams = [one for one in _present(facts) if one.startswith("T")] if facts else []
    usable = {team: wide for team in teams if wide and team not in left} | own
    return {team: one for team, one in usable.items() if not one.trouble}


def _was_elsewhere(key: CellKey, facts: WorkspaceFile, team: str, arrives: Arrives) -> bool:
    """Return whether a workspace that comes to a cell may have been asked something in another one.

    Also one that was uninstalled there before it came: its results may be in both. Raises ``BotError``.
    """
    if not team or (team in _present(facts) and not facts.removed):
        return False
    return arrives(team, key)


def _is_in_facts(config: Config, team: str, here: CellKey) -> bool:
    """Return whether the facts of a cell but this one name a workspace."""
    line = re.compile(rf"^- id: ['\"]?{re.escape(team)}['\"]?$", re.MULTILINE)
    return any(line.search(_text(cell_dir(config, one))) for one in list_cells(config) if one != here)


def _text(folder: Path) -> str:
    """Return the facts of a cell as they are written; there may be a thousand cells."""
    try:
        return (folder / FACTS).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise store_error(folder, error) from error


def _with(facts: WorkspaceFile, team: str, name: str, today: date) -> WorkspaceFile:
    """Return the facts with this workspace, at the end if it is new.

    The first id of a cell, of a workspace or of the whole organisation, is the one under which its
    participation tokens are made. So it must be there before the first round, and stay the first.
    """
    if team not in {one.id for one in facts.workspaces}:
        new = InstalledWorkspace(id=team, name=name, since=today)
        return replace(facts, workspaces=(*facts.workspaces, new))
    here = (_here(one, name, today) if one.id == team else one for one in facts.workspaces)
    return replace(facts, workspaces=tuple(here))


def _here(one: InstalledWorkspace, name: str, today: date) -> InstalledWorkspace:
    return replace(one, name=name or one.name, since=today if one.left else one.since, left=None)


def _present(facts: WorkspaceFile) -> frozenset[str]:
    return frozenset(one.id for one in facts.workspaces if not one.left)


def _write(folder: Path, facts: WorkspaceFile) -> None:
    try:
        write_workspace_file(folder, facts)
    except OSError as error:
        raise store_error(folder, error) from error
