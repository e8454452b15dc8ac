"""End what belongs to a workspace that has uninstalled the bot, and delete its directory later."""

import logging
import shutil
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path

from bot.app.hosted_cell import Doubt, HostedCell
from bot.config import read_workspace_file, write_workspace_file
from bot.core.cells import KEPT_AFTER_REMOVAL
from bot.errors import BotError, SlackError
from bot.service.leave_channels import end_rounds, end_unseen_rounds
from bot.slack.client.errors import is_unreachable
from bot.slack.install.installation import BotInstallation
from bot.slack.organisation.workspaces import ServedWorkspaces
from bot.slack.startup import check_bot_token
from bot.store.lock import InstanceLock

log = logging.getLogger(__name__)

SURELY_GONE = frozenset({"token_revoked", "account_inactive"})
"""Slack's reasons by which the bot knows, also without an event, that it was uninstalled."""


def find_gone(cell: HostedCell) -> tuple[BotInstallation, ...]:
    """Ask Slack about each token of a cell, and return the installations that are no more.

    The cell is doubted no longer, unless Slack could not be asked. Call it while the cell is used.
    """
    doubt, gone = cell.doubt, dict[str, BotInstallation]()
    cell.doubt = Doubt.NONE
    for workspace in tuple(cell.built.workspaces.values()):
        installation = workspace.installation
        if installation.bot_token in gone:
            continue
        try:
            check_bot_token(workspace.client, workspace.team)
        except SlackError as error:
            if is_unreachable(error):
                cell.doubt = max(doubt, cell.doubt)
            elif doubt is Doubt.TOLD or error.reason in SURELY_GONE:
                gone[installation.bot_token] = installation
    return tuple(gone.values())


def end_gone(
    cell: HostedCell,
    gone: Iterable[BotInstallation],
    today: date,
    delete: Callable[[BotInstallation], None],
) -> None:
    """End the rounds of these installations: keys and replies are destroyed, then their tokens.

    Nothing is posted. If no installation is left, the day is noted, and the directory stays for a while.
    After a crash the next look does the rest, since the token is deleted last.
    """
    gone = tuple(gone)
    stays = [one for one in cell.installations if one not in gone]
    built = cell.built
    if not stays:
        _note_removal(cell.folder, today)
    cell.replace_installations(stays)
    if stays:
        served = ServedWorkspaces(lambda: tuple(built.workspaces.values()), built.cell.services.clock)
        built.cell.while_idle(lambda: end_unseen_rounds(built.cell.services, served.seen))
    else:
        built.cell.while_idle(lambda: end_rounds(built.cell.services))
    for installation in gone:
        delete(installation)
    log.warning("uninstalled", extra={"cell": cell.key})


def _note_removal(folder: Path, today: date) -> None:
    if facts := read_workspace_file(folder):
        write_workspace_file(folder, replace(facts, removed=facts.removed or today))


def delete_removed(folder: Path, today: date) -> bool:
    """Delete the directory of a cell that was uninstalled long ago; return whether it was deleted."""
    try:
        facts = read_workspace_file(folder)
        if facts is None or facts.removed is None or today < facts.removed + KEPT_AFTER_REMOVAL:
            return False
        with InstanceLock(folder):
            shutil.rmtree(folder)
    except (BotError, OSError) as error:
        code = error.code if isinstance(error, BotError) else type(error).__name__
        log.error("workspace not deleted", extra={"cell": folder.name, "code": code})  # noqa: TRY400 - the code says enough
        return False
    log.warning("workspace deleted", extra={"cell": folder.name})
    return True
