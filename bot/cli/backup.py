"""Back up, restore and migrate belonging.db; ballots and keys are never copied."""

import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bot.app import system_clock
from bot.cli.cells import Work, require_cells
from bot.cli.console import Say, say, working
from bot.cli.installation import as_data, check_clock, counted, data_file, in_words, lock_data
from bot.config import Config
from bot.core.model import Round, RoundState, WorkspaceId
from bot.errors import BotError
from bot.keys import KeyFiles
from bot.ports import Clock
from bot.service.after_restore import prepare_restored
from bot.store.backup import back_up, contents, restore, try_migrations
from bot.store.ballots import BallotFiles
from bot.store.database import Database
from bot.store.failures import store_error
from bot.store.lock import prepare
from bot.store.read_only import read_newest_time
from bot.store.upgrade import BEFORE_UPGRADE

log = logging.getLogger(__name__)

NOT_IN_IT = "Not in it, on purpose: the keys and the replies of open rounds, and who was asked."
EVERYTHING_RESTS = (
    "Nobody knows who was asked what since the backup, so every statement rests for four weeks. If nothing "
    "was asked since, restore once more with --force --nothing-asked-since."
)
NOTHING_RESTS = "You say that nothing was asked since the backup, and the log says so: nothing rests for it."


def make_backup(config: Config, to: Path, *, force: bool, tell: Say = say) -> dict[str, Any]:
    """Write a backup, print what is in it, and return that. Raises ``BotError`` if that is not possible."""
    source = data_file(config)
    _refuse_inside(config, to)
    if to.exists() and not force:
        raise BotError(f"{to} is there already.", remedy="Choose another name, or write over it: --force")
    if not to.absolute().parent.is_dir():
        raise BotError(f"There is no folder {to.absolute().parent}.", remedy="Make it first.")
    with working("Copying and checking"):
        found = back_up(source, to, config.cell or "")
    tell(f"{in_words(found)}, checked, written to {to} ({_size(to)}, readable by you alone).")
    tell(NOT_IN_IT)
    if found.open_rounds:
        tell("Restored where its keys are not, a round that is open now ends as 'key lost'.")
    return {"file": str(to), "bytes": to.stat().st_size, **as_data(found)}


def back_up_cell(config: Config, folder: Path, *, force: bool, tell: Say = say) -> Work:
    """Return what writes the backup of a cell into this folder; make the folder. Raises ``BotError``.

    ``config``: of all workspaces. No file lands among the data of another workspace.
    """
    _refuse_inside(config, folder)
    require_cells(config)
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except FileNotFoundError:
        raise BotError(f"There is no folder {folder.absolute().parent}.", remedy="Make it first.") from None
    except FileExistsError:
        raise BotError(
            f"{folder} is no folder, and many workspaces have a file each.",
            remedy="Choose another name, or name one workspace: --workspace KEY",
        ) from None
    except OSError as error:
        raise store_error(folder, error) from error

    def work(cell: Config) -> tuple[bool, dict[str, Any]]:
        return True, make_backup(cell, folder / f"{cell.cell}.db", force=force, tell=tell)

    return work


def restore_backup(  # noqa: PLR0913 - the options of the command
    config: Config,
    source: Path,
    *,
    force: bool,
    nothing_asked_since: bool = False,
    clock: Clock = system_clock,
    clock_is_right: bool = False,
    tell: Say = say,
) -> dict[str, Any]:
    """Replace the data with a backup, print what follows, and return what is in it.

    If it raises ``BotError``, nothing has changed.

    Unless ``clock_is_right``, the clock is checked against the times in the backup and in the present data.
    """
    target = config.data_dir / "belonging.db"
    found = contents(source)
    _refuse_other(config, source, found.cell)
    if target.exists() and not force:
        raise BotError(
            f"There is data in {config.data_dir} already.",
            remedy="Back it up first (belonging backup), then replace it: --force",
        )
    prepare(config.data_dir, config.ballots_dir, config.keys_dir)
    with lock_data(config):
        now = clock()
        there = read_newest_time(target) if target.exists() else None

        def settle(store: Database) -> tuple[Round, ...]:
            if not clock_is_right:
                with store.read("clock") as tx:
                    check_clock(tx, now, there)
            return prepare_restored(store, now, nothing_asked_since=nothing_asked_since)

        with working("Checking the backup, and putting it in place"):
            live = restore(source, target, settle)
        if nothing_asked_since:
            log.warning("restored", extra={"code": "nothing_asked_since"})
        tell(f"{in_words(found)} put in place.")
        _tell_what_follows(config, live, tell)
        tell(NOTHING_RESTS if nothing_asked_since else EVERYTHING_RESTS)
    return {"file": str(source), **as_data(found), "everything_rests": not nothing_asked_since}


def migrate_data(config: Config, tell: Say = say) -> dict[str, Any]:
    """Migrate the data to this version, and return the steps. If it raises ``BotError``, nothing has changed.

    ``copy``: where the data as it was before is kept; None where there was nothing to do.
    """
    path = data_file(config)
    with lock_data(config), working("Migrating the data"):
        pending = contents(path).pending
        Database(path).close()
    if not pending:
        tell("Nothing to do.")
        return _migrated(pending, None)
    kept = path.with_name(BEFORE_UPGRADE)
    tell(f"{counted(len(pending), 'step')} done: {', '.join(pending)}.")
    tell(f"The data as it was before is kept in {kept}.")
    return _migrated(pending, kept)


def try_migration(config: Config, tell: Say = say) -> dict[str, Any]:
    """Try the pending migrations on a copy in memory, and return them. Raises ``BotError``."""
    with working("Trying it on a copy"):
        pending = try_migrations(data_file(config))
    if not pending:
        tell("Nothing to do: the data has the layout of this version, and all of it can be read.")
        return _migrated(pending, None)
    for step in pending:
        tell(f"pending: {step}")
    tell("Tried on a copy in memory: it works, and all data can be read afterwards. Nothing was changed.")
    return _migrated(pending, None)


def _migrated(steps: Iterable[str], kept: Path | None) -> dict[str, Any]:
    return {"steps": list(steps), "copy": str(kept) if kept else None}


def _tell_what_follows(config: Config, live: Iterable[Round], tell: Say) -> None:
    """Print what the next start does with the rounds that were open, and with those that are open now."""
    vault = KeyFiles(config.keys_dir, WorkspaceId(""))
    boxes = BallotFiles(config.ballots_dir)
    there = boxes.list_boxes()
    for round_ in live:
        called = f"Round {round_.number} in {round_.channel} was open:"
        if round_.state is RoundState.GATHERING:
            called = f"The box for suggestions in {round_.channel} was open:"
        if round_.id in there and vault.is_whole(round_.id):
            tell(f"{called} its keys and replies are here, it goes on.")
        else:
            tell(
                f"{called} its keys are not here. The next start ends it as 'key lost' and tells the channel."
            )
    others = (there | vault.list_rounds()) - {round_.id for round_ in live}
    if others:
        tell(f"{counted(len(others), 'round')} open now and not in the backup: destroyed at the next start.")
    tell("What was asked and shown since the backup is forgotten here, and stays in Slack.")


def _refuse_inside(config: Config, to: Path) -> None:
    place = to.absolute().resolve()
    for folder in (config.data_dir, config.ballots_dir, config.keys_dir):
        if place.is_relative_to(folder.resolve()):
            raise BotError(
                f"{to} lies in {folder}, where the data itself is.",
                remedy="Choose a place that does not go with it, on another disk if you can.",
            )


def _refuse_other(config: Config, source: Path, cell: str) -> None:
    """Refuse the backup of another workspace, also of one of the same organisation: people are in both."""
    if cell and config.cell and cell != config.cell:
        raise BotError(
            f"{source} is a backup of {cell}, and not of {config.cell}.",
            remedy=f"Name the workspace it is of: --workspace {cell}",
        )


def _size(path: Path) -> str:
    return f"{path.stat().st_size / 1024:,.0f} kB"
