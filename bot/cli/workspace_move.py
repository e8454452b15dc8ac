"""Move a cell into the data of another bot, so that one complete cell is served at most, whatever happens.

The order is: copy, compare, take the source out of service, put the copy into service, destroy the source.
Killed at any step, the same command does the rest. Until the source is out of service (its installations are
deleted and its directory has another name) a repeated command copies it anew; afterwards it never changes.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.cli.cells import called, chosen_key, shown_key
from bot.cli.console import Say, say, working
from bot.cli.installation import hold_cell
from bot.cli.installations import (
    delete_installations,
    pack_installations,
    put_installations,
    unpack_installations,
)
from bot.cli.workspace_delete import destroy_secrets
from bot.config import Config, cell_dir, refuse_link
from bot.core.cells import CELLS_DIR, SHARDS_DIR, CellKey, parse_cell_key
from bot.errors import BotError, DataDirectoryError
from bot.keys import destroy_all
from bot.store.cell_files import MOVING_TO, copy_cell, read_beside, remove_cell, rename_cell, write_beside
from bot.store.failures import store_error
from bot.store.lock import check_directory, is_held

NEEDS = (
    "The bot there needs the same Slack app (SLACK_CLIENT_ID), the same BELONGING_KEY_SECRET if this one has "
    "one, and the first of the BELONGING_TOKEN_KEYS of this one among its own."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Places:
    """Where a cell lies during a move: each step changes one of these.

    ``gone``: the source, out of service. ``staged``: the copy, not yet in service. ``packed``: its sealed
    tokens.
    """

    source: Path
    gone: Path
    staged: Path
    packed: Path
    target: Path


def move_workspace(config: Config, workspace: str, to: Path, *, tell: Say = say) -> dict[str, Any]:
    """Move a cell to the data directory ``to`` of another bot, and return where it is.

    Raises ``BotError``; then the same command can be repeated, and the cell is whole in one place.
    """
    there = _require_other(config, to)
    key = _key_of(config, workspace)
    places = _places(config, key, there)
    for place in (places.source, places.gone, places.staged, places.target):
        refuse_link(place)
    name = called(config, key)
    if places.source.is_dir():
        _refuse_second(places, there)
        with hold_cell(places.source), working("Copying and checking"):
            _stage(config, key, places, there)
            _take_out_of_service(config, key, places)
            _finish(config, places)
    elif places.gone.is_dir():
        _refuse_elsewhere(places.gone, there)
        with hold_cell(places.gone), working("Finishing a move that was interrupted"):
            _finish(config, places)
    elif not places.target.is_dir():
        chosen_key(config, workspace)  # raises: there is none
    tell(f"{name} is in {there} now, checked file by file, and no longer here.")
    tell(NEEDS)
    if is_held(there):
        tell("A bot runs there: it takes up this workspace within a minute.")
    return {"workspace": key, "moved_to": str(there)}


def _key_of(config: Config, workspace: str) -> CellKey:
    try:
        return parse_cell_key(workspace.strip())
    except ValueError:
        return chosen_key(config, shown_key(workspace))  # raises, and names what there is


def _places(config: Config, key: CellKey, there: Path) -> _Places:
    source, cells = cell_dir(config, key), there / CELLS_DIR
    return _Places(
        source=source,
        gone=source.with_name(f".{key}.moved"),
        staged=cells / f".{key}.moving",
        packed=cells / f".{key}.installation",
        target=cells / key,
    )


def _require_other(config: Config, to: Path) -> Path:
    """Return the other data directory as an absolute path. Raises ``BotError`` if it is not fit."""
    there = to.expanduser().absolute().resolve()
    if not there.is_dir():
        raise BotError(
            f"There is no directory {to}.", remedy="Make it first (mode 0700), or mount the disk it is on."
        )
    here = config.data_dir.resolve()
    if there.is_relative_to(here) or here.is_relative_to(there):
        raise BotError(
            f"{to} is no other data directory than {config.data_dir}.", remedy="Name that of another bot."
        )
    if (there / "belonging.db").exists():
        raise BotError(
            f"{to} holds the data of a bot for one workspace.",
            remedy="Name the data_dir of a bot whose config.yaml has workspaces.",
        )
    if (there / SHARDS_DIR).exists():
        raise BotError(
            f"{to} holds the data of a cluster.",
            remedy="Import the data of this bot as a whole there, or let people install the bot there again.",
        )
    check_directory(there)
    try:
        (there / CELLS_DIR).mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise DataDirectoryError(
            f"{there / CELLS_DIR} cannot be made ({error.strerror}).", remedy="Check who may write there."
        ) from None
    return there


def _refuse_second(places: _Places, there: Path) -> None:
    """Raise ``BotError`` where the move would end with two cells of one workspace."""
    if places.target.exists() or places.gone.exists():
        where = places.target if places.target.exists() else places.gone
        raise BotError(
            f"There is a cell of the same workspace in {where}, and one in {places.source}.",
            remedy="Look which of them is the right one, and take the other away.",
        )
    _refuse_elsewhere(places.source, there)


def _refuse_elsewhere(folder: Path, there: Path) -> None:
    begun = read_beside(folder / MOVING_TO)
    if begun is not None and begun.strip() != str(there):
        raise BotError(
            f"A move of this workspace to {begun.strip()} has begun.",
            remedy=f"Repeat it with --to {begun.strip()}; or, if nothing of it is there, remove "
            f"{folder / MOVING_TO} and try again.",
        )


def _stage(config: Config, key: CellKey, places: _Places, there: Path) -> None:
    """Copy the cell, and then its sealed tokens. Nothing is in service there yet."""
    packed = pack_installations(config, key)
    begun = read_beside(places.packed)
    if begun is not None and read_beside(places.source / MOVING_TO) is not None:
        # An earlier run may have deleted some of the installations here already.
        packed = begun if packed == "[]" else packed
    write_beside(places.source / MOVING_TO, str(there))
    write_beside(places.packed, packed)
    destroy_all(places.staged / "keys")  # of an earlier run
    copy_cell(places.source, places.staged)


def _take_out_of_service(config: Config, key: CellKey, places: _Places) -> None:
    """Delete the installations here, then rename the directory: this bot does not find the cell any more."""
    delete_installations(config, key)
    rename_cell(places.source, places.gone)


def _finish(config: Config, places: _Places) -> None:
    """Put the copy into service, and destroy the source."""
    if not places.target.is_dir():
        if not places.staged.is_dir():
            copy_cell(places.gone, places.staged)
        rename_cell(places.staged, places.target)
    packed = read_beside(places.packed)
    if packed is not None:
        put_installations(config, places.target.parent.parent, unpack_installations(config, packed))
        _remove(places.packed)
    destroy_secrets(places.gone)
    remove_cell(places.gone)


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise store_error(path, error) from error
