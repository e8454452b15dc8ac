"""Delete a cell: end its rounds, destroy its keys, ballots and tokens, and remove its directory."""

from contextlib import suppress
from pathlib import Path
from typing import Any

from bot.cli.cells import called, chosen_key
from bot.cli.console import Say, say, working
from bot.cli.installation import counted, hold_cell
from bot.cli.installations import bot_token_of, delete_installations
from bot.cli.purge import ELSEWHERE, confirm, destroy_open, end_all, open_now
from bot.config import Config, bare_cell_config, cell_dir
from bot.core.cells import CellKey, parse_cell_key
from bot.core.model import WorkspaceId
from bot.errors import BotError
from bot.keys import KeyFiles, destroy_all
from bot.store.ballots import BallotFiles
from bot.store.cell_files import refuse_links, remove_cell, rename_cell

STAYS = "The app stays installed in Slack until somebody removes it there; the bot no longer answers."


def delete_workspace(config: Config, workspace: str, *, sure: bool, tell: Say = say) -> dict[str, Any]:
    """Delete a cell for good, and return what was.

    Raises ``BotError``; then the same command does the rest.
    """
    key = _key_of(config, workspace)
    folder, deleted = cell_dir(config, key), _deleted(config, key)
    refuse_links(folder)
    refuse_links(deleted)
    tell(f"{called(config, key)}: schedules, results, norms, open rounds, and its tokens.")
    confirm(str(key), sure=sure, tell=tell, verb="delete")
    rounds = 0
    if folder.is_dir():
        with hold_cell(folder), working("Deleting"):
            cell = bare_cell_config(config, key, _token(config, key, tell))
            ending = open_now(cell)
            rounds = len(ending)
            end_all(cell, ending, tell)
            delete_installations(config, key)
            if deleted.exists():  # an earlier run was killed, and the bot was installed again since
                remove_cell(deleted)
            rename_cell(folder, deleted)
            remove_cell(deleted)
    else:
        delete_installations(config, key)
        remove_cell(deleted)
    tell(f"Deleted: {key}, with the keys and replies of {counted(rounds, 'open round')}.")
    tell(STAYS)
    tell(ELSEWHERE)
    return {"workspace": key, "deleted": True, "keys_and_replies_of": rounds}


def destroy_secrets(folder: Path) -> None:
    """Destroy all keys and ballots below the directory of a cell, without ending a round."""
    boxes, vault = BallotFiles(folder / "ballots"), KeyFiles(folder / "keys", WorkspaceId(""))
    destroy_open(boxes, vault, vault.list_rounds() | boxes.list_boxes())
    destroy_all(folder / "keys")


def _deleted(config: Config, key: CellKey) -> Path:
    return cell_dir(config, key).with_name(f".{key}.deleted")


def _key_of(config: Config, workspace: str) -> CellKey:
    """Return the key of a cell, also of one that an earlier run was removing when it was killed."""
    with suppress(ValueError):
        key = parse_cell_key(workspace.strip())
        if _deleted(config, key).is_dir():
            return key
    return chosen_key(config, workspace, lost=True)


def _token(config: Config, key: CellKey, tell: Say) -> str:
    try:
        return bot_token_of(config, key)
    except BotError as problem:
        tell(f"The channels are not told. {problem.message}")
        return ""
