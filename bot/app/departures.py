"""End what belongs to a workspace that has uninstalled the bot, and delete its directory later."""

import logging
import shutil
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path

from bot.app.arrivals import change_facts
from bot.app.built_cell import Built
from bot.app.hooks import Doubt
from bot.app.hosted_cell import HostedCell
from bot.config import InstalledWorkspace, read_workspace_file
from bot.config.cells import FACTS
from bot.core.cells import KEPT_AFTER_REMOVAL
from bot.core.check_rules import SCOPES
from bot.errors import BotError, SlackError, StoppingError
from bot.keys import destroy_all
from bot.ports import Services
from bot.service.audiences import forget_every_audience
from bot.service.leave_channels import end_rounds, end_unseen_rounds
from bot.slack.client.errors import is_unreachable
from bot.slack.install.installation import BotInstallation
from bot.slack.organisation.workspaces import ServedWorkspaces
from bot.slack.startup import Startup, check_bot_token
from bot.store.cell_files import refuse_links
from bot.store.failures import store_error
from bot.store.lock import InstanceLock

log = logging.getLogger(__name__)

SURELY_GONE = frozenset({"token_revoked", "account_inactive"})
"""Slack's reasons by which the bot knows, also without an event, that it was uninstalled."""

REFUSED = "token_refused"
"""The code of a cell whose token Slack refuses for another reason."""

ORGANISATION_CHANGED = "organisation_changed"
"""The code of a cell of which a workspace has joined or left an organisation: it must install again."""


def find_gone(cell: HostedCell) -> tuple[BotInstallation, ...]:
    """Ask Slack about each token of a cell, and return the installations that are no more.

    The cell is doubted no longer, unless Slack could not be asked. Tokens that Slack refuses without doubt,
    and scopes that are missing, are noted. Call it while the cell is used.
    """
    facts = read_workspace_file(cell.folder)
    began = bool(facts and facts.removed)  # and was interrupted
    doubt, cell.doubt = max(cell.doubt, Doubt.TOLD) if began else cell.doubt, Doubt.NONE
    answers = {one: _ask(cell, one) for one in cell.installations}
    told = doubt is Doubt.TOLD
    gone = [one for one, answer in answers.items() if _is_gone(answer, told=told, alone=len(answers) == 1)]
    accepted = {one: answer for one, answer in answers.items() if isinstance(answer, Startup)}
    if any(isinstance(answer, SlackError) and is_unreachable(answer) for answer in answers.values()):
        cell.doubt = max(doubt, cell.doubt)
    missing = (
        SCOPES.keys() - (found.scopes or one.scopes or SCOPES.keys()) for one, found in accepted.items()
    )
    cell.troubles.note_missing(frozenset().union(*missing))
    refusals = (_refusal(one, answer) for one, answer in answers.items() if one not in gone)
    cell.troubles.note_refusal(next(filter(None, refusals), ""))
    if facts and began and accepted:
        change_facts(cell.folder, lambda facts: replace(facts, removed=None))
    return tuple(gone)


def _ask(cell: HostedCell, one: BotInstallation) -> Startup | BotError:
    """Return what Slack says of a token, or why it does not. Raises ``StoppingError``."""
    if one.trouble:
        return one.trouble
    try:
        return check_bot_token(cell.built.client_of(one), one.team_id or one.enterprise_id)
    except StoppingError:
        raise
    except SlackError as error:
        return error


def _is_gone(answer: Startup | BotError, *, told: bool, alone: bool) -> bool:
    """Return whether an installation is no more. ``alone``: an event can mean no other one of its cell."""
    if isinstance(answer, Startup):
        return False
    if not isinstance(answer, SlackError):
        return told and alone  # its token cannot be read, so Slack cannot be asked
    return not is_unreachable(answer) and (told or answer.reason in SURELY_GONE)


def _refusal(one: BotInstallation, answer: Startup | BotError) -> str:
    """Return the code for a token that cannot be used; empty if it can, or Slack cannot be reached."""
    if isinstance(answer, Startup):
        return "" if answer.organisation.enterprise == one.enterprise_id else ORGANISATION_CHANGED
    if isinstance(answer, SlackError):
        return "" if is_unreachable(answer) else REFUSED
    return answer.code


def end_gone(
    cell: HostedCell,
    gone: Iterable[BotInstallation],
    today: date,
    delete: Callable[[BotInstallation], object],
) -> None:
    """End the rounds of these installations: keys and replies are destroyed, then their tokens.

    Nothing is posted. If no installation is left, the day is noted, who was asked is forgotten, and the
    directory stays for a while. After a failure or a crash the next look does the rest, since the token is
    deleted after the rounds have ended. Call it while the cell is used.
    """
    gone = tuple(gone)
    stays = [one for one in cell.installations if one not in gone]
    if not stays:
        _note_removal(cell.folder, today)
    cell.stop_serving(gone)
    _end_rounds(cell.built, stays)
    for installation in gone:
        delete(installation)
    _note_left(cell.folder, {one.holder for one in gone}, today)  # one that has a row has not left
    log.warning("uninstalled", extra={"cell": cell.key})


def _end_all(services: Services) -> None:
    """End all rounds, and forget who was asked: nobody looks at such a cell when the marks expire."""
    end_rounds(services)
    forget_every_audience(services)


def end_left(cell: HostedCell, today: date) -> frozenset[str]:
    """Do the same for the workspaces that belong to another cell now, and return them.

    Forget them afterwards: after a failure or a crash the next look does the rest. Their tokens are gone
    from this cell already. Call it while the cell is used.
    """
    if left := cell.left:
        if not cell.installations:
            _note_removal(cell.folder, today)
        _end_rounds(cell.built, cell.installations)
        _note_left(cell.folder, left, today)
        log.warning("workspace left", extra={"cell": cell.key})
    return left


def _end_rounds(built: Built, stays: Collection[BotInstallation]) -> None:
    services = built.cell.services
    if stays:
        served = ServedWorkspaces(lambda: tuple(built.workspaces.values()), services.clock)
        built.cell.while_idle(lambda: end_unseen_rounds(services, served.seen))
    else:
        built.cell.while_idle(lambda: _end_all(services))


def _note_left(folder: Path, teams: Collection[str], today: date) -> None:
    def left(one: InstalledWorkspace) -> InstalledWorkspace:
        return replace(one, left=one.left or today) if one.id in teams else one

    change_facts(folder, lambda facts: replace(facts, workspaces=tuple(map(left, facts.workspaces))))


def end_what_is_gone(cell: HostedCell, today: date, delete: Callable[[BotInstallation], object]) -> bool:
    """Find out what was uninstalled from a cell and end it; return whether something was.

    Raises what ``end_gone`` does; then the cell stays in doubt, and the next look tries again.
    """
    try:
        if gone := find_gone(cell):
            try:
                end_gone(cell, gone, today, delete)
            except BaseException:
                cell.doubt = Doubt.TOLD
                raise
            return True
    except StoppingError:
        cell.doubt = max(cell.doubt, Doubt.MAYBE)
        raise
    return False


def _note_removal(folder: Path, today: date) -> None:
    change_facts(folder, lambda facts: replace(facts, removed=facts.removed or today))


def delete_removed(folder: Path, today: date) -> bool:
    """Delete the directory of a cell that was uninstalled long ago, keys first; return whether it was.

    Raises ``BotError`` where that fails.
    """
    if not _is_over(folder, today):
        return False
    refuse_links(folder)
    with InstanceLock(folder):
        if not _is_over(folder, today):
            return False  # installed again meanwhile
        destroy_all(folder / "keys")
        try:
            for path in folder.iterdir():
                if path.is_dir():
                    shutil.rmtree(path)
                elif path.name != FACTS:
                    path.unlink()
            shutil.rmtree(folder)  # the facts last: after a crash they say that the rest is to go
        except OSError as error:
            raise store_error(folder, error) from error
    log.warning("workspace deleted", extra={"cell": folder.name})
    return True


def _is_over(folder: Path, today: date) -> bool:
    facts = read_workspace_file(folder)
    return bool(facts and facts.removed and today >= facts.removed + KEPT_AFTER_REMOVAL)
