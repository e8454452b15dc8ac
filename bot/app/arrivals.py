"""Make or take up the directory of a workspace that has installed the bot."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path

from bot.config import (
    Config,
    InstalledWorkspace,
    WorkspaceFile,
    cell_config,
    cell_dir,
    read_workspace_file,
    write_workspace_file,
)
from bot.core.cells import CellKey
from bot.slack.install.installation import BotInstallation
from bot.store.failures import store_error
from bot.store.lock import prepare


def note_installation(config: Config, installation: BotInstallation, today: date) -> None:
    """Make the directory of the cell, and store the workspace in it; one that was uninstalled is taken up.

    Raises ``BotError`` where that cannot be written.
    """
    key, folder = installation.cell, cell_dir(config, installation.cell)
    places = cell_config(config, key)
    prepare(places.data_dir, places.ballots_dir, places.keys_dir)
    facts = read_workspace_file(folder) or WorkspaceFile(key=key)
    facts = replace(facts, removed=None)
    if installation.is_enterprise_install:
        facts = replace(facts, organisation=installation.name)
    _write(folder, _with(facts, _id_of(installation), installation.name, today))


def note_missing(config: Config, key: CellKey, installations: Iterable[BotInstallation], today: date) -> None:
    """Store the workspaces of a cell that are not stored, as after a crash. Raises ``BotError``."""
    facts = read_workspace_file(cell_dir(config, key))
    noted = _ids(facts.workspaces) if facts else frozenset()
    for one in installations:
        if _id_of(one) not in noted:
            note_installation(config, one, today)


def note_workspace(folder: Path, key: CellKey, team: str, today: date) -> None:
    """Store a workspace of an organization that has installed the bot as a whole. Raises ``BotError``."""
    facts = read_workspace_file(folder) or WorkspaceFile(key=key)
    if team not in _ids(facts.workspaces):
        _write(folder, _with(facts, team, "", today))


def _id_of(installation: BotInstallation) -> str:
    """Return the id under which an installation is stored: of the workspace, or of the whole organization.

    The first id of a cell is the one under which its participation tokens are made. So it must be there
    before the first round, and stay.
    """
    return installation.team_id or installation.enterprise_id


def _with(facts: WorkspaceFile, team: str, name: str, today: date) -> WorkspaceFile:
    """Return the facts with this workspace, at the end if it is new: the first one stays the first."""
    if team not in _ids(facts.workspaces):
        new = InstalledWorkspace(id=team, name=name, since=today)
        return replace(facts, workspaces=(*facts.workspaces, new))
    named = (replace(one, name=name or one.name) if one.id == team else one for one in facts.workspaces)
    return replace(facts, workspaces=tuple(named))


def _ids(workspaces: Iterable[InstalledWorkspace]) -> frozenset[str]:
    return frozenset(one.id for one in workspaces)


def _write(folder: Path, facts: WorkspaceFile) -> None:
    try:
        write_workspace_file(folder, facts)
    except OSError as error:
        raise store_error(folder, error) from error
